/*
 * The scan of a text for what is secret in it. One pass; at each byte a table says which recognizers may start there.
 * A recognizer returns where to go on when it has dealt with something, or the place it was asked about.
 */
#include <ctype.h>

#include <postflight/text.h>

#include "kube/redact_scan.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool
pf_scan_is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-';
}

/* Copies what stands before UPTO as it is. */
static void
keep(struct pf_scan *scan, size_t upto)
{
	if (scan->out != NULL && upto > scan->done)
		pf_buf_add(scan->out, scan->text.p + scan->done, upto - scan->done);
	scan->done = upto;
}

size_t
pf_scan_hide(struct pf_scan *scan, size_t from, size_t to, unsigned flags)
{
	struct pf_str secret = {scan->text.p + from, to - from};

	keep(scan, from);
	if (scan->out != NULL)
		pf_redactor_token(scan->redactor, secret, flags, scan->out);
	else if ((flags & PF_SECRET_SCRUB) != 0)
		pf_redactor_remember(scan->redactor, secret);
	scan->done = to;
	scan->found++;
	return to;
}

size_t
pf_scan_hide_value(struct pf_scan *scan, size_t at, size_t from, size_t to)
{
	struct pf_str value = {scan->text.p + from, to - from};

	if (value.len == 0 || pf_value_is_public(value) || pf_value_is_reference(value))
		return at;
	return pf_scan_hide(scan, from, to, PF_SECRET_SCRUB);
}

/* {{redacted:… in what came from outside. */
static size_t
forged(struct pf_scan *scan, size_t at)
{
	size_t len = strlen(PF_TOKEN_START);

	if (scan->text.len - at < len || memcmp(scan->text.p + at, PF_TOKEN_START, len) != 0)
		return at;
	keep(scan, at);
	if (scan->out != NULL)
		pf_buf_puts(scan->out, PF_TOKEN_FORGED);
	scan->done = at + len;
	scan->found++;
	return scan->done;
}

static bool
starts(struct pf_str text, size_t at, const char *with)
{
	size_t len = strlen(with);

	return text.len - at >= len && memcmp(text.p + at, with, len) == 0;
}

/* "Bearer TOKEN", "Basic BASE64": what looks made by a machine, not "Bearer authentication". */
static size_t
bearer(struct pf_scan *scan, size_t at)
{
	struct pf_str text = scan->text;
	size_t from = at + 6, to;
	bool digits = false;

	if (at > 0 && pf_scan_is_name(text.p[at - 1]))
		return at;
	if (!starts(text, at, "Bearer ") && !starts(text, at, "bearer ")) {
		if (!starts(text, at, "Basic ") && !starts(text, at, "basic "))
			return at;
		from = at + 5;
	}
	while (from < text.len && text.p[from] == ' ')
		from++;
	for (to = from;
	     to < text.len && (pf_scan_is_name(text.p[to]) || strchr("~+/=", text.p[to]) != NULL) && text.p[to] != '\0';
	     to++)
		digits |= isdigit((unsigned char)text.p[to]) != 0;
	return to - from >= 20 || (digits && to - from >= 8) ? pf_scan_hide_value(scan, at, from, to) : at;
}

static size_t
skip_base64url(struct pf_str text, size_t at)
{
	while (at < text.len && (isalnum((unsigned char)text.p[at]) || text.p[at] == '_' || text.p[at] == '-'))
		at++;
	return at;
}

/* A JSON Web Token: eyJ….….… */
static size_t
jwt(struct pf_scan *scan, size_t at)
{
	struct pf_str text = scan->text;
	size_t dot, end;

	if (!starts(text, at, "eyJ") || (at > 0 && pf_scan_is_name(text.p[at - 1]) && text.p[at - 1] != '.'))
		return at;
	dot = skip_base64url(text, at);
	if (dot - at < 10 || dot >= text.len || text.p[dot] != '.')
		return at;
	end = skip_base64url(text, dot + 1);
	if (end - dot < 5)
		return at;
	if (end < text.len && text.p[end] == '.')
		end = skip_base64url(text, end + 1);
	return pf_scan_hide(scan, at, end, PF_SECRET_SCRUB);
}

