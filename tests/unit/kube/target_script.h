/* A scripted server for tests of the target: answers by path, or the same to everybody. */
#ifndef POSTFLIGHT_TESTS_TARGET_SCRIPT_H
#define POSTFLIGHT_TESTS_TARGET_SCRIPT_H

#include <string.h>

#include "kube/target_internal.h"

struct scripted {
	const char *path; /* how the request's path starts; NULL: any */
	int status;       /* 0: no answer, ERR instead */
	const char *type;
	const char *body;
	enum pf_err_kind err;
	size_t chunk; /* bytes per write to a sink; 0: all at once */
};

struct script {
	const struct scripted *answers; /* ended by a status and err of 0 */
	unsigned waves;
	size_t requests;
	char last_path[1000];
	char last_body[1000];
	char last_headers[1000];
	char *wiped; /* the last body handed out, to be looked at afterwards */
	struct pf_arena *arena;
};

static inline const struct scripted *
scripted_for(const struct script *script, const char *path)
{
	const struct scripted *answer = script->answers;

	while (answer->path != NULL && strncmp(path, answer->path, strlen(answer->path)) != 0)
		answer++;
	return answer;
}

static inline void
script_body(struct script *script, const struct scripted *answer, const struct pf_http_request *request,
	    struct pf_http_response *response)
{
	size_t len = strlen(answer->body), chunk = answer->chunk > 0 ? answer->chunk : len;
	bool more = true;

	if (request->sink == NULL || answer->status >= 300) {
		response->body = pf_strdup(script->arena, answer->body);
		response->body_len = len;
		script->wiped = response->body;
		return;
	}
	for (size_t at = 0; more && at < len; at += chunk)
		more = request->sink(request->sink_context, answer->body + at, len - at < chunk ? len - at : chunk);
	response->body = pf_strdup(script->arena, "");
}

static inline void
script_perform(void *context, struct pf_arena *arena, const struct pf_http_request *requests,
	       struct pf_http_response *responses, size_t count, struct pf_deadline deadline)
{
	struct script *script = context;

	(void)deadline;
	script->waves++;
	script->requests += count;
	for (size_t i = 0; i < count; i++) {
		const struct scripted *answer = scripted_for(script, requests[i].path);
		responses[i] = (struct pf_http_response){.status = answer->status,
							 .content_type = pf_strdup(arena, answer->type),
							 .body = pf_strdup(arena, ""),
							 .elapsed_ms = 12,
							 .attempts = 1,
							 .version = "2"};
		snprintf(script->last_path, sizeof(script->last_path), "%s", requests[i].path);
		snprintf(script->last_body, sizeof(script->last_body), "%s",
			 requests[i].body != NULL ? requests[i].body : "");
		script->last_headers[0] = '\0';
		for (size_t k = 0; k < requests[i].header_count; k++)
			snprintf(script->last_headers + strlen(script->last_headers), 200, "%s: %s\n",
				 requests[i].headers[k].name, requests[i].headers[k].value);
		if (answer->body != NULL)
			script_body(script, answer, &requests[i], &responses[i]);
		if (answer->err == PF_ERR_NONE)
			responses[i].ok = true;
		else
			pf_fail(&responses[i].err, answer->err, "cannot reach https://user:Kanari3nv0gel@host: broken");
	}
}

#endif
