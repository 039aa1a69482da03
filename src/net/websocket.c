/* One WebSocket from its start to its end: libcurl connects, wslay cuts frames, this file moves the bytes. */
#include <poll.h>
#include <string.h>
#include <sys/random.h>

#include <postflight/str.h>

#include "websocket_internal.h"

/* What is read in one turn, so that a flood leaves time for the others and for a signal. */
#define TURN_BYTES ((size_t)256 * 1024)
#define REFUSAL_CAP ((size_t)64 * 1024)

struct pf_websocket *
pf_websocket_new(struct pf_arena *arena, const struct pf_websocket_request *request)
{
	struct pf_websocket *socket = pf_alloc(arena, sizeof(*socket));

	socket->arena = arena;
	socket->request = *request;
	socket->state = PF_WEBSOCKET_ENDED;
	return socket;
}

int
pf_websocket_status(const struct pf_websocket *socket)
{
	return socket->end.status;
}

int64_t
pf_websocket_age(const struct pf_websocket *socket)
{
	return pf_monotonic_ms() - socket->started_ms;
}

void
pf_websocket_limit(struct pf_websocket *socket, struct pf_deadline limit)
{
	socket->limit = limit;
}

/* ---- Ends ---- */

static const char *
server_of(const struct pf_websocket *socket)
{
	return socket->http->origin.authority;
}

static void
release(struct pf_websocket *socket)
{
	long connections = 0;

	if (socket->frames != NULL)
		wslay_event_context_free(socket->frames);
	socket->frames = NULL;
	pf_buf_free(&socket->greeting);
	pf_buf_free(&socket->early);
	pf_http1_free(&socket->answer);
	if (socket->easy.curl == NULL)
		return;
	curl_multi_remove_handle(socket->http->multi, socket->easy.curl);
	curl_easy_getinfo(socket->easy.curl, CURLINFO_NUM_CONNECTS, &connections);
	socket->http->stats.connections += (unsigned)connections;
	pf_http_easy_end(&socket->easy);
}

/* ERR of kind PF_ERR_NONE: in good order. */
static void
end(struct pf_websocket *socket, const struct pf_err *err)
{
	socket->end.err = *err;
	if (socket->end.body == NULL)
		socket->end.body = pf_strdup(socket->arena, "");
	if (socket->end.content_type == NULL)
		socket->end.content_type = "";
	release(socket);
	socket->state = PF_WEBSOCKET_ENDED;
	if (socket->request.events->ended(socket->request.context, socket, &socket->end))
		socket->state = PF_WEBSOCKET_WAITING;
}

static void
end_well(struct pf_websocket *socket)
{
	end(socket, &(struct pf_err){.kind = PF_ERR_NONE});
}

/* The connection is lost. */
static void
end_lost(struct pf_websocket *socket)
{
	struct pf_err err;

	if (socket->why != CURLE_OK)
		pf_http_explain(socket->http, &socket->easy, socket->why, &err);
	else
		pf_fail(&err, PF_ERR_UNREACHABLE,
			"the WebSocket to %s: the connection ended without a close frame; check that the server is up, "
			"and what stands between (proxy, load balancer)",
			server_of(socket));
	end(socket, &err);
}

static void
end_late(struct pf_websocket *socket)
{
	int64_t ms = pf_websocket_age(socket);
	struct pf_err err;

	if (socket->state == PF_WEBSOCKET_CONNECTING)
		pf_http_explain_timeout(socket->http, &socket->easy, ms, &err);
	else if (socket->state == PF_WEBSOCKET_SHAKING)
		pf_fail(&err, PF_ERR_TIMEOUT,
			"the upgrade to WebSocket at %s: connected, but no answer within %lld ms; the server is "
			"overloaded or hangs",
			server_of(socket), (long long)ms);
	else if (socket->state == PF_WEBSOCKET_OPEN)
		pf_fail(&err, PF_ERR_TIMEOUT, "the WebSocket to %s: not over within %lld ms", server_of(socket),
			(long long)ms);
	else
		pf_fail(&err, PF_ERR_TIMEOUT, "the WebSocket to %s: no time was left for it", server_of(socket));
	end(socket, &err);
}

void
pf_websocket_fail(struct pf_websocket *socket, const struct pf_err *err)
{
	socket->end = (struct pf_websocket_end){.close_code = 0};
	socket->started_ms = pf_monotonic_ms();
	end(socket, err);
	socket->state = PF_WEBSOCKET_ENDED; /* again would fail again */
}

