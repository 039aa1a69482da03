#include "program.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <postflight/file.h>
#include <postflight/str.h>

#include "cli/cli.h"

#define MAX_WORDS 32
#define CAP ((size_t)8 << 20)

struct pf_arena *arena;
static char dir[] = "/tmp/postflight-program-XXXXXX";

int
begin_all(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	unsetenv("KUBECONFIG");
	unsetenv("KUBERNETES_SERVICE_HOST");
	unsetenv("POSTFLIGHT_NAMESPACE");
	setenv("HOME", dir, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	return 0;
}

const char *
in_dir(const char *name)
{
	return pf_printf(arena, "%s/%s", dir, name);
}

int
end_all(void **state)
{
	static const char *const files[] = {"out", "err", "plan.json", "report.json", "kubeconfig"};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char path[128];
		snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int
begin(void **state)
{
	(void)state;
	arena = pf_arena_new();
	return 0;
}

int
end(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

char *
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

/* ARGV0 and the words of LINE, split at spaces. */
struct outcome
called(const char *argv0, const char *line)
{
	const char *out = in_dir("out"), *err = in_dir("err");
	char **argv = pf_alloc_array(arena, MAX_WORDS + 2, sizeof *argv);
	int argc = 0, status = -1;

	argv[argc++] = pf_strdup(arena, argv0);
	while (*line != '\0' && argc <= MAX_WORDS) {
		size_t len = strcspn(line, " ");
		argv[argc++] = pf_strndup(arena, line, len);
		line += len + (line[len] == ' ');
	}
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		redirect(STDOUT_FILENO, out);
		redirect(STDERR_FILENO, err);
		int code = pf_cli_main(argc, argv);
		fflush(NULL);
		_exit(code);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return (struct outcome){WEXITSTATUS(status), content("out"), content("err")};
}

struct outcome
postflight(const char *line)
{
	return called("/usr/bin/postflight", line);
}

void
write_file(const char *name, const char *text)
{
	struct pf_err err = {0};

	if (!pf_file_write(in_dir(name), text, strlen(text), 0600, &err))
		fail_msg("%s", err.text);
}
