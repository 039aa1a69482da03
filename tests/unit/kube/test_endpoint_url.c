/* The endpoint as java.net.URI reads it, and its host as a pod resolves it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kube/endpoint_url.h"

static int
open_arena(void **state)
{
	*state = pf_arena_new();
	return 0;
}

static int
close_arena(void **state)
{
	pf_arena_free(*state);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

static void
ordinary_endpoints_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *scheme, *host;
		int port;
	} table[] = {
		{"http://dynamodb:8000", "http", "dynamodb", 8000},
		{"http://dynamodb:8000/", "http", "dynamodb", 8000},
		{"http://dynamodb", "http", "dynamodb", 80},
		{"http://dynamodb:", "http", "dynamodb", 80},
		{"HTTP://DynamoDB.Shop:8000", "http", "DynamoDB.Shop", 8000},
		{"https://dynamodb", "https", "dynamodb", 443},
		{"http://dynamodb.shop.svc.cluster.local:8000?a=b#c", "http", "dynamodb.shop.svc.cluster.local", 8000},
		{"http://10.96.0.7:8000", "http", "10.96.0.7", 8000},
		{"http://[fd00::7]:8000", "http", "fd00::7", 8000},
		{"http://1db:8000", "http", "1db", 8000},
		{"http://a-b:08000", "http", "a-b", 8000},
		{"http://dynamodb:8000/%41", "http", "dynamodb", 8000},
		{"http://dynamodb.:8000", "http", "dynamodb.", 8000},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pf_endpoint_url url;
		const char *wrong = pf_endpoint_url_parse(*state, table[i].text, &url);
		if (wrong != NULL)
			fail_msg("%s %s", table[i].text, wrong);
		assert_string_equal(url.scheme, table[i].scheme);
		assert_string_equal(url.host, table[i].host);
		assert_int_equal(url.port, table[i].port);
		assert_false(url.user_info);
	}
}

static void
what_java_refuses_is_named(void **state)
{
	static const struct {
		const char *text, *wrong;
	} table[] = {
		{"dynamodb:8000", "has no scheme (http://)"},
		{"dynamodb", "has no scheme (http://)"},
		{"//dynamodb:8000", "has no scheme (http://)"},
		{"http:dynamodb:8000", "lacks the two slashes after its scheme (http://)"},
		{"http:/dynamodb:8000", "lacks the two slashes after its scheme (http://)"},
		{"tcp://10.0.0.9:8000", "has a scheme other than http"},
		{"http://", "has no host"},
		{"http://:8000", "has no host"},
		{"http:///path", "has no host"},
		{" http://dynamodb:8000", "has a space in it"},
		{"http://dynamodb:8000\n", "has a line break in it"},
		{"http://dynamodb:8000\t", "has a control character in it"},
		{"\"http://dynamodb:8000\"", "has the character \" in it"},
		{"http://{host}:8000", "has the character { in it"},
		{"http://dynamodb:80a", "has a port that is no number"},
		{"http://dynamodb:-1", "has a port that is no number"},
		{"http://dynamodb:0", "has a port outside of 1 to 65535"},
		{"http://dynamodb:65536", "has a port outside of 1 to 65535"},
		{"http://dynamodb:99999999999999999999", "has a port outside of 1 to 65535"},
		{"http://my_db:8000", "has a host name that Java does not take"},
		{"http://d\303\266:8000", "has a character in it that is not ASCII (U+00F6)"},
		{"http://dynamodb\342\200\213:8000", "has a character in it that is not ASCII (U+200B)"},
		{"http\357\274\232//dynamodb:8000", "has a character in it that is not ASCII (U+FF1A)"},
		{"http://db\303", "has a character in it that is not ASCII (U+0003)"},
		{"http://-db:8000", "has a host name that Java does not take"},
		{"http://db-:8000", "has a host name that Java does not take"},
		{"http://db-.shop:8000", "has a host name that Java does not take"},
		{"http://db..shop:8000", "has a host name that Java does not take"},
		{"http://.db:8000", "has a host name that Java does not take"},
		{"http://db.1:8000", "has a host name that Java does not take"},
		{"http://10.0.0.300:8000", "has a host name that Java does not take"},
		{"http://$(DB_HOST):8000", "has a host name that Java does not take"},
		{"http://[fd00::7:8000", "has an IPv6 address without its closing bracket"},
		{"http://[fd00::x]:8000", "has a malformed IPv6 address"},
		{"http://dynamodb:8000/%zz", "has a % that no two hexadecimal digits follow"},
		{"http://dynamodb:8000/%4", "has a % that no two hexadecimal digits follow"},
		{"", "has no scheme (http://)"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pf_endpoint_url url = {.port = -7};
		const char *wrong = pf_endpoint_url_parse(*state, table[i].text, &url);
		if (wrong == NULL)
			fail_msg("%s passes", table[i].text);
		assert_string_equal(wrong, table[i].wrong);
		assert_int_equal(url.port, -7);
	}
}

static void
user_info_is_noticed_and_not_the_host(void **state)
{
	struct pf_endpoint_url url;
	assert_null(pf_endpoint_url_parse(*state, "http://user:word@dynamodb:8000", &url));
	assert_true(url.user_info);
	assert_string_equal(url.host, "dynamodb");
	assert_int_equal(url.port, 8000);
}

static void
long_input_is_read_whole(void **state)
{
	struct pf_endpoint_url url;
	char *text = pf_strdup(*state, "http://");
	char label[300];
	memset(label, 'a', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	for (int i = 0; i < 50; i++)
		text = pf_printf(*state, "%s%s", text, label);
	assert_null(pf_endpoint_url_parse(*state, text, &url));
	assert_int_equal(strlen(url.host), 50 * 299);
}

static void
hosts_lead_where_a_pod_resolves_them(void **state)
{
	static const struct {
		const char *host;
		enum pf_host_kind kind;
		const char *service, *namespace_;
	} table[] = {
		{"dynamodb", PF_HOST_SERVICE, "dynamodb", "shop"},
		{"DynamoDB", PF_HOST_SERVICE, "dynamodb", "shop"},
		{"dynamodb.data", PF_HOST_SERVICE, "dynamodb", "data"},
		{"dynamodb.data.svc", PF_HOST_SERVICE, "dynamodb", "data"},
		{"dynamodb.data.svc.cluster.local", PF_HOST_SERVICE, "dynamodb", "data"},
		{"dynamodb.data.svc.cluster.local.", PF_HOST_SERVICE, "dynamodb", "data"},
		{"dynamodb-0.dynamodb.data.svc.cluster.local", PF_HOST_SERVICE, "dynamodb", "data"},
		{"dynamodb-0.dynamodb.data.svc", PF_HOST_SERVICE, "dynamodb", "data"},
		/* The dot at the end switches the search list off. */
		{"dynamodb.", PF_HOST_OUTSIDE, NULL, NULL},
		{"dynamodb.data.", PF_HOST_OUTSIDE, NULL, NULL},
		{"dynamodb.data.svc.", PF_HOST_OUTSIDE, NULL, NULL},
		{"dynamodb.us-west-2.amazonaws.com", PF_HOST_OUTSIDE, NULL, NULL},
		{"dynamodb.data.cluster.local", PF_HOST_OUTSIDE, NULL, NULL},
		{"localhost", PF_HOST_LOCAL, NULL, NULL},
		{"LocalHost", PF_HOST_LOCAL, NULL, NULL},
		{"localhost.", PF_HOST_LOCAL, NULL, NULL},
		{"db.localhost", PF_HOST_LOCAL, NULL, NULL},
		{"127.0.0.1", PF_HOST_LOCAL, NULL, NULL},
		{"127.9.9.9", PF_HOST_LOCAL, NULL, NULL},
		{"0.0.0.0", PF_HOST_LOCAL, NULL, NULL},
		{"::1", PF_HOST_LOCAL, NULL, NULL},
		{"::", PF_HOST_LOCAL, NULL, NULL},
		{"10.96.0.7", PF_HOST_ADDRESS, NULL, NULL},
		{"fd00::7", PF_HOST_ADDRESS, NULL, NULL},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pf_service_host out = pf_service_host_read(*state, table[i].host, "shop");
		if (out.kind != table[i].kind)
			fail_msg("%s is %d", table[i].host, (int)out.kind);
		if (table[i].service == NULL)
			continue;
		assert_string_equal(out.service, table[i].service);
		assert_string_equal(out.namespace_, table[i].namespace_);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ordinary_endpoints_are_taken_apart),    TEST(what_java_refuses_is_named),
		TEST(user_info_is_noticed_and_not_the_host), TEST(long_input_is_read_whole),
		TEST(hosts_lead_where_a_pod_resolves_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
