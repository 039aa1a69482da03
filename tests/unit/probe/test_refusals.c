/* What may not be read, breaks off or is no answer: an error of the checks that need it, never a fail, never a pass. */
#include "cluster_scene.h"

static bool
is_one_of(const char *const *ids, const char *id)
{
	for (size_t i = 0; ids[i] != NULL; i++) {
		if (pf_streq(ids[i], id))
			return true;
	}
	return false;
}

/* The objects part of the plan; what asks processes is tested elsewhere. */
static const char *const checks[] = {"db.deployment",    "db.service",    "cart.deployment",   "cart.env",
				     "cart.credentials", "cart.endpoint", "cart.create-table", "cart.service"};

#define EACH(id) for (const char *const *id = checks; id < checks + sizeof(checks) / sizeof(checks[0]); id++)

/* What is forbidden, and which checks cannot be judged then. All others pass. */
static const struct {
	const char *path;
	const char *const errors[12];
} needs[] = {
	{DB, {"db.deployment", NULL}},
	{CART,
	 {"cart.deployment", "cart.env", "cart.credentials", "cart.endpoint", "cart.create-table", "cart.service",
	  NULL}},
	{DB_PODS, {"db.deployment", NULL}},
	{CART_PODS, {"cart.deployment", NULL}},
	{SLICES_OF("dynamodb"), {"db.service", NULL}},
	{SLICES_OF("cart"), {"cart.service", NULL}},
	{INGRESSES, {"db.service", NULL}},
	{REPLICASETS, {NULL}},
	{EVENTS, {NULL}},
	{ALL_SERVICES, {NULL}},
	{CONFIGMAP("cart"), {NULL}},
	{SECRET("aws"), {NULL}},
};

static void
a_forbidden_resource_is_an_error_of_those_that_need_it(void **state)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		struct scene *s = scene_new();
		refuse(s, needs[i].path, 403);
		scene_run(s);
		EACH(id)
		{
			bool expected = is_one_of(needs[i].errors, *id);
			const struct pf_check_result *r = result_of(s, *id);
			if ((r->verdict == PF_ERROR) != expected || (r->verdict != PF_PASS && !expected))
				fail_msg("without %s %s is %s: %s", needs[i].path, *id, pf_verdict_name(r->verdict),
					 r->message);
			if (expected) {
				assert_non_null(strstr(r->message, "ci may not get things"));
				assert_non_null(strstr(r->message, "Role rule to add: {apiGroups: ["));
			}
		}
		scene_free(s);
	}
	(void)state;
}

static void
services_that_may_not_be_listed_are_got(void **state)
{
	struct scene *s = *state;
	refuse(s, SERVICES, 403);
	put(s, SERVICE("dynamodb"),
	    "{'kind':'Service','metadata':{'name':'dynamodb'},'spec':{'clusterIP':'10.96.0.7','selector':{'app':"
	    "'dynamodb'},'ports':[{'name':'dynamodb','port':8000}]}}");
	scene_run(s);
	EXPECT(s, "db.service", PF_PASS, NULL);
	EXPECT(s, "cart.endpoint", PF_PASS, NULL);
	EXPECT(s, "cart.service", PF_ERROR, NULL);
}

static void
services_that_may_not_be_read_at_all_are_an_error(void **state)
{
	static const char *const urls[] = {"http://dynamodb:8000", "http://10.96.0.7:8000", "http://other:8000",
					   "http://x.elsewhere:8000"};
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct scene *s = scene_new();
		refuse(s, SERVICES, 403);
		refuse(s, SERVICE(""), 403);
		refuse(s, "/api/v1/namespaces/elsewhere/services/", 403);
		set_env(s, "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT", urls[i]);
		scene_run(s);
		EXPECT(s, "db.service", PF_ERROR, NULL);
		EXPECT(s, "cart.endpoint", PF_ERROR, NULL);
		EXPECT(s, "cart.service", PF_ERROR, NULL);
		scene_free(s);
	}
	(void)state;
}

static void
what_this_identity_lacks_is_named(void **state)
{
	struct scene *s = *state;
	refuse(s, SLICES, 403);
	put(s, REVIEW,
	    "{'kind':'SelfSubjectRulesReview','status':{'incomplete':false,'resourceRules':[{'verbs':['*'],'apiGroups':"
	    "["
	    "'','apps','networking.k8s.io','authorization.k8s.io'],'resources':['*']}]}}");
	scene_run(s);
	EXPECT_FACT(s, "cluster.access", "cluster.reachable", "true");
	EXPECT_FACT(s, "cluster.access", "cluster.denied", "true");
	EXPECT_FACT(s, "cluster.access", "cluster.missing_rights", "list endpointslices");
	EXPECT(s, "cluster.access", PF_PASS, NULL);
}

static void
incomplete_review_claims_nothing(void **state)
{
	struct scene *s = *state;
	refuse(s, SLICES, 403);
	put(s, REVIEW, "{'kind':'SelfSubjectRulesReview','status':{'incomplete':true,'resourceRules':[]}}");
	scene_run(s);
	EXPECT_FACT(s, "cluster.access", "cluster.missing_rights", "(none)");
	EXPECT(s, "cluster.access", PF_PASS, NULL);
}

static const char *const asked_for[] = {
	DB, CART, DB_PODS, CART_PODS, SERVICES, INGRESSES, SLICES_OF("dynamodb"), SLICES_OF("cart")};

#define EACH_PATH(i) for (size_t i = 0; i < sizeof(asked_for) / sizeof(asked_for[0]); i++)

static void
assert_no_fail(const struct scene *s, const char *why)
{
	EACH(id)
	{
		const struct pf_check_result *r = result_of(s, *id);
		if (r->verdict == PF_FAIL)
			fail_msg("%s: %s fails: %s", why, *id, r->message);
	}
}

