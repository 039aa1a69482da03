#include "probe/workload.h"

#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/labels.h"
#include "probe/pod_events.h"

const char *
pf_workload_state_name(enum pf_workload_state state)
{
	static const char *const names[PF_WORKLOAD_STATE_COUNT] = {
		[PF_WORKLOAD_ABSENT] = "absent",
		[PF_WORKLOAD_UNREADABLE] = "unreadable",
		[PF_WORKLOAD_SCALED_TO_ZERO] = "scaled-to-zero",
		[PF_WORKLOAD_PAUSED] = "paused",
		[PF_WORKLOAD_AVAILABLE] = "available",
		[PF_WORKLOAD_PROGRESSING] = "progressing",
		[PF_WORKLOAD_STUCK] = "stuck",
		[PF_WORKLOAD_UNAVAILABLE] = "unavailable",
	};
	return names[state];
}

static const cJSON *
condition(const cJSON *object, const char *type)
{
	const cJSON *node;
	cJSON_ArrayForEach(node, PF_AT(object, "status", "conditions"))
	{
		if (pf_streq(PF_STRING_AT(node, "type"), type))
			return node;
	}
	return NULL;
}

/* A number of pods; -1, which is as many as nothing has, for what is no such number. */
static int
count_of(const cJSON *node, int absent)
{
	int64_t n = pf_json_int(node, -1);
	if (node == NULL)
		return absent;
	return n >= 0 && n <= INT32_MAX ? (int)n : -1;
}

static int
status_count(const struct pf_workload *w, const char *field)
{
	return count_of(PF_AT(w->deployment, "status", field), 0);
}

static const char *
pods_path(struct pf_session *session, const struct pf_workload *w)
{
	return pf_path_list(pf_session_arena(session), PF_PODS, w->namespace_, w->selector, NULL);
}

static const char *
replicasets_path(struct pf_session *session, const struct pf_workload *w)
{
	return pf_path_list(pf_session_arena(session), PF_REPLICASETS, w->namespace_, w->selector, NULL);
}

/* Pods of another owner may carry the same labels; those of this Deployment are named after one of its ReplicaSets. */
static bool
is_ours(const struct pf_workload *w, const cJSON *pod)
{
	const cJSON *owner = cJSON_GetArrayItem(PF_AT(pod, "metadata", "ownerReferences"), 0);
	const char *name = PF_STRING_AT(owner, "name");
	size_t len = strlen(w->name);
	return pf_streq(PF_STRING_AT(owner, "kind"), "ReplicaSet") && name != NULL &&
	       strncmp(name, w->name, len) == 0 && name[len] == '-' && strchr(name + len + 1, '-') == NULL;
}

/* For good: its ReplicaSet makes another one, and nothing is asked of this one any more. */
static bool
has_ended(const struct pf_pod *pod)
{
	return !pod->deleting && (pod->state == PF_POD_EVICTED || pod->state == PF_POD_FAILED);
}

static void
read_pods(struct pf_session *session, struct pf_workload *w)
{
	struct pf_listing list = pf_look_list(session, pods_path(session, w));
	const cJSON *item;
	w->pods_asked = true;
	if (!list.ok) {
		w->pods_err = list.err;
		return;
	}
	w->pods_version = list.resource_version;
	size_t most = (size_t)cJSON_GetArraySize(list.items) + 1;
	struct pf_pod *pods = pf_alloc_array(pf_session_arena(session), most, sizeof(*pods));
	struct pf_pod *ended = pf_alloc_array(pf_session_arena(session), most, sizeof(*ended));
	cJSON_ArrayForEach(item, list.items)
	{
		if (!is_ours(w, item))
			continue;
		struct pf_pod pod = pf_pod_read(item, pf_session_now(session));
		if (has_ended(&pod))
			ended[w->ended_count++] = pod;
		else
			pods[w->pod_count++] = pod;
	}
	w->pods = pods;
	w->ended = ended;
}

/* True when the controller has brought everything to the newest revision. */
static bool
rolled_out(const struct pf_workload *w)
{
	int replicas = status_count(w, "replicas"), updated = status_count(w, "updatedReplicas");
	return PF_INT_AT(w->deployment, 0, "status", "observedGeneration") >=
		       PF_INT_AT(w->deployment, 1, "metadata", "generation") &&
	       w->desired >= 0 && replicas == updated && updated == w->desired &&
	       status_count(w, "availableReplicas") == w->desired && status_count(w, "unavailableReplicas") == 0;
}

