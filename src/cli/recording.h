/* What a recording remembers of how its run was asked for, so that a replay needs no more than the directory. */
#ifndef CLI_RECORDING_H
#define CLI_RECORDING_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/err.h>
#include <postflight/plan.h>
#include <postflight/target.h>

#include "cli/run_flags.h"

/*
 * FLAGS, PLAN and whether we run in the cluster as the recording's options. A plan that is not built in goes along as
 * text.
 */
cJSON *pf_recording_options(struct pf_arena *arena, const struct pf_run_flags *flags, const struct pf_plan *plan,
			    bool in_cluster);

/* True when the recorded run was one in the cluster. */
bool pf_recording_in_cluster(const struct pf_recording_info *info);

/* Fills what FLAGS leave open from recorded OPTIONS; --set of the recording counts before that of FLAGS. */
void pf_recording_merge(struct pf_arena *arena, const cJSON *options, struct pf_run_flags *flags);

/*
 * The recorded plan. *CHANGED is set when the built-in plan of that name has changed since. False with ERR
 * (PF_ERR_CONFIG) when the recording names a plan that this program does not have.
 */
bool pf_recording_plan(struct pf_arena *arena, const cJSON *options, struct pf_plan **out, bool *changed,
		       struct pf_err *err);

#endif
