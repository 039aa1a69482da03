/* Patterns of logs: what the loader refuses, what fits a record, and that no search goes on for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/plan.h>

#include "fixture.h"

#define PATTERN "{\"id\": \"refused\", \"title\": \"Refused\", \"kind\": \"fault\", \"match\": \"refused\"}"

/* The fixture's plan with a list of patterns on its second line. */
static const char *
plan_with(struct pf_arena *arena, const char *patterns)
{
	return pf_printf(arena, "{\n \"patterns\": [%s],%s", patterns, fixture_plan + 1);
}

static const struct pf_pattern *
load(struct pf_arena *arena, const char *pattern)
{
	struct pf_plan *plan = fixture_load(arena, plan_with(arena, pattern));

	assert_int_equal(plan->pattern_count, 1);
	return plan->patterns;
}

static enum pf_pattern_outcome
match(const struct pf_pattern *pattern, enum pf_log_level level, const char *message, const char *cause,
      const char *text)
{
	const struct pf_log_record record = {
		.level = level, .message = message, .cause = cause, .told = "", .text = text};

	return pf_pattern_match(pattern, &record, NULL);
}

static void
members_are_read_and_have_defaults(void **state)
{
	const struct pf_pattern *p = load(*state, PATTERN);

	assert_string_equal(p->id, "refused");
	assert_string_equal(p->title, "Refused");
	assert_int_equal(p->kind, PF_PATTERN_FAULT);
	assert_int_equal(p->field, PF_PATTERN_MESSAGE);
	assert_int_equal(p->level, PF_LOG_NONE);
	assert_null(p->except);
	assert_null(p->help);
	p = load(*state, "{\"id\": \"a\", \"title\": \"A\", \"kind\": \"unknown\", \"match\": \"x\", \"except\": \"y\","
			 "\"field\": \"record\", \"level\": \"error\", \"help\": \"h\"}");
	assert_int_equal(p->kind, PF_PATTERN_UNKNOWN);
	assert_int_equal(p->field, PF_PATTERN_RECORD);
	assert_int_equal(p->level, PF_LOG_ERROR);
	assert_non_null(p->except);
	assert_string_equal(p->help, "h");
	p = load(*state, "{\"id\": \"a\", \"title\": \"A\", \"kind\": \"good\", \"match\": \"x\", \"field\": \"cause\","
			 "\"level\": \"trace\"}");
	assert_int_equal(p->kind, PF_PATTERN_GOOD);
	assert_int_equal(p->field, PF_PATTERN_CAUSE);
	assert_int_equal(p->level, PF_LOG_TRACE);
}

static void
plan_may_have_no_patterns(void **state)
{
	assert_int_equal(fixture_load(*state, fixture_plan)->pattern_count, 0);
}

static void
what_cannot_be_a_pattern_is_refused_where_it_stands(void **state)
{
	static const struct {
		const char *patterns;
		const char *message;
	} refusals[] = {
		{"{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\", \"match\": \"a(b\"}",
		 "2:67: patterns[0].match: \"a(b\" is no regular expression: missing closing parenthesis at character "
		 "4; "
		 "expected one of PCRE2"},
		{"{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\", \"match\": \"x\", \"except\": \"\xc3\xbc[\"}",
		 "2:82: patterns[0].except: \"\xc3\xbc[\" is no regular expression: missing terminating ] for "
		 "character "
		 "class at character 3; expected one of PCRE2"},
		{"{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\", \"match\": \"x*\"}",
		 "2:67: patterns[0].match: \"x*\" fits a text with nothing in it, and so every record; expected one "
		 "that needs "
		 "something"},
		{"{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\", \"match\": \"\"}",
		 "2:67: patterns[0].match: is empty; expected a text"},
		{"{\"id\": \"a\", \"title\": \"A\", \"kind\": \"flaw\", \"match\": \"x\"}",
		 "2:49: patterns[0].kind: unknown word \"flaw\"; expected one of: fault, good, unknown"},
		{"{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\", \"match\": \"x\", \"field\": \"mesage\"}",
		 "2:81: patterns[0].field: unknown word \"mesage\" (did you mean \"message\"?); expected one of: "
		 "message, cause, "
		 "record"},
		{"{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\", \"match\": \"x\", \"level\": \"loud\"}",
		 "2:81: patterns[0].level: unknown word \"loud\"; expected one of: trace, debug, info, warn, error"},
		{PATTERN ", " PATTERN,
		 "2:98: patterns[1].id: \"refused\" stands in line 2 already; expected another id"},
		{"{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\"}",
		 "2:15: patterns[0]: lacks \"match\" (a regular expression (PCRE2)); expected a string"},
	};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const char *text = plan_with(*state, refusals[i].patterns);
		struct pf_plan *plan = NULL;
		struct pf_err err = {0};

		assert_false(pf_plan_parse(*state, "plan.json", text, strlen(text), fixture_probes, &plan, &err));
		assert_string_equal(err.text, pf_printf(*state, "plan.json:%s", refusals[i].message));
		assert_int_equal(err.kind, PF_ERR_CONFIG);
	}
}

static void
endless_expression_is_refused(void **state)
{
	char *long_one = pf_alloc(*state, 6000);
	struct pf_plan *plan;
	struct pf_err err = {0};
	const char *text;

	memset(long_one, 'x', 5000);
	text = plan_with(*state,
			 pf_printf(*state, "{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\", \"match\": \"%s\"}",
				   long_one));
	assert_false(pf_plan_parse(*state, "plan.json", text, strlen(text), fixture_probes, &plan, &err));
	assert_non_null(strstr(err.text, "is 5000 bytes long; expected at most 4096"));
}

