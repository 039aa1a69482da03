/*
 * By which way a process is asked. From outside of the cluster it is a port-forward. In the cluster its pod's address
 * is tried first: that needs no permission. But a NetworkPolicy may keep us out that lets the clients in, and a proxy
 * in the pod may answer in the place of the process. So only an answer that is certainly the process's own counts at
 * once; for anything else a port-forward, which enters the pod behind both, is the better observer.
 */
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/dynamodb.h"
#include "probe/reach.h"

#define CAP ((size_t)1 << 20) /* what a description of a table, or of a configuration, never comes near */

/* ---- Questions --------------------------------------------------------------------------------------------- */

static const char *
place_of(struct pf_arena *arena, const struct pf_process_at *at)
{
	bool is_v6 = strchr(at->address, ':') != NULL;

	return pf_printf(arena, "%s%s%s:%d", is_v6 ? "[" : "", at->address, is_v6 ? "]" : "", at->port);
}

static struct pf_ask
ask_of(struct pf_arena *arena, const struct pf_process_at *at, const struct pf_request *request, bool direct)
{
	const char *path =
		direct ? place_of(arena, at)
		       : pf_printf(arena, "%s/portforward", pf_path_get(arena, PF_PODS, at->namespace_, at->pod));

	return (struct pf_ask){
		.kind = direct ? PF_ASK_DIRECT : PF_ASK_FORWARD,
		.method = request->method,
		.path = path,
		.port = at->port,
		.inner_path = request->path,
		.headers = request->headers,
		.content_type = request->content_type,
		.body = request->body,
		.cap = request->cap != 0 ? request->cap : CAP,
		.timeout_ms = request->timeout_ms,
	};
}

static bool
tries_directly(struct pf_session *session, const struct pf_process_at *at)
{
	return pf_session_in_cluster(session) && at->address != NULL && at->address[0] != '\0' &&
	       !pf_session_avoids(session, place_of(pf_session_arena(session), at));
}

/* ---- What an answer is worth ------------------------------------------------------------------------------- */

static bool
is_success(const struct pf_answer *answer)
{
	return answer->status >= 200 && answer->status < 300;
}

/* Proxies refuse in text, with nothing, or in JSON of their own: only what DynamoDB and Spring alone say is theirs. */
static bool
is_in_own_words(struct pf_arena *arena, const struct pf_answer *answer)
{
	bool by_spring = PF_STRING_AT(answer->json, "timestamp") != NULL && PF_STRING_AT(answer->json, "path") != NULL;

	return by_spring || pf_dynamodb_read(arena, answer).outcome < PF_DYNAMODB_FOREIGN;
}

static bool
is_certain(struct pf_arena *arena, const struct pf_answer *answer)
{
	return answer->reply == PF_REPLY_HTTP && (is_success(answer) || is_in_own_words(arena, answer));
}

/* Envoy signs what it says; Linkerd says these without a word and without a name. */
bool
pf_is_of_mesh(struct pf_arena *arena, const struct pf_answer *answer)
{
	static const int statuses[] = {403, 502, 503, 504};
	bool nameless = false;

	if (answer->reply != PF_REPLY_HTTP || is_certain(arena, answer))
		return false;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		nameless |= answer->status == statuses[i] && answer->json == NULL &&
			    (answer->text == NULL || answer->text[0] == '\0');
	return answer->server != NULL && answer->server[0] != '\0' ? strstr(answer->server, "envoy") != NULL : nameless;
}

/* Where nobody can look behind it: what else than the process can hardly have done this. */
static bool
is_likely(struct pf_arena *arena, const struct pf_process_at *at, const struct pf_answer *answer)
{
	return at->alone && !pf_is_of_mesh(arena, answer) && answer->reply != PF_REPLY_NONE &&
	       answer->reply != PF_REPLY_GARBLED;
}

static bool
nothing_was_sent(const struct pf_answer *answer)
{
	return answer->reply == PF_REPLY_NONE && answer->err.kind == PF_ERR_UNREACHABLE;
}

static bool
ends_the_run(const struct pf_answer *answer)
{
	return answer->reply == PF_REPLY_NONE &&
	       (answer->err.kind == PF_ERR_INTERRUPTED || answer->err.kind == PF_ERR_TIMEOUT ||
		answer->err.kind == PF_ERR_CONFIG);
}

