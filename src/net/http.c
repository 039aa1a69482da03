/* The client: made once per server, asked in waves. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <postflight/signals.h>
#include <postflight/str.h>

#include "http_internal.h"
#include "websocket_internal.h"

/*
 * libcurl 7.88 now and then keeps a stream's last bytes in a buffer of its own while the socket has nothing more to
 * say: a wave of seven lists over one connection stalled in six of a hundred tries, until its time-out. So the socket
 * is not relied on alone; what was kept comes out with the next look.
 */
#define LOOK_AGAIN_MS 20

/* A server without HTTP/2 gets a connection per request; not more than this at a time. */
#define MAX_CONNECTIONS 16L

/* Of them, for WebSockets: the rest wait for their turn, and the requests never for them. */
#define MAX_SOCKETS ((size_t)8)

static void
init_curl(void)
{
	static bool done;

	if (!done && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		pf_out_of_memory();
	done = true;
}

static void
end_multi(void *object)
{
	struct pf_http *http = object;

	curl_multi_cleanup(http->multi);
}

static void
start_multi(struct pf_http *http)
{
	http->multi = curl_multi_init();
	if (http->multi == NULL)
		pf_out_of_memory();
	curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, MAX_CONNECTIONS);
	/* Else libcurl keeps four for each request under way, and closes good ones as a wave ends. */
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, MAX_CONNECTIONS);
}

static char *
copy(struct pf_arena *arena, const char *text)
{
	return text != NULL ? pf_strdup(arena, text) : NULL;
}

static char *
environment(struct pf_arena *arena, const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? pf_strdup(arena, value) : NULL;
}

bool
pf_http_new(struct pf_arena *arena, const struct pf_http_config *config, struct pf_http **out, struct pf_err *err)
{
	struct pf_http *http = pf_alloc(arena, sizeof(*http));

	init_curl();
	http->config = *config;
	http->config.base_url = NULL; /* ORIGIN has it, without what is secret in it */
	http->config.tls_server_name = NULL;
	http->config.proxy_url = NULL;
	http->config.user_agent = pf_strdup(arena, config->user_agent != NULL ? config->user_agent : "postflight");
	http->config.basic_user = copy(arena, config->basic_user);
	http->config.basic_password = copy(arena, config->basic_password);
	http->ca_file = environment(arena, "SSL_CERT_FILE");
	http->ca_dir = environment(arena, "SSL_CERT_DIR");
	if (!pf_http_origin_parse(arena, config->base_url, config->tls_server_name, &http->origin, err) ||
	    !pf_http_proxy_choose(arena, config->proxy_url, &http->origin, &http->proxy, err) ||
	    !pf_http_rehearse_tls(http, err))
		return false;
	start_multi(http);
	pf_defer(arena, end_multi, http);
	*out = http;
	return true;
}

static bool
interrupted(void)
{
	struct pollfd signal = {.fd = pf_signals_fd(), .events = POLLIN};

	return signal.fd >= 0 && poll(&signal, 1, 0) > 0;
}

/* What is under way: requests, and WebSockets beside them. */
struct wave {
	CURLM *multi;
	struct pf_http_transfer *transfers;
	size_t count;
	struct pf_websocket *const *sockets;
	size_t socket_count;
	struct curl_waitfd *waits; /* room for a signal and every socket */
	struct pf_deadline deadline;
};

static void
start_due(const struct wave *wave)
{
	int64_t now = pf_monotonic_ms();

	for (size_t i = 0; i < wave->count; i++)
		if (wave->transfers[i].state == PF_HTTP_WAITING && wave->transfers[i].retry_at_ms <= now)
			pf_http_transfer_start(&wave->transfers[i]);
}

/* How many more WebSockets may be started. */
static size_t
free_sockets(const struct wave *wave)
{
	size_t under_way = 0;

	for (size_t i = 0; i < wave->socket_count; i++)
		under_way += wave->sockets[i]->state != PF_WEBSOCKET_WAITING &&
			     wave->sockets[i]->state != PF_WEBSOCKET_ENDED;
	return under_way < MAX_SOCKETS ? MAX_SOCKETS - under_way : 0;
}

static void
turn_sockets(const struct wave *wave)
{
	for (size_t i = 0; i < wave->socket_count; i++)
		if (wave->sockets[i]->state != PF_WEBSOCKET_WAITING || free_sockets(wave) > 0)
			pf_websocket_turn(wave->sockets[i]);
}

/*
 * How long to poll: until the next retry or a socket's turn is due, at most until the deadline, and not for long while
 * a request is under way.
 */
