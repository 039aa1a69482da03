/* From the objects of a faulty deployment to the one thing to change: one fault, one root cause. */
#include "../probe/cluster_scene.h"

#include <postflight/diagnosis.h>

#define PROVIDER "RETAIL_CART_PERSISTENCE_PROVIDER"
#define URL "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT"
#define EMPTY_SLICE "{'kind':'EndpointSliceList','metadata':{},'items':[{'ports':null,'endpoints':null}]}"
#define NO_PODS "{'kind':'PodList','metadata':{},'items':[]}"

struct fault {
	const char *name;
	const char *causes; /* separated by a space, in the order of the report */
	void (*make)(struct scene *s);
};

static void
unavailable(struct scene *s, const char *deployment, const char *pods, const char *app, const char *container_status)
{
	edit(s, deployment, "status.availableReplicas", "0");
	edit(s, deployment, "status.unavailableReplicas", "1");
	edit(s, deployment, "status.conditions.0.status", "'False'");
	put(s, pf_printf(s->arena, REPLICASETS "limit=500&labelSelector=app%%3D%s", app),
	    pf_printf(s->arena,
		      "{'kind':'ReplicaSetList','metadata':{},'items':[{'metadata':{'name':'x-5d4f','labels':{"
		      "'pod-template-hash':'5d4f'},'annotations':{'deployment.kubernetes.io/revision':'1'},"
		      "'ownerReferences':[{'uid':'d-%s'}]}}]}",
		      app));
	edit(s, pods, "items.0.status.conditions.1.status", "'False'");
	edit(s, pods, "items.0.status.containerStatuses.0", container_status);
}

#define LOOP(name, reason, code)                                                                                       \
	"{'name':'" name "','ready':false,'restartCount':4,'state':{'waiting':{'reason':'CrashLoopBackOff'}},"         \
	"'lastState':{'terminated':{'reason':'" reason "','exitCode':" code                                            \
	",'startedAt':'2026-01-01T00:09:20Z','finishedAt':'2026-01-01T00:09:30Z'}}}"
#define WAIT(name, reason, message)                                                                                    \
	"{'name':'" name "','ready':false,'restartCount':0,'state':{'waiting':{'reason':'" reason                      \
	"','message':'" message "'}},'lastState':{}}"

/* The cart does not come up either, as a consequence. */
static void
cart_crashes(struct scene *s)
{
	unavailable(s, CART, CART_PODS, "cart", LOOP("cart", "Error", "1"));
	put(s, SLICES_OF("cart"), EMPTY_SLICE);
}

static void
cart_waits(struct scene *s, const char *status)
{
	unavailable(s, CART, CART_PODS, "cart", status);
	put(s, SLICES_OF("cart"), EMPTY_SLICE);
}

static void
database_is(struct scene *s, const char *status)
{
	unavailable(s, DB, DB_PODS, "dynamodb", status);
	put(s, SLICES_OF("dynamodb"), EMPTY_SLICE);
	cart_crashes(s);
}

static void
with_endpoint(struct scene *s, const char *url)
{
	set_env(s, URL, url);
	cart_crashes(s);
}

#define FAULT(name_, ...)                                                                                              \
	static void name_(struct scene *s)                                                                             \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}

FAULT(healthy, (void)s;)
/* What a process without a provider of its own says of itself. */
static void
keeps_carts_in_memory(struct scene *s)
{
	process_says(&s->processes, s->arena, CART_POD, "GET /topology", NULL, 200,
		     TOPOLOGY("in-memory", "N/A", "N/A"));
}

FAULT(in_memory, set_env(s, PROVIDER, "in-memory"); keeps_carts_in_memory(s);)
FAULT(no_provider, set_env(s, PROVIDER, NULL); keeps_carts_in_memory(s);)
FAULT(old_names, keeps_carts_in_memory(s); set_env(s, PROVIDER, NULL); set_env(s, URL, NULL);
      set_env(s, "SPRING_PROFILES_ACTIVE", "dynamodb");)
