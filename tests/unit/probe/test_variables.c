/* What a container's environment means to the cart: variables, credentials, flag. */
#include "cluster_scene.h"

#include "probe/env_fix.h"

#define FORBIDDEN "it is forbidden (403); Role rule to add: {apiGroups: [\"\"], resources: [secrets], verbs: [get]}"
#define PROVIDER "RETAIL_CART_PERSISTENCE_PROVIDER"
#define URL "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT"
#define TABLE "RETAIL_CART_PERSISTENCE_DYNAMODB_TABLE_NAME"
#define CREATE "RETAIL_CART_PERSISTENCE_DYNAMODB_CREATE_TABLE"
#define KEY_ID "AWS_ACCESS_KEY_ID"
#define KEY "AWS_SECRET_ACCESS_KEY"

/* The cart's pod has not come as far as a container. */
static void
unstart(struct scene *s)
{
	edit(s, CART_PODS, "items.0.status.containerStatuses.0",
	     "{'name':'cart','ready':false,'restartCount':0,'state':{'waiting':{'reason':'ContainerCreating'}}}");
}

static void
provider_words_are_reached(void **state)
{
	static const struct {
		const char *value, *word;
		enum pf_verdict verdict;
		const char *message;
	} table[] = {
		{"dynamodb", "wanted", PF_PASS, NULL},
		{"DynamoDB", "wanted", PF_PASS, NULL},
		{"in-memory", "other", PF_FAIL, PROVIDER "=in-memory, documented is dynamodb"},
		{NULL, "unset", PF_FAIL, PROVIDER " not set"},
		{"dynamo", "unknown", PF_FAIL, PROVIDER "=dynamo is no provider that the cart knows"},
		{" dynamodb", "unknown", PF_FAIL, NULL},
		{"", "unknown", PF_FAIL, NULL},
		{"$(NOTHING)", "unknown", PF_FAIL, NULL},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		set_env(s, PROVIDER, table[i].value);
		scene_run(s);
		EXPECT(s, "cart.env", table[i].verdict, table[i].message);
		EXPECT_FACT(s, "cart.env", "env.provider", table[i].word);
		scene_free(s);
	}
	(void)state;
}

static void
misspelt_variable_is_named_beside_the_one_that_is_missing(void **state)
{
	struct scene *s = *state;
	set_env(s, PROVIDER, NULL);
	set_env(s, "RETAIL_CART_PERSISTANCE_PROVIDER", "dynamodb");
	scene_run(s);
	EXPECT(s, "cart.env", PF_FAIL,
	       PROVIDER " not set; set is, and read by nobody, RETAIL_CART_PERSISTANCE_PROVIDER");
	EXPECT_FACT(s, "cart.env", "env.misspelt", "RETAIL_CART_PERSISTANCE_PROVIDER");
}

static void
provider_from_elsewhere_is_missing_or_not_read(void **state)
{
	struct scene *s = *state;
	set_env_from(s, PROVIDER, "configMapKeyRef", "cart", "PROVIDER");
	scene_run(s);
	EXPECT(s, "cart.env", PF_FAIL, NULL);
	EXPECT_FACT(s, "cart.env", "env.provider", "reference-missing");
	EXPECT_FACT(s, "cart.env", "env.reference_missing", "true");
	EXPECT_FACT(s, "cart.env", "env.reference", "configmap/cart");
	EXPECT_FACT(s, "cart.env", "env.reference_kind", "configmap");
	struct scene *other = scene_new();
	set_env_from(other, PROVIDER, "secretKeyRef", "aws", "PROVIDER");
	refuse(other, SECRET("aws"), 403);
	scene_run(other);
	EXPECT(other, "cart.env", PF_ERROR, PROVIDER " is not known: secret/aws could not be read: " FORBIDDEN);
	EXPECT_FACT(other, "cart.env", "env.provider", "not-read");
	scene_free(other);
}

