/* postflight explain: what an id of the plan means, from the plan alone. */
#include <string.h>

#include <postflight/plan.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "cli/cli.h"
#include "cli/nearest.h"
#include "cli/plans.h"
#include "cli/terminal.h"
#include "report/page.h"

#define EXPLAIN_CAP ((size_t)1 << 20)

#define LABEL_COLUMN 2
#define VALUE_COLUMN 17
#define COMMAND_INDENT 4

static void
heading(struct pf_page *page, const char *kind, const char *id, const char *title)
{
	pf_page_put(page, PF_INK_STRONG, pf_printf(page->arena, "%s %s", kind, id));
	pf_page_end(page);
	pf_page_to(page, LABEL_COLUMN);
	pf_page_flow(page, PF_INK_PLAIN, title);
	pf_page_end(page);
}

/* LABEL stands before the first of several values only: "" for the others. */
static void
value(struct pf_page *page, const char *label, const char *text)
{
	pf_page_to(page, LABEL_COLUMN);
	pf_page_put(page, PF_INK_FAINT, label);
	pf_page_to(page, VALUE_COLUMN);
	pf_page_flow(page, PF_INK_PLAIN, text);
}

/* What holds in general comes first; of a special case only what it adds. */
static void
wordings(struct pf_page *page, const struct pf_plan *plan, const struct pf_mode *mode)
{
	size_t count = mode->cause_count;
	const char *general = "";

	if (count > 0 && mode->causes[count - 1].when == NULL) {
		general = mode->causes[--count].text;
		value(page, "why", pf_template_shown(page->arena, plan, general));
	}
	for (size_t i = 0; i < count; i++) {
		const char *text = mode->causes[i].text;
		if (general[0] != '\0' && pf_ends_with(text, general))
			text = pf_printf(page->arena, "%.*s…", (int)(strlen(text) - strlen(general)), text);
		value(page, i == 0 && general[0] == '\0' ? "why" : "", pf_template_shown(page->arena, plan, text));
	}
}

static void
evidence(struct pf_page *page, const struct pf_plan *plan, const struct pf_mode *mode)
{
	for (size_t i = 0; i < mode->evidence_count; i++) {
		const struct pf_fact_ref *ref = &mode->evidence[i];
		value(page, i == 0 ? "evidence" : "",
		      pf_printf(page->arena, "%s of %s: %s", ref->fact->name, plan->checks[ref->check].id,
				ref->fact->help != NULL ? ref->fact->help : ""));
	}
}

/* "kubectl -n <namespace> set env deploy/X -c C NAME=VALUE OTHER-" */
static char *
set_env(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_fix *fix)
{
	char *text = pf_printf(arena, "kubectl -n <namespace> set env deploy/%s",
			       pf_template_shown(arena, plan, fix->deployment));

	if (fix->container != NULL)
		text = pf_printf(arena, "%s -c %s", text, pf_template_shown(arena, plan, fix->container));
	for (size_t i = 0; i < fix->count; i++) {
		const char *name = pf_template_shown(arena, plan, fix->names[i]);
		text = fix->values[i] != NULL ? pf_printf(arena, "%s %s=%s", text, name,
							  pf_template_shown(arena, plan, fix->values[i]))
					      : pf_printf(arena, "%s %s-", text, name);
	}
	return text;
}

static void
fixes(struct pf_page *page, const struct pf_plan *plan, const struct pf_mode *mode)
{
	for (size_t i = 0; i < mode->fix_count; i++) {
		const struct pf_fix *fix = &mode->fixes[i];
		if (i == 0) {
			pf_page_to(page, LABEL_COLUMN);
			pf_page_put(page, PF_INK_STRONG, mode->fix_count > 1 ? "fix, by what was seen" : "fix");
			pf_page_end(page);
		}
		pf_page_verbatim(page, COMMAND_INDENT,
				 fix->kind == PF_FIX_SET_ENV ? set_env(page->arena, plan, fix)
							     : pf_template_shown(page->arena, plan, fix->text));
	}
}

static void
explain_mode(struct pf_page *page, const struct pf_plan *plan, const struct pf_mode *mode)
{
	char *follows = pf_strdup(page->arena, "");

	heading(page, "failure mode", mode->id, pf_template_shown(page->arena, plan, mode->title));
	wordings(page, plan, mode);
	if (mode->help != NULL && mode->help[0] != '\0')
		value(page, "recognise", mode->help);
	if (mode->row != NULL)
		value(page, "documented as", mode->row->title);
	evidence(page, plan, mode);
	fixes(page, plan, mode);
	for (size_t i = 0; i < mode->explains_check_count; i++)
		follows = pf_printf(page->arena, "%s%s%s", follows, i > 0 ? ", " : "",
				    plan->checks[mode->explains_checks[i]].id);
	if (follows[0] != '\0')
		value(page, "explains", follows);
	for (size_t i = 0; i < mode->explains_mode_count; i++)
		value(page, i == 0 ? "leads to" : "", plan->modes[mode->explains_modes[i]].id);
}