/* Neither way led to the process: what was wrong with both. */
static struct pf_answer
neither(const struct pf_answer *direct, const struct pf_answer *forwarded)
{
	struct pf_answer out = *forwarded;

	if (direct->reply == PF_REPLY_HTTP)
		(void)pf_fail(&out.err, forwarded->err.kind,
			      "what answers there with HTTP %d may be a proxy in the pod; by port-forward: %s",
			      direct->status, forwarded->err.text);
	else
		(void)pf_fail(&out.err, forwarded->err.kind, "%s; by port-forward: %s", direct->err.text,
			      forwarded->err.text);
	return out;
}

/* ---- Asking ------------------------------------------------------------------------------------------------ */

struct pf_answer
pf_reach_by(struct pf_session *session, const struct pf_process_at *at, const struct pf_request *request,
	    pf_reach_ask *ask, void *context)
{
	struct pf_arena *arena = pf_session_arena(session);
	struct pf_ask *asks = pf_alloc_array(arena, 2, sizeof(*asks)), *by_forward = &asks[0], *by_address = &asks[1];

	*by_forward = ask_of(arena, at, request, false);
	if (!tries_directly(session, at))
		return ask(context, by_forward);
	*by_address = ask_of(arena, at, request, true);
	struct pf_answer direct = ask(context, by_address);
	if (is_certain(arena, &direct) || ends_the_run(&direct) || (request->once && !nothing_was_sent(&direct)))
		return direct;
	struct pf_answer forwarded = ask(context, by_forward);
	if (forwarded.reply == PF_REPLY_NONE && !forwarded.refused)
		return is_likely(arena, at, &direct) ? direct : neither(&direct, &forwarded);
	pf_session_avoid(session, by_address->path);
	return forwarded;
}

static struct pf_answer
look(void *context, const struct pf_ask *ask)
{
	return *pf_look_ask(context, ask);
}

void
pf_reach_foresee(struct pf_session *session, const struct pf_process_at *at, const struct pf_request *request)
{
	struct pf_ask ask = ask_of(pf_session_arena(session), at, request, tries_directly(session, at));

	pf_foresee_ask(session, &ask);
}

const struct pf_answer *
pf_reach(struct pf_session *session, const struct pf_process_at *at, const struct pf_request *request)
{
	struct pf_answer *answer = pf_alloc(pf_session_arena(session), sizeof(*answer));

	*answer = pf_reach_by(session, at, request, look, session);
	return answer;
}

const char *
pf_reach_way(struct pf_session *session, const struct pf_process_at *at)
{
	if (!pf_session_in_cluster(session))
		return NULL;
	return tries_directly(session, at) ? "direct" : "port-forward";
}

/* ---- Services ---------------------------------------------------------------------------------------------- */

const struct pf_answer *
pf_reach_service(struct pf_session *session, const char *service, int port, const struct pf_request *request,
		 const char **place, struct pf_err *err)
{
	struct pf_arena *arena = pf_session_arena(session);
	const struct pf_answer *answer = NULL;
	cJSON *body = pf_json_object(arena);
	const cJSON *address;

	*place = pf_printf(arena, "%s:%d", service, port);
	pf_json_set_string(body, "namespace", pf_session_namespace(session));
	pf_json_set_int(body, "ndots", 5);
	const struct pf_ask name = {
		.kind = PF_ASK_RESOLVE,
		.method = "RESOLVE",
		.path = service,
		.body = pf_json_print(arena, body, false),
	};
	const struct pf_answer *resolved = pf_look_ask(session, &name);
	cJSON_ArrayForEach(address, PF_AT(resolved->json, "addresses"))
	{
		const struct pf_process_at at = {.port = port, .address = pf_json_string(address)};
		if (at.address == NULL)
			continue;
		struct pf_ask ask = ask_of(arena, &at, request, true);
		answer = pf_look_ask(session, &ask);
		if (answer->reply != PF_REPLY_NONE)
			break;
	}
	if (answer == NULL && resolved->ok)
		(void)pf_fail(err, PF_ERR_NOT_FOUND, "%s does not resolve here (%s)", service,
			      PF_STRING_AT(resolved->json, "outcome"));
	else if (answer == NULL)
		*err = resolved->err;
	return answer;
}
