/* The report for programs: always one valid document of its own schema, without secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "scene.h"

static struct pf_arena *arena;
static struct pf_result result;

static int
begin(void **state)
{
	(void)state;
	arena = pf_arena_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

static char *
written(void)
{
	return scene_write(arena, &pf_report_json, &result, (struct pf_report_style){0});
}

static cJSON *
parsed(void)
{
	struct pf_err err = {0};
	const char *text = written();
	cJSON *report = pf_json_parse(arena, text, strlen(text), &err);

	if (report == NULL)
		fail_msg("%s in:\n%s", err.text, text);
	return report;
}

static void
failed_run_is_written_as_documented(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	scene_golden(arena, "wrong-port.json", written());
}

static void
secret_fact_is_not_shown(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	const cJSON *check = cJSON_GetArrayItem(PF_AT(parsed(), "checks"), 5);
	assert_string_equal(PF_STRING_AT(check, "facts", "endpoint.key"), "(not shown)");
	assert_null(strstr(written(), "redacted"));
}

static void
facts_keep_their_types(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	const cJSON *facts = PF_AT(cJSON_GetArrayItem(PF_AT(parsed(), "checks"), 5), "facts");
	assert_true(cJSON_IsNumber(PF_AT(facts, "endpoint.port")));
	assert_true(cJSON_IsFalse(PF_AT(facts, "endpoint.port_served")));
	assert_true(cJSON_IsString(PF_AT(facts, "endpoint.url")));
	assert_int_equal(cJSON_GetArraySize(PF_AT(facts, "endpoint.service_ports")), 1);
}

static void
hostile_text_leaves_a_valid_document(void **state)
{
	(void)state;
	scene_hostile(&result);
	const char *text = written();
	assert_true(pf_utf8_valid(text, strlen(text)));
	for (const char *p = text; *p != '\0'; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= ' ');
	assert_null(strchr(text, 0x7f));
	assert_null(strstr(text, "\xc2\x9b"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	/* Escaped, not lost: a program gets what was there. */
	assert_non_null(strstr(PF_STRING_AT(parsed(), "target", "context"), "\033[31mb\a"
									    "c\nd\te"));
	assert_non_null(strstr(PF_STRING_AT(parsed(), "target", "context"), "\x7f\xc2\x9b"
									    "31m\xe2\x80\xae"));
}

static void
same_result_is_written_the_same(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	char *first = written();
	assert_string_equal(first, written());
}

static void
failed_start_is_a_report(void **state)
{
	(void)state;
	scene_healthy(&result);
	for (size_t i = 0; i < result.plan->item_count; i++)
		scene_item(&result, result.plan->items[i].id, PF_ERROR, "there is no kubeconfig");
	result.start_error = "there is no kubeconfig";
	result.exit_code = 78;
	const cJSON *report = parsed();
	assert_string_equal(PF_STRING_AT(report, "startError"), "there is no kubeconfig");
	assert_int_equal(cJSON_GetArraySize(PF_AT(report, "checklist")), 8);
	assert_int_equal(PF_INT_AT(report, 0, "exitCode"), 78);
}

/* ---- The schema ------------------------------------------------------------------------------------------- */

static bool
type_fits(const char *type, const cJSON *value)
{
	if (pf_streq(type, "object"))
		return cJSON_IsObject(value);
	if (pf_streq(type, "array"))
		return cJSON_IsArray(value);
	if (pf_streq(type, "integer"))
		return cJSON_IsNumber(value);
	if (pf_streq(type, "boolean"))
		return cJSON_IsBool(value);
	if (pf_streq(type, "null"))
		return cJSON_IsNull(value);
	return pf_streq(type, "string") && cJSON_IsString(value);
}

static bool
any_type_fits(const cJSON *types, const cJSON *value)
{
	const cJSON *type;

	if (cJSON_IsString(types))
		return type_fits(types->valuestring, value);
	cJSON_ArrayForEach(type, types)
	{
		if (type_fits(type->valuestring, value))
			return true;
	}
	return false;
}

/* Stricter than the schema: a member that it does not describe fails. */
static void
assert_described(const cJSON *schema, const cJSON *value, const char *where)
{
	const cJSON *others = PF_AT(schema, "additionalProperties");
	const cJSON *child;

	if (PF_AT(schema, "anyOf") != NULL) {
		cJSON_ArrayForEach(child, PF_AT(schema, "anyOf"))
		{
			if (any_type_fits(PF_AT(child, "type"), value))
				return;
		}
		fail_msg("%s has a type that the schema does not allow", where);
	}
	if (!any_type_fits(PF_AT(schema, "type"), value))
		fail_msg("%s has a type that the schema does not allow", where);
	if (PF_AT(schema, "enum") != NULL) {
		bool found = false;
		cJSON_ArrayForEach(child, PF_AT(schema, "enum")) found |= cJSON_Compare(child, value, true) != 0;
		if (!found)
			fail_msg("%s is a word that the schema does not have", where);
	}
	cJSON_ArrayForEach(child, PF_AT(schema, "required"))
	{
		if (cJSON_GetObjectItemCaseSensitive(value, child->valuestring) == NULL)
			fail_msg("%s lacks %s", where, child->valuestring);
	}
	if (cJSON_IsArray(value)) {
		cJSON_ArrayForEach(child, value)
			assert_described(PF_AT(schema, "items"), child, pf_printf(arena, "%s[]", where));
	}
	if (!cJSON_IsObject(value))
		return;
	cJSON_ArrayForEach(child, value)
	{
		const cJSON *property = cJSON_GetObjectItemCaseSensitive(PF_AT(schema, "properties"), child->string);
		if (property == NULL)
			property = others;
		if (property == NULL)
			fail_msg("%s.%s is not in the schema", where, child->string);
		assert_described(property, child, pf_printf(arena, "%s.%s", where, child->string));
	}
}

static void
every_member_is_in_the_schema(void **state)
{
	(void)state;
	cJSON *schema = pf_report_schema(arena);

	scene_healthy(&result);
	assert_described(schema, parsed(), "report");
	scene_wrong_port(&result);
	result.start_error = "nothing";
	assert_described(schema, parsed(), "report");
	scene_hostile(&result);
	assert_described(schema, parsed(), "report");
}

/* Every member of SCHEMA at PATH was written in REPORT at least once; optional ones by the hostile scene. */
static void
assert_written(const cJSON *schema, const char *text)
{
	const cJSON *property;

	cJSON_ArrayForEach(property, PF_AT(schema, "properties"))
	{
		if (strstr(text, pf_printf(arena, "\"%s\":", property->string)) == NULL)
			fail_msg("the schema's %s is never written", property->string);
		assert_written(property, text);
		assert_written(PF_AT(property, "items"), text);
	}
}

static void
everything_in_the_schema_is_written(void **state)
{
	(void)state;
	scene_hostile(&result);
	result.start_error = "nothing";
	assert_written(pf_report_schema(arena), written());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(failed_run_is_written_as_documented, begin, end),
		cmocka_unit_test_setup_teardown(secret_fact_is_not_shown, begin, end),
		cmocka_unit_test_setup_teardown(facts_keep_their_types, begin, end),
		cmocka_unit_test_setup_teardown(hostile_text_leaves_a_valid_document, begin, end),
		cmocka_unit_test_setup_teardown(same_result_is_written_the_same, begin, end),
		cmocka_unit_test_setup_teardown(failed_start_is_a_report, begin, end),
		cmocka_unit_test_setup_teardown(every_member_is_in_the_schema, begin, end),
		cmocka_unit_test_setup_teardown(everything_in_the_schema_is_written, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
