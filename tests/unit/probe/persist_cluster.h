/*
 * A cluster with a cart and its DynamoDB that lives in this process: enough of the API server for the persistence
 * test to change it, and switches for what can go wrong.
 */
#ifndef TEST_PERSIST_CLUSTER_H
#define TEST_PERSIST_CLUSTER_H

#include <stdio.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/target_internal.h"

#define NOTE "postflight/persistence-test"
#define MAX_PODS 2

struct cluster {
	struct pf_arena *arena;

	/* What it is. */
	const char *provider;     /* of the running pods */
	const char *create_table; /* "true" or "false" */
	int replicas;
	int others;             /* items of others in the table */
	bool database_restarts; /* with the rollout */
	bool other_rollout;     /* somebody else's begins with ours */
	bool keeps_old_pods;    /* the rollout is said to be complete, and the old pods are those that serve */
	bool crashes;           /* the new pods do */
	bool changes_item;      /* the item comes back with another quantity */
	int conflicts;          /* this many PATCHes are answered by 409 first */
	int adding;             /* what the cart answers to an item, and takes none; 0: it takes it */

	/* What goes wrong: at this question (1 is the first) this happens; 0 never. */
	unsigned fails_at;
	enum pf_err_kind error;
	bool takes_effect;  /* it was done, only the answer is lost */
	bool stays_broken;  /* and all questions after it */
	bool forwards_only; /* none but those to the processes */

	/* What it is by now. */
	unsigned questions;
	unsigned readings; /* of the clock */
	unsigned version;
	int generation;
	bool restarted;   /* the new pods are there */
	bool item;        /* our item is stored */
	int64_t created;  /* seconds, of the table */
	const char *note; /* NULL: none */
	const char *restarted_at;
	unsigned deleted_pods;
	bool wrote_to_others;
};

static inline const char *
hash_of(const struct cluster *c, bool fresh)
{
	return fresh && !c->keeps_old_pods ? "h2" : "h1";
}

static inline const char *
quoted(struct pf_arena *arena, const char *text)
{
	cJSON *list = pf_json_array(arena);
	pf_json_push_string(list, text);
	return pf_json_print(arena, cJSON_GetArrayItem(list, 0), false);
}

static inline const char *
deployment_text(struct cluster *c)
{
	bool pending = c->restarted && c->crashes;
	const char *note = c->note != NULL ? pf_printf(c->arena, "\"" NOTE "\":%s,", quoted(c->arena, c->note)) : "";
	const char *at = c->restarted_at != NULL
				 ? pf_printf(c->arena, "\"kubectl.kubernetes.io/restartedAt\":\"%s\"", c->restarted_at)
				 : "";
	return pf_printf(c->arena,
			 "{\"metadata\":{\"name\":\"cart-deployment\",\"uid\":\"d1\",\"resourceVersion\":\"%u\","
			 "\"generation\":%d,"
			 "\"annotations\":{%s\"deployment.kubernetes.io/revision\":\"%d\"}},"
			 "\"spec\":{\"replicas\":%d,\"selector\":{\"matchLabels\":{\"app\":\"cart\"}},\"template\":{"
			 "\"metadata\":{"
			 "\"labels\":{\"app\":\"cart\"},\"annotations\":{%s}},\"spec\":{\"containers\":[{\"name\":"
			 "\"cart\",\"env\":["
			 "{\"name\":\"RETAIL_CART_PERSISTENCE_PROVIDER\",\"value\":\"%s\"},"
			 "{\"name\":\"RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT\",\"value\":\"http://dynamodb:8000\"},"
			 "{\"name\":\"RETAIL_CART_PERSISTENCE_DYNAMODB_CREATE_TABLE\",\"value\":\"%s\"},"
			 "{\"name\":\"AWS_ACCESS_KEY_ID\",\"value\":\"fake\"}%s]}]}}},"
			 "\"status\":{\"observedGeneration\":%d,\"replicas\":%d,\"updatedReplicas\":%d,"
			 "\"availableReplicas\":%d%s}}",
			 c->version, c->generation, note, c->restarted ? 2 : 1, c->replicas, at, c->provider,
			 c->create_table, c->restarted && c->other_rollout ? ",{\"name\":\"NEW\",\"value\":\"1\"}" : "",
			 c->generation, c->replicas + (pending ? 1 : 0), pending ? 1 : c->replicas, c->replicas,
			 pending ? ",\"unavailableReplicas\":1" : "");
}

