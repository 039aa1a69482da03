#include "kube/target_sockets.h"

#include <string.h>

#include "kube/exec.h"
#include "kube/forward.h"
#include "kube/target_internal.h"

/* The stream to the same port of the same pod, made when there is none. */
static struct pf_forward *
forward_to(struct pf_sockets *sockets, struct pf_live *live, struct pf_arena *scratch, const struct pf_ask *ask,
	   size_t before, int64_t timeout_ms)
{
	struct pf_forward *forward;

	for (size_t i = 0; i < before; i++)
		if (sockets->forwards[i] != NULL && sockets->forwards[i]->port == ask->port &&
		    strcmp(sockets->forwards[i]->path, ask->path) == 0)
			return sockets->forwards[i];
	forward = pf_forward_new(scratch, live->redactor, ask->path, ask->port, timeout_ms);
	sockets->list[sockets->count++] = forward->socket;
	return forward;
}

/* Of two times, 0 for none. */
static int64_t
sooner(int64_t a, int64_t b)
{
	return a > 0 && (b <= 0 || a < b) ? a : b;
}

struct pf_sockets *
pf_sockets_new(struct pf_live *live, struct pf_arena *scratch, const struct pf_ask *asks, size_t count)
{
	struct pf_sockets *sockets = pf_alloc(scratch, sizeof(*sockets));

	sockets->list = pf_alloc_array(scratch, count, sizeof(struct pf_websocket *));
	sockets->execs = pf_alloc_array(scratch, count, sizeof(struct pf_exec *));
	sockets->forwards = pf_alloc_array(scratch, count, sizeof(struct pf_forward *));
	sockets->forwarded = pf_alloc_array(scratch, count, sizeof(struct pf_forwarded *));
	for (size_t i = 0; i < count; i++) {
		int64_t timeout_ms = asks[i].timeout_ms > 0 ? asks[i].timeout_ms : live->request_timeout_ms;
		if (asks[i].kind == PF_ASK_EXEC) {
			sockets->execs[i] = pf_alloc(scratch, sizeof(struct pf_exec));
			pf_exec_begin(sockets->execs[i], scratch, &asks[i], timeout_ms,
				      sooner(timeout_ms, live->request_timeout_ms));
			sockets->list[sockets->count++] = sockets->execs[i]->socket;
		} else if (asks[i].kind == PF_ASK_FORWARD) {
			sockets->forwards[i] = forward_to(sockets, live, scratch, &asks[i], i, timeout_ms);
			sockets->forwarded[i] = pf_forward_add(sockets->forwards[i], scratch, &asks[i], timeout_ms);
		}
	}
	return sockets;
}

bool
pf_sockets_is_json(const struct pf_sockets *sockets, size_t i)
{
	return sockets->forwarded[i] != NULL && sockets->forwarded[i]->is_json;
}

void
pf_sockets_answer(struct pf_sockets *sockets, size_t i, struct pf_live *live, struct pf_arena *arena,
		  struct pf_answer *answer)
{
	if (sockets->execs[i] != NULL)
		pf_exec_answer(sockets->execs[i], live, arena, answer);
	else
		pf_forward_answer(sockets->forwards[i], sockets->forwarded[i], live, arena, answer);
}
