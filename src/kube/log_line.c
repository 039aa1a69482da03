#include "kube/log_line.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <postflight/clock.h>

#define TIME_MAX 40
#define FRACTION_OF_TOOLS 6 /* digits; programs write three */

static const char *const level_names[PF_LOG_LEVEL_COUNT] = {"", "trace", "debug", "info", "warn", "error"};

static const struct {
	const char *word;
	enum pf_log_level level;
} level_words[] = {
	{"TRACE", PF_LOG_TRACE}, {"DEBUG", PF_LOG_DEBUG},    {"INFO", PF_LOG_INFO},   {"WARN", PF_LOG_WARN},
	{"ERROR", PF_LOG_ERROR}, {"WARNING", PF_LOG_WARN},   {"FATAL", PF_LOG_ERROR}, {"SEVERE", PF_LOG_ERROR},
	{"FINE", PF_LOG_DEBUG},  {"CRITICAL", PF_LOG_ERROR},
};

const char *
pf_log_level_name(enum pf_log_level level)
{
	return level_names[level];
}

enum pf_log_level
pf_log_level_of(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(level_words) / sizeof(level_words[0]); i++) {
		if (strlen(level_words[i].word) == len && strncasecmp(level_words[i].word, word, len) == 0)
			return level_words[i].level;
	}
	return PF_LOG_NONE;
}

static struct pf_str
behind(struct pf_str text, size_t skip)
{
	return (struct pf_str){text.p + skip, text.len - skip};
}

static struct pf_str
behind_spaces(struct pf_str text)
{
	while (text.len > 0 && (*text.p == ' ' || *text.p == '\t'))
		text = behind(text, 1);
	return text;
}

static bool
has_shape(struct pf_str text, const char *shape)
{
	if (text.len < strlen(shape))
		return false;
	for (size_t i = 0; shape[i] != '\0'; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (shape[i] == '0'   ? !isdigit(c)
		    : shape[i] == 'T' ? c != 'T' && c != ' '
				      : c != (unsigned char)shape[i])
			return false;
	}
	return true;
}

static size_t
digits_at(struct pf_str text, size_t at)
{
	size_t count = 0;

	while (at + count < text.len && isdigit((unsigned char)text.p[at + count]))
		count++;
	return count;
}

/* The length of Z or an offset at AT; 0 when there is none. */
static size_t
zone_at(struct pf_str text, size_t at)
{
	struct pf_str rest = behind(text, at);

	if (rest.len > 0 && *rest.p == 'Z')
		return 1;
	if (has_shape(rest, "+00:00") || has_shape(rest, "-00:00"))
		return 6;
	return 0;
}

/* As pf_log_time_at; *FRACTION is how many digits the seconds have behind the point. */
static size_t
time_at(struct pf_str line, int64_t *out_ms, size_t *fraction)
{
	char text[TIME_MAX + 2];
	size_t len = 19, digits = 0, zone;

	if (!has_shape(line, "0000-00-00T00:00:00"))
		return 0;
	if (len < line.len && (line.p[len] == '.' || line.p[len] == ',')) {
		digits = digits_at(line, len + 1);
		if (digits == 0 || digits > 9)
			return 0;
		len += 1 + digits;
	}
	zone = zone_at(line, len);
	memcpy(text, line.p, len + zone);
	text[10] = 'T';
	if (digits > 0)
		text[19] = '.';
	/* Without a zone: containers keep UTC. */
	memcpy(text + len + zone, zone > 0 ? "" : "Z", zone > 0 ? 1 : 2);
	if (!pf_time_parse(text, out_ms))
		return 0;
	*fraction = digits;
	return len + zone;
}

size_t
pf_log_time_at(struct pf_str line, int64_t *out_ms)
{
	size_t fraction;

	return time_at(line, out_ms, &fraction);
}

struct pf_str
pf_log_line_unwrap(struct pf_str line, int64_t *time_ms)
{
	static const char *const streams[] = {"stdout F ", "stderr F ", "stdout P ", "stderr P "};
	int64_t ms;
	size_t fraction = 0, len = time_at(line, &ms, &fraction);

	if (len == 0 || fraction < FRACTION_OF_TOOLS || (len < line.len && line.p[len] != ' '))
		return line;
	struct pf_str rest = behind(line, len < line.len ? len + 1 : len);
	/* A program's own time of that precision is followed by its level. */
	if (rest.len > 0 && *rest.p == ' ')
		return line;
	struct pf_str word = {rest.p, 0};
	while (word.len < rest.len && isalpha((unsigned char)rest.p[word.len]))
		word.len++;
	if (pf_log_level_of(word.p, word.len) != PF_LOG_NONE)
		return line;
	*time_ms = ms;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		if (rest.len >= 9 && memcmp(rest.p, streams[i], 9) == 0)
			return behind(rest, 9);
	}
	return rest;
}

/* Behind the level, Logback's and Log4j's layouts have "logger - message", the thread before it or not. */
static struct pf_str
behind_logger(struct pf_str rest)
{
	struct pf_str text = rest;
	size_t len = 0;

	if (text.len > 0 && *text.p == '[') {
		const char *close = memchr(text.p, ']', text.len);
		if (close != NULL)
			text = behind_spaces(behind(text, (size_t)(close - text.p) + 1));
	}
	while (len < text.len && (isalnum((unsigned char)text.p[len]) || strchr("._$[]/-", text.p[len]) != NULL))
		len++;
	if (len == 0 || text.len < len + 3 || memcmp(text.p + len, " - ", 3) != 0)
		return rest;
	return behind(text, len + 3);
}

