/* The database's Service, and the endpoint that names one: every outcome, and whose fault it is. */
#include "cluster_scene.h"

#define URL "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT"
#define DB_SERVICE(path) "items.1." path

static void
each_outcome_of_the_endpoint_is_reached(void **state)
{
	static const struct {
		const char *url, *outcome;
		enum pf_verdict verdict;
		const char *message;
	} table[] = {
		{"http://dynamodb:8000", "service", PF_PASS, "http://dynamodb:8000"},
		{"http://dynamodb.shop.svc.cluster.local:8000", "service", PF_PASS,
		 "http://dynamodb.shop.svc.cluster.local:8000"},
		{"http://10.96.0.7:8000", "address", PF_WARN,
		 "http://10.96.0.7:8000 is the address of service/dynamodb: it changes when the Service is made anew"},
		{"http://10.96.0.7:9000", "port-not-served", PF_FAIL,
		 "http://10.96.0.7:9000, but service/dynamodb serves 8000"},
		{NULL, "unset", PF_FAIL, URL " is not set: the SDK calls AWS itself"},
		{"", "unset", PF_FAIL, URL " is empty: the SDK calls AWS itself"},
		{"dynamodb:8000", "malformed", PF_FAIL, "dynamodb:8000 has no scheme (http://)"},
		{"http://dyna_modb:8000", "malformed", PF_FAIL,
		 "http://dyna_modb:8000 has a host name that Java does not take"},
		{"http://$(NOWHERE):8000", "malformed", PF_FAIL,
		 "http://$(NOWHERE):8000 still holds $(NOWHERE), which nothing defines"},
		{"https://dynamodb:8000", "https", PF_FAIL, "https://dynamodb:8000: DynamoDB Local speaks plain http"},
		{"http://localhost:8000", "localhost", PF_FAIL, "http://localhost:8000 is the cart's own pod"},
		{"http://dynamo:8000", "unknown-host", PF_FAIL,
		 "http://dynamo:8000, but there is no service/dynamo in namespace shop; there is service/dynamodb"},
		{"http://dynamodb.elsewhere:8000", "unknown-host", PF_FAIL,
		 "http://dynamodb.elsewhere:8000, but there is no service/dynamodb in namespace elsewhere; there is "
		 "service/dynamodb in shop"},
		{"http://dynamodb.:8000", "outside", PF_FAIL, "http://dynamodb.:8000 is no name of this cluster"},
		{"http://dynamodb:9000", "port-not-served", PF_FAIL,
		 "http://dynamodb:9000, but service/dynamodb serves 8000"},
		{"http://dynamodb", "port-not-served", PF_FAIL, "http://dynamodb, but service/dynamodb serves 8000"},
		{"http://dynamodb.us-west-2.amazonaws.com", "outside", PF_FAIL, NULL},
		{"https://dynamodb.us-west-2.amazonaws.com", "outside", PF_FAIL, NULL},
		{"http://10.1.2.3:8000", "outside", PF_FAIL, NULL},
		/* A Service that is there and is not the database's. */
		{"http://cart:80", "other-service", PF_FAIL,
		 "http://cart:80 leads to service/cart, the cart's own; there is service/dynamodb"},
		{"http://cart:8000", "other-service", PF_FAIL, NULL},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		set_env(s, URL, table[i].url);
		scene_run(s);
		EXPECT_FACT(s, "cart.endpoint", "endpoint.outcome", table[i].outcome);
		EXPECT(s, "cart.endpoint", table[i].verdict, table[i].message);
		/* The Service is as documented, whatever the endpoint says. */
		EXPECT(s, "db.service", PF_PASS, "10.96.0.7:8000 → 1 ready endpoint");
		EXPECT(s, "db.deployment", PF_PASS, NULL);
		EXPECT(s, "cart.deployment", PF_PASS, NULL);
		scene_free(s);
	}
	(void)state;
}

