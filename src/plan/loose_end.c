/* What a check says when it failed and no mode explains it. */
#include <postflight/json.h>

#include "plan/loading.h"

static void
load_follows(struct pf_loading *loading, const struct pf_place *place, struct pf_loose_end *out)
{
	struct pf_place list = pf_place_member(place, "follows");
	size_t *checks = pf_alloc_array(loading->arena, (size_t)cJSON_GetArraySize(list.node) + 1, sizeof(*checks));
	const cJSON *node;
	size_t i = 0;

	cJSON_ArrayForEach(node, list.node)
	{
		struct pf_place element = pf_place_element(&list, i++, node);

		if (cJSON_IsString(node) &&
		    pf_resolve_check(loading, &element, node->valuestring, &checks[out->follows_count]))
			out->follows_count++;
	}
	out->follows = checks;
}

void
pf_loose_ends_load(struct pf_loading *loading, const struct pf_place *checks)
{
	const cJSON *node;
	size_t i = 0;

	cJSON_ArrayForEach(node, checks->node)
	{
		struct pf_place element = pf_place_element(checks, i, node);
		struct pf_place place = pf_place_member(&element, "unexplained");

		if (i >= loading->plan->check_count)
			break;
		struct pf_loose_end *out = &loading->checks[i++].loose_end;
		if (!cJSON_IsObject(place.node))
			continue;
		out->evidence = pf_evidence_load(loading, &place, &out->evidence_count);
		out->next = pf_fixes_load(loading, &place, "next", &out->next_count);
		load_follows(loading, &place, out);
	}
}
