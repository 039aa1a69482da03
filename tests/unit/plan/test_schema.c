/* The JSON Schema says what the loader does: the same members, words and limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pcre2.h>

#include <postflight/json.h>
#include <postflight/plan.h>

#include "fixture.h"
#include "plan/form.h"

static int
setup(void **state)
{
	*state = pf_arena_new();
	return 0;
}

static int
teardown(void **state)
{
	pf_arena_free(*state);
	return 0;
}

static cJSON *
def(const cJSON *schema, const char *name)
{
	cJSON *found = PF_AT(schema, "$defs", name);

	if (found == NULL)
		fail_msg("no definition of %s", name);
	return found;
}

/* The node's text, as one line. */
#define assert_json(arena, node, expected) assert_string_equal(pf_json_print((arena), (node), false), (expected))

static void
schema_is_a_document_of_draft_2020_12(void **state)
{
	cJSON *schema = pf_plan_schema(*state, fixture_probes);

	assert_string_equal(PF_STRING_AT(schema, "$schema"), "https://json-schema.org/draft/2020-12/schema");
	assert_string_equal(PF_STRING_AT(schema, "$ref"), "#/$defs/plan");
	assert_json(*state, PF_AT(def(schema, "plan"), "properties", "schema", "const"), "\"postflight.plan/v1\"");
}

/* Every object of the form: what is below SHAPE was made a definition with exactly its members. */
static void
assert_object(struct pf_arena *arena, const cJSON *schema, const struct pf_shape *shape)
{
	const cJSON *object, *member;
	size_t members = 0, required = 0;

	if (shape->otherwise != NULL)
		assert_object(arena, schema, shape->otherwise);
	if (shape->element != NULL)
		assert_object(arena, schema, shape->element);
	if (shape->kind != PF_SHAPE_OBJECT)
		return;
	object = def(schema, shape->name);
	for (const struct pf_member *m = shape->members; m->name != NULL; m++) {
		member = PF_AT(object, "properties", m->name);
		assert_non_null(member);
		assert_string_equal(PF_STRING_AT(member, "description"), m->help);
		members++;
		required += m->required && m->only_with == NULL;
		assert_object(arena, schema, m->shape);
	}
	assert_int_equal(cJSON_GetArraySize(PF_AT(object, "properties")), members);
	assert_int_equal(cJSON_GetArraySize(PF_AT(object, "required")), required);
	assert_json(arena, PF_AT(object, "additionalProperties"), "false");
}

static void
every_object_has_exactly_the_members_that_are_loaded(void **state)
{
	assert_object(*state, pf_plan_schema(*state, fixture_probes), &pf_plan_form);
}

static void
parameters_depend_on_the_kind_of_probe(void **state)
{
	cJSON *schema = pf_plan_schema(*state, fixture_probes), *check = def(schema, "check");
	cJSON *with = def(schema, "with-service"), *rules = PF_AT(check, "allOf");

	assert_json(*state, PF_AT(check, "properties", "probe", "enum"), "[\"service\",\"ping\",\"bare\"]");
	assert_int_equal(cJSON_GetArraySize(rules), 3);
	assert_json(*state, PF_AT(cJSON_GetArrayItem(rules, 0), "if"),
		    "{\"properties\":{\"probe\":{\"const\":\"service\"}},\"required\":[\"probe\"]}");
	assert_json(*state, PF_AT(cJSON_GetArrayItem(rules, 0), "then"),
		    "{\"properties\":{\"with\":{\"$ref\":\"#/$defs/with-service\"}},\"required\":[\"with\"]}");
	/* A probe without required parameters needs no "with", and takes none it does not know. */
	assert_null(PF_AT(cJSON_GetArrayItem(rules, 2), "then", "required"));
	assert_json(*state, PF_AT(def(schema, "with-bare"), "additionalProperties"), "false");
	assert_json(*state, PF_AT(with, "required"), "[\"name\"]");
	assert_json(*state, cJSON_GetArrayItem(PF_AT(with, "properties", "mode", "anyOf"), 0),
		    "{\"enum\":[\"strict\",\"lenient\"]}");
	assert_json(*state, cJSON_GetArrayItem(PF_AT(with, "properties", "port", "anyOf"), 0),
		    "{\"type\":\"integer\"}");
	assert_json(*state, PF_AT(def(schema, "with-ping"), "properties", "hosts", "minItems"), "1");
}

static void
fix_does_exactly_one_thing(void **state)
{
	cJSON *fix = def(pf_plan_schema(*state, fixture_probes), "fix");

	assert_json(*state, PF_AT(fix, "oneOf"),
		    "[{\"required\":[\"command\"]},{\"required\":[\"instruction\"]},{\"required\":[\"set_env\"]}]");
	assert_json(*state, PF_AT(fix, "dependentRequired"),
		    "{\"deployment\":[\"set_env\"],\"set_env\":[\"deployment\"],\"container\":[\"set_env\"],"
		    "\"managed_by\":[\"command\"]}");
}

