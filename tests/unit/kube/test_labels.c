/* Label selectors as queries and as matches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>

#include "kube/labels.h"

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

static void
selector_becomes_a_query(void **state)
{
	static const struct {
		const char *selector, *text;
	} table[] = {
		{"{}", ""},
		{"{'matchLabels':{'app':'cart','tier':'web'}}", "app=cart,tier=web"},
		{"{'matchLabels':{'app':'cart'},'matchExpressions':[{'key':'tier','operator':'In','values':['a','b']},{"
		 "'key':'x','operator':'NotIn','values':['c']},{'key':'y','operator':'Exists'},{'key':'z','operator':"
		 "'DoesNotExist'}]}",
		 "app=cart,tier in (a,b),x notin (c),y,!z"},
		{"{'matchExpressions':[{'key':'y','operator':'Exists'}]}", "y"},
		{"{'matchLabels':{'app':''}}", "app="},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(pf_selector_text(*state, json(state, table[i].selector)), table[i].text);
	assert_string_equal(pf_selector_text(*state, NULL), "");
}

static void
expressions_match_as_kubernetes_means_them(void **state)
{
	static const struct {
		const char *selector, *labels;
		bool matches;
	} table[] = {
		{"{}", "{'a':'1'}", true},
		{"{'matchLabels':{'a':'1'}}", "{'a':'1','b':'2'}", true},
		{"{'matchLabels':{'a':'1','c':'3'}}", "{'a':'1','b':'2'}", false},
		{"{'matchLabels':{'a':'1'}}", "{}", false},
		{"{'matchExpressions':[{'key':'a','operator':'In','values':['1','2']}]}", "{'a':'2'}", true},
		{"{'matchExpressions':[{'key':'a','operator':'In','values':['1','2']}]}", "{'a':'3'}", false},
		{"{'matchExpressions':[{'key':'a','operator':'In','values':['1']}]}", "{}", false},
		{"{'matchExpressions':[{'key':'a','operator':'NotIn','values':['1']}]}", "{'a':'2'}", true},
		{"{'matchExpressions':[{'key':'a','operator':'NotIn','values':['1']}]}", "{'a':'1'}", false},
		{"{'matchExpressions':[{'key':'a','operator':'NotIn','values':['1']}]}", "{}", true},
		{"{'matchExpressions':[{'key':'a','operator':'Exists'}]}", "{'a':''}", true},
		{"{'matchExpressions':[{'key':'a','operator':'Exists'}]}", "{'b':''}", false},
		{"{'matchExpressions':[{'key':'a','operator':'DoesNotExist'}]}", "{'b':''}", true},
		{"{'matchExpressions':[{'key':'a','operator':'DoesNotExist'}]}", "{'a':''}", false},
		{"{'matchExpressions':[{'key':'a','operator':'Gt','values':['1']}]}", "{'a':'2'}", false},
		{"{'matchLabels':{'a':'1'},'matchExpressions':[{'key':'a','operator':'Exists'},{'key':'b','operator':"
		 "'Exists'}]}",
		 "{'a':'1'}", false},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (pf_selector_matches(json(state, table[i].selector), json(state, table[i].labels)) !=
		    table[i].matches)
			fail_msg("%s on %s", table[i].selector, table[i].labels);
	}
}

static void
service_without_a_selector_matches_nothing(void **state)
{
	assert_false(pf_map_matches(NULL, json(state, "{'a':'1'}")));
	assert_false(pf_map_matches(json(state, "{}"), json(state, "{'a':'1'}")));
	assert_true(pf_map_matches(json(state, "{'a':'1'}"), json(state, "{'a':'1','b':'2'}")));
	assert_false(pf_map_matches(json(state, "{'a':'1'}"), NULL));
}

static void
difference_is_said_label_by_label(void **state)
{
	assert_string_equal(pf_map_difference(*state, json(state, "{'app':'db','tier':'x','ok':'1'}"),
					      json(state, "{'app':'dynamodb','ok':'1'}")),
			    "the pods have app=dynamodb; the pods have no label tier");
	assert_string_equal(pf_map_difference(*state, json(state, "{'a':'1'}"), json(state, "{'a':'1'}")), "");
}

static void
other_types_neither_crash_nor_match(void **state)
{
	static const char *const odd[] = {
		"7",
		"'x'",
		"null",
		"[]",
		"['a','b']",
		"{'a':5}",
		"{'matchLabels':['a'],'matchExpressions':{'a':'b'}}",
		"{'matchExpressions':[1,'x',{},{'key':5},{'operator':'In'},{'key':'a','operator':"
		"'In','values':'x'}]}"};
	cJSON *labels = json(state, "{'a':'5','b':'x'}");
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		const cJSON *node = json(state, odd[i]);
		assert_null(strstr(pf_map_text(*state, node), "(null)"));
		assert_null(strstr(pf_selector_text(*state, node), "(null)"));
		assert_null(strstr(pf_map_difference(*state, node, labels), "(null)"));
		assert_false(pf_map_matches(node, labels));
		(void)pf_selector_matches(node, labels);
		(void)pf_selector_matches(json(state, "{'matchLabels':{'a':'5'}}"), node);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(selector_becomes_a_query),
		TEST(expressions_match_as_kubernetes_means_them),
		TEST(service_without_a_selector_matches_nothing),
		TEST(difference_is_said_label_by_label),
		TEST(other_types_neither_crash_nor_match),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
