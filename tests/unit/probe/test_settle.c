/* Waiting for a rollout: what ends the wait, and what is seen afterwards. The clock is the scene's. */
#include "cluster_scene.h"

#define CREATING                                                                                                       \
	"{'name':'cart','ready':false,'restartCount':0,'state':{'waiting':{'reason':'ContainerCreating'}},'lastState'" \
	":{}}"
#define UP                                                                                                             \
	"{'name':'cart','ready':true,'restartCount':0,'state':{'running':{'startedAt':'2026-01-01T00:10:03Z'}},"       \
	"'lastState':{}}"

static void
begin_rollout(struct scene *s)
{
	edit(s, CART, "status.availableReplicas", "0");
	edit(s, CART, "status.unavailableReplicas", "1");
	edit(s, CART, "status.conditions.0.status", "'False'");
	edit(s, CART_PODS, "items.0.metadata.creationTimestamp", "'2026-01-01T00:09:59Z'");
	edit(s, CART_PODS, "items.0.status.conditions.1.status", "'False'");
	edit(s, CART_PODS, "items.0.status.containerStatuses.0", CREATING);
	put(s, REPLICASETS,
	    "{'kind':'ReplicaSetList','metadata':{},'items':[{'metadata':{'name':'cart-deployment-5d4f','labels':{"
	    "'pod-template-hash':'5d4f'},'annotations':{'deployment.kubernetes.io/revision':'1'},'ownerReferences':[{"
	    "'uid':'d-cart'}]}}]}");
}

static void
end_rollout(struct scene *s)
{
	edit(s, CART, "status.availableReplicas", "1");
	edit(s, CART, "status.unavailableReplicas", "");
	edit(s, CART_PODS, "items.0.status.conditions.1.status", "'True'");
	edit(s, CART_PODS, "items.0.status.containerStatuses.0", UP);
}

static void
pass_time(struct scene *s, int64_t ms)
{
	s->now_ms += ms;
	s->wall_ms += ms;
}

static void
settled_deployments_are_not_waited_for(void **state)
{
	struct scene *s = *state;
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLED);
	assert_int_equal(s->watches, 0);
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_PASS, NULL);
}

static enum pf_watch_end
becomes_ready(struct scene *s, const char *path, pf_watch_event *callback, void *context, struct pf_err *err)
{
	(void)err;
	pass_time(s, 3000);
	assert_true(pf_starts_with(path, CART_PODS));
	end_rollout(s);
	assert_true(callback(context, "BOOKMARK", NULL));
	assert_false(callback(context, "MODIFIED", NULL));
	return PF_WATCH_DONE;
}

static void
told(void *context, const char *what, int64_t left_ms)
{
	snprintf(context, 200, "%s (%lld)", what, (long long)left_ms);
}

static void
progressing_rollout_is_watched_until_it_is_ready(void **state)
{
	struct scene *s = *state;
	char what[200] = "";
	begin_rollout(s);
	s->on_watch = becomes_ready;
	pf_session_on_wait(s->session, told, what);
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLED);
	assert_int_equal(s->watches, 1);
	assert_string_equal(what, "pod/cart-deployment-5d4f-abcde: starting (60000)");
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_PASS, NULL);
}

static void
doomed_pod_ends_the_wait_at_once(void **state)
{
	static const char *const doomed[] = {
		"{'name':'cart','ready':false,'restartCount':0,'state':{'waiting':{'reason':'ErrImagePull','message':'"
		"x'}}}",
		"{'name':'cart','ready':false,'restartCount':0,'state':{'waiting':{'reason':'"
		"CreateContainerConfigError',"
		"'message':'secret aws not found'}}}",
		"{'name':'cart','ready':false,'restartCount':4,'state':{'waiting':{'reason':'CrashLoopBackOff'}},"
		"'lastState':{'terminated':{'reason':'Error','exitCode':1,'startedAt':'2026-01-01T00:09:20Z','"
		"finishedAt':"
		"'2026-01-01T00:09:30Z'}}}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(doomed) / sizeof(doomed[0]); i++) {
		struct scene *s = scene_new();
		begin_rollout(s);
		edit(s, CART_PODS, "items.0.status.containerStatuses.0", doomed[i]);
		assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLED);
		assert_int_equal(s->watches, 0);
		scene_run(s);
		EXPECT(s, "cart.deployment", PF_FAIL, NULL);
		scene_free(s);
	}
}

