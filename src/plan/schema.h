/* JSON Schema: small pieces that every part of a schema is made of. Each node ends with ARENA or with its parent. */
#ifndef POSTFLIGHT_PLAN_SCHEMA_H
#define POSTFLIGHT_PLAN_SCHEMA_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/descriptor.h>

/* {"type": TYPE} */
cJSON *pf_schema_type(struct pf_arena *arena, const char *type);

/* {"$ref": "#/$defs/NAME"} */
cJSON *pf_schema_ref(struct pf_arena *arena, const char *name);

/* {"enum": [WORDS…]} */
cJSON *pf_schema_words(struct pf_arena *arena, const char *words);

/* VALUE, or a list of at least one: {"anyOf": [VALUE, {"type": "array", "items": VALUE, "minItems": 1}]} */
cJSON *pf_schema_one_or_more(struct pf_arena *arena, const char *def);

/* {"type": "string", "pattern": PATTERN} */
cJSON *pf_schema_pattern(struct pf_arena *arena, const char *pattern);

/* NAMES, ended by NULL, as an array. */
cJSON *pf_schema_names(struct pf_arena *arena, const char *const *names);

/* schema_condition.c: adds "condition", "verdict" and the comparisons of facts to DEFS. */
void pf_schema_conditions(struct pf_arena *arena, cJSON *defs, const struct pf_descriptor *const *probes);

#endif
