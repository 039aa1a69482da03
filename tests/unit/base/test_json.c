/* JSON: what is read from hostile text, what is asked of trees, and what is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

static struct pf_arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = pf_arena_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

static cJSON *
parse(const char *text)
{
	struct pf_err err = {0};

	return pf_json_parse(arena, text, strlen(text), &err);
}

/* What TEXT becomes when it is read and printed. */
static const char *
again(const char *text)
{
	cJSON *node = parse(text);

	return node != NULL ? pf_json_print(arena, node, false) : "(refused)";
}

static void
documents_of_any_type_are_read(void **state)
{
	(void)state;
	assert_string_equal(again(" {\"a\" : [ 1 , true , null , \"x\" ] } \n"), "{\"a\":[1,true,null,\"x\"]}");
	assert_string_equal(again("0"), "0");
	assert_string_equal(again("\"\""), "\"\"");
	assert_string_equal(again("[]"), "[]");
	assert_string_equal(again("{}"), "{}");
	assert_string_equal(again("\xEF\xBB\xBF[1]"), "[1]");
}

static void
what_is_no_document_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text, *place;
	} cases[] = {
		{"", "line 1, column 1:"},
		{"   ", "line 1, column 4:"},
		{"{\"a\":1,", "line 1, column 8:"},
		{"{\"a\":1,}", "line 1, column 8:"},
		{"{\n  \"\xC3\xBC\": 1,\n  \"b\": nope\n}", "line 3, column 8:"},
		{"{\"\xC3\xBC\xC3\xBC\": nope}", "line 1, column 8:"},
		{"[1] [2]", "line 1, column 5:"},
		{"{}x", "line 1, column 3:"},
		{"<html>", "line 1, column 1:"},
		{"[1,2", "line 1, column 5:"},
		{"{a:1}", "line 1, column 2:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pf_err err = {0};
		assert_null(pf_json_parse(arena, cases[i].text, strlen(cases[i].text), &err));
		assert_int_equal(err.kind, PF_ERR_PROTOCOL);
		assert_memory_equal(err.text, cases[i].place, strlen(cases[i].place));
	}
}

static void
only_len_bytes_are_read(void **state)
{
	struct pf_err err = {0};
	char *exact = malloc(3);

	(void)state;
	assert_non_null(exact);
	memcpy(exact, "[1]", 3);
	assert_non_null(pf_json_parse(arena, exact, 3, &err));
	assert_null(pf_json_parse(arena, exact, 2, &err));
	memcpy(exact, "{1,", 3);
	assert_null(pf_json_parse(arena, exact, 3, &err));
	free(exact);
	assert_null(pf_json_parse(arena, NULL, 0, &err));
}

static void
nul_and_malformed_bytes_become_replacement_characters(void **state)
{
	struct pf_err err = {0};
	cJSON *node = pf_json_parse(arena, "[\"a\0b\xFF\"]", 8, &err);

	(void)state;
	assert_non_null(node);
	assert_string_equal(pf_json_string(node->child), "a\xEF\xBF\xBD"
							 "b\xEF\xBF\xBD");
	assert_null(pf_json_parse(arena, "[1]\0", 4, &err));
}

static void
an_escaped_nul_does_not_hide_the_rest(void **state)
{
	(void)state;
	assert_string_equal(again("\"a\\u0000b\""), "\"a\xEF\xBF\xBD"
						    "b\"");
	assert_string_equal(again("{\"a\\u0000b\":1}"), "{\"a\xEF\xBF\xBD"
							"b\":1}");
	/* An escaped backslash before "u0000" is no escape. */
	assert_string_equal(again("\"a\\\\u0000b\""), "\"a\\\\u0000b\"");
}

