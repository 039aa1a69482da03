/* postflight logs, as a shell sees it: files, standard input, exit statuses, memory and signals. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <postflight/file.h>
#include <postflight/json.h>
#include <postflight/str.h>

#include "cli/cli.h"

#define CAP ((size_t)8 << 20)
#define HEAD "2026-01-02T03:04:05.006Z "
#define SPRING " 1 --- [           main] c.a.s.c.CartApplication                  : "
#define HEALTHY HEAD " INFO" SPRING "Started CartApplication in 5 seconds\n"
#define NO_CREDENTIALS                                                                                                 \
	HEAD "ERROR" SPRING "Application run failed\n\nx.SdkClientException: Unable to load credentials from any of "  \
	     "the providers\n"

static struct pf_arena *arena;
static char dir[] = "/tmp/postflight-logs-XXXXXX";

static const char *
in_dir(const char *name)
{
	return pf_printf(arena, "%s/%s", dir, name);
}

static void
put(const char *name, const char *text)
{
	struct pf_err err;

	if (!pf_file_write(in_dir(name), text, strlen(text), 0600, &err))
		fail_msg("%s", err.text);
}

static char *
content(const char *name)
{
	struct pf_err err = {0};
	char *text;
	size_t len;

	if (!pf_file_read(arena, in_dir(name), CAP, &text, &len, &err))
		fail_msg("%s", err.text);
	return text;
}

static void
redirect(int fd, const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (file < 0 || dup2(file, fd) < 0)
		_exit(99);
}

/* Starts `postflight logs WORDS`, ended by NULL, with INPUT as standard input. */
static pid_t
start(int input, const char *const *words)
{
	char *argv[16] = {pf_strdup(arena, "postflight"), pf_strdup(arena, "logs")};
	int argc = 2;
	const char *out = in_dir("out"), *err = in_dir("err");

	for (; *words != NULL; words++)
		argv[argc++] = pf_strdup(arena, *words);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		redirect(STDOUT_FILENO, out);
		redirect(STDERR_FILENO, err);
		if (dup2(input, STDIN_FILENO) < 0)
			_exit(99);
		/* Nobody execs: the other end of the pipe would stay open in here. */
		close_range(STDERR_FILENO + 1, ~0U, 0);
		_exit(pf_cli_main(argc, argv));
	}
	return child;
}

