/* What the client does with servers that behave: versions, connections, bodies, headers, sinks. */
#include "http_server.h"

#include "net/http_internal.h"

#define WAVE 6

static void
six_requests_share_one_connection_under_http2(void **state)
{
	struct pf_http *http = client("h2");
	struct pf_http_request requests[WAVE];
	struct pf_http_response responses[WAVE];
	int before = asked("/connections?of=h2");

	(void)state;
	for (int wave = 0; wave < 2; wave++) {
		for (size_t i = 0; i < WAVE; i++)
			requests[i] = (struct pf_http_request){.method = "GET", .path = "/later?ms=20"};
		pf_http_perform(http, fixture.arena, requests, responses, WAVE, pf_deadline_in(PATIENCE_MS));
		for (size_t i = 0; i < WAVE; i++) {
			assert_body(&responses[i], 200, "late");
			assert_string_equal(responses[i].version, "2");
			assert_int_equal(responses[i].attempts, 1);
		}
	}
	assert_int_equal(asked("/connections?of=h2") - before, 1);
	assert_int_equal(pf_http_stats(http).connections, 1);
	assert_int_equal(pf_http_stats(http).requests, 2 * WAVE);
}

/* Seen on a real API server in six waves of a hundred: a stream that had ended for everybody but libcurl. */
static void
wave_of_long_lists_never_stalls(void **state)
{
	enum { LISTS = 7, WAVES = 120 };
	struct pf_http *http = client("h2");
	struct pf_http_request requests[LISTS];
	struct pf_http_response responses[LISTS];

	(void)state;
	for (int i = 0; i < LISTS; i++)
		requests[i] = (struct pf_http_request){
			.method = "GET", .timeout_ms = 5000, .path = pf_printf(fixture.arena, "/lists?n=%d", i)};
	for (int wave = 0; wave < WAVES; wave++) {
		pf_http_perform(http, fixture.arena, requests, responses, LISTS, pf_deadline_in(PATIENCE_MS));
		for (int i = 0; i < LISTS; i++) {
			assert_true(responses[i].ok);
			assert_int_equal(responses[i].attempts, 1);
		}
	}
}

static void
server_without_http2_gets_http11_and_its_connections_again(void **state)
{
	struct pf_http *http = client("h1");
	struct pf_http_request requests[WAVE];
	struct pf_http_response responses[WAVE];
	unsigned connections;

	(void)state;
	for (size_t i = 0; i < WAVE; i++)
		requests[i] = (struct pf_http_request){.method = "GET", .path = "/text"};
	pf_http_perform(http, fixture.arena, requests, responses, WAVE, pf_deadline_in(PATIENCE_MS));
	for (size_t i = 0; i < WAVE; i++) {
		assert_body(&responses[i], 200, "hello");
		assert_string_equal(responses[i].version, "1.1");
	}
	connections = pf_http_stats(http).connections;
	assert_in_range(connections, 1, WAVE);
	pf_http_perform(http, fixture.arena, requests, responses, WAVE, pf_deadline_in(PATIENCE_MS));
	assert_in_range(pf_http_stats(http).connections, connections, WAVE);
}

static void
more_requests_than_connections_allowed_all_end(void **state)
{
	enum { MANY = 40 };
	struct pf_http_request requests[MANY];
	struct pf_http_response responses[MANY];
	struct pf_http *http = client("h1");

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		requests[i] = (struct pf_http_request){.method = "GET", .path = "/later?ms=5"};
	pf_http_perform(http, fixture.arena, requests, responses, MANY, pf_deadline_in(PATIENCE_MS));
	for (size_t i = 0; i < MANY; i++)
		assert_body(&responses[i], 200, "late");
	assert_in_range(pf_http_stats(http).connections, 1, 16);
}

static void
plain_http_stays_http11(void **state)
{
	struct pf_http_response response = get(client("plain"), "/text");

	(void)state;
	assert_body(&response, 200, "hello");
	assert_string_equal(response.version, "1.1");
}