/* AKIA… and ASIA…: an access key id of AWS. */
static size_t
access_key_id(struct pf_scan *scan, size_t at)
{
	struct pf_str text = scan->text;
	size_t end = at;

	if ((!starts(text, at, "AKIA") && !starts(text, at, "ASIA")) ||
	    (at > 0 && isalnum((unsigned char)text.p[at - 1])))
		return at;
	while (end < text.len && (isupper((unsigned char)text.p[end]) || isdigit((unsigned char)text.p[end])))
		end++;
	if (end - at != 20 || (end < text.len && isalnum((unsigned char)text.p[end])))
		return at;
	return pf_scan_hide(scan, at, end, PF_SECRET_SCRUB);
}

/* -----BEGIN … PRIVATE KEY----- to its end, or the text's. */
static size_t
private_key(struct pf_scan *scan, size_t at)
{
	static const char marker[] = "PRIVATE KEY-----", ending[] = "-----END ";
	struct pf_str text = scan->text;
	size_t from = at + 11;
	const char *end;

	if (!starts(text, at, "-----BEGIN "))
		return at;
	while (from < text.len && (isupper((unsigned char)text.p[from]) || text.p[from] == ' ') &&
	       !starts(text, from, marker))
		from++;
	if (from >= text.len || !starts(text, from, marker))
		return at;
	from += strlen(marker);
	end = memmem(text.p + from, text.len - from, ending, strlen(ending));
	return pf_scan_hide(scan, from, end != NULL ? (size_t)(end - text.p) : text.len, PF_SECRET_SCRUB);
}

static const struct {
	char first;
	size_t (*recognize)(struct pf_scan *scan, size_t at);
} recognizers[] = {
	{'{', forged},
	{'=', pf_scan_assignment},
	{':', pf_scan_user_info},
	{':', pf_scan_label},
	{'-', private_key},
	{'-', pf_scan_flag},
	{'B', bearer},
	{'b', bearer},
	{'e', jwt},
	{'A', access_key_id},
};

static void
mark_firsts(bool firsts[256])
{
	for (size_t i = 0; i < COUNT(recognizers); i++)
		firsts[(unsigned char)recognizers[i].first] = true;
}

/* One step: a recognizer's, or over a secret that was seen before, or over one byte. */
static size_t
step(struct pf_scan *scan, size_t at, bool may_start)
{
	size_t seen = pf_redactor_match(scan->redactor, (struct pf_str){scan->text.p + at, scan->text.len - at});

	if (seen > 0 && scan->out != NULL)
		return pf_scan_hide(scan, at, at + seen, PF_SECRET_SCRUB);
	scan->found += seen > 0; /* what it holds may be new */
	for (size_t i = 0; may_start && i < COUNT(recognizers); i++) {
		if (recognizers[i].first == scan->text.p[at]) {
			size_t next = recognizers[i].recognize(scan, at);
			if (next > at)
				return next;
		}
	}
	return at + 1;
}

size_t
pf_redactor_scan(struct pf_redactor *redactor, struct pf_str text, struct pf_buf *out)
{
	struct pf_scan scan = {.redactor = redactor, .text = text, .out = out};
	bool firsts[256] = {false};

	mark_firsts(firsts);
	for (size_t at = 0; at < text.len;)
		at = step(&scan, at, firsts[(unsigned char)text.p[at]]);
	keep(&scan, text.len);
	return scan.found;
}

size_t
pf_redactor_unforge(struct pf_str text, struct pf_buf *out)
{
	struct pf_scan scan = {.text = text, .out = out};

	for (size_t at = 0; at < text.len;) {
		size_t next = text.p[at] == '{' ? forged(&scan, at) : at;
		at = next > at ? next : at + 1;
	}
	keep(&scan, text.len);
	return scan.found;
}

char *
pf_redact_text(struct pf_redactor *redactor, struct pf_arena *arena, const char *text)
{
	size_t len = strlen(text);
	PF_AUTO_BUF out = PF_REDACTED_BUF(len);

	pf_redactor_scan(redactor, (struct pf_str){text, len}, &out);
	return pf_strndup(arena, pf_buf_text(&out), out.len);
}
