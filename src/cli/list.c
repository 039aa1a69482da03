/* postflight list: what there is, an id in each line. */
#include <postflight/plan.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "cli/cli.h"
#include "cli/nearest.h"
#include "cli/plans.h"
#include "cli/terminal.h"
#include "report/page.h"

#define LIST_CAP ((size_t)1 << 20)

/* Ids in a column, their titles behind it. */
struct rows {
	struct pf_page page;
	unsigned column;
};

static void
row(struct rows *rows, const char *id, const char *title)
{
	pf_page_put(&rows->page, PF_INK_PLAIN, id);
	pf_page_to(&rows->page, rows->column);
	pf_page_flow(&rows->page, PF_INK_PLAIN, title);
}

static void
widen(struct rows *rows, const char *id)
{
	unsigned needed = (unsigned)pf_columns(id) + 2;

	rows->column = needed > rows->column ? needed : rows->column;
}

static void
list_checks(struct rows *rows, const struct pf_plan *plan)
{
	for (size_t i = 0; i < plan->check_count; i++)
		widen(rows, plan->checks[i].id);
	for (size_t i = 0; i < plan->check_count; i++)
		row(rows, plan->checks[i].id, plan->checks[i].title);
}

/* Titles are templates; the mode's own name for itself is in `explain`. */
static void
list_modes(struct rows *rows, const struct pf_plan *plan)
{
	for (size_t i = 0; i < plan->mode_count; i++)
		widen(rows, plan->modes[i].id);
	for (size_t i = 0; i < plan->mode_count; i++)
		row(rows, plan->modes[i].id, pf_template_shown(rows->page.arena, plan, plan->modes[i].title));
}

static bool
list_plans(struct pf_cli *cli, struct rows *rows, struct pf_err *err)
{
	const char *const *names = pf_plan_builtin_names();

	for (size_t i = 0; names[i] != NULL; i++)
		widen(rows, names[i]);
	for (size_t i = 0; names[i] != NULL; i++) {
		struct pf_plan *plan;
		if (!pf_plan_open(cli->arena, names[i], &plan, err))
			return false;
		row(rows, plan->name, plan->title);
	}
	return true;
}

static int
unknown(struct pf_cli *cli, const char *word)
{
	const char *nearest = pf_nearest(word, (const char *const[]){"checks", "modes", "plans", NULL});

	pf_cli_complain(cli, "list knows checks, modes and plans, not \"%s\"%s%s%s", word,
			nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
			nearest != NULL ? "?" : "");
	return PF_EXIT_USAGE;
}

static int
run(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv)
{
	PF_AUTO_BUF out = PF_BUF(LIST_CAP);
	struct rows rows = {
		.page = {.arena = cli->arena, .out = &out, .unicode = true, .width = pf_terminal_width(PF_STDOUT)}};
	struct pf_plan *plan;
	struct pf_err err;
	char **operands;
	int status;

	if (!pf_cli_parse(cli, self, argc, argv, NULL, 2, &operands, &status))
		return status;
	const char *what = operands[0] != NULL ? operands[0] : "checks";
	if (pf_streq(what, "plans")) {
		if (!list_plans(cli, &rows, &err))
			return pf_cli_failed(cli, &err);
		return pf_cli_print(cli, pf_buf_text(&out)) ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
	}
	if (!pf_streq(what, "checks") && !pf_streq(what, "modes"))
		return unknown(cli, what);
	if (!pf_plan_open(cli->arena, operands[0] != NULL ? operands[1] : NULL, &plan, &err))
		return pf_cli_failed(cli, &err);
	if (pf_streq(what, "checks"))
		list_checks(&rows, plan);
	else
		list_modes(&rows, plan);
	return pf_cli_print(cli, pf_buf_text(&out)) ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
}

const struct pf_command pf_command_list = {
	.name = "list",
	.arguments = "[checks|modes|plans] [PLAN]",
	.summary = "lists a plan's checks or failure modes, or the built-in plans",
	.options = pf_no_options,
	.operands = (const struct pf_operand[]){{"checks modes plans", PF_COMPLETES_NOTHING},
						{NULL, PF_COMPLETES_PLANS},
						{0}},
	.run = run,
};