static void
endpoint_from_an_absent_object_is_not_judged(void **state)
{
	struct scene *s = *state;
	set_env_from(s, URL, "configMapKeyRef", "gone", "URL");
	scene_run(s);
	EXPECT_FACT(s, "cart.endpoint", "endpoint.outcome", "reference-missing");
	EXPECT(s, "cart.endpoint", PF_SKIP, NULL);
}

/* "echo URL | base64": the line's end is in the value, and Java takes no such URL. */
static void
secret_endpoint_with_a_line_break_is_malformed(void **state)
{
	struct scene *s = *state;
	set_env_from(s, "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT", "secretKeyRef", "aws", "URL");
	put(s, SECRET("aws"),
	    "{'kind':'Secret','metadata':{'name':'aws'},'data':{'URL':'aHR0cDovL2R5bmFtb2RiOjgwMDAK'}}");
	scene_run(s);
	EXPECT_FACT(s, "cart.endpoint", "endpoint.outcome", "malformed");
	assert_non_null(strstr(result_of(s, "cart.endpoint")->message, "has a line break"));
	assert_null(strstr(result_of(s, "cart.endpoint")->message, "dynamodb:8000"));
}

static void
documented_endpoint_without_its_service_passes(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, "items.1", "");
	scene_run(s);
	EXPECT(s, "cart.endpoint", PF_PASS, NULL);
	EXPECT_FACT(s, "cart.endpoint", "endpoint.outcome", "service-missing");
	EXPECT(s, "db.service", PF_FAIL, "there is no service/dynamodb in namespace shop");
	EXPECT_FACT(s, "db.service", "service.state", "absent");
	EXPECT_FACT(s, "db.service", "service.is_elsewhere", "false");
}

/* Of two, nobody but the user knows which is meant. */
static void
service_in_two_other_namespaces_is_told_with_both(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, "items.1", "");
	put(s, ALL_SERVICES,
	    "{'kind':'ServiceList','metadata':{},'items':[{'metadata':{'name':'dynamodb','namespace':'data'}},"
	    "{'metadata':{'name':'dynamodb','namespace':'more'}}]}");
	scene_run(s);
	EXPECT(s, "db.service", PF_FAIL,
	       "there is no service/dynamodb in namespace shop, but in namespaces data, more");
	EXPECT_FACT(s, "db.service", "service.is_elsewhere_once", "false");
}

/* What the cart asks for is looked for before what is documented. */
static void
name_that_the_cart_asks_for_is_found_elsewhere(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, "items.1", "");
	set_env(s, "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT", "http://ddb:8000");
	put(s, ALL_OF("dynamodb"),
	    "{'kind':'ServiceList','metadata':{},'items':[{'metadata':{'name':'dynamodb','namespace':'more'}}]}");
	put(s, ALL_OF("ddb"),
	    "{'kind':'ServiceList','metadata':{},'items':[{'metadata':{'name':'ddb','namespace':'data'}}]}");
	scene_run(s);
	EXPECT(s, "db.service", PF_FAIL,
	       "there is no service/dynamodb in namespace shop, but service/ddb, which the cart asks for, in namespace "
	       "data");
	EXPECT_FACT(s, "db.service", "service.elsewhere", "data");
	EXPECT_FACT(s, "db.service", "service.elsewhere_name", "ddb");
	struct scene *other = scene_new();
	edit(other, SERVICES, "items.1", "");
	set_env(other, "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT", "http://ddb:8000");
	put(other, ALL_OF("ddb"), "{'kind':'ServiceList','metadata':{},'items':[]}");
	put(other, ALL_OF("dynamodb"),
	    "{'kind':'ServiceList','metadata':{},'items':[{'metadata':{'name':'dynamodb','namespace':'more'}}]}");
	scene_run(other);
	EXPECT_FACT(other, "db.service", "service.elsewhere_name", "dynamodb");
	scene_free(other);
}

