#include "run/needs.h"

#include <string.h>

enum pf_truth
pf_needs(const struct pf_plan *plan, const struct pf_check_result *results, const struct pf_plan_check *check,
	 const struct pf_need **out)
{
	enum pf_truth worst = PF_TRUE;

	for (size_t i = 0; i < check->need_count; i++) {
		enum pf_truth truth = pf_condition_eval(plan, results, check->needs[i].condition);

		if (truth < worst) {
			worst = truth;
			*out = &check->needs[i];
		}
	}
	return worst;
}

const char *
pf_need_message(struct pf_arena *arena, const struct pf_need *need, enum pf_truth truth)
{
	if (truth == PF_UNKNOWN)
		return pf_printf(arena, "not run: %s was not observed", need->text);
	/* The reason says it in words; the check is where to read on. */
	if (need->reason != NULL)
		return pf_printf(arena, "not run: %s (%.*s)", need->reason, (int)strcspn(need->text, ":"), need->text);
	if (need->condition->op == PF_OP_VERDICT)
		return pf_printf(arena, "not run: %s failed", need->text);
	return pf_printf(arena, "not run: needs %s", need->text);
}
