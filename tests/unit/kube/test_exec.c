/* Commands in containers, against a server that does what API servers, proxies and broken ones do. */
#include "socket_server.h"

static void
output_and_errors_come_apart(void **state)
{
	struct pf_answer answer = ask_one(exec_in("well"));

	(void)state;
	assert_true(answer.ok);
	assert_string_equal(answer.text, "out\n");
	assert_string_equal(answer.stderr_text, "err\n");
	assert_int_equal(answer.exit_code, 0);
	assert_false(answer.cut);
	assert_int_equal(answer.err.kind, PF_ERR_NONE);
}

static void
exit_code_is_no_error(void **state)
{
	struct pf_answer answer = ask_one(exec_in("code"));

	(void)state;
	assert_true(answer.ok);
	assert_int_equal(answer.exit_code, 3);
	assert_string_equal(answer.text, "out\n");
	assert_string_equal(answer.stderr_text, "err\n");
}

/* All end well, in ways that differ on the wire. */
static void
frames_may_come_in_every_legal_way(void **state)
{
	static const char *const pods[] = {"status-first", "empty-close", "no-close", "other-channels",
					   "fragmented",   "bytewise",    "early"};

	(void)state;
	for (size_t i = 0; i < sizeof(pods) / sizeof(pods[0]); i++) {
		struct pf_answer answer = ask_one(exec_in(pods[i]));
		if (!answer.ok || strcmp(answer.text, "out\n") != 0 || answer.exit_code != 0)
			fail_msg("%s: \"%s\" %s", pods[i], answer.text, answer.err.text);
	}
	assert_true(ask_one(exec_in("status-in-two")).ok);
}

static void
server_that_forgets_to_close_is_not_waited_for(void **state)
{
	struct pf_answer answer = ask_one(exec_in("never-closes"));

	(void)state;
	assert_true(answer.ok);
	assert_string_equal(answer.text, "out\n");
	assert_true(answer.elapsed_ms < PATIENCE_MS / 2);
}

static void
program_that_is_not_there_is_told_from_other_failures(void **state)
{
	struct pf_answer answer = ask_one(exec_in("no-program"));

	(void)state;
	assert_err(&answer, PF_ERR_NOT_FOUND, "no such program", "nope", NULL);
	assert_int_equal(answer.exit_code, 127);
	answer = ask_one(exec_in("not-executable"));
	assert_err(&answer, PF_ERR_SERVER, "may not be run", "/etc/passwd", NULL);
	assert_int_equal(answer.exit_code, 126);
	answer = ask_one(exec_in("runtime-broken"));
	assert_err(&answer, PF_ERR_SERVER, "could not be started", "cgroup is gone", NULL);
	assert_int_equal(answer.exit_code, 0);
	assert_null(strstr(answer.err.text, "Kanari"));
}

static void
end_without_a_status_is_no_success(void **state)
{
	struct pf_answer answer = ask_one(exec_in("no-status"));

	(void)state;
	assert_err(&answer, PF_ERR_PROTOCOL, "without saying how it ended", NULL);
	assert_string_equal(answer.text, "out\n");
	answer = ask_one(exec_in("odd-status"));
	assert_err(&answer, PF_ERR_PROTOCOL, "does not say how", NULL);
	answer = ask_one(exec_in("code-odd"));
	assert_false(answer.ok);
}

static void
broken_frames_are_the_protocols_fault(void **state)
{
	static const char *const pods[] = {"masked", "reserved-bit", "odd-opcode", "lone-continuation", "long-ping"};
	struct pf_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof(pods) / sizeof(pods[0]); i++) {
		answer = ask_one(exec_in(pods[i]));
		assert_err(&answer, PF_ERR_PROTOCOL, "breaks the protocol", NULL);
		assert_string_equal(answer.text, "");
	}
	answer = ask_one(exec_in("oversized"));
	assert_err(&answer, PF_ERR_PROTOCOL, "1048576 bytes", NULL);
	answer = ask_one(exec_in("oversized-in-parts"));
	assert_err(&answer, PF_ERR_PROTOCOL, "1048576 bytes", NULL);
}