static void
a_connection_that_breaks_is_never_a_fail(void **state)
{
	static const enum pf_err_kind kinds[] = {PF_ERR_UNREACHABLE, PF_ERR_TIMEOUT, PF_ERR_PROTOCOL,
						 PF_ERR_INTERRUPTED, PF_ERR_TLS};
	EACH_PATH(i)
	{
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			struct scene *s = scene_new();
			unsigned errors = 0;
			break_off(s, asked_for[i], kinds[k]);
			scene_run(s);
			assert_no_fail(s, asked_for[i]);
			EACH(id) errors += result_of(s, *id)->verdict == PF_ERROR;
			assert_true(errors > 0);
			scene_free(s);
		}
	}
	(void)state;
}

static void
a_failing_server_is_never_a_fail(void **state)
{
	static const int statuses[] = {401, 410, 429, 500, 503};
	EACH_PATH(i)
	{
		for (size_t k = 0; k < sizeof(statuses) / sizeof(statuses[0]); k++) {
			struct scene *s = scene_new();
			refuse(s, asked_for[i], statuses[k]);
			scene_run(s);
			assert_no_fail(s, asked_for[i]);
			scene_free(s);
		}
	}
	(void)state;
}

static void
an_unreachable_server_is_asked_once(void **state)
{
	struct scene *s = *state;
	break_off(s, "/", PF_ERR_UNREACHABLE);
	scene_run(s);
	assert_int_equal(s->waves, 1);
	EXPECT(s, "cluster.access", PF_ERROR, "the connection broke");
	EXPECT_FACT(s, "cluster.access", "cluster.reachable", "false");
	EACH(id) EXPECT(s, *id, PF_ERROR, NULL);
}

static void
an_answer_that_is_something_else_is_neither_pass_nor_fail(void **state)
{
	static const char *const answers[] = {
		"{}",
		"[]",
		"null",
		"'hello'",
		"7",
		"{'items':'x'}",
		"{'items':{}}",
		"{'kind':'Status','status':'Success'}",
		"{'metadata':{'name':'somebody-else'},'spec':{'replicas':1}}",
	};
	EACH_PATH(i)
	{
		for (size_t k = 0; k < sizeof(answers) / sizeof(answers[0]); k++) {
			struct scene *s = scene_new();
			unsigned errors = 0;
			put(s, asked_for[i], answers[k]);
			scene_run(s);
			EACH(id)
			{
				const struct pf_check_result *r = result_of(s, *id);
				errors += r->verdict == PF_ERROR;
				if (r->verdict == PF_FAIL)
					fail_msg("%s for %s: %s is %s: %s", answers[k], asked_for[i], *id,
						 pf_verdict_name(r->verdict), r->message);
			}
			if (errors == 0)
				fail_msg("%s for %s passes", answers[k], asked_for[i]);
			scene_free(s);
		}
	}
	(void)state;
}

static void
text_instead_of_json_is_an_error(void **state)
{
	EACH_PATH(i)
	{
		struct scene *s = scene_new();
		reply_at(s, asked_for[i])->text = "<html>Please log in</html>";
		scene_run(s);
		assert_no_fail(s, asked_for[i]);
		scene_free(s);
	}
	(void)state;
}

static void
every_page_of_a_list_is_read(void **state)
{
	struct scene *s = *state;
	put(s, SERVICES, "{'kind':'ServiceList','metadata':{'continue':'t1'},'items':[{'metadata':{'name':'a'}}]}");
	put(s, SERVICES "limit=500&continue=t1",
	    "{'kind':'ServiceList','metadata':{},'items':[{'metadata':{'name':'dynamodb'},'spec':{'clusterIP':"
	    "'10.96.0.7','selector':{'app':'dynamodb'},'ports':[{'name':'dynamodb','port':8000}]}}]}");
	scene_run(s);
	EXPECT(s, "db.service", PF_PASS, NULL);
	EXPECT(s, "cart.endpoint", PF_PASS, NULL);
}

static void
a_page_that_cannot_be_had_spoils_the_list(void **state)
{
	struct scene *s = *state;
	put(s, SERVICES, "{'kind':'ServiceList','metadata':{'continue':'t1'},'items':[{'metadata':{'name':'a'}}]}");
	refuse(s, SERVICES "limit=500&continue=t1", 500);
	scene_run(s);
	EXPECT(s, "db.service", PF_ERROR, NULL);
	EXPECT(s, "cart.endpoint", PF_ERROR, NULL);
}

static void
pages_without_end_are_given_up(void **state)
{
	struct scene *s = *state;
	put(s, SERVICES, "{'kind':'ServiceList','metadata':{'continue':'t1'},'items':[]}");
	scene_run(s);
	assert_no_fail(s, "pages");
	EXPECT(s, "cart.endpoint", PF_ERROR, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_forbidden_resource_is_an_error_of_those_that_need_it),
		SCENE_TEST(services_that_may_not_be_listed_are_got),
		SCENE_TEST(services_that_may_not_be_read_at_all_are_an_error),
		SCENE_TEST(what_this_identity_lacks_is_named),
		SCENE_TEST(incomplete_review_claims_nothing),
		SCENE_TEST(a_connection_that_breaks_is_never_a_fail),
		SCENE_TEST(a_failing_server_is_never_a_fail),
		SCENE_TEST(an_unreachable_server_is_asked_once),
		SCENE_TEST(an_answer_that_is_something_else_is_neither_pass_nor_fail),
		SCENE_TEST(text_instead_of_json_is_an_error),
		SCENE_TEST(every_page_of_a_list_is_read),
		SCENE_TEST(a_page_that_cannot_be_had_spoils_the_list),
		SCENE_TEST(pages_without_end_are_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
