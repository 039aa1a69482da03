/* The whole program, as a shell sees it: exit status, standard output, standard error. No cluster is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "cli/cli.h"
#include "program.h"

/* How many items the built-in plan's checklist has. */
static int
item_count(void)
{
	struct pf_err err = {0};
	struct outcome shown = postflight("plan show");

	return cJSON_GetArraySize(PF_AT(pf_json_parse(arena, shown.out, strlen(shown.out), &err), "checklist"));
}

/* One document with an error for each item, all with the same sentence, and the status that the process had. */
static void
assert_failed_start(const char *text, int status, const char *sentence)
{
	struct pf_err err = {0};
	const cJSON *item, *report = pf_json_parse(arena, text, strlen(text), &err);

	if (report == NULL)
		fail_msg("%s in: %s", err.text, text);
	assert_true(item_count() > 0);
	assert_int_equal(cJSON_GetArraySize(PF_AT(report, "checklist")), item_count());
	cJSON_ArrayForEach(item, PF_AT(report, "checklist"))
	{
		assert_string_equal(PF_STRING_AT(item, "verdict"), "error");
		assert_non_null(strstr(PF_STRING_AT(item, "message"), sentence));
	}
	assert_string_equal(PF_STRING_AT(report, "verdict"), "error");
	assert_int_equal(PF_INT_AT(report, -1, "exitCode"), status);
}

static void
no_word_is_wrong_usage(void **state)
{
	(void)state;
	struct outcome outcome = postflight("");
	assert_int_equal(outcome.status, 64);
	assert_string_equal(outcome.out, "");
	assert_non_null(strstr(outcome.err, "postflight run"));
}

static void
wrong_words_end_with_64_and_one_line(void **state)
{
	static const struct {
		const char *line;
		const char *told;
	} wrong[] = {
		{"rnu", "did you mean \"run\"?"},
		{"frobnicate x", "unknown command \"frobnicate\""},
		{"logs a b", "does not know what to do with \"b\""},
		{"logs -q -v", "contradict"},
		{"--verbose", "unknown option \"--verbose\""},
		{"run --namspace x", "did you mean --namespace?"},
		{"run a b", "does not know what to do with \"b\""},
		{"run -o xml", "unknown report format \"xml\""},
		{"run -o json -o text", "standard output"},
		{"run -q -v", "contradict"},
		{"run --record a --replay b", "cannot be used together"},
		{"run --timeout 0s", "no time to ask"},
		{"run --only nothing", "nothing"},
		{"run --set nothing", "nothing"},
		{"list mods", "did you mean modes?"},
		{"explain", "needs the ID"},
		{"explain endpoint-prot", "did you mean endpoint-port?"},
		{"plan", "validate FILE or show"},
		{"plan validate", "needs a FILE"},
		{"schema", "plan or report"},
		{"help rnu", "unknown command"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct outcome outcome = postflight(wrong[i].line);
		if (outcome.status != 64 || strstr(outcome.err, wrong[i].told) == NULL)
			fail_msg("%s: status %d, %s", wrong[i].line, outcome.status, outcome.err);
		assert_string_equal(outcome.out, "");
		assert_ptr_equal(strchr(outcome.err, '\n'), outcome.err + strlen(outcome.err) - 1);
	}
}

static void
help_names_every_command(void **state)
{
	(void)state;
	struct outcome outcome = postflight("--help");
	assert_int_equal(outcome.status, 0);
	for (size_t i = 0; pf_commands[i] != NULL; i++) {
		assert_non_null(strstr(outcome.out, pf_printf(arena, "\n  %s ", pf_commands[i]->name)));
		struct outcome own = postflight(pf_printf(arena, "%s --help", pf_commands[i]->name));
		assert_int_equal(own.status, 0);
		assert_non_null(strstr(own.out, pf_printf(arena, "usage: postflight %s", pf_commands[i]->name)));
	}
}

static void
kubectl_plugin_calls_itself_so(void **state)
{
	(void)state;
	assert_non_null(strstr(called("/x/kubectl-postflight", "--help").out, "usage: kubectl postflight COMMAND"));
	assert_non_null(strstr(called("kubectl-postflight", "run -h").out, "usage: kubectl postflight run"));
}

static void
version_is_one_line(void **state)
{
	(void)state;
	struct outcome outcome = postflight("--version");
	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.out, "postflight " PF_VERSION "\n");
}

static void
missing_kubeconfig_is_a_report_of_errors(void **state)
{
	(void)state;
	struct outcome outcome = postflight("run -o json --kubeconfig /nonexistent/kubeconfig");
	assert_int_equal(outcome.status, 78);
	assert_failed_start(outcome.out, 78, "/nonexistent/kubeconfig");
	assert_non_null(strstr(outcome.err, "/nonexistent/kubeconfig"));
}

