#include "kube/patch.h"

#include <postflight/json.h>

/* As managedFields and audit logs name it. */
#define MANAGER "postflight"

cJSON *
pf_patch_of(struct pf_arena *arena, const cJSON *object)
{
	cJSON *patch = pf_json_object(arena), *metadata = cJSON_CreateObject();
	pf_json_set_string(metadata, "uid", PF_STRING_AT(object, "metadata", "uid"));
	pf_json_set_string(metadata, "resourceVersion", PF_STRING_AT(object, "metadata", "resourceVersion"));
	pf_json_set(patch, "metadata", metadata);
	return patch;
}

void
pf_patch_annotation(cJSON *patch, const char *name, const char *value)
{
	cJSON *metadata = PF_AT(patch, "metadata");
	if (PF_AT(metadata, "annotations") == NULL)
		pf_json_set(metadata, "annotations", cJSON_CreateObject());
	pf_json_set_string(PF_AT(metadata, "annotations"), name, value);
}

struct pf_ask
pf_patch_ask(struct pf_arena *arena, const char *path, const cJSON *patch)
{
	return (struct pf_ask){
		.method = "PATCH",
		.path = pf_printf(arena, "%s?fieldManager=" MANAGER, path),
		.content_type = "application/merge-patch+json",
		.body = pf_json_print(arena, patch, false),
	};
}
