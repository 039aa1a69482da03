/* What a run that was killed could not undo itself. */
#ifndef POSTFLIGHT_RUN_UNDO_H
#define POSTFLIGHT_RUN_UNDO_H

#include <postflight/run.h>

/*
 * Lets the disruptive checks of PLAN remove what is left of an earlier run. Returns a result for each of the plan's
 * checks, in ARENA; those with nothing to undo are not DONE.
 */
struct pf_check_result *pf_run_undo(struct pf_arena *arena, struct pf_target *target, const struct pf_plan *plan,
				    const struct pf_run_options *options);

#endif