static void
every_requested_report_is_written_by_a_failed_start(void **state)
{
	(void)state;
	const char *line =
		pf_printf(arena, "run -o json=%s --kubeconfig /nonexistent/kubeconfig", in_dir("report.json"));
	struct outcome outcome = postflight(line);
	assert_int_equal(outcome.status, 78);
	assert_failed_start(content("report.json"), 78, "/nonexistent/kubeconfig");
	assert_non_null(strstr(outcome.out, "Could not start: "));
}

static void
broken_plan_is_told_with_its_place(void **state)
{
	(void)state;
	write_file("plan.json", "{\n  \"name\": 7\n}\n");
	struct outcome outcome = postflight(pf_printf(arena, "run -o json %s", in_dir("plan.json")));
	assert_int_equal(outcome.status, 78);
	assert_non_null(strstr(outcome.err, pf_printf(arena, "%s:", in_dir("plan.json"))));
	assert_failed_start(outcome.out, 78, "plan.json:");
	outcome = postflight(pf_printf(arena, "plan validate %s", in_dir("plan.json")));
	assert_int_equal(outcome.status, 78);
	assert_non_null(strstr(outcome.err, "plan.json:"));
}

static void
unknown_plan_is_told_from_a_broken_one(void **state)
{
	(void)state;
	struct outcome outcome = postflight("run cart-dynamodbb");
	assert_int_equal(outcome.status, 78);
	assert_non_null(strstr(outcome.err, "did you mean cart-dynamodb?"));
}

static void
shown_plan_is_valid(void **state)
{
	(void)state;
	struct outcome shown = postflight("plan show");
	assert_int_equal(shown.status, 0);
	write_file("plan.json", shown.out);
	struct outcome valid = postflight(pf_printf(arena, "plan validate %s", in_dir("plan.json")));
	assert_int_equal(valid.status, 0);
	assert_non_null(strstr(valid.out, "valid"));
}

static void
unwritable_report_is_not_a_success(void **state)
{
	(void)state;
	struct outcome outcome =
		postflight("run -o json=/nonexistent/report.json --kubeconfig /nonexistent/kubeconfig");
	assert_int_equal(outcome.status, 78);
	assert_non_null(strstr(outcome.err, "the json report was not written"));
}

static void
schemas_are_documents(void **state)
{
	static const char *const lines[] = {"schema plan", "schema report"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pf_err err = {0};
		struct outcome outcome = postflight(lines[i]);
		assert_int_equal(outcome.status, 0);
		assert_non_null(pf_json_parse(arena, outcome.out, strlen(outcome.out), &err));
	}
}

static void
everything_listed_can_be_explained(void **state)
{
	static const char *const lists[] = {"list checks", "list modes"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct outcome list = postflight(lists[i]);
		assert_int_equal(list.status, 0);
		for (char *line = list.out; *line != '\0';) {
			char *id = pf_strndup(arena, line, strcspn(line, " \n"));
			struct outcome told = postflight(pf_printf(arena, "explain %s", id));
			assert_int_equal(told.status, 0);
			assert_non_null(strstr(told.out, id));
			/* No template is shown raw. */
			assert_null(strstr(told.out, "${"));
			line += strcspn(line, "\n");
			line += *line == '\n';
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_word_is_wrong_usage, begin, end),
		cmocka_unit_test_setup_teardown(wrong_words_end_with_64_and_one_line, begin, end),
		cmocka_unit_test_setup_teardown(help_names_every_command, begin, end),
		cmocka_unit_test_setup_teardown(kubectl_plugin_calls_itself_so, begin, end),
		cmocka_unit_test_setup_teardown(version_is_one_line, begin, end),
		cmocka_unit_test_setup_teardown(missing_kubeconfig_is_a_report_of_errors, begin, end),
		cmocka_unit_test_setup_teardown(every_requested_report_is_written_by_a_failed_start, begin, end),
		cmocka_unit_test_setup_teardown(broken_plan_is_told_with_its_place, begin, end),
		cmocka_unit_test_setup_teardown(unknown_plan_is_told_from_a_broken_one, begin, end),
		cmocka_unit_test_setup_teardown(shown_plan_is_valid, begin, end),
		cmocka_unit_test_setup_teardown(unwritable_report_is_not_a_success, begin, end),
		cmocka_unit_test_setup_teardown(schemas_are_documents, begin, end),
		cmocka_unit_test_setup_teardown(everything_listed_can_be_explained, begin, end),
	};

	return cmocka_run_group_tests(tests, begin_all, end_all);
}
