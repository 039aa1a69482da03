#include "probe/vantage_report.h"

#include <stdlib.h>
#include <string.h>

#include <postflight/descriptor.h>
#include <postflight/str.h>
#include <postflight/text.h>

#define MAX_LINES 1200 /* of one answer: a headless Service of 400 pods, three lines each */
#define LINE_MAX_BYTES 400
#define TOOLS "getent nslookup bash curl nc wget none"

struct reading {
	struct pf_arena *arena;
	struct pf_vantage_report *out;
	size_t counts[2]; /* how many of each kind */
	bool ended[2][PF_TOLD_MAX];
	const char *conf;
	struct pf_err *err;
};

static bool
refuse(const struct reading *r, const char *line, const char *what)
{
	return pf_fail(r->err, PF_ERR_PROTOCOL,
		       "the container's answer to the look from inside makes no sense (%s): %s; is its sh, or one of "
		       "its tools, a program of its own?",
		       what, pf_one_line(r->arena, line, 120));
}

/* A number of digits only, up to MAX; -1 for anything else. */
static long
number(const char *text, size_t len, long max)
{
	long value = 0;

	if (len == 0 || len > 9 || strspn(text, "0123456789") < len)
		return -1;
	for (size_t i = 0; i < len; i++)
		value = value * 10 + (text[i] - '0');
	return value <= max ? value : -1;
}

/* "HEAD NUMBER TOOL SIGN REST": the parts of a line. */
struct parts {
	const char *kind, *tool, *rest;
	long index;
	char sign;
};

static bool
split(struct pf_arena *arena, const char *line, struct parts *out)
{
	size_t kind = strcspn(line, " ");
	const char *at = line + kind + (line[kind] != '\0');
	size_t index = strcspn(at, " ");
	const char *tool = at + index + (at[index] != '\0');
	size_t name = strcspn(tool, " ");

	if (tool[name] != ' ' || (tool[name + 1] != '|' && tool[name + 1] != '=') || tool[name + 2] != ' ')
		return false;
	*out = (struct parts){pf_strndup(arena, line, kind), pf_strndup(arena, tool, name), tool + name + 3,
			      number(at, index, PF_TOLD_MAX - 1), tool[name + 1]};
	return true;
}

static bool
add_line(const struct reading *r, struct pf_told *told, const char *line, const char *rest)
{
	if (told->line_count == MAX_LINES)
		return refuse(r, line, "too much was said");
	/* Doubles at each power of two. */
	if ((told->line_count & (told->line_count - 1)) == 0) {
		size_t room = told->line_count == 0 ? 2 : told->line_count * 2;
		const char **grown = pf_alloc_array(r->arena, room + 1, sizeof(*grown));
		if (told->line_count > 0)
			memcpy((void *)grown, (const void *)told->lines, told->line_count * sizeof(*grown));
		told->lines = grown;
	}
	((const char **)(uintptr_t)told->lines)[told->line_count++] = pf_one_line(r->arena, rest, LINE_MAX_BYTES);
	return true;
}

static bool
add_end(const struct reading *r, struct pf_told *told, const char *line, const char *rest)
{
	size_t first = strcspn(rest, " ");
	long status = number(rest, first, 255);
	long centis = rest[first] == ' ' ? number(rest + first + 1, strlen(rest + first + 1), 360000) : -1;

	if (status < 0 || centis < 0)
		return refuse(r, line, "no exit status and time");
	told->status = (int)status;
	told->elapsed_ms = centis * 10;
	return true;
}

static bool
read_line(struct reading *r, const char *line)
{
	struct parts parts;

	if (!split(r->arena, line, &parts))
		return refuse(r, line, "a line of no known form");
	if (pf_streq(parts.kind, "conf") && parts.index == 0 && pf_streq(parts.tool, "sh") && parts.sign == '|') {
		r->conf = pf_printf(r->arena, "%s%s\n", r->conf, pf_one_line(r->arena, parts.rest, LINE_MAX_BYTES));
		return strlen(r->conf) < 8192 || refuse(r, line, "its resolv.conf has no end");
	}
	size_t kind = pf_streq(parts.kind, "tcp");
	if (!pf_word_in("dns tcp", parts.kind) || parts.index < 0 || (size_t)parts.index >= r->counts[kind])
		return refuse(r, line, "an answer to what was not asked");
	struct pf_told *told = kind == 1 ? &r->out->tcp[parts.index] : &r->out->dns[parts.index];
	if (!pf_word_in(TOOLS, parts.tool) || (told->tool != NULL && !pf_streq(told->tool, parts.tool)))
		return refuse(r, line, "an unknown tool");
	if (r->ended[kind][parts.index])
		return refuse(r, line, "an answer behind its end");
	told->tool = parts.tool;
	if (parts.sign == '|')
		return add_line(r, told, line, parts.rest);
	r->ended[kind][parts.index] = true;
	return add_end(r, told, line, parts.rest);
}

static bool
is_complete(const struct reading *r)
{
	for (size_t kind = 0; kind < 2; kind++) {
		for (size_t i = 0; i < r->counts[kind]; i++) {
			if (!r->ended[kind][i])
				return false;
		}
	}
	return true;
}

bool
pf_vantage_report_read(struct pf_arena *arena, const char *text, size_t dns_count, size_t tcp_count,
		       struct pf_vantage_report *out, struct pf_err *err)
{
	struct pf_vantage_report report = {.resolv_conf = ""};
	struct reading r = {.arena = arena, .out = &report, .counts = {dns_count, tcp_count}, .conf = "", .err = err};
	bool begun = false, ended = false;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		const char *line = pf_strndup(arena, text, len);
		text += len + (text[len] == '\n');
		if (ended)
			return refuse(&r, line, "something behind its end");
		if (!begun && !pf_streq(line, "postflight 1"))
			return refuse(&r, line, "no beginning");
		if (begun && pf_streq(line, "end"))
			ended = true;
		else if (begun && !read_line(&r, line))
			return false;
		begun = true;
	}
	if (!ended || !is_complete(&r))
		return refuse(&r, "", begun ? "it is cut off" : "it is empty");
	report.resolv_conf = r.conf;
	*out = report;
	return true;
}