void
pf_websocket_abandon(struct pf_websocket *socket, enum pf_err_kind kind)
{
	struct pf_err err;

	if (socket->state == PF_WEBSOCKET_ENDED)
		return;
	if (kind == PF_ERR_INTERRUPTED) {
		pf_fail(&err, kind, "the WebSocket to %s: interrupted", server_of(socket));
		end(socket, &err);
	} else {
		end_late(socket);
	}
	socket->state = PF_WEBSOCKET_ENDED;
}

/* ---- Bytes ---- */

static ssize_t
receive(struct pf_websocket *socket, char *into, size_t room)
{
	size_t n = 0;
	CURLcode code;

	if (socket->lost || room == 0)
		return 0;
	if (socket->budget == 0) {
		socket->hurried = true;
		return 0;
	}
	code = curl_easy_recv(socket->easy.curl, into, room < socket->budget ? room : socket->budget, &n);
	if (code == CURLE_AGAIN)
		return 0;
	if (code != CURLE_OK || n == 0) {
		socket->lost = true;
		socket->why = code;
		return 0;
	}
	socket->budget -= n;
	return (ssize_t)n;
}

static size_t
transmit(struct pf_websocket *socket, const void *bytes, size_t len)
{
	size_t n = 0;
	CURLcode code;

	if (socket->lost)
		return 0;
	code = curl_easy_send(socket->easy.curl, bytes, len, &n);
	if (code == CURLE_OK)
		return n;
	/* What the peer said before it went may still be read: that it is gone shows there. */
	return 0;
}

/* ---- Frames ---- */

static ssize_t
on_receive(wslay_event_context_ptr frames, uint8_t *into, size_t room, int flags, void *context)
{
	struct pf_websocket *socket = context;
	size_t early = socket->early.len - socket->early_taken;
	ssize_t n;

	(void)flags;
	if (socket->has_closed) {
		n = 0;
	} else if (early > 0) {
		n = (ssize_t)(early < room ? early : room);
		memcpy(into, socket->early.p + socket->early_taken, (size_t)n);
		socket->early_taken += (size_t)n;
	} else {
		n = receive(socket, (char *)into, room);
	}
	if (n > 0)
		return n;
	wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
	return -1;
}

static ssize_t
on_send(wslay_event_context_ptr frames, const uint8_t *bytes, size_t len, int flags, void *context)
{
	size_t n = transmit(context, bytes, len);

	(void)flags;
	if (n > 0)
		return (ssize_t)n;
	wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
	return -1;
}

static int
on_mask(wslay_event_context_ptr frames, uint8_t *into, size_t len, void *context)
{
	(void)frames;
	(void)context;
	return getrandom(into, len, 0) == (ssize_t)len ? 0 : -1;
}

static void
on_message(wslay_event_context_ptr frames, const struct wslay_event_on_msg_recv_arg *message, void *context)
{
	struct pf_websocket *socket = context;

	(void)frames;
	if (!wslay_is_ctrl_frame(message->opcode) && !socket->has_closed)
		socket->request.events->message(socket->request.context, socket, (const char *)message->msg,
						message->msg_length);
}

void
pf_websocket_send(struct pf_websocket *socket, const char *first, size_t first_len, const char *bytes, size_t len)
{
	PF_AUTO_BUF whole = PF_BUF(SIZE_MAX / 4);
	struct wslay_event_msg message = {.opcode = WSLAY_BINARY_FRAME, .msg_length = first_len + len};

	pf_buf_add(&whole, first, first_len);
	pf_buf_add(&whole, bytes, len);
	message.msg = (const uint8_t *)pf_buf_text(&whole);
	if (wslay_event_queue_msg(socket->frames, &message) == WSLAY_ERR_NOMEM)
		pf_out_of_memory();
}

void
pf_websocket_close(struct pf_websocket *socket)
{
	socket->has_closed = true;
	if (wslay_event_queue_close(socket->frames, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0) == WSLAY_ERR_NOMEM)
		pf_out_of_memory();
}

static void
end_closed_by_peer(struct pf_websocket *socket)
{
	struct pf_err err = {.kind = PF_ERR_NONE};
	unsigned code = wslay_event_get_status_code_received(socket->frames);

	socket->end.close_code = code;
	if (code != WSLAY_CODE_NORMAL_CLOSURE && code != WSLAY_CODE_GOING_AWAY && code != WSLAY_CODE_NO_STATUS_RCVD)
		pf_fail(&err, PF_ERR_SERVER, "the WebSocket to %s: the server closed it with an error (%u)",
			server_of(socket), code);
	end(socket, &err);
}

