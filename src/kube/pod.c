#include "kube/pod.h"

#include <string.h>

#include <postflight/clock.h>
#include <postflight/json.h>
#include <postflight/str.h>

const char *
pf_pod_state_name(enum pf_pod_state state)
{
	static const char *const names[PF_POD_STATE_COUNT] = {
		[PF_POD_READY] = "none",
		[PF_POD_STARTING] = "starting",
		[PF_POD_PROVING] = "proving",
		[PF_POD_NOT_READY] = "not-ready",
		[PF_POD_CRASH] = "crash",
		[PF_POD_OOM] = "oom",
		[PF_POD_COMPLETED] = "completed",
		[PF_POD_IMAGE] = "image",
		[PF_POD_CONFIG_REFERENCE] = "config-reference",
		[PF_POD_RUN_AS_NON_ROOT] = "run-as-non-root",
		[PF_POD_CREATE_ERROR] = "create-error",
		[PF_POD_UNSCHEDULABLE] = "unschedulable",
		[PF_POD_EVICTED] = "evicted",
		[PF_POD_FAILED] = "pod-failed",
		[PF_POD_TERMINATING] = "terminating",
	};
	return names[state];
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static int64_t
time_at(const char *text)
{
	int64_t ms = 0;
	if (text != NULL)
		(void)pf_time_parse(text, &ms);
	return ms;
}

static const cJSON *
condition(const cJSON *pod, const char *type)
{
	const cJSON *node;
	cJSON_ArrayForEach(node, PF_AT(pod, "status", "conditions"))
	{
		if (pf_streq(PF_STRING_AT(node, "type"), type))
			return node;
	}
	return NULL;
}

/* The waiting reasons of the kubelet, by what has to be changed. */
static const struct {
	const char *reason;
	enum pf_pod_state state;
} waiting_reasons[] = {
	{"ErrImagePull", PF_POD_IMAGE},
	{"ImagePullBackOff", PF_POD_IMAGE},
	{"ErrImageNeverPull", PF_POD_IMAGE},
	{"InvalidImageName", PF_POD_IMAGE},
	{"ImageInspectError", PF_POD_IMAGE},
	{"RegistryUnavailable", PF_POD_IMAGE},
	{"SignatureValidationFailed", PF_POD_IMAGE},
	{"CreateContainerConfigError", PF_POD_CONFIG_REFERENCE},
	{"CreateContainerError", PF_POD_CREATE_ERROR},
	{"RunContainerError", PF_POD_CREATE_ERROR},
	{"StartError", PF_POD_CREATE_ERROR},
	{"CrashLoopBackOff", PF_POD_CRASH},
};

static bool
holds_any(const char *text, const char *const *parts)
{
	for (; *parts != NULL; parts++) {
		if (strstr(text, *parts) != NULL)
			return true;
	}
	return false;
}

/* One waiting reason covers several troubles of a container that is not created yet: only the text tells them apart. */
static enum pf_pod_state
by_text(enum pf_pod_state state, const char *message)
{
	static const char *const passing[] = {"failed to sync", "context deadline exceeded", NULL};
	static const char *const user[] = {"runAsNonRoot", "run as root", "non-root", "non-numeric user", NULL};
	static const char *const absent[] = {"not found", "couldn't find key", NULL};
	if (state != PF_POD_CONFIG_REFERENCE && state != PF_POD_CREATE_ERROR)
		return state;
	if (holds_any(message, passing))
		return PF_POD_STARTING; /* the kubelet tries again, and mostly succeeds */
	if (state == PF_POD_CREATE_ERROR)
		return state;
	if (holds_any(message, user))
		return PF_POD_RUN_AS_NON_ROOT;
	return holds_any(message, absent) ? PF_POD_CONFIG_REFERENCE : PF_POD_CREATE_ERROR;
}

static bool
waiting_state(const char *reason, const char *message, enum pf_pod_state *out)
{
	for (size_t i = 0; i < sizeof(waiting_reasons) / sizeof(waiting_reasons[0]); i++) {
		if (pf_streq(reason, waiting_reasons[i].reason)) {
			*out = by_text(waiting_reasons[i].state, message);
			return true;
		}
	}
	return false;
}

static void
read_end(struct pf_pod *out, const cJSON *terminated)
{
	out->ended = true;
	out->exit_code = (int)PF_INT_AT(terminated, 0, "exitCode");
	out->end_reason = or_empty(PF_STRING_AT(terminated, "reason"));
	out->end_started_ms = time_at(PF_STRING_AT(terminated, "startedAt"));
	out->end_finished_ms = time_at(PF_STRING_AT(terminated, "finishedAt"));
}

static enum pf_pod_state
ended_state(const struct pf_pod *pod)
{
	if (pf_streq(pod->end_reason, "OOMKilled"))
		return PF_POD_OOM;
	if (pf_streq(pod->end_reason, "StartError") || pf_streq(pod->end_reason, "ContainerCannotRun"))
		return PF_POD_CREATE_ERROR;
	return pod->exit_code == 0 ? PF_POD_COMPLETED : PF_POD_CRASH;
}

/*
 * Whether the present run has outlived the one that ended, so that being alive means something. A run that ended within
 * the time of a start may end at the same place again; the stamps are whole seconds. One that had lived longer was up:
 * the same end is then as far away as it was. One that is not even ready may come to that place much later: the machine
 * may be busier by now.
 */
static bool
proven(const struct pf_pod *pod, bool ready, int64_t now_ms)
{
	int64_t alive = now_ms - pod->running_since_ms;
	int64_t before = pod->end_finished_ms - pod->end_started_ms;
	int64_t again = ready ? before + before / 4 + 2000 : 2 * before + 5000;
	return pod->running_since_ms == 0 || alive > (before > PF_POD_START_MS ? PF_POD_PROVEN_MS : again);
}

/* The state of one container; fills the members of OUT that are about it. */
static enum pf_pod_state
read_container(struct pf_pod *out, const cJSON *status, int64_t now_ms)
{
	const cJSON *waiting = PF_AT(status, "state", "waiting");
	const cJSON *running = PF_AT(status, "state", "running");
	const cJSON *terminated = PF_AT(status, "state", "terminated");
	const cJSON *last = PF_AT(status, "lastState", "terminated");
	bool ready = PF_BOOL_AT(status, false, "ready");

	out->container = or_empty(PF_STRING_AT(status, "name"));
	out->restarts = (int)PF_INT_AT(status, 0, "restartCount");
	out->running = running != NULL;
	out->running_since_ms = time_at(PF_STRING_AT(running, "startedAt"));
	out->message = or_empty(PF_STRING_AT(waiting, "message"));
	if (terminated != NULL)
		read_end(out, terminated);
	else if (last != NULL)
		read_end(out, last);

	if (waiting != NULL) {
		enum pf_pod_state state = PF_POD_STARTING;
		if (waiting_state(PF_STRING_AT(waiting, "reason"), out->message, &state)) {
			if (state == PF_POD_CRASH && out->ended)
				state = ended_state(out);
			/* The back-off says that it failed, the end why. */
			if (state == PF_POD_CREATE_ERROR && PF_STRING_AT(last, "message") != NULL)
				out->message = PF_STRING_AT(last, "message");
			return state;
		}
		return out->ended && out->restarts > 0 ? ended_state(out) : PF_POD_STARTING;
	}
	if (terminated != NULL) {
		out->message = or_empty(PF_STRING_AT(terminated, "message"));
		return ended_state(out);
	}
	if (running == NULL)
		return PF_POD_STARTING;
	if (ready && !out->init)
		return out->ended && !proven(out, true, now_ms) ? PF_POD_PROVING : PF_POD_READY;
	/* Running again after a crash and not ready yet: still the loop, unless it has outlived the run that crashed.
	 */
	if (out->ended && !proven(out, false, now_ms) && now_ms - out->running_since_ms < PF_POD_START_MS)
		return ended_state(out);
	/* The work of an init container may take any time. */
	return !out->init && out->running_since_ms != 0 && now_ms - out->running_since_ms >= PF_POD_START_MS
		       ? PF_POD_NOT_READY
		       : PF_POD_STARTING;
}

/* Of several containers the report is about the one that says most: any definite fault before a start. */
static int
rank(enum pf_pod_state state)
{
	switch (state) {
	case PF_POD_READY:
		return 0;
	case PF_POD_STARTING:
	case PF_POD_PROVING:
		return 1;
	case PF_POD_NOT_READY:
		return 2;
	default:
		return 3;
	}
}

static bool
has_readiness_probe(const cJSON *pod, const char *name)
{
	const cJSON *container;
	cJSON_ArrayForEach(container, PF_AT(pod, "spec", "containers"))
	{
		if (pf_streq(PF_STRING_AT(container, "name"), name))
			return PF_AT(container, "readinessProbe") != NULL;
	}
	return false;
}

/* An init container that is restarted always runs beside the others for good (a sidecar). */
static bool
is_sidecar(const cJSON *pod, const char *name)
{
	const cJSON *container;
	cJSON_ArrayForEach(container, PF_AT(pod, "spec", "initContainers"))
	{
		if (pf_streq(PF_STRING_AT(container, "name"), name))
			return pf_streq(PF_STRING_AT(container, "restartPolicy"), "Always");
	}
	return false;
}

static void
read_containers(struct pf_pod *out, const char *list, int64_t now_ms)
{
	bool of_init = pf_streq(list, "initContainerStatuses");
	const cJSON *status;
	cJSON_ArrayForEach(status, PF_AT(out->object, "status", list))
	{
		struct pf_pod one = *out;
		bool sidecar = of_init && is_sidecar(out->object, PF_STRING_AT(status, "name"));
		/* An init container that has done its work is no concern, nor a sidecar that is ready. */
		if (of_init && (PF_BOOL_AT(status, false, "ready") ||
				(!sidecar && PF_INT_AT(status, -1, "state", "terminated", "exitCode") == 0)))
			continue;
		one.ended = false;
		one.init = of_init && !sidecar;
		one.state = read_container(&one, status, now_ms);
		if (out->container[0] == '\0' || rank(one.state) > rank(out->state))
			*out = one;
	}
}

struct pf_pod
pf_pod_read(const cJSON *pod, int64_t now_ms)
{
	const cJSON *owner = cJSON_GetArrayItem(PF_AT(pod, "metadata", "ownerReferences"), 0);
	const cJSON *scheduled = condition(pod, "PodScheduled"), *ready = condition(pod, "Ready");
	const char *phase = or_empty(PF_STRING_AT(pod, "status", "phase"));
	const char *reason = or_empty(PF_STRING_AT(pod, "status", "reason"));
	struct pf_pod out = {
		.object = pod,
		.name = or_empty(PF_STRING_AT(pod, "metadata", "name")),
		.uid = or_empty(PF_STRING_AT(pod, "metadata", "uid")),
		.ip = or_empty(PF_STRING_AT(pod, "status", "podIP")),
		.owner_uid = or_empty(PF_STRING_AT(owner, "uid")),
		.hash = or_empty(PF_STRING_AT(pod, "metadata", "labels", "pod-template-hash")),
		.created_ms = time_at(PF_STRING_AT(pod, "metadata", "creationTimestamp")),
		.deleting = PF_STRING_AT(pod, "metadata", "deletionTimestamp") != NULL,
		.state = PF_POD_STARTING,
		.container = "",
		.message = "",
		.end_reason = "",
		.ready = pf_streq(PF_STRING_AT(ready, "status"), "True"),
	};

	if (pf_streq(phase, "Failed")) {
		out.state = pf_streq(reason, "Evicted") ? PF_POD_EVICTED : PF_POD_FAILED;
		out.message = or_empty(PF_STRING_AT(pod, "status", "message"));
		return out;
	}
	if (pf_streq(PF_STRING_AT(scheduled, "status"), "False")) {
		out.state = pf_streq(PF_STRING_AT(scheduled, "reason"), "SchedulingGated") ? PF_POD_STARTING
											   : PF_POD_UNSCHEDULABLE;
		out.message = or_empty(PF_STRING_AT(scheduled, "message"));
		out.since_ms = time_at(PF_STRING_AT(scheduled, "lastTransitionTime"));
	} else {
		/* The others only wait while an init container works: then they say less than it does. */
		read_containers(&out, "initContainerStatuses", now_ms);
		read_containers(&out, "containerStatuses", now_ms);
		/* Where a probe says that it is up, the place of the last crash is behind it. */
		if (out.state == PF_POD_PROVING && has_readiness_probe(pod, out.container) && out.ready &&
		    now_ms - time_at(PF_STRING_AT(ready, "lastTransitionTime")) > PF_POD_PROVEN_MS)
			out.state = PF_POD_READY;
		/* All containers run, yet the pod is not Ready: a readiness gate, or the condition lags. */
		if (out.state == PF_POD_READY && !out.ready)
			out.state = PF_POD_STARTING;
	}
	if (out.deleting)
		out.state = PF_POD_TERMINATING;
	return out;
}

/* "Usage of EmptyDir volume … exceeds the limit", "Container … exceeded its local ephemeral storage limit". */
bool
pf_pod_passed_its_limit(const struct pf_pod *pod)
{
	return strstr(pod->message, "exceed") != NULL && strstr(pod->message, "limit") != NULL;
}

#define UNSCHEDULABLE_GRACE_MS 5000 /* a node that frees up or an old pod that goes makes room within seconds */

bool
pf_pod_doomed(const struct pf_pod *pod, int64_t now_ms)
{
	switch (pod->state) {
	case PF_POD_IMAGE:
	case PF_POD_CONFIG_REFERENCE:
	case PF_POD_RUN_AS_NON_ROOT:
	case PF_POD_CREATE_ERROR:
	case PF_POD_NOT_READY:
		return true;
	case PF_POD_UNSCHEDULABLE:
		return pod->since_ms == 0 || now_ms - pod->since_ms >= UNSCHEDULABLE_GRACE_MS;
	case PF_POD_CRASH:
	case PF_POD_OOM:
	case PF_POD_COMPLETED:
		return pod->restarts >= 3;
	default:
		return false;
	}
}
