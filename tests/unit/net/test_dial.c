/* Dialling ports of the loopback that listen, are closed, break off, and do not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <postflight/dial.h>
#include <postflight/signals.h>

#define PATIENCE_MS 20000

/* A socket on the loopback; BACKLOG negative: bound, not listening. */
static int
bound(int family, int backlog, int *port)
{
	struct sockaddr_storage address = {.ss_family = (sa_family_t)family};
	socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (family == AF_INET)
		((struct sockaddr_in *)&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)&address)->sin6_addr = in6addr_loopback;
	assert_true(fd >= 0);
	if (bind(fd, (struct sockaddr *)&address, len) != 0) {
		close(fd);
		return -1;
	}
	if (backlog >= 0)
		assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*port = ntohs(family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
					: ((struct sockaddr_in6 *)&address)->sin6_port);
	return fd;
}

static struct pf_dial_result
dial(const char *address, int port, int64_t timeout_ms)
{
	const struct pf_dial one = {address, port, timeout_ms};
	struct pf_dial_result result;

	pf_dial_all(&one, &result, 1, pf_deadline_in(PATIENCE_MS));
	return result;
}

static void
assert_outcome(struct pf_dial_result result, enum pf_dial_outcome outcome)
{
	if (!result.ok)
		fail_msg("%s", result.err.text);
	assert_string_equal(pf_dial_outcome_name(result.outcome), pf_dial_outcome_name(outcome));
}

/*
 * A port whose queue of connections is full: the kernel answers no further SYN, as a dropping firewall does. The
 * sockets that fill it are in FILLERS, up to MAX.
 */
static int
silent_port(int *listener, int *fillers, size_t max)
{
	int port;

	*listener = bound(AF_INET, 0, &port);
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	for (size_t i = 0; i < max; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(fillers[i], (struct sockaddr *)&to, sizeof(to));
	}
	return port;
}

static void
close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

static void
listening_port_connects(void **state)
{
	int port, fd = bound(AF_INET, 4, &port);

	(void)state;
	assert_outcome(dial("127.0.0.1", port, 3000), PF_DIAL_CONNECTED);
	assert_outcome(dial("::ffff:127.0.0.1", port, 3000), PF_DIAL_CONNECTED);
	close(fd);
}

static void
ipv6_port_connects(void **state)
{
	int port, fd = bound(AF_INET6, 4, &port);

	(void)state;
	if (fd < 0)
		skip(); /* no IPv6 on this machine */
	assert_outcome(dial("::1", port, 3000), PF_DIAL_CONNECTED);
	close(fd);
}

static void
port_that_nobody_listens_on_refuses(void **state)
{
	int port, fd = bound(AF_INET, -1, &port);

	(void)state;
	assert_outcome(dial("127.0.0.1", port, 3000), PF_DIAL_REFUSED);
	close(fd);
}

static void
port_that_does_not_answer_times_out(void **state)
{
	int listener, fillers[8], port = silent_port(&listener, fillers, 8);
	struct pf_dial_result result = dial("127.0.0.1", port, 400);

	(void)state;
	assert_outcome(result, PF_DIAL_TIMEOUT);
	assert_true(result.elapsed_ms >= 400);
	close_all(fillers, 8);
	close(listener);
}

static void *
accept_and_break_off(void *listener)
{
	const struct linger now = {1, 0};
	int fd = accept(*(int *)listener, NULL, NULL);

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	return NULL;
}

static void
connection_that_is_broken_off_is_a_reset(void **state)
{
	int port, fd = bound(AF_INET, 4, &port);
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, accept_and_break_off, &fd), 0);
	assert_outcome(dial("127.0.0.1", port, 3000), PF_DIAL_RESET);
	pthread_join(thread, NULL);
	close(fd);
}

static void *
accept_and_say_goodbye(void *listener)
{
	int fd = accept(*(int *)listener, NULL, NULL);

	(void)!write(fd, "hello", 5);
	close(fd);
	return NULL;
}

static void
server_that_talks_and_leaves_is_connected(void **state)
{
	int port, fd = bound(AF_INET, 4, &port);
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, accept_and_say_goodbye, &fd), 0);
	assert_outcome(dial("127.0.0.1", port, 3000), PF_DIAL_CONNECTED);
	pthread_join(thread, NULL);
	close(fd);
}

/* The kernel says so itself; no packet leaves this machine. */
static void
address_without_a_way_is_unreachable(void **state)
{
	(void)state;
	assert_outcome(dial("255.255.255.255", 8000, 3000), PF_DIAL_UNREACHABLE);
}

