/* Which container of a Deployment is the application, and what its environment is. */
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "probe/workload.h"

static const cJSON *
containers_of(const struct pf_workload *workload)
{
	return PF_AT(workload->deployment, "spec", "template", "spec", "containers");
}

static bool
has_prefix(const char *name, const char *const *prefixes)
{
	for (size_t i = 0; name != NULL && prefixes[i] != NULL; i++) {
		if (pf_starts_with(name, prefixes[i]))
			return true;
	}
	return false;
}

/*
 * The container with most of the variables, of equals the first: `kubectl set env` without -c gives every container the
 * one that it sets.
 */
static const cJSON *
by_variables(struct pf_session *session, const struct pf_workload *workload, const char *const *prefixes)
{
	const cJSON *container, *best = NULL;
	size_t most = 0;
	cJSON_ArrayForEach(container, containers_of(workload))
	{
		const struct pf_env *env = pf_workload_env(session, workload, container);
		size_t count = 0;
		for (size_t i = 0; i < env->count; i++)
			count += env->vars[i].origin != PF_ENV_SERVICE_LINK && has_prefix(env->vars[i].name, prefixes);
		if (count > most) {
			most = count;
			best = container;
		}
	}
	return best;
}

/* The word that begins the Deployment's name: "cart" of "cart-deployment". */
static const char *
first_word(struct pf_session *session, const struct pf_workload *workload)
{
	return pf_strndup(pf_session_arena(session), workload->name, strcspn(workload->name, "-."));
}

/* NAME is the Deployment's, or what that begins with: container "cart" of "cart-deployment". */
static bool
is_named_after(const struct pf_workload *workload, const char *name)
{
	size_t len = name != NULL ? strlen(name) : 0;
	return len > 0 && strncmp(workload->name, name, len) == 0 &&
	       (workload->name[len] == '\0' || workload->name[len] == '-');
}

/* "…/retail-store-sample-cart:1.6.2" has the word "cart" in the last part of its path. */
static bool
has_word(const char *image, const char *word)
{
	const char *last = image != NULL ? strrchr(image, '/') : NULL, *p = last != NULL ? last + 1 : image;
	size_t len = strlen(word);

	while (p != NULL && len > 0 && *p != '\0' && *p != ':' && *p != '@') {
		size_t part = strcspn(p, "-_.:@");
		if (part == len && strncmp(p, word, len) == 0)
			return true;
		p += part;
		p += *p == '-' || *p == '_' || *p == '.';
	}
	return false;
}

/*
 * The one container that is called after the Deployment, else the one whose image is: variables that were given to a
 * sidecar do not make it the application. NULL when there is none such, or several.
 */
static const cJSON *
by_name(struct pf_session *session, const struct pf_workload *workload)
{
	const char *word = first_word(session, workload);
	const cJSON *container, *named = NULL, *imaged = NULL;
	unsigned names = 0, images = 0;

	cJSON_ArrayForEach(container, containers_of(workload))
	{
		if (is_named_after(workload, PF_STRING_AT(container, "name"))) {
			named = container;
			names++;
		}
		if (has_word(PF_STRING_AT(container, "image"), word)) {
			imaged = container;
			images++;
		}
	}
	return names == 1 ? named : images == 1 ? imaged : NULL;
}

const cJSON *
pf_workload_container(struct pf_session *session, const struct pf_workload *workload, const char *wanted,
		      const char *const *prefixes)
{
	const cJSON *containers = containers_of(workload), *container, *found = NULL;
	if (wanted != NULL && wanted[0] != '\0') {
		cJSON_ArrayForEach(container, containers)
		{
			if (pf_streq(PF_STRING_AT(container, "name"), wanted))
				return container;
		}
		return NULL;
	}
	if (cJSON_GetArraySize(containers) > 1)
		found = by_name(session, workload);
	if (found == NULL && cJSON_GetArraySize(containers) > 1)
		found = by_variables(session, workload, prefixes);
	return found != NULL ? found : cJSON_GetArrayItem(containers, 0);
}

struct lookup {
	struct pf_session *session;
	const char *namespace_;
};

static enum pf_source_state
look_up(void *context, bool is_secret, const char *name, const cJSON **object, const char **why)
{
	struct lookup *l = context;
	const struct pf_answer *answer =
		pf_look_at(l->session, is_secret ? PF_SECRETS : PF_CONFIGMAPS, l->namespace_, name);
	if (answer->ok) {
		*object = answer->json;
		return PF_SOURCE_FOUND;
	}
	*why = answer->err.kind != PF_ERR_FORBIDDEN ? answer->err.text
						    : pf_printf(pf_session_arena(l->session),
								"it is forbidden (403); Role rule to add: {apiGroups: "
								"[\"\"], resources: [%s], verbs: [get]}",
								is_secret ? "secrets" : "configmaps");
	return answer->err.kind == PF_ERR_NOT_FOUND ? PF_SOURCE_ABSENT : PF_SOURCE_UNREADABLE;
}

const struct pf_env *
pf_workload_env(struct pf_session *session, const struct pf_workload *workload, const cJSON *container)
{
	struct lookup lookup = {session, workload->namespace_};
	struct pf_listing services = pf_services(session);
	const cJSON *template = PF_AT(workload->deployment, "spec", "template");
	struct pf_env_inputs inputs = {
		.container = container,
		.pod_spec = PF_AT(template, "spec"),
		.pod_meta = PF_AT(template, "metadata"),
		.namespace_ = workload->namespace_,
		.services = services.ok ? services.items : NULL,
		.lookup = look_up,
		.context = &lookup,
	};
	struct pf_env *env = pf_alloc(pf_session_arena(session), sizeof(*env));
	pf_env_resolve(pf_session_arena(session), &inputs, env);
	return env;
}

void
pf_workload_foresee_env(struct pf_session *session, const char *name)
{
	struct pf_arena *arena = pf_session_arena(session);
	const char *namespace_ = pf_session_namespace(session);
	const struct pf_answer *answer = pf_look_at(session, PF_DEPLOYMENTS, namespace_, name);
	const cJSON *container;
	cJSON_ArrayForEach(container, PF_AT(answer->json, "spec", "template", "spec", "containers"))
	{
		for (int secrets = 0; secrets <= 1; secrets++) {
			const char *const *names = pf_env_references(arena, container, secrets != 0);
			for (size_t i = 0; names[i] != NULL; i++)
				pf_foresee(session, pf_path_get(arena, secrets != 0 ? PF_SECRETS : PF_CONFIGMAPS,
								namespace_, names[i]));
		}
	}
}

static const char *
services_path(struct pf_session *session)
{
	return pf_path_list(pf_session_arena(session), PF_SERVICES, pf_session_namespace(session), NULL, NULL);
}

struct pf_listing
pf_services(struct pf_session *session)
{
	return pf_look_list(session, services_path(session));
}

void
pf_services_foresee(struct pf_session *session)
{
	pf_foresee(session, services_path(session));
}
