/*
 * What the files of the HTTP client share. A WebSocket on the same client starts from pf_http_easy() and explains
 * its failures by pf_http_explain(); it needs a multi handle of its own, because the client renews its own.
 */
#ifndef POSTFLIGHT_NET_HTTP_INTERNAL_H
#define POSTFLIGHT_NET_HTTP_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include <postflight/http.h>

/* A base URL taken apart (http_origin.c). */
struct pf_http_origin {
	bool tls;
	const char *url;  /* without user, password and trailing slash; its host is the TLS name, when one is set */
	const char *host; /* the real one, without brackets */
	const char *authority;   /* real host:port, as sentences and proxies name it */
	const char *verified;    /* the name that the certificate must hold */
	const char *host_header; /* "Host: …" where URL does not say it itself; else NULL */
	const char *connect_to;  /* for CURLOPT_CONNECT_TO, in the same case; else NULL */
	const char *user;        /* from the URL; NULL when none */
	const char *password;
	unsigned port;
};

bool pf_http_origin_parse(struct pf_arena *arena, const char *base_url, const char *tls_server_name,
			  struct pf_http_origin *out, struct pf_err *err);

/* By way of what the origin is reached (http_proxy.c). */
struct pf_http_proxy {
	const char *url;       /* for CURLOPT_PROXY; "": no proxy */
	const char *authority; /* host:port, for sentences; "" without one */
};

/* CONFIGURED as in pf_http_config. */
bool pf_http_proxy_choose(struct pf_arena *arena, const char *configured, const struct pf_http_origin *origin,
			  struct pf_http_proxy *out, struct pf_err *err);

/* True when LIST, the value of no_proxy, names the host (without brackets) and port. */
bool pf_http_no_proxy(const char *list, const char *host, unsigned port);

struct pf_http {
	struct pf_http_config config; /* its strings are in the arena */
	struct pf_http_origin origin;
	struct pf_http_proxy proxy;
	const char *ca_file; /* the environment's, used without a CA of our own; NULL: libcurl's default */
	const char *ca_dir;
	CURLM *multi;
	bool suspect; /* a connection may be dead without a sign: start anew before the next requests */
	struct pf_http_stats stats;
};

/* A handle with everything set that belongs to the client: address, trust, identity, proxy, limits. */
struct pf_http_easy {
	CURL *curl;
	struct curl_slist *headers;
	struct curl_slist *connect_to;
	char message[CURL_ERROR_SIZE]; /* libcurl's own words for a failure */
};

/*
 * Fills EASY for base_url + PATH with HEADERS (http_easy.c). EASY must not move until pf_http_easy_end(), which is
 * due also after a failure. False with ERR (PF_ERR_CONFIG) when a header or option is not acceptable.
 */
bool pf_http_easy(const struct pf_http *http, const char *path, const struct pf_http_header *headers,
		  size_t header_count, struct pf_http_easy *easy, struct pf_err *err);
void pf_http_easy_end(struct pf_http_easy *easy);

/* Finds out whether libcurl can use the CA, certificate and key, without any network (http_rehearsal.c). */
bool pf_http_rehearse_tls(const struct pf_http *http, struct pf_err *err);

/* Whether trying again may help (http_retry.c). */
enum pf_http_retry {
	PF_HTTP_RETRY_NEVER,
	PF_HTTP_RETRY_ONCE,   /* refused: it may be restarting, but nothing says so */
	PF_HTTP_RETRY_BACKOFF /* broken on the way, overloaded */
};

bool pf_http_safe_method(const char *method);

/*
 * Milliseconds to wait before the next attempt, ATTEMPTS having been made; negative: do not try again.
 * RETRY_AFTER_S is the server's wish, 0 for none; RANDOM any number.
 */
int64_t pf_http_retry_delay(enum pf_http_retry retry, unsigned attempts, int64_t retry_after_s, uint32_t random);

/* The sentence for a transfer that ended with CODE (http_explain.c). Returns whether trying again may help. */
enum pf_http_retry
pf_http_explain(const struct pf_http *http, const struct pf_http_easy *easy, CURLcode code, struct pf_err *err);

/* The sentence for a transfer that took longer than MS: how far it came is what matters. */
void
pf_http_explain_timeout(const struct pf_http *http, const struct pf_http_easy *easy, int64_t ms, struct pf_err *err);

/* Why a callback ended a transfer. */
enum pf_http_stop { PF_HTTP_STOP_NONE, PF_HTTP_STOP_HEADER, PF_HTTP_STOP_BODY, PF_HTTP_STOP_SINK };

/* One request with all its attempts (http_transfer.c). */
struct pf_http_transfer {
	struct pf_http *http;
	struct pf_arena *arena;
	const struct pf_http_request *request;
	struct pf_http_response *response;
	struct pf_http_easy easy;
	struct pf_buf body;
	size_t header_bytes;
	size_t sunk; /* bytes that the sink was given */
	size_t sent; /* bytes of the request's body */
	enum pf_http_stop stop;
	int64_t started_ms; /* first attempt */
	int64_t attempt_ms; /* this attempt */
	int64_t retry_at_ms;
	struct pf_deadline deadline;
	enum { PF_HTTP_WAITING, PF_HTTP_RUNNING, PF_HTTP_ENDED } state;
};

/* Prepares; a request that cannot be sent at all ends here. */
void pf_http_transfer_begin(struct pf_http_transfer *transfer);

/* Adds the next attempt to the client's multi handle. */
void pf_http_transfer_start(struct pf_http_transfer *transfer);

/* What libcurl says about the attempt: the response is filled, or the state is WAITING for a retry. */
void pf_http_transfer_done(struct pf_http_transfer *transfer, CURLcode code);

/* Ends what has not ended, with PF_ERR_INTERRUPTED or PF_ERR_TIMEOUT. */
void pf_http_transfer_abandon(struct pf_http_transfer *transfer, enum pf_err_kind kind);

void pf_http_transfer_end(struct pf_http_transfer *transfer);

#endif
