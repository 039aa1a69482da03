/* The JSON Schema of plans: the form's tables and the probes' descriptors in another notation. */
#include "plan/schema.h"

#include <string.h>

#include <postflight/json.h>
#include <postflight/plan.h>

#include "plan/form.h"
#include "plan/place.h"

#define TEMPLATE_PATTERN "^([^$\\u0000-\\u001f\\u007f]|\\$\\$|\\$\\{[^${}]+\\})+$"
#define VARIABLE_PATTERN "^\\$\\{[a-z][a-z0-9]*(_[a-z0-9]+)*\\}$"
#define ARGUMENT_PATTERN "^([^$]|\\$\\$|\\$\\{[a-z][a-z0-9_]*\\})*$"

static cJSON *shape_schema(struct pf_arena *arena, cJSON *defs, const struct pf_shape *shape);

/* Texts by their kind; ids get theirs from how they are spelt. */
static const char *const patterns[PF_SHAPE_COUNT] = {
	[PF_SHAPE_TEXT] = "^(?!.*\\$\\{)[^\\u0000-\\u001f\\u007f]+$",
	[PF_SHAPE_TEMPLATE] = TEMPLATE_PATTERN,
	[PF_SHAPE_STRING] = "^[^\\u0000-\\u001f\\u007f]*$",
	[PF_SHAPE_WORD] = "^[^\\u0000-\\u0020\\u007f]+$",
	[PF_SHAPE_REGEX] = "^[^\\u0000-\\u001f\\u007f]+$",
	[PF_SHAPE_REFERENCE] = "^[a-z][a-z0-9]*([.-][a-z0-9]+)*$",
};

static cJSON *
text_schema(struct pf_arena *arena, enum pf_shape_kind kind)
{
	const struct pf_spelling *spelling = &pf_spellings[kind];
	cJSON *schema = pf_schema_type(arena, "string");

	if (spelling->separators != NULL) {
		pf_json_set_string(schema, "pattern",
				   pf_printf(arena, "^%s[a-z0-9]*([%s][a-z0-9]+)*$",
					     spelling->digit_first ? "[a-z0-9]" : "[a-z]", spelling->separators));
		pf_json_set_int(schema, "maxLength", PF_ID_MAX);
		if (spelling->reserved != NULL)
			pf_json_set(schema, "not", pf_schema_words(arena, spelling->reserved));
	} else if (kind == PF_SHAPE_SCHEMA_ID) {
		pf_json_set_string(schema, "const", PF_PLAN_SCHEMA_ID);
	} else if (kind == PF_SHAPE_PROSE) {
		pf_json_set_int(schema, "minLength", 1);
	} else {
		pf_json_set_string(schema, "pattern", patterns[kind]);
	}
	return schema;
}

static cJSON *
list_schema(struct pf_arena *arena, cJSON *defs, const struct pf_shape *shape)
{
	cJSON *schema = pf_schema_type(arena, "array");

	pf_json_set(schema, "items", shape_schema(arena, defs, shape->element));
	if (shape->min > 0)
		pf_json_set_int(schema, "minItems", (int64_t)shape->min);
	pf_json_set_int(schema, "maxItems", (int64_t)shape->max);
	if (shape->once)
		pf_json_set_bool(schema, "uniqueItems", true);
	return schema;
}

static cJSON *
env_schema(struct pf_arena *arena, cJSON *defs, const struct pf_shape *shape)
{
	cJSON *schema = pf_schema_type(arena, "object"), *names = pf_json_object(arena);

	pf_json_set(names, "^[A-Za-z_.-][A-Za-z0-9_.-]*$", shape_schema(arena, defs, shape->element));
	pf_json_set(schema, "patternProperties", names);
	pf_json_set_bool(schema, "additionalProperties", false);
	pf_json_set_int(schema, "minProperties", (int64_t)shape->min);
	pf_json_set_int(schema, "maxProperties", (int64_t)shape->max);
	return schema;
}

