/* What state a pod is really in, as its status says it in every phase of every trouble. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/clock.h>
#include <postflight/json.h>

#include "kube/pod.h"

/* Ten minutes after the pod was made. */
#define NOW "2026-01-01T00:10:00Z"

static int64_t
at(const char *text)
{
	int64_t ms = 0;
	assert_true(pf_time_parse(text, &ms));
	return ms;
}

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

/* JSON with single quotes. */
static const cJSON *
json(struct pf_arena *arena, const char *text)
{
	struct pf_err err;
	char *copy = pf_strdup(arena, text);
	for (char *p = copy; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	cJSON *out = pf_json_parse(arena, copy, strlen(copy), &err);
	if (out == NULL)
		fail_msg("%s: %s", err.text, copy);
	return out;
}

/* A scheduled pod; READY is its Ready condition, STATUSES are container statuses, MORE is put into the status. */
static struct pf_pod
pod(struct pf_arena *arena, const char *ready, const char *statuses, const char *more)
{
	return pf_pod_read(
		json(arena,
		     pf_printf(
			     arena,
			     "{'metadata':{'name':'cart-5d4f-abcde','uid':'u','creationTimestamp':"
			     "'2026-01-01T00:00:00Z','labels':{'pod-template-hash':'5d4f'}},'spec':{'initContainers':["
			     "{'name':'wait'},{'name':'proxy','restartPolicy':'Always'}],'containers':[{'name':"
			     "'cart'}]},'status':{'phase':'Running','conditions':[{'type':'PodScheduled','status':"
			     "'True'},{'type':'Ready','status':'%s'}],'containerStatuses':[%s]%s}}",
			     ready, statuses, more)),
		at(NOW));
}

static struct pf_pod
one(void **state, const char *ready, const char *status)
{
	return pod(*state, ready, status, "");
}

#define ENDED(reason, code, from, to)                                                                                  \
	"{'terminated':{'reason':'" reason "','exitCode':" code ",'startedAt':'2026-01-01T00:" from                    \
	"Z','finishedAt':'2026-01-01T00:" to "Z'}}"
#define RUNNING(from) "{'running':{'startedAt':'2026-01-01T00:" from "Z'}}"
#define WAITING(reason, message) "{'waiting':{'reason':'" reason "','message':'" message "'}}"
#define STATUS(name, ready, restarts, now, last)                                                                       \
	"{'name':'" name "','ready':" ready ",'restartCount':" restarts ",'state':" now ",'lastState':" last "}"

static void
ready_pod_is_ready(void **state)
{
	struct pf_pod p = one(state, "True", STATUS("cart", "true", "0", RUNNING("00:10"), "{}"));
	assert_int_equal(p.state, PF_POD_READY);
	assert_true(p.ready);
	assert_true(p.running);
	assert_string_equal(p.container, "cart");
	assert_string_equal(p.hash, "5d4f");
	assert_false(pf_pod_doomed(&p, at(NOW)));
}

static void
crash_loop_is_a_crash_in_each_of_its_phases(void **state)
{
	struct pf_pod p;
	p = one(state, "False",
		STATUS("cart", "false", "4", WAITING("CrashLoopBackOff", "back-off 1m20s"),
		       ENDED("Error", "1", "09:20", "09:30")));
	assert_int_equal(p.state, PF_POD_CRASH);
	assert_int_equal(p.exit_code, 1);
	assert_int_equal(p.restarts, 4);
	assert_false(p.running);
	assert_true(pf_pod_doomed(&p, at(NOW)));
	p = one(state, "False", STATUS("cart", "false", "4", ENDED("Error", "1", "09:20", "09:30"), "{}"));
	assert_int_equal(p.state, PF_POD_CRASH);
	assert_int_equal(p.exit_code, 1);
	/* Running again, the end is only in lastState. */
	p = one(state, "False", STATUS("cart", "false", "4", RUNNING("09:55"), ENDED("Error", "1", "09:20", "09:30")));
	assert_int_equal(p.state, PF_POD_CRASH);
	assert_true(p.running);
	assert_int_equal(p.exit_code, 1);
	assert_string_equal(p.end_reason, "Error");
}

static void
being_up_between_two_crashes_proves_nothing(void **state)
{
	/* Each run lasts 23 seconds; being up for 12 of them proves nothing. */
	struct pf_pod p = one(state, "True",
			      STATUS("cart", "true", "3", RUNNING("09:48"), ENDED("Error", "1", "08:37", "09:00")));
	assert_int_equal(p.state, PF_POD_PROVING);
	/* Wrong flags: a run of less than a second, stamped in whole seconds. */
	p = one(state, "True",
		STATUS("cart", "true", "3", RUNNING("09:59"), ENDED("Completed", "0", "09:30", "09:30")));
	assert_int_equal(p.state, PF_POD_PROVING);
}

static void
unready_run_that_outlived_the_crash_is_starting(void **state)
{
	struct pf_pod p = one(state, "False",
			      STATUS("cart", "false", "1", RUNNING("09:10"), ENDED("Error", "1", "08:50", "09:08")));
	assert_int_equal(p.state, PF_POD_STARTING);
	p = one(state, "False", STATUS("cart", "false", "1", RUNNING("09:50"), ENDED("Error", "1", "08:50", "09:08")));
	assert_int_equal(p.state, PF_POD_CRASH);
}

static void
slower_run_has_not_outlived_a_quick_crash(void **state)
{
	/* The last run failed within a second; on a machine that is busy by now, this one is not there yet. */
	struct pf_pod p = one(state, "False",
			      STATUS("cart", "false", "4", RUNNING("09:57"), ENDED("Error", "1", "09:10", "09:10")));
	assert_int_equal(p.state, PF_POD_CRASH);
	p = one(state, "False", STATUS("cart", "false", "4", RUNNING("09:53"), ENDED("Error", "1", "09:10", "09:12")));
	assert_int_equal(p.state, PF_POD_CRASH);
}

static void
old_crash_of_a_ready_pod_is_history(void **state)
{
	struct pf_pod p = one(state, "True",
			      STATUS("cart", "true", "2", RUNNING("05:00"), ENDED("Error", "1", "04:40", "04:48")));
	assert_int_equal(p.state, PF_POD_READY);
	assert_true(p.ended);
	/* It had run for days, was killed once, and is up again since half a minute. */
	p = one(state, "True",
		"{'name':'cart','ready':true,'restartCount':1,'state':" RUNNING(
			"09:30") ",'lastState':{'terminated':{"
				 "'reason':'Error','exitCode':1,'startedAt':'2025-12-20T00:00:00Z','finishedAt':'2026-"
				 "01-01T00:09:28Z'}}}");
	assert_int_equal(p.state, PF_POD_READY);
}

static void
killed_for_memory_is_told_from_the_reason_alone(void **state)
{
	struct pf_pod p;
	p = one(state, "False",
		STATUS("cart", "false", "2", WAITING("CrashLoopBackOff", ""),
		       ENDED("OOMKilled", "137", "09:20", "09:30")));
	assert_int_equal(p.state, PF_POD_OOM);
	p = one(state, "False",
		STATUS("cart", "false", "2", RUNNING("09:50"), ENDED("OOMKilled", "137", "09:20", "09:30")));
	assert_int_equal(p.state, PF_POD_OOM);
	p = one(state, "False", STATUS("cart", "false", "0", ENDED("OOMKilled", "0", "09:20", "09:30"), "{}"));
	assert_int_equal(p.state, PF_POD_OOM);
	p = one(state, "False",
		STATUS("cart", "false", "2", RUNNING("09:50"), ENDED("Error", "137", "09:20", "09:30")));
	assert_int_equal(p.state, PF_POD_CRASH);
}

static void
exit_code_0_is_no_success(void **state)
{
	struct pf_pod p = one(state, "False",
			      STATUS("dynamodb", "false", "2", WAITING("CrashLoopBackOff", "back-off"),
				     ENDED("Completed", "0", "09:29", "09:30")));
	assert_int_equal(p.state, PF_POD_COMPLETED);
	assert_int_equal(p.exit_code, 0);
}

static void
image_reasons_are_one(void **state)
{
	static const char *const reasons[] = {
		"ErrImagePull",      "ImagePullBackOff",    "ErrImageNeverPull",        "InvalidImageName",
		"ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct pf_pod p =
			one(state, "False",
			    pf_printf(*state,
				      "{'name':'cart','ready':false,'restartCount':0,'state':{'waiting':{"
				      "'reason':'%s','message':'dial tcp: connection refused'}},'lastState':{}}",
				      reasons[i]));
		assert_int_equal(p.state, PF_POD_IMAGE);
		assert_string_equal(p.message, "dial tcp: connection refused");
		assert_true(pf_pod_doomed(&p, at(NOW)));
	}
}

static void
config_error_is_told_by_its_text(void **state)
{
	static const struct {
		const char *text;
		enum pf_pod_state state;
	} texts[] = {
		{"secret \\\"aws\\\" not found", PF_POD_CONFIG_REFERENCE},
		{"configmap \\\"cart\\\" not found", PF_POD_CONFIG_REFERENCE},
		{"couldn't find key ID in Secret shop/aws", PF_POD_CONFIG_REFERENCE},
		{"couldn't find key ENDPOINT in ConfigMap shop/cart", PF_POD_CONFIG_REFERENCE},
		{"container has runAsNonRoot and image will run as root (pod: \\\"x\\\", container: cart)",
		 PF_POD_RUN_AS_NON_ROOT},
		{"container has runAsNonRoot and image has non-numeric user (appuser), cannot verify user is non-root",
		 PF_POD_RUN_AS_NON_ROOT},
		{"container's runAsUser breaks non-root policy (pod: \\\"x\\\", container: cart)",
		 PF_POD_RUN_AS_NON_ROOT},
		{"failed to prepare subPath for volumeMount \\\"x\\\" of container \\\"cart\\\"", PF_POD_CREATE_ERROR},
		{"failed to sync configmap cache: timed out waiting for the condition", PF_POD_STARTING},
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct pf_arena *arena = *state;
		cJSON *object = pf_json_object(arena), *waiting;
		char *text = pf_strdup(arena, texts[i].text);
		/* The text has both kinds of quotes. */
		for (char *p = text; *p != '\0'; p++) {
			if (*p == '\\')
				*p = ' ';
		}
		const cJSON *pattern =
			json(arena, "{'status':{'phase':'Pending','containerStatuses':[{'name':'cart','state':{"
				    "'waiting':{'reason':'CreateContainerConfigError'}}}]}}");
		object = cJSON_Duplicate(pattern, true);
		pf_defer(arena, (void (*)(void *))cJSON_Delete, object);
		waiting =
			PF_AT(cJSON_GetArrayItem(PF_AT(object, "status", "containerStatuses"), 0), "state", "waiting");
		pf_json_set_string(waiting, "message", text);
		struct pf_pod p = pf_pod_read(object, at(NOW));
		if (p.state != texts[i].state)
			fail_msg("%s: %s", text, pf_pod_state_name(p.state));
		assert_int_equal(pf_pod_doomed(&p, at(NOW)), texts[i].state != PF_POD_STARTING);
	}
}

static void
container_that_cannot_be_started_is_no_crash(void **state)
{
	struct pf_pod p = one(state, "False",
			      STATUS("cart", "false", "2", WAITING("CrashLoopBackOff", ""),
				     ENDED("StartError", "128", "09:30", "09:30")));
	assert_int_equal(p.state, PF_POD_CREATE_ERROR);
	p = one(state, "False", STATUS("cart", "false", "0", WAITING("RunContainerError", "no such file"), "{}"));
	assert_int_equal(p.state, PF_POD_CREATE_ERROR);
	/* A slow node: the kubelet tries again. */
	p = one(state, "False",
		STATUS("cart", "false", "0", WAITING("CreateContainerError", "context deadline exceeded"), "{}"));
	assert_int_equal(p.state, PF_POD_STARTING);
}

static struct pf_pod
unscheduled(void **state, const char *reason, const char *since)
{
	return pf_pod_read(json(*state, pf_printf(*state,
						  "{'metadata':{'name':'x'},'status':{'phase':'Pending','conditions':[{"
						  "'type':'PodScheduled','status':'False','reason':'%s','message':"
						  "'0/1 nodes are available','lastTransitionTime':'%s'}]}}",
						  reason, since)),
			   at(NOW));
}

static void
unschedulable_pod_is_doomed_after_a_moment(void **state)
{
	struct pf_pod p = unscheduled(state, "Unschedulable", "2026-01-01T00:09:58Z");
	assert_int_equal(p.state, PF_POD_UNSCHEDULABLE);
	assert_string_equal(p.message, "0/1 nodes are available");
	assert_false(pf_pod_doomed(&p, at(NOW)));
	p = unscheduled(state, "Unschedulable", "2026-01-01T00:09:50Z");
	assert_true(pf_pod_doomed(&p, at(NOW)));
	p = unscheduled(state, "SchedulingGated", "2026-01-01T00:09:50Z");
	assert_int_equal(p.state, PF_POD_STARTING);
}

static void
failed_pod_is_evicted_or_failed(void **state)
{
	struct pf_pod p = pf_pod_read(json(*state, "{'status':{'phase':'Failed','reason':'Evicted','message':"
						   "'The node was low on resource: memory.'}}"),
				      at(NOW));
	assert_int_equal(p.state, PF_POD_EVICTED);
	assert_string_equal(p.message, "The node was low on resource: memory.");
	p = pf_pod_read(json(*state, "{'status':{'phase':'Failed','reason':'NodeLost'}}"), at(NOW));
	assert_int_equal(p.state, PF_POD_FAILED);
}

#define PENDING STATUS("cart", "false", "0", WAITING("PodInitializing", ""), "{}")
#define INIT(statuses) ",'initContainerStatuses':[" statuses "]"

static void
failing_init_container_is_what_the_pod_is_about(void **state)
{
	struct pf_pod p = pod(*state, "False", PENDING,
			      INIT(STATUS("wait", "false", "3", WAITING("CrashLoopBackOff", ""),
					  ENDED("Error", "1", "09:20", "09:30"))));
	assert_int_equal(p.state, PF_POD_CRASH);
	assert_string_equal(p.container, "wait");
}

static void
init_container_at_work_is_a_start_however_long_it_takes(void **state)
{
	struct pf_pod p = pod(*state, "False", PENDING, INIT(STATUS("wait", "false", "0", RUNNING("00:05"), "{}")));
	assert_int_equal(p.state, PF_POD_STARTING);
	assert_string_equal(p.container, "wait");
	assert_true(p.init);
	assert_false(pf_pod_doomed(&p, at(NOW)));
}

static void
init_container_that_is_done_is_no_concern(void **state)
{
	struct pf_pod p = pod(*state, "True", STATUS("cart", "true", "0", RUNNING("00:10"), "{}"),
			      INIT(STATUS("wait", "true", "1", ENDED("Completed", "0", "00:01", "00:02"),
					  ENDED("Error", "1", "00:00", "00:01"))));
	assert_int_equal(p.state, PF_POD_READY);
	assert_string_equal(p.container, "cart");
	assert_false(p.init);
}

static void
sidecar_that_is_not_ready_does_not_hide_a_crash(void **state)
{
	struct pf_pod p = pod(
		*state, "False",
		STATUS("cart", "false", "4", WAITING("CrashLoopBackOff", ""), ENDED("Error", "1", "09:20", "09:30")),
		INIT("{'name':'proxy','ready':false,'started':true,'restartCount':0,'state':" RUNNING(
			"00:05") ",'lastState':{}}"));
	assert_int_equal(p.state, PF_POD_CRASH);
	assert_string_equal(p.container, "cart");
}

static void
sidecar_that_is_not_ready_is_named(void **state)
{
	struct pf_pod p = pod(*state, "False", STATUS("cart", "true", "0", RUNNING("00:10"), "{}"),
			      INIT("{'name':'proxy','ready':false,'started':true,'restartCount':0,'state':" RUNNING(
				      "00:05") ",'lastState':{}}"));
	assert_int_equal(p.state, PF_POD_NOT_READY);
	assert_string_equal(p.container, "proxy");
	assert_false(p.init);
}

static void
ready_container_is_not_blamed_for_its_neighbour(void **state)
{
	struct pf_pod p = one(state, "False",
			      STATUS("log", "true", "0", RUNNING("00:05"), "{}") "," STATUS("cart", "false", "0",
											    RUNNING("00:05"), "{}"));
	assert_int_equal(p.state, PF_POD_NOT_READY);
	assert_string_equal(p.container, "cart");
	p = one(state, "False",
		STATUS("log", "true", "0", RUNNING("00:05"), "{}") "," STATUS("cart", "false", "0", RUNNING("09:50"),
									      "{}"));
	assert_int_equal(p.state, PF_POD_STARTING);
	assert_string_equal(p.container, "cart");
}

static void
running_container_has_two_minutes_to_become_ready(void **state)
{
	struct pf_pod p = one(state, "False", STATUS("cart", "false", "0", RUNNING("08:30"), "{}"));
	assert_int_equal(p.state, PF_POD_STARTING);
	p = one(state, "False", STATUS("cart", "false", "0", RUNNING("07:30"), "{}"));
	assert_int_equal(p.state, PF_POD_NOT_READY);
	assert_true(pf_pod_doomed(&p, at(NOW)));
}

static void
all_containers_ready_and_the_pod_not_is_a_start(void **state)
{
	struct pf_pod p = one(state, "False", STATUS("cart", "true", "0", RUNNING("00:05"), "{}"));
	assert_int_equal(p.state, PF_POD_STARTING);
	assert_false(p.ready);
}

static void
pod_that_goes_is_terminating_whatever_else(void **state)
{
	struct pf_pod p =
		pf_pod_read(json(*state, "{'metadata':{'deletionTimestamp':'2026-01-01T00:09:59Z'},'status':{'phase':"
					 "'Running','containerStatuses':[{'name':'cart','restartCount':5,'state':{"
					 "'waiting':{'reason':'CrashLoopBackOff'}}}]}}"),
			    at(NOW));
	assert_int_equal(p.state, PF_POD_TERMINATING);
	assert_true(p.deleting);
	assert_false(pf_pod_doomed(&p, at(NOW)));
}

static void
pod_without_a_status_is_starting(void **state)
{
	static const char *const pods[] = {
		"{}",
		"[]",
		"null",
		"'pod'",
		"{'metadata':[],'status':'Running','spec':7}",
		"{'metadata':{'name':5,'uid':{},'ownerReferences':{},'labels':[1]},'status':{"
		"'phase':1,'conditions':{},'containerStatuses':{'a':1}}}",
		"{'status':{'conditions':[1,null,'x',{'type':7}],'containerStatuses':[1,null,"
		"'x',[],{'name':{},'ready':'yes','restartCount':'9','state':[]},{'state':{"
		"'waiting':7}},{'state':{'running':'x'}}],'initContainerStatuses':['x',{}]}}"};
	for (size_t i = 0; i < sizeof(pods) / sizeof(pods[0]); i++) {
		struct pf_pod p = pf_pod_read(json(*state, pods[i]), at(NOW));
		assert_int_equal(p.state, PF_POD_STARTING);
		assert_false(p.ready);
		assert_non_null(p.name);
		assert_non_null(p.message);
		assert_non_null(p.end_reason);
		assert_non_null(p.container);
	}
	assert_int_equal(pf_pod_read(NULL, at(NOW)).state, PF_POD_STARTING);
}

static void
every_state_has_a_word(void **state)
{
	(void)state;
	for (int i = 0; i < PF_POD_STATE_COUNT; i++)
		assert_non_null(pf_pod_state_name((enum pf_pod_state)i));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ready_pod_is_ready),
		TEST(crash_loop_is_a_crash_in_each_of_its_phases),
		TEST(being_up_between_two_crashes_proves_nothing),
		TEST(unready_run_that_outlived_the_crash_is_starting),
		TEST(slower_run_has_not_outlived_a_quick_crash),
		TEST(old_crash_of_a_ready_pod_is_history),
		TEST(killed_for_memory_is_told_from_the_reason_alone),
		TEST(exit_code_0_is_no_success),
		TEST(image_reasons_are_one),
		TEST(config_error_is_told_by_its_text),
		TEST(container_that_cannot_be_started_is_no_crash),
		TEST(unschedulable_pod_is_doomed_after_a_moment),
		TEST(failed_pod_is_evicted_or_failed),
		TEST(failing_init_container_is_what_the_pod_is_about),
		TEST(init_container_at_work_is_a_start_however_long_it_takes),
		TEST(init_container_that_is_done_is_no_concern),
		TEST(sidecar_that_is_not_ready_does_not_hide_a_crash),
		TEST(sidecar_that_is_not_ready_is_named),
		TEST(ready_container_is_not_blamed_for_its_neighbour),
		TEST(running_container_has_two_minutes_to_become_ready),
		TEST(all_containers_ready_and_the_pod_not_is_a_start),
		TEST(pod_that_goes_is_terminating_whatever_else),
		TEST(pod_without_a_status_is_starting),
		TEST(every_state_has_a_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
