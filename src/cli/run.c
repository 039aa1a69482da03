/* postflight run: the checks, the diagnosis, the reports. */
#include <postflight/run.h>

#include <postflight/signals.h>

#include "cli/cli.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/run_flags.h"
#include "cli/start.h"

static void
observe(struct pf_cli *cli, const struct pf_run_flags *flags, const struct pf_start *start, struct pf_result *result)
{
	struct pf_progress *progress = pf_progress_start(cli, flags, start->plan);
	struct pf_run_events events = pf_progress_events(progress);

	pf_run(cli->arena, start->target, start->plan, &start->options, &events, result);
	pf_progress_end(progress);
}

/* The sentence where a person looks who asked for files or for JSON, and not twice on one terminal. */
static void
say_failed_start(struct pf_cli *cli, const struct pf_output *outputs, const struct pf_err *err)
{
	if (!pf_outputs_text_on_terminal(outputs))
		pf_cli_complain(cli, "%s", err->text);
}

static int
run(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv)
{
	struct pf_run_flags flags = PF_RUN_FLAGS;
	struct pf_output *outputs;
	struct pf_result result = {0};
	struct pf_start start;
	struct pf_err err = {0};
	char **operands;
	int status;

	if (!pf_cli_parse(cli, self, argc, argv, &flags, 1, &operands, &status))
		return status;
	if (!pf_outputs_parse(cli->arena, (const char *const *)flags.outputs, &outputs, &err))
		return pf_cli_failed(cli, &err);
	pf_signals_install();
	flags.may_ask = true;
	if (pf_start(cli, &flags, operands[0], &start, &err)) {
		observe(cli, &flags, &start, &result);
	} else if (err.kind == PF_ERR_USAGE) {
		return pf_cli_failed(cli, &err);
	} else {
		say_failed_start(cli, outputs, &err);
		pf_run_failed_start(cli->arena, start.plan, &start.options, &err, &result);
	}
	bool written = pf_outputs_write(cli, &flags, outputs, &result);
	return written || result.exit_code != PF_EXIT_OK ? result.exit_code : PF_EXIT_UNOBSERVED;
}

const struct pf_command pf_command_run = {
	.name = "run",
	.arguments = "[PLAN]",
	.summary = "runs the checks; PLAN is a built-in name or a file (cart-dynamodb)",
	.options = pf_run_option_table,
	.operands = (const struct pf_operand[]){{NULL, PF_COMPLETES_PLANS}, {0}},
	.run = run,
};
