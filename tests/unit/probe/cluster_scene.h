/*
 * A cluster written out as JSON: objects by the path under which the API server serves them, asked over the live
 * target, so that answers are redacted and refusals explained as in a real run. It starts as the documented
 * deployment, healthy for nine minutes; a test changes what it is about.
 *
 * JSON is written with single quotes here.
 */
#ifndef TEST_CLUSTER_SCENE_H
#define TEST_CLUSTER_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>
#include <postflight/probe.h>
#include <postflight/str.h>

#include "kube/target_internal.h"
#include "probe/session.h"
#include "process_scene.h"

#define NOW "2026-01-01T00:10:00Z"

#define NS "/namespaces/shop/"
#define DEPLOYMENT(name) "/apis/apps/v1" NS "deployments/" name
#define DB DEPLOYMENT("dynamodb")
#define CART DEPLOYMENT("cart-deployment")
#define DB_PODS "/api/v1" NS "pods?limit=500&labelSelector=app%3Ddynamodb"
#define CART_PODS "/api/v1" NS "pods?limit=500&labelSelector=app%3Dcart"
#define PODS "/api/v1" NS "pods?"
#define REPLICASETS "/apis/apps/v1" NS "replicasets?"
#define SERVICES "/api/v1" NS "services?"
#define SERVICE(name) "/api/v1" NS "services/" name
#define ALL_SERVICES "/api/v1/services?"
#define ALL_OF(name) ALL_SERVICES "limit=500&fieldSelector=metadata.name%3D" name
#define INGRESSES "/apis/networking.k8s.io/v1" NS "ingresses?"
#define SLICES "/apis/discovery.k8s.io/v1" NS "endpointslices?"
#define SLICES_OF(name) SLICES "limit=500&labelSelector=kubernetes.io%2Fservice-name%3D" name
#define EVENTS "/api/v1" NS "events?"
#define CONFIGMAP(name) "/api/v1" NS "configmaps/" name
#define SECRET(name) "/api/v1" NS "secrets/" name
#define REVIEW "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"

#define CART_LOG "/api/v1" NS "pods/cart-deployment-5d4f-abcde/log?container=cart&tailLines=4000&limitBytes=1048576"

#define CONTAINER "spec.template.spec.containers.0"
#define ENDPOINT CONTAINER ".env.2"

/* What is answered to a path that starts with PATH; the last one that was put there counts. */
struct reply {
	char path[300];
	int status; /* 0: ERR instead of an answer */
	enum pf_err_kind err;
	cJSON *json;      /* owned by the scene's arena */
	const char *text; /* instead of JSON */
};

#define MAX_REPLIES 100
#define MAX_ASKED 200

struct scene {
	struct pf_arena *arena;
	struct pf_plan *plan;
	struct reply replies[MAX_REPLIES];
	size_t reply_count;
	char asked[MAX_ASKED][300];
	size_t asked_count;
	unsigned waves;
	int64_t now_ms;  /* monotonic */
	int64_t wall_ms; /* UTC */
	/* Called for each watch; NULL: it ends by time-out after five seconds of the scene's clock. */
	enum pf_watch_end (*on_watch)(struct scene *scene, const char *path, pf_watch_event *callback, void *context,
				      struct pf_err *err);
	unsigned watches;
	/* What the cart's container says of its variables, a word a line; NULL: nothing. */
	const char *own_env;
	/* What the look from the cart's container comes to, how often one was run, and the last one's path. */
	struct pf_answer exec;
	unsigned execs;
	char exec_path[16384];
	/* Answers names and connections from this machine; NULL: they fail. */
	void (*from_here)(struct scene *scene, const struct pf_ask *ask, struct pf_answer *answer);
	struct processes processes;
	struct pf_target *live;
	struct pf_session *session;
	struct pf_check_result *results;
};

