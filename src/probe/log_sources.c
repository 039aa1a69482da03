#include "probe/log_sources.h"

#include <string.h>

#include <postflight/buf.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/log_line.h"
#include "kube/log_prefix.h"

#define NAME_MAX_COLUMNS 120
#define INDENT_MAX 16

/* How the text is encoded, as its first two bytes say. */
enum encoding { NOT_KNOWN, PLAIN, UTF16_LE, UTF16_BE };

struct pf_log_sources {
	struct pf_arena *arena;
	const struct pf_plan *plan;
	struct pf_log_judge *judges[PF_LOG_SOURCES_MAX];
	struct pf_str names[PF_LOG_SOURCES_MAX]; /* in full, as the lines have them */
	struct pf_saved_log log;
	struct pf_buf line;
	bool skipping; /* the rest of a line that was too long */
	uint64_t number;
	size_t last; /* whose the line before was */
	enum encoding encoding;
	unsigned char half[2]; /* of a character, or the first bytes */
	size_t half_len;
	unsigned surrogate;      /* the first of a pair; 0 */
	char indent[INDENT_MAX]; /* before every line of what was pasted somewhere in between */
	size_t indent_len;
};

static void
release(void *object)
{
	struct pf_log_sources *sources = object;

	pf_buf_free(&sources->line);
}

struct pf_log_sources *
pf_log_sources_new(struct pf_arena *arena, const struct pf_plan *plan)
{
	struct pf_log_sources *sources = pf_alloc(arena, sizeof(*sources));

	*sources = (struct pf_log_sources){.arena = arena, .plan = plan, .line = PF_BUF(PF_LOG_LINE_MAX)};
	pf_defer(arena, release, sources);
	return sources;
}

/* ---- Whose a line is ---- */

/* Index of the judge for NAME (empty: whoever it is); PF_LOG_SOURCES_MAX when there is no room. */
static size_t
judge_of(struct pf_log_sources *sources, struct pf_str name)
{
	struct pf_saved_log *log = &sources->log;
	size_t at = 0;

	while (at < log->count && !pf_str_eq(sources->names[at], name))
		at++;
	if (at < log->count || at == PF_LOG_SOURCES_MAX)
		return at;
	const char *kept = pf_strndup(sources->arena, name.p, name.len);
	sources->names[at] = (struct pf_str){kept, name.len};
	log->list[at].name = name.len > 0 ? pf_one_line(sources->arena, kept, NAME_MAX_COLUMNS) : NULL;
	sources->judges[at] = pf_log_judge_new(sources->arena, sources->plan);
	log->count++;
	return at;
}

static size_t
quote_len(struct pf_str line)
{
	size_t len = 0;

	while (len < line.len && len < INDENT_MAX && (line.p[len] == ' ' || line.p[len] == '>' || line.p[len] == '\t'))
		len++;
	return len;
}

/* What was pasted into a mail or a document has the same before each line: the first line with a head tells. */
static struct pf_str
unquote(struct pf_log_sources *sources, struct pf_str line)
{
	struct pf_log_head head;
	size_t len = quote_len(line);

	if (sources->indent_len == 0 && len > 0 && len < INDENT_MAX &&
	    pf_log_head_read((struct pf_str){line.p + len, line.len - len}, &head) && head.level != PF_LOG_NONE) {
		memcpy(sources->indent, line.p, len);
		sources->indent_len = len;
	}
	if (sources->indent_len > 0 && line.len >= sources->indent_len &&
	    memcmp(line.p, sources->indent, sources->indent_len) == 0)
		return (struct pf_str){line.p + sources->indent_len, line.len - sources->indent_len};
	return line;
}

static void
end_line(struct pf_log_sources *sources)
{
	struct pf_str line = {pf_buf_text(&sources->line), 0}, name = PF_STR(""), rest;
	size_t len = sources->line.len;

	sources->number++;
	if (len > 0)
		line = (struct pf_str){sources->line.p, pf_log_strip_escapes(sources->line.p, len)};
	rest = unquote(sources, line);
	(void)pf_log_prefix_read(rest, &name, &rest);
	/* A line without the tool's words belongs to the one before it. */
	if (name.len > 0 || sources->log.count == 0)
		sources->last = judge_of(sources, name);
	if (sources->last == PF_LOG_SOURCES_MAX)
		sources->log.left_out++;
	else
		pf_log_judge_line(sources->judges[sources->last], sources->number, rest, sources->line.cut);
	sources->line.len = 0;
	sources->line.cut = false;
	sources->skipping = false;
}

