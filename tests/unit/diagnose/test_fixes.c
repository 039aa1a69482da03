/* What is offered for pasting is run by a real shell here: a value must never be more than itself. */
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <postflight/buf.h>
#include <postflight/str.h>

#include "scene.h"

#include "probe/env_fix.h"

static struct pf_arena *arena;

/* What the last call of pf_env_fix was given, and what it answers. */
static struct {
	unsigned calls;
	const char *container;
	const char *value;
	bool knows;
} env_fix;

bool
pf_env_fix(struct pf_session *session, struct pf_arena *arena_, const char *namespace_, const char *deployment,
	   const char *container, const char *const *names, const char *const *values, size_t count,
	   const struct pf_env_fix_text **out, size_t *out_count)
{
	static const struct pf_env_fix_text texts[] = {{true, "kubectl edit configmap/cart"}, {false, "helm owns it"}};

	(void)session, (void)arena_, (void)namespace_, (void)deployment, (void)names, (void)count;
	env_fix.calls++;
	env_fix.container = container;
	env_fix.value = values[0];
	if (!env_fix.knows)
		return false;
	*out = texts;
	*out_count = 2;
	return true;
}

static int
open_arena(void **state)
{
	(void)state;
	arena = pf_arena_new();
	memset(&env_fix, 0, sizeof(env_fix));
	return 0;
}

