/* Whom the client trusts, what it shows of itself, and what it says when a handshake fails. */
#include "http_server.h"

#include <dlfcn.h>

#include <curl/curl.h>

/*
 * Stands in for a CA folder of the distribution that holds one CA more: when libcurl wants to load the folder built
 * into it, it gets the test's. Takes the place of OpenSSL's function for the whole program.
 */
static const char *system_store;
static unsigned system_store_loads;

int X509_STORE_load_path(void *store, const char *path);

int
X509_STORE_load_path(void *store, const char *path)
{
	union {
		void *object;
		int (*function)(void *, const char *);
	} real = {.object = dlsym(RTLD_NEXT, "X509_STORE_load_path")};
	const char *built_in = curl_version_info(CURLVERSION_NOW)->capath;

	if (system_store != NULL && built_in != NULL && strcmp(path, built_in) == 0) {
		system_store_loads++;
		path = system_store;
	}
	return real.function(store, path);
}

static char *
in_folder(const char *name)
{
	return pf_printf(fixture.arena, "%s/%s", fixture.folder, name);
}

static struct pf_http_response
get_with(const char *host, const char *server, struct pf_http_config config)
{
	return get(client_at("https", host, server, config), "/text");
}

static void
configured_ca_is_the_only_trust(void **state)
{
	struct pf_http_response response;

	(void)state;
	if (curl_version_info(CURLVERSION_NOW)->capath == NULL)
		skip(); /* this libcurl has no CA folder built in */
	system_store = in_folder("system-store");
	system_store_loads = 0;
	response = get_with("127.0.0.1", "system", (struct pf_http_config){.ca = {NULL, 0}});
	assert_body(&response, 200, "hello");
	assert_int_not_equal(system_store_loads, 0);
	response = get_with("127.0.0.1", "system", (struct pf_http_config){.ca = pem("ca.pem")});
	assert_fails(&response, PF_ERR_TLS, "system", "unknown CA", "certificate-authority", NULL);
	response = get_with("127.0.0.1", "system", (struct pf_http_config){.ca = pem("system-ca.pem")});
	assert_body(&response, 200, "hello");
	system_store = NULL;
}

static void
system_store_may_be_named_by_the_environment(void **state)
{
	struct pf_http_response response;

	(void)state;
	response = get_with("127.0.0.1", "system", (struct pf_http_config){.ca = {NULL, 0}});
	assert_fails(&response, PF_ERR_TLS, "system", "unknown CA", NULL);
	setenv("SSL_CERT_DIR", in_folder("system-store"), 1);
	response = get_with("127.0.0.1", "system", (struct pf_http_config){.ca = {NULL, 0}});
	assert_body(&response, 200, "hello");
	response = get_with("127.0.0.1", "system", (struct pf_http_config){.ca = pem("other-ca.pem")});
	assert_fails(&response, PF_ERR_TLS, "system", "unknown CA", NULL);
	unsetenv("SSL_CERT_DIR");
	setenv("SSL_CERT_FILE", in_folder("system-ca.pem"), 1);
	response = get_with("127.0.0.1", "system", (struct pf_http_config){.ca = {NULL, 0}});
	assert_body(&response, 200, "hello");
	response = get_with("127.0.0.1", "system", (struct pf_http_config){.ca = pem("other-ca.pem")});
	assert_fails(&response, PF_ERR_TLS, "system", "unknown CA", NULL);
	unsetenv("SSL_CERT_FILE");
}

static void
certificate_of_another_ca_is_refused_unless_told(void **state)
{
	struct pf_http_config config = {.ca = pem("other-ca.pem")};
	struct pf_http_response response = get_with("127.0.0.1", "h2", config);

	(void)state;
	assert_fails(&response, PF_ERR_TLS, "h2", "unknown CA", NULL);
	assert_int_equal(response.attempts, 1);
	assert_int_equal(response.status, 0);
	config.insecure = true;
	response = get_with("127.0.0.1", "h2", config);
	assert_body(&response, 200, "hello");
}

static void
certificate_for_another_name_is_refused_unless_told(void **state)
{
	struct pf_http_config config = {.ca = pem("ca.pem")};
	struct pf_http_response response = get_with("127.0.0.1", "elsewhere", config);

	(void)state;
	assert_fails(&response, PF_ERR_TLS, "elsewhere", "other names", "127.0.0.1", "tls-server-name", NULL);
	response = get_with("localhost", "elsewhere", config);
	assert_fails(&response, PF_ERR_TLS, "elsewhere", "other names", "localhost", NULL);
	config.insecure = true;
	response = get_with("127.0.0.1", "elsewhere", config);
	assert_body(&response, 200, "hello");
}

