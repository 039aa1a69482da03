/* A Service and what is behind it: type, exposure, port, selector, endpoints, target port. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/labels.h"
#include "kube/managed_by.h"
#include "kube/slices.h"
#include "probe/endpoint.h"
#include "probe/exposure.h"
#include "probe/frontends.h"
#include "probe/listens.h"
#include "probe/probes.h"

struct look {
	struct pf_probe_context *ctx;
	struct pf_arena *arena;
	const char *name;
	const char *namespace_;
	const cJSON *service;
	int wanted;         /* the documented port */
	const cJSON *port;  /* the Service's port that is judged */
	int number;         /* its number */
	const char *source; /* "service/dynamodb" */
	const struct pf_workload *backend;
	struct pf_slices slices;
	const char *stranger; /* a ready pod behind the Service that is not the database's; NULL */
	int listens;          /* 0: not known */
};

static struct pf_evidence
seen(const struct look *l, const char *path, const char *value, const char *line)
{
	return (struct pf_evidence){l->source, path, value, line};
}

static bool
fronts(const cJSON *service, const struct pf_workload *backend)
{
	return pf_map_matches(PF_AT(service, "spec", "selector"),
			      PF_AT(backend->deployment, "spec", "template", "metadata", "labels"));
}

/* Whether the endpoint names a Service that is not the database's: that is the endpoint's fault, not the Service's. */
static bool
strays(struct look *l, const struct pf_endpoint *e, const cJSON *documented)
{
	const char *deployment = pf_arg(l->ctx, "deployment");
	if (e->own)
		return true;
	if (documented == NULL || documented == e->service || deployment == NULL)
		return false;
	const struct pf_workload *backend = pf_workload(pf_probe_session(l->ctx), l->namespace_, deployment);
	return fronts(documented, backend) && !fronts(e->service, backend);
}

/*
 * The Service that is judged: the one that the client's endpoint names when that is there and the database's, else the
 * documented one. With its namespace and, in *PORT, the endpoint's port (0: it does not name this Service).
 */
static bool
choose(struct look *l, int *port, const struct pf_err **err)
{
	struct pf_probe_context *ctx = l->ctx;
	struct pf_session *session = pf_probe_session(ctx);
	const char *client = pf_arg(ctx, "client"), *variable = pf_arg(ctx, "variable");
	l->name = pf_arg(ctx, "service");
	l->namespace_ = pf_probe_namespace(ctx);
	*port = 0;
	l->service = pf_service_find(session, l->namespace_, l->name, err);
	if (client == NULL || variable == NULL)
		return *err == NULL;
	struct pf_endpoint e = pf_endpoint_read(session, client, NULL, pf_arg_list(ctx, "client_prefixes"), variable);
	/* Nothing of that name here, and the namespace that the endpoint names may not be looked into: it may be there.
	 */
	if (e.state == PF_ENDPOINT_PARSED && *err == NULL && l->service == NULL && e.service_err != NULL &&
	    !pf_streq(e.host.namespace_, l->namespace_))
		*err = e.service_err;
	if (e.state == PF_ENDPOINT_PARSED && e.service != NULL && !strays(l, &e, l->service)) {
		l->name = e.host.service;
		l->namespace_ = e.host.namespace_;
		l->service = e.service;
		*port = e.url.port;
		*err = NULL;
	}
	return *err == NULL;
}

static const char *
slices_path(struct pf_arena *arena, const char *namespace_, const char *name)
{
	return pf_path_list(arena, PF_ENDPOINTSLICES, namespace_,
			    pf_printf(arena, "kubernetes.io/service-name=%s", name), NULL);
}

static const char *
ports_text(struct pf_arena *arena, const cJSON *service)
{
	const char *text = "";
	const cJSON *port;
	cJSON_ArrayForEach(port, PF_AT(service, "spec", "ports")) text =
		pf_printf(arena, "%s%s%lld", text, text[0] != '\0' ? ", " : "", (long long)PF_INT_AT(port, 0, "port"));
	return text;
}