static int
close_arena(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

static struct pf_cause
diagnose(const struct pf_fix *fixes, size_t count, const char *value, struct pf_session *session)
{
	const struct pf_mode mode = {.id = "m", .title = "", .fixes = fixes, .fix_count = count};
	const struct pf_plan plan = PLAN(.modes = &mode, .mode_count = 1);
	const struct pf_check_result results[CHECKS] = {
		[A] = SAW(PF_FAIL, "", FACTS(TEXT_FACT(NAME, value), LIST_FACT(WORDS, "a", "b c"))),
		[B] = SAW(PF_SKIP, ""),
		[C] = SAW(PF_SKIP, ""),
	};
	struct pf_diagnosis found;

	pf_diagnose(arena, &plan, session, "retail-store", results, &found);
	return found.causes[0];
}

static struct pf_fix_text
command(const char *template, const char *value)
{
	const struct pf_fix fix = {.kind = PF_FIX_COMMAND, .text = template};
	struct pf_cause cause = diagnose(&fix, 1, value, NULL);

	assert_int_equal(cause.fix_count, 1);
	return cause.fixes[0];
}

/* The output of SCRIPT, which sh must end without an error. */
static const char *
run_by_shell(const char *script)
{
	char *const argv[] = {"sh", "-euc", (char *)(uintptr_t)script, NULL};
	char *const no_environment[] = {NULL};
	posix_spawn_file_actions_t actions;
	PF_AUTO_BUF out = PF_BUF(1 << 20);
	char chunk[4096];
	ssize_t n;
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	assert_int_equal(posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, no_environment), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	while ((n = read(ends[0], chunk, sizeof(chunk))) > 0)
		pf_buf_add(&out, chunk, (size_t)n);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return pf_strdup(arena, pf_buf_text(&out));
}

static const char *const hostile[] = {
	"plain",
	"; rm -rf /",
	"a b",
	"it's",
	"say \"hi\"",
	"$(touch x)`touch x`",
	"$HOME ${HOME} !!",
	"a\\b\\\\",
	"'; echo no; '",
	"\"; echo no; \"",
	"~root *",
	"# no",
	"a&b|c>d<e",
	"Grüße",
	"",
};

static void
value_is_one_word_wherever_it_stands(void **state)
{
	static const struct {
		const char *template, *before, *after;
	} places[] = {
		{"printf [%s] ${cart.env:thing.name}", "[", "]"},
		{"printf [%s] deploy/${cart.env:thing.name}", "[deploy/", "]"},
		{"printf [%s] 'x ${cart.env:thing.name} y'", "[x ", " y]"},
		{"printf [%s] \"x ${cart.env:thing.name} y\"", "[x ", " y]"},
		{"printf [%s] 'it'\\''s ${cart.env:thing.name}'", "[it's ", "]"},
		{"printf [%s] \\'${cart.env:thing.name}\\\"", "['", "\"]"},
		{"printf [%s] \"\\\"${cart.env:thing.name}\"", "[\"", "]"},
		{"printf [%s] '$$x'${cart.env:thing.name}", "[$x", "]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		for (size_t j = 0; j < sizeof(hostile) / sizeof(*hostile); j++) {
			struct pf_fix_text fix = command(places[i].template, hostile[j]);
			const char *expected =
				pf_printf(arena, "%s%s%s", places[i].before, hostile[j], places[i].after);

			assert_true(fix.is_command);
			assert_string_equal(run_by_shell(fix.text), expected);
		}
	}
}

static void
harmless_value_leaves_the_command_as_written(void **state)
{
	(void)state;
	assert_string_equal(command("kubectl -n ${namespace} patch '{\"n\": \"${cart.env:thing.name}\"}'", "cart").text,
			    "kubectl -n retail-store patch '{\"n\": \"cart\"}'");
}

static void
value_in_a_json_string_stays_in_it(void **state)
{
	const char *template = "printf %s '{\"a\": \"${cart.env:thing.name}\", \"b\": ${cart.env:thing.name}}'";

	(void)state;
	assert_string_equal(run_by_shell(command(template, "x\", \"c\": \"it's\\").text),
			    "{\"a\": \"x\\\", \\\"c\\\": \\\"it's\\\\\", \"b\": x\", \"c\": \"it's\\}");
}

static void
what_cannot_be_pasted_becomes_an_instruction(void **state)
{
	static const char *const unfit[] = {"two\nlines", "\033[201~rm", "tab\there",
					    "\xc2\x9b"
					    "31m",
					    "\xe2\x80\xae"
					    "abc"};

	(void)state;
	for (size_t i = 0; i < sizeof(unfit) / sizeof(*unfit); i++) {
		struct pf_fix_text fix = command("set '${cart.env:thing.name}'", unfit[i]);

		assert_false(fix.is_command);
		assert_string_equal(fix.text, "fill in NAME (its value cannot stand in a command) and run: set 'NAME'");
	}
	static char huge[8000];
	memset(huge, 'x', sizeof(huge) - 1);
	assert_false(command("set ${cart.env:thing.name}", huge).is_command);
}

static void
value_is_no_option(void **state)
{
	(void)state;
	assert_false(command("kubectl get pod ${cart.env:thing.name}", "--token=x").is_command);
	assert_false(command("${cart.env:thing.name}", "-x").is_command);
	assert_true(command("kubectl get pod/${cart.env:thing.name}", "-x").is_command);
	assert_true(command("kubectl set env X='${cart.env:thing.name}'", "-x").is_command);
}

static void
unobserved_value_is_left_open_once(void **state)
{
	struct pf_fix_text fix = command("x ${tcp:thing.port} ${tcp:thing.port} ${persistence:thing.name}", "x");

	(void)state;
	assert_false(fix.is_command);
	assert_string_equal(fix.text, "fill in PORT (not observed), NAME (not observed) and run: x PORT PORT NAME");
}

static void
list_is_joined_for_the_shell(void **state)
{
	(void)state;
	assert_string_equal(command("x ${cart.env:thing.words}", "").text, "x 'a,b c'");
}

static void
only_fixes_whose_condition_holds_are_given(void **state)
{
	const struct pf_fix fixes[] = {
		{.kind = PF_FIX_COMMAND, .text = "one"},
		{.kind = PF_FIX_COMMAND, .text = "two", .when = NO},
		{.kind = PF_FIX_COMMAND, .text = "three", .when = DUNNO},
		{.kind = PF_FIX_INSTRUCTION, .text = "four ${cart.env:thing.name}", .when = YES},
	};
	struct pf_cause cause = diagnose(fixes, 4, "cart", NULL);

	(void)state;
	assert_int_equal(cause.fix_count, 2);
	assert_string_equal(cause.fixes[0].text, "one");
	assert_string_equal(cause.fixes[1].text, "four cart");
	assert_false(cause.fixes[1].is_command);
}

#define SET_ENV(...)                                                                                                   \
	(const struct pf_fix)                                                                                          \
	{                                                                                                              \
		.kind = PF_FIX_SET_ENV, .deployment = "cart-deployment", .names = TEXTS_OF("ENDPOINT", "OLD"),         \
		.values = TEXTS_OF("${cart.env:thing.name}", NULL), .count = 2, __VA_ARGS__                            \
	}

static void
set_env_without_objects_is_kubectl_set_env(void **state)
{
	const struct pf_fix fix = SET_ENV(.container = "cart");

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		struct pf_cause cause = diagnose(&fix, 1, hostile[i], NULL);
		const char *script = pf_printf(arena, "kubectl() { printf '[%%s]' \"$@\"; }; %s", cause.fixes[0].text);

		assert_true(cause.fixes[0].is_command);
		assert_string_equal(run_by_shell(script),
				    pf_printf(arena,
					      "[-n][retail-store][set][env][deploy/cart-deployment]"
					      "[-c][cart][ENDPOINT=%s][OLD-]",
					      hostile[i]));
	}
	assert_int_equal(env_fix.calls, 0);
}