static void
every_status_is_an_answer(void **state)
{
	static const int statuses[] = {200, 201, 204, 301, 400, 401, 403, 404, 409, 410, 422, 500, 502, 504};
	struct pf_http *http = client("h2");

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct pf_http_response response = get(http, pf_printf(fixture.arena, "/status?code=%d&body=%s",
								       statuses[i], statuses[i] == 204 ? "" : "why"));
		assert_body(&response, statuses[i], statuses[i] == 204 ? "" : "why");
		assert_int_equal(response.attempts, 1);
	}
}

static void
redirect_is_not_followed(void **state)
{
	struct pf_http_response response = get(client("h2"), "/redirect");

	(void)state;
	assert_body(&response, 302, "");
}

static void
html_is_told_by_its_content_type(void **state)
{
	struct pf_http_response response = get(client("h2"), "/html");

	(void)state;
	assert_body(&response, 200, "<html>login</html>");
	assert_string_equal(response.content_type, "text/html; charset=utf-8");
	response = get(client("h2"), "/text");
	assert_string_equal(response.content_type, "");
}

static void
gzip_is_asked_for_and_undone(void **state)
{
	struct pf_http_response response = get(client("h2"), "/gzip");

	(void)state;
	assert_body(&response, 200, "packed hello");
	response = get(client("h2"), "/echo");
	assert_non_null(strstr(response.body, "\"accept-encoding\":\"gzip\""));
}

static void
request_carries_only_what_it_was_given(void **state)
{
	const struct pf_http_header headers[] = {{"Accept", "application/json"}, {"X-Empty", ""}};
	struct pf_http *http =
		client_at("https", "127.0.0.1", "h2",
			  (struct pf_http_config){.ca = pem("ca.pem"), .user_agent = "postflight/1 (test)"});
	struct pf_http_response response = send_one(http, (struct pf_http_request){.method = "POST",
										   .path = "/echo?a=b",
										   .headers = headers,
										   .header_count = 2,
										   .body = "12345",
										   .body_len = 5});

	(void)state;
	assert_true(response.ok);
	for (const char *const *part =
		     (const char *const[]){"\"method\":\"POST\"", "\"url\":\"/echo?a=b\"", "\"length\":5",
					   "\"accept\":\"application/json\"", "\"x-empty\":\"\"",
					   "\"user-agent\":\"postflight/1 (test)\"", NULL};
	     *part != NULL; part++)
		if (strstr(response.body, *part) == NULL)
			fail_msg("no %s in %s", *part, response.body);
	assert_null(strstr(response.body, "cookie"));
	assert_null(strstr(response.body, "content-type"));
	assert_null(strstr(response.body, "expect"));
	assert_null(strstr(response.body, "authorization"));
}

static void
large_body_is_sent_whole(void **state)
{
	size_t len = 3 << 20;
	char *body = pf_alloc(fixture.arena, len);

	(void)state;
	memset(body, 'b', len);
	for (const char *const *server = (const char *const[]){"h2", "h1", NULL}; *server != NULL; server++) {
		struct pf_http_response response = send_one(
			client(*server),
			(struct pf_http_request){.method = "PATCH", .path = "/echo", .body = body, .body_len = len});
		assert_true(response.ok);
		assert_non_null(strstr(response.body, "\"length\":3145728"));
		assert_non_null(strstr(response.body, "\"method\":\"PATCH\""));
		/* An extra round trip, and a second of waiting where the server ignores it. */
		assert_null(strstr(response.body, "\"expect\""));
	}
}

static void
methods_without_a_body_arrive_as_they_are(void **state)
{
	static const char *const methods[] = {"DELETE", "POST", "OPTIONS"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct pf_http_response response =
			send_one(client("h1"), (struct pf_http_request){.method = methods[i], .path = "/echo"});
		assert_true(response.ok);
		assert_non_null(strstr(response.body, pf_printf(fixture.arena, "\"method\":\"%s\"", methods[i])));
		assert_non_null(strstr(response.body, "\"length\":0"));
	}
}

static void
head_ends_without_a_body(void **state)
{
	struct pf_http_response response =
		send_one(client("h1"), (struct pf_http_request){.method = "HEAD", .path = "/big?bytes=1000"});

	(void)state;
	assert_body(&response, 200, "");
}

