/*
 * The form of a plan's document: which members each object has and what their values may be. Validation and the
 * JSON Schema read the same tables.
 */
#ifndef POSTFLIGHT_PLAN_FORM_H
#define POSTFLIGHT_PLAN_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#define PF_PLAN_SCHEMA_ID "postflight.plan/v1"
#define PF_PLAN_MAX_BYTES ((size_t)4 << 20)
#define PF_VERDICT_WORDS "pass warn fail skip error"
#define PF_PATTERN_KINDS "fault good unknown"           /* in the order of enum pf_pattern_kind */
#define PF_PATTERN_FIELDS "message cause record"        /* of enum pf_pattern_field */
#define PF_PATTERN_LEVELS "trace debug info warn error" /* of enum pf_log_level, from PF_LOG_TRACE on */

enum {
	PF_ID_MAX = 63,           /* characters of any id or name */
	PF_CONDITION_DEPTH = 16,  /* all, any and none within each other */
	PF_CONDITION_WIDTH = 1000 /* members or elements of one condition */
};

enum pf_shape_kind {
	PF_SHAPE_TEXT,      /* shown as it is: one line, not empty, no ${ */
	PF_SHAPE_PROSE,     /* of any number of lines, not empty */
	PF_SHAPE_TEMPLATE,  /* one line, not empty; ${variable} and ${CHECK:FACT} are filled in */
	PF_SHAPE_STRING,    /* one line, may be empty */
	PF_SHAPE_WORD,      /* no white space, not empty */
	PF_SHAPE_CHOICE,    /* one of WORDS */
	PF_SHAPE_REGEX,     /* one line, not empty; see regex.h */
	PF_SHAPE_SCHEMA_ID, /* PF_PLAN_SCHEMA_ID */
	PF_SHAPE_NAME,      /* of a variable */
	PF_SHAPE_ID,        /* of a plan, item, row or mode */
	PF_SHAPE_CHECK_ID,
	PF_SHAPE_NAMESPACE,
	PF_SHAPE_FACT,      /* CHECK:FACT */
	PF_SHAPE_REFERENCE, /* an id that stands elsewhere in the document */
	PF_SHAPE_NULL,
	PF_SHAPE_CONDITION,
	PF_SHAPE_ARGUMENTS, /* what the check's probe takes */
	PF_SHAPE_LIST,
	PF_SHAPE_ENV_MAP, /* from names of environment variables to ELEMENT */
	PF_SHAPE_OBJECT,
	PF_SHAPE_COUNT
};

struct pf_member;

struct pf_shape {
	enum pf_shape_kind kind;
	const char *name;                /* OBJECT: in the schema's $defs; REFERENCE: what it names */
	const struct pf_member *members; /* OBJECT: ended by a NULL name */
	const char *words;               /* CHOICE: separated by one space */
	const char *one_of;              /* OBJECT: exactly one of these members, space-separated; NULL: no such rule */
	const struct pf_shape *element;  /* LIST, ENV_MAP */
	size_t min;                      /* LIST, ENV_MAP */
	size_t max;                      /* LIST, ENV_MAP */
	bool once;                       /* LIST of strings: none of them twice */
	const struct pf_shape *otherwise; /* what it may be instead; told apart by the JSON type */
};

struct pf_member {
	const char *name;
	const struct pf_shape *shape;
	bool required;         /* with ONLY_WITH: where that one is */
	const char *only_with; /* allowed only beside this member; NULL: always */
	const char *help;
};

/* How ids and names are spelt: letters and digits, parts joined by one separator. */
struct pf_spelling {
	const char *separators; /* NULL: the kind is none of these */
	bool digit_first;
	const char *reserved; /* names that have another meaning, space-separated; NULL: none */
	const char *meaning;  /* which */
	const char *expected; /* "lower-case letters and digits …" */
};

extern const struct pf_shape pf_plan_form;
extern const struct pf_spelling pf_spellings[PF_SHAPE_COUNT];

/* "a string", "a list", … */
const char *pf_shape_expected(enum pf_shape_kind kind);

/* True when a node of that JSON type may be one of that kind. */
bool pf_shape_accepts(enum pf_shape_kind kind, const cJSON *node);

#endif
