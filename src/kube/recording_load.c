/* Reading a recording: a file from anywhere, so every line is checked before it is believed. */
#include <string.h>

#include <postflight/file.h>
#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/recording.h"
#include "kube/target_internal.h"

#define META_CAP ((size_t)1 << 20)
#define EXCHANGES_CAP ((size_t)512 << 20)
#define MAX_WARNINGS 100

/* A file being read. */
struct reading {
	struct pf_recording *recording;
	const char *path;
	unsigned line;
	struct pf_err *err;
};

static bool
refuse(const struct reading *reading, const char *what)
{
	return pf_fail(reading->err, PF_ERR_CONFIG,
		       "%s line %u: %s: this is no recording of postflight, or a damaged one", reading->path,
		       reading->line, what);
}

/* Room for one more element; returns the array, moved when it was full. */
static void *
grown(struct pf_arena *arena, void *array, size_t count, size_t *room, size_t size)
{
	void *larger;

	if (count < *room)
		return array;
	*room = *room == 0 ? 16 : *room * 2;
	larger = pf_alloc_array(arena, *room, size);
	if (count > 0)
		memcpy(larger, array, count * size);
	return larger;
}

const struct pf_exchange *
pf_recording_find(const struct pf_recording *recording, const char *key, unsigned occurrence)
{
	for (size_t i = 0; i < recording->count; i++) {
		const struct pf_exchange *exchange = &recording->exchanges[i];
		if (exchange->occurrence == occurrence && strcmp(exchange->key, key) == 0)
			return exchange;
	}
	return NULL;
}

static struct pf_exchange *
add_exchange(struct pf_recording *recording, const char *key, unsigned occurrence)
{
	recording->exchanges = grown(recording->arena, recording->exchanges, recording->count, &recording->room,
				     sizeof(*recording->exchanges));
	recording->exchanges[recording->count] = (struct pf_exchange){.key = key, .occurrence = occurrence};
	return &recording->exchanges[recording->count++];
}

bool
pf_recorded_err(const cJSON *node, struct pf_err *out)
{
	const char *kind = PF_STRING_AT(node, "kind"), *text = PF_STRING_AT(node, "text");
	enum pf_err_kind number = kind != NULL ? pf_err_kind_of(kind) : PF_ERR_COUNT;

	if (text == NULL || number == PF_ERR_COUNT || number == PF_ERR_NONE)
		return false;
	pf_fail(out, number, "%s", text);
	return true;
}

bool
pf_recorded_end(const char *word, enum pf_watch_end *out)
{
	static const enum pf_watch_end ends[] = {PF_WATCH_DONE, PF_WATCH_ENDED, PF_WATCH_GONE, PF_WATCH_ERROR};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (pf_streq(word, pf_watch_end_name(ends[i]))) {
			*out = ends[i];
			return true;
		}
	}
	return false;
}

enum pf_reply
pf_recorded_reply(const char *word)
{
	enum pf_reply reply = PF_REPLY_NONE;

	if (word == NULL)
		return reply;
	while (++reply < PF_REPLY_COUNT && !pf_streq(word, pf_reply_name(reply)))
		;
	return reply;
}

static bool
is_text_or_absent(const cJSON *node)
{
	return node == NULL || cJSON_IsString(node);
}

static bool
is_answer(const cJSON *answer)
{
	const cJSON *err = PF_AT(answer, "err");
	int64_t status = PF_INT_AT(answer, -1, "status");
	int64_t exit_code = PF_INT_AT(answer, PF_AT(answer, "exitCode") == NULL ? 0 : -1, "exitCode");
	struct pf_err unused;

	return status >= 0 && status <= 999 && PF_INT_AT(answer, -1, "elapsedMs") >= 0 && exit_code >= 0 &&
	       exit_code <= 255 && is_text_or_absent(PF_AT(answer, "text")) &&
	       is_text_or_absent(PF_AT(answer, "stderr")) && is_text_or_absent(PF_AT(answer, "server")) &&
	       is_text_or_absent(PF_AT(answer, "reply")) &&
	       pf_recorded_reply(PF_STRING_AT(answer, "reply")) != PF_REPLY_COUNT &&
	       (err == NULL || pf_recorded_err(err, &unused));
}