static void
tls_server_name_is_verified_and_the_host_stays(void **state)
{
	struct pf_http_config config = {.ca = pem("ca.pem"), .tls_server_name = "elsewhere.test"};
	struct pf_http *http = client_at("https", "127.0.0.1", "elsewhere", config);
	struct pf_http_response response = get(http, "/echo");
	char *host = pf_printf(fixture.arena, "\"host\":\"127.0.0.1:%u\"", port_of("elsewhere"));

	(void)state;
	if (!response.ok)
		fail_msg("%s", response.err.text);
	assert_non_null(strstr(response.body, host));
	config.tls_server_name = "localhost";
	http = client_at("https", "127.0.0.1", "h2", config);
	response = get(http, "/echo");
	if (!response.ok)
		fail_msg("%s", response.err.text);
	host = pf_printf(fixture.arena, "\":authority\":\"127.0.0.1:%u\"", port_of("h2"));
	assert_non_null(strstr(response.body, host));
	response = get_with("127.0.0.1", "elsewhere", config);
	assert_fails(&response, PF_ERR_TLS, "elsewhere", "other names", "'localhost'", NULL);
}

static void
expired_server_certificate_is_told(void **state)
{
	struct pf_http_response response =
		get_with("127.0.0.1", "expired", (struct pf_http_config){.ca = pem("ca.pem")});

	(void)state;
	assert_fails(&response, PF_ERR_TLS, "expired", "has expired", "renew", NULL);
}

static void
each_request_of_a_wave_is_refused(void **state)
{
	enum { WAVE = 6 };
	struct pf_http_request requests[WAVE];
	struct pf_http_response responses[WAVE];
	struct pf_http *http =
		client_at("https", "127.0.0.1", "h2", (struct pf_http_config){.ca = pem("other-ca.pem")});

	(void)state;
	for (size_t i = 0; i < WAVE; i++)
		requests[i] = (struct pf_http_request){.method = "GET", .path = "/text"};
	pf_http_perform(http, fixture.arena, requests, responses, WAVE, pf_deadline_in(PATIENCE_MS));
	for (size_t i = 0; i < WAVE; i++)
		assert_int_equal(responses[i].err.kind, PF_ERR_TLS);
}

static struct pf_http_config
identity(const char *cert, const char *key)
{
	return (struct pf_http_config){.ca = pem("ca.pem"), .client_cert = pem(cert), .client_key = pem(key)};
}

static void
client_certificate_is_shown(void **state)
{
	struct pf_http_response response;

	(void)state;
	response = get_with("127.0.0.1", "mutual13", identity("client.pem", "client.key"));
	if (!response.ok)
		fail_msg("%s", response.err.text);
	assert_int_equal(response.status, 200);
	response = get_with("127.0.0.1", "mutual12", identity("client.pem", "client.key"));
	assert_true(response.ok);
}

static void
missing_client_certificate_is_told(void **state)
{
	struct pf_http_response response;

	(void)state;
	response = get_with("127.0.0.1", "mutual13", (struct pf_http_config){.ca = pem("ca.pem")});
	assert_fails(&response, PF_ERR_TLS, "mutual13", "client certificate", "client-key", NULL);
	assert_int_equal(response.attempts, 1);
	response = get_with("127.0.0.1", "mutual12", (struct pf_http_config){.ca = pem("ca.pem")});
	assert_fails(&response, PF_ERR_TLS, "mutual12", "client certificate", NULL);
}

static void
refused_client_certificate_is_told(void **state)
{
	static const char *const servers[] = {"mutual13", "mutual12"};
	struct pf_http_response response;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		response = get_with("127.0.0.1", servers[i], identity("client-expired.pem", "client-expired.key"));
		assert_fails(&response, PF_ERR_TLS, servers[i], "client certificate", "expired", NULL);
		assert_int_equal(response.attempts, 1);
		response = get_with("127.0.0.1", servers[i], identity("system.pem", "system.key"));
		assert_fails(&response, PF_ERR_TLS, servers[i], "does not trust the CA", NULL);
	}
}

static void
server_with_old_tls_only_is_refused(void **state)
{
	struct pf_http_response response = get_with("127.0.0.1", "old", (struct pf_http_config){.insecure = true});

	(void)state;
	assert_fails(&response, PF_ERR_TLS, "old", "TLS 1.2", NULL);
}

