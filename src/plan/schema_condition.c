/* The grammar of conditions as JSON Schema: one pattern of member names for each fact of each probe. */
#include <stdint.h>
#include <string.h>

#include <postflight/buf.h>
#include <postflight/json.h>

#include "plan/condition.h"
#include "plan/form.h"
#include "plan/schema.h"

#define CHECK_PATTERN "[a-z][a-z0-9]*([.-][a-z0-9]+)*"

/* Names of definitions that literals of these types have. */
static const char *const type_defs[PF_TYPE_COUNT] = {
	[PF_TYPE_STRING] = "text-value",
	[PF_TYPE_INT] = "integer",
	[PF_TYPE_BOOL] = "boolean",
	[PF_TYPE_LIST] = "text-value",
};

/* The definition of a fact's values: its type's, or one of its own for words. */
static const char *
value_def(struct pf_arena *arena, cJSON *defs, const struct pf_fact_desc *fact)
{
	const char *name;

	if (fact->values == NULL)
		return type_defs[fact->type];
	name = pf_printf(arena, "words-of-%s", fact->name);
	pf_json_set(defs, name, pf_schema_words(arena, fact->values));
	return name;
}

static cJSON *
operand_schema(struct pf_arena *arena, enum pf_operand operand, const char *value)
{
	switch (operand) {
	case PF_OPERAND_LITERAL:
		return pf_schema_one_or_more(arena, value);
	case PF_OPERAND_NUMBER:
		return pf_schema_ref(arena, "integer");
	case PF_OPERAND_FACT:
		return pf_schema_ref(arena, "fact");
	case PF_OPERAND_BOOL:
		return pf_schema_ref(arena, "boolean");
	case PF_OPERAND_WORD:
	case PF_OPERAND_CONDITIONS:
		break;
	}
	return pf_schema_ref(arena, value);
}

/* What may stand behind a fact of that type: a literal, a list of them, or operators. */
static cJSON *
comparison_schema(struct pf_arena *arena, enum pf_type type, const char *value)
{
	cJSON *schema = pf_json_object(arena), *either = pf_json_array(arena);
	cJSON *operators = pf_schema_type(arena, "object"), *members = pf_json_object(arena);

	for (const struct pf_operator *o = pf_fact_operators; o->name != NULL; o++) {
		cJSON *operand;

		if ((o->types & 1U << type) == 0)
			continue;
		operand = operand_schema(arena, o->operand, value);
		pf_json_set_string(operand, "description", o->help);
		pf_json_set(members, o->name, operand);
	}
	pf_json_set(operators, "properties", members);
	pf_json_set_bool(operators, "additionalProperties", false);
	pf_json_set_int(operators, "minProperties", 1);
	if (type != PF_TYPE_LIST)
		pf_json_push(either, pf_schema_one_or_more(arena, value));
	pf_json_push(either, operators);
	pf_json_set(schema, "anyOf", either);
	return schema;
}

/* "service.type" as a part of a regular expression. */
static const char *
quoted_pattern(struct pf_arena *arena, const char *name)
{
	char *out = pf_alloc(arena, 2 * strlen(name) + 1), *at = out;

	for (; *name != '\0'; name++) {
		if (strchr(".\\+*?()[]{}|^$", *name) != NULL)
			*at++ = '\\';
		*at++ = *name;
	}
	return out;
}

static void
add_facts(struct pf_arena *arena, cJSON *defs, cJSON *patterns, const struct pf_descriptor *probe)
{
	for (const struct pf_fact_desc *f = probe->facts; f != NULL && f->name != NULL; f++) {
		const char *value = value_def(arena, defs, f);
		const char *name = pf_printf(arena, "compare-%s%s", f->type == PF_TYPE_LIST ? "list-of-" : "", value);
		cJSON *member = pf_schema_ref(arena, name);

		if (PF_AT(defs, name) == NULL)
			pf_json_set(defs, name, comparison_schema(arena, f->type, value));
		if (f->help != NULL)
			pf_json_set_string(member, "description", f->help);
		pf_json_set(patterns, pf_printf(arena, "^" CHECK_PATTERN ":%s$", quoted_pattern(arena, f->name)),
			    member);
	}
}

/* CHECK:FACT with a fact of any probe: which check has which is known to the loader alone. */
static cJSON *
fact_schema(struct pf_arena *arena, const struct pf_descriptor *const *probes)
{
	PF_AUTO_BUF pattern = PF_BUF(SIZE_MAX / 2);
	const char *between = "^" CHECK_PATTERN ":(";

	for (; *probes != NULL; probes++)
		for (const struct pf_fact_desc *f = (*probes)->facts; f != NULL && f->name != NULL; f++) {
			pf_buf_puts(&pattern, between);
			pf_buf_puts(&pattern, quoted_pattern(arena, f->name));
			between = "|";
		}
	pf_buf_puts(&pattern, pattern.len > 0 ? ")$" : "^(?!)");
	return pf_schema_pattern(arena, pf_buf_text(&pattern));
}

static void
add_values(struct pf_arena *arena, cJSON *defs)
{
	cJSON *scalar = pf_json_object(arena), *types = pf_json_array(arena);
	cJSON *text = pf_schema_type(arena, "string"), *none = pf_schema_pattern(arena, "\\$\\{");

	pf_json_set(text, "not", none);
	pf_json_set(defs, "text-value", text);
	pf_json_set(defs, "integer", pf_schema_type(arena, "integer"));
	pf_json_set(defs, "boolean", pf_schema_type(arena, "boolean"));
	pf_json_push_string(types, "string");
	pf_json_push_string(types, "integer");
	pf_json_push_string(types, "boolean");
	pf_json_set(scalar, "type", types);
	pf_json_set(defs, "scalar", scalar);
	pf_json_set(defs, "verdict", pf_schema_words(arena, PF_VERDICT_WORDS));
}

void
pf_schema_conditions(struct pf_arena *arena, cJSON *defs, const struct pf_descriptor *const *probes)
{
	cJSON *condition = pf_schema_type(arena, "object"), *joined = pf_json_object(arena);
	cJSON *patterns = pf_json_object(arena);

	add_values(arena, defs);
	pf_json_set(defs, "fact", fact_schema(arena, probes));
	for (const struct pf_operator *o = pf_joining_operators; o->name != NULL; o++) {
		cJSON *list = pf_schema_type(arena, "array");

		pf_json_set_string(list, "description", o->help);
		pf_json_set(list, "items", pf_schema_ref(arena, "condition"));
		pf_json_set_int(list, "minItems", 1);
		pf_json_set_int(list, "maxItems", PF_CONDITION_WIDTH);
		pf_json_set(joined, o->name, list);
	}
	pf_json_set(patterns, "^check:" CHECK_PATTERN "$", pf_schema_one_or_more(arena, "verdict"));
	pf_json_set(patterns, "^var:[a-z][a-z0-9]*(_[a-z0-9]+)*$", pf_schema_one_or_more(arena, "scalar"));
	for (; *probes != NULL; probes++)
		add_facts(arena, defs, patterns, *probes);
	pf_json_set_string(condition, "description",
			   "members must all hold; a fact that was not observed makes its "
			   "comparison unknown");
	pf_json_set(condition, "properties", joined);
	pf_json_set(condition, "patternProperties", patterns);
	pf_json_set_bool(condition, "additionalProperties", false);
	pf_json_set_int(condition, "minProperties", 1);
	pf_json_set(defs, "condition", condition);
}