static bool
read_occurrence(const cJSON *question, unsigned *out)
{
	int64_t occurrence = PF_INT_AT(question, 0, "occurrence");

	if (occurrence < 1 || occurrence > INT32_MAX)
		return false;
	*out = (unsigned)occurrence;
	return true;
}

/* False for a kind of question that this version does not know. */
static bool
read_kind(const cJSON *question, enum pf_ask_kind *out)
{
	const cJSON *kind = PF_AT(question, "kind");

	*out = PF_ASK_API;
	if (kind == NULL)
		return true;
	while (++*out < PF_ASK_KIND_COUNT)
		if (pf_streq(pf_json_string(kind), pf_ask_kind_name(*out)))
			return true;
	return false;
}

static bool
read_ask(const struct reading *reading, const cJSON *line)
{
	struct pf_recording *recording = reading->recording;
	const cJSON *question = PF_AT(line, "ask"), *answer = PF_AT(line, "answer");
	struct pf_ask ask = {
		.method = PF_STRING_AT(question, "method"),
		.path = PF_STRING_AT(question, "path"),
		.content_type = PF_STRING_AT(question, "contentType"),
		.body = PF_STRING_AT(question, "body"),
		.port = (int)PF_INT_AT(question, 0, "port"),
		.inner_path = PF_STRING_AT(question, "innerPath"),
		.headers = PF_STRING_AT(question, "headers"),
	};
	unsigned occurrence;

	if (!read_kind(question, &ask.kind))
		return refuse(reading, "the question is of a kind that is not known");
	if (ask.method == NULL || ask.path == NULL || (pf_asks_process(ask.kind) && ask.inner_path == NULL) ||
	    !read_occurrence(question, &occurrence))
		return refuse(reading, "the question is not complete");
	if (!is_answer(answer))
		return refuse(reading, "the answer is not complete");
	add_exchange(recording, pf_written_key(recording->arena, &ask), occurrence)->answer = answer;
	return true;
}

static bool
read_watch(const struct reading *reading, const cJSON *line)
{
	struct pf_recording *recording = reading->recording;
	const cJSON *watch = PF_AT(line, "watch"), *event = PF_AT(line, "event"), *err = PF_AT(line, "err");
	const char *path = PF_STRING_AT(watch, "path"), *version = PF_STRING_AT(watch, "resourceVersion");
	struct pf_exchange *exchange;
	enum pf_watch_end end;
	struct pf_err unused;
	unsigned occurrence;
	const char *key;

	if (path == NULL || version == NULL || !read_occurrence(watch, &occurrence))
		return refuse(reading, "the watch is not complete");
	if (event != NULL ? PF_STRING_AT(event, "type") == NULL || !cJSON_IsObject(PF_AT(event, "object"))
			  : !pf_recorded_end(PF_STRING_AT(line, "end"), &end) ||
				    ((end == PF_WATCH_ERROR || end == PF_WATCH_GONE) && !pf_recorded_err(err, &unused)))
		return refuse(reading, "the watch has neither an event nor an end");
	key = pf_watch_key(recording->arena, path, version);
	exchange = (struct pf_exchange *)(uintptr_t)pf_recording_find(recording, key, occurrence);
	if (exchange == NULL)
		exchange = add_exchange(recording, key, occurrence);
	if (event == NULL) {
		exchange->end = line;
		return true;
	}
	exchange->events = grown(recording->arena, (void *)exchange->events, exchange->event_count,
				 &exchange->event_room, sizeof(const cJSON *));
	exchange->events[exchange->event_count++] = event;
	return true;
}

static bool
read_clock(const struct reading *reading, const cJSON *value, struct pf_readings *into)
{
	int64_t ms = pf_json_int(value, -1);

	if (ms < 0)
		return refuse(reading, "the clock's reading is no number");
	into->ms = grown(reading->recording->arena, into->ms, into->count, &into->room, sizeof(*into->ms));
	into->ms[into->count++] = ms;
	return true;
}

static bool
read_line(const struct reading *reading, const cJSON *line)
{
	const cJSON *now = PF_AT(line, "now"), *wall = PF_AT(line, "wall");

	if (PF_AT(line, "ask") != NULL)
		return read_ask(reading, line);
	if (PF_AT(line, "watch") != NULL)
		return read_watch(reading, line);
	if (now != NULL)
		return read_clock(reading, now, &reading->recording->now);
	if (wall != NULL)
		return read_clock(reading, wall, &reading->recording->wall);
	return refuse(reading, "neither a question, a watch nor a clock's reading");
}

