/* Plans as the user names them: a built-in name, or a file. */
#ifndef CLI_PLANS_H
#define CLI_PLANS_H

#include <stdbool.h>

#include <postflight/arena.h>
#include <postflight/err.h>
#include <postflight/plan.h>

#define PF_DEFAULT_PLAN "cart-dynamodb"

/* NAME NULL: the default one. False with ERR: PF_ERR_CONFIG, "FILE:LINE:COLUMN: …" where the document is wrong. */
bool pf_plan_open(struct pf_arena *arena, const char *name, struct pf_plan **out, struct pf_err *err);

/* True when a check of the plan changes something and therefore needs consent. */
bool pf_plan_disrupts(const struct pf_plan *plan);

/*
 * A template of the plan as a person may read it before any run: variables have their values, the namespace reads
 * <namespace>, a fact <its name>.
 */
char *pf_template_shown(struct pf_arena *arena, const struct pf_plan *plan, const char *template);

#endif
