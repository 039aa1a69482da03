/* HTTP/1.x answers, cut at every place where the network could cut them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/http1.h"

/* What became of TEXT when it came in two pieces, the second from AT on, and then the end. */
struct outcome {
	bool ok;
	int status;
	bool keep_alive;
	size_t used;
	char body[64];
	struct pf_err err;
};

static struct outcome
read_in_two(const char *text, size_t at)
{
	struct pf_http1 answer = {0};
	struct outcome outcome = {0};
	size_t used = 0, len = strlen(text);

	pf_http1_begin(&answer, 40);
	outcome.ok = pf_http1_take(&answer, text, at, &used, &outcome.err);
	outcome.used = used;
	if (outcome.ok && answer.state != PF_HTTP1_DONE) {
		outcome.ok = pf_http1_take(&answer, text + at, len - at, &used, &outcome.err);
		outcome.used += used;
	}
	if (outcome.ok)
		outcome.ok = pf_http1_stream_ended(&answer, &outcome.err);
	outcome.status = answer.status;
	outcome.keep_alive = answer.keep_alive;
	memcpy(outcome.body, pf_buf_text(&answer.body), answer.body.len + 1);
	pf_http1_free(&answer);
	return outcome;
}

static void
cut_makes_no_difference(void **state)
{
	static const char *const texts[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellomore",
		"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
		"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\nT: "
		"x\r\n\r\nmore",
		"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: "
		"1\r\n\r\nx",
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.0 200 OK\r\n\r\nto the end",
		"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
		"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n29\r\n",
		"HTTP/1.1 200 OK\r\n: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA : x\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n",
		"\x15\x03\x03\x02\x02\x32",
		"\x15\x04",
		"-ERR unknown command\r\n",
		"HTTP/1.1",
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct outcome whole = read_in_two(texts[i], strlen(texts[i]));
		for (size_t at = 0; at < strlen(texts[i]); at++) {
			struct outcome cut = read_in_two(texts[i], at);
			if (cut.ok != whole.ok || cut.status != whole.status || cut.keep_alive != whole.keep_alive ||
			    (cut.ok && cut.used != whole.used) || strcmp(cut.err.text, whole.err.text) != 0 ||
			    (cut.ok && strcmp(cut.body, whole.body) != 0))
				fail_msg("%s cut at %zu: ok %d/%d status %d/%d used %zu/%zu %s/%s", texts[i], at,
					 cut.ok, whole.ok, cut.status, whole.status, cut.used, whole.used, cut.err.text,
					 whole.err.text);
		}
	}
}

static void
assert_read(const char *text, int status, bool keep_alive, const char *body)
{
	struct outcome outcome = read_in_two(text, strlen(text));

	if (!outcome.ok)
		fail_msg("%s", outcome.err.text);
	assert_int_equal(outcome.status, status);
	assert_int_equal(outcome.keep_alive, keep_alive);
	assert_string_equal(outcome.body, body);
}

static void
length_and_connection_are_understood(void **state)
{
	(void)state;
	assert_read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, true, "hello");
	assert_read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 200, true, "hello");
	assert_read("HTTP/1.1 200 OK\r\ncontent-LENGTH:5 \r\nCONNECTION: x, Close\r\n\r\nhello", 200, false, "hello");
	assert_read("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, false, "hello");
	assert_read("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\nhello", 200, true, "hello");
	assert_read("HTTP/1.1 500 X\r\nConnection: closed\r\nContent-Length: 0\r\n\r\n", 500, true, "");
	assert_read("HTTP/1.1 304 X\r\nContent-Length: 10\r\n\r\n", 304, true, "");
	assert_read("HTTP/1.1 200 OK\r\n\r\nall", 200, false, "all");
	assert_read("HTTP/1.1 100 X\r\nContent-Length: 3\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200,
		    true, "ok");
}

static void
what_two_readers_could_read_differently_is_refused(void **state)
{
	static const char *const texts[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\n Content-Length: 1\r\n\r\nx",
		"HTTP/1.1  200 OK\r\n\r\n",
		"HTTP/1.9 200 OK\r\n\r\n",
		"HTTP/1.1 099 OK\r\n\r\n",
		"HTTP/1.1 101 OK\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct outcome outcome = read_in_two(texts[i], strlen(texts[i]));
		if (outcome.ok || outcome.err.kind != PF_ERR_PROTOCOL)
			fail_msg("%s: ok %d %s", texts[i], outcome.ok, outcome.err.text);
	}
}

static void
headers_are_found_whatever_their_case(void **state)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nServer:  Jetty \t\r\nX-A: one\r\nx-a: two, Three\r\nX-Ab: no\r\n"
				   "Content-Length: 0\r\n\r\n";
	struct pf_arena *arena = pf_arena_new();
	struct pf_http1 answer = {0};
	struct pf_err err;
	size_t used;

	(void)state;
	pf_http1_begin(&answer, 0);
	assert_true(pf_http1_take(&answer, text, sizeof(text) - 1, &used, &err));
	assert_string_equal(pf_http1_header(&answer, arena, "SERVER"), "Jetty");
	assert_string_equal(pf_http1_header(&answer, arena, "x-a"), "one");
	assert_null(pf_http1_header(&answer, arena, "X"));
	assert_true(pf_http1_header_lists(&answer, "X-A", "three"));
	assert_true(pf_http1_header_lists(&answer, "X-A", "one"));
	assert_false(pf_http1_header_lists(&answer, "X-A", "no"));
	assert_false(pf_http1_header_lists(&answer, "X-A", "tw"));
	pf_http1_free(&answer);
	pf_arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_makes_no_difference),
		cmocka_unit_test(length_and_connection_are_understood),
		cmocka_unit_test(what_two_readers_could_read_differently_is_refused),
		cmocka_unit_test(headers_are_found_whatever_their_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
