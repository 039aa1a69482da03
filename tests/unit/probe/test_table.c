/* The cart's table in the database that the cart talks to. */
#include "cluster_scene.h"

#define PROVIDER "RETAIL_CART_PERSISTENCE_PROVIDER"
#define CREATE "RETAIL_CART_PERSISTENCE_DYNAMODB_CREATE_TABLE"
#define NAME "RETAIL_CART_PERSISTENCE_DYNAMODB_TABLE_NAME"
#define KEY_ID "AWS_ACCESS_KEY_ID"
#define WANTED_FALSE "create_table=false"

#define DB_STARTED DB_PODS, "items.0.status.containerStatuses.0.state.running.startedAt"
#define CART_STARTED CART_PODS, "items.0.status.containerStatuses.0.state.running.startedAt"
#define CART_PROBE CART, CONTAINER ".readinessProbe"

static void
describe(struct scene *s, const char *as, int status, const char *body)
{
	process_says(&s->processes, s->arena, DB_POD, "DescribeTable", as, status, body);
}

static void
no_table(struct scene *s)
{
	describe(s, NULL, 400, NO_TABLE);
	process_says(&s->processes, s->arena, DB_POD, "ListTables", NULL, 200, "{'TableNames':[]}");
}

static void
want(struct scene *s, const char *assignment)
{
	struct pf_err err = {0};
	if (!pf_plan_set(s->arena, s->plan, assignment, &err))
		fail_msg("%s", err.text);
}

static void
present_table_is_described(void **state)
{
	struct scene *s = *state;
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS, "true: table Items is there with its index, 3 items");
	EXPECT_FACT(s, "db.table", "table.state", "present");
	EXPECT_FACT(s, "db.table", "table.name", "Items");
	EXPECT_FACT(s, "db.table", "table.region", "us-west-2");
	EXPECT_FACT(s, "db.table", "table.status", "ACTIVE");
	EXPECT_FACT(s, "db.table", "table.index", "true");
	EXPECT_FACT(s, "db.table", "table.items", "3");
	EXPECT_FACT(s, "db.table", "table.created", "2026-01-01T00:01:05.105Z");
	EXPECT_FACT(s, "db.table", "table.tables", "Items");
	EXPECT_FACT(s, "db.table", "table.shared", "false");
}

static void
default_name_is_used_where_none_is_set(void **state)
{
	struct scene *s = *state;
	set_env(s, NAME, NULL);
	scene_run(s);
	EXPECT_FACT(s, "db.table", "table.name", "Items");
	set_env(s, NAME, "");
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT_FACT(s, "db.table", "table.name", "Items");
}

/* ---- Who makes it ------------------------------------------------------------------------------------------- */

static void
present_table_and_auto_create_off_is_unusual(void **state)
{
	static const char *const values[] = {"false", "off", "0", NULL};
	struct scene *s = *state;
	for (size_t i = 0; i < 4; i++) {
		set_env(s, CREATE, values[i]);
		pf_session_forget(s->session);
		scene_run(s);
		EXPECT(s, "db.table", PF_WARN,
		       values[i] != NULL ? "off; table Items exists, so carts survive restarts"
					 : "not set, which means off; table Items exists, so carts survive restarts");
	}
}

static void
present_table_and_auto_create_off_as_wanted_passes(void **state)
{
	struct scene *s = *state;
	want(s, WANTED_FALSE);
	set_env(s, CREATE, "false");
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS, "off: table Items is there with its index, 3 items");
	EXPECT(s, "cart.create-table", PF_PASS, NULL);
}

static void
absent_table_that_nobody_makes_fails(void **state)
{
	static const char *const values[] = {"false", NULL};
	struct scene *s = *state;
	no_table(s);
	for (size_t i = 0; i < 4; i++) {
		set_env(s, CREATE, values[i % 2]);
		if (i == 2)
			want(s, WANTED_FALSE);
		pf_session_forget(s->session);
		scene_run(s);
		EXPECT(s, "db.table", PF_FAIL,
		       values[i % 2] != NULL ? "off, and there is no table Items"
					     : "not set, which means off, and there is no table Items");
		EXPECT_FACT(s, "db.table", "table.state", "absent");
	}
}

