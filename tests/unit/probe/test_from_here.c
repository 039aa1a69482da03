/*
 * What this process sees by itself in the cluster: in the application's own pod, with a pod whose names are made in
 * another way than ours, and where no object can be read.
 */
#include "cluster_scene.h"

#define URL "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT"
#define RESOLVED(address) "{'outcome':'resolved','addresses':['" address "']}"
#define NXDOMAIN "{'outcome':'nxdomain'}"
#define PLACE(host, namespace_, own) "'own':['" own "'],'host':'" host "','podNamespace':'" namespace_ "'}"
#define CONTROL(place) "{'outcome':'resolved','addresses':['10.96.0.1']," place
#define ELSEWHERE PLACE("debug", "shop", "10.244.0.99")
#define NOT_OURS "; seen from this process, which is not the application's pod"
#define DOCUMENTED "; the documented name, seen from this process, which is not the application's pod"
#define DOCUMENTED_IN_POD "; the documented name: what the application has been told could not be read"

/* What this process meets. */
static struct {
	const char *control, *database; /* answers to the names */
	const char *dial;
	const char *database_says, *cart_says; /* HTTP bodies at the Services; NULL: no connection */
	int database_status;
	const char *server;
	char asked[20][160];
	size_t asked_count;
} here;

static bool
was_asked(const char *part)
{
	for (size_t i = 0; i < here.asked_count; i++) {
		if (strstr(here.asked[i], part) != NULL)
			return true;
	}
	return false;
}

static void
say(struct scene *s, struct pf_answer *answer, int status, const char *body)
{
	if (body == NULL) {
		(void)pf_fail(&answer->err, PF_ERR_UNREACHABLE, "it cannot be connected to");
		return;
	}
	answer->ok = true;
	answer->status = status;
	answer->reply = PF_REPLY_HTTP;
	answer->server = here.server;
	if (body[0] == '{')
		answer->json = parsed(s->arena, body);
	else
		answer->text = body;
}

static void
look_around(struct scene *s, const struct pf_ask *ask, struct pf_answer *answer)
{
	*answer = (struct pf_answer){.text = "", .elapsed_ms = 4};
	assert_true(here.asked_count < 20);
	snprintf(here.asked[here.asked_count++], sizeof(here.asked[0]), "%s %s %s", ask->method, ask->path,
		 ask->body != NULL ? ask->body : "");
	if (ask->kind == PF_ASK_DIRECT) {
		bool is_cart = strcmp(ask->path, "10.96.0.8:80") == 0;
		say(s, answer, is_cart ? 200 : here.database_status, is_cart ? here.cart_says : here.database_says);
		return;
	}
	answer->ok = true;
	answer->json = parsed(s->arena, ask->kind == PF_ASK_DIAL ? pf_printf(s->arena, "{'outcome':'%s'}", here.dial)
					: strcmp(ask->path, "kubernetes.default.svc") == 0 ? here.control
					: strcmp(ask->path, "cart") == 0                   ? RESOLVED("10.96.0.8")
											   : here.database);
}

/* In the cluster, all well, not in the application's pod. */
static struct scene *
in_cluster(void)
{
	struct scene *s = scene_new();

	memset(&here, 0, sizeof(here));
	here.control = CONTROL(ELSEWHERE);
	here.database = RESOLVED("10.96.0.7");
	here.dial = "connected";
	here.database_status = 400;
	here.database_says = UNSIGNED;
	here.cart_says = TOPOLOGY("dynamodb", "Items", "http://dynamodb:8000");
	s->from_here = look_around;
	pf_session_look_from(s->session, PF_VANTAGE_AUTO, true);
	return s;
}

/* And nothing can be asked of the API server. */
static struct scene *
without_a_server(void)
{
	struct scene *s = in_cluster();
	struct pf_err err;

	(void)pf_fail(&err, PF_ERR_CONFIG, "this pod has no token");
	s->live = pf_target_without_server(s->arena, &err, 1000);
	return s;
}

/* ---- Without a server ---- */

