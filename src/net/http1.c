/* Reading an HTTP/1.x answer: a line or a piece of the body at a time. */
#include "http1.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <postflight/str.h>

/* A chunk's size with its extensions. */
#define CHUNK_LINE_CAP ((size_t)4096)

static const char version_start[] = "HTTP/1.";

void
pf_http1_free(struct pf_http1 *answer)
{
	pf_buf_free(&answer->line);
	pf_buf_free(&answer->header);
	pf_buf_free(&answer->body);
}

void
pf_http1_begin(struct pf_http1 *answer, size_t body_cap)
{
	pf_http1_free(answer);
	*answer = (struct pf_http1){
		.line = PF_BUF(PF_HTTP1_HEAD_CAP), .header = PF_BUF(2 * PF_HTTP1_HEAD_CAP), .body = PF_BUF(body_cap)};
}

static bool
refuse(struct pf_http1 *answer, struct pf_err *err, const char *what)
{
	answer->state = PF_HTTP1_BROKEN;
	return pf_fail(err, PF_ERR_PROTOCOL, "%s", what);
}

/* ---- Header lines ---- */

/* The next line from *AT on that has NAME; *AT goes behind it. */
static bool
next_field(const char *name, const char **at, struct pf_str *value)
{
	size_t len = strlen(name);

	while (**at != '\0') {
		const char *line = *at, *end = strchr(line, '\n');
		*at = end + 1;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		for (line += len + 1; line < end && (*line == ' ' || *line == '\t');)
			line++;
		while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		*value = (struct pf_str){line, (size_t)(end - line)};
		return true;
	}
	return false;
}

const char *
pf_http1_header(const struct pf_http1 *answer, struct pf_arena *arena, const char *name)
{
	const char *at = pf_buf_text(&answer->header);
	struct pf_str value;

	return next_field(name, &at, &value) ? pf_strndup(arena, value.p, value.len) : NULL;
}

bool
pf_http1_header_lists(const struct pf_http1 *answer, const char *name, const char *word)
{
	const char *at = pf_buf_text(&answer->header);
	size_t len = strlen(word);
	struct pf_str value;

	while (next_field(name, &at, &value)) {
		size_t i = 0;
		while (i < value.len) {
			size_t from, to;
			while (i < value.len && strchr(", \t", value.p[i]) != NULL)
				i++;
			for (from = i; i < value.len && value.p[i] != ',';)
				i++;
			for (to = i; to > from && strchr(" \t", value.p[to - 1]) != NULL;)
				to--;
			if (to - from == len && strncasecmp(value.p + from, word, len) == 0)
				return true;
		}
	}
	return false;
}

static bool
read_number(struct pf_str digits, unsigned base, uint64_t *out)
{
	uint64_t value = 0;

	if (digits.len == 0 || digits.len > 15)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		int c = (unsigned char)digits.p[i];
		if (base == 10 ? !isdigit(c) : !isxdigit(c))
			return false;
		value = value * base + (unsigned)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
	}
	*out = value;
	return true;
}

/* What came instead of a status line. */
static bool
refuse_start(struct pf_http1 *answer, struct pf_err *err)
{
	const unsigned char *p = (const unsigned char *)answer->line.p;
	size_t len = answer->line.len;

	answer->is_tls = len >= 2 && p[1] == 0x03 && (p[0] == 0x15 || p[0] == 0x16);
	if (answer->is_tls)
		return refuse(answer, err,
			      p[0] == 0x15 ? "a TLS alert came instead of an HTTP answer: a TLS server"
					   : "a TLS handshake came instead of an HTTP answer: a TLS server");
	for (size_t i = 0; i < len; i++)
		if (p[i] >= 0x7F || (p[i] < 0x20 && p[i] != '\r' && p[i] != '\n' && p[i] != '\t'))
			return refuse(answer, err, "binary bytes that are neither HTTP nor TLS came");
	return refuse(answer, err, "text that is no HTTP came");
}

/* As soon as the first bytes show that this is no HTTP/1. */
static bool
check_start(struct pf_http1 *answer, struct pf_err *err)
{
	size_t len = answer->line.len < sizeof(version_start) - 1 ? answer->line.len : sizeof(version_start) - 1;

	if (memcmp(answer->line.p, version_start, len) == 0)
		return true;
	/* One byte of TLS is like any other. */
	if (answer->line.len == 1 && (answer->line.p[0] == 0x15 || answer->line.p[0] == 0x16))
		return true;
	return refuse_start(answer, err);
}