static const char *
target_text(struct pf_arena *arena, const cJSON *port)
{
	const cJSON *target = PF_AT(port, "targetPort");
	if (cJSON_IsString(target))
		return target->valuestring;
	return pf_printf(arena, "%lld", (long long)pf_json_int(target, PF_INT_AT(port, 0, "port")));
}

/* The type as users name it: a headless Service says ClusterIP too. */
static const char *
type_of(const cJSON *service)
{
	const char *type = PF_STRING_AT(service, "spec", "type"), *ip = PF_STRING_AT(service, "spec", "clusterIP");
	if (type == NULL || pf_streq(type, "ClusterIP"))
		return pf_streq(ip, "None") ? "Headless" : "ClusterIP";
	return pf_word_in("NodePort LoadBalancer ExternalName", type) ? type : "ClusterIP";
}

static void
leave_service(const struct look *l)
{
	struct pf_probe_context *ctx = l->ctx;
	const char *ip = PF_STRING_AT(l->service, "spec", "clusterIP");
	pf_leave_string(ctx, "service.type", type_of(l->service), seen(l, "spec.type", type_of(l->service), NULL));
	pf_leave_string(ctx, "service.cluster_ip", ip, PF_NO_EVIDENCE);
	pf_leave_bool(
		ctx, "service.serves_port", pf_service_port(l->service, l->wanted) != NULL,
		seen(l, "ports",
		     pf_printf(l->arena, "%s → %s", ports_text(l->arena, l->service), target_text(l->arena, l->port)),
		     NULL));
	pf_leave_string(ctx, "service.ports", ports_text(l->arena, l->service), PF_NO_EVIDENCE);
	pf_leave_int(ctx, "service.port", l->number, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "service.target_port", target_text(l->arena, l->port), PF_NO_EVIDENCE);
	pf_leave_string(ctx, "service.selector", pf_map_text(l->arena, PF_AT(l->service, "spec", "selector")),
			PF_NO_EVIDENCE);
}

static bool
backend_down(const struct look *l)
{
	return l->backend == NULL || l->backend->state != PF_WORKLOAD_AVAILABLE;
}

/*
 * Whether the client's own pods are behind the Service as well as the database's: its connections then meet itself now
 * and then. Where the database is no Deployment of its own, it may well be in the client's pods.
 */
static bool
selects_client(const struct look *l)
{
	const char *client = pf_arg(l->ctx, "client");

	if (client == NULL || l->backend == NULL || l->backend->deployment == NULL ||
	    !pf_streq(l->namespace_, pf_probe_namespace(l->ctx)))
		return false;
	const struct pf_workload *w = pf_workload(pf_probe_session(l->ctx), l->namespace_, client);
	return w != l->backend && w->deployment != NULL && fronts(l->service, w);
}

/*
 * A ready pod behind the Service that is none of the Deployment's, by its name: those begin with the Deployment's own,
 * which long names do not keep whole. NULL when there is none.
 */
static const char *
stranger(const struct look *l, const cJSON *slices)
{
	enum { KEPT = 40 };
	const cJSON *slice, *endpoint;

	if (l->backend == NULL || l->backend->deployment == NULL || strlen(l->backend->name) > KEPT)
		return NULL;
	const char *prefix = pf_printf(l->arena, "%s-", l->backend->name);
	cJSON_ArrayForEach(slice, slices)
	{
		cJSON_ArrayForEach(endpoint, PF_AT(slice, "endpoints"))
		{
			const char *pod = PF_STRING_AT(endpoint, "targetRef", "name");
			if (pod != NULL && pf_streq(PF_STRING_AT(endpoint, "targetRef", "kind"), "Pod") &&
			    !cJSON_IsFalse(PF_AT(endpoint, "conditions", "ready")) &&
			    strncmp(pod, prefix, strlen(prefix)) != 0)
				return pod;
		}
	}
	return NULL;
}