static void
table_of_another_name_is_named(void **state)
{
	struct scene *s = *state;
	no_table(s);
	process_says(&s->processes, s->arena, DB_POD, "ListTables", NULL, 200,
		     "{'TableNames':['items','a','b','c','d','e','f']}");
	set_env(s, CREATE, "false");
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL, "off, and there is no table Items; there is items, a, b, c, d, …");
}

static void
table_without_its_index_fails(void **state)
{
	static const char *const indexes[] = {TABLE_WITH(""), TABLE_WITH("{'IndexName':'idx_other'}"), "{'Table':{}}"};
	struct scene *s = *state;
	for (size_t i = 0; i < 3; i++) {
		describe(s, NULL, 200, indexes[i]);
		pf_session_forget(s->session);
		scene_run(s);
		EXPECT(s, "db.table", PF_FAIL, "table Items has no index idx_global_customerId");
		EXPECT_FACT(s, "db.table", "table.index", "false");
	}
	set_env(s, CREATE, "false");
	want(s, WANTED_FALSE);
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL, "table Items has no index idx_global_customerId");
}

/* ---- When it is made ---------------------------------------------------------------------------------------- */

static void
first_start_may_find_no_table(void **state)
{
	struct scene *s = *state;
	no_table(s);
	edit(s, CART, "status.availableReplicas", "0");
	edit(s, CART, "status.unavailableReplicas", "1");
	edit(s, CART_PODS, "items.0.status.conditions.1.status", "'False'");
	edit(s, CART_PODS, "items.0.status.containerStatuses.0.ready", "false");
	edit(s, CART_STARTED, "'2026-01-01T00:09:58Z'");
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS, "true: table Items is not there yet and is made at the start");
	EXPECT_FACT(s, "db.table", "table.may_be_made", "true");
}

static void
no_table_is_promised_of_a_cart_that_crashes(void **state)
{
	struct scene *s = *state;
	no_table(s);
	edit(s, CART, "status.availableReplicas", "0");
	edit(s, CART, "status.unavailableReplicas", "1");
	edit(s, CART_PODS, "items.0.status.conditions.1.status", "'False'");
	edit(s, CART_PODS, "items.0.status.containerStatuses.0",
	     "{'name':'cart','ready':false,'restartCount':5,'state':{'waiting':{'reason':'CrashLoopBackOff'}},"
	     "'lastState':{'terminated':{'exitCode':1,'reason':'Error','startedAt':'2026-01-01T00:09:00Z',"
	     "'finishedAt':'2026-01-01T00:09:10Z'}}}");
	put(s, REPLICASETS,
	    "{'kind':'ReplicaSetList','metadata':{},'items':[{'metadata':{'name':'cart-deployment-5d4f','labels':{"
	    "'pod-template-hash':'5d4f'},'annotations':{'deployment.kubernetes.io/revision':'1'},'ownerReferences':[{"
	    "'uid':'d-cart'}]}}]}");
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS, "true: table Items would be made at the start, but the cart does not come up");
}

/* Ready from its first moment on: that says nothing about the table. */
static void
start_without_a_readiness_probe_is_given_its_time(void **state)
{
	struct scene *s = *state;
	no_table(s);
	edit(s, CART_PROBE, "");
	edit(s, CART_STARTED, "'2026-01-01T00:09:50Z'");
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS, "true: table Items is not there yet and is made at the start");

	edit(s, CART_STARTED, "'2026-01-01T00:05:00Z'");
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL, "table Items is not there, although it was made at the start");
}

static void
index_is_made_with_the_table_at_the_next_start(void **state)
{
	struct scene *s = *state;
	describe(s, NULL, 200, TABLE_WITH(""));
	edit(s, CART, "status.availableReplicas", "0");
	edit(s, CART, "status.unavailableReplicas", "1");
	edit(s, CART_PODS, "items.0.status.conditions.1.status", "'False'");
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS,
	       "true: table Items has no index idx_global_customerId and is made anew at the next start");
}