/* "deployment" only beside "set_env", and the other way round where it is required. */
static void
add_dependencies(struct pf_arena *arena, cJSON *schema, const struct pf_shape *shape)
{
	cJSON *dependent = pf_json_object(arena);

	for (const struct pf_member *m = shape->members; m->name != NULL; m++) {
		if (m->only_with == NULL)
			continue;
		pf_json_set(dependent, m->name, pf_schema_names(arena, (const char *[]){m->only_with, NULL}));
		if (m->required)
			pf_json_set(dependent, m->only_with, pf_schema_names(arena, (const char *[]){m->name, NULL}));
	}
	if (dependent->child != NULL)
		pf_json_set(schema, "dependentRequired", dependent);
}

static void
add_one_of(struct pf_arena *arena, cJSON *schema, const char *names)
{
	cJSON *either = pf_json_array(arena);

	for (const char *const *n = pf_split(arena, names); *n != NULL; n++) {
		cJSON *one = pf_json_object(arena);

		pf_json_set(one, "required", pf_schema_names(arena, (const char *[]){*n, NULL}));
		pf_json_push(either, one);
	}
	pf_json_set(schema, "oneOf", either);
}

static cJSON *
object_schema(struct pf_arena *arena, cJSON *defs, const struct pf_shape *shape)
{
	cJSON *schema = pf_schema_type(arena, "object");
	cJSON *members = pf_json_object(arena), *required = pf_json_array(arena);

	for (const struct pf_member *m = shape->members; m->name != NULL; m++) {
		cJSON *member = shape_schema(arena, defs, m->shape);

		pf_json_set_string(member, "description", m->help);
		pf_json_set(members, m->name, member);
		if (m->required && m->only_with == NULL)
			pf_json_push_string(required, m->name);
	}
	pf_json_set(schema, "properties", members);
	pf_json_set(schema, "required", required);
	pf_json_set_bool(schema, "additionalProperties", false);
	add_dependencies(arena, schema, shape);
	if (shape->one_of != NULL)
		add_one_of(arena, schema, shape->one_of);
	return schema;
}

static cJSON *
plain_schema(struct pf_arena *arena, cJSON *defs, const struct pf_shape *shape)
{
	switch (shape->kind) {
	case PF_SHAPE_OBJECT:
		if (PF_AT(defs, shape->name) == NULL)
			pf_json_set(defs, shape->name, object_schema(arena, defs, shape));
		return pf_schema_ref(arena, shape->name);
	case PF_SHAPE_LIST:
		return list_schema(arena, defs, shape);
	case PF_SHAPE_ENV_MAP:
		return env_schema(arena, defs, shape);
	case PF_SHAPE_CONDITION:
		return pf_schema_ref(arena, "condition");
	case PF_SHAPE_FACT:
		return pf_schema_ref(arena, "fact");
	case PF_SHAPE_ARGUMENTS:
		return pf_schema_type(arena, "object"); /* the check's allOf says the rest */
	case PF_SHAPE_NULL:
		return pf_schema_type(arena, "null");
	case PF_SHAPE_CHOICE:
		return pf_schema_words(arena, shape->words);
	default:
		return text_schema(arena, shape->kind);
	}
}

static cJSON *
shape_schema(struct pf_arena *arena, cJSON *defs, const struct pf_shape *shape)
{
	cJSON *schema, *either;

	if (shape->otherwise == NULL)
		return plain_schema(arena, defs, shape);
	either = pf_json_array(arena);
	pf_json_push(either, plain_schema(arena, defs, shape));
	pf_json_push(either, plain_schema(arena, defs, shape->otherwise));
	schema = pf_json_object(arena);
	pf_json_set(schema, "anyOf", either);
	return schema;
}

/* ---- Probes ----------------------------------------------------------------------------------------------- */

