#include "probe/log_runs.h"

#include <inttypes.h>

#include <postflight/clock.h>
#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#define FRESH_MS 30000 /* a JVM on a busy machine says its first word after some seconds */

static const cJSON *
status_of(const struct pf_pod *pod, const char *container)
{
	const cJSON *status;

	cJSON_ArrayForEach(status, PF_AT(pod->object, "status", "containerStatuses"))
	{
		if (pf_streq(PF_STRING_AT(status, "name"), container))
			return status;
	}
	return NULL;
}

const char *
pf_log_run_path(struct pf_session *session, const struct pf_log_run *run, const char *container, int64_t lines,
		int64_t bytes)
{
	struct pf_arena *arena = pf_session_arena(session);

	return pf_printf(
		arena, "/api/v1/namespaces/%s/pods/%s/log?container=%s&tailLines=%" PRId64 "&limitBytes=%" PRId64 "%s",
		pf_url_encode(arena, pf_session_namespace(session)), pf_url_encode(arena, run->pod->name),
		pf_url_encode(arena, container), lines, bytes, run->previous ? "&previous=true" : "");
}

/* The state is that of another container when several trouble the pod. */
static bool
loops(const struct pf_pod *pod, const char *container, const cJSON *status)
{
	if (pf_streq(pod->container, container))
		return pod->state == PF_POD_CRASH || pod->state == PF_POD_OOM || pod->state == PF_POD_COMPLETED;
	return PF_AT(status, "state", "running") == NULL || !PF_BOOL_AT(status, false, "ready");
}

static bool
is_fresh(struct pf_session *session, const cJSON *running)
{
	int64_t started_ms = 0;

	return pf_time_parse(PF_STRING_AT(running, "startedAt") != NULL ? PF_STRING_AT(running, "startedAt") : "",
			     &started_ms) &&
	       pf_session_now(session) - started_ms < FRESH_MS;
}

/* A container that could not be started has ended too, without a process that could have said anything. */
static const cJSON *
end_of_a_run(const cJSON *ended)
{
	const char *reason = PF_STRING_AT(ended, "reason");

	return reason != NULL && pf_word_in("StartError ContainerCannotRun", reason) ? NULL : ended;
}

static void
add_pod(struct pf_session *session, const struct pf_pod *pod, const char *container, struct pf_log_runs *out)
{
	const cJSON *status = status_of(pod, container);
	const cJSON *running = PF_AT(status, "state", "running");
	const cJSON *terminated = end_of_a_run(PF_AT(status, "state", "terminated"));
	const cJSON *last = end_of_a_run(PF_AT(status, "lastState", "terminated"));
	struct pf_log_run run = {.pod = pod};
	const char *why = PF_STRING_AT(status, "state", "waiting", "message");

	out->pods++;
	if (running == NULL && terminated == NULL && last == NULL) {
		if (pod->state == PF_POD_CREATE_ERROR || (why == NULL && pod->message[0] != '\0'))
			why = pod->message;
		if (why == NULL)
			why = PF_STRING_AT(status, "state", "waiting", "reason");
		out->none = why != NULL ? why : "";
		return;
	}
	/* Waiting between two runs: the last one is then what either question is answered with. */
	if (running != NULL || terminated != NULL) {
		run.fresh = running != NULL && is_fresh(session, running);
		out->list[out->count++] = run;
	}
	/* What ended just now is the last completed run itself. */
	if (last != NULL && terminated == NULL) {
		run.previous = true;
		run.fresh = false;
		run.history = running != NULL && !loops(pod, container, status);
		out->list[out->count++] = run;
	}
}

struct pf_log_runs
pf_log_runs_of(struct pf_session *session, const struct pf_workload *workload, const char *container, int64_t lines,
	       int64_t bytes)
{
	struct pf_log_runs out = {.none = ""};

	if (workload->pod != NULL)
		add_pod(session, workload->pod, container, &out);
	for (size_t i = 0; i < workload->pod_count && out.pods < PF_LOG_PODS_MAX; i++) {
		const struct pf_pod *pod = &workload->pods[i];
		if (pod != workload->pod && pf_workload_is_newest(workload, pod) && !pod->deleting)
			add_pod(session, pod, container, &out);
	}
	for (size_t i = 0; i < out.count; i++)
		out.list[i].path = pf_log_run_path(session, &out.list[i], container, lines, bytes);
	return out;
}
