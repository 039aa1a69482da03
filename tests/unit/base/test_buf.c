/* Buffers: growth up to the cap, and what remains visible of what was refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <postflight/buf.h>

static void
an_empty_buffer_reads_as_empty_text(void **state)
{
	PF_AUTO_BUF buf = PF_BUF(10);

	(void)state;
	assert_string_equal(pf_buf_text(&buf), "");
	assert_true(pf_buf_add(&buf, NULL, 0));
	assert_null(buf.p);
	assert_false(buf.cut);
}

static void
text_stays_terminated_while_it_grows(void **state)
{
	PF_AUTO_BUF buf = PF_BUF(100000);

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		assert_true(pf_buf_add(&buf, "abcd", 4));
		assert_int_equal(buf.p[buf.len], '\0');
	}
	assert_int_equal(buf.len, 80000);
	for (size_t i = 0; i < buf.len; i++)
		assert_int_equal(buf.p[i], "abcd"[i % 4]);
}

static void
exactly_the_cap_fits(void **state)
{
	PF_AUTO_BUF buf = PF_BUF(4);

	(void)state;
	assert_true(pf_buf_puts(&buf, "abcd"));
	assert_false(buf.cut);
	assert_true(pf_buf_add(&buf, "", 0));
	assert_false(buf.cut);
	assert_false(pf_buf_puts(&buf, "e"));
	assert_true(buf.cut);
	assert_string_equal(pf_buf_text(&buf), "abcd");
}

static void
what_fits_is_kept(void **state)
{
	PF_AUTO_BUF added = PF_BUF(4), printed = PF_BUF(4), none = PF_BUF(0);

	(void)state;
	assert_false(pf_buf_puts(&added, "abcdef"));
	assert_string_equal(pf_buf_text(&added), "abcd");
	assert_false(pf_buf_printf(&printed, "a%d", 123456));
	assert_string_equal(pf_buf_text(&printed), "a123");
	assert_int_equal(printed.len, 4);
	assert_true(printed.cut);
	assert_false(pf_buf_puts(&none, "x"));
	assert_string_equal(pf_buf_text(&none), "");
}

static void
a_nul_byte_is_a_byte(void **state)
{
	PF_AUTO_BUF buf = PF_BUF(10);

	(void)state;
	assert_true(pf_buf_add(&buf, "a\0b", 3));
	assert_int_equal(buf.len, 3);
	assert_memory_equal(buf.p, "a\0b", 4);
}

static void
an_unlimited_cap_does_not_overflow(void **state)
{
	PF_AUTO_BUF buf = PF_BUF(SIZE_MAX);

	(void)state;
	assert_true(pf_buf_puts(&buf, "abc"));
	assert_true(pf_buf_printf(&buf, "%s", "def"));
	assert_string_equal(pf_buf_text(&buf), "abcdef");
}

static void
freeing_keeps_the_cap_and_nothing_else(void **state)
{
	struct pf_buf buf = PF_BUF(3);

	(void)state;
	assert_false(pf_buf_puts(&buf, "abcd"));
	pf_buf_free(&buf);
	assert_null(buf.p);
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.room, 0);
	assert_int_equal(buf.cap, 3);
	assert_false(buf.cut);
	assert_true(pf_buf_puts(&buf, "xyz"));
	assert_string_equal(pf_buf_text(&buf), "xyz");
	pf_buf_free(&buf);
	pf_buf_free(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_reads_as_empty_text),
		cmocka_unit_test(text_stays_terminated_while_it_grows),
		cmocka_unit_test(exactly_the_cap_fits),
		cmocka_unit_test(what_fits_is_kept),
		cmocka_unit_test(a_nul_byte_is_a_byte),
		cmocka_unit_test(an_unlimited_cap_does_not_overflow),
		cmocka_unit_test(freeing_keeps_the_cap_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
