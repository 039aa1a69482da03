#include <string.h>

#include <postflight/json.h>

#include "plan/place.h"
#include "plan/schema.h"

cJSON *
pf_schema_type(struct pf_arena *arena, const char *type)
{
	cJSON *schema = pf_json_object(arena);

	pf_json_set_string(schema, "type", type);
	return schema;
}

cJSON *
pf_schema_ref(struct pf_arena *arena, const char *name)
{
	cJSON *schema = pf_json_object(arena);

	pf_json_set_string(schema, "$ref", pf_printf(arena, "#/$defs/%s", name));
	return schema;
}

cJSON *
pf_schema_names(struct pf_arena *arena, const char *const *names)
{
	cJSON *list = pf_json_array(arena);

	for (; *names != NULL; names++)
		pf_json_push_string(list, *names);
	return list;
}

cJSON *
pf_schema_words(struct pf_arena *arena, const char *words)
{
	cJSON *schema = pf_json_object(arena);

	pf_json_set(schema, "enum", pf_schema_names(arena, pf_split(arena, words)));
	return schema;
}

cJSON *
pf_schema_pattern(struct pf_arena *arena, const char *pattern)
{
	cJSON *schema = pf_schema_type(arena, "string");

	pf_json_set_string(schema, "pattern", pattern);
	return schema;
}

cJSON *
pf_schema_one_or_more(struct pf_arena *arena, const char *def)
{
	cJSON *schema = pf_json_object(arena), *either = pf_json_array(arena), *list = pf_schema_type(arena, "array");

	pf_json_set(list, "items", pf_schema_ref(arena, def));
	pf_json_set_int(list, "minItems", 1);
	pf_json_push(either, pf_schema_ref(arena, def));
	pf_json_push(either, list);
	pf_json_set(schema, "anyOf", either);
	return schema;
}
