/* A command in a container: pods/exec over a WebSocket, as a member of a wave. */
#ifndef POSTFLIGHT_KUBE_EXEC_H
#define POSTFLIGHT_KUBE_EXEC_H

#include <postflight/buf.h>
#include <postflight/target.h>

#include "net/websocket.h"

struct pf_live;

struct pf_exec {
	const struct pf_ask *ask;
	struct pf_websocket *socket;
	struct pf_buf out;    /* standard output as it came, not redacted */
	struct pf_buf err;    /* standard error */
	struct pf_buf status; /* channel 3: a Status object */
	bool has_status;      /* all of it */
	bool has_opened;
	struct pf_websocket_end end;
	int64_t elapsed_ms;
	int64_t timeout_ms;
};

/*
 * EXEC must not move before pf_exec_answer(), which is due. TIMEOUT_MS is for all of it, OPENING_MS for the server's
 * consent: a command may take longer than a server to say that it may run.
 */
void pf_exec_begin(struct pf_exec *exec, struct pf_arena *scratch, const struct pf_ask *ask, int64_t timeout_ms,
		   int64_t opening_ms);

/* What came of it, redacted, into a zeroed ANSWER; what was raw is wiped. */
void pf_exec_answer(struct pf_exec *exec, struct pf_live *live, struct pf_arena *arena, struct pf_answer *answer);

#endif
