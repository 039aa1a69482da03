/* From bytes to lines, from lines to records. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <postflight/log.h>
#include <postflight/text.h>

#include "kube/log_json.h"
#include "kube/log_line.h"
#include "kube/log_trace.h"

struct pf_log_reader {
	pf_log_callback *callback;
	void *context;
	struct pf_buf line; /* the one that is coming in */
	bool skipping;      /* the rest of a line that was too long */
	struct pf_log_extent extent;

	/* The record that is being read. */
	bool open;
	bool headed; /* it began with a time, so that lines without one may belong to it */
	bool apart;  /* a line of it was empty */
	bool torn;   /* it began within a stack trace: of what came before, only the frames still tell */
	uint64_t first_line;
	int64_t time_ms;
	enum pf_log_level level;
	struct pf_buf text; /* its first line is the message */
	struct pf_trace trace;
};

static void
release(void *object)
{
	struct pf_log_reader *reader = object;

	pf_buf_free(&reader->line);
	pf_buf_free(&reader->text);
	pf_trace_free(&reader->trace);
}

struct pf_log_reader *
pf_log_reader_new(struct pf_arena *arena, pf_log_callback *callback, void *context)
{
	struct pf_log_reader *reader = pf_alloc(arena, sizeof(*reader));

	*reader = (struct pf_log_reader){
		.callback = callback,
		.context = context,
		.line = PF_BUF(PF_LOG_LINE_MAX),
		.text = PF_BUF(PF_LOG_TEXT_MAX),
		.trace = pf_trace_new(),
	};
	pf_defer(arena, release, reader);
	return reader;
}

static void
note_time(struct pf_log_extent *extent, int64_t ms)
{
	if (ms == 0)
		return;
	if (extent->first_ms == 0 || ms < extent->first_ms)
		extent->first_ms = ms;
	if (ms > extent->last_ms)
		extent->last_ms = ms;
}

/* What was cut in the middle of a character would be no UTF-8. */
static void
drop_half_character(struct pf_buf *text)
{
	while (text->cut && text->len > 0 && !pf_utf8_valid(text->p, text->len))
		text->p[--text->len] = '\0';
}

static void
close_record(struct pf_log_reader *reader)
{
	PF_AUTO_BUF message = PF_BUF(PF_LOG_TEXT_MAX);
	const char *text;

	if (!reader->open)
		return;
	reader->open = false;
	pf_trace_end(&reader->trace);
	drop_half_character(&reader->text);
	drop_half_character(&reader->trace.cause);
	drop_half_character(&reader->trace.outer);
	text = pf_buf_text(&reader->text);
	pf_buf_add(&message, text, strcspn(text, "\n"));

	struct pf_log_record record = {
		.line = reader->first_line,
		.time_ms = reader->time_ms,
		.level = reader->level,
		.message = pf_buf_text(&message),
		.cause = pf_buf_text(&reader->trace.cause),
		.told = pf_trace_told(&reader->trace),
		.text = text,
		.failed_start = pf_trace_is_block(&reader->trace),
	};
	/* What ended a program is an error, whether or not somebody could still say so. */
	if (record.level == PF_LOG_NONE && (*record.cause != '\0' || record.failed_start))
		record.level = PF_LOG_ERROR;
	if (*record.told == '\0')
		record.told = record.message;
	reader->extent.records++;
	note_time(&reader->extent, record.time_ms);
	reader->callback(reader->context, &record);
}

static void
open_record(struct pf_log_reader *reader, bool headed, int64_t time_ms, enum pf_log_level level)
{
	close_record(reader);
	reader->open = true;
	reader->headed = headed;
	reader->apart = false;
	reader->torn = false;
	reader->first_line = reader->extent.lines;
	reader->time_ms = time_ms;
	reader->level = level;
	pf_buf_free(&reader->text);
	pf_trace_reset(&reader->trace);
}

static void
add_text(struct pf_log_reader *reader, struct pf_str line)
{
	if (reader->text.len > 0 || reader->apart)
		pf_buf_puts(&reader->text, "\n");
	pf_buf_add(&reader->text, line.p, line.len);
}

static void
add_line(struct pf_log_reader *reader, struct pf_str line)
{
	if (line.len == 0)
		reader->apart = true;
	if (pf_trace_line(&reader->trace, line) || (reader->torn && reader->trace.part == PF_TRACE_FRAMES))
		add_text(reader, line);
}

