#include "kube/inner_http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <postflight/str.h>

#include "kube/target_answer.h"

#define REQUEST_CAP ((size_t)1 << 20)

static const char token_chars[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The text between two line ends with its tokens replaced. False when a token stands for nothing, or a line breaks. */
static bool
add_expanded_line(const struct pf_redactor *redactor, struct pf_str line, struct pf_buf *out)
{
	PF_AUTO_BUF text = PF_BUF(REQUEST_CAP), expanded = PF_BUF(REQUEST_CAP);

	if (!pf_buf_add(&text, line.p, line.len) || !pf_redactor_expand(redactor, pf_buf_text(&text), &expanded) ||
	    expanded.len == 0)
		return false;
	for (size_t i = 0; i < expanded.len; i++)
		if (expanded.p[i] == '\r' || expanded.p[i] == '\n' || expanded.p[i] == '\0')
			return false;
	return pf_buf_add(out, expanded.p, expanded.len) && pf_buf_puts(out, "\r\n");
}

/* "Name: value\r\n" each. */
static bool
add_headers(const struct pf_redactor *redactor, const char *lines, struct pf_buf *out)
{
	while (*lines != '\0') {
		const char *end = strstr(lines, "\r\n");
		size_t name = strspn(lines, token_chars);
		if (end == NULL || name == 0 || lines[name] != ':' ||
		    !add_expanded_line(redactor, (struct pf_str){lines, (size_t)(end - lines)}, out))
			return false;
		lines = end + 2;
	}
	return true;
}

static bool
has_header(const char *lines, const char *name)
{
	size_t len = strlen(name);

	while (lines != NULL && *lines != '\0') {
		const char *end = strstr(lines, "\r\n");
		if (strncasecmp(lines, name, len) == 0 && lines[len] == ':')
			return true;
		lines = end != NULL ? end + 2 : NULL;
	}
	return false;
}

static bool
is_request_line(const struct pf_ask *ask)
{
	if (ask->method == NULL || ask->method[0] == '\0' || ask->method[strspn(ask->method, token_chars)] != '\0' ||
	    ask->inner_path == NULL || ask->inner_path[0] != '/')
		return false;
	for (const char *c = ask->inner_path; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7F)
			return false;
	return true;
}

/* By a port-forward the process is reached at its own loopback. */
static const char *
host_of(const struct pf_ask *ask, char *local, size_t size)
{
	if (ask->kind == PF_ASK_DIRECT)
		return ask->path;
	snprintf(local, size, "localhost:%d", ask->port);
	return local;
}

bool
pf_inner_http_request(const struct pf_redactor *redactor, const struct pf_ask *ask, struct pf_buf *out,
		      struct pf_err *err)
{
	char local[32];
	PF_AUTO_BUF body = PF_BUF(REQUEST_CAP);

	if (!is_request_line(ask))
		return pf_fail(err, PF_ERR_CONFIG, "the method or path holds characters that no request can hold");
	pf_buf_printf(out, "%s %s HTTP/1.1\r\n", ask->method, ask->inner_path);
	if (!has_header(ask->headers, "Host"))
		pf_buf_printf(out, "Host: %s\r\n", host_of(ask, local, sizeof(local)));
	if (!has_header(ask->headers, "User-Agent"))
		pf_buf_puts(out, "User-Agent: postflight\r\n");
	if (!has_header(ask->headers, "Accept"))
		pf_buf_puts(out, "Accept: application/json, */*\r\n");
	if (ask->headers != NULL && !add_headers(redactor, ask->headers, out))
		return pf_fail(
			err, PF_ERR_CONFIG,
			"one of the request's headers cannot be sent: it is no line of name and value, or what it "
			"stands for holds a line break or is not known");
	if (ask->body != NULL) {
		if (!pf_redactor_expand(redactor, ask->body, &body))
			return pf_fail(err, PF_ERR_CONFIG,
				       "the request's body cannot be sent: what it stands for is "
				       "not known, or it is too large");
		if (!has_header(ask->headers, "Content-Type"))
			pf_buf_printf(out, "Content-Type: %s\r\n",
				      ask->content_type != NULL ? ask->content_type : "application/json");
		pf_buf_printf(out, "Content-Length: %zu\r\n", body.len);
	}
	pf_buf_puts(out, "\r\n");
	pf_buf_add(out, body.p, body.len);
	return !out->cut || pf_fail(err, PF_ERR_CONFIG, "the request is larger than %zu bytes", out->cap);
}

/* What an API server says, and what DynamoDB does. */
static bool
is_json_type(const char *type)
{
	static const char of_dynamodb[] = "application/x-amz-json-";

	return pf_live_is_json(type) || strncasecmp(type, of_dynamodb, sizeof(of_dynamodb) - 1) == 0;
}

bool
pf_inner_http_is_json(const struct pf_http1 *http)
{
	struct pf_arena *scratch = pf_arena_new();
	const char *type = pf_http1_header(http, scratch, "Content-Type");
	bool is_json = type != NULL && is_json_type(type);

	pf_arena_free(scratch);
	return is_json;
}

void
pf_inner_http_answer(const struct pf_http1 *http, bool is_json, struct pf_live *live, struct pf_arena *arena,
		     struct pf_answer *answer)
{
	const struct pf_buf *body = &http->body;
	const char *server = pf_http1_header(http, arena, "Server");
	struct pf_err unused;

	answer->server = server != NULL ? pf_live_text(live, arena, server, strlen(server)) : NULL;
	answer->ok = true;
	answer->status = http->status;
	if (body->len > 0 && is_json)
		answer->json = pf_live_json(live, arena, body->p, body->len, &unused);
	if (answer->json == NULL)
		answer->text = pf_live_text(live, arena, body->p, body->len);
}
