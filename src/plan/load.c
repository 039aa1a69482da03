/*
 * From a document to a plan. What can be referred to is indexed first, then everything is held against the form,
 * then the rest is built; each step takes what it finds, so that the first error of the text is the one reported.
 */
#include <stdio.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/text.h>

#include "plan/digest.h"
#include "plan/loading.h"

static const char *
join_words(struct pf_loading *loading, const cJSON *list)
{
	const char **words = pf_alloc_array(loading->arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof(*words));
	const cJSON *node;
	size_t count = 0, room = 1;
	char *joined;

	cJSON_ArrayForEach(node, list) if (cJSON_IsString(node))
	{
		words[count++] = node->valuestring;
		room += strlen(node->valuestring) + 1;
	}
	joined = pf_alloc(loading->arena, room);
	for (size_t i = 0, at = 0; i < count; i++)
		at += (size_t)snprintf(joined + at, room - at, "%s%s", i > 0 ? " " : "", words[i]);
	return joined;
}

static void
load_variables(struct pf_loading *loading, const struct pf_place *list)
{
	size_t count = pf_element_count(list), i = 0;
	struct pf_variable *variables = pf_alloc_array(loading->arena, count + 1, sizeof(*variables));
	const cJSON *node;

	loading->variable_names = pf_index_names(loading, list, "name");
	cJSON_ArrayForEach(node, list->node)
	{
		struct pf_place element = pf_place_element(list, i, node);
		struct pf_place fallback = pf_place_member(&element, "default");
		const cJSON *values = pf_place_member(&element, "values").node;
		struct pf_variable *variable;

		if (i >= count)
			break;
		variable = &variables[i];
		variable->name = loading->variable_names[i++];
		variable->help = PF_STRING_AT(node, "help");
		variable->fallback = cJSON_IsString(fallback.node) ? fallback.node->valuestring : "";
		variable->values = cJSON_IsArray(values) ? join_words(loading, values) : NULL;
		variable->value = variable->fallback;
		if (cJSON_IsString(fallback.node) && variable->values != NULL && *variable->values != '\0' &&
		    !pf_word_in(variable->values, variable->fallback))
			pf_unknown(&fallback, "value", variable->fallback, NULL,
				   pf_split(loading->arena, variable->values));
	}
	loading->plan->variables = variables;
	loading->plan->variable_count = count;
}

static const char *const *
probe_kinds(struct pf_loading *loading)
{
	size_t count = 0;
	const char **kinds;

	while (loading->probes[count] != NULL)
		count++;
	kinds = pf_alloc_array(loading->arena, count + 1, sizeof(*kinds));
	for (size_t i = 0; i < count; i++)
		kinds[i] = loading->probes[i]->kind;
	return kinds;
}

static void
load_checks(struct pf_loading *loading, const struct pf_place *list)
{
	size_t count = pf_element_count(list), i = 0;
	const cJSON *node;

	loading->check_ids = pf_index_names(loading, list, "id");
	loading->checks = pf_alloc_array(loading->arena, count + 1, sizeof(*loading->checks));
	cJSON_ArrayForEach(node, list->node)
	{
		struct pf_place element = pf_place_element(list, i, node);
		struct pf_place probe = pf_place_member(&element, "probe");
		struct pf_plan_check *check;

		if (i >= count)
			break;
		check = &loading->checks[i];
		check->id = loading->check_ids[i++];
		check->title = PF_STRING_AT(node, "title");
		check->with = PF_AT(node, "with");
		if (!cJSON_IsString(probe.node))
			continue;
		check->probe = pf_descriptor_find(loading->probes, probe.node->valuestring);
		if (check->probe == NULL)
			pf_unknown(&probe, "probe", probe.node->valuestring, NULL, probe_kinds(loading));
	}
	loading->plan->checks = loading->checks;
	loading->plan->check_count = count;
}

static void
check_arguments(struct pf_loading *loading, const struct pf_place *list)
{
	const cJSON *node;
	size_t i = 0;

	cJSON_ArrayForEach(node, list->node)
	{
		struct pf_place element = pf_place_element(list, i, node);

		if (i >= loading->plan->check_count)
			break;
		if (loading->checks[i].probe != NULL)
			pf_arguments_check(loading, &element, loading->checks[i].probe);
		i++;
	}
}

static void
load_item(struct pf_loading *loading, const struct pf_place *place, struct pf_item *out)
{
	struct pf_place list = pf_place_member(place, "checks");
	size_t *checks = pf_alloc_array(loading->arena, (size_t)cJSON_GetArraySize(list.node) + 1, sizeof(*checks));
	const cJSON *node;
	size_t i = 0;

	cJSON_ArrayForEach(node, list.node)
	{
		struct pf_place element = pf_place_element(&list, i++, node);
		size_t check;

		if (cJSON_IsString(node) && pf_resolve_check(loading, &element, node->valuestring, &check))
			checks[out->check_count++] = check;
	}
	out->checks = checks;
}

static void
load_checklist(struct pf_loading *loading, const struct pf_place *list)
{
	size_t count = pf_element_count(list), i = 0;
	struct pf_item *items = pf_alloc_array(loading->arena, count + 1, sizeof(*items));
	const char *const *ids = pf_index_names(loading, list, "id");
	const cJSON *node;

	cJSON_ArrayForEach(node, list->node)
	{
		struct pf_place element = pf_place_element(list, i, node);

		if (i >= count)
			break;
		items[i].id = ids[i];
		items[i].title = PF_STRING_AT(node, "title");
		load_item(loading, &element, &items[i++]);
	}
	loading->plan->items = items;
	loading->plan->item_count = count;
}