/* Spring Boot: "1 --- [thread] logger : message"; of other layouts all that is left. */
static struct pf_str
message_of(struct pf_str rest)
{
	const char *dashes = memmem(rest.p, rest.len, " --- [", 6);

	if (dashes == NULL)
		return behind_logger(rest);
	struct pf_str tail = behind(rest, (size_t)(dashes - rest.p));
	const char *colon = memmem(tail.p, tail.len, " : ", 3);
	if (colon != NULL)
		return behind(tail, (size_t)(colon - tail.p) + 3);
	/* An empty message leaves only the colon. */
	if (tail.len >= 2 && memcmp(tail.p + tail.len - 2, " :", 2) == 0)
		return behind(tail, tail.len);
	return rest;
}

/*
 * The agent of OpenTelemetry: "[otel.javaagent 2026-11-22 15:07:03:724 +0000] [thread] LEVEL logger - message", its
 * milliseconds behind a colon. Its errors are its own, and so is the stack trace behind them. The length of the
 * bracket.
 */
static size_t
agent_at(struct pf_str line, int64_t *out_ms)
{
	static const char agent[] = "[otel.javaagent 0000-00-00T00:00:00";
	const size_t name = sizeof("[otel.javaagent ") - 1;
	const char *close = has_shape(line, agent) ? memchr(line.p, ']', line.len) : NULL;
	int64_t ms;

	if (close == NULL || pf_log_time_at((struct pf_str){line.p + name, sizeof(agent) - 1 - name}, &ms) == 0)
		return 0;
	*out_ms = ms;
	return (size_t)(close - line.p) + 1;
}

/* Logback's own layout has no date: "15:07:03.724 [thread] LEVEL logger - message". The length of the time. */
static size_t
clock_at(struct pf_str line)
{
	if (has_shape(line, "00:00:00.000 [") || has_shape(line, "00:00:00,000 ["))
		return sizeof("00:00:00.000") - 1;
	return 0;
}

/* "INFO  2026-11-22 15:07:03,724 …": the level, and then the time. The length of the level and the blanks behind it. */
static size_t
level_at(struct pf_str line, enum pf_log_level *level)
{
	struct pf_str word = {line.p, 0};
	int64_t ms;

	while (word.len < line.len && isupper((unsigned char)line.p[word.len]))
		word.len++;
	*level = pf_log_level_of(word.p, word.len);
	struct pf_str rest = behind_spaces(behind(line, word.len));
	return *level != PF_LOG_NONE && pf_log_time_at(rest, &ms) > 0 ? line.len - rest.len : 0;
}

bool
pf_log_head_read(struct pf_str line, struct pf_log_head *out)
{
	int64_t ms = 0;
	enum pf_log_level level;
	size_t before = level_at(line, &level), len = pf_log_time_at(behind(line, before), &ms);

	if (before > 0) {
		*out = (struct pf_log_head){
			.time_ms = ms,
			.level = level,
			.message = behind_logger(behind_spaces(behind(line, before + len))),
		};
		return true;
	}
	if (len == 0)
		len = agent_at(line, &ms);
	if (len == 0)
		len = clock_at(line);
	if (len == 0 || (len < line.len && line.p[len] != ' ' && line.p[len] != '\t'))
		return false;
	struct pf_str rest = behind_spaces(behind(line, len));
	struct pf_str word = {rest.p, 0};
	*out = (struct pf_log_head){.time_ms = ms};
	/* Some layouts have the thread before the level. */
	if (rest.len > 0 && *rest.p == '[') {
		const char *close = memchr(rest.p, ']', rest.len);
		if (close != NULL)
			rest = behind_spaces(behind(rest, (size_t)(close - rest.p) + 1));
		word.p = rest.p;
	}
	while (word.len < rest.len && isalpha((unsigned char)rest.p[word.len]))
		word.len++;
	out->level = pf_log_level_of(word.p, word.len);
	out->message = out->level != PF_LOG_NONE ? message_of(behind_spaces(behind(rest, word.len))) : rest;
	return true;
}

/* The length of the escape sequence at TEXT, which starts with ESC. */
static size_t
escape_len(const unsigned char *text, size_t len)
{
	size_t i = 2;

	if (len < 2)
		return len;
	if (text[1] == '[') { /* parameters and intermediates, then one final byte */
		while (i < len && text[i] >= 0x20 && text[i] <= 0x3f)
			i++;
		return i < len && text[i] >= 0x40 && text[i] <= 0x7e ? i + 1 : i;
	}
	if (text[1] == ']') { /* to BEL or ESC \ */
		while (i < len && text[i] != 0x07 && text[i] != 0x1b)
			i++;
		if (i < len && text[i] == 0x1b)
			return i + 1 < len && text[i + 1] == '\\' ? i + 2 : i;
		return i < len ? i + 1 : i;
	}
	return text[1] >= 0x30 && text[1] <= 0x7e ? 2 : 1;
}

size_t
pf_log_strip_escapes(char *text, size_t len)
{
	size_t from = 0, to = 0;

	if (memchr(text, 0x1b, len) == NULL)
		return len;
	while (from < len) {
		if (text[from] == 0x1b)
			from += escape_len((const unsigned char *)text + from, len - from);
		else
			text[to++] = text[from++];
	}
	return to;
}
