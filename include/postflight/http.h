/*
 * HTTP to one server over libcurl: several requests at a time on one HTTP/2 connection (HTTP/1.1 where the server
 * has no other), each with caps, a deadline and a verdict that says what went wrong in a sentence.
 *
 * Redirects are not followed. What is retried: 429 (Retry-After honoured), 503 and broken connections, for safe
 * methods only, with jitter, within the deadline. Other methods are sent once, whatever happens. No error text
 * holds a password, a header's value or a body. SIGPIPE must be ignored (pf_signals_install() does).
 */
#ifndef POSTFLIGHT_HTTP_H
#define POSTFLIGHT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/arena.h>
#include <postflight/buf.h>
#include <postflight/clock.h>
#include <postflight/err.h>

/* Bytes (a PEM document, say) that somebody else owns for as long as the client lives. */
struct pf_blob {
	const void *p;
	size_t len;
};

/* How to reach and to trust one server. Strings are copied, blobs are not. */
struct pf_http_config {
	const char *base_url; /* https://host:port, optionally with a path; user:password@ is basic auth */
	struct pf_blob ca;    /* PEM; when set it is the ONLY trust. Else SSL_CERT_FILE, SSL_CERT_DIR, the system's */
	struct pf_blob client_cert; /* PEM, with client_key */
	struct pf_blob client_key;
	bool insecure;               /* no verification at all */
	const char *tls_server_name; /* SNI and verified name instead of the URL's host; NULL: the URL's */
	const char *proxy_url;  /* http, https or socks5; "": none; NULL: https_proxy, no_proxy, … as kubectl does */
	const char *user_agent; /* NULL: "postflight" */
	const char *basic_user; /* NULL: no basic auth */
	const char *basic_password;
};

struct pf_http_header {
	const char *name;
	const char *value;
};

/*
 * Receives a piece of a 2xx answer's body while it arrives; false ends the transfer (which then succeeds). The body
 * of any other status is collected instead, so that its message can be read. NULL in a request: the body is
 * collected whatever the status. A sink must not use the same client.
 */
typedef bool pf_http_sink(void *context, const char *bytes, size_t len);

struct pf_http_request {
	const char *method;                   /* "GET", … ; GET, HEAD and OPTIONS are safe */
	const char *path;                     /* with query; appended to base_url */
	const struct pf_http_header *headers; /* HEADER_COUNT of them, Authorization included */
	size_t header_count;
	const char *body; /* NULL: none */
	size_t body_len;
	size_t cap;         /* bytes of (decoded) body accepted; more is PF_ERR_PROTOCOL. 0: 16 MiB, any to a sink */
	int64_t timeout_ms; /* for one attempt, from its start to its last byte; 0: only the deadline */
	pf_http_sink *sink;
	void *sink_context;
};

struct pf_http_response {
	bool ok;            /* an HTTP answer came whole, whatever its status; else ERR says why not */
	int status;         /* 0 when none came; may be set without OK, when only the body is missing */
	char *content_type; /* "" when none; in the arena */
	char *body;         /* collected, NUL-terminated, in the arena; "" when a sink had it, or without OK */
	size_t body_len;
	int64_t elapsed_ms;  /* first attempt's start to last byte */
	unsigned attempts;   /* 0 when nothing was sent */
	const char *version; /* "1.0", "1.1" or "2"; "" when no answer came */
	struct pf_err err;
};

struct pf_http;

/* False with ERR (PF_ERR_CONFIG) when the URL, a certificate or a key cannot be used. *OUT ends with ARENA. */
bool pf_http_new(struct pf_arena *arena, const struct pf_http_config *config, struct pf_http **out, struct pf_err *err);

/*
 * Sends COUNT requests side by side and returns when all have ended. Never fails as a whole: each response stands
 * for itself. An interruption or the deadline ends what is still under way with PF_ERR_INTERRUPTED or
 * PF_ERR_TIMEOUT. Bodies are allocated in ARENA.
 */
void pf_http_perform(struct pf_http *http, struct pf_arena *arena, const struct pf_http_request *requests,
		     struct pf_http_response *responses, size_t count, struct pf_deadline deadline);

/*
 * Requests and WebSockets (net/websocket.h) side by side: returns when all have ended. SOCKET_HEADERS go with every
 * upgrade, an Authorization among them.
 */
struct pf_websocket;
struct pf_http_wave {
	const struct pf_http_request *requests;
	struct pf_http_response *responses;
	size_t count;
	struct pf_websocket *const *sockets;
	size_t socket_count;
	const struct pf_http_header *socket_headers;
	size_t socket_header_count;
};
void pf_http_perform_wave(struct pf_http *http, struct pf_arena *arena, const struct pf_http_wave *asked,
			  struct pf_deadline deadline);

/* How many connections and requests this client has made, retries included: for -v. */
struct pf_http_stats {
	unsigned connections;
	unsigned requests;
};
struct pf_http_stats pf_http_stats(const struct pf_http *http);

#endif
