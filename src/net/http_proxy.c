/*
 * Which proxy stands between us and the origin. The rules are those of kubectl, not libcurl's: a configured proxy
 * always counts, loopback is never reached through one from the environment, socks5 resolves at the proxy.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <postflight/str.h>

#include "http_internal.h"

struct address {
	unsigned char bytes[16];
	unsigned bits; /* 0: no address */
};

static struct address
parse_address(const char *text)
{
	struct address address = {.bits = 0};

	if (inet_pton(AF_INET, text, address.bytes) == 1)
		address.bits = 32;
	else if (inet_pton(AF_INET6, text, address.bytes) == 1)
		address.bits = 128;
	return address;
}

static bool
same_network(const struct address *a, const struct address *b, unsigned prefix)
{
	unsigned whole = prefix / 8, rest = prefix % 8;

	if (a->bits != b->bits || a->bits == 0 || prefix > a->bits || memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0;
}

/* True for localhost and loopback addresses: what kubectl never sends to a proxy from the environment. */
static bool
is_loopback(const char *host)
{
	static const struct address v4 = {{127}, 32}, v6 = {{[15] = 1}, 128};
	struct address address = parse_address(host);

	return strcasecmp(host, "localhost") == 0 || same_network(&address, &v4, 8) || same_network(&address, &v6, 128);
}

/* "example.org" and ".example.org" name the hosts below; without the dot also the host itself. */
static bool
names_host(const char *entry, const char *host)
{
	const char *suffix = entry[0] == '*' && entry[1] == '.' ? entry + 1 : entry;
	size_t n = strlen(host), m = strlen(suffix);

	if (m == 0 || n < m || strcasecmp(host + n - m, suffix) != 0)
		return false;
	return n == m || suffix[0] == '.' || host[n - m - 1] == '.';
}

/* ENTRY is changed: its port and prefix length are cut off. */
static bool
entry_matches(char *entry, const char *host, const struct address *address, unsigned port)
{
	char *slash = strchr(entry, '/'), *colon = strrchr(entry, ':');
	struct address listed;
	size_t len;

	if (strcmp(entry, "*") == 0)
		return true;
	if (slash != NULL) {
		*slash = '\0';
		listed = parse_address(entry);
		return same_network(&listed, address, (unsigned)strtoul(slash + 1, NULL, 10));
	}
	/* A colon ends the host, unless there are several and no bracket before it: IPv6. */
	if (colon != NULL && (colon == strchr(entry, ':') || (colon > entry && colon[-1] == ']'))) {
		if (strtoul(colon + 1, NULL, 10) != port)
			return false;
		*colon = '\0';
	}
	len = strlen(entry);
	if (len > 2 && entry[0] == '[' && entry[len - 1] == ']') {
		entry[len - 1] = '\0';
		entry++;
	}
	listed = parse_address(entry);
	if (listed.bits != 0)
		return same_network(&listed, address, listed.bits);
	return names_host(entry, host);
}

bool
pf_http_no_proxy(const char *list, const char *host, unsigned port)
{
	struct address address = parse_address(host);

	for (const char *at = list; at != NULL && *at != '\0';) {
		size_t skip = strspn(at, ", \t"), len = strcspn(at + skip, ", \t");
		char entry[256] = "";

		if (len > 0 && len < sizeof(entry)) {
			memcpy(entry, at + skip, len);
			if (entry_matches(entry, host, &address, port))
				return true;
		}
		at += skip + len;
	}
	return false;
}

/* The first of NAMES (ended by NULL) that is set and not empty. */
static const char *
from_environment(const char *const *names)
{
	for (; *names != NULL; names++) {
		const char *value = getenv(*names);
		if (value != NULL && value[0] != '\0')
			return value;
	}
	return NULL;
}

static const char *
environment_proxy(const struct pf_http_origin *origin)
{
	/* HTTP_PROXY in capitals is left out: a CGI program gets it from whoever sends it a header. */
	static const char *const https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
	static const char *const none[] = {"no_proxy", "NO_PROXY", NULL};

	if (is_loopback(origin->host) || pf_http_no_proxy(from_environment(none), origin->host, origin->port))
		return NULL;
	return from_environment(origin->tls ? https : http);
}

static void
end_url(CURLU **url)
{
	curl_url_cleanup(*url);
}

static bool
describe(struct pf_arena *arena, CURLU *url, struct pf_http_proxy *out)
{
	static const char *const schemes[] = {"http", "https", "socks5", "socks5h", NULL};
	static const char *const ports[] = {"80", "443", "1080", "1080"};
	char *scheme = NULL, *host = NULL, *port = NULL, *text = NULL;
	size_t known = 0;
	bool good;

	curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
	while (schemes[known] != NULL && !pf_streq(schemes[known], scheme))
		known++;
	/* Let the proxy resolve: names of clusters are often known only there. */
	if (pf_streq(scheme, "socks5"))
		curl_url_set(url, CURLUPART_SCHEME, "socks5h", CURLU_NON_SUPPORT_SCHEME);
	if (curl_url_get(url, CURLUPART_PORT, &port, 0) != CURLUE_OK && schemes[known] != NULL) {
		/* libcurl would take 1080 for all of them. */
		curl_url_set(url, CURLUPART_PORT, ports[known], 0);
		curl_url_get(url, CURLUPART_PORT, &port, 0);
	}
	curl_url_get(url, CURLUPART_HOST, &host, 0);
	curl_url_get(url, CURLUPART_URL, &text, CURLU_NON_SUPPORT_SCHEME);
	good = schemes[known] != NULL && host != NULL && port != NULL && text != NULL;
	if (good) {
		out->url = pf_strdup(arena, text);
		out->authority = pf_printf(arena, "%s:%s", host, port);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(text);
	return good;
}

bool
pf_http_proxy_choose(struct pf_arena *arena, const char *configured, const struct pf_http_origin *origin,
		     struct pf_http_proxy *out, struct pf_err *err)
{
	__attribute__((cleanup(end_url))) CURLU *url = curl_url();
	const char *wanted = configured != NULL ? configured : environment_proxy(origin);
	struct pf_http_proxy proxy = {"", ""};

	if (url == NULL)
		pf_out_of_memory();
	if (wanted == NULL || wanted[0] == '\0') {
		*out = proxy;
		return true;
	}
	/* "proxy.example:3128" is a URL whose scheme goes without saying. */
	if (strstr(wanted, "://") == NULL)
		wanted = pf_printf(arena, "http://%s", wanted);
	if (curl_url_set(url, CURLUPART_URL, wanted, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
	    !describe(arena, url, &proxy))
		return pf_fail(err, PF_ERR_CONFIG,
			       "the proxy %s cannot be used: write http://host:port, https://host:port or "
			       "socks5://host:port",
			       configured != NULL ? "that is configured for the server"
						  : "in https_proxy, http_proxy or all_proxy");
	*out = proxy;
	return true;
}
