/* Answers in which any field may be of any type: nothing crashes, nothing reads "(null)", nothing needed passes. */
#include "cluster_scene.h"

static const char *const objects[] = {
	DB,        CART,   DB_PODS,    CART_PODS, SERVICES, SLICES_OF("dynamodb"), SLICES_OF("cart"),
	INGRESSES, EVENTS, REPLICASETS};

static void
fill_up(struct scene *s)
{
	put(s, INGRESSES,
	    "{'metadata':{},'items':[{'metadata':{'name':'in'},'spec':{'defaultBackend':{'service':{'name':'other'}},"
	    "'rules':[{'http':{'paths':[{'backend':{'service':{'name':'other'}}}]}}]}}]}");
	put(s, EVENTS,
	    "{'metadata':{},'items':[{'reason':'Killing','message':'Container cart failed liveness probe','count':3,"
	    "'lastTimestamp':'2026-01-01T00:09:28Z','series':{'lastObservedTime':'2026-01-01T00:09:28Z'},'eventTime':"
	    "'2026-01-01T00:09:28Z','metadata':{'creationTimestamp':'2026-01-01T00:09:28Z'}}]}");
	put(s, REPLICASETS,
	    "{'metadata':{},'items':[{'metadata':{'name':'cart-deployment-5d4f','labels':{'pod-template-hash':'5d4f'},"
	    "'annotations':{'deployment.kubernetes.io/revision':'1'},'ownerReferences':[{'uid':'d-cart'}]},'status':{"
	    "'conditions':[{'type':'ReplicaFailure','status':'False','message':'x'}]}}]}");
	/* A crash of the cart brings Events and ReplicaSets in. */
	edit(s, CART, "status.availableReplicas", "0");
	edit(s, CART, "status.unavailableReplicas", "1");
	edit(s, CART, CONTAINER ".envFrom", "[{'prefix':'P_','configMapRef':{'name':'cm','optional':true}}]");
	edit(s, CART, CONTAINER ".env.-",
	     "{'name':'FROM','valueFrom':{'secretKeyRef':{'name':'aws','key':'k','optional':true}}}");
	edit(s, CART, CONTAINER ".livenessProbe", "{'tcpSocket':{'port':'http'}}");
	edit(s, DB, "spec.template.spec.containers.0.args", "['-port','8000']");
	edit(s, CART_PODS, "items.0.status.containerStatuses.0.lastState",
	     "{'terminated':{'reason':'Error','exitCode':143,'startedAt':'2026-01-01T00:09:20Z','finishedAt':"
	     "'2026-01-01T00:09:30Z'}}");
	edit(s, CART_PODS, "items.0.status.containerStatuses.0.ready", "false");
}

static void
assert_sound(const struct scene *s, const char *what)
{
	for (size_t i = 0; i < s->plan->check_count; i++) {
		const struct pf_check_result *r = &s->results[i];
		if (strstr(r->message, "(null)") != NULL)
			fail_msg("%s: %s says %s", what, s->plan->checks[i].id, r->message);
		for (size_t k = 0; k < r->fact_count; k++) {
			if (strstr(r->facts[k].text, "(null)") != NULL)
				fail_msg("%s: %s is %s", what, r->facts[k].desc->name, r->facts[k].text);
		}
		for (size_t k = 0; k < r->evidence_count; k++) {
			const struct pf_evidence *e = &r->evidence[k];
			const char *const texts[] = {e->source, e->path, e->value, e->line};
			for (size_t t = 0; t < 4; t++) {
				if (texts[t] != NULL && strstr(texts[t], "(null)") != NULL)
					fail_msg("%s: %s shows %s", what, s->plan->checks[i].id, texts[t]);
			}
		}
	}
}

/* The INDEX-th node below NODE in reading order, NULL when there are fewer. */
static cJSON *
nth(cJSON *node, size_t *index)
{
	cJSON *child;
	cJSON_ArrayForEach(child, node)
	{
		if ((*index)-- == 0)
			return child;
		cJSON *found = nth(child, index);
		if (found != NULL)
			return found;
	}
	return NULL;
}

/* Makes NODE what TEXT says, in place. */
static void
become(struct scene *s, cJSON *node, const char *text)
{
	cJSON *other = cJSON_Duplicate(parsed(s->arena, text), true);
	cJSON_Delete(node->child);
	if (node->valuestring != NULL)
		cJSON_free(node->valuestring);
	node->child = other->child;
	node->valuestring = other->valuestring;
	node->valueint = other->valueint;
	node->valuedouble = other->valuedouble;
	node->type = other->type;
	cJSON_free(other);
}

static void
any_field_may_be_of_any_type(void **state)
{
	static const char *const kinds[] = {"null", "9007199254740993", "'x'", "[]", "{}", "[null,7,{'name':7}]"};
	(void)state;
	for (size_t o = 0; o < sizeof(objects) / sizeof(objects[0]); o++) {
		bool more = true;
		for (size_t n = 0; more; n++) {
			struct scene *s = scene_new();
			fill_up(s);
			size_t index = n;
			cJSON *node = nth(reply_for(s, objects[o])->json, &index);
			more = node != NULL;
			if (more) {
				const char *kind = kinds[(n + o) % (sizeof(kinds) / sizeof(kinds[0]))];
				become(s, node, kind);
				scene_run(s);
				assert_sound(s, pf_printf(s->arena, "%s, node %zu as %s", objects[o], n, kind));
			}
			scene_free(s);
		}
	}
}