static void
add_lines(struct pf_log_reader *reader, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		struct pf_str line = {text, len};
		if (len > 0 && text[len - 1] == '\r')
			line.len--;
		add_line(reader, line);
		text += len + (text[len] == '\n');
	}
}

/* Whether a line that starts nothing belongs to the record before it. */
static bool
continues(const struct pf_log_reader *reader, struct pf_str line)
{
	if (!reader->open)
		return false;
	if (pf_is_continuation(line) || pf_trace_is_block(&reader->trace))
		return true;
	if (reader->headed && (reader->apart || reader->trace.part != PF_TRACE_NOTHING || pf_is_exception(line)))
		return true;
	return reader->trace.part == PF_TRACE_HEADLINE && !pf_is_exception(line);
}

static void take_line(struct pf_log_reader *reader, struct pf_str line, int64_t wrapped_ms);

static bool
take_json(struct pf_log_reader *reader, struct pf_str line, int64_t wrapped_ms)
{
	struct pf_log_json json;
	struct pf_arena *scratch;
	bool is_record;

	if (line.len == 0 || *line.p != '{')
		return false;
	scratch = pf_arena_new();
	is_record = pf_log_json_read(scratch, line, &json);
	if (is_record && json.wrapped != NULL) {
		struct pf_str inner = {json.wrapped, strcspn(json.wrapped, "\r\n")};
		/* Wrapped once; what is wrapped again is taken as it is. */
		if (*inner.p != '{' || strstr(inner.p, "\"stream\"") == NULL)
			take_line(reader, inner, json.time_ms);
	} else if (is_record) {
		open_record(reader, true, json.time_ms != 0 ? json.time_ms : wrapped_ms, json.level);
		add_lines(reader, json.message);
		add_lines(reader, json.trace);
		/* The next line is no part of it, whatever it looks like. */
		close_record(reader);
	}
	pf_arena_free(scratch);
	return is_record;
}

static void
take_line(struct pf_log_reader *reader, struct pf_str line, int64_t wrapped_ms)
{
	struct pf_log_head head;

	if (take_json(reader, line, wrapped_ms))
		return;
	if (pf_log_head_read(line, &head)) {
		open_record(reader, true, head.time_ms, head.level);
		add_line(reader, head.message);
		reader->apart = false;
	} else if (continues(reader, line)) {
		add_line(reader, line);
	} else if (line.len > 0) {
		open_record(reader, false, wrapped_ms, PF_LOG_NONE);
		reader->torn = pf_is_continuation(line);
		add_line(reader, line);
	}
}

static void
end_line(struct pf_log_reader *reader)
{
	struct pf_str line = {reader->line.p, reader->line.len};
	struct pf_arena *scratch = NULL;
	int64_t wrapped_ms = 0;

	reader->extent.lines++;
	if (reader->line.cut)
		reader->extent.cut_lines++;
	if (line.len > 0) {
		line.len = pf_log_strip_escapes(reader->line.p, line.len);
		while (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		if (!pf_utf8_valid(line.p, line.len) || memchr(line.p, '\0', line.len) != NULL) {
			scratch = pf_arena_new();
			line = pf_str(pf_utf8_clean(scratch, line.p, line.len));
		}
		line = pf_log_line_unwrap(line, &wrapped_ms);
	}
	take_line(reader, line, wrapped_ms);
	pf_arena_free(scratch);
	reader->line.len = 0;
	reader->line.cut = false;
	reader->skipping = false;
}

void
pf_log_reader_feed(struct pf_log_reader *reader, const char *bytes, size_t len)
{
	reader->extent.bytes += len;
	while (len > 0) {
		const char *newline = memchr(bytes, '\n', len);
		size_t part = newline != NULL ? (size_t)(newline - bytes) : len;
		if (!reader->skipping && !pf_buf_add(&reader->line, bytes, part))
			reader->skipping = true;
		if (newline == NULL)
			return;
		end_line(reader);
		bytes += part + 1;
		len -= part + 1;
	}
}

void
pf_log_reader_line(struct pf_log_reader *reader, uint64_t number, const char *bytes, size_t len, bool cut)
{
	reader->extent.bytes += len + 1;
	reader->extent.lines = number - 1;
	(void)pf_buf_add(&reader->line, bytes, len);
	reader->line.cut |= cut;
	end_line(reader);
}

void
pf_log_reader_end(struct pf_log_reader *reader)
{
	if (reader->line.len > 0 || reader->line.cut)
		end_line(reader);
	close_record(reader);
}

struct pf_log_extent
pf_log_reader_extent(const struct pf_log_reader *reader)
{
	return reader->extent;
}
