/* Whether the application's name for its backend resolves, and to what. */
#include <string.h>

#include <postflight/buf.h>
#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/slices.h"
#include "probe/host_alias.h"
#include "probe/probes.h"
#include "probe/vantage.h"

#define TEXT_CAP 400
#define DNS_NAMESPACE "kube-system"
#define DNS_SERVICE "kube-dns"

struct look {
	struct pf_probe_context *ctx;
	struct pf_arena *arena;
	struct pf_backend backend;
	struct pf_view view;
	const char *found;      /* the addresses in one line */
	bool works;             /* the control resolves */
	bool known;             /* whether the addresses are the Service's can be told */
	bool matches;           /* and they are */
	const char *difference; /* what they should be */
};

static const char *
joined(struct pf_arena *arena, const char *const *list)
{
	PF_AUTO_BUF text = PF_BUF(TEXT_CAP);

	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		pf_buf_printf(&text, "%s%s", i > 0 ? ", " : "", list[i]);
	return pf_printf(arena, "%s%s", pf_buf_text(&text), text.cut ? "…" : "");
}

static size_t
length(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

static struct pf_evidence
seen(const struct look *l, const struct pf_seen_name *name)
{
	const char *found = joined(l->arena, name->addresses);

	return (struct pf_evidence){
		.source = l->view.source,
		.path = pf_printf(l->arena, "%s %s", name->by, name->host),
		.value = found[0] != '\0' ? found : name->outcome,
		.line = name->said,
	};
}

/* ---- Against the Service ---- */

/* A headless Service's name leads to its endpoints; those may change between the two looks, so one of them will do. */
static void
hold_against_endpoints(struct look *l, const char *name)
{
	struct pf_listing slices =
		pf_look_list(pf_probe_session(l->ctx),
			     pf_path_list(l->arena, PF_ENDPOINTSLICES, l->backend.endpoint.host.namespace_,
					  pf_printf(l->arena, "kubernetes.io/service-name=%s", name), NULL));

	l->known = slices.ok;
	l->difference = "its endpoints";
	for (size_t i = 0; slices.ok && l->view.name.addresses[i] != NULL; i++)
		l->matches = l->matches || pf_is_endpoint(slices.items, l->view.name.addresses[i]);
}

static const char *
without_dot(struct pf_arena *arena, const char *name)
{
	size_t len = name != NULL ? strlen(name) : 0;

	return len > 0 && name[len - 1] == '.' ? pf_strndup(arena, name, len - 1) : name;
}

static const cJSON *
client_spec(const struct look *l)
{
	const struct pf_workload *client =
		pf_workload(pf_probe_session(l->ctx), pf_probe_namespace(l->ctx), pf_arg(l->ctx, "client"));

	return PF_AT(client->deployment, "spec", "template", "spec");
}

static void
hold_against_service(struct look *l)
{
	const cJSON *service = l->backend.endpoint.service;
	const char *name = PF_STRING_AT(service, "metadata", "name"), *ip = PF_STRING_AT(service, "spec", "clusterIP");
	const char *external = PF_STRING_AT(service, "spec", "externalName");

	if (service == NULL || length(l->view.name.addresses) == 0)
		return;
	if (pf_streq(PF_STRING_AT(service, "spec", "type"), "ExternalName")) {
		l->known = l->view.name.canonical != NULL && external != NULL;
		l->matches = pf_streq(without_dot(l->arena, l->view.name.canonical), without_dot(l->arena, external));
		l->difference = external;
	} else if (pf_streq(ip, "None")) {
		hold_against_endpoints(l, name);
	} else if (ip != NULL && ip[0] != '\0') {
		l->known = true;
		l->difference = ip;
		for (size_t i = 0; l->view.name.addresses[i] != NULL; i++)
			l->matches = l->matches || pf_streq(l->view.name.addresses[i], ip) ||
				     pf_is_in(PF_AT(service, "spec", "clusterIPs"), l->view.name.addresses[i]);
	}
}

/* ---- Facts and verdict ---- */

static const char *
policy_of(const struct look *l)
{
	const cJSON *spec = client_spec(l);
	const char *policy = PF_STRING_AT(spec, "dnsPolicy");

	if (policy == NULL || !pf_word_in("ClusterFirst ClusterFirstWithHostNet Default None", policy))
		policy = "ClusterFirst";
	/* On the node's network that policy falls back to the node's resolver. */
	if (pf_streq(policy, "ClusterFirst") && PF_BOOL_AT(spec, false, "hostNetwork"))
		return "Default";
	return policy;
}

/*
 * Who would answer: the pods behind the Service of that name, which every distribution has that follows the upstream
 * (its label is the Service's, too). Nothing is left where there is none, or it may not be seen.
 */
static void
leave_servers(const struct look *l)
{
	const char *path = pf_path_list(l->arena, PF_ENDPOINTSLICES, DNS_NAMESPACE,
					"kubernetes.io/service-name=" DNS_SERVICE, NULL);
	struct pf_listing slices = pf_look_list(pf_probe_session(l->ctx), path);

	if (!slices.ok || cJSON_GetArraySize(slices.items) == 0)
		return;
	struct pf_slices found = pf_slices_read(slices.items, "dns");
	/* Whatever its port is called. */
	int ready = found.ready + found.without_port;
	pf_leave_int(l->ctx, "dns.servers", ready,
		     (struct pf_evidence){"service/" DNS_SERVICE " in namespace " DNS_NAMESPACE, "ready endpoints",
					  pf_printf(l->arena, "%d", ready), NULL});
}

/* What objects tell of it, whether or not anybody could look from the container. */
static void
leave_objects(const struct look *l)
{
	const char *client = pf_arg(l->ctx, "client"), *policy = policy_of(l);

	pf_leave_string(l->ctx, "dns.policy", policy,
			(struct pf_evidence){pf_printf(l->arena, "deployment/%s", client), "dnsPolicy", policy, NULL});
	if (PF_BOOL_AT(client_spec(l), false, "hostNetwork"))
		pf_leave_bool(l->ctx, "dns.host_network", true, PF_NO_EVIDENCE);
	if (!l->works)
		leave_servers(l);
}

static void
leave(const struct look *l)
{
	const struct pf_view *v = &l->view;
	struct pf_probe_context *ctx = l->ctx;

	pf_leave_string(ctx, "dns.vantage", v->vantage, PF_NO_EVIDENCE);
	if (pf_view_decides(v))
		pf_leave_bool(ctx, "dns.decides", true, PF_NO_EVIDENCE);
	if (v->assumed)
		pf_leave_bool(ctx, "dns.assumed", true, PF_NO_EVIDENCE);
	if (v->control.outcome != NULL)
		pf_leave_string(ctx, "dns.control", l->works ? "works" : "fails", seen(l, &v->control));
	if (v->name.host == NULL)
		return;
	pf_leave_string(ctx, "dns.host", v->name.host, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "dns.outcome", v->name.outcome, seen(l, &v->name));
	pf_leave_list(ctx, "dns.addresses", v->name.addresses, length(v->name.addresses), PF_NO_EVIDENCE);
	pf_leave_string(ctx, "dns.canonical", v->name.canonical, PF_NO_EVIDENCE);
	if (l->known)
		pf_leave_bool(ctx, "dns.matches_service", l->matches, PF_NO_EVIDENCE);
}

static void
judge_failure(const struct look *l)
{
	static const struct {
		const char *outcome;
		const char *words;
	} table[] = {
		{"nxdomain", "does not exist in DNS (NXDOMAIN)"},
		{"no-data", "exists in DNS, but has no address"},
		{"servfail", "is not resolved: the DNS server failed (SERVFAIL)"},
		{"refused", "is not resolved: the DNS server refused to answer"},
		{"timeout", "is not resolved: no DNS server answered"},
		{"failed", "is not resolved"},
	};
	enum pf_verdict verdict = pf_view_decides(&l->view) ? PF_FAIL : PF_WARN;
	const char *words = "is not resolved";
	const char *where = pf_view_where(&l->view);

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (pf_streq(l->view.name.outcome, table[i].outcome))
			words = table[i].words;
	}
	if (l->works)
		pf_verdict(l->ctx, verdict, "%s %s; DNS itself works: %s resolves%s", l->view.name.host, words,
			   PF_CONTROL_NAME, where);
	else if (l->view.control.outcome == NULL)
		pf_verdict(l->ctx, verdict, "%s %s%s", l->view.name.host, words, where);
	else
		pf_verdict(l->ctx, verdict, "%s %s; neither is %s, which every cluster has%s", l->view.name.host, words,
			   PF_CONTROL_NAME, where);
}