/* wslay stops reading where the peer breaks the rules, and queues a close frame that says which. */
static void
end_broken(struct pf_websocket *socket)
{
	struct pf_err err;

	if (wslay_event_get_status_code_sent(socket->frames) == WSLAY_CODE_MESSAGE_TOO_BIG)
		pf_fail(&err, PF_ERR_PROTOCOL,
			"the WebSocket to %s: the server sent a message of more than the %zu bytes that are accepted",
			server_of(socket), PF_WEBSOCKET_MESSAGE_CAP);
	else
		pf_fail(&err, PF_ERR_PROTOCOL,
			"the WebSocket to %s: the server sent a frame that breaks the protocol; check what stands "
			"between (proxy, load balancer)",
			server_of(socket));
	end(socket, &err);
}

static void
talk(struct pf_websocket *socket)
{
	socket->hurried = false;
	socket->budget = TURN_BYTES;
	if (wslay_event_want_read(socket->frames) && wslay_event_recv(socket->frames) == WSLAY_ERR_NOMEM)
		pf_out_of_memory();
	if (wslay_event_want_write(socket->frames) && wslay_event_send(socket->frames) == WSLAY_ERR_NOMEM)
		pf_out_of_memory();
	if (socket->has_closed)
		end_well(socket);
	else if (wslay_event_get_close_received(socket->frames))
		end_closed_by_peer(socket);
	else if (!wslay_event_get_read_enabled(socket->frames))
		end_broken(socket);
	else if (socket->lost)
		end_lost(socket);
}

/* ---- The upgrade ---- */

static void
open_frames(struct pf_websocket *socket, const char *protocol)
{
	static const struct wslay_event_callbacks callbacks = {.recv_callback = on_receive,
							       .send_callback = on_send,
							       .genmask_callback = on_mask,
							       .on_msg_recv_callback = on_message};

	if (wslay_event_context_client_init(&socket->frames, &callbacks, socket) != 0)
		pf_out_of_memory();
	wslay_event_config_set_max_recv_msg_length(socket->frames, PF_WEBSOCKET_MESSAGE_CAP);
	socket->state = PF_WEBSOCKET_OPEN;
	socket->limit = PF_NO_DEADLINE;
	socket->request.events->opened(socket->request.context, socket, protocol);
}

/* An answer that is no upgrade: the asker knows what it means. */
static void
end_refused(struct pf_websocket *socket)
{
	const char *type = pf_http1_header(&socket->answer, socket->arena, "Content-Type");
	struct pf_websocket_end *found = &socket->end;
	struct pf_err err;

	found->status = socket->answer.status;
	found->content_type = type != NULL ? type : "";
	found->body_len = socket->answer.body.len;
	found->body = pf_alloc(socket->arena, found->body_len + 1);
	memcpy(found->body, pf_buf_text(&socket->answer.body), found->body_len);
	pf_fail(&err, PF_ERR_SERVER, "the upgrade to WebSocket at %s: the server answered with status %d",
		server_of(socket), found->status);
	end(socket, &err);
}

static void
take_answer(struct pf_websocket *socket)
{
	const char *protocol = NULL;
	struct pf_err err;

	if (socket->answer.status != 101)
		end_refused(socket);
	else if (!pf_websocket_is_accepted(socket, &protocol, &err))
		end(socket, &err);
	else
		open_frames(socket, protocol);
}

static void
end_no_answer(struct pf_websocket *socket, struct pf_err *err)
{
	pf_fail_in(err, "the upgrade to WebSocket at %s", server_of(socket));
	end(socket, err);
}

static void
shake(struct pf_websocket *socket)
{
	char bytes[4096];
	struct pf_err err;

	if (socket->greeted < socket->greeting.len)
		socket->greeted +=
			transmit(socket, socket->greeting.p + socket->greeted, socket->greeting.len - socket->greeted);
	socket->budget = TURN_BYTES;
	while (socket->state == PF_WEBSOCKET_SHAKING) {
		ssize_t n = receive(socket, bytes, sizeof(bytes));
		size_t used = 0;
		bool refused;
		if (n == 0)
			break;
		if (!pf_http1_take(&socket->answer, bytes, (size_t)n, &used, &err)) {
			/* Of a refusal too large to keep, the beginning says enough. */
			refused = socket->answer.has_head && socket->answer.status != 101;
			if (refused)
				end_refused(socket);
			else
				end_no_answer(socket, &err);
		} else if (socket->answer.state == PF_HTTP1_DONE) {
			pf_buf_add(&socket->early, bytes + used, (size_t)n - used);
			take_answer(socket);
		}
	}
	if (socket->state != PF_WEBSOCKET_SHAKING || !socket->lost)
		return;
	if (socket->why != CURLE_OK)
		end_lost(socket);
	else if (pf_http1_stream_ended(&socket->answer, &err))
		take_answer(socket);
	else
		end_no_answer(socket, &err);
}

