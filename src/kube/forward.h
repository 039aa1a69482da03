/* HTTP to a process in a pod: pods/portforward over a WebSocket, as a member of a wave. */
#ifndef POSTFLIGHT_KUBE_FORWARD_H
#define POSTFLIGHT_KUBE_FORWARD_H

#include <postflight/redact.h>
#include <postflight/target.h>

#include "net/http1.h"
#include "net/websocket.h"

struct pf_live;

/* One request over the stream, and what came back. */
struct pf_forwarded {
	const struct pf_ask *ask;
	int64_t timeout_ms;
	struct pf_http1 http;
	bool over;    /* an answer came, or ERR says why not; else the stream's end says it */
	bool is_json; /* the answer says that it is a JSON document */
	struct pf_err err;
	bool refused;
	enum pf_reply reply;
	bool sent_again;
	int64_t started_ms, sent_ms, elapsed_ms;
	struct pf_forwarded *next;
};

/* The requests to one port of one pod, one after the other. */
struct pf_forward {
	const char *path; /* …/pods/NAME/portforward */
	int port;
	const struct pf_redactor *redactor;
	struct pf_websocket *socket;
	struct pf_forwarded *first, *current;
	size_t skip[2];        /* of the two channels: bytes of the port number that are still to come */
	struct pf_buf refusal; /* channel 1: why there is no connection to the process */
	bool has_opened;
	bool in_flight; /* the current request was sent, over this very stream */
	struct pf_websocket_end end;
	struct pf_forward *next;
};

/* TIMEOUT_MS is for opening a stream. Strings must live as long as SCRATCH. */
struct pf_forward *pf_forward_new(struct pf_arena *scratch, const struct pf_redactor *redactor, const char *path,
				  int port, int64_t timeout_ms);

/* ASK goes last. */
struct pf_forwarded *
pf_forward_add(struct pf_forward *forward, struct pf_arena *scratch, const struct pf_ask *ask, int64_t timeout_ms);

/* What came of it, redacted, into a zeroed ANSWER; what was raw is wiped. */
void pf_forward_answer(struct pf_forward *forward, struct pf_forwarded *one, struct pf_live *live,
		       struct pf_arena *arena, struct pf_answer *answer);

#endif
