/* Deployments: every state and every reason. */
#include "cluster_scene.h"

/* The Deployment at PATH is not rolled out: its only pod is not available. */
static void
make_unavailable(struct scene *s, const char *path)
{
	edit(s, path, "status.availableReplicas", "0");
	edit(s, path, "status.unavailableReplicas", "1");
	edit(s, path, "status.conditions.0.status", "'False'");
}

static void
put_replicaset(struct scene *s, const char *app, const char *deployment)
{
	put(s, pf_printf(s->arena, REPLICASETS "limit=500&labelSelector=app%%3D%s", app),
	    pf_printf(s->arena,
		      "{'kind':'ReplicaSetList','metadata':{},'items':[{'metadata':{'name':'%s-5d4f','labels':{"
		      "'pod-template-hash':'5d4f'},'annotations':{'deployment.kubernetes.io/revision':'1'},"
		      "'ownerReferences':[{'uid':'d-%s'}]}}]}",
		      deployment, app));
}

static void
fail_cart(struct scene *s, const char *container_status)
{
	make_unavailable(s, CART);
	put_replicaset(s, "cart", "cart-deployment");
	edit(s, CART_PODS, "items.0.status.conditions.1.status", "'False'");
	edit(s, CART_PODS, "items.0.status.containerStatuses.0", container_status);
}

#define LOOP(reason, code)                                                                                             \
	"{'name':'cart','ready':false,'restartCount':4,'state':{'waiting':{'reason':'CrashLoopBackOff','message':"     \
	"'back-off'}},'lastState':{'terminated':{'reason':'" reason "','exitCode':" code                               \
	",'startedAt':'2026-01-01T00:09:20Z','finishedAt':'2026-01-01T00:09:30Z'}}}"
#define WAIT(reason, message)                                                                                          \
	"{'name':'cart','ready':false,'restartCount':0,'state':{'waiting':{'reason':'" reason "','message':'" message  \
	"'}},'lastState':{}}"

static void
each_reason_of_a_container_is_told(void **state)
{
	static const struct {
		const char *status, *reason, *message;
	} table[] = {
		{LOOP("Error", "1"), "crash", "0/1 available: container cart crashes (Error, exit code 1, 4 restarts)"},
		{LOOP("OOMKilled", "137"), "oom",
		 "0/1 available: container cart is killed for memory (OOMKilled, exit code 137, 4 restarts)"},
		{LOOP("Completed", "0"), "completed",
		 "0/1 available: container cart crashes (Completed, exit code 0, 4 restarts)"},
		{WAIT("ErrImagePull", "no such image"), "image",
		 "0/1 available: its image cannot be had: no such image"},
		{WAIT("CreateContainerConfigError", "secret aws not found"), "config-reference",
		 "0/1 available: a Secret, ConfigMap or key it refers to does not exist: secret aws not found"},
		{WAIT("CreateContainerConfigError", "container has runAsNonRoot and image will run as root"),
		 "run-as-non-root", NULL},
		{WAIT("RunContainerError", "no such file"), "create-error",
		 "0/1 available: its container cannot be started: no such file"},
		{"{'name':'cart','ready':false,'restartCount':0,'state':{'running':{'startedAt':'2026-01-01T00:01:00Z'}"
		 "}}",
		 "not-ready", "0/1 available: runs, but its readiness probe does not pass"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		fail_cart(s, table[i].status);
		scene_run(s);
		EXPECT(s, "cart.deployment", PF_FAIL, table[i].message);
		EXPECT_FACT(s, "cart.deployment", "deployment.state", "unavailable");
		EXPECT_FACT(s, "cart.deployment", "deployment.reason", table[i].reason);
		EXPECT_FACT(s, "cart.deployment", "deployment.failing_container", "cart");
		EXPECT(s, "db.deployment", PF_PASS, NULL);
		scene_free(s);
	}
	(void)state;
}

static void
start_is_an_error_and_no_fault(void **state)
{
	struct scene *s = *state;
	fail_cart(s, WAIT("ContainerCreating", ""));
	edit(s, CART_PODS, "items.0.metadata.creationTimestamp", "'2026-01-01T00:09:58Z'");
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_ERROR,
	       "still rolling out (its newest pod is starting); give it time with --wait 3m");
	EXPECT_FACT(s, "cart.deployment", "deployment.state", "progressing");
	EXPECT_FACT(s, "cart.deployment", "deployment.reason", "starting");
}

