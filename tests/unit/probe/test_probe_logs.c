/* Which logs are read and which of them counts: the newest run, a crash loop, history, and logs that are gone. */
#include "cluster_scene.h"

#define LOG "/api/v1" NS "pods/cart-deployment-5d4f-abcde/log"
#define PREVIOUS CART_LOG "&previous=true"
#define STATUS "items.0.status.containerStatuses.0"

#define HEAD "2026-01-01T00:09:50.000Z "
#define SPRING " 1 --- [           main] o.s.b.SpringApplication                  : "
#define STARTING HEAD " INFO" SPRING "Starting CartApplication v1\n"
#define STARTED HEAD " INFO" SPRING "Started CartApplication in 5 seconds\n"
#define REFUSED                                                                                                        \
	STARTING HEAD "ERROR" SPRING "Application run failed\n\norg.x.BeanException: no\n\tat a.B.c(B.java:1)\n"       \
		      "Caused by: x.SdkClientException: Unable to execute HTTP request: Connect to dynamodb:8000 "     \
		      "[dynamodb/10.96.0.7] failed: Connection refused (SDK Attempt Count: 9)\n"                       \
		      "Caused by: java.net.ConnectException: Connection refused\n"
#define NO_CREDENTIALS                                                                                                 \
	STARTING HEAD "ERROR" SPRING                                                                                   \
		      "Application run failed\n\nx.SdkClientException: Unable to load credentials from "               \
		      "any of the providers in the chain\n"

static void
set_status(struct scene *s, const char *state, const char *last, bool ready)
{
	edit(s, CART_PODS, STATUS ".state", state);
	edit(s, CART_PODS, STATUS ".lastState", last);
	edit(s, CART_PODS, STATUS ".ready", ready ? "true" : "false");
	edit(s, CART_PODS, STATUS ".restartCount", strcmp(last, "{}") != 0 ? "3" : "0");
	if (!ready) {
		edit(s, CART_PODS, "items.0.status.conditions.1.status", "'False'");
		edit(s, CART, "status.availableReplicas", "0");
		edit(s, CART, "status.unavailableReplicas", "1");
		put(s, REPLICASETS,
		    "{'kind':'ReplicaSetList','metadata':{},'items':[{'metadata':{'name':'cart-deployment-5d4f','uid':"
		    "'rs-cart','labels':{'pod-template-hash':'5d4f'},'annotations':{'deployment.kubernetes.io/"
		    "revision':"
		    "'1'},'ownerReferences':[{'kind':'Deployment','uid':'d-cart'}]},'spec':{'replicas':1}}]}");
	}
}

#define RUNNING(since) "{'running':{'startedAt':'" since "'}}"
#define ENDED                                                                                                          \
	"{'terminated':{'exitCode':1,'reason':'Error','startedAt':'2026-01-01T00:09:40Z','finishedAt':"                \
	"'2026-01-01T00:09:52Z'}}"
#define WAITING(reason, message) "{'waiting':{'reason':'" reason "','message':'" message "'}}"

static bool
was_asked(const struct scene *s, const char *path)
{
	for (size_t i = 0; i < s->asked_count; i++) {
		if (strcmp(s->asked[i], path) == 0)
			return true;
	}
	return false;
}

static void
clean_log_of_the_present_run_passes(void **state)
{
	struct scene *s = *state;
	scene_run(s);
	EXPECT(s, "cart.logs", PF_PASS, "no fault in 4 records over 5 s");
	EXPECT_FACT(s, "cart.logs", "logs.fault", "none");
	EXPECT_FACT(s, "cart.logs", "logs.started", "true");
	EXPECT_FACT(s, "cart.logs", "logs.persistence", "dynamodb");
	EXPECT_FACT(s, "cart.logs", "logs.tables_created", "1");
	EXPECT_FACT(s, "cart.logs", "logs.complete", "true");
	EXPECT_FACT(s, "cart.logs", "logs.previous", "false");
	assert_false(was_asked(s, PREVIOUS));
}

