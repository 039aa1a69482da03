/* The front of every target: hands a question to the implementation and keeps account of it. */
#include <postflight/target.h>

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <postflight/json.h>
#include <postflight/text.h>

#include "kube/target_here.h"
#include "kube/target_internal.h"

#define TRACE_PATH ((size_t)400)

static void
random_id(char id[PF_RUN_ID_LEN + 1])
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		number = (uint32_t)pf_wall_ms() ^ (uint32_t)pf_monotonic_ms() << 16;
	snprintf(id, PF_RUN_ID_LEN + 1, "%08x", (unsigned)number);
}

struct pf_target *
pf_target_new(struct pf_arena *arena, const struct pf_target_ops *ops, void *self, const char *run_id)
{
	struct pf_target *target = pf_alloc(arena, sizeof(*target));

	target->ops = ops;
	target->self = self;
	target->arena = arena;
	if (run_id != NULL)
		snprintf(target->run_id, sizeof(target->run_id), "%s", run_id);
	else
		random_id(target->run_id);
	return target;
}

int64_t
pf_target_own_now(void *self)
{
	(void)self;
	return pf_monotonic_ms();
}

int64_t
pf_target_own_wall(void *self)
{
	(void)self;
	return pf_wall_ms();
}

static void
trace(struct pf_target *target, const char *line)
{
	if (target->line_count == target->line_room) {
		size_t room = target->line_room == 0 ? 64 : target->line_room * 2;
		const char **grown = pf_alloc_array(target->arena, room, sizeof(const char *));
		if (target->line_count > 0)
			memcpy((void *)grown, (const void *)target->lines, target->line_count * sizeof(const char *));
		target->lines = grown;
		target->line_room = room;
	}
	target->lines[target->line_count++] = line;
}

const char *
pf_ask_shown(struct pf_arena *arena, const struct pf_ask *ask)
{
	size_t query = strcspn(ask->path, "?");
	const char *path = pf_one_line(arena, ask->path, TRACE_PATH);

	if (ask->kind == PF_ASK_EXEC) /* what is run may be a whole script */
		return pf_printf(arena, "EXEC %s%s",
				 pf_one_line(arena, pf_strndup(arena, ask->path, query), TRACE_PATH),
				 ask->path[query] == '?' ? "?…" : "");
	if (ask->kind == PF_ASK_DIRECT)
		return pf_printf(arena, "DIRECT %s %s %s", path, ask->method,
				 pf_one_line(arena, ask->inner_path, TRACE_PATH));
	if (ask->kind == PF_ASK_FORWARD)
		return pf_printf(arena, "FORWARD %s %d %s %s", path, ask->port, ask->method,
				 pf_one_line(arena, ask->inner_path, TRACE_PATH));
	return pf_printf(arena, "%s %s", ask->method, path);
}

static const char *
outcome_of(struct pf_target *target, const struct pf_ask *ask, const struct pf_answer *answer)
{
	int number = ask->kind == PF_ASK_EXEC ? answer->exit_code : answer->status;

	if (answer->ok && pf_is_from_here(ask->kind) && PF_STRING_AT(answer->json, "outcome") != NULL)
		return pf_strdup(target->arena, PF_STRING_AT(answer->json, "outcome"));
	if (answer->ok || (ask->kind != PF_ASK_EXEC && answer->status != 0))
		return pf_printf(target->arena, "%d", number);
	return pf_err_name(answer->err.kind);
}

static bool
same_stream(const struct pf_ask *a, const struct pf_ask *b)
{
	return a->kind == PF_ASK_FORWARD && b->kind == PF_ASK_FORWARD && a->port == b->port &&
	       pf_streq(a->path, b->path);
}

/* One line for a question; what shares a stream with an earlier one of the wave stands in that one's line. */
static void
trace_ask(struct pf_target *target, const struct pf_ask *asks, const struct pf_answer *answers, size_t count, size_t i)
{
	struct pf_arena *arena = target->arena;

	for (size_t j = 0; j < i; j++) {
		if (same_stream(&asks[i], &asks[j]))
			return;
	}
	const char *line = pf_printf(arena, "%s %s %lld ms", pf_ask_shown(arena, &asks[i]),
				     outcome_of(target, &asks[i], &answers[i]), (long long)answers[i].elapsed_ms);
	for (size_t j = i + 1; j < count; j++) {
		if (same_stream(&asks[i], &asks[j]))
			line = pf_printf(arena, "%s, %s %s %s %lld ms", line, asks[j].method,
					 pf_one_line(arena, asks[j].inner_path, TRACE_PATH),
					 outcome_of(target, &asks[j], &answers[j]), (long long)answers[j].elapsed_ms);
	}
	trace(target, line);
}