static void
connection_that_ends_early_is_unreachable(void **state)
{
	struct pf_answer answer = ask_one(exec_in("half-frame"));

	(void)state;
	assert_err(&answer, PF_ERR_UNREACHABLE, "without a close frame", NULL);
	answer = ask_one(exec_in("reset"));
	assert_err(&answer, PF_ERR_UNREACHABLE, NULL);
	answer = ask_one(exec_in("closed-by-error"));
	assert_err(&answer, PF_ERR_SERVER, "1011", NULL);
}

static void
output_beyond_the_cap_is_cut_and_the_command_still_judged(void **state)
{
	struct pf_ask ask = exec_in("large");
	struct pf_answer answer = ask_one(ask);

	(void)state;
	assert_true(answer.ok);
	assert_true(answer.cut);
	assert_int_equal(strlen(answer.text), 64 * 1024);
	assert_int_equal(strlen(answer.stderr_text), 100);
	ask.cap = 50;
	answer = ask_one(ask);
	assert_true(answer.cut);
	assert_int_equal(strlen(answer.text), 50);
	assert_int_equal(strlen(answer.stderr_text), 50);
}

static void
command_that_does_not_end_ends_at_its_own_limit(void **state)
{
	static const char *const pods[] = {"silent", "endless"};
	struct pf_ask ask;
	struct pf_answer answer;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		ask = exec_in(pods[i]);
		ask.timeout_ms = SHORT_MS;
		answer = ask_one(ask);
		assert_err(&answer, PF_ERR_TIMEOUT, "did not end", NULL);
		assert_true(answer.elapsed_ms >= SHORT_MS && answer.elapsed_ms < PATIENCE_MS / 2);
	}
	ask = exec_in("hangs");
	ask.timeout_ms = SHORT_MS;
	answer = ask_one(ask);
	assert_err(&answer, PF_ERR_TIMEOUT, "no answer", NULL);
}

static void
run_that_is_over_ends_the_command(void **state)
{
	struct pf_ask asks[] = {exec_in("silent"), exec_in("hangs"), exec_in("well")};
	struct pf_answer answers[3];

	(void)state;
	pf_target_ask(target, arena, asks, answers, 3, pf_deadline_in(1000));
	assert_err(&answers[0], PF_ERR_TIMEOUT, NULL);
	assert_err(&answers[1], PF_ERR_TIMEOUT, NULL);
	assert_true(answers[2].ok);
	pf_target_ask(target, arena, asks, answers, 3, pf_deadline_in(0));
	for (size_t i = 0; i < 3; i++)
		assert_err(&answers[i], PF_ERR_TIMEOUT, NULL);
}

static void
signal_ends_the_wait(void **state)
{
	(void)state;
	assert_true(is_interrupted(exec_in("silent")));
	assert_true(is_interrupted(exec_in("hangs")));
	assert_true(is_interrupted(exec_in("endless")));
}

static void
refused_upgrade_says_why(void **state)
{
	struct pf_answer answer = ask_one(exec_in("forbidden"));

	(void)state;
	assert_err(&answer, PF_ERR_FORBIDDEN, "u may not get pods/exec", "get and create on pods/exec", NULL);
	assert_int_equal(answer.status, 403);
	answer = ask_one(exec_in("forbidden-bare"));
	assert_err(&answer, PF_ERR_FORBIDDEN, "get and create on pods/exec", NULL);
	answer = ask_one(exec_in("absent"));
	assert_err(&answer, PF_ERR_NOT_FOUND, "pods \"absent\" does not exist in namespace n", NULL);
	answer = ask_one(exec_in("not-running"));
	assert_err(&answer, PF_ERR_NOT_FOUND, "not running", "cart", NULL);
	answer = ask_one(exec_in("unscheduled"));
	assert_err(&answer, PF_ERR_NOT_FOUND, "not running", "host assigned", NULL);
	answer = ask_one(exec_in("kubelet"));
	assert_err(&answer, PF_ERR_SERVER, "500", "10.0.0.1:10250", NULL);
	answer = ask_one(exec_in("page"));
	assert_err(&answer, PF_ERR_SERVER, "web page", NULL);
	answer = ask_one(exec_in("page-200"));
	assert_err(&answer, PF_ERR_PROTOCOL, "proxy", NULL);
	answer = ask_one(exec_in("moved"));
	assert_err(&answer, PF_ERR_PROTOCOL, "redirection", NULL);
	answer = ask_one(exec_in("stripped"));
	assert_err(&answer, PF_ERR_PROTOCOL, "Upgrade header", NULL);
	answer = ask_one(exec_in("chunked"));
	assert_err(&answer, PF_ERR_SERVER, "hello", NULL);
	answer = ask_one(exec_in("to-the-end"));
	assert_err(&answer, PF_ERR_SERVER, "no backend", NULL);
	answer = ask_one(exec_in("huge"));
	assert_err(&answer, PF_ERR_SERVER, "500", NULL);
}

