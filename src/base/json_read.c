/* Reading JSON: cJSON does the work; here are its errors, what it would misread, and the positions of nodes. */
#include <postflight/json.h>

#include <stdlib.h>
#include <string.h>

#include <postflight/text.h>

#include "tree.h"
#include "utf8.h"

/* A place in a text that only moves forward. */
struct cursor {
	const char *at;
	const char *end;
	struct pf_position position;
};

static struct cursor
cursor_over(const char *text, size_t len)
{
	struct cursor cursor = {text, text + len, {1, 1}};

	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		cursor.at += 3; /* a byte order mark has no column */
	return cursor;
}

static void
move_to(struct cursor *cursor, const char *where)
{
	for (; cursor->at < where && cursor->at < cursor->end; cursor->at++) {
		if (*cursor->at == '\n') {
			cursor->position.line++;
			cursor->position.column = 1;
		} else if (cursor->at + 1 == cursor->end || ((unsigned char)cursor->at[1] & 0xC0) != 0x80) {
			cursor->position.column++; /* counted on a character's last byte */
		}
	}
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

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * Where cJSON expected a member's name and met something else, it points one behind that. What was read before WHERE
 * and was right is told from it: the end of a string, white space, a number's digit.
 */
static const char *
culprit(const char *text, const char *where)
{
	const char *before;

	if (where - text < 2 || *where == '\\' || is_space(where[-1]) || strchr("\"0123456789", where[-1]) != NULL)
		return where;
	for (before = where - 2; before > text && is_space(*before); before--)
		;
	return *before == ',' || *before == '{' ? where - 1 : where;
}

static void
fail_at(struct pf_err *err, const char *text, size_t len, const char *where)
{
	struct cursor cursor = cursor_over(text, len);
	const char *end = text + len;
	char shown[16] = "";
	uint32_t point;
	size_t n;

	if (where < text || where > end)
		where = text;
	while (where < end && is_space(*where))
		where++;
	move_to(&cursor, where);
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
	cJSON *root = cJSON_ParseWithLengthOpts(text, len + 1, &stop, 0);

	if (root == NULL) {
		fail_at(err, text, len, culprit(text, stop));
		return NULL;
	}
	while (stop < text + len && is_space(*stop))
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
pf_json_parse(struct pf_arena *arena, const char *text, size_t len, struct pf_err *err)
{
	struct pf_arena *scratch = pf_arena_new();
	char *clean = cleaned(scratch, text, &len);
	cJSON *root = parse_clean(clean, len, err);

	pf_arena_free(scratch);
	return root != NULL ? pf_json_own(arena, root) : NULL;
}

struct place {
	const cJSON *node;
	struct pf_position position;
};

struct pf_positions {
	struct place *places;
	size_t count;
};

static size_t
count_nodes(const cJSON *node)
{
	size_t count = 1;
	const cJSON *child;

	cJSON_ArrayForEach(child, node) count += count_nodes(child);
	return count;
}

static void
skip_space(struct cursor *cursor)
{
	const char *at = cursor->at;

	while (at < cursor->end && (is_space(*at) || *at == ',' || *at == ':'))
		at++;
	move_to(cursor, at);
}

static void
skip_string(struct cursor *cursor)
{
	const char *at = cursor->at + 1;

	while (at < cursor->end && *at != '"')
		at += *at == '\\' ? 2 : 1;
	move_to(cursor, at + 1);
}

static void
skip_scalar(struct cursor *cursor)
{
	const char *at = cursor->at;

	if (at < cursor->end && *at == '"') {
		skip_string(cursor);
		return;
	}
	while (at < cursor->end && !is_space(*at) && strchr(",]}", *at) == NULL)
		at++;
	move_to(cursor, at);
}

/* Goes through text and tree in step: cJSON keeps document order, and the text is known to be valid. */
static void
walk(struct pf_positions *positions, struct cursor *cursor, const cJSON *node)
{
	const cJSON *child;

	skip_space(cursor);
	positions->places[positions->count++] = (struct place){node, cursor->position};
	if (!cJSON_IsArray(node) && !cJSON_IsObject(node)) {
		skip_scalar(cursor);
		return;
	}
	move_to(cursor, cursor->at + 1);
	cJSON_ArrayForEach(child, node)
	{
		skip_space(cursor);
		if (cJSON_IsObject(node))
			skip_string(cursor);
		walk(positions, cursor, child);
	}
	skip_space(cursor);
	move_to(cursor, cursor->at + 1);
}

static int
by_address(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	return (uintptr_t)a->node < (uintptr_t)b->node ? -1 : (uintptr_t)a->node > (uintptr_t)b->node;
}

struct pf_position
pf_position_of(const struct pf_positions *positions, const cJSON *node)
{
	struct place key = {.node = node};
	const struct place *found = NULL;

	if (positions != NULL && node != NULL)
		found = bsearch(&key, positions->places, positions->count, sizeof(key), by_address);
	return found != NULL ? found->position : (struct pf_position){0, 0};
}

/* True when no object at or below NODE has two members of one name. */
static bool
is_without_repeats(struct pf_arena *scratch, const struct pf_positions *positions, const cJSON *node,
		   struct pf_err *err)
{
	const cJSON *child;

	if (cJSON_IsObject(node)) {
		cJSON *repeated = pf_json_repeated(scratch, node)[0];
		if (repeated != NULL) {
			struct pf_position at = pf_position_of(positions, repeated);
			return pf_fail(err, PF_ERR_PROTOCOL,
				       "line %u, column %u: the member \"%s\" appears again later in its object",
				       at.line, at.column, repeated->string);
		}
	}
	cJSON_ArrayForEach(child, node)
	{
		if (!is_without_repeats(scratch, positions, child, err))
			return false;
	}
	return true;
}

cJSON *
pf_json_parse_file_text(struct pf_arena *arena, const char *text, size_t len, struct pf_positions **positions,
			struct pf_err *err)
{
	struct pf_arena *scratch = pf_arena_new();
	char *clean = cleaned(scratch, text, &len);
	cJSON *root = parse_clean(clean, len, err);
	struct pf_positions *places;
	struct cursor cursor = cursor_over(clean, len);

	if (root == NULL) {
		pf_arena_free(scratch);
		return NULL;
	}
	root = pf_json_own(arena, root);
	places = pf_alloc(arena, sizeof(*places));
	places->places = pf_alloc_array(arena, count_nodes(root), sizeof(*places->places));
	walk(places, &cursor, root);
	qsort(places->places, places->count, sizeof(*places->places), by_address);
	if (is_without_repeats(scratch, places, root, err))
		*positions = places;
	else
		root = NULL;
	pf_arena_free(scratch);
	return root;
}
