/* The questions of a wave that need a WebSocket: commands in containers, requests to processes in pods. */
#ifndef POSTFLIGHT_KUBE_TARGET_SOCKETS_H
#define POSTFLIGHT_KUBE_TARGET_SOCKETS_H

#include <postflight/target.h>

#include "net/websocket.h"

struct pf_live;

/* All of one wave. */
struct pf_sockets {
	struct pf_websocket **list; /* for pf_http_wave */
	size_t count;
	struct pf_exec **execs;          /* by question; NULL for another kind */
	struct pf_forward **forwards;    /* by question */
	struct pf_forwarded **forwarded; /* by question */
};

/* Those among ASKS, in SCRATCH. */
struct pf_sockets *
pf_sockets_new(struct pf_live *live, struct pf_arena *scratch, const struct pf_ask *asks, size_t count);

/* True when the answer to question I is a JSON document: such are redacted first. */
bool pf_sockets_is_json(const struct pf_sockets *sockets, size_t i);

void pf_sockets_answer(struct pf_sockets *sockets, size_t i, struct pf_live *live, struct pf_arena *arena,
		       struct pf_answer *answer);

#endif