/* Everything from a ConfigMap, and after it a Secret that may not be read: it wins where it has a name, too. */
static void
doubt_env_from(struct scene *s)
{
	put(s, CONFIGMAP("cart"),
	    "{'kind':'ConfigMap','apiVersion':'v1','metadata':{'name':'cart'},'data':{'" PROVIDER "':'dynamodb','" URL
	    "':'http://dynamodb:9000','" TABLE "':'Items','" CREATE "':'true','PORT':'8080'}}");
	edit(s, CART, "spec.template.spec.containers.0.env",
	     "[{'name':'" KEY_ID "','value':'a'},{'name':'" KEY "','value':'b'}]");
	edit(s, CART, "spec.template.spec.containers.0.envFrom",
	     "[{'configMapRef':{'name':'cart'}},{'secretRef':{'name':'aws'}}]");
	refuse(s, SECRET("aws"), 403);
}

static void
value_before_an_unreadable_source_is_no_fact(void **state)
{
	struct scene *s = *state;
	doubt_env_from(s);
	scene_run(s);
	EXPECT(s, "cart.endpoint", PF_ERROR,
	       URL " is not known: configmap/cart has it, unless what comes later has it too: secret/aws could not be "
		   "read: " FORBIDDEN);
	EXPECT_FACT(s, "cart.env", "env.provider", "not-read");
	EXPECT(s, "cart.create-table", PF_ERROR, NULL);
	EXPECT(s, "cart.credentials", PF_PASS, NULL);
}

static void
running_container_settles_what_was_in_doubt(void **state)
{
	struct scene *s = *state;
	doubt_env_from(s);
	s->own_env = "same\nother\nsame\nsame\nsame\nend\n";
	scene_run(s);
	EXPECT_FACT(s, "cart.env", "env.provider", "wanted");
	EXPECT(s, "cart.create-table", PF_PASS, NULL);
	EXPECT(s, "cart.endpoint", PF_ERROR,
	       URL " is not known: configmap/cart has it, unless what comes later has it too: secret/aws could not be "
		   "read: " FORBIDDEN "; the running container has another value");
	s->own_env = NULL;
}

/* All that the cart was to be given stands in another container of its pod, and the first one at that. */
static void
variables_of_a_sidecar_do_not_make_it_the_cart(void **state)
{
	struct scene *s = *state;
	const cJSON *env =
		PF_AT(cJSON_GetArrayItem(PF_AT(reply_for(s, CART)->json, "spec", "template", "spec", "containers"), 0),
		      "env");
	char *proxy = cJSON_PrintUnformatted(env);
	edit(s, CART, "spec.template.spec.containers.0.env", "[]");
	edit(s, CART, "spec.template.spec.containers.-",
	     pf_printf(s->arena, "{'name':'proxy','image':'proxy:1','env':%s}", proxy));
	cJSON_free(proxy);
	scene_run(s);
	EXPECT_FACT(s, "cart.env", "env.container", "cart");
	EXPECT(s, "cart.env", PF_FAIL, PROVIDER ", " URL " not set in container cart, but in container proxy");
	EXPECT_FACT(s, "cart.env", "env.misplaced", "container proxy");
	EXPECT(s, "cart.credentials", PF_FAIL,
	       KEY_ID " and " KEY " are not set in container cart, but in container proxy");
	EXPECT_FACT(s, "cart.credentials", "credentials.misplaced", "container proxy");
}

static void
keys_of_the_image_are_no_missing_ones(void **state)
{
	static const struct {
		const char *said, *state;
		enum pf_verdict verdict;
	} table[] = {
		{"other\nother\nend\n", "injected", PF_PASS},
		{"other\nunset\nend\n", "missing", PF_FAIL},
		{"empty\nempty\nend\n", "missing", PF_FAIL},
		{"other\nother\n", "missing", PF_FAIL}, /* cut short */
		{"Welcome\n", "missing", PF_FAIL},
		{NULL, "missing", PF_FAIL},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		set_env(s, KEY_ID, NULL);
		set_env(s, KEY, NULL);
		s->own_env = table[i].said;
		scene_run(s);
		EXPECT(s, "cart.credentials", table[i].verdict, NULL);
		EXPECT_FACT(s, "cart.credentials", "credentials.state", table[i].state);
		scene_free(s);
	}
	(void)state;
}

static void
keys_that_the_template_empties_are_not_those_of_the_image(void **state)
{
	struct scene *s = *state;
	set_env(s, KEY, "");
	s->own_env = "other\nother\nend\n";
	scene_run(s);
	EXPECT(s, "cart.credentials", PF_FAIL, KEY " is empty");
}

