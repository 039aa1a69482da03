/* The self-pipe: written by the first signal, drained only while something is being undone. */
#include <postflight/signals.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* timeout(1) and shells signal the child and then its group: the echo of one wish is not a second one. */
#define ECHO_NS 100000000LL

static int pipe_ends[2] = {-1, -1};
static volatile sig_atomic_t caught;
static volatile sig_atomic_t undoing; /* how many times over the event is held back */
static struct timespec caught_at;

static long long
since_first(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - caught_at.tv_sec) * 1000000000LL + (now.tv_nsec - caught_at.tv_nsec);
}

static void
announce(void)
{
	ssize_t written = write(pipe_ends[1], "", 1);
	(void)written;
}

/* Only async-signal-safe calls. Both signals are blocked while it runs. */
static void
on_signal(int number)
{
	int saved = errno;

	if (caught == 0) {
		clock_gettime(CLOCK_MONOTONIC, &caught_at);
		caught = number;
		if (!undoing)
			announce();
	} else if (since_first() > ECHO_NS) {
		/* Takes effect when this handler returns; the parent sees which signal it was. */
		signal(number, SIG_DFL);
		raise(number);
	}
	errno = saved;
}

/* A signal between the two halves of a change would be announced twice or never. */
static void
block(sigset_t *before)
{
	sigset_t both;

	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	sigprocmask(SIG_BLOCK, &both, before);
}

void
pf_signals_undo_begin(void)
{
	sigset_t before;
	char byte;

	block(&before);
	while (undoing == 0 && pipe_ends[0] >= 0 && read(pipe_ends[0], &byte, 1) > 0)
		continue;
	undoing++;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

void
pf_signals_undo_end(void)
{
	sigset_t before;

	block(&before);
	undoing--;
	if (undoing == 0 && caught != 0)
		announce();
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "postflight: cannot prepare for signals: %s: %s\n", what, strerror(errno));
	exit(2);
}

void
pf_signals_install(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0)
		give_up("pipe");
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGINT);
	sigaddset(&action.sa_mask, SIGTERM);
	sigemptyset(&ignore.sa_mask);
	if (sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0 ||
	    sigaction(SIGPIPE, &ignore, NULL) != 0)
		give_up("sigaction");
}

int
pf_signals_fd(void)
{
	return pipe_ends[0];
}

int
pf_signals_caught(void)
{
	return (int)caught;
}