static void
fault_of_the_present_run_fails_with_its_line(void **state)
{
	struct scene *s = *state;
	put_text(s, LOG, REFUSED);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_FAIL,
	       "\"Unable to execute HTTP request: Connect to dynamodb:8000 [dynamodb/10.96.0.7] failed: "
	       "Connection refused (SDK Attempt Count: 9)\" (10 s ago)");
	EXPECT_FACT(s, "cart.logs", "logs.fault", "refused");
	const struct pf_check_result *result = result_of(s, "cart.logs");
	assert_string_equal(result->evidence[0].source, "pod/cart-deployment-5d4f-abcde container cart");
	assert_string_equal(result->evidence[0].path, "log line 2");
	assert_string_equal(result->evidence[0].value, "2026-01-01T00:09:50.000Z");
}

/* The variable is as documented, and something else decides: the command, a property of the JVM. */
static void
endpoint_that_the_log_names_is_held_against_the_variable(void **state)
{
	struct scene *s = *state;
	put_text(s, LOG,
		 "2026-01-01T00:09:50Z DynamoDB endpoint: http://dynamodb:9000\n"
		 "2026-01-01T00:09:51Z Started CartApplication in 1 seconds\n");
	scene_run(s);
	EXPECT_FACT(s, "cart.logs", "logs.endpoint_variable", "http://dynamodb:8000");
	struct scene *same = scene_new();
	put_text(same, LOG, "2026-01-01T00:09:50Z DynamoDB endpoint: http://dynamodb:8000\n");
	scene_run(same);
	EXPECT_FACT(same, "cart.logs", "logs.endpoint_variable", "(none)");
	scene_free(same);
}

static void
old_crash_of_a_ready_pod_is_history(void **state)
{
	struct scene *s = *state;
	set_status(s, RUNNING("2026-01-01T00:01:02Z"), ENDED, true);
	put_text(s, PREVIOUS, REFUSED);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_PASS, "no fault in 4 records over 5 s");
	EXPECT_FACT(s, "cart.logs", "logs.fault", "none");
	EXPECT_FACT(
		s, "cart.logs", "logs.history",
		"pod/cart-deployment-5d4f-abcde container cart (previous): The database refused the connection: Unable "
		"to execute HTTP request: Connect to dynamodb:8000 [dynamodb/10.96.0.7] failed: Connection refused "
		"(SDK Attempt "
		"Count: 9) (10 s ago)");
}

static void
old_log_that_is_gone_is_no_matter(void **state)
{
	struct scene *s = *state;
	set_status(s, RUNNING("2026-01-01T00:01:02Z"), ENDED, true);
	refuse(s, PREVIOUS, 400);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_PASS, "no fault in 4 records over 5 s");
}

/* The kubelet has started the container anew, and its status still has the end of the run before. */
static void
log_of_a_run_that_the_status_does_not_know_yet_is_no_crash(void **state)
{
	struct scene *s = *state;
	set_status(s, ENDED, "{}", false);
	put_text(s, CART_LOG, STARTING);
	put_text(s, LOG "?container=cart&tailLines=1&limitBytes=64&sinceTime=2026-01-01T00%3A09%3A53Z", STARTING);
	put_text(s, PREVIOUS, REFUSED);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_FAIL, NULL);
	EXPECT_FACT(s, "cart.logs", "logs.fault", "refused");
	EXPECT_FACT(s, "cart.logs", "logs.previous", "true");
	put_text(s, CART_LOG, "");
	put_text(s, PREVIOUS, REFUSED);
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_FAIL, NULL);
	EXPECT_FACT(s, "cart.logs", "logs.fault", "refused");
	struct scene *same = scene_new();
	set_status(same, ENDED, ENDED, false);
	put_text(same, CART_LOG, STARTING);
	put_text(same, LOG "?container=cart&tailLines=1&limitBytes=64&sinceTime=2026-01-01T00%3A09%3A53Z", "");
	put_text(same, PREVIOUS, REFUSED);
	scene_run(same);
	EXPECT(same, "cart.logs", PF_WARN, NULL);
	EXPECT_FACT(same, "cart.logs", "logs.fault", "none");
	scene_free(same);
}