static void
answer_that_is_no_upgrade_is_not_taken_for_one(void **state)
{
	static const struct {
		const char *pod, *words;
	} cases[] = {
		{"bad-accept", "this request's key"},  {"other-protocol", "protocols that were offered"},
		{"no-protocol", "protocols"},          {"extension", "extension"},
		{"other-upgrade", "something else"},   {"ssh", "no HTTP"},
		{"huge-header", "larger than 64 KiB"},
	};
	struct pf_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		answer = ask_one(exec_in(cases[i].pod));
		assert_err(&answer, PF_ERR_PROTOCOL, cases[i].words, NULL);
	}
	answer = ask_one(exec_in("nothing"));
	assert_err(&answer, PF_ERR_UNREACHABLE, "without an answer", NULL);
	answer = ask_one(exec_in("half-header"));
	assert_err(&answer, PF_ERR_UNREACHABLE, "before the answer was complete", NULL);
}

/* The upgrade goes under the same name as every request. */
static void
upgrade_carries_the_identity(void **state)
{
	static const char *const groups[] = {"g1", NULL};
	const char *head;

	(void)state;
	connect_with((struct pf_connection_options){
		.server = pf_printf(arena, "https://127.0.0.1:%u/prefix", server.tls_port),
		.certificate_authority = CERTIFICATE,
		.token_file = temp_file(folder, "t", "abc"),
		.as_user = "somebody",
		.as_groups = groups,
		.user_agent = "postflight/test",
	});
	head = ask_one(exec_in("identity")).text;
	assert_has(head, "GET /prefix/api/v1/namespaces/n/pods/identity/exec?command=ls&stdout=true&stderr=true "
			 "HTTP/1.1\r\n");
	assert_has(head, pf_printf(arena, "Host: 127.0.0.1:%u\r\n", server.tls_port));
	assert_has(head, "User-Agent: postflight/test\r\n");
	assert_has(head, "Impersonate-User: somebody\r\n");
	assert_has(head, "Impersonate-Group: g1\r\n");
	assert_has(head, "Sec-WebSocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io\r\n");
	assert_has(head, "Authorization: ");
	assert_null(strstr(head, "Bearer abc"));
}

/* Client certificate, the name to verify, a proxy: as the kubeconfig says. */
static void
upgrade_goes_the_way_of_requests(void **state)
{
	char here[PATH_MAX];
	const char *head, *kubeconfig;

	(void)state;
	assert_non_null(realpath("tests/unit/kube", here));
	kubeconfig =
		pf_printf(arena,
			  "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
			  "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
			  "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:%u', tls-server-name: localhost,\n"
			  "  proxy-url: 'http://127.0.0.1:%u', certificate-authority: '%s/localhost.crt'}}]\n"
			  "users: [{name: u, user: {client-certificate: '%s/localhost.crt',\n"
			  "  client-key: '%s/localhost.key'}}]\n",
			  server.tls_port, server.plain_port, here, here, here);
	connect_with((struct pf_connection_options){.kubeconfig_flag = temp_file(folder, "config", kubeconfig)});
	head = ask_one(exec_in("identity")).text;
	assert_has(head, "peer localhost, asked for localhost, 1 tunnels");
	assert_has(head, pf_printf(arena, "Host: 127.0.0.1:%u\r\n", server.tls_port));
	assert_true(ask_one(forward_to("text", "GET", "/")).ok);
	assert_has(ask_one(exec_in("identity")).text, "3 tunnels");
}