static void
dials_go_side_by_side(void **state)
{
	int listener, fillers[8], silent = silent_port(&listener, fillers, 8), port, fd = bound(AF_INET, 4, &port);
	const struct pf_dial dials[] = {{"127.0.0.1", silent, 1500},
					{"127.0.0.1", port, 1500},
					{"127.0.0.1", silent, 1500},
					{"nonsense", port, 1500}};
	struct pf_dial_result r[4];
	int64_t began = pf_monotonic_ms();

	(void)state;
	pf_dial_all(dials, r, 4, pf_deadline_in(PATIENCE_MS));
	assert_true(pf_monotonic_ms() - began < 3000);
	assert_outcome(r[0], PF_DIAL_TIMEOUT);
	assert_outcome(r[1], PF_DIAL_CONNECTED);
	assert_true(r[1].elapsed_ms < 1500);
	assert_outcome(r[2], PF_DIAL_TIMEOUT);
	assert_false(r[3].ok);
	close_all(fillers, 8);
	close(listener);
	close(fd);
}

static void
what_is_no_address_or_port_is_told(void **state)
{
	static const struct pf_dial wrong[] = {{"dynamodb", 8000, 100},
					       {"", 8000, 100},
					       {"127.0.0.1", 0, 100},
					       {"127.0.0.1", 70000, 100},
					       {"127.0.0.1:80", 80, 100}};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct pf_dial_result r = dial(wrong[i].address, wrong[i].port, wrong[i].timeout_ms);
		assert_false(r.ok);
		assert_int_equal(r.err.kind, PF_ERR_IO);
	}
}

static void
deadline_ends_the_wait(void **state)
{
	int listener, fillers[8], port = silent_port(&listener, fillers, 8);
	const struct pf_dial one = {"127.0.0.1", port, PATIENCE_MS};
	struct pf_dial_result r;

	(void)state;
	pf_dial_all(&one, &r, 1, pf_deadline_in(100));
	assert_false(r.ok);
	assert_int_equal(r.err.kind, PF_ERR_TIMEOUT);
	assert_true(r.elapsed_ms < PATIENCE_MS / 2);
	close_all(fillers, 8);
	close(listener);
}

static void *
signal_soon(void *unused)
{
	const struct timespec soon = {.tv_nsec = 200000000};

	(void)unused;
	nanosleep(&soon, NULL);
	kill(getpid(), SIGINT);
	return NULL;
}

/* In a process of its own: a signal that was caught stays caught. */
static void
signal_ends_the_wait(void **state)
{
	int listener, fillers[8], port = silent_port(&listener, fillers, 8), status = -1;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		const struct pf_dial one = {"127.0.0.1", port, PATIENCE_MS};
		struct pf_dial_result r;
		pthread_t thread;
		pf_signals_install();
		bool began = pthread_create(&thread, NULL, signal_soon, NULL) == 0;
		pf_dial_all(&one, &r, 1, pf_deadline_in(PATIENCE_MS));
		_exit(began && !r.ok && r.err.kind == PF_ERR_INTERRUPTED && r.elapsed_ms < PATIENCE_MS / 2 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close_all(fillers, 8);
	close(listener);
}

static void
own_addresses_are_addresses_and_no_loopback(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	unsigned char bytes[16];

	(void)state;
	for (const char *const *one = pf_own_addresses(arena); *one != NULL; one++) {
		assert_true(inet_pton(AF_INET, *one, bytes) == 1 || inet_pton(AF_INET6, *one, bytes) == 1);
		assert_string_not_equal(*one, "127.0.0.1");
		assert_string_not_equal(*one, "::1");
	}
	pf_arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listening_port_connects),
		cmocka_unit_test(ipv6_port_connects),
		cmocka_unit_test(port_that_nobody_listens_on_refuses),
		cmocka_unit_test(port_that_does_not_answer_times_out),
		cmocka_unit_test(connection_that_is_broken_off_is_a_reset),
		cmocka_unit_test(server_that_talks_and_leaves_is_connected),
		cmocka_unit_test(address_without_a_way_is_unreachable),
		cmocka_unit_test(dials_go_side_by_side),
		cmocka_unit_test(what_is_no_address_or_port_is_told),
		cmocka_unit_test(deadline_ends_the_wait),
		cmocka_unit_test(signal_ends_the_wait),
		cmocka_unit_test(own_addresses_are_addresses_and_no_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