/* They were in the ConfigMap when the container was started, and are not any more. */
static void
keys_from_before_a_change_are_not_those_of_the_image(void **state)
{
	struct scene *s = *state;
	set_env(s, KEY_ID, NULL);
	set_env(s, KEY, NULL);
	edit(s, CART, "spec.template.spec.containers.0.envFrom", "[{'configMapRef':{'name':'keys'}}]");
	put(s, "/api/v1" NS "configmaps/keys",
	    "{'metadata':{'name':'keys','managedFields':[{'time':'2026-01-01T00:09:00Z','fieldsV1':{'f:data':{}}}]},"
	    "'data':{}}");
	s->own_env = "other\nother\nend\n";
	scene_run(s);
	EXPECT_FACT(s, "cart.credentials", "credentials.state", "missing");
}

static void
old_names_count_by_their_value(void **state)
{
	struct scene *s = *state;
	set_env(s, PROVIDER, NULL);
	set_env(s, "SPRING_PROFILES_ACTIVE", "prod");
	scene_run(s);
	EXPECT_FACT(s, "cart.env", "env.only_old_names", "false");
	struct scene *other = scene_new();
	set_env(other, PROVIDER, NULL);
	set_env(other, "SPRING_PROFILES_ACTIVE", "dynamodb");
	set_env(other, "CARTS_DYNAMODB_ENDPOINT", "http://dynamodb:8000");
	scene_run(other);
	EXPECT_FACT(other, "cart.env", "env.only_old_names", "true");
	EXPECT_FACT(other, "cart.env", "env.old_names", "SPRING_PROFILES_ACTIVE, CARTS_DYNAMODB_ENDPOINT");
	scene_free(other);
}

static void
table_words_are_reached(void **state)
{
	static const struct {
		const char *value, *word;
		enum pf_verdict verdict;
	} table[] = {
		{"Items", "legal", PF_PASS},
		{"a.b-c_1", "legal", PF_PASS},
		{NULL, "default", PF_WARN},
		{"ab", "illegal", PF_FAIL},
		{"my items", "illegal", PF_FAIL},
		{"It\303\244ms", "illegal", PF_FAIL},
		/* Set to nothing: not the default, but a table without a name. */
		{"", "illegal", PF_FAIL},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		set_env(s, TABLE, table[i].value);
		scene_run(s);
		EXPECT_FACT(s, "cart.env", "env.table", table[i].word);
		EXPECT(s, "cart.env", table[i].verdict, NULL);
		scene_free(s);
	}
	(void)state;
}

static void
what_was_not_read_does_not_pass_before_the_container_ran(void **state)
{
	struct scene *s = *state;
	set_env_from(s, TABLE, "secretKeyRef", "aws", "TABLE");
	refuse(s, SECRET("aws"), 403);
	unstart(s);
	scene_run(s);
	EXPECT(s, "cart.env", PF_ERROR, TABLE " is not known: secret/aws could not be read: " FORBIDDEN);
	EXPECT_FACT(s, "cart.env", "env.table", "not-read");
	struct scene *other = scene_new();
	set_env_from(other, TABLE, "secretKeyRef", "aws", "TABLE");
	refuse(other, SECRET("aws"), 403);
	scene_run(other);
	EXPECT(other, "cart.env", PF_PASS, NULL);
	scene_free(other);
}

static void
absent_defaults_warn(void **state)
{
	struct scene *s = *state;
	set_env(s, "PORT", NULL);
	set_env(s, TABLE, NULL);
	scene_run(s);
	EXPECT(s, "cart.env", PF_WARN, TABLE ", PORT not set: the default is in use");
	EXPECT_FACT(s, "cart.env", "env.port", "8080");
	EXPECT_FACT(s, "cart.env", "env.port_state", "ok");
}

