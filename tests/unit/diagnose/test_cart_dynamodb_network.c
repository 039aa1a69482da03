/* From a look at names and connections to the root cause; and that objects outrank it, whatever it saw. */
#include "../probe/cluster_scene.h"

#include <postflight/diagnosis.h>

#define URL "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT"
#define EMPTY_SLICE "{'kind':'EndpointSliceList','metadata':{},'items':[{'ports':null,'endpoints':null}]}"

#define NO_NAME(why) "dns 1 getent = 2 1\ntcp 0 bash | bash: line 1: dynamodb: " why "\ntcp 0 bash = 0 1\n"
#define NXDOMAIN LOOK(LOOK_CONTROL NO_NAME("Name or service not known") LOOK_POD)
#define DNS_DOWN LOOK("dns 0 getent = 2 1\n" NO_NAME("Temporary failure in name resolution") LOOK_POD)
#define SERVICE_SAYS(what, pod)                                                                                        \
	LOOK(LOOK_CONTROL LOOK_NAME "tcp 0 bash | " what "\ntcp 0 bash = 0 106\ntcp 1 bash | " pod                     \
				    "\ntcp 1 bash = 0 106\n")
#define SILENT SERVICE_SAYS("silent", "silent")
#define REFUSED SERVICE_SAYS("bash: connect: Connection refused", "connected")
#define HEALTHY LOOK(LOOK_CONTROL LOOK_NAME LOOK_SERVICE LOOK_POD)
#define GARBAGE "Welcome\n"

static const struct pf_diagnosis *
diagnose(struct scene *s)
{
	struct pf_diagnosis *d = pf_alloc(s->arena, sizeof(*d));

	scene_run(s);
	pf_diagnose(s->arena, s->plan, s->session, "shop", s->results, d);
	return d;
}

static const char *
ids_of(struct pf_arena *arena, const struct pf_diagnosis *d)
{
	const char *text = "";
	for (size_t i = 0; i < d->cause_count; i++)
		text = pf_printf(arena, "%s%s%s", text, i > 0 ? " " : "", d->causes[i].mode->id);
	return text;
}

static bool
among(const char *const *list, const char *word)
{
	for (; *list != NULL; list++) {
		if (pf_streq(*list, word))
			return true;
	}
	return false;
}

static void
dead_dns_is_the_cause_of_both_checks(void **state)
{
	struct scene *s = *state;
	s->exec.text = DNS_DOWN;
	const struct pf_diagnosis *d = diagnose(s);
	assert_string_equal(ids_of(s->arena, d), "dns-down");
	assert_true(among(d->causes[0].explains, "dns") && among(d->causes[0].explains, "tcp"));
	assert_string_equal(d->causes[0].cause, "From the cart's container neither dynamodb resolves nor "
						"kubernetes.default.svc, which every cluster has.");
	assert_int_equal(d->unexplained_count, 0);
	assert_int_equal(d->causes[0].fix_count, 1);
}

static void
foreign_resolver_is_told_from_a_dead_one(void **state)
{
	struct scene *s = *state;
	s->exec.text = DNS_DOWN;
	edit(s, CART, "spec.template.spec.dnsPolicy", "'Default'");
	const struct pf_diagnosis *d = diagnose(s);
	assert_string_equal(ids_of(s->arena, d), "dns-down");
	assert_non_null(strstr(d->causes[0].cause, "dnsPolicy Default"));
	assert_int_equal(d->causes[0].fix_count, 1);
	assert_non_null(strstr(d->causes[0].fixes[0].text, "\"dnsPolicy\":\"ClusterFirst\""));
}

static void
pod_on_its_nodes_network_needs_another_policy(void **state)
{
	struct scene *s = *state;
	s->exec.text = DNS_DOWN;
	edit(s, CART, "spec.template.spec.hostNetwork", "true");
	const struct pf_diagnosis *d = diagnose(s);
	assert_string_equal(ids_of(s->arena, d), "dns-down");
	assert_non_null(strstr(d->causes[0].cause, "hostNetwork"));
	assert_int_equal(d->causes[0].fix_count, 1);
	assert_non_null(strstr(d->causes[0].fixes[0].text, "\"dnsPolicy\":\"ClusterFirstWithHostNet\""));
}

#define STRAYED(look)                                                                                                  \
	LOOK(LOOK_CONTROL "dns 1 getent | 10.9.9.9 STREAM dynamodb\ndns 1 getent = 0 1\ntcp 0 bash | " look            \
			  "\ntcp 0 bash = 0 106\n" LOOK_POD)

