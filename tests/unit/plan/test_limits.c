/* Documents that are too large, too long, too wide or too deep are refused, at the limit and not before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/buf.h>
#include <postflight/plan.h>

#include "fixture.h"

static int
setup(void **state)
{
	*state = pf_arena_new();
	return 0;
}

static int
teardown(void **state)
{
	pf_arena_free(*state);
	return 0;
}

/* What is said of the plan; "" when it loads. */
static const char *
message_of(struct pf_arena *arena, const char *text, size_t len)
{
	struct pf_plan *plan = NULL;
	struct pf_err err = {0};

	if (pf_plan_parse(arena, "p", text, len, fixture_probes, &plan, &err))
		return "";
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	return pf_strdup(arena, err.text);
}

/* BEFORE, then the numbers 1 to COUNT, each after BETWEEN and before AFTER. */
static char *
numbered(struct pf_arena *arena, const char *before, const char *between, const char *after, size_t count)
{
	size_t room = strlen(before) + count * (strlen(between) + strlen(after) + 20) + 1;
	char *text = pf_alloc(arena, room);
	size_t at = (size_t)snprintf(text, room, "%s", before);

	for (size_t i = 1; i <= count; i++)
		at += (size_t)snprintf(text + at, room - at, "%s%zu%s", between, i, after);
	return text;
}

static void
document_of_more_than_4_mib_is_refused(void **state)
{
	size_t len = ((size_t)4 << 20) + 1;
	char *text = pf_alloc(*state, len + 1);

	memset(text, ' ', len);
	memcpy(text, fixture_plan, strlen(fixture_plan));
	assert_string_equal(message_of(*state, text, len),
			    "p:1:1: plan: is 4194305 bytes long; expected at most 4194304");
	assert_string_equal(message_of(*state, text, len - 1), "");
}