static void
upgrade_trusts_whom_requests_trust(void **state)
{
	struct pf_answer answer;

	(void)state;
	connect_with((struct pf_connection_options){
		.server = pf_printf(arena, "https://127.0.0.1:%u", server.tls_port),
		.token_file = temp_file(folder, "t", "abc"),
	});
	answer = ask_one(exec_in("well"));
	assert_err(&answer, PF_ERR_TLS, "certificate", NULL);
	connect_with((struct pf_connection_options){.server = "http://127.0.0.1:1"});
	answer = ask_one(exec_in("well"));
	assert_err(&answer, PF_ERR_UNREACHABLE, "refused", NULL);
}

static void
works_without_tls(void **state)
{
	(void)state;
	connect_with(
		(struct pf_connection_options){.server = pf_printf(arena, "http://127.0.0.1:%u", server.plain_port)});
	assert_true(ask_one(exec_in("well")).ok);
	assert_true(ask_one(exec_in("early")).ok);
	assert_true(ask_one(forward_to("text", "GET", "/")).ok);
}

/* As with every request, the server's 401 makes the connection look for a newer credential, once. */
static void
refused_credential_is_renewed(void **state)
{
	const char *token = temp_file(folder, "t", "stale");
	struct pf_ask asks[] = {exec_in("renewed"),
				forward_to("renewed", "GET", "/"),
				{.method = "GET", .path = "/api/v1/namespaces/n/pods"}};
	struct pf_answer answers[3];

	(void)state;
	connect_with((struct pf_connection_options){
		.server = pf_printf(arena, "https://127.0.0.1:%u", server.tls_port),
		.certificate_authority = CERTIFICATE,
		.token_file = token,
	});
	pf_target_ask(target, arena, asks, answers, 2, pf_deadline_in(PATIENCE_MS));
	assert_err(&answers[0], PF_ERR_UNAUTHORIZED, "401", NULL);
	assert_err(&answers[1], PF_ERR_UNAUTHORIZED, "401", NULL);
	temp_file(folder, "t", "fresh");
	pf_target_ask(target, arena, asks, answers, 3, pf_deadline_in(PATIENCE_MS));
	for (size_t i = 0; i < 3; i++)
		if (!answers[i].ok)
			fail_msg("%zu: %s", i, answers[i].err.text);
}

static void
all_of_a_wave_go_side_by_side(void **state)
{
	struct pf_ask asks[12];
	struct pf_answer answers[12];

	(void)state;
	for (size_t i = 0; i < 12; i++)
		asks[i] = i % 3 == 0   ? (struct pf_ask){.method = "GET", .path = "/api/v1/namespaces/n/pods"}
			  : i % 3 == 1 ? exec_in(i == 4 ? "silent" : "code")
				       : forward_to("text", "GET", "/");
	asks[4].timeout_ms = SHORT_MS;
	pf_target_ask(target, arena, asks, answers, 12, pf_deadline_in(PATIENCE_MS));
	for (size_t i = 0; i < 12; i++)
		if (answers[i].ok != (i != 4))
			fail_msg("%zu: %s", i, answers[i].err.text);
	assert_non_null(answers[0].json);
	assert_int_equal(answers[1].exit_code, 3);
	/* The four requests to one process share a stream: one question. */
	assert_int_equal(pf_target_trace(target).questions, 9);
	assert_int_equal(pf_target_trace(target).waves, 1);
	assert_has(pf_target_trace(target).lines[1], "EXEC /api/v1/namespaces/n/pods/code/exec?… 3 ");
	assert_has(pf_target_trace(target).lines[2],
		   "FORWARD /api/v1/namespaces/n/pods/text/portforward 8000 GET / 200 ");
	assert_has(pf_target_trace(target).lines[4], "exec?… timeout ");
}

/* A wave may hold more than are opened at a time; those that have to wait get their whole time. */
static void
sockets_beyond_the_limit_wait_for_their_turn(void **state)
{
	enum { SILENT = 8, ALL = 24 };
	struct pf_ask asks[ALL];
	struct pf_answer answers[ALL];

	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		asks[i] = exec_in(i < SILENT ? "silent" : "code");
		asks[i].timeout_ms = i < SILENT ? 2 * SHORT_MS : PATIENCE_MS;
	}
	pf_target_ask(target, arena, asks, answers, ALL, pf_deadline_in(PATIENCE_MS));
	for (size_t i = 0; i < ALL; i++)
		if (answers[i].ok != (i >= SILENT))
			fail_msg("%zu: %s", i, answers[i].err.text);
}

