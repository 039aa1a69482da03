/* Who answers on the database's port, and behind its Service. */
#include "cluster_scene.h"

#define AT "pod/dynamodb-5d4f-abcde port 8000"

static void
dynamodb_tells_itself_by_refusing_what_is_not_signed(void **state)
{
	struct scene *s = *state;
	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS, AT " answers as DynamoDB (Jetty(9.4.53.v20231009))");
	EXPECT_FACT(s, "db.answers", "answers.identity", "dynamodb");
	EXPECT_FACT(s, "db.answers", "answers.pod", "dynamodb-5d4f-abcde");
	EXPECT_FACT(s, "db.answers", "answers.port", "8000");
	EXPECT_FACT(s, "db.answers", "answers.server", "Jetty(9.4.53.v20231009)");
	EXPECT_FACT(s, "db.answers", "answers.ms", "3");
	EXPECT_FACT(s, "db.answers", "answers.behind_service", "own");
}

static void
what_all_ask_of_it_is_asked_once_and_together(void **state)
{
	static const char *const asked[] = {"dynamodb GET /", "dynamodb DescribeTable", "dynamodb ListTables",
					    "cart GET /topology"};
	struct scene *s = *state;
	scene_run(s);
	assert_int_equal(s->processes.asked_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(s->processes.asked[i], asked[i]);
}

static void
any_error_of_dynamodbs_own_is_dynamodb(void **state)
{
	struct scene *s = *state;
	process_says(&s->processes, s->arena, DB_POD, "GET /", NULL, 500,
		     "{'__type':'com.amazonaws.dynamodb.v20120810#InternalFailure'}");
	scene_run(s);
	EXPECT_FACT(s, "db.answers", "answers.identity", "dynamodb");
	EXPECT(s, "db.answers", PF_PASS, AT " answers as DynamoDB");
}

static void
other_http_servers_are_named_with_what_they_say(void **state)
{
	static const struct {
		int status;
		const char *body;
	} table[] = {
		{200, "<html><body>It works!</body></html>"},
		{200, "{}"},
		{500, "oops"},
		{400, "{'__type':'com.amazonaws.dynamodb.v20120810#Miss"}, /* cut off */
		{404, "{'timestamp':'now','status':404,'error':'Not Found','path':'/'}"},
		{403, ""},
	};
	struct scene *s = *state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		process_says(&s->processes, s->arena, DB_POD, "", NULL, table[i].status, table[i].body);
		s->processes.replies[s->processes.count - 1].answer.server = i == 0 ? "nginx\n\033[2J" : NULL;
		pf_session_forget(s->session);
		scene_run(s);
		EXPECT_FACT(s, "db.answers", "answers.identity", "other-http");
		EXPECT(s, "db.answers", PF_FAIL,
		       i == 0 ? AT " answers HTTP 200 (Server: nginx \\x1b[2J), but not as DynamoDB"
			      : pf_printf(s->arena, AT " answers HTTP %d, but not as DynamoDB", table[i].status));
	}
}

static void
endless_header_is_cut(void **state)
{
	struct scene *s = *state;
	char *server = pf_alloc(s->arena, 9000);
	memset(server, 'x', 8999);
	process_says(&s->processes, s->arena, DB_POD, "GET /", NULL, 200, "hello");
	s->processes.replies[s->processes.count - 1].answer.server = server;
	scene_run(s);
	assert_true(strlen(fact_of(s, "db.answers", "answers.server")) < 100);
}

static void
processes_that_speak_no_http_fail(void **state)
{
	static const struct {
		enum pf_reply reply;
		enum pf_err_kind kind;
		const char *identity;
		const char *message;
	} table[] = {
		{PF_REPLY_TLS, PF_ERR_PROTOCOL, "tls", AT " wants TLS; DynamoDB Local speaks plain http"},
		{PF_REPLY_GARBLED, PF_ERR_PROTOCOL, "not-http", AT " answers with something that is no HTTP"},
		{PF_REPLY_GARBLED, PF_ERR_UNREACHABLE, "not-http",
		 AT " takes the connection and closes it without an answer"},
		{PF_REPLY_SILENT, PF_ERR_TIMEOUT, "silent", AT " takes the connection and gives no answer within 5 s"},
	};
	struct scene *s = *state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		process_fails(&s->processes, DB_POD, "", table[i].reply, table[i].kind, false);
		pf_session_forget(s->session);
		scene_run(s);
		EXPECT(s, "db.answers", PF_FAIL, table[i].message);
		EXPECT_FACT(s, "db.answers", "answers.identity", table[i].identity);
	}
}