static void
set_env_names_no_container_where_the_plan_names_none(void **state)
{
	const struct pf_fix none = SET_ENV(.container = NULL), empty = SET_ENV(.container = "");

	(void)state;
	assert_string_equal(diagnose(&none, 1, "x", NULL).fixes[0].text,
			    "kubectl -n retail-store set env deploy/cart-deployment ENDPOINT=x OLD-");
	assert_string_equal(diagnose(&empty, 1, "x", NULL).fixes[0].text,
			    "kubectl -n retail-store set env deploy/cart-deployment ENDPOINT=x OLD-");
}

static void
set_env_follows_the_winning_source_when_it_is_known(void **state)
{
	const struct pf_fix fix = SET_ENV(.container = "cart");
	struct pf_session *session = (struct pf_session *)(uintptr_t)arena;
	struct pf_cause cause;

	(void)state;
	env_fix.knows = true;
	cause = diagnose(&fix, 1, "it's", session);
	assert_int_equal(env_fix.calls, 1);
	assert_string_equal(env_fix.container, "cart");
	assert_string_equal(env_fix.value, "it's");
	assert_int_equal(cause.fix_count, 2);
	assert_true(cause.fixes[0].is_command);
	assert_string_equal(cause.fixes[0].text, "kubectl edit configmap/cart");
	assert_false(cause.fixes[1].is_command);
	env_fix.knows = false;
	cause = diagnose(&fix, 1, "x", session);
	assert_int_equal(cause.fix_count, 1);
	assert_non_null(strstr(cause.fixes[0].text, "set env deploy/cart-deployment -c cart ENDPOINT=x OLD-"));
}

static void
set_env_with_a_gap_is_an_instruction(void **state)
{
	const struct pf_fix fix = SET_ENV(.container = "${tcp:thing.words}");
	struct pf_cause cause = diagnose(&fix, 1, "x\ny", (struct pf_session *)(uintptr_t)arena);

	(void)state;
	assert_int_equal(env_fix.calls, 0);
	assert_false(cause.fixes[0].is_command);
	assert_string_equal(
		cause.fixes[0].text,
		"fill in NAME (its value cannot stand in a command), WORDS (not observed) and run: kubectl -n "
		"retail-store set env deploy/cart-deployment -c WORDS ENDPOINT=NAME OLD-");
}

