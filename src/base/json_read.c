/* Reading JSON: cJSON does the work; here are its errors and what it would misread. */
#include <postflight/json.h>

#include <string.h>

#include <postflight/text.h>

#include "cursor.h"
#include "tree.h"
#include "utf8.h"

/*
 * A value takes some 80 bytes in a tree, and as few as two in a text: without this a document of the size that is
 * accepted (16 MiB) would take half a gigabyte. Real lists of that size have less than half as many values.
 */
#define MAX_VALUES ((size_t)2 << 20)

/* At least as many as the values of the text: each but the first stands behind one of these. */
static bool
has_too_many_values(const char *text, size_t len)
{
	size_t count = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			in_string = !in_string;
		else if (in_string)
			i += text[i] == '\\'; /* what it escapes is no quote */
		else if (text[i] == ',' || text[i] == '[' || text[i] == '{')
			count++;
	}
	return count > MAX_VALUES;
}

static bool
is_hex4(const char *at, const char *end, unsigned *out)
{
	unsigned value = 0;

	if (end - at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = at[i];
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
							: 16;
		if (digit == 16)
			return false;
		value = value * 16 + digit;
	}
	*out = value;
	return true;
}

/*
 * Escapes that a C string or UTF-8 cannot hold become the replacement character's, of the same length: NUL, which
 * would end the string early, and surrogates without their other half, which other writers do send.
 */
static void
mend_escapes(char *text, size_t len)
{
	char *end = text + len;
	char *at = memchr(text, '\\', len);

	while (at != NULL) {
		unsigned code, low;
		char *next = at + 2;
		if (next < end && at[1] == 'u' && is_hex4(at + 2, end, &code)) {
			next = at + 6;
			if (code >= 0xD800 && code <= 0xDBFF && end - next >= 6 && next[0] == '\\' && next[1] == 'u' &&
			    is_hex4(next + 2, end, &low) && low >= 0xDC00 && low <= 0xDFFF)
				next += 6;
			else if (code == 0 || (code >= 0xD800 && code <= 0xDFFF))
				memcpy(at + 2, "fffd", 4);
		}
		at = next < end ? memchr(next, '\\', (size_t)(end - next)) : NULL;
	}
}

/*
 * Where cJSON expected a member's name and met something else, it points one behind that. What was read before WHERE
 * and was right is told from it: the end of a string, white space, a number's digit.
 */
static const char *
culprit(const char *text, const char *where)
{
	const char *before;

	if (where - text < 2 || *where == '\\' || pf_is_json_space(where[-1]) ||
	    strchr("\"0123456789", where[-1]) != NULL)
		return where;
	for (before = where - 2; before > text && pf_is_json_space(*before); before--)
		;
	return *before == ',' || *before == '{' ? where - 1 : where;
}

static void
fail_at(struct pf_err *err, const char *text, size_t len, const char *where)
{
	struct pf_cursor cursor = pf_cursor_over(text, len);
	const char *end = text + len;
	char shown[16] = "";
	uint32_t point;
	size_t n;

	if (where < text || where > end)
		where = text;
	while (where < end && pf_is_json_space(*where))
		where++;
	pf_cursor_move(&cursor, where);
	n = where < end ? pf_utf8_next(where, (size_t)(end - where), &point) : 0;
	memcpy(shown, n > 0 ? where : "", n);
	if (n == 0)
		pf_fail(err, PF_ERR_PROTOCOL, "line %u, column %u: the JSON document ends too early",
			cursor.position.line, cursor.position.column);
	else
		pf_fail(err, PF_ERR_PROTOCOL, "line %u, column %u: this is no valid JSON: unexpected '%s'",
			cursor.position.line, cursor.position.column, shown);
}

/*
 * Parses TEXT, which was cleaned and mended. The tree is the caller's. cJSON is told of the NUL as well: it names the
 * last byte of all as the place where a document stops too early.
 */
static cJSON *
parse_clean(const char *text, size_t len, struct pf_err *err)
{
	const char *stop = text;
	cJSON *root;

	if (has_too_many_values(text, len)) {
		pf_fail(err, PF_ERR_PROTOCOL, "the JSON document has more than the %zu values that are accepted",
			MAX_VALUES);
		return NULL;
	}
	root = cJSON_ParseWithLengthOpts(text, len + 1, &stop, 0);
	if (root == NULL) {
		fail_at(err, text, len, culprit(text, stop));
		return NULL;
	}
	while (stop < text + len && pf_is_json_space(*stop))
		stop++;
	if (stop < text + len) {
		cJSON_Delete(root);
		fail_at(err, text, len, stop);
		return NULL;
	}
	return root;
}

/*
 * A copy that cJSON reads right; *LEN becomes its length. It ends in NUL: cJSON before 1.7.18 looks at one byte behind
 * a document that stops after a comma.
 */
static char *
cleaned(struct pf_arena *arena, const char *text, size_t *len)
{
	char *copy;

	if (*len == 0)
		return pf_strdup(arena, "");
	if (memchr(text, '\0', *len) == NULL && pf_utf8_valid(text, *len)) {
		copy = pf_strndup(arena, text, *len);
	} else {
		copy = pf_utf8_clean(arena, text, *len);
		*len = strlen(copy);
	}
	mend_escapes(copy, *len);
	return copy;
}

cJSON *
pf_json_read(struct pf_arena *scratch, const char **text, size_t *len, struct pf_err *err)
{
	*text = cleaned(scratch, *text, len);
	return parse_clean(*text, *len, err);
}

cJSON *
pf_json_parse(struct pf_arena *arena, const char *text, size_t len, struct pf_err *err)
{
	struct pf_arena *scratch = pf_arena_new();
	cJSON *root = pf_json_read(scratch, &text, &len, err);

	pf_arena_free(scratch);
	return root != NULL ? pf_json_own(arena, root) : NULL;
}
