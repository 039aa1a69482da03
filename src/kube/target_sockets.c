#include "kube/target_sockets.h"

#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/exec.h"
#include "kube/forward.h"
#include "kube/status.h"
#include "kube/target_internal.h"

/* The stream to the same port of the same pod, made when there is none. */
static struct pf_forward *
forward_to(struct pf_sockets *sockets, struct pf_live *live, struct pf_arena *scratch, const struct pf_ask *ask,
	   size_t before, int64_t timeout_ms)
{
	struct pf_forward *forward;

	for (size_t i = 0; i < before; i++)
		if (sockets->forwards[i] != NULL && sockets->forwards[i]->port == ask->port &&
		    strcmp(sockets->forwards[i]->path, ask->path) == 0)
			return sockets->forwards[i];
	forward = pf_forward_new(scratch, live->redactor, ask->path, ask->port, timeout_ms);
	sockets->list[sockets->count++] = forward->socket;
	return forward;
}

struct pf_sockets *
pf_sockets_new(struct pf_live *live, struct pf_arena *scratch, const struct pf_ask *asks, size_t count)
{
	struct pf_sockets *sockets = pf_alloc(scratch, sizeof(*sockets));

	sockets->list = pf_alloc_array(scratch, count, sizeof(struct pf_websocket *));
	sockets->execs = pf_alloc_array(scratch, count, sizeof(struct pf_exec *));
	sockets->forwards = pf_alloc_array(scratch, count, sizeof(struct pf_forward *));
	sockets->forwarded = pf_alloc_array(scratch, count, sizeof(struct pf_forwarded *));
	for (size_t i = 0; i < count; i++) {
		int64_t timeout_ms = asks[i].timeout_ms > 0 ? asks[i].timeout_ms : live->request_timeout_ms;
		if (asks[i].kind == PF_ASK_EXEC) {
			sockets->execs[i] = pf_alloc(scratch, sizeof(struct pf_exec));
			pf_exec_begin(sockets->execs[i], scratch, &asks[i], timeout_ms);
			sockets->list[sockets->count++] = sockets->execs[i]->socket;
		} else if (asks[i].kind == PF_ASK_FORWARD) {
			sockets->forwards[i] = forward_to(sockets, live, scratch, &asks[i], i, timeout_ms);
			sockets->forwarded[i] = pf_forward_add(sockets->forwards[i], scratch, &asks[i], timeout_ms);
		}
	}
	return sockets;
}

bool
pf_sockets_is_json(const struct pf_sockets *sockets, size_t i)
{
	return sockets->forwarded[i] != NULL && sockets->forwarded[i]->is_json;
}

void
pf_sockets_answer(struct pf_sockets *sockets, size_t i, struct pf_live *live, struct pf_arena *arena,
		  struct pf_answer *answer)
{
	if (sockets->execs[i] != NULL)
		pf_exec_answer(sockets->execs[i], live, arena, answer);
	else
		pf_forward_answer(sockets->forwards[i], sockets->forwarded[i], live, arena, answer);
}

/* ---- Upgrades that were refused ---- */

static bool
says(const struct pf_refusal *refusal, const char *words)
{
	const char *message = PF_STRING_AT(refusal->json, "message");

	return strstr(message != NULL ? message : refusal->text, words) != NULL;
}

/* What the general sentence does not tell. */
static void
add_advice(const struct pf_ask *ask, const struct pf_refusal *refusal, struct pf_err *err)
{
	const char *resource = ask->kind == PF_ASK_EXEC ? "pods/exec" : "pods/portforward";
	struct pf_err general = *err;

	if (err->kind == PF_ERR_FORBIDDEN)
		pf_fail(err, general.kind, "%s; a Role must allow get and create on %s", general.text, resource);
	else if (says(refusal, "missing upgrade headers") || says(refusal, "Upgrade request required"))
		pf_fail(err, PF_ERR_PROTOCOL,
			"the upgrade to WebSocket did not reach the server (%d): what stands between (proxy, load "
			"balancer) takes the Upgrade header away; let it pass WebSockets",
			refusal->status);
	else if (refusal->status >= 200 && refusal->status < 300)
		pf_fail(err, PF_ERR_PROTOCOL,
			"%s was answered with status %d instead of an upgrade to WebSocket: is a proxy in between that "
			"does not know WebSockets?",
			resource, refusal->status);
	else if (says(refusal, "container not found") || says(refusal, "is not running") ||
		 says(refusal, "is not valid for pod") || says(refusal, "does not have a host assigned"))
		pf_fail(err, PF_ERR_NOT_FOUND, "the container does not exist or is not running: %s", general.text);
}

void
pf_live_refused(struct pf_live *live, struct pf_arena *arena, const struct pf_ask *ask,
		const struct pf_websocket_end *end, struct pf_answer *answer)
{
	size_t shown = strcspn(ask->path, "?");
	const char *path = pf_strndup(arena, ask->path, shown);
	struct pf_refusal refusal = {"GET", path, end->status, end->content_type, NULL, ""};
	struct pf_err unused;

	if (pf_starts_with(end->content_type, "application/json"))
		answer->json = pf_live_json(live, arena, end->body, end->body_len, &unused);
	refusal.json = answer->json;
	if (answer->json == NULL)
		refusal.text = pf_live_text(live, arena, end->body, end->body_len);
	if (ask->kind == PF_ASK_FORWARD)
		answer->json = NULL; /* its status and document are those of the process */
	else
		answer->status = end->status;
	pf_refusal_explain(arena, &refusal, &answer->err);
	add_advice(ask, &refusal, &answer->err);
}