static void
port_words_are_reached(void **state)
{
	static const struct {
		const char *value, *word;
		enum pf_verdict verdict;
	} table[] = {{"8080", "ok", PF_PASS},   {"9090", "probe", PF_FAIL},    {"http", "illegal", PF_FAIL},
		     {"0", "illegal", PF_FAIL}, {"65536", "illegal", PF_FAIL}, {"8080x", "illegal", PF_FAIL},
		     {"", "ok", PF_WARN},       {" 8080 ", "ok", PF_PASS}};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		set_env(s, "PORT", table[i].value);
		/* Nothing serves: else its probe would have been right. */
		edit(s, CART_PODS, "items.0.status.conditions.1.status", "'False'");
		edit(s, CART_PODS, "items.0.status.containerStatuses.0.ready", "false");
		edit(s, CART, "status.availableReplicas", "0");
		edit(s, CART, "status.unavailableReplicas", "1");
		scene_run(s);
		EXPECT_FACT(s, "cart.env", "env.port_state", table[i].word);
		EXPECT_FACT(s, "cart.env", "env.port_odd", table[i].verdict == PF_FAIL ? "variable" : "(none)");
		EXPECT_FACT(s, "cart.env", "env.other_port", table[i].verdict == PF_FAIL ? "8080" : "(none)");
		EXPECT(s, "cart.env", table[i].verdict, NULL);
		scene_free(s);
	}
	(void)state;
}

static void
port_of_a_secret_is_not_read(void **state)
{
	struct scene *s = *state;
	set_env_from(s, "PORT", "secretKeyRef", "aws", "PORT");
	put(s, SECRET("aws"), "{'kind':'Secret','metadata':{'name':'aws'},'data':{'PORT':'ODA4MA=='}}");
	scene_run(s);
	EXPECT_FACT(s, "cart.env", "env.port_state", "not-read");
	EXPECT(s, "cart.env", PF_PASS, NULL);
}

static void
service_to_another_port_is_told(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, "items.0.spec.ports.0.targetPort", "9090");
	scene_run(s);
	EXPECT(s, "cart.env", PF_FAIL, "the cart listens on 8080, service/cart leads to 9090");
	EXPECT_FACT(s, "cart.env", "env.port_state", "service");
	EXPECT_FACT(s, "cart.env", "env.port_service", "cart");
	EXPECT_FACT(s, "cart.env", "env.other_port", "9090");
	EXPECT_FACT(s, "cart.env", "env.port_odd", "service");
	EXPECT_FACT(s, "cart.env", "env.port_service_port", "80");
}

/* PORT is what readiness probe and Service say: to change it for the liveness probe would break both. */
static void
probe_that_alone_asks_elsewhere_is_the_odd_one(void **state)
{
	struct scene *s = *state;
	edit(s, CART, CONTAINER ".livenessProbe", "{'httpGet':{'path':'/','port':8081}}");
	edit(s, CART_PODS, "items.0.status.conditions.1.status", "'False'");
	edit(s, CART_PODS, "items.0.status.containerStatuses.0.ready", "false");
	edit(s, CART, "status.availableReplicas", "0");
	edit(s, CART, "status.unavailableReplicas", "1");
	scene_run(s);
	EXPECT(s, "cart.env", PF_FAIL, "the cart listens on 8080, its livenessProbe asks 8081");
	EXPECT_FACT(s, "cart.env", "env.port_odd", "probe");
	EXPECT_FACT(s, "cart.env", "env.port_probe", "livenessProbe");
	EXPECT_FACT(s, "cart.env", "env.port_action", "httpGet");
}

static void
service_for_metrics_beside_the_carts_own_is_no_fault(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, "items.-",
	     "{'metadata':{'name':'cart-metrics'},'spec':{'clusterIP':'10.96.0.10','selector':{'app':'cart'},'ports':[{"
	     "'port':9464,'targetPort':9464}]}}");
	scene_run(s);
	EXPECT(s, "cart.env", PF_PASS, NULL);
	EXPECT_FACT(s, "cart.env", "env.port_state", "ok");
	struct scene *other = scene_new();
	edit(other, SERVICES, "items.0.spec.ports",
	     "[{'name':'metrics','port':9464,'targetPort':9464},{'name':'http','port':80,'targetPort':8080}]");
	scene_run(other);
	EXPECT(other, "cart.env", PF_PASS, NULL);
	scene_free(other);
}

