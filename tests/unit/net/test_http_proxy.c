/* Proxies: which one is taken, that it is used, and what is said when it does not help. */
#include "http_server.h"

#include <dlfcn.h>
#include <netdb.h>

#include "net/http_internal.h"

/* api.test is this machine, no other .test name exists. Takes the place of libc's for the whole program. */
int
getaddrinfo(const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
	    struct addrinfo **restrict result)
{
	union {
		void *object;
		int (*function)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	} real = {.object = dlsym(RTLD_NEXT, "getaddrinfo")};

	if (name != NULL && strcmp(name, "api.test") == 0)
		name = "127.0.0.1";
	else if (name != NULL && pf_ends_with(name, ".test"))
		return EAI_NONAME;
	return real.function(name, service, hints, result);
}

static const char *const variables[] = {"http_proxy", "https_proxy", "all_proxy", "no_proxy",
					"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"};

static int
begin_without_proxy(void **state)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	return begin_test(state);
}

static void
no_proxy_names_hosts_domains_networks_and_ports(void **state)
{
	static const struct {
		const char *list, *host;
		unsigned port;
		bool named;
	} cases[] = {
		{"*", "any.test", 443, true},
		{"", "any.test", 443, false},
		{NULL, "any.test", 443, false},
		{"a.test,b.test", "b.test", 443, true},
		{" a.test , b.test ", "b.test", 443, true},
		{"a.test b.test", "b.test", 443, true},
		{",,", "a.test", 443, false},
		{"API.test", "api.TEST", 443, true},
		{"a.test", "x.a.test", 443, true},
		{"a.test", "xa.test", 443, false},
		{".a.test", "x.a.test", 443, true},
		{".a.test", "a.test", 443, false},
		{"*.a.test", "x.a.test", 443, true},
		{"a.test:6443", "a.test", 6443, true},
		{"a.test:6443", "a.test", 443, false},
		{"10.0.0.1", "10.0.0.1", 443, true},
		{"10.0.0.1", "10.0.0.10", 443, false},
		{"10.0.0.0/8", "10.255.1.2", 443, true},
		{"10.0.0.0/8", "11.0.0.1", 443, false},
		{"10.0.0.0/33", "10.0.0.1", 443, false},
		{"10.0.0.128/25", "10.0.0.200", 443, true},
		{"10.0.0.128/25", "10.0.0.100", 443, false},
		{"10.0.0.0/8", "10.test", 443, false},
		{"0.0.0.0/0", "192.0.2.1", 443, true},
		{"fd00::/8", "fd12::1", 443, true},
		{"fd00::/8", "fe80::1", 443, false},
		{"::1", "0:0:0:0:0:0:0:1", 443, true},
		{"[fd00::1]:6443", "fd00::1", 6443, true},
		{"[fd00::1]:6443", "fd00::1", 443, false},
		{"[fd00::1]", "fd00::1", 443, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (pf_http_no_proxy(cases[i].list, cases[i].host, cases[i].port) != cases[i].named)
			fail_msg("no_proxy=%s, %s:%u", cases[i].list != NULL ? cases[i].list : "(unset)", cases[i].host,
				 cases[i].port);
}

/* The URL that would be used for BASE. */
static const char *
chosen(const char *base, const char *configured)
{
	struct pf_http_origin origin;
	struct pf_http_proxy proxy;
	struct pf_err err;

	if (!pf_http_origin_parse(fixture.arena, base, NULL, &origin, &err) ||
	    !pf_http_proxy_choose(fixture.arena, configured, &origin, &proxy, &err))
		fail_msg("%s", err.text);
	return proxy.url;
}

static void
environment_names_the_proxy_unless_configured(void **state)
{
	(void)state;
	assert_string_equal(chosen("https://api.test", NULL), "");
	setenv("ALL_PROXY", "http://all.test", 1);
	assert_string_equal(chosen("https://api.test", NULL), "http://all.test:80/");
	setenv("HTTPS_PROXY", "upper.test:3128", 1);
	assert_string_equal(chosen("https://api.test", NULL), "http://upper.test:3128/");
	setenv("https_proxy", "http://lower.test:3128", 1);
	assert_string_equal(chosen("https://api.test", NULL), "http://lower.test:3128/");
	assert_string_equal(chosen("http://api.test", NULL), "http://all.test:80/");
	assert_string_equal(chosen("https://api.test", "socks5://own.test"), "socks5h://own.test:1080/");
	assert_string_equal(chosen("https://api.test", ""), "");
	setenv("no_proxy", "api.test", 1);
	assert_string_equal(chosen("https://api.test", NULL), "");
	assert_string_equal(chosen("https://api.test", "http://own.test:1"), "http://own.test:1/");
}

static void
loopback_is_never_sent_to_the_environments_proxy(void **state)
{
	(void)state;
	setenv("https_proxy", "http://lower.test:3128", 1);
	assert_string_equal(chosen("https://localhost:6443", NULL), "");
	assert_string_equal(chosen("https://127.0.0.1:6443", NULL), "");
	assert_string_equal(chosen("https://127.9.9.9:6443", NULL), "");
	assert_string_equal(chosen("https://[::1]:6443", NULL), "");
	assert_string_equal(chosen("https://127.test:6443", NULL), "http://lower.test:3128/");
}

/* A client of https://HOST:(SERVER's port) whose certificate is for localhost. */
static struct pf_http *
client_by(const char *host, const char *server, const char *proxy)
{
	return client_at(
		"https", host, server,
		(struct pf_http_config){.ca = pem("ca.pem"), .tls_server_name = "localhost", .proxy_url = proxy});
}

static char *
proxy_at(const char *server)
{
	return pf_printf(fixture.arena, "http://user:s3cret@127.0.0.1:%u", port_of(server));
}

static int
tunnels(void)
{
	return asked("/hits?of=proxy");
}

static void
request_goes_through_the_proxy_to_the_real_host(void **state)
{
	int before = tunnels();
	struct pf_http_response response;

	(void)state;
	/* Only the proxy knows this name. */
	response = get(client_by("far.test", "h2", proxy_at("proxy")), "/echo");
	if (!response.ok)
		fail_msg("%s", response.err.text);
	assert_string_equal(response.version, "2");
	assert_non_null(strstr(response.body, "\":authority\":\"far.test:"));
	assert_null(strstr(response.body, "proxy-authorization"));
	assert_int_equal(tunnels(), before + 1);
	setenv("https_proxy", proxy_at("proxy"), 1);
	response = get(client_by("api.test", "h2", NULL), "/text");
	assert_body(&response, 200, "hello");
	assert_int_equal(tunnels(), before + 2);
	/* By the real host, not by the name in the certificate. */
	setenv("no_proxy", "api.test", 1);
	response = get(client_by("api.test", "h2", NULL), "/text");
	assert_body(&response, 200, "hello");
	assert_int_equal(tunnels(), before + 2);
	/* A configured proxy counts whatever the environment says. */
	setenv("no_proxy", "*", 1);
	response = get(client_by("api.test", "h2", proxy_at("proxy")), "/text");
	assert_body(&response, 200, "hello");
	assert_int_equal(tunnels(), before + 3);
}

static void
proxy_that_does_not_help_is_named_without_its_password(void **state)
{
	struct pf_http_response response;

	(void)state;
	response = get(client_by("api.test", "h2", proxy_at("proxy407")), "/text");
	assert_fails(&response, PF_ERR_UNREACHABLE, "proxy407", "api.test:", "407", "user and password", NULL);
	assert_int_equal(response.status, 0);
	response = get(client_by("api.test", "h2", proxy_at("proxy403")), "/text");
	assert_fails(&response, PF_ERR_UNREACHABLE, "proxy403", "api.test:", "403", NULL);
	assert_null(strstr(response.err.text, "s3cret"));
	response = get(client_by("api.test", "h2", "http://user:s3cret@absent.test:3128"), "/text");
	assert_fails(&response, PF_ERR_UNREACHABLE, "h2", "absent.test:3128", "proxy's name", NULL);
	assert_null(strstr(response.err.text, "s3cret"));
	response = get(client_by("api.test", "h2", "http://user:s3cret@127.0.0.1:1"), "/text");
	assert_fails(&response, PF_ERR_UNREACHABLE, "h2", "127.0.0.1:1:", "refused", "proxy", NULL);
	assert_null(strstr(response.err.text, "s3cret"));
	response = send_one(client_by("api.test", "h2", proxy_at("silent")),
			    (struct pf_http_request){.method = "GET", .path = "/text", .timeout_ms = 200});
	assert_fails(&response, PF_ERR_TIMEOUT, "silent", "api.test:", "proxy", NULL);
	response = get(client_by("api.test", "h2", pf_printf(fixture.arena, "socks5://127.0.0.1:%u", port_of("odd"))),
		       "/text");
	assert_fails(&response, PF_ERR_UNREACHABLE, "odd", "api.test:", "proxy", NULL);
}

static void
unusable_proxy_in_the_environment_is_a_wrong_configuration(void **state)
{
	struct pf_http_config config = {.base_url = "https://api.test"};
	struct pf_http *http;
	struct pf_err err = {.kind = PF_ERR_NONE};

	(void)state;
	setenv("https_proxy", "gopher://u:s3cret@proxy.test", 1);
	assert_false(pf_http_new(fixture.arena, &config, &http, &err));
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	assert_non_null(strstr(err.text, "https_proxy"));
	assert_null(strstr(err.text, "s3cret"));
}

static void
waits_grow_spread_and_end(void **state)
{
	(void)state;
	for (uint32_t random = 0; random < 5000; random += 7) {
		assert_in_range(pf_http_retry_delay(PF_HTTP_RETRY_BACKOFF, 1, 0, random), 50, 150);
		assert_in_range(pf_http_retry_delay(PF_HTTP_RETRY_BACKOFF, 2, 0, random), 100, 300);
		assert_in_range(pf_http_retry_delay(PF_HTTP_RETRY_BACKOFF, 3, 0, random), 200, 600);
		assert_in_range(pf_http_retry_delay(PF_HTTP_RETRY_BACKOFF, 1, 7, random), 7000, 7150);
	}
	assert_int_not_equal(pf_http_retry_delay(PF_HTTP_RETRY_BACKOFF, 3, 0, 1),
			     pf_http_retry_delay(PF_HTTP_RETRY_BACKOFF, 3, 0, 2));
	assert_true(pf_http_retry_delay(PF_HTTP_RETRY_BACKOFF, 4, 0, 1) < 0);
	assert_true(pf_http_retry_delay(PF_HTTP_RETRY_BACKOFF, 1, 61, 1) < 0);
	assert_true(pf_http_retry_delay(PF_HTTP_RETRY_BACKOFF, 1, INT64_MAX, 1) < 0);
	assert_true(pf_http_retry_delay(PF_HTTP_RETRY_ONCE, 1, 0, 1) >= 0);
	assert_true(pf_http_retry_delay(PF_HTTP_RETRY_ONCE, 2, 0, 1) < 0);
	assert_true(pf_http_retry_delay(PF_HTTP_RETRY_NEVER, 1, 0, 1) < 0);
}

static void
base_url_is_taken_apart(void **state)
{
	struct pf_http_origin origin;
	struct pf_err err;

	(void)state;
	assert_true(pf_http_origin_parse(fixture.arena, "https://u%40x:p%3Aw@[fd00::1]:6443/base//", "api.test",
					 &origin, &err));
	assert_true(origin.tls);
	assert_string_equal(origin.url, "https://api.test:6443/base");
	assert_string_equal(origin.host, "fd00::1");
	assert_string_equal(origin.authority, "[fd00::1]:6443");
	assert_string_equal(origin.host_header, "Host: [fd00::1]:6443");
	assert_string_equal(origin.connect_to, "::[fd00::1]:6443");
	assert_string_equal(origin.user, "u@x");
	assert_string_equal(origin.password, "p:w");
	assert_true(pf_http_origin_parse(fixture.arena, "HTTP://Api.test", "ignored", &origin, &err));
	assert_false(origin.tls);
	assert_string_equal(origin.authority, "Api.test:80");
	assert_null(origin.connect_to);
	assert_null(origin.user);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_without_proxy, end_test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_proxy_names_hosts_domains_networks_and_ports),
		TEST(environment_names_the_proxy_unless_configured),
		TEST(loopback_is_never_sent_to_the_environments_proxy),
		TEST(request_goes_through_the_proxy_to_the_real_host),
		TEST(proxy_that_does_not_help_is_named_without_its_password),
		TEST(unusable_proxy_in_the_environment_is_a_wrong_configuration),
		TEST(waits_grow_spread_and_end),
		TEST(base_url_is_taken_apart),
	};

	return cmocka_run_group_tests_name("http proxy", tests, start_servers, stop_servers);
}
