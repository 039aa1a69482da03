/* Servers and networks that fail: what is tried again, what is said, and that every wait ends. */
#include "http_server.h"

#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#define HANG_S 30

/* The names of these tests, whatever this machine's DNS says. Takes the place of libc's for the whole program. */
int
getaddrinfo(const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
	    struct addrinfo **restrict result)
{
	union {
		void *object;
		int (*function)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	} real = {.object = dlsym(RTLD_NEXT, "getaddrinfo")};

	if (name != NULL && strcmp(name, "hangs.test") == 0)
		sleep(HANG_S);
	if (name != NULL && strcmp(name, "api.test") == 0)
		name = "127.0.0.1";
	else if (name != NULL && pf_ends_with(name, ".test"))
		return EAI_NONAME;
	return real.function(name, service, hints, result);
}

static struct pf_http *
client_of_url(const char *url)
{
	return client_of((struct pf_http_config){.base_url = url, .ca = pem("ca.pem")});
}

static char *
keyed(const char *path, const char *key, int n)
{
	return pf_printf(fixture.arena, "%s?key=%s&n=%d", path, key, n);
}

static int
hits(const char *key)
{
	return asked(pf_printf(fixture.arena, "/hits?of=%s", key));
}

/* A loopback socket: bound, and listening when BACKLOG is not negative. */
static int
local_socket(int backlog, unsigned *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	if (backlog >= 0)
		assert_int_equal(listen(fd, backlog), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void
broken_connection_is_tried_again(void **state)
{
	static const struct {
		const char *server, *path, *key;
	} cases[] = {
		{"h1", "/die", "die1"}, {"h2", "/die", "die2"},       {"h1", "/cut", "cut1"},
		{"h2", "/cut", "cut2"}, {"h2", "/goaway", "goaway2"}, {"h2", "/unavailable", "unavailable2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pf_http_response response = get(client(cases[i].server), keyed(cases[i].path, cases[i].key, 2));
		assert_body(&response, 200, "done");
		assert_in_range(response.attempts, 2, 3);
		assert_int_equal(hits(cases[i].key), 3);
	}
}

static void
broken_connection_is_given_up_after_four_attempts(void **state)
{
	struct pf_http_response response = get(client("h1"), keyed("/die", "dead1", 99));

	(void)state;
	assert_fails(&response, PF_ERR_UNREACHABLE, "h1", "without an answer", NULL);
	assert_int_equal(response.attempts, 4);
	assert_int_equal(hits("dead1"), 4);
	response = get(client("h2"), keyed("/cut", "cut-for-good", 99));
	assert_fails(&response, PF_ERR_UNREACHABLE, "h2", "HTTP/2 stream", NULL);
	assert_int_equal(response.attempts, 4);
	response = get(client("h2"), keyed("/goaway", "goaway-for-good", 99));
	assert_fails(&response, PF_ERR_UNREACHABLE, "h2", NULL);
	response = get(client("plain"), keyed("/unavailable", "unavailable", 99));
	assert_body(&response, 503, "down");
	assert_int_equal(response.attempts, 4);
}

static void
truncated_body_is_an_error(void **state)
{
	struct pf_http_response response = get(client("odd"), "/truncated?key=truncated");

	(void)state;
	assert_fails(&response, PF_ERR_UNREACHABLE, "odd", "before the answer was complete", NULL);
	assert_int_equal(response.status, 200);
	assert_int_equal(hits("truncated"), 4);
	response = get(client("odd"), "/chunk-cut");
	assert_fails(&response, PF_ERR_UNREACHABLE, "odd", NULL);
}

static void
reset_and_silent_close_are_told(void **state)
{
	struct pf_http_response response = get(client("odd"), "/reset");

	(void)state;
	assert_fails(&response, PF_ERR_UNREACHABLE, "odd", "reset", NULL);
	response = get(client("odd"), "/nothing");
	assert_fails(&response, PF_ERR_UNREACHABLE, "odd", "without an answer", NULL);
	response = get(client("hangup"), "/text");
	assert_fails(&response, PF_ERR_UNREACHABLE, "hangup", "reset", NULL);
	assert_int_equal(response.attempts, 4);
}

static void
header_without_end_is_refused(void **state)
{
	static const char *const paths[] = {"/endless-header", "/endless-continue", "/long-line"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct pf_http_response response = get(client("odd"), paths[i]);
		assert_fails(&response, PF_ERR_PROTOCOL, "odd", "header", NULL);
		assert_int_equal(response.attempts, 1);
	}
}

static void
answer_that_is_not_http_is_told(void **state)
{
	struct pf_http_response response = get(client("odd"), "/garbage");

	(void)state;
	assert_fails(&response, PF_ERR_PROTOCOL, "odd", "not HTTP", NULL);
	response = get(client("h2"), "/not-gzip");
	assert_fails(&response, PF_ERR_PROTOCOL, "h2", "compressed", NULL);
}

static void
busy_server_is_asked_again_when_it_says(void **state)
{
	struct pf_http_response response = get(client("h2"), "/busy?key=busy&n=1&after=1");

	(void)state;
	assert_body(&response, 200, "done");
	assert_int_equal(response.attempts, 2);
	assert_in_range(response.elapsed_ms, 1000, PATIENCE_MS);
	response = get(client("h2"), "/busy?key=busy-date&n=1&after=date");
	assert_body(&response, 200, "done");
	response = get(client("h2"), "/busy?key=busy-unsaid&n=99");
	assert_body(&response, 429, "busy");
	assert_int_equal(response.attempts, 4);
}

static void
busy_server_that_wants_too_long_a_wait_is_believed(void **state)
{
	const struct pf_http_request request = {.method = "GET", .path = "/busy?key=patient&n=9&after=5"};
	struct pf_http_response response = get(client("h2"), "/busy?key=later&n=9&after=3600");

	(void)state;
	assert_body(&response, 429, "busy");
	assert_int_equal(response.attempts, 1);
	pf_http_perform(client("h2"), fixture.arena, &request, &response, 1, pf_deadline_in(3000));
	assert_body(&response, 429, "busy");
	assert_int_equal(response.attempts, 1);
}

static void
unsafe_request_is_sent_once(void **state)
{
	static const char *const servers[] = {"h1", "h2"};
	static const struct {
		const char *method, *body;
	} requests[] = {{"POST", "{}"},   {"PATCH", "{}"}, {"PUT", "{}"},
			{"DELETE", NULL}, {"POST", NULL},  {"DELETE", "{}"}};

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		const char *server = servers[i / 6], *method = requests[i % 6].method, *body = requests[i % 6].body;
		struct pf_http *http = client(server);
		char *key = pf_printf(fixture.arena, "once%zu", i);
		struct pf_http_request request = {.method = method,
						  .path = keyed("/die", key, 99),
						  .body = body,
						  .body_len = body != NULL ? strlen(body) : 0};
		/* The connection is one that was used before: libcurl alone would repeat the request. */
		struct pf_http_response response = get(http, "/text");
		assert_body(&response, 200, "hello");
		response = send_one(http, request);
		assert_fails(&response, PF_ERR_UNREACHABLE, server, NULL);
		assert_int_equal(response.attempts, 1);
		assert_int_equal(hits(key), 1);
		key = pf_printf(fixture.arena, "busy-once%zu", i);
		request.path = keyed(i % 2 == 0 ? "/busy" : "/unavailable", key, 99);
		response = send_one(http, request);
		assert_body(&response, i % 2 == 0 ? 429 : 503, i % 2 == 0 ? "busy" : "down");
		assert_int_equal(hits(key), 1);
	}
}

static bool
count_bytes(void *context, const char *bytes, size_t len)
{
	(void)bytes;
	*(size_t *)context += len;
	return true;
}

static void
stream_is_repeated_only_before_its_first_byte(void **state)
{
	size_t bytes = 0;
	struct pf_http_request request = {
		.method = "GET", .path = keyed("/cut", "stream", 1), .sink = count_bytes, .sink_context = &bytes};
	struct pf_http_response response = send_one(client("h1"), request);

	(void)state;
	assert_fails(&response, PF_ERR_UNREACHABLE, "h1", NULL);
	assert_int_equal(bytes, 4);
	assert_int_equal(response.attempts, 1);
	bytes = 0;
	request.path = keyed("/unavailable", "stream-down", 2);
	response = send_one(client("h1"), request);
	assert_body(&response, 200, "");
	assert_int_equal(bytes, strlen("done"));
	assert_int_equal(response.attempts, 3);
}

static void
refused_connection_is_tried_twice(void **state)
{
	unsigned port;
	int fd = local_socket(-1, &port);
	struct pf_http_response response =
		get(client_of_url(pf_printf(fixture.arena, "https://127.0.0.1:%u", port)), "/");

	(void)state;
	assert_fails(&response, PF_ERR_UNREACHABLE, NULL, "refused", pf_printf(fixture.arena, "127.0.0.1:%u", port),
		     NULL);
	assert_int_equal(response.attempts, 2);
	close(fd);
}

static void
name_that_does_not_resolve_is_told(void **state)
{
	struct pf_http_response response = get(client_of_url("https://user:s3cret@nowhere.test:6443"), "/");

	(void)state;
	assert_fails(&response, PF_ERR_UNREACHABLE, NULL, "nowhere.test:6443", "cannot be resolved", NULL);
	assert_null(strstr(response.err.text, "s3cret"));
	assert_null(strstr(response.err.text, "user"));
	assert_int_equal(response.attempts, 1);
}

static struct pf_http_response
get_within(struct pf_http *http, const char *path, int64_t ms)
{
	return send_one(http, (struct pf_http_request){.method = "GET", .path = path, .timeout_ms = ms});
}

static void
each_stage_that_takes_too_long_is_named(void **state)
{
	unsigned port;
	int listener = local_socket(0, &port), fillers[3];
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct pf_http_response response;

	(void)state;
	/* The kernel drops what comes to a full backlog, as a firewall would. */
	for (size_t i = 0; i < 3; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (connect(fillers[i], (struct sockaddr *)&address, sizeof(address)) != 0)
			continue;
	}
	response = get_within(client_of_url(pf_printf(fixture.arena, "https://127.0.0.1:%u", port)), "/", 200);
	assert_fails(&response, PF_ERR_TIMEOUT, NULL, "no connection within", NULL);
	assert_int_equal(response.attempts, 1);
	for (size_t i = 0; i < 3; i++)
		close(fillers[i]);
	close(listener);

	response = get_within(client("silent"), "/", 200);
	assert_fails(&response, PF_ERR_TIMEOUT, "silent", "TLS handshake", NULL);
	response = get_within(client("h2"), "/never", 200);
	assert_fails(&response, PF_ERR_TIMEOUT, "h2", "no answer within", NULL);
	response = get_within(client("h1"), "/never", 200);
	assert_fails(&response, PF_ERR_TIMEOUT, "h1", "no answer within", NULL);
	response = get_within(client("plain"), "/never", 200);
	assert_fails(&response, PF_ERR_TIMEOUT, "plain", "no answer within", NULL);
	response = get_within(client("h2"), "/half", 300);
	assert_fails(&response, PF_ERR_TIMEOUT, "h2", "an answer began", NULL);
	assert_int_equal(response.status, 200);
}

static void
resolver_that_hangs_holds_nobody_up(void **state)
{
	struct pf_http_response response = get_within(client_of_url("https://hangs.test:6443"), "/", 200);

	(void)state;
	assert_fails(&response, PF_ERR_TIMEOUT, NULL, "hangs.test:6443", "no connection within", NULL);
	assert_in_range(response.elapsed_ms, 0, HANG_S * 1000 / 2);
}

static void
deadline_ends_what_has_not_ended(void **state)
{
	const struct pf_http_request requests[] = {{.method = "GET", .path = "/text"},
						   {.method = "GET", .path = "/never"},
						   {.method = "POST", .path = "/never", .body = "x", .body_len = 1},
						   {.method = "GET", .path = "/never", .timeout_ms = PATIENCE_MS}};
	struct pf_http_response responses[4];
	struct pf_http *http = client("h2");

	(void)state;
	pf_http_perform(http, fixture.arena, requests, responses, 4, pf_deadline_in(1000));
	assert_body(&responses[0], 200, "hello");
	for (size_t i = 1; i < 4; i++) {
		assert_fails(&responses[i], PF_ERR_TIMEOUT, "h2", "no answer", NULL);
		assert_int_equal(responses[i].attempts, 1);
	}
}

static void
deadline_in_the_past_sends_nothing(void **state)
{
	const struct pf_http_request request = {.method = "GET", .path = "/text"};
	struct pf_http_response response;
	struct pf_http *http = client("h2");

	(void)state;
	pf_http_perform(http, fixture.arena, &request, &response, 1, (struct pf_deadline){pf_monotonic_ms() - 1});
	assert_fails(&response, PF_ERR_TIMEOUT, "h2", "no time", NULL);
	assert_int_equal(response.attempts, 0);
	assert_int_equal(pf_http_stats(http).requests, 0);
}

static void
one_slow_request_does_not_fail_the_others(void **state)
{
	const struct pf_http_request requests[] = {{.method = "GET", .path = "/never", .timeout_ms = 200},
						   {.method = "GET", .path = "/later?ms=600"},
						   {.method = "GET", .path = "/cut?key=among&n=1"}};
	struct pf_http_response responses[3];
	struct pf_http *http = client("h2");

	(void)state;
	pf_http_perform(http, fixture.arena, requests, responses, 3, pf_deadline_in(PATIENCE_MS));
	assert_fails(&responses[0], PF_ERR_TIMEOUT, "h2", NULL);
	assert_body(&responses[1], 200, "late");
	assert_body(&responses[2], 200, "done");
}

static void
requests_without_tls_do_not_wait_for_each_other(void **state)
{
	const struct pf_http_request requests[] = {{.method = "GET", .path = "/never", .timeout_ms = 1000},
						   {.method = "GET", .path = "/text", .timeout_ms = 1000}};
	struct pf_http_response responses[2];

	(void)state;
	pf_http_perform(client("plain"), fixture.arena, requests, responses, 2, pf_deadline_in(PATIENCE_MS));
	assert_fails(&responses[0], PF_ERR_TIMEOUT, "plain", NULL);
	assert_body(&responses[1], 200, "hello");
}

static void
connection_that_went_silent_is_not_used_again(void **state)
{
	struct pf_http *http = client("h2");
	struct pf_http_response response = get_within(http, "/never", 200);

	(void)state;
	assert_int_equal(response.err.kind, PF_ERR_TIMEOUT);
	assert_int_equal(pf_http_stats(http).connections, 1);
	response = get(http, "/text");
	assert_body(&response, 200, "hello");
	assert_int_equal(pf_http_stats(http).connections, 2);
}

/* Takes the signal in a thread of its own, so that no system call of the other one ends early because of it. */
static void *
signal_soon(void *unused)
{
	const struct timespec soon = {.tv_nsec = 300000000};
	sigset_t interrupt;

	(void)unused;
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	nanosleep(&soon, NULL);
	pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
	raise(SIGINT);
	return NULL;
}

/* Sends COUNT requests; true when all end as interrupted, well before the deadline, and nothing is sent afterwards. */
static bool
ends_interrupted(const char *server, const struct pf_http_request *requests, size_t count)
{
	struct pf_http_response responses[3];
	struct pf_http *http = client(server);

	pf_http_perform(http, fixture.arena, requests, responses, count, pf_deadline_in(PATIENCE_MS));
	for (size_t i = 0; i < count; i++)
		if (responses[i].ok || responses[i].err.kind != PF_ERR_INTERRUPTED ||
		    responses[i].elapsed_ms > PATIENCE_MS / 2)
			return false;
	pf_http_perform(http, fixture.arena, requests, responses, count, pf_deadline_in(PATIENCE_MS));
	for (size_t i = 0; i < count; i++)
		if (responses[i].err.kind != PF_ERR_INTERRUPTED || responses[i].attempts != 0)
			return false;
	return true;
}

/* In a process of its own: a signal that was caught stays caught. */
static void
interrupt_child(const char *server, const struct pf_http_request *requests, size_t count)
{
	sigset_t interrupt;
	pthread_t thread;
	bool good;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	pthread_sigmask(SIG_BLOCK, &interrupt, NULL);
	good = pthread_create(&thread, NULL, signal_soon, NULL) == 0 && ends_interrupted(server, requests, count);
	_exit(good ? 0 : 1);
}

static void
signal_ends_every_wait(void **state)
{
	/* For an answer, for another attempt, for the rest of a body. */
	const struct pf_http_request requests[] = {
		{.method = "GET", .path = "/never"},
		{.method = "GET", .path = "/busy?key=interrupted&n=9&after=15"},
		{.method = "GET", .path = "/half"},
	};
	int status = -1;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		interrupt_child("h2", requests, 3);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(broken_connection_is_tried_again),
		TEST(broken_connection_is_given_up_after_four_attempts),
		TEST(truncated_body_is_an_error),
		TEST(reset_and_silent_close_are_told),
		TEST(header_without_end_is_refused),
		TEST(answer_that_is_not_http_is_told),
		TEST(busy_server_is_asked_again_when_it_says),
		TEST(busy_server_that_wants_too_long_a_wait_is_believed),
		TEST(unsafe_request_is_sent_once),
		TEST(stream_is_repeated_only_before_its_first_byte),
		TEST(refused_connection_is_tried_twice),
		TEST(name_that_does_not_resolve_is_told),
		TEST(each_stage_that_takes_too_long_is_named),
		TEST(resolver_that_hangs_holds_nobody_up),
		TEST(deadline_ends_what_has_not_ended),
		TEST(deadline_in_the_past_sends_nothing),
		TEST(one_slow_request_does_not_fail_the_others),
		TEST(requests_without_tls_do_not_wait_for_each_other),
		TEST(connection_that_went_silent_is_not_used_again),
		TEST(signal_ends_every_wait),
	};

	return cmocka_run_group_tests_name("http failures", tests, start_servers, stop_servers);
}