FAULT(provider_typo, set_env(s, PROVIDER, "dynamo"); cart_crashes(s);)
FAULT(no_endpoint, with_endpoint(s, NULL);)
FAULT(no_scheme, with_endpoint(s, "dynamodb:8000");)
FAULT(https, with_endpoint(s, "https://dynamodb:8000");)
FAULT(localhost, with_endpoint(s, "http://localhost:8000");)
FAULT(wrong_host, with_endpoint(s, "http://dynamo:8000");)
FAULT(dot_at_the_end, with_endpoint(s, "http://dynamodb.:8000");)
FAULT(wrong_port, with_endpoint(s, "http://dynamodb:9000");)
FAULT(real_aws, with_endpoint(s, "https://dynamodb.us-west-2.amazonaws.com");)
FAULT(no_database, remove_object(s, DB); edit(s, SERVICES, "items.1", ""); cart_crashes(s);)
FAULT(zero_replicas, edit(s, DB, "spec.replicas", "0"); put(s, SLICES_OF("dynamodb"), EMPTY_SLICE); cart_crashes(s);)
FAULT(database_image, database_is(s, WAIT("dynamodb", "ImagePullBackOff", "no such image"));)
FAULT(database_flags, database_is(s, LOOP("dynamodb", "Completed", "0"));)
FAULT(database_oom, database_is(s, LOOP("dynamodb", "OOMKilled", "137"));)
FAULT(database_not_ready,
      database_is(s, "{'name':'dynamodb','ready':false,'restartCount':0,'state':{'running':{'startedAt':"
		     "'2026-01-01T00:01:00Z'}}}");)
FAULT(no_service, edit(s, SERVICES, "items.1", ""); cart_crashes(s);)
FAULT(other_namespace, remove_object(s, DB); edit(s, SERVICES, "items.1", "");
      put(s, ALL_SERVICES,
	  "{'kind':'ServiceList','metadata':{},'items':[{'metadata':{'name':'dynamodb','namespace':'data'}}]}");
      cart_crashes(s);)
FAULT(all_elsewhere, other_namespace(s); remove_object(s, CART); put(s, SLICES_OF("cart"), EMPTY_SLICE);)
FAULT(selector, edit(s, SERVICES, "items.1.spec.selector", "{'app':'db'}"); put(s, SLICES_OF("dynamodb"), EMPTY_SLICE);
      cart_crashes(s);)
FAULT(target_port, edit(s, SERVICES, "items.1.spec.ports.0.targetPort", "8001");
      put(s, SLICES_OF("dynamodb"), slices_json(s->arena, "dynamodb-5d4f-abcde", "dynamodb", 8001)); cart_crashes(s);)
FAULT(service_port, edit(s, SERVICES, "items.1.spec.ports.0.port", "9000"); cart_crashes(s);)
FAULT(node_port, edit(s, SERVICES, "items.1.spec.type", "'NodePort'");)
FAULT(external_name, edit(s, SERVICES, "items.1.spec", "{'type':'ExternalName','externalName':'db.example.com'}");
      put(s, SLICES_OF("dynamodb"), "{'kind':'EndpointSliceList','metadata':{},'items':[]}");)
FAULT(no_credentials, set_env(s, "AWS_ACCESS_KEY_ID", NULL); set_env(s, "AWS_SECRET_ACCESS_KEY", NULL);
      cart_crashes(s);)
FAULT(half_credentials, set_env(s, "AWS_SECRET_ACCESS_KEY", NULL); cart_crashes(s);)
FAULT(key_id, set_env(s, "AWS_ACCESS_KEY_ID", "fake-key"); cart_crashes(s);)
FAULT(table_name, set_env(s, "RETAIL_CART_PERSISTENCE_DYNAMODB_TABLE_NAME", "my items"); cart_crashes(s);)
FAULT(not_boolean, set_env(s, "RETAIL_CART_PERSISTENCE_DYNAMODB_CREATE_TABLE", "treu"); cart_crashes(s);)
FAULT(absent_secret, set_env_from(s, "AWS_ACCESS_KEY_ID", "secretKeyRef", "aws", "ID");
      cart_waits(s, WAIT("cart", "CreateContainerConfigError", "secret aws not found"));)
