/* What the running cart says of its configuration, held against the spec. */
#include "cluster_scene.h"

#define PROVIDER "RETAIL_CART_PERSISTENCE_PROVIDER"
#define NAME "RETAIL_CART_PERSISTENCE_DYNAMODB_TABLE_NAME"
#define ENDPOINT_NAME "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT"
#define AT "pod/cart-deployment-5d4f-abcde port 8080"

static void
say(struct scene *s, int status, const char *body)
{
	process_says(&s->processes, s->arena, CART_POD, "GET /topology", NULL, status, body);
	pf_session_forget(s->session);
	scene_run(s);
}

static void
process_that_agrees_passes(void **state)
{
	struct scene *s = *state;
	scene_run(s);
	EXPECT(s, "cart.app", PF_PASS, "dynamodb, table Items, http://dynamodb:8000: as the running process has it");
	EXPECT_FACT(s, "cart.app", "app.provider", "wanted");
	EXPECT_FACT(s, "cart.app", "app.provider_text", "dynamodb");
	EXPECT_FACT(s, "cart.app", "app.table", "Items");
	EXPECT_FACT(s, "cart.app", "app.endpoint", "http://dynamodb:8000");
	EXPECT_FACT(s, "cart.app", "app.agrees", "true");
}

static void
defaults_agree_with_what_is_not_set(void **state)
{
	struct scene *s = *state;
	set_env(s, NAME, NULL);
	set_env(s, PROVIDER, "DynamoDB");
	say(s, 200, TOPOLOGY("DynamoDB", "Items", "http://dynamodb:8000"));
	EXPECT(s, "cart.app", PF_PASS, NULL);
}

static void
process_in_memory_fails_whatever_the_spec_says(void **state)
{
	static const char *const providers[] = {"dynamodb", "in-memory", NULL};
	struct scene *s = *state;
	for (size_t i = 0; i < 3; i++) {
		set_env(s, PROVIDER, providers[i]);
		say(s, 200, TOPOLOGY("in-memory", "N/A", "N/A"));
		EXPECT(s, "cart.app", PF_FAIL, "the running process keeps its data in in-memory, not in dynamodb");
		EXPECT_FACT(s, "cart.app", "app.provider", "other");
		EXPECT_FACT(s, "cart.app", "app.agrees", i == 0 ? "false" : "true");
		EXPECT_FACT(s, "cart.app", "app.table", "(none)");
		EXPECT_FACT(s, "cart.app", "app.endpoint", "(none)");
	}
	say(s, 200, TOPOLOGY("mongo", "N/A", "N/A"));
	EXPECT_FACT(s, "cart.app", "app.provider", "unknown");
}

/* What the image sets is in no spec. */
static void
process_with_dynamodb_counts_where_the_spec_says_nothing(void **state)
{
	struct scene *s = *state;
	set_env(s, PROVIDER, NULL);
	scene_run(s);
	EXPECT(s, "cart.app", PF_WARN,
	       "the running process was started with another configuration (" PROVIDER
	       " is dynamodb, by the spec in-memory): the next start takes the spec's, unless the image sets it");
	EXPECT_FACT(s, "cart.app", "app.provider", "wanted");
	EXPECT_FACT(s, "cart.app", "app.agrees", "false");
}

static void
every_difference_is_named(void **state)
{
	struct scene *s = *state;
	say(s, 200, TOPOLOGY("dynamodb", "Carts", "http://old:8000"));
	EXPECT(s, "cart.app", PF_WARN, NULL);
	EXPECT_FACT(s, "cart.app", "app.differences",
		    NAME " is Carts, by the spec Items; " ENDPOINT_NAME
			 " is http://old:8000, by the spec http://dynamodb:8000");
	say(s, 200, "{'persistenceProvider':'dynamodb','dynamodbTable':'Items','dynamodbEndpoint':null}");
	EXPECT_FACT(s, "cart.app", "app.differences", ENDPOINT_NAME " is (none), by the spec http://dynamodb:8000");
}