static void
what_needs_no_server_is_looked_at_all_the_same(void **state)
{
	static const char *const others[] = {"cluster.access", "db.deployment",    "db.service",    "cart.deployment",
					     "cart.env",       "cart.credentials", "cart.endpoint", "cart.create-table",
					     "cart.service",   "db.table",         "cart.logs"};
	struct scene *s = without_a_server();
	(void)state;

	scene_run(s);
	EXPECT(s, "dns", PF_PASS, "dynamodb → 10.96.0.7" DOCUMENTED);
	EXPECT(s, "tcp", PF_PASS, "connected to dynamodb:8000 in 4 ms" DOCUMENTED);
	EXPECT(s, "db.answers", PF_PASS, "dynamodb:8000 answers as DynamoDB; its objects were not read");
	EXPECT(s, "cart.app", PF_PASS, "dynamodb, table Items, http://dynamodb:8000: as the running process has it");
	EXPECT_FACT(s, "dns", "dns.vantage", "local");
	EXPECT_FACT(s, "dns", "dns.assumed", "true");
	EXPECT_FACT(s, "dns", "dns.decides", "(none)");
	EXPECT_FACT(s, "dns", "dns.policy", "(none)");
	EXPECT_FACT(s, "tcp", "tcp.assumed", "true");
	EXPECT_FACT(s, "db.answers", "answers.way", "service");
	EXPECT_FACT(s, "db.answers", "answers.identity", "(none)");
	EXPECT_FACT(s, "cart.app", "app.way", "service");
	EXPECT_FACT(s, "cart.app", "app.agrees", "(none)");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		EXPECT(s, others[i], PF_ERROR, "this pod has no token");
	assert_true(was_asked("RESOLVE dynamodb {\"namespace\":\"shop\",\"ndots\":5}"));
	scene_free(s);
}

/* A NetworkPolicy may keep only us out. */
static void
what_is_not_reached_from_here_is_no_failure(void **state)
{
	struct scene *s = without_a_server();
	(void)state;

	here.dial = "timeout";
	here.database_says = here.cart_says = NULL;
	scene_run(s);
	EXPECT(s, "tcp", PF_WARN, "dynamodb:8000 does not answer (after 4 ms)" DOCUMENTED);
	EXPECT(s, "db.answers", PF_ERROR, "this pod has no token; from here, it cannot be connected to");
	EXPECT(s, "cart.app", PF_ERROR, "this pod has no token; from here, it cannot be connected to");
	scene_free(s);
	s = without_a_server();
	here.database = NXDOMAIN;
	scene_run(s);
	EXPECT(s, "dns", PF_WARN, NULL);
	EXPECT(s, "tcp", PF_SKIP, NULL);
	EXPECT(s, "db.answers", PF_ERROR,
	       "this pod has no token; from here, dynamodb does not resolve here (nxdomain)");
	scene_free(s);
}

/* What a process says of itself is proof wherever it is heard. */
static void
process_that_says_it_is_wrong_fails(void **state)
{
	struct scene *s = without_a_server();
	(void)state;

	here.cart_says = TOPOLOGY("in-memory", "N/A", "N/A");
	here.database_status = 404;
	here.database_says = "<html>";
	scene_run(s);
	EXPECT(s, "cart.app", PF_FAIL, "the running process keeps its data in in-memory, not in dynamodb");
	EXPECT(s, "db.answers", PF_FAIL, "dynamodb:8000 answers HTTP 404, but not as DynamoDB");
	EXPECT_FACT(s, "db.answers", "answers.behind_service", "other-http");
	scene_free(s);
	static const struct {
		int status;
		const char *server, *says;
	} of_meshes[] = {
		{503, "envoy", "no healthy upstream"},
		{403, "istio-envoy", "{'message':'RBAC: access denied'}"},
		{403, NULL, ""},
	};
	for (size_t i = 0; i < sizeof(of_meshes) / sizeof(of_meshes[0]); i++) {
		s = without_a_server();
		here.database_status = of_meshes[i].status;
		here.database_says = quoted(s->arena, of_meshes[i].says);
		here.server = of_meshes[i].server;
		scene_run(s);
		EXPECT(s, "db.answers", PF_ERROR,
		       "this pod has no token; from here, a service mesh answers in its place");
		EXPECT_FACT(s, "db.answers", "answers.behind_service", "(none)");
		scene_free(s);
	}
}

