#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diagnose/condition.h"
#include "scene.h"

static const struct pf_plan plan = PLAN(.modes = NULL);

/* A saw everything, B failed to look, C was skipped. */
static const struct pf_check_result results[CHECKS] = {
	[A] = SAW(PF_WARN, "",
		  FACTS(TEXT_FACT(NAME, "cart"), PORT_FACT(8000, "8000"), TEXT_FACT(READY, "true"),
			LIST_FACT(WORDS, "one", "two"))),
	[B] = SAW(PF_ERROR, "403", FACTS(TEXT_FACT(NAME, "cart"))),
	[C] = SAW(PF_SKIP, ""),
};

static enum pf_truth
eval(const struct pf_condition *condition)
{
	return pf_condition_eval(&plan, results, condition);
}

static void
all_is_false_before_it_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(eval(ALL(YES, YES)), PF_TRUE);
	assert_int_equal(eval(ALL(YES, DUNNO)), PF_UNKNOWN);
	assert_int_equal(eval(ALL(DUNNO, NO)), PF_FALSE);
	assert_int_equal(eval(ALL(NO, DUNNO)), PF_FALSE);
	assert_int_equal(eval(ALL(YES, NO)), PF_FALSE);
	assert_int_equal(eval(CONDITION(.op = PF_OP_ALL)), PF_TRUE);
}

static void
any_is_true_before_it_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(eval(ANY(NO, NO)), PF_FALSE);
	assert_int_equal(eval(ANY(NO, DUNNO)), PF_UNKNOWN);
	assert_int_equal(eval(ANY(DUNNO, YES)), PF_TRUE);
	assert_int_equal(eval(ANY(YES, DUNNO)), PF_TRUE);
	assert_int_equal(eval(CONDITION(.op = PF_OP_ANY)), PF_FALSE);
}

static void
none_mirrors_any(void **state)
{
	(void)state;
	assert_int_equal(eval(NONE(NO, NO)), PF_TRUE);
	assert_int_equal(eval(NONE(NO, DUNNO)), PF_UNKNOWN);
	assert_int_equal(eval(NONE(DUNNO, YES)), PF_FALSE);
	assert_int_equal(eval(NONE(ALL(YES, DUNNO))), PF_UNKNOWN);
	assert_int_equal(eval(NONE(ANY(YES, DUNNO))), PF_FALSE);
}

static void
absent_condition_holds(void **state)
{
	(void)state;
	assert_int_equal(eval(NULL), PF_TRUE);
}

static void
comparisons_need_the_fact(void **state)
{
	(void)state;
	assert_int_equal(eval(IS(A, NAME, "x", "cart")), PF_TRUE);
	assert_int_equal(eval(IS(A, NAME, "x", "y")), PF_FALSE);
	assert_int_equal(eval(NOT(A, NAME, "x", "y")), PF_TRUE);
	assert_int_equal(eval(NOT(A, NAME, "x", "cart")), PF_FALSE);
	assert_int_equal(eval(NOT(C, NAME, "x")), PF_UNKNOWN);
	assert_int_equal(eval(IS(A, PORT, "8000")), PF_TRUE);
	assert_int_equal(eval(IS(A, READY, "true")), PF_TRUE);
	/* The check came to a verdict and yet did not leave this one. */
	assert_int_equal(eval(IS(A, KEY, "x")), PF_UNKNOWN);
}

static void
fact_of_an_erroneous_check_counts_when_it_was_left(void **state)
{
	(void)state;
	assert_int_equal(eval(IS(B, NAME, "cart")), PF_TRUE);
	assert_int_equal(eval(IS(B, PORT, "8000")), PF_UNKNOWN);
}