static void
init_container_at_work_is_waited_for_and_named(void **state)
{
	struct scene *s = *state;
	fail_cart(s, WAIT("PodInitializing", ""));
	edit(s, CART_PODS, "items.0.status.initContainerStatuses",
	     "[{'name':'wait-for-db','ready':false,'restartCount':0,'state':{'running':{'startedAt':"
	     "'2026-01-01T00:01:00Z'}},'lastState':{}}]");
	pf_session_lose_patience(s->session);
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_ERROR,
	       "still rolling out (its init container wait-for-db has not done its work; what it waits for: kubectl -n "
	       "shop logs "
	       "deploy/cart-deployment -c wait-for-db); give it time with --wait 3m");
	EXPECT_FACT(s, "cart.deployment", "deployment.reason", "starting");
	EXPECT_FACT(s, "cart.deployment", "deployment.failing_container", "wait-for-db");
}

static void
states_of_pods_without_containers_are_told(void **state)
{
	static const struct {
		const char *status, *reason;
	} table[] = {
		{"{'phase':'Pending','conditions':[{'type':'PodScheduled','status':'False','reason':'Unschedulable',"
		 "'message':'0/1 nodes','lastTransitionTime':'2026-01-01T00:01:00Z'}]}",
		 "unschedulable"},
		{"{'phase':'Failed','reason':'Evicted','message':'low on memory'}", "evicted"},
		{"{'phase':'Failed','reason':'NodeLost'}", "pod-failed"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		fail_cart(s, "{}");
		edit(s, CART_PODS, "items.0.status", table[i].status);
		scene_run(s);
		EXPECT(s, "cart.deployment", PF_FAIL, NULL);
		EXPECT_FACT(s, "cart.deployment", "deployment.reason", table[i].reason);
		scene_free(s);
	}
	(void)state;
}

static void
evicted_pod_that_was_replaced_is_history(void **state)
{
	struct scene *s = *state;
	edit(s, DB_PODS, "items.-",
	     "{'metadata':{'name':'dynamodb-5d4f-old','uid':'old','labels':{'app':'dynamodb','pod-template-hash':"
	     "'5d4f'},'ownerReferences':[{'kind':'ReplicaSet','name':'dynamodb-5d4f'}]},'status':{'phase':'Failed',"
	     "'reason':'Evicted','message':'The node was low on resource: memory.'}}");
	scene_run(s);
	EXPECT(s, "db.deployment", PF_PASS, "1/1 available, amazon/dynamodb-local:1.25.1");
	EXPECT_FACT(s, "db.deployment", "deployment.reason", "none");
	EXPECT_FACT(s, "db.deployment", "deployment.pod", "dynamodb-5d4f-abcde");
}

#define EVICTED(name, hash, message)                                                                                   \
	"{'metadata':{'name':'" name                                                                                   \
	"','uid':'old','creationTimestamp':'2026-01-01T00:08:00Z','labels':{'app':'cart',"                             \
	"'pod-template-hash':'" hash "'},'ownerReferences':[{'kind':'ReplicaSet','name':'cart-deployment-" hash        \
	"'}]},'status':{'phase':'Failed','reason':'Evicted','message':'" message                                       \
	"','containerStatuses':[{'name':'cart','ready':false,'restartCount':0,'state':{'terminated':{'exitCode':143,"  \
	"'reason':'Error'}},'lastState':{}}]}}"
#define OVER "Usage of EmptyDir volume \\\"cache\\\" exceeds the limit \\\"1Mi\\\". "

static void
evicted_pod_of_an_older_revision_is_not_the_newest_one(void **state)
{
	struct scene *s = *state;
	edit(s, CART_PODS, "items.-", EVICTED("cart-deployment-0a1b-old", "0a1b", OVER));
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_PASS, NULL);
	EXPECT_FACT(s, "cart.deployment", "deployment.reason", "none");
	EXPECT_FACT(s, "cart.deployment", "deployment.pod", "cart-deployment-5d4f-abcde");
	EXPECT(s, "cart.logs", PF_PASS, NULL); /* its log is gone, and nobody's concern */
}

