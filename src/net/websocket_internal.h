/* What a wave does with its WebSockets, and what the files of one share. */
#ifndef POSTFLIGHT_NET_WEBSOCKET_INTERNAL_H
#define POSTFLIGHT_NET_WEBSOCKET_INTERNAL_H

#include <wslay/wslay.h>

#include "http1.h"
#include "http_internal.h"
#include "websocket.h"

#define PF_WEBSOCKET_KEY 24
#define PF_WEBSOCKET_ACCEPT 28

enum pf_websocket_state {
	PF_WEBSOCKET_WAITING, /* to be started */
	PF_WEBSOCKET_CONNECTING,
	PF_WEBSOCKET_SHAKING,
	PF_WEBSOCKET_OPEN,
	PF_WEBSOCKET_ENDED,
};

struct pf_websocket {
	struct pf_arena *arena;
	struct pf_websocket_request request;
	enum pf_websocket_state state;

	struct pf_http *http;
	const struct pf_http_header *headers;
	size_t header_count;
	struct pf_http_easy easy; /* connected by libcurl, then read and written here; in the multi to the end */
	curl_socket_t fd;
	struct pf_deadline limit;
	int64_t started_ms;

	struct pf_buf greeting; /* the upgrade request */
	size_t greeted;
	struct pf_http1 answer;
	struct pf_buf early; /* what came behind the answer's header */
	size_t early_taken;
	char expected[PF_WEBSOCKET_ACCEPT + 1];

	wslay_event_context_ptr frames;
	bool hurried;  /* there may be more to read at once */
	size_t budget; /* bytes that may be read in this turn */
	bool lost;     /* the connection is gone; WHY says by what, CURLE_OK: the peer closed it */
	CURLcode why;
	bool has_closed; /* the user had enough */

	struct pf_websocket_end end;
};

/* ---- websocket.c: for the wave ---- */

/* Makes it ready for a wave; it starts with its first turn. */
void pf_websocket_prepare(struct pf_websocket *socket, struct pf_http *http, const struct pf_http_header *headers,
			  size_t header_count);

/* Connected, or not: libcurl says so once for each start. */
void pf_websocket_connected(struct pf_websocket *socket, CURLcode code);

/* Whatever can be done without waiting. */
void pf_websocket_turn(struct pf_websocket *socket);

/* What to wait for, apart from libcurl's own; false: nothing but a moment. */
bool pf_websocket_wait(const struct pf_websocket *socket, struct curl_waitfd *out);

/* When the next turn is due at the latest. */
struct pf_deadline pf_websocket_due(const struct pf_websocket *socket);

/* ---- websocket_end.c ---- */

/* Ends what has not ended, with PF_ERR_INTERRUPTED or PF_ERR_TIMEOUT. For the wave. */
void pf_websocket_abandon(struct pf_websocket *socket, enum pf_err_kind kind);

/* Ends it; ERR of kind PF_ERR_NONE: in good order. It waits for its next start where whoever asked for it wants that.
 */
void pf_websocket_end(struct pf_websocket *socket, const struct pf_err *err);

/* The same, because the connection is lost, or because the limit has passed. */
void pf_websocket_end_lost(struct pf_websocket *socket);
void pf_websocket_end_late(struct pf_websocket *socket);

/* Whom it is with, for sentences. */
const char *pf_websocket_server(const struct pf_websocket *socket);

/* ---- websocket_frames.c ---- */

/* What is read in one turn, so that a flood leaves time for the others and for a signal. */
#define PF_WEBSOCKET_TURN ((size_t)256 * 1024)

/* Bytes over the connection, without waiting; 0: none now. A connection that is gone is LOST. */
ssize_t pf_websocket_receive(struct pf_websocket *socket, char *into, size_t room);
size_t pf_websocket_transmit(struct pf_websocket *socket, const void *bytes, size_t len);

/* After the upgrade to PROTOCOL: from now on there are messages. */
void pf_websocket_open_frames(struct pf_websocket *socket, const char *protocol);

/* Reads and sends what can be without waiting. */
void pf_websocket_talk(struct pf_websocket *socket);

/* ---- websocket_handshake.c ---- */

/* Writes the upgrade request. False with ERR. */
bool pf_websocket_greet(struct pf_websocket *socket, struct pf_err *err);

/* Whether the whole answer accepts the upgrade as it was asked for; *PROTOCOL is the one chosen. False with ERR. */
bool pf_websocket_is_accepted(struct pf_websocket *socket, const char **protocol, struct pf_err *err);

/* ---- websocket_key.c ---- */

/* A new random key, and the proof that only a WebSocket server gives for it. */
void pf_websocket_key(char key[PF_WEBSOCKET_KEY + 1], char accept[PF_WEBSOCKET_ACCEPT + 1]);

/* Adds the base64 form of BYTES. */
void pf_base64_add(struct pf_buf *out, const void *bytes, size_t len);

#endif
