/* What a check needs before it can observe anything. */
#ifndef POSTFLIGHT_RUN_NEEDS_H
#define POSTFLIGHT_RUN_NEEDS_H

#include <postflight/arena.h>
#include <postflight/diagnosis.h>

/*
 * PF_TRUE when all needs of CHECK hold. Else *OUT is the one that stands in the way: the first that is false, or,
 * when none is, the first that is unknown.
 */
enum pf_truth pf_needs(const struct pf_plan *plan, const struct pf_check_result *results,
		       const struct pf_plan_check *check, const struct pf_need **out);

/* "not run: the cart does not serve (cart.deployment)" */
const char *pf_need_message(struct pf_arena *arena, const struct pf_need *need, enum pf_truth truth);

#endif