static void
tls_to_a_plain_port_and_the_reverse_are_told(void **state)
{
	static const char *const secure[] = {"h1", "h2", NULL};
	struct pf_http_response response = get_with("127.0.0.1", "plain", (struct pf_http_config){.insecure = true});

	(void)state;
	assert_fails(&response, PF_ERR_TLS, "plain", "not TLS", "http://", NULL);
	response = get(client("odd"), "/go-on-tls");
	assert_fails(&response, PF_ERR_TLS, "odd", "https://", NULL);
	assert_int_equal(response.status, 400);
	for (size_t i = 0; secure[i] != NULL; i++) {
		response = get(client_at("http", "127.0.0.1", secure[i], (struct pf_http_config){.insecure = false}),
			       "/text");
		assert_fails(&response, PF_ERR_UNREACHABLE, secure[i], "https://", NULL);
	}
}

/* What pf_http_new() says of CONFIG. */
static void
assert_refused(struct pf_http_config config, const char *words)
{
	struct pf_http *http = NULL;
	struct pf_err err = {.kind = PF_ERR_NONE};

	if (config.base_url == NULL)
		config.base_url = "https://api.test:6443";
	assert_false(pf_http_new(fixture.arena, &config, &http, &err));
	print_message("             %s\n", err.text);
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	assert_null(http);
	if (strstr(err.text, words) == NULL)
		fail_msg("no \"%s\" in: %s", words, err.text);
	assert_null(strstr(err.text, "s3cret"));
}

static void
unusable_certificates_are_refused_before_anything_is_sent(void **state)
{
	const struct pf_blob garbage = {"not a certificate", 17};
	const struct pf_blob broken = {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", 58};

	(void)state;
	assert_refused((struct pf_http_config){.ca = garbage}, "no readable PEM certificate");
	assert_refused((struct pf_http_config){.ca = broken}, "certificate authority");
	assert_refused((struct pf_http_config){.client_cert = garbage, .client_key = pem("client.key")},
		       "no PEM certificate");
	assert_refused((struct pf_http_config){.client_cert = broken, .client_key = pem("client.key")},
		       "cannot be used");
	assert_refused(identity("client.pem", "server.key"), "the key that belongs to it");
	assert_refused((struct pf_http_config){.client_cert = pem("client.pem")}, "without a private key");
	assert_refused((struct pf_http_config){.client_key = pem("client.key")}, "without its certificate");
}

static void
encrypted_key_is_refused_without_asking_for_its_phrase(void **state)
{
	(void)state;
	assert_refused(identity("client.pem", "encrypted.key"), "encrypted");
}

static void
unusable_urls_are_refused_without_their_secrets(void **state)
{
	(void)state;
	assert_refused((struct pf_http_config){.base_url = "10.0.0.1"}, "https://host:port");
	assert_refused((struct pf_http_config){.base_url = "ftp://u:s3cret@host"}, "neither http nor https");
	assert_refused((struct pf_http_config){.base_url = "file:///etc/passwd"}, "cannot be used");
	assert_refused((struct pf_http_config){.base_url = "https://u:s3cret@host:notaport"}, "cannot be used");
	assert_refused((struct pf_http_config){.base_url = "https://host/?x=1"}, "query");
	assert_refused((struct pf_http_config){.base_url = ""}, "cannot be used");
	assert_refused((struct pf_http_config){.base_url = "https://h", .tls_server_name = "no host/name"},
		       "TLS server name");
	assert_refused((struct pf_http_config){.base_url = "https://h", .proxy_url = "ftp://u:s3cret@proxy"}, "proxy");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(configured_ca_is_the_only_trust),
		TEST(system_store_may_be_named_by_the_environment),
		TEST(certificate_of_another_ca_is_refused_unless_told),
		TEST(certificate_for_another_name_is_refused_unless_told),
		TEST(tls_server_name_is_verified_and_the_host_stays),
		TEST(expired_server_certificate_is_told),
		TEST(each_request_of_a_wave_is_refused),
		TEST(client_certificate_is_shown),
		TEST(missing_client_certificate_is_told),
		TEST(refused_client_certificate_is_told),
		TEST(server_with_old_tls_only_is_refused),
		TEST(tls_to_a_plain_port_and_the_reverse_are_told),
		TEST(unusable_certificates_are_refused_before_anything_is_sent),
		TEST(encrypted_key_is_refused_without_asking_for_its_phrase),
		TEST(unusable_urls_are_refused_without_their_secrets),
	};

	unsetenv("SSL_CERT_FILE");
	unsetenv("SSL_CERT_DIR");
	return cmocka_run_group_tests_name("http tls", tests, start_servers, stop_servers);
}