static enum pf_watch_end
becomes_doomed(struct scene *s, const char *path, pf_watch_event *callback, void *context, struct pf_err *err)
{
	(void)path, (void)callback, (void)context, (void)err;
	pass_time(s, 2000);
	edit(s, CART_PODS, "items.0.status.containerStatuses.0",
	     "{'name':'cart','ready':false,'restartCount':0,'state':{'waiting':{'reason':'ImagePullBackOff'}}}");
	return PF_WATCH_DONE;
}

static void
pod_that_becomes_doomed_ends_the_wait(void **state)
{
	struct scene *s = *state;
	begin_rollout(s);
	s->on_watch = becomes_doomed;
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLED);
	assert_int_equal(s->watches, 1);
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_FAIL, NULL);
}

static void
the_wait_has_an_end(void **state)
{
	struct scene *s = *state;
	begin_rollout(s);
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLE_TIMEOUT);
	assert_int_equal(s->watches, 12);
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_ERROR, NULL);
}

static void
no_patience_means_no_watch(void **state)
{
	struct scene *s = *state;
	begin_rollout(s);
	assert_int_equal(pf_session_settle(s->session, NULL, 0), PF_SETTLE_TIMEOUT);
	assert_int_equal(s->watches, 0);
}

static enum pf_watch_end
interrupted(struct scene *s, const char *path, pf_watch_event *callback, void *context, struct pf_err *err)
{
	(void)s, (void)path, (void)callback, (void)context;
	(void)pf_fail(err, PF_ERR_INTERRUPTED, "interrupted");
	return PF_WATCH_ERROR;
}

static void
a_signal_ends_the_wait(void **state)
{
	struct scene *s = *state;
	begin_rollout(s);
	s->on_watch = interrupted;
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLE_INTERRUPTED);
	assert_int_equal(s->watches, 1);
}

/* How a watch ends early, in turn; then the rollout is done. */
static enum pf_watch_end early_end;
static enum pf_err_kind early_kind;

static enum pf_watch_end
ends_early(struct scene *s, const char *path, pf_watch_event *callback, void *context, struct pf_err *err)
{
	(void)path, (void)callback, (void)context;
	if (s->watches == 1) {
		pass_time(s, 2000);
		if (early_kind != PF_ERR_NONE)
			(void)pf_fail(err, early_kind, "the watch broke");
		return early_end;
	}
	end_rollout(s);
	return PF_WATCH_DONE;
}

static void
a_watch_that_ends_early_is_taken_up_again(void **state)
{
	static const struct {
		enum pf_watch_end end;
		enum pf_err_kind kind;
	} ends[] = {
		{PF_WATCH_ENDED, PF_ERR_NONE},        {PF_WATCH_GONE, PF_ERR_GONE},
		{PF_WATCH_ERROR, PF_ERR_UNREACHABLE}, {PF_WATCH_ERROR, PF_ERR_SERVER},
		{PF_WATCH_ERROR, PF_ERR_FORBIDDEN},   {PF_WATCH_ERROR, PF_ERR_PROTOCOL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct scene *s = scene_new();
		begin_rollout(s);
		early_end = ends[i].end;
		early_kind = ends[i].kind;
		s->on_watch = ends_early;
		assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLED);
		assert_int_equal(s->watches, 2);
		scene_run(s);
		EXPECT(s, "cart.deployment", PF_PASS, NULL);
		scene_free(s);
	}
}

