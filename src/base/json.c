/* JSON trees that an arena owns: reading into them, asking them, changing them. */
#include <postflight/json.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <postflight/text.h>

#include "tree.h"

/* Beyond 2^53 a double no longer tells neighbours apart. */
#define MAX_WHOLE 9007199254740992.0

static void *
allocate_or_end(size_t size)
{
	void *bytes = malloc(size > 0 ? size : 1);

	if (bytes == NULL)
		pf_out_of_memory();
	return bytes;
}

__attribute__((constructor)) static void
install_hooks(void)
{
	cJSON_Hooks hooks = {.malloc_fn = allocate_or_end, .free_fn = free};

	cJSON_InitHooks(&hooks);
}

/*
 * The root of a tree that an arena owns. It knows the arena's cell, so that a tree which is put into another one
 * changes owner instead of being freed twice. What tells it from any other node is prev: cJSON leaves it NULL in a
 * root, sets it to a sibling in a child, and never copies it.
 */
struct owned {
	cJSON node;
	cJSON **cell;
};

static cJSON *
mark_of(const struct owned *owned)
{
	return (cJSON *)(void *)&owned->cell;
}

static void
release_cell(void *cell)
{
	cJSON_Delete(*(cJSON **)cell);
}

cJSON *
pf_json_own(struct pf_arena *arena, cJSON *root)
{
	struct owned *owned = allocate_or_end(sizeof(*owned));

	owned->node = *root;
	cJSON_free(root); /* the node alone: its children and strings moved */
	owned->node.prev = mark_of(owned);
	owned->cell = pf_alloc(arena, sizeof(cJSON *));
	*owned->cell = &owned->node;
	pf_defer(arena, release_cell, (void *)owned->cell);
	return &owned->node;
}

/* Takes NODE from its arena, if it has one: it is about to become a child. */
static void
disown(cJSON *node)
{
	struct owned *owned = (struct owned *)(void *)node;

	if (node->prev != mark_of(owned))
		return;
	*owned->cell = NULL;
	node->prev = NULL;
}

cJSON *
pf_json_object(struct pf_arena *arena)
{
	return pf_json_own(arena, cJSON_CreateObject());
}

cJSON *
pf_json_array(struct pf_arena *arena)
{
	return pf_json_own(arena, cJSON_CreateArray());
}

cJSON *
pf_json_at(const cJSON *object, const char *const *names)
{
	for (; object != NULL && *names != NULL; names++)
		object = cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, *names) : NULL;
	return (cJSON *)object;
}

const char *
pf_json_string(const cJSON *node)
{
	return cJSON_IsString(node) ? node->valuestring : NULL;
}

int64_t
pf_json_int(const cJSON *node, int64_t fallback)
{
	double value;

	if (!cJSON_IsNumber(node))
		return fallback;
	value = node->valuedouble;
	if (!(fabs(value) <= MAX_WHOLE) || trunc(value) < value || trunc(value) > value)
		return fallback;
	return (int64_t)value;
}

bool
pf_json_bool(const cJSON *node, bool fallback)
{
	return cJSON_IsBool(node) ? cJSON_IsTrue(node) != 0 : fallback;
}

void
pf_json_set(cJSON *object, const char *name, cJSON *value)
{
	disown(value);
	if (cJSON_GetObjectItemCaseSensitive(object, name) != NULL)
		cJSON_ReplaceItemInObjectCaseSensitive(object, name, value);
	else
		cJSON_AddItemToObject(object, name, value);
}

void
pf_json_push(cJSON *array, cJSON *value)
{
	disown(value);
	cJSON_AddItemToArray(array, value);
}

static cJSON *
string_or_null(const char *value)
{
	return value != NULL ? cJSON_CreateString(value) : cJSON_CreateNull();
}

void
pf_json_set_string(cJSON *object, const char *name, const char *value)
{
	pf_json_set(object, name, string_or_null(value));
}

void
pf_json_set_int(cJSON *object, const char *name, int64_t value)
{
	pf_json_set(object, name, cJSON_CreateNumber((double)value));
}

void
pf_json_set_bool(cJSON *object, const char *name, bool value)
{
	pf_json_set(object, name, cJSON_CreateBool(value));
}

void
pf_json_push_string(cJSON *array, const char *value)
{
	pf_json_push(array, string_or_null(value));
}

struct pf_extent
pf_json_extent(const cJSON *node)
{
	struct pf_extent extent = {.nodes = 1};
	const cJSON *child;

	cJSON_ArrayForEach(child, node)
	{
		struct pf_extent below = pf_json_extent(child);
		extent.nodes += below.nodes;
		extent.depth = below.depth > extent.depth ? below.depth : extent.depth;
	}
	extent.depth++;
	return extent;
}

struct member {
	cJSON *node;
	size_t index;
};

static int
by_name(const void *left, const void *right)
{
	const struct member *a = left, *b = right;
	int order = strcmp(a->node->string, b->node->string);

	if (order != 0)
		return order;
	return a->index < b->index ? -1 : 1;
}

static int
by_index(const void *left, const void *right)
{
	const struct member *a = left, *b = right;

	return a->index < b->index ? -1 : a->index > b->index;
}

cJSON **
pf_json_repeated(struct pf_arena *arena, const cJSON *object)
{
	size_t count = 0, repeated = 0;
	struct member *members;
	cJSON **list;
	cJSON *child;

	cJSON_ArrayForEach(child, object) count++;
	members = pf_alloc_array(arena, count + 1, sizeof(*members));
	count = 0;
	cJSON_ArrayForEach(child, object)
	{
		members[count] = (struct member){child, count};
		count++;
	}
	qsort(members, count, sizeof(*members), by_name);
	for (size_t i = 0; i + 1 < count; i++) {
		if (strcmp(members[i].node->string, members[i + 1].node->string) == 0)
			members[repeated++] = members[i];
	}
	qsort(members, repeated, sizeof(*members), by_index);
	list = pf_alloc_array(arena, repeated + 1, sizeof(cJSON *));
	for (size_t i = 0; i < repeated; i++)
		list[i] = members[i].node;
	return list;
}