static void
replay_answers_as_it_was(void **state)
{
	static const char *const pods[] = {"code", "no-program", "large", "forbidden", "no-status", "secret", "code"};
	enum { PODS = sizeof(pods) / sizeof(pods[0]) };
	struct pf_recording_info info = {.tool_version = "0", .context = "", .server = ""};
	struct pf_target *recorded, *replayed;
	struct pf_answer live[PODS], again[PODS];
	struct pf_ask asks[PODS];
	struct pf_err err;

	(void)state;
	for (size_t i = 0; i < PODS; i++)
		asks[i] = exec_in(pods[i]);
	assert_true(pf_target_record(arena, target, temp_path(folder, "r"), &info, &recorded, &err));
	pf_target_ask(recorded, arena, asks, live, PODS, pf_deadline_in(PATIENCE_MS));
	assert_null(strstr(temp_read(folder, "r/exchanges.jsonl"), "Kanari"));
	assert_true(pf_target_replay(arena, temp_path(folder, "r"), &info, &replayed, &err));
	pf_target_ask(replayed, arena, asks, again, PODS, PF_NO_DEADLINE);
	for (size_t i = 0; i < PODS; i++) {
		assert_int_equal(again[i].ok, live[i].ok);
		assert_int_equal(again[i].exit_code, live[i].exit_code);
		assert_int_equal(again[i].status, live[i].status);
		assert_int_equal(again[i].cut, live[i].cut);
		assert_int_equal(again[i].elapsed_ms, live[i].elapsed_ms);
		assert_string_equal(again[i].text, live[i].text);
		assert_string_equal(again[i].stderr_text, live[i].stderr_text);
		assert_int_equal(again[i].err.kind, live[i].err.kind);
		assert_string_equal(again[i].err.text, live[i].err.text);
	}
	pf_target_ask(replayed, arena, &asks[1], again, 1, PF_NO_DEADLINE);
	assert_err(&again[0], PF_ERR_NOT_RECORDED, "EXEC", "no-program", "asked 2 times", NULL);
}

static void
output_is_redacted(void **state)
{
	struct pf_answer answer = ask_one(exec_in("secret"));

	(void)state;
	assert_true(answer.ok);
	assert_null(strstr(answer.text, "Kanari"));
	assert_null(strstr(answer.stderr_text, "Kanari"));
	assert_has(answer.text, "AWS_SECRET_ACCESS_KEY={{redacted:1:");
	assert_has(answer.stderr_text, "{{redacted:1:");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)
	const struct CMUnitTest tests[] = {
		TEST(output_and_errors_come_apart),
		TEST(exit_code_is_no_error),
		TEST(frames_may_come_in_every_legal_way),
		TEST(server_that_forgets_to_close_is_not_waited_for),
		TEST(program_that_is_not_there_is_told_from_other_failures),
		TEST(end_without_a_status_is_no_success),
		TEST(broken_frames_are_the_protocols_fault),
		TEST(connection_that_ends_early_is_unreachable),
		TEST(output_beyond_the_cap_is_cut_and_the_command_still_judged),
		TEST(command_that_does_not_end_ends_at_its_own_limit),
		TEST(run_that_is_over_ends_the_command),
		TEST(signal_ends_the_wait),
		TEST(refused_upgrade_says_why),
		TEST(answer_that_is_no_upgrade_is_not_taken_for_one),
		TEST(upgrade_carries_the_identity),
		TEST(upgrade_goes_the_way_of_requests),
		TEST(upgrade_trusts_whom_requests_trust),
		TEST(works_without_tls),
		TEST(refused_credential_is_renewed),
		TEST(all_of_a_wave_go_side_by_side),
		TEST(sockets_beyond_the_limit_wait_for_their_turn),
		TEST(replay_answers_as_it_was),
		TEST(output_is_redacted),
	};

	return cmocka_run_group_tests(tests, start_server, end_server);
}