/* The three faces of one loop. */
static void
crash_loop_is_judged_by_its_last_completed_run(void **state)
{
	static const struct {
		const char *state, *last, *path, *other;
	} faces[] = {
		{RUNNING("2026-01-01T00:09:55Z"), ENDED, PREVIOUS, CART_LOG},
		{WAITING("CrashLoopBackOff", "back-off 40s"), ENDED, PREVIOUS, NULL},
		{ENDED, ENDED, CART_LOG, PREVIOUS},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < 3; i++) {
		s = scene_new();
		set_status(s, faces[i].state, faces[i].last, false);
		if (faces[i].other != NULL)
			put_text(s, faces[i].other, STARTING);
		put_text(s, faces[i].path, NO_CREDENTIALS);
		scene_run(s);
		EXPECT_FACT(s, "cart.logs", "logs.fault", "credentials-missing");
		EXPECT_FACT(s, "cart.logs", "logs.history", "");
		scene_free(s);
	}
}

/* The table is asked for once the cart has started: a run that has come that far may yet end as the one before. */
static void
present_run_that_came_as_far_has_overcome_nothing(void **state)
{
	struct scene *s = *state;
	set_status(s, RUNNING("2026-01-01T00:09:58Z"), ENDED, false);
	put_text(s, CART_LOG, STARTING STARTED);
	put_text(s, PREVIOUS,
		 STARTING STARTED HEAD
		 "ERROR" SPRING "Application run failed\n\nx.ResourceNotFoundException: Cannot do operations on a "
		 "non-existent table (Service: DynamoDb, Status Code: 400, Request ID: 1)\n");
	scene_run(s);
	EXPECT(s, "cart.logs", PF_FAIL, NULL);
	EXPECT_FACT(s, "cart.logs", "logs.fault", "table-missing");
	EXPECT_FACT(s, "cart.logs", "logs.history", "");
}

static void
present_run_that_came_further_has_overcome_the_crash(void **state)
{
	struct scene *s = *state;
	set_status(s, RUNNING("2026-01-01T00:09:30Z"), ENDED, false);
	put_text(s, CART_LOG, STARTING STARTED);
	put_text(s, PREVIOUS, REFUSED);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_PASS, "no fault in 2 records over 0 ms");
	assert_string_not_equal(fact_of(s, "cart.logs", "logs.history"), "");
}

static void
newer_fault_of_the_present_run_wins(void **state)
{
	struct scene *s = *state;
	set_status(s, RUNNING("2026-01-01T00:09:55Z"), ENDED, false);
	put_text(s, CART_LOG, NO_CREDENTIALS);
	put_text(s, PREVIOUS, REFUSED);
	scene_run(s);
	EXPECT_FACT(s, "cart.logs", "logs.fault", "credentials-missing");
	EXPECT_FACT(s, "cart.logs", "logs.previous", "false");
}

static void
container_that_never_ran_is_a_skip_with_the_reason(void **state)
{
	struct scene *s = *state;
	set_status(s, WAITING("CreateContainerConfigError", "secret not-there not found"), "{}", false);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_SKIP, "no log: container cart has not run: secret not-there not found");
	assert_false(was_asked(s, CART_LOG));
	EXPECT_FACT(s, "cart.logs", "logs.fault", "(none)");
}

static void
deployment_without_pods_is_a_skip(void **state)
{
	struct scene *s = *state;
	edit(s, CART, "spec.replicas", "0");
	scene_run(s);
	EXPECT(s, "cart.logs", PF_SKIP, "no log: deployment/cart-deployment is scaled to 0");
	remove_object(s, CART);
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_SKIP, "deployment/cart-deployment does not exist");
}