#define IN(field) "{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\", \"match\": \"^x\", \"field\": \"" field "\"}"

static void
only_the_named_field_is_searched(void **state)
{
	const struct pf_pattern *message = load(*state, IN("message"));
	const struct pf_pattern *cause = load(*state, IN("cause"));
	const struct pf_pattern *record = load(*state, IN("record"));

	assert_int_equal(match(message, PF_LOG_NONE, "x", "y", "z"), PF_PATTERN_YES);
	assert_int_equal(match(message, PF_LOG_NONE, "y", "x", "x"), PF_PATTERN_NO);
	assert_int_equal(match(cause, PF_LOG_NONE, "z", "x", "z"), PF_PATTERN_YES);
	assert_int_equal(match(cause, PF_LOG_NONE, "x", "", "x"), PF_PATTERN_NO);
	assert_int_equal(match(record, PF_LOG_NONE, "z", "z", "x"), PF_PATTERN_YES);
}

static void
lower_levels_and_exceptions_do_not_fit(void **state)
{
	const struct pf_pattern *p =
		load(*state, "{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\", \"match\": \"refused\","
			     "\"except\": \"readiness\", \"level\": \"warn\"}");

	assert_int_equal(match(p, PF_LOG_ERROR, "refused", "", ""), PF_PATTERN_YES);
	assert_int_equal(match(p, PF_LOG_WARN, "refused", "", ""), PF_PATTERN_YES);
	assert_int_equal(match(p, PF_LOG_INFO, "refused", "", ""), PF_PATTERN_NO);
	assert_int_equal(match(p, PF_LOG_NONE, "refused", "", ""), PF_PATTERN_NO);
	assert_int_equal(match(p, PF_LOG_ERROR, "readiness: refused", "", ""), PF_PATTERN_NO);
}

static void
first_group_is_the_value(void **state)
{
	const struct pf_pattern *p =
		load(*state, "{\"id\": \"a\", \"title\": \"A\", \"kind\": \"good\", \"match\": \"at (\\\\S+)|on\"}");
	struct pf_log_record record = {.message = "served at http://db:8000 now", .cause = "", .told = "", .text = ""};
	struct pf_str value = PF_STR("?");

	assert_int_equal(pf_pattern_match(p, &record, &value), PF_PATTERN_YES);
	assert_true(pf_str_eq(value, PF_STR("http://db:8000")));
	record.message = "is on";
	assert_int_equal(pf_pattern_match(p, &record, &value), PF_PATTERN_YES);
	assert_int_equal(value.len, 0);
}

static void
search_that_would_not_end_is_given_up(void **state)
{
	const struct pf_pattern *p =
		load(*state, "{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\", \"match\": \"^(?:(a+)+)+$\"}");
	char *text = pf_alloc(*state, PF_LOG_TEXT_MAX + 1);

	memset(text, 'a', PF_LOG_TEXT_MAX);
	text[PF_LOG_TEXT_MAX - 1] = 'b';
	assert_int_equal(match(p, PF_LOG_NONE, text, "", ""), PF_PATTERN_GAVE_UP);
}

static void
except_that_would_not_end_is_given_up_too(void **state)
{
	const struct pf_pattern *p =
		load(*state, "{\"id\": \"a\", \"title\": \"A\", \"kind\": \"fault\", \"match\": \"b\","
			     "\"except\": \"^(?:(a+)+)+$\"}");
	char *text = pf_alloc(*state, PF_LOG_TEXT_MAX + 1);

	memset(text, 'a', PF_LOG_TEXT_MAX);
	text[PF_LOG_TEXT_MAX - 1] = 'b';
	assert_int_equal(match(p, PF_LOG_NONE, text, "", ""), PF_PATTERN_GAVE_UP);
}

static void
what_is_said_in_passing_is_no_fault(void **state)
{
	const struct pf_pattern *fault = load(*state, PATTERN);
	const struct pf_pattern *good = load(*state, "{\"id\": \"a\", \"title\": \"A\", \"kind\": \"good\","
						     "\"match\": \"refused\"}");

	assert_int_equal(match(fault, PF_LOG_DEBUG, "refused", "", ""), PF_PATTERN_NO);
	assert_int_equal(match(fault, PF_LOG_INFO, "added item refused", "", ""), PF_PATTERN_NO);
	assert_int_equal(match(fault, PF_LOG_WARN, "refused", "", ""), PF_PATTERN_YES);
	assert_int_equal(match(fault, PF_LOG_NONE, "refused", "", ""), PF_PATTERN_YES);
	assert_int_equal(match(good, PF_LOG_INFO, "refused", "", ""), PF_PATTERN_YES);
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(members_are_read_and_have_defaults),
		TEST(plan_may_have_no_patterns),
		TEST(what_cannot_be_a_pattern_is_refused_where_it_stands),
		TEST(endless_expression_is_refused),
		TEST(only_the_named_field_is_searched),
		TEST(lower_levels_and_exceptions_do_not_fit),
		TEST(what_is_said_in_passing_is_no_fault),
		TEST(first_group_is_the_value),
		TEST(search_that_would_not_end_is_given_up),
		TEST(except_that_would_not_end_is_given_up_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