static void
load_rows(struct pf_loading *loading, const struct pf_place *list)
{
	size_t count = pf_element_count(list), i = 0;
	struct pf_row *rows = pf_alloc_array(loading->arena, count + 1, sizeof(*rows));
	const cJSON *node;

	loading->row_ids = pf_index_names(loading, list, "id");
	cJSON_ArrayForEach(node, list->node)
	{
		const char *symptom = PF_STRING_AT(node, "symptom"), *meaning = PF_STRING_AT(node, "meaning");

		if (i >= count)
			break;
		rows[i] = (struct pf_row){loading->row_ids[i], symptom, meaning, ""};
		if (symptom != NULL && meaning != NULL)
			rows[i].title = pf_printf(loading->arena, "%s: %s", symptom, meaning);
		i++;
	}
	loading->plan->rows = rows;
	loading->plan->row_count = count;
}

/* `explains` and `explain` name checks and modes by their ids alone. */
static void
index_modes(struct pf_loading *loading, const struct pf_place *list)
{
	const cJSON *node;
	size_t i = 0;

	loading->plan->mode_count = pf_element_count(list);
	loading->mode_ids = pf_index_names(loading, list, "id");
	cJSON_ArrayForEach(node, list->node)
	{
		struct pf_place element = pf_place_element(list, i, node), id = pf_place_member(&element, "id");

		if (i >= loading->plan->mode_count)
			break;
		if (*loading->mode_ids[i] != '\0' && pf_index_of(loading->check_ids, loading->mode_ids[i]) != PF_NOBODY)
			pf_wrong(&id, "\"%s\" is a check's id; expected another one", loading->mode_ids[i]);
		i++;
	}
}

static void
load_document(struct pf_loading *loading, const cJSON *root)
{
	struct pf_place plan = {&loading->complaints, NULL, NULL, 0, root};
	struct pf_place variables = pf_place_member(&plan, "variables"), checks = pf_place_member(&plan, "checks");
	struct pf_place checklist = pf_place_member(&plan, "checklist"), rows = pf_place_member(&plan, "rows");
	struct pf_place modes = pf_place_member(&plan, "modes"), patterns = pf_place_member(&plan, "patterns");

	load_variables(loading, &variables);
	load_checks(loading, &checks);
	load_rows(loading, &rows);
	index_modes(loading, &modes);
	pf_form_check(loading, &plan, &pf_plan_form);
	check_arguments(loading, &checks);
	pf_needs_load(loading, &checks);
	pf_loose_ends_load(loading, &checks);
	load_checklist(loading, &checklist);
	pf_patterns_load(loading, &patterns);
	pf_modes_load(loading, &modes);
	loading->plan->name = PF_STRING_AT(root, "name");
	loading->plan->title = PF_STRING_AT(root, "title");
	loading->plan->namespace_ = PF_STRING_AT(root, "namespace");
	if (loading->plan->namespace_ == NULL)
		loading->plan->namespace_ = "default";
}

/* The reader says "line L, column C: …"; a plan's messages start with SOURCE:L:C. */
static bool
fail_syntax(const char *source, const struct pf_err *parse, struct pf_err *err)
{
	unsigned line = 1, column = 1;
	int skip = 0;

	if (sscanf(parse->text, "line %u, column %u: %n", &line, &column, &skip) < 2)
		skip = 0;
	return pf_fail(err, PF_ERR_CONFIG, "%s:%u:%u: plan: %s; expected one JSON document, each member once", source,
		       line, column, parse->text + skip);
}

bool
pf_plan_parse(struct pf_arena *arena, const char *source, const char *text, size_t len,
	      const struct pf_descriptor *const *probes, struct pf_plan **out, struct pf_err *err)
{
	struct pf_loading loading = {.arena = arena, .probes = probes, .needing = PF_NOBODY};
	struct pf_positions *positions = NULL;
	struct pf_err parse = {0};
	cJSON *root;

	if (len > PF_PLAN_MAX_BYTES)
		return pf_fail(err, PF_ERR_CONFIG, "%s:1:1: plan: is %zu bytes long; expected at most %zu", source, len,
			       PF_PLAN_MAX_BYTES);
	root = pf_json_parse_file_text(arena, text, len, &positions, &parse);
	if (root == NULL)
		return fail_syntax(source, &parse, err);
	loading.plan = pf_alloc(arena, sizeof(*loading.plan));
	loading.complaints =
		(struct pf_complaints){.arena = arena, .source = source, .positions = positions, .err = err};
	load_document(&loading, root);
	if (loading.complaints.any)
		return false;
	loading.plan->source = pf_strdup(arena, source);
	loading.plan->text = pf_strndup(arena, text, len);
	loading.plan->digest = pf_digest(arena, text, len);
	*out = loading.plan;
	return true;
}

size_t
pf_plan_check_index(const struct pf_plan *plan, const char *id)
{
	size_t index = 0;

	while (index < plan->check_count && strcmp(plan->checks[index].id, id) != 0)
		index++;
	return index;
}
