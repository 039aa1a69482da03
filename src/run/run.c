/*
 * A run: look at everything that can be foreseen, let a rollout settle, then one check after the other, and last
 * the diagnosis. However it ends, every check has a verdict.
 */
#include <postflight/run.h>

#include <postflight/clock.h>
#include <postflight/signals.h>
#include <postflight/str.h>

#include "diagnose/condition.h"
#include "diagnose/facts.h"
#include "probe/session.h"
#include "run/conclude.h"
#include "run/name_cluster.h"
#include "run/needs.h"
#include "run/select.h"

/* Objects, what they point to, what those point to, and what only then is known to be worth asking. */
#define FORESEE_ROUNDS 4

#define INTERRUPTED "interrupted"

struct runner {
	struct pf_arena *arena;
	struct pf_target *target;
	const struct pf_plan *plan;
	const struct pf_run_options *options;
	const struct pf_run_events *events;
	struct pf_session *session;
	struct pf_check_result *results;
	const bool *selected;
	bool *exempt; /* a skip that the user asked for, or that follows from nothing but such skips */
	int64_t started_ms;
	bool cut_short;
};

static bool
has_consent(const struct runner *run, const struct pf_plan_check *check)
{
	return !check->probe->disruptive || run->options->restart != PF_RESTART_NO;
}

static void
look_ahead(struct runner *run)
{
	for (unsigned round = 0; round < FORESEE_ROUNDS && pf_signals_caught() == 0; round++) {
		for (size_t i = 0; i < run->plan->check_count; i++) {
			if (run->selected[i] && has_consent(run, &run->plan->checks[i]))
				pf_probe_foresee(run->session, &run->plan->checks[i], round);
		}
		pf_session_flush(run->session);
	}
}

/* Milliseconds that the run has left at NOW; never negative. */
static int64_t
time_left(const struct runner *run, int64_t now_ms)
{
	int64_t spent = now_ms - run->started_ms;

	if (run->options->timeout_ms <= 0)
		return INT64_MAX;
	return spent < run->options->timeout_ms ? run->options->timeout_ms - spent : 0;
}

/* How it ended is of no interest: what the wait did not bring about, the checks find. */
static void
let_settle(struct runner *run)
{
	int64_t left = time_left(run, pf_target_now(run->target));
	int64_t wait = run->options->wait_ms < left ? run->options->wait_ms : left;

	if (wait > 0 && pf_signals_caught() == 0)
		pf_session_settle(run->session, run->selected, wait);
}

static void
leave_out(struct pf_check_result *result, enum pf_verdict verdict, const char *message)
{
	result->verdict = verdict;
	result->message = message;
	result->untried = true;
}

static const char *
time_over(const struct runner *run)
{
	return pf_printf(run->arena, "the run's time (%s) was over",
			 pf_duration_format(run->arena, run->options->timeout_ms));
}

/* A skip that follows from nothing but what the user left out is as much his wish. */
static bool
follows_from_wish(const struct runner *run, const struct pf_need *need)
{
	struct pf_missing missing = pf_condition_missing(run->arena, run->results, need->condition, false);

	for (size_t i = 0; i < missing.count; i++) {
		if (!run->exempt[missing.refs[i].check])
			return false;
	}
	return true;
}

static void
block(struct runner *run, size_t i, const struct pf_need *need, enum pf_truth truth)
{
	struct pf_check_result *result = &run->results[i];

	result->verdict = PF_SKIP;
	result->blocked_by = need->text;
	result->message = pf_need_message(run->arena, need, truth);
	run->exempt[i] = truth == PF_UNKNOWN && follows_from_wish(run, need);
}

static void
probe(struct runner *run, size_t i, int64_t now_ms)
{
	struct pf_check_result *result = &run->results[i];

	if (run->events != NULL && run->events->check_started != NULL)
		run->events->check_started(run->events->context, result->check);
	pf_probe_run(run->session, run->arena, result->check, result);
	result->check = &run->plan->checks[i];
	result->duration_ms = pf_target_now(run->target) - now_ms;
	if (result->message == NULL)
		result->message = "";
	/* What it saw before the signal stands; what it could not ask because of the signal is not the target's fault.
	 * A probe that had begun to change something says itself how far it was. */
	if (result->verdict == PF_ERROR && pf_signals_caught() != 0) {
		bool says_so = pf_starts_with(result->message, INTERRUPTED);
		leave_out(result, PF_ERROR, says_so ? result->message : INTERRUPTED);
		run->cut_short = true;
	}
}

static void
run_check(struct runner *run, size_t i)
{
	const struct pf_plan_check *check = &run->plan->checks[i];
	struct pf_check_result *result = &run->results[i];
	const struct pf_need *need = NULL;
	int64_t now_ms = pf_target_now(run->target);

	if (!run->selected[i]) {
		leave_out(result, PF_SKIP, "not selected");
		run->exempt[i] = true;
		return;
	}
	if (pf_signals_caught() != 0 || time_left(run, now_ms) == 0) {
		leave_out(result, PF_ERROR, pf_signals_caught() != 0 ? INTERRUPTED : time_over(run));
		run->cut_short = true;
		return;
	}

	enum pf_truth truth = pf_needs(run->plan, run->results, check, &need);
	if (truth != PF_FALSE && !has_consent(run, check))
		leave_out(result, PF_SKIP, pf_printf(run->arena, "needs --restart: it %s", check->probe->summary));
	else if (truth != PF_TRUE)
		block(run, i, need, truth);
	else
		probe(run, i, now_ms);
}

