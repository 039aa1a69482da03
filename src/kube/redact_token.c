/* Tokens: what may be told of a secret, how it is written, and how it is read back. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <strings.h>

#include <postflight/text.h>

#include "kube/redact_internal.h"

/* Values that are in every manual and keep no secret; rules tell a provider or a switch by them. */
static const char *const vocabulary[] = {
	"true",  "false",    "yes",       "no",         "on",        "off",     "1",         "0",         "null",
	"none",  "dynamodb", "in-memory", "inmemory",   "in_memory", "memory",  "couchbase", "cassandra", "mongodb",
	"mysql", "mariadb",  "postgres",  "postgresql", "redis",     "default", "local",     NULL};

static const char *const region_areas[] = {"af", "ap", "ca", "cn", "eu", "il", "me", "mx", "sa", "us", NULL};
static const char *const region_partitions[] = {"gov", "iso", "isob", NULL};
static const char *const region_parts[] = {"north",     "south",     "east",      "west",      "central",
					   "northeast", "northwest", "southeast", "southwest", NULL};

static const struct {
	const char *name;
	size_t min, max;
} lengths[] = {{"1-2", 1, 2},     {"3-7", 3, 7},       {"8-15", 8, 15},        {"16-31", 16, 31},
	       {"32-63", 32, 63}, {"64-255", 64, 255}, {"256+", 256, SIZE_MAX}};

static const char *const classes[] = {"alnum", "name", "word", "url", "text", "other"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
is_one_of(struct pf_str word, const char *const *list, bool any_case)
{
	for (; *list != NULL; list++) {
		if (strlen(*list) != word.len)
			continue;
		if ((any_case ? strncasecmp(*list, word.p, word.len) : strncmp(*list, word.p, word.len)) == 0)
			return true;
	}
	return false;
}

/* us-west-2, us-gov-east-1 */
static bool
is_region(struct pf_str value)
{
	struct pf_str parts[4];
	size_t count = 0, from = 0;

	for (size_t i = 0; i <= value.len; i++) {
		if (i < value.len && value.p[i] != '-')
			continue;
		if (count == COUNT(parts))
			return false;
		parts[count++] = (struct pf_str){value.p + from, i - from};
		from = i + 1;
	}
	if (count < 3 || parts[count - 1].len != 1 || !isdigit((unsigned char)parts[count - 1].p[0]))
		return false;
	return is_one_of(parts[0], region_areas, false) && is_one_of(parts[count - 2], region_parts, false) &&
	       (count == 3 || is_one_of(parts[1], region_partitions, false));
}

static bool
is_word(struct pf_str value)
{
	return is_one_of(value, vocabulary, true) || is_region(value);
}

/* The length of the scheme, host and port that VALUE starts with; 0 when it is no http URL or names a user. */
static size_t
origin_len(struct pf_str value)
{
	static const struct pf_str schemes[] = {{"http://", 7}, {"https://", 8}};
	size_t at = 0, host, port;

	for (size_t i = 0; i < COUNT(schemes); i++) {
		if (value.len > schemes[i].len && strncasecmp(value.p, schemes[i].p, schemes[i].len) == 0)
			at = schemes[i].len;
	}
	if (at == 0)
		return 0;
	host = at;
	if (value.p[at] == '[') {
		while (at < value.len && value.p[at] != ']')
			at += isxdigit((unsigned char)value.p[at]) || strchr("[:.", value.p[at]) != NULL ? 1
													 : value.len;
		if (at >= value.len)
			return 0;
		at++;
	} else {
		while (at < value.len && (isalnum((unsigned char)value.p[at]) || strchr("._-", value.p[at]) != NULL) &&
		       value.p[at] != '\0')
			at++;
	}
	if (at == host)
		return 0;
	if (at < value.len && value.p[at] == ':') {
		for (port = ++at; at < value.len && isdigit((unsigned char)value.p[at]);)
			at++;
		if (at == port || at - port > 5)
			return 0;
	}
	return at == value.len || value.p[at] == '/' || value.p[at] == '?' || value.p[at] == '#' ? at : 0;
}

static bool
is_printable(struct pf_str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if (c < 0x20 || c == 0x7F)
			return false;
	}
	return pf_utf8_valid(value.p, value.len);
}

struct pf_secret_shape
pf_secret_shape(struct pf_str value)
{
	bool alnum = true, name = true;
	size_t origin;

	if (is_word(value))
		return (struct pf_secret_shape){"word", value.len};
	for (size_t i = 0; i < value.len; i++) {
		char c = value.p[i];
		bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
		alnum &= is_alnum;
		name &= is_alnum || c == '_' || c == '.' || c == '-';
	}
	if (alnum || name)
		return (struct pf_secret_shape){alnum ? "alnum" : "name", 0};
	if (!is_printable(value))
		return (struct pf_secret_shape){"other", 0};
	origin = origin_len(value);
	return origin > 0 ? (struct pf_secret_shape){"url", origin} : (struct pf_secret_shape){"text", 0};
}

