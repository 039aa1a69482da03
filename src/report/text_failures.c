#include <postflight/str.h>
#include <postflight/text.h>

#include "report/text.h"

#define INDENT 2

static const enum pf_verdict shown_as[] = {
	[PF_ROW_NOT_SEEN] = PF_PASS,
	[PF_ROW_SEEN] = PF_FAIL,
	[PF_ROW_UNKNOWN] = PF_SKIP,
};

static bool
is_of_row(const struct pf_plan *plan, const char *id, const struct pf_row *row)
{
	for (size_t i = 0; i < plan->mode_count; i++) {
		if (pf_streq(plan->modes[i].id, id))
			return plan->modes[i].row == row;
	}
	return false;
}

/* True when a mode of ROW is among those that cannot be told apart. */
static bool
is_undecided(const struct pf_result *result, const struct pf_row *row)
{
	for (size_t i = 0; i < result->diagnosis.undecided_count; i++) {
		for (const char *const *id = result->diagnosis.undecided[i].modes; *id != NULL; id++) {
			if (is_of_row(result->plan, *id, row))
				return true;
		}
	}
	return false;
}

/* "endpoint wrong: endpoint-port (shows as a time-out here)" */
static char *
state(struct pf_arena *arena, const struct pf_result *result, const struct pf_row_result *row)
{
	const char *unknown = is_undecided(result, row->row) ? "cannot tell" : "not tested";

	if (row->state == PF_ROW_NOT_SEEN)
		return pf_strdup(arena, "not seen");
	char *text = pf_strdup(arena, row->state == PF_ROW_SEEN ? row->row->meaning : unknown);
	for (size_t i = 0; row->state == PF_ROW_SEEN && row->modes != NULL && row->modes[i] != NULL; i++)
		text = pf_printf(arena, "%s%s%s", text, i == 0 ? ": " : ", ", row->modes[i]);
	if (row->note != NULL && row->note[0] != '\0')
		text = pf_printf(arena, "%s (%s)", text, row->note);
	return text;
}

void
pf_text_failure_table(struct pf_page *page, const struct pf_result *result, bool quiet)
{
	const struct pf_plan *plan = result->plan;
	const struct pf_row_result *rows = result->diagnosis.rows;
	size_t widest = 0;
	bool headed = false;

	for (size_t i = 0; i < plan->row_count; i++) {
		size_t columns = pf_columns(plan->rows[i].symptom);
		widest = columns > widest ? columns : widest;
	}
	unsigned column = INDENT + pf_text_mark_width(page) + (unsigned)(widest < 48 ? widest : 48) + 3;
	for (size_t i = 0; i < plan->row_count; i++) {
		if (quiet && rows[i].state == PF_ROW_NOT_SEEN)
			continue;
		if (!headed) {
			pf_page_put(page, PF_INK_STRONG, "Failure table");
			pf_page_end(page);
		}
		headed = true;
		pf_page_to(page, INDENT);
		pf_text_mark(page, shown_as[rows[i].state]);
		pf_page_put(page, PF_INK_PLAIN, rows[i].row->symptom);
		pf_page_to(page, column);
		pf_page_flow(page, PF_INK_PLAIN, state(page->arena, result, &rows[i]));
	}
}
