#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include <postflight/run.h>
#include <postflight/signals.h>

#include "../diagnose/scene.h"
#include "fake_session.h"

/* env, then tcp which needs it, then a disruptive one which needs tcp and a fact of env. */
static const struct pf_descriptor disruptive_probe = {
	.kind = "restart", .summary = "restarts it", .facts = scene_facts, .disruptive = true};

static const struct pf_need tcp_needs[] = {
	{.text = "cart.env", .condition = VERDICT(A, "pass", "warn")},
};

static const struct pf_need persistence_needs[] = {
	{.text = "tcp", .condition = VERDICT(B, "pass", "warn"), .reason = "the cart does not serve"},
	{.text = "cart.env:thing.name", .condition = IS(A, NAME, "cart")},
};

static const struct pf_plan_check checks[CHECKS] = {
	[A] = {.id = "cart.env", .title = "Environment", .probe = &scene_probe},
	[B] = {.id = "tcp", .title = "Connection", .probe = &scene_probe, .needs = tcp_needs, .need_count = 1},
	[C] = {.id = "persistence",
	       .title = "Data survives",
	       .probe = &disruptive_probe,
	       .needs = persistence_needs,
	       .need_count = 2},
};

static const size_t env_checks[] = {A}, works_checks[] = {A, B}, persistence_checks[] = {C};

static const struct pf_item items[] = {
	{.id = "env", .title = "Env", .checks = env_checks, .check_count = 1},
	{.id = "works", .title = "Works", .checks = works_checks, .check_count = 2},
	{.id = "persistence", .title = "Survives", .checks = persistence_checks, .check_count = 1},
};

static const struct pf_plan plan = {
	.name = "scene",
	.checks = checks,
	.check_count = CHECKS,
	.items = items,
	.item_count = 3,
};

static const struct pf_fact cart[] = {TEXT_FACT(NAME, "cart")};
static const struct pf_fact other[] = {TEXT_FACT(NAME, "other")};

#define CART .facts = cart, .fact_count = 1
#define ALL_PASS                                                                                                       \
	{.message = "a", CART}, {.message = "b"},                                                                      \
	{                                                                                                              \
		.message = "c"                                                                                         \
	}
#define SCRIPTS(...) ((const struct script[CHECKS]){__VA_ARGS__})
#define IDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define OPTIONS(...) (&(const struct pf_run_options){.namespace_ = "retail-store", __VA_ARGS__})
#define CONSENT .restart = PF_RESTART_ROLLOUT

static struct pf_arena *arena;
static struct pf_result result;

static int
open_fake(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.plan = &plan;
	fake.now_ms = 5000;
	fake.log = PF_BUF(1 << 16);
	arena = pf_arena_new();
	return 0;
}

static int
close_fake(void **state)
{
	(void)state;
	pf_buf_free(&fake.log);
	pf_arena_free(arena);
	return 0;
}

static void
run(const struct script *scripts, const struct pf_run_options *options)
{
	fake.scripts = scripts;
	pf_run(arena, NULL, &plan, options, NULL, &result);
}

static void
assert_check(size_t i, enum pf_verdict verdict, const char *message)
{
	assert_true(result.checks[i].done);
	assert_ptr_equal(result.checks[i].check, &checks[i]);
	assert_string_equal(result.checks[i].message, message);
	assert_int_equal(result.checks[i].verdict, verdict);
}

static void
healthy_run_passes(void **state)
{
	(void)state;
	run(SCRIPTS(ALL_PASS), OPTIONS(CONSENT, .tool_version = "1.2", .context = "kind"));
	assert_check(A, PF_PASS, "a");
	assert_check(B, PF_PASS, "b");
	assert_check(C, PF_PASS, "c");
	assert_int_equal(result.verdict, PF_PASS);
	assert_int_equal(result.exit_code, 0);
	assert_true(result.complete);
	assert_false(result.interrupted);
	assert_true(fake_consent.restart);
	assert_false(fake_consent.by_pod);
	assert_false(fake_consent.allow_data_loss);
	assert_string_equal(result.vantage, "none");
	assert_string_equal(result.id, "0badcafe");
	assert_string_equal(result.tool_version, "1.2");
	assert_string_equal(result.context, "kind");
	assert_string_equal(result.server, "");
	assert_string_equal(result.namespace_, "retail-store");
	assert_null(result.warnings[0]);
	assert_null(result.notes[0]);
	assert_null(result.start_error);
	assert_int_equal(result.started_wall_ms, 1000);
	assert_int_equal(result.trace.questions, 7);
}