static void
pod_of_the_cart_is_known_by_its_name(void **state)
{
	static const struct {
		const char *control;
		bool own;
	} table[] = {
		{CONTROL(PLACE("cart-deployment-84889dc75c-57pvl", "shop", "10.244.0.7")), true},
		{CONTROL(PLACE("cart-deployment-84889dc75c-57pvl", "other", "10.244.0.7")), false},
		{CONTROL(PLACE("cart-deployment-x-84889dc75c-57pvl", "shop", "10.244.0.7")), false},
		{CONTROL(PLACE("cart-deployment-84889dc75c", "shop", "10.244.0.7")), false},
		{CONTROL(PLACE("cart-deployment-84889dc75c-57pv", "shop", "10.244.0.7")), false},
		{CONTROL(PLACE("cart-deployment-84889dc75c-57pvlx", "shop", "10.244.0.7")), false},
		{CONTROL(PLACE("cart-deployment", "shop", "10.244.0.7")), false},
		{CONTROL(PLACE("", "shop", "10.244.0.7")), false},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = without_a_server();
		here.control = table[i].control;
		here.dial = "refused";
		scene_run(s);
		/* It is the cart's view, but of a name that the cart may not have been told: no fault of its. */
		EXPECT(s, "tcp", PF_WARN,
		       table[i].own ? "dynamodb:8000 refuses the connection (after 4 ms)" DOCUMENTED_IN_POD
				    : "dynamodb:8000 refuses the connection (after 4 ms)" DOCUMENTED);
		EXPECT_FACT(s, "tcp", "tcp.decides", "(none)");
		assert_int_equal(was_asked("RESOLVE dynamodb {\"hosts\":true}"), table[i].own);
		scene_free(s);
	}
}

static void
elsewhere_nothing_is_assumed(void **state)
{
	static const struct {
		enum pf_vantage vantage;
		bool in_cluster;
	} table[] = {{PF_VANTAGE_AUTO, false}, {PF_VANTAGE_LOCAL, false}, {PF_VANTAGE_POD, true}};
	(void)state;

	for (size_t i = 0; i < 3; i++) {
		struct scene *s = without_a_server();
		pf_session_look_from(s->session, table[i].vantage, table[i].in_cluster);
		scene_run(s);
		EXPECT(s, "dns", PF_ERROR, "this pod has no token");
		EXPECT(s, "tcp", PF_ERROR, "this pod has no token");
		assert_false(was_asked("DIAL"));
		scene_free(s);
	}
}

/* A token that may do nothing is not better than none. */
static void
forbidden_objects_are_done_without(void **state)
{
	struct scene *s = in_cluster();
	(void)state;

	refuse(s, CART, 403);
	refuse(s, DB, 403);
	scene_run(s);
	EXPECT(s, "dns", PF_PASS, "dynamodb → 10.96.0.7" DOCUMENTED);
	EXPECT(s, "db.answers", PF_PASS, NULL);
	EXPECT(s, "cart.app", PF_PASS, NULL);
	EXPECT_FACT(s, "cart.app", "app.way", "service");
	scene_free(s);
}

/* ---- In the application's own pod ---- */

/* A crash loop: no container runs that could be looked from, but we do, in the same pod. */
static void
own_pod_is_looked_from_while_the_cart_crashes(void **state)
{
	struct scene *s = in_cluster();
	(void)state;

	here.control = CONTROL(PLACE("cart-deployment-5d4f-abcde", "shop", "10.244.0.5"));
	here.dial = "refused";
	edit(s, CART_PODS, "items.0.status.containerStatuses.0.state", "{'waiting':{'reason':'CrashLoopBackOff'}}");
	scene_run(s);
	EXPECT(s, "dns", PF_PASS, "dynamodb → 10.96.0.7, as its Service");
	EXPECT_FACT(s, "dns", "dns.vantage", "local");
	EXPECT_FACT(s, "dns", "dns.decides", "true");
	EXPECT(s, "tcp", PF_FAIL, NULL);
	EXPECT_FACT(s, "tcp", "tcp.decides", "true");
	assert_int_equal(s->execs, 0);
	assert_true(was_asked("RESOLVE dynamodb {\"hosts\":true}"));
	scene_free(s);
}

/* The container runs now, and may be gone in a moment. */
static void
own_pod_goes_before_a_command_in_the_container(void **state)
{
	struct scene *s = in_cluster();
	(void)state;

	here.control = CONTROL(PLACE("cart-deployment-5d4f-abcde", "shop", "10.244.0.5"));
	scene_run(s);
	EXPECT_FACT(s, "tcp", "tcp.vantage", "local");
	EXPECT_FACT(s, "tcp", "tcp.decides", "true");
	scene_free(s);
	s = in_cluster();
	scene_run(s);
	EXPECT_FACT(s, "tcp", "tcp.vantage", "pod");
	scene_free(s);
}

