/* From bytes to records: whatever the chunks, the escape sequences, the line ends and the lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/buf.h>
#include <postflight/clock.h>
#include <postflight/log.h>
#include <postflight/str.h>
#include <postflight/text.h>

#define HEAD(level, message)                                                                                           \
	"2026-01-02T03:04:05.006Z " level                                                                              \
	" 1 --- [           main] c.a.s.c.CartApplication                  : " message "\n"
#define AT "\tat com.example.Thing.work(Thing.java:7) ~[app.jar!/:?]\n"
#define MANY 64

struct record {
	uint64_t line;
	int64_t time_ms;
	enum pf_log_level level;
	bool failed_start;
	const char *message;
	const char *cause;
	const char *told;
	const char *text;
};

struct heard {
	struct pf_arena *arena;
	struct record records[MANY];
	size_t count;
	struct pf_log_extent extent;
};

static void
hear(void *context, const struct pf_log_record *r)
{
	struct heard *heard = context;

	assert_true(pf_utf8_valid(r->message, strlen(r->message)));
	assert_true(pf_utf8_valid(r->cause, strlen(r->cause)));
	assert_true(pf_utf8_valid(r->text, strlen(r->text)));
	assert_true(strlen(r->text) <= PF_LOG_TEXT_MAX);
	if (heard->count == MANY)
		return;
	heard->records[heard->count++] = (struct record){
		.line = r->line,
		.time_ms = r->time_ms,
		.level = r->level,
		.failed_start = r->failed_start,
		.message = pf_strdup(heard->arena, r->message),
		.cause = pf_strdup(heard->arena, r->cause),
		.told = pf_strdup(heard->arena, r->told),
		.text = pf_strdup(heard->arena, r->text),
	};
}

/* Reads LEN bytes in chunks of at most CHUNK. */
static struct heard *
read_in_chunks(struct pf_arena *arena, const char *text, size_t len, size_t chunk)
{
	struct heard *heard = pf_alloc(arena, sizeof(*heard));
	struct pf_log_reader *reader = pf_log_reader_new(arena, hear, heard);

	heard->arena = arena;
	for (size_t at = 0; at < len; at += chunk) {
		/* A copy of its own, so that reading past the end of a chunk is found out. */
		size_t part = len - at < chunk ? len - at : chunk;
		char *copy = malloc(part);
		assert_non_null(copy);
		memcpy(copy, text + at, part);
		pf_log_reader_feed(reader, copy, part);
		free(copy);
	}
	pf_log_reader_end(reader);
	heard->extent = pf_log_reader_extent(reader);
	return heard;
}

static struct heard *
read_text(struct pf_arena *arena, const char *text)
{
	return read_in_chunks(arena, text, strlen(text), strlen(text) + 1);
}

static void
assert_same(const struct heard *a, const struct heard *b)
{
	assert_int_equal(a->count, b->count);
	assert_memory_equal(&a->extent, &b->extent, sizeof(a->extent));
	for (size_t i = 0; i < a->count; i++) {
		assert_int_equal(a->records[i].line, b->records[i].line);
		assert_int_equal(a->records[i].time_ms, b->records[i].time_ms);
		assert_int_equal(a->records[i].level, b->records[i].level);
		assert_string_equal(a->records[i].message, b->records[i].message);
		assert_string_equal(a->records[i].cause, b->records[i].cause);
		assert_string_equal(a->records[i].told, b->records[i].told);
		assert_string_equal(a->records[i].text, b->records[i].text);
	}
}

static const char refused[] = HEAD(
	"ERROR",
	"Application run failed") "\n"
				  "org.example.UnsatisfiedException: Error creating bean\n" AT
				  "Caused by: a.b.SdkClientException: Unable to execute HTTP request: Connect to "
				  "db:8000 [db/10.0.0.1] failed: "
				  "Connection refused (SDK Attempt Count: 9)\n" AT "\t... 29 more\n"
				  "\tSuppressed: a.b.SdkClientException: Request attempt 1 failure: Connect timed out\n"
				  "\t" AT "\tCaused by: java.net.SocketTimeoutException: Connect timed out\n"
				  "Caused by: org.apache.HttpHostConnectException: Connect to db:8000 [db/10.0.0.1] "
				  "failed: Connection refused\n" AT
				  "Caused by: java.net.ConnectException: Connection refused\n" AT "\t... 29 more\n\n";

static const char failed_start[] =
	HEAD("ERROR", "") "\n***************************\nAPPLICATION FAILED TO START\n***************************\n\n"
			  "Description:\n\nAn error occurred when accessing Amazon DynamoDB: \n\nCannot do operations "
			  "on a non-existent "
			  "table (Status Code: 400)\n\nAction:\n\nCheck that your IAM credentials are configured.\n\n";