static void
facts_compare_as_their_type_allows(void **state)
{
	cJSON *schema = pf_plan_schema(*state, fixture_probes), *patterns, *operators;

	patterns = PF_AT(def(schema, "condition"), "patternProperties");
	assert_string_equal(PF_STRING_AT(patterns, "^[a-z][a-z0-9]*([.-][a-z0-9]+)*:service\\.type$", "$ref"),
			    "#/$defs/compare-words-of-service.type");
	assert_json(*state, def(schema, "words-of-service.type"), "{\"enum\":[\"ClusterIP\",\"NodePort\"]}");
	operators = PF_AT(cJSON_GetArrayItem(PF_AT(def(schema, "compare-integer"), "anyOf"), 1), "properties");
	assert_non_null(PF_AT(operators, "lt"));
	assert_null(PF_AT(operators, "has"));
	operators = PF_AT(cJSON_GetArrayItem(PF_AT(def(schema, "compare-text-value"), "anyOf"), 1), "properties");
	assert_null(PF_AT(operators, "lt"));
	/* Of a list only the operators: no literal is one. */
	operators = PF_AT(def(schema, "compare-list-of-text-value"), "anyOf");
	assert_int_equal(cJSON_GetArraySize(operators), 1);
	assert_non_null(PF_AT(cJSON_GetArrayItem(operators, 0), "properties", "has"));
	assert_json(*state, def(schema, "verdict"), "{\"enum\":[\"pass\",\"warn\",\"fail\",\"skip\",\"error\"]}");
	assert_json(*state, PF_AT(def(schema, "condition"), "minProperties"), "1");
}

/* A reference that leads nowhere makes a schema useless, and validators find it late. */
static void
assert_references(const cJSON *schema, const cJSON *node)
{
	const char *to = PF_STRING_AT(node, "$ref");
	const cJSON *child;

	if (to != NULL) {
		assert_int_equal(strncmp(to, "#/$defs/", 8), 0);
		def(schema, to + 8);
	}
	cJSON_ArrayForEach(child, node) assert_references(schema, child);
}

static void
each_reference_leads_to_a_definition(void **state)
{
	cJSON *schema = pf_plan_schema(*state, fixture_probes);

	assert_references(schema, schema);
}

/* The patterns are of a common subset of ECMA 262 and PCRE, so that they can be tried here. */
static bool
matches(const char *pattern, const char *text)
{
	int error;
	PCRE2_SIZE at;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_ALT_BSUX | PCRE2_UTF, &error,
					 &at, NULL);
	pcre2_match_data *data;
	int found;

	if (code == NULL)
		fail_msg("no regular expression: %s", pattern);
	data = pcre2_match_data_create_from_pattern(code, NULL);
	found = pcre2_match(code, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, 0, data, NULL);
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return found >= 0;
}

static void
patterns_accept_what_the_loader_accepts(void **state)
{
	cJSON *schema = pf_plan_schema(*state, fixture_probes);
	const char *template = PF_STRING_AT(def(schema, "mode"), "properties", "title", "pattern");
	const char *id = PF_STRING_AT(def(schema, "check"), "properties", "id", "pattern");
	const char *text = PF_STRING_AT(def(schema, "check"), "properties", "title", "pattern");
	const char *fact = PF_STRING_AT(def(schema, "fact"), "pattern");
	const char *argument = PF_STRING_AT(def(schema, "with-service"), "properties", "name", "pattern");

	assert_true(matches(template, "a ${b} ${c.d:e.f} $$5 ✔"));
	assert_false(matches(template, "a $5"));
	assert_false(matches(template, "a ${"));
	assert_false(matches(template, ""));
	assert_false(matches(template, "a\nb"));
	assert_true(matches(id, "cart.create-table"));
	assert_false(matches(id, "cart..env"));
	assert_false(matches(id, "Cart"));
	assert_false(matches(id, "cart-"));
	assert_true(matches(text, "costs $5"));
	assert_false(matches(text, "of ${cart}"));
	assert_true(matches(fact, "cart.x:ping.ms"));
	assert_false(matches(fact, "cart.x:pingXms"));
	assert_true(matches(argument, "${cart}-db"));
	assert_false(matches(argument, "${access:ping.ms}"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(schema_is_a_document_of_draft_2020_12, setup, teardown),
		cmocka_unit_test_setup_teardown(every_object_has_exactly_the_members_that_are_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(parameters_depend_on_the_kind_of_probe, setup, teardown),
		cmocka_unit_test_setup_teardown(fix_does_exactly_one_thing, setup, teardown),
		cmocka_unit_test_setup_teardown(facts_compare_as_their_type_allows, setup, teardown),
		cmocka_unit_test_setup_teardown(each_reference_leads_to_a_definition, setup, teardown),
		cmocka_unit_test_setup_teardown(patterns_accept_what_the_loader_accepts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
