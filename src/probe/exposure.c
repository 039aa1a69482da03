#include "probe/exposure.h"

#include <postflight/json.h>
#include <postflight/str.h>

static const char *
ingresses_path(struct pf_session *session, const char *namespace_)
{
	return pf_path_list(pf_session_arena(session), PF_INGRESSES, namespace_, NULL, NULL);
}

void
pf_exposure_foresee(struct pf_session *session, const char *namespace_)
{
	pf_foresee(session, ingresses_path(session, namespace_));
}

static bool
leads_to(const cJSON *ingress, const char *service)
{
	const cJSON *rule, *path;
	if (pf_streq(PF_STRING_AT(ingress, "spec", "defaultBackend", "service", "name"), service))
		return true;
	cJSON_ArrayForEach(rule, PF_AT(ingress, "spec", "rules"))
	{
		cJSON_ArrayForEach(path, PF_AT(rule, "http", "paths"))
		{
			if (pf_streq(PF_STRING_AT(path, "backend", "service", "name"), service))
				return true;
		}
	}
	return false;
}

struct pf_exposure
pf_exposure_find(struct pf_session *session, const char *namespace_, const char *name, const cJSON *service)
{
	struct pf_exposure out = {.external_ips = ""};
	struct pf_listing list = pf_look_list(session, ingresses_path(session, namespace_));
	const cJSON *node;
	cJSON_ArrayForEach(node, PF_AT(service, "spec", "externalIPs"))
	{
		if (cJSON_IsString(node))
			out.external_ips = pf_printf(pf_session_arena(session), "%s%s%s", out.external_ips,
						     out.external_ips[0] != '\0' ? ", " : "", node->valuestring);
	}
	if (!list.ok) {
		out.err = list.err;
		return out;
	}
	cJSON_ArrayForEach(node, list.items)
	{
		if (out.ingress == NULL && leads_to(node, name))
			out.ingress = PF_STRING_AT(node, "metadata", "name");
	}
	return out;
}
