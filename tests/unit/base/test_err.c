/* Errors: one line of valid UTF-8 whatever went into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <postflight/err.h>
#include <postflight/text.h>

static void
failing_returns_false_with_kind_and_sentence(void **state)
{
	struct pf_err err = {0};

	(void)state;
	assert_false(pf_fail(&err, PF_ERR_FORBIDDEN, "reading %s: %d", "pods", 403));
	assert_int_equal(err.kind, PF_ERR_FORBIDDEN);
	assert_string_equal(err.text, "reading pods: 403");
}

static void
a_context_goes_in_front_and_keeps_the_kind(void **state)
{
	struct pf_err err = {0};

	(void)state;
	pf_fail(&err, PF_ERR_TIMEOUT, "no answer");
	assert_false(pf_fail_in(&err, "asking %s", "the API"));
	assert_string_equal(err.text, "asking the API: no answer");
	assert_int_equal(err.kind, PF_ERR_TIMEOUT);
}

static void
an_error_may_quote_itself(void **state)
{
	struct pf_err err = {0};

	(void)state;
	pf_fail(&err, PF_ERR_IO, "first");
	pf_fail(&err, PF_ERR_CONFIG, "second (%s)", err.text);
	assert_string_equal(err.text, "second (first)");
	pf_fail_in(&err, "%s", err.text);
	assert_string_equal(err.text, "second (first): second (first)");
}

static void
lines_and_escapes_of_a_server_stay_harmless(void **state)
{
	struct pf_err err = {0};

	(void)state;
	pf_fail(&err, PF_ERR_SERVER, "%s", "a\nb\r\nc\x1b[31md\377e");
	assert_string_equal(err.text, "a b c\\x1b[31md\xEF\xBF\xBD"
				      "e");
}

static void
a_long_sentence_is_cut_at_a_character(void **state)
{
	struct pf_err err = {0};
	char text[3 * PF_ERR_TEXT + 1];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'x', shift);
		for (size_t i = shift; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "\xE2\x82\xAC", 4);
		pf_fail(&err, PF_ERR_SERVER, "%s", text);
		assert_true(strlen(err.text) < PF_ERR_TEXT);
		assert_true(strlen(err.text) > PF_ERR_TEXT - 8);
		assert_true(pf_utf8_valid(err.text, strlen(err.text)));
		assert_string_equal(err.text + strlen(err.text) - 3, "\xE2\x80\xA6");
	}
}

static void
no_error_asked_for_none_written(void **state)
{
	(void)state;
	assert_false(pf_fail(NULL, PF_ERR_IO, "x"));
	assert_false(pf_fail_in(NULL, "x"));
}

static void
each_kind_has_a_word_that_leads_back(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < PF_ERR_COUNT; kind++) {
		const char *name = pf_err_name((enum pf_err_kind)kind);
		assert_non_null(name);
		assert_int_equal(pf_err_kind_of(name), kind);
	}
	assert_string_equal(pf_err_name(PF_ERR_FORBIDDEN), "forbidden");
	assert_string_equal(pf_err_name(PF_ERR_TIMEOUT), "timeout");
	assert_int_equal(pf_err_kind_of("no such word"), PF_ERR_COUNT);
	assert_int_equal(pf_err_kind_of(NULL), PF_ERR_COUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failing_returns_false_with_kind_and_sentence),
		cmocka_unit_test(a_context_goes_in_front_and_keeps_the_kind),
		cmocka_unit_test(an_error_may_quote_itself),
		cmocka_unit_test(lines_and_escapes_of_a_server_stay_harmless),
		cmocka_unit_test(a_long_sentence_is_cut_at_a_character),
		cmocka_unit_test(no_error_asked_for_none_written),
		cmocka_unit_test(each_kind_has_a_word_that_leads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
