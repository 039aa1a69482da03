/* Programs end when they should, and nothing of them is left. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <postflight/signals.h>

#include "kube/process.h"
#include "temp_folder.h"

extern char **environ;

static bool
run_for(const struct temp_folder *folder, const char *script, struct pf_deadline deadline,
	struct pf_process_result *result, struct pf_err *err)
{
	const char *path = temp_file(folder, "program", script);
	const char *const argv[] = {path, "one arg", "$(two)", NULL};
	struct pf_process process = {.path = path,
				     .argv = argv,
				     .envp = (const char *const *)environ,
				     .stdout_cap = 1000,
				     .stderr_cap = 100};

	return pf_process_run(folder->arena, &process, deadline, result, err);
}

static struct pf_process_result
run(const struct temp_folder *folder, const char *script)
{
	struct pf_process_result result;
	struct pf_err err;

	if (!run_for(folder, script, pf_deadline_in(20000), &result, &err))
		fail_msg("%s", err.text);
	return result;
}

/* Waits until the process that wrote its id into the file NAME is gone. */
static bool
ends_soon(const struct temp_folder *folder, const char *name)
{
	struct pf_deadline deadline = pf_deadline_in(10000);
	char *text = temp_read(folder, name);
	pid_t pid = text != NULL ? (pid_t)strtol(text, NULL, 10) : 0;

	assert_true(pid > 0);
	while (pf_deadline_left(deadline) > 0) {
		char state = 0;
		char *stat = pf_printf(folder->arena, "/proc/%d/stat", (int)pid);
		FILE *file = fopen(stat, "r");
		if (file == NULL)
			return true;
		if (fscanf(file, "%*d %*s %c", &state) != 1)
			state = 0;
		fclose(file);
		if (state == 'Z') /* its new parent takes its time */
			return true;
		usleep(5000);
	}
	return false;
}

static void
output_errors_and_status_are_kept_apart(void **state)
{
	struct pf_process_result result =
		run(*state, "#!/bin/sh\nprintf '%s|%s' \"$1\" \"$2\"\necho bad >&2\nexit 7\n");

	assert_int_equal(result.end, PF_PROCESS_EXITED);
	assert_int_equal(result.status, 7);
	assert_string_equal(result.out_text, "one arg|$(two)");
	assert_string_equal(result.err_text, "bad\n");
}

static void
standard_input_is_empty(void **state)
{
	struct pf_process_result result = run(*state, "#!/bin/sh\nif read line; then echo got; else echo none; fi\n");

	assert_string_equal(result.out_text, "none\n");
}

static void
too_much_output_ends_the_program(void **state)
{
	struct pf_process_result result = run(*state, "#!/bin/sh\nwhile :; do echo 0123456789abcdef; done\n");

	assert_int_equal(result.end, PF_PROCESS_TOO_MUCH);
	assert_int_equal(result.out_len, 1000);
}

static void
too_many_errors_are_dropped_and_do_not_block(void **state)
{
	struct pf_process_result result = run(*state, "#!/bin/sh\n"
						      "i=0; while [ $i -lt 9000 ]; do echo 0123456789abcdef >&2; "
						      "i=$((i+1)); done; echo done\n");

	assert_int_equal(result.end, PF_PROCESS_EXITED);
	assert_string_equal(result.out_text, "done\n");
	assert_int_equal(result.err_len, 100);
}

static void
death_by_signal_is_told(void **state)
{
	struct pf_process_result result = run(*state, "#!/bin/sh\nkill -9 $$\n");

	assert_int_equal(result.end, PF_PROCESS_SIGNALED);
	assert_int_equal(result.status, SIGKILL);
}