static void
empty_log_of_a_container_that_has_run_is_never_clean(void **state)
{
	struct scene *s = *state;
	put_text(s, LOG, "");
	scene_run(s);
	EXPECT(s, "cart.logs", PF_ERROR,
	       "the log of pod/cart-deployment-5d4f-abcde container cart is empty although it has run: rotated away, "
	       "or "
	       "written elsewhere");
}

static void
empty_log_of_a_container_that_just_started_is_a_skip(void **state)
{
	struct scene *s = *state;
	set_status(s, RUNNING("2026-01-01T00:09:55Z"), "{}", false);
	put_text(s, LOG, "");
	scene_run(s);
	EXPECT(s, "cart.logs", PF_SKIP, "container cart has just started and written nothing yet");
}

static void
log_that_the_kubelet_has_lost_is_never_clean(void **state)
{
	struct scene *s = *state;
	put_text(s, LOG, "unable to retrieve container logs for containerd://0123abcd");
	scene_run(s);
	EXPECT(s, "cart.logs", PF_ERROR,
	       "the log of pod/cart-deployment-5d4f-abcde container cart is gone: unable to retrieve container logs "
	       "for "
	       "containerd://0123abcd");
}

static void
missing_right_is_an_error_with_the_rule(void **state)
{
	struct scene *s = *state;
	refuse(s, LOG, 403);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_ERROR, NULL);
	assert_non_null(
		strstr(result_of(s, "cart.logs")->message, "{apiGroups: [\"\"], resources: [pods/log], verbs: [get]}"));
}

static void
broken_connection_is_an_error(void **state)
{
	struct scene *s = *state;
	break_off(s, LOG, PF_ERR_UNREACHABLE);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_ERROR, NULL);
}

static void
lost_log_does_not_hide_the_fault_of_another(void **state)
{
	struct scene *s = *state;
	set_status(s, RUNNING("2026-01-01T00:09:53Z"), ENDED, false);
	put_text(s, CART_LOG, "");
	put_text(s, PREVIOUS, REFUSED);
	scene_run(s);
	EXPECT_FACT(s, "cart.logs", "logs.fault", "refused");
	EXPECT(s, "cart.logs", PF_FAIL, NULL);
}

static void
one_json_line_is_no_document(void **state)
{
	struct scene *s = *state;
	put_text(s, LOG,
		 "{\"@timestamp\":\"2026-01-01T00:09:50Z\",\"level\":\"ERROR\",\"message\":\"Application run failed\","
		 "\"stack_trace\":\"x.SdkClientException: Unable to load credentials from any\\n\\tat "
		 "a.B.c(B.java:1)\\n\"}\n");
	scene_run(s);
	EXPECT_FACT(s, "cart.logs", "logs.fault", "credentials-missing");
}

static void
unknown_errors_only_warn(void **state)
{
	struct scene *s = *state;
	put_text(s, LOG, STARTING STARTED HEAD "ERROR" SPRING "The moon is in the wrong phase\n");
	scene_run(s);
	EXPECT(s, "cart.logs", PF_WARN, "1 unknown error, the last one \"The moon is in the wrong phase\" (10 s ago)");
	EXPECT_FACT(s, "cart.logs", "logs.errors", "1");
}

static void
limit_of_bytes_that_cut_off_the_end_makes_fewer_lines_be_asked_for(void **state)
{
	struct scene *s = *state;
	char *long_log = pf_alloc(s->arena, (1 << 20) + 1);
	memset(long_log, 'x', 1 << 20);
	for (size_t i = 79; i < 1 << 20; i += 80)
		long_log[i] = '\n';
	put_text(s, CART_LOG, long_log);
	put_text(s, LOG "?container=cart&tailLines=250&limitBytes=1048576", REFUSED);
	scene_run(s);
	EXPECT_FACT(s, "cart.logs", "logs.fault", "refused");
}

