/* What a server sent as an answer: redacted as it is read, and every refusal explained. */
#include "kube/target_answer.h"

#include <string.h>
#include <strings.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/status.h"
#include "kube/target_internal.h"

bool
pf_live_is_json(const char *content_type)
{
	size_t len = strcspn(content_type, "; \t");

	return (len == 16 && strncasecmp(content_type, "application/json", 16) == 0) ||
	       (len > 5 && strncasecmp(content_type + len - 5, "+json", 5) == 0);
}

/* What is no JSON by right: logs, health checks, what a proxied program says. */
static bool
may_be_text(const char *path, const char *content_type)
{
	size_t len = strcspn(path, "?");
	bool is_log = len > 4 && memcmp(path + len - 4, "/log", 4) == 0;

	if (is_log || memmem(path, len, "/proxy", 6) != NULL)
		return true;
	return strncasecmp(content_type, "text/plain", 10) == 0;
}

cJSON *
pf_live_json(struct pf_live *live, struct pf_arena *arena, const char *bytes, size_t len, struct pf_err *err)
{
	cJSON *json = pf_json_parse(arena, bytes, len, err);

	if (json != NULL)
		pf_redact_json(live->redactor, arena, json);
	return json;
}

const char *
pf_live_text(struct pf_live *live, struct pf_arena *arena, const char *bytes, size_t len)
{
	char *clean;
	const char *text;

	if (len == 0)
		return "";
	clean = pf_utf8_clean(arena, bytes, len);
	text = pf_redact_text(live->redactor, arena, clean);
	explicit_bzero(clean, strlen(clean));
	return text;
}

/* The body of a success. False with the answer's error when it is none that the path can have. */
static bool
take_body(struct pf_live *live, struct pf_arena *arena, const struct pf_ask *ask,
	  const struct pf_http_response *response, struct pf_answer *answer)
{
	const char *type = response->content_type;
	const char *path = pf_one_line(arena, ask->path, 200);
	struct pf_err why = {PF_ERR_NONE, ""};

	if (pf_live_is_json(type) && response->body_len > 0) {
		answer->json = pf_live_json(live, arena, response->body, response->body_len, &why);
		if (answer->json != NULL)
			return true;
		return pf_fail(&answer->err, PF_ERR_PROTOCOL, "%s %s was answered with broken JSON (%s): %s",
			       ask->method, path, pf_one_line(arena, type, 80),
			       pf_redact_text(live->redactor, arena, why.text));
	}
	if (may_be_text(ask->path, type) || response->status == 204) {
		answer->text = pf_live_text(live, arena, response->body, response->body_len);
		return true;
	}
	if (pf_is_web_page(type))
		return pf_fail(&answer->err, PF_ERR_PROTOCOL, "the server answered %s %s with a web page (%s): %s",
			       ask->method, path, pf_one_line(arena, type, 80), pf_web_page_hint);
	return pf_fail(&answer->err, PF_ERR_PROTOCOL, "the server answered %s %s with %s instead of JSON (%s): %s",
		       ask->method, path, response->body_len == 0 ? "nothing" : "something else",
		       *type != '\0' ? pf_one_line(arena, type, 80) : "no content type", pf_web_page_hint);
}

static void
take_refusal(struct pf_live *live, struct pf_arena *arena, const struct pf_ask *ask,
	     const struct pf_http_response *response, struct pf_answer *answer)
{
	struct pf_refusal refusal = {ask->method, ask->path, response->status, response->content_type, NULL, ""};
	struct pf_err why;

	if (pf_live_is_json(response->content_type))
		answer->json = pf_live_json(live, arena, response->body, response->body_len, &why);
	if (answer->json == NULL)
		answer->text = pf_live_text(live, arena, response->body, response->body_len);
	refusal.json = answer->json;
	refusal.text = answer->text != NULL ? answer->text : "";
	pf_refusal_explain(arena, &refusal, &answer->err);
}

void
pf_live_answer(struct pf_live *live, struct pf_arena *arena, const struct pf_ask *ask,
	       struct pf_http_response *response, struct pf_answer *answer)
{
	answer->status = response->status;
	answer->elapsed_ms = response->elapsed_ms;
	if (!response->ok)
		pf_fail(&answer->err, response->err.kind, "%s",
			pf_redact_text(live->redactor, arena, response->err.text));
	else if (response->status >= 200 && response->status < 300)
		answer->ok = take_body(live, arena, ask, response, answer);
	else
		take_refusal(live, arena, ask, response, answer);
	if (response->body != NULL)
		explicit_bzero(response->body, response->body_len);
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
