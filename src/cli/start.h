/* From what was said on the command line to a plan, a target and the options of a run. */
#ifndef CLI_START_H
#define CLI_START_H

#include <stdbool.h>

#include <postflight/run.h>

#include "cli/cli.h"
#include "cli/run_flags.h"

struct pf_start {
	struct pf_plan *plan;
	struct pf_target *target;
	struct pf_run_options options;
};

/*
 * False with ERR: PF_ERR_USAGE for what the user should have written otherwise, any other kind for a start that failed.
 * *START then holds what was found out before: a report can still say which plan, context and namespace.
 */
bool pf_start(struct pf_cli *cli, const struct pf_run_flags *flags, const char *plan_name, struct pf_start *start,
	      struct pf_err *err);

#endif