static void
refusal_of_one_that_runs_for_long_fails(void **state)
{
	struct scene *s = *state;
	process_fails(&s->processes, DB_POD, "", PF_REPLY_NONE, PF_ERR_UNREACHABLE, true);
	scene_run(s);
	EXPECT(s, "db.answers", PF_FAIL, AT " refuses the connection: nothing listens there");
	EXPECT_FACT(s, "db.answers", "answers.identity", "refused");
}

/* A JVM listens seconds after its container is Ready. */
static void
refusal_of_one_that_has_just_started_is_not_judged(void **state)
{
	struct scene *s = *state;
	process_fails(&s->processes, DB_POD, "", PF_REPLY_NONE, PF_ERR_UNREACHABLE, true);
	edit(s, DB_PODS, "items.0.status.containerStatuses.0.state.running.startedAt", "'2026-01-01T00:09:55Z'");
	scene_run(s);
	EXPECT(s, "db.answers", PF_ERROR,
	       "nothing listens on port 8000 of pod/dynamodb-5d4f-abcde yet, which has just started");
	EXPECT_FACT(s, "db.answers", "answers.identity", "(none)");
	process_fails(&s->processes, DB_POD, "", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.answers", PF_ERROR,
	       "nothing answers on port 8000 of pod/dynamodb-5d4f-abcde yet, which has just started");
}

static void
forbidden_forward_is_an_error_with_the_rule_to_add(void **state)
{
	struct scene *s = *state;
	process_fails(&s->processes, "", "", PF_REPLY_NONE, PF_ERR_FORBIDDEN, false);
	scene_run(s);
	for (size_t i = 0; i < 3; i++) {
		const char *id = (const char *const[]){"db.answers", "db.table", "cart.app"}[i];
		EXPECT(s, id, PF_ERROR, NULL);
		assert_non_null(strstr(result_of(s, id)->message, "{apiGroups: [\"\"], resources: [pods/portforward], "
								  "verbs: [get, create]}"));
	}
	EXPECT_FACT(s, "db.answers", "answers.identity", "(none)");
	EXPECT_FACT(s, "db.table", "table.state", "(none)");
	EXPECT_FACT(s, "cart.app", "app.provider", "(none)");
	EXPECT(s, "db.deployment", PF_PASS, NULL);
	EXPECT(s, "cart.create-table", PF_PASS, NULL);
}

/* A 403 of the process's own is its answer, not a missing right. */
static void
forbidden_by_the_process_is_its_answer(void **state)
{
	struct scene *s = *state;
	process_says(&s->processes, s->arena, DB_POD, "", NULL, 403, "no");
	scene_run(s);
	EXPECT(s, "db.answers", PF_FAIL, AT " answers HTTP 403, but not as DynamoDB");
}

static void
lost_way_there_is_an_error(void **state)
{
	static const enum pf_err_kind kinds[] = {PF_ERR_TIMEOUT, PF_ERR_UNREACHABLE, PF_ERR_PROTOCOL,
						 PF_ERR_NOT_RECORDED};
	struct scene *s = *state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		process_fails(&s->processes, "", "", PF_REPLY_NONE, kinds[i], false);
		pf_session_forget(s->session);
		scene_run(s);
		EXPECT(s, "db.answers", PF_ERROR, NULL);
		EXPECT(s, "db.table", PF_ERROR, NULL);
		EXPECT(s, "cart.app", PF_ERROR, NULL);
		EXPECT(s, "db.deployment", PF_PASS, NULL); /* the API server is there all the same */
	}
}

static void
without_a_pod_nobody_is_asked(void **state)
{
	struct scene *s = *state;
	edit(s, DB, "spec.replicas", "0");
	put(s, DB_PODS, "{'kind':'PodList','metadata':{},'items':[]}");
	put(s, SLICES_OF("dynamodb"), "{'items':[{'ports':null,'endpoints':[]}]}");
	scene_run(s);
	EXPECT(s, "db.answers", PF_SKIP, "no pod of deployment/dynamodb runs");
	EXPECT_FACT(s, "db.answers", "answers.identity", "none");
	EXPECT_FACT(s, "db.answers", "answers.behind_service", "none");
	assert_int_equal(s->processes.asked_count, 1); /* the cart */
}

