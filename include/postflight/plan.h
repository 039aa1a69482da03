/*
 * Plans: variables, ordered checks, the checklist, the failure modes. A plan that was loaded is valid: every
 * reference resolves, every value has the type that the probes' descriptors say.
 */
#ifndef POSTFLIGHT_PLAN_H
#define POSTFLIGHT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/descriptor.h>
#include <postflight/err.h>
#include <postflight/log.h>
#include <postflight/str.h>

struct pf_variable {
	const char *name;
	const char *help;
	const char *fallback; /* the default; "" when it is to be found out */
	const char *values;   /* allowed words separated by one space; NULL: any */
	const char *value;    /* in force: the default or what --set said */
};

/*
 * Conditions over facts. In the plan a condition is an object whose members must all hold:
 *
 *     {"CHECK:FACT": LITERAL}             equal
 *     {"CHECK:FACT": [LITERAL, …]}        one of
 *     {"CHECK:FACT": {"not": LITERAL}}    different (of a list: from each), and also {"lt"|"le"|"gt"|"ge": NUMBER};
 *                                         several operators must all hold
 *     {"CHECK:FACT": {"has": WORD}}       a list holds the word
 *     {"CHECK:FACT": {"is": "CHECK:FACT"}}   equal to another fact; {"isnt": …} different from it
 *     {"CHECK:FACT": {"known": true|false}}  was observed or not; never unknown itself
 *     {"check:CHECK": VERDICT or [VERDICT, …]}   that check's verdict; unknown while it is skip or error unless
 *                                                those are named
 *     {"var:NAME": LITERAL}               a plan variable
 *     {"all": [CONDITION, …]} {"any": […]} {"none": […]}
 *
 * Evaluation is three-valued: a fact that was not observed makes its comparison unknown.
 */
enum pf_op {
	PF_OP_ALL,
	PF_OP_ANY,
	PF_OP_NONE,
	PF_OP_EQ, /* one of LITERALS */
	PF_OP_NE, /* none of LITERALS */
	PF_OP_LT,
	PF_OP_LE,
	PF_OP_GT,
	PF_OP_GE,
	PF_OP_HAS,
	PF_OP_SAME,
	PF_OP_DIFFERENT,
	PF_OP_KNOWN,
	PF_OP_UNKNOWN,
	PF_OP_VERDICT,  /* of CHECK: one of LITERALS */
	PF_OP_VARIABLE, /* one of LITERALS */
	PF_OP_COUNT
};

struct pf_fact_ref {
	size_t check; /* index into the plan's checks */
	const struct pf_fact_desc *fact;
};

struct pf_condition {
	enum pf_op op;
	const struct pf_condition *const *children; /* ALL, ANY, NONE: COUNT of them */
	size_t count;
	struct pf_fact_ref fact;  /* comparisons; for VERDICT only CHECK is set */
	struct pf_fact_ref other; /* SAME, DIFFERENT */
	const struct pf_variable *variable;
	const char *const *literals; /* LITERAL_COUNT texts; numbers and booleans in their JSON form */
	size_t literal_count;
	int64_t number; /* LT … GE */
};

struct pf_need {
	const char *text;                     /* as the report says it: a check's id, or the condition's facts */
	const struct pf_condition *condition; /* a check id means: its verdict is pass or warn */
	const char *reason;                   /* what the skip says: "the cart does not serve"; NULL: made from TEXT */
};

struct pf_fix;

/* What to show and where to look on when no mode explains that the check failed. */
struct pf_loose_end {
	const struct pf_fact_ref *evidence;
	size_t evidence_count;
	const struct pf_fix *next;
	size_t next_count;
	const size_t *follows; /* checks: while one of these fails, this one's failure is a consequence */
	size_t follows_count;
};

struct pf_plan_check {
	const char *id;
	const char *title;
	const struct pf_descriptor *probe;
	const cJSON *with; /* parameters, variables not yet filled in */
	const struct pf_need *needs;
	size_t need_count;
	struct pf_loose_end loose_end;
};

struct pf_item {
	const char *id;
	const char *title;
	const size_t *checks; /* indices */
	size_t check_count;
};

struct pf_row {
	const char *id;      /* connection-refused */
	const char *symptom; /* "Connection refused" */
	const char *meaning; /* "endpoint wrong" */
	const char *title;   /* for "documented as": "Connection refused: endpoint wrong" */
};

enum pf_fix_kind { PF_FIX_COMMAND, PF_FIX_INSTRUCTION, PF_FIX_SET_ENV };

struct pf_fix {
	enum pf_fix_kind kind;
	const char *text;                /* a template: the command or the instruction */
	const struct pf_condition *when; /* NULL: always */
	const char *deployment;          /* SET_ENV: templates of object and container, then NAME, VALUE pairs; */
	const char *container;           /* a NULL value removes the variable */
	const char *const *names;
	const char *const *values;
	size_t count;
	const struct pf_fact_ref *managed_by; /* COMMAND: who else writes the object it changes; NULL: nobody asks */
	bool alternative;                     /* not a further step: instead of what stands before it */
};

/* A text that depends on facts: the first whose condition holds. */
struct pf_wording {
	const struct pf_condition *when; /* NULL: always */
	const char *text;
};

