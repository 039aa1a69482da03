/* kubeconfig as kubectl reads it: merging, paths, choices, and what is said of a file that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/str.h>

#include "kube/kubeconfig.h"
#include "kube/kubeconfig_base64.h"
#include "kube/kubeconfig_login.h"
#include "temp_folder.h"

#define SECRET "s3cr3t-value"
#define PEM "-----BEGIN CERTIFICATE-----\n"
#define PEM_BASE64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="

/* One context "dev" of cluster "c" and user "u", whose fields are given. */
#define CONFIG(cluster_fields, user_fields)                                                                            \
	"current-context: dev\n"                                                                                       \
	"contexts:\n- name: dev\n  context: {cluster: c, user: u, namespace: shop}\n"                                  \
	"clusters:\n- name: c\n  cluster: {" cluster_fields "}\n"                                                      \
	"users:\n- name: u\n  user: {" user_fields "}\n"
#define SERVER "server: 'https://c.example'"

static bool
load(const struct temp_folder *folder, const char *first, const char *second, struct pf_kubeconfig *config,
     struct pf_err *err)
{
	const char *const paths[] = {first, second, NULL};

	return pf_kubeconfig_load(folder->arena, paths, config, err);
}

static bool
login(const struct temp_folder *folder, const char *text, const struct pf_login_choice *choice, struct pf_login *out,
      struct pf_err *err)
{
	static const struct pf_login_choice none;
	struct pf_kubeconfig config;

	return load(folder, temp_file(folder, "config", text), NULL, &config, err) &&
	       pf_login_of_kubeconfig(folder->arena, &config, choice != NULL ? choice : &none, out, err);
}

static struct pf_login
logged_in(const struct temp_folder *folder, const char *text, const struct pf_login_choice *choice)
{
	struct pf_login out;
	struct pf_err err;

	if (!login(folder, text, choice, &out, &err))
		fail_msg("%s", err.text);
	return out;
}

static void
expect_refusal(const struct temp_folder *folder, const char *text, const struct pf_login_choice *choice,
	       const char *part)
{
	struct pf_login out = {.context = "untouched"};
	struct pf_err err;

	if (login(folder, text, choice, &out, &err))
		fail_msg("accepted, should say \"%s\"", part);
	if (strstr(err.text, part) == NULL || strstr(err.text, SECRET) != NULL || strstr(err.text, "config") == NULL)
		fail_msg("\"%s\" should say \"%s\", name the file and nothing secret", err.text, part);
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	assert_string_equal(out.context, "untouched");
}

static void
first_file_to_name_an_entry_wins_as_a_whole(void **state)
{
	const char *first = temp_file(*state, "a",
				      "clusters:\n- name: c\n  cluster: {server: 'https://first'}\n"
				      "users:\n- name: u\n  user: {token: first}\n");
	const char *second =
		temp_file(*state, "b",
			  "current-context: two\n"
			  "clusters:\n- name: c\n  cluster: {server: 'https://second', tls-server-name: n}\n"
			  "users:\n- name: u\n  user: {token: second}\n- name: v\n  user: {token: v}\n"
			  "contexts:\n- name: two\n  context: {cluster: c, user: u}\n");
	struct temp_folder *folder = *state;
	const struct pf_login_choice none = {0};
	struct pf_kubeconfig config;
	struct pf_login out;
	struct pf_err err;

	assert_true(load(folder, first, second, &config, &err));
	assert_int_equal(config.entries[PF_KUBECONFIG_USER].count, 2);
	assert_true(pf_login_of_kubeconfig(folder->arena, &config, &none, &out, &err));
	assert_string_equal(out.context, "two");
	assert_string_equal(out.cluster.server, "https://first");
	assert_null(out.cluster.tls_server_name);
	assert_string_equal(out.user.token, "first");
	assert_string_equal(config.files, pf_printf(folder->arena, "%s and %s", first, second));
}