static void
what_the_spec_does_not_tell_is_not_compared(void **state)
{
	struct scene *s = *state;
	set_env_from(s, PROVIDER, "secretKeyRef", "cart", "PROVIDER");
	set_env_from(s, NAME, "secretKeyRef", "cart", "TABLE");
	set_env_from(s, ENDPOINT_NAME, "secretKeyRef", "cart", "URL");
	refuse(s, SECRET("cart"), 403);
	scene_run(s);
	EXPECT(s, "cart.app", PF_PASS, NULL);
	EXPECT_FACT(s, "cart.app", "app.provider", "wanted");
	EXPECT_FACT(s, "cart.app", "app.agrees", "(none)");
}

static void
values_of_secrets_are_compared_and_not_shown(void **state)
{
	struct scene *s = *state;
	set_env_from(s, NAME, "secretKeyRef", "cart", "TABLE");
	put(s, SECRET("cart"), "{'kind':'Secret','metadata':{'name':'cart'},'data':{'TABLE':'Q0FOQVJZMTIzNDU2'}}");
	/* A short one comes back as it is, a longer one as its token. */
	static const char *const said[] = {"Items", "{{redacted:99:alnum:8-15}}"};
	for (size_t i = 0; i < 2; i++) {
		say(s, 200,
		    pf_printf(s->arena,
			      "{'persistenceProvider':'dynamodb','dynamodbTable':'%s','dynamodbEndpoint':'http://"
			      "dynamodb:8000'}",
			      said[i]));
		EXPECT_FACT(s, "cart.app", "app.table", "(none)");
		assert_null(strstr(result_of(s, "cart.app")->message, "Items"));
		assert_null(strstr(result_of(s, "cart.app")->message, "{{"));
		assert_non_null(strstr(result_of(s, "cart.app")->message, "(not shown)"));
	}
	EXPECT_FACT(s, "cart.app", "app.differences", NAME " is (not shown), by the spec (not shown)");
}

static void
process_is_asked_on_its_port(void **state)
{
	static const struct {
		const char *port, *at;
	} table[] = {{"9090", "9090"},        {NULL, "8080"}, {"", "8080"},       {"http", "8080"},
		     {"99999999999", "8080"}, {"0", "8080"},  {" 9090\n", "9090"}};
	struct scene *s = *state;
	process_fails(&s->processes, CART_POD, "", PF_REPLY_NONE, PF_ERR_UNREACHABLE, true);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		set_env(s, "PORT", table[i].port);
		pf_session_forget(s->session);
		scene_run(s);
		EXPECT(s, "cart.app", PF_SKIP,
		       pf_printf(s->arena, "nothing listens on pod/cart-deployment-5d4f-abcde port %s", table[i].at));
	}
}

static void
old_cart_without_topology_is_skipped(void **state)
{
	struct scene *s = *state;
	say(s, 404, "{'status':404,'error':'Not Found'}");
	EXPECT(s, "cart.app", PF_SKIP, "no /topology (the cart has it since 1.0.0)");
	say(s, 404, "<html>Whitelabel Error Page</html>");
	EXPECT(s, "cart.app", PF_SKIP, "no /topology (the cart has it since 1.0.0)");
}

static void
answers_that_make_no_sense_are_errors(void **state)
{
	struct scene *s = *state;
	say(s, 500, "{'status':500}");
	EXPECT(s, "cart.app", PF_ERROR, AT " answers /topology with HTTP 500");
	say(s, 302, "");
	EXPECT(s, "cart.app", PF_ERROR, AT " answers /topology with HTTP 302");
	say(s, 200, "<html>Log in</html>");
	EXPECT(s, "cart.app", PF_ERROR, AT " answers /topology with something that is no JSON object");
	say(s, 200, "[{'persistenceProvider':'dynamodb'}]");
	EXPECT(s, "cart.app", PF_ERROR, AT " answers /topology with something that is no JSON object");
	say(s, 200, "{'persistenceProvider':'dyna");
	EXPECT(s, "cart.app", PF_ERROR, AT " answers /topology with something that is no JSON object");
	EXPECT_FACT(s, "cart.app", "app.provider", "(none)");
}