static const cJSON *
newest_replicaset(struct pf_session *session, const struct pf_workload *w, bool *readable)
{
	struct pf_listing list = pf_look_list(session, replicasets_path(session, w));
	const char *uid = PF_STRING_AT(w->deployment, "metadata", "uid");
	const char *revision =
		PF_STRING_AT(w->deployment, "metadata", "annotations", "deployment.kubernetes.io/revision");
	const cJSON *item;
	*readable = list.ok;
	cJSON_ArrayForEach(item, list.items)
	{
		const cJSON *owner = cJSON_GetArrayItem(PF_AT(item, "metadata", "ownerReferences"), 0);
		if (pf_streq(PF_STRING_AT(owner, "uid"), uid) &&
		    pf_streq(PF_STRING_AT(item, "metadata", "annotations", "deployment.kubernetes.io/revision"),
			     revision))
			return item;
	}
	return NULL;
}

/* The pod that was made last, of those with HASH where one is given. */
static const struct pf_pod *
latest_of(const struct pf_pod *pods, size_t count, const char *hash)
{
	const struct pf_pod *latest = NULL;
	for (size_t i = 0; i < count; i++) {
		if ((hash == NULL || pf_streq(pods[i].hash, hash)) &&
		    (latest == NULL || pods[i].created_ms > latest->created_ms))
			latest = &pods[i];
	}
	return latest;
}

static void
find_newest(struct pf_session *session, struct pf_workload *w, const cJSON **replicaset)
{
	bool readable = false;
	*replicaset = NULL;
	if (rolled_out(w) && w->pod_count > 0) {
		w->newest_hash = w->pods[0].hash;
		for (size_t i = 0; i < w->pod_count; i++) {
			if (!w->pods[i].deleting)
				w->newest_hash = w->pods[i].hash;
		}
		return;
	}
	*replicaset = newest_replicaset(session, w, &readable);
	if (*replicaset != NULL) {
		w->newest_hash = PF_STRING_AT(*replicaset, "metadata", "labels", "pod-template-hash");
	} else if (!readable && status_count(w, "updatedReplicas") > 0) {
		/* Without the right to list ReplicaSets: the pod that was made last is of the newest revision. */
		const struct pf_pod *latest = latest_of(w->pods, w->pod_count, NULL);
		if (latest == NULL)
			latest = latest_of(w->ended, w->ended_count, NULL);
		if (latest != NULL)
			w->newest_hash = latest->hash;
	}
}

bool
pf_workload_is_newest(const struct pf_workload *workload, const struct pf_pod *pod)
{
	return pf_streq(pod->hash, workload->newest_hash);
}

/* A fault that is certain before a start, a start before being ready; of equals the one restarted most. */
static int
weight(const struct pf_pod *pod)
{
	switch (pod->state) {
	case PF_POD_TERMINATING:
	case PF_POD_EVICTED: /* these, too, are on their way out: see has_ended() */
	case PF_POD_FAILED:
		return 0;
	case PF_POD_READY:
		return 1;
	case PF_POD_STARTING:
	case PF_POD_PROVING:
		return 2;
	case PF_POD_NOT_READY:
		return 3;
	default:
		return 4;
	}
}

static void
choose_pods(struct pf_workload *w)
{
	for (size_t i = 0; i < w->pod_count; i++) {
		const struct pf_pod *pod = &w->pods[i];
		bool newest = pf_workload_is_newest(w, pod);
		if (newest && (w->pod == NULL || weight(pod) > weight(w->pod) ||
			       (weight(pod) == weight(w->pod) && pod->restarts > w->pod->restarts)))
			w->pod = pod;
		if (pod->ready && !pod->deleting && (w->serving == NULL || newest))
			w->serving = pod;
	}
	if (w->pod == NULL && w->newest_hash != NULL)
		w->pod = latest_of(w->ended, w->ended_count, w->newest_hash);
	if (w->pod != NULL && w->pod->state == PF_POD_EVICTED)
		w->evicted = w->pod;
}

/* Why no pod could be made: in the words of the condition on the Deployment, or on the ReplicaSet. */
static bool
read_refusal(struct pf_workload *w, const cJSON *replicaset)
{
	const cJSON *failure = condition(w->deployment, "ReplicaFailure");
	if (!pf_streq(PF_STRING_AT(failure, "status"), "True"))
		failure = condition(replicaset, "ReplicaFailure");
	if (!pf_streq(PF_STRING_AT(failure, "status"), "True") ||
	    pf_streq(PF_STRING_AT(failure, "reason"), "FailedDelete"))
		return false;
	const char *message = PF_STRING_AT(failure, "message");
	w->message = message != NULL ? message : "";
	w->reason = strstr(w->message, "exceeded quota") != NULL || strstr(w->message, "failed quota") != NULL
			    ? "quota"
			    : "admission";
	return true;
}

