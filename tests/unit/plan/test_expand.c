#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/plan.h>

#include "fixture.h"
#include "plan/template.h"

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

static void
variables_and_namespace_are_filled_in(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);

	assert_string_equal(pf_plan_expand(*state, plan, "prod", "kubectl -n ${namespace} get deploy/${cart}:${port}"),
			    "kubectl -n prod get deploy/cart-deployment:8000");
	assert_string_equal(pf_plan_expand(*state, plan, NULL, "${namespace}"), "store");
	assert_string_equal(pf_plan_expand(*state, plan, NULL, ""), "");
}

static void
facts_and_dollars_stay_for_the_diagnosis(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);
	const char *text = "${db.service:service.port} costs $$5 $${cart}";

	assert_string_equal(pf_plan_expand(*state, plan, "n", text), text);
}

static void
value_with_a_dollar_sign_is_no_template(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);
	struct pf_err err = {0};

	assert_true(pf_plan_set(*state, plan, "cart=a$${port}", &err));
	/* Two stages bring back what was said; neither fills in the ${port} of the value. */
	assert_string_equal(pf_plan_expand(*state, plan, "n", "${cart}"), "a$$$${port}");
	assert_string_equal(pf_plan_expand_argument(*state, plan, "n", "${cart}"), "a$${port}");
}

static void
argument_is_filled_in_to_the_end(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);

	assert_string_equal(pf_plan_expand_argument(*state, plan, "n", "^${cart}$$|$${port}"),
			    "^cart-deployment$|${port}");
}

static void
set_value_is_in_force_and_the_last_one_counts(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);
	struct pf_err err = {0};

	assert_true(pf_plan_set(*state, plan, "cart=a", &err));
	assert_true(pf_plan_set(*state, plan, "cart=b=c", &err));
	assert_string_equal(plan->variables[0].value, "b=c");
	assert_string_equal(plan->variables[0].fallback, "cart-deployment");
	assert_true(pf_plan_set(*state, plan, "cart=", &err));
	assert_string_equal(plan->variables[0].value, "");
	assert_true(pf_plan_set(*state, plan, "keep=false", &err));
}

static void
assignment_that_cannot_be_says_why_and_changes_nothing(void **state)
{
	static const struct {
		const char *assignment;
		const char *message;
	} cases[] = {
		{"cart", "--set \"cart\": expected NAME=VALUE"},
		{"=x", "--set \"=x\": expected NAME=VALUE"},
		{"crt=x",
		 "--set \"crt\": plan shop has no such variable (did you mean \"cart\"?); it has: cart, port, keep"},
		{"database=x", "--set \"database\": plan shop has no such variable; it has: cart, port, keep"},
		{"namespace=x", "--set \"namespace\": plan shop has no such variable; it has: cart, port, keep"},
		{"keep=yes", "--set keep: \"yes\" is no value of it; expected one of: true, false"},
		{"keep=", "--set keep: \"\" is no value of it; expected one of: true, false"},
		{"port=http", "--set port: \"http\" does not fit check db.service; expected an integer"},
		{"port=", "--set port: \"\" does not fit check db.service; expected an integer"},
		{"port=8000 ", "--set port: \"8000 \" does not fit check db.service; expected an integer"},
		{"port=99999999999999999999",
		 "--set port: \"99999999999999999999\" does not fit check db.service; expected an integer"},
		{"cart=a\nb", "--set cart: the value holds a control character or no UTF-8"},
		{"cart=a\x01", "--set cart: the value holds a control character or no UTF-8"},
		{"cart=\xff", "--set cart: the value holds a control character or no UTF-8"},
	};
	struct pf_plan *plan = fixture_load(*state, fixture_plan);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pf_err err = {0};

		assert_false(pf_plan_set(*state, plan, cases[i].assignment, &err));
		assert_string_equal(err.text, cases[i].message);
		assert_int_equal(err.kind, PF_ERR_USAGE);
	}
	assert_string_equal(plan->variables[0].value, "cart-deployment");
	assert_string_equal(plan->variables[1].value, "8000");
	assert_string_equal(plan->variables[2].value, "true");
}

static void
emptied_variable_is_found_out_again_where_that_is_the_default(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_edit(*state, fixture_plan, "\"8000\"", "\"\""));
	struct pf_err err = {0};

	assert_true(pf_plan_set(*state, plan, "port=9000", &err));
	assert_true(pf_plan_set(*state, plan, "port=", &err));
	assert_string_equal(plan->variables[1].value, "");
}

static void
plan_without_variables_says_so(void **state)
{
	struct pf_plan *plan =
		fixture_load(*state, "{\"schema\":\"postflight.plan/v1\",\"name\":\"a\",\"title\":\"A\","
				     "\"checks\":[{\"id\":\"a\",\"title\":\"A\",\"probe\":\"bare\"}],"
				     "\"checklist\":[{\"id\":\"a\",\"title\":\"A\",\"checks\":[\"a\"]}]}");
	struct pf_err err = {0};

	assert_false(pf_plan_set(*state, plan, "x=y", &err));
	assert_string_equal(err.text, "--set \"x\": plan a has no variables");
}

static void
pieces_of_a_template_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		enum pf_piece_kind kind;
		size_t len;
	} cases[] = {
		{"", PF_PIECE_END, 0},          {"a b$", PF_PIECE_TEXT, 3},
		{"$$$", PF_PIECE_DOLLAR, 2},    {"${a}b", PF_PIECE_REFERENCE, 1},
		{"$", PF_PIECE_BROKEN, 1},      {"$a", PF_PIECE_BROKEN, 1},
		{"${", PF_PIECE_BROKEN, 1},     {"${}", PF_PIECE_BROKEN, 1},
		{"${a", PF_PIECE_BROKEN, 1},    {"${a{b}", PF_PIECE_BROKEN, 1},
		{"${a$b}", PF_PIECE_BROKEN, 1}, {"${a:b.c}", PF_PIECE_REFERENCE, 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *text = cases[i].text;
		struct pf_piece piece = pf_template_next(&text);

		assert_int_equal(piece.kind, cases[i].kind);
		assert_int_equal(piece.len, cases[i].len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(variables_and_namespace_are_filled_in, setup, teardown),
		cmocka_unit_test_setup_teardown(facts_and_dollars_stay_for_the_diagnosis, setup, teardown),
		cmocka_unit_test_setup_teardown(value_with_a_dollar_sign_is_no_template, setup, teardown),
		cmocka_unit_test_setup_teardown(argument_is_filled_in_to_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(set_value_is_in_force_and_the_last_one_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(assignment_that_cannot_be_says_why_and_changes_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(emptied_variable_is_found_out_again_where_that_is_the_default, setup,
						teardown),
		cmocka_unit_test_setup_teardown(plan_without_variables_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(pieces_of_a_template_are_told_apart, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
