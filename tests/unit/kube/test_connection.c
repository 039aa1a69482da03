/* Opening a connection: where it looks, what it warns of, what it says when it cannot. Nothing is sent here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/connection.h>
#include <postflight/str.h>

#include "kube/connection_state.h"
#include "temp_folder.h"

#define SECRET "s3cr3t-value"
#define CERTIFICATE "tests/unit/kube/localhost.crt"

/* A kubeconfig whose only context is "NAME". */
#define CONFIG(name, server, user_fields)                                                                              \
	"current-context: " name "\ncontexts:\n- name: " name "\n  context: {cluster: c, user: u}\n"                   \
	"clusters:\n- name: c\n  cluster: {server: '" server "'}\nusers:\n- name: u\n  user: {" user_fields "}\n"

static struct pf_connection *
opened(const struct temp_folder *folder, const struct pf_connection_options *options)
{
	struct pf_connection *connection;
	struct pf_err err;

	if (!pf_connection_open(folder->arena, options, &connection, &err))
		fail_msg("%s", err.text);
	return connection;
}

static void
expect_refusal(const struct temp_folder *folder, const struct pf_connection_options *options, const char *part)
{
	struct pf_connection *connection = NULL;
	struct pf_err err;

	if (pf_connection_open(folder->arena, options, &connection, &err))
		fail_msg("accepted, should say \"%s\"", part);
	if (strstr(err.text, part) == NULL || strstr(err.text, SECRET) != NULL)
		fail_msg("\"%s\" should say \"%s\" and nothing secret", err.text, part);
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	assert_null(connection);
}

static bool
warns(const struct pf_connection *connection, const char *part)
{
	const char *const *warnings = pf_connection_warnings(connection);

	for (; *warnings != NULL; warnings++)
		if (strstr(*warnings, part) != NULL && strstr(*warnings, SECRET) == NULL)
			return true;
	return false;
}

/* A folder as the kubelet mounts it. */
static char *
service_account(const struct temp_folder *folder)
{
	char *path = temp_path(folder, "sa"), *ca;
	struct pf_err err;
	size_t len;

	assert_int_equal(mkdir(path, 0700), 0);
	assert_true(pf_file_read(folder->arena, CERTIFICATE, 1 << 16, &ca, &len, &err));
	temp_file(folder, "sa/ca.crt", ca);
	temp_file(folder, "sa/token", "pod-token\n");
	temp_file(folder, "sa/namespace", "shop\n");
	return path;
}

static void
sources_are_asked_in_order(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {
		.service_account_dir = service_account(folder), .service_host = "10.0.0.1", .service_port = "443"};

	assert_string_equal(pf_connection_context(opened(folder, &options)), "in-cluster");

	assert_int_equal(mkdir(temp_path(folder, ".kube"), 0700), 0);
	temp_file(folder, ".kube/config", CONFIG("home", "https://home", ""));
	options.home = folder->path;
	assert_string_equal(pf_connection_context(opened(folder, &options)), "home");

	options.kubeconfig_env = temp_file(folder, "env", CONFIG("env", "https://env", ""));
	assert_string_equal(pf_connection_context(opened(folder, &options)), "env");

	options.kubeconfig_flag = temp_file(folder, "flag", CONFIG("flag", "https://flag", ""));
	assert_string_equal(pf_connection_context(opened(folder, &options)), "flag");

	options.kubeconfig_flag = "";
	options.server = "https://server";
	assert_string_equal(pf_connection_context(opened(folder, &options)), "");
	assert_string_equal(pf_connection_server(opened(folder, &options)), "https://server");
}

static void
list_in_the_environment_is_merged(void **state)
{
	struct temp_folder *folder = *state;
	char *first = temp_file(folder, "a", "contexts:\n- name: x\n  context: {cluster: c, namespace: one}\n");
	char *second = temp_file(folder, "b", CONFIG("x", "https://b", ""));
	struct pf_connection_options options = {
		.kubeconfig_env = pf_printf(folder->arena, ":%s::/nonexistent:%s:", first, second)};
	struct pf_connection *connection = opened(folder, &options);

	assert_string_equal(pf_connection_server(connection), "https://b");
	assert_string_equal(pf_connection_namespace(connection), "one");
}

