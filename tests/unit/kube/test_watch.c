/* Watches: events cut anywhere, and every way in which one ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>

#include "target_script.h"

#define JSON "application/json"

static int
open_arena(void **state)
{
	*state = pf_arena_new();
	return 0;
}

static int
close_arena(void **state)
{
	pf_arena_free(*state);
	return 0;
}

/* What a watcher saw, as text. */
struct seen {
	char text[1000];
	unsigned enough; /* events; 0: never */
	unsigned count;
};

static bool
on_event(void *context, const char *type, const cJSON *object)
{
	struct seen *seen = context;

	snprintf(seen->text + strlen(seen->text), 200, "%s %s;", type, PF_STRING_AT(object, "metadata", "name"));
	return ++seen->count != seen->enough;
}

static enum pf_watch_end
watch(struct pf_arena *arena, struct scripted reply, struct seen *seen, struct script *script, struct pf_err *err)
{
	const struct scripted answers[] = {reply, {0}};
	struct pf_target *target;
	enum pf_watch_end end;

	*script = (struct script){.answers = answers, .arena = arena};
	target = pf_target_over(arena, script_perform, script, 1000);
	end = pf_target_watch(target, arena, "/api/v1/namespaces/a/pods?labelSelector=app%3Dcart", "42", on_event, seen,
			      PF_NO_DEADLINE, err);
	script->answers = NULL;
	return end;
}

#define STREAM                                                                                                         \
	"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\xC3\xA9\"}}}\n"                                    \
	"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"name\":\"b\"}}}\r\n\n"                                     \
	"{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"c\"}}}\n"

static void
events_may_be_cut_at_every_byte(void **state)
{
	for (size_t chunk = 1; chunk <= sizeof(STREAM); chunk++) {
		struct seen seen = {0};
		struct script script;
		struct pf_err err = {PF_ERR_NONE, ""};
		enum pf_watch_end end =
			watch(*state, (struct scripted){NULL, 200, JSON, STREAM, 0, chunk}, &seen, &script, &err);
		assert_int_equal(end, PF_WATCH_ENDED);
		assert_string_equal(seen.text, "ADDED a\xC3\xA9;BOOKMARK b;DELETED c;");
		assert_int_equal(err.kind, PF_ERR_NONE);
	}
}

static void
the_query_is_added_to_the_one_that_is_there(void **state)
{
	struct seen seen = {0};
	struct script script;
	struct pf_err err;

	watch(*state, (struct scripted){NULL, 200, JSON, "", 0, 0}, &seen, &script, &err);
	assert_string_equal(script.last_path, "/api/v1/namespaces/a/pods?labelSelector=app%3Dcart&watch=1&"
					      "allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=42");
}

static void
a_path_without_query_gets_one_and_the_deadline_bounds_the_server(void **state)
{
	const struct scripted answers[] = {{NULL, 200, JSON, "", 0, 0}, {0}};
	struct script script = {.answers = answers, .arena = *state};
	struct pf_target *target = pf_target_over(*state, script_perform, &script, 1000);
	struct seen seen = {0};
	struct pf_err err;

	pf_target_watch(target, *state, "/api/v1/pods", NULL, on_event, &seen, pf_deadline_in(0), &err);
	assert_string_equal(script.last_path, "/api/v1/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=1");
}

static void
a_watcher_that_has_enough_ends_it(void **state)
{
	struct seen seen = {.enough = 2};
	struct script script;
	struct pf_err err;

	assert_int_equal(watch(*state, (struct scripted){NULL, 200, JSON, STREAM, 0, 0}, &seen, &script, &err),
			 PF_WATCH_DONE);
	assert_string_equal(seen.text, "ADDED a\xC3\xA9;BOOKMARK b;");
}

static void
an_event_without_its_line_end_counts_when_it_is_whole(void **state)
{
	struct seen whole = {0}, cut = {0};
	struct script script;
	struct pf_err err;

	assert_int_equal(
		watch(*state,
		      (struct scripted){NULL, 200, JSON,
					"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"x\"}}}", 0, 3},
		      &whole, &script, &err),
		PF_WATCH_ENDED);
	assert_string_equal(whole.text, "ADDED x;");
	assert_int_equal(watch(*state, (struct scripted){NULL, 200, JSON, STREAM "{\"type\":\"ADDED\",\"obj", 0, 5},
			       &cut, &script, &err),
			 PF_WATCH_ENDED);
	assert_int_equal(cut.count, 3);
}