static void
cart_that_keeps_its_data_elsewhere_needs_no_table(void **state)
{
	static const char *const providers[] = {"in-memory", NULL, "dynamo"};
	struct scene *s = *state;
	no_table(s);
	for (size_t i = 0; i < 3; i++) {
		set_env(s, PROVIDER, providers[i]);
		pf_session_forget(s->session);
		scene_run(s);
		EXPECT(s, "db.table", PF_PASS, NULL);
	}
	set_env(s, PROVIDER, "DynamoDB");
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL, NULL);
}

static void
database_that_restarted_under_the_cart_has_lost_it(void **state)
{
	struct scene *s = *state;
	no_table(s);
	edit(s, DB_STARTED, "'2026-01-01T00:08:00Z'");
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL,
	       "table Items is gone: DynamoDB has started after the cart, which makes it only at its own start");
	EXPECT_FACT(s, "db.table", "table.database_newer", "true");
}

/* What runs was started with another provider: it has made no table, the next start will. */
static void
setting_changed_after_the_start_has_made_no_table_yet(void **state)
{
	struct scene *s = *state;
	no_table(s);
	set_env(s, "RETAIL_CART_PERSISTENCE_PROVIDER", NULL);
	edit(s, CART, CONTAINER ".envFrom", "[{'configMapRef':{'name':'cart'}}]");
	put(s, CONFIGMAP("cart"),
	    "{'kind':'ConfigMap','metadata':{'name':'cart','managedFields':[{'manager':'m','operation':'Update',"
	    "'time':'2026-01-01T00:05:00Z','fieldsV1':{'f:data':{}}}]},"
	    "'data':{'RETAIL_CART_PERSISTENCE_PROVIDER':'dynamodb'}}");
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS, "true: table Items is not there yet and is made at the start");
	EXPECT_FACT(s, "db.table", "table.may_be_made", "true");
}

static void
database_that_restarted_and_has_the_table_is_none_the_worse(void **state)
{
	struct scene *s = *state;
	edit(s, DB_STARTED, "'2026-01-01T00:08:00Z'");
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS, "true: table Items is there with its index, 3 items");
	EXPECT_FACT(s, "db.table", "table.database_newer", "(none)");
}

static void
same_second_proves_no_restart(void **state)
{
	struct scene *s = *state;
	no_table(s);
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL, "table Items is not there, although it was made at the start");
	EXPECT_FACT(s, "db.table", "table.database_newer", "false");
}

/* ---- Which database ----------------------------------------------------------------------------------------- */

static void
table_in_the_region_of_the_variable_is_elsewhere(void **state)
{
	struct scene *s = *state;
	no_table(s);
	describe(s, "Credential=fake/20000101/us-east-1/", 200, TABLE_WITH(INDEX));
	set_env(s, CREATE, "false");
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL, "off, and there is no table Items; there is one in region us-east-1");
	EXPECT_FACT(s, "db.table", "table.state", "elsewhere");
	EXPECT_FACT(s, "db.table", "table.where", "in region us-east-1");
	EXPECT_FACT(s, "db.table", "table.region", "us-east-1");
}

#define REPLICASET(name, uid, key_id)                                                                                  \
	"{'metadata':{'name':'" name "','ownerReferences':[{'uid':'" uid                                               \
	"'}]},'spec':{'template':{'spec':{'containers':["                                                              \
	"{'name':'sidecar','env':[{'name':'AWS_ACCESS_KEY_ID','value':'stranger'}]},"                                  \
	"{'name':'cart','env':[{'name':'AWS_ACCESS_KEY_ID','value':'" key_id "'}]}]}}}}"

static void
table_under_an_earlier_key_id_is_elsewhere(void **state)
{
	struct scene *s = *state;
	no_table(s);
	describe(s, "Credential=earlier/20000101/us-west-2/", 200, TABLE_WITH(INDEX));
	describe(s, "Credential=foreign/20000101/us-west-2/", 200, TABLE_WITH(INDEX));
	describe(s, "Credential=stranger/", 200, TABLE_WITH(INDEX));
	put(s, REPLICASETS,
	    "{'items':[" REPLICASET("not-ours-1", "another", "foreign") "," REPLICASET(
		    "cart-1", "d-cart", "fake") "," REPLICASET("cart-2", "d-cart",
							       "bad key") "," REPLICASET("cart-3", "d-cart",
											 "earlier") "]}");
	set_env(s, CREATE, "false");
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL,
	       "off, and there is no table Items; there is one under the key id of replicaset/cart-3");
	EXPECT_FACT(s, "db.table", "table.region", "us-west-2");
}

