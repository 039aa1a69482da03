#include "probe/endpoint.h"

#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/str.h>

#include "kube/labels.h"

const cJSON *
pf_service_find(struct pf_session *session, const char *namespace_, const char *name, const struct pf_err **err)
{
	*err = NULL;
	if (pf_streq(namespace_, pf_session_namespace(session))) {
		struct pf_listing list = pf_services(session);
		const cJSON *service;
		cJSON_ArrayForEach(service, list.items)
		{
			if (pf_streq(PF_STRING_AT(service, "metadata", "name"), name))
				return service;
		}
		if (list.ok)
			return NULL;
		/* Whoever may not list may still be allowed to get. */
		if (list.err->kind != PF_ERR_FORBIDDEN) {
			*err = list.err;
			return NULL;
		}
	}
	const struct pf_answer *answer = pf_look_at(session, PF_SERVICES, namespace_, name);
	if (answer->ok)
		return answer->json;
	if (answer->err.kind != PF_ERR_NOT_FOUND)
		*err = &answer->err;
	return NULL;
}

const cJSON *
pf_service_port(const cJSON *service, int number)
{
	const cJSON *port;
	cJSON_ArrayForEach(port, PF_AT(service, "spec", "ports"))
	{
		const char *protocol = PF_STRING_AT(port, "protocol");
		if (PF_INT_AT(port, 0, "port") == number && (protocol == NULL || pf_streq(protocol, "TCP")))
			return port;
	}
	return NULL;
}

/* The Service of the session's namespace that has ADDRESS. */
static const cJSON *
service_with_address(struct pf_session *session, const char *address, const struct pf_err **err)
{
	struct pf_listing list = pf_services(session);
	const cJSON *service, *ip;
	*err = list.ok ? NULL : list.err;
	cJSON_ArrayForEach(service, list.items)
	{
		if (pf_streq(PF_STRING_AT(service, "spec", "clusterIP"), address))
			return service;
		cJSON_ArrayForEach(ip, PF_AT(service, "spec", "clusterIPs"))
		{
			if (pf_streq(pf_json_string(ip), address))
				return service;
		}
	}
	return NULL;
}

/* What redaction says of a secret value that is no plain URL. */
static enum pf_endpoint_state
secret_state(struct pf_arena *arena, const char *value, const char **why)
{
	struct pf_token token;
	if (pf_token_parse(arena, value, &token) &&
	    (pf_streq(token.cls, "alnum") || pf_streq(token.cls, "name") || pf_streq(token.cls, "word"))) {
		*why = "is no URL";
		return PF_ENDPOINT_MALFORMED;
	}
	if (pf_token_parse(arena, value, &token) && pf_streq(token.cls, "other")) {
		*why = "has a line break or another control character in it (echo writes one: printf does not)";
		return PF_ENDPOINT_MALFORMED;
	}
	*why = "its value is secret and has more in it than a plain URL";
	return PF_ENDPOINT_NOT_READ;
}

static enum pf_endpoint_state
read_state(struct pf_session *session, const struct pf_subject *subject, const char *variable, struct pf_endpoint *out)
{
	struct pf_arena *arena = pf_session_arena(session);
	const struct pf_env_missing *missing = pf_subject_missing(subject, variable);
	out->var = pf_env_get(subject->env, variable);
	if (out->var == NULL && missing != NULL) {
		out->why = pf_printf(arena, "%s does not exist", pf_missing_text(arena, missing));
		return PF_ENDPOINT_REFERENCE;
	}
	if (out->var == NULL && pf_env_unread(subject->env, variable) != NULL) {
		out->why = pf_env_unread(subject->env, variable);
		return PF_ENDPOINT_NOT_READ;
	}
	if (out->var == NULL)
		return PF_ENDPOINT_UNSET;
	out->secret = out->var->secret;
	if (out->var->value == NULL) {
		out->why = out->var->unknown;
		return PF_ENDPOINT_NOT_READ;
	}
	if (out->var->value[0] == '\0')
		return PF_ENDPOINT_UNSET;
	const char *plain = pf_env_plain(arena, out->var);
	if (plain == NULL)
		return secret_state(arena, out->var->value, &out->why);
	out->why = pf_endpoint_url_parse(arena, plain, &out->url);
	if (out->why == NULL)
		return PF_ENDPOINT_PARSED;
	if (out->var->unresolved != NULL) {
		out->why = pf_printf(arena, "still holds $(%s), which nothing defines", out->var->unresolved);
		return PF_ENDPOINT_MALFORMED;
	}
	return PF_ENDPOINT_MALFORMED;
}

struct pf_endpoint
pf_endpoint_read(struct pf_session *session, const char *client, const char *container, const char *const *prefixes,
		 const char *variable)
{
	struct pf_endpoint out = {.state = PF_ENDPOINT_NO_SUBJECT, .why = ""};
	struct pf_subject subject;
	if (!pf_subject_find(session, client, container, prefixes, &subject))
		return out;
	out.state = read_state(session, &subject, variable, &out);
	if (out.state != PF_ENDPOINT_PARSED)
		return out;
	out.host = pf_service_host_read(pf_session_arena(session), out.url.host, pf_session_namespace(session));
	if (out.host.kind == PF_HOST_SERVICE)
		out.service = pf_service_find(session, out.host.namespace_, out.host.service, &out.service_err);
	if (out.host.kind == PF_HOST_ADDRESS)
		out.service = service_with_address(session, out.url.host, &out.service_err);
	if (out.service != NULL && out.host.kind == PF_HOST_ADDRESS) {
		out.host.service = PF_STRING_AT(out.service, "metadata", "name");
		out.host.namespace_ = pf_session_namespace(session);
	}
	out.own = pf_streq(out.host.namespace_, pf_session_namespace(session)) &&
		  pf_map_matches(PF_AT(out.service, "spec", "selector"),
				 PF_AT(subject.workload->deployment, "spec", "template", "metadata", "labels"));
	return out;
}
