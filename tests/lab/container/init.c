/*
 * The first process of a container, as a container runtime with a PID namespace gives it: init PROGRAM [ARGUMENT...]
 *
 * - A signal that asks it to end reaches PROGRAM only when PROGRAM catches it: the kernel ignores the others for
 *   process 1, which is why `sh -c "java ..."` outlives a SIGTERM.
 * - When PROGRAM has ended, so has everything that it left behind. SIGUSR1 ends all of it at once, and so does the
 *   end of the process that started this one.
 *
 * The exit status is that of PROGRAM, 128 + N where signal N ended it, 127 where it could not be started.
 * LAB_PRELOAD, a library, becomes the program's LD_PRELOAD.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_CAP = 8192, CHILDREN_CAP = 65536 };

/* Whether process PID has a handler for SIGNO; false when it has gone. */
static bool
catches(pid_t pid, int signo)
{
	char path[64], text[STATUS_CAP];
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	size_t length = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[length] = '\0';
	const char *field = strstr(text, "\nSigCgt:");
	if (!field)
		return false;
	unsigned long long mask = strtoull(field + strlen("\nSigCgt:"), NULL, 16);
	return (mask >> (signo - 1)) & 1;
}

/* Sends SIGKILL to every child; those of a child come to us when it has ended. */
static void
kill_children(void)
{
	static char text[CHILDREN_CAP];
	char path[64];
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *file = fopen(path, "re");
	if (!file)
		return;
	size_t length = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[length] = '\0';
	for (char *at = text, *end; *at; at = end) {
		long pid = strtol(at, &end, 10);
		if (end == at)
			return;
		if (pid > 1)
			kill((pid_t)pid, SIGKILL);
	}
}

/* Ends and reaps all that is left, then this process. */
static _Noreturn void
leave(int status)
{
	for (;;) {
		kill_children();
		pid_t ended = waitpid(-1, NULL, WNOHANG);
		if (ended < 0 && errno == ECHILD)
			_exit(status);
		if (ended == 0)
			nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
}

static int
as_exit(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static _Noreturn void
become(char **argv, const sigset_t *before, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(137);
	sigprocmask(SIG_SETMASK, before, NULL);
	const char *preload = getenv("LAB_PRELOAD");
	if (preload)
		setenv("LD_PRELOAD", preload, 1);
	unsetenv("LAB_PRELOAD");
	execvp(argv[0], argv);
	fprintf(stderr, "exec: \"%s\": %s\n", argv[0], strerror(errno));
	_exit(127);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 64;
	sigset_t wanted, before;
	sigemptyset(&wanted);
	static const int signals[] = {SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1};
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(&wanted, signals[i]);
	sigprocmask(SIG_BLOCK, &wanted, &before);
	/* The terminal or the program that started us may have blocked them; the container does not know of it. */
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigdelset(&before, signals[i]);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	pid_t self = getpid(), starter = getppid();
	if (starter == 1)
		return 137;

	pid_t main_pid = fork();
	if (main_pid < 0)
		return 126;
	if (main_pid == 0)
		become(argv + 1, &before, self);
	for (;;) {
		int signo = sigwaitinfo(&wanted, NULL);
		if (signo == SIGUSR1 || getppid() != starter)
			leave(128 + SIGKILL);
		if (signo != SIGCHLD) {
			if (signo > 0 && catches(main_pid, signo))
				kill(main_pid, signo);
			continue;
		}
		int status;
		for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
			if (pid == main_pid)
				leave(as_exit(status));
		}
	}
}
