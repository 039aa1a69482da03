/* The checks dns and tcp: each outcome, each way that a look can fail, and what a look from here may say. */
#include "cluster_scene.h"

#define URL "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT"
#define NO_NAME(tool_and_end) "dns 1 getent = 2 " tool_and_end "\n"
#define NO_CONTROL "dns 0 getent = 2 1\n"

static void
look(struct scene *s, const char *text)
{
	s->exec.text = text;
	scene_run(s);
}

static void
healthy_way_passes_with_one_command(void **state)
{
	struct scene *s = *state;
	scene_run(s);
	EXPECT(s, "dns", PF_PASS, "dynamodb → 10.96.0.7, as its Service");
	EXPECT(s, "tcp", PF_PASS, "connected to dynamodb:8000 in 10 ms");
	EXPECT_FACT(s, "dns", "dns.vantage", "pod");
	EXPECT_FACT(s, "dns", "dns.control", "works");
	EXPECT_FACT(s, "dns", "dns.canonical", "dynamodb.shop.svc.cluster.local");
	EXPECT_FACT(s, "dns", "dns.matches_service", "true");
	EXPECT_FACT(s, "tcp", "tcp.pod_outcome", "connected");
	EXPECT_FACT(s, "tcp", "tcp.pod_address", "10.244.0.5:8000");
	assert_int_equal(s->execs, 1);
	assert_non_null(strstr(s->exec_path, "/pods/cart-deployment-5d4f-abcde/exec?container=cart&"));
	assert_non_null(strstr(s->exec_path, "&command=dns&command=kubernetes.default.svc&command=dns&command=dynamodb"
					     "&command=tcp&command=dynamodb&command=8000"
					     "&command=tcp&command=10.244.0.5&command=8000"));
	/* Proxies in front of API servers often end a request line at 8 KiB. */
	assert_true(strlen(s->exec_path) < 8000);
}

/* getent says the same of an absent name and of a dead resolver: the control, and whoever dialled, decide. */
static void
absent_name_is_told_from_a_dead_resolver(void **state)
{
	static const struct {
		const char *text;
		const char *outcome, *control;
		const char *message;
	} table[] = {
		{LOOK(LOOK_CONTROL NO_NAME("1") "tcp 0 bash | bash: line 1: dynamodb: Name or service not known\n"
						"tcp 0 bash = 0 1\n" LOOK_POD),
		 "nxdomain", "works",
		 "dynamodb does not exist in DNS (NXDOMAIN); DNS itself works: kubernetes.default.svc resolves"},
		{LOOK(LOOK_CONTROL NO_NAME("1") "tcp 0 nc | nc: bad address 'dynamodb'\ntcp 0 nc = 1 1\n" LOOK_POD),
		 "failed", "works", "dynamodb is not resolved; DNS itself works: kubernetes.default.svc resolves"},
		{LOOK(LOOK_CONTROL NO_NAME("1") "tcp 0 none = 0 0\ntcp 1 none = 0 0\n"), "nxdomain", "works", NULL},
		{LOOK(NO_CONTROL NO_NAME("300") "tcp 0 bash | bash: line 1: dynamodb: Temporary failure in name "
						"resolution\ntcp 0 bash = 0 300\n" LOOK_POD),
		 "timeout", "fails",
		 "dynamodb is not resolved: no DNS server answered; neither is kubernetes.default.svc, which every "
		 "cluster has"},
		/* The program that dials waits for the resolver out of its own patience. */
		{LOOK(NO_CONTROL NO_NAME("300") "tcp 0 bash | silent\ntcp 0 bash = 0 300\n" LOOK_POD), "timeout",
		 "fails", NULL},
		{LOOK(NO_CONTROL NO_NAME("1") "tcp 0 bash | bash: line 1: dynamodb: Temporary failure in name "
					      "resolution\ntcp 0 bash = 0 1\n" LOOK_POD),
		 "failed", "fails", NULL},
		{LOOK(LOOK_CONTROL "dns 1 nslookup | ** server can't find dynamodb: SERVFAIL\n"
				   "dns 1 nslookup = 1 1\ntcp 0 nc | nc: bad address 'dynamodb'\n"
				   "tcp 0 nc = 1 1\n" LOOK_POD),
		 "servfail", "works", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		look(s, table[i].text);
		EXPECT(s, "dns", PF_FAIL, table[i].message);
		EXPECT_FACT(s, "dns", "dns.outcome", table[i].outcome);
		EXPECT_FACT(s, "dns", "dns.control", table[i].control);
		EXPECT_FACT(s, "dns", "dns.decides", "true");
		/* Without an address there is nothing to say of the way, whatever the tool's patience came to. */
		if (strstr(table[i].text, "none") == NULL)
			EXPECT(s, "tcp", PF_SKIP, "dynamodb does not resolve: there is no address to connect to");
		EXPECT_FACT(s, "tcp", "tcp.outcome", "(none)");
		scene_free(s);
	}
}

static void
name_that_leads_elsewhere_than_its_service_fails_unless_something_answers(void **state)
{
	struct scene *s = *state;
	look(s, LOOK(LOOK_CONTROL "dns 1 getent | 10.9.9.9 STREAM dynamodb\ndns 1 getent = 0 1\n"
				  "tcp 0 bash | silent\ntcp 0 bash = 0 300\n" LOOK_POD));
	EXPECT(s, "dns", PF_FAIL, "dynamodb → 10.9.9.9, but service/dynamodb is 10.96.0.7");
	EXPECT_FACT(s, "dns", "dns.matches_service", "false");
	struct scene *other = scene_new();
	look(other,
	     LOOK(LOOK_CONTROL "dns 1 getent | 10.9.9.9 STREAM dynamodb\ndns 1 getent = 0 1\n" LOOK_SERVICE LOOK_POD));
	EXPECT(other, "dns", PF_WARN, "dynamodb → 10.9.9.9, but service/dynamodb is 10.96.0.7");
	scene_free(other);
	EXPECT_FACT(s, "dns", "dns.matches_service", "false");
}

static void
headless_service_is_held_against_its_endpoints(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, "items.1.spec.clusterIP", "'None'");
	look(s, LOOK(LOOK_CONTROL
		     "dns 1 getent | 10.244.0.5 STREAM dynamodb\ndns 1 getent = 0 1\n" LOOK_SERVICE LOOK_POD));
	EXPECT(s, "dns", PF_PASS, "dynamodb → 10.244.0.5, as its Service");
}