static bool
read_lines(struct reading *reading, const char *text, size_t len)
{
	const char *end = text + len, *newline;

	/* What follows the last newline is a line that an interrupted run could not finish. */
	for (; (newline = memchr(text, '\n', (size_t)(end - text))) != NULL; text = newline + 1) {
		struct pf_err why;
		cJSON *line;
		reading->line++;
		if (newline == text)
			continue;
		line = pf_json_parse(reading->recording->arena, text, (size_t)(newline - text), &why);
		if (line == NULL)
			return refuse(reading, why.text);
		if (!read_line(reading, line))
			return false;
	}
	return true;
}

static bool
is_run_id(const char *id)
{
	return id != NULL && strlen(id) == PF_RUN_ID_LEN && strspn(id, "0123456789abcdef") == PF_RUN_ID_LEN;
}

static const char *
text_in(const cJSON *meta, const char *name)
{
	const char *text = pf_json_string(cJSON_GetObjectItemCaseSensitive(meta, name));

	return text != NULL ? text : "";
}

static const char *const *
warnings_in(struct pf_arena *arena, const cJSON *meta)
{
	const cJSON *warning, *list = PF_AT(meta, "warnings");
	const char **out = pf_alloc_array(arena, MAX_WARNINGS + 1, sizeof(const char *));
	size_t count = 0;

	cJSON_ArrayForEach(warning, list)
	{
		if (cJSON_IsString(warning) && count < MAX_WARNINGS)
			out[count++] = warning->valuestring;
	}
	return out;
}

static bool
read_meta(struct pf_recording *recording, const char *path, const char *text, size_t len, struct pf_err *err)
{
	struct pf_err why;
	cJSON *meta = pf_json_parse(recording->arena, text, len, &why);
	const char *format = PF_STRING_AT(meta, "format");
	int64_t started_ms = PF_INT_AT(meta, -1, "startedMs");

	if (meta == NULL)
		return pf_fail(err, PF_ERR_CONFIG, "%s: %s: this is no recording of postflight, or a damaged one", path,
			       why.text);
	if (!pf_streq(format, PF_RECORDING_FORMAT))
		return pf_fail(err, PF_ERR_CONFIG,
			       "%s: its format is \"%s\", this version of postflight reads " PF_RECORDING_FORMAT, path,
			       format != NULL ? pf_one_line(recording->arena, format, 80) : "");
	recording->run_id = PF_STRING_AT(meta, "run");
	if (!is_run_id(recording->run_id) || started_ms < 0)
		return pf_fail(err, PF_ERR_CONFIG, "%s: it does not say which run was recorded: the file is damaged",
			       path);
	recording->info = (struct pf_recording_info){
		.tool_version = pf_json_string(PF_AT(meta, "tool", "version")),
		.context = text_in(meta, "context"),
		.server = text_in(meta, "server"),
		.namespace_ = pf_json_string(PF_AT(meta, "namespace")),
		.warnings = warnings_in(recording->arena, meta),
		.options = PF_AT(meta, "options"),
	};
	recording->started_ms = started_ms;
	return true;
}

bool
pf_recording_load(struct pf_arena *arena, const char *dir, struct pf_recording *out, struct pf_err *err)
{
	struct pf_recording recording = {.arena = arena};
	const char *meta = pf_printf(arena, "%s/meta.json", dir);
	struct reading reading = {&recording, pf_printf(arena, "%s/exchanges.jsonl", dir), 0, err};
	size_t len;
	char *text;

	if (!pf_file_read(arena, meta, META_CAP, &text, &len, err)) {
		if (err->kind == PF_ERR_NOT_FOUND)
			pf_fail(err, PF_ERR_CONFIG,
				"%s is no recording: it holds no meta.json; name the folder that "
				"was given to --record",
				dir);
		return false;
	}
	if (!read_meta(&recording, meta, text, len, err))
		return false;
	if (!pf_file_read(arena, reading.path, EXCHANGES_CAP, &text, &len, err)) {
		if (err->kind == PF_ERR_NOT_FOUND)
			pf_fail(err, PF_ERR_CONFIG, "%s is no recording: it holds no exchanges.jsonl", dir);
		return false;
	}
	if (!read_lines(&reading, text, len))
		return false;
	*out = recording;
	return true;
}