static void
server_with_a_context_replaces_only_the_server(void **state)
{
	struct pf_connection_options options = {
		.kubeconfig_flag = temp_file(*state, "config", CONFIG("x", "https://old", "token: t")),
		.server = "https://new"};
	struct pf_connection *connection = opened(*state, &options);

	assert_string_equal(pf_connection_server(connection), "https://new");
	assert_string_equal(connection->token, "t");
}

static void
pod_is_described_by_its_service_account(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {
		.service_account_dir = service_account(folder), .service_host = "fd00::1", .service_port = "6443"};
	struct pf_connection *connection = opened(folder, &options);

	assert_string_equal(pf_connection_server(connection), "https://[fd00::1]:6443");
	assert_string_equal(pf_connection_namespace(connection), "shop");
	assert_string_equal(connection->token, "pod-token");
	assert_null(pf_connection_warnings(connection)[0]);

	unlink(temp_path(folder, "sa/ca.crt"));
	expect_refusal(folder, &options, "sa/ca.crt does not exist");
}

static void
namespace_of_the_pod_serves_a_context_without(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {
		.kubeconfig_flag = temp_file(folder, "config", CONFIG("x", "https://h", "")),
	};

	assert_null(pf_connection_namespace(opened(folder, &options)));
	options.service_account_dir = service_account(folder);
	options.service_host = "10.0.0.1";
	options.service_port = "443";
	assert_string_equal(pf_connection_namespace(opened(folder, &options)), "shop");
}

static void
nothing_configured_says_where_it_looked(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {.home = folder->path, .service_account_dir = "/nonexistent/sa"};

	expect_refusal(folder, &options, "KUBECONFIG is not set");
	expect_refusal(folder, &options, pf_printf(folder->arena, "%s/.kube/config does not exist", folder->path));
	expect_refusal(folder, &options, "/nonexistent/sa");
	expect_refusal(folder, &options, "--kubeconfig");
	options.home = NULL;
	expect_refusal(folder, &options, "HOME is not set");
}

static void
files_that_say_nothing_are_named(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {.kubeconfig_flag = "/nonexistent/config"};

	expect_refusal(folder, &options, "--kubeconfig /nonexistent/config: there is no such file");
	options.kubeconfig_flag = temp_file(folder, "empty", "");
	expect_refusal(folder, &options, "/empty is empty");
	options.kubeconfig_flag = temp_file(folder, "empty", "# nothing\n");
	expect_refusal(folder, &options, "/empty is empty");
	options.kubeconfig_flag = folder->path;
	expect_refusal(folder, &options, "is a directory");
	options.kubeconfig_flag = NULL;
	options.kubeconfig_env = "/nonexistent/a:/nonexistent/b";
	expect_refusal(folder, &options, "KUBECONFIG (/nonexistent/a:/nonexistent/b) names no file that exists");
	options.kubeconfig_env = ":";
	expect_refusal(folder, &options, "names no file that exists");
}

static void
pod_steps_in_for_absent_files_but_not_for_a_named_one(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {.kubeconfig_env = "/nonexistent/config",
						.service_account_dir = service_account(folder),
						.service_host = "10.0.0.1",
						.service_port = "443"};
	struct pf_connection *connection = opened(folder, &options);

	assert_string_equal(pf_connection_context(connection), "in-cluster");
	assert_true(warns(connection, "/nonexistent/config"));
	options.context = "production";
	expect_refusal(folder, &options, "/nonexistent/config");
	options.context = NULL;
	options.kubeconfig_flag = "/nonexistent/config";
	expect_refusal(folder, &options, "there is no such file");
}

