/* YAML as kubeconfigs use it, and as an attacker would write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include <postflight/buf.h>
#include <postflight/json.h>
#include <postflight/str.h>

static struct pf_arena *arena;
static struct pf_err err;

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
	err = (struct pf_err){0};
	return pf_yaml_parse(arena, text, strlen(text), &err);
}

static const char *
as_json(const char *text)
{
	cJSON *node = parse(text);

	return node != NULL ? pf_json_print(arena, node, false) : err.text;
}

static void
assert_refused(const char *text, const char *place)
{
	assert_null(parse(text));
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	assert_memory_equal(err.text, place, strlen(place));
}

static void
a_kubeconfig_becomes_a_tree(void **state)
{
	cJSON *node = parse("apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    server: https://127.0.0.1:6443\n"
			    "    insecure-skip-tls-verify: true\n  name: dev\ncontexts: []\nusers: null\n"
			    "current-context: \"dev\"\n");

	(void)state;
	assert_non_null(node);
	assert_string_equal(pf_json_print(arena, node, false),
			    "{\"apiVersion\":\"v1\",\"kind\":\"Config\",\"clusters\":[{\"cluster\":{\"server\":"
			    "\"https://127.0.0.1:6443\",\"insecure-skip-tls-verify\":true},\"name\":\"dev\"}],"
			    "\"contexts\":[],\"users\":null,\"current-context\":\"dev\"}");
}

static void
plain_scalars_follow_the_core_schema(void **state)
{
	(void)state;
	assert_string_equal(as_json("[null, Null, NULL, ~, nULL]"), "[null,null,null,null,\"nULL\"]");
	assert_string_equal(as_json("[true, True, TRUE, false, False, FALSE, yes, on, tRue]"),
			    "[true,true,true,false,false,false,\"yes\",\"on\",\"tRue\"]");
	assert_string_equal(as_json("[0, -1, +12, 007, 0o17, 0x1F, 0xg, 0o8, 0x, 1_000, -0x1]"),
			    "[0,-1,12,7,15,31,\"0xg\",\"0o8\",\"0x\",\"1_000\",\"-0x1\"]");
	assert_string_equal(as_json("[1.5, .5, 5., 1e3, -1.5E-3, 1e, ., 1.2.3, 1e999]"),
			    "[1.5,0.5,5,1000,-0.0015,\"1e\",\".\",\"1.2.3\",null]");
	assert_string_equal(as_json("[.inf, -.inf, .nan, infinity, nan]"),
			    "[\".inf\",\"-.inf\",\".nan\",\"infinity\",\"nan\"]");
	assert_string_equal(as_json("2026-01-02T03:04:05Z"), "\"2026-01-02T03:04:05Z\"");
	assert_string_equal(as_json("a:\nb:"), "{\"a\":null,\"b\":null}");
}

static void
quoted_and_tagged_scalars_are_strings(void **state)
{
	(void)state;
	assert_string_equal(as_json("['1', \"true\", \"\", '~', !!str 5, ! 6]"),
			    "[\"1\",\"true\",\"\",\"~\",\"5\",\"6\"]");
	assert_string_equal(as_json("a: |\n  1\nb: >-\n  2\n"), "{\"a\":\"1\\n\",\"b\":\"2\"}");
}

static void
a_nul_in_a_string_does_not_hide_the_rest(void **state)
{
	(void)state;
	assert_string_equal(as_json("a: \"x\\0y\"\n\"k\\0l\": 1"), "{\"a\":\"x\xEF\xBF\xBDy\",\"k\xEF\xBF\xBDl\":1}");
}

static void
an_empty_document_is_null(void **state)
{
	(void)state;
	assert_string_equal(as_json(""), "null");
	assert_string_equal(as_json("# nothing\n"), "null");
	assert_string_equal(as_json("---\n"), "null");
	err = (struct pf_err){0};
	assert_non_null(pf_yaml_parse(arena, NULL, 0, &err));
}

static void
of_repeated_keys_the_last_counts(void **state)
{
	(void)state;
	assert_string_equal(as_json("a: 1\nb: 2\na: 3\na: 4\n"), "{\"b\":2,\"a\":4}");
	/* The hidden value may still be named by an alias. */
	assert_string_equal(as_json("m:\n  a: &x [1]\n  a: 2\nn: *x\n"), "{\"m\":{\"a\":2},\"n\":[1]}");
}

static void
aliases_are_copies(void **state)
{
	cJSON *node = parse("a: &x {k: [1]}\nb: *x\nc: &x 2\nd: *x\n");

	(void)state;
	assert_non_null(node);
	assert_string_equal(pf_json_print(arena, node, false), "{\"a\":{\"k\":[1]},\"b\":{\"k\":[1]},\"c\":2,\"d\":2}");
	pf_json_set_int(PF_AT(node, "b"), "k", 5);
	assert_string_equal(pf_json_print(arena, PF_AT(node, "a"), false), "{\"k\":[1]}");
}

static void
aliases_to_nowhere_or_inwards_are_refused(void **state)
{
	(void)state;
	assert_refused("a: *nope", "line 1, column 4:");
	assert_refused("a: &a\n  - *a", "line 2, column 5:");
	assert_refused("&k a: 1\nb: *k", "line 2, column 4:");
}

