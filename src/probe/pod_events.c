#include "probe/pod_events.h"

#include <string.h>

#include <postflight/clock.h>
#include <postflight/json.h>
#include <postflight/str.h>

#define MOUNT_PATIENCE_MS 5000  /* the kubelet reports a failed mount within two seconds */
#define START_PATIENCE_MS 20000 /* a process that answers its probe with an error this long has started */
#define REFUSALS_ENOUGH 3
#define LONG_RUN_MS 240000

/* Some Events have a count and lastTimestamp, some only eventTime (or a series): all are tried. */
static int64_t
event_time(const cJSON *event)
{
	const char *const times[] = {
		PF_STRING_AT(event, "series", "lastObservedTime"),
		PF_STRING_AT(event, "lastTimestamp"),
		PF_STRING_AT(event, "eventTime"),
		PF_STRING_AT(event, "metadata", "creationTimestamp"),
	};
	int64_t ms = 0;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (times[i] != NULL && pf_time_parse(times[i], &ms))
			return ms;
	}
	return 0;
}

/* The newest Event of POD with that reason whose message contains PART. */
static const cJSON *
newest_event(const struct pf_listing *events, const char *reason, const char *part)
{
	const cJSON *event, *best = NULL;
	cJSON_ArrayForEach(event, events->items)
	{
		const char *message = PF_STRING_AT(event, "message");
		if (pf_streq(PF_STRING_AT(event, "reason"), reason) && message != NULL &&
		    strstr(message, part) != NULL && (best == NULL || event_time(event) >= event_time(best)))
			best = event;
	}
	return best;
}

/*
 * A run that the liveness probe ended: the Killing event lies within it or within the grace after which it ended; or
 * within the present run, which is then about to end.
 */
static bool
killed_by_probe(const struct pf_pod *pod, const cJSON *event)
{
	int64_t at = event_time(event);
	const int64_t second = 1000; /* Events and states are stamped with whole seconds */
	if (event == NULL)
		return false;
	if (pod->running && at + second >= pod->running_since_ms)
		return true;
	return pod->ended && at + second >= pod->end_started_ms && at <= pod->end_finished_ms + second;
}

/*
 * Ready again after a kill: history once it has lived longer than the run that was killed. A run that was long was not
 * killed by a start that is too slow.
 */
static bool
overcome(const struct pf_pod *pod, int64_t now_ms, const cJSON *event)
{
	int64_t before = pod->end_finished_ms - pod->end_started_ms;
	before = before < LONG_RUN_MS ? before : LONG_RUN_MS;
	return pod->state == PF_POD_READY && event_time(event) + 1000 < pod->running_since_ms &&
	       now_ms - pod->running_since_ms > before + before / 4;
}

void
pf_pod_events_refine(struct pf_session *session, struct pf_workload *w)
{
	const struct pf_pod *pod = w->pod;
	int64_t now = pf_session_now(session);
	bool ended_by_signal = pod->ended && (pod->exit_code == 137 || pod->exit_code == 143) &&
			       !pf_streq(pod->end_reason, "OOMKilled");
	bool hangs_in_creation = pod->state == PF_POD_STARTING && !pod->running && !pod->ended &&
				 pod->created_ms != 0 && now - pod->created_ms > MOUNT_PATIENCE_MS;
	/* Running again after a crash: where its probe is answered, the place of the crash is behind it. */
	bool slow = pod->running && !pod->ready && now - pod->running_since_ms > START_PATIENCE_MS &&
		    (pod->state == PF_POD_STARTING || pod->state == PF_POD_CRASH);
	if (!ended_by_signal && !hangs_in_creation && !slow && pod->state != PF_POD_NOT_READY)
		return;

	struct pf_listing events = pf_look_list(
		session, pf_path_list(pf_session_arena(session), PF_EVENTS, w->namespace_, NULL,
				      pf_printf(pf_session_arena(session), "involvedObject.uid=%s", pod->uid)));
	if (!events.ok)
		return;

	const char *container = pod->container;
	struct pf_arena *arena = pf_session_arena(session);
	const cJSON *killing =
		newest_event(&events, "Killing", pf_printf(arena, "Container %s failed liveness probe", container));
	if (killing == NULL)
		killing = newest_event(&events, "Killing",
				       pf_printf(arena, "Container %s failed startup probe", container));
	if (ended_by_signal && killed_by_probe(pod, killing) && !overcome(pod, now, killing)) {
		w->reason = "liveness";
		w->message = PF_STRING_AT(killing, "message");
		return;
	}
	const cJSON *mount = newest_event(&events, "FailedMount", "not found");
	if (mount == NULL)
		mount = newest_event(&events, "FailedMount", "non-existent");
	if (hangs_in_creation && mount != NULL) {
		w->reason = "config-reference";
		w->message = PF_STRING_AT(mount, "message");
		return;
	}
	const cJSON *unhealthy = newest_event(&events, "Unhealthy", "probe failed");
	if ((pod->state == PF_POD_NOT_READY || (slow && pod->state == PF_POD_STARTING)) && unhealthy != NULL)
		w->message = PF_STRING_AT(unhealthy, "message");
	/* "connection refused" is what every start looks like; a status code comes from a process that listens. */
	const cJSON *answered = newest_event(&events, "Unhealthy", "probe failed with statuscode");
	if (slow && answered != NULL && event_time(answered) >= pod->running_since_ms &&
	    PF_INT_AT(answered, 1, "count") >= REFUSALS_ENOUGH) {
		w->reason = pf_pod_state_name(PF_POD_NOT_READY);
		w->message = PF_STRING_AT(answered, "message");
	}
}