static void
empty_current_context_leaves_the_word_to_the_next_file(void **state)
{
	const char *first = temp_file(*state, "a", "current-context: ''\n");
	const char *second = temp_file(*state, "b", "current-context: two\n");
	struct pf_kubeconfig config;
	struct pf_err err;

	assert_true(load(*state, first, second, &config, &err));
	assert_string_equal(config.current_context, "two");
	assert_true(load(*state, second, temp_file(*state, "c", "current-context: three\n"), &config, &err));
	assert_string_equal(config.current_context, "two");
}

static void
missing_and_repeated_files_are_skipped(void **state)
{
	const char *path = temp_file(*state, "a", "contexts:\n- name: x\n");
	struct pf_kubeconfig config;
	struct pf_err err;

	assert_true(load(*state, temp_path(*state, "absent"), path, &config, &err));
	assert_string_equal(config.files, path);
	assert_true(load(*state, path, path, &config, &err));
	assert_int_equal(config.entries[PF_KUBECONFIG_CONTEXT].count, 1);
	assert_true(load(*state, temp_path(*state, "absent"), NULL, &config, &err));
	assert_true(pf_kubeconfig_is_empty(&config));
	assert_string_equal(config.files, "");
}

static void
paths_are_relative_to_their_file(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_login out;

	temp_file(folder, "ca.pem", PEM);
	temp_file(folder, "cert.pem", PEM "cert");
	temp_file(folder, "key.pem", PEM "key");
	out = logged_in(folder,
			CONFIG(SERVER ", certificate-authority: ca.pem",
			       "client-certificate: ./cert.pem, client-key: key.pem, tokenFile: sub/token, exec: "
			       "{apiVersion: client.authentication.k8s.io/v1beta1, command: bin/plugin}"),
			NULL);
	assert_int_equal(out.cluster.ca.len, strlen(PEM));
	assert_memory_equal(out.user.client_cert.p, PEM "cert", strlen(PEM "cert"));
	assert_memory_equal(out.user.client_key.p, PEM "key", strlen(PEM "key"));
	assert_string_equal(out.user.token_file, temp_path(folder, "sub/token"));
	assert_string_equal(out.user.plugin->command, temp_path(folder, "bin/plugin"));
	assert_int_equal(out.user.plugin->mode, PF_EXEC_IF_AVAILABLE);
}

static void
relative_kubeconfig_is_relative_to_where_we_stand(void **state)
{
	struct temp_folder *folder = *state;
	struct pf_kubeconfig config;
	struct pf_err err;
	char *here = getcwd(NULL, 0);

	temp_file(folder, "config", "contexts:\n- name: x\n");
	assert_int_equal(chdir(folder->path), 0);
	assert_true(load(folder, "config", NULL, &config, &err));
	assert_int_equal(chdir(here), 0);
	free(here);
	assert_int_equal(config.entries[PF_KUBECONFIG_CONTEXT].at[0].file[0], '/');
}

static void
data_wins_over_files(void **state)
{
	struct pf_login out =
		logged_in(*state,
			  CONFIG(SERVER ", certificate-authority: absent, certificate-authority-data: " PEM_BASE64,
				 "client-certificate: absent, client-certificate-data: " PEM_BASE64
				 ", client-key: absent, client-key-data: " PEM_BASE64),
			  NULL);

	assert_memory_equal(out.cluster.ca.p, PEM, strlen(PEM));
	assert_int_equal(out.user.client_key.len, strlen(PEM));
}

static void
command_of_a_plugin_without_a_slash_is_for_path(void **state)
{
	struct pf_login out = logged_in(
		*state,
		CONFIG(SERVER,
		       "exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, interactiveMode: Never, "
		       "args: [eks, get-token], env: [{name: A, value: b}, {name: C}], installHint: hint, "
		       "provideClusterInfo: true}"),
		NULL);

	assert_string_equal(out.user.plugin->command, "aws");
	assert_string_equal(out.user.plugin->args[1], "get-token");
	assert_null(out.user.plugin->args[2]);
	assert_int_equal(out.user.plugin->env_count, 2);
	assert_string_equal(out.user.plugin->env[1].value, "");
	assert_true(out.user.plugin->provide_cluster_info);
	assert_int_equal(out.user.plugin->mode, PF_EXEC_NEVER);
}

