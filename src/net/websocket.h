/*
 * WebSockets on the server of an HTTP client, side by side with its requests: they are members of a wave
 * (pf_http_perform_wave). Whoever asks for one is called back as it opens, for each message, and when it ended.
 */
#ifndef POSTFLIGHT_NET_WEBSOCKET_H
#define POSTFLIGHT_NET_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/arena.h>
#include <postflight/clock.h>
#include <postflight/err.h>

struct pf_websocket;

/* A message of more bytes ends the WebSocket with PF_ERR_PROTOCOL. */
#define PF_WEBSOCKET_MESSAGE_CAP ((size_t)1 << 20)

/* How one ended. */
struct pf_websocket_end {
	struct pf_err err;   /* PF_ERR_NONE: closed in good order, by either side */
	unsigned close_code; /* of the peer's close frame, 1005 when it held none; 0: no such frame came */
	int status;          /* of an HTTP answer that is no upgrade, ERR then says only that; 0: none */
	const char *content_type;
	char *body; /* of that answer, cut at 64 KiB; never NULL */
	size_t body_len;
};

/* A callback must not ask the same client for anything else. */
struct pf_websocket_events {
	void (*opened)(void *context, struct pf_websocket *socket, const char *protocol);
	void (*message)(void *context, struct pf_websocket *socket, const char *bytes, size_t len);
	/* True: open it again, in the same wave. Whatever END points to is gone with the arena of the WebSocket. */
	bool (*ended)(void *context, struct pf_websocket *socket, const struct pf_websocket_end *end);
};

struct pf_websocket_request {
	const char *path;      /* with query; appended to the client's base_url */
	const char *protocols; /* offered, the most wanted first: "v5.channel.k8s.io, v4.channel.k8s.io" */
	int64_t timeout_ms;    /* from the start to OPENED; 0: only the wave's deadline */
	const struct pf_websocket_events *events;
	void *context;
};

/* Opens nothing yet. Strings must live as long as ARENA. */
struct pf_websocket *pf_websocket_new(struct pf_arena *arena, const struct pf_websocket_request *request);

/* Queues a binary message of two parts; between OPENED and ENDED. */
void pf_websocket_send(struct pf_websocket *socket, const char *first, size_t first_len, const char *bytes, size_t len);

/* Closes it in good order (1000); ENDED follows, without waiting for the peer. */
void pf_websocket_close(struct pf_websocket *socket);

/* Ends it with PF_ERR_TIMEOUT at that moment; takes the place of the limit before. */
void pf_websocket_limit(struct pf_websocket *socket, struct pf_deadline limit);

/* Ends it before it was started: there is nobody to send it as. */
void pf_websocket_fail(struct pf_websocket *socket, const struct pf_err *err);

/* Milliseconds since it was started: it may have had to wait for others first. */
int64_t pf_websocket_age(const struct pf_websocket *socket);

/* The status of the answer that refused the upgrade the last time; 0: none. */
int pf_websocket_status(const struct pf_websocket *socket);

#endif