static void
set_env_finds_a_container_that_no_check_named(void **state)
{
	const struct pf_fix fix = SET_ENV(.container = "${tcp:thing.words}");
	struct pf_session *session = (struct pf_session *)(uintptr_t)arena;

	(void)state;
	env_fix.knows = true;
	assert_true(diagnose(&fix, 1, "x", session).fixes[0].is_command);
	assert_null(env_fix.container);
	/* kubectl alone would change every container: it must be named. */
	env_fix.knows = false;
	assert_string_equal(diagnose(&fix, 1, "x", session).fixes[0].text,
			    "fill in WORDS (not observed) and run: kubectl -n retail-store set env "
			    "deploy/cart-deployment -c WORDS ENDPOINT=x OLD-");
}

/* A reader who takes an alternative for a step undoes what the step before it did. */
static void
alternative_begins_another_way(void **state)
{
	const struct pf_fix fixes[] = {
		{.kind = PF_FIX_COMMAND, .text = "no", .when = NO},
		{.kind = PF_FIX_COMMAND, .text = "one", .alternative = true},
		{.kind = PF_FIX_COMMAND, .text = "two"},
		{.kind = PF_FIX_INSTRUCTION, .text = "three", .alternative = true},
	};
	struct pf_cause cause = diagnose(fixes, 4, "cart", NULL);

	(void)state;
	assert_int_equal(cause.fix_count, 3);
	assert_false(cause.fixes[0].alternative);
	assert_false(cause.fixes[1].alternative);
	assert_true(cause.fixes[2].alternative);
}

static void
who_else_writes_the_object_is_said_once(void **state)
{
	const struct pf_fact_ref manager = {A, NAME}, unseen = {C, NAME};
	const struct pf_fix fixes[] = {
		{.kind = PF_FIX_COMMAND, .text = "one", .managed_by = &manager},
		{.kind = PF_FIX_COMMAND, .text = "two", .managed_by = &manager},
		{.kind = PF_FIX_COMMAND, .text = "three", .managed_by = &unseen},
	};
	const struct pf_mode mode = {.id = "m", .title = "", .fixes = fixes, .fix_count = 3};
	const struct pf_plan plan = PLAN(.modes = &mode, .mode_count = 1);
	struct pf_fact fact = TEXT_FACT(NAME, "Helm release shop");
	struct pf_diagnosis found;

	(void)state;
	fact.evidence = EVIDENCE("service/db", NULL, NULL, NULL);
	const struct pf_check_result results[CHECKS] = {
		[A] = SAW(PF_FAIL, "", FACTS(fact)),
		[B] = SAW(PF_SKIP, ""),
		[C] = SAW(PF_SKIP, ""),
	};
	pf_diagnose(arena, &plan, NULL, "retail-store", results, &found);
	assert_int_equal(found.causes[0].fix_count, 4);
	assert_true(pf_starts_with(found.causes[0].fixes[1].text, "service/db is managed by Helm release shop: "));
	assert_string_equal(found.causes[0].fixes[2].text, "two");
	assert_string_equal(found.causes[0].fixes[3].text, "three");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(value_is_one_word_wherever_it_stands, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(harmless_value_leaves_the_command_as_written, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(value_in_a_json_string_stays_in_it, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(what_cannot_be_pasted_becomes_an_instruction, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(value_is_no_option, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(unobserved_value_is_left_open_once, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(list_is_joined_for_the_shell, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(only_fixes_whose_condition_holds_are_given, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(set_env_without_objects_is_kubectl_set_env, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(set_env_names_no_container_where_the_plan_names_none, open_arena,
						close_arena),
		cmocka_unit_test_setup_teardown(set_env_follows_the_winning_source_when_it_is_known, open_arena,
						close_arena),
		cmocka_unit_test_setup_teardown(set_env_with_a_gap_is_an_instruction, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(set_env_finds_a_container_that_no_check_named, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(alternative_begins_another_way, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(who_else_writes_the_object_is_said_once, open_arena, close_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
