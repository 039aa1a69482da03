/* The forms are tried in order; each takes all of its prefix or nothing, so that a program's own words stay. */
#include "kube/log_prefix.h"

#include <ctype.h>
#include <string.h>

#include "kube/log_line.h"

#define SOURCE_MAX 200
#define LABELS_MAX 2000 /* the one that tells two pods apart may be the last of them */
#define HASH 5          /* a pod's name ends with "-" and so many of these */
#define HASH_CHARACTERS "bcdfghjklmnpqrstvwxz2456789"

static struct pf_str
behind(struct pf_str text, size_t skip)
{
	return (struct pf_str){text.p + skip, text.len - skip};
}

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.' || c == '/';
}

static size_t
name_len(struct pf_str text)
{
	size_t len = 0;

	while (len < text.len && len < SOURCE_MAX && is_name(text.p[len]))
		len++;
	return len;
}

static bool
starts(struct pf_str text, const char *word)
{
	return text.len >= strlen(word) && memcmp(text.p, word, strlen(word)) == 0;
}

/* The one space behind a prefix; an empty line may have lost it. */
static struct pf_str
content(struct pf_str text)
{
	return text.len > 0 && *text.p == ' ' ? behind(text, 1) : text;
}

/* kubectl: "[pod/cart-7d9f8b6c5d-x2x4z/cart] text" */
static bool
kubectl(struct pf_str line, struct pf_str *source, struct pf_str *rest)
{
	if (!starts(line, "[pod/"))
		return false;
	size_t len = name_len(behind(line, 1));
	if (len + 1 >= line.len || line.p[len + 1] != ']')
		return false;
	*source = (struct pf_str){line.p + 1, len};
	*rest = content(behind(line, len + 2));
	return true;
}

/* Docker Compose: "cart-1  | text"; a level in that place is a program's own layout. */
static bool
compose(struct pf_str line, struct pf_str *source, struct pf_str *rest)
{
	size_t len = name_len(line), at = len;

	while (at < line.len && line.p[at] == ' ')
		at++;
	if (len == 0 || pf_log_level_of(line.p, len) != PF_LOG_NONE || at == len || at >= line.len ||
	    line.p[at] != '|' || (at + 1 < line.len && line.p[at + 1] != ' '))
		return false;
	*source = (struct pf_str){line.p, len};
	*rest = content(behind(line, at + 1));
	return true;
}

static bool
is_pod_name(struct pf_str name)
{
	size_t hash = 0, dashes = 0;

	while (hash < name.len && memchr(HASH_CHARACTERS, name.p[name.len - 1 - hash], strlen(HASH_CHARACTERS)) != NULL)
		hash++;
	for (size_t i = 0; i < name.len; i++) {
		if (name.p[i] != '-' && !islower((unsigned char)name.p[i]) && !isdigit((unsigned char)name.p[i]))
			return false;
		dashes += name.p[i] == '-';
	}
	return hash == HASH && dashes >= 2 && name.p[name.len - 1 - HASH] == '-';
}

/* stern: "cart-7d9f8b6c5d-x2x4z cart text" */
static bool
stern(struct pf_str line, struct pf_str *source, struct pf_str *rest)
{
	size_t pod = name_len(line);

	if (pod + 1 >= line.len || line.p[pod] != ' ' || !is_pod_name((struct pf_str){line.p, pod}))
		return false;
	size_t container = name_len(behind(line, pod + 1)), end = pod + 1 + container;
	if (container == 0 || (end < line.len && line.p[end] != ' '))
		return false;
	*source = (struct pf_str){line.p, end};
	*rest = content(behind(line, end));
	return true;
}

/* "Nov 22 15:07:00", in letters and digits */
static size_t
syslog_time(struct pf_str line)
{
	static const char shape[] = "Aaa 00 00:00:00";

	if (line.len <= sizeof(shape))
		return 0;
	for (size_t i = 0; shape[i] != '\0'; i++) {
		unsigned char c = (unsigned char)line.p[i];
		bool fits = shape[i] == 'A'   ? isupper(c)
			    : shape[i] == 'a' ? islower(c)
			    : shape[i] == '0' ? isdigit(c) || (c == ' ' && i == 4)
					      : c == (unsigned char)shape[i];
		if (!fits)
			return 0;
	}
	return sizeof(shape) - 1;
}

/* ISO 8601, also with a zone without a colon, as journalctl has it */
static size_t
iso_time(struct pf_str line)
{
	int64_t ms;
	size_t len = pf_log_time_at(line, &ms);

	if (len == 0 || len + 5 > line.len || (line.p[len] != '+' && line.p[len] != '-'))
		return len;
	for (size_t i = 1; i < 5; i++) {
		if (!isdigit((unsigned char)line.p[len + i]))
			return len;
	}
	return len + 5;
}

/* journald and syslog: "Nov 22 15:07:00 node1 cart[4242]: text" */
static bool
journal(struct pf_str line, struct pf_str *source, struct pf_str *rest)
{
	size_t at = syslog_time(line);

	if (at == 0)
		at = iso_time(line);
	if (at == 0 || at + 1 >= line.len || line.p[at] != ' ')
		return false;
	size_t host = name_len(behind(line, ++at));
	if (host == 0 || at + host + 1 >= line.len || line.p[at + host] != ' ')
		return false;
	at += host + 1;
	size_t program = name_len(behind(line, at)), end = at + program;
	if (program == 0 || end >= line.len || line.p[end] != '[')
		return false;
	const char *close = memchr(line.p + end, ']', line.len - end);
	if (close == NULL || (size_t)(close - line.p) + 1 >= line.len || close[1] != ':')
		return false;
	end = (size_t)(close - line.p);
	*source = (struct pf_str){line.p + at, end + 1 - at};
	*rest = content(behind(line, end + 2));
	return true;
}

/* Loki's logcli: "2026-11-22T15:07:00Z {app="cart", pod="x"} text" */
static bool
loki(struct pf_str line, struct pf_str *source, struct pf_str *rest)
{
	size_t at = iso_time(line);

	if (at == 0)
		return false;
	while (at < line.len && (line.p[at] == ' ' || line.p[at] == '\t'))
		at++;
	struct pf_str labels = behind(line, at);
	const char *close = memmem(labels.p, labels.len, "\"}", 2);
	if (labels.len < 2 || *labels.p != '{' || close == NULL)
		return false;
	size_t name = name_len(behind(labels, 1));
	if (name == 0 || name + 2 >= labels.len || labels.p[name + 1] != '=' || labels.p[name + 2] != '"')
		return false;
	size_t end = (size_t)(close - labels.p) + 2;
	*source = (struct pf_str){labels.p, end < LABELS_MAX ? end : LABELS_MAX};
	struct pf_str tail = behind(labels, end);
	*rest = tail.len > 0 && *tail.p == '\t' ? behind(tail, 1) : content(tail);
	return true;
}

bool
pf_log_prefix_read(struct pf_str line, struct pf_str *source, struct pf_str *rest)
{
	static bool (*const forms[])(struct pf_str, struct pf_str *, struct pf_str *) = {kubectl, compose, stern,
											 journal, loki};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i](line, source, rest))
			return true;
	}
	return false;
}
