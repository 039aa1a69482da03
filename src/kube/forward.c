/*
 * v4.channel.k8s.io: channel 0 carries the bytes, channel 1 a text when there is no connection to the process; the
 * first two bytes of either are the port. One WebSocket is one connection: where the process closes it, the next
 * request opens another.
 */
#include "kube/forward.h"

#include <string.h>
#include <strings.h>

#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/inner_http.h"
#include "kube/target_answer.h"
#include "kube/target_internal.h"

#define DEFAULT_CAP ((size_t)16 << 20)
#define REQUEST_CAP ((size_t)2 << 20)
#define REFUSAL_CAP ((size_t)4096)
#define PORT_BYTES 2

/* What kubectl sends at a time. */
#define MESSAGE_BYTES ((size_t)32 * 1024)

enum { CHANNEL_DATA, CHANNEL_ERROR };

/* ---- One request after the other ---- */

static void
finish(struct pf_forward *forward)
{
	struct pf_forwarded *one = forward->current;

	forward->in_flight = false;
	one->over = true;
	one->is_json = one->err.kind == PF_ERR_NONE && pf_inner_http_is_json(&one->http);
	one->elapsed_ms = pf_monotonic_ms() - one->started_ms;
	forward->current = one->next;
	if (one->next != NULL)
		one->next->started_ms = pf_monotonic_ms();
}

/* Sends the current request; one that cannot be written is over at once. */
static void
send_current(struct pf_forward *forward, struct pf_websocket *socket)
{
	static const char channel = CHANNEL_DATA;

	for (; forward->current != NULL; finish(forward)) {
		struct pf_forwarded *one = forward->current;
		int64_t spent = pf_monotonic_ms() - one->started_ms;
		PF_AUTO_BUF request = PF_BUF(REQUEST_CAP);
		if (!pf_inner_http_request(forward->redactor, one->ask, &request, &one->err))
			continue;
		pf_http1_begin(&one->http, one->ask->cap != 0 ? one->ask->cap : DEFAULT_CAP);
		one->http.to_head = strcmp(one->ask->method, "HEAD") == 0;
		forward->in_flight = true;
		one->sent_ms = pf_monotonic_ms();
		for (size_t at = 0; at < request.len; at += MESSAGE_BYTES)
			pf_websocket_send(socket, &channel, 1, request.p + at,
					  request.len - at < MESSAGE_BYTES ? request.len - at : MESSAGE_BYTES);
		pf_websocket_limit(socket,
				   one->timeout_ms > 0
					   ? pf_deadline_in(one->timeout_ms > spent ? one->timeout_ms - spent : 0)
					   : PF_NO_DEADLINE);
		return;
	}
	pf_websocket_close(socket);
}

static void
on_opened(void *context, struct pf_websocket *socket, const char *protocol)
{
	struct pf_forward *forward = context;

	(void)protocol;
	forward->has_opened = true;
	forward->current->started_ms = pf_monotonic_ms() - pf_websocket_age(socket);
	forward->in_flight = false;
	forward->skip[CHANNEL_DATA] = forward->skip[CHANNEL_ERROR] = PORT_BYTES;
	pf_buf_free(&forward->refusal);
	send_current(forward, socket);
}

static void
take_data(struct pf_forward *forward, struct pf_websocket *socket, const char *bytes, size_t len)
{
	struct pf_forwarded *one = forward->current;
	size_t used = 0;

	if (!pf_http1_take(&one->http, bytes, len, &used, &one->err)) {
		one->reply = one->http.is_tls ? PF_REPLY_TLS : PF_REPLY_GARBLED;
		finish(forward);
		pf_websocket_close(socket);
	} else if (one->http.state == PF_HTTP1_DONE) {
		bool reusable = one->http.keep_alive && used == len;
		one->reply = PF_REPLY_HTTP;
		finish(forward);
		if (reusable)
			send_current(forward, socket);
		else
			pf_websocket_close(socket);
	}
}

/* False where the stream is not the port's: what came on it would be taken for the process's word. */
static bool
skip_port(struct pf_forward *forward, size_t channel, const char **bytes, size_t *len)
{
	for (; forward->skip[channel] > 0 && *len > 0; forward->skip[channel]--, ++*bytes, --*len) {
		unsigned shift = forward->skip[channel] == PORT_BYTES ? 0 : 8;
		if ((unsigned char)**bytes != ((unsigned)forward->port >> shift & 0xFF))
			return false;
	}
	return true;
}