static inline const char *
pod_text(struct cluster *c, const char *owner, const char *hash, const char *name, const char *uid, bool crashed)
{
	const char *started = "\"startedAt\":\"2026-01-01T00:00:00Z\"";
	return pf_printf(
		c->arena,
		"{\"metadata\":{\"name\":\"%s\",\"uid\":\"%s\",\"labels\":{\"app\":\"x\",\"pod-template-hash\":\"%s\"},"
		"\"creationTimestamp\":\"2026-01-01T00:00:00Z\","
		"\"ownerReferences\":[{\"kind\":\"ReplicaSet\",\"name\":\"%s-%s\",\"uid\":\"rs-%s\"}]},"
		"\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"%s\"}],"
		"\"containerStatuses\":[{\"name\":\"%s\",\"ready\":%s,\"restartCount\":%d,\"state\":{%s},\"lastState\":"
		"{%s}}]}}",
		name, uid, hash, owner, hash, hash, crashed ? "False" : "True",
		pf_streq(owner, "dynamodb") ? "dynamodb" : "cart", crashed ? "false" : "true", crashed ? 4 : 0,
		crashed ? "\"waiting\":{\"reason\":\"CrashLoopBackOff\"}"
			: pf_printf(c->arena, "\"running\":{%s}", started),
		crashed ? "\"terminated\":{\"exitCode\":1,\"reason\":\"Error\","
			  "\"startedAt\":\"2026-01-01T00:00:00Z\",\"finishedAt\":\"2026-01-01T00:00:05Z\"}"
			: "");
}

static inline const char *
cart_pods_text(struct cluster *c)
{
	const char *text = "";
	bool fresh = c->restarted && !c->crashes;
	for (int i = 0; i < c->replicas; i++) {
		const char *name = pf_printf(c->arena, "cart-deployment-%s-%d", hash_of(c, fresh), i);
		text = pf_printf(c->arena, "%s%s%s", text, i > 0 ? "," : "",
				 pod_text(c, "cart-deployment", hash_of(c, fresh), name,
					  pf_printf(c->arena, "%s-%d", hash_of(c, fresh), i), false));
	}
	if (c->restarted && c->crashes)
		text = pf_printf(c->arena, "%s,%s", text,
				 pod_text(c, "cart-deployment", "h2", "cart-deployment-h2-9", "h2-9", true));
	return pf_printf(c->arena, "{\"metadata\":{\"resourceVersion\":\"%u\"},\"items\":[%s]}", c->version, text);
}

static inline const char *
database_text(struct cluster *c)
{
	(void)c;
	return "{\"metadata\":{\"name\":\"dynamodb\",\"uid\":\"d2\",\"resourceVersion\":\"1\",\"generation\":1},"
	       "\"spec\":{\"replicas\":1,\"selector\":{\"matchLabels\":{\"app\":\"dynamodb\"}},\"template\":{"
	       "\"metadata\":{"
	       "\"labels\":{\"app\":\"dynamodb\"}},\"spec\":{\"containers\":[{\"name\":\"dynamodb\"}]}}},"
	       "\"status\":{\"observedGeneration\":1,\"replicas\":1,\"updatedReplicas\":1,\"availableReplicas\":1}}";
}

/* The rollout, or the deletion of a pod, comes about: what each start does is done. */
static inline void
start_anew(struct cluster *c)
{
	if (c->restarted)
		return;
	c->restarted = true;
	c->version++;
	if (c->crashes || c->keeps_old_pods)
		return;
	if (pf_streq(c->provider, "in-memory") || c->database_restarts)
		c->item = false;
	if (pf_streq(c->provider, "dynamodb") && pf_streq(c->create_table, "true")) {
		c->item = false;
		c->created += 100;
	}
}

static inline bool
answer_with(struct cluster *c, struct pf_answer *answer, int status, const char *text)
{
	struct pf_err err;
	answer->status = status;
	answer->ok = status < 300;
	answer->reply = PF_REPLY_HTTP;
	answer->json = text != NULL ? pf_json_parse(c->arena, text, strlen(text), &err) : NULL;
	if (status == 404)
		pf_fail(&answer->err, PF_ERR_NOT_FOUND, "not found");
	else if (status == 409)
		pf_fail(&answer->err, PF_ERR_CONFLICT, "somebody was faster");
	else if (status >= 300)
		pf_fail(&answer->err, PF_ERR_SERVER, "%d", status);
	return true;
}