static void
successor_of_a_pod_that_passed_its_own_limit_is_not_just_starting(void **state)
{
	static const struct {
		const char *evicted, *reason, *why;
	} table[] = {
		{EVICTED("cart-deployment-5d4f-old", "5d4f", OVER), "evicted", "limit"},
		{EVICTED("cart-deployment-5d4f-old", "5d4f", "The node was low on resource: memory."), "starting",
		 NULL},
		{EVICTED("cart-deployment-0a1b-old", "0a1b", OVER), "starting", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		fail_cart(s, "{'name':'cart','ready':false,'restartCount':0,'state':{'running':{'startedAt':"
			     "'2026-01-01T00:09:50Z'}},'lastState':{}}");
		edit(s, CART_PODS, "items.-", table[i].evicted);
		scene_run(s);
		EXPECT(s, "cart.deployment", table[i].why != NULL ? PF_FAIL : PF_ERROR, NULL);
		EXPECT_FACT(s, "cart.deployment", "deployment.reason", table[i].reason);
		EXPECT_FACT(s, "cart.deployment", "deployment.pod", "cart-deployment-5d4f-abcde");
		if (table[i].why != NULL)
			EXPECT_FACT(s, "cart.deployment", "deployment.evicted_for", table[i].why);
		scene_free(s);
	}
}

static void
pod_on_its_way_out_is_not_the_newest_one(void **state)
{
	struct scene *s = *state;
	edit(s, CART_PODS, "items.-",
	     "{'metadata':{'name':'cart-deployment-5d4f-old','uid':'old','deletionTimestamp':'2026-01-01T00:09:59Z',"
	     "'labels':{'pod-template-hash':'5d4f'},'ownerReferences':[{'kind':'ReplicaSet','name':"
	     "'cart-deployment-5d4f'}]},'status':{'phase':'Running'}}");
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_PASS, NULL);
	EXPECT_FACT(s, "cart.deployment", "deployment.pod", "cart-deployment-5d4f-abcde");
}

static void
only_a_pod_that_goes_is_terminating(void **state)
{
	struct scene *s = *state;
	fail_cart(s, "{}");
	edit(s, CART_PODS, "items.0.metadata.deletionTimestamp", "'2026-01-01T00:09:59Z'");
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_ERROR, NULL);
	EXPECT_FACT(s, "cart.deployment", "deployment.reason", "terminating");
}

static void
ready_pod_between_two_ends_proves_nothing(void **state)
{
	struct scene *s = *state;
	/* DynamoDB with wrong flags and no probe: Ready between its ends. */
	edit(s, DB_PODS, "items.0.status.containerStatuses.0",
	     "{'name':'dynamodb','ready':true,'restartCount':5,'state':{'running':{'startedAt':'2026-01-01T00:09:59Z'}}"
	     ","
	     "'lastState':{'terminated':{'reason':'Completed','exitCode':0,'startedAt':'2026-01-01T00:08:30Z',"
	     "'finishedAt':'2026-01-01T00:08:30Z'}}}");
	scene_run(s);
	EXPECT(s, "db.deployment", PF_ERROR, NULL);
	EXPECT_FACT(s, "db.deployment", "deployment.state", "progressing");
	EXPECT_FACT(s, "db.deployment", "deployment.reason", "proving");
}

