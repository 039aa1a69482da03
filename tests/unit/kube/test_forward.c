/* Requests to processes in pods: HTTP done well and badly, ports where nothing or something else listens. */
#include "socket_server.h"

#include <postflight/redact.h>

static struct pf_answer
get(const char *pod)
{
	return ask_one(forward_to(pod, "GET", "/"));
}

static void
assert_text(const char *pod, const char *text)
{
	struct pf_answer answer = get(pod);

	if (!answer.ok || answer.reply != PF_REPLY_HTTP || strcmp(answer.text, text) != 0)
		fail_msg("%s: status %d \"%s\" %s", pod, answer.status, answer.text, answer.err.text);
}

static void
request_arrives_as_it_was_asked(void **state)
{
	struct pf_ask ask = forward_to("echo", "POST", "/a?b=c");
	struct pf_answer answer;

	(void)state;
	ask.headers = "X-Amz-Target: DynamoDB_20120810.DescribeTable\r\nX-Empty:\r\n";
	ask.content_type = "application/x-amz-json-1.0";
	ask.body = "{\"TableName\":\"Items\"}";
	answer = ask_one(ask);
	assert_true(answer.ok);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.reply, PF_REPLY_HTTP);
	assert_string_equal(answer.server, "Test/1");
	assert_string_equal(PF_STRING_AT(answer.json, "head"),
			    "POST /a?b=c HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: postflight\r\n"
			    "Accept: application/json, */*\r\nX-Amz-Target: DynamoDB_20120810.DescribeTable\r\n"
			    "X-Empty:\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 21\r\n\r\n");
	assert_string_equal(PF_STRING_AT(answer.json, "body"), "{\"TableName\":\"Items\"}");
}

static void
large_body_arrives_whole(void **state)
{
	struct pf_ask ask = forward_to("echo", "POST", "/");
	char *body = pf_alloc(arena, 900001);
	struct pf_answer answer;

	(void)state;
	for (size_t i = 0; i < 900000; i++)
		body[i] = (char)('a' + i % 26);
	ask.body = body;
	answer = ask_one(ask);
	assert_true(answer.ok);
	assert_string_equal(PF_STRING_AT(answer.json, "body"), body);
}

static void
own_headers_take_the_place_of_ours(void **state)
{
	struct pf_ask ask = forward_to("echo", "GET", "/");

	(void)state;
	ask.headers = "host: cart\r\nACCEPT: text/plain\r\nuser-agent: x\r\n";
	assert_string_equal(PF_STRING_AT(ask_one(ask).json, "head"),
			    "GET / HTTP/1.1\r\nhost: cart\r\nACCEPT: text/plain\r\nuser-agent: x\r\n\r\n");
}

static void
answers_come_in_every_legal_way(void **state)
{
	(void)state;
	assert_text("in-chunks", "abc0123456789");
	assert_text("bytewise", "slowly");
	assert_text("interim", "at last");
	assert_text("till-closed", "all of it");
	assert_text("not-found", "gone");
	assert_text("no-content", "");
	assert_int_equal(get("not-found").status, 404);
	assert_string_equal(PF_STRING_AT(get("amz").json, "Table", "TableName"), "Items");
	assert_int_equal(ask_one(forward_to("head", "HEAD", "/")).status, 200);
}

static void
json_that_is_broken_is_text(void **state)
{
	struct pf_answer answer = get("broken-json");

	(void)state;
	assert_true(answer.ok);
	assert_null(answer.json);
	assert_string_equal(answer.text, "{\"Table\":");
}

/* Counting the connection to the pod from NUMBER on: "1 on N", "2 on N". */
static void
assert_shared(const char *pod, const char *first_method, const char *const *texts)
{
	struct pf_ask asks[3] = {forward_to(pod, first_method, "/"), forward_to(pod, "GET", "/"),
				 forward_to(pod, "GET", "/")};
	struct pf_answer answers[3];

	pf_target_ask(target, arena, asks, answers, 3, pf_deadline_in(PATIENCE_MS));
	for (size_t i = 0; i < 3; i++)
		if (!answers[i].ok || strcmp(answers[i].text, texts[i]) != 0)
			fail_msg("%s %zu: \"%s\" instead of \"%s\" %s", pod, i, answers[i].text, texts[i],
				 answers[i].err.text);
}

