/* A command of a report, pasted where another cluster is the shell's own, must still mean the one that was judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/str.h>

#include "run/name_cluster.h"

static int
open_arena(void **state)
{
	*state = pf_arena_new();
	return 0;
}

static int
close_arena(void **state)
{
	pf_arena_free(*state);
	return 0;
}

/* TEXT as the one fix and as the one check's message of a result. */
static struct pf_result
result_with(struct pf_arena *arena, bool is_command, const char *text)
{
	struct pf_fix_text *fix = pf_alloc(arena, sizeof(struct pf_fix_text));
	struct pf_cause *cause = pf_alloc(arena, sizeof(struct pf_cause));
	struct pf_plan *plan = pf_alloc(arena, sizeof(struct pf_plan));
	struct pf_check_result *check = pf_alloc(arena, sizeof(struct pf_check_result));

	*fix = (struct pf_fix_text){is_command, text, false};
	*cause = (struct pf_cause){.fixes = fix, .fix_count = 1};
	*plan = (struct pf_plan){.check_count = 1};
	*check = (struct pf_check_result){.message = text};
	return (struct pf_result){.plan = plan, .checks = check, .diagnosis = {.causes = cause, .cause_count = 1}};
}

static void
every_kubectl_of_a_command_is_told(void **state)
{
	static const struct {
		const char *before, *after;
	} table[] = {
		{"kubectl -n a get pods", "kubectl F -n a get pods"},
		{"kubectl -n a delete service b && kubectl -n a expose deploy b",
		 "kubectl F -n a delete service b && kubectl F -n a expose deploy b"},
		{"kubectl -n a set env deploy/b 'X=kubectl -n' \"Y=kubectl -n\" Z=\\'kubectl",
		 "kubectl F -n a set env deploy/b 'X=kubectl -n' \"Y=kubectl -n\" Z=\\'kubectl"},
		{"kubectl -n a set env deploy/b X='it'\\''s kubectl -n'",
		 "kubectl F -n a set env deploy/b X='it'\\''s kubectl -n'"},
		{"mykubectl -n a", "mykubectl -n a"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct pf_result result = result_with(*state, true, table[i].before);

		pf_name_cluster(*state, "F", &result);
		assert_string_equal(result.diagnosis.causes[0].fixes[0].text, table[i].after);
		assert_true(result.diagnosis.causes[0].fixes[0].is_command);
	}
}

static void
prose_and_messages_are_told_too(void **state)
{
	struct pf_result result = result_with(*state, false, "it's so: kubectl -n a logs b (kubectl get ns a)");
	const char *expected = "it's so: kubectl F -n a logs b (kubectl F get ns a)";

	pf_name_cluster(*state, "F", &result);
	assert_string_equal(result.diagnosis.causes[0].fixes[0].text, expected);
	assert_string_equal(result.checks[0].message, expected);
}

static void
where_nothing_was_said_nothing_is_added(void **state)
{
	static const char *const none[] = {NULL, ""};

	for (size_t i = 0; i < 2; i++) {
		struct pf_result result = result_with(*state, true, "kubectl -n a get pods");

		pf_name_cluster(*state, none[i], &result);
		assert_string_equal(result.diagnosis.causes[0].fixes[0].text, "kubectl -n a get pods");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_kubectl_of_a_command_is_told, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(prose_and_messages_are_told_too, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(where_nothing_was_said_nothing_is_added, open_arena, close_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
