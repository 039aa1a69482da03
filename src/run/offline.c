#include "run/offline.h"

#include <postflight/signals.h>
#include <postflight/str.h>

#include "diagnose/facts.h"
#include "probe/session.h"
#include "run/conclude.h"

static void
judge_log(struct pf_arena *arena, struct pf_session *session, size_t check, struct pf_result *out)
{
	struct pf_check_result *result = &out->checks[check];

	pf_probe_run(session, arena, &out->plan->checks[check], result);
	result->check = &out->plan->checks[check];
	if (result->message == NULL)
		result->message = "";
	result->done = true;
}

static void
leave_out(struct pf_check_result *result)
{
	result->verdict = PF_SKIP;
	result->message = "a log does not tell";
	result->untried = true;
	result->done = true;
}

/*
 * Which of several checks would tell is of no interest where none of them can be made: all candidates stand together.
 */
static void
join_undecided(struct pf_arena *arena, const struct pf_plan *plan, struct pf_diagnosis *diagnosis)
{
	const char **modes = pf_alloc_array(arena, plan->mode_count + 1, sizeof(*modes));
	struct pf_undecided *all = pf_alloc(arena, sizeof(*all));
	size_t count = 0;

	if (diagnosis->undecided_count == 0)
		return;
	for (size_t i = 0; i < plan->mode_count; i++) {
		for (size_t group = 0; group < diagnosis->undecided_count; group++) {
			for (const char *const *id = diagnosis->undecided[group].modes; *id != NULL; id++) {
				if (pf_streq(*id, plan->modes[i].id))
					modes[count++] = *id;
			}
		}
	}
	*all = (struct pf_undecided){modes,
				     "the same text fits all of them; the cluster's objects tell: postflight run"};
	diagnosis->undecided = all;
	diagnosis->undecided_count = 1;
}

void
pf_run_saved_log(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_run_options *options,
		 const struct pf_saved_log *findings, struct pf_result *out)
{
	bool *selected = pf_alloc_array(arena, plan->check_count + 1, sizeof(bool));
	bool *exempt = pf_alloc_array(arena, plan->check_count + 1, sizeof(bool));
	struct pf_err none;
	struct pf_target *target;
	struct pf_session *session;

	(void)pf_fail(&none, PF_ERR_NOT_RECORDED, "a saved log is judged: nothing is asked");
	target = pf_target_broken(arena, &none);
	session = pf_session_new(arena, target, plan, options->namespace_, PF_NO_DEADLINE);
	pf_session_save_log(session, findings);
	pf_begin_result(arena, plan, options, out);
	out->id = pf_target_run_id(target);
	out->started_wall_ms = pf_target_wall(target);
	int64_t begin_ms = pf_target_now(target);
	for (size_t i = 0; i < plan->check_count; i++) {
		selected[i] = pf_streq(plan->checks[i].probe->kind, "logs");
		exempt[i] = !selected[i];
		if (selected[i])
			judge_log(arena, session, i, out);
		else
			leave_out(&out->checks[i]);
	}
	pf_diagnose(arena, plan, NULL, out->namespace_, out->checks, &out->diagnosis);
	join_undecided(arena, plan, &out->diagnosis);
	pf_sum_up(selected, out);
	out->signal = pf_signals_caught();
	out->interrupted = out->signal != 0;
	out->complete = !out->interrupted;
	out->exit_code = pf_exit_code(out, options->strict, exempt);
	out->duration_ms = pf_target_now(target) - begin_ms;
}