static int
finish(pid_t child)
{
	int status = -1;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static int
run(const char *const *words)
{
	PF_AUTO_FD null = open("/dev/null", O_RDONLY);

	return finish(start(null, words));
}

static cJSON *
report(void)
{
	struct pf_err err = {0};
	const char *text = content("out");
	cJSON *json = pf_json_parse(arena, text, strlen(text), &err);

	if (json == NULL)
		fail_msg("%s", err.text);
	return json;
}

static void
healthy_log_says_nothing_and_ends_with_0(void **state)
{
	(void)state;
	put("log", HEALTHY);
	assert_int_equal(run(WORDS("-q", in_dir("log"))), 0);
	assert_null(strstr(content("out"), "Root cause"));
	assert_null(strstr(content("out"), "Cannot tell"));
	assert_string_equal(content("err"), "");
}

static void
fault_of_no_mode_is_told_by_its_meaning(void **state)
{
	(void)state;
	put("log",
	    "Error occurred during initialization of VM\nCould not reserve enough space for 6291456KB object heap\n");
	assert_int_equal(run(WORDS(in_dir("log"))), 1);
	assert_non_null(strstr(content("out"), "Java itself did not start: \"Could not reserve enough space"));
}

static void
table_says_cannot_tell_where_the_text_fits_several_rows(void **state)
{
	(void)state;
	put("log", HEAD "ERROR" SPRING "Application run failed\n\nx.SdkClientException: Connection refused\n");
	assert_int_equal(run(WORDS(in_dir("log"))), 1);
	const char *row = strstr(content("out"), "\n  – Connection refused ");
	assert_non_null(row);
	assert_non_null(strstr(row, "cannot tell"));
	assert_true(strcspn(row + 1, "\n") > (size_t)(strstr(row, "cannot tell") - row));
}

static void
fault_ends_with_1_and_names_cause_and_fix(void **state)
{
	(void)state;
	put("log", NO_CREDENTIALS);
	assert_int_equal(run(WORDS(in_dir("log"), "-o", "json", "-n", "shop")), 1);
	cJSON *cause = cJSON_GetArrayItem(PF_AT(report(), "diagnosis", "rootCauses"), 0);
	assert_string_equal(PF_STRING_AT(cause, "id"), "credentials-missing");
	assert_true(cJSON_GetArraySize(PF_AT(cause, "fix")) > 0);
	assert_string_equal(PF_STRING_AT(report(), "target", "namespace"), "shop");
	assert_int_equal(PF_INT_AT(report(), -1, "exitCode"), 1);
	assert_int_equal(cJSON_GetArraySize(PF_AT(report(), "checklist")), 8);
}

#define LABELS(pod)                                                                                                    \
	"2026-01-02T03:04:05Z {app=\"cart\", container=\"cart\", filename=\"/var/log/pods/shop_cart-deployment/"       \
	"cart/0.log\", job=\"shop/cart\", namespace=\"shop\", node_name=\"worker-12.example.internal\", "              \
	"stream=\"stdout\", pod=\"" pod "\"} "

/* A name that is longer than what is shown of it is one program's all the same, and two long names are two. */
static void
programs_with_long_names_are_told_apart(void **state)
{
	(void)state;
	const char *text = "";
	for (int i = 0; i < 20; i++)
		text = pf_printf(arena, "%s%s", text, LABELS("cart-a") HEALTHY LABELS("cart-b") HEALTHY);
	put("log", pf_printf(arena, "%s%s", text,
			     LABELS("cart-a") HEAD "ERROR" SPRING "Application run failed\n" LABELS("cart-b")
				     HEALTHY LABELS("cart-a") "\n" LABELS("cart-b")
					     HEALTHY LABELS("cart-a") "x.SdkClientException: Unable to load "
								      "credentials from any of the providers\n"));
	assert_int_equal(run(WORDS(in_dir("log"), "-o", "json")), 1);
	assert_string_equal(PF_STRING_AT(cJSON_GetArrayItem(PF_AT(report(), "diagnosis", "rootCauses"), 0), "id"),
			    "credentials-missing");
}

/* One of two programs says what the plan knows: the other's errors are not passed over. */
static void
unknown_error_of_another_program_is_told(void **state)
{
	(void)state;
	put("log", "[pod/cart-deployment-5d4f-abcde/cart] " HEALTHY "[pod/cart-deployment-5d4f-fghij/cart] " HEAD
		   "ERROR" SPRING "The flux is out of order\n");
	assert_int_equal(run(WORDS(in_dir("log"))), 0);
	assert_non_null(strstr(content("out"), "1 unknown error"));
	assert_non_null(strstr(content("out"), "The flux is out of order"));
	assert_int_equal(run(WORDS(in_dir("log"), "--strict")), 1);
}

/* Of so many programs that some were not looked at, nothing follows for the faults that were not met. */
static void
fault_is_not_absent_where_lines_were_left_out(void **state)
{
	const char *text = "";

	(void)state;
	for (int i = 0; i < 17; i++)
		text = pf_printf(arena, "%s[pod/cart-%d/cart] %s", text, i, HEALTHY);
	put("log", pf_printf(arena, "%s[pod/cart-17/cart] %s", text, NO_CREDENTIALS));
	assert_int_equal(run(WORDS(in_dir("log"), "-o", "json")), 2);
	const cJSON *row;
	cJSON_ArrayForEach(row, PF_AT(report(), "failureTable"))
		assert_string_equal(PF_STRING_AT(row, "state"), "unknown");
}

static void
unknown_error_fails_only_when_strict(void **state)
{
	(void)state;
	put("log", HEALTHY HEAD "ERROR" SPRING "What now\n");
	assert_int_equal(run(WORDS(in_dir("log"))), 0);
	assert_int_equal(run(WORDS(in_dir("log"), "--strict")), 1);
	put("log", HEALTHY);
	assert_int_equal(run(WORDS(in_dir("log"), "--strict")), 0);
}

/* A saved log is as the program wrote it; its report may be kept where many can read it. */
static void
secret_in_a_saved_log_is_not_shown(void **state)
{
	(void)state;
	put("log", HEALTHY HEAD " INFO" SPRING "DynamoDB endpoint: http://grace:CANARYPASS@dynamodb:8000\n" HEAD
				"ERROR" SPRING "lost AWS_SECRET_ACCESS_KEY=CANARYSECRET123 somewhere\n");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(run(WORDS(in_dir("log"), "-v", "-o", i == 0 ? "text" : "json")), 0);
		assert_null(strstr(content("out"), "CANARY"));
		assert_null(strstr(content("out"), "{{redacted"));
		assert_non_null(strstr(content("out"), "(not shown)"));
	}
}

static void
empty_log_ends_with_2(void **state)
{
	(void)state;
	put("log", "");
	assert_int_equal(run(WORDS(in_dir("log"))), 2);
	assert_int_equal(run(WORDS("-")), 2);
	assert_int_equal(run(WORDS("-o", "json")), 2);
	assert_string_equal(PF_STRING_AT(report(), "verdict"), "error");
}

static void
what_cannot_be_read_ends_with_78_and_a_report(void **state)
{
	(void)state;
	assert_int_equal(run(WORDS(in_dir("absent"), "-o", "json")), 78);
	assert_int_equal(cJSON_GetArraySize(PF_AT(report(), "checklist")), 8);
	assert_non_null(strstr(content("err"), "No such file"));
	assert_int_equal(run(WORDS(dir, "-o", "json")), 78);
	assert_non_null(strstr(content("err"), "cannot be read"));
}