static bool
generation_seen(const struct pf_workload *w)
{
	return PF_INT_AT(w->deployment, 0, "status", "observedGeneration") >=
	       PF_INT_AT(w->deployment, 1, "metadata", "generation");
}

static bool
deadline_exceeded(const struct pf_workload *w)
{
	return pf_streq(PF_STRING_AT(condition(w->deployment, "Progressing"), "reason"), "ProgressDeadlineExceeded");
}

/* A crash may be one that only waits for another Deployment; settle.c decides how long that is believed. */
static bool
crashes(const struct pf_pod *pod)
{
	return pod->state == PF_POD_CRASH || pod->state == PF_POD_OOM || pod->state == PF_POD_COMPLETED;
}

/* A pod that was waited for and had the time that a start takes on a busy machine. */
static bool
waited_in_vain(struct pf_session *session, const struct pf_workload *w)
{
	return pf_session_lost_patience(session) && w->pod != NULL && w->pod->running && !w->pod->ready &&
	       !w->pod->init && pf_session_now(session) - w->pod->running_since_ms >= PF_POD_START_MS / 2;
}

/*
 * A pod that was evicted because it passed a limit of its own has a successor to which the same happens, unless that
 * comes up first. One that had to go because the node was short of something may be luckier.
 */
static void
expect_eviction(struct pf_workload *w)
{
	const struct pf_pod *before = latest_of(w->ended, w->ended_count, w->newest_hash);
	if (before == NULL || before == w->pod || before->state != PF_POD_EVICTED ||
	    !pf_word_in("starting not-ready", w->reason) || !pf_pod_passed_its_limit(before))
		return;
	w->reason = pf_pod_state_name(PF_POD_EVICTED);
	w->message = before->message;
	w->evicted = before;
}

/*
 * Paused, and changed since: what is wrong with the pods says nothing of the template that waits. Whether that has the
 * same fault, nobody can see before the rollout goes on.
 */
static bool
is_outdated(const struct pf_workload *w, const cJSON *replicaset)
{
	const cJSON *waits = PF_AT(w->deployment, "spec", "template", "spec");
	const cJSON *runs = PF_AT(replicaset, "spec", "template", "spec");
	return w->paused && generation_seen(w) && waits != NULL && runs != NULL && !cJSON_Compare(waits, runs, true);
}

static void
judge(struct pf_session *session, struct pf_workload *w)
{
	const cJSON *replicaset = NULL;
	w->reason = "none";
	w->message = "";
	if (w->desired == 0) {
		w->state = PF_WORKLOAD_SCALED_TO_ZERO;
		return;
	}
	read_pods(session, w);
	find_newest(session, w, &replicaset);
	choose_pods(w);

	bool refused = !rolled_out(w) && read_refusal(w, replicaset);
	if (!refused && w->pod != NULL) {
		w->reason = pf_pod_state_name(w->pod->state);
		w->message = w->pod->message;
		pf_pod_events_refine(session, w);
		expect_eviction(w);
	}
	if (!refused && !pf_word_in("none starting proving terminating", w->reason) && is_outdated(w, replicaset))
		w->reason = "outdated";
	bool made_none = w->pod_count == 0 && w->ended_count == 0;
	bool proving = pf_streq(w->reason, pf_pod_state_name(PF_POD_PROVING));
	bool faulty = refused || (!proving && !pf_word_in("none starting terminating", w->reason));
	if (rolled_out(w) && !faulty && !proving) {
		w->state = PF_WORKLOAD_AVAILABLE;
		w->reason = "none";
	} else if (w->paused && made_none && !generation_seen(w)) {
		w->state = PF_WORKLOAD_PROGRESSING;
	} else if (w->paused && made_none) {
		w->state = PF_WORKLOAD_PAUSED;
	} else if (w->paused && w->available == w->desired && w->serving != NULL && !faulty) {
		w->state = PF_WORKLOAD_AVAILABLE; /* what runs is what was let through */
	} else if (!generation_seen(w)) {
		w->state = PF_WORKLOAD_PROGRESSING;
		w->reason = "starting";
	} else if (faulty || deadline_exceeded(w)) {
		w->state = w->serving != NULL && !pf_workload_is_newest(w, w->serving) ? PF_WORKLOAD_STUCK
										       : PF_WORKLOAD_UNAVAILABLE;
		if (pf_streq(w->reason, "none"))
			w->reason = w->pod != NULL ? "starting" : "no-pods";
	} else if (waited_in_vain(session, w)) {
		w->state = w->serving != NULL ? PF_WORKLOAD_STUCK : PF_WORKLOAD_UNAVAILABLE;
		w->reason = pf_pod_state_name(PF_POD_NOT_READY);
	} else {
		w->state = PF_WORKLOAD_PROGRESSING;
		if (w->pod == NULL)
			w->reason = "no-pods";
		else if (pf_streq(w->reason, "none"))
			w->reason = "starting";
	}
}

