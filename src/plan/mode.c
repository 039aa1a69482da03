/* Failure modes: rules, wording, fixes, and what each explains. */
#include <string.h>

#include <postflight/json.h>

#include "plan/loading.h"

static void
load_causes(struct pf_loading *loading, const struct pf_place *mode, struct pf_mode *out)
{
	struct pf_place cause = pf_place_member(mode, "cause");
	struct pf_wording *wordings =
		pf_alloc_array(loading->arena, (size_t)cJSON_GetArraySize(cause.node) + 1, sizeof(*wordings));
	const cJSON *node;
	size_t count = 0;

	if (cJSON_IsString(cause.node))
		wordings[count++].text = cause.node->valuestring;
	else if (cJSON_IsArray(cause.node))
		cJSON_ArrayForEach(node, cause.node)
		{
			struct pf_place element = pf_place_element(&cause, count, node);
			struct pf_place when = pf_place_member(&element, "when");

			wordings[count].when = pf_condition_load(loading, &when);
			wordings[count++].text = PF_STRING_AT(node, "text");
			if (cJSON_IsObject(node) && when.node == NULL && node->next != NULL)
				pf_wrong(&element, "always holds, so that none of the texts behind it is ever chosen; "
						   "expected \"when\" in all but the last");
		}
	out->causes = wordings;
	out->cause_count = count;
}

const struct pf_fact_ref *
pf_evidence_load(struct pf_loading *loading, const struct pf_place *place, size_t *count)
{
	struct pf_place list = pf_place_member(place, "evidence");
	struct pf_fact_ref *facts =
		pf_alloc_array(loading->arena, (size_t)cJSON_GetArraySize(list.node) + 1, sizeof(*facts));
	const cJSON *node;

	*count = 0;
	if (!cJSON_IsArray(list.node))
		return facts;
	cJSON_ArrayForEach(node, list.node)
	{
		struct pf_place element = pf_place_element(&list, *count, node);

		if (cJSON_IsString(node))
			pf_resolve_fact(loading, &element, node->valuestring, &facts[*count]);
		++*count;
	}
	return facts;
}

static void
load_env(struct pf_loading *loading, const cJSON *env, struct pf_fix *out)
{
	size_t room = (size_t)cJSON_GetArraySize(env) + 1;
	const char **names = pf_alloc_array(loading->arena, room, sizeof(*names));
	const char **values = pf_alloc_array(loading->arena, room, sizeof(*values));
	const cJSON *node;

	cJSON_ArrayForEach(node, env)
	{
		names[out->count] = node->string;
		values[out->count++] = pf_json_string(node);
	}
	out->names = names;
	out->values = values;
}

static struct pf_fix
load_fix(struct pf_loading *loading, const struct pf_place *place)
{
	struct pf_place when = pf_place_member(place, "when"), manager = pf_place_member(place, "managed_by");
	const cJSON *env = pf_place_member(place, "set_env").node;
	const char *command = PF_STRING_AT(place->node, "command");
	struct pf_fix fix = {.kind = PF_FIX_COMMAND, .text = command, .when = pf_condition_load(loading, &when)};

	fix.alternative = pf_streq(PF_STRING_AT(place->node, "as"), "alternative");
	if (cJSON_IsString(manager.node)) {
		struct pf_fact_ref *ref = pf_alloc(loading->arena, sizeof(*ref));

		if (pf_resolve_fact(loading, &manager, manager.node->valuestring, ref))
			fix.managed_by = ref;
	}
	if (cJSON_IsObject(env)) {
		fix.kind = PF_FIX_SET_ENV;
		fix.deployment = PF_STRING_AT(place->node, "deployment");
		fix.container = PF_STRING_AT(place->node, "container");
		load_env(loading, env, &fix);
	} else if (command == NULL) {
		fix.kind = PF_FIX_INSTRUCTION;
		fix.text = PF_STRING_AT(place->node, "instruction");
	}
	return fix;
}

const struct pf_fix *
pf_fixes_load(struct pf_loading *loading, const struct pf_place *place, const char *member, size_t *count)
{
	struct pf_place list = pf_place_member(place, member);
	struct pf_fix *fixes =
		pf_alloc_array(loading->arena, (size_t)cJSON_GetArraySize(list.node) + 1, sizeof(*fixes));
	const cJSON *node;

	*count = 0;
	if (!cJSON_IsArray(list.node))
		return fixes;
	cJSON_ArrayForEach(node, list.node)
	{
		struct pf_place element = pf_place_element(&list, *count, node);

		fixes[(*count)++] = load_fix(loading, &element);
	}
	return fixes;
}

static const char *const *
checks_and_modes(struct pf_loading *loading)
{
	size_t checks = loading->plan->check_count, modes = loading->plan->mode_count;
	const char **names = pf_alloc_array(loading->arena, checks + modes + 1, sizeof(*names));

	for (size_t i = 0; i < checks; i++)
		names[i] = loading->check_ids[i];
	for (size_t i = 0; i < modes; i++)
		names[checks + i] = loading->mode_ids[i];
	return names;
}