static void
absent_deployment_has_candidates(void **state)
{
	struct scene *s = *state;
	const char *list;
	remove_object(s, CART);
	list = pf_printf(
		s->arena, "{'kind':'DeploymentList','metadata':{},'items':[%s]}",
		"{'metadata':{'name':'carts'},'spec':{'template':{'spec':{'containers':[{'name':'carts','env':[{"
		"'name':'RETAIL_CART_PERSISTENCE_PROVIDER','value':'dynamodb'}]}]}}}}");
	put(s, "/apis/apps/v1" NS "deployments?", list);
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_FAIL,
	       "there is no deployment/cart-deployment in namespace shop, but deployment/carts: --set cart=carts");
	EXPECT_FACT(s, "cart.deployment", "deployment.state", "absent");
	EXPECT_FACT(s, "cart.deployment", "deployment.candidate", "carts");
	EXPECT(s, "cart.env", PF_SKIP, "deployment/cart-deployment does not exist");
}

static void
absent_deployment_without_candidates(void **state)
{
	struct scene *s = *state;
	remove_object(s, DB);
	scene_run(s);
	EXPECT(s, "db.deployment", PF_FAIL, "there is no deployment/dynamodb in namespace shop");
	EXPECT_FACT(s, "db.deployment", "deployment.candidates", "");
}

static void
zero_replicas_are_told_from_the_spec_alone(void **state)
{
	struct scene *s = *state;
	edit(s, DB, "spec.replicas", "0");
	edit(s, DB, "status.replicas", "");
	edit(s, DB, "status.availableReplicas", "");
	scene_run(s);
	EXPECT(s, "db.deployment", PF_FAIL, "scaled to 0 replicas");
	EXPECT_FACT(s, "db.deployment", "deployment.state", "scaled-to-zero");
	EXPECT(s, "db.service", PF_PASS, NULL);
}

static void
paused_before_its_first_rollout_is_told(void **state)
{
	struct scene *s = *state;
	edit(s, CART, "spec.paused", "true");
	edit(s, CART, "status", "{'observedGeneration':1}");
	put(s, CART_PODS, "{'kind':'PodList','metadata':{},'items':[]}");
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_FAIL, "paused before its first rollout: no pod is made");
	EXPECT_FACT(s, "cart.deployment", "deployment.state", "paused");
}

static void
what_is_wrong_before_a_change_that_waits_is_not_its_fault(void **state)
{
	(void)state;
	for (int changed = 0; changed <= 1; changed++) {
		struct scene *s = scene_new();
		fail_cart(s, WAIT("ImagePullBackOff", "not there"));
		edit(s, CART, "spec.paused", "true");
		edit(s, REPLICASETS "limit=500&labelSelector=app%3Dcart", "items.0.spec",
		     changed ? "{'template':{'spec':{'containers':[{'name':'cart','image':'cart:old'}]}}}" : "{}");
		scene_run(s);
		EXPECT(s, "cart.deployment", PF_FAIL, NULL);
		EXPECT_FACT(s, "cart.deployment", "deployment.reason", changed ? "outdated" : "image");
		scene_free(s);
	}
}

static void
paused_with_too_few_pods_does_not_pass(void **state)
{
	struct scene *s = *state;
	edit(s, CART, "spec.paused", "true");
	edit(s, CART, "spec.replicas", "3");
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_ERROR, NULL);
}

static void
quota_and_admission_are_told_by_the_condition(void **state)
{
	static const struct {
		const char *message, *reason;
	} table[] = {
		{"pods x is forbidden: exceeded quota: q, requested: pods=1", "quota"},
		{"pods x is forbidden: failed quota: q: must specify limits.memory", "quota"},
		{"pods x is forbidden: violates PodSecurity restricted: allowPrivilegeEscalation", "admission"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		make_unavailable(s, CART);
		put(s, CART_PODS, "{'kind':'PodList','metadata':{},'items':[]}");
		edit(s, CART, "status.conditions.-",
		     pf_printf(s->arena,
			       "{'type':'ReplicaFailure','status':'True','reason':'FailedCreate','message':'%s'}",
			       table[i].message));
		scene_run(s);
		EXPECT(s, "cart.deployment", PF_FAIL, NULL);
		EXPECT_FACT(s, "cart.deployment", "deployment.reason", table[i].reason);
		scene_free(s);
	}
	(void)state;
}

static void
no_pod_yet_is_no_fault(void **state)
{
	struct scene *s = *state;
	make_unavailable(s, CART);
	put(s, CART_PODS, "{'kind':'PodList','metadata':{},'items':[]}");
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_ERROR, NULL);
	EXPECT_FACT(s, "cart.deployment", "deployment.reason", "no-pods");
	EXPECT_FACT(s, "cart.deployment", "deployment.state", "progressing");
}

