/* postflight cleanup: finishes what an interrupted run could not. */
#include <postflight/signals.h>

#include "cli/cli.h"
#include "cli/run_flags.h"
#include "cli/start.h"
#include "run/undo.h"

#define INTO(member) PF_INTO_RUN_FLAGS(member)

static const struct pf_option options[] = {
	PF_CONNECTION_OPTIONS,

	{"set", 0, PF_OPT_TEXTS, "VAR=VALUE", .group = "What is looked at", INTO(set),
	 .completes = PF_COMPLETES_VARIABLES,
	 .help = "give a variable of the plan its value, as the run had it; may be repeated"},
	{"timeout", 0, PF_OPT_DURATION, "DURATION", .group = "How long", INTO(timeout_ms),
	 .help = "for the whole clean-up (5m)"},
	{"request-timeout", 0, PF_OPT_DURATION, "DURATION", INTO(request_timeout_ms), .help = "for one request (10s)"},
	{0},
};

static int
say(struct pf_cli *cli, const struct pf_check_result *results, size_t count)
{
	int status = PF_EXIT_OK;

	for (size_t i = 0; i < count; i++) {
		if (!results[i].done)
			continue;
		if (results[i].verdict != PF_PASS) {
			pf_cli_complain(cli, "%s", results[i].message);
			status = PF_EXIT_UNOBSERVED;
		} else if (!pf_cli_print(cli, pf_printf(cli->arena, "%s\n", results[i].message))) {
			status = PF_EXIT_UNOBSERVED;
		}
	}
	return status;
}

static int
cleanup(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv)
{
	struct pf_run_flags flags = PF_RUN_FLAGS;
	struct pf_start start;
	struct pf_err err = {0};
	char **operands;
	int status;

	if (!pf_cli_parse(cli, self, argc, argv, &flags, 1, &operands, &status))
		return status;
	pf_signals_install();
	if (!pf_start(cli, &flags, operands[0], &start, &err))
		return pf_cli_failed(cli, &err);
	struct pf_check_result *results = pf_run_undo(cli->arena, start.target, start.plan, &start.options);
	status = say(cli, results, start.plan->check_count);
	return pf_signals_caught() != 0 && status != PF_EXIT_OK ? PF_EXIT_SIGNAL + pf_signals_caught() : status;
}

const struct pf_command pf_command_cleanup = {
	.name = "cleanup",
	.arguments = "[PLAN]",
	.summary = "removes what a run with --restart that was killed left in the cluster",
	.options = options,
	.operands = (const struct pf_operand[]){{NULL, PF_COMPLETES_PLANS}, {0}},
	.run = cleanup,
};