static void
spring_line_has_time_level_and_message(void **state)
{
	struct heard *h =
		read_text(*state, HEAD(" WARN", "Dynamo table not found") "2026-01-02 03:04:06,007 INFO plain\n");
	int64_t ms;

	assert_int_equal(h->count, 2);
	assert_int_equal(h->records[0].level, PF_LOG_WARN);
	assert_string_equal(h->records[0].message, "Dynamo table not found");
	assert_string_equal(h->records[0].cause, "");
	assert_string_equal(h->records[0].told, "Dynamo table not found");
	assert_true(pf_time_parse("2026-01-02T03:04:05.006Z", &ms));
	assert_int_equal(h->records[0].time_ms, ms);
	assert_int_equal(h->records[1].time_ms, ms + 1001);
	assert_int_equal(h->records[1].level, PF_LOG_INFO);
	assert_string_equal(h->records[1].message, "plain");
	assert_int_equal(h->extent.first_ms, ms);
	assert_int_equal(h->extent.last_ms, ms + 1001);
	assert_int_equal(h->extent.lines, 2);
}

static void
trace_is_one_record_and_its_innermost_cause_counts(void **state)
{
	struct heard *h = read_text(*state, pf_printf(*state, "%s%s", refused, HEAD(" INFO", "next")));

	assert_int_equal(h->count, 2);
	assert_string_equal(h->records[0].message, "Application run failed");
	assert_string_equal(h->records[0].cause, "java.net.ConnectException: Connection refused");
	assert_string_equal(h->records[0].told, "Connect to db:8000 [db/10.0.0.1] failed: Connection refused");
	assert_string_equal(h->records[1].message, "next");
}

static void
suppressed_exceptions_and_frames_are_no_part_of_the_text(void **state)
{
	struct heard *h = read_text(*state, refused);

	assert_null(strstr(h->records[0].text, "timed out"));
	assert_null(strstr(h->records[0].text, "Thing.java"));
	assert_non_null(strstr(h->records[0].text, "SDK Attempt Count: 9"));
}

static void
first_suppressed_tells_an_absent_name_from_a_dead_resolver(void **state)
{
	static const char form[] = "%sCaused by: x.SdkClientException: Unable to execute HTTP request: db\n"
				   "\tSuppressed: x.SdkClientException: Request attempt 1 failure: db: %s\n"
				   "\tSuppressed: x.SdkClientException: Request attempt 2 failure: db: Try again\n"
				   "Caused by: java.net.UnknownHostException: db\n" AT;
	static const char *const words[] = {"Name or service not known", "Temporary failure in name resolution"};

	for (size_t i = 0; i < 2; i++) {
		const char *head = HEAD("ERROR", "failed") "\na.B0Exception: b\n";
		struct heard *h = read_text(*state, pf_printf(*state, form, head, words[i]));
		assert_string_equal(h->records[0].cause,
				    pf_printf(*state, "java.net.UnknownHostException: db: %s", words[i]));
	}
}

static void
failed_start_is_one_record_without_its_advice_in_the_cause(void **state)
{
	struct heard *h = read_text(*state, pf_printf(*state, "%s%s", failed_start, HEAD(" INFO", "next")));

	assert_int_equal(h->count, 2);
	assert_true(h->records[0].failed_start);
	assert_int_equal(h->records[0].level, PF_LOG_ERROR);
	assert_string_equal(h->records[0].cause,
			    "An error occurred when accessing Amazon DynamoDB: Cannot do operations "
			    "on a non-existent table (Status Code: 400)");
	assert_null(strstr(h->records[0].cause, "credentials"));
	assert_non_null(strstr(h->records[0].text, "credentials"));
}

static void
failed_start_without_a_head_is_one_record_too(void **state)
{
	struct heard *h =
		read_text(*state, "APPLICATION FAILED TO START\n\nDescription:\n\nPort 80 was taken.\n\nAction:\n\n"
				  "Stop it.\n");

	assert_int_equal(h->count, 1);
	assert_int_equal(h->records[0].level, PF_LOG_ERROR);
	assert_string_equal(h->records[0].cause, "Port 80 was taken.");
}

static void
exception_without_a_head_is_an_error(void **state)
{
	struct heard *h =
		read_text(*state, "Listening\nException in thread \"main\" java.io.IOException: Failed to bind\n" AT
				  "Caused by: java.net.BindException: Address already in use\n" AT "bye\n");

	assert_int_equal(h->count, 3);
	assert_int_equal(h->records[1].level, PF_LOG_ERROR);
	assert_int_equal(h->records[1].line, 2);
	assert_string_equal(h->records[1].cause, "java.net.BindException: Address already in use");
	assert_string_equal(h->records[2].message, "bye");
	assert_int_equal(h->records[2].level, PF_LOG_NONE);
}

