/* An open WebSocket: wslay cuts frames, this file moves their bytes over libcurl's connection. */
#include <string.h>
#include <sys/random.h>

#include "websocket_internal.h"

/* ---- Bytes ---- */

ssize_t
pf_websocket_receive(struct pf_websocket *socket, char *into, size_t room)
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

size_t
pf_websocket_transmit(struct pf_websocket *socket, const void *bytes, size_t len)
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
		n = pf_websocket_receive(socket, (char *)into, room);
	}
	if (n > 0)
		return n;
	wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
	return -1;
}

static ssize_t
on_send(wslay_event_context_ptr frames, const uint8_t *bytes, size_t len, int flags, void *context)
{
	size_t n = pf_websocket_transmit(context, bytes, len);

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
end_well(struct pf_websocket *socket)
{
	pf_websocket_end(socket, &(struct pf_err){.kind = PF_ERR_NONE});
}

static void
end_closed_by_peer(struct pf_websocket *socket)
{
	struct pf_err err = {.kind = PF_ERR_NONE};
	unsigned code = wslay_event_get_status_code_received(socket->frames);

	socket->end.close_code = code;
	if (code != WSLAY_CODE_NORMAL_CLOSURE && code != WSLAY_CODE_GOING_AWAY && code != WSLAY_CODE_NO_STATUS_RCVD)
		pf_fail(&err, PF_ERR_SERVER, "the WebSocket to %s: the server closed it with an error (%u)",
			pf_websocket_server(socket), code);
	pf_websocket_end(socket, &err);
}

/* wslay stops reading where the peer breaks the rules, and queues a close frame that says which. */
static void
end_broken(struct pf_websocket *socket)
{
	struct pf_err err;

	if (wslay_event_get_status_code_sent(socket->frames) == WSLAY_CODE_MESSAGE_TOO_BIG)
		pf_fail(&err, PF_ERR_PROTOCOL,
			"the WebSocket to %s: the server sent a message of more than the %zu bytes that are accepted",
			pf_websocket_server(socket), PF_WEBSOCKET_MESSAGE_CAP);
	else
		pf_fail(&err, PF_ERR_PROTOCOL,
			"the WebSocket to %s: the server sent a frame that breaks the protocol; check what stands "
			"between (proxy, load balancer)",
			pf_websocket_server(socket));
	pf_websocket_end(socket, &err);
}

void
pf_websocket_talk(struct pf_websocket *socket)
{
	socket->hurried = false;
	socket->budget = PF_WEBSOCKET_TURN;
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
		pf_websocket_end_lost(socket);
}

void
pf_websocket_open_frames(struct pf_websocket *socket, const char *protocol)
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