/* On the node's network many pods have its address. */
static void
address_of_the_node_is_not_that_of_a_pod(void **state)
{
	struct scene *s = in_cluster();
	(void)state;

	here.control = CONTROL(PLACE("node1", "shop", "10.244.0.5"));
	edit(s, CART_PODS, "items.0.spec.hostNetwork", "true");
	scene_run(s);
	EXPECT_FACT(s, "tcp", "tcp.vantage", "pod");
	scene_free(s);
}

/* ---- Names that are made in another way ---- */

static struct scene *
from_here_with(const char *spec)
{
	struct scene *s = in_cluster();
	cJSON *template = PF_AT(reply_for(s, CART)->json, "spec", "template", "spec"), *node;

	pf_session_look_from(s->session, PF_VANTAGE_LOCAL, true);
	cJSON_ArrayForEach(node, parsed(s->arena, spec))
		pf_json_set(template, node->string, cJSON_Duplicate(node, true));
	return s;
}

static void
host_aliases_go_before_dns(void **state)
{
	struct scene *s = from_here_with("{'hostAliases':[{'ip':'10.9.9.9','hostnames':['x','dynamodb']},"
					 "{'ip':'10.9.9.8','hostnames':['y']}]}");
	(void)state;

	scene_run(s);
	EXPECT(s, "dns", PF_WARN, NULL);
	assert_non_null(strstr(result_of(s, "dns")->message,
			       "dynamodb → 10.9.9.9 by hostAliases of its pod, but service/dynamodb is 10.96.0.7"));
	assert_true(was_asked("DIAL 10.9.9.9:8000"));
	assert_false(was_asked("DIAL 10.96.0.7:8000"));
	scene_free(s);
	/* They hold where the node's resolver is asked for all else, too. */
	s = from_here_with("{'dnsPolicy':'Default','hostAliases':[{'ip':'10.96.0.7','hostnames':['dynamodb']}]}");
	scene_run(s);
	EXPECT(s, "dns", PF_PASS, "dynamodb → 10.96.0.7, as its Service" NOT_OURS);
	scene_free(s);
}

static void
resolver_of_the_node_is_not_ours_to_ask(void **state)
{
	static const struct {
		const char *spec, *part;
	} table[] = {{"{'dnsPolicy':'Default'}", "(dnsPolicy Default)"}, {"{'hostNetwork':true}", "(hostNetwork)"}};
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct scene *s = from_here_with(table[i].spec);
		scene_run(s);
		EXPECT(s, "dns", PF_ERROR, NULL);
		EXPECT(s, "tcp", PF_ERROR, NULL);
		assert_non_null(strstr(result_of(s, "dns")->message, table[i].part));
		assert_false(was_asked("DIAL"));
		scene_free(s);
	}
}

/* On the node's network ourselves, we ask the node's resolver, which knows no Service. */
static void
process_that_asks_another_dns_judges_nothing(void **state)
{
	struct scene *s = from_here_with("{}");
	(void)state;

	here.control = "{'outcome':'nxdomain','own':['192.0.2.7'],'host':'node1'}";
	here.database = NXDOMAIN;
	scene_run(s);
	EXPECT(s, "dns", PF_ERROR, NULL);
	assert_non_null(strstr(result_of(s, "dns")->message, "does not ask the cluster's DNS"));
	scene_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_needs_no_server_is_looked_at_all_the_same),
		cmocka_unit_test(what_is_not_reached_from_here_is_no_failure),
		cmocka_unit_test(process_that_says_it_is_wrong_fails),
		cmocka_unit_test(pod_of_the_cart_is_known_by_its_name),
		cmocka_unit_test(elsewhere_nothing_is_assumed),
		cmocka_unit_test(forbidden_objects_are_done_without),
		cmocka_unit_test(own_pod_is_looked_from_while_the_cart_crashes),
		cmocka_unit_test(own_pod_goes_before_a_command_in_the_container),
		cmocka_unit_test(address_of_the_node_is_not_that_of_a_pod),
		cmocka_unit_test(host_aliases_go_before_dns),
		cmocka_unit_test(resolver_of_the_node_is_not_ours_to_ask),
		cmocka_unit_test(process_that_asks_another_dns_judges_nothing),
	};

	return cmocka_run_group_tests_name("from here", tests, NULL, NULL);
}