static void
pod_without_a_token_is_known_as_one(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options pod = {
		.home = folder->path,
		.service_account_dir = "/nonexistent/sa",
		.service_host = "fd00::1",
		.service_port = "443",
		.resolv_conf = temp_file(folder, "resolv.conf",
					 "search shop.svc.cluster.local svc.cluster.local cluster.local\n"
					 "nameserver 10.96.0.10\noptions ndots:5\n")};
	struct pf_connection_options other;
	const char *server, *namespace_;
	struct pf_err err;

	expect_refusal(folder, &pod, "no cluster is configured");
	assert_true(pf_connection_lacks_token(folder->arena, &pod, &server, &namespace_, &err));
	assert_string_equal(server, "https://[fd00::1]:443");
	assert_string_equal(namespace_, "shop");
	assert_non_null(strstr(err.text, "no ServiceAccount token"));
	pod.resolv_conf = temp_file(folder, "resolv.conf", "search example.com\n");
	assert_true(pf_connection_lacks_token(folder->arena, &pod, &server, &namespace_, &err));
	assert_null(namespace_);
	pod.resolv_conf = "/nonexistent/resolv.conf";
	assert_true(pf_connection_lacks_token(folder->arena, &pod, &server, &namespace_, &err));
	assert_null(namespace_);

	/* Whoever names something means that; who is in no pod lacks no token of one. */
	other = pod, other.kubeconfig_flag = "/nonexistent/config";
	assert_false(pf_connection_lacks_token(folder->arena, &other, &server, &namespace_, &err));
	other = pod, other.kubeconfig_env = "/nonexistent/config";
	assert_false(pf_connection_lacks_token(folder->arena, &other, &server, &namespace_, &err));
	other = pod, other.context = "x";
	assert_false(pf_connection_lacks_token(folder->arena, &other, &server, &namespace_, &err));
	other = pod, other.server = "https://x";
	assert_false(pf_connection_lacks_token(folder->arena, &other, &server, &namespace_, &err));
	other = pod, other.token_file = "/nonexistent/token";
	assert_false(pf_connection_lacks_token(folder->arena, &other, &server, &namespace_, &err));
	other = pod, other.service_host = NULL;
	assert_false(pf_connection_lacks_token(folder->arena, &other, &server, &namespace_, &err));
	other = pod, other.service_account_dir = service_account(folder);
	assert_false(pf_connection_lacks_token(folder->arena, &other, &server, &namespace_, &err));
}

static void
search_list_names_the_namespace_where_no_file_does(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {
		.service_account_dir = service_account(folder),
		.service_host = "10.0.0.1",
		.service_port = "443",
		.resolv_conf = temp_file(folder, "resolv.conf", "search searched.svc.cluster.local\n"),
	};

	assert_true(pf_connection_in_cluster(opened(folder, &options)));
	assert_string_equal(pf_connection_namespace(opened(folder, &options)), "shop");
	assert_int_equal(remove(temp_path(folder, "sa/namespace")), 0);
	assert_string_equal(pf_connection_namespace(opened(folder, &options)), "searched");
	/* Another cluster's context has its own namespaces. */
	options.kubeconfig_flag = temp_file(folder, "config", CONFIG("in-cluster", "https://h", ""));
	assert_null(pf_connection_namespace(opened(folder, &options)));
	assert_false(pf_connection_in_cluster(opened(folder, &options)));
}

static void
server_url_loses_what_is_secret(void **state)
{
	struct pf_connection_options options = {.server = "https://user:" SECRET "@h.example:8443/base/?token=" SECRET};

	assert_string_equal(pf_connection_server(opened(*state, &options)), "https://h.example:8443/base");
}

