/* Writing a recording: each exchange is a line, written when it happened. */
#include "kube/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <postflight/buf.h>
#include <postflight/file.h>
#include <postflight/json.h>
#include <postflight/redact.h>

#include "kube/target_internal.h"

#define LINE_CAP ((size_t)1 << 30)

struct pf_occurrence {
	const char *key;
	unsigned count;
	struct pf_occurrence *next;
};

struct pf_recorder {
	struct pf_arena *arena;
	const char *path;
	int fd; /* -1 after a failure */
	struct pf_err err;
	struct pf_occurrences seen;
};

unsigned
pf_occurrence_next(struct pf_occurrences *seen, struct pf_arena *arena, const char *key)
{
	struct pf_occurrence *entry = seen->first;

	while (entry != NULL && strcmp(entry->key, key) != 0)
		entry = entry->next;
	if (entry == NULL) {
		entry = pf_alloc(arena, sizeof(*entry));
		entry->key = pf_strdup(arena, key);
		entry->next = seen->first;
		seen->first = entry;
	}
	return ++entry->count;
}

/* A redactor of its own, so that the same text gives the same in every run. NULL stays. */
static const char *
scanned(struct pf_arena *arena, const char *text)
{
	return text != NULL ? pf_redact_text(pf_redactor_new(arena), arena, text) : NULL;
}

const char *
pf_ask_kind_name(enum pf_ask_kind kind)
{
	static const char *const names[PF_ASK_KIND_COUNT] = {[PF_ASK_EXEC] = "exec",
							     [PF_ASK_FORWARD] = "forward",
							     [PF_ASK_RESOLVE] = "resolve",
							     [PF_ASK_DIAL] = "dial",
							     [PF_ASK_DIRECT] = "direct"};

	return names[kind];
}

bool
pf_asks_process(enum pf_ask_kind kind)
{
	return kind == PF_ASK_FORWARD || kind == PF_ASK_DIRECT;
}

const char *
pf_reply_name(enum pf_reply reply)
{
	static const char *const names[PF_REPLY_COUNT] = {[PF_REPLY_HTTP] = "http",
							  [PF_REPLY_TLS] = "tls",
							  [PF_REPLY_GARBLED] = "garbled",
							  [PF_REPLY_SILENT] = "silent"};

	return names[reply];
}

const char *
pf_written_key(struct pf_arena *arena, const struct pf_ask *ask)
{
	const char *body = ask->body != NULL ? ask->body : "";

	if (ask->kind == PF_ASK_API)
		return pf_printf(arena, "%s %s\n%s", ask->method, ask->path, body);
	if (ask->kind == PF_ASK_EXEC)
		return pf_printf(arena, "exec %s", ask->path);
	if (!pf_asks_process(ask->kind))
		return pf_printf(arena, "%s %s\n%s", pf_ask_kind_name(ask->kind), ask->path, body);
	return pf_printf(arena, "%s %s %d %s %s\n%s\n%s\n%s", pf_ask_kind_name(ask->kind), ask->path, ask->port,
			 ask->method, ask->inner_path, ask->content_type != NULL ? ask->content_type : "",
			 ask->headers != NULL ? ask->headers : "", body);
}

const char *
pf_ask_key(struct pf_arena *arena, const struct pf_ask *ask)
{
	struct pf_ask written = *ask;

	written.body = scanned(arena, ask->body);
	written.headers = scanned(arena, ask->headers);
	return pf_written_key(arena, &written);
}

const char *
pf_watch_key(struct pf_arena *arena, const char *path, const char *resource_version)
{
	return pf_printf(arena, "WATCH %s\n%s", path, resource_version != NULL ? resource_version : "");
}

static void
close_recorder(void *object)
{
	struct pf_recorder *recorder = object;

	pf_close_fd(&recorder->fd);
}

/* The server's URL loses its user; names and warnings what looks secret in them. */
static const char *
meta_text(struct pf_arena *scratch, const struct pf_recording_info *info, const char *run_id, int64_t wall_ms)
{
	struct pf_redactor *redactor = pf_redactor_new(scratch);
	cJSON *meta = pf_json_object(scratch), *tool = pf_json_object(scratch), *warnings = pf_json_array(scratch);

	pf_json_set_string(tool, "version", info->tool_version);
	for (size_t i = 0; info->warnings != NULL && info->warnings[i] != NULL; i++)
		pf_json_push_string(warnings, info->warnings[i]);
	pf_json_set(meta, "tool", tool);
	pf_json_set_string(meta, "started", pf_time_format(scratch, wall_ms, true));
	pf_json_set_int(meta, "startedMs", wall_ms);
	pf_json_set_string(meta, "context", info->context);
	pf_json_set_string(meta, "server", info->server);
	pf_json_set_string(meta, "namespace", info->namespace_);
	pf_json_set(meta, "warnings", warnings);
	pf_json_set(meta, "options", info->options != NULL ? cJSON_Duplicate(info->options, 1) : cJSON_CreateObject());
	pf_redact_json(redactor, scratch, meta);
	/* A plan names variables and holds none of their values; changed by a letter it would be another plan. */
	if (PF_AT(info->options, "plan") != NULL)
		pf_json_set(PF_AT(meta, "options"), "plan", cJSON_Duplicate(PF_AT(info->options, "plan"), 1));
	pf_json_set_string(meta, "format", PF_RECORDING_FORMAT);
	pf_json_set_string(meta, "run", run_id);
	return pf_json_print(scratch, meta, true);
}