static void
new_revision_that_fails_beside_an_old_one_is_stuck(void **state)
{
	struct scene *s = *state;
	fail_cart(s, WAIT("ErrImagePull", "no such image"));
	edit(s, CART_PODS, "items.-",
	     "{'metadata':{'name':'cart-deployment-0ld-zzzzz','uid':'old','labels':{'pod-template-hash':'0ld'},"
	     "'ownerReferences':[{'kind':'ReplicaSet','name':'cart-deployment-0ld'}]},'status':{'phase':'Running',"
	     "'conditions':[{'type':'Ready','status':'True'}],'containerStatuses':[{'name':'cart','ready':true,'state':"
	     "{"
	     "'running':{'startedAt':'2026-01-01T00:01:00Z'}}}]}}");
	edit(s, CART, "status.availableReplicas", "1");
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_FAIL,
	       "the newest revision does not come up, an older one serves: its image cannot be had: no such image");
	EXPECT_FACT(s, "cart.deployment", "deployment.state", "stuck");
	EXPECT_FACT(s, "cart.deployment", "deployment.serving", "true");
}

static void
liveness_kill_is_told_by_its_event(void **state)
{
	struct scene *s = *state;
	fail_cart(s, LOOP("Error", "143"));
	put(s, EVENTS,
	    "{'kind':'EventList','metadata':{},'items':[{'reason':'Killing','message':'Container cart failed liveness "
	    "probe, will be restarted','lastTimestamp':'2026-01-01T00:09:28Z'}]}");
	scene_run(s);
	EXPECT_FACT(s, "cart.deployment", "deployment.reason", "liveness");
}

static void
kill_of_a_neighbour_is_not_a_kill_of_this_container(void **state)
{
	struct scene *s = *state;
	fail_cart(s, LOOP("Error", "137"));
	put(s, EVENTS,
	    "{'kind':'EventList','metadata':{},'items':[{'reason':'Killing','message':'Container proxy failed liveness "
	    "probe, will be restarted','lastTimestamp':'2026-01-01T00:09:28Z'}]}");
	scene_run(s);
	EXPECT_FACT(s, "cart.deployment", "deployment.reason", "crash");
}

static void
liveness_kill_long_overcome_is_history(void **state)
{
	struct scene *s = *state;
	/* It ran for weeks, was killed once, and is up again since eight minutes. */
	edit(s, CART_PODS, "items.0.status.containerStatuses.0",
	     "{'name':'cart','ready':true,'restartCount':1,'state':{'running':{'startedAt':'2026-01-01T00:02:00Z'}},"
	     "'lastState':{'terminated':{'reason':'Error','exitCode':143,'startedAt':'2025-12-01T00:00:00Z','"
	     "finishedAt':"
	     "'2026-01-01T00:01:58Z'}}}");
	put(s, EVENTS,
	    "{'kind':'EventList','metadata':{},'items':[{'reason':'Killing','message':'Container cart failed liveness "
	    "probe, will be restarted','lastTimestamp':'2026-01-01T00:01:57Z'}]}");
	scene_run(s);
	EXPECT(s, "cart.deployment", PF_PASS, NULL);
}

