/* What stands behind a Service, summed up over its EndpointSlices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>

#include "kube/slices.h"

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

/* JSON with single quotes. */
static cJSON *
json(void **state, const char *text)
{
	struct pf_err err;
	char *copy = pf_strdup(*state, text);
	for (char *p = copy; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	cJSON *out = pf_json_parse(*state, copy, strlen(copy), &err);
	if (out == NULL)
		fail_msg("%s: %s", err.text, copy);
	return out;
}

static struct pf_slices
behind(void **state, const char *slices, const char *port_name)
{
	return pf_slices_read(json(state, slices), port_name);
}

static void
assert_sum(struct pf_slices s, int ready, int not_ready, int without_port, int port)
{
	assert_int_equal(s.ready, ready);
	assert_int_equal(s.not_ready, not_ready);
	assert_int_equal(s.without_port, without_port);
	assert_int_equal(s.port, port);
}

#define PORTS "'ports':[{'name':'http','port':8000}]"

static void
ready_and_not_ready_are_told_apart(void **state)
{
	assert_sum(behind(state,
			  "[{" PORTS ",'endpoints':[{'conditions':{'ready':true}},{'conditions':{'ready':false}},{"
			  "'conditions':{}},{}]},{" PORTS ",'endpoints':[{'conditions':{'ready':true}}]}]",
			  "http"),
		   4, 1, 0, 8000);
}

static void
slice_without_ports_leads_nowhere_whatever_its_readiness(void **state)
{
	assert_sum(behind(state, "[{'ports':null,'endpoints':[{'conditions':{'ready':true}}]}]", ""), 0, 0, 1, 0);
	assert_sum(behind(state, "[{'ports':[],'endpoints':[{'conditions':{'ready':true}}]}]", ""), 0, 0, 1, 0);
	assert_sum(behind(state, "[{'endpoints':[{'conditions':{'ready':true}}]}]", ""), 0, 0, 1, 0);
}

static void
selector_that_matches_nothing_leaves_null(void **state)
{
	assert_sum(behind(state, "[{'ports':null,'endpoints':null}]", "http"), 0, 0, 0, 0);
	assert_sum(behind(state, "[]", "http"), 0, 0, 0, 0);
	assert_sum(pf_slices_read(NULL, NULL), 0, 0, 0, 0);
}

static void
only_the_ports_of_that_name_count(void **state)
{
	const char *slices =
		"[{'ports':[{'name':'metrics','port':9090},{'name':'http','port':8000}],'endpoints':[{}]}]";
	assert_sum(behind(state, slices, "http"), 1, 0, 0, 8000);
	assert_sum(behind(state, slices, "metrics"), 1, 0, 0, 9090);
	assert_sum(behind(state, slices, "gone"), 0, 0, 1, 0);
	assert_sum(behind(state, slices, NULL), 0, 0, 1, 0);
}

static void
unnamed_port_is_written_in_several_ways(void **state)
{
	static const char *const ports[] = {"{'port':8000}", "{'name':'','port':8000}", "{'name':null,'port':8000}"};
	for (size_t i = 0; i < 3; i++) {
		const char *slices = pf_printf(*state, "[{'ports':[%s],'endpoints':[{}]}]", ports[i]);
		assert_sum(behind(state, slices, NULL), 1, 0, 0, 8000);
		assert_sum(behind(state, slices, ""), 1, 0, 0, 8000);
	}
}

static void
pod_with_two_addresses_is_one_endpoint(void **state)
{
	assert_sum(behind(state,
			  "[{'addressType':'IPv4'," PORTS ",'endpoints':[{},{}]},{'addressType':'IPv6'," PORTS
			  ",'endpoints':[{},{}]}]",
			  "http"),
		   2, 0, 0, 8000);
	assert_sum(behind(state,
			  "[{'addressType':'IPv6'," PORTS ",'endpoints':[]},{'addressType':'IPv4'," PORTS
			  ",'endpoints':[{}]}]",
			  "http"),
		   1, 0, 0, 8000);
}

static void
odd_slices_are_no_endpoints(void **state)
{
	static const char *const odd[] = {"7", "{}", "[1,'x',null,[],{}]",
					  "[{'ports':{'name':'http','port':8000},'endpoints':'x'}]",
					  "[{'ports':[1,'x',{'name':5,'port':'8000'}],'endpoints':7}]"};
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		assert_sum(behind(state, odd[i], "http"), 0, 0, 0, 0);
	/* A port that is no number is none, and an endpoint that is no object is not ready. */
	struct pf_slices s =
		behind(state, "[{'ports':[{'name':'http','port':'8000'}],'endpoints':[{},1,null]}]", "http");
	assert_int_equal(s.ready, 0);
	s = behind(state, "[{" PORTS ",'endpoints':[1,null,'x']}]", "http");
	assert_int_equal(s.ready, 0);
	s = behind(state, "[{" PORTS ",'endpoints':[{'conditions':{'ready':'false'}}]}]", "http");
	assert_int_equal(s.ready, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ready_and_not_ready_are_told_apart),
		TEST(slice_without_ports_leads_nowhere_whatever_its_readiness),
		TEST(selector_that_matches_nothing_leaves_null),
		TEST(only_the_ports_of_that_name_count),
		TEST(unnamed_port_is_written_in_several_ways),
		TEST(pod_with_two_addresses_is_one_endpoint),
		TEST(odd_slices_are_no_endpoints),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