/* What is behind the Service, as one word; NULL when that hangs on a Deployment that could not be read. */
static const char *
endpoints_word(const struct look *l)
{
	const cJSON *selector = PF_AT(l->service, "spec", "selector");
	int behind = l->slices.ready + l->slices.not_ready + l->slices.without_port;
	bool hidden = l->backend != NULL && l->backend->state == PF_WORKLOAD_UNREADABLE;
	if (selector == NULL || selector->child == NULL)
		return behind > 0 ? "by-hand" : "no-selector";
	if (l->backend != NULL && l->backend->deployment != NULL && !fronts(l->service, l->backend))
		return "selector";
	if (selects_client(l))
		return "client-too";
	if (l->stranger != NULL && l->slices.ready > 0)
		return "others-too";
	if (l->slices.without_port > 0 && l->slices.ready == 0)
		return "port-name";
	if (behind > 0 && l->listens > 0 && l->slices.port > 0 && l->slices.port != l->listens)
		return hidden ? NULL : "target-port";
	if (l->slices.ready > 0)
		return "ready";
	if (l->slices.not_ready > 0)
		return "not-ready";
	if (hidden)
		return NULL;
	return backend_down(l) ? "backend-down" : "none";
}

static void
leave_endpoints(const struct look *l, const char *word)
{
	struct pf_probe_context *ctx = l->ctx;
	const char *summary = pf_printf(l->arena, "%d ready, %d not ready%s", l->slices.ready, l->slices.not_ready,
					l->slices.without_port > 0 ? ", without the target port" : "");
	pf_leave_string(ctx, "service.endpoints", word, seen(l, "endpoints", summary, NULL));
	pf_leave_int(ctx, "service.ready_endpoints", l->slices.ready, PF_NO_EVIDENCE);
	if (pf_streq(word, "others-too"))
		pf_leave_string(ctx, "service.stranger", l->stranger, PF_NO_EVIDENCE);
	if (l->backend != NULL && l->backend->deployment != NULL) {
		if (l->listens > 0)
			pf_leave_int(ctx, "service.listens", l->listens, PF_NO_EVIDENCE);
		const cJSON *labels = PF_AT(l->backend->deployment, "spec", "template", "metadata", "labels");
		pf_leave_string(ctx, "service.pod_labels", pf_map_text(l->arena, labels),
				pf_streq(word, "selector")
					? (struct pf_evidence){pf_printf(l->arena, "deployment/%s", l->backend->name),
							       "pod labels", pf_map_text(l->arena, labels), NULL}
					: PF_NO_EVIDENCE);
		pf_leave_string(ctx, "service.label_difference",
				pf_map_difference(l->arena, PF_AT(l->service, "spec", "selector"), labels),
				PF_NO_EVIDENCE);
	}
}

/* What to write as targetPort: the number that the process listens on. */
static void
judge_endpoints(const struct look *l, const char *word)
{
	struct pf_probe_context *ctx = l->ctx;
	const char *where = PF_STRING_AT(l->service, "spec", "clusterIP");
	const char *target = target_text(l->arena, l->port);
	where = where != NULL ? where : "";

	if (pf_streq(word, "selector"))
		pf_verdict(ctx, PF_FAIL, "its selector %s matches no pod of deployment/%s (%s)",
			   pf_map_text(l->arena, PF_AT(l->service, "spec", "selector")), l->backend->name,
			   pf_map_difference(l->arena, PF_AT(l->service, "spec", "selector"),
					     PF_AT(l->backend->deployment, "spec", "template", "metadata", "labels")));
	else if (pf_streq(word, "client-too"))
		pf_verdict(ctx, PF_FAIL,
			   "its selector %s matches the pods of deployment/%s too, so that connections go astray",
			   pf_map_text(l->arena, PF_AT(l->service, "spec", "selector")), pf_arg(ctx, "client"));
	else if (pf_streq(word, "others-too"))
		pf_verdict(ctx, PF_FAIL,
			   "its selector %s matches pod/%s too, which is not of deployment/%s: connections go astray",
			   pf_map_text(l->arena, PF_AT(l->service, "spec", "selector")), l->stranger, l->backend->name);
	else if (pf_streq(word, "port-name"))
		pf_verdict(ctx, PF_FAIL, "its targetPort %s is the name of no port of the pods behind it", target);
	else if (pf_streq(word, "target-port"))
		pf_verdict(ctx, PF_FAIL, "its targetPort %s leads to port %d of the pods, which listen on %d", target,
			   l->slices.port, l->listens);
	else if (pf_streq(word, "no-selector"))
		pf_verdict(ctx, PF_FAIL, "it has no selector and no endpoints");
	else if (pf_streq(word, "by-hand"))
		pf_verdict(ctx, PF_WARN, "it has no selector: its endpoints are kept by hand");
	else if (pf_streq(word, "none"))
		pf_verdict(ctx, PF_FAIL, "%s:%d → no endpoint, although deployment/%s is available", where, l->number,
			   l->backend->name);
	else if (pf_streq(word, "not-ready") && !backend_down(l))
		pf_verdict(ctx, PF_ERROR,
			   "%s:%d → no endpoint is ready yet, although deployment/%s is available; look again", where,
			   l->number, l->backend->name);
	else if (pf_streq(type_of(l->service), "Headless"))
		pf_verdict(ctx, PF_WARN, "headless: port %d → %d ready endpoint%s", l->number, l->slices.ready,
			   l->slices.ready == 1 ? "" : "s");
	else if (l->number != l->wanted)
		pf_verdict(ctx, PF_WARN, "%s:%d → %d ready endpoint%s; the documented port is %d", where, l->number,
			   l->slices.ready, l->slices.ready == 1 ? "" : "s", l->wanted);
	else if (pf_streq(word, "ready"))
		pf_verdict(ctx, PF_PASS, "%s:%d → %d ready endpoint%s", where, l->number, l->slices.ready,
			   l->slices.ready == 1 ? "" : "s");
	else
		pf_verdict(ctx, PF_PASS, "%s:%d → no ready endpoint, as long as the database is not available", where,
			   l->number);
}

