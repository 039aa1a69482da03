/* The live target: one wave of HTTP per call, answers redacted in the order of the questions. */
#include <string.h>

#include "kube/direct.h"
#include "kube/target_answer.h"
#include "kube/target_here.h"
#include "kube/target_internal.h"
#include "kube/target_sockets.h"

#define DEFAULT_CAP ((size_t)16 << 20)

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
			if (pf_is_from_here(asks[i].kind) || asks[i].kind == PF_ASK_DIRECT)
				continue;
			bool is_json = response != NULL ? response->ok && pf_live_is_json(response->content_type)
							: pf_sockets_is_json(sockets, i);
			if (is_json == (texts == 1))
				continue;
			if (response != NULL)
				pf_live_answer(live, arena, &asks[i], response, &answers[i]);
			else
				pf_sockets_answer(sockets, i, live, arena, &answers[i]);
		}
	}
	pf_direct_all(live, arena, asks, answers, count, deadline);
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
