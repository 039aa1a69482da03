/* Credential plugins: what they are told, what they may answer, and what is said of those that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>

#include "kube/exec_plugin.h"
#include "temp_folder.h"

#define V1 "client.authentication.k8s.io/v1"

#define CREDENTIAL(status) "{\"apiVersion\":\"" V1 "\",\"kind\":\"ExecCredential\",\"status\":{" status "}}"
#define SECRET "s3cr3t-value"
#define GOOD CREDENTIAL("\"token\":\"" SECRET "\"")

static const struct pf_exec_cluster cluster = {
	.server = "https://cluster.example:6443",
	.tls_server_name = "inner.example",
	.ca = {"-----BEGIN", 10},
};

static struct pf_exec_plugin
plugin_of(const struct temp_folder *folder, const char *script)
{
	return (struct pf_exec_plugin){
		.where = "user \"dev\" in /k/config",
		.api_version = V1,
		.command = temp_file(folder, "plugin", script),
		.mode = PF_EXEC_IF_AVAILABLE,
	};
}

static bool
run(const struct temp_folder *folder, const struct pf_exec_plugin *plugin, struct pf_exec_credential *out,
    struct pf_err *err)
{
	return pf_exec_plugin_run(plugin, &cluster, false, folder->arena, pf_deadline_in(20000), out, err);
}

static void
expect_failure(const struct temp_folder *folder, const struct pf_exec_plugin *plugin, enum pf_err_kind kind,
	       const char *part)
{
	struct pf_exec_credential credential;
	struct pf_err err;

	assert_false(run(folder, plugin, &credential, &err));
	if (strstr(err.text, part) == NULL || strstr(err.text, SECRET) != NULL)
		fail_msg("\"%s\" should say \"%s\" and nothing secret", err.text, part);
	assert_int_equal(err.kind, kind);
}

static void
token_and_expiry_are_taken(void **state)
{
	struct pf_exec_plugin plugin = plugin_of(
		*state, "#!/bin/sh\ncat <<'.'\n" CREDENTIAL(
				"\"token\":\"abc\",\"expirationTimestamp\":\"2026-01-02T03:04:05Z\"") "\n.\n");
	struct pf_exec_credential credential;
	struct pf_err err;

	assert_true(run(*state, &plugin, &credential, &err));
	assert_string_equal(credential.token, "abc");
	assert_true(credential.expires_wall_ms == 1767323045000);
	assert_int_equal(credential.client_cert.len, 0);
}

static void
arguments_reach_it_without_a_shell(void **state)
{
	const char *const args[] = {"a b", "$(touch x); *", "", NULL};
	struct pf_exec_plugin plugin = plugin_of(*state, "#!/bin/sh\n"
							 "printf '[%s]' \"$#\" \"$@\" >&2\nexit 1\n");

	plugin.args = args;
	expect_failure(*state, &plugin, PF_ERR_UNAUTHORIZED, "[3][a b][$(touch x); *][]");
}

static void
own_environment_goes_over_ours_and_ours_is_not_changed(void **state)
{
	const struct pf_exec_env env[] = {{"PF_TEST_A", "first"}, {"PF_TEST_B", ""}, {"PF_TEST_A", "last"}};
	struct pf_exec_plugin plugin =
		plugin_of(*state, "#!/bin/sh\necho \"$PF_TEST_A|${PF_TEST_B-unset}|$PF_TEST_C|$(tr '\\0' '\\n' "
				  "</proc/$$/environ | grep -c ^PF_TEST_A)\" >&2\n"
				  "exit 1\n");

	setenv("PF_TEST_A", "ours", 1);
	setenv("PF_TEST_C", "inherited", 1);
	plugin.env = env;
	plugin.env_count = 3;
	expect_failure(*state, &plugin, PF_ERR_UNAUTHORIZED, ": last||inherited|1");
	assert_string_equal(getenv("PF_TEST_A"), "ours");
	assert_null(getenv("PF_TEST_B"));
	assert_null(getenv("KUBERNETES_EXEC_INFO"));
}

static cJSON *
told(const struct temp_folder *folder, struct pf_exec_plugin *plugin, bool terminal)
{
	struct pf_exec_credential credential;
	struct pf_err err;
	cJSON *info;
	char *text;

	assert_true(pf_exec_plugin_run(plugin, &cluster, terminal, folder->arena, pf_deadline_in(20000), &credential,
				       &err));
	text = temp_read(folder, "info");
	info = pf_json_parse(folder->arena, text, strlen(text), &err);
	assert_non_null(info);
	assert_string_equal(PF_STRING_AT(info, "kind"), "ExecCredential");
	assert_string_equal(PF_STRING_AT(info, "apiVersion"), V1);
	return info;
}

static void
cluster_is_told_only_when_it_asks(void **state)
{
	struct pf_exec_plugin plugin = plugin_of(
		*state, "#!/bin/sh\nprintf %s \"$KUBERNETES_EXEC_INFO\" >\"${0%/*}/info\"\necho '" GOOD "'\n");
	cJSON *info = told(*state, &plugin, false);

	assert_null(PF_AT(info, "spec", "cluster"));
	assert_false(PF_BOOL_AT(info, true, "spec", "interactive"));

	plugin.provide_cluster_info = true;
	info = told(*state, &plugin, true);
	assert_true(PF_BOOL_AT(info, false, "spec", "interactive"));
	assert_string_equal(PF_STRING_AT(info, "spec", "cluster", "server"), "https://cluster.example:6443");
	assert_string_equal(PF_STRING_AT(info, "spec", "cluster", "tls-server-name"), "inner.example");
	assert_string_equal(PF_STRING_AT(info, "spec", "cluster", "certificate-authority-data"), "LS0tLS1CRUdJTg==");
	assert_null(PF_AT(info, "spec", "cluster", "insecure-skip-tls-verify"));

	plugin.mode = PF_EXEC_NEVER;
	info = told(*state, &plugin, true);
	assert_false(PF_BOOL_AT(info, true, "spec", "interactive"));
}

static void
always_interactive_needs_a_terminal(void **state)
{
	struct pf_exec_plugin plugin = plugin_of(*state, "#!/bin/sh\necho '" GOOD "'\n");
	struct pf_exec_credential credential;
	struct pf_err err;

	plugin.mode = PF_EXEC_ALWAYS;
	expect_failure(*state, &plugin, PF_ERR_CONFIG, "standard input is no terminal");
	assert_true(pf_exec_plugin_run(&plugin, &cluster, true, ((struct temp_folder *)*state)->arena,
				       pf_deadline_in(20000), &credential, &err));
}

static void
absent_program_shows_the_install_hint(void **state)
{
	struct pf_exec_plugin plugin = {.where = "user \"dev\" in /k/config",
					.api_version = V1,
					.command = "pf-no-such-plugin",
					.install_hint = "get it\nfrom https://example.org"};

	expect_failure(*state, &plugin, PF_ERR_CONFIG,
		       "user \"dev\" in /k/config: the credential plugin pf-no-such-plugin is not in PATH: get it from "
		       "https://example.org");
	plugin.command = "/nonexistent/plugin";
	plugin.install_hint = NULL;
	expect_failure(*state, &plugin, PF_ERR_CONFIG, "/nonexistent/plugin: No such file or directory; install it");
}

static void
file_without_permission_is_said_to_be_none(void **state)
{
	struct pf_exec_plugin plugin = plugin_of(*state, "no script");

	expect_failure(*state, &plugin, PF_ERR_CONFIG, "is no executable file");
}

static void
failure_shows_status_and_error_never_output(void **state)
{
	struct pf_exec_plugin plugin = plugin_of(*state, "#!/bin/sh\necho '" GOOD "'\n"
							 "echo 'Error: session expired, run login' >&2\n"
							 "echo 'Usage: …' >&2\nexit 3\n");

	expect_failure(*state, &plugin, PF_ERR_UNAUTHORIZED,
		       "failed with exit status 3: Error: session expired, run login");
}

static void
traced_script_does_not_leak_its_credential(void **state)
{
	struct pf_exec_plugin plugin =
		plugin_of(*state, "#!/bin/sh\nset -x\necho '" GOOD "'\n"
				  "echo bearer=abcdefghijklmnopqrstuvwxyz0123456789 >&2\nexit 1\n");
	struct pf_exec_credential credential;
	struct pf_err err;

	assert_false(run(*state, &plugin, &credential, &err));
	assert_null(strstr(err.text, SECRET));
	assert_null(strstr(err.text, "abcdefghijkl"));
}

static void
death_by_signal_is_named(void **state)
{
	struct pf_exec_plugin plugin = plugin_of(*state, "#!/bin/sh\nkill -SEGV $$\n");

	expect_failure(*state, &plugin, PF_ERR_UNAUTHORIZED, "was ended by signal 11");
}

static void
plugin_that_hangs_meets_the_deadline(void **state)
{
	struct pf_exec_plugin plugin = plugin_of(*state, "#!/bin/sh\necho 'open https://login.example' >&2\n"
							 "exec sleep 1000\n");
	struct pf_exec_credential credential;
	struct pf_err err;

	assert_false(pf_exec_plugin_run(&plugin, &cluster, false, ((struct temp_folder *)*state)->arena,
					pf_deadline_in(300), &credential, &err));
	assert_int_equal(err.kind, PF_ERR_TIMEOUT);
	assert_non_null(strstr(err.text, "open https://login.example"));
}

static void
endless_output_is_refused(void **state)
{
	struct pf_exec_plugin plugin = plugin_of(*state, "#!/bin/sh\nexec yes " SECRET "\n");

	expect_failure(*state, &plugin, PF_ERR_CONFIG, "more than 1 MiB");
}

static void
answers_that_are_no_credential_are_refused(void **state)
{
	static const struct {
		const char *answer;
		const char *complaint;
	} cases[] = {
		{"", "printed nothing"},
		{" \n", "printed nothing"},
		{SECRET, "no JSON object"},
		{"[\"" SECRET "\"]", "no JSON object"},
		{GOOD " " GOOD, "no JSON object"},
		{"{\"apiVersion\":\"" V1 "\",\"kind\":\"Token\"}", "kind is not ExecCredential"},
		{"{\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"kind\":\"ExecCredential\"}",
		 "speaks client.authentication.k8s.io/v1beta1, but the kubeconfig says " V1},
		{"{\"kind\":\"ExecCredential\"}", "speaks another version"},
		{"{\"apiVersion\":\"" V1 "\",\"kind\":\"ExecCredential\"}", "without a status"},
		{CREDENTIAL(""), "neither a token nor a certificate"},
		{CREDENTIAL("\"token\":\"\""), "neither a token nor a certificate"},
		{CREDENTIAL("\"token\":17"), "neither a token nor a certificate"},
		{CREDENTIAL("\"token\":\"a\\r\\nX: b\""), "line break"},
		{CREDENTIAL("\"clientCertificateData\":\"-----BEGIN\""), "a certificate without its key"},
		{CREDENTIAL("\"clientKeyData\":\"" SECRET "\""), "a key without its certificate"},
		{CREDENTIAL("\"token\":\"" SECRET "\",\"expirationTimestamp\":\"tomorrow\""), "no RFC 3339 time"},
		{CREDENTIAL("\"token\":\"" SECRET "\",\"expirationTimestamp\":5"), "no RFC 3339 time"},
	};
	struct pf_exec_credential credential = {.token = "untouched"};
	struct pf_err err;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(pf_exec_credential_parse(((struct temp_folder *)*state)->arena, V1, cases[i].answer,
						      strlen(cases[i].answer), &credential, &err));
		if (strstr(err.text, cases[i].complaint) == NULL || strstr(err.text, SECRET) != NULL)
			fail_msg("case %zu: %s", i, err.text);
		assert_int_equal(err.kind, PF_ERR_CONFIG);
	}
	assert_string_equal(credential.token, "untouched");
}

static void
gist_is_the_line_that_speaks_of_an_error(void **state)
{
	struct pf_arena *arena = ((struct temp_folder *)*state)->arena;

	assert_string_equal(pf_exec_gist(arena, ""), "");
	assert_string_equal(pf_exec_gist(arena, "\n \n"), "");
	assert_string_equal(pf_exec_gist(arena, "one\ntwo\n\n"), "two");
	assert_string_equal(pf_exec_gist(arena, "one\nerror in {\"kind\":\"ExecCredential\",\"x\":\"" SECRET "\"}"),
			    "one");
	assert_string_equal(pf_exec_gist(arena, "one\nerror in {\"token\":\"" SECRET "\"}"), "one");
	assert_string_equal(pf_exec_gist(arena, "  Error: first\nhint\n"), "Error: first");
	assert_string_equal(pf_exec_gist(arena, "token eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.abc.def refused"),
			    "token … refused");
	assert_string_equal(pf_exec_gist(arena, "see /usr/share/doc/some-plugin/a/long/path/to/README"),
			    "see /usr/share/doc/some-plugin/a/long/path/to/README");
	assert_null(strchr(pf_exec_gist(arena, "\033[31mred"), '\033'));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(token_and_expiry_are_taken),
		IN_FOLDER(arguments_reach_it_without_a_shell),
		IN_FOLDER(own_environment_goes_over_ours_and_ours_is_not_changed),
		IN_FOLDER(cluster_is_told_only_when_it_asks),
		IN_FOLDER(always_interactive_needs_a_terminal),
		IN_FOLDER(absent_program_shows_the_install_hint),
		IN_FOLDER(file_without_permission_is_said_to_be_none),
		IN_FOLDER(failure_shows_status_and_error_never_output),
		IN_FOLDER(traced_script_does_not_leak_its_credential),
		IN_FOLDER(death_by_signal_is_named),
		IN_FOLDER(plugin_that_hangs_meets_the_deadline),
		IN_FOLDER(endless_output_is_refused),
		IN_FOLDER(answers_that_are_no_credential_are_refused),
		IN_FOLDER(gist_is_the_line_that_speaks_of_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