/* The Service's own faults, before what is behind it. False when it has one: the verdict is given. */
static bool
judge_itself(const struct look *l, const struct pf_exposure *exposure, bool agreed)
{
	struct pf_probe_context *ctx = l->ctx;
	const char *type = type_of(l->service), *external = PF_STRING_AT(l->service, "spec", "externalName");
	if (pf_streq(type, "ExternalName")) {
		pf_verdict(ctx, PF_FAIL, "type ExternalName (%s), documented is ClusterIP",
			   external != NULL ? external : "");
		return false;
	}
	if (pf_word_in("NodePort LoadBalancer", type)) {
		pf_verdict(ctx, PF_FAIL, "type %s, documented is ClusterIP: it can be reached from outside", type);
		return false;
	}
	if (exposure->external_ips[0] != '\0') {
		pf_verdict(ctx, PF_FAIL, "externalIPs %s: it can be reached from outside", exposure->external_ips);
		return false;
	}
	if (exposure->ingress != NULL) {
		pf_verdict(ctx, PF_FAIL, "ingress/%s leads to it: it can be reached from outside", exposure->ingress);
		return false;
	}
	if (pf_service_port(l->service, l->wanted) == NULL && !agreed) {
		pf_verdict(ctx, PF_FAIL, "it serves port %s, documented is %d", ports_text(l->arena, l->service),
			   l->wanted);
		return false;
	}
	return true;
}

/* The namespaces other than ours that have a Service NAME: "a, b"; NULL when none has, or they may not be listed. */
static const char *
namespaces_with(const struct look *l, const char *name, int *count, bool *listed)
{
	struct pf_listing all =
		pf_look_list(pf_probe_session(l->ctx), pf_path_list(l->arena, PF_SERVICES, NULL, NULL,
								    pf_printf(l->arena, "metadata.name=%s", name)));
	const char *where = NULL;
	const cJSON *other;

	*count = 0;
	*listed = all.ok;
	cJSON_ArrayForEach(other, all.items)
	{
		const char *namespace_ = PF_STRING_AT(other, "metadata", "namespace");
		if (namespace_ == NULL || !pf_streq(PF_STRING_AT(other, "metadata", "name"), name) ||
		    pf_streq(namespace_, l->namespace_))
			continue;
		where = where == NULL ? namespace_ : pf_printf(l->arena, "%s, %s", where, namespace_);
		++*count;
	}
	return where;
}