static void
beginning_that_was_not_read_is_said(void **state)
{
	struct scene *s = *state;
	PF_AUTO_BUF text = PF_BUF(1 << 19);
	for (int i = 0; i < 4000; i++)
		pf_buf_printf(&text, HEAD " INFO" SPRING "%d\n", i);
	put_text(s, LOG, pf_buf_text(&text));
	scene_run(s);
	EXPECT(s, "cart.logs", PF_PASS, "no fault in 4000 records over 0 ms; what came before was not read");
	EXPECT_FACT(s, "cart.logs", "logs.complete", "false");
}

static void
each_pod_of_the_newest_revision_is_read(void **state)
{
	struct scene *s = *state;
	cJSON *pods = reply_for(s, CART_PODS)->json;
	cJSON *second = cJSON_Duplicate(cJSON_GetArrayItem(PF_AT(pods, "items"), 0), true);
	cJSON_AddItemToArray(cJSON_GetObjectItem(pods, "items"), second);
	edit(s, CART_PODS, "items.1.metadata.name", "'cart-deployment-5d4f-fghij'");
	edit(s, CART_PODS, "items.1.metadata.uid", "'other'");
	put_text(s, "/api/v1" NS "pods/cart-deployment-5d4f-fghij/log", NO_CREDENTIALS);
	scene_run(s);
	EXPECT_FACT(s, "cart.logs", "logs.fault", "credentials-missing");
	EXPECT_FACT(s, "cart.logs", "logs.pod", "cart-deployment-5d4f-fghij");
}

static void
pod_of_an_older_revision_is_not_read(void **state)
{
	struct scene *s = *state;
	cJSON *pods = reply_for(s, CART_PODS)->json;
	cJSON *second = cJSON_Duplicate(cJSON_GetArrayItem(PF_AT(pods, "items"), 0), true);
	cJSON_InsertItemInArray(cJSON_GetObjectItem(pods, "items"), 0, second);
	edit(s, CART_PODS, "items.0.metadata.name", "'cart-deployment-0ld0-fghij'");
	edit(s, CART_PODS, "items.0.metadata.labels.pod-template-hash", "'0ld0'");
	edit(s, CART_PODS, "items.0.metadata.deletionTimestamp", "'2026-01-01T00:09:59Z'");
	put_text(s, "/api/v1" NS "pods/cart-deployment-0ld0-fghij/log", NO_CREDENTIALS);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_PASS, "no fault in 4 records over 5 s");
}

static void
logs_travel_with_other_questions(void **state)
{
	struct scene *s = *state;
	set_status(s, RUNNING("2026-01-01T00:01:02Z"), ENDED, true);
	put_text(s, PREVIOUS, REFUSED);
	scene_run(s);
	assert_true(was_asked(s, CART_LOG));
	assert_true(was_asked(s, PREVIOUS));
	assert_true(s->waves <= 4);
}

static void
secret_in_a_log_is_not_shown(void **state)
{
	struct scene *s = *state;
	put_text(s, LOG, HEAD "ERROR" SPRING "lost AWS_SECRET_ACCESS_KEY=CANARYSECRET123 somewhere\n");
	scene_run(s);
	const struct pf_check_result *result = result_of(s, "cart.logs");
	assert_null(strstr(result->message, "CANARY"));
	assert_null(strstr(result->message, "{{redacted"));
}

/* ---- --since ---- */

#define ASKED_SINCE(seconds) CART_LOG "&sinceSeconds=" seconds

static void
only_what_was_asked_for_is_read_in_whole_seconds(void **state)
{
	struct scene *s = *state;
	pf_session_set_since(s->session, 119001);
	scene_run(s);
	assert_true(was_asked(s, ASKED_SINCE("120")));
	EXPECT(s, "cart.logs", PF_PASS, "no fault in 4 records over 5 s; what came before the last 2 min was not read");
	EXPECT_FACT(s, "cart.logs", "logs.complete", "false");
	EXPECT_FACT(s, "cart.logs", "logs.since", "the last 2 min");
	EXPECT_FACT(s, "cart.logs", "logs.fault", "none");
}