static void
probe_that_passes_asks_the_right_port(void **state)
{
	struct scene *s = *state;
	/* A management port: the pod is ready, so the probe is answered. */
	edit(s, CART, CONTAINER ".readinessProbe.httpGet.port", "8081");
	scene_run(s);
	EXPECT(s, "cart.env", PF_PASS, NULL);
	EXPECT_FACT(s, "cart.env", "env.port_state", "ok");
}

static void
credential_states_are_reached(void **state)
{
	static const struct {
		const char *id, *key, *region, *word;
		enum pf_verdict verdict;
		const char *message;
	} table[] = {
		{"fake", "fake", "us-east-1", "complete", PF_PASS, "the pod template's env"},
		{"fake", "fake", NULL, "complete", PF_WARN,
		 "the pod template's env; AWS_REGION is not set (not needed as long as an endpoint is)"},
		{NULL, NULL, "r", "missing", PF_FAIL, KEY_ID " and " KEY " are not set"},
		{"", "", "r", "missing", PF_FAIL, KEY_ID " and " KEY " are empty"},
		{"fake", NULL, "r", "incomplete", PF_FAIL, KEY " is not set"},
		{"fake", "", "r", "incomplete", PF_FAIL, KEY " is empty"},
		{NULL, "fake", "r", "incomplete", PF_FAIL, KEY_ID " is not set"},
		{"fake-key", "fake", "r", "illegal-key-id", PF_FAIL, NULL},
		{"fake key", "fake", "r", "illegal-key-id", PF_FAIL, NULL},
		/* The SDK trims what it reads. */
		{"fake\n", "fake\n", "r", "complete", PF_PASS, NULL},
		{" ", "\n", "r", "missing", PF_FAIL, KEY_ID " and " KEY " are empty"},
		{"fake", "  ", "r", "incomplete", PF_FAIL, KEY " is empty"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		set_env(s, KEY_ID, table[i].id);
		set_env(s, KEY, table[i].key);
		set_env(s, "AWS_REGION", table[i].region);
		scene_run(s);
		EXPECT_FACT(s, "cart.credentials", "credentials.state", table[i].word);
		EXPECT(s, "cart.credentials", table[i].verdict, table[i].message);
		scene_free(s);
	}
	(void)state;
}

static void
region_is_missing_only_without_an_endpoint(void **state)
{
	struct scene *s = *state;
	set_env(s, "AWS_REGION", NULL);
	set_env(s, URL, NULL);
	scene_run(s);
	EXPECT(s, "cart.credentials", PF_FAIL,
	       "AWS_REGION is not set, and no endpoint either: the SDK finds no region");
	EXPECT_FACT(s, "cart.credentials", "credentials.region", "false");
	/* An endpoint that only has nowhere to come from is the reference's fault. */
	struct scene *other = scene_new();
	set_env(other, "AWS_REGION", NULL);
	set_env_from(other, URL, "configMapKeyRef", "gone", "URL");
	scene_run(other);
	EXPECT(other, "cart.credentials", PF_WARN, NULL);
	scene_free(other);
}

static void
credentials_from_secrets_are_judged_unread(void **state)
{
	struct scene *s = *state;
	set_env_from(s, KEY_ID, "secretKeyRef", "aws", "ID");
	set_env_from(s, KEY, "secretKeyRef", "aws", "KEY");
	put(s, SECRET("aws"),
	    "{'kind':'Secret','metadata':{'name':'aws'},'data':{'ID':'QUtJQUNBTkFSWQ==','KEY':'eA=='}}");
	scene_run(s);
	EXPECT(s, "cart.credentials", PF_PASS, "secret/aws key ID");

	struct scene *denied = scene_new();
	set_env_from(denied, KEY_ID, "secretKeyRef", "aws", "ID");
	set_env_from(denied, KEY, "secretKeyRef", "aws", "KEY");
	refuse(denied, SECRET("aws"), 403);
	scene_run(denied);
	EXPECT(denied, "cart.credentials", PF_PASS, "secret/aws key ID, value not read (its container has started)");
	EXPECT_FACT(denied, "cart.credentials", "credentials.state", "(none)");
	scene_free(denied);

	struct scene *waiting = scene_new();
	set_env_from(waiting, KEY_ID, "secretKeyRef", "aws", "ID");
	refuse(waiting, SECRET("aws"), 403);
	unstart(waiting);
	/* A neighbour that runs proves nothing of the cart's container. */
	edit(waiting, CART_PODS, "items.0.status.containerStatuses.-",
	     "{'name':'proxy','ready':false,'restartCount':1,'state':{'running':{'startedAt':'2026-01-01T00:01:00Z'}}"
	     "}");
	scene_run(waiting);
	EXPECT(waiting, "cart.credentials", PF_ERROR, KEY_ID " is not known: secret/aws could not be read: " FORBIDDEN);
	scene_free(waiting);

	struct scene *gone = scene_new();
	set_env_from(gone, KEY_ID, "secretKeyRef", "aws", "ID");
	scene_run(gone);
	EXPECT(gone, "cart.credentials", PF_FAIL, KEY_ID " cannot be set: secret/aws does not exist");
	EXPECT_FACT(gone, "cart.credentials", "credentials.state", "reference-missing");
	scene_free(gone);
}

static void
credentials_of_other_kinds_pass(void **state)
{
	static const struct {
		const char *name, *value;
	} table[] = {
		{"AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"},
		{"AWS_SHARED_CREDENTIALS_FILE", "/aws/credentials"},
		{"AWS_PROFILE", "dev"},
		{"JAVA_TOOL_OPTIONS", "-Xmx512m -Daws.accessKeyId=fake -Daws.secretAccessKey=fake"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		set_env(s, KEY_ID, NULL);
		set_env(s, KEY, NULL);
		set_env(s, table[i].name, table[i].value);
		scene_run(s);
		EXPECT_FACT(s, "cart.credentials", "credentials.state", "injected");
		EXPECT(s, "cart.credentials", PF_PASS, pf_printf(s->arena, "by %s", table[i].name));
		scene_free(s);
	}
	struct scene *file = scene_new();
	set_env(file, KEY_ID, NULL);
	set_env(file, KEY, NULL);
	edit(file, CART, CONTAINER ".volumeMounts", "[{'name':'aws','mountPath':'/home/appuser/.aws'}]");
	scene_run(file);
	EXPECT(file, "cart.credentials", PF_PASS, "by what is mounted at /home/appuser/.aws");
	scene_free(file);
	(void)state;
}

static void
wrong_container_is_an_error_of_the_question(void **state)
{
	struct scene *s = *state;
	struct pf_err err;
	assert_true(pf_plan_set(s->arena, s->plan, "container=carts", &err));
	scene_run(s);
	EXPECT(s, "cart.env", PF_ERROR, "deployment/cart-deployment has no container carts; it has cart");
}

static void
missing_env_from_leaves_what_it_may_bring_in_doubt(void **state)
{
	struct scene *s = *state;
	edit(s, CART, CONTAINER ".env", "[]");
	edit(s, CART, CONTAINER ".envFrom", "[{'configMapRef':{'name':'cart'}}]");
	scene_run(s);
	EXPECT(s, "cart.env", PF_FAIL, PROVIDER " is not known: configmap/cart does not exist");
	EXPECT_FACT(s, "cart.env", "env.provider", "reference-missing");
	EXPECT_FACT(s, "cart.env", "env.missing", "");
	EXPECT(s, "cart.endpoint", PF_SKIP, NULL);
	EXPECT(s, "cart.create-table", PF_SKIP, NULL);
	EXPECT_FACT(s, "cart.create-table", "flag.value", "reference-missing");
}

/* The container started at 00:01:02. */
#define CONFIG(time, fields, data)                                                                                     \
	"{'kind':'ConfigMap','metadata':{'name':'cart','managedFields':[{'manager':'m','operation':'Update','time':"   \
	"'2026-01-01T" time "Z','fieldsV1':{'" fields "':{}}}]},'data':{" data "}}"

static void
config_changed_after_the_start_counts_from_the_next_one(void **state)
{
	static const struct {
		const char *config, *changed, *pending, *fix;
	} table[] = {
		{CONFIG("00:05:00", "f:data", "'" PROVIDER "':'dynamo'"), "configmap/cart", PROVIDER, "do not restart"},
		{CONFIG("00:01:02", "f:data", "'" PROVIDER "':'dynamo'"), "(none)", "(none)",
		 "kubectl -n shop rollout restart"},
		{CONFIG("00:00:30", "f:data", "'" PROVIDER "':'dynamo'"), "(none)", "(none)",
		 "kubectl -n shop rollout restart"},
		/* An annotation is no data. */
		{CONFIG("00:05:00", "f:metadata", "'" PROVIDER "':'dynamo'"), "(none)", "(none)",
		 "kubectl -n shop rollout restart"},
	};
	static const char *const name = PROVIDER, *const value = "dynamodb";
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		const struct pf_env_fix_text *fix;
		size_t count;
		set_env(s, PROVIDER, NULL);
		edit(s, CART, CONTAINER ".envFrom", "[{'configMapRef':{'name':'cart'}}]");
		put(s, CONFIGMAP("cart"), table[i].config);
		scene_run(s);
		EXPECT(s, "cart.env", PF_FAIL, NULL);
		EXPECT_FACT(s, "cart.env", "env.changed", table[i].changed);
		EXPECT_FACT(s, "cart.env", "env.pending", table[i].pending);
		assert_true(pf_env_fix(s->session, s->arena, "shop", "cart-deployment", "cart", &name, &value, 1, &fix,
				       &count));
		assert_int_equal(count, 2);
		assert_true(fix[0].is_command);
		assert_non_null(strstr(fix[0].text, "patch configmap cart"));
		assert_true(pf_starts_with(fix[1].text, table[i].fix));
		scene_free(s);
	}
	(void)state;
}

/* What kubectl would refuse, or what would take the right value away with the wrong one. */
static void
fix_goes_where_it_can(void **state)
{
	static const struct {
		const char *env_from, *config, *env, *command, *note;
	} table[] = {
		{"[{'configMapRef':{'name':'cart'}}]",
		 "{'metadata':{'name':'cart','annotations':{'meta.helm.sh/release-name':'shop'}},"
		 "'data':{'" PROVIDER "':'dynamo'}}",
		 NULL, "kubectl -n shop patch configmap cart ", "configmap/cart is managed by Helm release shop: "},
		{"[{'configMapRef':{'name':'cart'}}]",
		 "{'metadata':{'name':'cart'},'immutable':true,'data':{'" PROVIDER "':'dynamo'}}", NULL,
		 "kubectl -n shop set env deploy/cart-deployment -c cart " PROVIDER "=dynamodb", NULL},
		{"[]", "{}", "[{'name':'" PROVIDER "','value':'dynamodb'},{'name':'" PROVIDER "','value':'dynamo'}]",
		 "kubectl -n shop set env deploy/cart-deployment -c cart " PROVIDER "=dynamodb", NULL},
		{"[{'configMapRef':{'name':'cart'}}]",
		 "{'metadata':{'name':'cart'},'data':{'" PROVIDER "':'dynamodb'}}",
		 "[{'name':'" PROVIDER "','value':'dynamo'}]",
		 "kubectl -n shop set env deploy/cart-deployment -c cart " PROVIDER "-", NULL},
	};
	static const char *const name = PROVIDER, *const value = "dynamodb";
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		const struct pf_env_fix_text *fix;
		size_t count;
		set_env(s, PROVIDER, NULL);
		if (table[i].env != NULL)
			edit(s, CART, CONTAINER ".env", table[i].env);
		edit(s, CART, CONTAINER ".envFrom", table[i].env_from);
		put(s, CONFIGMAP("cart"), table[i].config);
		scene_run(s);
		assert_true(pf_env_fix(s->session, s->arena, "shop", "cart-deployment", "cart", &name, &value, 1, &fix,
				       &count));
		assert_true(pf_starts_with(fix[0].text, table[i].command));
		if (table[i].note != NULL)
			assert_true(pf_starts_with(fix[count - 1].text, table[i].note));
		scene_free(s);
	}
	(void)state;
}