static void
json_is_read_as_well(void **state)
{
	struct pf_login out = logged_in(*state,
					"{\"apiVersion\":\"v1\",\"kind\":\"Config\",\"current-context\":\"x\","
					"\"contexts\":[{\"name\":\"x\",\"context\":{\"cluster\":\"c\"}}],"
					"\"clusters\":[{\"name\":\"c\",\"cluster\":{\"server\":\"https://h\"}}]}",
					NULL);

	assert_string_equal(out.cluster.server, "https://h");
	assert_null(out.user.token);
}

static void
flags_choose_other_entries(void **state)
{
	static const char text[] = "contexts:\n- name: x\n  context: {cluster: c, user: u, namespace: n1}\n"
				   "- name: y\n  context: {cluster: d}\n"
				   "clusters:\n- name: c\n  cluster: {server: 'https://c', tls-server-name: t}\n"
				   "- name: d\n  cluster: {server: 'https://d'}\n"
				   "users:\n- name: u\n  user: {token: u}\n- name: v\n  user: {token: v, as: x}\n";
	struct pf_login out;

	out = logged_in(*state, text, &(struct pf_login_choice){.context = "x"});
	assert_string_equal(out.cluster.server, "https://c");
	out = logged_in(*state, text, &(struct pf_login_choice){.context = "x", .cluster = "d", .user = "v"});
	assert_string_equal(out.cluster.server, "https://d");
	assert_string_equal(out.user.token, "v");
	assert_string_equal(out.namespace_, "n1");
	out = logged_in(*state, text, &(struct pf_login_choice){.cluster = "d"});
	assert_string_equal(out.context, "");
	assert_null(out.user.token);
	out = logged_in(*state, text, &(struct pf_login_choice){.context = "x", .server = "https://other"});
	assert_string_equal(out.cluster.server, "https://other");
	assert_null(out.cluster.tls_server_name);
	assert_string_equal(out.user.token, "u");
	out = logged_in(*state, text, &(struct pf_login_choice){.context = "x", .user = "v", .token_file = "t"});
	assert_null(out.user.token);
	assert_string_equal(out.user.token_file, "t");
	assert_string_equal(out.user.as_user, "x");
}

static void
ca_of_the_command_line_replaces_insecurity(void **state)
{
	const char *ca = temp_file(*state, "ca.pem", PEM);
	struct pf_login out = logged_in(*state, CONFIG(SERVER ", insecure-skip-tls-verify: true", ""),
					&(struct pf_login_choice){.certificate_authority = ca});

	assert_false(out.cluster.insecure);
	assert_int_equal(out.cluster.ca.len, strlen(PEM));
}

static void
impersonation_is_read(void **state)
{
	struct pf_login out = logged_in(
		*state, CONFIG(SERVER, "as: me, as-uid: '7', as-groups: [g, h], as-user-extra: {k: [a, b], empty: []}"),
		NULL);

	assert_string_equal(out.user.as_user, "me");
	assert_string_equal(out.user.as_uid, "7");
	assert_string_equal(out.user.as_groups[1], "h");
	assert_int_equal(out.user.as_extra_count, 1);
	assert_string_equal(out.user.as_extra[0].values[1], "b");
}