static void
requests_to_one_port_share_a_stream_as_long_as_it_lasts(void **state)
{
	(void)state;
	assert_shared("text", "GET", (const char *const[]){"1 on 1", "2 on 1", "3 on 1"});
	/* The first two cases of the table above used one connection each. */
	assert_shared("no-content", "GET", (const char *const[]){"", "2 on 2", "3 on 2"});
	assert_shared("head", "HEAD", (const char *const[]){"", "2 on 2", "3 on 2"});
	assert_shared("says-close", "GET", (const char *const[]){"1 on 1", "1 on 2", "1 on 3"});
	assert_shared("closes-unsaid", "GET", (const char *const[]){"1 on 1", "1 on 2", "1 on 3"});
	assert_shared("trailing", "GET", (const char *const[]){"1 on 1", "1 on 2", "1 on 3"});
}

static void
other_pods_and_ports_have_streams_of_their_own(void **state)
{
	struct pf_ask asks[3] = {forward_to("echo", "GET", "/1"), forward_to("echo", "GET", "/2"),
				 forward_to("echo", "GET", "/3")};
	struct pf_answer answers[3];

	(void)state;
	asks[1].port = 8001;
	pf_target_ask(target, arena, asks, answers, 3, pf_deadline_in(PATIENCE_MS));
	assert_int_equal(PF_INT_AT(answers[0].json, 0, "n"), 1);
	assert_int_equal(PF_INT_AT(answers[1].json, 0, "n"), 1);
	assert_int_equal(PF_INT_AT(answers[2].json, 0, "n"), 2);
	assert_has(PF_STRING_AT(answers[1].json, "head"), "Host: localhost:8001");
}

/* A request that may have taken effect is not sent again behind the user's back. */
static void
post_on_a_stream_that_closed_is_not_repeated(void **state)
{
	struct pf_ask asks[2] = {forward_to("closes-unsaid", "GET", "/"), forward_to("closes-unsaid", "POST", "/")};
	struct pf_answer answers[2];

	(void)state;
	asks[1].body = "{}";
	pf_target_ask(target, arena, asks, answers, 2, pf_deadline_in(PATIENCE_MS));
	assert_true(answers[0].ok);
	if (!answers[1].ok) /* else the close was seen before it was sent */
		assert_err(&answers[1], PF_ERR_UNREACHABLE, "without an answer", NULL);
}

static void
closed_port_is_refused(void **state)
{
	static const char *const pods[] = {"closed", "closed-in-parts"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pf_ask asks[2] = {forward_to(pods[i], "GET", "/"), forward_to(pods[i], "GET", "/")};
		struct pf_answer answers[2];
		pf_target_ask(target, arena, asks, answers, 2, pf_deadline_in(PATIENCE_MS));
		for (size_t k = 0; k < 2; k++) {
			assert_err(&answers[k], PF_ERR_UNREACHABLE, pf_printf(arena, "port 8000 of pod %s", pods[i]),
				   "nothing listens", NULL);
			assert_true(answers[k].refused);
			assert_int_equal(answers[k].reply, PF_REPLY_NONE);
		}
	}
}

static void
other_obstacles_are_no_refusal(void **state)
{
	struct pf_answer answer = get("no-netns");

	(void)state;
	assert_err(&answer, PF_ERR_UNREACHABLE, "network namespace", NULL);
	assert_null(strstr(answer.err.text, "Kanari"));
	assert_false(answer.refused);
	assert_int_equal(answer.reply, PF_REPLY_NONE);
	answer = get("breaks-frames");
	assert_err(&answer, PF_ERR_PROTOCOL, "breaks the protocol", NULL);
	assert_int_equal(answer.reply, PF_REPLY_NONE);
	answer = get("is-reset");
	assert_err(&answer, PF_ERR_UNREACHABLE, NULL);
	assert_int_equal(answer.reply, PF_REPLY_NONE);
}

static void
refused_upgrade_says_why(void **state)
{
	struct pf_ask asks[2] = {forward_to("forbidden", "GET", "/"), forward_to("forbidden", "POST", "/")};
	struct pf_answer answers[2], answer;

	(void)state;
	pf_target_ask(target, arena, asks, answers, 2, pf_deadline_in(PATIENCE_MS));
	for (size_t i = 0; i < 2; i++) {
		assert_err(&answers[i], PF_ERR_FORBIDDEN, "get and create on pods/portforward", NULL);
		assert_int_equal(answers[i].status, 0);
		assert_int_equal(answers[i].reply, PF_REPLY_NONE);
	}
	answer = get("absent");
	assert_err(&answer, PF_ERR_NOT_FOUND, "pods \"absent\"", NULL);
	answer = get("forbidden-bare");
	assert_err(&answer, PF_ERR_FORBIDDEN, "pods/portforward", NULL);
	answer = get("stripped");
	assert_err(&answer, PF_ERR_PROTOCOL, "Upgrade header", NULL);
}