static void
config_is_not_newer_than_a_container_that_restarted_since(void **state)
{
	struct scene *s = *state;
	edit(s, CART, CONTAINER ".envFrom", "[{'configMapRef':{'name':'cart'}}]");
	put(s, CONFIGMAP("cart"), CONFIG("00:05:00", "f:data", "'X':'1'"));
	edit(s, CART_PODS, "items.0.status.containerStatuses.0.state",
	     "{'running':{'startedAt':'2026-01-01T00:06:00Z'}}");
	scene_run(s);
	EXPECT_FACT(s, "cart.env", "env.changed", "(none)");
}

static void
unread_env_from_is_an_error(void **state)
{
	struct scene *s = *state;
	edit(s, CART, CONTAINER ".env", "[]");
	edit(s, CART, CONTAINER ".envFrom", "[{'configMapRef':{'name':'cart'}}]");
	refuse(s, CONFIGMAP("cart"), 403);
	scene_run(s);
	EXPECT(s, "cart.env", PF_ERROR, NULL);
	EXPECT(s, "cart.endpoint", PF_ERROR, NULL);
	EXPECT(s, "cart.credentials", PF_ERROR, NULL);
	EXPECT(s, "cart.create-table", PF_ERROR, NULL);
	EXPECT_FACT(s, "cart.create-table", "flag.value", "not-read");
	EXPECT(s, "db.deployment", PF_PASS, NULL);
	EXPECT(s, "db.service", PF_PASS, NULL);
}