static void
line_break_in_a_header_is_refused_unsent(void **state)
{
	const struct pf_http_header header = {"Authorization", "Bearer s3cret\nX-Evil: 1"};
	struct pf_http *http = client("h2");
	struct pf_http_response response = send_one(
		http,
		(struct pf_http_request){.method = "GET", .path = "/echo", .headers = &header, .header_count = 1});

	(void)state;
	assert_fails(&response, PF_ERR_CONFIG, "h2", "Authorization", "line break", NULL);
	assert_null(strstr(response.err.text, "s3cret"));
	assert_int_equal(pf_http_stats(http).requests, 0);
}

static void
basic_auth_comes_from_the_configuration_or_the_url(void **state)
{
	struct pf_http_config config = {.ca = pem("ca.pem"), .basic_user = "u", .basic_password = "p"};
	struct pf_http_response response = get(client_at("https", "127.0.0.1", "h2", config), "/echo");

	(void)state;
	assert_non_null(strstr(response.body, "\"authorization\":\"Basic dTpw\""));
	config = (struct pf_http_config){
		.ca = pem("ca.pem"), .base_url = pf_printf(fixture.arena, "https://u:p@127.0.0.1:%u/", port_of("h2"))};
	response = get(client_of(config), "/echo");
	assert_non_null(strstr(response.body, "\"authorization\":\"Basic dTpw\""));
	assert_non_null(strstr(response.body, "\"url\":\"/echo\""));
}

static void
base_path_goes_before_the_path_and_dots_stay(void **state)
{
	struct pf_http_config config = {
		.ca = pem("ca.pem"),
		.base_url = pf_printf(fixture.arena, "https://127.0.0.1:%u/k8s/clusters/c-1/", port_of("h2"))};
	struct pf_http_response response = get(client_of(config), "/api");

	(void)state;
	assert_body(&response, 404, "no such path");
	config.base_url = pf_printf(fixture.arena, "https://127.0.0.1:%u/echo", port_of("h2"));
	response = get(client_of(config), "/../echo?x=1");
	assert_true(response.ok);
	assert_non_null(strstr(response.body, "\"url\":\"/echo/../echo?x=1\""));
}

struct pieces {
	size_t bytes, calls, enough;
};

static bool
count_pieces(void *context, const char *bytes, size_t len)
{
	struct pieces *pieces = context;

	(void)bytes;
	pieces->bytes += len;
	pieces->calls++;
	return pieces->enough == 0 || pieces->bytes < pieces->enough;
}

static struct pf_http_response
stream(const char *server, const char *path, size_t cap, struct pieces *pieces)
{
	return send_one(
		client(server),
		(struct pf_http_request){
			.method = "GET", .path = path, .cap = cap, .sink = count_pieces, .sink_context = pieces});
}

static void
sink_gets_the_body_as_it_comes_and_may_end_it(void **state)
{
	static const char *const servers[] = {"h2", "h1"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pieces pieces = {.enough = 15};
		struct pf_http_response response = stream(servers[i], "/drip", 0, &pieces);
		assert_body(&response, 200, "");
		assert_in_range(pieces.bytes, 15, 1000);
		assert_in_range(pieces.calls, 2, 100);
	}
}

static void
ending_a_sink_leaves_the_http2_connection_to_others(void **state)
{
	struct pf_http *http = client("h2");
	struct pieces pieces = {.enough = 5};
	const struct pf_http_request requests[] = {
		{.method = "GET", .path = "/drip", .sink = count_pieces, .sink_context = &pieces},
		{.method = "GET", .path = "/later?ms=300"}};
	struct pf_http_response responses[2];

	(void)state;
	pf_http_perform(http, fixture.arena, requests, responses, 2, pf_deadline_in(PATIENCE_MS));
	assert_body(&responses[0], 200, "");
	assert_body(&responses[1], 200, "late");
	responses[0] = get(http, "/text");
	assert_body(&responses[0], 200, "hello");
	assert_int_equal(pf_http_stats(http).connections, 1);
}