/* The name that the client asks for, where that is of this namespace and not the documented one; NULL. */
static const char *
asked_name(const struct look *l)
{
	const char *client = pf_arg(l->ctx, "client"), *variable = pf_arg(l->ctx, "variable");
	if (client == NULL || variable == NULL)
		return NULL;
	struct pf_endpoint e = pf_endpoint_read(pf_probe_session(l->ctx), client, NULL,
						pf_arg_list(l->ctx, "client_prefixes"), variable);
	bool here = e.state == PF_ENDPOINT_PARSED && !e.secret && e.host.kind == PF_HOST_SERVICE &&
		    pf_streq(e.host.namespace_, l->namespace_);
	return here && e.service == NULL && !pf_streq(e.host.service, l->name) ? e.host.service : NULL;
}

/* Nothing of that name is here. What the client asks for is looked for elsewhere before what is documented. */
static void
absent(const struct look *l)
{
	struct pf_probe_context *ctx = l->ctx;
	const char *asked = asked_name(l), *name = asked != NULL ? asked : l->name;
	int count = 0;
	bool listed;
	const char *where = namespaces_with(l, name, &count, &listed);

	if (where == NULL && asked != NULL) {
		name = l->name;
		where = namespaces_with(l, name, &count, &listed);
	}
	pf_leave_string(ctx, "service.state", "absent",
			(struct pf_evidence){pf_printf(l->arena, "namespace/%s", l->namespace_), NULL, NULL,
					     pf_printf(l->arena, "no service/%s", l->name)});
	if (listed)
		pf_leave_bool(ctx, "service.is_elsewhere", where != NULL, PF_NO_EVIDENCE);
	if (where != NULL) {
		pf_leave_string(
			ctx, "service.elsewhere", where,
			(struct pf_evidence){pf_printf(l->arena, "service/%s", name), "namespace", where, NULL});
		pf_leave_bool(ctx, "service.is_elsewhere_once", count == 1, PF_NO_EVIDENCE);
		pf_leave_string(ctx, "service.elsewhere_name", name, PF_NO_EVIDENCE);
		pf_verdict(ctx, PF_FAIL, "there is no service/%s in namespace %s, but %sin namespace%s %s", l->name,
			   l->namespace_,
			   pf_streq(name, l->name) ? ""
						   : pf_printf(l->arena, "service/%s, which the cart asks for, ", name),
			   count == 1 ? "" : "s", where);
		return;
	}
	pf_verdict(ctx, PF_FAIL, "there is no service/%s in namespace %s", l->name, l->namespace_);
}

/* The Service's port that leads to where the process listens; NULL. */
static const cJSON *
port_to(const struct look *l, int number)
{
	const cJSON *container =
		cJSON_GetArrayItem(PF_AT(l->backend->deployment, "spec", "template", "spec", "containers"), 0);
	const cJSON *port;

	cJSON_ArrayForEach(port, PF_AT(l->service, "spec", "ports"))
	{
		const cJSON *target = PF_AT(port, "targetPort");
		if (number != 0 && pf_port_of(container, target != NULL ? target : PF_AT(port, "port")) == number)
			return port;
	}
	return NULL;
}

/*
 * Of several ports: the one that the endpoint names, else the documented one, else the one that leads to the process,
 * else the first. Whether the endpoint names it.
 */
static bool
choose_port(struct look *l, int endpoint_port)
{
	const cJSON *port;
	int index = 0;

	l->port = endpoint_port != 0 ? pf_service_port(l->service, endpoint_port) : NULL;
	bool agreed = l->port != NULL;
	if (l->port == NULL)
		l->port = pf_service_port(l->service, l->wanted);
	if (l->port == NULL && l->backend != NULL)
		l->port = port_to(l, l->listens);
	if (l->port == NULL)
		l->port = cJSON_GetArrayItem(PF_AT(l->service, "spec", "ports"), 0);
	cJSON_ArrayForEach(port, PF_AT(l->service, "spec", "ports"))
	{
		if (port == l->port)
			pf_leave_int(l->ctx, "service.port_index", index, PF_NO_EVIDENCE);
		index++;
	}
	return agreed;
}

