#include "probe/log_runs.h"

#include <inttypes.h>

#include <postflight/clock.h>
#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#define FRESH_MS 30000 /* a JVM on a busy machine says its first word after some seconds */
#define SECOND_MS 1000
#define EDGE_MS                                                                                                        \
	(2 * SECOND_MS) /* between our clock's moment and that of the kubelet, which counts back from its own          \
			 */
#define SINCE_MAX_SECONDS                                                                                              \
	((int64_t)100 * 366 * 24 * 3600) /* the kubelet counts nanoseconds: beyond it, they overflow */

/* The API takes whole seconds; kubectl rounds up, too. */
static int64_t
since_seconds(const struct pf_session *session)
{
	int64_t ms = pf_session_since(session);
	int64_t seconds = ms / SECOND_MS + (ms % SECOND_MS != 0);

	return seconds < SINCE_MAX_SECONDS ? seconds : SINCE_MAX_SECONDS;
}

const char *
pf_log_window(struct pf_session *session)
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = {{3600, "h"}, {60, "min"}, {1, "s"}};
	int64_t seconds = since_seconds(session);
	size_t i = 0;

	if (seconds == 0)
		return NULL;
	/* As exactly as it was asked for, in units of which there are two. */
	while (units[i].seconds > 1 && (seconds % units[i].seconds != 0 || seconds < 2 * units[i].seconds))
		i++;
	return pf_printf(pf_session_arena(session), "the last %" PRId64 " %s", seconds / units[i].seconds,
			 units[i].unit);
}

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
	int64_t since = since_seconds(session);

	return pf_printf(arena,
			 "/api/v1/namespaces/%s/pods/%s/log?container=%s&tailLines=%" PRId64 "&limitBytes=%" PRId64
			 "%s%s",
			 pf_url_encode(arena, pf_session_namespace(session)), pf_url_encode(arena, run->pod->name),
			 pf_url_encode(arena, container), lines, bytes,
			 since > 0 ? pf_printf(arena, "&sinceSeconds=%" PRId64, since) : "",
			 run->previous ? "&previous=true" : "");
}

const char *
pf_log_newer_path(struct pf_session *session, const struct pf_log_run *run, const char *container)
{
	struct pf_arena *arena = pf_session_arena(session);

	/* The status tells whole seconds. */
	return pf_printf(arena, "/api/v1/namespaces/%s/pods/%s/log?container=%s&tailLines=1&limitBytes=64&sinceTime=%s",
			 pf_url_encode(arena, pf_session_namespace(session)), pf_url_encode(arena, run->pod->name),
			 pf_url_encode(arena, container),
			 pf_url_encode(arena, pf_time_format(arena, run->ended_ms + SECOND_MS, false)));
}

/* The state is that of another container when several trouble the pod. */
static bool
loops(const struct pf_pod *pod, const char *container, const cJSON *status)
{
	if (pf_streq(pod->container, container))
		return pod->state == PF_POD_CRASH || pod->state == PF_POD_OOM || pod->state == PF_POD_COMPLETED;
	return PF_AT(status, "state", "running") == NULL || !PF_BOOL_AT(status, false, "ready");
}

/* 0 when STATE does not say. */
static int64_t
moment(const cJSON *state, const char *name)
{
	const char *text = PF_STRING_AT(state, name);
	int64_t ms = 0;

	return text != NULL && pf_time_parse(text, &ms) ? ms : 0;
}

/* Notes when the run began and ended that STATE is of. */
static void
set_times(struct pf_session *session, const cJSON *state, struct pf_log_run *run)
{
	int64_t window_ms = pf_session_now(session) - since_seconds(session) * SECOND_MS;

	run->begun_ms = moment(state, "startedAt");
	run->ended_ms = moment(state, "finishedAt");
	run->cut = since_seconds(session) > 0 && run->begun_ms < window_ms + EDGE_MS;
}

static bool
is_fresh(struct pf_session *session, const struct pf_log_run *run)
{
	return run->begun_ms != 0 && pf_session_now(session) - run->begun_ms < FRESH_MS;
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
	bool in_loop = loops(pod, container, status);
	run.troubled = in_loop || !PF_BOOL_AT(status, false, "ready");
	/* Waiting between two runs: the last one is then what either question is answered with. */
	if (running != NULL || terminated != NULL) {
		set_times(session, running != NULL ? running : terminated, &run);
		run.fresh = running != NULL && is_fresh(session, &run);
		out->list[out->count++] = run;
	}
	/* What ended just now is the last completed run itself. */
	if (last != NULL && terminated == NULL) {
		set_times(session, last, &run);
		run.previous = true;
		run.fresh = false;
		run.history = running != NULL && !in_loop;
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