static inline void
patch_deployment(struct cluster *c, const struct pf_ask *ask, struct pf_answer *answer)
{
	struct pf_err err;
	cJSON *patch = pf_json_parse(c->arena, ask->body, strlen(ask->body), &err);
	const cJSON *note = PF_AT(patch, "metadata", "annotations", NOTE);
	const char *at =
		PF_STRING_AT(patch, "spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt");
	if (c->conflicts > 0 ||
	    !pf_streq(PF_STRING_AT(patch, "metadata", "resourceVersion"), pf_printf(c->arena, "%u", c->version))) {
		c->conflicts--;
		c->version++;
		answer_with(c, answer, 409, NULL);
		return;
	}
	c->version++;
	if (note != NULL)
		c->note = pf_json_string(note);
	if (at != NULL) {
		c->restarted_at = at;
		c->generation++;
	}
	answer_with(c, answer, 200, deployment_text(c));
}

static inline void
ask_cart(struct cluster *c, const struct pf_ask *ask, struct pf_answer *answer)
{
	if (pf_streq(ask->inner_path, "/topology")) {
		answer_with(c, answer, 200,
			    pf_printf(c->arena, "{\"persistenceProvider\":\"%s\",\"dynamodbTable\":\"Items\"}",
				      c->provider));
	} else if (strstr(ask->inner_path, "/carts/postflight-") == NULL) {
		c->wrote_to_others = true;
		answer_with(c, answer, 404, NULL);
	} else if (pf_streq(ask->method, "POST") && c->adding != 0) {
		answer_with(c, answer, c->adding, NULL);
	} else if (pf_streq(ask->method, "POST")) {
		c->item = true;
		answer_with(c, answer, 201, "{}");
	} else if (pf_streq(ask->method, "DELETE")) {
		c->item = false;
		answer_with(c, answer, 202, "{}");
	} else {
		const char *items = c->item ? pf_printf(c->arena, "{\"itemId\":\"p\",\"quantity\":%d,\"unitPrice\":1}",
							c->changes_item && c->restarted ? 2 : 1)
					    : "";
		answer_with(c, answer, 200, pf_printf(c->arena, "{\"customerId\":\"x\",\"items\":[%s]}", items));
	}
}

static inline void
ask_database(struct cluster *c, const struct pf_ask *ask, struct pf_answer *answer)
{
	bool here = c->item && pf_streq(c->provider, "dynamodb");
	if (strstr(ask->headers, "DescribeTable") != NULL) {
		answer_with(
			c, answer, 200,
			pf_printf(c->arena,
				  "{\"Table\":{\"TableStatus\":\"ACTIVE\",\"CreationDateTime\":%lld,\"ItemCount\":1}}",
				  (long long)c->created));
	} else if (strstr(ask->headers, "DeleteItem") != NULL) {
		c->item = false;
		answer_with(c, answer, 200, "{}");
	} else if (strstr(ask->headers, "Scan") != NULL) {
		answer_with(c, answer, 200, pf_printf(c->arena, "{\"Count\":%d}", c->others));
	} else {
		answer_with(c, answer, 200,
			    here ? "{\"Count\":1,\"Items\":[{\"id\":{\"S\":\"1\"}}]}" : "{\"Count\":0,\"Items\":[]}");
	}
}

