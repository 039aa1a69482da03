#include "probe/host_alias.h"

#include <strings.h>

#include <postflight/json.h>
#include <postflight/str.h>

static bool
names(const cJSON *alias, const char *host)
{
	const cJSON *name;

	cJSON_ArrayForEach(name, PF_AT(alias, "hostnames"))
	{
		const char *text = pf_json_string(name);
		if (text != NULL && host != NULL && strcasecmp(text, host) == 0)
			return true;
	}
	return false;
}

const cJSON *
pf_host_alias(const cJSON *pod_spec, const char *host)
{
	const cJSON *alias;

	cJSON_ArrayForEach(alias, PF_AT(pod_spec, "hostAliases"))
	{
		if (PF_STRING_AT(alias, "ip") != NULL && names(alias, host))
			return alias;
	}
	return NULL;
}

bool
pf_is_in(const cJSON *list, const char *address)
{
	const cJSON *node;

	cJSON_ArrayForEach(node, list)
	{
		if (pf_streq(pf_json_string(node), address))
			return true;
	}
	return false;
}

bool
pf_is_endpoint(const cJSON *slices, const char *address)
{
	const cJSON *slice, *endpoint;

	cJSON_ArrayForEach(slice, slices)
	{
		cJSON_ArrayForEach(endpoint, PF_AT(slice, "endpoints"))
		{
			if (pf_is_in(PF_AT(endpoint, "addresses"), address))
				return true;
		}
	}
	return false;
}

bool
pf_is_of_service(struct pf_session *session, const struct pf_endpoint *endpoint, const char *address)
{
	struct pf_arena *arena = pf_session_arena(session);
	const char *label = pf_printf(arena, "kubernetes.io/service-name=%s", endpoint->host.service);
	struct pf_listing slices =
		pf_look_list(session, pf_path_list(arena, PF_ENDPOINTSLICES, endpoint->host.namespace_, label, NULL));

	return pf_streq(PF_STRING_AT(endpoint->service, "spec", "clusterIP"), address) ||
	       pf_is_in(PF_AT(endpoint->service, "spec", "clusterIPs"), address) || !slices.ok ||
	       pf_is_endpoint(slices.items, address);
}
