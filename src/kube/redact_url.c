/* User information in URLs: scheme://user:password@host. */
#include <ctype.h>

#include "kube/redact_scan.h"

/* Where the run of characters that a URL may be written with ends; its last '@' too. Measured once per run. */
static void
measure_run(struct pf_scan *scan, size_t from)
{
	struct pf_str text = scan->text;
	size_t at;

	if (from < scan->run_end)
		return;
	scan->run_sign = 0;
	for (at = from; at < text.len; at++) {
		unsigned char c = (unsigned char)text.p[at];
		if (c <= ' ' || strchr("\"'<>`\\", c) != NULL)
			break;
		if (c == '@')
			scan->run_sign = at;
	}
	scan->run_end = at;
}

/* The '@' that ends the user information of the URL whose authority starts at FROM; 0 when there is none. */
static size_t
user_end(struct pf_scan *scan, size_t from)
{
	struct pf_str text = scan->text;
	size_t at = from, sign = 0, colon = 0;

	measure_run(scan, from);
	if (scan->run_sign < from)
		return 0;
	for (; at < scan->run_end && strchr("/?#", text.p[at]) == NULL; at++) {
		if (text.p[at] == '@')
			sign = at;
		if (text.p[at] == ':' && colon == 0)
			colon = at;
		if (text.p[at] == ',' && sign != 0)
			break; /* a list of URLs */
	}
	if (sign != 0 || colon == 0 || at == scan->run_end)
		return sign;
	/* u:p/w@host: what follows the colon is no port, so the slash belongs to a password that was not escaped. */
	for (size_t i = colon + 1; i < at; i++) {
		if (!isdigit((unsigned char)text.p[i]) && text.p[from] != '[')
			return scan->run_sign;
	}
	return 0;
}

size_t
pf_scan_user_info(struct pf_scan *scan, size_t at)
{
	struct pf_str text = scan->text;
	size_t from = at + 3, sign;
	const char *colon;

	if (at == 0 || !isalnum((unsigned char)text.p[at - 1]) || text.len - at < 4 ||
	    memcmp(text.p + at, "://", 3) != 0)
		return at;
	sign = user_end(scan, from);
	if (sign <= from)
		return at;
	colon = memchr(text.p + from, ':', sign - from);
	if (colon == NULL) {
		pf_scan_hide(scan, from, sign, PF_SECRET_SCRUB);
		return sign;
	}
	if (colon > text.p + from)
		pf_scan_hide(scan, from, (size_t)(colon - text.p), PF_SECRET_PLAIN);
	pf_scan_hide(scan, (size_t)(colon - text.p) + 1, sign, PF_SECRET_SCRUB);
	return sign;
}