static void
other_service_says_nothing_of_an_address(void **state)
{
	struct scene *s = *state;
	set_env(s, URL, "http://10.96.0.7:8000");
	look(s, LOOK(LOOK_CONTROL LOOK_SERVICE LOOK_POD));
	EXPECT(s, "dns", PF_PASS, "the endpoint is an address, no name; DNS works all the same");
	EXPECT(s, "tcp", PF_PASS, "connected to 10.96.0.7:8000 in 10 ms");
	EXPECT_FACT(s, "dns", "dns.outcome", "(none)");
	assert_null(strstr(s->exec_path, "command=dns&command=10.96.0.7"));
}

static void
dead_dns_beside_an_address_is_a_warning(void **state)
{
	struct scene *s = *state;
	set_env(s, URL, "http://10.96.0.7:8000");
	look(s, LOOK(NO_CONTROL LOOK_SERVICE LOOK_POD));
	EXPECT(s, "dns", PF_WARN, "the endpoint is an address, no name; kubernetes.default.svc does not resolve");
}

static void
each_end_of_a_connection_is_told_with_its_hop(void **state)
{
	static const struct {
		const char *service, *pod;
		const char *outcome, *pod_outcome;
		const char *message;
	} table[] = {
		{"bash: connect: Connection refused", "connected", "refused", "connected",
		 "dynamodb:8000 refuses the connection (after 1 s); its pod at 10.244.0.5:8000 connects"},
		{"silent", "silent", "timeout", "timeout",
		 "dynamodb:8000 does not answer (after 1 s); its pod at 10.244.0.5:8000 the same"},
		{"bash: connect: No route to host", "silent", "unreachable", "timeout", NULL},
		{"bash: connect: Connection reset by peer", "connected", "reset", "connected", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		look(s, pf_printf(s->arena,
				  LOOK(LOOK_CONTROL LOOK_NAME "tcp 0 bash | %s\ntcp 0 bash = 0 106\n"
							      "tcp 1 bash | %s\ntcp 1 bash = 0 106\n"),
				  table[i].service, table[i].pod));
		EXPECT(s, "tcp", PF_FAIL, table[i].message);
		EXPECT_FACT(s, "tcp", "tcp.outcome", table[i].outcome);
		EXPECT_FACT(s, "tcp", "tcp.pod_outcome", table[i].pod_outcome);
		EXPECT_FACT(s, "tcp", "tcp.ms", "1060");
		scene_free(s);
	}
}

static void
silence_behind_a_slow_resolver_is_nobodys_fault(void **state)
{
	struct scene *s = *state;
	look(s, LOOK(LOOK_CONTROL "dns 1 getent | 10.96.0.7 STREAM dynamodb\ndns 1 getent = 0 250\n"
				  "tcp 0 bash | silent\ntcp 0 bash = 0 300\n" LOOK_POD));
	EXPECT(s, "tcp", PF_ERROR,
	       "whether dynamodb:8000 can be connected to could not be told: resolving dynamodb alone took 2 s");
}

static void
put_policies(struct scene *s)
{
	put(s, "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies?",
	    "{'kind':'NetworkPolicyList','metadata':{},'items':["
	    "{'metadata':{'name':'deny-db'},'spec':{'podSelector':{'matchLabels':{'app':'dynamodb'}},"
	    "'policyTypes':['Ingress']}},"
	    "{'metadata':{'name':'old-form'},'spec':{'podSelector':{}}},"
	    "{'metadata':{'name':'cart-out'},'spec':{'podSelector':{'matchLabels':{'app':'cart'}},'egress':[]}},"
	    "{'metadata':{'name':'db-out'},'spec':{'podSelector':{'matchLabels':{'app':'dynamodb'}},"
	    "'policyTypes':['Egress']}},"
	    "{'metadata':{'name':'others'},'spec':{'podSelector':{'matchLabels':{'app':'web'}},"
	    "'policyTypes':['Ingress','Egress']}}]}");
}

static void
policies_on_the_way_are_named_where_packets_got_lost(void **state)
{
	struct scene *s = *state;
	put_policies(s);
	look(s, LOOK(LOOK_CONTROL LOOK_NAME "tcp 0 bash | silent\ntcp 0 bash = 0 300\n"
					    "tcp 1 bash | silent\ntcp 1 bash = 0 300\n"));
	EXPECT_FACT(s, "tcp", "tcp.policies",
		    "networkpolicy/cart-out (egress of deployment/cart-deployment), "
		    "networkpolicy/deny-db (ingress of deployment/dynamodb), "
		    "networkpolicy/old-form (ingress of deployment/dynamodb)");
}

/* A cart that crashes for want of its database is seldom up when somebody looks. */
static void
policies_are_named_when_nothing_runs_to_look_from(void **state)
{
	struct scene *s = *state;
	put_policies(s);
	edit(s, CART_PODS, "items.0.status.containerStatuses.0.state", "{'waiting':{'reason':'CrashLoopBackOff'}}");
	scene_run(s);
	EXPECT(s, "tcp", PF_SKIP, NULL);
	EXPECT_FACT(s, "tcp", "tcp.policies",
		    "networkpolicy/cart-out (egress of deployment/cart-deployment), "
		    "networkpolicy/deny-db (ingress of deployment/dynamodb), "
		    "networkpolicy/old-form (ingress of deployment/dynamodb)");
}

#define KUBE_DNS                                                                                                       \
	"/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices?limit=500&labelSelector="                     \
	"kubernetes.io%2Fservice-name%3Dkube-dns"

static void
servers_of_names_are_counted_where_none_resolves(void **state)
{
	static const struct {
		const char *slices, *servers;
	} table[] = {
		{"{'items':[{'addressType':'IPv4','ports':[{'name':'dns','port':53}],'endpoints':["
		 "{'addresses':['10.244.0.2'],'conditions':{'ready':true}},"
		 "{'addresses':['10.244.0.3'],'conditions':{'ready':false}}]}]}",
		 "1"},
		{"{'items':[{'addressType':'IPv4','ports':[{'name':'udp','port':53}],'endpoints':["
		 "{'addresses':['10.244.0.2']}]}]}",
		 "1"},
		{"{'items':[{'addressType':'IPv4','ports':null,'endpoints':[]}]}", "0"},
		{"{'items':[]}", "(none)"},
		{NULL, "(none)"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		if (table[i].slices != NULL)
			put(s, KUBE_DNS, table[i].slices);
		look(s, LOOK(NO_CONTROL NO_NAME("1") "tcp 0 none = 0 0\ntcp 1 none = 0 0\n"));
		EXPECT(s, "dns", PF_FAIL, NULL);
		EXPECT_FACT(s, "dns", "dns.servers", table[i].servers);
		EXPECT_FACT(s, "dns", "dns.policy", "ClusterFirst");
		scene_free(s);
	}
}

static void
servers_of_names_are_not_asked_for_where_names_resolve(void **state)
{
	struct scene *s = *state;
	scene_run(s);
	for (size_t i = 0; i < s->asked_count; i++)
		assert_null(strstr(s->asked[i], "kube-dns"));
}

static void
pods_own_resolver_is_known_when_nothing_runs_to_look_from(void **state)
{
	struct scene *s = *state;
	edit(s, CART_PODS, "items.0.status.containerStatuses.0.state", "{'waiting':{'reason':'CrashLoopBackOff'}}");
	edit(s, DEPLOYMENT("cart-deployment"), "spec.template.spec.dnsPolicy", "'None'");
	scene_run(s);
	EXPECT(s, "dns", PF_SKIP, NULL);
	EXPECT_FACT(s, "dns", "dns.policy", "None");
}

/* ---- Both address families ---- */

static void
either_address_of_a_dual_stack_service_is_its_own(void **state)
{
	static const char *const names[] = {
		"dns 1 getent | fd00:96::7 STREAM dynamodb.shop.svc.cluster.local\ndns 1 getent = 0 1\n",
		"dns 1 getent | fd00:96::7 STREAM dynamodb\ndns 1 getent | 10.96.0.7 STREAM\ndns 1 getent = 0 1\n",
		"dns 1 getent | FD00:96:0::7 STREAM dynamodb\ndns 1 getent = 0 1\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct scene *s = scene_new();
		edit(s, SERVICES, "items.1.spec.clusterIPs", "['10.96.0.7','fd00:96::7']");
		look(s, pf_printf(s->arena, LOOK(LOOK_CONTROL "%s" LOOK_SERVICE LOOK_POD), names[i]));
		EXPECT(s, "dns", PF_PASS, NULL);
		EXPECT_FACT(s, "dns", "dns.matches_service", "true");
		scene_free(s);
	}
}

static void
foreign_ipv6_address_is_not_the_services(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, "items.1.spec.clusterIP", "'fd00:96::7'");
	edit(s, SERVICES, "items.1.spec.clusterIPs", "['fd00:96::7']");
	look(s, LOOK(LOOK_CONTROL "dns 1 getent | fd00:96::8 STREAM dynamodb\n"
				  "dns 1 getent = 0 1\n" LOOK_SERVICE LOOK_POD));
	EXPECT(s, "dns", PF_WARN, "dynamodb → fd00:96::8, but service/dynamodb is fd00:96::7");
}

static void
ipv6_addresses_are_dialled_bare_and_told_in_brackets(void **state)
{
	struct scene *s = *state;
	edit(s, DB_PODS, "items.0.status.podIP", "'fd00:244::5'");
	edit(s, SERVICES, "items.1.spec.clusterIP", "'fd00:96::7'");
	set_env(s, URL, "http://[fd00:96::7]:8000");
	look(s, LOOK(LOOK_CONTROL "tcp 0 bash | bash: connect: Connection refused\ntcp 0 bash = 0 106\n"
				  "tcp 1 bash | silent\ntcp 1 bash = 0 300\n"));
	EXPECT(s, "tcp", PF_FAIL,
	       "[fd00:96::7]:8000 refuses the connection (after 1 s); its pod at [fd00:244::5]:8000 does not answer");
	EXPECT_FACT(s, "tcp", "tcp.address", "[fd00:96::7]:8000");
	assert_non_null(strstr(s->exec_path, "command=tcp&command=fd00%3A96%3A%3A7&command=8000"));
	assert_non_null(strstr(s->exec_path, "command=tcp&command=fd00%3A244%3A%3A5&command=8000"));
}

static void
headless_endpoints_of_both_families_are_the_services(void **state)
{
	struct scene *s = *state;
	edit(s, SERVICES, "items.1.spec.clusterIP", "'None'");
	put(s, SLICES_OF("dynamodb"),
	    "{'items':[{'addressType':'IPv6','ports':[{'name':'dynamodb','port':8000}],'endpoints':["
	    "{'addresses':['fd00:244::5'],'conditions':{'ready':true}}]}]}");
	look(s, LOOK(LOOK_CONTROL "dns 1 getent | fd00:244::5 STREAM dynamodb\n"
				  "dns 1 getent = 0 1\n" LOOK_SERVICE LOOK_POD));
	EXPECT(s, "dns", PF_PASS, "dynamodb → fd00:244::5, as its Service");
}

static void
policies_are_not_asked_for_where_all_is_well_or_refused(void **state)
{
	struct scene *s = *state;
	look(s, LOOK(LOOK_CONTROL LOOK_NAME "tcp 0 bash | bash: connect: Connection refused\n"
					    "tcp 0 bash = 0 106\n" LOOK_POD));
	for (size_t i = 0; i < s->asked_count; i++)
		assert_null(strstr(s->asked[i], "networkpolicies"));
}

static void
missing_right_is_an_error_with_its_role_line(void **state)
{
	struct scene *s = *state;
	static const char *const ids[] = {"dns", "tcp"};
	s->exec = (struct pf_answer){.text = ""};
	(void)pf_fail(&s->exec.err, PF_ERR_FORBIDDEN, "may not create pods/exec");
	scene_run(s);
	for (size_t i = 0; i < 2; i++)
		EXPECT(s, ids[i], PF_ERROR,
		       "may not create pods/exec; Role rule to add: {apiGroups: [\"\"], resources: [pods/exec], verbs: "
		       "[get, create]}");
	assert_int_equal(s->execs, 1);
}

static void
look_that_cannot_be_is_a_skip_or_an_error_and_never_a_failure(void **state)
{
	static const struct {
		struct pf_answer answer;
		enum pf_err_kind err;
		enum pf_verdict verdict;
		const char *part;
	} table[] = {
		{{.text = "", .exit_code = 127},
		 PF_ERR_NOT_FOUND,
		 PF_ERROR,
		 "has no shell: look from a debug container"},
		{{.text = "", .exit_code = 126}, PF_ERR_SERVER, PF_ERROR, "has no shell"},
		{{.text = ""}, PF_ERR_NOT_FOUND, PF_SKIP, "does not run at this moment"},
		{{.text = ""}, PF_ERR_TIMEOUT, PF_ERROR, "broke"},
		{{.text = ""}, PF_ERR_UNREACHABLE, PF_ERROR, "broke"},
		{{.ok = true, .text = "postflight 1\n", .exit_code = 137},
		 PF_ERR_NONE,
		 PF_SKIP,
		 "ended while it was looked from"},
		{{.ok = true, .text = "", .stderr_text = "sh: syntax error", .exit_code = 2},
		 PF_ERR_NONE,
		 PF_ERROR,
		 "ended with exit code 2: sh: syntax error"},
		{{.ok = true, .text = "postflight 1\n", .cut = true},
		 PF_ERR_NONE,
		 PF_ERROR,
		 "more text than can be true"},
		{{.ok = true, .text = "Welcome to my shell\n"}, PF_ERR_NONE, PF_ERROR, "makes no sense"},
		{{.ok = true, .text = LOOK("dns 0 none = 0 0\ndns 1 none = 0 0\ntcp 0 none = 0 0\ntcp 1 none = 0 0\n")},
		 PF_ERR_NONE,
		 PF_ERROR,
		 "has no getent, nslookup, bash, curl, nc or wget"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_new();
		s->exec = table[i].answer;
		if (s->exec.stderr_text == NULL)
			s->exec.stderr_text = "";
		if (table[i].err != PF_ERR_NONE)
			(void)pf_fail(&s->exec.err, table[i].err, "it broke");
		scene_run(s);
		for (size_t k = 0; k < 2; k++) {
			const struct pf_check_result *r = result_of(s, k == 0 ? "dns" : "tcp");
			EXPECT(s, k == 0 ? "dns" : "tcp", table[i].verdict, NULL);
			if (strstr(r->message, table[i].part) == NULL)
				fail_msg("\"%s\" does not say \"%s\"", r->message, table[i].part);
			/* What objects say of it is known all the same, and nothing else. */
			for (size_t f = 0; f < r->fact_count; f++)
				assert_string_equal(r->facts[f].desc->name, "dns.policy");
		}
		scene_free(s);
	}
}

static void
container_that_does_not_run_is_skipped_with_its_reason(void **state)
{
	struct scene *s = *state;
	edit(s, CART_PODS, "items.0.status.containerStatuses.0.state", "{'waiting':{'reason':'CrashLoopBackOff'}}");
	scene_run(s);
	EXPECT(s, "dns", PF_SKIP,
	       "container cart of pod/cart-deployment-5d4f-abcde does not run at this moment (CrashLoopBackOff): "
	       "nothing "
	       "can look from it");
	EXPECT(s, "tcp", PF_SKIP, NULL);
	assert_int_equal(s->execs, 0);
}

static void
endpoint_without_a_host_is_skipped(void **state)
{
	static const char *const values[] = {NULL, "", "dynamodb:8000"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct scene *s = scene_new();
		set_env(s, URL, values[i]);
		scene_run(s);
		EXPECT(s, "dns", PF_SKIP, URL " names no host");
		assert_int_equal(s->execs, 0);
		scene_free(s);
	}
}

static void
hostile_words_reach_the_report_on_one_line(void **state)
{
	struct scene *s = *state;
	look(s, LOOK(LOOK_CONTROL NO_NAME("1") "tcp 0 bash | dynamodb: Name or service not known\033[2J\r\xff\n"
					       "tcp 0 bash = 0 1\n" LOOK_POD));
	const struct pf_check_result *r = result_of(s, "dns");
	for (size_t i = 0; i < r->evidence_count; i++) {
		const char *line = r->evidence[i].line;
		if (line != NULL)
			assert_null(strpbrk(line, "\033\r\n"));
	}
	EXPECT_FACT(s, "dns", "dns.outcome", "nxdomain");
}

/* ---- From here --------------------------------------------------------------------------------------------------- */

static struct {
	const char *name, *control; /* answers as JSON; NULL: they fail */
	const char *dial;           /* outcome of each dial */
	char body[400];
	unsigned dials;
} here;

static void
from_here(struct scene *scene, const struct pf_ask *ask, struct pf_answer *answer)
{
	const char *json = ask->kind == PF_ASK_DIAL ? pf_printf(scene->arena, "{'outcome':'%s'}", here.dial)
			   : pf_streq(ask->path, "kubernetes.default.svc") ? here.control
									   : here.name;
	*answer = (struct pf_answer){.ok = true, .text = "", .elapsed_ms = 4, .json = parsed(scene->arena, json)};
	here.dials += ask->kind == PF_ASK_DIAL;
	if (ask->kind == PF_ASK_RESOLVE)
		snprintf(here.body, sizeof(here.body), "%s", ask->body != NULL ? ask->body : "");
}

#define HERE_CONTROL "{'outcome':'resolved','addresses':['10.96.0.1'],'own':['10.244.0.99']}"
#define HERE_CONTROL_IN_POD "{'outcome':'resolved','addresses':['10.96.0.1'],'own':['10.244.0.99','10.244.0.5']}"
#define HERE_NAME "{'outcome':'resolved','addresses':['10.96.0.7'],'canonical':'dynamodb.shop.svc.cluster.local'}"
#define HERE_NXDOMAIN "{'outcome':'nxdomain','steps':[]}"

static struct scene *
scene_from_here(const char *control, const char *name, const char *dial, enum pf_vantage vantage, bool in_cluster)
{
	struct scene *s = scene_new();
	memset(&here, 0, sizeof(here));
	here.control = control;
	here.name = name;
	here.dial = dial;
	s->from_here = from_here;
	pf_session_look_from(s->session, vantage, in_cluster);
	return s;
}

static void
look_from_here_passes_without_a_command(void **state)
{
	struct scene *s = scene_from_here(HERE_CONTROL, HERE_NAME, "connected", PF_VANTAGE_LOCAL, false);
	(void)state;
	scene_run(s);
	EXPECT(s, "dns", PF_PASS,
	       "dynamodb → 10.96.0.7, as its Service; seen from this process, which is not the application's pod");
	EXPECT(s, "tcp", PF_PASS,
	       "connected to dynamodb:8000 in 4 ms; seen from this process, which is not the application's pod");
	EXPECT_FACT(s, "dns", "dns.vantage", "local");
	EXPECT_FACT(s, "dns", "dns.decides", "(none)");
	assert_string_equal(here.body, "{\"namespace\":\"shop\",\"ndots\":5}");
	assert_int_equal(here.dials, 2);
	assert_int_equal(s->execs, 0);
	scene_free(s);
}

static void
failure_from_here_is_a_warning_unless_we_are_in_the_pod(void **state)
{
	static const struct {
		const char *control;
		enum pf_verdict verdict;
		const char *decides;
	} table[] = {{HERE_CONTROL, PF_WARN, "(none)"}, {HERE_CONTROL_IN_POD, PF_FAIL, "true"}};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene *s = scene_from_here(table[i].control, HERE_NXDOMAIN, "timeout", PF_VANTAGE_LOCAL, true);
		scene_run(s);
		EXPECT(s, "dns", table[i].verdict, NULL);
		EXPECT_FACT(s, "dns", "dns.outcome", "nxdomain");
		EXPECT_FACT(s, "dns", "dns.decides", table[i].decides);
		EXPECT(s, "tcp", PF_SKIP, NULL);
		scene_free(s);
		s = scene_from_here(table[i].control, HERE_NAME, "timeout", PF_VANTAGE_LOCAL, true);
		scene_run(s);
		EXPECT(s, "tcp", table[i].verdict, NULL);
		EXPECT_FACT(s, "tcp", "tcp.outcome", "timeout");
		EXPECT_FACT(s, "tcp", "tcp.decides", table[i].decides);
		scene_free(s);
	}
}

static void
auto_looks_from_here_only_in_the_cluster(void **state)
{
	(void)state;
	for (int in_cluster = 0; in_cluster < 2; in_cluster++) {
		struct scene *s =
			scene_from_here(HERE_CONTROL, HERE_NAME, "connected", PF_VANTAGE_AUTO, in_cluster == 1);
		s->exec = (struct pf_answer){.text = "", .exit_code = 127};
		(void)pf_fail(&s->exec.err, PF_ERR_NOT_FOUND, "no sh");
		scene_run(s);
		EXPECT(s, "dns", in_cluster ? PF_PASS : PF_ERROR, NULL);
		EXPECT(s, "tcp", in_cluster ? PF_PASS : PF_ERROR, NULL);
		EXPECT_FACT(s, "dns", "dns.vantage", in_cluster ? "local" : "(none)");
		scene_free(s);
	}
	struct scene *s = scene_from_here(HERE_CONTROL, HERE_NAME, "connected", PF_VANTAGE_POD, true);
	s->exec = (struct pf_answer){.text = "", .exit_code = 127};
	(void)pf_fail(&s->exec.err, PF_ERR_NOT_FOUND, "no sh");
	scene_run(s);
	EXPECT(s, "dns", PF_ERROR, NULL);
	scene_free(s);
}

static void
pods_own_localhost_is_not_ours(void **state)
{
	struct scene *s = scene_from_here(HERE_CONTROL, HERE_NAME, "connected", PF_VANTAGE_LOCAL, true);
	(void)state;
	set_env(s, URL, "http://localhost:8000");
	scene_run(s);
	EXPECT(s, "tcp", PF_SKIP, "localhost is the application's own pod: only that can tell what is there");
	assert_int_equal(here.dials, 0);
	scene_free(s);
	s = scene_from_here(HERE_CONTROL_IN_POD, HERE_NAME, "refused", PF_VANTAGE_LOCAL, true);
	set_env(s, URL, "http://localhost:8000");
	scene_run(s);
	EXPECT_FACT(s, "tcp", "tcp.outcome", "refused");
	scene_free(s);
}

static void
pods_resolver_is_asked_as_the_kubelet_makes_it(void **state)
{
	static const struct {
		const char *spec, *body;
		enum pf_verdict verdict;
	} table[] = {
		{"{'dnsConfig':{'searches':['corp.test'],'options':[{'name':'ndots','value':'2'},{'name':'edns0'}]}}",
		 "{\"namespace\":\"shop\",\"search\":[\"corp.test\"],\"ndots\":2}", PF_PASS},
		{"{'dnsPolicy':'None','dnsConfig':{'nameservers':['10.0.0.53'],'searches':['a.test']}}",
		 "{\"nameservers\":[\"10.0.0.53\"],\"search\":[\"a.test\"],\"ndots\":1}", PF_PASS},
		{"{'dnsPolicy':'Default'}", "", PF_ERROR},
		{"{'hostNetwork':true}", "", PF_ERROR},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scene *s = scene_from_here(HERE_CONTROL, HERE_NAME, "connected", PF_VANTAGE_LOCAL, true);
		cJSON *spec = PF_AT(reply_for(s, CART)->json, "spec", "template", "spec"), *node;
		cJSON_ArrayForEach(node, parsed(s->arena, table[i].spec))
			pf_json_set(spec, node->string, cJSON_Duplicate(node, true));
		scene_run(s);
		EXPECT(s, "dns", table[i].verdict, NULL);
		assert_string_equal(here.body, table[i].body);
		scene_free(s);
	}
}

static void
machine_that_cannot_look_is_an_error(void **state)
{
	struct scene *s = *state;
	pf_session_look_from(s->session, PF_VANTAGE_LOCAL, true);
	scene_run(s);
	EXPECT(s, "dns", PF_ERROR, NULL);
	EXPECT(s, "tcp", PF_ERROR, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(healthy_way_passes_with_one_command),
		SCENE_TEST(absent_name_is_told_from_a_dead_resolver),
		SCENE_TEST(name_that_leads_elsewhere_than_its_service_fails_unless_something_answers),
		SCENE_TEST(headless_service_is_held_against_its_endpoints),
		SCENE_TEST(other_service_says_nothing_of_an_address),
		SCENE_TEST(dead_dns_beside_an_address_is_a_warning),
		SCENE_TEST(each_end_of_a_connection_is_told_with_its_hop),
		SCENE_TEST(silence_behind_a_slow_resolver_is_nobodys_fault),
		SCENE_TEST(policies_on_the_way_are_named_where_packets_got_lost),
		SCENE_TEST(policies_are_named_when_nothing_runs_to_look_from),
		SCENE_TEST(servers_of_names_are_counted_where_none_resolves),
		SCENE_TEST(servers_of_names_are_not_asked_for_where_names_resolve),
		SCENE_TEST(pods_own_resolver_is_known_when_nothing_runs_to_look_from),
		SCENE_TEST(either_address_of_a_dual_stack_service_is_its_own),
		SCENE_TEST(foreign_ipv6_address_is_not_the_services),
		SCENE_TEST(ipv6_addresses_are_dialled_bare_and_told_in_brackets),
		SCENE_TEST(headless_endpoints_of_both_families_are_the_services),
		SCENE_TEST(policies_are_not_asked_for_where_all_is_well_or_refused),
		SCENE_TEST(missing_right_is_an_error_with_its_role_line),
		SCENE_TEST(look_that_cannot_be_is_a_skip_or_an_error_and_never_a_failure),
		SCENE_TEST(container_that_does_not_run_is_skipped_with_its_reason),
		SCENE_TEST(endpoint_without_a_host_is_skipped),
		SCENE_TEST(hostile_words_reach_the_report_on_one_line),
		SCENE_TEST(look_from_here_passes_without_a_command),
		SCENE_TEST(failure_from_here_is_a_warning_unless_we_are_in_the_pod),
		SCENE_TEST(auto_looks_from_here_only_in_the_cluster),
		SCENE_TEST(pods_own_localhost_is_not_ours),
		SCENE_TEST(pods_resolver_is_asked_as_the_kubelet_makes_it),
		SCENE_TEST(machine_that_cannot_look_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