static void
run(struct pf_probe_context *ctx)
{
	struct look l = {.ctx = ctx, .arena = pf_probe_arena(ctx), .wanted = (int)pf_arg_int(ctx, "port", 0)};
	struct pf_session *session = pf_probe_session(ctx);
	const struct pf_err *err;
	int endpoint_port;

	if (!choose(&l, &endpoint_port, &err)) {
		pf_verdict_error(ctx, err, "", "services", "get, list");
		return;
	}
	l.source = pf_printf(l.arena, "service/%s", l.name);
	pf_leave_string(ctx, "service.name", l.name, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "service.namespace", l.namespace_, PF_NO_EVIDENCE);
	if (l.service == NULL) {
		absent(&l);
		return;
	}
	pf_leave_string(ctx, "service.state", "present", PF_NO_EVIDENCE);

	const char *backend = pf_arg(ctx, "deployment");
	l.backend = backend != NULL ? pf_workload(session, l.namespace_, backend) : NULL;
	l.listens = pf_listens_on(l.backend, pf_arg(ctx, "port_flag"), (int)pf_arg_int(ctx, "listens", 0));
	bool agreed = choose_port(&l, endpoint_port);
	l.number = (int)PF_INT_AT(l.port, 0, "port");
	leave_service(&l);

	const char *manager = pf_managed_by(l.arena, l.service);
	if (manager != NULL)
		pf_leave_string(ctx, "service.managed_by", manager, seen(&l, "managed by", manager, NULL));

	struct pf_exposure exposure = pf_exposure_find(session, l.namespace_, l.name, l.service);
	if (exposure.err == NULL)
		pf_leave_string(ctx, "service.exposed",
				exposure.ingress != NULL           ? "ingress"
				: exposure.external_ips[0] != '\0' ? "external-ips"
								   : "no",
				exposure.ingress != NULL ? seen(&l, "ingress", exposure.ingress, NULL)
							 : PF_NO_EVIDENCE);
	if (exposure.ingress != NULL)
		pf_leave_string(ctx, "service.ingress", exposure.ingress, PF_NO_EVIDENCE);

	struct pf_listing slices = pf_look_list(session, slices_path(l.arena, l.namespace_, l.name));
	if (slices.ok) {
		l.slices = pf_slices_read(slices.items, PF_STRING_AT(l.port, "name"));
		l.stranger = stranger(&l, slices.items);
		/* Behind a name that leads out of the cluster are no endpoints, and none are missing. */
		if (!pf_streq(type_of(l.service), "ExternalName"))
			leave_endpoints(&l, endpoints_word(&l));
	}

	if (!judge_itself(&l, &exposure, agreed))
		return;
	if (!slices.ok)
		pf_verdict_error(ctx, slices.err, "discovery.k8s.io", "endpointslices", "list");
	else if (exposure.err != NULL)
		pf_verdict_error(ctx, exposure.err, "networking.k8s.io", "ingresses", "list");
	else if (l.backend != NULL && endpoints_word(&l) == NULL)
		pf_verdict_error(ctx, l.backend->err, "apps", "deployments", "get, list, watch");
	else
		judge_endpoints(&l, endpoints_word(&l));
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	struct pf_session *session = pf_probe_session(ctx);
	struct pf_arena *arena = pf_probe_arena(ctx);
	struct look l = {.ctx = ctx, .arena = arena};
	const struct pf_err *err;
	int port;
	if (round == 0) {
		pf_services_foresee(session);
		pf_exposure_foresee(session, pf_probe_namespace(ctx));
	} else if (round == 1) {
		/* Together with those of the client's Service, which is known only now: that makes one question of two.
		 */
		pf_foresee(session, slices_path(arena, pf_probe_namespace(ctx), pf_arg(ctx, "service")));
	} else if (round == 2 && choose(&l, &port, &err)) {
		pf_foresee(session, slices_path(arena, l.namespace_, l.name));
	}
}

