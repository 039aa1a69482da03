/* Values that a plan's author writes, against what a probe's descriptor says of their type. */
#ifndef POSTFLIGHT_PLAN_LITERAL_H
#define POSTFLIGHT_PLAN_LITERAL_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/descriptor.h>

/* The whole number that NODE is; false for anything else and beyond 2^53. */
bool pf_whole_number(const cJSON *node, int64_t *out);

/* A string as it is, a number or boolean in its JSON form; NULL for anything else. */
const char *pf_literal_text(struct pf_arena *arena, const cJSON *node);

/* True when NODE is a value of a STRING, INT, BOOL or ENUM with VALUES. */
bool pf_literal_fits(const cJSON *node, enum pf_type type, const char *values);

/* The same for text that a variable brings: "8000" fits an INT. */
bool pf_text_fits(const char *text, enum pf_type type, const char *values);

/* "an integer", "one of: a, b" */
const char *pf_type_expected(struct pf_arena *arena, enum pf_type type, const char *values);

/* True when TEXT holds a line break or another C0 control character, or DEL. */
bool pf_has_control(const char *text);

#endif