static void
volume_of_an_absent_secret_is_a_reference(void **state)
{
	static const char *const messages[] = {
		"MountVolume.SetUp failed for volume x : secret aws not found",
		"MountVolume.SetUp failed for volume x : references non-existent secret key: ID",
	};
	for (size_t i = 0; i < 2; i++) {
		struct scene *s = scene_new();
		fail_cart(s, WAIT("ContainerCreating", ""));
		put(s, EVENTS,
		    pf_printf(s->arena,
			      "{'kind':'EventList','metadata':{},'items':[{'reason':'FailedMount','message':'%s',"
			      "'eventTime':'2026-01-01T00:01:57.000000Z'}]}",
			      messages[i]));
		scene_run(s);
		EXPECT(s, "cart.deployment", PF_FAIL, NULL);
		EXPECT_FACT(s, "cart.deployment", "deployment.reason", "config-reference");
		scene_free(s);
	}
	(void)state;
}

static void
deployment_in_the_namespace_of_the_endpoint_is_a_warning(void **state)
{
	struct scene *s = *state;
	set_env(s, "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT", "http://dynamodb.data:8000");
	put(s, "/api/v1/namespaces/data/services/dynamodb",
	    "{'metadata':{'name':'dynamodb','namespace':'data'},'spec':{'clusterIP':'10.96.0.9','selector':{'app':"
	    "'dynamodb'},'ports':[{'port':8000}]}}");
	put(s, "/apis/apps/v1/namespaces/data/deployments/dynamodb",
	    deployment_json(s->arena, "dynamodb", "dynamodb", "{'name':'dynamodb','image':'amazon/dynamodb-local'}"));
	put(s, "/api/v1/namespaces/data/pods?", pod_json(s->arena, "dynamodb", "dynamodb", "dynamodb"));
	put(s, "/apis/discovery.k8s.io/v1/namespaces/data/endpointslices?",
	    slices_json(s->arena, "dynamodb-5d4f-abcde", "", 8000));
	put(s, "/apis/networking.k8s.io/v1/namespaces/data/ingresses?",
	    "{'kind':'IngressList','metadata':{},'items':[]}");
	remove_object(s, DB);
	scene_run(s);
	EXPECT(s, "cart.endpoint", PF_PASS, "http://dynamodb.data:8000, in namespace data");
	EXPECT(s, "db.service", PF_PASS, "10.96.0.9:8000 → 1 ready endpoint");
	EXPECT(s, "db.deployment", PF_WARN, "1/1 available, in namespace data, which the endpoint names");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(each_reason_of_a_container_is_told),
		SCENE_TEST(start_is_an_error_and_no_fault),
		SCENE_TEST(init_container_at_work_is_waited_for_and_named),
		SCENE_TEST(states_of_pods_without_containers_are_told),
		SCENE_TEST(evicted_pod_that_was_replaced_is_history),
		SCENE_TEST(evicted_pod_of_an_older_revision_is_not_the_newest_one),
		SCENE_TEST(successor_of_a_pod_that_passed_its_own_limit_is_not_just_starting),
		SCENE_TEST(pod_on_its_way_out_is_not_the_newest_one),
		SCENE_TEST(only_a_pod_that_goes_is_terminating),
		SCENE_TEST(ready_pod_between_two_ends_proves_nothing),
		SCENE_TEST(absent_deployment_has_candidates),
		SCENE_TEST(absent_deployment_without_candidates),
		SCENE_TEST(zero_replicas_are_told_from_the_spec_alone),
		SCENE_TEST(paused_before_its_first_rollout_is_told),
		SCENE_TEST(paused_with_too_few_pods_does_not_pass),
		SCENE_TEST(what_is_wrong_before_a_change_that_waits_is_not_its_fault),
		SCENE_TEST(quota_and_admission_are_told_by_the_condition),
		SCENE_TEST(no_pod_yet_is_no_fault),
		SCENE_TEST(new_revision_that_fails_beside_an_old_one_is_stuck),
		SCENE_TEST(liveness_kill_is_told_by_its_event),
		SCENE_TEST(kill_of_a_neighbour_is_not_a_kill_of_this_container),
		SCENE_TEST(liveness_kill_long_overcome_is_history),
		SCENE_TEST(volume_of_an_absent_secret_is_a_reference),
		SCENE_TEST(deployment_in_the_namespace_of_the_endpoint_is_a_warning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