static void
gone_comes_as_event_and_as_status(void **state)
{
	static const struct scripted replies[] = {
		{NULL, 200, JSON,
		 "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"too old "
		 "resource "
		 "version: 1 (7)\",\"reason\":\"Expired\",\"code\":410}}\n",
		 0, 7},
		{NULL, 410, JSON, "{\"kind\":\"Status\",\"message\":\"too old resource version: 1 (7)\",\"code\":410}",
		 0, 0}};

	for (size_t i = 0; i < 2; i++) {
		struct seen seen = {0};
		struct script script;
		struct pf_err err = {PF_ERR_NONE, ""};
		assert_int_equal(watch(*state, replies[i], &seen, &script, &err), PF_WATCH_GONE);
		assert_int_equal(err.kind, PF_ERR_GONE);
		assert_non_null(strstr(err.text, "too old resource version"));
		assert_int_equal(seen.count, 0);
	}
}

static void
what_is_no_watch_is_an_error(void **state)
{
	static const struct {
		struct scripted reply;
		enum pf_err_kind kind;
	} cases[] = {
		{{NULL, 200, JSON, "{\"type\":\"ERROR\",\"object\":{\"message\":\"x\",\"code\":500}}\n", 0, 0},
		 PF_ERR_SERVER},
		{{NULL, 200, JSON, "{\"type\":\"ERROR\",\"object\":{}}\n", 0, 0}, PF_ERR_SERVER},
		{{NULL, 200, "text/html", "<html>\n<p>\n", 0, 0}, PF_ERR_PROTOCOL},
		{{NULL, 200, "text/html", "<html>", 0, 0}, PF_ERR_PROTOCOL},
		{{NULL, 200, JSON, "{\"kind\":\"PodList\",\"items\":[]}\n", 0, 0}, PF_ERR_PROTOCOL},
		{{NULL, 200, JSON, "{\"type\":\"ADDED\",\"object\":[]}\n", 0, 0}, PF_ERR_PROTOCOL},
		{{NULL, 200, JSON, "7\n", 0, 0}, PF_ERR_PROTOCOL},
		{{NULL, 403, JSON, "{\"kind\":\"Status\",\"message\":\"no\"}", 0, 0}, PF_ERR_FORBIDDEN},
		{{NULL, 401, JSON, "{\"kind\":\"Status\",\"message\":\"no\"}", 0, 0}, PF_ERR_UNAUTHORIZED},
		{{NULL, 0, "", "", PF_ERR_TIMEOUT, 0}, PF_ERR_TIMEOUT},
		{{NULL, 200, JSON, STREAM, PF_ERR_TIMEOUT, 0}, PF_ERR_TIMEOUT},
		{{NULL, 200, JSON, STREAM, PF_ERR_INTERRUPTED, 0}, PF_ERR_INTERRUPTED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen seen = {0};
		struct script script;
		struct pf_err err = {PF_ERR_NONE, ""};
		enum pf_watch_end end = watch(*state, cases[i].reply, &seen, &script, &err);
		if (end != PF_WATCH_ERROR || err.kind != cases[i].kind)
			fail_msg("case %zu: %d, %d, %s", i, (int)end, (int)err.kind, err.text);
		assert_null(strstr(err.text, "Kanari3nv0gel"));
	}
}

static void
an_endless_line_is_not_kept(void **state)
{
	size_t len = (size_t)5 << 20;
	char *body = pf_alloc(*state, len + 1);
	struct seen seen = {0};
	struct script script;
	struct pf_err err;

	memset(body, ' ', len);
	body[0] = '{';
	assert_int_equal(watch(*state, (struct scripted){NULL, 200, JSON, body, 0, 16384}, &seen, &script, &err),
			 PF_WATCH_ERROR);
	assert_int_equal(err.kind, PF_ERR_PROTOCOL);
	assert_non_null(strstr(err.text, "4 MiB"));
}

static bool
keep_value(void *context, const char *type, const cJSON *object)
{
	(void)type;
	snprintf(context, 200, "%s", PF_STRING_AT(object, "data", "x"));
	return false;
}

static void
events_are_redacted(void **state)
{
	const struct scripted answers[] = {
		{NULL, 200, JSON, "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Secret\",\"data\":{\"x\":\"YWJj\"}}}\n",
		 0, 0},
		{0}};
	struct script script = {.answers = answers, .arena = *state};
	struct pf_target *target = pf_target_over(*state, script_perform, &script, 1000);
	char value[200] = "";
	struct pf_err err;

	pf_target_watch(target, *state, "/x", "1", keep_value, value, PF_NO_DEADLINE, &err);
	assert_string_equal(value, "{{redacted:1:alnum:3-7}}");
	assert_string_equal(pf_target_trace(target).lines[0], "WATCH /x done after 1 event");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		TEST(events_may_be_cut_at_every_byte),
		TEST(the_query_is_added_to_the_one_that_is_there),
		TEST(a_path_without_query_gets_one_and_the_deadline_bounds_the_server),
		TEST(a_watcher_that_has_enough_ends_it),
		TEST(an_event_without_its_line_end_counts_when_it_is_whole),
		TEST(gone_comes_as_event_and_as_status),
		TEST(what_is_no_watch_is_an_error),
		TEST(an_endless_line_is_not_kept),
		TEST(events_are_redacted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
