/* A live watch: one long answer, cut into lines as it comes; each line is an event. */
#include <string.h>

#include <postflight/buf.h>
#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/status.h"
#include "kube/target_answer.h"
#include "kube/target_internal.h"

#define LINE_CAP ((size_t)4 << 20)

/* The server ends it itself after this; whoever still waits watches again. */
#define LONGEST_S 300

struct watch {
	struct pf_live *live;
	const char *path;
	pf_watch_event *callback;
	void *context;
	struct pf_buf line; /* what came of the present line */
	bool spoke;         /* a whole line came */
	bool over;          /* END and ERR say how */
	enum pf_watch_end end;
	struct pf_err err;
};

static bool
stop(struct watch *watch, enum pf_watch_end end)
{
	watch->over = true;
	watch->end = end;
	return false;
}

/* {"type":"ERROR","object":{Status}}: 410 has an end of its own. */
static bool
error_event(struct watch *watch, struct pf_arena *arena, const cJSON *object)
{
	struct pf_refusal refusal = {"WATCH", watch->path, (int)PF_INT_AT(object, 500, "code"), "application/json",
				     object,  ""};

	pf_refusal_explain(arena, &refusal, &watch->err);
	return stop(watch, watch->err.kind == PF_ERR_GONE ? PF_WATCH_GONE : PF_WATCH_ERROR);
}

static bool
hand_over(struct watch *watch, struct pf_arena *arena, const cJSON *event)
{
	const char *type = PF_STRING_AT(event, "type");
	const cJSON *object = PF_AT(event, "object");

	if (type == NULL || !cJSON_IsObject(object)) {
		pf_fail(&watch->err, PF_ERR_PROTOCOL, "the watch of %s sent something that is no event: %s",
			pf_one_line(arena, watch->path, 200), pf_web_page_hint);
		return stop(watch, PF_WATCH_ERROR);
	}
	if (strcmp(type, "ERROR") == 0)
		return error_event(watch, arena, object);
	return watch->callback(watch->context, type, object) ? true : stop(watch, PF_WATCH_DONE);
}

/* One whole line. False: the watch is over. */
static bool
take_line(struct watch *watch, const char *bytes, size_t len)
{
	struct pf_arena *scratch;
	struct pf_err why;
	cJSON *event;
	bool more;

	while (len > 0 && (bytes[len - 1] == '\r' || bytes[len - 1] == ' '))
		len--;
	if (len == 0)
		return true;
	watch->spoke = true;
	scratch = pf_arena_new();
	event = pf_live_json(watch->live, scratch, bytes, len, &why);
	if (event != NULL) {
		more = hand_over(watch, scratch, event);
	} else {
		pf_fail(&watch->err, PF_ERR_PROTOCOL, "the watch of %s sent a line that is no JSON: %s",
			pf_one_line(scratch, watch->path, 200), pf_web_page_hint);
		more = stop(watch, PF_WATCH_ERROR);
	}
	pf_arena_free(scratch);
	return more;
}

static bool
too_long(struct watch *watch)
{
	pf_fail(&watch->err, PF_ERR_PROTOCOL, "the watch of %.200s sent an event of more than %zu MiB", watch->path,
		LINE_CAP >> 20);
	return stop(watch, PF_WATCH_ERROR);
}

/* Pieces come cut anywhere. */
static bool
take_piece(void *context, const char *bytes, size_t len)
{
	struct watch *watch = context;
	const char *newline;

	while ((newline = len > 0 ? memchr(bytes, '\n', len) : NULL) != NULL) {
		size_t part = (size_t)(newline - bytes);
		bool more;
		if (!pf_buf_add(&watch->line, bytes, part))
			return too_long(watch);
		more = take_line(watch, pf_buf_text(&watch->line), watch->line.len);
		pf_buf_free(&watch->line);
		if (!more)
			return false;
		bytes = newline + 1;
		len -= part + 1;
	}
	return pf_buf_add(&watch->line, bytes, len) ? true : too_long(watch);
}

static const char *
watch_path(struct pf_arena *arena, const char *path, const char *resource_version, struct pf_deadline deadline)
{
	int left_s = pf_deadline_left(deadline) / 1000 + 1;
	bool versioned = resource_version != NULL && *resource_version != '\0';

	return pf_printf(arena, "%s%cwatch=1&allowWatchBookmarks=true&timeoutSeconds=%d%s%s", path,
			 strchr(path, '?') != NULL ? '&' : '?', left_s < LONGEST_S ? left_s : LONGEST_S,
			 versioned ? "&resourceVersion=" : "", versioned ? pf_url_encode(arena, resource_version) : "");
}

/*
 * What came after the last line's end: an event without one, half of an event that a stopping server cut off, or an
 * answer that was no watch at all.
 */
static enum pf_watch_end
take_rest(struct watch *watch)
{
	struct pf_arena *scratch = pf_arena_new();
	struct pf_err why;
	bool whole = watch->line.len > 0 && pf_json_parse(scratch, watch->line.p, watch->line.len, &why) != NULL;

	pf_arena_free(scratch);
	if (watch->line.len > 0 && (whole || !watch->spoke) && !take_line(watch, watch->line.p, watch->line.len))
		return watch->end;
	return PF_WATCH_ENDED;
}

/* How it ended when no event said so. */
static enum pf_watch_end
end_of(struct watch *watch, struct pf_arena *arena, struct pf_http_response *response)
{
	struct pf_ask ask = {.method = "WATCH", .path = watch->path};
	struct pf_answer answer = {0};

	if (!response->ok && response->err.kind == PF_ERR_TIMEOUT && response->status == 200) {
		pf_fail(&watch->err, PF_ERR_TIMEOUT, "nothing more came from the watch of %s before the time was up",
			pf_one_line(arena, watch->path, 200));
		return PF_WATCH_ERROR;
	}
	if (!response->ok) {
		pf_fail(&watch->err, response->err.kind, "%s",
			pf_redact_text(watch->live->redactor, arena, response->err.text));
		return PF_WATCH_ERROR;
	}
	if (response->status == 200)
		return take_rest(watch);
	pf_live_answer(watch->live, arena, &ask, response, &answer);
	if (answer.ok)
		return PF_WATCH_ENDED; /* 204 */
	watch->err = answer.err;
	return answer.err.kind == PF_ERR_GONE ? PF_WATCH_GONE : PF_WATCH_ERROR;
}

enum pf_watch_end
pf_live_watch(void *self, struct pf_arena *arena, const char *path, const char *resource_version,
	      pf_watch_event *callback, void *context, struct pf_deadline deadline, struct pf_err *err)
{
	static const struct pf_http_header accept = {"Accept", "application/json"};
	struct pf_live *live = self;
	struct pf_arena *scratch = pf_arena_new();
	struct watch watch = {live, path, callback, context, PF_BUF(LINE_CAP), false, false, PF_WATCH_ENDED, {0}};
	struct pf_http_request request = {
		.method = "GET",
		.path = watch_path(scratch, path, resource_version, deadline),
		.headers = &accept,
		.header_count = 1,
		.cap = SIZE_MAX,
		.sink = take_piece,
		.sink_context = &watch,
	};
	struct pf_http_response response = {0};

	(void)arena;
	live->perform(live->context, scratch, &request, &response, 1, deadline);
	if (!watch.over)
		watch.end = end_of(&watch, scratch, &response);
	pf_buf_free(&watch.line);
	pf_arena_free(scratch);
	if (watch.end == PF_WATCH_ERROR || watch.end == PF_WATCH_GONE)
		*err = watch.err;
	return watch.end;
}