const struct pf_probe pf_probe_service =
	{
		.desc =
			{
				.kind = "service",
				.summary = "looks at a Service and follows it to the pods and the port behind it",
				.params =
					(const struct pf_param[]){
						{"service", PF_TYPE_STRING, true, NULL,
						 "its name, where the client's endpoint does not say another"},
						{"port", PF_TYPE_INT, true, NULL, "the documented port"},
						{"deployment", PF_TYPE_STRING, false, NULL,
						 "the Deployment that should be behind it"},
						{"listens", PF_TYPE_INT, false, NULL,
						 "the port its process listens on by default"},
						{"port_flag", PF_TYPE_STRING, false, NULL,
						 "the argument that makes it listen on another"},
						{"client", PF_TYPE_STRING, false, NULL,
						 "the Deployment whose endpoint may name the Service"},
						{"client_prefixes", PF_TYPE_LIST, false, NULL,
						 "the client's container is known by variables that start with one of "
						 "these"},
						{"variable", PF_TYPE_STRING, false, NULL,
						 "the client's variable that holds its endpoint"},
						{0}},
				.facts =
					(const struct pf_fact_desc[]){
						{"service.state", PF_TYPE_ENUM, "present absent",
						 "whether it is there"},
						{"service.name", PF_TYPE_STRING, NULL, "the Service that was judged"},
						{"service.namespace", PF_TYPE_STRING, NULL, "its namespace"},
						{"service.type", PF_TYPE_ENUM,
						 "ClusterIP Headless NodePort LoadBalancer ExternalName",
						 "Headless is ClusterIP with the address None"},
						{"service.cluster_ip", PF_TYPE_STRING, NULL, "its address"},
						{"service.ports", PF_TYPE_STRING, NULL, "all ports it serves"},
						{"service.port", PF_TYPE_INT, NULL, "the port that was judged"},
						{"service.managed_by", PF_TYPE_STRING, NULL,
						 "who else writes it: Helm, Argo CD, Flux, and the source's name"},
						{"service.port_index", PF_TYPE_INT, NULL,
						 "its place among the Service's ports, from 0"},
						{"service.serves_port", PF_TYPE_BOOL, NULL,
						 "it serves the documented port"},
						{"service.target_port", PF_TYPE_STRING, NULL, "number or name"},
						{"service.selector", PF_TYPE_STRING, NULL, "its selector"},
						{"service.pod_labels", PF_TYPE_STRING, NULL,
						 "the labels of the pods that should be behind it"},
						{"service.label_difference", PF_TYPE_STRING, NULL,
						 "where those differ from the selector"},
						{"service.stranger", PF_TYPE_STRING, NULL,
						 "a ready pod behind it that is not of the Deployment"},
						{"service.endpoints", PF_TYPE_ENUM,
						 "ready not-ready backend-down selector client-too others-too "
						 "port-name "
						 "target-port "
						 "no-selector by-hand "
						 "none",
						 "what is behind it"},
						{"service.ready_endpoints", PF_TYPE_INT, NULL,
						 "ready, on a port that the pods have"},
						{"service.listens", PF_TYPE_INT, NULL,
						 "the port that the process behind it listens on"},
						{"service.exposed", PF_TYPE_ENUM, "no external-ips ingress",
						 "reachable from outside besides its type"},
						{"service.ingress", PF_TYPE_STRING, NULL,
						 "the Ingress that leads to it"},
						{"service.is_elsewhere", PF_TYPE_BOOL, NULL,
						 "another namespace has a Service of that name"},
						{"service.elsewhere", PF_TYPE_STRING, NULL,
						 "that namespace, or all of them"},
						{"service.elsewhere_name", PF_TYPE_STRING, NULL,
						 "its name there: what the client asks for, else the documented one"},
						{"service.is_elsewhere_once", PF_TYPE_BOOL, NULL,
						 "there is one such namespace, so that it is the one that is meant"},
						{0}},
				.permissions =
					(const struct pf_permission[]){
						{"", "services", "list", "the Service, and names near the endpoint's"},
						{"discovery.k8s.io", "endpointslices",
						 "list", "what is behind the Service"},
						{"networking.k8s.io", "ingresses",
						 "list", "whether it can be reached from outside"},
						{0}},
			},
		.run = run,
		.foresee = foresee,
};
