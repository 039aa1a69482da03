#include "kube/log_trace.h"

#include <ctype.h>
#include <string.h>

#include <postflight/log.h>

#define CAUSED_BY "Caused by: "
#define WRAPPED_BY "Wrapped by: "
#define SUPPRESSED "Suppressed: "
#define DETAIL_MAX 120 /* bytes that a cause's effect may add */
#define IN_THREAD "Exception in thread \""

static const char block_title[] = "APPLICATION FAILED TO START";

/* What getaddrinfo() says, in glibc and in musl. */
static const char *const resolver_words[] = {
	"Name or service not known",
	"Temporary failure in name resolution",
	"No address associated with hostname",
	"Name does not resolve",
	"Try again",
};

static bool
starts(struct pf_str line, const char *prefix)
{
	size_t len = strlen(prefix);

	return line.len >= len && memcmp(line.p, prefix, len) == 0;
}

static bool
holds(struct pf_str line, const char *word)
{
	return memmem(line.p, line.len, word, strlen(word)) != NULL;
}

static struct pf_str
trim(struct pf_str line)
{
	while (line.len > 0 && isspace((unsigned char)*line.p))
		line = (struct pf_str){line.p + 1, line.len - 1};
	while (line.len > 0 && isspace((unsigned char)line.p[line.len - 1]))
		line.len--;
	return line;
}

static struct pf_str
behind(struct pf_str line, const char *prefix)
{
	size_t len = strlen(prefix);

	return (struct pf_str){line.p + len, line.len - len};
}

bool
pf_is_exception(struct pf_str line)
{
	size_t i = 0, last = 0, dots = 0;

	for (; i < line.len; i++) {
		unsigned char c = (unsigned char)line.p[i];
		if (c == '.') {
			dots++;
			last = i + 1;
		} else if (!isalnum(c) && c != '_' && c != '$') {
			break;
		}
	}
	if (dots == 0 || i == last || (i < line.len && line.p[i] != ':'))
		return false;
	struct pf_str name = {line.p + last, i - last};
	return holds(name, "Exception") || holds(name, "Error") || holds(name, "Throwable") || holds(name, "Failure");
}

bool
pf_is_continuation(struct pf_str line)
{
	return line.len == 0 || *line.p == ' ' || *line.p == '\t' || starts(line, CAUSED_BY) ||
	       starts(line, WRAPPED_BY) || starts(line, SUPPRESSED) || starts(line, "... ") || starts(line, "at ");
}

struct pf_trace
pf_trace_new(void)
{
	return (struct pf_trace){.cause = PF_BUF(PF_LOG_CAUSE_MAX), .outer = PF_BUF(PF_LOG_CAUSE_MAX)};
}

void
pf_trace_free(struct pf_trace *trace)
{
	pf_buf_free(&trace->cause);
	pf_buf_free(&trace->outer);
}

void
pf_trace_reset(struct pf_trace *trace)
{
	pf_trace_free(trace);
	*trace = pf_trace_new();
}

static void
set_cause(struct pf_trace *trace, struct pf_str headline)
{
	struct pf_buf old = trace->outer;

	trace->outer = trace->cause;
	trace->cause = PF_BUF(PF_LOG_CAUSE_MAX);
	pf_buf_free(&old);
	pf_buf_add(&trace->cause, headline.p, headline.len);
	trace->part = PF_TRACE_HEADLINE;
}

static void
note_resolver(struct pf_trace *trace, struct pf_str line)
{
	if (trace->suppressed)
		return;
	trace->suppressed = true;
	for (size_t i = 0; i < sizeof(resolver_words) / sizeof(resolver_words[0]); i++) {
		if (holds(line, resolver_words[i]))
			trace->resolver = resolver_words[i];
	}
}

/* A section of the block; its advice is kept in the record's text, as a person may want to read it. */
static void
block_line(struct pf_trace *trace, struct pf_str line)
{
	if (starts(line, "Description:"))
		trace->part = PF_TRACE_DESCRIPTION;
	else if (starts(line, "Action:"))
		trace->part = PF_TRACE_ACTION;
	else if (trace->part == PF_TRACE_DESCRIPTION && line.len > 0) {
		if (trace->cause.len > 0)
			pf_buf_puts(&trace->cause, " ");
		pf_buf_add(&trace->cause, line.p, line.len);
	}
}

