/* The live target: what each kind of answer becomes, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>

#include "target_script.h"

#define CANARY "Kanari3nv0gel"
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

static struct pf_answer
answer_to(struct pf_arena *arena, const char *path, struct scripted reply)
{
	const struct scripted answers[] = {reply, {0}};
	struct script script = {.answers = answers, .arena = arena};
	struct pf_target *target = pf_target_over(arena, script_perform, &script, 1000);
	struct pf_ask ask = {.method = "GET", .path = path};
	struct pf_answer answer;

	pf_target_ask(target, arena, &ask, &answer, 1, PF_NO_DEADLINE);
	return answer;
}

static void
assert_err(const struct pf_answer *answer, enum pf_err_kind kind, const char *text)
{
	assert_false(answer->ok);
	assert_string_equal(answer->err.text, text);
	assert_int_equal(answer->err.kind, kind);
}

static void
a_wave_goes_out_at_once_and_each_answer_stands_for_itself(void **state)
{
	const struct scripted answers[] = {{"/a", 200, JSON, "{\"kind\":\"A\"}", 0, 0},
					   {"/b", 0, "", NULL, PF_ERR_UNREACHABLE, 0},
					   {"/c", 200, "text/plain", "line\n", 0, 0},
					   {0}};
	struct script script = {.answers = answers, .arena = *state};
	struct pf_target *target = pf_target_over(*state, script_perform, &script, 1000);
	const struct pf_ask asks[] = {{.method = "GET", .path = "/a"},
				      {.method = "GET", .path = "/b"},
				      {.method = "POST", .path = "/c", .body = "{}", .content_type = "x/y"}};
	struct pf_answer got[3];
	struct pf_target_trace trace;

	pf_target_ask(target, *state, asks, got, 3, PF_NO_DEADLINE);
	assert_int_equal(script.waves, 1);
	assert_true(got[0].ok);
	assert_string_equal(PF_STRING_AT(got[0].json, "kind"), "A");
	assert_string_equal(got[0].text, "");
	assert_int_equal(got[0].elapsed_ms, 12);
	assert_int_equal(got[1].err.kind, PF_ERR_UNREACHABLE);
	assert_null(strstr(got[1].err.text, CANARY));
	assert_true(got[2].ok);
	assert_string_equal(got[2].text, "line\n");
	assert_null(got[2].json);
	assert_string_equal(script.last_body, "{}");
	assert_non_null(strstr(script.last_headers, "Content-Type: x/y"));
	trace = pf_target_trace(target);
	assert_int_equal(trace.waves, 1);
	assert_int_equal(trace.questions, 3);
	assert_string_equal(trace.lines[0], "GET /a 200 12 ms");
	assert_string_equal(trace.lines[1], "GET /b unreachable 12 ms");
	assert_string_equal(trace.lines[2], "POST /c 200 12 ms");
}

static void
nothing_asked_is_no_wave(void **state)
{
	struct script script = {.arena = *state};
	struct pf_target *target = pf_target_over(*state, script_perform, &script, 1000);

	pf_target_ask(target, *state, NULL, NULL, 0, PF_NO_DEADLINE);
	assert_int_equal(script.waves, 0);
	assert_int_equal(pf_target_trace(target).waves, 0);
}

static void
a_log_loses_what_a_secret_of_the_same_wave_holds(void **state)
{
	const struct scripted answers[] = {
		{"/log", 200, "text/plain", "started with " CANARY "\n", 0, 0},
		{"/secret", 200, JSON, "{\"kind\":\"Secret\",\"data\":{\"a\":\"S2FuYXJpM252MGdlbA==\"}}", 0, 0},
		{0}};
	struct script script = {.answers = answers, .arena = *state};
	struct pf_target *target = pf_target_over(*state, script_perform, &script, 1000);
	const struct pf_ask asks[] = {{.method = "GET", .path = "/log"}, {.method = "GET", .path = "/secret"}};
	struct pf_answer got[2];

	pf_target_ask(target, *state, asks, got, 2, PF_NO_DEADLINE);
	assert_string_equal(got[0].text, "started with {{redacted:1:alnum:8-15}}\n");
	assert_string_equal(PF_STRING_AT(got[1].json, "data", "a"), "{{redacted:1:alnum:8-15}}");
	for (size_t i = 0; i < strlen("{\"kind\":\"Secret\""); i++)
		assert_int_equal(script.wiped[i], '\0');
}

static void
no_right_says_who_may_not_do_what(void **state)
{
	struct pf_answer answer = answer_to(
		*state, "/apis/apps/v1/namespaces/shop/deployments/cart",
		(struct scripted){
			NULL, 403, JSON,
			"{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"deployments.apps \\\"cart\\\" is "
			"forbidden: User \\\"system:serviceaccount:shop:ci\\\" cannot get resource "
			"\\\"deployments\\\" in API group \\\"apps\\\" in the namespace \\\"shop\\\"\",\"reason\":"
			"\"Forbidden\",\"details\":{\"name\":\"cart\",\"group\":\"apps\",\"kind\":\"deployments\"},"
			"\"code\":403}",
			0, 0});

	assert_err(&answer, PF_ERR_FORBIDDEN,
		   "system:serviceaccount:shop:ci may not get deployments.apps cart in namespace shop (403)");
	assert_int_equal(answer.status, 403);
	assert_string_equal(PF_STRING_AT(answer.json, "reason"), "Forbidden");
}

static void
no_right_in_the_cluster_and_on_a_path(void **state)
{
	struct pf_answer cluster = answer_to(
		*state, "/api/v1/nodes",
		(struct scripted){
			NULL, 403, JSON,
			"{\"kind\":\"Status\",\"message\":\"nodes is forbidden: User \\\"u\\\" cannot list resource "
			"\\\"nodes\\\" in API group \\\"\\\" at the cluster scope: RBAC: clusterrole \\\"x\\\" not "
			"found\",\"details\":{\"kind\":\"nodes\"}}",
			0, 0});
	struct pf_answer path = answer_to(
		*state, "/metrics",
		(struct scripted){NULL, 403, JSON,
				  "{\"kind\":\"Status\",\"message\":\"forbidden: User \\\"u\\\" cannot get path "
				  "\\\"/metrics\\\"\",\"details\":{}}",
				  0, 0});
	struct pf_answer nobody = answer_to(
		*state, "/api/v1/pods",
		(struct scripted){
			NULL, 403, JSON,
			"{\"kind\":\"Status\",\"message\":\"pods is forbidden: User \\\"system:anonymous\\\" cannot "
			"list resource \\\"pods\\\" in API group \\\"\\\" at the cluster scope\"}",
			0, 0});

	assert_err(&cluster, PF_ERR_FORBIDDEN,
		   "u may not list nodes in the whole cluster (403): clusterrole \"x\" not found");
	assert_err(&path, PF_ERR_FORBIDDEN, "u may not get /metrics (403)");
	assert_int_equal(nobody.err.kind, PF_ERR_FORBIDDEN);
	assert_non_null(strstr(nobody.err.text, "nobody is logged in"));
}

static void
a_refusal_that_is_no_missing_right_keeps_the_servers_words(void **state)
{
	struct pf_answer answer = answer_to(
		*state, "/api/v1/namespaces/shop/pods",
		(struct scripted){
			NULL, 403, JSON,
			"{\"kind\":\"Status\",\"message\":\"pods \\\"x\\\" is forbidden: exceeded quota: q\"}", 0, 0});

	assert_err(&answer, PF_ERR_FORBIDDEN,
		   "the server refuses GET /api/v1/namespaces/shop/pods (403): pods \"x\" is forbidden: exceeded "
		   "quota: q");
}

static void
a_missing_object_is_told_from_a_missing_api(void **state)
{
	struct pf_answer object = answer_to(
		*state, "/apis/apps/v1/namespaces/shop/deployments/cart",
		(struct scripted){
			NULL, 404, JSON,
			"{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"deployments.apps \\\"cart\\\" not "
			"found\",\"reason\":\"NotFound\",\"details\":{\"name\":\"cart\",\"group\":\"apps\",\"kind\":"
			"\"deployments\"},\"code\":404}",
			0, 0});
	struct pf_answer api = answer_to(
		*state, "/apis/apps/v9/deployments",
		(struct scripted){
			NULL, 404, JSON,
			"{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"the server could not find the "
			"requested resource\",\"reason\":\"NotFound\",\"details\":{},\"code\":404}",
			0, 0});
	struct pf_answer plain =
		answer_to(*state, "/nowhere",
			  (struct scripted){NULL, 404, "text/plain; charset=utf-8", "404 page not found\n", 0, 0});

	assert_err(&object, PF_ERR_NOT_FOUND, "deployments.apps \"cart\" does not exist in namespace shop (404)");
	assert_int_equal(api.err.kind, PF_ERR_SERVER);
	assert_non_null(strstr(api.err.text, "the server has no /apis/apps/v9/deployments (404)"));
	assert_int_equal(plain.err.kind, PF_ERR_SERVER);
	assert_string_equal(plain.text, "404 page not found\n");
}

static void
other_refusals_have_their_kind(void **state)
{
	static const struct {
		int status;
		enum pf_err_kind kind;
		const char *says;
	} cases[] = {{301, PF_ERR_PROTOCOL, "redirection (301)"},
		     {400, PF_ERR_SERVER, "the server refuses GET /x (400): because"},
		     {401, PF_ERR_UNAUTHORIZED, "does not accept our credentials (401)"},
		     {409, PF_ERR_CONFLICT, "GET /x: somebody else changed it meanwhile (409): because"},
		     {410, PF_ERR_GONE, "no longer kept by the server (410): because; list again"},
		     {422, PF_ERR_SERVER, "(422): because"},
		     {429, PF_ERR_SERVER, "come back later (429, GET /x): because"},
		     {500, PF_ERR_SERVER, "the server failed at GET /x (500): because"},
		     {503, PF_ERR_SERVER, "(503): because"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pf_answer answer =
			answer_to(*state, "/x",
				  (struct scripted){NULL, cases[i].status, JSON,
						    "{\"kind\":\"Status\",\"message\":\"because\"}", 0, 0});
		assert_int_equal(answer.err.kind, cases[i].kind);
		if (strstr(answer.err.text, cases[i].says) == NULL)
			fail_msg("%d: %s", cases[i].status, answer.err.text);
	}
}

static void
hostile_messages_stay_one_bounded_line(void **state)
{
	char body[6000] = "{\"kind\":\"Status\",\"message\":\"\\u001b[31mred\\u202e ";
	struct pf_answer answer;

	memset(body + strlen(body), 'x', 5000);
	strncat(body, "\\nsecond\"}", 20);
	answer = answer_to(*state, "/x", (struct scripted){NULL, 500, JSON, body, 0, 0});
	assert_null(strchr(answer.err.text, '\n'));
	assert_null(strchr(answer.err.text, '\x1b'));
	assert_null(strstr(answer.err.text, "second"));
	assert_true(strlen(answer.err.text) < 600);
}

static void
a_web_page_is_no_answer(void **state)
{
	struct pf_answer fine =
		answer_to(*state, "/api/v1/pods",
			  (struct scripted){NULL, 200, "text/html; charset=utf-8", "<html>Sign in</html>", 0, 0});
	struct pf_answer missing =
		answer_to(*state, "/api/v1/pods/x", (struct scripted){NULL, 404, "text/html", "<html/>", 0, 0});
	struct pf_answer broken =
		answer_to(*state, "/api/v1/pods", (struct scripted){NULL, 502, "text/html", "<html/>", 0, 0});

	assert_err(
		&fine, PF_ERR_PROTOCOL,
		"the server answered GET /api/v1/pods with a web page (text/html; charset=utf-8): is the URL that of a "
		"Kubernetes API server, or is a proxy or login page in between?");
	assert_int_equal(missing.err.kind, PF_ERR_PROTOCOL);
	assert_int_equal(broken.err.kind, PF_ERR_SERVER);
	assert_null(strstr(broken.err.text, "<html"));
}

static void
empty_and_broken_answers_are_protocol_errors(void **state)
{
	struct pf_answer empty = answer_to(*state, "/api/v1/pods", (struct scripted){NULL, 200, JSON, "", 0, 0});
	struct pf_answer nothing = answer_to(*state, "/api/v1/pods", (struct scripted){NULL, 200, "", "", 0, 0});
	struct pf_answer cut =
		answer_to(*state, "/api/v1/pods", (struct scripted){NULL, 200, JSON, "{\"kind\":\"Po", 0, 0});

	assert_int_equal(empty.err.kind, PF_ERR_PROTOCOL);
	assert_int_equal(nothing.err.kind, PF_ERR_PROTOCOL);
	assert_int_equal(cut.err.kind, PF_ERR_PROTOCOL);
	assert_non_null(strstr(cut.err.text, JSON));
	assert_null(cut.json);
	assert_false(cut.ok);
}

static void
an_empty_log_is_an_answer(void **state)
{
	struct pf_answer rotated = answer_to(*state, "/api/v1/namespaces/a/pods/b/log?tailLines=1",
					     (struct scripted){NULL, 200, "", "", 0, 0});
	struct pf_answer unscheduled = answer_to(*state, "/x", (struct scripted){NULL, 204, "", "", 0, 0});

	assert_true(rotated.ok);
	assert_string_equal(rotated.text, "");
	assert_true(unscheduled.ok);
}

static void
broken_utf8_in_a_log_is_mended(void **state)
{
	struct pf_answer answer = answer_to(*state, "/x/log",
					    (struct scripted){NULL, 200, "text/plain",
							      "a\xFF"
							      "b\n",
							      0, 0});

	assert_string_equal(answer.text, "a\xEF\xBF\xBD"
					 "b\n");
}

static void
a_broken_target_answers_everything_with_its_error(void **state)
{
	struct pf_err why, err = {PF_ERR_NONE, ""};
	struct pf_target *target;
	struct pf_ask asks[2] = {{.method = "GET", .path = "/a"}, {.method = "GET", .path = "/b"}};
	struct pf_answer answers[2];

	pf_fail(&why, PF_ERR_CONFIG, "no kubeconfig");
	target = pf_target_broken(*state, &why);
	pf_target_ask(target, *state, asks, answers, 2, PF_NO_DEADLINE);
	assert_err(&answers[1], PF_ERR_CONFIG, "no kubeconfig");
	assert_string_equal(answers[1].text, "");
	assert_int_equal(pf_target_watch(target, *state, "/w", "1", NULL, NULL, PF_NO_DEADLINE, &err), PF_WATCH_ERROR);
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	assert_true(pf_target_now(target) > 0);
	assert_true(pf_target_wall(target) > 0);
	assert_int_equal(strlen(pf_target_run_id(target)), 8);
	assert_string_equal(pf_target_trace(target).lines[0], "GET /a config 0 ms");
}

static void
run_ids_differ(void **state)
{
	struct script script = {.arena = *state};
	struct pf_target *one = pf_target_over(*state, script_perform, &script, 1000);
	struct pf_target *other = pf_target_over(*state, script_perform, &script, 1000);

	assert_string_not_equal(pf_target_run_id(one), pf_target_run_id(other));
	assert_int_equal(strspn(pf_target_run_id(one), "0123456789abcdef"), 8);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		TEST(a_wave_goes_out_at_once_and_each_answer_stands_for_itself),
		TEST(nothing_asked_is_no_wave),
		TEST(a_log_loses_what_a_secret_of_the_same_wave_holds),
		TEST(no_right_says_who_may_not_do_what),
		TEST(no_right_in_the_cluster_and_on_a_path),
		TEST(a_refusal_that_is_no_missing_right_keeps_the_servers_words),
		TEST(a_missing_object_is_told_from_a_missing_api),
		TEST(other_refusals_have_their_kind),
		TEST(hostile_messages_stay_one_bounded_line),
		TEST(a_web_page_is_no_answer),
		TEST(empty_and_broken_answers_are_protocol_errors),
		TEST(an_empty_log_is_an_answer),
		TEST(broken_utf8_in_a_log_is_mended),
		TEST(a_broken_target_answers_everything_with_its_error),
		TEST(run_ids_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
