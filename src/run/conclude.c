#include "run/conclude.h"

#define SIGNAL_BASE 128 /* what shells add to a signal's number */

static const char *const none[] = {NULL};

static const char *
text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

void
pf_begin_result(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_run_options *options,
		struct pf_result *out)
{
	*out = (struct pf_result){
		.tool_version = text_or_empty(options->tool_version),
		.plan = plan,
		.context = text_or_empty(options->context),
		.server = text_or_empty(options->server),
		.namespace_ = text_or_empty(options->namespace_),
		.vantage = "none",
		.id = "",
		.item_verdicts = pf_alloc_array(arena, plan->item_count + 1, sizeof(enum pf_verdict)),
		.item_messages = pf_alloc_array(arena, plan->item_count + 1, sizeof(char *)),
		.checks = pf_alloc_array(arena, plan->check_count + 1, sizeof(struct pf_check_result)),
		.diagnosis = {.history = none, .foretold = none},
		.warnings = options->warnings != NULL ? options->warnings : none,
		.notes = none,
	};
	for (size_t i = 0; i < plan->check_count; i++) {
		out->checks[i] = (struct pf_check_result){
			.check = &plan->checks[i],
			.verdict = PF_SKIP,
			.message = "",
		};
	}
}

static void
sum_up_item(const struct pf_item *item, const bool *selected, const struct pf_check_result *checks,
	    enum pf_verdict *verdict, const char **message)
{
	bool any = false;

	*verdict = PF_PASS;
	for (size_t i = 0; i < item->check_count; i++) {
		if (selected[item->checks[i]]) {
			*verdict = pf_verdict_sum(*verdict, checks[item->checks[i]].verdict);
			any = true;
		}
	}
	if (!any)
		*verdict = PF_SKIP;
	*message = "";
	for (size_t i = 0; i < item->check_count; i++) {
		const struct pf_check_result *result = &checks[item->checks[i]];

		if (result->verdict == *verdict && (selected[item->checks[i]] || !any)) {
			*message = result->message;
			break;
		}
	}
}

void
pf_sum_up(const bool *selected, struct pf_result *out)
{
	const struct pf_plan *plan = out->plan;
	size_t counted = 0;

	out->verdict = PF_PASS;
	for (size_t i = 0; i < plan->check_count; i++) {
		if (selected[i]) {
			out->verdict = pf_verdict_sum(out->verdict, out->checks[i].verdict);
			counted++;
		}
	}
	if (counted == 0)
		out->verdict = PF_SKIP;
	for (size_t i = 0; i < plan->item_count; i++)
		sum_up_item(&plan->items[i], selected, out->checks, &out->item_verdicts[i], &out->item_messages[i]);
}

int
pf_exit_code(const struct pf_result *result, bool strict, const bool *exempt)
{
	bool failed = false, error = false;

	for (size_t i = 0; i < result->plan->check_count; i++) {
		enum pf_verdict verdict = result->checks[i].verdict;

		failed |= verdict == PF_FAIL;
		failed |= strict && (verdict == PF_WARN || (verdict == PF_SKIP && !exempt[i]));
		error |= verdict == PF_ERROR;
	}
	if (result->interrupted)
		return SIGNAL_BASE + result->signal;
	return failed ? 1 : error ? 2 : 0;
}
