#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <postflight/descriptor.h>

#include "fixture.h"

static void
descriptor_is_found_by_its_whole_kind(void **state)
{
	(void)state;
	assert_ptr_equal(pf_descriptor_find(fixture_probes, "ping"), fixture_probes[1]);
	assert_null(pf_descriptor_find(fixture_probes, "pin"));
	assert_null(pf_descriptor_find(fixture_probes, "pings"));
	assert_null(pf_descriptor_find(fixture_probes, ""));
	assert_null(pf_descriptor_find(fixture_probes, NULL));
}

static void
parameter_and_fact_are_found_where_they_belong(void **state)
{
	(void)state;
	assert_string_equal(pf_descriptor_param(fixture_probes[0], "mode")->values, "strict lenient");
	assert_null(pf_descriptor_param(fixture_probes[1], "mode"));
	assert_null(pf_descriptor_param(fixture_probes[0], NULL));
	assert_int_equal(pf_descriptor_fact(fixture_probes[1], "ping.ms")->type, PF_TYPE_INT);
	assert_null(pf_descriptor_fact(fixture_probes[0], "ping.ms"));
	assert_null(pf_descriptor_fact(fixture_probes[1], "ms"));
}

static void
descriptor_without_tables_has_nothing(void **state)
{
	(void)state;
	assert_null(pf_descriptor_param(fixture_probes[2], "x"));
	assert_null(pf_descriptor_fact(fixture_probes[2], "x"));
}

static void
word_is_one_of_the_words_as_a_whole(void **state)
{
	(void)state;
	assert_true(pf_word_in("pass warn fail", "pass"));
	assert_true(pf_word_in("pass warn fail", "warn"));
	assert_true(pf_word_in("pass warn fail", "fail"));
	assert_false(pf_word_in("pass warn fail", "war"));
	assert_false(pf_word_in("pass warn fail", "warning"));
	assert_false(pf_word_in("pass warn fail", "pass warn"));
	assert_false(pf_word_in("pass warn fail", ""));
	assert_false(pf_word_in("pass", " "));
	assert_false(pf_word_in("", "pass"));
	assert_false(pf_word_in(NULL, "pass"));
	assert_false(pf_word_in("pass", NULL));
}

static void
every_type_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(pf_type_name(PF_TYPE_STRING), "string");
	assert_string_equal(pf_type_name(PF_TYPE_INT), "integer");
	assert_string_equal(pf_type_name(PF_TYPE_BOOL), "true or false");
	assert_string_equal(pf_type_name(PF_TYPE_LIST), "list of strings");
	for (int type = 0; type < PF_TYPE_COUNT; type++)
		assert_non_null(pf_type_name((enum pf_type)type));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptor_is_found_by_its_whole_kind),
		cmocka_unit_test(parameter_and_fact_are_found_where_they_belong),
		cmocka_unit_test(descriptor_without_tables_has_nothing),
		cmocka_unit_test(word_is_one_of_the_words_as_a_whole),
		cmocka_unit_test(every_type_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