static void
files_that_are_no_kubeconfig_are_named(void **state)
{
	static const struct {
		const char *text;
		const char *complaint;
	} cases[] = {
		{"just words\n", "is no kubeconfig"},
		{"- a\n- b\n", "is no kubeconfig"},
		{"kind: Pod\napiVersion: v1\n", "its kind is \"Pod\""},
		{"clusters: {a: b}\n", "clusters is no list"},
		{"clusters: [word]\n", "each entry of clusters needs a name"},
		{"users:\n- name: 5\n", "each entry of users needs a name"},
		{"users:\n- name: u\n  user: word\n", "no mapping"},
		{"current-context: [a]\n", "current-context"},
		{"contexts:\n- name: x\n- name: x\n", "lists context \"x\" twice"},
		{"current-context: x\n  bad: [\n", "line 2"},
		{"\x01\x02\x03", "is no kubeconfig"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refusal(*state, cases[i].text, NULL, cases[i].complaint);
}

static void
binary_huge_and_folder_are_refused(void **state)
{
	struct temp_folder *folder = *state;
	char *path = temp_path(folder, "config"), *big = pf_alloc(folder->arena, PF_KUBECONFIG_CAP + 2);
	struct pf_kubeconfig config;
	struct pf_err err;

	assert_true(pf_file_write(path, "a: b\0c", 6, 0600, &err));
	assert_false(load(folder, path, NULL, &config, &err));
	assert_non_null(strstr(err.text, "binary data"));

	memset(big, '#', PF_KUBECONFIG_CAP + 1);
	temp_file(folder, "config", big);
	assert_false(load(folder, path, NULL, &config, &err));
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	assert_non_null(strstr(err.text, path));

	assert_false(load(folder, folder->path, NULL, &config, &err));
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	assert_non_null(strstr(err.text, "directory"));
}

static void
entries_that_are_not_there_are_told_with_near_names(void **state)
{
	static const char contexts[] = "contexts:\n- name: staging\n  context: {cluster: absent}\n"
				       "- name: production\n  context: {cluster: c, user: absent}\n"
				       "- name: empty\n"
				       "clusters:\n- name: c\n  cluster: {server: 'https://c'}\n- name: hollow\n";

	expect_refusal(*state, contexts, NULL,
		       "no current-context; choose one with --context (there is \"staging\", "
		       "\"production\", \"empty\")");
	expect_refusal(*state, contexts, &(struct pf_login_choice){.context = "stagign"},
		       "--context names context \"stagign\", which is not in ");
	expect_refusal(*state, contexts, &(struct pf_login_choice){.context = "stagign"}, "did you mean \"staging\"?");
	expect_refusal(*state, contexts, &(struct pf_login_choice){.context = "zzz"}, "there is \"staging\", ");
	expect_refusal(*state, contexts, &(struct pf_login_choice){.context = "staging"}, "names cluster \"absent\"");
	expect_refusal(*state, contexts, &(struct pf_login_choice){.context = "production"},
		       "names user \"absent\", which is not in");
	expect_refusal(*state, contexts, &(struct pf_login_choice){.context = "production"}, "there are no users");
	expect_refusal(*state, contexts, &(struct pf_login_choice){.context = "empty"}, "context \"empty\" in ");
	expect_refusal(*state, contexts, &(struct pf_login_choice){.context = "empty"}, "names no cluster");
	expect_refusal(*state, contexts, &(struct pf_login_choice){.cluster = "hollow"}, "has no server");
	expect_refusal(*state, contexts, &(struct pf_login_choice){.cluster = "d"}, "--cluster names");
	expect_refusal(*state, "current-context: old\n", NULL, "current-context names context \"old\"");
	expect_refusal(*state, "clusters:\n- name: c\n", NULL, "has no context");
}

static void
unusable_clusters_are_refused(void **state)
{
	expect_refusal(*state, CONFIG("tls-server-name: x", ""), NULL, "cluster \"c\" in ");
	expect_refusal(*state, CONFIG("server: 5", ""), NULL, "server is no text");
	expect_refusal(*state, CONFIG(SERVER ", insecure-skip-tls-verify: 'true'", ""), NULL, "must be true or false");
	expect_refusal(*state,
		       CONFIG(SERVER ", insecure-skip-tls-verify: true, certificate-authority-data: " PEM_BASE64, ""),
		       NULL, "exclude each other");
	expect_refusal(*state, CONFIG(SERVER ", certificate-authority-data: '" SECRET "!'", ""), NULL, "no base64");
	expect_refusal(*state, CONFIG(SERVER ", certificate-authority-data: c2VjcmV0", ""), NULL, "no PEM");
	expect_refusal(*state, CONFIG(SERVER ", certificate-authority: absent.pem", ""), NULL,
		       "absent.pem does not exist");
	expect_refusal(*state, CONFIG(SERVER ", certificate-authority: config", ""), NULL, "is no PEM file");
	expect_refusal(*state, CONFIG(SERVER ", proxy-url: 'ftp://u:" SECRET "@p'", ""), NULL,
		       "proxy-url must begin with");
}

static void
unusable_users_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *complaint;
	} cases[] = {
		{CONFIG(SERVER, "auth-provider: {name: gcp, config: {access-token: " SECRET "}}"),
		 "exec credential plugin"},
		{CONFIG(SERVER, "token: 12345"), "token is no text; put the value in quotes"},
		{CONFIG(SERVER, "token: " SECRET ", username: u"), "exclude each other"},
		{CONFIG(SERVER, "tokenFile: f, password: " SECRET), "exclude each other"},
		{CONFIG(SERVER, "client-certificate-data: " PEM_BASE64), "needs client-key-data"},
		{CONFIG(SERVER, "client-key-data: " PEM_BASE64), "needs client-certificate-data"},
		{CONFIG(SERVER, "client-key-data: " SECRET), "client-key-data is no base64"},
		{CONFIG(SERVER, "client-key: ."), "is a directory"},
		{CONFIG(SERVER, "as-groups: [1]"), "as-groups holds something that is no text"},
		{CONFIG(SERVER, "as: a, as-user-extra: {k: v}"), "k is no list"},
		{CONFIG(SERVER, "exec: {command: x}"), "exec has no apiVersion"},
		{CONFIG(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}"),
		 "exec has no command"},
		{CONFIG(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}"),
		 "is not supported"},
		{CONFIG(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1, command: x}"),
		 "interactiveMode must be"},
		{CONFIG(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, interactiveMode: "
				"Sometimes}"),
		 "interactiveMode must be"},
		{CONFIG(SERVER,
			"exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, env: [{value: " SECRET
			"}]}"),
		 "each entry of exec.env"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect_refusal(*state, cases[i].text, NULL, cases[i].complaint);
		expect_refusal(*state, cases[i].text, NULL, "user \"u\" in ");
	}
}

static void
long_lists_of_names_are_cut(void **state)
{
	expect_refusal(*state,
		       "contexts: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}, {name: f}, {name: g}, "
		       "{name: h}, {name: i}, {name: j}]",
		       NULL, "\"h\" and 2 more");
}

static void
base64_goes_both_ways(void **state)
{
	static const char *const pairs[][2] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
					       {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe?", "//4/"}};
	static const char *const broken[] = {
		"Z", "Zg", "Zg=", "Zg===", "Z===", "Zg==Zg==", "Zm9v=", "Zm 9v", "Zm9v!", "="};
	struct pf_arena *arena = ((struct temp_folder *)*state)->arena;
	char *out;
	size_t len;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_true(pf_kubeconfig_base64_decode(arena, pairs[i][1], &out, &len));
		assert_int_equal(len, strlen(pairs[i][0]));
		assert_string_equal(out, pairs[i][0]);
		assert_string_equal(pf_kubeconfig_base64_encode(arena, out, len), pairs[i][1]);
	}
	assert_true(pf_kubeconfig_base64_decode(arena, "Zm\r\n9v\n", &out, &len));
	assert_string_equal(out, "foo");
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		if (pf_kubeconfig_base64_decode(arena, broken[i], &out, &len))
			fail_msg("%s was taken", broken[i]);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(first_file_to_name_an_entry_wins_as_a_whole),
		IN_FOLDER(empty_current_context_leaves_the_word_to_the_next_file),
		IN_FOLDER(missing_and_repeated_files_are_skipped),
		IN_FOLDER(paths_are_relative_to_their_file),
		IN_FOLDER(relative_kubeconfig_is_relative_to_where_we_stand),
		IN_FOLDER(data_wins_over_files),
		IN_FOLDER(command_of_a_plugin_without_a_slash_is_for_path),
		IN_FOLDER(json_is_read_as_well),
		IN_FOLDER(flags_choose_other_entries),
		IN_FOLDER(ca_of_the_command_line_replaces_insecurity),
		IN_FOLDER(impersonation_is_read),
		IN_FOLDER(files_that_are_no_kubeconfig_are_named),
		IN_FOLDER(binary_huge_and_folder_are_refused),
		IN_FOLDER(entries_that_are_not_there_are_told_with_near_names),
		IN_FOLDER(unusable_clusters_are_refused),
		IN_FOLDER(unusable_users_are_refused),
		IN_FOLDER(long_lists_of_names_are_cut),
		IN_FOLDER(base64_goes_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
