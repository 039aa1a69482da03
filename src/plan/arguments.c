/* A check's parameters against what its probe takes. */
#include <string.h>

#include <postflight/str.h>

#include "plan/literal.h"
#include "plan/loading.h"
#include "plan/template.h"

static const char *const *
param_names(struct pf_arena *arena, const struct pf_descriptor *probe)
{
	const char **names;
	size_t count = 0;

	for (const struct pf_param *p = probe->params; p != NULL && p->name != NULL; p++)
		count++;
	names = pf_alloc_array(arena, count + 1, sizeof(*names));
	for (size_t i = 0; i < count; i++)
		names[i] = probe->params[i].name;
	return names;
}

/* "${port}" for an integer: what the variable may become must be one. */
static void
check_variable(struct pf_loading *loading, const struct pf_place *place, const struct pf_param *param,
	       const struct pf_piece *piece)
{
	const char *name = pf_strndup(loading->arena, piece->p, piece->len);
	size_t index = pf_index_of(loading->variable_names, name);
	const struct pf_variable *variable;
	const char *expected = pf_type_expected(loading->arena, param->type, param->values);

	if (index == PF_NOBODY)
		return; /* the template's own check says so */
	variable = &loading->plan->variables[index];
	if (*variable->fallback != '\0' && !pf_text_fits(variable->fallback, param->type, param->values))
		pf_wrong(place, "the default of variable %s, %s, does not fit parameter %s; expected %s", name,
			 pf_quote(loading->arena, variable->fallback), param->name, expected);
	if (variable->values == NULL)
		return;
	for (const char *const *v = pf_split(loading->arena, variable->values); *v != NULL; v++)
		if (!pf_text_fits(*v, param->type, param->values))
			pf_wrong(place, "%s, a value of variable %s, does not fit parameter %s; expected %s",
				 pf_quote(loading->arena, *v), name, param->name, expected);
}

static void
check_scalar(struct pf_loading *loading, const struct pf_place *place, const struct pf_param *param)
{
	struct pf_piece piece;
	const char *text = cJSON_IsString(place->node) ? place->node->valuestring : NULL;

	if (text != NULL && (param->type == PF_TYPE_STRING || strchr(text, '$') != NULL))
		pf_template_check(loading, place, text, false);
	if (text != NULL && param->type == PF_TYPE_STRING) {
		if (param->required && *text == '\0')
			pf_wrong(place, "is empty; expected a text");
		return;
	}
	if (text != NULL && pf_template_is_reference(text, &piece)) {
		check_variable(loading, place, param, &piece);
		return;
	}
	if (pf_literal_fits(place->node, param->type, param->values))
		return;
	if (text != NULL && param->type == PF_TYPE_ENUM)
		pf_unknown(place, "value", text, pf_printf(loading->arena, "parameter %s", param->name),
			   pf_split(loading->arena, param->values));
	else
		pf_wrong(place, "does not fit parameter %s; expected %s%s", param->name,
			 pf_type_expected(loading->arena, param->type, param->values),
			 param->type != PF_TYPE_STRING ? " or a \"${variable}\"" : "");
}

static void
check_list(struct pf_loading *loading, const struct pf_place *place, const struct pf_param *param)
{
	const cJSON *node;
	size_t i = 0;

	if (!cJSON_IsArray(place->node)) {
		pf_wrong(place, "does not fit parameter %s; expected a %s", param->name, pf_type_name(param->type));
		return;
	}
	cJSON_ArrayForEach(node, place->node)
	{
		struct pf_place element = pf_place_element(place, i++, node);

		if (!cJSON_IsString(node))
			pf_wrong(&element, "has the wrong type; expected a string");
		else
			pf_template_check(loading, &element, node->valuestring, false);
	}
	if (i == 0 && param->required)
		pf_wrong(place, "is empty; expected at least one");
}

void
pf_arguments_check(struct pf_loading *loading, const struct pf_place *check, const struct pf_descriptor *probe)
{
	struct pf_place with = pf_place_member(check, "with");
	const cJSON *node;

	if (with.node != NULL && !cJSON_IsObject(with.node))
		return;
	cJSON_ArrayForEach(node, with.node)
	{
		struct pf_place child = pf_place_child(&with, 0, node);
		const struct pf_param *param = pf_descriptor_param(probe, node->string);

		if (param == NULL)
			pf_unknown(&child, "parameter", node->string,
				   pf_printf(loading->arena, "probe %s", probe->kind),
				   param_names(loading->arena, probe));
		else if (param->type == PF_TYPE_LIST)
			check_list(loading, &child, param);
		else
			check_scalar(loading, &child, param);
	}
	for (const struct pf_param *p = probe->params; p != NULL && p->name != NULL; p++)
		if (p->required && pf_place_member(&with, p->name).node == NULL &&
		    !pf_is_misspelt(with.node, p->name, param_names(loading->arena, probe)))
			pf_wrong(&with, "lacks \"%s\", which probe %s requires; expected %s", p->name, probe->kind,
				 pf_type_expected(loading->arena, p->type, p->values));
}