static void
feed(struct pf_log_sources *sources, const char *bytes, size_t len)
{
	while (len > 0) {
		const char *newline = memchr(bytes, '\n', len);
		size_t part = newline != NULL ? (size_t)(newline - bytes) : len;
		if (!sources->skipping && !pf_buf_add(&sources->line, bytes, part))
			sources->skipping = true;
		if (newline == NULL)
			return;
		end_line(sources);
		bytes += part + 1;
		len -= part + 1;
	}
}

/* ---- How it is encoded ---- */

static void
add_unit(struct pf_log_sources *sources, unsigned unit)
{
	char text[4];
	size_t len = 0;
	unsigned c = unit;

	if (unit >= 0xdc00 && unit < 0xe000 && sources->surrogate != 0)
		c = 0x10000 + ((sources->surrogate - 0xd800) << 10) + (unit - 0xdc00);
	sources->surrogate = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
	if (sources->surrogate != 0)
		return;
	if (c >= 0xd800 && c < 0xe000)
		c = 0xfffd;
	if (c < 0x80) {
		text[len++] = (char)c;
	} else if (c < 0x800) {
		text[len++] = (char)(0xc0 | (c >> 6));
		text[len++] = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		text[len++] = (char)(0xe0 | (c >> 12));
		text[len++] = (char)(0x80 | ((c >> 6) & 0x3f));
		text[len++] = (char)(0x80 | (c & 0x3f));
	} else {
		text[len++] = (char)(0xf0 | (c >> 18));
		text[len++] = (char)(0x80 | ((c >> 12) & 0x3f));
		text[len++] = (char)(0x80 | ((c >> 6) & 0x3f));
		text[len++] = (char)(0x80 | (c & 0x3f));
	}
	feed(sources, text, len);
}

static void
feed_units(struct pf_log_sources *sources, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		sources->half[sources->half_len++] = (unsigned char)bytes[i];
		if (sources->half_len < 2)
			continue;
		unsigned first = sources->half[0], second = sources->half[1];
		sources->half_len = 0;
		add_unit(sources, sources->encoding == UTF16_LE ? first | (second << 8) : (first << 8) | second);
	}
}

/* Takes the first two bytes from what comes; false while there are not two. */
static bool
find_encoding(struct pf_log_sources *sources, const char **bytes, size_t *len)
{
	while (sources->half_len < 2 && *len > 0) {
		sources->half[sources->half_len++] = (unsigned char)*(*bytes)++;
		--*len;
	}
	if (sources->half_len < 2)
		return false;
	sources->half_len = 0;
	if (sources->half[0] == 0xff && sources->half[1] == 0xfe) {
		sources->encoding = UTF16_LE;
	} else if (sources->half[0] == 0xfe && sources->half[1] == 0xff) {
		sources->encoding = UTF16_BE;
	} else {
		sources->encoding = PLAIN;
		feed(sources, (const char *)sources->half, 2);
	}
	return true;
}

void
pf_log_sources_feed(struct pf_log_sources *sources, const char *bytes, size_t len)
{
	if (sources->encoding == NOT_KNOWN && !find_encoding(sources, &bytes, &len))
		return;
	if (sources->encoding == PLAIN)
		feed(sources, bytes, len);
	else
		feed_units(sources, bytes, len);
}

struct pf_saved_log
pf_log_sources_end(struct pf_log_sources *sources)
{
	if (sources->encoding == NOT_KNOWN)
		feed(sources, (const char *)sources->half, sources->half_len);
	if (sources->line.len > 0 || sources->line.cut)
		end_line(sources);
	if (sources->log.count == 0)
		(void)judge_of(sources, PF_STR(""));
	for (size_t i = 0; i < sources->log.count; i++)
		sources->log.list[i].findings = pf_log_judge_end(sources->judges[i]);
	return sources->log;
}
