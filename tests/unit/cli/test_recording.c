/* What a recording remembers of its run comes back in a replay, and gives way to what is said anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>

#include "cli/cluster_flags.h"
#include "cli/recording.h"

static struct pf_arena *arena;

static const struct pf_plan own_plan = {
	.name = "mine",
	.digest = "0123456789abcdef",
	.source = "mine.json",
	.text = "{\"plan\": \"mine\"}",
};

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

/* Through text, as in a file. */
static cJSON *
kept(const struct pf_run_flags *flags)
{
	struct pf_err err = {0};
	const char *text = pf_json_print(arena, pf_recording_options(arena, flags, &own_plan, false), true);
	cJSON *options = pf_json_parse(arena, text, strlen(text), &err);

	assert_non_null(options);
	return options;
}

static void
everything_that_decides_a_verdict_comes_back(void **state)
{
	struct pf_run_flags flags = PF_RUN_FLAGS, replay = PF_RUN_FLAGS;

	(void)state;
	flags.set = pf_words_add(arena, NULL, "cart=carts");
	flags.only = pf_words_add(arena, NULL, "dns");
	flags.skip = pf_words_add(arena, NULL, "tcp");
	flags.restart = "pod";
	flags.allow_data_loss = true;
	flags.strict = true;
	flags.wait_ms = 0;
	flags.timeout_ms = 7000;
	flags.since_ms = 90000;
	pf_recording_merge(arena, kept(&flags), &replay);
	assert_string_equal(replay.set[0], "cart=carts");
	assert_string_equal(replay.only[0], "dns");
	assert_string_equal(replay.skip[0], "tcp");
	assert_string_equal(replay.restart, "pod");
	assert_true(replay.allow_data_loss);
	assert_true(replay.strict);
	assert_int_equal(replay.wait_ms, 0);
	assert_int_equal(replay.timeout_ms, 7000);
	assert_int_equal(replay.since_ms, 90000);
}

/* A fix pasted into another cluster's shell would change that one. */
static void
commands_name_the_cluster_as_the_command_line_did(void **state)
{
	struct pf_run_flags flags = PF_RUN_FLAGS, replay = PF_RUN_FLAGS;
	const char *words =
		"--kubeconfig 'my config' --context prod --user dev --server https://x:1 --token \"$(cat /t)\"";

	(void)state;
	assert_string_equal(pf_cluster_flags(arena, &flags, "https://x:1"), "");
	flags.kubeconfig = "my config";
	flags.context = "prod";
	flags.user = "dev";
	flags.cluster = "two\nlines";
	flags.server = "https://secret@x:1";
	flags.token_file = "/t";
	flags.as_user = "reader";
	assert_string_equal(pf_cluster_flags(arena, &flags, "https://x:1"), words);
	replay.context = "another";
	pf_recording_merge(arena, kept(&flags), &replay);
	assert_string_equal(pf_cluster_flags(arena, &replay, "https://x:1"), words);
	assert_null(strstr(pf_json_print(arena, kept(&flags), false), "secret"));
}

static void
what_was_not_said_stays_open(void **state)
{
	struct pf_run_flags flags = PF_RUN_FLAGS, replay = PF_RUN_FLAGS;

	(void)state;
	pf_recording_merge(arena, kept(&flags), &replay);
	assert_null(replay.only);
	assert_null(replay.restart);
	assert_int_equal(replay.wait_ms, -1);
	assert_int_equal(replay.since_ms, -1);
	assert_false(replay.strict);
}

static void
what_is_said_anew_counts(void **state)
{
	struct pf_run_flags flags = PF_RUN_FLAGS, replay = PF_RUN_FLAGS;

	(void)state;
	flags.set = pf_words_add(arena, NULL, "cart=old");
	flags.only = pf_words_add(arena, NULL, "dns");
	flags.wait_ms = 1;
	replay.set = pf_words_add(arena, NULL, "cart=new");
	replay.only = pf_words_add(arena, NULL, "tcp");
	replay.wait_ms = 2;
	pf_recording_merge(arena, kept(&flags), &replay);
	/* The last assignment to a variable is the one in force. */
	assert_string_equal(replay.set[0], "cart=old");
	assert_string_equal(replay.set[1], "cart=new");
	assert_string_equal(replay.only[0], "tcp");
	assert_null(replay.only[1]);
	assert_int_equal(replay.wait_ms, 2);
}

static void
plan_of_the_user_goes_along(void **state)
{
	struct pf_run_flags flags = PF_RUN_FLAGS;

	(void)state;
	const cJSON *options = kept(&flags);
	assert_string_equal(PF_STRING_AT(options, "plan", "text"), own_plan.text);
	assert_string_equal(PF_STRING_AT(options, "plan", "source"), "mine.json");
}

static void
damaged_options_are_as_if_nothing_was_said(void **state)
{
	static const char *const damaged[] = {"null", "[]",
					      "{\"set\":7,\"only\":[1,{}],\"waitMs\":\"x\",\"strict\":3}"};

	(void)state;
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		struct pf_run_flags replay = PF_RUN_FLAGS;
		struct pf_err err = {0};
		cJSON *options = pf_json_parse(arena, damaged[i], strlen(damaged[i]), &err);
		pf_recording_merge(arena, options, &replay);
		assert_null(replay.only);
		assert_int_equal(replay.wait_ms, -1);
		assert_false(replay.strict);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(everything_that_decides_a_verdict_comes_back, begin, end),
		cmocka_unit_test_setup_teardown(commands_name_the_cluster_as_the_command_line_did, begin, end),
		cmocka_unit_test_setup_teardown(what_was_not_said_stays_open, begin, end),
		cmocka_unit_test_setup_teardown(what_is_said_anew_counts, begin, end),
		cmocka_unit_test_setup_teardown(plan_of_the_user_goes_along, begin, end),
		cmocka_unit_test_setup_teardown(damaged_options_are_as_if_nothing_was_said, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
