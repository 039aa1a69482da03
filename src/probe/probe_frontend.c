/* The Service in front of a Deployment: whether somebody can reach the application by it. */
#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/slices.h"
#include "probe/frontends.h"
#include "probe/probes.h"
#include "probe/subject.h"

static const char *
slices_path(struct pf_session *session, const char *name)
{
	struct pf_arena *arena = pf_session_arena(session);
	return pf_path_list(arena, PF_ENDPOINTSLICES, pf_session_namespace(session),
			    pf_printf(arena, "kubernetes.io/service-name=%s", name), NULL);
}

static void
run(struct pf_probe_context *ctx)
{
	struct pf_session *session = pf_probe_session(ctx);
	struct pf_arena *arena = pf_probe_arena(ctx);
	struct pf_subject subject;
	const struct pf_err *err;
	size_t count;
	if (!pf_subject_of(ctx, &subject))
		return;

	const struct pf_frontend *all = pf_frontends(session, subject.workload, subject.container, &count, &err);
	if (err != NULL) {
		pf_verdict_error(ctx, err, "", "services", "list");
		return;
	}
	pf_leave_string(ctx, "frontend.state", count > 0 ? "present" : "none", PF_NO_EVIDENCE);
	if (count == 0) {
		pf_verdict(ctx, PF_SKIP, "no Service selects the pods of deployment/%s: nothing to judge",
			   subject.workload->name);
		return;
	}

	const struct pf_frontend *f = &all[0];
	struct pf_listing slices = pf_look_list(session, slices_path(session, f->name));
	int port = (int)PF_INT_AT(f->port, 0, "port");
	pf_leave_string(ctx, "frontend.service", f->name, PF_NO_EVIDENCE);
	pf_leave_string(
		ctx, "frontend.target_port", f->target_name,
		(struct pf_evidence){pf_printf(arena, "service/%s", f->name), "targetPort", f->target_name, NULL});
	if (!slices.ok) {
		pf_verdict_error(ctx, slices.err, "discovery.k8s.io", "endpointslices", "list");
		return;
	}
	struct pf_slices behind = pf_slices_read(slices.items, PF_STRING_AT(f->port, "name"));
	pf_leave_int(ctx, "frontend.ready_endpoints", behind.ready, PF_NO_EVIDENCE);
	if (behind.ready > 0)
		pf_verdict(ctx, PF_PASS, "service/%s port %d → %d ready endpoint%s", f->name, port, behind.ready,
			   behind.ready == 1 ? "" : "s");
	else if (behind.without_port > 0)
		pf_verdict(ctx, PF_FAIL, "service/%s: its targetPort %s is the name of no port of the pods", f->name,
			   f->target_name);
	else if (subject.workload->state == PF_WORKLOAD_PROGRESSING)
		pf_verdict(ctx, PF_ERROR,
			   "service/%s port %d → no ready endpoint yet: deployment/%s is still rolling out", f->name,
			   port, subject.workload->name);
	else
		pf_verdict(ctx, PF_FAIL, "service/%s port %d → no ready endpoint", f->name, port);
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	struct pf_session *session = pf_probe_session(ctx);
	struct pf_subject subject;
	const struct pf_err *err;
	size_t count;
	if (round == 0)
		pf_services_foresee(session);
	if (round != 1)
		return;
	/* The selector and the template are known by now; the environment is not needed to tell what stands in front.
	 */
	subject.workload = &(struct pf_workload){
		.deployment =
			pf_look_at(session, PF_DEPLOYMENTS, pf_probe_namespace(ctx), pf_arg(ctx, "deployment"))->json};
	const struct pf_frontend *all = pf_frontends(session, subject.workload, NULL, &count, &err);
	if (err == NULL && count > 0)
		pf_foresee(session, slices_path(session, all[0].name));
}

const struct pf_probe pf_probe_frontend = {
	.desc =
		{
			.kind = "frontend",
			.summary =
				"finds the Service in front of a Deployment and tells whether it leads to ready pods",
			.params = (const struct pf_param[]){PF_SUBJECT_PARAMS, {0}},
			.facts = (const struct pf_fact_desc[]){{"frontend.state", PF_TYPE_ENUM, "present none",
								"whether a Service selects the pods"},
							       {"frontend.service", PF_TYPE_STRING, NULL, "its name"},
							       {"frontend.target_port", PF_TYPE_STRING, NULL,
								"number or name"},
							       {"frontend.ready_endpoints", PF_TYPE_INT, NULL,
								"ready, on a port that the pods have"},
							       {0}},
			.permissions = (const struct pf_permission[]){{"", "services", "list",
								       "the Service in front of the application"},
								      {"discovery.k8s.io", "endpointslices", "list",
								       "whether it leads to ready pods"},
								      {0}},
		},
	.run = run,
	.foresee = foresee,
};
