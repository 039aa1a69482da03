/*
 * What a kind of probe says of itself: its parameters, the facts it leaves, the rights it needs. Plans are
 * validated against these tables; `list`, `explain`, `schema` and the generated Role read the same ones.
 */
#ifndef POSTFLIGHT_DESCRIPTOR_H
#define POSTFLIGHT_DESCRIPTOR_H

#include <stdbool.h>

enum pf_type {
	PF_TYPE_STRING,
	PF_TYPE_INT,
	PF_TYPE_BOOL,
	PF_TYPE_ENUM, /* a string out of VALUES */
	PF_TYPE_LIST, /* of strings */
	PF_TYPE_COUNT
};

struct pf_param {
	const char *name;
	enum pf_type type;
	bool required;
	const char *values; /* PF_TYPE_ENUM: the words, separated by one space */
	const char *help;
};

struct pf_fact_desc {
	const char *name; /* prefixed with the probe's kind: "service.type" */
	enum pf_type type;
	const char *values; /* PF_TYPE_ENUM: the words, separated by one space */
	const char *help;
};

struct pf_permission {
	const char *group;    /* "" for the core group */
	const char *resource; /* "pods", "pods/exec" */
	const char *verbs;    /* separated by one space */
	const char *help;     /* what is not seen without it */
};

/* Arrays end with an element whose first member is NULL. */
struct pf_descriptor {
	const char *kind;
	const char *summary; /* "connects to …": completes "this probe …" */
	const struct pf_param *params;
	const struct pf_fact_desc *facts;
	const struct pf_permission *permissions;
	bool disruptive; /* changes something: runs only with consent */
};

/* NULL when there is no such kind, parameter or fact. TABLE ends with NULL. */
const struct pf_descriptor *pf_descriptor_find(const struct pf_descriptor *const *table, const char *kind);
const struct pf_param *pf_descriptor_param(const struct pf_descriptor *descriptor, const char *name);
const struct pf_fact_desc *pf_descriptor_fact(const struct pf_descriptor *descriptor, const char *name);

/* True when WORD is one of the space-separated WORDS. */
bool pf_word_in(const char *words, const char *word);

/* "string", "integer", "true or false", "one of" (the words follow), "list of strings" */
const char *pf_type_name(enum pf_type type);

#endif