static void
on_message(void *context, struct pf_websocket *socket, const char *bytes, size_t len)
{
	struct pf_forward *forward = context;
	size_t channel;

	if (len == 0 || (unsigned char)bytes[0] > CHANNEL_ERROR || forward->current == NULL)
		return;
	channel = (unsigned char)bytes[0];
	bytes++;
	len--;
	if (!skip_port(forward, channel, &bytes, &len)) {
		pf_fail(&forward->current->err, PF_ERR_PROTOCOL,
			"the stream that the server opened is for another port; is a proxy in between?");
		finish(forward);
		pf_websocket_close(socket);
		return;
	}
	if (len == 0)
		return;
	if (channel == CHANNEL_DATA) {
		take_data(forward, socket, bytes, len);
		return;
	}
	pf_buf_add(&forward->refusal, bytes, len);
	pf_websocket_close(socket);
}

/* ---- Ends ---- */

static bool
is_safe(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "OPTIONS") == 0;
}

/* The node says the port's number before it turns to the process. */
static bool
has_begun(const struct pf_forward *forward)
{
	return forward->skip[CHANNEL_DATA] == 0;
}

/*
 * No answer: the process is to blame only if it had a good part of the time, not where the way there took it or the
 * run's own time was over.
 */
static void
end_current_late(const struct pf_forward *forward)
{
	struct pf_forwarded *one = forward->current;
	int64_t waited = pf_monotonic_ms() - one->sent_ms;

	if (!has_begun(forward)) {
		pf_fail(&one->err, PF_ERR_TIMEOUT, "the connection to it never began within %lld ms",
			(long long)waited);
		return;
	}
	if (one->timeout_ms <= 0 || waited >= one->timeout_ms / 2)
		one->reply = PF_REPLY_SILENT;
	pf_fail(&one->err, PF_ERR_TIMEOUT, "it accepted the connection, but %s within %lld ms%s",
		one->http.spoke ? "did not end its answer" : "did not answer", (long long)waited,
		one->reply == PF_REPLY_SILENT ? "" : "; more time was not left");
}

/* Who gave no answer to one is not waited for again: the requests behind it end as it did. */
static void
end_late(struct pf_forward *forward)
{
	struct pf_forwarded *late = forward->current;

	end_current_late(forward);
	finish(forward);
	while ((late->reply == PF_REPLY_SILENT || !has_begun(forward)) && forward->current != NULL) {
		struct pf_forwarded *one = forward->current;
		one->reply = late->reply;
		one->err = late->err;
		finish(forward);
	}
}

/*
 * The process closed the connection. A server that is on its way down does so as well, so that only who does it twice
 * is believed to speak no HTTP. False: ask once more.
 */
static bool
end_closed(struct pf_forwarded *one)
{
	bool is_http = one->http.status != 0;

	if (!one->http.spoke && !one->sent_again && is_safe(one->ask->method)) {
		one->sent_again = true;
		return false;
	}
	if (pf_http1_stream_ended(&one->http, &one->err))
		one->reply = PF_REPLY_HTTP;
	else if (one->http.is_tls)
		one->reply = PF_REPLY_TLS;
	else if (!is_http && (one->http.spoke || one->sent_again))
		one->reply = PF_REPLY_GARBLED;
	return true;
}

/* Says of the request under way what the stream's end means for it. */
static void
end_current(struct pf_forward *forward, const struct pf_websocket_end *end)
{
	struct pf_forwarded *one = forward->current;

	if (end->err.kind == PF_ERR_TIMEOUT) {
		end_late(forward);
		return;
	}
	if (end->err.kind != PF_ERR_NONE)
		one->err = end->err;
	else if (!has_begun(forward))
		pf_fail(&one->err, PF_ERR_PROTOCOL,
			"the server closed the stream before it was connected to the process");
	else if (!end_closed(one))
		return;
	finish(forward);
}