static void
hosts_file_of_the_pod_is_told_from_a_blocked_network(void **state)
{
	static const struct {
		const char *aliases, *look, *causes;
		enum pf_verdict dns;
	} table[] = {
		{"[{'ip':'10.9.9.9','hostnames':['DynamoDB']}]", STRAYED("silent"), "name-leads-elsewhere", PF_FAIL},
		{"[{'ip':'10.9.9.9','hostnames':['x','dynamodb']}]", STRAYED("bash: connect: Connection refused"),
		 "name-leads-elsewhere", PF_FAIL},
		/* The name is another's, or leads where it should: what is silent is the network. */
		{"[{'ip':'10.9.9.9','hostnames':['dynamodb.elsewhere']}]", SILENT, "network-blocked", PF_PASS},
		{"[{'ip':'10.96.0.7','hostnames':['dynamodb']}]", SILENT, "network-blocked", PF_PASS},
		/* Elsewhere, and something answers there: unusual. */
		{"[{'ip':'10.9.9.9','hostnames':['dynamodb']}]", STRAYED("connected"), "", PF_WARN},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		edit(s, CART, "spec.template.spec.hostAliases", table[i].aliases);
		s->exec.text = table[i].look;
		const struct pf_diagnosis *d = diagnose(s);
		assert_string_equal(ids_of(s->arena, d), table[i].causes);
		EXPECT(s, "dns", table[i].dns, NULL);
		if (pf_streq(table[i].causes, "name-leads-elsewhere")) {
			assert_int_equal(d->unexplained_count, 0);
			assert_int_equal(d->causes[0].fix_count, 1);
			assert_int_equal(d->causes[0].fixes[0].is_command, i == 0);
			assert_non_null(strstr(d->causes[0].fixes[0].text, "10.9.9.9"));
		}
		scene_free(s);
	}
	(void)state;
}

static void
lost_packets_are_the_cause_where_all_objects_are_right(void **state)
{
	struct scene *s = *state;
	s->exec.text = SILENT;
	const struct pf_diagnosis *d = diagnose(s);
	assert_string_equal(ids_of(s->arena, d), "network-blocked");
	assert_true(among(d->causes[0].explains, "tcp"));
	assert_non_null(strstr(d->causes[0].cause, "neither dynamodb:8000 is reached nor the pod behind it"));
}

static void
policy_on_the_way_is_named(void **state)
{
	struct scene *s = *state;
	s->exec.text = SILENT;
	put(s, "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies?",
	    "{'kind':'NetworkPolicyList','metadata':{},'items':[{'metadata':{'name':'deny'},'spec':{'podSelector':{}}}]"
	    "}");
	const struct pf_diagnosis *d = diagnose(s);
	assert_string_equal(ids_of(s->arena, d), "network-blocked");
	assert_non_null(strstr(d->causes[0].cause, "networkpolicy/deny (ingress of deployment/dynamodb)"));
	assert_int_equal(d->causes[0].fix_count, 1);
	assert_non_null(strstr(d->causes[0].fixes[0].text, "networkpolicy/deny"));
}

static void
service_address_that_does_not_work_is_told_from_the_pods(void **state)
{
	struct scene *s = *state;
	s->exec.text = SERVICE_SAYS("silent", "connected");
	const struct pf_diagnosis *d = diagnose(s);
	assert_string_equal(ids_of(s->arena, d), "network-blocked");
	assert_non_null(strstr(d->causes[0].cause, "kube-proxy"));
}

#define RUN_FAILED                                                                                                     \
	"2026-01-01T00:09:23.000Z ERROR 1 --- [           main] o.s.boot.SpringApplication               : "           \
	"Application run failed\n"
#define TIMED_OUT                                                                                                      \
	RUN_FAILED                                                                                                     \
	"software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Connect "           \
	"to dynamodb:8000 [dynamodb/10.96.0.7] failed: Connect timed out\n"

static void
let_nobody_look(struct scene *s)
{
	s->exec = (struct pf_answer){.text = ""};
	(void)pf_fail(&s->exec.err, PF_ERR_NOT_FOUND, "container not found");
}

/* In a crash loop it is chance whether the container runs: the log must lead to the same cause. */
static void
time_out_in_the_log_is_the_same_cause_where_nothing_could_look(void **state)
{
	struct scene *s = *state;
	put_text(s, CART_LOG, TIMED_OUT);
	let_nobody_look(s);
	assert_string_equal(ids_of(s->arena, diagnose(s)), "network-blocked");
}

