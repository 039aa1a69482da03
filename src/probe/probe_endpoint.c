/* The URL that the cart has been given for its database, followed to the Service it names. */
#include <string.h>
#include <strings.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "probe/endpoint.h"
#include "probe/host_alias.h"
#include "probe/probes.h"

struct look {
	struct pf_probe_context *ctx;
	struct pf_arena *arena;
	struct pf_subject subject;
	const char *variable;
	struct pf_endpoint e;
	struct pf_evidence evidence;
	const char *shown;
};

static void
outcome(struct look *l, const char *word)
{
	pf_leave_string(l->ctx, "endpoint.outcome", word, l->evidence);
}

/*
 * The Service that may be meant: the documented one when it is there, else one whose name is a slip away from what was
 * written (of short names every one is).
 */
static const char *
near_service(struct look *l, const char *host)
{
	struct pf_listing list = pf_services(pf_probe_session(l->ctx));
	const char *best = NULL, *documented = pf_arg(l->ctx, "service");
	unsigned distance = 3;
	const cJSON *service;
	cJSON_ArrayForEach(service, list.items)
	{
		const char *name = PF_STRING_AT(service, "metadata", "name");
		if (pf_streq(name, documented))
			return name;
		unsigned d = name != NULL ? pf_edit_distance(name, host, 3) : 3;
		if (d < distance && d * 3 <= strlen(host)) {
			distance = d;
			best = name;
		}
	}
	return best;
}

static const char *
ports_of(struct look *l)
{
	const char *text = "";
	const cJSON *port;
	cJSON_ArrayForEach(port, PF_AT(l->e.service, "spec", "ports")) text = pf_printf(
		l->arena, "%s%s%lld", text, text[0] != '\0' ? ", " : "", (long long)PF_INT_AT(port, 0, "port"));
	return text;
}

static void
leave_near(struct look *l, const char *near)
{
	if (near == NULL)
		return;
	pf_leave_string(l->ctx, "endpoint.near", near,
			(struct pf_evidence){pf_printf(l->arena, "namespace/%s", pf_probe_namespace(l->ctx)),
					     "services", near, NULL});
}

/* The name is no Service here. It is the endpoint's fault unless it is the documented name: then the Service is
 * missing. */
static void
judge_absent(struct look *l)
{
	const struct pf_service_host *h = &l->e.host;
	const char *here = pf_probe_namespace(l->ctx), *documented = pf_arg(l->ctx, "service");
	bool as_documented = pf_streq(h->service, documented) && pf_streq(h->namespace_, here);
	const char *near = near_service(l, h->service);
	bool away = near != NULL && !pf_streq(h->namespace_, here);
	if (as_documented) {
		outcome(l, "service-missing");
		pf_verdict(l->ctx, PF_PASS, "%s, as documented (there is no service/%s to lead to)", l->shown,
			   h->service);
		return;
	}
	outcome(l, "unknown-host");
	leave_near(l, near);
	if (l->e.secret)
		pf_verdict(l->ctx, PF_FAIL, "%s names no Service%s%s", l->shown,
			   near != NULL ? "; there is service/" : "", near != NULL ? near : "");
	else
		pf_verdict(l->ctx, PF_FAIL, "%s, but there is no service/%s in namespace %s%s%s%s%s", l->shown,
			   h->service, h->namespace_, near != NULL ? "; there is service/" : "",
			   near != NULL ? near : "", away ? " in " : "", away ? here : "");
}

/*
 * The endpoint names a Service that is there and is not the database's: the cart's own, or one that does not serve that
 * port while the documented one is as it should be.
 */
static bool
judge_other(struct look *l)
{
	const char *here = pf_probe_namespace(l->ctx), *name = pf_arg(l->ctx, "service");
	const struct pf_err *err;
	const cJSON *documented = pf_service_find(pf_probe_session(l->ctx), here, name, &err);
	bool is_it = pf_streq(l->e.host.service, name) && pf_streq(l->e.host.namespace_, here);
	bool serves = pf_service_port(l->e.service, l->e.url.port) != NULL;
	bool better = pf_service_port(documented, (int)pf_arg_int(l->ctx, "port", 0)) != NULL;
	if (is_it || (!l->e.own && (serves || !better)))
		return false;
	outcome(l, "other-service");
	leave_near(l, documented != NULL ? name : NULL);
	pf_verdict(l->ctx, PF_FAIL, "%s leads to service/%s, %s%s%s", l->shown, l->e.host.service,
		   l->e.own ? "the cart's own" : "which does not serve that port",
		   documented != NULL ? "; there is service/" : "", documented != NULL ? name : "");
	return true;
}