static bool
take_status_line(struct pf_http1 *answer, struct pf_err *err)
{
	const char *line = pf_buf_text(&answer->line);
	uint64_t status;

	/* HTTP/1.1 200 OK; the reason may be missing. */
	if (strlen(line) != answer->line.len || answer->line.len < 12 || (line[7] != '0' && line[7] != '1') ||
	    line[8] != ' ' || !read_number((struct pf_str){line + 9, 3}, 10, &status) || status < 100 || status > 599 ||
	    (line[12] != '\0' && line[12] != ' '))
		return refuse(answer, err, "its status line is malformed");
	answer->status = (int)status;
	answer->keep_alive = line[7] == '1';
	answer->has_length = answer->chunked = false;
	pf_buf_free(&answer->header);
	answer->state = PF_HTTP1_HEADER;
	return true;
}

/* Content-Length may come twice only if it says the same. */
static bool
take_length(struct pf_http1 *answer, struct pf_str value, struct pf_err *err)
{
	uint64_t length;

	if (!read_number(value, 10, &length))
		return refuse(answer, err, "its Content-Length is no number");
	if (answer->has_length && answer->left != length)
		return refuse(answer, err, "it has two lengths");
	answer->has_length = true;
	answer->left = length;
	return true;
}

static bool
is_token_char(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
take_field(struct pf_http1 *answer, struct pf_err *err)
{
	const char *line = pf_buf_text(&answer->line);
	size_t name = 0, from, to = answer->line.len;

	while (is_token_char(line[name]))
		name++;
	if (name == 0 || line[name] != ':' || strlen(line) != answer->line.len)
		return refuse(answer, err, "a header line is malformed");
	for (from = name + 1; from < to && (line[from] == ' ' || line[from] == '\t');)
		from++;
	while (to > from && (line[to - 1] == ' ' || line[to - 1] == '\t'))
		to--;
	pf_buf_add(&answer->header, line, answer->line.len);
	pf_buf_puts(&answer->header, "\n");
	if (name == 14 && strncasecmp(line, "Content-Length", name) == 0)
		return take_length(answer, (struct pf_str){line + from, to - from}, err);
	if (name == 17 && strncasecmp(line, "Transfer-Encoding", name) == 0) {
		if (answer->chunked || to - from != 7 || strncasecmp(line + from, "chunked", 7) != 0)
			return refuse(answer, err, "its transfer encoding is not chunked");
		answer->chunked = true;
	}
	return true;
}

/* The empty line: what follows, and how long it is. */
static bool
take_head_end(struct pf_http1 *answer, struct pf_err *err)
{
	if (answer->status == 101 && !answer->may_switch)
		return refuse(answer, err, "it switches protocols unasked");
	if (answer->status < 200 && answer->status != 101) {
		answer->state = PF_HTTP1_STATUS_LINE;
		return true;
	}
	answer->has_head = true;
	if (answer->chunked && answer->has_length)
		return refuse(answer, err, "it has both a length and a transfer encoding");
	if (pf_http1_header_lists(answer, "Connection", "close"))
		answer->keep_alive = false;
	else if (pf_http1_header_lists(answer, "Connection", "keep-alive"))
		answer->keep_alive = true;
	if (answer->to_head || answer->status < 200 || answer->status == 204 || answer->status == 304)
		answer->state = PF_HTTP1_DONE;
	else if (answer->chunked)
		answer->state = PF_HTTP1_CHUNK_SIZE;
	else if (answer->has_length)
		answer->state = answer->left > 0 ? PF_HTTP1_BODY : PF_HTTP1_DONE;
	else
		answer->state = PF_HTTP1_BODY_TO_END;
	if (answer->state == PF_HTTP1_BODY_TO_END)
		answer->keep_alive = false;
	return true;
}

static bool
take_chunk_size(struct pf_http1 *answer, struct pf_err *err)
{
	const char *line = pf_buf_text(&answer->line);

	/* What stands behind the size are extensions. */
	if (!read_number((struct pf_str){line, strcspn(line, "; \t")}, 16, &answer->left))
		return refuse(answer, err, "the size of a chunk is no number");
	answer->state = answer->left > 0 ? PF_HTTP1_CHUNK : PF_HTTP1_TRAILER;
	return true;
}

static bool
take_line(struct pf_http1 *answer, struct pf_err *err)
{
	bool empty = answer->line.len == 0;

	switch (answer->state) {
	case PF_HTTP1_STATUS_LINE:
		return take_status_line(answer, err);
	case PF_HTTP1_HEADER:
		return empty ? take_head_end(answer, err) : take_field(answer, err);
	case PF_HTTP1_CHUNK_SIZE:
		return take_chunk_size(answer, err);
	case PF_HTTP1_CHUNK_END:
		answer->state = PF_HTTP1_CHUNK_SIZE;
		return empty || refuse(answer, err, "a chunk is longer than its size");
	default:
		answer->state = empty ? PF_HTTP1_DONE : PF_HTTP1_TRAILER;
		return true;
	}
}

/* ---- Bytes ---- */

static bool
takes_lines(const struct pf_http1 *answer)
{
	return answer->state != PF_HTTP1_BODY && answer->state != PF_HTTP1_BODY_TO_END &&
	       answer->state != PF_HTTP1_CHUNK;
}

/* Bytes up to the end of the present line, without its CR LF or LF. */
static bool
take_line_bytes(struct pf_http1 *answer, const char *bytes, size_t len, size_t *used, struct pf_err *err)
{
	const char *newline = memchr(bytes, '\n', len);
	size_t part = newline != NULL ? (size_t)(newline - bytes) : len;
	bool is_chunk = answer->state == PF_HTTP1_CHUNK_SIZE || answer->state == PF_HTTP1_CHUNK_END;

	*used = newline != NULL ? part + 1 : part;
	if (!is_chunk)
		answer->head_bytes += *used;
	if (answer->head_bytes > PF_HTTP1_HEAD_CAP || !pf_buf_add(&answer->line, bytes, part) ||
	    (is_chunk && answer->line.len > CHUNK_LINE_CAP))
		return refuse(answer, err, "its header is larger than 64 KiB");
	if (answer->state == PF_HTTP1_STATUS_LINE && answer->line.len > 0 && !check_start(answer, err))
		return false;
	if (newline == NULL)
		return true;
	if (answer->line.len > 0 && answer->line.p[answer->line.len - 1] == '\r')
		answer->line.p[--answer->line.len] = '\0';
	if (!take_line(answer, err))
		return false;
	pf_buf_free(&answer->line);
	return true;
}

static bool
take_body_bytes(struct pf_http1 *answer, const char *bytes, size_t len, size_t *used, struct pf_err *err)
{
	bool to_end = answer->state == PF_HTTP1_BODY_TO_END;

	*used = to_end || len < answer->left ? len : (size_t)answer->left;
	if ((!to_end && answer->left > answer->body.cap - answer->body.len) ||
	    !pf_buf_add(&answer->body, bytes, *used)) {
		answer->state = PF_HTTP1_BROKEN;
		return pf_fail(err, PF_ERR_PROTOCOL, "its body is larger than the %zu bytes that are accepted",
			       answer->body.cap);
	}
	if (!to_end)
		answer->left -= *used;
	if (!to_end && answer->left == 0)
		answer->state = answer->state == PF_HTTP1_CHUNK ? PF_HTTP1_CHUNK_END : PF_HTTP1_DONE;
	return true;
}

bool
pf_http1_take(struct pf_http1 *answer, const char *bytes, size_t len, size_t *used, struct pf_err *err)
{
	size_t at = 0;

	answer->spoke = answer->spoke || len > 0;
	while (at < len && answer->state != PF_HTTP1_DONE) {
		size_t part = 0;
		bool ok = takes_lines(answer) ? take_line_bytes(answer, bytes + at, len - at, &part, err)
					      : take_body_bytes(answer, bytes + at, len - at, &part, err);
		if (!ok)
			return false;
		at += part;
	}
	*used = at;
	return true;
}

bool
pf_http1_says_tls(int status, const char *body)
{
	static const char *const words[] = {"HTTP request to an HTTPS server",
					    "plain HTTP request was sent to HTTPS port",
					    "speaking plain HTTP to an SSL-enabled server port"};

	for (size_t i = 0; status == 400 && i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(body, words[i]) != NULL)
			return true;
	return false;
}

bool
pf_http1_stream_ended(struct pf_http1 *answer, struct pf_err *err)
{
	if (answer->state == PF_HTTP1_BODY_TO_END)
		answer->state = PF_HTTP1_DONE;
	if (answer->state == PF_HTTP1_DONE)
		return true;
	/* A lone byte of TLS was given the benefit of the doubt. */
	if (answer->state == PF_HTTP1_STATUS_LINE && answer->line.len > 0 &&
	    memcmp(answer->line.p, version_start, 1) != 0)
		return refuse_start(answer, err);
	answer->state = PF_HTTP1_BROKEN;
	return pf_fail(err, PF_ERR_UNREACHABLE, "%s",
		       answer->spoke ? "the connection ended before the answer was complete"
				     : "the connection ended without an answer");
}