static void
sink_is_not_given_an_error_message(void **state)
{
	struct pieces pieces = {0};
	struct pf_http_response response = stream("h2", "/status?code=403&body=forbidden", 0, &pieces);

	(void)state;
	assert_body(&response, 403, "forbidden");
	assert_int_equal(pieces.calls, 0);
}

static void
sink_is_never_offered_compression(void **state)
{
	struct pieces pieces = {0};
	struct pf_http_response response = stream("h2", "/gzip", 0, &pieces);

	(void)state;
	assert_true(response.ok);
	/* The server packs whatever was asked: what arrives is still packed. */
	assert_int_not_equal(pieces.bytes, strlen("packed hello"));
}

static void
body_at_its_cap_passes_and_one_byte_more_does_not(void **state)
{
	struct pf_http_request request = {.method = "GET", .path = "/big?bytes=5000", .cap = 5000};
	struct pieces pieces = {0};
	struct pf_http_response response = send_one(client("h2"), request);

	(void)state;
	assert_true(response.ok);
	assert_int_equal(response.body_len, 5000);
	request.cap = 4999;
	response = send_one(client("h2"), request);
	assert_fails(&response, PF_ERR_PROTOCOL, "h2", "body is larger than the 4999 bytes", NULL);
	response = stream("h2", "/big?bytes=5000", 5000, &pieces);
	assert_true(response.ok);
	response = stream("h2", "/big?bytes=5000", 4999, &pieces);
	assert_fails(&response, PF_ERR_PROTOCOL, "h2", "4999 bytes", NULL);
}

static void
gzip_bomb_is_refused_by_its_unpacked_size(void **state)
{
	struct pf_http_request request = {.method = "GET", .path = "/bomb", .cap = 1 << 20};
	struct pf_http_response response = send_one(client("h2"), request);

	(void)state;
	assert_fails(&response, PF_ERR_PROTOCOL, "h2", "1048576 bytes", NULL);
	assert_int_equal(response.attempts, 1);
	request.cap = 0;
	response = send_one(client("h1"), request);
	assert_fails(&response, PF_ERR_PROTOCOL, "h1", "16777216 bytes", NULL);
}

static void
body_may_hold_a_nul(void **state)
{
	struct pf_http_response response = get(client("odd"), "/nul");

	(void)state;
	assert_true(response.ok);
	assert_int_equal(response.body_len, 3);
	assert_memory_equal(response.body, "a\0b", 4);
	assert_string_equal(response.version, "1.0");
}

static void
no_requests_are_no_trouble(void **state)
{
	(void)state;
	pf_http_perform(client("h2"), fixture.arena, NULL, NULL, 0, PF_NO_DEADLINE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(six_requests_share_one_connection_under_http2),
		TEST(wave_of_long_lists_never_stalls),
		TEST(server_without_http2_gets_http11_and_its_connections_again),
		TEST(more_requests_than_connections_allowed_all_end),
		TEST(plain_http_stays_http11),
		TEST(every_status_is_an_answer),
		TEST(redirect_is_not_followed),
		TEST(html_is_told_by_its_content_type),
		TEST(gzip_is_asked_for_and_undone),
		TEST(request_carries_only_what_it_was_given),
		TEST(large_body_is_sent_whole),
		TEST(methods_without_a_body_arrive_as_they_are),
		TEST(head_ends_without_a_body),
		TEST(line_break_in_a_header_is_refused_unsent),
		TEST(basic_auth_comes_from_the_configuration_or_the_url),
		TEST(base_path_goes_before_the_path_and_dots_stay),
		TEST(sink_gets_the_body_as_it_comes_and_may_end_it),
		TEST(ending_a_sink_leaves_the_http2_connection_to_others),
		TEST(sink_is_not_given_an_error_message),
		TEST(sink_is_never_offered_compression),
		TEST(body_at_its_cap_passes_and_one_byte_more_does_not),
		TEST(gzip_bomb_is_refused_by_its_unpacked_size),
		TEST(body_may_hold_a_nul),
		TEST(no_requests_are_no_trouble),
	};

	return cmocka_run_group_tests_name("http", tests, start_servers, stop_servers);
}
