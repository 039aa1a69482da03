/* The report for people. Read from the top it is: what is wrong, why, what to change; then the rest. */
#include <inttypes.h>
#include <string.h>

#include <postflight/report.h>
#include <postflight/str.h>

#include "report/text.h"

static void
warnings(struct pf_page *page, const char *label, const char *const *texts)
{
	for (; texts != NULL && *texts != NULL; texts++) {
		pf_page_put(page, PF_INK_CAUTION, label);
		pf_page_to(page, page->column + 1);
		pf_page_flow(page, PF_INK_PLAIN, *texts);
	}
}

static void
blank_line(struct pf_page *page)
{
	size_t len = page->out->len;

	/* Parts that say nothing must not leave their distance behind. */
	if (len > 0 && !(len > 1 && page->out->p[len - 1] == '\n' && page->out->p[len - 2] == '\n'))
		pf_page_end(page);
}

static void
heading(struct pf_page *page, const struct pf_result *result)
{
	struct pf_arena *arena = page->arena;
	const char *context = result->context != NULL ? result->context : "";
	const char *server = result->server != NULL ? result->server : "";
	const char *where = context[0] != '\0'  ? pf_printf(arena, " · context %s", context)
			    : server[0] != '\0' ? pf_printf(arena, " · server %s", server)
						: "";

	/* Where no plan could be read there is no name to give. */
	pf_page_put(page, PF_INK_STRONG, result->plan->name[0] != '\0' ? result->plan->name : "postflight");
	if (result->namespace_ != NULL && result->namespace_[0] != '\0')
		where = pf_printf(arena, "%s · namespace %s", where, result->namespace_);
	pf_page_flow(page, PF_INK_PLAIN, where);
}

static char *
seconds(struct pf_arena *arena, int64_t ms)
{
	if (ms < 10000)
		return pf_printf(arena, "%" PRId64 ".%02" PRId64 " s", ms / 1000, ms % 1000 / 10);
	if (ms < 120000)
		return pf_printf(arena, "%" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
	return pf_printf(arena, "%" PRId64 " min %" PRId64 " s", ms / 60000, ms % 60000 / 1000);
}

/* "5 passed · 2 failed · 1 skipped · 0.21 s", of the checklist's items. */
static void
counts(struct pf_page *page, const struct pf_result *result)
{
	static const struct {
		enum pf_verdict verdict;
		const char *word;
		enum pf_ink ink;
	} words[] = {
		{PF_PASS, "passed", PF_INK_GOOD},   {PF_WARN, "with a warning", PF_INK_CAUTION},
		{PF_FAIL, "failed", PF_INK_BAD},    {PF_ERROR, "not observed", PF_INK_UNSURE},
		{PF_SKIP, "skipped", PF_INK_PLAIN},
	};
	size_t tally[PF_VERDICT_COUNT] = {0};

	for (size_t i = 0; i < result->plan->item_count; i++)
		tally[result->item_verdicts[i]]++;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t count = tally[words[i].verdict];
		if (count == 0)
			continue;
		pf_page_put(page, words[i].ink, pf_printf(page->arena, "%zu %s", count, words[i].word));
		pf_page_put(page, PF_INK_PLAIN, " · ");
	}
	/* Eight green items are not all there is. */
	bool headed = false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t count = pf_text_beyond(result, words[i].verdict);
		if (count == 0)
			continue;
		pf_page_put(page, PF_INK_PLAIN, headed ? ", " : "beyond the checklist ");
		pf_page_put(page, words[i].ink, pf_printf(page->arena, "%zu %s", count, words[i].word));
		headed = true;
	}
	pf_page_put(page, PF_INK_PLAIN, headed ? " · " : "");
	pf_page_put(page, PF_INK_PLAIN, seconds(page->arena, result->duration_ms));
	if (result->interrupted)
		pf_page_put(page, PF_INK_CAUTION, " · interrupted, the rest was not looked at");
	else if (!result->complete && result->start_error == NULL)
		pf_page_put(page, PF_INK_CAUTION, " · not complete");
	pf_page_end(page);
}

/* Why nothing at all was observed: the run did not start, or each check met the same obstacle. NULL: something was. */
static const char *
obstacle(const struct pf_result *result)
{
	const char *common = result->start_error;

	for (size_t i = 0; result->start_error == NULL && i < result->plan->check_count; i++) {
		const struct pf_check_result *check = &result->checks[i];
		if (check->verdict != PF_ERROR || (common != NULL && !pf_streq(common, check->message)))
			return NULL;
		common = check->message;
	}
	return common;
}

/* Rows would only repeat the sentence. */
static void
nothing_observed(struct pf_page *page, const struct pf_result *result, const char *why)
{
	pf_page_put(page, PF_INK_BAD, result->start_error != NULL ? "Could not start:" : "Could not look:");
	pf_page_to(page, page->column + 1);
	pf_page_flow(page, PF_INK_PLAIN, why);
	pf_page_flow(page, PF_INK_PLAIN,
		     pf_printf(page->arena,
			       "Nothing was observed: none of the checklist's %zu items is judged, and this says "
			       "nothing about the deployment.",
			       result->plan->item_count));
}

static bool
all_green(const struct pf_result *result)
{
	return result->verdict == PF_PASS && result->start_error == NULL &&
	       (result->warnings == NULL || result->warnings[0] == NULL) &&
	       (result->notes == NULL || result->notes[0] == NULL);
}

static void
write_text(struct pf_arena *arena, const struct pf_result *result, const struct pf_report_style *style,
	   struct pf_buf *out)
{
	struct pf_page page = {
		.arena = arena,
		.out = out,
		.color = style->color,
		.unicode = style->unicode,
		.width = style->width,
	};

	if (style->quiet && all_green(result))
		return;
	heading(&page, result);
	warnings(&page, "Warning:", result->warnings);
	blank_line(&page);
	const char *why = obstacle(result);
	if (why != NULL && !result->interrupted) {
		nothing_observed(&page, result, why);
		if (style->verbose) {
			blank_line(&page);
			pf_text_details(&page, result);
		}
		return;
	}
	pf_text_checklist(&page, result, style->quiet);
	blank_line(&page);
	pf_text_diagnosis(&page, result);
	blank_line(&page);
	pf_text_failure_table(&page, result, style->quiet);
	blank_line(&page);
	if (style->verbose) {
		pf_text_details(&page, result);
		blank_line(&page);
	}
	warnings(&page, "Note:", result->notes);
	counts(&page, result);
}

const struct pf_report_format pf_report_text = {
	.name = "text",
	.summary = "for people: checklist, root cause, what to change",
	.write = write_text,
};
