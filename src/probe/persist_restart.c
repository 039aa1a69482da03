/*
 * The restart, and the wait for it.
 *
 * A read from a pod that was there before proves nothing, so pods are told apart by uid. The wait is a watch from the
 * change's own resourceVersion; each event makes one fresh look at the Deployment and its pods. It ends when every pod
 * that serves is new, and at once when the new ones are doomed.
 */
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/rollout.h"
#include "probe/persist.h"

/* What no event announces: a crashed container outlives its last run. */
#define LOOK_AGAIN_MS 5000

struct pf_persist_pods
pf_persist_serving(struct pf_persist *p, const struct pf_workload *w)
{
	struct pf_persist_pods out = {.all = pf_alloc_array(p->arena, w->pod_count + 1, sizeof(*out.all))};
	for (size_t i = 0; i < w->pod_count; i++) {
		const struct pf_pod *pod = &w->pods[i];
		if (pod->ready && !pod->deleting)
			out.all[out.count++] = (struct pf_persist_pod){pod->name, pod->uid,
								       pf_process_of(w->namespace_, pod, p->port)};
	}
	return out;
}

static bool
holds(const struct pf_persist_pods *pods, const char *uid)
{
	for (size_t i = 0; i < pods->count; i++) {
		if (pf_streq(pods->all[i].uid, uid))
			return true;
	}
	return false;
}

/*
 * A crash may be one that only waits for a database which is itself just coming back: that one is looked at too, and
 * where it was there all the while the first crash decides.
 */
static bool
is_doomed(struct pf_persist *p, const struct pf_workload *w)
{
	if (w->state != PF_WORKLOAD_STUCK && w->state != PF_WORKLOAD_UNAVAILABLE)
		return false;
	(void)pf_workload(p->session, pf_session_namespace(p->session), pf_arg(p->ctx, "deployment"));
	return !pf_workload_unsettled(p->session, w);
}

static bool
doomed(struct pf_persist *p, const struct pf_workload *w)
{
	struct pf_persist_pods serving = pf_persist_serving(p, w);
	const char *which = w->pod != NULL ? pf_printf(p->arena, "pod/%s: ", w->pod->name) : "";
	const char *serves =
		serving.count == 0
			? "nothing serves now"
			: pf_printf(p->arena, "pod/%s %s", serving.all[0].name,
				    holds(&p->old, serving.all[0].uid) ? "from before still serves" : "serves now");
	return pf_fail(&p->err, PF_ERR_SERVER,
		       "the new pods do not come up: %s%s%s%s; %s; to go back: kubectl -n %s rollout undo deploy/%s",
		       which, w->reason, w->message[0] != '\0' ? ", " : "", w->message, serves,
		       pf_session_namespace(p->session), p->name);
}

/* What is waited for: that no serving pod is of GONE, and all that are wanted serve. */
static bool
is_over(struct pf_persist *p, const struct pf_workload *w, const struct pf_persist_pods *gone)
{
	struct pf_persist_pods serving = pf_persist_serving(p, w);
	if (w->state != PF_WORKLOAD_AVAILABLE || serving.count == 0 || (int)serving.count < w->desired)
		return false;
	for (size_t i = 0; i < serving.count; i++) {
		if (holds(gone, serving.all[i].uid))
			return false;
	}
	return true;
}

static const char *
describe(struct pf_persist *p, const struct pf_workload *w, const struct pf_persist_pods *gone)
{
	for (size_t i = 0; i < w->pod_count; i++) {
		const struct pf_pod *pod = &w->pods[i];
		if (holds(gone, pod->uid) || pod->deleting || pod->ready)
			continue;
		return pf_printf(p->arena, "pod/%s: %s", pod->name,
				 pod->running ? "runs, not ready yet" : pf_pod_state_name(pod->state));
	}
	for (size_t i = 0; i < w->pod_count; i++) {
		if (holds(gone, w->pods[i].uid))
			return pf_printf(p->arena, "pod/%s: ends", w->pods[i].name);
	}
	return pf_printf(p->arena, "deployment/%s: the restart ends", p->name);
}

/* The pod's own end of its name: on a terminal the state and the time left must fit as well. */
static const char *
shortened(struct pf_persist *p, const char *what)
{
	size_t end = strcspn(what, ":"), start = end;
	while (start > 0 && what[start - 1] != '-')
		start--;
	if (!pf_starts_with(what, "pod/") || start == 0)
		return what;
	return pf_printf(p->arena, "pod/…%s", what + start);
}

static bool
any_event(void *context, const char *type, const cJSON *object)
{
	(void)context;
	(void)object;
	return pf_streq(type, "BOOKMARK");
}

/* Returns after the first event, or when it is time to look again. False with P->err when there is no sense in it. */
static bool
watch(struct pf_persist *p, const char *path, const char *version, int64_t left)
{
	struct pf_err err = {0};
	struct pf_deadline deadline =
		pf_deadline_sooner(pf_deadline_in(left < LOOK_AGAIN_MS ? left : LOOK_AGAIN_MS), p->deadline);
	enum pf_watch_end end = pf_target_watch(p->target, p->arena, path, version, any_event, NULL, deadline, &err);
	if (end != PF_WATCH_ERROR || err.kind == PF_ERR_TIMEOUT)
		return true;
	p->err = err;
	return false;
}