static void
judge(const struct look *l)
{
	const struct pf_view *v = &l->view;
	enum pf_verdict bad = pf_view_decides(v) ? PF_FAIL : PF_WARN;
	/* Where the name leads elsewhere, and something answers there: unusual, and what it is others tell. */
	bool answers = pf_streq(v->service.outcome, "connected");

	if (v->name.host == NULL && v->control.outcome == NULL)
		pf_verdict(l->ctx, PF_ERROR, "whether DNS works could not be told%s%s",
			   v->control.said != NULL ? ": " : "", v->control.said != NULL ? v->control.said : "");
	else if (v->name.host == NULL && l->works)
		pf_verdict(l->ctx, PF_PASS, "the endpoint is an address, no name; DNS works all the same");
	else if (v->name.host == NULL)
		pf_verdict(l->ctx, PF_WARN, "the endpoint is an address, no name; %s does not resolve",
			   PF_CONTROL_NAME);
	else if (v->name.outcome == NULL)
		pf_verdict(l->ctx, PF_ERROR, "whether %s resolves could not be told%s%s", v->name.host,
			   v->name.said != NULL ? ": " : "", v->name.said != NULL ? v->name.said : "");
	else if (!pf_streq(v->name.outcome, "resolved"))
		judge_failure(l);
	else if (l->known && !l->matches)
		pf_verdict(l->ctx, answers ? PF_WARN : bad, "%s → %s%s, but service/%s is %s", v->name.host, l->found,
			   pf_host_alias(client_spec(l), v->name.host) != NULL ? " by hostAliases of its pod" : "",
			   PF_STRING_AT(l->backend.endpoint.service, "metadata", "name"), l->difference);
	else if (!l->works && v->control.outcome != NULL)
		pf_verdict(l->ctx, PF_WARN, "%s → %s, but %s does not resolve", v->name.host, l->found,
			   PF_CONTROL_NAME);
	else
		pf_verdict(l->ctx, PF_PASS, "%s%s%s%s%s", v->name.host, l->found[0] != '\0' ? " → " : " resolves",
			   l->found, l->known ? ", as its Service" : "", pf_view_where(v));
}