/* A name that the pod's hosts file leads away from its Service. The endpoint itself is as it should be. */
static void
leave_alias(struct look *l)
{
	const struct pf_endpoint *e = &l->e;
	const cJSON *alias =
		pf_host_alias(PF_AT(l->subject.workload->deployment, "spec", "template", "spec"), e->url.host);
	const char *ip = PF_STRING_AT(alias, "ip");

	if (alias == NULL || e->secret || pf_is_of_service(pf_probe_session(l->ctx), e, ip))
		return;
	pf_leave_string(l->ctx, "endpoint.alias", ip,
			(struct pf_evidence){pf_printf(l->arena, "deployment/%s", l->subject.workload->name),
					     "hostAliases", pf_printf(l->arena, "%s %s", ip, e->url.host), NULL});
	pf_leave_bool(l->ctx, "endpoint.alias_alone", cJSON_GetArraySize(PF_AT(alias, "hostnames")) == 1,
		      PF_NO_EVIDENCE);
}

static void
judge_service(struct look *l)
{
	const char *here = pf_probe_namespace(l->ctx);
	int port = l->e.url.port, documented = (int)pf_arg_int(l->ctx, "port", 0);
	bool external = pf_streq(PF_STRING_AT(l->e.service, "spec", "type"), "ExternalName");
	pf_leave_string(l->ctx, "endpoint.service", l->e.host.service, PF_NO_EVIDENCE);
	leave_alias(l);
	if (!external && judge_other(l))
		return;
	if (external || pf_service_port(l->e.service, port) != NULL) {
		bool address = l->e.host.kind == PF_HOST_ADDRESS, elsewhere = !pf_streq(l->e.host.namespace_, here);
		outcome(l, address ? "address" : "service");
		if (address)
			pf_verdict(l->ctx, PF_WARN,
				   "%s is the address of service/%s: it changes when the Service is made anew",
				   l->shown, l->e.host.service);
		else
			pf_verdict(l->ctx, PF_PASS, "%s%s%s", l->shown, elsewhere ? ", in namespace " : "",
				   elsewhere ? l->e.host.namespace_ : "");
		return;
	}
	pf_leave_string(
		l->ctx, "endpoint.service_ports", ports_of(l),
		(struct pf_evidence){pf_printf(l->arena, "service/%s", l->e.host.service), "ports", ports_of(l), NULL});
	/* When the Service is not as documented, it is its port that is wrong, and its own check says so. */
	if (pf_service_port(l->e.service, documented) == NULL) {
		outcome(l, "service-port");
		pf_verdict(l->ctx, PF_PASS, "%s (service/%s serves %s)", l->shown, l->e.host.service, ports_of(l));
		return;
	}
	outcome(l, "port-not-served");
	pf_verdict(l->ctx, PF_FAIL, "%s, but service/%s serves %s", l->shown, l->e.host.service, ports_of(l));
}

static void
judge_parsed(struct look *l)
{
	const struct pf_endpoint *e = &l->e;
	pf_leave_string(l->ctx, "endpoint.scheme", e->url.scheme, PF_NO_EVIDENCE);
	if (!e->secret) {
		pf_leave_string(l->ctx, "endpoint.host", e->url.host, PF_NO_EVIDENCE);
		pf_leave_int(l->ctx, "endpoint.port", e->url.port, PF_NO_EVIDENCE);
	}
	if (e->host.kind == PF_HOST_LOCAL) {
		outcome(l, "localhost");
		pf_verdict(l->ctx, PF_FAIL, "%s is the cart's own pod", l->shown);
	} else if (pf_streq(e->url.scheme, "https") && e->host.kind == PF_HOST_OUTSIDE) {
		outcome(l, "outside");
		pf_verdict(l->ctx, PF_FAIL, "%s is outside of this cluster", l->shown);
	} else if (pf_streq(e->url.scheme, "https")) {
		outcome(l, "https");
		pf_verdict(l->ctx, PF_FAIL, "%s: DynamoDB Local speaks plain http", l->shown);
	} else if (e->host.kind == PF_HOST_OUTSIDE) {
		outcome(l, "outside");
		pf_verdict(l->ctx, PF_FAIL, "%s is no name of this cluster", l->shown);
	} else if (e->service_err != NULL) {
		pf_verdict_error(l->ctx, e->service_err, "", "services", "get, list");
	} else if (e->service == NULL && e->host.kind == PF_HOST_ADDRESS) {
		outcome(l, "outside");
		pf_verdict(l->ctx, PF_FAIL, "%s is not the address of a Service in this namespace", l->shown);
	} else if (e->service == NULL) {
		judge_absent(l);
	} else {
		judge_service(l);
	}
}

/* The SDK has variables of its own for the endpoint, and the narrower one counts. */
static const char *
sdk_variable(struct look *l)
{
	static const char *const names[] = {"AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct pf_env_var *var = pf_env_get(l->subject.env, names[i]);
		if (var != NULL && (var->value == NULL || var->value[0] != '\0'))
			return names[i];
	}
	return NULL;
}

