/* How a WebSocket ends: what it held is given back, and whoever asked for it is told why. */
#include <postflight/str.h>

#include "websocket_internal.h"

const char *
pf_websocket_server(const struct pf_websocket *socket)
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
void
pf_websocket_end(struct pf_websocket *socket, const struct pf_err *err)
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

/* The connection is lost. */
void
pf_websocket_end_lost(struct pf_websocket *socket)
{
	struct pf_err err;

	if (socket->why != CURLE_OK)
		pf_http_explain(socket->http, &socket->easy, socket->why, &err);
	else
		pf_fail(&err, PF_ERR_UNREACHABLE,
			"the WebSocket to %s: the connection ended without a close frame; check that the server is up, "
			"and what stands between (proxy, load balancer)",
			pf_websocket_server(socket));
	pf_websocket_end(socket, &err);
}

void
pf_websocket_end_late(struct pf_websocket *socket)
{
	int64_t ms = pf_websocket_age(socket);
	struct pf_err err;

	if (socket->state == PF_WEBSOCKET_CONNECTING)
		pf_http_explain_timeout(socket->http, &socket->easy, ms, &err);
	else if (socket->state == PF_WEBSOCKET_SHAKING)
		pf_fail(&err, PF_ERR_TIMEOUT,
			"the upgrade to WebSocket at %s: connected, but no answer within %lld ms; the server is "
			"overloaded or hangs",
			pf_websocket_server(socket), (long long)ms);
	else if (socket->state == PF_WEBSOCKET_OPEN)
		pf_fail(&err, PF_ERR_TIMEOUT, "the WebSocket to %s: not over within %lld ms",
			pf_websocket_server(socket), (long long)ms);
	else
		pf_fail(&err, PF_ERR_TIMEOUT, "the WebSocket to %s: no time was left for it",
			pf_websocket_server(socket));
	pf_websocket_end(socket, &err);
}

void
pf_websocket_fail(struct pf_websocket *socket, const struct pf_err *err)
{
	socket->end = (struct pf_websocket_end){.close_code = 0};
	socket->started_ms = pf_monotonic_ms();
	pf_websocket_end(socket, err);
	socket->state = PF_WEBSOCKET_ENDED; /* again would fail again */
}

void
pf_websocket_abandon(struct pf_websocket *socket, enum pf_err_kind kind)
{
	struct pf_err err;

	if (socket->state == PF_WEBSOCKET_ENDED)
		return;
	if (kind == PF_ERR_INTERRUPTED) {
		pf_fail(&err, kind, "the WebSocket to %s: interrupted", pf_websocket_server(socket));
		pf_websocket_end(socket, &err);
	} else {
		pf_websocket_end_late(socket);
	}
	socket->state = PF_WEBSOCKET_ENDED;
}