static void
trace_behind_a_line_of_the_telemetry_agent_is_its_own(void **state)
{
	struct heard *h = read_text(
		*state, "[otel.javaagent 2026-11-22 15:07:03:724 +0000] [OkHttp http://x/...] ERROR a.b.HttpExporter - "
			"Failed to"
			" export spans.\njava.net.ConnectException: Connection refused\n" AT
			"[otel.javaagent 2026-11-22 15:07:04:000 +0000] [main] INFO a.b.Version - version: 2\n"
			"[otel.javaagent\n[otel.javaagent x] y\n");

	assert_int_equal(h->count, 4);
	assert_int_equal(h->records[0].level, PF_LOG_ERROR);
	assert_int_equal(h->records[1].time_ms - h->records[0].time_ms, 1000);
	assert_string_equal(h->records[0].message, "Failed to export spans.");
	assert_string_equal(h->records[0].cause, "java.net.ConnectException: Connection refused");
	assert_int_equal(h->records[1].level, PF_LOG_INFO);
}

static void
root_cause_may_stand_first(void **state)
{
	struct heard *h = read_text(*state, HEAD("ERROR", "x") "\njava.net.ConnectException: Connection refused\n" AT
							       "Wrapped by: a.b.SdkException: Unable to execute\n" AT);

	assert_string_equal(h->records[0].cause, "java.net.ConnectException: Connection refused");
}

static void
message_of_an_exception_may_have_several_lines(void **state)
{
	struct heard *h =
		read_text(*state, HEAD("ERROR", "x") "\na.b.CException: first\nsecond\n" AT "Caused by: a.b.DError: "
						     "third\nfourth\n" AT);

	assert_string_equal(h->records[0].cause, "a.b.DError: third fourth");
}

static void
json_lines_are_records(void **state)
{
	struct heard *h = read_text(
		*state,
		"{\"@timestamp\":\"2026-01-02T03:04:05.006Z\",\"level\":\"ERROR\",\"message\":\"Application run "
		"failed\","
		"\"stack_trace\":\"a.BException: b\\n\\tat x.Y.z(Y.java:1)\\nCaused by: java.net.ConnectException: "
		"Connection refused\\n\\t... 9 more\\n\"}\n"
		"{\"@timestamp\":\"2026-01-02T03:04:06Z\",\"log\":{\"level\":\"WARN\"},\"message\":\"w\",\"error\":{"
		"\"stack_trace\":\"a.CError: c\\n\"}}\n"
		"{\"@timestamp\":\"2026-01-02T03:04:07Z\",\"log.level\":\"INFO\",\"message\":\"i\"}\n"
		"{\"short_message\":\"g\",\"timestamp\":1767323045.5,\"level\":3,\"full_message\":\"g\\n\\na.DError: "
		"d\\n\"}\n"
		"{\"neither\":\"record\"}\n{\"message\":\"cut\n");

	assert_int_equal(h->count, 6);
	assert_string_equal(h->records[0].cause, "java.net.ConnectException: Connection refused");
	assert_int_equal(h->records[0].level, PF_LOG_ERROR);
	assert_int_equal(h->records[1].level, PF_LOG_WARN);
	assert_string_equal(h->records[1].cause, "a.CError: c");
	assert_int_equal(h->records[2].level, PF_LOG_INFO);
	assert_int_equal(h->records[3].level, PF_LOG_ERROR);
	assert_int_equal(h->records[3].time_ms, 1767323045500);
	assert_string_equal(h->records[3].cause, "a.DError: d");
	assert_string_equal(h->records[4].message, "{\"neither\":\"record\"}");
	assert_string_equal(h->records[5].message, "{\"message\":\"cut");
}

static void
block_within_a_json_line_is_understood(void **state)
{
	struct heard *h =
		read_text(*state, "{\"level\":\"ERROR\",\"message\":\"\\n\\n***\\nAPPLICATION FAILED TO "
				  "START\\n***\\n\\nDescription:\\n\\nNo.\\n\\nAction:\\n\\nCredentials!\\n\"}\n");

	assert_int_equal(h->count, 1);
	assert_true(h->records[0].failed_start);
	assert_string_equal(h->records[0].cause, "No.");
}