static inline void
ask_api(struct cluster *c, const struct pf_ask *ask, struct pf_answer *answer)
{
	const char *path = ask->path;
	const char *database = c->restarted && c->database_restarts ? "db-2" : "db-1";
	if (pf_streq(ask->method, "PATCH"))
		patch_deployment(c, ask, answer);
	else if (pf_streq(ask->method, "DELETE"))
		c->deleted_pods++, start_anew(c), answer_with(c, answer, 200, "{}");
	else if (strstr(path, "selfsubjectreviews") != NULL)
		answer_with(c, answer, 201, "{\"status\":{\"userInfo\":{\"username\":\"ada\"}}}");
	else if (strstr(path, "deployments/cart-deployment") != NULL)
		answer_with(c, answer, 200, deployment_text(c));
	else if (strstr(path, "deployments/dynamodb") != NULL)
		answer_with(c, answer, 200, database_text(c));
	else if (strstr(path, "/pods?") != NULL && strstr(path, "dynamodb") != NULL)
		answer_with(c, answer, 200,
			    pf_printf(c->arena, "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[%s]}",
				      pod_text(c, "dynamodb", "h", "dynamodb-h-0", database, false)));
	else if (strstr(path, "/pods?") != NULL)
		answer_with(c, answer, 200, cart_pods_text(c));
	else if (strstr(path, "/replicasets?") != NULL)
		answer_with(c, answer, 200,
			    pf_printf(c->arena,
				      "{\"items\":[{\"metadata\":{\"labels\":{\"pod-template-hash\":\"%s\"},"
				      "\"annotations\":{\"deployment.kubernetes.io/revision\":\"%d\"},"
				      "\"ownerReferences\":[{\"uid\":\"d1\"}]}}]}",
				      c->restarted ? "h2" : "h1", c->restarted ? 2 : 1));
	else if (strstr(path, "/services?") != NULL)
		answer_with(c, answer, 200,
			    "{\"items\":[{\"metadata\":{\"name\":\"dynamodb\"},\"spec\":{\"type\":\"ClusterIP\","
			    "\"ports\":[{\"name\":\"d\",\"port\":8000}]}}]}");
	else if (strstr(path, "/endpointslices?") != NULL)
		answer_with(c, answer, 200,
			    "{\"items\":[{\"ports\":[{\"name\":\"d\",\"port\":8000}],\"endpoints\":[{\"conditions\":{"
			    "\"ready\":true},\"targetRef\":{\"kind\":\"Pod\",\"name\":\"dynamodb-h-0\"}}]}]}");
	else
		answer_with(c, answer, 200, "{\"items\":[]}");
}

static inline void
cluster_ask(void *self, struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
	    struct pf_deadline deadline)
{
	struct cluster *c = self;
	(void)arena, (void)deadline;
	for (size_t i = 0; i < count; i++) {
		unsigned number = ++c->questions;
		bool here = number == c->fails_at || (c->stays_broken && number > c->fails_at);
		bool fails = c->fails_at != 0 && here && (!c->forwards_only || asks[i].kind == PF_ASK_FORWARD);
		if (fails && !c->takes_effect) {
			pf_fail(&answers[i].err, c->error, "made to fail");
			continue;
		}
		if (asks[i].kind != PF_ASK_FORWARD)
			ask_api(c, &asks[i], &answers[i]);
		else if (strstr(asks[i].path, "/pods/dynamodb-") != NULL)
			ask_database(c, &asks[i], &answers[i]);
		else
			ask_cart(c, &asks[i], &answers[i]);
		/* Whatever a process says is an answer; a pod that is not there gives none. */
		if (asks[i].kind == PF_ASK_FORWARD && answers[i].reply == PF_REPLY_HTTP) {
			answers[i].ok = true;
			answers[i].err = (struct pf_err){0};
		}
		if (fails) {
			answers[i] = (struct pf_answer){.text = ""};
			pf_fail(&answers[i].err, c->error, "the answer was lost");
		}
	}
}

static inline enum pf_watch_end
cluster_watch(void *self, struct pf_arena *arena, const char *path, const char *resource_version,
	      pf_watch_event *callback, void *context, struct pf_deadline deadline, struct pf_err *err)
{
	struct cluster *c = self;
	(void)arena, (void)path, (void)resource_version, (void)deadline;
	if (c->fails_at != 0 && c->stays_broken && !c->forwards_only && c->questions >= c->fails_at) {
		pf_fail(err, c->error, "made to fail");
		return PF_WATCH_ERROR;
	}
	start_anew(c);
	(void)callback(context, "MODIFIED", NULL);
	return PF_WATCH_DONE;
}

/* A clock that goes on by itself, so that every wait ends. */
static inline int64_t
cluster_now(void *self)
{
	struct cluster *c = self;
	return (int64_t)c->questions * 100 + (int64_t)c->readings++ * 2500;
}

static inline int64_t
cluster_wall(void *self)
{
	const struct cluster *c = self;
	return 1767225700000 + (int64_t)c->questions * 100;
}

static const struct pf_target_ops cluster_ops = {
	.ask = cluster_ask, .watch = cluster_watch, .now = cluster_now, .wall = cluster_wall};

#endif