static cJSON *
param_schema(struct pf_arena *arena, const struct pf_param *param)
{
	static const char *const types[PF_TYPE_COUNT] = {
		[PF_TYPE_INT] = "integer",
		[PF_TYPE_BOOL] = "boolean",
	};
	cJSON *schema, *either;

	if (param->type == PF_TYPE_STRING) {
		schema = pf_schema_pattern(arena, ARGUMENT_PATTERN);
		if (param->required)
			pf_json_set_int(schema, "minLength", 1);
		return schema;
	}
	if (param->type == PF_TYPE_LIST) {
		schema = pf_schema_type(arena, "array");
		pf_json_set(schema, "items", pf_schema_pattern(arena, ARGUMENT_PATTERN));
		if (param->required)
			pf_json_set_int(schema, "minItems", 1);
		return schema;
	}
	either = pf_json_array(arena);
	pf_json_push(either, param->type == PF_TYPE_ENUM ? pf_schema_words(arena, param->values)
							 : pf_schema_type(arena, types[param->type]));
	pf_json_push(either, pf_schema_pattern(arena, VARIABLE_PATTERN));
	schema = pf_json_object(arena);
	pf_json_set(schema, "anyOf", either);
	return schema;
}

static cJSON *
arguments_schema(struct pf_arena *arena, const struct pf_descriptor *probe, cJSON *required)
{
	cJSON *schema = pf_schema_type(arena, "object"), *members = pf_json_object(arena);

	for (const struct pf_param *p = probe->params; p != NULL && p->name != NULL; p++) {
		cJSON *member = param_schema(arena, p);

		if (p->help != NULL)
			pf_json_set_string(member, "description", p->help);
		pf_json_set(members, p->name, member);
		if (p->required)
			pf_json_push_string(required, p->name);
	}
	if (probe->summary != NULL)
		pf_json_set_string(schema, "description", pf_printf(arena, "this probe %s", probe->summary));
	pf_json_set(schema, "properties", members);
	pf_json_set(schema, "required", required);
	pf_json_set_bool(schema, "additionalProperties", false);
	return schema;
}

/* {"if": {probe is KIND}, "then": {with is KIND's}} */
static cJSON *
probe_rule(struct pf_arena *arena, cJSON *defs, const struct pf_descriptor *probe)
{
	cJSON *rule = pf_json_object(arena), *kind = pf_json_object(arena), *is = pf_json_object(arena);
	cJSON *then = pf_json_object(arena), *with = pf_json_object(arena), *condition = pf_json_object(arena);
	cJSON *required = pf_json_array(arena);
	const char *name = pf_printf(arena, "with-%s", probe->kind);

	pf_json_set(defs, name, arguments_schema(arena, probe, required));
	pf_json_set_string(kind, "const", probe->kind);
	pf_json_set(is, "probe", kind);
	pf_json_set(condition, "properties", is);
	pf_json_set(condition, "required", pf_schema_names(arena, (const char *[]){"probe", NULL}));
	pf_json_set(with, "with", pf_schema_ref(arena, name));
	pf_json_set(then, "properties", with);
	if (required->child != NULL)
		pf_json_set(then, "required", pf_schema_names(arena, (const char *[]){"with", NULL}));
	pf_json_set(rule, "if", condition);
	pf_json_set(rule, "then", then);
	return rule;
}

static void
add_probes(struct pf_arena *arena, cJSON *defs, const struct pf_descriptor *const *probes)
{
	cJSON *check = PF_AT(defs, "check"), *rules = pf_json_array(arena), *kinds = pf_json_array(arena);
	cJSON *probe = PF_AT(check, "properties", "probe");

	for (; *probes != NULL; probes++) {
		pf_json_push_string(kinds, (*probes)->kind);
		pf_json_push(rules, probe_rule(arena, defs, *probes));
	}
	cJSON_DeleteItemFromObjectCaseSensitive(probe, "pattern");
	pf_json_set(probe, "enum", kinds);
	pf_json_set(check, "allOf", rules);
}

cJSON *
pf_plan_schema(struct pf_arena *arena, const struct pf_descriptor *const *probes)
{
	cJSON *schema = pf_json_object(arena), *defs = pf_json_object(arena);

	pf_json_set_string(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
	pf_json_set_string(schema, "title", PF_PLAN_SCHEMA_ID);
	pf_json_set_string(schema, "description",
			   "A plan of postflight: variables, ordered checks, the checklist, the failure modes.");
	pf_json_set_string(schema, "$ref", "#/$defs/plan");
	shape_schema(arena, defs, &pf_plan_form);
	pf_schema_conditions(arena, defs, probes);
	add_probes(arena, defs, probes);
	pf_json_set(schema, "$defs", defs);
	return schema;
}