FAULT(absent_config_map, set_env_from(s, URL, "configMapKeyRef", "cart", "URL");
      cart_waits(s, WAIT("cart", "CreateContainerConfigError", "configmap cart not found"));)
FAULT(non_root, cart_waits(s, WAIT("cart", "CreateContainerConfigError",
				   "container has runAsNonRoot and image will run as root"));)
FAULT(cart_image, cart_waits(s, WAIT("cart", "ErrImagePull", "connection refused"));)
FAULT(cart_oom, cart_waits(s, LOOP("cart", "OOMKilled", "137"));)
FAULT(port_of_probe, set_env(s, "PORT", "9090");
      cart_waits(s, "{'name':'cart','ready':false,'restartCount':0,'state':{'running':{'startedAt':"
		    "'2026-01-01T00:01:00Z'}}}");)
FAULT(cart_at_zero, edit(s, CART, "spec.replicas", "0"); put(s, SLICES_OF("cart"), EMPTY_SLICE);)
FAULT(no_cart, remove_object(s, CART); put(s, SLICES_OF("cart"), EMPTY_SLICE);)
FAULT(quota, cart_crashes(s); put(s, CART_PODS, NO_PODS);
      edit(s, CART, "status.conditions.-",
	   "{'type':'ReplicaFailure','status':'True','reason':'FailedCreate','message':'is forbidden: exceeded "
	   "quota'}");)
FAULT(two_faults, with_endpoint(s, "http://dynamodb:9000"); set_env(s, "AWS_SECRET_ACCESS_KEY", NULL);)

static const struct fault faults[] = {
	{"healthy", "", healthy},
	{"in-memory", "provider-not-dynamodb", in_memory},
	{"no provider", "provider-not-dynamodb", no_provider},
	{"old names", "provider-old-names", old_names},
	{"provider typo", "provider-unknown", provider_typo},
	{"no endpoint", "endpoint-unset", no_endpoint},
	{"no scheme", "endpoint-malformed", no_scheme},
	{"https", "endpoint-scheme", https},
	{"localhost", "endpoint-localhost", localhost},
	{"wrong host", "endpoint-host", wrong_host},
	{"dot at the end", "endpoint-host", dot_at_the_end},
	{"wrong port", "endpoint-port", wrong_port},
	{"real AWS", "endpoint-host", real_aws},
	{"no database", "db-missing", no_database},
	{"0 replicas", "db-scaled-to-zero", zero_replicas},
	{"image of the database", "db-not-starting", database_image},
	{"flags of the database", "db-not-starting", database_flags},
	{"memory of the database", "db-not-starting", database_oom},
	{"database not ready", "db-not-ready", database_not_ready},
	{"no Service", "db-service-missing", no_service},
	{"other namespace", "db-in-other-namespace", other_namespace},
	{"all of it in another namespace", "db-missing cart-missing", all_elsewhere},
	{"selector", "db-service-selector", selector},
	{"targetPort", "db-service-target-port", target_port},
	{"port of the Service", "db-service-port", service_port},
	{"NodePort", "db-service-type", node_port},
	{"ExternalName", "db-service-type", external_name},
	{"no credentials", "credentials-missing", no_credentials},
	{"half of the credentials", "credentials-incomplete", half_credentials},
	{"key id", "credentials-illegal-key-id", key_id},
	{"name of the table", "table-name-illegal", table_name},
	{"no boolean", "create-table-not-boolean", not_boolean},
	{"absent Secret", "config-reference-missing", absent_secret},
	{"absent ConfigMap", "config-reference-missing", absent_config_map},
	{"runAsNonRoot", "run-as-non-root", non_root},
	{"image of the cart", "image-unavailable", cart_image},
	{"memory of the cart", "cart-oom", cart_oom},
	{"port of the probe", "cart-port-mismatch", port_of_probe},
	{"cart at 0", "cart-scaled-to-zero", cart_at_zero},
	{"no cart", "cart-missing", no_cart},
	{"quota", "quota-exceeded", quota},
	{"two faults", "endpoint-port credentials-incomplete", two_faults},
};

