/* Signals, each in a child of its own: the first is an event, the second an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include <postflight/clock.h>
#include <postflight/signals.h>

/* A child that installs the handlers, says so on *READY, then does BODY. */
static pid_t
start(void (*body)(void), int *ready)
{
	int ends[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(60); /* no orphan, should the test die */
		pf_signals_install();
		if (write(ends[1], "", 1) != 1)
			_exit(99);
		body();
		_exit(98);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	*ready = ends[0];
	return child;
}

static bool
is_readable(int fd, int timeout_ms)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int n;

	do
		n = poll(&wait, 1, timeout_ms);
	while (n < 0);
	return n == 1;
}

/* Ends with the signal's number, when the event was seen and stays to be seen. */
static void
report_the_signal(void)
{
	if (!is_readable(pf_signals_fd(), 30000) || !is_readable(pf_signals_fd(), 0) || pf_signals_caught() == 0)
		_exit(97);
	_exit(pf_signals_caught());
}

static void
wait_for_ever(void)
{
	for (;;)
		pause();
}

static void
before_installation_there_is_nothing_to_wait_for(void **state)
{
	(void)state;
	assert_int_equal(pf_signals_fd(), -1);
	assert_int_equal(pf_signals_caught(), 0);
}

static void
the_first_signal_is_an_event_that_stays(void **state)
{
	static const int numbers[] = {SIGINT, SIGTERM};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int ready, status;
		pid_t child = start(report_the_signal, &ready);
		assert_int_equal(kill(child, numbers[i]), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), numbers[i]);
		close(ready);
	}
}

/* Signals CHILD until it has ended; returns its status, or -1 when it did not end in time. */
static int
signal_until_ended(pid_t child, int number)
{
	struct pf_deadline deadline = pf_deadline_in(30000);
	int status;

	while (pf_deadline_left(deadline) > 0) {
		if (waitpid(child, &status, WNOHANG) == child)
			return status;
		kill(child, number);
		poll(NULL, 0, 5);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return -1;
}

static void
a_second_signal_ends_the_process_by_that_signal(void **state)
{
	int ready, status;
	pid_t child = start(wait_for_ever, &ready);

	(void)state;
	assert_int_equal(kill(child, SIGINT), 0);
	status = signal_until_ended(child, SIGTERM);
	assert_true(status != -1 && WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	close(ready);
}

/* timeout(1) signals its child and then the group: raised twice at once is one wish. */
static void
raise_twice_at_once(void)
{
	raise(SIGTERM);
	raise(SIGTERM);
	report_the_signal();
}

static void
the_echo_of_a_signal_is_not_a_second_one(void **state)
{
	int ready, status;
	pid_t child = start(raise_twice_at_once, &ready);

	(void)state;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), SIGTERM);
	close(ready);
}

/* Ends with the signal's number, when it was held back while undoing and seen afterwards. */
static void
undo_after_a_signal(void)
{
	if (!is_readable(pf_signals_fd(), 30000))
		_exit(96);
	pf_signals_undo_begin();
	pf_signals_undo_begin();
	pf_signals_undo_end();
	if (is_readable(pf_signals_fd(), 0) || pf_signals_caught() == 0)
		_exit(95);
	pf_signals_undo_end();
	report_the_signal();
}

static void
undo_before_a_signal(void)
{
	pf_signals_undo_begin();
	while (pf_signals_caught() == 0)
		poll(NULL, 0, 2);
	if (is_readable(pf_signals_fd(), 0))
		_exit(95);
	pf_signals_undo_end();
	report_the_signal();
}

static void
undo_for_ever(void)
{
	pf_signals_undo_begin();
	wait_for_ever();
}

static void
undo_without_a_signal(void)
{
	pf_signals_undo_begin();
	pf_signals_undo_end();
	_exit(is_readable(pf_signals_fd(), 0) || pf_signals_caught() != 0 ? 95 : 0);
}

static void
while_undoing_the_first_signal_interrupts_nothing(void **state)
{
	void (*const bodies[])(void) = {undo_after_a_signal, undo_before_a_signal};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int ready, status = 0;
		pid_t child = start(bodies[i], &ready);
		assert_int_equal(kill(child, SIGTERM), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), SIGTERM);
		close(ready);
	}
}

static void
while_undoing_a_second_signal_ends_the_process(void **state)
{
	int ready, status;
	pid_t child = start(undo_for_ever, &ready);

	(void)state;
	status = signal_until_ended(child, SIGINT);
	assert_true(status != -1 && WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
	close(ready);
}

static void
undoing_without_a_signal_leaves_no_event(void **state)
{
	int ready, status;
	pid_t child = start(undo_without_a_signal, &ready);

	(void)state;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ready);
}

static void
write_to_nobody(void)
{
	int ends[2];

	if (pipe(ends) != 0)
		_exit(1);
	close(ends[0]);
	_exit(write(ends[1], "x", 1) == -1 ? 0 : 2);
}

static void
a_closed_pipe_does_not_end_the_process(void **state)
{
	int ready, status;
	pid_t child = start(write_to_nobody, &ready);

	(void)state;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ready);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_installation_there_is_nothing_to_wait_for),
		cmocka_unit_test(the_first_signal_is_an_event_that_stays),
		cmocka_unit_test(a_second_signal_ends_the_process_by_that_signal),
		cmocka_unit_test(the_echo_of_a_signal_is_not_a_second_one),
		cmocka_unit_test(while_undoing_the_first_signal_interrupts_nothing),
		cmocka_unit_test(while_undoing_a_second_signal_ends_the_process),
		cmocka_unit_test(undoing_without_a_signal_leaves_no_event),
		cmocka_unit_test(a_closed_pipe_does_not_end_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
