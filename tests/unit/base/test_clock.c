/* Moments, durations and deadlines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <time.h>

#include <postflight/clock.h>

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
moments_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-01-02T03:04:05Z", 1767323045000},
		{"2026-01-02T03:04:05.006Z", 1767323045006},
		{"2026-01-02T03:04:05.006999999Z", 1767323045006},
		{"2026-01-02T03:04:05.1Z", 1767323045100},
		{"2026-01-02T05:04:05.5+02:00", 1767323045500},
		{"2026-01-01T21:34:05-05:30", 1767323045000},
		{"2024-02-29T23:59:60Z", 1709251200000},
		{"2000-03-01T00:00:00Z", 951868800000},
		{"1969-12-31T23:59:59.999Z", -1},
		{"0000-01-01T00:00:00Z", -62167219200000},
		{"9999-12-31T23:59:59Z", 253402300799000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = 77;
		assert_true(pf_time_parse(cases[i].text, &ms));
		assert_true(ms == cases[i].ms);
	}
}

static void
days_agree_with_the_system_calendar(void **state)
{
	for (int64_t day = -200000; day < 200000; day += 97) {
		time_t seconds = (time_t)day * 86400;
		struct tm tm;
		int64_t back = 0;
		char *text;
		assert_non_null(gmtime_r(&seconds, &tm));
		text = pf_printf(*state, "%04d-%02d-%02dT12:00:00Z", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		assert_true(pf_time_parse(text, &back));
		assert_true(back == (day * 86400 + 43200) * 1000);
		assert_string_equal(pf_time_format(*state, back, false), text);
	}
}

static void
what_is_no_moment_leaves_the_output(void **state)
{
	static const char *const texts[] = {
		"",
		"2026-01-02",
		"2026-01-02T03:04:05",
		"2026-01-02 03:04:05Z",
		"2026-01-02T03:04:05.Z",
		"2026-13-02T03:04:05Z",
		"2026-00-02T03:04:05Z",
		"2026-02-29T03:04:05Z",
		"2026-01-00T03:04:05Z",
		"2026-01-02T24:04:05Z",
		"2026-01-02T03:60:05Z",
		"2026-01-02T03:04:61Z",
		"2026-01-02T03:04:05Zx",
		"2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+0200",
		"2026-01-02T03:04:05+02",
		"+026-01-02T03:04:05Z",
		"2026-1-2T3:4:5Z",
		"2026-01-02T03:04:05z",
		"2026-01-02T-3:04:05Z",
		"null",
	};
	int64_t ms = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(pf_time_parse(texts[i], &ms));
	assert_false(pf_time_parse(NULL, &ms));
	assert_int_equal(ms, 77);
}

static void
moments_are_written(void **state)
{
	assert_string_equal(pf_time_format(*state, 1767323045006, false), "2026-01-02T03:04:05Z");
	assert_string_equal(pf_time_format(*state, 1767323045006, true), "2026-01-02T03:04:05.006Z");
	assert_string_equal(pf_time_format(*state, -1, true), "1969-12-31T23:59:59.999Z");
	assert_string_equal(pf_time_format(*state, INT64_MAX, true), "9999-12-31T23:59:59.999Z");
	assert_string_equal(pf_time_format(*state, INT64_MIN, true), "0000-01-01T00:00:00.000Z");
}

static void
durations_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"250ms", 250},
		{"10s", 10000},
		{"3m", 180000},
		{"1m30s", 90000},
		{"1.5h", 5400000},
		{"0s", 0},
		{".5s", 500},
		{"2.s", 2000},
		{"1h2m3s4ms", 3723004},
		{"1500us", 1},
		{"1000h", 3600000000},
		{"999\xC2\xB5s", 0},
		{"2000000ns", 2},
		{"0.0000000000000000000001h", 0},
		{"0.3333333333333333333333333h", 1199999},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = -7;
		assert_true(pf_duration_parse(cases[i].text, &ms));
		assert_true(ms == cases[i].ms);
	}
}

static void
what_is_no_duration_leaves_the_output(void **state)
{
	static const char *const texts[] = {
		"",
		"0",
		"10",
		"s",
		".s",
		"-1s",
		"+1s",
		" 1s",
		"1s ",
		"1 s",
		"1d",
		"1M",
		"1S",
		"1s2",
		"1..5s",
		"1e3s",
		"1001h",
		"1000h1ms",
		"99999999999999999999999999h",
		"9223372036854775807ns9223372036854775807ns",
		"0x1s",
		"inf",
		"nan",
	};
	int64_t ms = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(pf_duration_parse(texts[i], &ms));
	assert_false(pf_duration_parse(NULL, &ms));
	assert_int_equal(ms, 77);
}

static void
durations_are_written_for_people(void **state)
{
	assert_string_equal(pf_duration_format(*state, -5), "0 ms");
	assert_string_equal(pf_duration_format(*state, 250), "250 ms");
	assert_string_equal(pf_duration_format(*state, 12999), "12 s");
	assert_string_equal(pf_duration_format(*state, 90000), "90 s");
	assert_string_equal(pf_duration_format(*state, 180000), "3 min");
	assert_string_equal(pf_duration_format(*state, 7200000), "2 h");
	assert_string_equal(pf_duration_format(*state, 5 * 86400000LL), "5 d");
	assert_string_equal(pf_duration_format(*state, INT64_MAX), "106751991167 d");
}

static void
deadlines_never_count_below_zero_nor_overflow(void **state)
{
	struct pf_deadline past = pf_deadline_in(-5), now = pf_deadline_in(0), far = pf_deadline_in(INT64_MAX);

	(void)state;
	assert_int_equal(pf_deadline_left(past), 0);
	assert_int_equal(pf_deadline_left(now), 0);
	assert_int_equal(pf_deadline_left((struct pf_deadline){INT64_MIN}), 0);
	assert_int_equal(pf_deadline_left(PF_NO_DEADLINE), INT_MAX);
	assert_int_equal(pf_deadline_left(far), INT_MAX);
	assert_int_equal(pf_deadline_left(pf_deadline_in(3600LL * 24 * 365 * 1000)), INT_MAX);
	assert_in_range(pf_deadline_left(pf_deadline_in(1000000)), 1, 1000000);
	assert_true(pf_deadline_sooner(now, PF_NO_DEADLINE).at_ms == now.at_ms);
	assert_true(pf_deadline_sooner(PF_NO_DEADLINE, now).at_ms == now.at_ms);
}

static void
the_monotonic_clock_does_not_go_back(void **state)
{
	int64_t last = pf_monotonic_ms();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t next = pf_monotonic_ms();
		assert_true(next >= last);
		last = next;
	}
	assert_true(pf_wall_ms() > 1767323045000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_read),
		cmocka_unit_test(days_agree_with_the_system_calendar),
		cmocka_unit_test(what_is_no_moment_leaves_the_output),
		cmocka_unit_test(moments_are_written),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(what_is_no_duration_leaves_the_output),
		cmocka_unit_test(durations_are_written_for_people),
		cmocka_unit_test(deadlines_never_count_below_zero_nor_overflow),
		cmocka_unit_test(the_monotonic_clock_does_not_go_back),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