/* The Deployment and its pods as they are now, if they are still what we began with. */
static const struct pf_workload *
look(struct pf_persist *p)
{
	const cJSON *begun = p->deployment;
	pf_session_forget(p->session);
	const struct pf_workload *w = pf_workload(p->session, pf_session_namespace(p->session), p->name);
	const struct pf_err *err = w->deployment == NULL ? w->err : w->pods_err;
	if (err != NULL) {
		p->err = *err;
		return NULL;
	}
	p->deployment = w->deployment;
	if (!pf_rollout_same(begun, w->deployment)) {
		(void)pf_fail(&p->err, PF_ERR_CONFLICT,
			      "somebody else began a rollout of deployment/%s meanwhile (generation %lld)", p->name,
			      (long long)PF_INT_AT(w->deployment, 0, "metadata", "generation"));
		return NULL;
	}
	if (!pf_persist_is_holder(p)) {
		(void)pf_fail(&p->err, PF_ERR_CONFLICT, "somebody took the test's note from deployment/%s", p->name);
		return NULL;
	}
	if (w->desired == 0) {
		(void)pf_fail(&p->err, PF_ERR_CONFLICT, "somebody scaled deployment/%s to 0 meanwhile", p->name);
		return NULL;
	}
	return w;
}

static bool
wait_until_gone(struct pf_persist *p, const struct pf_persist_pods *gone, const char *version)
{
	const char *selector = p->subject.workload->selector, *namespace_ = pf_session_namespace(p->session);
	const char *pods = pf_path_list(p->arena, PF_PODS, namespace_, selector, NULL);
	const char *self = pf_path_list(p->arena, PF_DEPLOYMENTS, namespace_, NULL,
					pf_printf(p->arena, "metadata.name=%s", p->name));
	const char *path = pods, *what = "the restart begins";
	for (;;) {
		int64_t left = p->consent.end_ms - pf_target_now(p->target);
		if (left <= 0)
			return pf_fail(&p->err, PF_ERR_TIMEOUT, "the run's time was over while waiting (%s)", what);
		pf_session_tell(p->session, shortened(p, what), left);
		if (!watch(p, path, version, left))
			return false;
		const struct pf_workload *w = look(p);
		if (w == NULL)
			return false;
		if (is_over(p, w, gone)) {
			p->fresh = pf_persist_serving(p, w);
			return true;
		}
		if (is_doomed(p, w))
			return doomed(p, w);
		/* Where all pods are as they should be, only the Deployment's status is missing. */
		what = describe(p, w, gone);
		bool on_pods = !pf_starts_with(what, "deployment/");
		path = on_pods ? pods : self;
		version = on_pods ? w->pods_version : PF_STRING_AT(w->deployment, "metadata", "resourceVersion");
	}
}

static const char *
version_of(const cJSON *object)
{
	return PF_STRING_AT(object, "metadata", "resourceVersion");
}

static bool
restart_by_rollout(struct pf_persist *p)
{
	if (!pf_persist_note_step(p, true))
		return false;
	p->step = PF_STEP_WAIT;
	return wait_until_gone(p, &p->old, version_of(p->deployment));
}

/* One at a time, so that an application with several replicas serves all the while. */
static bool
restart_by_pod(struct pf_persist *p)
{
	if (!pf_persist_note_step(p, false))
		return false;
	p->step = PF_STEP_WAIT;
	for (size_t i = 0; i < p->old.count; i++) {
		const struct pf_persist_pod *pod = &p->old.all[i];
		struct pf_persist_pods one = {.all = &p->old.all[i], .count = 1};
		struct pf_ask ask = pf_pod_delete_ask(p->arena, pf_session_namespace(p->session), pod->name, pod->uid);
		struct pf_answer answer = pf_persist_change(p, &ask);
		/* Whoever ended it before us, or replaced it, did what was to be done. */
		if (!answer.ok && answer.err.kind != PF_ERR_NOT_FOUND && answer.err.kind != PF_ERR_CONFLICT) {
			p->err = answer.err;
			return false;
		}
		if (!wait_until_gone(p, &one, version_of(p->deployment)))
			return false;
	}
	return true;
}

static bool
all_are_new(struct pf_persist *p)
{
	for (size_t i = 0; i < p->fresh.count; i++) {
		if (holds(&p->old, p->fresh.all[i].uid))
			return pf_fail(&p->err, PF_ERR_CONFLICT, "pod/%s is the one from before: it proves nothing",
				       p->fresh.all[i].name);
	}
	return p->fresh.count > 0;
}

bool
pf_persist_restart(struct pf_persist *p)
{
	p->step = PF_STEP_RESTART;
	return (p->consent.by_pod ? restart_by_pod(p) : restart_by_rollout(p)) && all_are_new(p);
}
