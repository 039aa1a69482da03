/* The server's URL, with and without what is secret in it. */
#include <string.h>

#include <curl/curl.h>

#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/connection_state.h"

static void
end_url(CURLU **url)
{
	curl_url_cleanup(*url);
}

static char *
take(struct pf_arena *arena, CURLU *url, CURLUPart part)
{
	char *text = NULL, *copy;

	if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
		return NULL;
	copy = pf_strdup(arena, text);
	curl_free(text);
	return copy;
}

static char *
without_trailing_slash(char *url)
{
	size_t len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		url[--len] = '\0';
	return url;
}

static bool
fail(struct pf_arena *arena, const char *text, struct pf_err *err)
{
	/* What cannot be taken apart may hold a password or token anywhere. */
	if (strpbrk(text, "@?#") != NULL)
		return pf_fail(err, PF_ERR_CONFIG, "the server is no URL; write https://HOST:PORT");
	if (strstr(text, "://") == NULL)
		return pf_fail(err, PF_ERR_CONFIG, "the server \"%s\" is no URL; write https://%s",
			       pf_one_line(arena, text, 120), pf_one_line(arena, text, 120));
	return pf_fail(err, PF_ERR_CONFIG, "the server \"%s\" is no http or https URL; write https://HOST:PORT",
		       pf_one_line(arena, text, 120));
}

bool
pf_connection_url(struct pf_arena *arena, const char *text, struct pf_connection_url *out, struct pf_err *err)
{
	__attribute__((cleanup(end_url))) CURLU *url = curl_url();
	struct pf_connection_url parts;
	const char *scheme;

	if (url == NULL)
		pf_out_of_memory();
	if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
		return fail(arena, text, err);
	scheme = take(arena, url, CURLUPART_SCHEME);
	if (!pf_streq(scheme, "https") && !pf_streq(scheme, "http"))
		return fail(arena, text, err);
	curl_url_set(url, CURLUPART_QUERY, NULL, 0);
	curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
	parts.tls = pf_streq(scheme, "https");
	parts.with_user = take(arena, url, CURLUPART_URL);
	curl_url_set(url, CURLUPART_USER, NULL, 0);
	curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
	parts.shown = take(arena, url, CURLUPART_URL);
	if (parts.with_user == NULL || parts.shown == NULL)
		return fail(arena, text, err);
	parts.with_user = without_trailing_slash((char *)parts.with_user);
	parts.shown = without_trailing_slash((char *)parts.shown);
	*out = parts;
	return true;
}