static void
service_in_another_namespace_is_found(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, "items.1", "");
	put(s, ALL_SERVICES,
	    "{'kind':'ServiceList','metadata':{},'items':[{'metadata':{'name':'dynamodb','namespace':'data'}}]}");
	scene_run(s);
	EXPECT(s, "db.service", PF_FAIL, "there is no service/dynamodb in namespace shop, but in namespace data");
	EXPECT_FACT(s, "db.service", "service.elsewhere", "data");
	EXPECT_FACT(s, "db.service", "service.is_elsewhere_once", "true");
}

static void
service_on_another_port_is_the_services_fault(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, DB_SERVICE("spec.ports.0.port"), "9000");
	scene_run(s);
	EXPECT(s, "db.service", PF_FAIL, "it serves port 9000, documented is 8000");
	EXPECT(s, "cart.endpoint", PF_PASS, "http://dynamodb:8000 (service/dynamodb serves 9000)");
	EXPECT_FACT(s, "cart.endpoint", "endpoint.outcome", "service-port");
}

static void
agreement_on_another_port_is_a_warning(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, DB_SERVICE("spec.ports.0.port"), "9000");
	set_env(s, URL, "http://dynamodb:9000");
	scene_run(s);
	EXPECT(s, "db.service", PF_WARN, "10.96.0.7:9000 → 1 ready endpoint; the documented port is 8000");
	EXPECT(s, "cart.endpoint", PF_PASS, NULL);
}

/* DynamoDB beside the cart, in the cart's pods: no Deployment of its own, and the Service leads where it should. */
static void
database_in_the_carts_own_pods_is_not_told_to_go_astray(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, DB_SERVICE("spec.selector"), "{'app':'cart'}");
	put(s, SLICES_OF("dynamodb"), slices_json(s->arena, "cart-deployment-5d4f-abcde", "dynamodb", 8000));
	remove_object(s, DB);
	scene_run(s);
	EXPECT_FACT(s, "db.service", "service.endpoints", "ready");
}

static void
a_udp_port_serves_nobody(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, DB_SERVICE("spec.ports.0.protocol"), "'UDP'");
	scene_run(s);
	EXPECT(s, "db.service", PF_FAIL, NULL);
	EXPECT_FACT(s, "cart.endpoint", "endpoint.outcome", "service-port");
}

static void
types_and_ways_from_outside_fail(void **state)
{
	static const struct {
		const char *steps, *json, *fact, *value;
		enum pf_verdict verdict;
	} table[] = {
		{"spec.type", "'NodePort'", "service.type", "NodePort", PF_FAIL},
		{"spec.type", "'LoadBalancer'", "service.type", "LoadBalancer", PF_FAIL},
		{"spec.clusterIP", "'None'", "service.type", "Headless", PF_WARN},
		{"spec.externalIPs", "['1.2.3.4']", "service.exposed", "external-ips", PF_FAIL},
		{"spec.type", "'ClusterIP'", "service.exposed", "no", PF_PASS},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		edit(s, SERVICES, pf_printf(s->arena, "items.1.%s", table[i].steps), table[i].json);
		scene_run(s);
		EXPECT(s, "db.service", table[i].verdict, NULL);
		EXPECT_FACT(s, "db.service", table[i].fact, table[i].value);
		EXPECT(s, "cart.endpoint", PF_PASS, NULL);
		scene_free(s);
	}
	(void)state;
}

static void
ingress_to_it_fails(void **state)
{
	static const char *const specs[] = {
		"{'defaultBackend':{'service':{'name':'dynamodb'}}}",
		"{'rules':[{'http':{'paths':[{'backend':{'service':{'name':'other'}}},{'backend':{'service':{'name':"
		"'dynamodb'}}}]}}]}"};
	for (size_t i = 0; i < 2; i++) {
		struct scene *s = scene_new();
		put(s, INGRESSES,
		    pf_printf(s->arena,
			      "{'kind':'IngressList','metadata':{},'items':[{'metadata':{'name':'in'},'spec':%s}]}",
			      specs[i]));
		scene_run(s);
		EXPECT(s, "db.service", PF_FAIL, "ingress/in leads to it: it can be reached from outside");
		EXPECT_FACT(s, "db.service", "service.exposed", "ingress");
		scene_free(s);
	}
	(void)state;
}

