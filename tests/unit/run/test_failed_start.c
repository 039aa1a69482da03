#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <postflight/run.h>
#include <postflight/signals.h>
#include <postflight/str.h>

/* A built-in plan of one check: of the first kind of probe there is, with whatever that asks for. */
static const char form[] = "{\"schema\": \"postflight.plan/v1\", \"name\": \"small\", \"title\": \"Small\","
			   "\"checks\": [{\"id\": \"one\", \"title\": \"One\", \"probe\": \"%s\", \"with\": {%s}}],"
			   "\"checklist\": [{\"id\": \"item\", \"title\": \"Item\", \"checks\": [\"one\"]}],"
			   "\"rows\": [{\"id\": \"refused\", \"symptom\": \"Refused\", \"meaning\": \"wrong\"}]}";

static const char *builtin_text;

const char *
pf_plan_builtin(const char *name, size_t *len)
{
	assert_string_equal(name, "small");
	*len = strlen(builtin_text);
	return builtin_text;
}

const char *const *
pf_plan_builtin_names(void)
{
	static const char *const names[] = {"small", NULL};

	return names;
}

static const char *
required_params(struct pf_arena *in, const struct pf_descriptor *probe)
{
	const char *text = "";

	for (const struct pf_param *param = probe->params; param != NULL && param->name != NULL; param++) {
		if (!param->required)
			continue;
		assert_int_equal(param->type, PF_TYPE_STRING);
		text = pf_printf(in, "%s%s\"%s\": \"x\"", text, *text != '\0' ? ", " : "", param->name);
	}
	return text;
}

static struct pf_arena *arena;
static struct pf_result result;

static int
open_arena(void **state)
{
	const struct pf_descriptor *probe = pf_probe_descriptors()[0];

	(void)state;
	arena = pf_arena_new();
	builtin_text = pf_printf(arena, form, probe->kind, required_params(arena, probe));
	return 0;
}

static int
close_arena(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

static void
start_badly(enum pf_err_kind kind, const struct pf_run_options *options)
{
	struct pf_err err;

	pf_fail(&err, kind, "reading /home/u/.kube/config: no such file; name one with --kubeconfig");
	pf_run_failed_start(arena, NULL, options, &err, &result);
	/* The sentence must outlive the caller's variable. */
	memset(&err, 'x', sizeof(err));
}

static void
every_line_says_why_nothing_was_asked(void **state)
{
	static const char why[] = "reading /home/u/.kube/config: no such file; name one with --kubeconfig";
	static const struct pf_run_options options = {.namespace_ = "ns", .tool_version = "1.2"};

	(void)state;
	start_badly(PF_ERR_CONFIG, &options);
	assert_string_equal(result.plan->name, "small");
	assert_int_equal(result.verdict, PF_ERROR);
	assert_false(result.complete);
	assert_false(result.interrupted);
	assert_string_equal(result.start_error, why);
	assert_int_equal(result.checks[0].verdict, PF_ERROR);
	assert_true(result.checks[0].done);
	assert_ptr_equal(result.checks[0].check, &result.plan->checks[0]);
	assert_string_equal(result.checks[0].message, why);
	assert_int_equal(result.item_verdicts[0], PF_ERROR);
	assert_string_equal(result.item_messages[0], why);
	assert_int_equal(result.diagnosis.rows[0].state, PF_ROW_UNKNOWN);
	assert_ptr_equal(result.diagnosis.rows[0].row, &result.plan->rows[0]);
	assert_null(result.diagnosis.rows[0].modes[0]);
	assert_int_equal(result.diagnosis.cause_count + result.diagnosis.undecided_count, 0);
	assert_int_equal(result.diagnosis.unexplained_count, 0);
	assert_null(result.diagnosis.history[0]);
	assert_null(result.warnings[0]);
	assert_null(result.notes[0]);
	assert_string_equal(result.vantage, "none");
	assert_string_equal(result.namespace_, "ns");
	assert_string_equal(result.tool_version, "1.2");
	assert_int_equal(strlen(result.id), 8);
	assert_int_equal(strspn(result.id, "0123456789abcdef"), 8);
	assert_true(result.started_wall_ms > 0);
}

static void
exit_code_tells_whose_fault_it_is(void **state)
{
	static const struct {
		enum pf_err_kind kind;
		int code;
	} cases[] = {
		{PF_ERR_USAGE, 64},      {PF_ERR_CONFIG, 78},   {PF_ERR_NOT_FOUND, 78},
		{PF_ERR_UNREACHABLE, 2}, {PF_ERR_FORBIDDEN, 2}, {PF_ERR_IO, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start_badly(cases[i].kind, NULL);
		assert_int_equal(result.exit_code, cases[i].code);
	}
	assert_string_equal(result.context, "");
}

static void
broken_builtin_plan_still_gives_a_result(void **state)
{
	(void)state;
	builtin_text = "{";
	start_badly(PF_ERR_CONFIG, NULL);
	assert_int_equal(result.plan->check_count, 0);
	assert_string_equal(result.plan->name, "");
	assert_int_equal(result.verdict, PF_ERROR);
	assert_int_equal(result.exit_code, 78);
}

static void
interruption_before_the_start_is_one(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		pf_signals_install();
		raise(SIGTERM);
		start_badly(PF_ERR_INTERRUPTED, NULL);
		_exit(result.interrupted && result.exit_code == 143 && result.signal == SIGTERM ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_line_says_why_nothing_was_asked, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(exit_code_tells_whose_fault_it_is, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(broken_builtin_plan_still_gives_a_result, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(interruption_before_the_start_is_one, open_arena, close_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