static void
judge_unset(struct look *l)
{
	const char *sdk = sdk_variable(l);

	outcome(l, "unset");
	if (sdk != NULL)
		pf_leave_string(l->ctx, "endpoint.sdk_variable", sdk, PF_NO_EVIDENCE);
	pf_verdict(l->ctx, PF_FAIL, "%s is %s: the SDK %s%s", l->variable, l->e.var != NULL ? "empty" : "not set",
		   sdk != NULL ? "goes where its own variable says, " : "calls AWS itself", sdk != NULL ? sdk : "");
}

static void
run(struct pf_probe_context *ctx)
{
	struct look l = {.ctx = ctx, .arena = pf_probe_arena(ctx), .variable = pf_arg(ctx, "variable")};
	if (!pf_subject_of(ctx, &l.subject))
		return;
	l.e = pf_endpoint_read(pf_probe_session(ctx), pf_arg(ctx, "deployment"), pf_arg(ctx, "container"),
			       pf_arg_list(ctx, "prefixes"), l.variable);
	l.evidence = l.e.var != NULL ? pf_env_evidence(ctx, &l.subject, l.e.var)
				     : pf_env_absence(ctx, &l.subject, l.variable);
	l.shown = l.e.var != NULL ? pf_shown(l.e.var) : "";
	if (l.e.secret)
		l.shown = pf_printf(l.arena, "the value of %s (not shown)", pf_env_source(l.arena, l.e.var));

	switch (l.e.state) {
	case PF_ENDPOINT_NO_SUBJECT:
	case PF_ENDPOINT_NOT_READ:
		pf_verdict(ctx, PF_ERROR, "%s is not known: %s", l.variable, l.e.why);
		return;
	case PF_ENDPOINT_REFERENCE:
		outcome(&l, "reference-missing");
		pf_verdict(ctx, PF_SKIP, "%s: whether it is set cannot be told", l.e.why);
		return;
	case PF_ENDPOINT_UNSET:
		judge_unset(&l);
		return;
	case PF_ENDPOINT_MALFORMED:
		outcome(&l, "malformed");
		pf_leave_string(ctx, "endpoint.problem", l.e.why, PF_NO_EVIDENCE);
		pf_verdict(ctx, PF_FAIL, "%s %s", l.shown, l.e.why);
		return;
	case PF_ENDPOINT_PARSED:
		judge_parsed(&l);
		return;
	}
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	if (round == 0)
		pf_services_foresee(pf_probe_session(ctx));
	else if (round == 1)
		pf_workload_foresee_env(pf_probe_session(ctx), pf_arg(ctx, "deployment"));
}

const struct pf_probe pf_probe_endpoint =
	{
		.desc =
			{
				.kind = "endpoint",
				.summary = "reads the URL of the database from a container's environment and follows "
					   "it to a Service",
				.params =
					(const struct pf_param[]){
						PF_SUBJECT_PARAMS,
						{"variable", PF_TYPE_STRING, true, NULL,
						 "the variable that holds the URL"},
						{"service", PF_TYPE_STRING, true, NULL, "the documented Service"},
						{"port", PF_TYPE_INT, true, NULL, "the documented port"},
						{0}},
				.facts =
					(const struct pf_fact_desc[]){
						{"endpoint.outcome", PF_TYPE_ENUM,
						 "service address unset malformed https localhost unknown-host "
						 "service-missing "
						 "port-not-served service-port other-service outside "
						 "reference-missing",
						 "service-missing and service-port: the endpoint is as documented, the "
						 "Service is not; other-service: it names a Service that is not the "
						 "database's"},
						{"endpoint.problem", PF_TYPE_STRING, NULL,
						 "what is malformed about it"},
						{"endpoint.scheme", PF_TYPE_STRING, NULL, "http or https"},
						{"endpoint.host", PF_TYPE_STRING, NULL, "as written"},
						{"endpoint.port", PF_TYPE_INT, NULL, "written, or the scheme's own"},
						{"endpoint.service", PF_TYPE_STRING, NULL, "the Service that it names"},
						{"endpoint.service_ports", PF_TYPE_STRING, NULL,
						 "the ports which that one serves"},
						{"endpoint.alias", PF_TYPE_STRING, NULL,
						 "the address that hostAliases of the pod gives its host, where that "
						 "is not its Service's"},
						{"endpoint.alias_alone", PF_TYPE_BOOL, NULL,
						 "that entry of hostAliases has no other name"},
						{"endpoint.sdk_variable", PF_TYPE_STRING, NULL,
						 "the SDK's own variable, which counts where the endpoint is unset"},
						{"endpoint.near", PF_TYPE_STRING, NULL,
						 "a Service with a name near to it, or the documented one"},
						{0}},
				.permissions =
					(const struct pf_permission[]){
						{"", "services", "list", "the Service that the endpoint names"},
						{"discovery.k8s.io", "endpointslices",
						 "list", "whether an address in hostAliases is the Service's"},
						{"", "configmaps", "get", "variables that come from ConfigMaps"},
						{"", "secrets", "get", "variables that come from Secrets (optional)"},
						{0}},
			},
		.run = run,
		.foresee = foresee,
};
