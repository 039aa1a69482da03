#include "probe/policies.h"

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/labels.h"

#define MAX_POLICIES 20

/* Without policyTypes a policy governs ingress, and egress when it has rules for that. */
static bool
governs(const cJSON *policy, const char *direction)
{
	const cJSON *types = PF_AT(policy, "spec", "policyTypes"), *type;

	cJSON_ArrayForEach(type, types)
	{
		if (pf_streq(pf_json_string(type), direction))
			return true;
	}
	if (cJSON_GetArraySize(types) > 0)
		return false;
	return pf_streq(direction, "Ingress") || PF_AT(policy, "spec", "egress") != NULL;
}

static void
add_those_of(struct pf_session *session, const struct pf_workload *workload, const char *direction, const char *word,
	     const char **names, size_t *count)
{
	struct pf_arena *arena = pf_session_arena(session);
	const cJSON *labels = PF_AT(workload->deployment, "spec", "template", "metadata", "labels"), *policy;
	struct pf_listing list =
		pf_look_list(session, pf_path_list(arena, PF_NETWORKPOLICIES, workload->namespace_, NULL, NULL));

	cJSON_ArrayForEach(policy, list.items)
	{
		if (*count < MAX_POLICIES && governs(policy, direction) &&
		    pf_selector_matches(PF_AT(policy, "spec", "podSelector"), labels))
			names[(*count)++] = pf_printf(arena, "networkpolicy/%s (%s of deployment/%s)",
						      PF_STRING_AT(policy, "metadata", "name"), word, workload->name);
	}
}

struct pf_policies
pf_policies_between(struct pf_session *session, const struct pf_workload *client, const struct pf_workload *backend)
{
	const char **names = pf_alloc_array(pf_session_arena(session), MAX_POLICIES + 1, sizeof(*names));
	size_t count = 0;

	if (client != NULL && client->deployment != NULL)
		add_those_of(session, client, "Egress", "egress", names, &count);
	if (backend != NULL && backend->deployment != NULL)
		add_those_of(session, backend, "Ingress", "ingress", names, &count);
	return (struct pf_policies){names, count};
}
