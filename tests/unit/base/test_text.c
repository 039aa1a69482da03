/* UTF-8, terminals, shells, URLs, and mistyped names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <postflight/text.h>

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

static void
well_formed_utf8_is_known(void **state)
{
	static const char *const good[] = {"",
					   "abc",
					   "\xC2\x80",
					   "\xDF\xBF",
					   "\xE0\xA0\x80",
					   "\xED\x9F\xBF",
					   "\xEE\x80\x80",
					   "\xF0\x90\x80\x80",
					   "\xF4\x8F\xBF\xBF"};
	static const char *const bad[] = {
		"\x80",             /* a continuation alone */
		"\xC0\x80",         /* an overlong NUL */
		"\xC1\xBF",         /* overlong */
		"\xE0\x9F\xBF",     /* overlong */
		"\xED\xA0\x80",     /* a surrogate */
		"\xF0\x8F\xBF\xBF", /* overlong */
		"\xF4\x90\x80\x80", /* beyond the last code point */
		"\xF5\x80\x80\x80",
		"\xFF",
		"\xC2",
		"\xE2\x82",
		"\xF0\x9F\x98",
		"a\xE2\x28\xA1",
		"\xC2\xC2\x80",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(pf_utf8_valid(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(pf_utf8_valid(bad[i], strlen(bad[i])));
	assert_true(pf_utf8_valid("a\0b", 3));
}

static void
malformed_bytes_are_replaced_one_by_one(void **state)
{
	assert_string_equal(pf_utf8_clean(*state,
					  "a\xFF\xFE"
					  "b",
					  4),
			    "a\xEF\xBF\xBD\xEF\xBF\xBD"
			    "b");
	assert_string_equal(pf_utf8_clean(*state, "a\0b", 3), "a\xEF\xBF\xBD"
							      "b");
	assert_string_equal(pf_utf8_clean(*state, "\xE2\x82", 2), "\xEF\xBF\xBD\xEF\xBF\xBD");
	assert_string_equal(pf_utf8_clean(*state, "\xC3\xBC", 2), "\xC3\xBC");
	assert_string_equal(pf_utf8_clean(*state, NULL, 0), "");
}

static void
cleaning_any_bytes_gives_valid_text(void **state)
{
	unsigned seed = 12345;
	char bytes[64];

	for (int round = 0; round < 2000; round++) {
		char *clean;
		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1103515245U + 12345U;
			/* Mostly lead and continuation bytes: the interesting half. */
			bytes[i] = (char)(seed >> 16 | ((seed >> 8 & 3) != 0 ? 0x80 : 0));
		}
		clean = pf_utf8_clean(*state, bytes, sizeof(bytes));
		assert_true(pf_utf8_valid(clean, strlen(clean)));
		assert_true(pf_utf8_valid(pf_one_line(*state, clean, 50), strlen(pf_one_line(*state, clean, 50))));
	}
}

static void
one_line_shows_what_a_terminal_would_obey(void **state)
{
	assert_string_equal(pf_one_line(*state, "a\nb\tc\r\nd\re", 100), "a b c d e");
	assert_string_equal(pf_one_line(*state, "\x1b]0;title\x07\x7f", 100), "\\x1b]0;title\\x07\\x7f");
	assert_string_equal(pf_one_line(*state,
					"\xC2\x9B"
					"31m",
					100),
			    "\\u009b31m");
	assert_string_equal(pf_one_line(*state,
					"a\xE2\x80\xA8"
					"b\xE2\x80\xAE"
					"c\xE2\x81\xA6",
					100),
			    "a\\u2028b\\u202ec\\u2066");
	assert_string_equal(pf_one_line(*state, "gr\xC3\xBC\xC3\x9F", 100), "gr\xC3\xBC\xC3\x9F");
	assert_string_equal(pf_one_line(*state,
					"a\xFF"
					"b",
					100),
			    "a\xEF\xBF\xBD"
			    "b");
}

static void
one_line_is_cut_at_a_character(void **state)
{
	assert_string_equal(pf_one_line(*state, "abcdef", 6), "abcdef");
	assert_string_equal(pf_one_line(*state, "abcdefg", 6), "abc\xE2\x80\xA6");
	assert_string_equal(pf_one_line(*state, "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", 8), "\xE2\x82\xAC\xE2\x80\xA6");
	assert_string_equal(pf_one_line(*state, "abcd", 3), "\xE2\x80\xA6");
	assert_string_equal(pf_one_line(*state, "abcd", 2), "");
	assert_string_equal(pf_one_line(*state, "abcd", 0), "");
	assert_string_equal(pf_one_line(*state, "", 0), "");
	/* An escape is never cut in two. */
	assert_string_equal(pf_one_line(*state, "abc\x1b\x1b\x1b", 8), "abc\xE2\x80\xA6");
	for (size_t max = 0; max < 40; max++)
		assert_true(strlen(pf_one_line(*state, "a\xE2\x82\xAC\x1b\xC2\x9B\nlonger than what there is", max)) <=
			    max);
}

