/* Files: read under a cap, replaced whole, written in place where that is meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <postflight/file.h>
#include <postflight/signals.h>

static struct pf_arena *arena;
static struct pf_err err;
static char folder[64];

static int
setup(void **state)
{
	(void)state;
	arena = pf_arena_new();
	snprintf(folder, sizeof(folder), "%s", "/tmp/postflight-file-XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	const char *args[] = {"rm", "-rf", folder, NULL};
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		execvp("rm", (char *const *)(uintptr_t)args);
		_exit(127);
	}
	pf_arena_free(arena);
	return waitpid(child, NULL, 0) == child ? 0 : -1;
}

static const char *
path(const char *name)
{
	return pf_printf(arena, "%s/%s", folder, name);
}

static bool
write_text(const char *name, const char *text)
{
	err = (struct pf_err){0};
	return pf_file_write(name, text, strlen(text), 0600, &err);
}

static const char *
read_text(const char *name)
{
	size_t len = 0;
	char *text = NULL;

	err = (struct pf_err){0};
	return pf_file_read(arena, name, 1000, &text, &len, &err) ? text : "(not read)";
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(name, &st), 0);
	return st.st_mode & 07777;
}

static int
entries_in_folder(void)
{
	struct pf_err ignored = {0};
	int count = 0;

	/* Only whether something else is left matters: an empty folder is taken, a full one is refused. */
	if (!pf_dir_make_empty(folder, &ignored))
		count++;
	return count;
}

static void
what_was_written_is_read_back(void **state)
{
	char *text = NULL;
	size_t len = 0;

	(void)state;
	assert_true(pf_file_write(path("a"), "x\0y", 3, 0600, &err));
	assert_true(pf_file_read(arena, path("a"), 3, &text, &len, &err));
	assert_int_equal(len, 3);
	assert_memory_equal(text, "x\0y", 4);
	assert_true(write_text(path("a"), ""));
	assert_true(pf_file_read(arena, path("a"), 0, &text, &len, &err));
	assert_int_equal(len, 0);
	assert_string_equal(text, "");
	assert_true(pf_file_read(arena, path("a"), 10, &text, NULL, &err));
}

static void
nothing_temporary_stays_behind(void **state)
{
	(void)state;
	assert_true(write_text(path("a"), "one"));
	assert_true(write_text(path("a"), "two"));
	assert_int_equal(unlink(path("a")), 0);
	assert_int_equal(entries_in_folder(), 0);
}

static void
a_missing_file_is_told_from_an_unreadable_one(void **state)
{
	char *text = (char *)(uintptr_t) "untouched";
	size_t len = 77;

	(void)state;
	assert_false(pf_file_read(arena, path("none"), 10, &text, &len, &err));
	assert_int_equal(err.kind, PF_ERR_NOT_FOUND);
	assert_true(write_text(path("a"), "x"));
	assert_false(pf_file_read(arena, path("a/b"), 10, &text, &len, &err));
	assert_int_equal(err.kind, PF_ERR_NOT_FOUND);
	assert_false(pf_file_read(arena, folder, 10, &text, &len, &err));
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	assert_non_null(strstr(err.text, "directory"));
	assert_false(pf_file_read(arena, "", 10, &text, &len, &err));
	assert_string_equal(text, "untouched");
	assert_int_equal(len, 77);
}

static void
a_file_beyond_the_cap_is_refused(void **state)
{
	char *text = NULL;
	size_t len = 0;

	(void)state;
	assert_true(write_text(path("a"), "12345"));
	assert_true(pf_file_read(arena, path("a"), 5, &text, &len, &err));
	assert_false(pf_file_read(arena, path("a"), 4, &text, &len, &err));
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	assert_non_null(strstr(err.text, "larger than 4 bytes"));
	/* One without an end is not read to its end. */
	assert_false(pf_file_read(arena, "/dev/zero", 100000, &text, &len, &err));
	assert_int_equal(err.kind, PF_ERR_CONFIG);
}

static void
a_reader_of_the_old_file_keeps_it_whole(void **state)
{
	char bytes[8] = "";
	PF_AUTO_FD fd = -1;

	(void)state;
	assert_true(write_text(path("a"), "old"));
	fd = open(path("a"), O_RDONLY);
	assert_true(fd >= 0);
	assert_true(write_text(path("a"), "newer"));
	assert_int_equal(read(fd, bytes, sizeof(bytes)), 3);
	assert_string_equal(bytes, "old");
	assert_string_equal(read_text(path("a")), "newer");
}

static void
modes_are_the_asked_one_for_new_files_and_kept_for_old(void **state)
{
	mode_t mask = umask(022);

	(void)state;
	assert_true(pf_file_write(path("private"), "x", 1, 0600, &err));
	assert_int_equal(mode_of(path("private")), 0600);
	assert_true(pf_file_write(path("public"), "x", 1, 0666, &err));
	assert_int_equal(mode_of(path("public")), 0644);
	assert_int_equal(chmod(path("public"), 0666), 0);
	assert_true(pf_file_write(path("public"), "y", 1, 0600, &err));
	assert_int_equal(mode_of(path("public")), 0666);
	umask(mask);
}

