/* Which checks a run is about: --only and --skip. */
#ifndef POSTFLIGHT_RUN_SELECT_H
#define POSTFLIGHT_RUN_SELECT_H

#include <stdbool.h>

#include <postflight/arena.h>
#include <postflight/run.h>

/*
 * One flag for each of the plan's checks. ONLY selects the checks and items that it names and whatever those need,
 * however far back; SKIP then takes its own out again, and what needs them will say so.
 */
bool *pf_select(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_run_options *options);

#endif