static const char *
ids_of(struct pf_arena *arena, const struct pf_diagnosis *d)
{
	const char *text = "";
	for (size_t i = 0; i < d->cause_count; i++)
		text = pf_printf(arena, "%s%s%s", text, i > 0 ? " " : "", d->causes[i].mode->id);
	return text;
}

static void
each_fault_is_the_one_root_cause(void **state)
{
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct scene *s = scene_new();
		struct pf_diagnosis d;
		faults[i].make(s);
		scene_run(s);
		pf_diagnose(s->arena, s->plan, s->session, "shop", s->results, &d);
		const char *found = ids_of(s->arena, &d);
		if (strcmp(found, faults[i].causes) != 0) {
			print_error("%s: \"%s\", expected \"%s\"\n", faults[i].name, found, faults[i].causes);
			wrong++;
		}
		for (size_t k = 0; k < d.cause_count; k++) {
			if (d.causes[k].fix_count == 0) {
				print_error("%s: %s has no fix\n", faults[i].name, d.causes[k].mode->id);
				wrong++;
			}
			for (size_t f = 0; f < d.causes[k].fix_count; f++)
				assert_null(strstr(d.causes[k].fixes[f].text, "CANARY"));
		}
		scene_free(s);
	}
	assert_int_equal(wrong, 0);
}

/* What is not found in a namespace that is not there, or no more, is not to be deployed into it. */
static void
namespace_that_is_not_there_is_said(void **state)
{
	static const struct {
		const char *object, *fix;
	} cases[] = {
		{NULL, "there is no namespace shop: name the right one"},
		{"{'metadata':{'name':'shop'},'status':{'phase':'Terminating'}}", "namespace shop is being deleted"},
		{"{'metadata':{'name':'shop'},'status':{'phase':'Active'}}", "deploy "},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene *s = scene_new();
		struct pf_diagnosis d;
		remove_object(s, DB);
		edit(s, SERVICES, "items.1", "");
		no_cart(s);
		if (cases[i].object != NULL)
			put(s, NAMESPACE, cases[i].object);
		else
			remove_object(s, NAMESPACE);
		scene_run(s);
		pf_diagnose(s->arena, s->plan, s->session, "shop", s->results, &d);
		assert_string_equal(ids_of(s->arena, &d), "db-missing cart-missing");
		for (size_t k = 0; k < d.cause_count; k++) {
			assert_int_equal(d.causes[k].fix_count, 1);
			assert_ptr_equal(strstr(d.causes[k].fixes[0].text, cases[i].fix), d.causes[k].fixes[0].text);
		}
		scene_free(s);
	}
}

/* With everything that may be forbidden forbidden, nothing is called a cause. */
static void
what_may_not_be_read_is_no_root_cause(void **state)
{
	static const char *const paths[] = {DB, CART, DB_PODS, CART_PODS, SERVICES, SLICES, INGRESSES, EVENTS, "/"};
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct scene *s = scene_new();
		struct pf_diagnosis d;
		refuse(s, paths[i], 403);
		if (strcmp(paths[i], SERVICES) == 0)
			refuse(s, SERVICE(""), 403);
		scene_run(s);
		pf_diagnose(s->arena, s->plan, s->session, "shop", s->results, &d);
		if (d.cause_count > 0)
			fail_msg("without %s: %s", paths[i], ids_of(s->arena, &d));
		scene_free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_is_the_one_root_cause),
		cmocka_unit_test(namespace_that_is_not_there_is_said),
		cmocka_unit_test(what_may_not_be_read_is_no_root_cause),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
