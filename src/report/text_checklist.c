#include <postflight/str.h>
#include <postflight/text.h>

#include "report/text.h"

#define INDENT 2

static const struct pf_mark marks[PF_VERDICT_COUNT] = {
	[PF_PASS] = {"✔", "pass ", PF_INK_GOOD},    [PF_WARN] = {"!", "warn ", PF_INK_CAUTION},
	[PF_FAIL] = {"✖", "FAIL ", PF_INK_BAD},     [PF_SKIP] = {"–", "skip ", PF_INK_FAINT},
	[PF_ERROR] = {"?", "error", PF_INK_UNSURE},
};

void
pf_text_mark(struct pf_page *page, enum pf_verdict verdict)
{
	const struct pf_mark *mark = &marks[verdict];

	pf_page_put(page, mark->ink, page->unicode ? mark->sign : mark->word);
	pf_page_put(page, PF_INK_PLAIN, " ");
}

unsigned
pf_text_mark_width(const struct pf_page *page)
{
	return (page->unicode ? 1 : 5) + 1;
}

static void
row(struct pf_page *page, enum pf_verdict verdict, const char *title, unsigned message_column, const char *message)
{
	pf_page_to(page, INDENT);
	pf_text_mark(page, verdict);
	pf_page_put(page, verdict == PF_FAIL ? PF_INK_STRONG : PF_INK_PLAIN, title);
	if (message != NULL && message[0] != '\0') {
		pf_page_to(page, message_column);
		pf_page_flow(page, PF_INK_PLAIN, message);
	} else {
		pf_page_end(page);
	}
}

static bool
in_checklist(const struct pf_plan *plan, size_t check)
{
	for (size_t i = 0; i < plan->item_count; i++) {
		for (size_t j = 0; j < plan->items[i].check_count; j++) {
			if (plan->items[i].checks[j] == check)
				return true;
		}
	}
	return false;
}

/* Where the checklist has nothing to tell, what was seen all the same is what there is to read. */
static bool
is_nothing_judged(const struct pf_result *result)
{
	bool any_error = false;

	for (size_t i = 0; i < result->plan->item_count; i++) {
		any_error = any_error || result->item_verdicts[i] == PF_ERROR;
		if (result->item_verdicts[i] != PF_ERROR && result->item_verdicts[i] != PF_SKIP)
			return false;
	}
	return any_error;
}

/*
 * A check outside the checklist is worth a line when it failed or could not be made. One that was not even tried has
 * its reason in the line of another.
 */
static bool
speaks_for_itself(const struct pf_result *result, size_t check)
{
	enum pf_verdict verdict = result->checks[check].verdict;

	if (result->checks[check].untried)
		return false;
	return (verdict == PF_FAIL || verdict == PF_ERROR || verdict == PF_WARN ||
		(verdict == PF_PASS && is_nothing_judged(result))) &&
	       !in_checklist(result->plan, check);
}

static size_t
widest_title(const struct pf_result *result)
{
	const struct pf_plan *plan = result->plan;
	size_t widest = 0;

	for (size_t i = 0; i < plan->item_count; i++) {
		size_t columns = pf_columns(plan->items[i].title);
		widest = columns > widest ? columns : widest;
	}
	for (size_t i = 0; i < plan->check_count; i++) {
		size_t columns = speaks_for_itself(result, i) ? pf_columns(plan->checks[i].title) : 0;
		widest = columns > widest ? columns : widest;
	}
	/* A title longer than this moves its own message only. */
	return widest < 40 ? widest : 40;
}

size_t
pf_text_beyond(const struct pf_result *result, enum pf_verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < result->plan->check_count; i++)
		count += speaks_for_itself(result, i) && result->checks[i].verdict == verdict;
	return count;
}

/*
 * One obstacle often meets many checks. It is told in full once; the rows below name the row that has it. The rows
 * above: ITEM_COUNT of the checklist, and of the others those before CHECK_COUNT.
 */
static const char *
told_once(struct pf_page *page, const struct pf_result *result, size_t item_count, size_t check_count,
	  enum pf_verdict verdict, const char *message)
{
	for (size_t i = 0; verdict == PF_ERROR && i < item_count; i++) {
		if (result->item_verdicts[i] == PF_ERROR && pf_streq(result->item_messages[i], message))
			return pf_printf(page->arena, "see %s", result->plan->items[i].title);
	}
	for (size_t i = 0; verdict == PF_ERROR && i < check_count; i++) {
		if (speaks_for_itself(result, i) && pf_streq(result->checks[i].message, message))
			return pf_printf(page->arena, "see %s", result->plan->checks[i].title);
	}
	return message;
}

void
pf_text_checklist(struct pf_page *page, const struct pf_result *result, bool quiet)
{
	const struct pf_plan *plan = result->plan;
	unsigned column = INDENT + pf_text_mark_width(page) + (unsigned)widest_title(result) + 3;
	bool headed = false;

	for (size_t i = 0; i < plan->item_count; i++) {
		enum pf_verdict verdict = result->item_verdicts[i];
		if (!quiet || verdict != PF_PASS)
			row(page, verdict, plan->items[i].title, column,
			    told_once(page, result, i, 0, verdict, result->item_messages[i]));
	}
	for (size_t i = 0; i < plan->check_count; i++) {
		const struct pf_check_result *check = &result->checks[i];
		if (!speaks_for_itself(result, i))
			continue;
		if (!headed) {
			pf_page_end(page);
			pf_page_put(page, PF_INK_STRONG, "Beyond the checklist");
			pf_page_end(page);
		}
		headed = true;
		row(page, check->verdict, plan->checks[i].title, column,
		    told_once(page, result, plan->item_count, i, check->verdict, check->message));
	}
}
