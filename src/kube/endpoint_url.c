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
		if (*p == '%' && (!isxdigit(p[1]) || !isxdigit(p[2])))
			return "has a % that no two hexadecimal digits follow";
	}
	return NULL;
}

/*
 * What is not seen, or looks like something else (a zero-width space, a full-width colon), is named by its code point;
 * WRONG where all of TEXT is ASCII.
 */
static const char *
not_ascii(struct pf_arena *arena, const char *text, const char *wrong)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p != '\0' && *p < 0x80)
		p++;
	if (*p == '\0')
		return wrong;
	unsigned more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : 1;
	unsigned long code = *p & (0x3fu >> more);
	while (more-- > 0 && (p[1] & 0xc0) == 0x80)
		code = code << 6 | (*++p & 0x3fu);
	return pf_printf(arena, "has a character in it that is not ASCII (U+%04lX)", code);
}

static size_t
label_len(const char *label)
{
	size_t len = 0;
	while (isalnum((unsigned char)label[len]) || label[len] == '-')
		len++;
	return len;
}

/*
 * java.net.URI takes labels of letters, digits and inner '-' for a server's name, the last one of several starting with
 * a letter, and a dot at the end. Of any other host (an '_' in it, say) its getHost() is null.
 */
static bool
host_is_legal(const char *host)
{
	unsigned char address[4];
	const char *label = host, *last = host;
	if (inet_pton(AF_INET, host, address) == 1)
		return true;
	while (*label != '\0') {
		size_t len = label_len(label);
		if (len == 0 || label[0] == '-' || label[len - 1] == '-' || (label[len] != '.' && label[len] != '\0'))
			return false;
		last = label;
		label += len + (label[len] == '.');
	}
	return last == host || isalpha((unsigned char)*last);
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
		return not_ascii(arena, text, "has a scheme other than http");
	} else if (strncasecmp(text, "http:", 5) == 0 || strncasecmp(text, "https:", 6) == 0) {
		return "lacks the two slashes after its scheme (http://)";
	} else {
		return not_ascii(arena, text, "has no scheme (http://)");
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
	if (strchr(host, ':') == NULL && !host_is_legal(host))
		return not_ascii(arena, host, "has a host name that Java does not take");
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

/* HOST in lower case (DNS names have no case, Services are written in it) and without the dot at its end. */
static char *
plain_name(struct pf_arena *arena, const char *host, bool *absolute)
{
	char *text = pf_strdup(arena, host);
	size_t len = strlen(text);
	*absolute = len > 1 && text[len - 1] == '.';
	if (*absolute)
		text[len - 1] = '\0';
	for (char *p = text; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return text;
}

#define LABELS 5 /* pod.db.ns.svc.DOMAIN; the last one holds the rest */

struct pf_service_host
pf_service_host_read(struct pf_arena *arena, const char *host, const char *own_namespace)
{
	unsigned char address[16];
	const char *labels[LABELS] = {NULL};
	size_t count = 0, first = 0;
	bool absolute;
	char *text = plain_name(arena, host, &absolute);

	if (is_local(text))
		return (struct pf_service_host){.kind = PF_HOST_LOCAL};
	if (inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1)
		return (struct pf_service_host){.kind = PF_HOST_ADDRESS};
	for (char *p = text; p != NULL; count++) {
		labels[count] = p;
		p = count + 1 < LABELS ? strchr(p, '.') : NULL;
		if (p != NULL)
			*p++ = '\0';
	}
	if (count >= 4 && pf_streq(labels[3], "svc") && !pf_streq(labels[2], "svc"))
		first = 1;
	bool short_name = count <= 2;
	bool with_domain = count > first + 3; /* else the search list completes it */
	if ((!short_name && !pf_streq(labels[first + 2], "svc")) || (absolute && !with_domain))
		return (struct pf_service_host){.kind = PF_HOST_OUTSIDE};
	return (struct pf_service_host){PF_HOST_SERVICE, labels[first], count >= 2 ? labels[first + 1] : own_namespace};
}