/* Neither a thousand revisions nor what is in their place make it ask for ever. */
static void
earlier_key_ids_are_tried_a_few(void **state)
{
	struct scene *s = *state;
	no_table(s);
	put(s, REPLICASETS, "{'items':[{},{'metadata':{'ownerReferences':'x'}}]}");
	for (int i = 0; i < 30; i++)
		edit(s, REPLICASETS, "items.-", pf_printf(s->arena, REPLICASET("cart-x", "d-cart", "key%d"), i));
	set_env(s, CREATE, "false");
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL, "off, and there is no table Items");
	size_t asked = 0;
	for (size_t i = 0; i < s->processes.asked_count; i++)
		asked += pf_streq(s->processes.asked[i], "dynamodb DescribeTable");
	assert_int_equal(asked, 2 + 3);
}

static void
unreadable_replicasets_change_nothing(void **state)
{
	struct scene *s = *state;
	no_table(s);
	refuse(s, REPLICASETS, 403);
	set_env(s, CREATE, "false");
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL, "off, and there is no table Items");
}

static void
shared_database_has_no_other(void **state)
{
	static const char *const args[] = {"['-jar','DynamoDBLocal.jar','-sharedDb']",
					   "['-c','java -jar DynamoDBLocal.jar -sharedDb -inMemory']"};
	struct scene *s = *state;
	no_table(s);
	describe(s, "/us-east-1/", 200, TABLE_WITH(INDEX));
	describe(s, "Credential=postflight/20000101/us-west-2/", 200, TABLE_WITH(INDEX));
	set_env_from(s, KEY_ID, "secretKeyRef", "aws", "ID"); /* which need not be known then */
	refuse(s, SECRET("aws"), 403);
	for (size_t i = 0; i < 2; i++) {
		edit(s, DB, CONTAINER ".args", args[i]);
		pf_session_forget(s->session);
		scene_run(s);
		EXPECT(s, "db.table", PF_PASS, "true: table Items is there with its index, 3 items");
		EXPECT_FACT(s, "db.table", "table.shared", "true");
	}
	edit(s, DB, CONTAINER ".args", "['-sharedDbs']");
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_ERROR, NULL);
}

/* ---- What is not known --------------------------------------------------------------------------------------- */

static void
unreadable_key_id_is_an_error(void **state)
{
	struct scene *s = *state;
	set_env_from(s, KEY_ID, "secretKeyRef", "aws", "ID");
	refuse(s, SECRET("aws"), 403);
	scene_run(s);
	EXPECT(s, "db.table", PF_ERROR, NULL);
	assert_non_null(strstr(result_of(s, "db.table")->message,
			       "AWS_ACCESS_KEY_ID, which chooses the database, is not "
			       "known: "));
	EXPECT(s, "db.answers", PF_PASS, NULL);
}

static void
key_id_of_a_secret_is_used_and_not_shown(void **state)
{
	struct scene *s = *state;
	set_env_from(s, KEY_ID, "secretKeyRef", "aws", "ID");
	put(s, SECRET("aws"), "{'kind':'Secret','metadata':{'name':'aws'},'data':{'ID':'Q0FOQVJZMTIzNDU2'}}");
	no_table(s);
	describe(s, "Credential=CANARY123456/20000101/us-west-2/", 200, TABLE_WITH(INDEX));
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS, "true: table Items is there with its index, 3 items");
}

