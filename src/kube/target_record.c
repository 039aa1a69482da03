/* A target that asks another one and keeps every exchange. */
#include "kube/recording.h"
#include "kube/target_internal.h"

struct recording_target {
	struct pf_target *inner;
	struct pf_recorder *recorder;
};

static void
record_ask(void *self, struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
	   struct pf_deadline deadline)
{
	struct recording_target *target = self;

	target->inner->ops->ask(target->inner->self, arena, asks, answers, count, deadline);
	for (size_t i = 0; i < count; i++)
		pf_recorder_ask(target->recorder, &asks[i], &answers[i]);
}

/* Writes each event on its way to the asker. */
struct recorded_watch {
	struct pf_recorder *recorder;
	const char *path;
	const char *resource_version;
	unsigned occurrence;
	pf_watch_event *callback;
	void *context;
};

static bool
record_event(void *context, const char *type, const cJSON *object)
{
	struct recorded_watch *watch = context;

	pf_recorder_event(watch->recorder, watch->path, watch->resource_version, watch->occurrence, type, object);
	return watch->callback(watch->context, type, object);
}

static enum pf_watch_end
record_watch(void *self, struct pf_arena *arena, const char *path, const char *resource_version,
	     pf_watch_event *callback, void *context, struct pf_deadline deadline, struct pf_err *err)
{
	struct recording_target *target = self;
	unsigned occurrence = pf_recorder_watch(target->recorder, path, resource_version);
	struct recorded_watch watch = {target->recorder, path, resource_version, occurrence, callback, context};
	enum pf_watch_end end = target->inner->ops->watch(target->inner->self, arena, path, resource_version,
							  record_event, &watch, deadline, err);

	pf_recorder_end(target->recorder, path, resource_version, occurrence, end, err);
	return end;
}

static int64_t
record_now(void *self)
{
	struct recording_target *target = self;
	int64_t ms = target->inner->ops->now(target->inner->self);

	pf_recorder_clock(target->recorder, "now", ms);
	return ms;
}

static int64_t
record_wall(void *self)
{
	struct recording_target *target = self;
	int64_t ms = target->inner->ops->wall(target->inner->self);

	pf_recorder_clock(target->recorder, "wall", ms);
	return ms;
}

static bool
record_complete(const void *self, struct pf_err *err)
{
	return pf_recorder_complete(((const struct recording_target *)self)->recorder, err);
}

static const struct pf_target_ops record_ops = {
	.ask = record_ask, .watch = record_watch, .now = record_now, .wall = record_wall, .complete = record_complete};

bool
pf_target_record(struct pf_arena *arena, struct pf_target *live, const char *dir, const struct pf_recording_info *info,
		 struct pf_target **out, struct pf_err *err)
{
	struct recording_target *target = pf_alloc(arena, sizeof(*target));
	int64_t wall_ms = live->ops->wall(live->self);

	target->inner = live;
	if (!pf_recorder_open(arena, dir, info, live->run_id, wall_ms, &target->recorder, err))
		return false;
	*out = pf_target_new(arena, &record_ops, target, live->run_id);
	return true;
}
