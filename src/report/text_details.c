/* What -v adds. */
#include <inttypes.h>

#include <postflight/text.h>

#include "report/text.h"

#define INDENT 2
#define DETAIL 6

static void
title(struct pf_page *page, const char *text)
{
	pf_page_put(page, PF_INK_STRONG, text);
	pf_page_end(page);
}

static void
evidence(struct pf_page *page, const struct pf_evidence *seen)
{
	const char *parts[] = {seen->source, seen->path, seen->value, seen->line};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (parts[i] == NULL || parts[i][0] == '\0')
			continue;
		pf_page_to(page, DETAIL);
		if (i == 3)
			break;
		pf_page_put(page, PF_INK_PLAIN, parts[i]);
	}
	pf_page_flow(page, PF_INK_PLAIN, seen->line);
}

static void
check(struct pf_page *page, const struct pf_check_result *result, unsigned id_width)
{
	char *time = pf_printf(page->arena, "%5" PRId64 " ms", result->duration_ms);

	pf_page_to(page, INDENT);
	pf_text_mark(page, result->verdict);
	pf_page_put(page, PF_INK_PLAIN, result->check->id);
	pf_page_to(page, INDENT + pf_text_mark_width(page) + id_width + 2);
	pf_page_put(page, PF_INK_FAINT, time);
	pf_page_to(page, page->column + 2);
	pf_page_flow(page, PF_INK_PLAIN, result->message);
	if (result->blocked_by != NULL) {
		pf_page_to(page, DETAIL);
		pf_page_flow(page, PF_INK_FAINT, pf_printf(page->arena, "needs %s", result->blocked_by));
	}
	if (result->verdict == PF_PASS)
		return;
	for (size_t i = 0; i < result->evidence_count; i++)
		evidence(page, &result->evidence[i]);
}

static void
checks(struct pf_page *page, const struct pf_result *result)
{
	size_t widest = 0;

	for (size_t i = 0; i < result->plan->check_count; i++) {
		size_t columns = pf_columns(result->plan->checks[i].id);
		widest = columns > widest ? columns : widest;
	}
	title(page, "Checks");
	for (size_t i = 0; i < result->plan->check_count; i++)
		check(page, &result->checks[i], (unsigned)widest);
}

void
pf_text_details(struct pf_page *page, const struct pf_result *result)
{
	const char *const *history = result->diagnosis.history;
	const struct pf_target_trace *trace = &result->trace;

	checks(page, result);
	if (history != NULL && history[0] != NULL) {
		pf_page_end(page);
		title(page, "History: faults of the past that the present state has overcome");
		for (; *history != NULL; history++) {
			pf_page_to(page, INDENT);
			pf_page_flow(page, PF_INK_PLAIN, *history);
		}
	}
	if (trace->questions == 0)
		return;
	pf_page_end(page);
	title(page, pf_printf(page->arena, "Requests: %u in %u wave%s", trace->questions, trace->waves,
			      trace->waves == 1 ? "" : "s"));
	for (unsigned i = 0; i < trace->questions; i++)
		pf_page_verbatim(page, INDENT, trace->lines[i]);
}