/* Checks and modes by their ids, which never coincide. */
static void
load_explains(struct pf_loading *loading, const struct pf_place *mode, size_t self, struct pf_edges *edges,
	      struct pf_mode *out)
{
	struct pf_place list = pf_place_member(mode, "explains");
	size_t room = (size_t)cJSON_GetArraySize(list.node) + 1, i = 0;
	size_t *checks = pf_alloc_array(loading->arena, room, sizeof(*checks));
	size_t *modes = pf_alloc_array(loading->arena, room, sizeof(*modes));
	const cJSON *node;

	cJSON_ArrayForEach(node, list.node)
	{
		struct pf_place element = pf_place_element(&list, i++, node);
		const char *id = pf_json_string(node);
		size_t check = id != NULL ? pf_index_of(loading->check_ids, id) : PF_NOBODY;
		size_t other = id != NULL ? pf_index_of(loading->mode_ids, id) : PF_NOBODY;

		if (check != PF_NOBODY) {
			checks[out->explains_check_count++] = check;
		} else if (other != PF_NOBODY) {
			modes[out->explains_mode_count++] = other;
			pf_edges_add(
				loading->arena, edges,
				(struct pf_edge){self, other, pf_place_position(&element), pf_place_path(&element)});
		} else if (id != NULL) {
			pf_unknown(&element, "check or mode", id, NULL, checks_and_modes(loading));
		}
	}
	out->explains_checks = checks;
	out->explains_modes = modes;
}

static void
load_row(struct pf_loading *loading, const struct pf_place *mode, struct pf_mode *out)
{
	struct pf_place row = pf_place_member(mode, "row");
	const char *id = pf_json_string(row.node);
	size_t index = id != NULL ? pf_index_of(loading->row_ids, id) : PF_NOBODY;

	if (index != PF_NOBODY)
		out->row = &loading->plan->rows[index];
	else if (id != NULL)
		pf_unknown(&row, "row", id, NULL, loading->row_ids);
}

static void
load_foretold(struct pf_loading *loading, const struct pf_place *mode, struct pf_mode *out)
{
	struct pf_place foretold = pf_place_member(mode, "foretold");

	if (!cJSON_IsObject(foretold.node))
		return;
	struct pf_place when = pf_place_member(&foretold, "when");
	out->foretold.when = pf_condition_load(loading, &when);
	out->foretold.text = PF_STRING_AT(foretold.node, "text");
}

static void
load_mode(struct pf_loading *loading, const struct pf_place *place, size_t self, struct pf_edges *edges,
	  struct pf_mode *out)
{
	struct pf_place when = pf_place_member(place, "when"), suspect = pf_place_member(place, "suspect");
	size_t mentions;

	load_row(loading, place, out);
	out->row_note = PF_STRING_AT(place->node, "row_note");
	out->title = PF_STRING_AT(place->node, "title");
	load_causes(loading, place, out);
	mentions = loading->mentions;
	out->when = pf_condition_load(loading, &when);
	if (cJSON_IsObject(when.node) && loading->mentions == mentions)
		pf_wrong(&when, "mentions no fact, so that nothing observed decides it; expected a CHECK:FACT");
	out->suspect = pf_condition_load(loading, &suspect);
	load_foretold(loading, place, out);
	out->evidence = pf_evidence_load(loading, place, &out->evidence_count);
	out->fixes = pf_fixes_load(loading, place, "fix", &out->fix_count);
	load_explains(loading, place, self, edges, out);
	out->help = PF_STRING_AT(place->node, "help");
}

/* What explains itself, by whatever way, would never be a root cause. */
static void
judge_explains(struct pf_loading *loading, const struct pf_edges *edges)
{
	size_t count = loading->plan->mode_count;

	for (size_t mode = 0; mode < count && edges->count > 0; mode++) {
		const size_t *way;
		size_t steps = pf_edges_way(loading->arena, edges, count, mode, mode, &way);
		const char *circle = loading->mode_ids[mode];

		if (steps == 0)
			continue;
		for (size_t s = 0; s < steps; s++)
			circle =
				pf_printf(loading->arena, "%s → %s", circle, loading->mode_ids[edges->list[way[s]].to]);
		pf_wrong_at(&loading->complaints, edges->list[way[0]].at, edges->list[way[0]].path,
			    "the modes explain each other in a cycle: %s; expected a first cause", circle);
		return;
	}
}

void
pf_modes_load(struct pf_loading *loading, const struct pf_place *modes)
{
	struct pf_mode *out = pf_alloc_array(loading->arena, loading->plan->mode_count + 1, sizeof(*out));
	struct pf_edges edges = {0};
	const cJSON *node;
	size_t i = 0;

	cJSON_ArrayForEach(node, modes->node)
	{
		struct pf_place element = pf_place_element(modes, i, node);

		if (i >= loading->plan->mode_count)
			break;
		out[i].id = loading->mode_ids[i];
		load_mode(loading, &element, i, &edges, &out[i]);
		i++;
	}
	loading->plan->modes = out;
	judge_explains(loading, &edges);
}