/* Without these a check has seen nothing that it could pass on. */
static const struct {
	const char *path, *steps, *check;
} required[] = {
	{DB, "status", "db.deployment"},
	{DB, "status.availableReplicas", "db.deployment"},
	{DB, "status.updatedReplicas", "db.deployment"},
	{DB, "status.replicas", "db.deployment"},
	{DB, "status.observedGeneration", "db.deployment"},
	{DB, "spec.replicas", "db.deployment"},
	{DB, "metadata.name", "db.deployment"},
	{DB, "metadata", "db.deployment"},
	{SERVICES, "items", "db.service"},
	{SERVICES, "items.1", "db.service"},
	{SERVICES, "items.1.metadata.name", "db.service"},
	{SERVICES, "items.1.spec", "db.service"},
	{SERVICES, "items.1.spec.selector", "db.service"},
	{SERVICES, "items.1.spec.ports", "db.service"},
	{SERVICES, "items.1.spec.ports.0.port", "db.service"},
	{SLICES_OF("dynamodb"), "items", "db.service"},
	{SLICES_OF("dynamodb"), "items.0", "db.service"},
	{SLICES_OF("dynamodb"), "items.0.ports", "db.service"},
	{SLICES_OF("dynamodb"), "items.0.endpoints", "db.service"},
	{CART, "spec", "cart.env"},
	{CART, "spec.template.spec.containers", "cart.env"},
	{CART, CONTAINER ".env", "cart.env"},
	{CART, CONTAINER ".env.0", "cart.env"},
	{CART, CONTAINER ".env.0.value", "cart.env"},
	{CART, CONTAINER ".env", "cart.credentials"},
	{CART, CONTAINER ".env.5.value", "cart.credentials"},
	{CART, CONTAINER ".env.2.value", "cart.endpoint"},
	{CART, CONTAINER ".env.3.value", "cart.create-table"},
	{SLICES_OF("cart"), "items.0.endpoints", "cart.service"},
};

static void
nothing_passes_on_a_field_of_another_type(void **state)
{
	static const char *const kinds[] = {"7.5", "true", "[7]", "{'a':[]}"};
	(void)state;
	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			struct scene *s = scene_new();
			edit(s, required[i].path, required[i].steps, kinds[k]);
			scene_run(s);
			if (result_of(s, required[i].check)->verdict == PF_PASS)
				fail_msg("%s passes with %s of %s as %s: %s", required[i].check, required[i].steps,
					 required[i].path, kinds[k], result_of(s, required[i].check)->message);
			scene_free(s);
		}
	}
}

static void
huge_numbers_wrap_nowhere(void **state)
{
	static const char *const numbers[] = {"4294967296", "-1", "1e300", "9223372036854775807"};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct scene *s = scene_new();
		edit(s, DB, "spec.replicas", numbers[i]);
		edit(s, SERVICES, "items.1.spec.ports.0.port", numbers[i]);
		scene_run(s);
		assert_string_not_equal(fact_of(s, "db.deployment", "deployment.state"), "scaled-to-zero");
		assert_int_not_equal(result_of(s, "db.deployment")->verdict, PF_PASS);
		assert_int_not_equal(result_of(s, "db.service")->verdict, PF_PASS);
		scene_free(s);
	}
	struct scene *s = scene_new();
	/* 8000 plus 2 to the 32nd. */
	edit(s, SERVICES, "items.1.spec.ports.0.port", "4294975296");
	edit(s, SLICES_OF("dynamodb"), "items.0.ports.0.port", "4294975296");
	scene_run(s);
	assert_int_not_equal(result_of(s, "db.service")->verdict, PF_PASS);
	scene_free(s);
}

static void
long_texts_are_cut_to_a_row(void **state)
{
	struct scene *s = *state;
	char *text = pf_alloc(s->arena, 200001);
	memset(text, 'a', 200000);
	set_env(s, "RETAIL_CART_PERSISTENCE_PROVIDER", text);
	set_env(s, "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT", text);
	set_env(s, "RETAIL_CART_PERSISTENCE_DYNAMODB_CREATE_TABLE", text);
	edit(s, SERVICES, "items.1.metadata.name", pf_printf(s->arena, "'%s'", text));
	scene_run(s);
	for (size_t i = 0; i < s->plan->check_count; i++)
		assert_true(strlen(s->results[i].message) <= 600 + 3);
}

static void
control_characters_do_not_get_into_a_row(void **state)
{
	struct scene *s = *state;
	set_env(s, "RETAIL_CART_PERSISTENCE_PROVIDER", "a\033[31mb\nc");
	scene_run(s);
	assert_null(strchr(result_of(s, "cart.env")->message, '\033'));
	assert_null(strchr(result_of(s, "cart.env")->message, '\n'));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(any_field_may_be_of_any_type),
		SCENE_TEST(nothing_passes_on_a_field_of_another_type),
		SCENE_TEST(huge_numbers_wrap_nowhere),
		SCENE_TEST(long_texts_are_cut_to_a_row),
		SCENE_TEST(control_characters_do_not_get_into_a_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