static void
deadline_ends_program_and_its_children(void **state)
{
	struct pf_process_result result;
	struct pf_err err;
	char *script =
		pf_printf(((struct temp_folder *)*state)->arena,
			  "#!/bin/sh\nsleep 1000 & echo $! >%s\necho busy >&2\nwait\n", temp_path(*state, "child"));

	assert_true(run_for(*state, script, pf_deadline_in(500), &result, &err));
	assert_int_equal(result.end, PF_PROCESS_TIMED_OUT);
	assert_string_equal(result.err_text, "busy\n");
	assert_true(ends_soon(*state, "child"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
program_that_ignores_sigterm_is_killed(void **state)
{
	struct pf_process_result result;
	struct pf_err err;

	assert_true(run_for(*state, "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.05; done\n", pf_deadline_in(200),
			    &result, &err));
	assert_int_equal(result.end, PF_PROCESS_TIMED_OUT);
	assert_int_equal(result.status, SIGKILL);
}

static void
background_child_that_keeps_the_pipe_is_not_waited_for(void **state)
{
	char *script = pf_printf(((struct temp_folder *)*state)->arena,
				 "#!/bin/sh\nsleep 1000 & echo $! >%s\necho answer\n", temp_path(*state, "child"));
	struct pf_process_result result = run(*state, script);
	char *child = temp_read(*state, "child");

	assert_int_equal(result.end, PF_PROCESS_EXITED);
	assert_string_equal(result.out_text, "answer\n");
	assert_int_equal(kill((pid_t)strtol(child, NULL, 10), SIGKILL), 0);
}

static void
file_that_is_no_program_is_an_error(void **state)
{
	struct pf_process_result result;
	struct pf_err err;

	assert_false(run_for(*state, "#!/nonexistent/interpreter\n", PF_NO_DEADLINE, &result, &err));
	assert_int_equal(err.kind, PF_ERR_IO);
	assert_non_null(strstr(err.text, "program could not be started: No such file"));
}

static void
search_takes_the_first_executable_of_absolute_folders(void **state)
{
	struct temp_folder *folder = *state;
	char *path = temp_file(folder, "tool", "#!/bin/sh\n");

	temp_file(folder, "plain", "no program");
	assert_string_equal(
		pf_process_find(folder->arena, "tool", pf_printf(folder->arena, "/nonexistent::%s:/bin", folder->path)),
		path);
	assert_null(pf_process_find(folder->arena, "plain", folder->path));
	assert_null(pf_process_find(folder->arena, "tool", ".:bin"));
	assert_null(pf_process_find(folder->arena, "tool", NULL));
}

static void
sigpipe_is_not_ignored_in_the_program(void **state)
{
	struct pf_process_result result = run(*state, "#!/bin/sh\nkill -PIPE $$\necho survived\n");

	assert_int_equal(result.end, PF_PROCESS_SIGNALED);
	assert_int_equal(result.status, SIGPIPE);
}

/* The last one: a caught signal cannot be taken back. */
static void
interruption_ends_the_program(void **state)
{
	struct pf_process_result result;
	struct pf_err err;
	char *script = pf_printf(((struct temp_folder *)*state)->arena,
				 "#!/bin/sh\necho $$ >%s\nkill -INT %d\nexec sleep 1000\n", temp_path(*state, "self"),
				 (int)getpid());

	assert_true(run_for(*state, script, pf_deadline_in(20000), &result, &err));
	assert_int_equal(result.end, PF_PROCESS_INTERRUPTED);
	assert_int_equal(result.status, SIGTERM);
	assert_true(ends_soon(*state, "self"));

	assert_false(run_for(*state, "#!/bin/sh\n", pf_deadline_in(20000), &result, &err));
	assert_int_equal(err.kind, PF_ERR_INTERRUPTED);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(output_errors_and_status_are_kept_apart),
		IN_FOLDER(standard_input_is_empty),
		IN_FOLDER(too_much_output_ends_the_program),
		IN_FOLDER(too_many_errors_are_dropped_and_do_not_block),
		IN_FOLDER(death_by_signal_is_told),
		IN_FOLDER(deadline_ends_program_and_its_children),
		IN_FOLDER(program_that_ignores_sigterm_is_killed),
		IN_FOLDER(background_child_that_keeps_the_pipe_is_not_waited_for),
		IN_FOLDER(file_that_is_no_program_is_an_error),
		IN_FOLDER(search_takes_the_first_executable_of_absolute_folders),
		IN_FOLDER(sigpipe_is_not_ignored_in_the_program),
		IN_FOLDER(interruption_ends_the_program),
	};

	pf_signals_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
