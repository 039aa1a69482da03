/* Where the nodes of a file stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include <postflight/buf.h>
#include <postflight/json.h>

static struct pf_arena *arena;
static struct pf_positions *positions;

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

	return pf_json_parse_file_text(arena, text, strlen(text), &positions, &err);
}

static void
assert_place(const cJSON *node, unsigned line, unsigned column)
{
	struct pf_position at = pf_position_of(positions, node);

	assert_int_equal(at.line, line);
	assert_int_equal(at.column, column);
}

static void
each_value_has_line_and_column(void **state)
{
	cJSON *node =
		parse("{\n  \"a\": 1,\n  \"b\": [true,\n\tnull, \"x\"],\n  \"c\": {\"d\": {}}, \"e\":-1.5e3\n}\n");

	(void)state;
	assert_non_null(node);
	assert_place(node, 1, 1);
	assert_place(PF_AT(node, "a"), 2, 8);
	assert_place(PF_AT(node, "b"), 3, 8);
	assert_place(PF_AT(node, "b")->child, 3, 9);
	assert_place(PF_AT(node, "b")->child->next, 4, 2);
	assert_place(PF_AT(node, "b")->child->next->next, 4, 8);
	assert_place(PF_AT(node, "c"), 5, 8);
	assert_place(PF_AT(node, "c", "d"), 5, 14);
	assert_place(PF_AT(node, "e"), 5, 23);
}

static void
columns_are_characters(void **state)
{
	cJSON *node = parse("\xEF\xBB\xBF{\"\xC3\xBC\xF0\x9F\x98\x80\": 1}");

	(void)state;
	assert_place(node, 1, 1);
	assert_place(node->child, 1, 8);
}

static void
brackets_and_escapes_in_strings_do_not_confuse(void **state)
{
	cJSON *node = parse("[\"}]{[,:\\\"\\\\\", \"\\u0000\\ud800\", \"\", 5]");

	(void)state;
	assert_non_null(node);
	assert_place(node->child, 1, 2);
	assert_place(node->child->next, 1, 16);
	assert_place(node->child->next->next, 1, 32);
	assert_place(node->child->next->next->next, 1, 36);
}

static void
replaced_bytes_keep_the_columns(void **state)
{
	struct pf_err err = {0};
	cJSON *node = pf_json_parse_file_text(arena, "[\"\xFF\0\", 5]", 9, &positions, &err);

	(void)state;
	assert_non_null(node);
	assert_place(node->child->next, 1, 8);
}

static void
a_scalar_document_has_a_position(void **state)
{
	(void)state;
	assert_place(parse("\n\n  7"), 3, 3);
}

static void
a_foreign_node_has_none(void **state)
{
	cJSON *node = parse("{\"a\":1}"), *other = pf_json_object(arena);

	(void)state;
	assert_non_null(node);
	assert_place(other, 0, 0);
	assert_place(NULL, 0, 0);
	assert_int_equal(pf_position_of(NULL, node).line, 0);
}

static void
a_repeated_member_is_refused_where_it_stands(void **state)
{
	struct pf_err err = {0};
	const char *text = "{\"x\": [{\n  \"b\": 1,\n  \"a\": 2,\n  \"a\": 3, \"b\": 4}]}";
	struct pf_positions *untouched = NULL;

	(void)state;
	assert_null(pf_json_parse_file_text(arena, text, strlen(text), &untouched, &err));
	assert_null(untouched);
	assert_string_equal(err.text, "line 2, column 8: the member \"b\" appears again later in its object");
	assert_non_null(parse("{\"a\": {\"a\": 1}, \"A\": 2}"));
}

static void
many_members_are_compared_in_good_time(void **state)
{
	enum { COUNT = 60000 };
	PF_AUTO_BUF text = PF_BUF((size_t)1 << 20);

	(void)state;
	for (int i = 0; i < COUNT; i++)
		assert_true(pf_buf_printf(&text, "%s\"m%d\":0", i == 0 ? "{" : ",", i));
	assert_true(pf_buf_puts(&text, "}"));
	assert_non_null(parse(text.p));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_has_line_and_column),
		cmocka_unit_test(columns_are_characters),
		cmocka_unit_test(brackets_and_escapes_in_strings_do_not_confuse),
		cmocka_unit_test(replaced_bytes_keep_the_columns),
		cmocka_unit_test(a_scalar_document_has_a_position),
		cmocka_unit_test(a_foreign_node_has_none),
		cmocka_unit_test(a_repeated_member_is_refused_where_it_stands),
		cmocka_unit_test(many_members_are_compared_in_good_time),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