static void
run_that_began_within_what_is_asked_for_is_complete(void **state)
{
	struct scene *s = *state;
	pf_session_set_since(s->session, 3600000);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_PASS, "no fault in 4 records over 5 s");
	EXPECT_FACT(s, "cart.logs", "logs.complete", "true");
	EXPECT_FACT(s, "cart.logs", "logs.since", "(none)");
}

static void
longer_than_the_kubelet_can_count_is_all(void **state)
{
	struct scene *s = *state;
	pf_session_set_since(s->session, INT64_MAX);
	scene_run(s);
	assert_true(was_asked(s, ASKED_SINCE("3162240000")));
	EXPECT(s, "cart.logs", PF_PASS, "no fault in 4 records over 5 s");
}

static void
silence_since_then_is_no_clean_log(void **state)
{
	struct scene *s = *state;
	put_text(s, LOG, "");
	pf_session_set_since(s->session, 90000);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_SKIP,
	       "container cart of pod/cart-deployment-5d4f-abcde has written nothing in the last 90 s (--since), and "
	       "what it wrote before was not read");
	EXPECT_FACT(s, "cart.logs", "logs.fault", "(none)");
	EXPECT_FACT(s, "cart.logs", "logs.started", "(none)");
}

static void
empty_log_of_a_run_that_began_since_then_is_lost(void **state)
{
	struct scene *s = *state;
	put_text(s, LOG, "");
	pf_session_set_since(s->session, 3600000);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_ERROR, NULL);
}

static void
good_signs_from_before_are_not_missing(void **state)
{
	struct scene *s = *state;
	put_text(s, LOG, HEAD " INFO" SPRING "Something was asked for\n");
	pf_session_set_since(s->session, 60000);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_PASS, NULL);
	EXPECT_FACT(s, "cart.logs", "logs.started", "(none)");
	EXPECT_FACT(s, "cart.logs", "logs.persistence", "(none)");
	EXPECT_FACT(s, "cart.logs", "logs.tables_created", "(none)");
}

static void
fault_since_then_fails(void **state)
{
	struct scene *s = *state;
	set_status(s, WAITING("CrashLoopBackOff", "back-off 40s"), ENDED, false);
	put_text(s, CART_LOG "&sinceSeconds=60&previous=true", REFUSED);
	pf_session_set_since(s->session, 60000);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_FAIL, NULL);
	EXPECT_FACT(s, "cart.logs", "logs.fault", "refused");
}

static void
crash_from_before_is_said_and_decides_nothing(void **state)
{
	static const char *const states[] = {RUNNING("2026-01-01T00:09:57Z"),
					     WAITING("CrashLoopBackOff", "back-off 40s")};
	struct scene *s = *state;

	for (size_t i = 0; i < 2; i++) {
		s = scene_new();
		set_status(s, states[i], ENDED, false);
		put_text(s, CART_LOG, STARTING);
		put_text(s, CART_LOG "&sinceSeconds=5&previous=true", "");
		pf_session_set_since(s->session, 5000);
		scene_run(s);
		EXPECT(s, "cart.logs", PF_SKIP,
		       "container cart of pod/cart-deployment-5d4f-abcde ended 8 s ago, before the last 5 s "
		       "(--since): the log of that run was not read");
		EXPECT_FACT(s, "cart.logs", "logs.fault", "(none)");
		EXPECT_FACT(s, "cart.logs", "logs.started", "(none)");
		scene_free(s);
	}
}

static void
half_of_the_log_of_what_does_not_work_is_not_clean(void **state)
{
	struct scene *s = *state;
	set_status(s, RUNNING("2026-01-01T00:01:00Z"), "{}", false);
	put_text(s, LOG, HEAD " INFO" SPRING "Something was asked for\n");
	pf_session_set_since(s->session, 60000);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_SKIP,
	       "no fault in 1 record over 0 ms, but its container does not work, and what it wrote before the last 60 "
	       "s (--since) was not read");
	EXPECT_FACT(s, "cart.logs", "logs.fault", "(none)");
}

