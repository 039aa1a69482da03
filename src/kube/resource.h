/* The resources that postflight reads, and the paths under which the API server serves them. */
#ifndef KUBE_RESOURCE_H
#define KUBE_RESOURCE_H

#include <postflight/arena.h>

enum pf_resource {
	PF_DEPLOYMENTS,
	PF_REPLICASETS,
	PF_PODS,
	PF_SERVICES,
	PF_ENDPOINTSLICES,
	PF_CONFIGMAPS,
	PF_SECRETS,
	PF_EVENTS,
	PF_NETWORKPOLICIES,
	PF_INGRESSES,
	PF_RESOURCE_COUNT
};

struct pf_resource_desc {
	const char *plural; /* "deployments" */
	const char *kind;   /* "deployment": as kubectl prints it before the slash */
	const char *group;  /* "" for the core group */
	const char *prefix; /* "/apis/apps/v1" */
};

extern const struct pf_resource_desc pf_resources[PF_RESOURCE_COUNT];

/* The resource whose list is at PATH, with or without a query; PF_RESOURCE_COUNT for one that is not in the table. */
enum pf_resource pf_resource_at(const char *path);

/* The path of one object. */
char *pf_path_get(struct pf_arena *arena, enum pf_resource resource, const char *namespace_, const char *name);

/*
 * The path of a list in NAMESPACE_, or over all namespaces when that is NULL. Selectors may be NULL; they are encoded.
 * Pages of at most 500 objects.
 */
char *pf_path_list(struct pf_arena *arena, enum pf_resource resource, const char *namespace_,
		   const char *label_selector, const char *field_selector);

#endif
