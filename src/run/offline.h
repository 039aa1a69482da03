/* A run on a saved log: no target is asked, and every check that a text cannot answer is skipped. */
#ifndef POSTFLIGHT_RUN_OFFLINE_H
#define POSTFLIGHT_RUN_OFFLINE_H

#include <postflight/run.h>

struct pf_saved_log;

/* FINDINGS are what the log said. Always leaves a result that can be reported. */
void pf_run_saved_log(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_run_options *options,
		      const struct pf_saved_log *findings, struct pf_result *out);

#endif
