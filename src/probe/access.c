#include "probe/access.h"

#include <string.h>

#include <postflight/buf.h>
#include <postflight/json.h>
#include <postflight/str.h>

#include "probe/session.h"

#define MAX_MISSING 64
#define TEXT_CAP 1024

static bool
lists(const cJSON *array, const char *wanted)
{
	const cJSON *node;
	cJSON_ArrayForEach(node, array)
	{
		const char *text = pf_json_string(node);
		if (pf_streq(text, "*") || pf_streq(text, wanted))
			return true;
	}
	return false;
}

/* A rule for single names does not grant what a list or an unknown name needs. */
static bool
granted(const cJSON *rules, const char *group, const char *resource, const char *verb)
{
	const cJSON *rule;
	cJSON_ArrayForEach(rule, rules)
	{
		const cJSON *names = PF_AT(rule, "resourceNames");
		if (cJSON_GetArraySize(names) == 0 && lists(PF_AT(rule, "verbs"), verb) &&
		    lists(PF_AT(rule, "apiGroups"), group) && lists(PF_AT(rule, "resources"), resource))
			return true;
	}
	return false;
}

struct collection {
	struct pf_arena *arena;
	const char **missing;
	size_t count;
};

static void
add_missing(struct collection *c, const char *verb, const char *resource)
{
	const char *text = pf_printf(c->arena, "%s %s", verb, resource);
	for (size_t i = 0; i < c->count; i++) {
		if (pf_streq(c->missing[i], text))
			return;
	}
	if (c->count < MAX_MISSING)
		c->missing[c->count++] = text;
}

static void
hold_against(struct collection *c, const cJSON *rules, const struct pf_permission *permission)
{
	const char *p = permission->verbs;
	while (*p != '\0') {
		size_t len = strcspn(p, " ");
		const char *verb = pf_strndup(c->arena, p, len);
		if (!granted(rules, permission->group, permission->resource, verb))
			add_missing(c, verb, permission->resource);
		p += len + (p[len] == ' ');
	}
}

/* In the cluster processes are asked directly: who got an answer so needs no port-forward. */
static bool
is_needed(const struct pf_session *session, const struct pf_permission *permission)
{
	return !pf_streq(permission->resource, "pods/portforward") || !pf_session_in_cluster(session) ||
	       pf_session_forwarded(session);
}

struct pf_access
pf_access_review(struct pf_probe_context *ctx)
{
	struct pf_session *session = pf_probe_session(ctx);
	struct pf_arena *arena = pf_probe_arena(ctx);
	const struct pf_plan *plan = pf_session_plan(session);
	struct pf_access out = {.text = ""};

	cJSON *body = pf_json_object(arena), *spec = cJSON_CreateObject();
	pf_json_set_string(body, "apiVersion", "authorization.k8s.io/v1");
	pf_json_set_string(body, "kind", "SelfSubjectRulesReview");
	pf_json_set_string(spec, "namespace", pf_probe_namespace(ctx));
	pf_json_set(body, "spec", spec);
	const struct pf_answer *answer = pf_ask_review(session, "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
						       pf_json_print(arena, body, false));
	if (!answer->ok || PF_BOOL_AT(answer->json, true, "status", "incomplete"))
		return out;

	struct collection c = {arena, pf_alloc_array(arena, MAX_MISSING + 1, sizeof(const char *)), 0};
	for (size_t i = 0; i < plan->check_count; i++) {
		const struct pf_permission *p = plan->checks[i].probe->permissions;
		if (plan->checks[i].probe->disruptive)
			continue; /* it asks for its own where it runs: whoever only reads needs none of them */
		for (; p != NULL && p->resource != NULL; p++) {
			if (is_needed(session, p))
				hold_against(&c, PF_AT(answer->json, "status", "resourceRules"), p);
		}
	}
	PF_AUTO_BUF text = PF_BUF(TEXT_CAP);
	for (size_t i = 0; i < c.count; i++)
		pf_buf_printf(&text, "%s%s", i > 0 ? ", " : "", c.missing[i]);
	return (struct pf_access){true, c.missing, c.count, pf_strdup(arena, pf_buf_text(&text))};
}
