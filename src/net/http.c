/* The client: made once per server, asked in waves. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <postflight/signals.h>
#include <postflight/str.h>

#include "http_internal.h"

/*
 * libcurl 7.88 now and then keeps a stream's last bytes in a buffer of its own while the socket has nothing more to
 * say: a wave of seven lists over one connection stalled in six of a hundred tries, until its time-out. So the socket
 * is not relied on alone; what was kept comes out with the next look.
 */
#define LOOK_AGAIN_MS 20

/* A server without HTTP/2 gets a connection per request; not more than this at a time. */
#define MAX_CONNECTIONS 16L

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

static void
start_due(struct pf_http_transfer *transfers, size_t count)
{
	int64_t now = pf_monotonic_ms();

	for (size_t i = 0; i < count; i++)
		if (transfers[i].state == PF_HTTP_WAITING && transfers[i].retry_at_ms <= now)
			pf_http_transfer_start(&transfers[i]);
}

/* How long to poll: until the next retry is due, at most until DEADLINE, and not for long while something is under way.
 */
static int
until_next(const struct pf_http_transfer *transfers, size_t count, struct pf_deadline deadline)
{
	struct pf_deadline next = deadline;
	bool under_way = false;

	for (size_t i = 0; i < count; i++) {
		if (transfers[i].state == PF_HTTP_WAITING)
			next = pf_deadline_sooner(next, (struct pf_deadline){transfers[i].retry_at_ms});
		under_way |= transfers[i].state == PF_HTTP_RUNNING;
	}
	int left = pf_deadline_left(next);
	return under_way && left > LOOK_AGAIN_MS ? LOOK_AGAIN_MS : left;
}

static void
collect_done(CURLM *multi)
{
	CURLMsg *message;
	int rest;

	while ((message = curl_multi_info_read(multi, &rest)) != NULL) {
		struct pf_http_transfer *transfer = NULL;
		/* The message is gone once its handle is taken out. */
		CURLcode code = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		pf_http_transfer_done(transfer, code);
	}
}

static bool
all_ended(const struct pf_http_transfer *transfers, size_t count)
{
	size_t i = 0;

	while (i < count && transfers[i].state == PF_HTTP_ENDED)
		i++;
	return i == count;
}

/* Runs until all have ended; the kind of error to end the rest with, else. */
static enum pf_err_kind
run(CURLM *multi, struct pf_http_transfer *transfers, size_t count, struct pf_deadline deadline)
{
	struct curl_waitfd signal = {.fd = pf_signals_fd(), .events = CURL_WAIT_POLLIN};
	unsigned extra = signal.fd >= 0 ? 1 : 0;
	int running;

	while (!all_ended(transfers, count)) {
		if (interrupted())
			return PF_ERR_INTERRUPTED;
		if (pf_deadline_left(deadline) == 0)
			return PF_ERR_TIMEOUT;
		start_due(transfers, count);
		if (curl_multi_perform(multi, &running) != CURLM_OK)
			pf_out_of_memory();
		collect_done(multi);
		if (!all_ended(transfers, count) &&
		    curl_multi_poll(multi, extra > 0 ? &signal : NULL, extra, until_next(transfers, count, deadline),
				    NULL) != CURLM_OK)
			pf_out_of_memory();
	}
	return PF_ERR_NONE;
}

void
pf_http_perform(struct pf_http *http, struct pf_arena *arena, const struct pf_http_request *requests,
		struct pf_http_response *responses, size_t count, struct pf_deadline deadline)
{
	struct pf_http_transfer *transfers = pf_alloc_array(arena, count, sizeof(*transfers));
	enum pf_err_kind kind;

	if (http->suspect) {
		curl_multi_cleanup(http->multi);
		start_multi(http);
		http->suspect = false;
	}
	for (size_t i = 0; i < count; i++) {
		transfers[i] = (struct pf_http_transfer){.http = http,
							 .arena = arena,
							 .request = &requests[i],
							 .response = &responses[i],
							 .deadline = deadline};
		pf_http_transfer_begin(&transfers[i]);
	}
	kind = run(http->multi, transfers, count, deadline);
	for (size_t i = 0; i < count; i++) {
		if (kind != PF_ERR_NONE)
			pf_http_transfer_abandon(&transfers[i], kind);
		pf_http_transfer_end(&transfers[i]);
	}
}

struct pf_http_stats
pf_http_stats(const struct pf_http *http)
{
	return http->stats;
}
