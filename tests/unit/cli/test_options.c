/* The options of `run`: what each leaves behind, what a wrong word is told, and that the manual knows them all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/file.h>
#include <postflight/str.h>

#include "cli/run_flags.h"

#define MAX_WORDS 32

static struct pf_arena *arena;
static struct pf_run_flags flags;
static char **operands;
static bool help;
static struct pf_err err;

static int
begin(void **state)
{
	(void)state;
	arena = pf_arena_new();
	flags = PF_RUN_FLAGS;
	err = (struct pf_err){0};
	return 0;
}

static int
end(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

/* LINE is split at spaces; "run" is put in front of it. */
static bool
parse(const char *line)
{
	char **argv = pf_alloc_array(arena, MAX_WORDS + 2, sizeof *argv);
	int argc = 0;

	argv[argc++] = pf_strdup(arena, "run");
	while (*line != '\0' && argc <= MAX_WORDS) {
		size_t len = strcspn(line, " ");
		argv[argc++] = pf_strndup(arena, line, len);
		line += len + (line[len] == ' ');
	}
	return pf_options_parse(arena, pf_run_option_table, argc, argv, &flags, &operands, &help, &err);
}

static void
options_leave_their_values(void **state)
{
	(void)state;
	assert_true(parse("-n shop --context=kind --as-group a --as-group b --wait 1m30s -q --only x,y --only z --set "
			  "a=b=c -o json"));
	assert_string_equal(flags.namespace_, "shop");
	assert_string_equal(flags.context, "kind");
	assert_string_equal(flags.as_groups[0], "a");
	assert_string_equal(flags.as_groups[1], "b");
	assert_null(flags.as_groups[2]);
	assert_int_equal(flags.wait_ms, 90000);
	assert_int_equal(flags.timeout_ms, -1);
	assert_true(flags.quiet);
	assert_false(flags.verbose);
	assert_string_equal(flags.only[0], "x");
	assert_string_equal(flags.only[1], "y");
	assert_string_equal(flags.only[2], "z");
	assert_null(flags.only[3]);
	assert_string_equal(flags.set[0], "a=b=c");
	assert_string_equal(flags.outputs[0], "json");
	assert_null(operands[0]);
}

static void
plan_may_stand_between_options(void **state)
{
	(void)state;
	assert_true(parse("-q plan.json --strict"));
	assert_string_equal(operands[0], "plan.json");
	assert_null(operands[1]);
	assert_true(flags.strict);
}

static void
double_dash_ends_options(void **state)
{
	(void)state;
	assert_true(parse("-- -q"));
	assert_string_equal(operands[0], "-q");
	assert_false(flags.quiet);
}

static void
restart_without_a_word_is_a_rollout(void **state)
{
	(void)state;
	assert_true(parse("--restart plan.json"));
	assert_string_equal(flags.restart, "rollout");
	assert_string_equal(operands[0], "plan.json");
	assert_true(parse("--restart=pod"));
	assert_string_equal(flags.restart, "pod");
}

static void
last_of_two_values_wins(void **state)
{
	(void)state;
	assert_true(parse("-n a -n b"));
	assert_string_equal(flags.namespace_, "b");
}

static void
help_is_told_apart(void **state)
{
	(void)state;
	assert_true(parse("-h"));
	assert_true(help);
	assert_true(parse("-q"));
	assert_false(help);
}