struct pf_mode {
	const char *id;
	const struct pf_row *row;        /* NULL: the table has none */
	const char *row_note;            /* a template: where the row's meaning misleads; NULL: it does not */
	const char *title;               /* a template: what is wrong, in a sentence */
	const struct pf_wording *causes; /* templates: why it is so and what follows; CAUSE_COUNT, may be 0 */
	size_t cause_count;
	const struct pf_condition *when;
	const struct pf_condition *suspect; /* symptoms that make it a candidate while WHEN is unknown; NULL: never */
	struct pf_wording foretold;         /* what is certain to happen by it, before it has; TEXT NULL: nothing */
	const struct pf_fact_ref *evidence;
	size_t evidence_count;
	const struct pf_fix *fixes;
	size_t fix_count;
	const size_t *explains_checks; /* indices: failures of these follow from it */
	size_t explains_check_count;
	const size_t *explains_modes; /* indices */
	size_t explains_mode_count;
	const char *help; /* for `explain`: how to recognise it and what it is confused with */
};

/* What a record of a log means. Of the patterns, the first that fits a record counts. */
enum pf_pattern_kind {
	PF_PATTERN_FAULT,   /* something is wrong, and it is known what */
	PF_PATTERN_GOOD,    /* a sign of life, or one that only looks like a fault */
	PF_PATTERN_UNKNOWN, /* something is wrong, and nobody has said what */
	PF_PATTERN_KIND_COUNT
};

enum pf_pattern_field { PF_PATTERN_MESSAGE, PF_PATTERN_CAUSE, PF_PATTERN_RECORD, PF_PATTERN_FIELD_COUNT };

struct pf_regex;

struct pf_pattern {
	const char *id;
	const char *title; /* what it says, in a sentence */
	enum pf_pattern_kind kind;
	enum pf_pattern_field field;
	enum pf_log_level level; /* a record of a lower one, or of none, does not fit; PF_LOG_NONE: any */
	const struct pf_regex *match;
	const struct pf_regex *except; /* what MATCH fits and is not meant; NULL */
	const char *help;              /* how it is recognised; NULL */
};

enum pf_pattern_outcome { PF_PATTERN_NO, PF_PATTERN_YES, PF_PATTERN_GAVE_UP };

/*
 * Holds RECORD against PATTERN. *VALUE is what the first group of `match` took, a part of RECORD; it may be NULL.
 * PF_PATTERN_GAVE_UP: the search was longer than is allowed, whether it fits is not known.
 */
enum pf_pattern_outcome
pf_pattern_match(const struct pf_pattern *pattern, const struct pf_log_record *record, struct pf_str *value);

struct pf_plan {
	const char *name;
	const char *title;
	const char *digest;     /* of the document's bytes, 16 hexadecimal characters */
	const char *source;     /* file name, or "built-in" */
	const char *text;       /* the document itself */
	const char *namespace_; /* where no other source names one */
	struct pf_variable *variables;
	size_t variable_count;
	const struct pf_plan_check *checks;
	size_t check_count;
	const struct pf_item *items;
	size_t item_count;
	const struct pf_row *rows;
	size_t row_count;
	const struct pf_mode *modes;
	size_t mode_count;
	const struct pf_pattern *patterns;
	size_t pattern_count;
};

/* A built-in plan's text, or NULL. NAMES ends with NULL. */
const char *pf_plan_builtin(const char *name, size_t *len);
const char *const *pf_plan_builtin_names(void);

/*
 * Parses and validates TEXT. SOURCE names it in messages. PROBES ends with NULL. False with ERR (PF_ERR_CONFIG):
 * "SOURCE:LINE:COLUMN: FIELD: what is wrong, what was expected".
 */
bool pf_plan_parse(struct pf_arena *arena, const char *source, const char *text, size_t len,
		   const struct pf_descriptor *const *probes, struct pf_plan **out, struct pf_err *err);

/*
 * Gives a variable its value ("--set NAME=VALUE"). False with ERR (PF_ERR_USAGE) for a variable that the plan does not
 * have (naming the known ones), and a value that is not among the variable's or does not fit where it is used.
 */
bool pf_plan_set(struct pf_arena *arena, struct pf_plan *plan, const char *assignment, struct pf_err *err);

/*
 * Fills ${variable} in TEXT. ${CHECK:FACT} and $$ stay for the diagnosis, and a dollar sign in a value becomes $$, so
 * that it is not taken for one of the template's. NAMESPACE_ is ${namespace}; NULL: the plan's own. A plan that was
 * loaded has no undefined one.
 */
char *pf_plan_expand(struct pf_arena *arena, const struct pf_plan *plan, const char *namespace_, const char *text);

/* The same where no fact may stand (a check's parameters), to the end: $$ becomes a dollar sign. */
char *
pf_plan_expand_argument(struct pf_arena *arena, const struct pf_plan *plan, const char *namespace_, const char *text);

/* Index of the check with that id; plan->check_count when there is none. */
size_t pf_plan_check_index(const struct pf_plan *plan, const char *id);

/* The JSON Schema (draft 2020-12) of plans, made from PROBES. */
cJSON *pf_plan_schema(struct pf_arena *arena, const struct pf_descriptor *const *probes);

#endif