static bool
write_meta(struct pf_arena *scratch, const char *dir, const struct pf_recording_info *info, const char *run_id,
	   int64_t wall_ms, struct pf_err *err)
{
	const char *text = pf_printf(scratch, "%s\n", meta_text(scratch, info, run_id, wall_ms));

	return pf_file_write(pf_printf(scratch, "%s/meta.json", dir), text, strlen(text), 0600, err);
}

bool
pf_recorder_open(struct pf_arena *arena, const char *dir, const struct pf_recording_info *info, const char *run_id,
		 int64_t wall_ms, struct pf_recorder **out, struct pf_err *err)
{
	struct pf_recorder *recorder = pf_alloc(arena, sizeof(*recorder));
	struct pf_arena *scratch;
	bool ok;

	if (!pf_dir_make_empty(dir, err))
		return false;
	scratch = pf_arena_new();
	ok = write_meta(scratch, dir, info, run_id, wall_ms, err);
	pf_arena_free(scratch);
	if (!ok)
		return false;
	recorder->arena = arena;
	recorder->path = pf_printf(arena, "%s/exchanges.jsonl", dir);
	recorder->fd = open(recorder->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (recorder->fd < 0)
		return pf_fail(err, PF_ERR_IO, "cannot write %s: %s", recorder->path, strerror(errno));
	pf_defer(arena, close_recorder, recorder);
	*out = recorder;
	return true;
}

static void
give_up(struct pf_recorder *recorder, const char *why)
{
	pf_fail(&recorder->err, PF_ERR_IO, "the recording is not complete: cannot write %s: %s", recorder->path, why);
	pf_close_fd(&recorder->fd);
}

/* Adds a line, whole unless the disk is full: a reader leaves out a last line without its end. */
static void
add_line(struct pf_recorder *recorder, struct pf_buf *line)
{
	const char *text;
	size_t left;

	if (recorder->fd < 0)
		return;
	pf_buf_puts(line, "\n");
	if (line->cut) {
		give_up(recorder, "the answer is too large");
		return;
	}
	text = pf_buf_text(line);
	for (left = line->len; left > 0;) {
		ssize_t n = write(recorder->fd, text, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			give_up(recorder, strerror(errno));
			return;
		}
		text += n;
		left -= (size_t)n;
	}
}

static const char *
printed_err(struct pf_arena *scratch, const struct pf_err *err)
{
	cJSON *node = pf_json_object(scratch);

	pf_json_set_string(node, "kind", pf_err_name(err->kind));
	pf_json_set_string(node, "text", err->text);
	return pf_json_print(scratch, node, false);
}

static const char *
printed_string(struct pf_arena *scratch, const char *text)
{
	cJSON *list = pf_json_array(scratch);

	pf_json_push_string(list, text);
	return pf_json_print(scratch, cJSON_GetArrayItem(list, 0), false);
}

static const char *
printed_question(struct pf_arena *scratch, const struct pf_ask *ask, unsigned occurrence)
{
	cJSON *node = pf_json_object(scratch);

	if (ask->kind != PF_ASK_API)
		pf_json_set_string(node, "kind", pf_ask_kind_name(ask->kind));
	pf_json_set_string(node, "method", ask->method);
	pf_json_set_string(node, "path", ask->path);
	if (pf_asks_process(ask->kind)) {
		pf_json_set_int(node, "port", ask->port);
		pf_json_set_string(node, "innerPath", ask->inner_path);
		if (ask->content_type != NULL)
			pf_json_set_string(node, "contentType", ask->content_type);
		if (ask->headers != NULL)
			pf_json_set_string(node, "headers", scanned(scratch, ask->headers));
	}
	if (ask->body != NULL)
		pf_json_set_string(node, "body", scanned(scratch, ask->body));
	pf_json_set_int(node, "occurrence", occurrence);
	return pf_json_print(scratch, node, false);
}

void
pf_recorder_ask(struct pf_recorder *recorder, const struct pf_ask *ask, const struct pf_answer *answer)
{
	struct pf_arena *scratch = pf_arena_new();
	unsigned occurrence = pf_occurrence_next(&recorder->seen, recorder->arena, pf_ask_key(scratch, ask));
	PF_AUTO_BUF line = PF_BUF(LINE_CAP);

	pf_buf_printf(&line, "{\"ask\":%s,\"answer\":{\"status\":%d,\"elapsedMs\":%lld",
		      printed_question(scratch, ask, occurrence), answer->status, (long long)answer->elapsed_ms);
	if (answer->json != NULL) {
		pf_buf_puts(&line, ",\"json\":");
		pf_buf_puts(&line, pf_json_print(scratch, answer->json, false));
	}
	if (answer->text != NULL && answer->text[0] != '\0') {
		pf_buf_puts(&line, ",\"text\":");
		pf_buf_puts(&line, printed_string(scratch, answer->text));
	}
	if (answer->stderr_text != NULL && answer->stderr_text[0] != '\0') {
		pf_buf_puts(&line, ",\"stderr\":");
		pf_buf_puts(&line, printed_string(scratch, answer->stderr_text));
	}
	if (answer->server != NULL) {
		pf_buf_puts(&line, ",\"server\":");
		pf_buf_puts(&line, printed_string(scratch, answer->server));
	}
	if (answer->reply != PF_REPLY_NONE)
		pf_buf_printf(&line, ",\"reply\":\"%s\"", pf_reply_name(answer->reply));
	if (answer->exit_code != 0)
		pf_buf_printf(&line, ",\"exitCode\":%d", answer->exit_code);
	pf_buf_puts(&line, answer->cut ? ",\"cut\":true" : "");
	pf_buf_puts(&line, answer->refused ? ",\"refused\":true" : "");
	if (!answer->ok)
		pf_buf_printf(&line, ",\"err\":%s", printed_err(scratch, &answer->err));
	pf_buf_puts(&line, "}}");
	add_line(recorder, &line);
	pf_arena_free(scratch);
}

unsigned
pf_recorder_watch(struct pf_recorder *recorder, const char *path, const char *resource_version)
{
	return pf_occurrence_next(&recorder->seen, recorder->arena,
				  pf_watch_key(recorder->arena, path, resource_version));
}

static const char *
printed_watch(struct pf_arena *scratch, const char *path, const char *resource_version, unsigned occurrence)
{
	cJSON *node = pf_json_object(scratch);

	pf_json_set_string(node, "path", path);
	pf_json_set_string(node, "resourceVersion", resource_version != NULL ? resource_version : "");
	pf_json_set_int(node, "occurrence", occurrence);
	return pf_json_print(scratch, node, false);
}

void
pf_recorder_event(struct pf_recorder *recorder, const char *path, const char *resource_version, unsigned occurrence,
		  const char *type, const cJSON *object)
{
	struct pf_arena *scratch = pf_arena_new();
	PF_AUTO_BUF line = PF_BUF(LINE_CAP);

	pf_buf_printf(&line, "{\"watch\":%s,\"event\":{\"type\":%s,\"object\":",
		      printed_watch(scratch, path, resource_version, occurrence), printed_string(scratch, type));
	pf_buf_puts(&line, pf_json_print(scratch, object, false));
	pf_buf_puts(&line, "}}");
	add_line(recorder, &line);
	pf_arena_free(scratch);
}

void
pf_recorder_end(struct pf_recorder *recorder, const char *path, const char *resource_version, unsigned occurrence,
		enum pf_watch_end end, const struct pf_err *err)
{
	struct pf_arena *scratch = pf_arena_new();
	bool failed = end == PF_WATCH_ERROR || end == PF_WATCH_GONE;
	PF_AUTO_BUF line = PF_BUF(LINE_CAP);

	pf_buf_printf(&line, "{\"watch\":%s,\"end\":\"%s\"%s%s}",
		      printed_watch(scratch, path, resource_version, occurrence), pf_watch_end_name(end),
		      failed ? ",\"err\":" : "", failed ? printed_err(scratch, err) : "");
	add_line(recorder, &line);
	pf_arena_free(scratch);
}

void
pf_recorder_clock(struct pf_recorder *recorder, const char *clock, int64_t ms)
{
	PF_AUTO_BUF line = PF_BUF(100);

	pf_buf_printf(&line, "{\"%s\":%lld}", clock, (long long)ms);
	add_line(recorder, &line);
}

bool
pf_recorder_complete(const struct pf_recorder *recorder, struct pf_err *err)
{
	if (recorder->err.kind == PF_ERR_NONE)
		return true;
	*err = recorder->err;
	return false;
}
