#include "kube/resource.h"

#include <string.h>

#include <postflight/text.h>

const struct pf_resource_desc pf_resources[PF_RESOURCE_COUNT] = {
	[PF_DEPLOYMENTS] = {"deployments", "deployment", "apps", "/apis/apps/v1"},
	[PF_REPLICASETS] = {"replicasets", "replicaset", "apps", "/apis/apps/v1"},
	[PF_PODS] = {"pods", "pod", "", "/api/v1"},
	[PF_SERVICES] = {"services", "service", "", "/api/v1"},
	[PF_ENDPOINTSLICES] = {"endpointslices", "endpointslice", "discovery.k8s.io", "/apis/discovery.k8s.io/v1"},
	[PF_CONFIGMAPS] = {"configmaps", "configmap", "", "/api/v1"},
	[PF_SECRETS] = {"secrets", "secret", "", "/api/v1"},
	[PF_EVENTS] = {"events", "event", "", "/api/v1"},
	[PF_NETWORKPOLICIES] = {"networkpolicies", "networkpolicy", "networking.k8s.io", "/apis/networking.k8s.io/v1"},
	[PF_INGRESSES] = {"ingresses", "ingress", "networking.k8s.io", "/apis/networking.k8s.io/v1"},
};

#define PAGE 500

enum pf_resource
pf_resource_at(const char *path)
{
	size_t end = strcspn(path, "?"), start = end;
	enum pf_resource resource = 0;

	while (start > 0 && path[start - 1] != '/')
		start--;
	while (resource < PF_RESOURCE_COUNT && (strlen(pf_resources[resource].plural) != end - start ||
						memcmp(pf_resources[resource].plural, path + start, end - start) != 0))
		resource++;
	return resource;
}

char *
pf_path_get(struct pf_arena *arena, enum pf_resource resource, const char *namespace_, const char *name)
{
	const struct pf_resource_desc *r = &pf_resources[resource];
	return pf_printf(arena, "%s/namespaces/%s/%s/%s", r->prefix, pf_url_encode(arena, namespace_), r->plural,
			 pf_url_encode(arena, name));
}

char *
pf_path_list(struct pf_arena *arena, enum pf_resource resource, const char *namespace_, const char *label_selector,
	     const char *field_selector)
{
	const struct pf_resource_desc *r = &pf_resources[resource];
	const char *within =
		namespace_ != NULL ? pf_printf(arena, "namespaces/%s/", pf_url_encode(arena, namespace_)) : "";
	const char *labels = label_selector != NULL
				     ? pf_printf(arena, "&labelSelector=%s", pf_url_encode(arena, label_selector))
				     : "";
	const char *fields = field_selector != NULL
				     ? pf_printf(arena, "&fieldSelector=%s", pf_url_encode(arena, field_selector))
				     : "";
	return pf_printf(arena, "%s/%s%s?limit=%d%s%s", r->prefix, within, r->plural, PAGE, labels, fields);
}
