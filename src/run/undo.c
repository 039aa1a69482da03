#include "run/undo.h"

#include "probe/session.h"

struct pf_check_result *
pf_run_undo(struct pf_arena *arena, struct pf_target *target, const struct pf_plan *plan,
	    const struct pf_run_options *options)
{
	struct pf_check_result *results = pf_alloc_array(arena, plan->check_count + 1, sizeof(*results));
	struct pf_deadline deadline = options->timeout_ms > 0 ? pf_deadline_in(options->timeout_ms) : PF_NO_DEADLINE;
	struct pf_session *session = pf_session_new(arena, target, plan, options->namespace_, deadline);

	for (size_t i = 0; i < plan->check_count; i++) {
		if (plan->checks[i].probe->disruptive)
			pf_probe_undo(session, arena, &plan->checks[i], &results[i]);
	}
	return results;
}