static void
external_name_is_judged_for_its_type_alone(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, DB_SERVICE("spec"), "{'type':'ExternalName','externalName':'db.example.com'}");
	put(s, SLICES_OF("dynamodb"), "{'kind':'EndpointSliceList','metadata':{},'items':[]}");
	scene_run(s);
	EXPECT(s, "db.service", PF_FAIL, "type ExternalName (db.example.com), documented is ClusterIP");
	EXPECT_FACT(s, "db.service", "service.type", "ExternalName");
	EXPECT_FACT(s, "db.service", "service.endpoints", "(none)");
	EXPECT(s, "cart.endpoint", PF_PASS, NULL);
}

#define EMPTY_SLICE "{'kind':'EndpointSliceList','metadata':{},'items':[{'ports':null,'endpoints':null}]}"

static void
selector_that_matches_nothing_is_shown(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, DB_SERVICE("spec.selector"), "{'app':'db'}");
	put(s, SLICES_OF("dynamodb"), EMPTY_SLICE);
	scene_run(s);
	EXPECT(s, "db.service", PF_FAIL,
	       "its selector app=db matches no pod of deployment/dynamodb (the pods have app=dynamodb)");
	EXPECT_FACT(s, "db.service", "service.endpoints", "selector");
	EXPECT_FACT(s, "db.service", "service.pod_labels", "app=dynamodb");
}

static void
selector_that_matches_somebody_else_does_not_pass(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, DB_SERVICE("spec.selector"), "{'app':'redis'}");
	put(s, SLICES_OF("dynamodb"), slices_json(s->arena, "redis-1-2", "dynamodb", 8000));
	scene_run(s);
	EXPECT(s, "db.service", PF_FAIL, NULL);
	EXPECT_FACT(s, "db.service", "service.endpoints", "selector");
}

static void
target_port_on_which_nothing_listens_fails(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, DB_SERVICE("spec.ports.0.targetPort"), "8001");
	put(s, SLICES_OF("dynamodb"), slices_json(s->arena, "dynamodb-5d4f-abcde", "dynamodb", 8001));
	scene_run(s);
	EXPECT(s, "db.service", PF_FAIL, "its targetPort 8001 leads to port 8001 of the pods, which listen on 8000");
	EXPECT_FACT(s, "db.service", "service.endpoints", "target-port");
	EXPECT_FACT(s, "db.service", "service.listens", "8000");
}

static void
port_argument_moves_what_is_listened_on(void **state)
{
	static const char *const args[] = {
		"['-jar','DynamoDBLocal.jar','-port','8001']",
		"['sh','-c','java -jar DynamoDBLocal.jar -inMemory -port 8001']",
		"['sh','-c','java -jar DynamoDBLocal.jar -portable x -port=8001']",
	};
	for (size_t i = 0; i < 3; i++) {
		struct scene *s = scene_new();
		edit(s, DB, "spec.template.spec.containers.0.args", args[i]);
		edit(s, SERVICES, DB_SERVICE("spec.ports.0.targetPort"), "8001");
		put(s, SLICES_OF("dynamodb"), slices_json(s->arena, "dynamodb-5d4f-abcde", "dynamodb", 8001));
		scene_run(s);
		EXPECT(s, "db.service", PF_PASS, NULL);
		EXPECT_FACT(s, "db.service", "service.listens", "8001");
		scene_free(s);
	}
	(void)state;
}

static void
named_target_port_that_no_pod_has_fails(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, DB_SERVICE("spec.ports.0.targetPort"), "'ddb'");
	put(s, SLICES_OF("dynamodb"),
	    "{'kind':'EndpointSliceList','metadata':{},'items':[{'ports':null,'endpoints':[{'conditions':{'ready':true}"
	    "}]}]}");
	scene_run(s);
	EXPECT(s, "db.service", PF_FAIL, "its targetPort ddb is the name of no port of the pods behind it");
	EXPECT_FACT(s, "db.service", "service.endpoints", "port-name");
}