static inline const char *
quoted(struct pf_arena *arena, const char *text)
{
	char *out = pf_strdup(arena, text);
	for (char *p = out; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	return out;
}

static inline cJSON *
parsed(struct pf_arena *arena, const char *text)
{
	struct pf_err err = {0};
	const char *json = quoted(arena, text);
	cJSON *out = pf_json_parse(arena, json, strlen(json), &err);
	if (out == NULL)
		fail_msg("%s: %s", err.text, json);
	return out;
}

static inline struct reply *
reply_at(struct scene *scene, const char *path)
{
	assert_true(scene->reply_count < MAX_REPLIES);
	struct reply *reply = &scene->replies[scene->reply_count++];
	*reply = (struct reply){.status = 200};
	assert_true(strlen(path) < sizeof(reply->path));
	memcpy(reply->path, path, strlen(path) + 1);
	return reply;
}

static inline void
put(struct scene *scene, const char *path, const char *json)
{
	reply_at(scene, path)->json = parsed(scene->arena, json);
}

static inline void
put_text(struct scene *scene, const char *path, const char *text)
{
	reply_at(scene, path)->text = text;
}

static inline void
refuse(struct scene *scene, const char *path, int status)
{
	struct reply *reply = reply_at(scene, path);
	reply->status = status;
	if (status == 403)
		reply->json = parsed(scene->arena,
				     "{'kind':'Status','status':'Failure','reason':'Forbidden','code':403,"
				     "'message':'things is forbidden: User \\'ci\\' cannot get resource \\'things\\' "
				     "in API group \\'\\' in the namespace \\'shop\\''}");
	else
		reply->json = parsed(scene->arena, "{'kind':'Status','status':'Failure','message':'no luck'}");
}

static inline void
remove_object(struct scene *scene, const char *path)
{
	struct reply *reply = reply_at(scene, path);
	reply->status = 404;
	reply->json = parsed(scene->arena, "{'kind':'Status','status':'Failure','reason':'NotFound','code':404,"
					   "'message':'not found','details':{'name':'it','kind':'things'}}");
}

static inline void
break_off(struct scene *scene, const char *path, enum pf_err_kind kind)
{
	struct reply *reply = reply_at(scene, path);
	reply->status = 0;
	reply->err = kind;
}

#define NAMESPACE "/api/v1/namespaces/shop"

/* KEY is how a path begins; the namespace's is all of it, as many others begin so. */
static inline bool
is_reply_for(const char *path, const char *key)
{
	return pf_streq(key, NAMESPACE) ? pf_streq(path, key) : pf_starts_with(path, key);
}

static inline struct reply *
reply_for(struct scene *scene, const char *path)
{
	for (size_t i = scene->reply_count; i-- > 0;) {
		if (is_reply_for(path, scene->replies[i].path))
			return &scene->replies[i];
	}
	return NULL;
}

/*
 * Sets what stands at STEPS ("spec.template.spec.containers.0.env", "-" for one more of an array) in the object at
 * PATH; "" removes it.
 */
static inline void
edit(struct scene *scene, const char *path, const char *steps, const char *json)
{
	struct reply *reply = reply_for(scene, path);
	assert_non_null(reply);
	assert_non_null(reply->json);
	cJSON *node = reply->json;
	char step[80];
	for (;;) {
		size_t len = strcspn(steps, ".");
		assert_true(len < sizeof(step));
		memcpy(step, steps, len);
		step[len] = '\0';
		if (steps[len] == '\0')
			break;
		steps += len + 1;
		cJSON *next = cJSON_IsArray(node) ? cJSON_GetArrayItem(node, (int)strtol(step, NULL, 10))
						  : cJSON_GetObjectItemCaseSensitive(node, step);
		if (next == NULL)
			next = cJSON_AddObjectToObject(node, step);
		node = next;
	}
	cJSON *value = json[0] != '\0' ? cJSON_Duplicate(parsed(scene->arena, json), true) : NULL;
	if (cJSON_IsArray(node) && strcmp(step, "-") == 0) {
		cJSON_AddItemToArray(node, value);
	} else if (cJSON_IsArray(node)) {
		if (value != NULL)
			cJSON_ReplaceItemInArray(node, (int)strtol(step, NULL, 10), value);
		else
			cJSON_DeleteItemFromArray(node, (int)strtol(step, NULL, 10));
	} else {
		cJSON_DeleteItemFromObjectCaseSensitive(node, step);
		if (value != NULL)
			cJSON_AddItemToObject(node, step, value);
	}
}

/* Sets (or, with NULL, removes) a literal variable of the cart. */
static inline void
set_env(struct scene *scene, const char *name, const char *value)
{
	struct reply *reply = reply_for(scene, CART);
	cJSON *env = PF_AT(cJSON_GetArrayItem(PF_AT(reply->json, "spec", "template", "spec", "containers"), 0), "env");
	int i = 0;
	cJSON *entry;
	cJSON_ArrayForEach(entry, env)
	{
		if (pf_streq(PF_STRING_AT(entry, "name"), name))
			break;
		i++;
	}
	if (entry != NULL)
		cJSON_DeleteItemFromArray(env, i);
	if (value == NULL)
		return;
	cJSON *added = cJSON_CreateObject();
	cJSON_AddStringToObject(added, "name", name);
	cJSON_AddStringToObject(added, "value", value);
	cJSON_AddItemToArray(env, added);
}

/* The same with a value from a key of a Secret or ConfigMap. */
static inline void
set_env_from(struct scene *scene, const char *name, const char *ref, const char *object, const char *key)
{
	struct reply *reply = reply_for(scene, CART);
	cJSON *env = PF_AT(cJSON_GetArrayItem(PF_AT(reply->json, "spec", "template", "spec", "containers"), 0), "env");
	set_env(scene, name, NULL);
	cJSON_AddItemToArray(env, cJSON_Duplicate(parsed(scene->arena, pf_printf(scene->arena,
										 "{'name':'%s','valueFrom':{'%s':{"
										 "'name':'%s','key':'%s'}}}",
										 name, ref, object, key)),
						  true));
}

/* A copy of ITEM that bears the label by which it was selected, which a scene's objects need not spell out. */
static inline cJSON *
labelled(const cJSON *item, const char *key_end, const char *value)
{
	const char *key = memcmp(key_end - strlen("service-name"), "service-name", strlen("service-name")) == 0
				  ? "kubernetes.io/service-name"
				  : "app";
	cJSON *copy = cJSON_Duplicate(item, true);
	cJSON *metadata = cJSON_GetObjectItemCaseSensitive(copy, "metadata");
	if (cJSON_IsObject(copy) && metadata == NULL)
		metadata = cJSON_AddObjectToObject(copy, "metadata");
	cJSON *labels = cJSON_GetObjectItemCaseSensitive(metadata, "labels");
	if (cJSON_IsObject(metadata) && labels == NULL)
		labels = cJSON_AddObjectToObject(metadata, "labels");
	if (cJSON_IsObject(labels) && cJSON_GetObjectItemCaseSensitive(labels, key) == NULL)
		cJSON_AddStringToObject(labels, key, value);
	return copy;
}

/*
 * "… in (a,b)" as a server answers it: the items of both. Where one of them is not there or refused, so is the whole,
 * by an answer that tells nothing of either.
 */
static inline char *
merged_reply(struct scene *scene, struct pf_arena *arena, const char *path, int *status)
{
	const char *in = strstr(path, "%20in%20%28"), *values = in != NULL ? in + strlen("%20in%20%28") : NULL;
	const char *end = values != NULL ? strstr(values, "%29") : NULL;
	if (end == NULL)
		return NULL;
	cJSON *list = pf_json_object(arena), *items = cJSON_CreateArray(), *metadata = NULL;
	*status = 200;
	while (values < end) {
		const char *stop = strstr(values, "%2C");
		size_t len = (size_t)((stop != NULL && stop < end ? stop : end) - values);
		const char *one = pf_printf(arena, "%.*s%%3D%.*s%s", (int)(in - path), path, (int)len, values, end + 3);
		struct reply *reply = reply_for(scene, one);
		const cJSON *item;
		if (reply == NULL || reply->status != 200 || !cJSON_IsArray(PF_AT(reply->json, "items")))
			*status = 500;
		else
			cJSON_ArrayForEach(item, PF_AT(reply->json, "items"))
				pf_json_push(items, labelled(item, in, pf_strndup(arena, values, len)));
		if (metadata == NULL && reply != NULL && PF_AT(reply->json, "metadata") != NULL)
			metadata = cJSON_Duplicate(PF_AT(reply->json, "metadata"), true);
		values += len + (stop != NULL && stop < end ? 3 : 0);
	}
	if (metadata != NULL)
		pf_json_set(list, "metadata", metadata);
	pf_json_set(list, "items", items);
	return pf_json_print(arena, list, false);
}

static inline void
scene_perform(void *context, struct pf_arena *arena, const struct pf_http_request *requests,
	      struct pf_http_response *responses, size_t count, struct pf_deadline deadline)
{
	struct scene *scene = context;
	(void)deadline;
	scene->waves++;
	for (size_t i = 0; i < count; i++) {
		struct reply *reply = reply_for(scene, requests[i].path);
		struct pf_http_response *out = &responses[i];
		assert_true(scene->asked_count < MAX_ASKED);
		snprintf(scene->asked[scene->asked_count++], sizeof(scene->asked[0]), "%s", requests[i].path);
		*out = (struct pf_http_response){.ok = true, .status = 404, .attempts = 1, .version = "2"};
		out->content_type = pf_strdup(arena, "application/json");
		out->body = pf_strdup(arena, "{\"kind\":\"Status\",\"details\":{\"name\":\"it\",\"kind\":\"things\"}}");
		char *merged = merged_reply(scene, arena, requests[i].path, &out->status);
		if (merged != NULL) {
			out->body = merged;
		} else if (reply != NULL) {
			out->status = reply->status;
			if (reply->status == 0) {
				out->ok = false;
				(void)pf_fail(&out->err, reply->err, "the connection broke");
			}
			if (reply->json != NULL)
				out->body = pf_json_print(arena, reply->json, false);
			if (reply->text != NULL) {
				out->content_type = pf_strdup(arena, "text/plain");
				out->body = pf_strdup(arena, reply->text);
			}
		}
		out->body_len = strlen(out->body);
	}
}

static inline void
scene_ask(void *self, struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
	  struct pf_deadline deadline)
{
	struct scene *scene = self;
	struct pf_ask *rest = pf_alloc_array(arena, count, sizeof(*rest));
	struct pf_answer *rest_answers = pf_alloc_array(arena, count, sizeof(*rest_answers));
	size_t n = 0, at = 0;
	for (size_t i = 0; i < count; i++) {
		if (asks[i].kind == PF_ASK_EXEC && strstr(asks[i].path, "is_set") != NULL) {
			(void)pf_fail(&answers[i].err, PF_ERR_FORBIDDEN, "no command may be run there");
			if (scene->own_env != NULL)
				answers[i] = (struct pf_answer){.ok = true, .text = pf_strdup(arena, scene->own_env)};
		} else if (asks[i].kind == PF_ASK_EXEC) {
			answers[i] = scene->exec;
			scene->execs++;
			snprintf(scene->exec_path, sizeof(scene->exec_path), "%s", asks[i].path);
		} else if (asks[i].kind == PF_ASK_RESOLVE || asks[i].kind == PF_ASK_DIAL ||
			   asks[i].kind == PF_ASK_DIRECT) {
			(void)pf_fail(&answers[i].err, asks[i].kind == PF_ASK_DIRECT ? PF_ERR_UNREACHABLE : PF_ERR_IO,
				      "nothing can be seen from here");
			if (scene->from_here != NULL)
				scene->from_here(scene, &asks[i], &answers[i]);
		} else if (asks[i].kind == PF_ASK_FORWARD) {
			answers[i] = ask_process(&scene->processes, arena,
						 ((const struct pf_live *)scene->live->self)->redactor, &asks[i]);
		} else {
			rest[n++] = asks[i];
		}
	}
	if (n > 0)
		scene->live->ops->ask(scene->live->self, arena, rest, rest_answers, n, deadline);
	for (size_t i = 0; i < count; i++) {
		if (asks[i].kind == PF_ASK_API)
			answers[i] = rest_answers[at++];
	}
}

/* What the look from the cart's container finds where all is well. */
#define LOOK_CONTROL "dns 0 getent | 10.96.0.1 STREAM kubernetes.default.svc.cluster.local\ndns 0 getent = 0 1\n"
#define LOOK_NAME "dns 1 getent | 10.96.0.7 STREAM dynamodb.shop.svc.cluster.local\ndns 1 getent = 0 1\n"
#define LOOK_SERVICE "tcp 0 bash | connected\ntcp 0 bash = 0 1\n"
#define LOOK_POD "tcp 1 bash | connected\ntcp 1 bash = 0 1\n"
#define LOOK(answers) "postflight 1\nconf 0 sh | nameserver 10.96.0.10\n" answers "end\n"

static inline enum pf_watch_end
scene_watch(void *self, struct pf_arena *arena, const char *path, const char *resource_version,
	    pf_watch_event *callback, void *context, struct pf_deadline deadline, struct pf_err *err)
{
	struct scene *scene = self;
	(void)arena, (void)resource_version, (void)deadline;
	scene->watches++;
	if (scene->on_watch != NULL)
		return scene->on_watch(scene, path, callback, context, err);
	scene->now_ms += 5000;
	scene->wall_ms += 5000;
	(void)pf_fail(err, PF_ERR_TIMEOUT, "nothing happened");
	return PF_WATCH_ERROR;
}

static inline int64_t
scene_now(void *self)
{
	return ((struct scene *)self)->now_ms;
}

static inline int64_t
scene_wall(void *self)
{
	return ((struct scene *)self)->wall_ms;
}

static inline const char *
pod_json(struct pf_arena *arena, const char *app, const char *deployment, const char *container)
{
	return pf_printf(
		arena,
		"{'kind':'PodList','metadata':{'resourceVersion':'100'},'items':[{'metadata':{'name':'%s-5d4f-abcde',"
		"'uid':'uid-%s','creationTimestamp':'2026-01-01T00:01:00Z','labels':{'app':'%s','pod-template-hash':"
		"'5d4f'},'ownerReferences':[{'kind':'ReplicaSet','name':'%s-5d4f','uid':'rs-%s','controller':true}]},"
		"'spec':{'containers':[{'name':'%s'}]},'status':{'phase':'Running','podIP':'10.244.0.5','conditions':["
		"{'type':'PodScheduled','status':'True'},{'type':'Ready','status':'True'}],'containerStatuses':[{"
		"'name':'%s','ready':true,'restartCount':0,'state':{'running':{'startedAt':'2026-01-01T00:01:02Z'}},"
		"'lastState':{}}]}}]}",
		deployment, app, app, deployment, app, container, container);
}

static inline const char *
deployment_json(struct pf_arena *arena, const char *app, const char *name, const char *container)
{
	return pf_printf(
		arena,
		"{'kind':'Deployment','metadata':{'name':'%s','namespace':'shop','uid':'d-%s','generation':1,"
		"'resourceVersion':'90','annotations':{'deployment.kubernetes.io/revision':'1'}},'spec':{'replicas':1,"
		"'selector':{'matchLabels':{'app':'%s'}},'template':{'metadata':{'labels':{'app':'%s'}},'spec':{"
		"'containers':[%s]}}},'status':{'observedGeneration':1,'replicas':1,'updatedReplicas':1,"
		"'readyReplicas':1,'availableReplicas':1,'conditions':[{'type':'Available','status':'True',"
		"'lastTransitionTime':'2026-01-01T00:01:10Z'},{'type':'Progressing','status':'True','reason':"
		"'NewReplicaSetAvailable'}]}}",
		name, app, app, app, container);
}

static inline const char *
slices_json(struct pf_arena *arena, const char *pod, const char *port_name, int port)
{
	return pf_printf(arena,
			 "{'kind':'EndpointSliceList','metadata':{},'items':[{'addressType':'IPv4','ports':[{'name':"
			 "'%s','port':%d,'protocol':'TCP'}],'endpoints':[{'addresses':['10.244.0.5'],'conditions':{"
			 "'ready':true},'targetRef':{'kind':'Pod','name':'%s'}}]}]}",
			 port_name, port, pod);
}

static inline void
put_healthy(struct scene *s)
{
	struct pf_arena *a = s->arena;
	put_healthy_processes(&s->processes, a);
	s->exec = (struct pf_answer){.ok = true, .text = LOOK(LOOK_CONTROL LOOK_NAME LOOK_SERVICE LOOK_POD)};
	put(s, DB,
	    deployment_json(a, "dynamodb", "dynamodb",
			    "{'name':'dynamodb','image':'amazon/dynamodb-local:1.25.1',"
			    "'ports':[{'name':'dynamodb','containerPort':8000}]}"));
	put(s, CART,
	    deployment_json(
		    a, "cart", "cart-deployment",
		    "{'name':'cart','image':'retail-store-sample-cart:1.6.2','ports':[{'name':'http','containerPort':"
		    "8080}],'env':[{'name':'RETAIL_CART_PERSISTENCE_PROVIDER','value':'dynamodb'},"
		    "{'name':'RETAIL_CART_PERSISTENCE_DYNAMODB_TABLE_NAME','value':'Items'},"
		    "{'name':'RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT','value':'http://dynamodb:8000'},"
		    "{'name':'RETAIL_CART_PERSISTENCE_DYNAMODB_CREATE_TABLE','value':'true'},"
		    "{'name':'PORT','value':'8080'},{'name':'AWS_ACCESS_KEY_ID','value':'fake'},"
		    "{'name':'AWS_SECRET_ACCESS_KEY','value':'CANARYSECRET123'},"
		    "{'name':'AWS_REGION','value':'us-east-1'}],"
		    "'readinessProbe':{'httpGet':{'path':'/actuator/health/readiness','port':8080}}}"));
	put(s, NAMESPACE, "{'kind':'Namespace','metadata':{'name':'shop'},'status':{'phase':'Active'}}");
	put(s, DB_PODS, pod_json(a, "dynamodb", "dynamodb", "dynamodb"));
	put(s, CART_PODS, pod_json(a, "cart", "cart-deployment", "cart"));
	put(s, SERVICES,
	    "{'kind':'ServiceList','metadata':{},'items':["
	    "{'metadata':{'name':'cart','namespace':'shop'},'spec':{'type':'ClusterIP','clusterIP':'10.96.0.8',"
	    "'selector':{'app':'cart'},'ports':[{'name':'http','protocol':'TCP','port':80,'targetPort':'http'}]}},"
	    "{'metadata':{'name':'dynamodb','namespace':'shop'},'spec':{'type':'ClusterIP','clusterIP':'10.96.0.7',"
	    "'selector':{'app':'dynamodb'},'ports':[{'name':'dynamodb','protocol':'TCP','port':8000,"
	    "'targetPort':8000}]}}]}");
	put(s, INGRESSES, "{'kind':'IngressList','metadata':{},'items':[]}");
	put(s, SLICES_OF("dynamodb"), slices_json(a, "dynamodb-5d4f-abcde", "dynamodb", 8000));
	put(s, SLICES_OF("cart"), slices_json(a, "cart-deployment-5d4f-abcde", "http", 8080));
	put(s, EVENTS, "{'kind':'EventList','metadata':{},'items':[]}");
	put(s, ALL_SERVICES, "{'kind':'ServiceList','metadata':{},'items':[]}");
	put(s, REPLICASETS, "{'kind':'ReplicaSetList','metadata':{},'items':[]}");
	put(s, REVIEW, "{'kind':'SelfSubjectRulesReview','status':{'incomplete':false,'resourceRules':[]}}");
	put_text(s, CART_LOG,
		 "2026-01-01T00:01:03.000Z  INFO 1 --- [           main] c.a.s.c.CartApplication                  : "
		 "Starting CartApplication v1 using Java 21 with PID 1\n"
		 "2026-01-01T00:01:05.000Z  INFO 1 --- [           main] c.a.s.c.c.DynamoDBConfiguration          : "
		 "Using DynamoDB persistence\n"
		 "2026-01-01T00:01:06.000Z  WARN 1 --- [           main] c.a.s.c.s.DynamoDBCartService            : "
		 "Dynamo table not found\n"
		 "2026-01-01T00:01:08.000Z  INFO 1 --- [           main] c.a.s.c.CartApplication                  : "
		 "Started CartApplication in 5.1 seconds (process running for 6.2)\n");
}

static inline struct scene *
scene_new(void)
{
	static const struct pf_target_ops ops = {
		.ask = scene_ask, .watch = scene_watch, .now = scene_now, .wall = scene_wall};
	struct pf_arena *arena = pf_arena_new();
	struct scene *scene = pf_alloc(arena, sizeof(*scene));
	struct pf_err err = {0};
	size_t len;
	const char *text = pf_plan_builtin("cart-dynamodb", &len);

	assert_non_null(text);
	scene->arena = arena;
	if (!pf_plan_parse(arena, "built-in", text, len, pf_probe_descriptors(), &scene->plan, &err))
		fail_msg("%s", err.text);
	assert_true(pf_time_parse(NOW, &scene->wall_ms));
	scene->live = pf_target_over(arena, scene_perform, scene, 1000);
	struct pf_target *target = pf_target_new(arena, &ops, scene, "0badcafe");
	scene->session = pf_session_new(arena, target, scene->plan, "shop", PF_NO_DEADLINE);
	put_healthy(scene);
	return scene;
}

static inline void
scene_free(struct scene *scene)
{
	pf_arena_free(scene->arena);
}

/* As the runner does it without consent and needs: everything that can be foreseen, then each check. */
static inline void
scene_run(struct scene *scene)
{
	const struct pf_plan *plan = scene->plan;
	scene->results = pf_alloc_array(scene->arena, plan->check_count, sizeof(*scene->results));
	for (unsigned round = 0; round < 4; round++) {
		for (size_t i = 0; i < plan->check_count; i++) {
			if (!plan->checks[i].probe->disruptive)
				pf_probe_foresee(scene->session, &plan->checks[i], round);
		}
		(void)pf_session_flush(scene->session);
	}
	for (size_t i = 0; i < plan->check_count; i++) {
		scene->results[i] =
			(struct pf_check_result){.check = &plan->checks[i], .verdict = PF_SKIP, .message = ""};
		if (!plan->checks[i].probe->disruptive)
			pf_probe_run(scene->session, scene->arena, &plan->checks[i], &scene->results[i]);
	}
}

static inline const struct pf_check_result *
result_of(const struct scene *scene, const char *id)
{
	size_t i = pf_plan_check_index(scene->plan, id);
	assert_true(i < scene->plan->check_count);
	return &scene->results[i];
}

/* The text of a fact; "(none)" when it was not left. */
static inline const char *
fact_of(const struct scene *scene, const char *id, const char *name)
{
	const struct pf_check_result *result = result_of(scene, id);
	for (size_t i = 0; i < result->fact_count; i++) {
		if (strcmp(result->facts[i].desc->name, name) == 0)
			return result->facts[i].text;
	}
	return "(none)";
}

static inline void
assert_check(const struct scene *scene, const char *id, enum pf_verdict verdict, const char *message, const char *file,
	     int line)
{
	const struct pf_check_result *result = result_of(scene, id);
	if (result->verdict != verdict || (message != NULL && strcmp(result->message, message) != 0)) {
		print_error("%s is %s: \"%s\"\n       expected %s: \"%s\"\n", id, pf_verdict_name(result->verdict),
			    result->message, pf_verdict_name(verdict), message != NULL ? message : "");
		_fail(file, line);
	}
}

/* MESSAGE NULL: any. */
#define EXPECT(scene, id, verdict, message) assert_check((scene), (id), (verdict), (message), __FILE__, __LINE__)
#define EXPECT_FACT(scene, id, name, text) assert_string_equal(fact_of((scene), (id), (name)), (text))

static inline int
open_scene(void **state)
{
	*state = scene_new();
	return 0;
}

static inline int
close_scene(void **state)
{
	scene_free(*state);
	return 0;
}

#define SCENE_TEST(f) cmocka_unit_test_setup_teardown(f, open_scene, close_scene)

#endif