static void
server_that_is_no_url_is_refused(void **state)
{
	static const char *const cases[][2] = {
		{"10.0.0.1:6443", "--server: the server \"10.0.0.1:6443\" is no URL; write https://10.0.0.1:6443"},
		{"ftp://h", "is no http or https URL"},
		{"https://", "is no http or https URL"},
		{"https://h:99999", "is no http or https URL"},
		{"user:" SECRET "@h", "the server is no URL; write https://HOST:PORT"},
		{"h?token=" SECRET, "the server is no URL"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refusal(*state, &(struct pf_connection_options){.server = cases[i][0]}, cases[i][1]);
	expect_refusal(
		*state,
		&(struct pf_connection_options){
			.kubeconfig_flag = temp_file(*state, "config", CONFIG("x", "no host", "token: " SECRET))},
		"/config: the server \"no host\" is no URL");
}

static void
insecure_tls_is_warned_of(void **state)
{
	struct pf_connection_options options = {
		.kubeconfig_flag = temp_file(*state, "config",
					     "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
					     "clusters: [{name: c, cluster: {server: 'https://h', "
					     "insecure-skip-tls-verify: true}}]\n")};
	struct pf_connection *connection = opened(*state, &options);

	assert_true(warns(connection, "TLS is not verified: cluster \"c\" in "));
	assert_true(connection->config.insecure);
}

static void
credentials_stay_home_without_tls(void **state)
{
	static const char *const users[] = {"token: " SECRET, "username: u, password: " SECRET,
					    "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x}"};
	struct pf_connection_options options = {0};
	struct pf_connection *connection;

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		options.kubeconfig_flag = temp_file(
			*state, "config",
			pf_printf(((struct temp_folder *)*state)->arena,
				  "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
				  "clusters: [{name: c, cluster: {server: 'http://h'}}]\nusers: [{name: u, user: "
				  "{%s}}]\n",
				  users[i]));
		connection = opened(*state, &options);
		assert_true(warns(connection, "credentials are not sent, because http://h is not https"));
		assert_null(connection->token);
		assert_null(connection->plugin);
		assert_null(connection->config.basic_user);
	}
	options = (struct pf_connection_options){.server = "http://h"};
	assert_null(pf_connection_warnings(opened(*state, &options))[0]);

	options.token_file = temp_file(*state, "token", SECRET);
	connection = opened(*state, &options);
	assert_string_equal(connection->token, SECRET);
	assert_true(warns(connection, "sent unencrypted"));
}

static void
token_files_must_hold_one_token(void **state)
{
	struct pf_connection_options options = {.server = "https://h", .token_file = "/nonexistent/token"};

	expect_refusal(*state, &options, "/nonexistent/token");
	options.token_file = temp_file(*state, "token", " \n");
	expect_refusal(*state, &options, "token of --token-file is empty");
	options.token_file = temp_file(*state, "token", SECRET "\n" SECRET "\n");
	expect_refusal(*state, &options, "holds more than one line");
	options.token_file = temp_file(*state, "token", "  good\r\n");
	assert_string_equal(opened(*state, &options)->token, "good");
	options = (struct pf_connection_options){
		.kubeconfig_flag =
			temp_file(*state, "config", CONFIG("x", "https://h", "token: \"" SECRET "\\nX: y\""))};
	expect_refusal(*state, &options, "user \"u\" in ");
}

static void
certificate_that_does_not_fit_its_key_is_refused(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {0};
	char here[4096];

	assert_non_null(getcwd(here, sizeof(here)));
	options.kubeconfig_flag =
		temp_file(folder, "config",
			  pf_printf(folder->arena,
				    "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
				    "clusters: [{name: c, cluster: {server: 'https://h'}}]\n"
				    "users: [{name: u, user: {client-certificate: '%s/" CERTIFICATE
				    "', client-key: '%s/" CERTIFICATE "'}}]\n",
				    here, here));
	expect_refusal(folder, &options, "user \"u\" in ");
}

static void
groups_need_a_user_to_impersonate(void **state)
{
	const char *const groups[] = {"g", NULL};
	struct pf_connection_options options = {.server = "https://h", .as_groups = groups};

	expect_refusal(*state, &options, "the command line: groups");
	expect_refusal(*state, &options, "name one with --as");
	options.as_user = "bob";
	assert_int_equal(opened(*state, &options)->impersonation_count, 2);
	options.as_user = "bob\r\nX-Evil: 1";
	expect_refusal(*state, &options, "line break or control character");
}

static void
plugin_is_not_run_by_opening(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_connection_options options = {
		.kubeconfig_flag = temp_file(
			folder, "config",
			CONFIG("x", "https://h",
			       "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./plugin}"))};

	temp_file(folder, "plugin", "#!/bin/sh\ntouch \"${0%/*}/ran\"\n");
	opened(folder, &options);
	assert_null(temp_read(folder, "ran"));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(sources_are_asked_in_order),
		IN_FOLDER(list_in_the_environment_is_merged),
		IN_FOLDER(server_with_a_context_replaces_only_the_server),
		IN_FOLDER(pod_is_described_by_its_service_account),
		IN_FOLDER(namespace_of_the_pod_serves_a_context_without),
		IN_FOLDER(nothing_configured_says_where_it_looked),
		IN_FOLDER(files_that_say_nothing_are_named),
		IN_FOLDER(pod_steps_in_for_absent_files_but_not_for_a_named_one),
		IN_FOLDER(pod_without_a_token_is_known_as_one),
		IN_FOLDER(search_list_names_the_namespace_where_no_file_does),
		IN_FOLDER(server_url_loses_what_is_secret),
		IN_FOLDER(server_that_is_no_url_is_refused),
		IN_FOLDER(insecure_tls_is_warned_of),
		IN_FOLDER(credentials_stay_home_without_tls),
		IN_FOLDER(token_files_must_hold_one_token),
		IN_FOLDER(certificate_that_does_not_fit_its_key_is_refused),
		IN_FOLDER(groups_need_a_user_to_impersonate),
		IN_FOLDER(plugin_is_not_run_by_opening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
