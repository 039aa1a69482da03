/* The live target over a real connection. */
#include <postflight/connection.h>

#include "kube/target_internal.h"

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