static int
until_next(const struct wave *wave)
{
	struct pf_deadline next = wave->deadline;
	bool under_way = false;
	int left;

	for (size_t i = 0; i < wave->count; i++) {
		if (wave->transfers[i].state == PF_HTTP_WAITING)
			next = pf_deadline_sooner(next, (struct pf_deadline){wave->transfers[i].retry_at_ms});
		under_way |= wave->transfers[i].state == PF_HTTP_RUNNING;
	}
	for (size_t i = 0; i < wave->socket_count; i++)
		if (wave->sockets[i]->state != PF_WEBSOCKET_WAITING || free_sockets(wave) > 0)
			next = pf_deadline_sooner(next, pf_websocket_due(wave->sockets[i]));
	left = pf_deadline_left(next);
	return under_way && left > LOOK_AGAIN_MS ? LOOK_AGAIN_MS : left;
}

/* Sends what libcurl finished to its transfer, or to the WebSocket whose connection it was. */
static void
collect_done(const struct wave *wave)
{
	CURLMsg *message;
	int rest;

	while ((message = curl_multi_info_read(wave->multi, &rest)) != NULL) {
		struct pf_http_transfer *transfer = NULL;
		/* The message is gone once its handle is taken out. */
		CURLcode code = message->data.result;
		CURL *easy = message->easy_handle;
		size_t i = 0;
		while (i < wave->socket_count && wave->sockets[i]->easy.curl != easy)
			i++;
		if (i < wave->socket_count) {
			pf_websocket_connected(wave->sockets[i], code);
			continue;
		}
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
		pf_http_transfer_done(transfer, code);
	}
}

static bool
all_ended(const struct wave *wave)
{
	bool ended = true;

	for (size_t i = 0; i < wave->count; i++)
		ended = ended && wave->transfers[i].state == PF_HTTP_ENDED;
	for (size_t i = 0; i < wave->socket_count; i++)
		ended = ended && wave->sockets[i]->state == PF_WEBSOCKET_ENDED;
	return ended;
}

static void
wait_for_more(const struct wave *wave)
{
	int signals = pf_signals_fd();
	unsigned count = 0;

	if (signals >= 0)
		wave->waits[count++] = (struct curl_waitfd){.fd = signals, .events = CURL_WAIT_POLLIN};
	for (size_t i = 0; i < wave->socket_count; i++)
		if (pf_websocket_wait(wave->sockets[i], &wave->waits[count]))
			count++;
	if (curl_multi_poll(wave->multi, wave->waits, count, until_next(wave), NULL) != CURLM_OK)
		pf_out_of_memory();
}

/* Runs until all have ended; the kind of error to end the rest with, else. */
static enum pf_err_kind
run(const struct wave *wave)
{
	int running;

	while (!all_ended(wave)) {
		if (interrupted())
			return PF_ERR_INTERRUPTED;
		if (pf_deadline_left(wave->deadline) == 0)
			return PF_ERR_TIMEOUT;
		start_due(wave);
		turn_sockets(wave);
		if (curl_multi_perform(wave->multi, &running) != CURLM_OK)
			pf_out_of_memory();
		collect_done(wave);
		if (!all_ended(wave))
			wait_for_more(wave);
	}
	return PF_ERR_NONE;
}

void
pf_http_perform_wave(struct pf_http *http, struct pf_arena *arena, const struct pf_http_wave *asked,
		     struct pf_deadline deadline)
{
	struct wave wave = {.count = asked->count,
			    .sockets = asked->sockets,
			    .socket_count = asked->socket_count,
			    .deadline = deadline};
	enum pf_err_kind kind;

	if (http->suspect) {
		curl_multi_cleanup(http->multi);
		start_multi(http);
		http->suspect = false;
	}
	wave.multi = http->multi;
	wave.transfers = pf_alloc_array(arena, wave.count, sizeof(*wave.transfers));
	wave.waits = pf_alloc_array(arena, wave.socket_count + 1, sizeof(*wave.waits));
	for (size_t i = 0; i < wave.count; i++) {
		wave.transfers[i] = (struct pf_http_transfer){.http = http,
							      .arena = arena,
							      .request = &asked->requests[i],
							      .response = &asked->responses[i],
							      .deadline = deadline};
		pf_http_transfer_begin(&wave.transfers[i]);
	}
	for (size_t i = 0; i < wave.socket_count; i++)
		pf_websocket_prepare(wave.sockets[i], http, asked->socket_headers, asked->socket_header_count);
	kind = run(&wave);
	for (size_t i = 0; i < wave.count; i++) {
		if (kind != PF_ERR_NONE)
			pf_http_transfer_abandon(&wave.transfers[i], kind);
		pf_http_transfer_end(&wave.transfers[i]);
	}
	for (size_t i = 0; i < wave.socket_count; i++)
		pf_websocket_abandon(wave.sockets[i], kind);
}

void
pf_http_perform(struct pf_http *http, struct pf_arena *arena, const struct pf_http_request *requests,
		struct pf_http_response *responses, size_t count, struct pf_deadline deadline)
{
	pf_http_perform_wave(http, arena,
			     &(struct pf_http_wave){.requests = requests, .responses = responses, .count = count},
			     deadline);
}

struct pf_http_stats
pf_http_stats(const struct pf_http *http)
{
	return http->stats;
}