static void
name_of_a_secret_is_used_and_not_shown(void **state)
{
	struct scene *s = *state;
	set_env_from(s, NAME, "secretKeyRef", "aws", "TABLE");
	put(s, SECRET("aws"), "{'kind':'Secret','metadata':{'name':'aws'},'data':{'TABLE':'Q0FOQVJZMTIzNDU2'}}");
	no_table(s);
	set_env(s, CREATE, "false");
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL, "off, and there is no table (not shown)");
	process_says(&s->processes, s->arena, DB_POD, "ListTables", NULL, 200, "{'TableNames':['canary']}");
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL, "off, and there is no table (not shown); there is 1 of other names");
	EXPECT_FACT(s, "db.table", "table.tables", "(none)");
	refuse(s, SECRET("aws"), 403);
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_ERROR, NULL);
}

/* What is wrong with the credentials or the name is said by their own checks. */
static void
faults_of_others_are_not_judged_here(void **state)
{
	static const struct {
		const char *variable, *value, *why;
	} table[] = {
		{KEY_ID, NULL, "AWS_ACCESS_KEY_ID is not set"},
		{KEY_ID, "", "AWS_ACCESS_KEY_ID is not set"},
		{KEY_ID, "a-b", "DynamoDB refuses such a key id as AWS_ACCESS_KEY_ID"},
		{KEY_ID, "a\r\nHost: b", "DynamoDB refuses such a key id as AWS_ACCESS_KEY_ID"},
		{NAME, "it ems", "no table can have such a name as RETAIL_CART_PERSISTENCE_DYNAMODB_TABLE_NAME"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		set_env(s, table[i].variable, table[i].value);
		scene_run(s);
		EXPECT(s, "db.table", PF_PASS,
		       pf_printf(s->arena, "true: it is made at the start (not looked at: %s)", table[i].why));
		set_env(s, CREATE, "false");
		pf_session_forget(s->session);
		scene_run(s);
		EXPECT(s, "db.table", PF_SKIP, pf_printf(s->arena, "not looked at: %s", table[i].why));
		scene_free(s);
	}
	(void)state;
}

static void
flag_that_is_not_known_leaves_an_absent_table_unjudged(void **state)
{
	struct scene *s = *state;
	no_table(s);
	set_env(s, CREATE, "maybe");
	scene_run(s);
	EXPECT(s, "db.table", PF_SKIP, "table Items is not there; whether it should be cannot be told");

	set_env_from(s, CREATE, "secretKeyRef", "flags", "x");
	refuse(s, SECRET("flags"), 403);
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_ERROR, NULL);
	describe(s, NULL, 200, TABLE_WITH(INDEX));
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS, "table Items is there with its index, 3 items");
}

static void
database_that_is_not_there_is_not_the_tables_fault(void **state)
{
	struct scene *s = *state;
	edit(s, DB, "spec.replicas", "0");
	put(s, DB_PODS, "{'items':[]}");
	put(s, SLICES_OF("dynamodb"), "{'items':[]}");
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS,
	       "true: it is made at the start (not looked at: no pod of deployment/dynamodb runs)");
	set_env(s, CREATE, "false");
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_SKIP, "not looked at: no pod of deployment/dynamodb runs");
}

static void
absent_cart_has_no_table(void **state)
{
	struct scene *s = *state;
	remove_object(s, CART);
	scene_run(s);
	EXPECT(s, "db.table", PF_SKIP, NULL);
	refuse(s, CART, 403);
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_ERROR, NULL);
}

static void
storage_that_hangs_fails(void **state)
{
	struct scene *s = *state;
	process_fails(&s->processes, DB_POD, "DescribeTable", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS, NULL);
	EXPECT(s, "db.table", PF_FAIL,
	       "pod/dynamodb-5d4f-abcde port 8000 takes signed requests and does not answer them");
	EXPECT_FACT(s, "db.table", "table.state", "hangs");
}