static void
process_that_speaks_something_else_is_recognised(void **state)
{
	static const struct {
		const char *pod;
		enum pf_reply reply;
		enum pf_err_kind kind;
		const char *words;
	} cases[] = {
		{"tls-alert", PF_REPLY_TLS, PF_ERR_PROTOCOL, "TLS alert"},
		{"tls-bytewise", PF_REPLY_TLS, PF_ERR_PROTOCOL, "TLS alert"},
		{"tls-handshake", PF_REPLY_TLS, PF_ERR_PROTOCOL, "TLS handshake"},
		{"tls-in-words", PF_REPLY_TLS, PF_ERR_PROTOCOL, "wants TLS"},
		{"redis", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "text that is no HTTP"},
		{"binary", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "neither HTTP nor TLS"},
		{"http-2", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "no HTTP"},
		{"odd-status", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "status line"},
		{"switches", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "unasked"},
		{"two-lengths", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "two lengths"},
		{"length-and-chunks", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "both a length and a transfer encoding"},
		{"odd-length", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "no number"},
		{"odd-coding", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "not chunked"},
		{"folded", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "header line"},
		{"chunk-too-long", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "longer than its size"},
		{"chunk-no-size", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "no number"},
		{"chunk-huge", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "no number"},
		{"long-header", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "64 KiB"},
		{"interim-endless", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "64 KiB"},
		{"closes-at-once", PF_REPLY_GARBLED, PF_ERR_UNREACHABLE, "without an answer"},
		/* It began as HTTP: whoever ended it may have ended the process as well. */
		{"cut-body", PF_REPLY_NONE, PF_ERR_UNREACHABLE, "before the answer was complete"},
		{"to-the-end-cut", PF_REPLY_NONE, PF_ERR_UNREACHABLE, "without a close frame"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pf_answer answer = get(cases[i].pod);
		if (answer.ok || answer.reply != cases[i].reply)
			fail_msg("%s: ok %d, reply %d", cases[i].pod, answer.ok, (int)answer.reply);
		assert_err(&answer, cases[i].kind, cases[i].words, NULL);
		assert_false(answer.refused);
		assert_int_equal(answer.status, 0);
	}
}

/* It may have been on its way down: only who does so again and again speaks something else. */
static void
process_that_closed_without_a_word_is_asked_once_more(void **state)
{
	struct pf_ask ask = forward_to("closes-at-once", "POST", "/");
	struct pf_answer answer;

	(void)state;
	assert_text("closes-once", "1 on 2");
	ask.body = "{}";
	answer = ask_one(ask); /* sent once: no proof */
	assert_err(&answer, PF_ERR_UNREACHABLE, "without an answer", NULL);
	assert_int_equal(answer.reply, PF_REPLY_NONE);
}

/* Before the port's number has come nothing was said to any process. */
static void
trouble_on_the_way_is_not_the_process(void **state)
{
	struct pf_ask ask = forward_to("way-is-mute", "GET", "/");
	struct pf_answer answer;

	(void)state;
	ask.timeout_ms = SHORT_MS;
	answer = ask_one(ask);
	assert_err(&answer, PF_ERR_TIMEOUT, "port 8000 of pod way-is-mute", "never began", NULL);
	assert_int_equal(answer.reply, PF_REPLY_NONE);
	answer = get("way-closes");
	assert_err(&answer, PF_ERR_PROTOCOL, "before it was connected", NULL);
	assert_int_equal(answer.reply, PF_REPLY_NONE);
	answer = get("way-elsewhere");
	assert_err(&answer, PF_ERR_PROTOCOL, "another port", NULL);
	assert_int_equal(answer.reply, PF_REPLY_NONE);
}

static void
body_beyond_the_cap_is_refused(void **state)
{
	static const char *const pods[] = {"huge-body", "huge-chunks"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pf_ask ask = forward_to(pods[i], "GET", "/");
		struct pf_answer answer;
		ask.cap = 4999;
		answer = ask_one(ask);
		assert_err(&answer, PF_ERR_PROTOCOL, "4999 bytes", NULL);
		ask.cap = 5000;
		assert_true(ask_one(ask).ok);
	}
}

static void
silent_process_is_told_from_a_slow_way_there(void **state)
{
	struct pf_ask ask = forward_to("mute", "GET", "/");
	struct pf_answer answer;

	(void)state;
	ask.timeout_ms = SHORT_MS;
	answer = ask_one(ask);
	assert_err(&answer, PF_ERR_TIMEOUT, "accepted the connection", "did not answer", NULL);
	assert_int_equal(answer.reply, PF_REPLY_SILENT);
	ask = forward_to("starts", "GET", "/");
	ask.timeout_ms = SHORT_MS;
	answer = ask_one(ask);
	assert_err(&answer, PF_ERR_TIMEOUT, "did not end its answer", NULL);
	assert_int_equal(answer.reply, PF_REPLY_SILENT);
	ask = forward_to("hangs", "GET", "/");
	ask.timeout_ms = SHORT_MS;
	answer = ask_one(ask);
	assert_err(&answer, PF_ERR_TIMEOUT, "upgrade", NULL);
	assert_int_equal(answer.reply, PF_REPLY_NONE);
	/* The run's own time was over: nobody else's fault. */
	ask = forward_to("mute", "GET", "/");
	pf_target_ask(target, arena, &ask, &answer, 1, pf_deadline_in(SHORT_MS));
	assert_err(&answer, PF_ERR_TIMEOUT, NULL);
	assert_int_equal(answer.reply, PF_REPLY_NONE);
}

static void
who_stays_silent_is_not_asked_again(void **state)
{
	struct pf_ask asks[2] = {forward_to("mute-first", "GET", "/"), forward_to("mute-first", "GET", "/")};
	struct pf_answer answers[2];

	(void)state;
	asks[0].timeout_ms = SHORT_MS;
	pf_target_ask(target, arena, asks, answers, 2, pf_deadline_in(PATIENCE_MS));
	assert_int_equal(answers[0].reply, PF_REPLY_SILENT);
	assert_int_equal(answers[1].reply, PF_REPLY_SILENT);
	assert_string_equal(answers[1].err.text, answers[0].err.text);
	/* In the next wave it is. */
	asks[1].timeout_ms = PATIENCE_MS;
	assert_string_equal(ask_one(asks[1]).text, "1 on 2");
}

static void
signal_ends_the_wait(void **state)
{
	(void)state;
	assert_true(is_interrupted(forward_to("mute", "GET", "/")));
	assert_true(is_interrupted(forward_to("hangs", "GET", "/")));
}

/* The Secret's value goes to the process and comes to no eye. */
static void
secrets_are_sent_and_not_seen(void **state)
{
	struct pf_recording_info info = {.tool_version = "0", .context = "", .server = ""};
	struct pf_target *recorded, *replayed;
	struct pf_answer answers[3], again[3];
	struct pf_ask asks[3] = {forward_to("secret", "GET", "/"), forward_to("secret-text", "GET", "/"),
				 forward_to("echo", "POST", "/")};
	const char *token;
	struct pf_err err;

	(void)state;
	assert_true(pf_target_record(arena, target, temp_path(folder, "r"), &info, &recorded, &err));
	pf_target_ask(recorded, arena, asks, answers, 2, pf_deadline_in(PATIENCE_MS));
	token = PF_STRING_AT(answers[0].json, "password");
	assert_true(pf_has_token(token));
	assert_null(strstr(PF_STRING_AT(answers[0].json, "url"), "Kanari"));
	assert_string_equal(answers[1].text, pf_printf(arena, "token=%s", token));
	assert_null(strstr(answers[1].server, "Kanari"));

	asks[2].headers = pf_printf(arena, "Authorization: Key %s\r\nX-Key: %s\r\n", token, token);
	asks[2].body = pf_printf(arena, "{\"value\":\"%s\"}", token);
	pf_target_ask(recorded, arena, &asks[2], &answers[2], 1, pf_deadline_in(PATIENCE_MS));
	assert_true(answers[2].ok);
	/* 13 bytes each: the process had the value itself, we do not. */
	assert_has(PF_STRING_AT(answers[2].json, "head"), "Content-Length: 25\r\n");
	assert_null(strstr(pf_json_print(arena, answers[2].json, false), "Kanari"));
	assert_null(strstr(temp_read(folder, "r/exchanges.jsonl"), "Kanari"));
	for (unsigned i = 0; i < pf_target_trace(recorded).questions; i++)
		assert_null(strstr(pf_target_trace(recorded).lines[i], "Kanari"));

	assert_true(pf_target_replay(arena, temp_path(folder, "r"), &info, &replayed, &err));
	pf_target_ask(replayed, arena, asks, again, 3, PF_NO_DEADLINE);
	for (size_t i = 0; i < 3; i++) {
		assert_true(again[i].ok);
		assert_int_equal(again[i].reply, PF_REPLY_HTTP);
		assert_int_equal(again[i].status, 200);
		assert_string_equal(again[i].text, answers[i].text);
		assert_string_equal(again[i].server != NULL ? again[i].server : "-",
				    answers[i].server != NULL ? answers[i].server : "-");
	}
	assert_true(cJSON_Compare(again[2].json, answers[2].json, 1));
}

static void
replay_tells_questions_apart(void **state)
{
	static const char *const pods[] = {"closed", "mute", "tls-alert", "redis", "forbidden"};
	enum { PODS = sizeof(pods) / sizeof(pods[0]) };
	struct pf_recording_info info = {.tool_version = "0", .context = "", .server = ""};
	struct pf_target *recorded, *replayed;
	struct pf_answer live[PODS], again[PODS], other;
	struct pf_ask asks[PODS], ask;
	struct pf_err err;

	(void)state;
	for (size_t i = 0; i < PODS; i++) {
		asks[i] = forward_to(pods[i], "GET", "/");
		asks[i].timeout_ms = strcmp(pods[i], "mute") == 0 ? SHORT_MS : 0;
	}
	assert_true(pf_target_record(arena, target, temp_path(folder, "r"), &info, &recorded, &err));
	pf_target_ask(recorded, arena, asks, live, PODS, pf_deadline_in(PATIENCE_MS));
	assert_true(pf_target_replay(arena, temp_path(folder, "r"), &info, &replayed, &err));
	pf_target_ask(replayed, arena, asks, again, PODS, PF_NO_DEADLINE);
	for (size_t i = 0; i < PODS; i++) {
		assert_int_equal(again[i].refused, live[i].refused);
		assert_int_equal(again[i].reply, live[i].reply);
		assert_int_equal(again[i].err.kind, live[i].err.kind);
		assert_string_equal(again[i].err.text, live[i].err.text);
	}
	for (int i = 0; i < 5; i++) {
		ask = asks[3];
		if (i == 0)
			ask.port = 8001;
		else if (i == 1)
			ask.method = "HEAD";
		else if (i == 2)
			ask.inner_path = "/x";
		else if (i == 3)
			ask.headers = "X-A: b\r\n";
		else
			ask.body = "{}";
		pf_target_ask(replayed, arena, &ask, &other, 1, PF_NO_DEADLINE);
		assert_err(&other, PF_ERR_NOT_RECORDED, "FORWARD", NULL);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)
	const struct CMUnitTest tests[] = {
		TEST(request_arrives_as_it_was_asked),
		TEST(large_body_arrives_whole),
		TEST(own_headers_take_the_place_of_ours),
		TEST(answers_come_in_every_legal_way),
		TEST(json_that_is_broken_is_text),
		TEST(requests_to_one_port_share_a_stream_as_long_as_it_lasts),
		TEST(other_pods_and_ports_have_streams_of_their_own),
		TEST(post_on_a_stream_that_closed_is_not_repeated),
		TEST(closed_port_is_refused),
		TEST(other_obstacles_are_no_refusal),
		TEST(refused_upgrade_says_why),
		TEST(process_that_speaks_something_else_is_recognised),
		TEST(process_that_closed_without_a_word_is_asked_once_more),
		TEST(trouble_on_the_way_is_not_the_process),
		TEST(body_beyond_the_cap_is_refused),
		TEST(silent_process_is_told_from_a_slow_way_there),
		TEST(who_stays_silent_is_not_asked_again),
		TEST(signal_ends_the_wait),
		TEST(secrets_are_sent_and_not_seen),
		TEST(replay_tells_questions_apart),
	};

	return cmocka_run_group_tests(tests, start_server, end_server);
}
