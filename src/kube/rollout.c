#include "kube/rollout.h"

#include <postflight/json.h>

#include "kube/resource.h"

static cJSON *
child(cJSON *object, const char *name)
{
	if (PF_AT(object, name) == NULL)
		pf_json_set(object, name, cJSON_CreateObject());
	return PF_AT(object, name);
}

void
pf_rollout_restart(cJSON *patch, const char *when)
{
	cJSON *metadata = child(child(child(patch, "spec"), "template"), "metadata");
	pf_json_set_string(child(metadata, "annotations"), PF_RESTARTED_AT, when);
}

bool
pf_rollout_same(const cJSON *a, const cJSON *b)
{
	return cJSON_Compare(PF_AT(a, "spec", "template"), PF_AT(b, "spec", "template"), true);
}

struct pf_ask
pf_pod_delete_ask(struct pf_arena *arena, const char *namespace_, const char *name, const char *uid)
{
	cJSON *options = pf_json_object(arena), *preconditions = cJSON_CreateObject();
	pf_json_set_string(preconditions, "uid", uid);
	pf_json_set_string(options, "apiVersion", "v1");
	pf_json_set_string(options, "kind", "DeleteOptions");
	pf_json_set(options, "preconditions", preconditions);
	return (struct pf_ask){
		.method = "DELETE",
		.path = pf_path_get(arena, PF_PODS, namespace_, name),
		.body = pf_json_print(arena, options, false),
	};
}
