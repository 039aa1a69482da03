/* What the diagnosis and the run ask of a condition besides its truth. */
#ifndef POSTFLIGHT_DIAGNOSE_CONDITION_H
#define POSTFLIGHT_DIAGNOSE_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/arena.h>
#include <postflight/diagnosis.h>

/* Things that were not observed. FACT is NULL where a check's verdict is what is missing. */
struct pf_missing {
	const struct pf_fact_ref *refs;
	size_t count;
};

/*
 * As pf_condition_eval, for whoever wants to claim that something was looked at: here a fact is also unknown to
 * KNOWN and UNKNOWN, and a verdict to VERDICT, while its check was skipped or in error.
 */
enum pf_truth pf_condition_eval_looked(const struct pf_check_result *results, const struct pf_condition *condition);

/* The leaves because of which CONDITION is unknown; none when it is not. LOOKED: by pf_condition_eval_looked. */
struct pf_missing pf_condition_missing(struct pf_arena *arena, const struct pf_check_result *results,
				       const struct pf_condition *condition, bool looked);

/* Sets CHECKS[i] for every check that CONDITION refers to; the others are left as they are. NULL refers to none. */
void pf_condition_mark_checks(const struct pf_condition *condition, bool *checks);

#endif
