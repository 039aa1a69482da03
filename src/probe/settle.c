/*
 * Waiting for a rollout.
 *
 * Each round looks at the plan's Deployments alone; while one still progresses, the round ends with a watch on what
 * must change next: its pods while one of them is not ready, the Deployment itself while its pods are not made or its
 * status lags behind them. Every event starts a new round, so that what is judged was seen at one time.
 */
#include <poll.h>

#include <postflight/json.h>
#include <postflight/signals.h>
#include <postflight/str.h>

#include "probe/session.h"
#include "probe/workload.h"

#define ROUNDS_MAX 4 /* of foreseeing, as in a run */

static void
observe(struct pf_session *session, bool deployments_only)
{
	const struct pf_plan *plan = pf_session_plan(session);
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		for (size_t i = 0; i < plan->check_count; i++) {
			if (!deployments_only || pf_streq(plan->checks[i].probe->kind, "deployment"))
				pf_probe_foresee(session, &plan->checks[i], round);
		}
		(void)pf_session_flush(session);
	}
}

/* A Deployment of the plan that is not settled, or NULL. */
static const struct pf_workload *
unsettled(struct pf_session *session)
{
	const struct pf_plan *plan = pf_session_plan(session);
	const struct pf_workload *found = NULL;
	for (size_t i = 0; i < plan->check_count; i++) {
		const char *name = PF_STRING_AT(plan->checks[i].with, "deployment");
		if (!pf_streq(plan->checks[i].probe->kind, "deployment") || name == NULL)
			continue;
		name = pf_plan_expand_argument(pf_session_arena(session), plan, pf_session_namespace(session), name);
		(void)pf_workload(session, pf_session_namespace(session), name);
	}
	/* Only when all are known: a crash is judged against the others. */
	for (const struct pf_workload *w = *pf_session_workloads(session); w != NULL; w = w->next) {
		if (pf_workload_unsettled(session, w))
			found = w;
	}
	return found;
}

static bool
any_event(void *context, const char *type, const cJSON *object)
{
	(void)context;
	(void)object;
	return pf_streq(type, "BOOKMARK");
}

static const char *
describe(struct pf_session *session, const struct pf_workload *w)
{
	struct pf_arena *arena = pf_session_arena(session);
	if (w->pod == NULL)
		return pf_printf(arena, "deployment/%s: its pods are being made", w->name);
	if (w->pod->ready)
		return pf_printf(arena, "deployment/%s: the rollout ends", w->name);
	return pf_printf(arena, "pod/%s: %s", w->pod->name,
			 w->pod->running ? "runs, not ready yet" : pf_pod_state_name(w->pod->state));
}

/* Watches what must change for W to settle; returns after the first event, or when DEADLINE comes. */
static enum pf_watch_end
watch(struct pf_session *session, const struct pf_workload *w, struct pf_deadline deadline, struct pf_err *err)
{
	struct pf_arena *arena = pf_session_arena(session);
	bool pods = w->pod != NULL && !w->pod->ready && w->pods_version != NULL;
	const char *path = pods ? pf_path_list(arena, PF_PODS, w->namespace_, w->selector, NULL)
				: pf_path_list(arena, PF_DEPLOYMENTS, w->namespace_, NULL,
					       pf_printf(arena, "metadata.name=%s", w->name));
	const char *version = pods ? w->pods_version : PF_STRING_AT(w->deployment, "metadata", "resourceVersion");
	return pf_target_watch(pf_session_target(session), arena, path, version, any_event, NULL, deadline, err);
}

/* What no event announces: a crashed container outlives its last run, a node's refusal becomes final. */
#define LOOK_AGAIN_MS 5000

#define LEAST_MS 1000

/* A watch that ends as soon as it begins (by a proxy, without the right to watch) becomes a look each second. */
static void
slow_down(struct pf_session *session, int64_t began_ms)
{
	int64_t took = pf_target_now(pf_session_target(session)) - began_ms;
	int64_t rest = LEAST_MS - took, left = pf_deadline_left(pf_session_deadline(session));
	struct pollfd signal = {.fd = pf_signals_fd(), .events = POLLIN};
	if (rest > 0)
		(void)poll(&signal, 1, (int)(rest < left ? rest : left));
}

/* How a wait goes on after its watch ended: by another look, unless looking is what failed. */
static bool
ends_the_wait(enum pf_watch_end how, const struct pf_err *err, enum pf_settle *out)
{
	if (how != PF_WATCH_ERROR)
		return false;
	switch (err->kind) {
	case PF_ERR_TIMEOUT:
	case PF_ERR_UNREACHABLE:
	case PF_ERR_FORBIDDEN:
	case PF_ERR_SERVER:
	case PF_ERR_PROTOCOL:
		return false;
	default:
		*out = err->kind == PF_ERR_INTERRUPTED ? PF_SETTLE_INTERRUPTED : PF_SETTLE_ERROR;
		return true;
	}
}

static enum pf_settle
wait_for_all(struct pf_session *session, int64_t wait_ms, bool *waited)
{
	struct pf_target *target = pf_session_target(session);
	int64_t end = pf_target_now(target) + wait_ms;
	const struct pf_workload *w;

	while ((w = unsettled(session)) != NULL) {
		int64_t now = pf_target_now(target), left = end - now;
		struct pf_err err = {0};
		enum pf_settle ended;
		if (left <= 0 || pf_deadline_left(pf_session_deadline(session)) == 0)
			return PF_SETTLE_TIMEOUT;
		pf_session_tell(session, describe(session, w), left);
		struct pf_deadline deadline = pf_deadline_sooner(
			pf_deadline_in(left < LOOK_AGAIN_MS ? left : LOOK_AGAIN_MS), pf_session_deadline(session));
		enum pf_watch_end how = watch(session, w, deadline, &err);
		if (ends_the_wait(how, &err, &ended))
			return ended;
		if (how != PF_WATCH_DONE)
			slow_down(session, now);
		if (pf_signals_caught() != 0)
			return PF_SETTLE_INTERRUPTED;
		*waited = true;
		pf_session_forget(session);
		observe(session, true);
	}
	return PF_SETTLED;
}

enum pf_settle
pf_session_settle(struct pf_session *session, int64_t wait_ms)
{
	bool waited = false;
	enum pf_settle how;
	observe(session, true);
	how = wait_for_all(session, wait_ms, &waited);
	if (how == PF_SETTLE_TIMEOUT)
		pf_session_lose_patience(session);
	/* What else was seen before the wait is old by now. */
	if (waited && how != PF_SETTLE_INTERRUPTED)
		observe(session, false);
	return how;
}