static enum pf_watch_end
not_recorded(struct scene *s, const char *path, pf_watch_event *callback, void *context, struct pf_err *err)
{
	(void)s, (void)path, (void)callback, (void)context;
	(void)pf_fail(err, PF_ERR_NOT_RECORDED, "not in the recording");
	return PF_WATCH_ERROR;
}

static void
a_recording_without_the_watch_ends_the_wait(void **state)
{
	struct scene *s = *state;
	begin_rollout(s);
	s->on_watch = not_recorded;
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLE_ERROR);
	assert_int_equal(s->watches, 1);
}

/* The cart crashed once because DynamoDB was not up: that is waited for. */
static void
crash_before_the_database_served_is_waited_for(void **state)
{
	struct scene *s = *state;
	begin_rollout(s);
	edit(s, CART_PODS, "items.0.status.containerStatuses.0",
	     "{'name':'cart','ready':false,'restartCount':1,'state':{'waiting':{'reason':'CrashLoopBackOff'}},'"
	     "lastState':{"
	     "'terminated':{'reason':'Error','exitCode':1,'startedAt':'2026-01-01T00:01:05Z','finishedAt':"
	     "'2026-01-01T00:01:15Z'}}}");
	s->on_watch = becomes_ready;
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLED);
	assert_int_equal(s->watches, 1);
}

static void
crash_long_after_the_database_served_is_its_own(void **state)
{
	struct scene *s = *state;
	begin_rollout(s);
	edit(s, CART_PODS, "items.0.status.containerStatuses.0",
	     "{'name':'cart','ready':false,'restartCount':1,'state':{'waiting':{'reason':'CrashLoopBackOff'}},'"
	     "lastState':{"
	     "'terminated':{'reason':'Error','exitCode':1,'startedAt':'2026-01-01T00:09:05Z','finishedAt':"
	     "'2026-01-01T00:09:15Z'}}}");
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLED);
	assert_int_equal(s->watches, 0);
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_FAIL, NULL);
}

static enum pf_watch_end
gets_a_pod(struct scene *s, const char *path, pf_watch_event *callback, void *context, struct pf_err *err)
{
	(void)callback, (void)context, (void)err;
	assert_true(pf_starts_with(path, "/apis/apps/v1" NS "deployments?"));
	put(s, CART_PODS, pod_json(s->arena, "cart", "cart-deployment", "cart"));
	end_rollout(s);
	return PF_WATCH_DONE;
}

static void
deployment_without_pods_is_watched_itself(void **state)
{
	struct scene *s = *state;
	begin_rollout(s);
	put(s, CART_PODS, "{'kind':'PodList','metadata':{},'items':[]}");
	s->on_watch = gets_a_pod;
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLED);
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_PASS, NULL);
}

static void
what_never_became_ready_is_judged_so_after_the_wait(void **state)
{
	struct scene *s = *state;
	begin_rollout(s);
	/* It runs for half a minute when the wait begins. */
	edit(s, CART_PODS, "items.0.status.containerStatuses.0",
	     "{'name':'cart','ready':false,'restartCount':0,'state':{'running':{'startedAt':'2026-01-01T00:09:30Z'}}}");
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLE_TIMEOUT);
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_FAIL, NULL);
	EXPECT_FACT(s, "cart.deployment", "deployment.reason", "not-ready");
}

/* ---- A process that does not listen yet, in a pod that is ready -------------------------------------------------- */

#define DB_STARTED "items.0.status.containerStatuses.0.state.running.startedAt"

/* NOW is 2026-01-01T00:10:00Z. */
static void
start_database(struct scene *s, const char *at)
{
	edit(s, DB_PODS, DB_STARTED, at);
	process_fails(&s->processes, DB_POD, "", PF_REPLY_NONE, PF_ERR_UNREACHABLE, true);
}

static enum pf_watch_end
begins_to_listen(struct scene *s, const char *path, pf_watch_event *callback, void *context, struct pf_err *err)
{
	(void)path, (void)callback, (void)context;
	pass_time(s, 1000);
	if (s->watches == 2)
		s->processes.count--;
	(void)pf_fail(err, PF_ERR_TIMEOUT, "nothing happened");
	return PF_WATCH_ERROR;
}