static void
what_tools_put_in_front_is_taken_off(void **state)
{
	static const char *const forms[] = {
		"2026-01-02T03:04:05.123456789Z %s",
		"2026-01-02T03:04:05.123456789Z stderr F %s",
		"2026-01-02T04:04:05.123456789+01:00 stdout F %s",
		"{\"log\":\"%s\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05.123456789Z\"}",
	};
	int64_t ms;

	assert_true(pf_time_parse("2026-01-02T03:04:05.123Z", &ms));
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char *first = pf_strdup(*state, forms[i]), *mark = strstr(first, "%s");
		*mark = '\0';
		const char *end = mark + 2;
		struct heard *h =
			read_text(*state, pf_printf(*state, "%s%s%s\n%s%s%s\n", first, "plain words", end, first,
						    "2026-01-02T03:04:05.006Z  INFO 1 --- [main] x : y", end));
		assert_int_equal(h->count, 2);
		assert_string_equal(h->records[0].message, "plain words");
		assert_int_equal(h->records[0].time_ms, ms);
		assert_string_equal(h->records[1].message, "y");
		assert_int_equal(h->records[1].time_ms, ms - 117);
	}
}

static void
program_with_microseconds_keeps_its_time(void **state)
{
	struct heard *h = read_text(*state, "2026-01-02T03:04:05.123456Z INFO started\n");

	assert_string_equal(h->records[0].message, "started");
	assert_int_equal(h->records[0].level, PF_LOG_INFO);
}

static void
escape_sequences_are_removed(void **state)
{
	struct heard *h = read_text(
		*state, "\033[2m2026-01-02T03:04:05.006Z\033[0;39m \033[31mERROR\033[0;39m \033[35m1\033[0;39m"
			"\033[2m --- \033[0;39m\033[2m[main] \033[0;39m\033[36mx\033[0;39m \033[2m: "
			"\033[0;39mlost \033]0;title\007it\033]8;;http://x\033\\\n\033[\n\033");

	assert_int_equal(h->records[0].level, PF_LOG_ERROR);
	assert_string_equal(h->records[0].message, "lost it");
}

static void
crlf_nul_and_broken_utf8_do_no_harm(void **state)
{
	static const char bytes[] = "a\r\n\0b\r\nc\xff\xc3(\xe2\x82\nd\r";
	struct heard *h = read_in_chunks(*state, bytes, sizeof(bytes) - 1, 3);

	assert_int_equal(h->count, 4);
	assert_string_equal(h->records[0].message, "a");
	assert_string_equal(h->records[1].message, "\xef\xbf\xbd"
						   "b");
	assert_string_equal(h->records[3].message, "d");
}

static void
chunks_may_be_cut_anywhere(void **state)
{
	static const char json[] =
		"{\"level\":\"ERROR\",\"message\":\"m\",\"stack_trace\":\"a.BError: \\u00fc\\n\"}\r\n";
	const char *text = pf_printf(*state, "%s%s%s\033[31mgr\xc3\xbc\xc3\x9f\033[0m\n%slast", HEAD(" INFO", "first"),
				     refused, failed_start, json);
	size_t len = strlen(text);
	struct heard *whole = read_text(*state, text);

	assert_true(whole->count >= 5);
	for (size_t chunk = 1; chunk < len; chunk++) {
		struct pf_arena *arena = pf_arena_new();
		assert_same(whole, read_in_chunks(arena, text, len, chunk));
		pf_arena_free(arena);
	}
}

/* A line of LEN bytes of FILL behind HEAD. */
static char *
long_line(struct pf_arena *arena, const char *head, size_t len, char fill)
{
	char *line = pf_alloc(arena, strlen(head) + len + 1);

	memcpy(line, head, strlen(head));
	memset(line + strlen(head), fill, len);
	return line;
}

static void
line_of_ten_megabytes_is_cut_and_said(void **state)
{
	char *line = long_line(*state, "2026-01-02T03:04:05.006Z ERROR 1 --- [main] x : ", 10 << 20, 'x');
	size_t len = strlen(line);
	struct heard *heard = pf_alloc(*state, sizeof(*heard));
	struct pf_log_reader *reader = pf_log_reader_new(*state, hear, heard);

	heard->arena = *state;
	pf_log_reader_feed(reader, line, len);
	pf_log_reader_feed(reader, "\nnext\n", 6);
	pf_log_reader_end(reader);
	heard->extent = pf_log_reader_extent(reader);
	assert_int_equal(heard->count, 2);
	assert_int_equal(heard->records[0].level, PF_LOG_ERROR);
	assert_int_equal(strlen(heard->records[0].text), PF_LOG_TEXT_MAX);
	assert_string_equal(heard->records[1].message, "next");
	assert_int_equal(heard->extent.cut_lines, 1);
	assert_int_equal(heard->extent.lines, 2);
	assert_int_equal(heard->extent.bytes, len + 6);
}