static void
plan_of_ones_own_is_used_and_a_wrong_one_is_refused(void **state)
{
	static const char plan[] = "{\"schema\":\"postflight.plan/"
				   "v1\",\"name\":\"own\",\"title\":\"t\",\"checks\":[{\"id\":\"log\",\"title\":"
				   "\"l\",\"probe\":\"logs\",\"with\":{\"deployment\":\"d\"}}],\"checklist\":[{\"id\":"
				   "\"log\",\"title\":\"l\","
				   "\"checks\":[\"log\"]}],\n\"patterns\":[{\"id\":\"moon\",\"title\":\"m\",\"kind\":"
				   "\"fault\",\"match\":\"%s\"}]}";

	(void)state;
	put("log", "the moon is wrong\n");
	char *text = pf_strdup(arena, plan), *mark = strstr(text, "%s");
	memcpy(mark, "m+", 2);
	put("plan", text);
	assert_int_equal(run(WORDS(in_dir("log"), "--plan", in_dir("plan"), "-o", "json")), 1);
	assert_string_equal(PF_STRING_AT(cJSON_GetArrayItem(PF_AT(report(), "checks"), 0), "facts", "logs.fault"),
			    "other");
	memcpy(mark, "(m", 2);
	put("plan", text);
	assert_int_equal(run(WORDS(in_dir("log"), "--plan", in_dir("plan"))), 78);
	assert_non_null(strstr(content("err"), "plan:2:61: patterns[0].match"));
}

/* Writes the words of a long life, a megabyte at a time. */
static void
write_megabytes(int fd, int count)
{
	char *chunk = pf_alloc(arena, 1 << 20);
	const char *line = HEAD " INFO" SPRING "A word in the wind\n";
	size_t len = strlen(line);

	for (size_t i = 0; i < 1 << 20; i++)
		chunk[i] = line[i % len];
	chunk[(1 << 20) - 1] = '\n';
	for (int i = 0; i < count; i++) {
		for (size_t at = 0; at < 1 << 20;) {
			ssize_t n = write(fd, chunk + at, (1 << 20) - at);
			assert_true(n > 0);
			at += (size_t)n;
		}
	}
}

#if defined(__SANITIZE_ADDRESS__)
/* A sanitizer keeps what was freed for a while: not so much that it hides what the program keeps. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=1";
}
#endif

static void
memory_does_not_grow_with_the_log(void **state)
{
	int ends[2];
	long peaks[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct rusage usage;
		int status;
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		pid_t child = start(ends[0], WORDS("-o", "json"));
		close(ends[0]);
		write_megabytes(ends[1], i == 0 ? 1 : 40);
		close(ends[1]);
		assert_int_equal(wait4(child, &status, 0, &usage), child);
		assert_true(WIFEXITED(status));
		peaks[i] = usage.ru_maxrss;
	}
	assert_true(peaks[1] < peaks[0] + 8 * 1024); /* kilobytes */
}

static void
signal_ends_the_reading_with_a_report(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = start(ends[0], WORDS("-o", "json"));
	close(ends[0]);
	write_megabytes(ends[1], 1); /* more than a pipe holds: it reads, so that its handlers stand */
	assert_int_equal(kill(child, SIGTERM), 0);
	assert_int_equal(finish(child), 143);
	close(ends[1]);
	assert_true(cJSON_IsTrue(PF_AT(report(), "run", "interrupted")));
}

static int
begin_all(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	unsetenv("POSTFLIGHT_NAMESPACE");
	setenv("LC_ALL", "C.UTF-8", 1);
	return 0;
}

static int
end_all(void **state)
{
	static const char *const files[] = {"out", "err", "log", "plan"};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char path[128];
		snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		unlink(path);
	}
	return rmdir(dir);
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(healthy_log_says_nothing_and_ends_with_0),
		TEST(fault_ends_with_1_and_names_cause_and_fix),
		TEST(fault_of_no_mode_is_told_by_its_meaning),
		TEST(table_says_cannot_tell_where_the_text_fits_several_rows),
		TEST(programs_with_long_names_are_told_apart),
		TEST(unknown_error_of_another_program_is_told),
		TEST(fault_is_not_absent_where_lines_were_left_out),
		TEST(unknown_error_fails_only_when_strict),
		TEST(secret_in_a_saved_log_is_not_shown),
		TEST(empty_log_ends_with_2),
		TEST(what_cannot_be_read_ends_with_78_and_a_report),
		TEST(plan_of_ones_own_is_used_and_a_wrong_one_is_refused),
		TEST(memory_does_not_grow_with_the_log),
		TEST(signal_ends_the_reading_with_a_report),
	};

	return cmocka_run_group_tests(tests, begin_all, end_all);
}