void
pf_target_ask(struct pf_target *target, struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers,
	      size_t count, struct pf_deadline deadline)
{
	if (count == 0)
		return;
	memset(answers, 0, count * sizeof(*answers));
	target->ops->ask(target->self, arena, asks, answers, count, deadline);
	target->waves++;
	for (size_t i = 0; i < count; i++) {
		if (answers[i].text == NULL)
			answers[i].text = "";
		if (answers[i].stderr_text == NULL)
			answers[i].stderr_text = "";
	}
	for (size_t i = 0; i < count; i++)
		trace_ask(target, asks, answers, count, i);
}

/* Counts the events on their way to the asker. */
struct counted {
	pf_watch_event *callback;
	void *context;
	unsigned count;
};

static bool
count_event(void *context, const char *type, const cJSON *object)
{
	struct counted *counted = context;

	counted->count++;
	return counted->callback(counted->context, type, object);
}

enum pf_watch_end
pf_target_watch(struct pf_target *target, struct pf_arena *arena, const char *path, const char *resource_version,
		pf_watch_event *callback, void *context, struct pf_deadline deadline, struct pf_err *err)
{
	struct counted counted = {callback, context, 0};
	enum pf_watch_end end =
		target->ops->watch(target->self, arena, path, resource_version, count_event, &counted, deadline, err);

	target->waves++;
	trace(target,
	      pf_printf(target->arena, "WATCH %s %s after %u event%s", pf_one_line(target->arena, path, TRACE_PATH),
			end == PF_WATCH_ERROR ? pf_err_name(err->kind) : pf_watch_end_name(end), counted.count,
			counted.count == 1 ? "" : "s"));
	return end;
}

int64_t
pf_target_now(struct pf_target *target)
{
	return target->ops->now(target->self);
}

int64_t
pf_target_wall(struct pf_target *target)
{
	return target->ops->wall(target->self);
}

const char *
pf_target_run_id(struct pf_target *target)
{
	return target->run_id;
}

bool
pf_target_recording_complete(const struct pf_target *target, struct pf_err *err)
{
	return target->ops->complete == NULL || target->ops->complete(target->self, err);
}

struct pf_target_trace
pf_target_trace(const struct pf_target *target)
{
	return (struct pf_target_trace){target->waves, (unsigned)target->line_count, target->lines};
}

const char *
pf_watch_end_name(enum pf_watch_end end)
{
	static const char *const names[] = {[PF_WATCH_DONE] = "done",
					    [PF_WATCH_ENDED] = "ended",
					    [PF_WATCH_GONE] = "gone",
					    [PF_WATCH_ERROR] = "error"};

	return names[end];
}

/* ---- The target of a connection that could not be opened ---------------------------------------------------- */

static void
broken_ask(void *self, struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
	   struct pf_deadline deadline)
{
	(void)arena;
	(void)asks;
	(void)deadline;
	for (size_t i = 0; i < count; i++)
		answers[i].err = *(const struct pf_err *)self;
}

static enum pf_watch_end
broken_watch(void *self, struct pf_arena *arena, const char *path, const char *resource_version,
	     pf_watch_event *callback, void *context, struct pf_deadline deadline, struct pf_err *err)
{
	(void)arena;
	(void)path;
	(void)resource_version;
	(void)callback;
	(void)context;
	(void)deadline;
	*err = *(const struct pf_err *)self;
	return PF_WATCH_ERROR;
}

static const struct pf_target_ops broken_ops = {
	.ask = broken_ask, .watch = broken_watch, .now = pf_target_own_now, .wall = pf_target_own_wall};

struct pf_target *
pf_target_broken(struct pf_arena *arena, const struct pf_err *err)
{
	struct pf_err *copy = pf_alloc(arena, sizeof(*copy));

	/* A kubeconfig's sentence may quote a URL with its user. */
	pf_fail(copy, err->kind, "%s", pf_redact_text(pf_redactor_new(arena), arena, err->text));
	return pf_target_new(arena, &broken_ops, copy, NULL);
}
