/* Requests under the connection's identity, tried once more with a newer one when the server refuses it. */
#include <string.h>
#include <strings.h>

#include <postflight/connection.h>
#include <postflight/str.h>

#include "kube/connection_state.h"
#include "net/websocket.h"

#define UNAUTHORIZED 401

static const char *
present_token(const struct pf_connection *connection)
{
	if (connection->token != NULL)
		return connection->token;
	return connection->has_credential ? connection->credential.token : NULL;
}

bool
pf_connection_identify(struct pf_connection *connection, struct pf_arena *arena, struct pf_deadline deadline,
		       struct pf_connection_identity *out, struct pf_err *err)
{
	struct pf_http_header *headers;
	const char *token;
	size_t count = connection->impersonation_count;

	if (!pf_connection_renew(connection, connection->is_rejected, deadline, err))
		return false;
	connection->is_rejected = false;
	headers = pf_alloc_array(arena, count + 1, sizeof(*headers));
	if (count > 0)
		memcpy(headers, connection->impersonation, count * sizeof(*headers));
	token = present_token(connection);
	if (token != NULL)
		headers[count++] = (struct pf_http_header){"Authorization", pf_printf(arena, "Bearer %s", token)};
	*out = (struct pf_connection_identity){connection->http, headers, count};
	return true;
}

void
pf_connection_reject(struct pf_connection *connection)
{
	connection->is_rejected = true;
}

static bool
has_header(const struct pf_http_request *request, const char *name)
{
	size_t i;

	for (i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return true;
	return false;
}

/* REQUEST with the identity's headers, apart from those that it has itself. */
static struct pf_http_request
sign(struct pf_arena *arena, const struct pf_connection_identity *identity, const struct pf_http_request *request)
{
	struct pf_http_request signed_request = *request;
	size_t count = request->header_count, i;
	struct pf_http_header *headers = pf_alloc_array(arena, count + identity->header_count + 1, sizeof(*headers));

	if (count > 0)
		memcpy(headers, request->headers, count * sizeof(*headers));
	for (i = 0; i < identity->header_count; i++)
		if (!has_header(request, identity->headers[i].name))
			headers[count++] = identity->headers[i];
	signed_request.headers = headers;
	signed_request.header_count = count;
	return signed_request;
}

static void
fail_all(const struct pf_http_wave *wave, const struct pf_err *err)
{
	size_t i;

	for (i = 0; i < wave->count; i++)
		wave->responses[i] =
			(struct pf_http_response){.content_type = "", .body = "", .version = "", .err = *err};
	for (i = 0; i < wave->socket_count; i++)
		pf_websocket_fail(wave->sockets[i], err);
}

static void
send(struct pf_arena *arena, const struct pf_connection_identity *identity, const struct pf_http_wave *wave,
     struct pf_deadline deadline)
{
	struct pf_http_request *signed_requests = pf_alloc_array(arena, wave->count, sizeof(*signed_requests));
	struct pf_http_wave signed_wave = *wave;
	size_t i;

	for (i = 0; i < wave->count; i++)
		signed_requests[i] = sign(arena, identity, &wave->requests[i]);
	signed_wave.requests = signed_requests;
	signed_wave.socket_headers = identity->headers;
	signed_wave.socket_header_count = identity->header_count;
	pf_http_perform_wave(identity->http, arena, &signed_wave, deadline);
}

/* Sends again what the server refused to know us for. A 401 means that nothing was done, so any method may go. */
static void
send_refused_again(struct pf_connection *connection, struct pf_arena *arena, const struct pf_http_wave *wave,
		   struct pf_deadline deadline)
{
	struct pf_http_request *again = pf_alloc_array(arena, wave->count, sizeof(*again));
	struct pf_http_response *answers = pf_alloc_array(arena, wave->count, sizeof(*answers));
	struct pf_websocket **sockets = pf_alloc_array(arena, wave->socket_count, sizeof(struct pf_websocket *));
	struct pf_http_wave refused = {.requests = again, .responses = answers, .sockets = sockets};
	size_t *which = pf_alloc_array(arena, wave->count, sizeof(*which)), i;
	const char *token = present_token(connection);
	const struct pf_http *http = connection->http;
	struct pf_connection_identity identity;
	struct pf_err err;

	for (i = 0; i < wave->count; i++)
		if (wave->responses[i].ok && wave->responses[i].status == UNAUTHORIZED) {
			which[refused.count] = i;
			again[refused.count++] = wave->requests[i];
		}
	for (i = 0; i < wave->socket_count; i++)
		if (pf_websocket_status(wave->sockets[i]) == UNAUTHORIZED)
			sockets[refused.socket_count++] = wave->sockets[i];
	if (refused.count + refused.socket_count == 0)
		return;
	pf_connection_reject(connection);
	if (!pf_connection_identify(connection, arena, deadline, &identity, &err))
		fail_all(&refused, &err);
	else if (identity.http != http || !pf_streq(present_token(connection), token))
		send(arena, &identity, &refused, deadline);
	else
		return; /* nobody else to be */
	for (i = 0; i < refused.count; i++)
		wave->responses[which[i]] = answers[i];
}

void
pf_connection_perform_wave(struct pf_connection *connection, struct pf_arena *arena, const struct pf_http_wave *wave,
			   struct pf_deadline deadline)
{
	struct pf_connection_identity identity;
	struct pf_err err;

	if (wave->count + wave->socket_count == 0)
		return;
	if (!pf_connection_identify(connection, arena, deadline, &identity, &err)) {
		fail_all(wave, &err);
		return;
	}
	send(arena, &identity, wave, deadline);
	if (connection->token_file != NULL || connection->plugin != NULL)
		send_refused_again(connection, arena, wave, deadline);
}

void
pf_connection_perform(struct pf_connection *connection, struct pf_arena *arena, const struct pf_http_request *requests,
		      struct pf_http_response *responses, size_t count, struct pf_deadline deadline)
{
	pf_connection_perform_wave(connection, arena,
				   &(struct pf_http_wave){.requests = requests, .responses = responses, .count = count},
				   deadline);
}
