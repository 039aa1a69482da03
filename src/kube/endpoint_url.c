#include "kube/endpoint_url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <postflight/str.h>

/* RFC 2396 as java.net.URI has it: these end the parse with a URISyntaxException. */
static const char *
illegal_character(struct pf_arena *arena, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p <= 0x20 || *p == 0x7f)
			return *p == ' '    ? "has a space in it"
			       : *p == '\n' ? "has a line break in it"
					    : "has a control character in it";
		if (strchr("\"<>\\^`{|}", *p) != NULL)
			return pf_printf(arena, "has the character %c in it", *p);
	}
	return NULL;
}

static bool
host_is_legal(const char *host)
{
	/* java.net.URI takes letters, digits, '-' and '.' as a server's name; with '_' its getHost() is null. */
	for (const char *p = host; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.')
			return false;
	}
	return host[0] != '\0' && host[0] != '-' && host[0] != '.';
}

static const char *
parse_port(const char *text, int *out)
{
	char *end = NULL;
	if (*text == '\0')
		return NULL;
	if (!isdigit((unsigned char)*text))
		return "has a port that is no number";
	unsigned long port = strtoul(text, &end, 10);
	if (*end != '\0')
		return "has a port that is no number";
	if (port == 0 || port > 65535)
		return "has a port outside of 1 to 65535";
	*out = (int)port;
	return NULL;
}

const char *
pf_endpoint_url_parse(struct pf_arena *arena, const char *text, struct pf_endpoint_url *out)
{
	struct pf_endpoint_url url = {0};
	const char *wrong = illegal_character(arena, text);
	if (wrong != NULL)
		return wrong;

	const char *rest;
	if (strncasecmp(text, "http://", 7) == 0) {
		url.scheme = "http";
		url.port = 80;
		rest = text + 7;
	} else if (strncasecmp(text, "https://", 8) == 0) {
		url.scheme = "https";
		url.port = 443;
		rest = text + 8;
	} else if (strstr(text, "://") != NULL) {
		return "has a scheme other than http";
	} else if (strncasecmp(text, "http:", 5) == 0 || strncasecmp(text, "https:", 6) == 0) {
		return "lacks the two slashes after its scheme (http://)";
	} else {
		return "has no scheme (http://)";
	}

	char *authority = pf_strndup(arena, rest, strcspn(rest, "/?#"));
	char *at = strrchr(authority, '@');
	char *host = at != NULL ? at + 1 : authority;
	char *port;
	url.user_info = at != NULL;
	if (host[0] == '[') {
		char *close = strchr(host, ']');
		unsigned char address[16];
		if (close == NULL)
			return "has an IPv6 address without its closing bracket";
		*close = '\0';
		port = close[1] == ':' ? close + 1 : NULL;
		host++;
		if ((close[1] != '\0' && port == NULL) || inet_pton(AF_INET6, host, address) != 1)
			return "has a malformed IPv6 address";
	} else {
		port = strchr(host, ':');
	}
	if (port != NULL) {
		*port = '\0';
		wrong = parse_port(port + 1, &url.port);
		if (wrong != NULL)
			return wrong;
	}
	if (host[0] == '\0')
		return "has no host";
	size_t len = strlen(host);
	if (len > 1 && host[len - 1] == '.')
		host[len - 1] = '\0';
	if (strchr(host, ':') == NULL && !host_is_legal(host))
		return pf_printf(arena, "has a host name with a character that names cannot have (%s)", host);
	url.host = host;
	*out = url;
	return NULL;
}

static bool
is_local(const char *host)
{
	unsigned char v4[4], v6[16];
	static const unsigned char loopback6[16] = {[15] = 1}, any6[16] = {0};
	if (strcasecmp(host, "localhost") == 0 ||
	    (strlen(host) > 10 && strcasecmp(host + strlen(host) - 10, ".localhost") == 0))
		return true;
	if (inet_pton(AF_INET, host, v4) == 1)
		return v4[0] == 127 || (v4[0] == 0 && v4[1] == 0 && v4[2] == 0 && v4[3] == 0);
	if (inet_pton(AF_INET6, host, v6) == 1)
		return memcmp(v6, loopback6, sizeof(v6)) == 0 || memcmp(v6, any6, sizeof(v6)) == 0;
	return false;
}

struct pf_service_host
pf_service_host_read(struct pf_arena *arena, const char *host, const char *own_namespace)
{
	unsigned char address[16];
	if (is_local(host))
		return (struct pf_service_host){.kind = PF_HOST_LOCAL};
	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return (struct pf_service_host){.kind = PF_HOST_ADDRESS};

	/* DNS names have no case; Services are written in lower case. */
	char *labels[4] = {NULL, NULL, NULL, NULL};
	char *text = pf_strdup(arena, host);
	size_t count = 0;
	for (char *p = text; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	for (char *p = text; p != NULL && count < 4; count++) {
		labels[count] = p;
		p = count < 3 ? strchr(p, '.') : NULL;
		if (p != NULL)
			*p++ = '\0';
	}

	struct pf_service_host out = {PF_HOST_SERVICE, labels[0], own_namespace};
	if (count >= 2)
		out.namespace_ = labels[1];
	/* "db.ns" resolves by the search domain svc.<cluster domain>; with a third label that is not "svc" nothing
	 * does. */
	if (count >= 3 && !pf_streq(labels[2], "svc"))
		out.kind = PF_HOST_OUTSIDE;
	return out;
}