static struct pf_workload *
find_or_add(struct pf_session *session, const char *namespace_, const char *name, bool *known)
{
	struct pf_workload **list = pf_session_workloads(session), *w;
	for (w = *list; w != NULL; w = w->next) {
		if (pf_streq(w->name, name) && pf_streq(w->namespace_, namespace_)) {
			*known = true;
			return w;
		}
	}
	w = pf_alloc(pf_session_arena(session), sizeof(*w));
	w->name = pf_strdup(pf_session_arena(session), name);
	w->namespace_ = pf_strdup(pf_session_arena(session), namespace_);
	w->reason = "none";
	w->message = "";
	w->next = *list;
	*list = w;
	*known = false;
	return w;
}

static bool
read_deployment(struct pf_session *session, struct pf_workload *w)
{
	const struct pf_answer *answer = pf_look_at(session, PF_DEPLOYMENTS, w->namespace_, w->name);
	if (!answer->ok) {
		w->state = answer->err.kind == PF_ERR_NOT_FOUND ? PF_WORKLOAD_ABSENT : PF_WORKLOAD_UNREADABLE;
		w->err = &answer->err;
		return false;
	}
	w->deployment = answer->json;
	w->desired = count_of(PF_AT(w->deployment, "spec", "replicas"), 1);
	w->available = status_count(w, "availableReplicas");
	w->paused = PF_BOOL_AT(w->deployment, false, "spec", "paused");
	w->selector = pf_selector_text(pf_session_arena(session), PF_AT(w->deployment, "spec", "selector"));
	return true;
}

const struct pf_workload *
pf_workload(struct pf_session *session, const char *namespace_, const char *name)
{
	bool known = false;
	struct pf_workload *w = find_or_add(session, namespace_, name, &known);
	if (!known && read_deployment(session, w))
		judge(session, w);
	return w;
}

void
pf_workload_foresee(struct pf_session *session, const char *name)
{
	struct pf_workload probe = {.name = name, .namespace_ = pf_session_namespace(session)};
	if (read_deployment(session, &probe) && probe.desired > 0) {
		pf_foresee(session, pods_path(session, &probe));
		if (!rolled_out(&probe))
			pf_foresee(session, replicasets_path(session, &probe));
	}
}

/* Whether W's latest run began when every other Deployment that was looked at already served. */
static bool
crashed_on_its_own(struct pf_session *session, const struct pf_workload *w)
{
	const struct pf_workload *other;
	for (other = *pf_session_workloads(session); other != NULL; other = other->next) {
		int64_t ready_ms = 0;
		if (other == w || other->deployment == NULL || other->state == PF_WORKLOAD_SCALED_TO_ZERO)
			continue;
		if (other->state == PF_WORKLOAD_PROGRESSING)
			return false;
		const cJSON *available = condition(other->deployment, "Available");
		if (pf_streq(PF_STRING_AT(available, "status"), "True"))
			(void)pf_time_parse(PF_STRING_AT(available, "lastTransitionTime"), &ready_ms);
		if (w->pod->end_started_ms <= ready_ms + PF_POD_PROVEN_MS)
			return false;
	}
	return true;
}

bool
pf_workload_unsettled(struct pf_session *session, const struct pf_workload *w)
{
	int64_t now = pf_session_now(session);
	if (w->state == PF_WORKLOAD_PROGRESSING)
		return true;
	if (w->state != PF_WORKLOAD_UNAVAILABLE && w->state != PF_WORKLOAD_STUCK)
		return false;
	if (deadline_exceeded(w) || w->pod == NULL)
		return false;
	if (pf_word_in("quota admission liveness not-ready config-reference", w->reason))
		return false;
	if (w->pod->state == PF_POD_EVICTED || w->pod->state == PF_POD_FAILED)
		return true; /* another pod is about to be made */
	if (crashes(w->pod))
		return !pf_pod_doomed(w->pod, now) && !crashed_on_its_own(session, w);
	return !pf_pod_doomed(w->pod, now);
}