static void
run(struct pf_probe_context *ctx)
{
	struct look l = {.ctx = ctx, .arena = pf_probe_arena(ctx), .backend = pf_backend_find(ctx)};

	if (!pf_view_look(ctx, &l.backend, &l.view)) {
		if (l.backend.endpoint.state == PF_ENDPOINT_PARSED)
			leave_objects(&l);
		return;
	}
	l.found = joined(l.arena, l.view.name.addresses);
	l.works = pf_streq(l.view.control.outcome, "resolved");
	hold_against_service(&l);
	leave(&l);
	if (!l.view.assumed)
		leave_objects(&l);
	judge(&l);
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	/* What the command is to ask for is known when Services, pods and the environment are. */
	if (round == 2)
		pf_view_foresee(ctx);
}

const struct pf_probe pf_probe_dns = {
	.desc =
		{
			.kind = "dns",
			.summary = "resolves the name that an application has for its backend, as the "
				   "application does",
			.params = (const struct pf_param[]){PF_BACKEND_PARAMS, {0}},
			.facts =
				(const struct pf_fact_desc[]){
					{"dns.vantage", PF_TYPE_ENUM, "pod local", "from where it was seen"},
					{"dns.decides", PF_TYPE_BOOL, NULL,
					 "what was seen is what the application sees; absent where it may not be"},
					{"dns.assumed", PF_TYPE_BOOL, NULL, PF_ASSUMED_HELP},
					{"dns.host", PF_TYPE_STRING, NULL, "the name, as the application has it"},
					{"dns.outcome", PF_TYPE_ENUM,
					 "resolved nxdomain no-data servfail refused timeout failed",
					 "failed: the container's tools do not tell why"},
					{"dns.control", PF_TYPE_ENUM, "works fails",
					 "whether " PF_CONTROL_NAME " resolves, which every cluster has"},
					{"dns.addresses", PF_TYPE_LIST, NULL, "what it resolves to"},
					{"dns.canonical", PF_TYPE_STRING, NULL, "the whole name that was found"},
					{"dns.matches_service", PF_TYPE_BOOL, NULL,
					 "those are the addresses of the Service of that name"},
					{"dns.policy", PF_TYPE_ENUM,
					 "ClusterFirst ClusterFirstWithHostNet Default None",
					 "the pod's dnsPolicy in effect"},
					{"dns.host_network", PF_TYPE_BOOL, NULL,
					 "the pod is on its node's network; absent where it is not"},
					{"dns.servers", PF_TYPE_INT, NULL,
					 "ready endpoints of the cluster's DNS; absent where names resolve, or it may "
					 "not be seen"},
					{0}},
			.permissions = (const struct pf_permission[]){PF_VIEW_PERMISSIONS, {0}},
		},
	.run = run,
	.foresee = foresee,
};
