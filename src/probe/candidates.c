#include "probe/candidates.h"

#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "probe/session.h"
#include "probe/workload.h"

#define MAX_CANDIDATES 8 /* more would not help anybody to choose */

static const char *
by_image(struct pf_arena *arena, const cJSON *container, const char *const *images)
{
	const char *image = PF_STRING_AT(container, "image");
	for (size_t i = 0; image != NULL && images[i] != NULL; i++) {
		if (strstr(image, images[i]) != NULL)
			return pf_printf(arena, "image %s", image);
	}
	return NULL;
}

static const char *
by_variable(struct pf_session *session, const cJSON *deployment, const cJSON *container, const char *const *prefixes)
{
	if (prefixes[0] == NULL)
		return NULL;
	const struct pf_workload w = {.deployment = deployment, .namespace_ = pf_session_namespace(session)};
	const struct pf_env *env = pf_workload_env(session, &w, container);
	for (size_t i = 0; i < env->count; i++) {
		for (size_t j = 0; prefixes[j] != NULL; j++) {
			if (env->vars[i].origin != PF_ENV_SERVICE_LINK &&
			    pf_starts_with(env->vars[i].name, prefixes[j]))
				return pf_printf(pf_session_arena(session), "env %s", env->vars[i].name);
		}
	}
	return NULL;
}

struct pf_candidates
pf_candidates_find(struct pf_probe_context *ctx, const char *const *prefixes, const char *const *images)
{
	struct pf_session *session = pf_probe_session(ctx);
	struct pf_arena *arena = pf_probe_arena(ctx);
	struct pf_listing list =
		pf_look_list(session, pf_path_list(arena, PF_DEPLOYMENTS, pf_probe_namespace(ctx), NULL, NULL));
	const char **names = pf_alloc_array(arena, MAX_CANDIDATES + 1, sizeof(*names));
	struct pf_candidates out = {.names = names, .why = ""};
	const cJSON *item, *container;

	cJSON_ArrayForEach(item, list.items)
	{
		const char *name = PF_STRING_AT(item, "metadata", "name"), *why = NULL;
		cJSON_ArrayForEach(container, PF_AT(item, "spec", "template", "spec", "containers"))
		{
			if (why == NULL)
				why = by_image(arena, container, images);
			if (why == NULL)
				why = by_variable(session, item, container, prefixes);
		}
		if (name == NULL || why == NULL || out.count == MAX_CANDIDATES)
			continue;
		if (out.count == 0)
			out.why = why;
		names[out.count++] = name;
	}
	return out;
}
