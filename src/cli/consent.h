/* Asking on a terminal for what only a person may agree to. */
#ifndef CLI_CONSENT_H
#define CLI_CONSENT_H

#include <postflight/run.h>

#include "cli/cli.h"
#include "cli/run_flags.h"

/*
 * Asks whether PLAN's disruptive checks may run, where somebody is there to answer: standard input and standard error
 * are a terminal, this is no CI, nothing was said with --restart, and such a check is selected. Anything but a yes is a
 * no, and so is a minute of silence.
 */
bool pf_consent_ask(struct pf_cli *cli, const struct pf_run_flags *flags, const struct pf_plan *plan,
		    const struct pf_run_options *options);

#endif
