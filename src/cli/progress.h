/* What a person at a terminal sees while the checks run; gone before the report is printed. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <postflight/run.h>

#include "cli/cli.h"
#include "cli/run_flags.h"

struct pf_progress;

/* NULL when nobody is watching: standard error is no terminal, in CI, or not wanted. */
struct pf_progress *pf_progress_start(struct pf_cli *cli, const struct pf_run_flags *flags, const struct pf_plan *plan);

/* For pf_run; all empty for NULL. */
struct pf_run_events pf_progress_events(struct pf_progress *progress);

/* Takes everything off the terminal again. NULL is ignored. */
void pf_progress_end(struct pf_progress *progress);

#endif
