/*
 * What was not observed may make a diagnosis say less, never something else: each recorded run once more, without the
 * facts of one check, of two, of all but one, and without each single fact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/str.h>

#include "recorded.h"

struct suite {
	struct pf_arena *arena;
	struct pf_plan *plan;
	struct recorded *runs;
	size_t count;
	bool *before; /* the root causes of the run at hand, one for each mode */
	unsigned wrong;
};

static int
open_suite(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	struct suite *s = pf_alloc(arena, sizeof(*s));
	s->arena = arena;
	s->plan = built_in_plan(arena);
	s->runs = read_recorded(arena, s->plan, &s->count);
	*state = s;
	return 0;
}

static int
close_suite(void **state)
{
	pf_arena_free(((struct suite *)*state)->arena);
	return 0;
}

/* MODES[i]: mode i is a root cause. */
static void
roots_of(const struct suite *s, const struct pf_check_result *results, bool *modes)
{
	struct pf_arena *arena = pf_arena_new();
	struct pf_diagnosis d;
	pf_diagnose(arena, s->plan, NULL, "shop", results, &d);
	memset(modes, 0, s->plan->mode_count * sizeof(*modes));
	for (size_t i = 0; i < d.cause_count; i++)
		modes[d.causes[i].mode - s->plan->modes] = true;
	pf_arena_free(arena);
}

/* As a missing right leaves it. */
static struct pf_check_result
refused(const struct pf_check_result *result)
{
	return (struct pf_check_result){
		.check = result->check, .verdict = PF_ERROR, .done = true, .message = "may not look"};
}

static bool
reports(const struct recorded *run, const char *id)
{
	const cJSON *cause;
	cJSON_ArrayForEach(cause, PF_AT(run->report, "diagnosis", "rootCauses"))
	{
		if (pf_streq(PF_STRING_AT(cause, "id"), id))
			return true;
	}
	return false;
}

static void
what_a_report_holds_leads_to_its_root_causes(void **state)
{
	struct suite *s = *state;
	bool *modes = pf_alloc_array(s->arena, s->plan->mode_count, sizeof(*modes));
	for (size_t r = 0; r < s->count; r++) {
		roots_of(s, s->runs[r].results, modes);
		for (size_t i = 0; i < s->plan->mode_count; i++) {
			if (modes[i] != reports(&s->runs[r], s->plan->modes[i].id))
				fail_msg("%s: %s", s->runs[r].name, s->plan->modes[i].id);
		}
	}
}

/*
 * What may be said although more would have been said with everything seen. Whether something of that name is in
 * another namespace is for few to know; "nothing of that name in this namespace" is true without it. And that something
 * else answers behind the documented Service is true, whatever its selector. That the log names another endpoint than
 * the variable is left with the log's fault itself, and nowhere where both say the same: without it there is no
 * override.
 */
static const struct {
	const char *without, *mode;
} reviewed[] = {
	{"db.service:service.is_elsewhere", "db-missing"},
	{"all but db.answers", "endpoint-not-dynamodb"},
	{"cart.logs:logs.endpoint_variable", "network-blocked"},
};

static bool
is_reviewed(const char *without, const char *mode)
{
	for (size_t i = 0; i < sizeof(reviewed) / sizeof(reviewed[0]); i++) {
		if (pf_streq(reviewed[i].without, without) && pf_streq(reviewed[i].mode, mode))
			return true;
	}
	return false;
}

static void
compare(struct suite *s, const struct recorded *run, const struct pf_check_result *results, const char *without)
{
	size_t modes = s->plan->mode_count;
	bool *after = calloc(modes, sizeof(*after));
	roots_of(s, results, after);
	for (size_t i = 0; i < modes; i++) {
		if (after[i] && !s->before[i] && !is_reviewed(without, s->plan->modes[i].id)) {
			print_error("%s without %s: %s\n", run->name, without, s->plan->modes[i].id);
			s->wrong++;
		}
	}
	free(after);
}

typedef void variation(struct suite *s, const struct recorded *run, struct pf_check_result *results);

static void
for_each_run(struct suite *s, variation *vary)
{
	size_t checks = s->plan->check_count;
	struct pf_check_result *results = pf_alloc_array(s->arena, checks, sizeof(*results));
	s->before = pf_alloc_array(s->arena, s->plan->mode_count, sizeof(*s->before));
	s->wrong = 0;
	for (size_t r = 0; r < s->count; r++) {
		memcpy(results, s->runs[r].results, checks * sizeof(*results));
		roots_of(s, results, s->before);
		vary(s, &s->runs[r], results);
	}
	assert_int_equal(s->wrong, 0);
}

static void
without_one_and_two(struct suite *s, const struct recorded *run, struct pf_check_result *results)
{
	for (size_t a = 0; a < s->plan->check_count; a++) {
		results[a] = refused(&run->results[a]);
		compare(s, run, results, s->plan->checks[a].id);
		for (size_t b = a + 1; b < s->plan->check_count; b++) {
			results[b] = refused(&run->results[b]);
			compare(s, run, results,
				pf_printf(s->arena, "%s and %s", s->plan->checks[a].id, s->plan->checks[b].id));
			results[b] = run->results[b];
		}
		results[a] = run->results[a];
	}
}

/* A log alone is all that `postflight logs` has: there it speaks for itself, and so it is not asked here. */
static void
with_one_alone(struct suite *s, const struct recorded *run, struct pf_check_result *results)
{
	for (size_t i = 0; i < s->plan->check_count; i++)
		results[i] = refused(&run->results[i]);
	for (size_t i = 0; i < s->plan->check_count; i++) {
		if (pf_streq(s->plan->checks[i].id, "cart.logs"))
			continue;
		results[i] = run->results[i];
		compare(s, run, results, pf_printf(s->arena, "all but %s", s->plan->checks[i].id));
		results[i] = refused(&run->results[i]);
	}
}

static void
without_one_fact(struct suite *s, const struct recorded *run, struct pf_check_result *results)
{
	for (size_t i = 0; i < s->plan->check_count; i++) {
		size_t count = run->results[i].fact_count;
		struct pf_fact *facts = calloc(count + 1, sizeof(*facts));
		for (size_t gone = 0; gone < count; gone++) {
			const struct pf_fact *all = run->results[i].facts;
			memcpy(facts, all, gone * sizeof(*facts));
			memcpy(facts + gone, all + gone + 1, (count - gone - 1) * sizeof(*facts));
			results[i].facts = facts;
			results[i].fact_count = count - 1;
			compare(s, run, results,
				pf_printf(s->arena, "%s:%s", s->plan->checks[i].id, all[gone].desc->name));
		}
		results[i] = run->results[i];
		free(facts);
	}
}

static void
a_check_that_may_not_look_adds_no_root_cause(void **state)
{
	for_each_run(*state, without_one_and_two);
}

static void
one_check_alone_finds_no_other_root_cause(void **state)
{
	for_each_run(*state, with_one_alone);
}

static void
a_missing_fact_adds_no_root_cause(void **state)
{
	for_each_run(*state, without_one_fact);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_suite, close_suite)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_report_holds_leads_to_its_root_causes),
		TEST(a_check_that_may_not_look_adds_no_root_cause),
		TEST(one_check_alone_finds_no_other_root_cause),
		TEST(a_missing_fact_adds_no_root_cause),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
