/* A target that answers from a recording, whatever the order of the questions. */
#include <postflight/json.h>
#include <postflight/text.h>

#include "kube/recording.h"
#include "kube/target_internal.h"

struct replay {
	struct pf_arena *arena;
	struct pf_recording recording;
	struct pf_occurrences seen;
	size_t now_read, wall_read;
};

/* The asker gets a tree of its own. */
static cJSON *
copy_of(struct pf_arena *arena, const cJSON *json)
{
	cJSON *holder, *copy;

	if (json == NULL)
		return NULL;
	holder = pf_json_array(arena);
	copy = cJSON_Duplicate(json, 1);
	pf_json_push(holder, copy);
	return copy;
}

static void
replay_one(struct replay *replay, struct pf_arena *arena, const struct pf_ask *ask, struct pf_answer *answer)
{
	const char *key = pf_ask_key(arena, ask);
	unsigned occurrence = pf_occurrence_next(&replay->seen, replay->arena, key);
	const struct pf_exchange *found = pf_recording_find(&replay->recording, key, occurrence);
	const char *text, *stderr_text, *server;

	if (found == NULL || found->answer == NULL) {
		pf_fail(&answer->err, PF_ERR_NOT_RECORDED, "not in the recording: %s%s", pf_ask_shown(arena, ask),
			occurrence > 1 ? pf_printf(arena, " (asked %u times)", occurrence) : "");
		return;
	}
	text = PF_STRING_AT(found->answer, "text");
	answer->status = (int)PF_INT_AT(found->answer, 0, "status");
	answer->elapsed_ms = PF_INT_AT(found->answer, 0, "elapsedMs");
	answer->json = copy_of(arena, PF_AT(found->answer, "json"));
	answer->text = text != NULL ? pf_strdup(arena, text) : "";
	stderr_text = PF_STRING_AT(found->answer, "stderr");
	answer->stderr_text = stderr_text != NULL ? pf_strdup(arena, stderr_text) : "";
	server = PF_STRING_AT(found->answer, "server");
	answer->server = server != NULL ? pf_strdup(arena, server) : NULL;
	answer->reply = pf_recorded_reply(PF_STRING_AT(found->answer, "reply"));
	answer->exit_code = (int)PF_INT_AT(found->answer, 0, "exitCode");
	answer->cut = PF_BOOL_AT(found->answer, false, "cut");
	answer->refused = PF_BOOL_AT(found->answer, false, "refused");
	answer->ok = !pf_recorded_err(PF_AT(found->answer, "err"), &answer->err);
}

static void
replay_ask(void *self, struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
	   struct pf_deadline deadline)
{
	(void)deadline;
	for (size_t i = 0; i < count; i++)
		replay_one(self, arena, &asks[i], &answers[i]);
}

static enum pf_watch_end
replay_watch(void *self, struct pf_arena *arena, const char *path, const char *resource_version,
	     pf_watch_event *callback, void *context, struct pf_deadline deadline, struct pf_err *err)
{
	struct replay *replay = self;
	const char *key = pf_watch_key(arena, path, resource_version);
	unsigned occurrence = pf_occurrence_next(&replay->seen, replay->arena, key);
	const struct pf_exchange *found = pf_recording_find(&replay->recording, key, occurrence);
	enum pf_watch_end end = PF_WATCH_ERROR;

	(void)deadline;
	for (size_t i = 0; found != NULL && i < found->event_count; i++) {
		if (!callback(context, PF_STRING_AT(found->events[i], "type"), PF_AT(found->events[i], "object")))
			return PF_WATCH_DONE;
	}
	if (found != NULL && pf_recorded_end(PF_STRING_AT(found->end, "end"), &end) && end != PF_WATCH_DONE) {
		if (end == PF_WATCH_ERROR || end == PF_WATCH_GONE)
			pf_recorded_err(PF_AT(found->end, "err"), err);
		return end;
	}
	pf_fail(err, PF_ERR_NOT_RECORDED, "not in the recording: %sWATCH %s",
		found != NULL ? "what came after the last event of " : "", pf_one_line(arena, path, 400));
	return PF_WATCH_ERROR;
}

/* The next reading, the last one again when there are no more. */
static int64_t
reading(const struct pf_readings *readings, size_t *read, int64_t before)
{
	if (readings->count == 0)
		return before;
	if (*read < readings->count)
		(*read)++;
	return readings->ms[*read - 1];
}

static int64_t
replay_now(void *self)
{
	struct replay *replay = self;

	return reading(&replay->recording.now, &replay->now_read, 0);
}

static int64_t
replay_wall(void *self)
{
	struct replay *replay = self;

	return reading(&replay->recording.wall, &replay->wall_read, replay->recording.started_ms);
}

static const struct pf_target_ops replay_ops = {
	.ask = replay_ask, .watch = replay_watch, .now = replay_now, .wall = replay_wall};

bool
pf_target_replay(struct pf_arena *arena, const char *dir, struct pf_recording_info *info, struct pf_target **out,
		 struct pf_err *err)
{
	struct replay *replay = pf_alloc(arena, sizeof(*replay));

	replay->arena = arena;
	if (!pf_recording_load(arena, dir, &replay->recording, err))
		return false;
	*info = replay->recording.info;
	*out = pf_target_new(arena, &replay_ops, replay, replay->recording.run_id);
	return true;
}
