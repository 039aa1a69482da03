/* A table of members, and what they must be. */
#include "kube/shape.h"

#include <stdbool.h>
#include <string.h>

#include <postflight/json.h>

#define STEPS 8
#define STEP 32

/* Arrays of objects, all of them; PORTS are objects with a port number that can be. */
enum type { OBJECT, OBJECTS, NAMED, PORTS, COUNT };

static const struct row {
	enum pf_resource resource;
	const char *path; /* steps with dots between */
	enum type type;
	bool optional; /* absent or null: nothing of it */
} rows[] = {
	{PF_DEPLOYMENTS, "metadata", OBJECT, false},
	{PF_DEPLOYMENTS, "spec", OBJECT, false},
	{PF_DEPLOYMENTS, "spec.replicas", COUNT, true},
	{PF_DEPLOYMENTS, "spec.template.spec.containers", NAMED, false},
	{PF_DEPLOYMENTS, "status", OBJECT, true},
	{PF_REPLICASETS, "spec", OBJECT, true},
	{PF_REPLICASETS, "status", OBJECT, true},
	{PF_PODS, "metadata", OBJECT, false},
	{PF_PODS, "spec.containers", NAMED, true},
	{PF_PODS, "status", OBJECT, true},
	{PF_PODS, "status.containerStatuses", OBJECTS, true},
	{PF_SERVICES, "metadata", OBJECT, false},
	{PF_SERVICES, "spec", OBJECT, true},
	{PF_SERVICES, "spec.ports", PORTS, true},
	{PF_SERVICES, "spec.selector", OBJECT, true},
	{PF_ENDPOINTSLICES, "endpoints", OBJECTS, true},
	{PF_ENDPOINTSLICES, "ports", OBJECTS, true},
	{PF_CONFIGMAPS, "data", OBJECT, true},
	{PF_SECRETS, "data", OBJECT, true},
	{PF_NETWORKPOLICIES, "spec", OBJECT, true},
	{PF_INGRESSES, "spec", OBJECT, true},
};

static const cJSON *
member(const cJSON *object, const char *path)
{
	char words[STEPS][STEP];
	const char *names[STEPS + 1] = {NULL};

	for (size_t i = 0; i < STEPS && *path != '\0'; i++) {
		size_t len = strcspn(path, ".");
		memcpy(words[i], path, len);
		words[i][len] = '\0';
		names[i] = words[i];
		path += len + (path[len] == '.');
	}
	return pf_json_at(object, names);
}

static bool
is_element(const cJSON *element, enum type type)
{
	int64_t port = PF_INT_AT(element, 0, "port");

	if (!cJSON_IsObject(element))
		return false;
	if (type == NAMED)
		return PF_STRING_AT(element, "name") != NULL;
	return type != PORTS || (port >= 1 && port <= 65535);
}

static bool
is_of(const cJSON *node, enum type type)
{
	const cJSON *element;

	if (type == OBJECT)
		return cJSON_IsObject(node);
	if (type == COUNT)
		return pf_json_int(node, -1) >= 0 && pf_json_int(node, -1) <= INT32_MAX;
	if (!cJSON_IsArray(node))
		return false;
	cJSON_ArrayForEach(element, node)
	{
		if (!is_element(element, type))
			return false;
	}
	return true;
}

const char *
pf_shape_lacks(enum pf_resource resource, const cJSON *object)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const cJSON *node;
		if (rows[i].resource != resource)
			continue;
		if (!cJSON_IsObject(object))
			return rows[i].path;
		node = member(object, rows[i].path);
		if ((node == NULL || cJSON_IsNull(node)) ? !rows[i].optional : !is_of(node, rows[i].type))
			return rows[i].path;
	}
	return NULL;
}