static bool
exception_line(struct pf_trace *trace, struct pf_str line)
{
	bool indented = line.len > 0 && (*line.p == ' ' || *line.p == '\t');
	struct pf_str text = trim(line);

	if (!indented && starts(text, CAUSED_BY)) {
		if (!trace->root_first)
			set_cause(trace, behind(text, CAUSED_BY));
		return true;
	}
	if (!indented && starts(text, WRAPPED_BY)) {
		trace->root_first = true;
		trace->part = PF_TRACE_FRAMES;
		return true;
	}
	if (starts(text, SUPPRESSED)) {
		note_resolver(trace, text);
		trace->part = PF_TRACE_SUPPRESSED;
		return false;
	}
	if (trace->part == PF_TRACE_SUPPRESSED)
		return false;
	if (indented || starts(text, "at ") || starts(text, "... ")) {
		trace->part = PF_TRACE_FRAMES;
		return false;
	}
	/* A message of several lines. */
	if (trace->part == PF_TRACE_HEADLINE && text.len > 0) {
		pf_buf_puts(&trace->cause, " ");
		pf_buf_add(&trace->cause, text.p, text.len);
	}
	return text.len > 0;
}

bool
pf_trace_line(struct pf_trace *trace, struct pf_str line)
{
	struct pf_str text = trim(line);

	if (pf_str_eq(text, pf_str(block_title))) {
		pf_trace_reset(trace);
		trace->part = PF_TRACE_BLOCK;
		return true;
	}
	if (pf_trace_is_block(trace)) {
		block_line(trace, text);
		return text.len > 0;
	}
	if (trace->part != PF_TRACE_NOTHING)
		return exception_line(trace, line);
	if (starts(text, IN_THREAD)) {
		struct pf_str rest = behind(text, IN_THREAD);
		const char *quote = memmem(rest.p, rest.len, "\" ", 2);
		if (quote != NULL)
			text = (struct pf_str){quote + 2, rest.len - (size_t)(quote + 2 - rest.p)};
	}
	/* Of a log that begins in the middle of a trace only the end of the chain is there; that is what counts. */
	if (starts(line, CAUSED_BY))
		set_cause(trace, behind(line, CAUSED_BY));
	else if (pf_is_exception(text))
		set_cause(trace, text);
	return text.len > 0;
}

void
pf_trace_end(struct pf_trace *trace)
{
	if (trace->resolver == NULL || strstr(pf_buf_text(&trace->cause), "UnknownHostException") == NULL ||
	    strstr(pf_buf_text(&trace->cause), trace->resolver) != NULL)
		return;
	pf_buf_puts(&trace->cause, ": ");
	pf_buf_puts(&trace->cause, trace->resolver);
}

bool
pf_trace_is_block(const struct pf_trace *trace)
{
	return trace->part >= PF_TRACE_BLOCK;
}

/* "some.Exception: message" without the class. */
static const char *
message_of(const char *headline)
{
	size_t len = strcspn(headline, " ");

	if (len > 0 && headline[len - 1] == ':' && headline[len] == ' ' &&
	    pf_is_exception((struct pf_str){headline, len}))
		return headline + len + 1;
	return headline;
}

const char *
pf_trace_told(const struct pf_trace *trace)
{
	const char *inner = message_of(pf_buf_text(&trace->cause)), *outer = message_of(pf_buf_text(&trace->outer));
	const char *cause = pf_buf_text(&trace->cause);

	if (pf_trace_is_block(trace))
		return cause;
	/* "Connect to db:8000 failed: Connection refused" says more than "Connection refused"; whole chains do not. */
	if (strchr(inner, ' ') != NULL && inner != cause && strstr(outer, inner) != NULL &&
	    strlen(outer) - strlen(inner) <= DETAIL_MAX)
		return outer;
	/* A class whose message is no sentence says it by its name. */
	return strchr(inner, ' ') != NULL ? inner : cause;
}