static void
wrong_words_are_named(void **state)
{
	static const struct {
		const char *line;
		const char *told;
	} wrong[] = {
		{"--namspace x", "unknown option --namspace; did you mean --namespace?"},
		{"--frobnicate", "unknown option --frobnicate; --help lists them"},
		{"--outptu=json", "unknown option --outptu; did you mean --output?"},
		{"-x", "unknown option -x; --help lists them"},
		{"-qx", "unknown option -x; --help lists them"},
		{"-n", "--namespace needs NS"},
		{"--context", "--context needs NAME"},
		{"--context=", "--context is empty; it needs NAME"},
		{"--strict=yes", "--strict takes no value"},
		{"--help=me", "--help takes no value"},
		{"--color blue", "--color \"blue\" is none of: auto always never"},
		{"--restart=gently", "--restart \"gently\" is none of: rollout pod"},
		{"--wait 10", "--wait \"10\" is no duration; write 500ms, 10s, 3m or 1m30s"},
		{"--timeout -1s", "--timeout \"-1s\" is no duration; write 500ms, 10s, 3m or 1m30s"},
		{"--only a,,b", "--only \"a,,b\": an id is missing; write --only ID,..."},
		{"--only a,", "--only \"a,\": an id is missing; write --only ID,..."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_false(parse(wrong[i].line));
		assert_int_equal(err.kind, PF_ERR_USAGE);
		assert_string_equal(err.text, wrong[i].told);
	}
}

/* ---- The manual ------------------------------------------------------------------------------------------- */

/* "Fl n , Fl -namespace" or "Fl -context": how the manual introduces an option. */
static char *
introduction(const struct pf_option *option)
{
	return option->letter != 0 ? pf_printf(arena, ".It Fl %c , Fl -%s", option->letter, option->name)
				   : pf_printf(arena, ".It Fl -%s", option->name);
}

/* True when LINE introduces OPTION and not one whose name is longer. */
static bool
introduces(const char *line, const struct pf_option *option)
{
	const char *wanted = introduction(option);
	size_t len = strlen(wanted);

	return strncmp(line, wanted, len) == 0 && (line[len] == ' ' || line[len] == '\n');
}

static void
manual_has_each_option_and_no_other(void **state)
{
	bool found[64] = {false};
	char *manual;
	size_t len, count = 0;

	(void)state;
	if (!pf_file_read(arena, "man/postflight.1", 1 << 20, &manual, &len, &err))
		fail_msg("%s", err.text);
	while (pf_run_option_table[count].name != NULL)
		count++;
	assert_true(count <= sizeof found);
	for (char *line = strstr(manual, ".It Fl "); line != NULL; line = strstr(line + 1, ".It Fl ")) {
		size_t i = 0;
		while (i < count && !introduces(line, &pf_run_option_table[i]))
			i++;
		if (i == count)
			fail_msg("no option is \"%.*s\"", (int)strcspn(line, "\n"), line);
		if (found[i])
			fail_msg("--%s stands in the manual twice", pf_run_option_table[i].name);
		found[i] = true;
	}
	for (size_t i = 0; i < count; i++) {
		if (!found[i])
			fail_msg("the manual lacks --%s", pf_run_option_table[i].name);
	}
}

static void
each_option_has_help_and_a_heading_above_it(void **state)
{
	(void)state;
	assert_non_null(pf_run_option_table[0].group);
	for (const struct pf_option *option = pf_run_option_table; option->name != NULL; option++) {
		assert_true(strlen(option->help) > 0);
		assert_true((option->form == PF_OPT_FLAG) == (option->argument == NULL));
		for (const struct pf_option *other = option + 1; other->name != NULL; other++) {
			assert_string_not_equal(option->name, other->name);
			assert_true(option->letter == 0 || option->letter != other->letter);
			assert_true(option->into != other->into);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(options_leave_their_values, begin, end),
		cmocka_unit_test_setup_teardown(plan_may_stand_between_options, begin, end),
		cmocka_unit_test_setup_teardown(double_dash_ends_options, begin, end),
		cmocka_unit_test_setup_teardown(restart_without_a_word_is_a_rollout, begin, end),
		cmocka_unit_test_setup_teardown(last_of_two_values_wins, begin, end),
		cmocka_unit_test_setup_teardown(help_is_told_apart, begin, end),
		cmocka_unit_test_setup_teardown(wrong_words_are_named, begin, end),
		cmocka_unit_test_setup_teardown(manual_has_each_option_and_no_other, begin, end),
		cmocka_unit_test_setup_teardown(each_option_has_help_and_a_heading_above_it, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