static void
every_round_is_foreseen_before_anything_runs(void **state)
{
	(void)state;
	run(SCRIPTS(ALL_PASS), OPTIONS(.wait_ms = 60000, .timeout_ms = 300000, .since_ms = 7000));
	assert_int_equal(fake.since_ms, 7000);
	/* Without consent nothing is foreseen for the disruptive check. */
	assert_string_equal(pf_buf_text(&fake.log), "cart.env/0 tcp/0 flush cart.env/1 tcp/1 flush "
						    "cart.env/2 tcp/2 flush cart.env/3 tcp/3 flush "
						    "settle(60000) cart.env tcp ");
}

static void
waiting_never_takes_more_than_the_run_has(void **state)
{
	(void)state;
	fake.settle_ms = 1000;
	run(SCRIPTS(ALL_PASS), OPTIONS(.wait_ms = 60000, .timeout_ms = 20000));
	assert_non_null(strstr(pf_buf_text(&fake.log), "settle(20000) cart.env"));
	assert_int_equal(result.duration_ms, 1000);
	pf_buf_free(&fake.log);
	run(SCRIPTS(ALL_PASS), OPTIONS(.wait_ms = 0));
	assert_null(strstr(pf_buf_text(&fake.log), "settle"));
}

static void
times_are_of_the_target(void **state)
{
	(void)state;
	run(SCRIPTS({.message = "a", CART, .takes_ms = 70}, {.message = "b", .takes_ms = 5}), OPTIONS());
	assert_int_equal(result.checks[A].duration_ms, 70);
	assert_int_equal(result.checks[B].duration_ms, 5);
	assert_int_equal(result.checks[C].duration_ms, 0);
	assert_int_equal(result.duration_ms, 75);
}

static void
failed_need_skips_with_the_reason(void **state)
{
	(void)state;
	run(SCRIPTS({.message = "a", CART}, {.verdict = PF_FAIL, .message = "refused"}), OPTIONS(CONSENT));
	assert_check(C, PF_SKIP, "not run: the cart does not serve (tcp)");
	assert_string_equal(result.checks[C].blocked_by, "tcp");
	assert_false(result.checks[C].untried);
	assert_int_equal(result.exit_code, 1);
	assert_true(result.complete);

	/* Of several that are false the first is named. */
	run(SCRIPTS({.verdict = PF_WARN, .message = "a", .facts = other, .fact_count = 1},
		    {.verdict = PF_FAIL, .message = "refused"}),
	    OPTIONS(CONSENT));
	assert_check(C, PF_SKIP, "not run: the cart does not serve (tcp)");

	run(SCRIPTS({.verdict = PF_FAIL, .message = "a", CART}), OPTIONS(CONSENT));
	assert_check(B, PF_SKIP, "not run: cart.env failed");
	assert_string_equal(result.checks[B].blocked_by, "cart.env");
	/* What was itself skipped says nothing about the cart. */
	assert_check(C, PF_SKIP, "not run: tcp was not observed");
}

static void
fact_as_a_need(void **state)
{
	(void)state;
	run(SCRIPTS({.message = "a", .facts = other, .fact_count = 1}, {.message = "b"}), OPTIONS(CONSENT));
	assert_check(C, PF_SKIP, "not run: needs cart.env:thing.name");
	run(SCRIPTS({.message = "a"}, {.message = "b"}), OPTIONS(CONSENT));
	assert_check(C, PF_SKIP, "not run: cart.env:thing.name was not observed");
	assert_string_equal(result.checks[C].blocked_by, "cart.env:thing.name");
	/* A need that is false says more than an earlier one that is unknown. */
	run(SCRIPTS({.message = "a", .facts = other, .fact_count = 1}, {.verdict = PF_ERROR, .message = "b"}),
	    OPTIONS(CONSENT));
	assert_check(C, PF_SKIP, "not run: needs cart.env:thing.name");
}

static void
warning_satisfies_a_need(void **state)
{
	(void)state;
	run(SCRIPTS({.verdict = PF_WARN, .message = "a", CART}, {.message = "b"}, {.message = "c"}), OPTIONS(CONSENT));
	assert_check(C, PF_PASS, "c");
	assert_int_equal(result.verdict, PF_WARN);
	assert_int_equal(result.exit_code, 0);
}