static void
a_symbolic_link_stays_one(void **state)
{
	struct stat st;

	(void)state;
	assert_true(write_text(path("real"), "old"));
	assert_int_equal(symlink("real", path("link")), 0);
	assert_true(write_text(path("link"), "new"));
	assert_int_equal(lstat(path("link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_string_equal(read_text(path("real")), "new");
}

static void
a_pipe_is_written_in_place(void **state)
{
	PF_AUTO_FD reader = -1;
	char bytes[8] = "";
	struct stat st;

	(void)state;
	assert_int_equal(mkfifo(path("fifo"), 0600), 0);
	reader = open(path("fifo"), O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	assert_true(write_text(path("fifo"), "abc"));
	assert_int_equal(read(reader, bytes, sizeof(bytes)), 3);
	assert_string_equal(bytes, "abc");
	assert_int_equal(stat(path("fifo"), &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_true(write_text("/dev/null", "abc"));
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

/* Standard output redirected into FILE while something is written to NAME. */
static void
with_output_in(const char *file, const char *name)
{
	pid_t child;
	int status;

	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		bool ok = fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0 && printf("before\n") > 0 &&
			  write_text(name, "text\n") && printf("after\n") > 0 && fflush(stdout) == 0;
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
standard_output_keeps_its_order(void **state)
{
	(void)state;
	with_output_in(path("out"), "-");
	assert_string_equal(read_text(path("out")), "before\ntext\nafter\n");
}

static void
a_name_of_standard_output_does_not_replace_its_file(void **state)
{
	(void)state;
	with_output_in(path("out"), "/dev/stdout");
	assert_string_equal(read_text(path("out")), "before\ntext\nafter\n");
	with_output_in(path("out"), path("out"));
	assert_string_equal(read_text(path("out")), "before\ntext\nafter\n");
}

static void
what_cannot_be_written_says_why(void **state)
{
	(void)state;
	assert_false(write_text(folder, "x"));
	assert_int_equal(err.kind, PF_ERR_IO);
	assert_false(write_text(path("none/a"), "x"));
	assert_int_equal(err.kind, PF_ERR_IO);
	assert_false(write_text("", "x"));
	assert_false(write_text("/dev/full", "x"));
	assert_non_null(strstr(err.text, "No space left"));
	assert_int_equal(entries_in_folder(), 0);
}

static void
standard_input_is_read_under_the_cap(void **state)
{
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char *text = NULL;
		size_t len = 0;
		dup2(ends[0], STDIN_FILENO);
		close(ends[1]);
		_exit(pf_file_read(arena, "-", 100, &text, &len, &err) && len == 5 && strcmp(text, "hello") == 0 ? 0
														 : 1);
	}
	close(ends[0]);
	assert_int_equal(write(ends[1], "hello", 5), 5);
	close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
a_signal_ends_the_wait_for_silent_input(void **state)
{
	int input[2], ready[2], status;
	char byte;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(input), 0);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char *text = NULL;
		size_t len = 0;
		dup2(input[0], STDIN_FILENO);
		pf_signals_install();
		if (write(ready[1], "", 1) != 1)
			_exit(3);
		_exit(!pf_file_read(arena, "-", 100, &text, &len, &err) && err.kind == PF_ERR_INTERRUPTED ? 0 : 1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(kill(child, SIGINT), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	for (int i = 0; i < 2; i++) {
		close(input[i]);
		close(ready[i]);
	}
}

static void
an_empty_folder_is_made_or_taken(void **state)
{
	(void)state;
	assert_true(pf_dir_make_empty(path("d"), &err));
	assert_int_equal(mode_of(path("d")), 0700);
	assert_true(pf_dir_make_empty(path("d"), &err));
	assert_true(write_text(path("d/.hidden"), "x"));
	assert_false(pf_dir_make_empty(path("d"), &err));
	assert_non_null(strstr(err.text, "not empty"));
	assert_false(pf_dir_make_empty(path("d/.hidden"), &err));
	assert_false(pf_dir_make_empty(path("none/d"), &err));
}

static void
closing_happens_once(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	pf_close_fd(&fd);
	assert_int_equal(fd, -1);
	pf_close_fd(&fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_written_is_read_back, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_temporary_stays_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(a_missing_file_is_told_from_an_unreadable_one, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_beyond_the_cap_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reader_of_the_old_file_keeps_it_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(modes_are_the_asked_one_for_new_files_and_kept_for_old, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_symbolic_link_stays_one, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pipe_is_written_in_place, setup, teardown),
		cmocka_unit_test_setup_teardown(standard_output_keeps_its_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_name_of_standard_output_does_not_replace_its_file, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_written_says_why, setup, teardown),
		cmocka_unit_test_setup_teardown(standard_input_is_read_under_the_cap, setup, teardown),
		cmocka_unit_test_setup_teardown(a_signal_ends_the_wait_for_silent_input, setup, teardown),
		cmocka_unit_test_setup_teardown(an_empty_folder_is_made_or_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(closing_happens_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