static void
no_selector_fails_and_by_hand_warns(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, DB_SERVICE("spec.selector"), "");
	scene_run(s);
	EXPECT(s, "db.service", PF_WARN, "it has no selector: its endpoints are kept by hand");
	EXPECT_FACT(s, "db.service", "service.endpoints", "by-hand");
	struct scene *other = scene_new();
	edit(other, SERVICES, DB_SERVICE("spec.selector"), "");
	put(other, SLICES_OF("dynamodb"), EMPTY_SLICE);
	scene_run(other);
	EXPECT(other, "db.service", PF_FAIL, "it has no selector and no endpoints");
	EXPECT_FACT(other, "db.service", "service.endpoints", "no-selector");
	scene_free(other);
}

static void
database_that_is_down_is_not_the_services_fault(void **state)
{
	struct scene *s = *state;
	edit(s, DB, "spec.replicas", "0");
	put(s, SLICES_OF("dynamodb"), EMPTY_SLICE);
	scene_run(s);
	EXPECT(s, "db.service", PF_PASS,
	       "10.96.0.7:8000 → no ready endpoint, as long as the database is not available");
	EXPECT_FACT(s, "db.service", "service.endpoints", "backend-down");
	struct scene *other = scene_new();
	edit(other, SLICES_OF("dynamodb"), "items.0.endpoints.0.conditions.ready", "false");
	edit(other, DB, "status.availableReplicas", "0");
	edit(other, DB, "status.unavailableReplicas", "1");
	scene_run(other);
	EXPECT(other, "db.service", PF_PASS, NULL);
	EXPECT_FACT(other, "db.service", "service.endpoints", "not-ready");
	scene_free(other);
	/* The Deployment says available, its endpoints not yet: one of the two is behind. */
	struct scene *between = scene_new();
	edit(between, SLICES_OF("dynamodb"), "items.0.endpoints.0.conditions.ready", "false");
	scene_run(between);
	EXPECT(between, "db.service", PF_ERROR, NULL);
	scene_free(between);
}

static void
no_endpoint_of_an_available_database_fails(void **state)
{
	struct scene *s = *state;
	put(s, SLICES_OF("dynamodb"), EMPTY_SLICE);
	scene_run(s);
	EXPECT(s, "db.service", PF_FAIL, "10.96.0.7:8000 → no endpoint, although deployment/dynamodb is available");
	EXPECT_FACT(s, "db.service", "service.endpoints", "none");
}

/* Every second connection would meet another application: two ready endpoints are not two databases. */
static void
strangers_behind_the_service_are_seen(void **state)
{
	struct scene *s = *state;
	const char *slices = slices_json(s->arena, "dynamodb-5d4f-abcde", "dynamodb", 8000);
	put(s, SLICES_OF("dynamodb"), slices);
	edit(s, SLICES_OF("dynamodb"), "items.0.endpoints.-",
	     "{'addresses':['10.244.0.9'],'conditions':{'ready':true},'targetRef':{'kind':'Pod','name':'web-77-x'}}");
	scene_run(s);
	EXPECT_FACT(s, "db.service", "service.endpoints", "others-too");
	EXPECT(s, "db.service", PF_FAIL,
	       "its selector app=dynamodb matches pod/web-77-x too, which is not of deployment/dynamodb: connections "
	       "go astray");
}