static void
disruptive_check_needs_consent(void **state)
{
	(void)state;
	run(SCRIPTS(ALL_PASS), OPTIONS());
	assert_check(C, PF_SKIP, "needs --restart: it restarts it");
	assert_false(fake_consent.restart);
	assert_null(result.checks[C].blocked_by);
	assert_true(result.checks[C].untried);
	assert_int_equal(result.verdict, PF_SKIP);
	assert_int_equal(result.exit_code, 0);
	assert_true(result.complete);
	/* Consent would not help: the reason that would remain is given. */
	run(SCRIPTS({.message = "a", CART}, {.verdict = PF_FAIL, .message = "b"}), OPTIONS());
	assert_check(C, PF_SKIP, "not run: the cart does not serve (tcp)");
}

static void
error_is_exit_2_unless_something_failed(void **state)
{
	(void)state;
	run(SCRIPTS({.verdict = PF_ERROR, .message = "403"}), OPTIONS());
	assert_int_equal(result.verdict, PF_ERROR);
	assert_int_equal(result.exit_code, 2);
	assert_true(result.complete);
	assert_check(B, PF_SKIP, "not run: cart.env was not observed");
	run(SCRIPTS({.verdict = PF_WARN, .message = "a", CART}, {.verdict = PF_ERROR, .message = "b"},
		    {.verdict = PF_FAIL, .message = "c"}),
	    OPTIONS(CONSENT));
	assert_int_equal(result.exit_code, 2);
	run(SCRIPTS({.verdict = PF_FAIL, .message = "a", CART}, {.verdict = PF_ERROR, .message = "b"}), OPTIONS());
	assert_int_equal(result.exit_code, 1);
	assert_int_equal(result.verdict, PF_FAIL);
}

static void
strict_counts_warnings_and_skips(void **state)
{
	(void)state;
	run(SCRIPTS(ALL_PASS), OPTIONS(CONSENT, .strict = true));
	assert_int_equal(result.exit_code, 0);
	run(SCRIPTS({.verdict = PF_WARN, .message = "a", CART}, {.message = "b"}, {.message = "c"}),
	    OPTIONS(CONSENT, .strict = true));
	assert_int_equal(result.exit_code, 1);
	run(SCRIPTS(ALL_PASS), OPTIONS(.strict = true));
	assert_int_equal(result.exit_code, 1);
	run(SCRIPTS({.message = "a", CART}, {.message = "b"}, {.verdict = PF_ERROR, .message = "c"}),
	    OPTIONS(CONSENT, .strict = true));
	assert_int_equal(result.exit_code, 2);
}

static void
only_runs_what_it_names_and_what_that_needs(void **state)
{
	(void)state;
	run(SCRIPTS(ALL_PASS), OPTIONS(CONSENT, .only = IDS("tcp"), .strict = true));
	assert_check(A, PF_PASS, "a");
	assert_check(B, PF_PASS, "b");
	assert_check(C, PF_SKIP, "not selected");
	assert_true(result.checks[C].untried);
	assert_int_equal(result.verdict, PF_PASS);
	assert_int_equal(result.exit_code, 0);
	assert_true(result.complete);
	assert_null(strstr(pf_buf_text(&fake.log), "persistence"));
	assert_int_equal(result.item_verdicts[1], PF_PASS);
	assert_int_equal(result.item_verdicts[2], PF_SKIP);
	assert_string_equal(result.item_messages[2], "not selected");
}

static void
only_takes_items_and_follows_needs_all_the_way(void **state)
{
	(void)state;
	run(SCRIPTS(ALL_PASS), OPTIONS(.only = IDS("env")));
	assert_check(A, PF_PASS, "a");
	assert_check(B, PF_SKIP, "not selected");
	/* An item with one selected check is judged by that one. */
	assert_int_equal(result.item_verdicts[1], PF_PASS);
	run(SCRIPTS(ALL_PASS), OPTIONS(CONSENT, .only = IDS("persistence")));
	assert_check(A, PF_PASS, "a");
	assert_check(C, PF_PASS, "c");
}

static void
skip_wins_and_what_needs_it_is_no_failure(void **state)
{
	(void)state;
	run(SCRIPTS(ALL_PASS), OPTIONS(CONSENT, .skip = IDS("tcp"), .strict = true));
	assert_check(B, PF_SKIP, "not selected");
	assert_check(C, PF_SKIP, "not run: tcp was not observed");
	assert_int_equal(result.exit_code, 0);
	/* An item speaks with a check that was meant to run. */
	run(SCRIPTS(ALL_PASS), OPTIONS(.only = IDS("tcp"), .skip = IDS("env")));
	assert_int_equal(result.item_verdicts[1], PF_SKIP);
	assert_string_equal(result.item_messages[1], "not run: cart.env was not observed");
	run(SCRIPTS(ALL_PASS), OPTIONS(.only = IDS("works"), .skip = IDS("env", "tcp"), .strict = true));
	assert_check(A, PF_SKIP, "not selected");
	assert_int_equal(result.verdict, PF_SKIP);
	assert_int_equal(result.exit_code, 0);
}