static void
history_from_before_is_no_matter(void **state)
{
	struct scene *s = *state;
	set_status(s, RUNNING("2026-01-01T00:01:02Z"), ENDED, true);
	put_text(s, CART_LOG "&sinceSeconds=60&previous=true", "");
	pf_session_set_since(s->session, 60000);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_PASS, NULL);
	EXPECT_FACT(s, "cart.logs", "logs.history", "");
}

static void
unknown_error_since_then_is_said_beside_a_crash_from_before(void **state)
{
	struct scene *s = *state;
	set_status(s, RUNNING("2026-01-01T00:09:57Z"), ENDED, false);
	put_text(s, CART_LOG, HEAD "ERROR" SPRING "The moon is in the wrong phase\n");
	put_text(s, CART_LOG "&sinceSeconds=5&previous=true", "");
	pf_session_set_since(s->session, 5000);
	scene_run(s);
	EXPECT(s, "cart.logs", PF_WARN, NULL);
	EXPECT_FACT(s, "cart.logs", "logs.fault", "(none)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(clean_log_of_the_present_run_passes),
		SCENE_TEST(fault_of_the_present_run_fails_with_its_line),
		SCENE_TEST(log_of_a_run_that_the_status_does_not_know_yet_is_no_crash),
		SCENE_TEST(endpoint_that_the_log_names_is_held_against_the_variable),
		SCENE_TEST(old_crash_of_a_ready_pod_is_history),
		SCENE_TEST(old_log_that_is_gone_is_no_matter),
		SCENE_TEST(crash_loop_is_judged_by_its_last_completed_run),
		SCENE_TEST(present_run_that_came_as_far_has_overcome_nothing),
		SCENE_TEST(present_run_that_came_further_has_overcome_the_crash),
		SCENE_TEST(newer_fault_of_the_present_run_wins),
		SCENE_TEST(container_that_never_ran_is_a_skip_with_the_reason),
		SCENE_TEST(deployment_without_pods_is_a_skip),
		SCENE_TEST(empty_log_of_a_container_that_has_run_is_never_clean),
		SCENE_TEST(empty_log_of_a_container_that_just_started_is_a_skip),
		SCENE_TEST(log_that_the_kubelet_has_lost_is_never_clean),
		SCENE_TEST(missing_right_is_an_error_with_the_rule),
		SCENE_TEST(broken_connection_is_an_error),
		SCENE_TEST(lost_log_does_not_hide_the_fault_of_another),
		SCENE_TEST(one_json_line_is_no_document),
		SCENE_TEST(unknown_errors_only_warn),
		SCENE_TEST(limit_of_bytes_that_cut_off_the_end_makes_fewer_lines_be_asked_for),
		SCENE_TEST(beginning_that_was_not_read_is_said),
		SCENE_TEST(each_pod_of_the_newest_revision_is_read),
		SCENE_TEST(pod_of_an_older_revision_is_not_read),
		SCENE_TEST(logs_travel_with_other_questions),
		SCENE_TEST(secret_in_a_log_is_not_shown),
		SCENE_TEST(only_what_was_asked_for_is_read_in_whole_seconds),
		SCENE_TEST(run_that_began_within_what_is_asked_for_is_complete),
		SCENE_TEST(longer_than_the_kubelet_can_count_is_all),
		SCENE_TEST(silence_since_then_is_no_clean_log),
		SCENE_TEST(empty_log_of_a_run_that_began_since_then_is_lost),
		SCENE_TEST(good_signs_from_before_are_not_missing),
		SCENE_TEST(fault_since_then_fails),
		SCENE_TEST(crash_from_before_is_said_and_decides_nothing),
		SCENE_TEST(half_of_the_log_of_what_does_not_work_is_not_clean),
		SCENE_TEST(history_from_before_is_no_matter),
		SCENE_TEST(unknown_error_since_then_is_said_beside_a_crash_from_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