static void
half_a_surrogate_pair_is_replaced(void **state)
{
	(void)state;
	assert_string_equal(again("\"\\ud83d\\ude00\""), "\"\xF0\x9F\x98\x80\"");
	assert_string_equal(again("\"\\ud83dx\""), "\"\xEF\xBF\xBDx\"");
	assert_string_equal(again("\"\\ude00\\ud83d\""), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
	assert_string_equal(again("\"\\ud83d\\ud83d\\ude00\""), "\"\xEF\xBF\xBD\xF0\x9F\x98\x80\"");
	assert_string_equal(again("\"\\ud8\""), "(refused)");
	assert_string_equal(again("\"\\u"), "(refused)");
}

static void
deep_nesting_is_refused_not_followed(void **state)
{
	enum { DEPTH = 100000 };
	char *text = pf_alloc(arena, DEPTH + 1);

	(void)state;
	memset(text, '[', DEPTH);
	assert_null(parse(text));
	for (size_t i = 0; i + 5 < DEPTH; i += 5)
		memcpy(text + i, "{\"a\":", 5);
	assert_null(parse(text));
}

static void
numbers_out_of_any_range_are_no_whole_numbers(void **state)
{
	static const char *const texts[] = {"1e999", "-1e999", "1.5",  "9007199254740994",
					    "1e300", "\"1\"",  "null", "[1]"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(pf_json_int(parse(texts[i]), -7), -7);
	assert_int_equal(pf_json_int(NULL, -7), -7);
	assert_true(pf_json_int(parse("9007199254740992"), 0) == 9007199254740992);
	assert_true(pf_json_int(parse("-9007199254740992"), 0) == -9007199254740992);
	assert_int_equal(pf_json_int(parse("3.0"), -7), 3);
	assert_int_equal(pf_json_int(parse("1e3"), -7), 1000);
	assert_int_equal(pf_json_int(parse("-0"), -7), 0);
}

static void
readers_answer_for_any_node(void **state)
{
	cJSON *node = parse("{\"a\":{\"b\":\"x\",\"n\":5,\"t\":true},\"l\":[1],\"A\":1}");

	(void)state;
	assert_string_equal(PF_STRING_AT(node, "a", "b"), "x");
	assert_int_equal(PF_INT_AT(node, -1, "a", "n"), 5);
	assert_true(PF_BOOL_AT(node, false, "a", "t"));
	assert_null(PF_STRING_AT(node, "a", "n"));
	assert_int_equal(PF_INT_AT(node, -1, "a", "b"), -1);
	assert_true(PF_BOOL_AT(node, true, "a", "n"));
	assert_false(PF_BOOL_AT(node, false, "nowhere"));
	assert_null(PF_AT(node, "a", "b", "c"));
	assert_null(PF_AT(node, "l", "0"));
	assert_null(PF_AT(NULL, "a"));
	/* Names are compared as they are written. */
	assert_null(PF_AT(node, "L"));
	assert_int_equal(PF_INT_AT(node, -1, "A"), 1);
	assert_ptr_equal(pf_json_at(node, (const char *const[]){NULL}), node);
}

static void
setting_replaces_in_place(void **state)
{
	cJSON *node = pf_json_object(arena);

	(void)state;
	pf_json_set_string(node, "a", "1");
	pf_json_set_int(node, "b", 2);
	pf_json_set_bool(node, "c", true);
	pf_json_set_string(node, "a", NULL);
	pf_json_set_int(node, "A", 3);
	assert_string_equal(pf_json_print(arena, node, false), "{\"a\":null,\"b\":2,\"c\":true,\"A\":3}");
}

static void
strings_are_copied(void **state)
{
	cJSON *list = pf_json_array(arena);
	char text[] = "abc";

	(void)state;
	pf_json_push_string(list, text);
	pf_json_push_string(list, NULL);
	text[0] = 'X';
	assert_string_equal(pf_json_print(arena, list, false), "[\"abc\",null]");
}

/* Address sanitizer and leak check decide these: each tree must end exactly once, in any order of making. */
static void
a_tree_of_an_arena_may_become_a_child(void **state)
{
	cJSON *child = pf_json_object(arena), *parent = pf_json_object(arena), *late = pf_json_array(arena);
	cJSON *read = parse("{\"x\":[1]}"), *only = pf_json_array(arena), *copy;

	(void)state;
	pf_json_set(parent, "child", child);
	pf_json_set_int(child, "after", 1);
	pf_json_push(late, parent);
	pf_json_push(late, read);
	pf_json_push(only, cJSON_CreateNumber(7));
	copy = cJSON_Duplicate(late, true);
	pf_json_push(only, copy);
	pf_json_set(child, "gone", pf_json_object(arena));
	pf_json_set(child, "gone", cJSON_CreateNull());
	assert_string_equal(pf_json_print(arena, late, false), "[{\"child\":{\"after\":1,\"gone\":null}},{\"x\":[1]}]");
	assert_string_equal(pf_json_print(arena, only, false), "[7,[{\"child\":{\"after\":1}},{\"x\":[1]}]]");
}

static void
a_child_may_outlive_its_own_arena(void **state)
{
	struct pf_arena *shorter = pf_arena_new();
	cJSON *parent = pf_json_object(arena);

	(void)state;
	pf_json_set(parent, "kept", pf_json_array(shorter));
	pf_arena_free(shorter);
	assert_string_equal(pf_json_print(arena, parent, false), "{\"kept\":[]}");
}

/* Two bytes of text may be eighty in memory: what is small on the wire is bounded all the same. */
static void
document_of_too_many_values_is_refused(void **state)
{
	size_t count = ((size_t)2 << 20) + 2;
	char *text = pf_alloc(arena, 2 * count + 1);
	struct pf_err err;

	(void)state;
	for (size_t i = 0; i < count; i++)
		memcpy(text + 2 * i, i == 0 ? "[0" : ",0", 2);
	text[2 * count] = ']';
	assert_null(pf_json_parse(arena, text, 2 * count + 1, &err));
	assert_int_equal(err.kind, PF_ERR_PROTOCOL);
	assert_non_null(strstr(err.text, "values"));
	/* What looks like values within a text is none. */
	memset(text, ',', 2 * count);
	memcpy(text, "[\"\\\"", 4);
	memcpy(text + 2 * count - 1, "\"]", 2);
	assert_non_null(pf_json_parse(arena, text, 2 * count + 1, &err));
}

static void
pretty_printing_indents_by_two(void **state)
{
	(void)state;
	assert_string_equal(pf_json_print(arena, parse("{\"a\":[1,{}],\"b\":{\"c\":[]}}"), true),
			    "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}");
}

static void
printed_text_is_harmless_and_valid(void **state)
{
	cJSON *list = pf_json_array(arena);

	(void)state;
	pf_json_push_string(list, "\"\\/\b\f\n\r\t");
	pf_json_push_string(list, "\x01\x1b[2J\x7f");
	pf_json_push_string(list, "\xC2\x9B\xE2\x80\xAE");
	pf_json_push_string(list, "\xFF\xED\xA0\x80");
	assert_string_equal(pf_json_print(arena, list, false), "[\"\\\"\\\\/\\b\\f\\n\\r\\t\","
							       "\"\\u0001\\u001b[2J\\u007f\","
							       "\"\\u009b\\u202e\","
							       "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"]");
}

static void
numbers_are_printed_short_and_exact(void **state)
{
	cJSON *list = pf_json_array(arena);

	(void)state;
	pf_json_push(list, cJSON_CreateNumber(INFINITY));
	pf_json_push(list, cJSON_CreateNumber(NAN));
	pf_json_push(list, cJSON_CreateNumber(0.1));
	pf_json_push(list, cJSON_CreateNumber(-0.0));
	pf_json_push(list, cJSON_CreateNumber(1e300));
	pf_json_push(list, cJSON_CreateNumber(1.0 / 3));
	pf_json_push(list, cJSON_CreateNumber(9007199254740992.0));
	pf_json_push(list, cJSON_CreateNumber(1767323045006.0));
	pf_json_push(list, cJSON_CreateNumber(-2147483649.0));
	assert_string_equal(pf_json_print(arena, list, false),
			    "[null,null,0.1,0,1e+300,0.3333333333333333,9007199254740992,1767323045006,-2147483649]");
}

static void
broken_bytes_never_break_the_reader(void **state)
{
	static const char whole[] =
		"{\"a\":[1,-2.5e3,\"x\\u0041\\ud83d\\ude00\xC3\xBC\"],\"b\":{\"c\":null,\"d\":[[],{}]},\"e\":true}";
	unsigned seed = 99;

	(void)state;
	for (size_t cut = 0; cut < sizeof(whole) - 1; cut++) {
		struct pf_err err = {0};
		assert_null(pf_json_parse(arena, whole, cut, &err));
		assert_true(err.kind == PF_ERR_PROTOCOL);
	}
	for (int round = 0; round < 20000; round++) {
		struct pf_arena *own = pf_arena_new();
		struct pf_positions *positions = NULL;
		struct pf_err err = {0};
		char bytes[sizeof(whole)];
		cJSON *node;
		memcpy(bytes, whole, sizeof(whole));
		for (int i = 0; i < 3; i++) {
			static const char poison[] = "\0\"\\{}[],:u0\x80\xFF 1e";
			seed = seed * 1103515245U + 12345U;
			bytes[(seed >> 8) % (sizeof(whole) - 1)] = poison[(seed >> 20) % (sizeof(poison) - 1)];
		}
		node = pf_json_parse_file_text(own, bytes, sizeof(whole) - 1, &positions, &err);
		if (node != NULL) {
			char *printed = pf_json_print(own, node, round % 2 == 0);
			assert_true(pf_utf8_valid(printed, strlen(printed)));
			assert_non_null(pf_json_parse(own, printed, strlen(printed), &err));
			assert_int_equal(pf_position_of(positions, node).line, 1);
		} else {
			assert_null(positions);
			assert_true(pf_starts_with(err.text, "line "));
		}
		pf_arena_free(own);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_of_any_type_are_read),
		cmocka_unit_test(what_is_no_document_is_refused_with_its_place),
		cmocka_unit_test(only_len_bytes_are_read),
		cmocka_unit_test(nul_and_malformed_bytes_become_replacement_characters),
		cmocka_unit_test(an_escaped_nul_does_not_hide_the_rest),
		cmocka_unit_test(half_a_surrogate_pair_is_replaced),
		cmocka_unit_test(deep_nesting_is_refused_not_followed),
		cmocka_unit_test(numbers_out_of_any_range_are_no_whole_numbers),
		cmocka_unit_test(readers_answer_for_any_node),
		cmocka_unit_test(setting_replaces_in_place),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(a_tree_of_an_arena_may_become_a_child),
		cmocka_unit_test(a_child_may_outlive_its_own_arena),
		cmocka_unit_test(document_of_too_many_values_is_refused),
		cmocka_unit_test(pretty_printing_indents_by_two),
		cmocka_unit_test(printed_text_is_harmless_and_valid),
		cmocka_unit_test(numbers_are_printed_short_and_exact),
		cmocka_unit_test(broken_bytes_never_break_the_reader),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