static void
unknown_id_is_a_wrong_usage(void **state)
{
	struct pf_err err;

	(void)state;
	assert_true(pf_run_check_options(arena, &plan, OPTIONS(.only = IDS("tcp", "works"), .skip = IDS("env")), &err));
	assert_false(pf_run_check_options(arena, &plan, OPTIONS(.skip = IDS("tcp", "tpc")), &err));
	assert_int_equal(err.kind, PF_ERR_USAGE);
	assert_string_equal(err.text, "--skip: plan scene has no check or item \"tpc\"; it has: env works persistence "
				      "cart.env tcp persistence");
	run(SCRIPTS(ALL_PASS), OPTIONS(.only = IDS("tpc")));
	assert_int_equal(result.exit_code, 64);
	assert_int_equal(result.checks[A].verdict, PF_ERROR);
	assert_null(strstr(pf_buf_text(&fake.log), "cart.env"));
}

static void
items_add_up_and_speak_with_the_check_that_decides(void **state)
{
	static const struct {
		enum pf_verdict a, b, sum;
		const char *message;
	} cases[] = {
		{PF_PASS, PF_PASS, PF_PASS, "a"}, {PF_PASS, PF_SKIP, PF_SKIP, "b"},   {PF_PASS, PF_WARN, PF_WARN, "b"},
		{PF_WARN, PF_SKIP, PF_WARN, "a"}, {PF_WARN, PF_ERROR, PF_ERROR, "b"}, {PF_WARN, PF_FAIL, PF_FAIL, "b"},
		{PF_WARN, PF_WARN, PF_WARN, "a"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		run(SCRIPTS({.verdict = cases[i].a, .message = "a", CART}, {.verdict = cases[i].b, .message = "b"},
			    {0}),
		    OPTIONS(CONSENT));
		assert_int_equal(result.item_verdicts[1], cases[i].sum);
		assert_string_equal(result.item_messages[1], cases[i].message);
	}
	assert_string_equal(result.checks[C].message, "");
}

static void
end_of_time_is_an_error_for_what_is_left(void **state)
{
	(void)state;
	run(SCRIPTS({.message = "a", CART, .takes_ms = 300000}), OPTIONS(CONSENT, .timeout_ms = 300000));
	assert_check(A, PF_PASS, "a");
	assert_check(B, PF_ERROR, "the run's time (5 min) was over");
	assert_check(C, PF_ERROR, "the run's time (5 min) was over");
	assert_true(result.checks[B].untried);
	assert_false(result.complete);
	assert_false(result.interrupted);
	assert_int_equal(result.exit_code, 2);
	run(SCRIPTS({.message = "a", CART, .takes_ms = 299999}, {.message = "b"}), OPTIONS(.timeout_ms = 300000));
	assert_check(B, PF_PASS, "b");
	run(SCRIPTS({.message = "a", CART, .takes_ms = 1 << 30}, {.message = "b"}), OPTIONS(.timeout_ms = 0));
	assert_check(B, PF_PASS, "b");
}

/* ---- Signals: each in a process of its own, since the first one that comes is remembered for good ------------ */

#define EXPECT(holds)                                                                                                  \
	do {                                                                                                           \
		if (!(holds))                                                                                          \
			_exit(__LINE__ & 0x7F);                                                                        \
	} while (0)

static void
in_a_process(void (*body)(int number), int number)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		pf_signals_install();
		body(number);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0); /* else the low bits of the line */
}

/* Check NUMBER sees the signal come and cannot observe any more. */
static void
interrupt_check(int number)
{
	struct script scripts[CHECKS] = {ALL_PASS};

	scripts[number] = (struct script){.verdict = PF_ERROR, .message = "asking: interrupted", .raises = SIGINT};
	run(scripts, OPTIONS(CONSENT));
	for (int i = 0; i < CHECKS; i++) {
		EXPECT(result.checks[i].done);
		EXPECT(result.checks[i].verdict == (i < number ? PF_PASS : PF_ERROR));
		EXPECT(i < number || pf_streq(result.checks[i].message, "interrupted"));
		EXPECT(result.checks[i].untried == (i >= number));
	}
	EXPECT(result.interrupted && !result.complete && result.signal == SIGINT && result.exit_code == 130);
	EXPECT(result.verdict == PF_ERROR);
}