static void
process_that_does_not_listen_yet_is_waited_for(void **state)
{
	struct scene *s = *state;
	char what[200] = "";
	start_database(s, "'2026-01-01T00:09:58Z'");
	s->on_watch = begins_to_listen;
	pf_session_on_wait(s->session, told, what);
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLED);
	assert_int_equal(s->watches, 2);
	assert_string_equal(what, "deployment/dynamodb: does not answer yet (59000)");
	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS, NULL);
}

/* By then a silent one has had its time. */
static void
process_that_stays_silent_is_judged_when_it_is_not_young_any_more(void **state)
{
	struct scene *s = *state;
	start_database(s, "'2026-01-01T00:09:28Z'");
	process_fails(&s->processes, DB_POD, "DescribeTable", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	s->processes.replies[s->processes.count - 2] = s->processes.replies[s->processes.count - 1];
	s->processes.count--;
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLED);
	assert_true(s->watches > 1);
	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS, NULL);
	EXPECT_FACT(s, "db.table", "table.state", "hangs");
}

static void
process_that_never_listens_is_waited_for_no_longer_than_asked(void **state)
{
	struct scene *s = *state;
	start_database(s, "'2026-01-01T00:09:58Z'");
	assert_int_equal(pf_session_settle(s->session, NULL, 7000), PF_SETTLE_TIMEOUT);
	scene_run(s);
	EXPECT(s, "db.answers", PF_ERROR, NULL);
}

static void
process_that_has_had_its_time_is_not_waited_for(void **state)
{
	struct scene *s = *state;
	start_database(s, "'2026-01-01T00:08:59Z'");
	assert_int_equal(pf_session_settle(s->session, NULL, 60000), PF_SETTLED);
	assert_int_equal(s->watches, 0);
	scene_run(s);
	EXPECT(s, "db.answers", PF_FAIL, NULL);
}

static void
process_that_no_selected_check_is_about_is_not_waited_for(void **state)
{
	struct scene *s = *state;
	bool selected[64] = {false};
	assert_true(s->plan->check_count <= 64);
	selected[pf_plan_check_index(s->plan, "cart.env")] = true;
	start_database(s, "'2026-01-01T00:09:58Z'");
	assert_int_equal(pf_session_settle(s->session, selected, 60000), PF_SETTLED);
	assert_int_equal(s->watches, 0);
	assert_int_equal(s->processes.asked_count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(settled_deployments_are_not_waited_for),
		SCENE_TEST(progressing_rollout_is_watched_until_it_is_ready),
		SCENE_TEST(doomed_pod_ends_the_wait_at_once),
		SCENE_TEST(pod_that_becomes_doomed_ends_the_wait),
		SCENE_TEST(the_wait_has_an_end),
		SCENE_TEST(no_patience_means_no_watch),
		SCENE_TEST(a_signal_ends_the_wait),
		SCENE_TEST(a_watch_that_ends_early_is_taken_up_again),
		SCENE_TEST(a_recording_without_the_watch_ends_the_wait),
		SCENE_TEST(crash_before_the_database_served_is_waited_for),
		SCENE_TEST(crash_long_after_the_database_served_is_its_own),
		SCENE_TEST(deployment_without_pods_is_watched_itself),
		SCENE_TEST(what_never_became_ready_is_judged_so_after_the_wait),
		SCENE_TEST(process_that_does_not_listen_yet_is_waited_for),
		SCENE_TEST(process_that_stays_silent_is_judged_when_it_is_not_young_any_more),
		SCENE_TEST(process_that_never_listens_is_waited_for_no_longer_than_asked),
		SCENE_TEST(process_that_has_had_its_time_is_not_waited_for),
		SCENE_TEST(process_that_no_selected_check_is_about_is_not_waited_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