static void
character_at_the_cut_is_left_out_as_a_whole(void **state)
{
	for (size_t shift = 0; shift < 4; shift++) {
		PF_AUTO_BUF text = PF_BUF(PF_LOG_TEXT_MAX * 2);
		pf_buf_add(&text, "xxxx", shift);
		while (text.len < PF_LOG_TEXT_MAX + 10)
			pf_buf_puts(&text, "\xe2\x82\xac");
		struct heard *h = read_text(*state, pf_buf_text(&text));
		assert_int_equal(h->count, 1);
		assert_true(strlen(h->records[0].text) > PF_LOG_TEXT_MAX - 4);
	}
}

static void
endless_record_keeps_its_cause(void **state)
{
	struct heard *heard = pf_alloc(*state, sizeof(*heard));
	struct pf_log_reader *reader = pf_log_reader_new(*state, hear, heard);
	const char *head = HEAD("ERROR", "x") "\na.b.CException: c\n", *cause = "Caused by: a.b.DException: d\n";

	heard->arena = *state;
	pf_log_reader_feed(reader, head, strlen(head));
	for (size_t i = 0; i < 20000; i++)
		pf_log_reader_feed(reader, "a line of a message that never ends\n", 36);
	pf_log_reader_feed(reader, cause, strlen(cause));
	pf_log_reader_end(reader);
	assert_int_equal(heard->count, 1);
	assert_string_equal(heard->records[0].cause, "a.b.DException: d");
}

static void
nothing_is_no_record(void **state)
{
	struct heard *h = read_text(*state, "");

	assert_int_equal(h->count, 0);
	assert_int_equal(h->extent.bytes, 0);
	h = read_text(*state, "\n\r\n\n");
	assert_int_equal(h->count, 0);
	assert_int_equal(h->extent.lines, 3);
}

static void
words_between_records_are_records_of_their_own(void **state)
{
	struct heard *h =
		read_text(*state, HEAD(" INFO", "first") "Standard Commons Logging discovery in action\n" HEAD(
					  " INFO", "\n\nError starting ApplicationContext. To display") "x\n");

	assert_int_equal(h->count, 3);
	assert_string_equal(h->records[1].message, "Standard Commons Logging discovery in action");
	assert_int_equal(h->records[1].level, PF_LOG_NONE);
}

static void
level_words_are_known_in_any_case(void **state)
{
	(void)state;
	assert_int_equal(pf_log_level_of("error", 5), PF_LOG_ERROR);
	assert_int_equal(pf_log_level_of("Fatal", 5), PF_LOG_ERROR);
	assert_int_equal(pf_log_level_of("WARNING", 7), PF_LOG_WARN);
	assert_int_equal(pf_log_level_of("ERR", 3), PF_LOG_NONE);
	assert_int_equal(pf_log_level_of("", 0), PF_LOG_NONE);
	assert_string_equal(pf_log_level_name(PF_LOG_WARN), "warn");
}

static int
begin(void **state)
{
	*state = pf_arena_new();
	return 0;
}

static int
end(void **state)
{
	pf_arena_free(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(spring_line_has_time_level_and_message),
		TEST(trace_is_one_record_and_its_innermost_cause_counts),
		TEST(suppressed_exceptions_and_frames_are_no_part_of_the_text),
		TEST(first_suppressed_tells_an_absent_name_from_a_dead_resolver),
		TEST(failed_start_is_one_record_without_its_advice_in_the_cause),
		TEST(failed_start_without_a_head_is_one_record_too),
		TEST(exception_without_a_head_is_an_error),
		TEST(trace_behind_a_line_of_the_telemetry_agent_is_its_own),
		TEST(root_cause_may_stand_first),
		TEST(message_of_an_exception_may_have_several_lines),
		TEST(json_lines_are_records),
		TEST(block_within_a_json_line_is_understood),
		TEST(what_tools_put_in_front_is_taken_off),
		TEST(program_with_microseconds_keeps_its_time),
		TEST(escape_sequences_are_removed),
		TEST(crlf_nul_and_broken_utf8_do_no_harm),
		TEST(chunks_may_be_cut_anywhere),
		TEST(line_of_ten_megabytes_is_cut_and_said),
		TEST(character_at_the_cut_is_left_out_as_a_whole),
		TEST(endless_record_keeps_its_cause),
		TEST(nothing_is_no_record),
		TEST(words_between_records_are_records_of_their_own),
		TEST(level_words_are_known_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