static void
interruption_leaves_a_result_at_each_check(void **state)
{
	(void)state;
	for (int i = 0; i < CHECKS; i++)
		in_a_process(interrupt_check, i);
}

static void
see_and_interrupt(int number)
{
	struct script scripts[CHECKS] = {ALL_PASS};

	scripts[number] = (struct script){.verdict = PF_FAIL, .message = "seen", CART, .raises = SIGTERM};
	run(scripts, OPTIONS(CONSENT));
	EXPECT(result.checks[number].verdict == PF_FAIL && pf_streq(result.checks[number].message, "seen"));
	EXPECT(result.exit_code == 143 && result.signal == SIGTERM && result.interrupted);
	EXPECT(result.complete == (number == C));
	EXPECT(result.verdict == PF_FAIL);
}

static void
what_was_seen_before_the_signal_stands(void **state)
{
	(void)state;
	in_a_process(see_and_interrupt, A);
	in_a_process(see_and_interrupt, C);
}

static void
interrupt_wait(int number)
{
	static const struct script scripts[CHECKS] = {ALL_PASS};

	fake.settle_raises = number;
	run(scripts, OPTIONS(CONSENT, .wait_ms = 1000));
	EXPECT(result.checks[A].verdict == PF_ERROR && !result.complete && result.exit_code == 128 + number);
	EXPECT(result.item_verdicts[0] == PF_ERROR && pf_streq(result.item_messages[0], "interrupted"));
	EXPECT(strstr(pf_buf_text(&fake.log), ") cart.env") == NULL);
}

static void
interruption_of_the_wait_runs_no_check(void **state)
{
	(void)state;
	in_a_process(interrupt_wait, SIGINT);
	in_a_process(interrupt_wait, SIGTERM);
}

/* ---- Events ----------------------------------------------------------------------------------------------- */

static void
on_started(void *context, const struct pf_plan_check *check)
{
	pf_buf_printf(context, "start %s; ", check->id);
}

static void
on_done(void *context, const struct pf_check_result *done)
{
	pf_buf_printf(context, "%s %s; ", done->check->id, pf_verdict_name(done->verdict));
}

static void
on_waiting(void *context, const char *what, int64_t left_ms)
{
	pf_buf_printf(context, "wait %s %lld; ", what, (long long)left_ms);
}

static void
events_follow_the_plan(void **state)
{
	PF_AUTO_BUF log = PF_BUF(4096);
	struct pf_run_events events = {&log, on_started, on_done, on_waiting};

	(void)state;
	fake.scripts = SCRIPTS(ALL_PASS);
	pf_run(arena, NULL, &plan, OPTIONS(.wait_ms = 100), &events, &result);
	assert_string_equal(pf_buf_text(&log), "wait pod/x: ContainerCreating 100; start cart.env; cart.env pass; "
					       "start tcp; tcp pass; persistence skip; ");
	pf_run(arena, NULL, &plan, OPTIONS(.wait_ms = 100), &(struct pf_run_events){0}, &result);
}

static void
notes_are_gathered(void **state)
{
	static const char *const words[] = {"carts are deleted at the next start"};
	static const struct pf_fact facts[] = {{.desc = NOTES, .list = words, .list_len = 1}};

	(void)state;
	run(SCRIPTS({.message = "", .facts = facts, .fact_count = 1}), OPTIONS());
	assert_string_equal(result.notes[0], words[0]);
	assert_null(result.notes[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fake, close_fake)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(healthy_run_passes),
		TEST(every_round_is_foreseen_before_anything_runs),
		TEST(waiting_never_takes_more_than_the_run_has),
		TEST(times_are_of_the_target),
		TEST(failed_need_skips_with_the_reason),
		TEST(fact_as_a_need),
		TEST(warning_satisfies_a_need),
		TEST(disruptive_check_needs_consent),
		TEST(error_is_exit_2_unless_something_failed),
		TEST(strict_counts_warnings_and_skips),
		TEST(only_runs_what_it_names_and_what_that_needs),
		TEST(only_takes_items_and_follows_needs_all_the_way),
		TEST(skip_wins_and_what_needs_it_is_no_failure),
		TEST(unknown_id_is_a_wrong_usage),
		TEST(items_add_up_and_speak_with_the_check_that_decides),
		TEST(end_of_time_is_an_error_for_what_is_left),
		TEST(interruption_leaves_a_result_at_each_check),
		TEST(what_was_seen_before_the_signal_stands),
		TEST(interruption_of_the_wait_runs_no_check),
		TEST(events_follow_the_plan),
		TEST(notes_are_gathered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