static void
absent_deployment_is_skipped(void **state)
{
	struct scene *s = *state;
	remove_object(s, DB);
	put(s, SLICES_OF("dynamodb"), "{'items':[]}");
	scene_run(s);
	EXPECT(s, "db.answers", PF_SKIP, "deployment/dynamodb does not exist");
}

static void
unreadable_pods_are_an_error(void **state)
{
	struct scene *s = *state;
	refuse(s, DB_PODS, 403);
	scene_run(s);
	EXPECT(s, "db.answers", PF_ERROR, NULL);
	EXPECT(s, "db.table", PF_ERROR, NULL);
}

static void
pod_that_is_not_ready_is_asked_where_there_is_no_other(void **state)
{
	struct scene *s = *state;
	edit(s, DB_PODS, "items.0.status.conditions.1.status", "'False'");
	edit(s, DB_PODS, "items.0.status.containerStatuses.0.ready", "false");
	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS, NULL);
	EXPECT_FACT(s, "db.answers", "answers.pod", "dynamodb-5d4f-abcde");
}

static void
ready_pod_is_asked_before_others(void **state)
{
	struct scene *s = *state;
	const char *pod =
		pf_json_print(s->arena, cJSON_GetArrayItem(PF_AT(reply_for(s, DB_PODS)->json, "items"), 0), false);
	edit(s, DB_PODS, "items.-", pod);
	edit(s, DB_PODS, "items.1.metadata.name", "'dynamodb-5d4f-ready'");
	edit(s, DB_PODS, "items.0.status.conditions.1.status", "'False'");
	edit(s, DB, "spec.replicas", "2");
	scene_run(s);
	EXPECT_FACT(s, "db.answers", "answers.pod", "dynamodb-5d4f-ready");
}

static void
pod_that_is_going_away_is_not_asked(void **state)
{
	struct scene *s = *state;
	edit(s, DB_PODS, "items.0.metadata.deletionTimestamp", "'2026-01-01T00:09:59Z'");
	scene_run(s);
	EXPECT(s, "db.answers", PF_SKIP, "no pod of deployment/dynamodb runs");
}

static void
process_is_asked_on_the_port_it_was_told(void **state)
{
	struct scene *s = *state;
	edit(s, DB, CONTAINER ".args", "['-jar','DynamoDBLocal.jar','-port','8123']");
	scene_run(s);
	EXPECT_FACT(s, "db.answers", "answers.port", "8123");
	edit(s, DB, CONTAINER ".args", "['-jar','DynamoDBLocal.jar','-port','$(PORT)']");
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.answers", PF_SKIP, "the arguments of deployment/dynamodb do not tell its port");
}

/* ---- Behind the Service ------------------------------------------------------------------------------------- */

static void
lead_elsewhere(struct scene *s)
{
	set_env(s, "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT", "http://other");
	edit(s, SERVICES, "items.-",
	     "{'metadata':{'name':'other','namespace':'shop'},'spec':{'type':'ClusterIP','clusterIP':'10.96.0.9',"
	     "'selector':{'app':'other'},'ports':[{'name':'http','protocol':'TCP','port':80,'targetPort':8080}]}}");
	put(s, SLICES_OF("other"), slices_json(s->arena, "other-77-xyz", "http", 8080));
}

static void
other_server_behind_the_service_is_found(void **state)
{
	struct scene *s = *state;
	lead_elsewhere(s);
	process_says(&s->processes, s->arena, "other-77-xyz", "", NULL, 404, "nothing here");
	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS,
	       AT
	       " answers as DynamoDB (Jetty(9.4.53.v20231009)); but service/other leads to pod/other-77-xyz port 8080, "
	       "which answers HTTP 404, but not as DynamoDB");
	EXPECT_FACT(s, "db.answers", "answers.identity", "dynamodb");
	EXPECT_FACT(s, "db.answers", "answers.behind_service", "other-http");
	EXPECT_FACT(s, "db.answers", "answers.behind", "pod/other-77-xyz port 8080");
	EXPECT_FACT(s, "db.answers", "answers.service", "other");
	EXPECT_FACT(s, "db.answers", "answers.documented", "false");
	EXPECT(s, "db.table", PF_PASS,
	       "true: it is made at the start (not looked at: the pod behind the Service answers HTTP 404, but not as "
	       "DynamoDB)");
}

