/* Progress on a real terminal device: what is seen while it runs, and that nothing of it stays. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include <postflight/str.h>

#include "cli/progress.h"

#define COLUMNS 60
#define MAX_LINES 64
#define CHECKS 9

static struct pf_arena *arena;
static int master;
static int own_stderr;

static const struct pf_plan_check checks[CHECKS] = {
	{.id = "a", .title = "First"},   {.id = "b", .title = "Second"}, {.id = "c", .title = "Third"},
	{.id = "d", .title = "Fourth"},  {.id = "e", .title = "Fifth"},  {.id = "f", .title = "Sixth"},
	{.id = "g", .title = "Seventh"}, {.id = "h", .title = "Eighth"}, {.id = "i", .title = "Ninth"},
};

static const struct pf_plan plan = {.checks = checks, .check_count = CHECKS};

/* Standard error becomes a terminal of ROWS lines. */
static void
open_terminal(unsigned short rows)
{
	const struct winsize size = {.ws_row = rows, .ws_col = COLUMNS};

	master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	assert_int_equal(ioctl(slave, TIOCSWINSZ, &size), 0);
	own_stderr = dup(STDERR_FILENO);
	assert_true(dup2(slave, STDERR_FILENO) >= 0);
	close(slave);
}

/* Gives standard error back; everything that was written until then, in the order of its writing. */
static char *
close_terminal(void)
{
	char buffer[65536];
	size_t len = 0;
	struct pollfd ready = {.fd = master, .events = POLLIN};

	while (len < sizeof buffer && poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) != 0) {
		ssize_t n = read(master, buffer + len, sizeof buffer - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	dup2(own_stderr, STDERR_FILENO);
	close(own_stderr);
	close(master);
	return pf_strndup(arena, buffer, len);
}

/* The lines of a terminal: just what progress uses of one. */
struct screen {
	char lines[MAX_LINES][512];
	unsigned row;
	unsigned lowest; /* row ever reached */
};

static const char *
escape(struct screen *screen, const char *p)
{
	unsigned count = 0;

	for (p += 2; *p >= '0' && *p <= '9'; p++)
		count = count * 10 + (unsigned)(*p - '0');
	if (*p == 'A') {
		assert_true(count <= screen->row);
		screen->row -= count;
	} else if (*p == 'J') {
		for (unsigned i = screen->row; i < MAX_LINES; i++)
			screen->lines[i][0] = '\0';
	} else {
		assert_int_equal(*p, 'm');
	}
	return p;
}

static struct screen *
show(const char *written)
{
	struct screen *screen = pf_alloc(arena, sizeof *screen);
	size_t column = 0;

	for (const char *p = written; *p != '\0'; p++) {
		char *line = screen->lines[screen->row];
		if (*p == '\033') {
			p = escape(screen, p);
		} else if (*p == '\r') {
			column = 0;
		} else if (*p == '\n') {
			screen->row++;
			assert_true(screen->row < MAX_LINES);
		} else {
			line[column++] = *p;
			line[column] = '\0';
		}
		screen->lowest = screen->row > screen->lowest ? screen->row : screen->lowest;
	}
	return screen;
}

static struct pf_progress *
start(void)
{
	struct pf_cli cli = {.arena = arena, .env = {.term = "xterm", .no_color = "1"}};
	const struct pf_run_flags flags = PF_RUN_FLAGS;

	return pf_progress_start(&cli, &flags, &plan);
}

static void
run_checks(struct pf_run_events events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct pf_check_result result = {
			.check = &checks[i],
			.verdict = i == 1 ? PF_FAIL : PF_PASS,
			.message = i == 2 ? "a message that is longer than the terminal is wide \033[31m and then some"
					  : "fine",
		};
		events.check_started(events.context, &checks[i]);
		if (i == 0)
			events.waiting(events.context, "pod/x: ContainerCreating", 42000);
		events.check_done(events.context, &result);
	}
}

static void
rows_appear_in_order(void **state)
{
	(void)state;
	open_terminal(24);
	struct pf_progress *progress = start();
	assert_non_null(progress);
	struct pf_run_events events = pf_progress_events(progress);
	run_checks(events, 3);
	events.check_started(events.context, &checks[3]);
	events.waiting(events.context, "pod/x: ContainerCreating", 42000);
	struct screen *screen = show(close_terminal());
	assert_string_equal(screen->lines[0], "✔ First     fine");
	assert_string_equal(screen->lines[1], "✖ Second    fine");
	assert_non_null(strstr(screen->lines[2], "✔ Third     a message that is longer"));
	assert_string_equal(screen->lines[3], "  Fourth    waiting: pod/x: ContainerCreating (42 s left)");
}

static void
no_row_wraps(void **state)
{
	(void)state;
	open_terminal(24);
	run_checks(pf_progress_events(start()), CHECKS);
	struct screen *screen = show(close_terminal());
	for (unsigned i = 0; i < CHECKS; i++) {
		size_t columns = 0;
		for (const char *p = screen->lines[i]; *p != '\0'; p++)
			columns += ((unsigned char)*p & 0xc0) != 0x80;
		assert_true(columns > 0 && columns < COLUMNS);
	}
}

static void
nothing_stays_when_it_ends(void **state)
{
	(void)state;
	for (unsigned short rows = 3; rows < 24; rows += 5) {
		open_terminal(rows);
		struct pf_progress *progress = start();
		run_checks(pf_progress_events(progress), CHECKS);
		pf_progress_end(progress);
		struct screen *screen = show(close_terminal());
		for (unsigned i = 0; i < MAX_LINES; i++)
			assert_string_equal(screen->lines[i], "");
		assert_int_equal(screen->row, 0);
		/* What scrolls off at the top could never be erased. */
		assert_true(screen->lowest < rows);
	}
}

static void
waiting_before_the_first_check_is_shown(void **state)
{
	(void)state;
	open_terminal(24);
	struct pf_run_events events = pf_progress_events(start());
	events.waiting(events.context, "deployment/x: its pods are being made", 1000);
	struct screen *screen = show(close_terminal());
	assert_string_equal(screen->lines[0], "  waiting: deployment/x: its pods are being made (1 s left)");
}

static void
nobody_watching_nothing_shown(void **state)
{
	const struct pf_run_flags usual = PF_RUN_FLAGS;
	struct pf_run_flags unwanted = PF_RUN_FLAGS;
	struct pf_cli cli = {.arena = arena, .env = {.term = "xterm"}};
	struct pf_cli ci = {.arena = arena, .env = {.term = "xterm", .ci = "true"}};
	struct pf_cli dumb = {.arena = arena, .env = {.term = "dumb"}};

	(void)state;
	unwanted.no_progress = true;
	open_terminal(24);
	struct pf_progress *progress[] = {
		pf_progress_start(&cli, &unwanted, &plan),
		pf_progress_start(&ci, &usual, &plan),
		pf_progress_start(&dumb, &usual, &plan),
	};
	const char *written = close_terminal();
	for (size_t i = 0; i < 3; i++) {
		assert_null(progress[i]);
		assert_null(pf_progress_events(progress[i]).check_started);
		pf_progress_end(progress[i]);
	}
	assert_string_equal(written, "");
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_appear_in_order, begin, end),
		cmocka_unit_test_setup_teardown(no_row_wraps, begin, end),
		cmocka_unit_test_setup_teardown(nothing_stays_when_it_ends, begin, end),
		cmocka_unit_test_setup_teardown(waiting_before_the_first_check_is_shown, begin, end),
		cmocka_unit_test_setup_teardown(nobody_watching_nothing_shown, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
