/* What tools put before each line of a log, and what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kube/log_prefix.h"

static void
assert_text(struct pf_str got, const char *expected)
{
	assert_int_equal(got.len, strlen(expected));
	assert_memory_equal(got.p, expected, got.len);
}

static void
each_tools_prefix_is_taken_with_its_source(void **state)
{
	static const struct {
		const char *line, *source, *rest;
	} table[] = {
		{"[pod/cart-7d9f8b6c5d-x2x4z/cart] 2026-01-01T00:00:00Z  INFO x", "pod/cart-7d9f8b6c5d-x2x4z/cart",
		 "2026-01-01T00:00:00Z  INFO x"},
		{"[pod/cart-1/cart] \tat a.B.c(D.java:1)", "pod/cart-1/cart", "\tat a.B.c(D.java:1)"},
		{"[pod/cart-1/cart] ", "pod/cart-1/cart", ""},
		{"[pod/cart-1/cart]", "pod/cart-1/cart", ""},
		{"cart-1  | Caused by: x", "cart-1", "Caused by: x"},
		{"cart-1  |", "cart-1", ""},
		{"shop_cart.1 |   indented", "shop_cart.1", "  indented"},
		{"cart-deployment-7d9f8b6c5d-x2x4z cart text", "cart-deployment-7d9f8b6c5d-x2x4z cart", "text"},
		{"cart-7d9f8b6c5d-x2x4z cart", "cart-7d9f8b6c5d-x2x4z cart", ""},
		{"Nov 22 15:07:00 node1 cart[4242]: text", "cart[4242]", "text"},
		{"Nov  2 15:07:00 node1 cart[4242]: \tat a.B.c", "cart[4242]", "\tat a.B.c"},
		{"2026-11-22T15:07:00+0000 node1 cart[4242]: text", "cart[4242]", "text"},
		{"2026-11-22T15:07:00.123456+00:00 node1 cart[1]: text", "cart[1]", "text"},
		{"2026-11-22T15:07:00Z {app=\"cart\", pod=\"x\"} text", "{app=\"cart\", pod=\"x\"}", "text"},
		{"2026-11-22T15:07:00Z\t{app=\"cart\"}\t\tat a.B.c", "{app=\"cart\"}", "\tat a.B.c"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pf_str source = {NULL, 0}, rest = {NULL, 0};
		if (!pf_log_prefix_read(pf_str(table[i].line), &source, &rest))
			fail_msg("nothing taken from \"%s\"", table[i].line);
		assert_text(source, table[i].source);
		assert_text(rest, table[i].rest);
	}
}

static void
programs_own_words_stay(void **state)
{
	static const char *const lines[] = {
		"",
		"[",
		"[pod/",
		"[pod/cart-1/cart",
		"[main] INFO x",
		"cart|x",
		"cart |x",
		"| table | of | something |",
		" \\\\/  ___)| |_)| | | | | || (_| |  ) ) ) )",
		"( ( )\\___ | '_ | '_| | '_ \\/ _` | \\ \\ \\ \\",
		"Nov 22",
		"Nov 22 15:07:00",
		"Nov 22 15:07:00 node1",
		"Nov 22 15:07:00 node1 cart[",
		"Nov 22 15:07:00 node1 cart[1]",
		"2026-11-22T15:07:03.724Z  INFO 21815 --- [           main] c.a.s.c.CartApplication : Starting",
		"2026-11-22T15:07:03.724Z INFO [cart,trace,span] 1 --- [main] x : y",
		"2026-11-22T15:07:03Z {\"level\":\"info\"} x",
		"2026-11-22T15:07:03Z {",
		"2026-11-22T15:07:03Z {a=\"",
		"Caused by: java.net.ConnectException: Connection refused",
		"\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)",
		"Starting up with-some-words here",
		"built-in-error page of the server",
		"INFO  | main | Starting",
		"ERROR | main | Application run failed",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct pf_str source, rest;
		if (pf_log_prefix_read(pf_str(lines[i]), &source, &rest))
			fail_msg("taken from \"%s\": \"%.*s\"", lines[i], (int)source.len, source.p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_tools_prefix_is_taken_with_its_source),
		cmocka_unit_test(programs_own_words_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
