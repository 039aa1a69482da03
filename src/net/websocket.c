/* A WebSocket's life: libcurl connects, it asks for the upgrade, then frames go to and fro until it ends. */
#include <string.h>

#include "websocket_internal.h"

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

/* ---- The upgrade ---- */

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
		pf_websocket_server(socket), found->status);
	pf_websocket_end(socket, &err);
}

static void
take_answer(struct pf_websocket *socket)
{
	const char *protocol = NULL;
	struct pf_err err;

	if (socket->answer.status != 101)
		end_refused(socket);
	else if (!pf_websocket_is_accepted(socket, &protocol, &err))
		pf_websocket_end(socket, &err);
	else
		pf_websocket_open_frames(socket, protocol);
}

static void
end_no_answer(struct pf_websocket *socket, struct pf_err *err)
{
	pf_fail_in(err, "the upgrade to WebSocket at %s", pf_websocket_server(socket));
	pf_websocket_end(socket, err);
}

static void
shake(struct pf_websocket *socket)
{
	char bytes[4096];
	struct pf_err err;

	if (socket->greeted < socket->greeting.len)
		socket->greeted += pf_websocket_transmit(socket, socket->greeting.p + socket->greeted,
							 socket->greeting.len - socket->greeted);
	socket->budget = PF_WEBSOCKET_TURN;
	while (socket->state == PF_WEBSOCKET_SHAKING) {
		ssize_t n = pf_websocket_receive(socket, bytes, sizeof(bytes));
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
		pf_websocket_end_lost(socket);
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
	socket->early = PF_BUF(PF_WEBSOCKET_TURN);
	socket->early_taken = 0;
	socket->started_ms = pf_monotonic_ms();
	socket->limit = socket->request.timeout_ms > 0 ? pf_deadline_in(socket->request.timeout_ms) : PF_NO_DEADLINE;
	pf_http1_begin(&socket->answer, REFUSAL_CAP);
	socket->answer.may_switch = true;
	if (!pf_http_easy(socket->http, "/", NULL, 0, &socket->easy, &err) || !pf_websocket_greet(socket, &err)) {
		pf_http_easy_end(&socket->easy);
		pf_websocket_end(socket, &err);
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
	pf_websocket_end(socket, &err);
}

void
pf_websocket_turn(struct pf_websocket *socket)
{
	if (socket->state == PF_WEBSOCKET_WAITING)
		start(socket);
	if (socket->state == PF_WEBSOCKET_SHAKING)
		shake(socket);
	if (socket->state == PF_WEBSOCKET_OPEN)
		pf_websocket_talk(socket);
	if (socket->state != PF_WEBSOCKET_ENDED && pf_deadline_left(socket->limit) == 0)
		pf_websocket_end_late(socket);
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
