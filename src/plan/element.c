/* The lists of a plan: how many elements count, and their ids, each only once. */
#include "plan/loading.h"

#include <string.h>

#include "plan/form.h"

size_t
pf_element_count(const struct pf_place *list)
{
	size_t count = cJSON_IsArray(list->node) ? (size_t)cJSON_GetArraySize(list->node) : 0;

	for (const struct pf_member *m = pf_plan_form.members; m->name != NULL; m++)
		if (strcmp(m->name, list->name) == 0 && count > m->shape->max)
			return m->shape->max;
	return count;
}

const char *const *
pf_index_names(struct pf_loading *loading, const struct pf_place *list, const char *member)
{
	size_t count = pf_element_count(list), i = 0;
	const char **names = pf_alloc_array(loading->arena, count + 1, sizeof(*names));
	const cJSON *node, *other;

	cJSON_ArrayForEach(node, list->node)
	{
		struct pf_place element = pf_place_element(list, i, node);
		struct pf_place name = pf_place_member(&element, member);
		size_t before, k = 0;

		if (i >= count)
			break;
		names[i] = cJSON_IsString(name.node) ? name.node->valuestring : "";
		before = pf_index_of(names, names[i]);
		if (before != i && *names[i] != '\0') {
			for (other = list->node->child; k < before; other = other->next)
				k++;
			pf_wrong(&name, "%s stands in line %u already; expected another %s",
				 pf_quote(loading->arena, names[i]),
				 pf_position_of(loading->complaints.positions, other).line, member);
		}
		i++;
	}
	return names;
}
