/* A plan cut or changed at every byte either loads or is refused with a place in it: never a crash, never silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/plan.h>

#include "fixture.h"

/* Line and column lie within the text, and the message goes on behind them. */
static void
assert_located(const char *message, const char *text, size_t len)
{
	unsigned line = 0, column = 0, lines = 1;
	int skip = 0;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	if (sscanf(message, "p:%u:%u: %n", &line, &column, &skip) != 2 || skip == 0 || line == 0 || line > lines ||
	    column == 0 || strstr(message + skip, ": ") == NULL || strstr(message, "; expected ") == NULL)
		fail_msg("not located: %s", message);
}

/* TEXT is copied to a block of its exact size, so that the sanitizer sees a byte too much. */
static bool
loads(const char *text, size_t len)
{
	struct pf_arena *arena = pf_arena_new();
	char *exact = test_malloc(len > 0 ? len : 1);
	struct pf_plan *plan = NULL;
	struct pf_err err = {0};
	bool loaded;

	memcpy(exact, text, len);
	loaded = pf_plan_parse(arena, "p", exact, len, fixture_probes, &plan, &err);
	if (!loaded) {
		assert_null(plan);
		assert_int_equal(err.kind, PF_ERR_CONFIG);
		assert_located(err.text, exact, len);
	}
	test_free(exact);
	pf_arena_free(arena);
	return loaded;
}

static void
cut_anywhere_it_is_refused(void **state)
{
	size_t len = strlen(fixture_plan);

	(void)state;
	/* The last byte is the newline behind the document. */
	for (size_t cut = 0; cut + 1 < len; cut++)
		assert_false(loads(fixture_plan, cut));
	assert_true(loads(fixture_plan, len - 1));
}

static void
with_any_byte_replaced_it_loads_or_is_refused(void **state)
{
	static const char replacements[] = "\"{}[]:,$\\x0\x80";
	size_t len = strlen(fixture_plan), loaded = 0, refused = 0;
	char *text = test_malloc(len);

	(void)state;
	memcpy(text, fixture_plan, len);
	for (size_t i = 0; i < len; i++) {
		/* A different one for each byte keeps the run short; NUL is among them. */
		text[i] = replacements[i % sizeof(replacements)];
		if (loads(text, len))
			loaded++;
		else
			refused++;
		text[i] = fixture_plan[i];
	}
	test_free(text);
	assert_true(loaded > 0);
	assert_true(refused > loaded);
}

static void
with_any_byte_left_out_it_loads_or_is_refused(void **state)
{
	size_t len = strlen(fixture_plan);
	char *text = test_malloc(len);

	(void)state;
	for (size_t i = 0; i < len; i++) {
		memcpy(text, fixture_plan, i);
		memcpy(text + i, fixture_plan + i + 1, len - i - 1);
		(void)loads(text, len - 1);
	}
	test_free(text);
}

/* Replaces whole values by those of other types, which is where a reader that trusts a type would fall. */
static void
with_any_value_of_another_type_it_loads_or_is_refused(void **state)
{
	static const char *const values[] = {"null", "1",  "-0.5e300", "true",      "\"x\"",
					     "[]",   "{}", "[{}]",     "{\"a\":[]}"};
	const char *at = fixture_plan;
	size_t tried = 0;

	(void)state;
	while ((at = strstr(at, "\": ")) != NULL) {
		const char *start = at + 3;
		size_t len = *start == '"' ? strcspn(start + 1, "\"") + 2 : strcspn(start, ",]}\n") + 1;

		if (*start == '[' || *start == '{')
			len = 1; /* only the bracket: what follows is left without its opening */
		for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
			struct pf_arena *arena = pf_arena_new();
			char *text = pf_printf(arena, "%.*s%s%s", (int)(start - fixture_plan), fixture_plan, values[i],
					       start + len);

			(void)loads(text, strlen(text));
			tried++;
			pf_arena_free(arena);
		}
		at = start;
	}
	assert_true(tried > 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_anywhere_it_is_refused),
		cmocka_unit_test(with_any_byte_replaced_it_loads_or_is_refused),
		cmocka_unit_test(with_any_byte_left_out_it_loads_or_is_refused),
		cmocka_unit_test(with_any_value_of_another_type_it_loads_or_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
