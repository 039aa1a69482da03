/* Where reports go: --output FORMAT[=FILE]. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/report.h>

#include "cli/cli.h"
#include "cli/run_flags.h"

struct pf_output {
	const struct pf_report_format *format;
	const char *file; /* "-": standard output */
};

/*
 * What SPECS ask for (ended by NULL; may be NULL), and text to standard output unless another format goes there.
 * False with ERR (PF_ERR_USAGE): unknown format, or two for one place. *OUT ends with an element without format.
 */
bool pf_outputs_parse(struct pf_arena *arena, const char *const *specs, struct pf_output **out, struct pf_err *err);

/* True when text goes to a standard output that is a terminal: then what it says need not be said again. */
bool pf_outputs_text_on_terminal(const struct pf_output *outputs);

/* Writes each; a complaint for each that cannot be written, and false. */
bool pf_outputs_write(struct pf_cli *cli, const struct pf_run_flags *flags, const struct pf_output *outputs,
		      const struct pf_result *result);

#endif