/* ---- For the wave ---- */

void
pf_websocket_prepare(struct pf_websocket *socket, struct pf_http *http, const struct pf_http_header *headers,
		     size_t header_count)
{
	socket->http = http;
	socket->headers = headers;
	socket->header_count = header_count;
	socket->state = PF_WEBSOCKET_WAITING;
	socket->started_ms = pf_monotonic_ms();
	socket->limit = PF_NO_DEADLINE;
}

static void
start(struct pf_websocket *socket)
{
	struct pf_err err;
	CURL *curl;

	socket->end = (struct pf_websocket_end){.close_code = 0};
	socket->lost = socket->has_closed = socket->hurried = false;
	socket->why = CURLE_OK;
	socket->early = PF_BUF(TURN_BYTES);
	socket->early_taken = 0;
	socket->started_ms = pf_monotonic_ms();
	socket->limit = socket->request.timeout_ms > 0 ? pf_deadline_in(socket->request.timeout_ms) : PF_NO_DEADLINE;
	pf_http1_begin(&socket->answer, REFUSAL_CAP);
	socket->answer.may_switch = true;
	if (!pf_http_easy(socket->http, "/", NULL, 0, &socket->easy, &err) || !pf_websocket_greet(socket, &err)) {
		pf_http_easy_end(&socket->easy);
		end(socket, &err);
		socket->state = PF_WEBSOCKET_ENDED;
		return;
	}
	curl = socket->easy.curl;
	curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTPPROXYTUNNEL, 1L);
	/* By ALPN the server would choose HTTP/2, which has no such upgrade. */
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_PIPEWAIT, 0L);
	if (curl_multi_add_handle(socket->http->multi, curl) != CURLM_OK)
		pf_out_of_memory();
	socket->state = PF_WEBSOCKET_CONNECTING;
	socket->http->stats.requests++;
}

void
pf_websocket_connected(struct pf_websocket *socket, CURLcode code)
{
	struct pf_err err;

	if (socket->state != PF_WEBSOCKET_CONNECTING)
		return;
	if (code == CURLE_OK)
		code = curl_easy_getinfo(socket->easy.curl, CURLINFO_ACTIVESOCKET, &socket->fd);
	if (code == CURLE_OK && socket->fd == CURL_SOCKET_BAD)
		code = CURLE_COULDNT_CONNECT;
	if (code == CURLE_OK) {
		socket->state = PF_WEBSOCKET_SHAKING;
		return;
	}
	pf_http_explain(socket->http, &socket->easy, code, &err);
	end(socket, &err);
}

void
pf_websocket_turn(struct pf_websocket *socket)
{
	if (socket->state == PF_WEBSOCKET_WAITING)
		start(socket);
	if (socket->state == PF_WEBSOCKET_SHAKING)
		shake(socket);
	if (socket->state == PF_WEBSOCKET_OPEN)
		talk(socket);
	if (socket->state != PF_WEBSOCKET_ENDED && pf_deadline_left(socket->limit) == 0)
		end_late(socket);
}

bool
pf_websocket_wait(const struct pf_websocket *socket, struct curl_waitfd *out)
{
	bool writes;

	if (socket->state != PF_WEBSOCKET_SHAKING && socket->state != PF_WEBSOCKET_OPEN)
		return false;
	writes = socket->state == PF_WEBSOCKET_SHAKING ? socket->greeted < socket->greeting.len
						       : wslay_event_want_write(socket->frames);
	*out = (struct curl_waitfd){.fd = socket->fd,
				    .events = (short)(CURL_WAIT_POLLIN | (writes ? CURL_WAIT_POLLOUT : 0))};
	return true;
}

struct pf_deadline
pf_websocket_due(const struct pf_websocket *socket)
{
	if (socket->state == PF_WEBSOCKET_ENDED)
		return PF_NO_DEADLINE;
	if (socket->state == PF_WEBSOCKET_WAITING || socket->hurried)
		return (struct pf_deadline){0};
	return socket->limit;
}