/* The database of another namespace, of which nothing may be read: that it is not here is no fault. */
static void
database_of_a_namespace_that_may_not_be_read_is_not_missing(void **state)
{
	struct scene *s = *state;
	set_env(s, URL, "http://dynamodb.elsewhere:8000");
	refuse(s, "/api/v1/namespaces/elsewhere/services", 403);
	edit(s, SERVICES, "items.1", "");
	refuse(s, DB, 404);
	scene_run(s);
	EXPECT(s, "db.deployment", PF_ERROR, NULL);
	EXPECT_FACT(s, "db.deployment", "deployment.state", "(none)");
	EXPECT(s, "db.service", PF_ERROR, NULL);
	EXPECT_FACT(s, "db.service", "service.state", "(none)");
	EXPECT(s, "cart.endpoint", PF_ERROR, NULL);
}

static void
nothing_is_claimed_of_a_database_that_may_not_be_read(void **state)
{
	static const char *const paths[] = {DB, DB_PODS};
	for (size_t i = 0; i < 2; i++) {
		struct scene *s = scene_new();
		refuse(s, paths[i], 403);
		put(s, SLICES_OF("dynamodb"), EMPTY_SLICE);
		scene_run(s);
		if (i == 0)
			EXPECT(s, "db.service", PF_ERROR, NULL);
		EXPECT(s, "db.deployment", PF_ERROR, NULL);
		scene_free(s);
	}
	(void)state;
}

/* The cart takes no notice of the SDK's own variables; the SDK does, and then it does not call AWS. */
static void
the_sdks_own_endpoint_is_no_substitute(void **state)
{
	struct scene *s = *state;
	set_env(s, URL, NULL);
	set_env(s, "AWS_ENDPOINT_URL", "http://dynamodb:8000");
	scene_run(s);
	EXPECT(s, "cart.endpoint", PF_FAIL,
	       URL " is not set: the SDK goes where its own variable says, AWS_ENDPOINT_URL");
	EXPECT_FACT(s, "cart.endpoint", "endpoint.sdk_variable", "AWS_ENDPOINT_URL");
}

static void
secret_endpoint_is_followed_and_never_shown(void **state)
{
	static const struct {
		const char *base64, *outcome;
	} table[] = {
		{"aHR0cDovL2R5bmFtb2RiOjgwMDA=", "service"},          /* http://dynamodb:8000 */
		{"aHR0cDovL2R5bmFtb2RiOjkwMDA=", "port-not-served"},  /* http://dynamodb:9000 */
		{"aHR0cDovL2NhbmFyeWhvc3Q6ODAwMA==", "unknown-host"}, /* http://canaryhost:8000 */
		{"aHR0cDovL2NhbmFyeV9ob3N0OjgwMDA=", NULL},           /* http://canary_host:8000 */
		{"Y2FuYXJ5aG9zdA==", "malformed"},                    /* canaryhost */
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		set_env_from(s, URL, "secretKeyRef", "aws", "URL");
		put(s, SECRET("aws"),
		    pf_printf(s->arena, "{'kind':'Secret','metadata':{'name':'aws'},'data':{'URL':'%s'}}",
			      table[i].base64));
		scene_run(s);
		const struct pf_check_result *r = result_of(s, "cart.endpoint");
		if (table[i].outcome != NULL)
			EXPECT_FACT(s, "cart.endpoint", "endpoint.outcome", table[i].outcome);
		assert_null(strstr(r->message, "canary"));
		for (size_t k = 0; k < r->fact_count; k++)
			assert_true(r->facts[k].secret || strstr(r->facts[k].text, "canary") == NULL);
		for (size_t k = 0; k < r->evidence_count; k++) {
			assert_true(r->evidence[k].value == NULL || strstr(r->evidence[k].value, "canary") == NULL);
			assert_true(r->evidence[k].line == NULL || strstr(r->evidence[k].line, "canary") == NULL);
		}
		scene_free(s);
	}
	(void)state;
}

static void
near_name_has_to_be_near(void **state)
{
	struct scene *s = *state;
	/* Two letters: everything short is two edits away. */
	set_env(s, URL, "http://db:8000");
	edit(s, SERVICES, "items.0.metadata.name", "'ui'");
	scene_run(s);
	EXPECT_FACT(s, "cart.endpoint", "endpoint.near", "dynamodb");
	struct scene *other = scene_new();
	set_env(other, URL, "http://db:8000");
	edit(other, SERVICES, "items.0.metadata.name", "'ui'");
	edit(other, SERVICES, "items.1.metadata.name", "'unrelated'");
	scene_run(other);
	EXPECT_FACT(other, "cart.endpoint", "endpoint.near", "(none)");
	scene_free(other);
}