static void
numbers_compare_at_their_borders(void **state)
{
	static const struct {
		enum pf_op op;
		int64_t number;
		enum pf_truth truth;
	} cases[] = {
		{PF_OP_LT, 8001, PF_TRUE},  {PF_OP_LT, 8000, PF_FALSE}, {PF_OP_LE, 8000, PF_TRUE},
		{PF_OP_LE, 7999, PF_FALSE}, {PF_OP_GT, 7999, PF_TRUE},  {PF_OP_GT, 8000, PF_FALSE},
		{PF_OP_GE, 8000, PF_TRUE},  {PF_OP_GE, 8001, PF_FALSE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(eval(NUMBER(cases[i].op, A, cases[i].number)), cases[i].truth);
		assert_int_equal(eval(NUMBER(cases[i].op, C, cases[i].number)), PF_UNKNOWN);
	}
}

static void
list_has_whole_words_only(void **state)
{
	(void)state;
	assert_int_equal(eval(HAS(A, WORDS, "two")), PF_TRUE);
	assert_int_equal(eval(HAS(A, WORDS, "tw")), PF_FALSE);
	assert_int_equal(eval(HAS(C, WORDS, "two")), PF_UNKNOWN);
}

static void
two_facts_compare_only_when_both_are_known(void **state)
{
	(void)state;
	assert_int_equal(eval(SAME(PF_OP_SAME, A, B, NAME)), PF_TRUE);
	assert_int_equal(eval(SAME(PF_OP_DIFFERENT, A, B, NAME)), PF_FALSE);
	assert_int_equal(eval(SAME(PF_OP_SAME, A, C, NAME)), PF_UNKNOWN);
	assert_int_equal(eval(SAME(PF_OP_DIFFERENT, C, A, NAME)), PF_UNKNOWN);
	/* Absence equals nothing, not even absence. */
	assert_int_equal(eval(SAME(PF_OP_SAME, B, C, PORT)), PF_UNKNOWN);
}

static void
known_is_never_unknown(void **state)
{
	(void)state;
	assert_int_equal(eval(KNOWN(A, NAME)), PF_TRUE);
	assert_int_equal(eval(UNKNOWN(A, NAME)), PF_FALSE);
	assert_int_equal(eval(KNOWN(C, NAME)), PF_FALSE);
	assert_int_equal(eval(UNKNOWN(C, NAME)), PF_TRUE);
}

static void
verdict_is_unknown_without_an_observation_unless_that_is_asked(void **state)
{
	(void)state;
	assert_int_equal(eval(VERDICT(A, "pass", "warn")), PF_TRUE);
	assert_int_equal(eval(VERDICT(A, "fail")), PF_FALSE);
	assert_int_equal(eval(VERDICT(B, "pass", "warn")), PF_UNKNOWN);
	assert_int_equal(eval(VERDICT(B, "fail", "error")), PF_TRUE);
	assert_int_equal(eval(VERDICT(C, "error")), PF_UNKNOWN);
	assert_int_equal(eval(VERDICT(C, "skip")), PF_TRUE);
}

static void
verdict_of_a_check_that_has_not_come_yet_is_unknown(void **state)
{
	static const struct pf_check_result later[CHECKS] = {{.verdict = PF_PASS}, {.verdict = PF_SKIP}};

	(void)state;
	assert_int_equal(pf_condition_eval(&plan, later, VERDICT(A, "pass")), PF_UNKNOWN);
	assert_int_equal(pf_condition_eval(&plan, later, VERDICT(B, "skip")), PF_UNKNOWN);
}

static void
variable_compares_with_the_value_in_force(void **state)
{
	static const struct pf_variable variable = {.name = "create_table", .fallback = "true", .value = "false"};

	(void)state;
	assert_int_equal(eval(CONDITION(.op = PF_OP_VARIABLE, .variable = &variable, .literals = TEXTS_OF("false"),
					.literal_count = 1)),
			 PF_TRUE);
	assert_int_equal(eval(CONDITION(.op = PF_OP_VARIABLE, .variable = &variable, .literals = TEXTS_OF("true"),
					.literal_count = 1)),
			 PF_FALSE);
}

static void
looking_counts_no_guard_as_an_observation(void **state)
{
	(void)state;
	assert_int_equal(pf_condition_eval_looked(results, KNOWN(A, KEY)), PF_FALSE);
	assert_int_equal(pf_condition_eval_looked(results, KNOWN(B, NAME)), PF_TRUE);
	assert_int_equal(pf_condition_eval_looked(results, KNOWN(B, KEY)), PF_UNKNOWN);
	assert_int_equal(pf_condition_eval_looked(results, UNKNOWN(C, NAME)), PF_UNKNOWN);
	assert_int_equal(pf_condition_eval_looked(results, VERDICT(C, "skip")), PF_UNKNOWN);
	assert_int_equal(pf_condition_eval_looked(results, VERDICT(A, "fail")), PF_FALSE);
}

static void
missing_names_only_what_would_decide(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	struct pf_missing missing;

	(void)state;
	missing = pf_condition_missing(arena, results,
				       ALL(YES, ANY(NO, SAME(PF_OP_SAME, B, C, PORT)), VERDICT(C, "fail")), false);
	assert_int_equal(missing.count, 3);
	assert_int_equal(missing.refs[0].check, B);
	assert_ptr_equal(missing.refs[0].fact, PORT);
	assert_int_equal(missing.refs[1].check, C);
	assert_int_equal(missing.refs[2].check, C);
	assert_null(missing.refs[2].fact);
	/* Decided in spite of what is not known: nothing is missing. */
	assert_int_equal(pf_condition_missing(arena, results, ALL(NO, DUNNO), false).count, 0);
	assert_int_equal(pf_condition_missing(arena, results, ALL(YES, ANY(YES, DUNNO)), false).count, 0);
	pf_arena_free(arena);
}

static void
conditions_name_every_check_they_refer_to(void **state)
{
	bool checks[CHECKS] = {false};

	(void)state;
	pf_condition_mark_checks(NULL, checks);
	assert_false(checks[A] || checks[B] || checks[C]);
	pf_condition_mark_checks(ALL(NONE(SAME(PF_OP_SAME, C, A, NAME))), checks);
	assert_true(checks[A] && !checks[B] && checks[C]);
	pf_condition_mark_checks(VERDICT(B, "pass"), checks);
	assert_true(checks[B]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_false_before_it_is_unknown),
		cmocka_unit_test(any_is_true_before_it_is_unknown),
		cmocka_unit_test(none_mirrors_any),
		cmocka_unit_test(absent_condition_holds),
		cmocka_unit_test(comparisons_need_the_fact),
		cmocka_unit_test(fact_of_an_erroneous_check_counts_when_it_was_left),
		cmocka_unit_test(numbers_compare_at_their_borders),
		cmocka_unit_test(list_has_whole_words_only),
		cmocka_unit_test(two_facts_compare_only_when_both_are_known),
		cmocka_unit_test(known_is_never_unknown),
		cmocka_unit_test(verdict_is_unknown_without_an_observation_unless_that_is_asked),
		cmocka_unit_test(verdict_of_a_check_that_has_not_come_yet_is_unknown),
		cmocka_unit_test(variable_compares_with_the_value_in_force),
		cmocka_unit_test(looking_counts_no_guard_as_an_observation),
		cmocka_unit_test(missing_names_only_what_would_decide),
		cmocka_unit_test(conditions_name_every_check_they_refer_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
