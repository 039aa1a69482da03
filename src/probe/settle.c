/*
 * Waiting for a rollout.
 *
 * Each round looks at the plan's Deployments alone; while one still progresses, the round ends with a watch on what
 * must change next: its pods while one of them is not ready, the Deployment itself while its pods are not made or its
 * status lags behind them. Every event starts a new round, so that what is judged was seen at one time.
 *
 * A process may not answer yet although its pod is ready. That no event announces: it is asked again each second.
 */
#include <poll.h>

#include <postflight/json.h>
#include <postflight/signals.h>
#include <postflight/str.h>

#include "probe/session.h"
#include "probe/workload.h"

#define ROUNDS_MAX 4 /* of foreseeing, as in a run */

enum scope { DEPLOYMENTS, EVERYTHING };

static void
observe(struct pf_session *session, const bool *selected, enum scope scope)
{
	const struct pf_plan *plan = pf_session_plan(session);
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		for (size_t i = 0; i < plan->check_count; i++) {
			if (scope == EVERYTHING ? selected == NULL || selected[i]
						: pf_streq(plan->checks[i].probe->kind, "deployment"))
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

/* A workload of which a check sees that it starts still, or NULL. */
static const struct pf_workload *
starting(struct pf_session *session, const bool *selected)
{
	const struct pf_plan *plan = pf_session_plan(session);
	const struct pf_workload *found = NULL;
	for (size_t i = 0; i < plan->check_count && found == NULL; i++) {
		if (selected == NULL || selected[i])
			found = pf_probe_starting(session, &plan->checks[i]);
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

struct settling {
	struct pf_session *session;
	const bool *selected;
	bool waited;  /* what else was seen before is old by now */
	bool started; /* what is waited for has been made, and begins to listen */
};

/* What is to be waited for next, or NULL. */
static const struct pf_workload *
awaited(struct settling *s)
{
	const struct pf_workload *w = unsettled(s->session);

	s->started = w == NULL;
	if (w != NULL)
		return w;
	if (s->waited)
		observe(s->session, s->selected, EVERYTHING);
	s->waited = false;
	return starting(s->session, s->selected);
}

static const char *
describe(const struct settling *s, const struct pf_workload *w)
{
	struct pf_arena *arena = pf_session_arena(s->session);
	if (s->started)
		return pf_printf(arena, "deployment/%s: does not answer yet", w->name);
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
wait_for_all(struct settling *s, int64_t wait_ms)
{
	struct pf_session *session = s->session;
	struct pf_target *target = pf_session_target(session);
	int64_t end = pf_target_now(target) + wait_ms;
	const struct pf_workload *w;

	while ((w = awaited(s)) != NULL) {
		int64_t now = pf_target_now(target), left = end - now, pause = s->started ? LEAST_MS : LOOK_AGAIN_MS;
		struct pf_err err = {0};
		enum pf_settle ended;
		if (left <= 0 || pf_deadline_left(pf_session_deadline(session)) == 0)
			return PF_SETTLE_TIMEOUT;
		pf_session_tell(session, describe(s, w), left);
		struct pf_deadline deadline =
			pf_deadline_sooner(pf_deadline_in(left < pause ? left : pause), pf_session_deadline(session));
		enum pf_watch_end how = watch(session, w, deadline, &err);
		if (ends_the_wait(how, &err, &ended))
			return ended;
		if (how != PF_WATCH_DONE)
			slow_down(session, now);
		if (pf_signals_caught() != 0)
			return PF_SETTLE_INTERRUPTED;
		s->waited = true;
		pf_session_forget(session);
		observe(session, s->selected, DEPLOYMENTS);
	}
	return PF_SETTLED;
}

enum pf_settle
pf_session_settle(struct pf_session *session, const bool *selected, int64_t wait_ms)
{
	struct settling s = {.session = session, .selected = selected};

	observe(session, selected, DEPLOYMENTS);
	enum pf_settle how = wait_for_all(&s, wait_ms);
	if (how == PF_SETTLE_TIMEOUT)
		pf_session_lose_patience(session);
	if (s.waited && how != PF_SETTLE_INTERRUPTED)
		observe(session, selected, EVERYTHING);
	return how;
}
