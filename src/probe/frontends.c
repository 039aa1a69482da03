#include "probe/frontends.h"

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/labels.h"

static int
port_number(const cJSON *node)
{
	int64_t number = pf_json_int(node, 0);
	return number > 0 && number <= 65535 ? (int)number : 0;
}

int
pf_port_of(const cJSON *container, const cJSON *port)
{
	const cJSON *entry;
	if (cJSON_IsNumber(port))
		return port_number(port);
	cJSON_ArrayForEach(entry, PF_AT(container, "ports"))
	{
		if (pf_streq(PF_STRING_AT(entry, "name"), pf_json_string(port)))
			return port_number(PF_AT(entry, "containerPort"));
	}
	return 0;
}

const struct pf_frontend *
pf_frontends(struct pf_session *session, const struct pf_workload *workload, const cJSON *container, size_t *count,
	     const struct pf_err **err)
{
	struct pf_arena *arena = pf_session_arena(session);
	struct pf_listing list = pf_services(session);
	const cJSON *labels = PF_AT(workload->deployment, "spec", "template", "metadata", "labels"), *service;
	*count = 0;
	*err = list.ok ? NULL : list.err;
	struct pf_frontend *out = pf_alloc_array(arena, (size_t)cJSON_GetArraySize(list.items) + 1, sizeof(*out));
	cJSON_ArrayForEach(service, list.items)
	{
		if (PF_STRING_AT(service, "metadata", "name") == NULL ||
		    !pf_map_matches(PF_AT(service, "spec", "selector"), labels))
			continue;
		const cJSON *port = cJSON_GetArrayItem(PF_AT(service, "spec", "ports"), 0);
		const cJSON *target = PF_AT(port, "targetPort");
		if (target == NULL)
			target = PF_AT(port, "port");
		struct pf_frontend *f = &out[(*count)++];
		f->service = service;
		f->name = PF_STRING_AT(service, "metadata", "name");
		f->port = port;
		f->target = pf_port_of(container, target);
		f->target_name = cJSON_IsString(target) ? target->valuestring : pf_printf(arena, "%d", f->target);
	}
	return out;
}