static void
explain_row(struct pf_page *page, const struct pf_plan *plan, const struct pf_row *row)
{
	bool first = true;

	heading(page, "failure", row->id, pf_printf(page->arena, "%s: %s", row->symptom, row->meaning));
	for (size_t i = 0; i < plan->mode_count; i++) {
		if (plan->modes[i].row != row)
			continue;
		value(page, first ? "may be" : "",
		      pf_printf(page->arena, "%s: %s", plan->modes[i].id,
				pf_template_shown(page->arena, plan, plan->modes[i].title)));
		first = false;
	}
}

static void
explain_check(struct pf_page *page, const struct pf_plan_check *check)
{
	const struct pf_descriptor *probe = check->probe;

	heading(page, "check", check->id, check->title);
	value(page, "probe", pf_printf(page->arena, "%s: %s", probe->kind, probe->summary));
	if (probe->disruptive)
		value(page, "consent", "it changes something, and runs with --restart only");
	for (size_t i = 0; i < check->need_count; i++)
		value(page, i == 0 ? "needs" : "", check->needs[i].text);
	for (size_t i = 0; probe->permissions != NULL && probe->permissions[i].group != NULL; i++) {
		const struct pf_permission *right = &probe->permissions[i];
		value(page, i == 0 ? "permissions" : "",
		      pf_printf(page->arena, "%s%s%s: %s", right->resource, right->group[0] != '\0' ? "." : "",
				right->group, right->verbs));
	}
	for (size_t i = 0; probe->facts != NULL && probe->facts[i].name != NULL; i++)
		value(page, i == 0 ? "facts" : "",
		      pf_printf(page->arena, "%s: %s", probe->facts[i].name,
				probe->facts[i].help != NULL ? probe->facts[i].help : ""));
}

static void
explain_item(struct pf_page *page, const struct pf_plan *plan, const struct pf_item *item)
{
	heading(page, "checklist item", item->id, item->title);
	for (size_t i = 0; i < item->check_count; i++) {
		const struct pf_plan_check *check = &plan->checks[item->checks[i]];
		value(page, i == 0 ? "checks" : "", pf_printf(page->arena, "%s: %s", check->id, check->title));
	}
}

/* One id may name an item and a check: both are told. False when it names nothing; NAMES then has what there is. */
static bool
explain(struct pf_page *page, const struct pf_plan *plan, const char *id, const char ***names)
{
	struct pf_arena *arena = page->arena;
	size_t before = page->out->len;

	for (size_t i = 0; i < plan->item_count; i++) {
		*names = pf_words_add(arena, *names, plan->items[i].id);
		if (pf_streq(plan->items[i].id, id))
			explain_item(page, plan, &plan->items[i]);
	}
	for (size_t i = 0; i < plan->check_count; i++) {
		*names = pf_words_add(arena, *names, plan->checks[i].id);
		if (!pf_streq(plan->checks[i].id, id))
			continue;
		if (page->out->len > before)
			pf_page_end(page);
		explain_check(page, &plan->checks[i]);
	}
	for (size_t i = 0; i < plan->mode_count; i++) {
		*names = pf_words_add(arena, *names, plan->modes[i].id);
		if (pf_streq(plan->modes[i].id, id))
			explain_mode(page, plan, &plan->modes[i]);
	}
	for (size_t i = 0; i < plan->row_count; i++) {
		*names = pf_words_add(arena, *names, plan->rows[i].id);
		if (pf_streq(plan->rows[i].id, id))
			explain_row(page, plan, &plan->rows[i]);
	}
	return page->out->len > before;
}

static int
run(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv)
{
	PF_AUTO_BUF out = PF_BUF(EXPLAIN_CAP);
	struct pf_page page = {.arena = cli->arena,
			       .out = &out,
			       .color = pf_wants_color(&cli->env, NULL, pf_is_terminal(PF_STDOUT)),
			       .unicode = pf_wants_unicode(&cli->env),
			       .width = pf_terminal_width(PF_STDOUT)};
	const char **names = NULL;
	struct pf_plan *plan;
	struct pf_err err;
	char **operands;
	int status;

	if (!pf_cli_parse(cli, self, argc, argv, NULL, 2, &operands, &status))
		return status;
	if (operands[0] == NULL) {
		pf_cli_complain(cli, "explain needs the ID of a failure mode, failure, check or checklist item");
		return PF_EXIT_USAGE;
	}
	if (!pf_plan_open(cli->arena, operands[1], &plan, &err))
		return pf_cli_failed(cli, &err);
	if (explain(&page, plan, operands[0], &names))
		return pf_cli_print(cli, pf_buf_text(&out)) ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
	const char *nearest = names != NULL ? pf_nearest(operands[0], names) : NULL;
	pf_cli_complain(cli, "plan %s has nothing called \"%s\"; %s%s%s", plan->name, operands[0],
			nearest != NULL ? "did you mean " : "see postflight list checks and list modes",
			nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
	return PF_EXIT_USAGE;
}

const struct pf_command pf_command_explain = {
	.name = "explain",
	.arguments = "ID [PLAN]",
	.summary = "says what a failure mode, failure, check or item means and what to do",
	.options = pf_no_options,
	.operands = (const struct pf_operand[]){{NULL, PF_COMPLETES_IDS}, {NULL, PF_COMPLETES_PLANS}, {0}},
	.run = run,
};