/* A busy node opens the storage of a database tens of seconds after its port. */
static void
storage_of_a_process_that_has_just_started_is_not_judged(void **state)
{
	struct scene *s = *state;
	process_fails(&s->processes, DB_POD, "DescribeTable", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	edit(s, DB_STARTED, "'2026-01-01T00:09:20Z'");
	scene_run(s);
	EXPECT(s, "db.table", PF_ERROR,
	       "pod/dynamodb-5d4f-abcde port 8000 does not answer signed requests yet, and has just started");
	EXPECT_FACT(s, "db.table", "table.state", "(none)");
}

static void
process_that_hangs_is_left_to_its_own_check(void **state)
{
	struct scene *s = *state;
	process_fails(&s->processes, DB_POD, "", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	scene_run(s);
	EXPECT(s, "db.answers", PF_FAIL, NULL);
	EXPECT(s, "db.table", PF_PASS,
	       "true: it is made at the start (not looked at: DynamoDB's port takes the connection and gives no answer "
	       "within 5 s)");
	EXPECT_FACT(s, "db.table", "table.state", "(none)");
}

static void
answers_that_make_no_sense_are_errors(void **state)
{
	static const struct {
		int status;
		const char *body;
	} table[] = {
		{200, "{}"},
		{200, "[]"},
		{200, "{'Table':7}"},
		{200, "<html>"},
		{500, "{'__type':'com.amazonaws.dynamodb.v20120810#InternalFailure','Message':'The request failed'}"},
		{503, "busy"},
		{200, "{'Table':{'TableStatus':'ACTI"},
	};
	struct scene *s = *state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		describe(s, NULL, table[i].status, table[i].body);
		pf_session_forget(s->session);
		scene_run(s);
		EXPECT(s, "db.table", PF_ERROR,
		       i == 4 ? "pod/dynamodb-5d4f-abcde port 8000 answers DescribeTable with HTTP 500, "
				"InternalFailure: "
				"The request failed"
			      : pf_printf(s->arena,
					  "pod/dynamodb-5d4f-abcde port 8000 answers DescribeTable with HTTP %d",
					  table[i].status));
		EXPECT_FACT(s, "db.table", "table.state", "(none)");
	}
	process_fails(&s->processes, DB_POD, "DescribeTable", PF_REPLY_GARBLED, PF_ERR_PROTOCOL, false);
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_ERROR, NULL);
}

static void
names_of_tables_are_not_needed(void **state)
{
	struct scene *s = *state;
	process_says(&s->processes, s->arena, DB_POD, "ListTables", NULL, 500, "oops");
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS, "true: table Items is there with its index, 3 items");
	EXPECT_FACT(s, "db.table", "table.tables", "(none)");
}

static void
huge_answer_is_read_in_bounds(void **state)
{
	struct scene *s = *state;
	char *name = pf_alloc(s->arena, 70001);
	memset(name, 'x', 70000);
	no_table(s);
	process_says(&s->processes, s->arena, DB_POD, "ListTables", NULL, 200,
		     pf_printf(s->arena, "{'TableNames':['%s','\\u001b[31m']}", name));
	set_env(s, CREATE, "false");
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL, NULL);
	assert_true(strlen(result_of(s, "db.table")->message) < 700);
	assert_null(strchr(result_of(s, "db.table")->message, '\033'));
}

/* ---- Several replicas: each pod keeps tables of its own ------------------------------------------------------ */

#define OTHER_DB_POD "dynamodb-zzz"

/* Another pod of the Deployment, like the first. */
static cJSON *
add_db_pod(struct scene *s)
{
	cJSON *items = PF_AT(reply_for(s, DB_PODS)->json, "items");
	cJSON *pod = cJSON_Duplicate(cJSON_GetArrayItem(items, 0), true);
	assert_true(cJSON_ReplaceItemInObject(PF_AT(pod, "metadata"), "name", cJSON_CreateString(OTHER_DB_POD)));
	assert_true(cJSON_AddItemToArray(items, pod));
	return pod;
}

static void
table_in_one_of_several_pods_is_found_out_whichever_is_asked_first(void **state)
{
	struct scene *s = *state;
	const char *first =
		PF_STRING_AT(cJSON_GetArrayItem(PF_AT(reply_for(s, DB_PODS)->json, "items"), 0), "metadata", "name");
	add_db_pod(s);
	process_says(&s->processes, s->arena, OTHER_DB_POD, "DescribeTable", NULL, 400, NO_TABLE);
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL,
	       pf_printf(s->arena, "table Items is in pod/%s, not in pod/%s: each pod keeps tables of its own", first,
			 OTHER_DB_POD));
	EXPECT_FACT(s, "db.table", "table.state", "in-some");
	no_table(s);
	process_says(&s->processes, s->arena, OTHER_DB_POD, "DescribeTable", NULL, 200, TABLE_WITH(INDEX));
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.table", PF_FAIL,
	       pf_printf(s->arena, "table Items is in pod/%s, not in pod/%s: each pod keeps tables of its own",
			 OTHER_DB_POD, first));
	EXPECT_FACT(s, "db.table", "table.items", "3");
}

