/* postflight plan: looks at plan documents, asks no cluster. */
#include <postflight/plan.h>
#include <postflight/str.h>

#include "cli/cli.h"
#include "cli/plans.h"

static int
validate(struct pf_cli *cli, const char *file)
{
	struct pf_plan *plan;
	struct pf_err err;

	if (file == NULL) {
		pf_cli_complain(cli, "plan validate needs a FILE");
		return PF_EXIT_USAGE;
	}
	if (!pf_plan_open(cli->arena, file, &plan, &err))
		return pf_cli_failed(cli, &err);
	char *text = pf_printf(cli->arena, "%s: valid; plan %s, %zu checks, %zu checklist items, %zu failure modes\n",
			       file, plan->name, plan->check_count, plan->item_count, plan->mode_count);
	return pf_cli_print(cli, text) ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
}

static int
show(struct pf_cli *cli, const char *name)
{
	struct pf_plan *plan;
	struct pf_err err;

	if (!pf_plan_open(cli->arena, name, &plan, &err))
		return pf_cli_failed(cli, &err);
	const char *newline = pf_ends_with(plan->text, "\n") ? "" : "\n";
	char *text = pf_printf(cli->arena, "%s%s", plan->text, newline);
	return pf_cli_print(cli, text) ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
}

static int
run(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv)
{
	char **operands;
	int status;

	if (!pf_cli_parse(cli, self, argc, argv, NULL, 2, &operands, &status))
		return status;
	if (pf_streq(operands[0], "validate"))
		return validate(cli, operands[1]);
	if (pf_streq(operands[0], "show"))
		return show(cli, operands[1]);
	pf_cli_complain(cli, "plan needs to know what to do: validate FILE or show [PLAN]");
	return PF_EXIT_USAGE;
}

const struct pf_command pf_command_plan = {
	.name = "plan",
	.arguments = "validate FILE|show [PLAN]",
	.summary = "checks a plan of your own, or prints one as a start",
	.options = pf_no_options,
	.operands =
		(const struct pf_operand[]){{"validate show", PF_COMPLETES_NOTHING}, {NULL, PF_COMPLETES_PLANS}, {0}},
	.run = run,
};
