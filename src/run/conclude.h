/* From results to verdicts: of the items, of the run, and its exit code. */
#ifndef POSTFLIGHT_RUN_CONCLUDE_H
#define POSTFLIGHT_RUN_CONCLUDE_H

#include <stdbool.h>

#include <postflight/arena.h>
#include <postflight/run.h>

/* Members that depend on nothing but the plan and the options, so that a report finds no NULL. */
void pf_begin_result(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_run_options *options,
		     struct pf_result *out);

/*
 * Sums up OUT->checks into OUT->verdict and the items. Checks that are not SELECTED do not count; an item without a
 * selected check is a skip.
 */
void pf_sum_up(const bool *selected, struct pf_result *out);

/* 128 + the signal, 1, 2 or 0. STRICT: warnings, and skips that are not EXEMPT, are failures. */
int pf_exit_code(const struct pf_result *result, bool strict, const bool *exempt);

#endif
