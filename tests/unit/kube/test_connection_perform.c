/* Requests under an identity, as a server sees them. */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <postflight/connection.h>
#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/connection_state.h"
#include "kube/process.h"
#include "temp_folder.h"

#define CERTIFICATE "tests/unit/kube/localhost.crt"
#define KEY "tests/unit/kube/localhost.key"
#define V1 "client.authentication.k8s.io/v1"

/* Credentials that a plugin script prints. */
#define CREDENTIAL(status) "{\"apiVersion\":\"" V1 "\",\"kind\":\"ExecCredential\",\"status\":{" status "}}"

extern char **environ;

static struct {
	pid_t pid;
	int input; /* closing it ends the server */
	unsigned tls_port;
	unsigned plain_port;
	char certificate[PATH_MAX];
	char key[PATH_MAX];
} server;

static int
start_server(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	char *node = pf_process_find(arena, "node", getenv("PATH"));
	char *argv[] = {(char *)"node", (char *)"tests/unit/kube/echo_server.js", server.certificate, server.key, NULL};
	posix_spawn_file_actions_t actions;
	int in[2], out[2], rc;
	FILE *ports;

	(void)state;
	if (node == NULL || realpath(CERTIFICATE, server.certificate) == NULL || realpath(KEY, server.key) == NULL ||
	    pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
		fprintf(stderr, "node and the repository's root as working directory are needed\n");
		return -1;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	rc = posix_spawn(&server.pid, node, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	pf_arena_free(arena);
	close(in[0]);
	close(out[1]);
	server.input = in[1];
	ports = fdopen(out[0], "r");
	if (rc != 0 || ports == NULL || fscanf(ports, "%u %u", &server.tls_port, &server.plain_port) != 2)
		return -1;
	fclose(ports);
	return 0;
}

static int
end_server(void **state)
{
	int status;

	(void)state;
	close(server.input);
	waitpid(server.pid, &status, 0);
	return status;
}

/* A connection to the TLS server, as the user with these fields. */
static struct pf_connection *
connect_as(const struct temp_folder *folder, const char *user_fields)
{
	const char *text = pf_printf(
		folder->arena,
		"current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
		"clusters: [{name: c, cluster: {server: 'https://127.0.0.1:%u', certificate-authority: '%s'}}]\n"
		"users: [{name: u, user: {%s}}]\n",
		server.tls_port, server.certificate, user_fields);
	struct pf_connection_options options = {.kubeconfig_flag = temp_file(folder, "config", text),
						.user_agent = "postflight/test"};
	struct pf_connection *connection;
	struct pf_err err;

	if (!pf_connection_open(folder->arena, &options, &connection, &err))
		fail_msg("%s", err.text);
	return connection;
}

/* As the user whose plugin is this script; it can count its runs in the file "runs". */
static struct pf_connection *
connect_by_plugin(const struct temp_folder *folder, const char *script)
{
	temp_file(folder, "plugin", pf_printf(folder->arena, "#!/bin/sh\ncd \"${0%%/*}\"\necho >>runs\n%s", script));
	return connect_as(folder, "exec: {apiVersion: " V1 ", command: ./plugin, interactiveMode: Never}");
}

static size_t
runs(const struct temp_folder *folder)
{
	char *text = temp_read(folder, "runs");

	return text != NULL ? strlen(text) : 0;
}

static struct pf_http_response
perform(const struct temp_folder *folder, struct pf_connection *connection, const struct pf_http_request *request)
{
	struct pf_http_response response;

	pf_connection_perform(connection, folder->arena, request, &response, 1, pf_deadline_in(20000));
	return response;
}

static struct pf_http_response
get(const struct temp_folder *folder, struct pf_connection *connection)
{
	return perform(folder, connection, &(struct pf_http_request){.method = "GET", .path = "/version"});
}

static cJSON *
echo(const struct temp_folder *folder, const struct pf_http_response *response)
{
	struct pf_err err;

	if (!response->ok)
		fail_msg("%s", response->err.text);
	return pf_json_parse(folder->arena, response->body, response->body_len, &err);
}

/* The header that the server saw: its values, separated by commas; NULL when none came. */
static const char *
seen(const struct temp_folder *folder, const struct pf_http_response *response, const char *name)
{
	const cJSON *values = PF_AT(echo(folder, response), "headers", name), *value;
	const char *text = NULL;

	cJSON_ArrayForEach(value, values) text =
		text == NULL ? value->valuestring : pf_printf(folder->arena, "%s,%s", text, value->valuestring);
	return text;
}

static void
expect_authorization(const struct temp_folder *folder, const struct pf_http_response *response, int status,
		     const char *value)
{
	const char *authorization = seen(folder, response, "authorization");

	assert_int_equal(response->status, status);
	if (value == NULL)
		assert_null(authorization);
	else
		assert_string_equal(authorization, value);
}

static void
token_is_sent_as_bearer(void **state)
{
	struct pf_connection *connection = connect_as(*state, "token: abc");
	struct pf_http_response response = get(*state, connection);

	expect_authorization(*state, &response, 200, "Bearer abc");
	assert_string_equal(seen(*state, &response, "user-agent"), "postflight/test");
	assert_int_equal(pf_connection_stats(connection).requests, 1);
}

static void
nobody_sends_nothing(void **state)
{
	struct pf_http_response response = get(*state, connect_as(*state, ""));

	expect_authorization(*state, &response, 200, NULL);
}

static void
password_is_sent_as_basic(void **state)
{
	struct pf_http_response response = get(*state, connect_as(*state, "username: us, password: 'pa:ss'"));

	expect_authorization(*state, &response, 200, "Basic dXM6cGE6c3M=");
}

static void
user_of_the_url_is_sent_as_basic(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {
		.server = pf_printf(folder->arena, "https://us:pa%%21ss@127.0.0.1:%u/base/", server.tls_port),
		.certificate_authority = CERTIFICATE};
	struct pf_http_response response;
	struct pf_connection *connection;
	struct pf_err err;

	assert_true(pf_connection_open(folder->arena, &options, &connection, &err));
	response = get(folder, connection);
	expect_authorization(folder, &response, 200, "Basic dXM6cGEhc3M=");
	assert_string_equal(PF_STRING_AT(echo(folder, &response), "path"), "/base/version");
}

static void
client_certificate_is_presented(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_http_response response =
		get(folder, connect_as(folder, pf_printf(folder->arena, "client-certificate: '%s', client-key: '%s'",
							 server.certificate, server.key)));

	assert_string_equal(PF_STRING_AT(echo(folder, &response), "peer"), "localhost");
}

static void
impersonation_is_sent_as_client_go_writes_it(void **state)
{
	struct pf_http_response response =
		get(*state, connect_as(*state, "token: abc, as: me, as-uid: '7', as-groups: [g1, g2], "
					       "as-user-extra: {'a/B%c': [x, z]}"));

	assert_string_equal(seen(*state, &response, "impersonate-user"), "me");
	assert_string_equal(seen(*state, &response, "impersonate-uid"), "7");
	assert_string_equal(seen(*state, &response, "impersonate-group"), "g1,g2");
	assert_string_equal(seen(*state, &response, "impersonate-extra-a%2fb%25c"), "x,z");
	assert_string_equal(seen(*state, &response, "authorization"), "Bearer abc");
}

static void
own_headers_of_a_request_are_kept(void **state)
{
	const struct pf_http_header headers[] = {{"authorization", "Bearer own"}, {"X-Other", "o"}};
	struct pf_http_request request = {.method = "GET", .path = "/", .headers = headers, .header_count = 2};
	struct pf_http_response response = perform(*state, connect_as(*state, "token: abc"), &request);

	expect_authorization(*state, &response, 200, "Bearer own");
	assert_string_equal(seen(*state, &response, "x-other"), "o");
}

static void
token_file_is_read_again_after_a_minute(void **state)
{
	struct pf_connection *connection;
	struct pf_http_response response;

	temp_file(*state, "token", "one\n");
	connection = connect_as(*state, "tokenFile: token");
	temp_file(*state, "token", "two\n");
	response = get(*state, connection);
	expect_authorization(*state, &response, 200, "Bearer one");

	connection->token_read_ms -= 60000;
	response = get(*state, connection);
	expect_authorization(*state, &response, 200, "Bearer two");

	/* A rotation that is not finished does not take the token away. */
	unlink(temp_path(*state, "token"));
	connection->token_read_ms -= 60000;
	response = get(*state, connection);
	expect_authorization(*state, &response, 200, "Bearer two");
}

static void
rotated_token_is_read_after_a_401(void **state)
{
	struct pf_connection *connection;
	struct pf_http_response response;

	temp_file(*state, "token", "stale");
	connection = connect_as(*state, "tokenFile: token");
	response = get(*state, connection);
	expect_authorization(*state, &response, 401, "Bearer stale");
	assert_int_equal(pf_connection_stats(connection).requests, 1); /* the same token is not tried twice */

	temp_file(*state, "token", "fresh");
	response = get(*state, connection);
	expect_authorization(*state, &response, 200, "Bearer fresh");
	assert_int_equal(pf_connection_stats(connection).requests, 3);
}

static void
plugin_runs_once_for_many_requests(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection *connection = connect_by_plugin(folder, "echo '" CREDENTIAL("\"token\":\"p\"") "'\n");
	const struct pf_http_request requests[] = {{.method = "GET", .path = "/1"}, {.method = "GET", .path = "/2"}};
	struct pf_http_response responses[2];

	assert_int_equal(runs(folder), 0);
	pf_connection_perform(connection, folder->arena, requests, responses, 2, pf_deadline_in(20000));
	expect_authorization(folder, &responses[0], 200, "Bearer p");
	expect_authorization(folder, &responses[1], 200, "Bearer p");
	get(folder, connection);
	assert_int_equal(runs(folder), 1);
}

static void
expiring_credential_is_renewed(void **state)
{
	static const struct {
		int64_t left_ms;
		size_t runs;
	} cases[] = {{-1000, 2}, {5000, 2}, {600000, 1}};
	struct temp_folder *folder = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *expires = pf_time_format(folder->arena, pf_wall_ms() + cases[i].left_ms, false);
		struct pf_connection *connection = connect_by_plugin(
			folder, pf_printf(folder->arena,
					  "echo '" CREDENTIAL("\"token\":\"p\",\"expirationTimestamp\":\"%s\"") "'\n",
					  expires));
		get(folder, connection);
		get(folder, connection);
		assert_int_equal(runs(folder), cases[i].runs);
		unlink(temp_path(folder, "runs"));
	}
}

static void
refused_credential_is_renewed_and_sent_again(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection *connection =
		connect_by_plugin(folder, "if [ -s token ]; then t=$(cat token); else t=stale; fi; echo fresh >token\n"
					  "echo '" CREDENTIAL("\"token\":\"'$t'\"") "'\n");
	struct pf_http_request request = {
		.method = "POST", .path = "/things", .body = "{\"a\":1}", .body_len = strlen("{\"a\":1}")};
	struct pf_http_response response = perform(folder, connection, &request);

	expect_authorization(folder, &response, 200, "Bearer fresh");
	assert_string_equal(PF_STRING_AT(echo(folder, &response), "body"), "{\"a\":1}");
	assert_int_equal(runs(folder), 2);
}

static void
plugin_is_left_alone_when_all_it_brings_is_refused(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection *connection =
		connect_by_plugin(folder, "n=$(wc -l <runs); echo '" CREDENTIAL("\"token\":\"stale'$n'\"") "'\n");
	struct pf_http_response response = get(folder, connection);

	expect_authorization(folder, &response, 401, "Bearer stale2");
	assert_int_equal(runs(folder), 2);
	response = get(folder, connection);
	expect_authorization(folder, &response, 401, "Bearer stale2");
	assert_int_equal(runs(folder), 2);
}

static void
failing_plugin_fails_each_response_and_is_not_asked_again(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection *connection = connect_by_plugin(folder, "echo 'Error: log in first' >&2\nexit 1\n");
	const struct pf_http_request requests[] = {{.method = "GET", .path = "/1"}, {.method = "GET", .path = "/2"}};
	struct pf_http_response responses[2];

	for (int round = 0; round < 2; round++) {
		pf_connection_perform(connection, folder->arena, requests, responses, 2, pf_deadline_in(20000));
		for (int i = 0; i < 2; i++) {
			assert_false(responses[i].ok);
			assert_int_equal(responses[i].err.kind, PF_ERR_UNAUTHORIZED);
			assert_non_null(strstr(responses[i].err.text, "Error: log in first"));
			assert_string_equal(responses[i].body, "");
		}
	}
	assert_int_equal(runs(folder), 1);
	assert_int_equal(pf_connection_stats(connection).requests, 0);

	connection->plugin_failed_ms -= 30000;
	get(folder, connection);
	assert_int_equal(runs(folder), 2);
}

static void
certificate_of_a_plugin_is_presented(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection *connection = connect_by_plugin(
		folder, pf_printf(folder->arena,
				  "pem() { awk '{ printf \"%%s\\\\n\", $0 }' \"$1\"; }\n"
				  "c=$(pem '%s') k=$(pem '%s')\n"
				  "printf '%%s\\n' '" CREDENTIAL("\"clientCertificateData\":\"'\"$c\"'\","
								 "\"clientKeyData\":\"'\"$k\"'\"") "'\n",
				  server.certificate, server.key));
	struct pf_http_response response = get(folder, connection);

	assert_string_equal(PF_STRING_AT(echo(folder, &response), "peer"), "localhost");
	expect_authorization(folder, &response, 200, NULL);
	assert_int_equal(pf_connection_stats(connection).requests, 1);
}

static void
token_of_the_user_goes_before_the_plugin(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_http_response response;

	temp_file(folder, "plugin", "#!/bin/sh\ntouch \"${0%/*}/runs\"\n");
	response = get(folder, connect_as(folder, "token: abc, exec: {apiVersion: " V1
						  ", command: ./plugin, interactiveMode: Never}"));
	expect_authorization(folder, &response, 200, "Bearer abc");
	assert_null(temp_read(folder, "runs"));
}

static void
plain_http_gets_only_the_token_of_the_command_line(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {
		.server = pf_printf(folder->arena, "http://us:secret@127.0.0.1:%u", server.plain_port)};
	struct pf_http_response response;
	struct pf_connection *connection;
	struct pf_err err;

	assert_true(pf_connection_open(folder->arena, &options, &connection, &err));
	response = get(folder, connection);
	expect_authorization(folder, &response, 200, NULL);

	options.token_file = temp_file(folder, "token", "abc");
	assert_true(pf_connection_open(folder->arena, &options, &connection, &err));
	response = get(folder, connection);
	expect_authorization(folder, &response, 200, "Bearer abc");
}

static void
other_ca_is_not_trusted(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {
		.server = pf_printf(folder->arena, "https://127.0.0.1:%u", server.tls_port)};
	struct pf_http_response response;
	struct pf_connection *connection;
	struct pf_err err;

	assert_true(pf_connection_open(folder->arena, &options, &connection, &err));
	response = get(folder, connection);
	assert_false(response.ok);
	assert_int_equal(response.err.kind, PF_ERR_TLS);
}

static void
identity_is_there_for_other_transports(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection *connection =
		connect_by_plugin(folder, "n=$(wc -l <runs); echo '" CREDENTIAL("\"token\":\"t'$n'\"") "'\n");
	struct pf_connection_identity identity;
	struct pf_err err;

	assert_true(pf_connection_identify(connection, folder->arena, pf_deadline_in(20000), &identity, &err));
	assert_ptr_equal(identity.http, connection->http);
	assert_int_equal(identity.header_count, 1);
	assert_string_equal(identity.headers[0].value, "Bearer t1");
	pf_connection_reject(connection);
	assert_true(pf_connection_identify(connection, folder->arena, pf_deadline_in(20000), &identity, &err));
	assert_string_equal(identity.headers[0].value, "Bearer t2");
	assert_true(pf_connection_identify(connection, folder->arena, pf_deadline_in(20000), &identity, &err));
	assert_string_equal(identity.headers[0].value, "Bearer t2");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(token_is_sent_as_bearer),
		IN_FOLDER(nobody_sends_nothing),
		IN_FOLDER(password_is_sent_as_basic),
		IN_FOLDER(user_of_the_url_is_sent_as_basic),
		IN_FOLDER(client_certificate_is_presented),
		IN_FOLDER(impersonation_is_sent_as_client_go_writes_it),
		IN_FOLDER(own_headers_of_a_request_are_kept),
		IN_FOLDER(token_file_is_read_again_after_a_minute),
		IN_FOLDER(rotated_token_is_read_after_a_401),
		IN_FOLDER(plugin_runs_once_for_many_requests),
		IN_FOLDER(expiring_credential_is_renewed),
		IN_FOLDER(refused_credential_is_renewed_and_sent_again),
		IN_FOLDER(plugin_is_left_alone_when_all_it_brings_is_refused),
		IN_FOLDER(failing_plugin_fails_each_response_and_is_not_asked_again),
		IN_FOLDER(certificate_of_a_plugin_is_presented),
		IN_FOLDER(token_of_the_user_goes_before_the_plugin),
		IN_FOLDER(plain_http_gets_only_the_token_of_the_command_line),
		IN_FOLDER(other_ca_is_not_trusted),
		IN_FOLDER(identity_is_there_for_other_transports),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, start_server, end_server);
}
