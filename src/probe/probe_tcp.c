/* Whether the application's way to its backend is open, and where it is not: at the Service or at the pod. */
#include <string.h>

#include <postflight/clock.h>
#include <postflight/str.h>

#include "probe/policies.h"
#include "probe/probes.h"
#include "probe/vantage.h"

struct look {
	struct pf_probe_context *ctx;
	struct pf_arena *arena;
	struct pf_backend backend;
	struct pf_view view;
};

static const char *
address_of(const struct look *l, const struct pf_seen_connection *seen)
{
	const char *host = seen->host != NULL ? seen->host : "";
	bool is_v6 = strchr(host, ':') != NULL;

	return pf_printf(l->arena, "%s%s%s:%d", is_v6 ? "[" : "", host, is_v6 ? "]" : "", seen->port);
}

static struct pf_evidence
seen_at(const struct look *l, const struct pf_seen_connection *seen)
{
	return (struct pf_evidence){l->view.source, pf_printf(l->arena, "%s %s", seen->by, address_of(l, seen)),
				    seen->outcome, seen->said};
}

static void
leave(const struct look *l)
{
	struct pf_probe_context *ctx = l->ctx;
	const struct pf_view *v = &l->view;

	pf_leave_string(ctx, "tcp.vantage", v->vantage, PF_NO_EVIDENCE);
	if (pf_view_decides(v))
		pf_leave_bool(ctx, "tcp.decides", true, PF_NO_EVIDENCE);
	if (v->assumed)
		pf_leave_bool(ctx, "tcp.assumed", true, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "tcp.address", address_of(l, &v->service), PF_NO_EVIDENCE);
	if (v->service.outcome != NULL) {
		pf_leave_string(ctx, "tcp.outcome", v->service.outcome, seen_at(l, &v->service));
		pf_leave_int(ctx, "tcp.ms", v->service.elapsed_ms, PF_NO_EVIDENCE);
	}
	if (v->backend.host == NULL)
		return;
	pf_leave_string(ctx, "tcp.pod_address", address_of(l, &v->backend), PF_NO_EVIDENCE);
	pf_leave_string(ctx, "tcp.pod_outcome", v->backend.outcome,
			v->backend.outcome != NULL ? seen_at(l, &v->backend) : PF_NO_EVIDENCE);
}

/* Where packets got lost, or nothing could be seen of them: the NetworkPolicies that govern the way. */
static void
leave_policies(const struct look *l)
{
	struct pf_session *session = pf_probe_session(l->ctx);
	const char *client = pf_arg(l->ctx, "client");

	if (l->view.service.outcome != NULL && !pf_word_in("timeout unreachable", l->view.service.outcome))
		return;
	struct pf_policies found = pf_policies_between(
		session, pf_workload(session, pf_probe_namespace(l->ctx), client), l->backend.workload);
	const char *all = "";
	for (size_t i = 0; i < found.count; i++)
		all = pf_printf(l->arena, "%s%s%s", all, i > 0 ? ", " : "", found.names[i]);
	if (found.count > 0)
		pf_leave_list(l->ctx, "tcp.policies", found.names, found.count,
			      (struct pf_evidence){pf_printf(l->arena, "namespace/%s", pf_probe_namespace(l->ctx)),
						   "networkpolicies", all, NULL});
}

/* "refused the connection", and of the pod directly, which tells at which hop it ends. */
static const char *
words(const char *outcome)
{
	static const struct {
		const char *outcome;
		const char *words;
	} table[] = {
		{"connected", "connects"},
		{"refused", "refuses the connection"},
		{"timeout", "does not answer"},
		{"unreachable", "cannot be reached (no route, or a firewall says no)"},
		{"reset", "breaks the connection off"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (pf_streq(table[i].outcome, outcome))
			return table[i].words;
	}
	return "";
}

static void
judge(const struct look *l)
{
	const struct pf_view *v = &l->view;
	const char *took = pf_duration_format(l->arena, v->service.elapsed_ms), *pod = "";

	if (v->service.name_failed) {
		pf_verdict(l->ctx, PF_SKIP, "%s does not resolve: there is no address to connect to", v->service.host);
		return;
	}
	if (v->service.outcome == NULL) {
		pf_verdict(l->ctx, PF_ERROR, "whether %s can be connected to could not be told%s%s",
			   address_of(l, &v->service), v->service.said != NULL ? ": " : "",
			   v->service.said != NULL ? v->service.said : "");
		return;
	}
	if (pf_streq(v->service.outcome, "connected")) {
		pf_verdict(l->ctx, PF_PASS, "connected to %s in %s%s", address_of(l, &v->service), took,
			   pf_view_where(v));
		return;
	}
	if (pf_streq(v->backend.outcome, v->service.outcome))
		pod = pf_printf(l->arena, "; its pod at %s the same", address_of(l, &v->backend));
	else if (v->backend.outcome != NULL)
		pod = pf_printf(l->arena, "; its pod at %s %s", address_of(l, &v->backend), words(v->backend.outcome));
	pf_verdict(l->ctx, pf_view_decides(v) ? PF_FAIL : PF_WARN, "%s %s (after %s)%s%s", address_of(l, &v->service),
		   words(v->service.outcome), took, pod, pf_view_where(v));
}

static void
run(struct pf_probe_context *ctx)
{
	struct look l = {.ctx = ctx, .arena = pf_probe_arena(ctx), .backend = pf_backend_find(ctx)};

	if (!pf_view_look(ctx, &l.backend, &l.view)) {
		/* They are objects: a container that does not run is no hindrance to seeing them. */
		if (l.backend.endpoint.state == PF_ENDPOINT_PARSED)
			leave_policies(&l);
		return;
	}
	leave(&l);
	if (!l.view.service.name_failed)
		leave_policies(&l);
	judge(&l);
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	if (round == 2)
		pf_view_foresee(ctx);
}

const struct pf_probe pf_probe_tcp = {
	.desc =
		{
			.kind = "tcp",
			.summary = "connects to an application's backend, as the application does, and to the "
				   "backend's pod",
			.params = (const struct pf_param[]){PF_BACKEND_PARAMS, {0}},
			.facts =
				(const struct pf_fact_desc[]){
					{"tcp.vantage", PF_TYPE_ENUM, "pod local", "from where it was seen"},
					{"tcp.decides", PF_TYPE_BOOL, NULL,
					 "what was seen is what the application sees; absent where it may not be"},
					{"tcp.assumed", PF_TYPE_BOOL, NULL, PF_ASSUMED_HELP},
					{"tcp.address", PF_TYPE_STRING, NULL,
					 "host and port, as the application has them"},
					{"tcp.outcome", PF_TYPE_ENUM, "connected refused timeout unreachable reset",
					 "how that went"},
					{"tcp.ms", PF_TYPE_INT, NULL, "how long it took, in milliseconds"},
					{"tcp.pod_address", PF_TYPE_STRING, NULL,
					 "a pod of the backend, on the port that its process listens on"},
					{"tcp.pod_outcome", PF_TYPE_ENUM, "connected refused timeout unreachable reset",
					 "how that went: at which hop the way ends"},
					{"tcp.policies", PF_TYPE_LIST, NULL,
					 "where nothing answered, or could not be asked: the NetworkPolicies that "
					 "govern "
					 "the way; absent when there is none"},
					{0}},
			.permissions =
				(const struct pf_permission[]){
					PF_VIEW_PERMISSIONS,
					{"networking.k8s.io", "networkpolicies", "list",
					 "which of them may keep packets from the backend (optional)"},
					{0}},
		},
	.run = run,
	.foresee = foresee,
};