static void
flag_words_are_reached(void **state)
{
	static const struct {
		const char *value, *word;
		enum pf_verdict verdict;
	} table[] = {{"true", "true", PF_PASS},   {"TRUE", "true", PF_PASS},        {"yes", "true", PF_PASS},
		     {"true\n", "true", PF_PASS}, {" on ", "true", PF_PASS},        {"1", "true", PF_PASS},
		     {"false", "false", PF_WARN}, {"off", "false", PF_WARN},        {"", "unset", PF_WARN},
		     {NULL, "unset", PF_WARN},    {"treu", "not-boolean", PF_FAIL}, {"$(X)", "not-boolean", PF_FAIL}};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		set_env(s, CREATE, table[i].value);
		scene_run(s);
		EXPECT_FACT(s, "cart.create-table", "flag.value", table[i].word);
		EXPECT(s, "cart.create-table", table[i].verdict, NULL);
		scene_free(s);
	}
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(provider_words_are_reached),
		SCENE_TEST(misspelt_variable_is_named_beside_the_one_that_is_missing),
		SCENE_TEST(provider_from_elsewhere_is_missing_or_not_read),
		SCENE_TEST(value_before_an_unreadable_source_is_no_fact),
		SCENE_TEST(variables_of_a_sidecar_do_not_make_it_the_cart),
		SCENE_TEST(keys_of_the_image_are_no_missing_ones),
		SCENE_TEST(keys_that_the_template_empties_are_not_those_of_the_image),
		SCENE_TEST(keys_from_before_a_change_are_not_those_of_the_image),
		SCENE_TEST(running_container_settles_what_was_in_doubt),
		SCENE_TEST(old_names_count_by_their_value),
		SCENE_TEST(table_words_are_reached),
		SCENE_TEST(what_was_not_read_does_not_pass_before_the_container_ran),
		SCENE_TEST(absent_defaults_warn),
		SCENE_TEST(port_words_are_reached),
		SCENE_TEST(port_of_a_secret_is_not_read),
		SCENE_TEST(service_to_another_port_is_told),
		SCENE_TEST(probe_that_alone_asks_elsewhere_is_the_odd_one),
		SCENE_TEST(service_for_metrics_beside_the_carts_own_is_no_fault),
		SCENE_TEST(probe_that_passes_asks_the_right_port),
		SCENE_TEST(credential_states_are_reached),
		SCENE_TEST(region_is_missing_only_without_an_endpoint),
		SCENE_TEST(credentials_from_secrets_are_judged_unread),
		SCENE_TEST(credentials_of_other_kinds_pass),
		SCENE_TEST(wrong_container_is_an_error_of_the_question),
		SCENE_TEST(missing_env_from_leaves_what_it_may_bring_in_doubt),
		SCENE_TEST(config_changed_after_the_start_counts_from_the_next_one),
		SCENE_TEST(fix_goes_where_it_can),
		SCENE_TEST(config_is_not_newer_than_a_container_that_restarted_since),
		SCENE_TEST(unread_env_from_is_an_error),
		SCENE_TEST(flag_words_are_reached),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
