/* What the JSON and YAML readers of this layer share. */
#ifndef POSTFLIGHT_BASE_TREE_H
#define POSTFLIGHT_BASE_TREE_H

#include <cjson/cJSON.h>

#include <postflight/arena.h>

/* Makes ARENA the owner of a finished tree; returns the root, which may have moved. */
cJSON *pf_json_own(struct pf_arena *arena, cJSON *root);

/*
 * The members of OBJECT whose name a later member repeats, in document order, NULL-terminated; an empty list when
 * there are none. In time n log n: documents come from outside.
 */
cJSON **pf_json_repeated(struct pf_arena *arena, const cJSON *object);

#endif
