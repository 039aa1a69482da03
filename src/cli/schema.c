/* postflight schema: the JSON Schemas of what is read and written. */
#include <postflight/json.h>
#include <postflight/plan.h>
#include <postflight/probe.h>
#include <postflight/report.h>
#include <postflight/str.h>

#include "cli/cli.h"

static int
run(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv)
{
	char **operands;
	cJSON *schema;
	int status;

	if (!pf_cli_parse(cli, self, argc, argv, NULL, 1, &operands, &status))
		return status;
	if (pf_streq(operands[0], "plan")) {
		schema = pf_plan_schema(cli->arena, pf_probe_descriptors());
	} else if (pf_streq(operands[0], "report")) {
		schema = pf_report_schema(cli->arena);
	} else {
		pf_cli_complain(cli, "schema needs to know of what: plan or report");
		return PF_EXIT_USAGE;
	}
	char *text = pf_json_print(cli->arena, schema, true);
	return pf_cli_print(cli, pf_printf(cli->arena, "%s\n", text)) ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
}

const struct pf_command pf_command_schema = {
	.name = "schema",
	.arguments = "plan|report",
	.summary = "prints the JSON Schema of plans or of the JSON report",
	.options = pf_no_options,
	.operands = (const struct pf_operand[]){{"plan report", PF_COMPLETES_NOTHING}, {0}},
	.run = run,
};