static void
run_checks(struct runner *run)
{
	for (size_t i = 0; i < run->plan->check_count; i++) {
		run_check(run, i);
		run->results[i].done = true;
		if (run->events != NULL && run->events->check_done != NULL)
			run->events->check_done(run->events->context, &run->results[i]);
	}
}

static void
open_session(struct runner *run)
{
	struct pf_deadline deadline =
		run->options->timeout_ms > 0 ? pf_deadline_in(run->options->timeout_ms) : PF_NO_DEADLINE;

	run->session = pf_session_new(run->arena, run->target, run->plan, run->options->namespace_, deadline);
	pf_session_look_from(run->session, run->options->vantage, run->options->in_cluster);
	pf_session_set_since(run->session, run->options->since_ms);
	if (run->events != NULL && run->events->waiting != NULL)
		pf_session_on_wait(run->session, run->events->waiting, run->events->context);
	pf_session_set_consent(
		run->session,
		(struct pf_consent){
			.restart = run->options->restart != PF_RESTART_NO,
			.by_pod = run->options->restart == PF_RESTART_POD,
			.allow_data_loss = run->options->allow_data_loss,
			.end_ms = run->options->timeout_ms > 0 ? run->started_ms + run->options->timeout_ms : INT64_MAX,
		});
}

static const char *const *
both(struct pf_arena *arena, const char *const *a, const char *const *b)
{
	size_t m = 0, n = 0;
	while (a[m] != NULL)
		m++;
	while (b[n] != NULL)
		n++;
	const char **all = pf_alloc_array(arena, m + n + 1, sizeof(*all));
	for (size_t i = 0; i < m + n; i++)
		all[i] = i < m ? a[i] : b[i - m];
	return all;
}

/* Who did not consent to the test is told, instead of what it would do, what is certain without it. */
static void
foretell(struct runner *run, struct pf_result *out)
{
	const char *certain = out->diagnosis.foretold[0];

	for (size_t i = 0; certain != NULL && i < run->plan->check_count; i++) {
		struct pf_check_result *result = &run->results[i];
		if (run->selected[i] && result->untried && result->verdict == PF_SKIP &&
		    !has_consent(run, &run->plan->checks[i]))
			result->message = pf_printf(run->arena, "needs --restart; %s", certain);
	}
}

/* The first vantage that something was seen from. */
static const char *
vantage_of(const struct runner *run)
{
	for (size_t i = 0; i < run->plan->check_count; i++) {
		for (size_t k = 0; k < run->results[i].fact_count; k++) {
			const struct pf_fact *fact = &run->results[i].facts[k];
			if (pf_ends_with(fact->desc->name, ".vantage"))
				return fact->text;
		}
	}
	return "none";
}

static void
conclude(struct runner *run, struct pf_result *out)
{
	out->vantage = vantage_of(run);
	pf_diagnose(run->arena, run->plan, run->session, out->namespace_, out->checks, &out->diagnosis);
	out->notes = both(run->arena, pf_facts_collect(run->arena, out->checks, run->plan->check_count, ".notes"),
			  out->diagnosis.foretold);
	foretell(run, out);
	pf_name_cluster(run->arena, run->options->cluster_flags, out);
	pf_sum_up(run->selected, out);
	out->signal = pf_signals_caught();
	out->interrupted = out->signal != 0;
	out->complete = !run->cut_short;
	out->exit_code = pf_exit_code(out, run->options->strict, run->exempt);
	out->duration_ms = pf_target_now(run->target) - run->started_ms;
	out->trace = pf_target_trace(run->target);
}

void
pf_run(struct pf_arena *arena, struct pf_target *target, const struct pf_plan *plan,
       const struct pf_run_options *options, const struct pf_run_events *events, struct pf_result *out)
{
	struct pf_err err;

	if (!pf_run_check_options(arena, plan, options, &err)) {
		pf_run_failed_start(arena, plan, options, &err, out);
		return;
	}
	pf_begin_result(arena, plan, options, out);
	out->id = pf_target_run_id(target);
	out->started_wall_ms = pf_target_wall(target);

	struct runner run = {
		.arena = arena,
		.target = target,
		.plan = plan,
		.options = options,
		.events = events,
		.results = out->checks,
		.selected = pf_select(arena, plan, options),
		.exempt = pf_alloc_array(arena, plan->check_count + 1, sizeof(bool)),
		.started_ms = pf_target_now(target),
	};
	open_session(&run);
	look_ahead(&run);
	let_settle(&run);
	run_checks(&run);
	conclude(&run, out);
}