/* A database that hangs for long takes no more connections, which reads the same: only who asks it can tell. */
static void
time_out_in_the_log_alone_blames_no_network(void **state)
{
	struct scene *s = *state;
	put_text(s, CART_LOG, TIMED_OUT);
	let_nobody_look(s);
	process_fails(&s->processes, DB_POD, "", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	assert_string_equal(ids_of(s->arena, diagnose(s)), "db-hangs");
	scene_free(s);
	*state = s = scene_new();
	put_text(s, CART_LOG, TIMED_OUT);
	let_nobody_look(s);
	process_fails(&s->processes, DB_POD, "", PF_REPLY_NONE, PF_ERR_FORBIDDEN, false);
	const struct pf_diagnosis *d = diagnose(s);
	assert_string_equal(ids_of(s->arena, d), "");
	assert_int_equal(d->undecided_count, 1);
	assert_true(among(d->undecided[0].modes, "network-blocked"));
}

static void
database_that_takes_no_more_connections_is_no_network(void **state)
{
	struct scene *s = *state;
	s->exec.text = SILENT;
	process_fails(&s->processes, DB_POD, "", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	assert_string_equal(ids_of(s->arena, diagnose(s)), "db-hangs");
}

/* DynamoDB never says 403; what does, stands before it. */
static void
proxy_that_denies_the_cart_is_the_cause(void **state)
{
	struct scene *s = *state;
	put_text(s, CART_LOG,
		 RUN_FAILED
		 "software.amazon.awssdk.services.dynamodb.model.DynamoDbException: RBAC: access denied (Service: "
		 "DynamoDb, Status Code: 403, Request ID: null) (SDK Attempt Count: 1)\n");
	const struct pf_diagnosis *d = diagnose(s);
	assert_string_equal(ids_of(s->arena, d), "network-blocked");
	assert_int_equal(d->causes[0].fix_count, 1);
	assert_non_null(strstr(d->causes[0].fixes[0].text, "AuthorizationPolicy"));
}

#define NOT_RESOLVED(host)                                                                                             \
	RUN_FAILED "software.amazon.awssdk.core.exception.SdkClientException: Received an UnknownHostException when "  \
		   "attempting to interact with a service.\nCaused by: java.net.UnknownHostException: " host "\n"

/* What the resolver said stands in the first suppressed attempt, and this log has none. */
static void
unknown_host_without_a_reason_is_decided_by_what_is_seen(void **state)
{
	struct scene *s = *state;
	put_text(s, CART_LOG, NOT_RESOLVED("dynamodb"));
	s->exec.text = DNS_DOWN;
	assert_string_equal(ids_of(s->arena, diagnose(s)), "dns-down");
	scene_free(s);
	*state = s = scene_new();
	set_env(s, URL, "http://dynamo:8000");
	put_text(s, CART_LOG, NOT_RESOLVED("dynamo"));
	let_nobody_look(s);
	assert_string_equal(ids_of(s->arena, diagnose(s)), "endpoint-host");
	scene_free(s);
	*state = s = scene_new();
	put_text(s, CART_LOG, NOT_RESOLVED("dynamodb"));
	let_nobody_look(s);
	const struct pf_diagnosis *d = diagnose(s);
	assert_string_equal(ids_of(s->arena, d), "");
	assert_true(d->undecided_count > 0 && among(d->undecided[0].modes, "dns-down"));
}

/* Services of the namespace that the endpoint names may not be read: the log alone says that nothing has the name. */
static void
unknown_host_in_the_log_is_the_endpoints_fault_where_its_namespace_may_not_be_read(void **state)
{
	struct scene *s = *state;
	set_env(s, URL, "http://dynamodb.elsewhere:8000");
	refuse(s, "/api/v1/namespaces/elsewhere/services", 403);
	put_text(s, CART_LOG,
		 "2026-01-01T00:09:23.000Z ERROR 1 --- [           main] o.s.boot.SpringApplication               : "
		 "Application run failed\n"
		 "software.amazon.awssdk.core.exception.SdkClientException: Received an UnknownHostException when "
		 "attempting to interact with a service.\n"
		 "Caused by: java.net.UnknownHostException: dynamodb.elsewhere: Name or service not known\n");
	s->exec = (struct pf_answer){.text = ""};
	(void)pf_fail(&s->exec.err, PF_ERR_NOT_FOUND, "container not found");
	const struct pf_diagnosis *d = diagnose(s);
	EXPECT(s, "cart.endpoint", PF_ERROR, NULL);
	assert_string_equal(ids_of(s->arena, d), "endpoint-host");
	assert_int_equal(d->undecided_count, 0);
	assert_non_null(strstr(d->causes[0].fixes[0].text, "=http://dynamodb:8000"));
}

static void
silent_database_is_the_cause_where_the_cart_answers(void **state)
{
	struct scene *s = *state;
	process_fails(&s->processes, DB_POD, "", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	assert_string_equal(ids_of(s->arena, diagnose(s)), "db-hangs");
}

/* The cart answers from memory: when it is as silent, the machine or the way is slow, and the database may be sound. */
static void
silence_of_both_processes_accuses_neither(void **state)
{
	struct scene *s = *state;
	process_fails(&s->processes, DB_POD, "", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	process_fails(&s->processes, CART_POD, "", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	const struct pf_diagnosis *d = diagnose(s);
	assert_string_equal(ids_of(s->arena, d), "");
	assert_int_equal(d->unexplained_count, 2);
}

/* ---- Objects outrank --------------------------------------------------------------------------------------------- */

static void
healthy(struct scene *s)
{
	(void)s;
}

static void
wrong_port(struct scene *s)
{
	set_env(s, URL, "http://dynamodb:9000");
}

static void
wrong_host(struct scene *s)
{
	set_env(s, URL, "http://dynamo:8000");
}

static void
localhost(struct scene *s)
{
	set_env(s, URL, "http://localhost:8000");
}

static void
scaled_to_zero(struct scene *s)
{
	edit(s, DB, "spec.replicas", "0");
	put(s, DB_PODS, "{'kind':'PodList','metadata':{},'items':[]}");
	put(s, SLICES_OF("dynamodb"), EMPTY_SLICE);
}

static void
selector(struct scene *s)
{
	edit(s, SERVICES, "items.1.spec.selector", "{'app':'db'}");
	put(s, SLICES_OF("dynamodb"), EMPTY_SLICE);
}

static void
target_port(struct scene *s)
{
	edit(s, SERVICES, "items.1.spec.ports.0.targetPort", "8001");
	put(s, SLICES_OF("dynamodb"), slices_json(s->arena, "dynamodb-5d4f-abcde", "dynamodb", 8001));
}

static void
no_service(struct scene *s)
{
	edit(s, SERVICES, "items.1", "");
}

/* Where there is no pod of the database, its pod is not asked for either. */
static const char *
without_pod(struct pf_arena *arena, const char *text)
{
	const char *from = strstr(text, "tcp 1 "), *to = strstr(text, "end\n");

	return from == NULL ? text : pf_printf(arena, "%.*s%s", (int)(from - text), text, to);
}

static void
object_fault_stays_the_cause_whatever_was_seen(void **state)
{
	static const struct {
		const char *cause;
		void (*make)(struct scene *s);
		bool no_pod;
	} faults[] = {
		{"", healthy, false},
		{"endpoint-port", wrong_port, false},
		{"endpoint-host", wrong_host, false},
		{"endpoint-localhost", localhost, false},
		{"db-scaled-to-zero", scaled_to_zero, true},
		{"db-service-selector", selector, false},
		{"db-service-target-port", target_port, false},
		{"db-service-missing", no_service, false},
	};
	static const struct {
		const char *text; /* NULL: ERR */
		enum pf_err_kind err;
		bool of_healthy; /* seen with healthy objects too */
	} looks[] = {
		{HEALTHY, PF_ERR_NONE, true},   {SILENT, PF_ERR_NONE, false}, {REFUSED, PF_ERR_NONE, true},
		{NXDOMAIN, PF_ERR_NONE, true},  {GARBAGE, PF_ERR_NONE, true}, {NULL, PF_ERR_FORBIDDEN, true},
		{NULL, PF_ERR_NOT_FOUND, true}, {NULL, PF_ERR_TIMEOUT, true}, {NULL, PF_ERR_UNREACHABLE, true},
	};

	(void)state;
	for (size_t f = 0; f < sizeof(faults) / sizeof(faults[0]); f++) {
		for (size_t l = 0; l < sizeof(looks) / sizeof(looks[0]); l++) {
			struct scene *s = scene_new();
			if (faults[f].cause[0] == '\0' && !looks[l].of_healthy) {
				scene_free(s);
				continue;
			}
			faults[f].make(s);
			s->exec = (struct pf_answer){.ok = looks[l].text != NULL, .text = "", .stderr_text = ""};
			if (looks[l].text != NULL)
				s->exec.text = faults[f].no_pod ? without_pod(s->arena, looks[l].text) : looks[l].text;
			else
				(void)pf_fail(&s->exec.err, looks[l].err, "it broke");
			const char *found = ids_of(s->arena, diagnose(s));
			if (strcmp(found, faults[f].cause) != 0)
				fail_msg("\"%s\" became \"%s\" by the look %zu", faults[f].cause, found, l);
			scene_free(s);
		}
	}
}

/* What is seen from another pod is no reason to call anything a cause. */
static void
answer_nowhere(struct scene *scene, const struct pf_ask *ask, struct pf_answer *answer)
{
	*answer = (struct pf_answer){.ok = true, .text = ""};
	answer->json =
		parsed(scene->arena, ask->kind == PF_ASK_DIAL
					     ? "{'outcome':'timeout'}"
					     : "{'outcome':'nxdomain','own':['10.244.0.9'],'podNamespace':'debug'}");
}

static void
failures_seen_from_another_pod_are_no_cause(void **state)
{
	struct scene *s = *state;
	s->from_here = answer_nowhere;
	pf_session_look_from(s->session, PF_VANTAGE_LOCAL, false);
	const struct pf_diagnosis *d = diagnose(s);
	assert_int_equal(d->cause_count, 0);
	assert_int_equal(d->unexplained_count, 0);
	EXPECT(s, "dns", PF_WARN, NULL);
}

/* In the cluster, and another program answers where the Service leads; no object may be read that says why. */
static void
answer_as_another_program(struct scene *scene, const struct pf_ask *ask, struct pf_answer *answer)
{
	*answer = (struct pf_answer){.ok = true, .text = ""};
	if (ask->kind == PF_ASK_DIRECT) {
		answer->status = 404;
		answer->reply = PF_REPLY_HTTP;
		return;
	}
	answer->json =
		parsed(scene->arena, ask->kind == PF_ASK_DIAL
					     ? "{'outcome':'connected'}"
					     : "{'outcome':'resolved','addresses':['10.96.0.7'],'own':['10.244.0.9'],"
					       "'podNamespace':'debug'}");
}

static void
nothing_is_said_of_a_deployment_that_was_not_read(void **state)
{
	struct scene *s = *state;
	s->from_here = answer_as_another_program;
	pf_session_look_from(s->session, PF_VANTAGE_AUTO, true);
	refuse(s, CART, 403);
	refuse(s, DB, 403);
	const struct pf_diagnosis *d = diagnose(s);
	assert_string_equal(ids_of(s->arena, d), "endpoint-not-dynamodb");
	assert_null(strstr(d->causes[0].cause, "none of deployment/dynamodb's pods"));
	assert_non_null(strstr(d->causes[0].cause, "could not be read"));
	assert_int_equal(d->causes[0].fix_count, 1);
	assert_non_null(strstr(d->causes[0].fixes[0].text, "describe service dynamodb"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(dead_dns_is_the_cause_of_both_checks),
		SCENE_TEST(foreign_resolver_is_told_from_a_dead_one),
		SCENE_TEST(pod_on_its_nodes_network_needs_another_policy),
		SCENE_TEST(hosts_file_of_the_pod_is_told_from_a_blocked_network),
		SCENE_TEST(lost_packets_are_the_cause_where_all_objects_are_right),
		SCENE_TEST(policy_on_the_way_is_named),
		SCENE_TEST(service_address_that_does_not_work_is_told_from_the_pods),
		SCENE_TEST(time_out_in_the_log_is_the_same_cause_where_nothing_could_look),
		SCENE_TEST(time_out_in_the_log_alone_blames_no_network),
		SCENE_TEST(database_that_takes_no_more_connections_is_no_network),
		SCENE_TEST(unknown_host_without_a_reason_is_decided_by_what_is_seen),
		SCENE_TEST(proxy_that_denies_the_cart_is_the_cause),
		SCENE_TEST(unknown_host_in_the_log_is_the_endpoints_fault_where_its_namespace_may_not_be_read),
		SCENE_TEST(silent_database_is_the_cause_where_the_cart_answers),
		SCENE_TEST(silence_of_both_processes_accuses_neither),
		SCENE_TEST(object_fault_stays_the_cause_whatever_was_seen),
		SCENE_TEST(failures_seen_from_another_pod_are_no_cause),
		SCENE_TEST(nothing_is_said_of_a_deployment_that_was_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
