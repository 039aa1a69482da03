/* The operators of conditions: one table for loading them and for the JSON Schema. */
#ifndef POSTFLIGHT_PLAN_CONDITION_H
#define POSTFLIGHT_PLAN_CONDITION_H

#include <postflight/plan.h>

/* What stands behind an operator's name. */
enum pf_operand {
	PF_OPERAND_LITERAL, /* or a list of literals */
	PF_OPERAND_NUMBER,
	PF_OPERAND_WORD,
	PF_OPERAND_FACT,
	PF_OPERAND_BOOL,
	PF_OPERAND_CONDITIONS
};

struct pf_operator {
	const char *name;
	enum pf_op op;
	enum pf_operand operand;
	unsigned types; /* bits of enum pf_type: the facts it fits */
	const char *help;
};

/* Those that stand behind a fact, and those that join conditions; each ended by a NULL name. */
extern const struct pf_operator pf_fact_operators[];
extern const struct pf_operator pf_joining_operators[];

#endif
