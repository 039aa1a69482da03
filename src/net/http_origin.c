/* Takes a base URL apart, so that no part of it that is secret travels further than it must. */
#include <stdlib.h>
#include <string.h>

#include <postflight/str.h>

#include "http_internal.h"

static void
end_url(CURLU **url)
{
	curl_url_cleanup(*url);
}

/* A part of URL in the arena; NULL when it is not there. */
static char *
part(struct pf_arena *arena, CURLU *url, CURLUPart which, unsigned flags)
{
	char *text = NULL, *copy;

	if (curl_url_get(url, which, &text, flags) != CURLUE_OK)
		return NULL;
	copy = pf_strdup(arena, text);
	curl_free(text);
	return copy;
}

/* Brackets are for URLs only; a zone stays where libcurl put it, in the URL. */
static char *
without_brackets(struct pf_arena *arena, const char *host)
{
	size_t len = strlen(host);

	return len > 2 && host[0] == '[' ? pf_strndup(arena, host + 1, len - 2) : pf_strdup(arena, host);
}

static bool
fail_unreadable(struct pf_err *err, const char *base_url, const char *why)
{
	/* What cannot be taken apart may hold a password anywhere. */
	if (strchr(base_url, '@') != NULL)
		return pf_fail(err, PF_ERR_CONFIG, "the server's URL cannot be used: %s; write https://host:port", why);
	return pf_fail(err, PF_ERR_CONFIG, "the server's URL \"%s\" cannot be used: %s; write https://host:port",
		       base_url, why);
}

/* From here on URL's host is the name to be verified; the real one goes into the header and the connection. */
static bool
set_tls_name(struct pf_arena *arena, CURLU *url, const char *name, struct pf_http_origin *origin, struct pf_err *err)
{
	const char *host = part(arena, url, CURLUPART_HOST, 0);
	const char *port = part(arena, url, CURLUPART_PORT, 0);
	const char *shown = strchr(name, ':') != NULL ? pf_printf(arena, "[%s]", name) : name;

	if (curl_url_set(url, CURLUPART_HOST, shown, 0) != CURLUE_OK)
		return pf_fail(err, PF_ERR_CONFIG, "the TLS server name \"%s\" is no host name", name);
	origin->verified = pf_strdup(arena, name);
	origin->host_header = pf_printf(arena, "Host: %s%s%s", host, port != NULL ? ":" : "", port != NULL ? port : "");
	origin->connect_to = pf_printf(arena, "::%s:%u", host, origin->port);
	return true;
}

bool
pf_http_origin_parse(struct pf_arena *arena, const char *base_url, const char *tls_server_name,
		     struct pf_http_origin *out, struct pf_err *err)
{
	__attribute__((cleanup(end_url))) CURLU *url = curl_url();
	struct pf_http_origin origin = {0};
	const char *scheme, *host, *port;
	char *text;
	CURLUcode code;

	if (url == NULL)
		pf_out_of_memory();
	code = curl_url_set(url, CURLUPART_URL, base_url, 0);
	if (code != CURLUE_OK)
		return fail_unreadable(err, base_url, curl_url_strerror(code));
	scheme = part(arena, url, CURLUPART_SCHEME, 0);
	host = part(arena, url, CURLUPART_HOST, 0);
	port = part(arena, url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	if (scheme == NULL || host == NULL || port == NULL || (!pf_streq(scheme, "https") && !pf_streq(scheme, "http")))
		return fail_unreadable(err, base_url, "it is neither http nor https");
	if (part(arena, url, CURLUPART_QUERY, 0) != NULL || part(arena, url, CURLUPART_FRAGMENT, 0) != NULL)
		return fail_unreadable(err, base_url, "it has a query or a fragment");

	origin.tls = pf_streq(scheme, "https");
	origin.host = without_brackets(arena, host);
	origin.port = (unsigned)strtoul(port, NULL, 10);
	origin.authority = pf_printf(arena, "%s:%u", host, origin.port);
	origin.verified = origin.host;
	origin.user = part(arena, url, CURLUPART_USER, CURLU_URLDECODE);
	origin.password = part(arena, url, CURLUPART_PASSWORD, CURLU_URLDECODE);
	curl_url_set(url, CURLUPART_USER, NULL, 0);
	curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
	if (origin.tls && tls_server_name != NULL && tls_server_name[0] != '\0' &&
	    !set_tls_name(arena, url, tls_server_name, &origin, err))
		return false;
	text = part(arena, url, CURLUPART_URL, 0);
	if (text == NULL)
		return fail_unreadable(err, base_url, "it has no host");
	for (size_t n = strlen(text); n > 0 && text[n - 1] == '/'; n--)
		text[n - 1] = '\0';
	origin.url = text;
	*out = origin;
	return true;
}