/* Each row fills a list of the plan up to its limit; one more is too many. */
static void
list_beyond_its_limit_is_refused(void **state)
{
	static const struct {
		const char *find; /* an element of the list */
		const char *between;
		const char *after;
		size_t more; /* that still fit behind it */
		const char *message;
	} cases[] = {
		{"{\"name\": \"port\", \"default\": \"8000\"}", ", {\"name\": \"v", "\"}", 197,
		 "p:4:16: variables: holds 201; expected at most 200"},
		{"{\"id\": \"access\", \"title\": \"Access\", \"probe\": \"bare\"}", ", {\"id\": \"c",
		 "\", \"title\": \"C\", \"probe\": \"bare\"}", 497, "p:9:13: checks: holds 501; expected at most 500"},
		{"{\"id\": \"ping\", \"title\": \"Reachable\", \"checks\": [\"cart.ping\"]}", ", {\"id\": \"i",
		 "\", \"title\": \"I\", \"checks\": [\"access\"]}", 498,
		 "p:18:16: checklist: holds 501; expected at most 500"},
		{"{\"id\": \"refused\", \"symptom\": \"Connection refused\", \"meaning\": \"endpoint wrong\"}",
		 ", {\"id\": \"r", "\", \"symptom\": \"S\", \"meaning\": \"M\"}", 499,
		 "p:22:11: rows: holds 501; expected at most 500"},
		{"\"fix\": [{\"instruction\": \"Wait\"}]}", ", {\"id\": \"m",
		 "\", \"title\": \"M\", \"when\": {\"check:access\": \"fail\"}, \"fix\": [{\"command\": \"x\"}]}", 498,
		 "p:25:12: modes: holds 501; expected at most 500"},
		{"{\"instruction\": \"Wait\"}", ", {\"instruction\": \"", "\"}", 199,
		 "p:40:14: modes[1].fix: holds 201; expected at most 200"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t over = 0; over < 2; over++) {
			char *list =
				numbered(*state, cases[i].find, cases[i].between, cases[i].after, cases[i].more + over);
			const char *text = fixture_edit(*state, fixture_plan, cases[i].find, list);

			assert_string_equal(message_of(*state, text, strlen(text)), over ? cases[i].message : "");
		}
}

static void
condition_of_more_than_1000_values_is_refused(void **state)
{
	for (size_t count = 1000; count <= 1001; count++) {
		char *list = numbered(*state, "[0", ",", "", count - 1);
		const char *text =
			fixture_edit(*state, fixture_plan, "{\"not\": 8000}", pf_printf(*state, "%s]", list));

		assert_string_equal(message_of(*state, text, strlen(text)),
				    count == 1000 ? ""
						  : "p:29:43: modes[0].when[\"db.service:service.port\"]: holds 1001; "
						    "expected at most 1000");
	}
}

static void
condition_of_more_than_1000_comparisons_is_refused(void **state)
{
	for (size_t count = 1000; count <= 1001; count++) {
		char *list = numbered(*state, "{\"any\": [{\"db.service:service.port\": 0}",
				      ", {\"db.service:service.port\": ", "}", count - 1);
		const char *text =
			fixture_edit(*state, fixture_plan, "{\"db.service:service.ports\": {\"has\": \"8000\"}}",
				     pf_printf(*state, "%s]}", list));

		assert_string_equal(message_of(*state, text, strlen(text)),
				    count == 1000 ? ""
						  : "p:32:26: modes[0].suspect.any: holds 1001; expected at most 1000");
	}
}

static void
condition_of_more_than_16_levels_is_refused(void **state)
{
	for (size_t depth = 16; depth <= 17; depth++) {
		char *nested = pf_strdup(*state, "{\"check:access\": \"fail\"}");
		const char *text, *message;

		for (size_t i = 0; i < depth; i++)
			nested = pf_printf(*state, "{\"none\": [%s]}", nested);
		text = fixture_edit(*state, fixture_plan, "{\"db.service:service.ports\": {\"has\": \"8000\"}}",
				    nested);
		message = message_of(*state, text, strlen(text));
		if (depth == 16)
			assert_string_equal(message, "");
		else
			assert_non_null(strstr(message, "none[0].none: is too deep; expected at most 16"));
	}
}

/* As deep as a reader of JSON goes: the stack must hold, whatever the form says. */
static void
document_nested_as_deep_as_json_goes_is_refused(void **state)
{
	size_t depth = 200000;
	char *text = pf_alloc(*state, depth + 1);

	memset(text, '[', depth);
	assert_string_not_equal(message_of(*state, text, depth), "");
	for (size_t i = 0; i < depth; i++)
		text[i] = i < 900 ? '[' : i < 1800 ? ']' : ' ';
	assert_string_equal(message_of(*state, text, depth), "p:1:1: plan: has the wrong type; expected an object");
}

/* The longest list of names is cut, the message still ends in a sentence. */
static void
long_list_of_known_names_is_cut(void **state)
{
	char *list = numbered(*state, "{\"name\": \"port\", \"default\": \"8000\"}",
			      ", {\"name\": \"a_rather_long_name_", "\"}", 100);
	const char *text = fixture_edit(*state, fixture_plan, "{\"name\": \"port\", \"default\": \"8000\"}", list);
	const char *message;

	text = fixture_edit(*state, text, "${cart}-db", "${zzz}-db");
	message = message_of(*state, text, strlen(text));
	assert_non_null(
		strstr(message, "unknown variable \"zzz\"; expected one of: cart, port, a_rather_long_name_1, "));
	assert_string_equal(message + strlen(message) - strlen(", …"), ", …");
}

static void
long_chain_of_needs_is_followed_to_its_end(void **state)
{
	PF_AUTO_BUF chain = PF_BUF(1 << 16);
	const char *text, *message;

	/* c1 needs c2 … needs c60 needs c1: each but the last needs a later one. */
	for (int i = 1; i <= 60; i++)
		pf_buf_printf(&chain,
			      "{\"id\": \"c%d\", \"title\": \"C\", \"probe\": \"bare\", \"needs\": [\"c%d\"]},\n", i,
			      i < 60 ? i + 1 : 1);
	text = pf_printf(*state, "%s%s", pf_buf_text(&chain), "    {\"id\": \"access\"");
	text = fixture_edit(*state, fixture_plan, "    {\"id\": \"access\"", text);
	message = message_of(*state, text, strlen(text));
	assert_non_null(strstr(message, "p:10:55: checks[0].needs[0]: the needs form a cycle: c1 → c2 → c3 → "));
	assert_non_null(strstr(message, " → c60 → c1; expected"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(document_of_more_than_4_mib_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(list_beyond_its_limit_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(condition_of_more_than_1000_values_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(condition_of_more_than_1000_comparisons_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(condition_of_more_than_16_levels_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(document_nested_as_deep_as_json_goes_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(long_list_of_known_names_is_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(long_chain_of_needs_is_followed_to_its_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