static void
topology_without_a_provider_says_nothing(void **state)
{
	static const char *const bodies[] = {"{}", "{'persistenceProvider':null}", "{'persistenceProvider':{'a':1}}",
					     "{'persistenceProvider':''}", "{'persistenceProvider':'N/A'}"};
	struct scene *s = *state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		say(s, 200, bodies[i]);
		EXPECT(s, "cart.app", PF_SKIP,
		       "/topology of pod/cart-deployment-5d4f-abcde does not say what is asked for");
		EXPECT_FACT(s, "cart.app", "app.provider", "(none)");
	}
}

static void
words_from_outside_are_tamed(void **state)
{
	struct scene *s = *state;
	char *huge = pf_alloc(s->arena, 60001);
	memset(huge, 'x', 60000);
	say(s, 200,
	    pf_printf(s->arena,
		      "{'persistenceProvider':'dynamodb','dynamodbTable':'%s','dynamodbEndpoint':'a\\u001b[2J\\nb'}",
		      huge));
	EXPECT(s, "cart.app", PF_WARN, NULL);
	assert_true(strlen(result_of(s, "cart.app")->message) < 700);
	assert_null(strpbrk(result_of(s, "cart.app")->message, "\n\033"));
}

static void
process_that_hangs_fails(void **state)
{
	struct scene *s = *state;
	process_fails(&s->processes, CART_POD, "", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	scene_run(s);
	EXPECT(s, "cart.app", PF_FAIL, AT " takes the connection and gives no answer to /topology within 5 s");
}

static void
tls_or_noise_is_an_error(void **state)
{
	struct scene *s = *state;
	process_fails(&s->processes, CART_POD, "", PF_REPLY_TLS, PF_ERR_PROTOCOL, false);
	scene_run(s);
	EXPECT(s, "cart.app", PF_ERROR, NULL);
}

/* An older revision that still serves says nothing about what was deployed. */
static void
only_the_newest_revision_is_asked(void **state)
{
	struct scene *s = *state;
	edit(s, CART, "metadata.generation", "2");
	edit(s, CART, "metadata.annotations", "{'deployment.kubernetes.io/revision':'2'}");
	edit(s, CART, "status.observedGeneration", "2");
	edit(s, CART, "status.updatedReplicas", "0");
	put(s, REPLICASETS,
	    "{'items':[{'metadata':{'name':'cart-deployment-new','labels':{'app':'cart','pod-template-hash':'new'},"
	    "'annotations':{'deployment.kubernetes.io/revision':'2'},'ownerReferences':[{'kind':'Deployment','uid':"
	    "'d-cart'}]}}]}");
	scene_run(s);
	EXPECT(s, "cart.app", PF_SKIP, "no pod of the newest revision of deployment/cart-deployment runs");
}

static void
absent_or_unreadable_cart_is_not_asked(void **state)
{
	struct scene *s = *state;
	refuse(s, CART_PODS, 403);
	scene_run(s);
	EXPECT(s, "cart.app", PF_ERROR, NULL);
	remove_object(s, CART);
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "cart.app", PF_SKIP, "deployment/cart-deployment does not exist");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(process_that_agrees_passes),
		SCENE_TEST(defaults_agree_with_what_is_not_set),
		SCENE_TEST(process_in_memory_fails_whatever_the_spec_says),
		SCENE_TEST(process_with_dynamodb_counts_where_the_spec_says_nothing),
		SCENE_TEST(every_difference_is_named),
		SCENE_TEST(what_the_spec_does_not_tell_is_not_compared),
		SCENE_TEST(values_of_secrets_are_compared_and_not_shown),
		SCENE_TEST(process_is_asked_on_its_port),
		SCENE_TEST(old_cart_without_topology_is_skipped),
		SCENE_TEST(answers_that_make_no_sense_are_errors),
		SCENE_TEST(topology_without_a_provider_says_nothing),
		SCENE_TEST(words_from_outside_are_tamed),
		SCENE_TEST(process_that_hangs_fails),
		SCENE_TEST(tls_or_noise_is_an_error),
		SCENE_TEST(only_the_newest_revision_is_asked),
		SCENE_TEST(absent_or_unreadable_cart_is_not_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