static void
table_in_all_pods_or_in_none_is_told_as_of_one(void **state)
{
	struct scene *s = *state;
	add_db_pod(s);
	scene_run(s);
	EXPECT(s, "db.table", PF_PASS, "true: table Items is there with its index, 3 items");
	no_table(s);
	set_env(s, CREATE, "false");
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT_FACT(s, "db.table", "table.state", "absent");
}

static void
pod_that_is_on_its_way_is_not_compared(void **state)
{
	struct scene *s = *state;
	cJSON *pod = add_db_pod(s);
	process_says(&s->processes, s->arena, OTHER_DB_POD, "DescribeTable", NULL, 400, NO_TABLE);
	cJSON_AddStringToObject(PF_AT(pod, "metadata"), "deletionTimestamp", "2026-01-01T00:02:00Z");
	scene_run(s);
	EXPECT_FACT(s, "db.table", "table.state", "present");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(present_table_is_described),
		SCENE_TEST(default_name_is_used_where_none_is_set),
		SCENE_TEST(present_table_and_auto_create_off_is_unusual),
		SCENE_TEST(present_table_and_auto_create_off_as_wanted_passes),
		SCENE_TEST(absent_table_that_nobody_makes_fails),
		SCENE_TEST(table_of_another_name_is_named),
		SCENE_TEST(table_without_its_index_fails),
		SCENE_TEST(first_start_may_find_no_table),
		SCENE_TEST(no_table_is_promised_of_a_cart_that_crashes),
		SCENE_TEST(start_without_a_readiness_probe_is_given_its_time),
		SCENE_TEST(index_is_made_with_the_table_at_the_next_start),
		SCENE_TEST(cart_that_keeps_its_data_elsewhere_needs_no_table),
		SCENE_TEST(database_that_restarted_under_the_cart_has_lost_it),
		SCENE_TEST(database_that_restarted_and_has_the_table_is_none_the_worse),
		SCENE_TEST(setting_changed_after_the_start_has_made_no_table_yet),
		SCENE_TEST(same_second_proves_no_restart),
		SCENE_TEST(table_in_the_region_of_the_variable_is_elsewhere),
		SCENE_TEST(table_under_an_earlier_key_id_is_elsewhere),
		SCENE_TEST(earlier_key_ids_are_tried_a_few),
		SCENE_TEST(unreadable_replicasets_change_nothing),
		SCENE_TEST(shared_database_has_no_other),
		SCENE_TEST(unreadable_key_id_is_an_error),
		SCENE_TEST(key_id_of_a_secret_is_used_and_not_shown),
		SCENE_TEST(name_of_a_secret_is_used_and_not_shown),
		cmocka_unit_test(faults_of_others_are_not_judged_here),
		SCENE_TEST(flag_that_is_not_known_leaves_an_absent_table_unjudged),
		SCENE_TEST(database_that_is_not_there_is_not_the_tables_fault),
		SCENE_TEST(absent_cart_has_no_table),
		SCENE_TEST(storage_that_hangs_fails),
		SCENE_TEST(storage_of_a_process_that_has_just_started_is_not_judged),
		SCENE_TEST(process_that_hangs_is_left_to_its_own_check),
		SCENE_TEST(answers_that_make_no_sense_are_errors),
		SCENE_TEST(names_of_tables_are_not_needed),
		SCENE_TEST(huge_answer_is_read_in_bounds),
		SCENE_TEST(table_in_one_of_several_pods_is_found_out_whichever_is_asked_first),
		SCENE_TEST(table_in_all_pods_or_in_none_is_told_as_of_one),
		SCENE_TEST(pod_that_is_on_its_way_is_not_compared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
