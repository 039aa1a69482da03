#include "probe/vantage.h"

#include <postflight/json.h>
#include <postflight/str.h>

#include "probe/subject.h"

/* A pod of the backend that can be dialled: the one that is spoken to otherwise, too. */
static void
find_backend_pod(struct pf_sight *s)
{
	const struct pf_backend *b = s->backend;

	if (b->pod == NULL || b->pod->ip[0] == '\0' || b->at.port <= 0)
		return;
	s->pod_address = b->pod->ip;
	s->pod_port = b->at.port;
}

/* Where the objects cannot be read: the documented names, which the application has been told if all is as it should.
 */
static void
assume(const struct pf_workload *client, struct pf_sight *out)
{
	out->client = client;
	out->host = pf_arg(out->ctx, "service");
	out->port = (int)pf_arg_int(out->ctx, "port", 0);
	out->is_name = out->assumed = true;
}

/* False when there is no endpoint or no client to look from: the verdict is given. */
static bool
find_sight(struct pf_probe_context *ctx, const struct pf_backend *backend, struct pf_sight *out)
{
	const char *client = pf_arg(ctx, "client");
	struct pf_subject subject;
	struct pf_sight s = {.ctx = ctx, .backend = backend};

	if (!pf_subject_find(pf_probe_session(ctx), client, pf_arg(ctx, "container"), pf_arg_list(ctx, "prefixes"),
			     &subject)) {
		if (subject.workload->state != PF_WORKLOAD_UNREADABLE) {
			pf_verdict(ctx, PF_SKIP, "deployment/%s, or its container, does not exist", client);
			return false;
		}
		pf_verdict_error(ctx, subject.workload->err, "apps", "deployments", "get, list, watch");
		assume(subject.workload, &s);
		*out = s;
		return pf_session_in_cluster(pf_probe_session(ctx));
	}
	if (backend->endpoint.state == PF_ENDPOINT_NOT_READ || backend->endpoint.state == PF_ENDPOINT_NO_SUBJECT) {
		pf_verdict(ctx, PF_ERROR, "%s is not known: %s", pf_arg(ctx, "variable"), backend->endpoint.why);
		return false;
	}
	if (backend->endpoint.state != PF_ENDPOINT_PARSED) {
		pf_verdict(ctx, PF_SKIP, "%s names no host", pf_arg(ctx, "variable"));
		return false;
	}
	s.client = subject.workload;
	s.container = subject.container_name;
	s.pod = pf_running_pod(subject.workload, subject.container_name, false);
	s.host = backend->endpoint.url.host;
	s.port = backend->endpoint.url.port;
	s.is_name = backend->endpoint.host.kind != PF_HOST_ADDRESS;
	find_backend_pod(&s);
	*out = s;
	return true;
}

bool
pf_view_look(struct pf_probe_context *ctx, const struct pf_backend *backend, struct pf_view *out)
{
	bool in_cluster = false;
	enum pf_vantage vantage = pf_session_vantage(pf_probe_session(ctx), &in_cluster);
	struct pf_sight sight;

	if (!find_sight(ctx, backend, &sight))
		return false;
	/* From the application's own pod there is no need of a container that runs at this moment. */
	if (vantage == PF_VANTAGE_AUTO && in_cluster && pf_here_is_own_pod(&sight))
		vantage = PF_VANTAGE_LOCAL;
	if (sight.assumed && vantage == PF_VANTAGE_POD)
		return false;
	if (vantage != PF_VANTAGE_LOCAL && !sight.assumed) {
		enum pf_look look = pf_look_from_pod(&sight, out);
		if (look == PF_LOOK_DONE)
			return true;
		if (look == PF_LOOK_OVER || vantage == PF_VANTAGE_POD || !in_cluster)
			return false;
	}
	return pf_look_from_here(&sight, out) == PF_LOOK_DONE;
}

void
pf_view_foresee(struct pf_probe_context *ctx)
{
	bool in_cluster = false;
	struct pf_backend backend = pf_backend_find(ctx);
	enum pf_vantage vantage = pf_session_vantage(pf_probe_session(ctx), &in_cluster);
	struct pf_sight sight;
	struct pf_ask ask;

	if (!find_sight(ctx, &backend, &sight))
		return;
	if (vantage != PF_VANTAGE_POD && in_cluster)
		pf_here_foresee(&sight);
	if (vantage != PF_VANTAGE_LOCAL && !sight.assumed && pf_pod_look_ask(&sight, &ask))
		pf_foresee_ask(pf_probe_session(ctx), &ask);
}

bool
pf_view_decides(const struct pf_view *view)
{
	return view->decides && !view->assumed;
}

const char *
pf_view_where(const struct pf_view *view)
{
	static const char *const words[2][2] = {
		{"; seen from this process, which is not the application's pod", ""},
		{"; the documented name, seen from this process, which is not the application's pod",
		 "; the documented name: what the application has been told could not be read"},
	};

	return words[view->assumed][view->decides];
}
