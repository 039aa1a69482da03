/* The live target: one wave of HTTP per call, answers redacted in the order of the questions. */
#include <string.h>
#include <strings.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/status.h"
#include "kube/target_here.h"
#include "kube/target_internal.h"
#include "kube/target_sockets.h"

#define DEFAULT_CAP ((size_t)16 << 20)

static bool
is_json_type(const char *content_type)
{
	size_t len = strcspn(content_type, "; ");

	return (len == 16 && strncasecmp(content_type, "application/json", 16) == 0) ||
	       (len > 5 && strncasecmp(content_type + len - 5, "+json", 5) == 0);
}

/* What is no JSON by right: logs, health checks, what a proxied program says. */
static bool
may_be_text(const char *path, const char *content_type)
{
	size_t len = strcspn(path, "?");
	bool is_log = len > 4 && memcmp(path + len - 4, "/log", 4) == 0;

	if (is_log || memmem(path, len, "/proxy", 6) != NULL)
		return true;
	return strncasecmp(content_type, "text/plain", 10) == 0;
}

cJSON *
pf_live_json(struct pf_live *live, struct pf_arena *arena, const char *bytes, size_t len, struct pf_err *err)
{
	cJSON *json = pf_json_parse(arena, bytes, len, err);

	if (json != NULL)
		pf_redact_json(live->redactor, arena, json);
	return json;
}

const char *
pf_live_text(struct pf_live *live, struct pf_arena *arena, const char *bytes, size_t len)
{
	char *clean;
	const char *text;

	if (len == 0)
		return "";
	clean = pf_utf8_clean(arena, bytes, len);
	text = pf_redact_text(live->redactor, arena, clean);
	explicit_bzero(clean, strlen(clean));
	return text;
}

/* The body of a success. False with the answer's error when it is none that the path can have. */
static bool
take_body(struct pf_live *live, struct pf_arena *arena, const struct pf_ask *ask,
	  const struct pf_http_response *response, struct pf_answer *answer)
{
	const char *type = response->content_type;
	const char *path = pf_one_line(arena, ask->path, 200);
	struct pf_err why = {PF_ERR_NONE, ""};

	if (is_json_type(type) && response->body_len > 0) {
		answer->json = pf_live_json(live, arena, response->body, response->body_len, &why);
		if (answer->json != NULL)
			return true;
		return pf_fail(&answer->err, PF_ERR_PROTOCOL, "%s %s was answered with broken JSON (%s): %s",
			       ask->method, path, pf_one_line(arena, type, 80),
			       pf_redact_text(live->redactor, arena, why.text));
	}
	if (may_be_text(ask->path, type) || response->status == 204) {
		answer->text = pf_live_text(live, arena, response->body, response->body_len);
		return true;
	}
	if (pf_is_web_page(type))
		return pf_fail(&answer->err, PF_ERR_PROTOCOL, "the server answered %s %s with a web page (%s): %s",
			       ask->method, path, pf_one_line(arena, type, 80), pf_web_page_hint);
	return pf_fail(&answer->err, PF_ERR_PROTOCOL, "the server answered %s %s with %s instead of JSON (%s): %s",
		       ask->method, path, response->body_len == 0 ? "nothing" : "something else",
		       *type != '\0' ? pf_one_line(arena, type, 80) : "no content type", pf_web_page_hint);
}

static void
take_refusal(struct pf_live *live, struct pf_arena *arena, const struct pf_ask *ask,
	     const struct pf_http_response *response, struct pf_answer *answer)
{
	struct pf_refusal refusal = {ask->method, ask->path, response->status, response->content_type, NULL, ""};
	struct pf_err why;

	if (is_json_type(response->content_type))
		answer->json = pf_live_json(live, arena, response->body, response->body_len, &why);
	if (answer->json == NULL)
		answer->text = pf_live_text(live, arena, response->body, response->body_len);
	refusal.json = answer->json;
	refusal.text = answer->text != NULL ? answer->text : "";
	pf_refusal_explain(arena, &refusal, &answer->err);
}

void
pf_live_answer(struct pf_live *live, struct pf_arena *arena, const struct pf_ask *ask,
	       struct pf_http_response *response, struct pf_answer *answer)
{
	answer->status = response->status;
	answer->elapsed_ms = response->elapsed_ms;
	if (!response->ok)
		pf_fail(&answer->err, response->err.kind, "%s",
			pf_redact_text(live->redactor, arena, response->err.text));
	else if (response->status >= 200 && response->status < 300)
		answer->ok = take_body(live, arena, ask, response, answer);
	else
		take_refusal(live, arena, ask, response, answer);
	if (response->body != NULL)
		explicit_bzero(response->body, response->body_len);
}

