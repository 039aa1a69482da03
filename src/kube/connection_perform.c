/* Requests under the connection's identity, tried once more with a newer one when the server refuses it. */
#include <string.h>
#include <strings.h>

#include <postflight/connection.h>
#include <postflight/str.h>

#include "kube/connection_state.h"

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
fail_all(struct pf_http_response *responses, size_t count, const struct pf_err *err)
{
	size_t i;

	for (i = 0; i < count; i++)
		responses[i] = (struct pf_http_response){.content_type = "", .body = "", .version = "", .err = *err};
}

static void
send(struct pf_arena *arena, const struct pf_connection_identity *identity, const struct pf_http_request *requests,
     struct pf_http_response *responses, size_t count, struct pf_deadline deadline)
{
	struct pf_http_request *signed_requests = pf_alloc_array(arena, count, sizeof(*signed_requests));
	size_t i;

	for (i = 0; i < count; i++)
		signed_requests[i] = sign(arena, identity, &requests[i]);
	pf_http_perform(identity->http, arena, signed_requests, responses, count, deadline);
}

/* Sends again what the server refused to know us for. A 401 means that nothing was done, so any method may go. */
static void
send_refused_again(struct pf_connection *connection, struct pf_arena *arena, const struct pf_http_request *requests,
		   struct pf_http_response *responses, size_t count, struct pf_deadline deadline)
{
	struct pf_http_request *again = pf_alloc_array(arena, count, sizeof(*again));
	struct pf_http_response *answers = pf_alloc_array(arena, count, sizeof(*answers));
	size_t *which = pf_alloc_array(arena, count, sizeof(*which)), refused = 0, i;
	const char *token = present_token(connection);
	const struct pf_http *http = connection->http;
	struct pf_connection_identity identity;
	struct pf_err err;

	for (i = 0; i < count; i++)
		if (responses[i].ok && responses[i].status == UNAUTHORIZED) {
			which[refused] = i;
			again[refused++] = requests[i];
		}
	if (refused == 0)
		return;
	pf_connection_reject(connection);
	if (!pf_connection_identify(connection, arena, deadline, &identity, &err))
		fail_all(answers, refused, &err);
	else if (identity.http != http || !pf_streq(present_token(connection), token))
		send(arena, &identity, again, answers, refused, deadline);
	else
		return; /* nobody else to be */
	for (i = 0; i < refused; i++)
		responses[which[i]] = answers[i];
}

void
pf_connection_perform(struct pf_connection *connection, struct pf_arena *arena, const struct pf_http_request *requests,
		      struct pf_http_response *responses, size_t count, struct pf_deadline deadline)
{
	struct pf_connection_identity identity;
	struct pf_err err;

	if (count == 0)
		return;
	if (!pf_connection_identify(connection, arena, deadline, &identity, &err)) {
		fail_all(responses, count, &err);
		return;
	}
	send(arena, &identity, requests, responses, count, deadline);
	if (connection->token_file != NULL || connection->plugin != NULL)
		send_refused_again(connection, arena, requests, responses, count, deadline);
}