static void
a_billion_laughs_are_refused(void **state)
{
	PF_AUTO_BUF text = PF_BUF(10000);

	(void)state;
	pf_buf_puts(&text, "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 12; i++) {
		pf_buf_printf(&text, "l%d: &l%d [", i, i);
		for (int k = 0; k < 10; k++)
			pf_buf_printf(&text, "%s*l%d", k == 0 ? "" : ", ", i - 1);
		pf_buf_puts(&text, "]\n");
	}
	assert_null(parse(pf_buf_text(&text)));
	assert_non_null(strstr(err.text, "the aliases expand to too much"));
}

static void
aliases_do_not_add_up_to_depth(void **state)
{
	PF_AUTO_BUF text = PF_BUF(100000);

	(void)state;
	for (int i = 0; i < 20; i++) {
		pf_buf_printf(&text, "l%d: &l%d ", i, i);
		for (int k = 0; k < 60; k++)
			pf_buf_puts(&text, "[");
		if (i > 0)
			pf_buf_printf(&text, "*l%d", i - 1);
		for (int k = 0; k < 60; k++)
			pf_buf_puts(&text, "]");
		pf_buf_puts(&text, "\n");
	}
	assert_refused(pf_buf_text(&text), "line 2, column 69: the aliases expand to too much");
}

static void
depth_and_size_are_bounded(void **state)
{
	PF_AUTO_BUF deep = PF_BUF(100000), wide = PF_BUF((size_t)2 << 20), huge = PF_BUF((size_t)9 << 20);

	(void)state;
	for (int i = 0; i < 5000; i++)
		pf_buf_puts(&deep, i % 2 == 0 ? "[" : "{a: ");
	assert_refused(pf_buf_text(&deep), "line 1, column 25");
	for (int i = 0; i < 210000; i++)
		pf_buf_puts(&wide, "- 1\n");
	assert_refused(pf_buf_text(&wide), "line 200000, column 3: the document has too many values");
	for (int i = 0; i < 200000; i++)
		pf_buf_puts(&huge, "# 3456789012345678901234567890123456789012345\n");
	assert_refused(pf_buf_text(&huge), "line 1, column 1: the document is larger than");
}

static void
several_documents_are_refused(void **state)
{
	(void)state;
	assert_refused("--- 1\n--- 2\n", "line 2, column 1: only one document");
	assert_refused("---\n---\n", "line 2, column 1: only one document");
	assert_string_equal(as_json("--- 1\n...\n"), "1");
}

static void
keys_must_be_scalars(void **state)
{
	(void)state;
	assert_refused("? [a]\n: b", "line 1, column 3:");
	assert_refused("{a: 1, {b: 1}: 2}", "line 1, column 8:");
	assert_string_equal(as_json("1: a\ntrue: b\n<<: c\n"), "{\"1\":\"a\",\"true\":\"b\",\"<<\":\"c\"}");
}

static void
broken_text_is_refused_with_its_place(void **state)
{
	(void)state;
	assert_refused("a: [1,\nb: }", "line 2, column");
	assert_refused("a: b: c", "line 1, column 5:");
	assert_refused("a:\n\t- b", "line 2, column 1:");
	assert_refused("a: 'x", "line 1, column");
	assert_refused("a: 1\nbc: \x01", "line 2, column 5:");
	assert_refused("a: 1\n\xC3\xBC: \xFF", "line 2, column 4:");
	assert_refused("%YAML 9.9\n--- 1", "line 1, column 1:");
	err = (struct pf_err){0};
	assert_null(pf_yaml_parse(arena, "a: \0", 4, &err));
}

static void
broken_bytes_never_break_the_reader(void **state)
{
	static const char whole[] = "a: &x {k: [1, \"t\\x41\"]}\nb: *x\n? c\n: |\n  text\n'd': !!str 1\n- e\n";
	unsigned seed = 7;
	int accepted = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct pf_arena *own = pf_arena_new();
		struct pf_err said = {0};
		char bytes[sizeof(whole)];
		cJSON *node;
		memcpy(bytes, whole, sizeof(whole));
		for (int i = 0; i < 2; i++) {
			static const char poison[] = "\0\"'{}[],:&*!|>-?# \n\t\x80\xFFx%@";
			seed = seed * 1103515245U + 12345U;
			bytes[(seed >> 8) % (sizeof(whole) - 1)] = poison[(seed >> 20) % (sizeof(poison) - 1)];
		}
		node = pf_yaml_parse(own, bytes, (seed >> 4) % sizeof(whole), &said);
		accepted += node != NULL;
		assert_true((node == NULL) == (said.kind == PF_ERR_CONFIG));
		assert_true(node != NULL || pf_starts_with(said.text, "line "));
		pf_arena_free(own);
	}
	assert_true(accepted > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kubeconfig_becomes_a_tree),
		cmocka_unit_test(plain_scalars_follow_the_core_schema),
		cmocka_unit_test(quoted_and_tagged_scalars_are_strings),
		cmocka_unit_test(a_nul_in_a_string_does_not_hide_the_rest),
		cmocka_unit_test(an_empty_document_is_null),
		cmocka_unit_test(of_repeated_keys_the_last_counts),
		cmocka_unit_test(aliases_are_copies),
		cmocka_unit_test(aliases_to_nowhere_or_inwards_are_refused),
		cmocka_unit_test(a_billion_laughs_are_refused),
		cmocka_unit_test(aliases_do_not_add_up_to_depth),
		cmocka_unit_test(depth_and_size_are_bounded),
		cmocka_unit_test(several_documents_are_refused),
		cmocka_unit_test(keys_must_be_scalars),
		cmocka_unit_test(broken_text_is_refused_with_its_place),
		cmocka_unit_test(broken_bytes_never_break_the_reader),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