/* Nothing listens there, or the pod's network is gone: that holds for every request. */
static void
refuse_all(struct pf_forward *forward)
{
	const char *text = pf_buf_text(&forward->refusal);
	bool refused = strstr(text, "refused") != NULL;

	while (forward->current != NULL) {
		struct pf_forwarded *one = forward->current;
		one->refused = refused;
		if (refused)
			pf_fail(&one->err, PF_ERR_UNREACHABLE, "connection refused: nothing listens there");
		else
			pf_fail(&one->err, PF_ERR_UNREACHABLE, "it cannot be connected to: %.300s", text);
		finish(forward);
	}
}

static bool
on_ended(void *context, struct pf_websocket *socket, const struct pf_websocket_end *end)
{
	struct pf_forward *forward = context;
	bool had_opened = forward->has_opened;

	(void)socket;
	forward->has_opened = false;
	forward->end = *end;
	if (!had_opened || end->err.kind == PF_ERR_INTERRUPTED)
		return false;
	if (forward->refusal.len > 0)
		refuse_all(forward);
	else if (forward->in_flight)
		end_current(forward, end);
	return forward->current != NULL;
}

/* ---- Beginning, and what came of it ---- */

struct pf_forward *
pf_forward_new(struct pf_arena *scratch, const struct pf_redactor *redactor, const char *path, int port,
	       int64_t timeout_ms)
{
	static const struct pf_websocket_events events = {on_opened, on_message, on_ended};
	struct pf_forward *forward = pf_alloc(scratch, sizeof(*forward));

	forward->path = path;
	forward->port = port;
	forward->redactor = redactor;
	forward->refusal = PF_BUF(REFUSAL_CAP);
	forward->socket = pf_websocket_new(
		scratch,
		&(struct pf_websocket_request){
			.path = pf_printf(scratch, "%s%cports=%d", path, strchr(path, '?') != NULL ? '&' : '?', port),
			.protocols = "v4.channel.k8s.io",
			.timeout_ms = timeout_ms,
			.events = &events,
			.context = forward,
		});
	return forward;
}

struct pf_forwarded *
pf_forward_add(struct pf_forward *forward, struct pf_arena *scratch, const struct pf_ask *ask, int64_t timeout_ms)
{
	struct pf_forwarded *one = pf_alloc(scratch, sizeof(*one)), **last = &forward->first;

	one->ask = ask;
	one->timeout_ms = timeout_ms;
	one->started_ms = pf_monotonic_ms();
	while (*last != NULL)
		last = &(*last)->next;
	*last = one;
	forward->current = forward->first;
	return one;
}

static const char *
pod_of(struct pf_arena *arena, const char *path)
{
	const char *name = strstr(path, "/pods/");

	if (name == NULL)
		return pf_one_line(arena, path, 100);
	name += strlen("/pods/");
	return pf_one_line(arena, pf_strndup(arena, name, strcspn(name, "/?")), 100);
}

void
pf_forward_answer(struct pf_forward *forward, struct pf_forwarded *one, struct pf_live *live, struct pf_arena *arena,
		  struct pf_answer *answer)
{
	answer->elapsed_ms = one->over ? one->elapsed_ms : pf_monotonic_ms() - one->started_ms;
	answer->refused = one->refused;
	answer->reply = one->reply;
	if (!one->over && forward->end.status != 0) {
		pf_live_refused(live, arena, one->ask, &forward->end, answer);
	} else if (!one->over) {
		pf_fail(&answer->err, forward->end.err.kind, "%s",
			pf_redact_text(live->redactor, arena, forward->end.err.text));
	} else if (one->reply == PF_REPLY_HTTP && pf_http1_says_tls(one->http.status, pf_buf_text(&one->http.body))) {
		answer->reply = PF_REPLY_TLS;
		pf_fail(&answer->err, PF_ERR_PROTOCOL, "port %d of pod %s: it says that it wants TLS there",
			forward->port, pod_of(arena, forward->path));
	} else if (one->err.kind != PF_ERR_NONE) {
		pf_fail(&answer->err, one->err.kind, "%s", pf_redact_text(live->redactor, arena, one->err.text));
		pf_fail_in(&answer->err, "port %d of pod %s", forward->port, pod_of(arena, forward->path));
	} else {
		pf_inner_http_answer(&one->http, one->is_json, live, arena, answer);
	}
	pf_http1_free(&one->http);
	pf_buf_free(&forward->refusal);
}
