#include "diagnose/rows.h"

#include <postflight/str.h>

#include "diagnose/condition.h"
#include "diagnose/facts.h"
#include "diagnose/fill.h"

static bool
is_of_row(const struct pf_mode *mode, const struct pf_row *row)
{
	return mode->row != NULL && pf_streq(mode->row->id, row->id);
}

static bool
rests_on_unobserved(const struct pf_findings *findings, const struct pf_condition *condition)
{
	struct pf_missing missing = pf_condition_missing(findings->arena, findings->results, condition, true);

	for (size_t i = 0; i < missing.count; i++) {
		if (!pf_check_observed(&findings->results[missing.refs[i].check]))
			return true;
	}
	return false;
}

/* True when nothing but a test that the user left out could tell. */
static bool
rests_on_untested(const struct pf_findings *findings, const struct pf_condition *condition)
{
	struct pf_missing missing = pf_condition_missing(findings->arena, findings->results, condition, true);

	for (size_t i = 0; i < missing.count; i++) {
		const struct pf_check_result *result = &findings->results[missing.refs[i].check];
		if (!result->untried || result->verdict != PF_SKIP)
			return false;
	}
	return missing.count > 0;
}

/*
 * A mode that shows in several ways was looked for in those that need no test of the user's: CONDITION is unknown, but
 * of its alternatives one is false, and the unknown ones would show in a test that was left out.
 */
static bool
looked_elsewhere(const struct pf_findings *findings, const struct pf_condition *condition)
{
	bool one_is_false = false, all = condition->op == PF_OP_ALL;

	if (!all && condition->op != PF_OP_ANY)
		return false;
	for (size_t i = 0; i < condition->count; i++) {
		const struct pf_condition *child = condition->children[i];
		enum pf_truth truth = pf_condition_eval_looked(findings->results, child);
		if (truth == PF_UNKNOWN &&
		    !(all ? looked_elsewhere(findings, child) : rests_on_untested(findings, child)))
			return false;
		one_is_false = one_is_false || truth == PF_FALSE;
	}
	return all || one_is_false;
}

/*
 * True when it cannot be said that the mode was looked for. A condition that guards itself with KNOWN is false when
 * nothing was observed; here that must not count as having looked.
 */
static bool
leaves_row_open(const struct pf_findings *findings, const struct pf_mode *mode)
{
	if (pf_condition_eval_looked(findings->results, mode->when) != PF_UNKNOWN ||
	    looked_elsewhere(findings, mode->when))
		return false;

	enum pf_truth suspected =
		mode->suspect != NULL ? pf_condition_eval_looked(findings->results, mode->suspect) : PF_UNKNOWN;
	if (suspected != PF_UNKNOWN)
		return suspected == PF_TRUE;
	return rests_on_unobserved(findings, mode->when);
}

/* Where what was seen is not what the row's words say. */
static const char *
note_of(const struct pf_findings *findings, const char *id)
{
	const struct pf_plan *plan = findings->plan;

	for (size_t i = 0; i < plan->mode_count; i++) {
		if (pf_streq(plan->modes[i].id, id) && plan->modes[i].row_note != NULL)
			return pf_fill_text(findings, plan->modes[i].row_note);
	}
	return NULL;
}

static struct pf_row_result
judge_row(const struct pf_findings *findings, const struct pf_row *row)
{
	const struct pf_plan *plan = findings->plan;
	const char **seen = pf_alloc_array(findings->arena, plan->mode_count + 1, sizeof(*seen));
	const char **open = pf_alloc_array(findings->arena, plan->mode_count + 1, sizeof(*open));
	size_t seen_count = 0, open_count = 0, modes = 0;

	for (size_t i = 0; i < plan->mode_count; i++) {
		if (is_of_row(&plan->modes[i], row) && pf_mode_is_root(findings, i))
			seen[seen_count++] = plan->modes[i].id;
	}
	for (size_t i = 0; i < plan->mode_count; i++) {
		const struct pf_mode *mode = &plan->modes[i];

		if (!is_of_row(mode, row))
			continue;
		modes++;
		if (findings->truth[i] != PF_TRUE && leaves_row_open(findings, mode))
			open[open_count++] = mode->id;
		else if (findings->truth[i] == PF_TRUE && !pf_mode_is_root(findings, i))
			seen[seen_count++] = mode->id;
	}
	if (seen_count > 0)
		return (struct pf_row_result){
			.row = row, .state = PF_ROW_SEEN, .modes = seen, .note = note_of(findings, seen[0])};
	if (open_count > 0 || modes == 0)
		return (struct pf_row_result){.row = row, .state = PF_ROW_UNKNOWN, .modes = open};
	return (struct pf_row_result){.row = row, .state = PF_ROW_NOT_SEEN, .modes = open};
}

const struct pf_row_result *
pf_rows(const struct pf_findings *findings)
{
	const struct pf_plan *plan = findings->plan;
	struct pf_row_result *rows = pf_alloc_array(findings->arena, plan->row_count + 1, sizeof(*rows));

	for (size_t i = 0; i < plan->row_count; i++)
		rows[i] = judge_row(findings, &plan->rows[i]);
	return rows;
}