static void
cart_service_is_judged_by_what_is_behind_it(void **state)
{
	struct scene *s = *state;
	put(s, SLICES_OF("cart"), EMPTY_SLICE);
	scene_run(s);
	EXPECT(s, "cart.service", PF_FAIL, "service/cart port 80 → no ready endpoint");
	EXPECT_FACT(s, "cart.service", "frontend.state", "present");
	struct scene *other = scene_new();
	edit(other, SERVICES, "items.0", "");
	scene_run(other);
	EXPECT(other, "cart.service", PF_SKIP, NULL);
	EXPECT_FACT(other, "cart.service", "frontend.state", "none");
	scene_free(other);
	static const struct {
		bool ready;
		enum pf_verdict verdict;
		const char *message;
	} table[] = {
		{false, PF_FAIL,
		 "service/cart selects app=carts: no pod that is ready, none of deployment/cart-deployment"},
		{true, PF_WARN, "service/cart selects app=carts: other pods, none of deployment/cart-deployment"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *astray = scene_new();
		edit(astray, SERVICES, "items.0.spec.selector", "{'app':'carts'}");
		if (!table[i].ready)
			put(astray, SLICES_OF("cart"), EMPTY_SLICE);
		scene_run(astray);
		EXPECT(astray, "cart.service", table[i].verdict, table[i].message);
		EXPECT_FACT(astray, "cart.service", "frontend.selector", "app=carts");
		scene_free(astray);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(each_outcome_of_the_endpoint_is_reached),
		SCENE_TEST(endpoint_from_an_absent_object_is_not_judged),
		SCENE_TEST(secret_endpoint_with_a_line_break_is_malformed),
		SCENE_TEST(documented_endpoint_without_its_service_passes),
		SCENE_TEST(service_in_two_other_namespaces_is_told_with_both),
		SCENE_TEST(name_that_the_cart_asks_for_is_found_elsewhere),
		SCENE_TEST(service_in_another_namespace_is_found),
		SCENE_TEST(service_on_another_port_is_the_services_fault),
		SCENE_TEST(agreement_on_another_port_is_a_warning),
		SCENE_TEST(database_in_the_carts_own_pods_is_not_told_to_go_astray),
		SCENE_TEST(a_udp_port_serves_nobody),
		SCENE_TEST(types_and_ways_from_outside_fail),
		SCENE_TEST(ingress_to_it_fails),
		SCENE_TEST(external_name_is_judged_for_its_type_alone),
		SCENE_TEST(selector_that_matches_nothing_is_shown),
		SCENE_TEST(selector_that_matches_somebody_else_does_not_pass),
		SCENE_TEST(target_port_on_which_nothing_listens_fails),
		SCENE_TEST(port_argument_moves_what_is_listened_on),
		SCENE_TEST(named_target_port_that_no_pod_has_fails),
		SCENE_TEST(no_selector_fails_and_by_hand_warns),
		SCENE_TEST(database_that_is_down_is_not_the_services_fault),
		SCENE_TEST(no_endpoint_of_an_available_database_fails),
		SCENE_TEST(strangers_behind_the_service_are_seen),
		SCENE_TEST(database_of_a_namespace_that_may_not_be_read_is_not_missing),
		SCENE_TEST(nothing_is_claimed_of_a_database_that_may_not_be_read),
		SCENE_TEST(the_sdks_own_endpoint_is_no_substitute),
		SCENE_TEST(secret_endpoint_is_followed_and_never_shown),
		SCENE_TEST(near_name_has_to_be_near),
		SCENE_TEST(cart_service_is_judged_by_what_is_behind_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
