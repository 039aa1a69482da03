/* The live target over a real connection. */
#include <postflight/connection.h>

#include "kube/target_internal.h"
#include "net/websocket.h"

static void
perform(void *context, struct pf_arena *arena, const struct pf_http_request *requests,
	struct pf_http_response *responses, size_t count, struct pf_deadline deadline)
{
	pf_connection_perform(context, arena, requests, responses, count, deadline);
}

static void
perform_wave(void *context, struct pf_arena *arena, const struct pf_http_wave *wave, struct pf_deadline deadline)
{
	pf_connection_perform_wave(context, arena, wave, deadline);
}

struct pf_target *
pf_target_live(struct pf_arena *arena, struct pf_connection *connection, int64_t request_timeout_ms)
{
	struct pf_target *target = pf_target_over(arena, perform, connection, request_timeout_ms);

	((struct pf_live *)target->self)->perform_wave = perform_wave;
	return target;
}

/* ---- Without a server --------------------------------------------------------------------------------------- */

static void
fail_requests(void *context, struct pf_arena *arena, const struct pf_http_request *requests,
	      struct pf_http_response *responses, size_t count, struct pf_deadline deadline)
{
	(void)arena;
	(void)requests;
	(void)deadline;
	for (size_t i = 0; i < count; i++)
		responses[i] = (struct pf_http_response){.err = *(const struct pf_err *)context};
}

static void
fail_wave(void *context, struct pf_arena *arena, const struct pf_http_wave *wave, struct pf_deadline deadline)
{
	for (size_t i = 0; i < wave->socket_count; i++)
		pf_websocket_fail(wave->sockets[i], context);
	fail_requests(context, arena, wave->requests, wave->responses, wave->count, deadline);
}

struct pf_target *
pf_target_without_server(struct pf_arena *arena, const struct pf_err *err, int64_t request_timeout_ms)
{
	struct pf_err *copy = pf_alloc(arena, sizeof(*copy));
	struct pf_target *target = pf_target_over(arena, fail_requests, copy, request_timeout_ms);

	*copy = *err;
	((struct pf_live *)target->self)->perform_wave = fail_wave;
	return target;
}