static const struct pf_http_header json_headers[] = {{"Accept", "application/json, */*"},
						     {"Content-Type", "application/json"}};

static struct pf_http_request
request_of(const struct pf_live *live, struct pf_arena *scratch, const struct pf_ask *ask)
{
	struct pf_http_header *headers = pf_alloc_array(scratch, 2, sizeof(*headers));

	memcpy(headers, json_headers, sizeof(json_headers));
	if (ask->content_type != NULL)
		headers[1].value = ask->content_type;
	return (struct pf_http_request){
		.method = ask->method,
		.path = ask->path,
		.headers = headers,
		.header_count = ask->body != NULL ? 2 : 1,
		.body = ask->body,
		.body_len = ask->body != NULL ? strlen(ask->body) : 0,
		.cap = ask->cap != 0 ? ask->cap : DEFAULT_CAP,
		.timeout_ms = ask->timeout_ms > 0 ? ask->timeout_ms : live->request_timeout_ms,
	};
}

/* Requests alone, or with WebSockets beside them. */
static void
perform(struct pf_live *live, struct pf_arena *scratch, const struct pf_http_wave *wave, struct pf_deadline deadline)
{
	struct pf_err err;

	if (wave->socket_count > 0 && live->perform_wave != NULL) {
		live->perform_wave(live->context, scratch, wave, deadline);
		return;
	}
	pf_fail(&err, PF_ERR_UNREACHABLE, "this target has no way into containers");
	for (size_t i = 0; i < wave->socket_count; i++)
		pf_websocket_fail(wave->sockets[i], &err);
	live->perform(live->context, scratch, wave->requests, wave->responses, wave->count, deadline);
}

/*
 * Documents come before texts: what a Secret of the same wave holds is then known when a log is read. Either in the
 * order of the questions, so that the numbers of tokens do not depend on which answer came first.
 */
static void
live_ask(void *self, struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
	 struct pf_deadline deadline)
{
	struct pf_live *live = self;
	struct pf_arena *scratch = pf_arena_new();
	struct pf_http_request *requests = pf_alloc_array(scratch, count, sizeof(*requests));
	struct pf_http_response *responses = pf_alloc_array(scratch, count, sizeof(*responses));
	struct pf_http_response **response_of = pf_alloc_array(scratch, count, sizeof(struct pf_http_response *));
	struct pf_sockets *sockets = pf_sockets_new(live, scratch, asks, count);
	struct pf_http_wave wave = {
		.requests = requests, .responses = responses, .sockets = sockets->list, .socket_count = sockets->count};

	for (size_t i = 0; i < count; i++) {
		if (asks[i].kind != PF_ASK_API)
			continue;
		response_of[i] = &responses[wave.count];
		requests[wave.count++] = request_of(live, scratch, &asks[i]);
	}
	if (wave.count + wave.socket_count > 0)
		perform(live, scratch, &wave, deadline);
	pf_ask_from_here(arena, asks, answers, count, deadline);
	for (int texts = 0; texts < 2; texts++) {
		for (size_t i = 0; i < count; i++) {
			struct pf_http_response *response = response_of[i];
			if (pf_is_from_here(asks[i].kind))
				continue;
			bool is_json = response != NULL ? response->ok && is_json_type(response->content_type)
							: pf_sockets_is_json(sockets, i);
			if (is_json == (texts == 1))
				continue;
			if (response != NULL)
				pf_live_answer(live, arena, &asks[i], response, &answers[i]);
			else
				pf_sockets_answer(sockets, i, live, arena, &answers[i]);
		}
	}
	pf_arena_free(scratch);
}

static const struct pf_target_ops live_ops = {
	.ask = live_ask, .watch = pf_live_watch, .now = pf_target_own_now, .wall = pf_target_own_wall};

struct pf_target *
pf_target_over(struct pf_arena *arena, pf_target_perform *send, void *context, int64_t request_timeout_ms)
{
	struct pf_live *live = pf_alloc(arena, sizeof(*live));

	*live = (struct pf_live){
		.perform = send,
		.context = context,
		.request_timeout_ms = request_timeout_ms,
		.redactor = pf_redactor_new(arena),
	};
	return pf_target_new(arena, &live_ops, live, NULL);
}
