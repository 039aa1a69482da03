/* What the JSON and YAML readers of this layer share. */
#ifndef POSTFLIGHT_BASE_TREE_H
#define POSTFLIGHT_BASE_TREE_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/err.h>

/* Makes ARENA the owner of a finished tree; returns the root, which may have moved. */
cJSON *pf_json_own(struct pf_arena *arena, cJSON *root);

/*
 * Reads *TEXT, which is made a cleaned copy in SCRATCH first, of *LEN bytes. The tree is the caller's. NULL with ERR as
 * pf_json_parse().
 */
cJSON *pf_json_read(struct pf_arena *scratch, const char **text, size_t *len, struct pf_err *err);

struct pf_extent {
	size_t nodes; /* NODE and all below it */
	size_t depth; /* 1 for a scalar */
};

struct pf_extent pf_json_extent(const cJSON *node);

/*
 * The members of OBJECT whose name a later member repeats, in document order, NULL-terminated; an empty list when
 * there are none. In time n log n: documents come from outside.
 */
cJSON **pf_json_repeated(struct pf_arena *arena, const cJSON *object);

#endif