bool
pf_value_is_public(struct pf_str value)
{
	struct pf_secret_shape shape = pf_secret_shape(value);

	return shape.detail_len > 0 && (shape.detail_len == value.len ||
					(shape.detail_len + 1 == value.len && value.p[shape.detail_len] == '/'));
}

bool
pf_value_is_reference(struct pf_str value)
{
	size_t from = 1, to = value.len;

	if (value.len < 2 || value.p[0] != '$')
		return false;
	if (value.p[1] == '(' || value.p[1] == '{') {
		if (value.len < 4 || value.p[value.len - 1] != (value.p[1] == '(' ? ')' : '}'))
			return false;
		from = 2;
		to = value.len - 1;
	}
	if (isdigit((unsigned char)value.p[from]))
		return false;
	for (size_t i = from; i < to; i++) {
		/* Environment names in capitals only: a password may well be "$ecret". */
		if (!isupper((unsigned char)value.p[i]) && !isdigit((unsigned char)value.p[i]) && value.p[i] != '_' &&
		    (from == 1 || (!islower((unsigned char)value.p[i]) && value.p[i] != '.' && value.p[i] != '-')))
			return false;
	}
	return true;
}

void
pf_token_write(unsigned number, struct pf_secret_shape shape, struct pf_str value, struct pf_buf *out)
{
	size_t i = 0;

	while (i + 1 < COUNT(lengths) && value.len > lengths[i].max)
		i++;
	pf_buf_printf(out, PF_TOKEN_START "%u:%s:%s", number, shape.cls, lengths[i].name);
	if (shape.detail_len > 0) {
		pf_buf_puts(out, ":");
		pf_buf_add(out, value.p, shape.detail_len);
	}
	pf_buf_puts(out, "}}");
}

/* The piece of TEXT from *AT to the next of STOPS; *AT is left on the stop. */
static struct pf_str
piece(struct pf_str text, size_t *at, const char *stops)
{
	size_t from = *at;

	while (*at < text.len && text.p[*at] != '\0' && strchr(stops, text.p[*at]) == NULL)
		(*at)++;
	return (struct pf_str){text.p + from, *at - from};
}

static bool
read_number(struct pf_str digits, unsigned *out)
{
	unsigned value = 0;

	if (digits.len == 0 || digits.len > 9 || digits.p[0] == '0')
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		if (!isdigit((unsigned char)digits.p[i]))
			return false;
		value = value * 10 + (unsigned)(digits.p[i] - '0');
	}
	*out = value;
	return true;
}

/* True when DETAIL is what a token of class CLS carries. */
static bool
is_detail(const char *cls, struct pf_str detail)
{
	if (strcmp(cls, "word") == 0)
		return is_word(detail);
	if (strcmp(cls, "url") == 0)
		return detail.len > 0 && origin_len(detail) == detail.len;
	return detail.len == 0;
}

size_t
pf_token_at(struct pf_str text, struct pf_token *out, struct pf_str *detail)
{
	struct pf_token token = {0};
	struct pf_str cls, length, rest = {NULL, 0};
	size_t at = strlen(PF_TOKEN_START), i, k;

	if (text.len < at || memcmp(text.p, PF_TOKEN_START, at) != 0)
		return 0;
	if (!read_number(piece(text, &at, ":}"), &token.number) || at >= text.len || text.p[at] != ':')
		return 0;
	at++;
	cls = piece(text, &at, ":}");
	for (i = 0; i < COUNT(classes) && !pf_str_eq(cls, pf_str(classes[i])); i++)
		;
	if (i == COUNT(classes) || at >= text.len || text.p[at] != ':')
		return 0;
	at++;
	length = piece(text, &at, ":}");
	for (k = 0; k < COUNT(lengths) && !pf_str_eq(length, pf_str(lengths[k].name)); k++)
		;
	if (k == COUNT(lengths))
		return 0;
	if (at < text.len && text.p[at] == ':') {
		at++;
		rest = piece(text, &at, "}");
	}
	if (text.len - at < 2 || memcmp(text.p + at, "}}", 2) != 0 || !is_detail(classes[i], rest))
		return 0;
	snprintf(token.cls, sizeof(token.cls), "%s", classes[i]);
	token.min_len = lengths[k].min;
	token.max_len = lengths[k].max;
	*out = token;
	*detail = rest;
	return at + 2;
}

bool
pf_token_parse(struct pf_arena *arena, const char *text, struct pf_token *out)
{
	struct pf_str detail = {NULL, 0};
	struct pf_token token = {0};

	if (text == NULL || pf_token_at(pf_str(text), &token, &detail) != strlen(text) || *text == '\0')
		return false;
	token.detail = detail.len > 0 ? pf_strndup(arena, detail.p, detail.len) : NULL;
	*out = token;
	return true;
}

bool
pf_has_token(const char *text)
{
	return text != NULL && strstr(text, PF_TOKEN_START) != NULL;
}