/* DynamoDB as a StatefulSet, say: what the cart reaches is what counts. */
static void
another_dynamodb_behind_the_service_holds_the_table(void **state)
{
	struct scene *s = *state;
	remove_object(s, DB);
	put(s, SLICES_OF("dynamodb"), slices_json(s->arena, "dynamodb-0", "dynamodb", 8000));
	scene_run(s);
	EXPECT(s, "db.answers", PF_SKIP,
	       "deployment/dynamodb does not exist; but service/dynamodb leads to pod/dynamodb-0 port 8000, which "
	       "answers "
	       "as DynamoDB");
	EXPECT_FACT(s, "db.answers", "answers.behind_service", "dynamodb");
	EXPECT_FACT(s, "db.answers", "answers.documented", "true");
	EXPECT_FACT(s, "db.table", "table.state", "present");
}

static void
one_own_pod_behind_the_service_makes_it_the_deployments(void **state)
{
	struct scene *s = *state;
	edit(s, SLICES_OF("dynamodb"), "items.0.endpoints.-",
	     "{'addresses':['10.244.0.9'],'conditions':{'ready':true},'targetRef':{'kind':'Pod','name':'stranger'}}");
	scene_run(s);
	EXPECT_FACT(s, "db.answers", "answers.behind_service", "own");
}

static void
endpoints_that_are_no_pods_or_not_ready_are_not_asked(void **state)
{
	struct scene *s = *state;
	put(s, SLICES_OF("dynamodb"),
	    "{'items':[{'ports':[{'name':'dynamodb','port':8000}],'endpoints':["
	    "{'addresses':['192.0.2.1']},{'targetRef':{'kind':'Node','name':'n'}},{'targetRef':{'kind':'Pod'}},"
	    "{'conditions':{'ready':false},'targetRef':{'kind':'Pod','name':'stranger'}}]},{}]}");
	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS, NULL);
	EXPECT_FACT(s, "db.answers", "answers.behind_service", "none");
}

static void
unreadable_slices_leave_open_what_is_behind(void **state)
{
	struct scene *s = *state;
	refuse(s, SLICES, 403);
	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS, NULL);
	EXPECT_FACT(s, "db.answers", "answers.behind_service", "(none)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(dynamodb_tells_itself_by_refusing_what_is_not_signed),
		SCENE_TEST(what_all_ask_of_it_is_asked_once_and_together),
		SCENE_TEST(any_error_of_dynamodbs_own_is_dynamodb),
		SCENE_TEST(other_http_servers_are_named_with_what_they_say),
		SCENE_TEST(endless_header_is_cut),
		SCENE_TEST(processes_that_speak_no_http_fail),
		SCENE_TEST(refusal_of_one_that_runs_for_long_fails),
		SCENE_TEST(refusal_of_one_that_has_just_started_is_not_judged),
		SCENE_TEST(forbidden_forward_is_an_error_with_the_rule_to_add),
		SCENE_TEST(forbidden_by_the_process_is_its_answer),
		SCENE_TEST(lost_way_there_is_an_error),
		SCENE_TEST(without_a_pod_nobody_is_asked),
		SCENE_TEST(absent_deployment_is_skipped),
		SCENE_TEST(unreadable_pods_are_an_error),
		SCENE_TEST(pod_that_is_not_ready_is_asked_where_there_is_no_other),
		SCENE_TEST(ready_pod_is_asked_before_others),
		SCENE_TEST(pod_that_is_going_away_is_not_asked),
		SCENE_TEST(process_is_asked_on_the_port_it_was_told),
		SCENE_TEST(other_server_behind_the_service_is_found),
		SCENE_TEST(another_dynamodb_behind_the_service_holds_the_table),
		SCENE_TEST(one_own_pod_behind_the_service_makes_it_the_deployments),
		SCENE_TEST(endpoints_that_are_no_pods_or_not_ready_are_not_asked),
		SCENE_TEST(unreadable_slices_leave_open_what_is_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
