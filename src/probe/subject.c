#include "probe/subject.h"

#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/str.h>

#include "probe/own_env.h"

bool
pf_subject_find(struct pf_session *session, const char *deployment, const char *container, const char *const *prefixes,
		struct pf_subject *out)
{
	*out = (struct pf_subject){.workload = pf_workload(session, pf_session_namespace(session), deployment)};
	if (out->workload->deployment == NULL)
		return false;
	out->container = pf_workload_container(session, out->workload, container, prefixes);
	if (out->container == NULL)
		return false;
	out->container_name = PF_STRING_AT(out->container, "name");
	if (out->container_name == NULL)
		out->container_name = "";
	struct pf_env *env = pf_alloc(pf_session_arena(session), sizeof(*env));
	*env = *pf_workload_env(session, out->workload, out->container);
	pf_own_env_settle(session, out->workload, out->container_name, env);
	out->env = env;
	return true;
}

/* "cart, proxy": what may be chosen. */
static const char *
containers_text(struct pf_arena *arena, const struct pf_workload *workload)
{
	const char *text = "";
	const cJSON *container;
	cJSON_ArrayForEach(container, PF_AT(workload->deployment, "spec", "template", "spec", "containers"))
	{
		const char *name = PF_STRING_AT(container, "name");
		if (name != NULL)
			text = pf_printf(arena, "%s%s%s", text, text[0] != '\0' ? ", " : "", name);
	}
	return text[0] != '\0' ? text : "none";
}

bool
pf_subject_of(struct pf_probe_context *ctx, struct pf_subject *out)
{
	const char *deployment = pf_arg(ctx, "deployment"), *container = pf_arg(ctx, "container");
	if (pf_subject_find(pf_probe_session(ctx), deployment, container, pf_arg_list(ctx, "prefixes"), out))
		return true;
	if (out->workload->state == PF_WORKLOAD_UNREADABLE)
		pf_verdict_error(ctx, out->workload->err, "apps", "deployments", "get, list, watch");
	else if (out->workload->state == PF_WORKLOAD_ABSENT)
		pf_verdict(ctx, PF_SKIP, "deployment/%s does not exist", deployment);
	else
		pf_verdict(ctx, PF_ERROR, "deployment/%s has no container %s; it has %s", deployment,
			   container != NULL ? container : "", containers_text(pf_probe_arena(ctx), out->workload));
	return false;
}

bool
pf_subject_has_started(const struct pf_subject *subject)
{
	const struct pf_workload *w = subject->workload;
	const cJSON *status;
	for (size_t i = 0; i < w->pod_count; i++) {
		if (!pf_workload_is_newest(w, &w->pods[i]))
			continue;
		cJSON_ArrayForEach(status, PF_AT(w->pods[i].object, "status", "containerStatuses"))
		{
			if (pf_streq(PF_STRING_AT(status, "name"), subject->container_name) &&
			    (PF_AT(status, "state", "running") != NULL ||
			     PF_AT(status, "state", "terminated") != NULL ||
			     PF_AT(status, "lastState", "terminated") != NULL))
				return true;
		}
	}
	return false;
}

const char *
pf_subject_misplaced(struct pf_session *session, const struct pf_subject *subject, const char *name)
{
	static const struct {
		const char *list, *words;
	} lists[] = {{"containers", "container"}, {"initContainers", "init container"}};
	const cJSON *container;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		cJSON_ArrayForEach(container,
				   PF_AT(subject->workload->deployment, "spec", "template", "spec", lists[i].list))
		{
			if (container == subject->container)
				continue;
			const struct pf_env_var *var =
				pf_env_get(pf_workload_env(session, subject->workload, container), name);
			if (var != NULL && var->origin != PF_ENV_SERVICE_LINK &&
			    (var->value == NULL || var->value[0] != '\0'))
				return pf_printf(pf_session_arena(session), "%s %s", lists[i].words,
						 PF_STRING_AT(container, "name"));
		}
	}
	return NULL;
}

const struct pf_env_missing *
pf_subject_missing(const struct pf_subject *subject, const char *name)
{
	const struct pf_env_missing *all = NULL;
	for (size_t i = 0; i < subject->env->missing_count; i++) {
		const struct pf_env_missing *missing = &subject->env->missing[i];
		if (pf_streq(missing->variable, name))
			return missing;
		if (missing->variable[0] == '\0')
			all = missing;
	}
	return all;
}

const char *
pf_missing_text(struct pf_arena *arena, const struct pf_env_missing *missing)
{
	const char *kind = missing->is_secret ? "secret" : "configmap";
	if (missing->key[0] == '\0')
		return pf_printf(arena, "%s/%s", kind, missing->object);
	return pf_printf(arena, "%s/%s key %s", kind, missing->object, missing->key);
}

const char *
pf_subject_doubt(struct pf_probe_context *ctx, const struct pf_subject *subject, const char *name)
{
	const struct pf_env_missing *missing = pf_subject_missing(subject, name);
	if (missing != NULL)
		return pf_printf(pf_probe_arena(ctx), "%s does not exist",
				 pf_missing_text(pf_probe_arena(ctx), missing));
	return pf_env_unread(subject->env, name);
}

const char *
pf_shown(const struct pf_env_var *var)
{
	if (var->value == NULL)
		return "(not read)";
	if (var->secret && var->value[0] != '\0')
		return "(not shown)";
	return var->value;
}

struct pf_evidence
pf_env_evidence(struct pf_probe_context *ctx, const struct pf_subject *subject, const struct pf_env_var *var)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	struct pf_evidence out = {
		.source = pf_printf(arena, "deployment/%s", subject->workload->name),
		.path = pf_printf(arena, "env %s", var->name),
		.value = pf_shown(var),
	};
	if (var->origin != PF_ENV_LITERAL)
		out.path = pf_printf(arena, "env %s from %s", var->name, pf_env_source(arena, var));
	if (var->hides != NULL)
		out.line = pf_printf(arena, "it hides the value of %s", pf_env_source(arena, var->hides));
	return out;
}

struct pf_evidence
pf_env_absence(struct pf_probe_context *ctx, const struct pf_subject *subject, const char *name)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	return (struct pf_evidence){
		.source = pf_printf(arena, "deployment/%s", subject->workload->name),
		.path = pf_printf(arena, "env %s", name),
		.value = "(not set)",
	};
}

const char *
pf_env_plain(struct pf_arena *arena, const struct pf_env_var *var)
{
	struct pf_token token;
	if (var->value == NULL || !pf_has_token(var->value))
		return var->value;
	if (!pf_token_parse(arena, var->value, &token))
		return NULL;
	return token.detail;
}