static void
columns_count_code_points_without_marks(void **state)
{
	(void)state;
	assert_int_equal(pf_columns(""), 0);
	assert_int_equal(pf_columns("abc"), 3);
	assert_int_equal(pf_columns("\xE2\x9C\x94 \xC3\xBC"), 3);
	assert_int_equal(pf_columns("e\xCC\x81"), 1);
	assert_int_equal(pf_columns("\xFF\xFF"), 2);
}

/* What sh makes of WORD. */
static void
assert_shell_gives_back(struct pf_arena *arena, const char *word)
{
	char *script = pf_printf(arena, "printf %%s %s", pf_shell_word(arena, word));
	char back[256] = "";
	size_t len = 0;
	int ends[2], status;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	while (len < sizeof(back) - 1 && (n = read(ends[0], back + len, sizeof(back) - 1 - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_string_equal(back, word);
}

static void
a_shell_reads_back_the_word(void **state)
{
	static const char *const words[] = {"",  "a b", "it's", "''",   "$(id)", "`id`",  "a;b",      "\\",      "\"",
					    "*", "~",   "#x",   "a\nb", "!x",    "{a,b}", "\xC3\xBC", "'; id; '"};

	assert_string_equal(pf_shell_word(*state, "http://dynamodb:8000"), "http://dynamodb:8000");
	assert_string_equal(pf_shell_word(*state, "K=a_b-c.d/e,f@g%h+i"), "K=a_b-c.d/e,f@g%h+i");
	assert_string_equal(pf_shell_word(*state, ""), "''");
	assert_string_equal(pf_shell_word(*state, "it's"), "'it'\\''s'");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_shell_gives_back(*state, words[i]);
}

static void
only_unreserved_characters_stay_in_a_url(void **state)
{
	assert_string_equal(pf_url_encode(*state, "aZ09-._~"), "aZ09-._~");
	assert_string_equal(pf_url_encode(*state, "a/b c?d=e&f%g+h"), "a%2Fb%20c%3Fd%3De%26f%25g%2Bh");
	assert_string_equal(pf_url_encode(*state, "\xC3\xBC\xFF\n"), "%C3%BC%FF%0A");
	assert_string_equal(pf_url_encode(*state, ""), "");
}

static void
edit_distance_counts_a_swap_as_one(void **state)
{
	char long_a[200], long_b[200];

	(void)state;
	assert_int_equal(pf_edit_distance("", "", 3), 0);
	assert_int_equal(pf_edit_distance("abc", "abc", 0), 0);
	assert_int_equal(pf_edit_distance("abc", "acb", 3), 1);
	assert_int_equal(pf_edit_distance("abc", "abd", 3), 1);
	assert_int_equal(pf_edit_distance("abc", "abcd", 3), 1);
	assert_int_equal(pf_edit_distance("", "abc", 3), 3);
	assert_int_equal(pf_edit_distance("kitten", "sitting", 5), 3);
	assert_int_equal(pf_edit_distance("kitten", "sitting", 2), 3);
	assert_int_equal(pf_edit_distance("namespace", "namepsace", 2), 1);
	assert_int_equal(pf_edit_distance("abcdef", "uvwxyz", 2), 3);
	assert_int_equal(pf_edit_distance("a", "abcdefgh", 2), 3);
	memset(long_a, 'a', sizeof(long_a));
	long_a[199] = '\0';
	memcpy(long_b, long_a, sizeof(long_b));
	assert_int_equal(pf_edit_distance(long_a, long_b, 2), 0);
	long_b[0] = 'b';
	assert_int_equal(pf_edit_distance(long_a, long_b, 2), 3);
	long_a[128] = long_b[128] = '\0';
	assert_int_equal(pf_edit_distance(long_a, long_b, 2), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_utf8_is_known),
		cmocka_unit_test(malformed_bytes_are_replaced_one_by_one),
		cmocka_unit_test(cleaning_any_bytes_gives_valid_text),
		cmocka_unit_test(one_line_shows_what_a_terminal_would_obey),
		cmocka_unit_test(one_line_is_cut_at_a_character),
		cmocka_unit_test(columns_count_code_points_without_marks),
		cmocka_unit_test(a_shell_reads_back_the_word),
		cmocka_unit_test(only_unreserved_characters_stay_in_a_url),
		cmocka_unit_test(edit_distance_counts_a_swap_as_one),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
