/* Where the nodes of a file stand, and what is refused in a file that a person wrote: members that repeat. */
#include <postflight/json.h>

#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "tree.h"

struct place {
	const cJSON *node;
	struct pf_position position;
};

struct pf_positions {
	struct place *places;
	size_t count;
};

static void
skip_space(struct pf_cursor *cursor)
{
	const char *at = cursor->at;

	while (at < cursor->end && (pf_is_json_space(*at) || *at == ',' || *at == ':'))
		at++;
	pf_cursor_move(cursor, at);
}

static void
skip_string(struct pf_cursor *cursor)
{
	const char *at = cursor->at + 1;

	while (at < cursor->end && *at != '"')
		at += *at == '\\' ? 2 : 1;
	pf_cursor_move(cursor, at + 1);
}

static void
skip_scalar(struct pf_cursor *cursor)
{
	const char *at = cursor->at;

	if (at < cursor->end && *at == '"') {
		skip_string(cursor);
		return;
	}
	while (at < cursor->end && !pf_is_json_space(*at) && strchr(",]}", *at) == NULL)
		at++;
	pf_cursor_move(cursor, at);
}

/* Goes through text and tree in step: cJSON keeps document order, and the text is known to be valid. */
static void
walk(struct pf_positions *positions, struct pf_cursor *cursor, const cJSON *node)
{
	const cJSON *child;

	skip_space(cursor);
	positions->places[positions->count++] = (struct place){node, cursor->position};
	if (!cJSON_IsArray(node) && !cJSON_IsObject(node)) {
		skip_scalar(cursor);
		return;
	}
	pf_cursor_move(cursor, cursor->at + 1);
	cJSON_ArrayForEach(child, node)
	{
		skip_space(cursor);
		if (cJSON_IsObject(node))
			skip_string(cursor);
		walk(positions, cursor, child);
	}
	skip_space(cursor);
	pf_cursor_move(cursor, cursor->at + 1);
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
	cJSON *root = pf_json_read(scratch, &text, &len, err);
	struct pf_positions *places;
	struct pf_cursor cursor = pf_cursor_over(text, len);

	if (root == NULL) {
		pf_arena_free(scratch);
		return NULL;
	}
	root = pf_json_own(arena, root);
	places = pf_alloc(arena, sizeof(*places));
	places->places = pf_alloc_array(arena, pf_json_extent(root).nodes, sizeof(*places->places));
	walk(places, &cursor, root);
	qsort(places->places, places->count, sizeof(*places->places), by_address);
	if (is_without_repeats(scratch, places, root, err))
		*positions = places;
	else
		root = NULL;
	pf_arena_free(scratch);
	return root;
}
