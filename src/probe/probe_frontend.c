/* The Service in front of a Deployment: whether somebody can reach the application by it. */
#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/slices.h"
#include "probe/endpoint.h"
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

/* "app=cart, tier=shop" */
static const char *
labels_text(struct pf_arena *arena, const cJSON *labels)
{
	const char *text = "";
	const cJSON *label;
	if (!cJSON_IsObject(labels))
		return text;
	cJSON_ArrayForEach(label, labels)
	{
		const char *value = pf_json_string(label);
		text = pf_printf(arena, "%s%s%s=%s", text, text[0] != '\0' ? ", " : "", label->string,
				 value != NULL ? value : "");
	}
	return text;
}

/*
 * No Service selects the pods. One of the documented name that is there and leads nowhere is meant to; one that leads
 * to other pods may be somebody's intention.
 */
static void
judge_none(struct pf_probe_context *ctx, const struct pf_workload *workload)
{
	struct pf_session *session = pf_probe_session(ctx);
	struct pf_arena *arena = pf_probe_arena(ctx);
	const char *name = pf_arg(ctx, "service");
	const struct pf_err *err = NULL;
	const cJSON *service = name != NULL ? pf_service_find(session, pf_probe_namespace(ctx), name, &err) : NULL;
	const cJSON *selector = PF_AT(service, "spec", "selector");
	const char *wanted = labels_text(arena, selector);

	pf_leave_string(ctx, "frontend.state", wanted[0] != '\0' ? "astray" : "none", PF_NO_EVIDENCE);
	if (wanted[0] == '\0') {
		pf_verdict(ctx, PF_SKIP, "no Service selects the pods of deployment/%s: nothing to judge",
			   workload->name);
		return;
	}
	pf_leave_string(ctx, "frontend.service", name, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "frontend.selector", wanted,
			(struct pf_evidence){pf_printf(arena, "service/%s", name), "selector", wanted, NULL});
	pf_note(ctx, (struct pf_evidence){
			     pf_printf(arena, "deployment/%s", workload->name), "template labels",
			     labels_text(arena, PF_AT(workload->deployment, "spec", "template", "metadata", "labels")),
			     NULL});
	struct pf_listing slices = pf_look_list(session, slices_path(session, name));
	if (!slices.ok) {
		pf_verdict_error(ctx, slices.err, "discovery.k8s.io", "endpointslices", "list");
		return;
	}
	const cJSON *port = cJSON_GetArrayItem(PF_AT(service, "spec", "ports"), 0);
	int ready = pf_slices_read(slices.items, PF_STRING_AT(port, "name")).ready;
	pf_leave_int(ctx, "frontend.ready_endpoints", ready, PF_NO_EVIDENCE);
	pf_verdict(ctx, ready > 0 ? PF_WARN : PF_FAIL, "service/%s selects %s: %s, none of deployment/%s", name, wanted,
		   ready > 0 ? "other pods" : "no pod that is ready", workload->name);
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
	if (count == 0) {
		judge_none(ctx, subject.workload);
		return;
	}
	pf_leave_string(ctx, "frontend.state", "present", PF_NO_EVIDENCE);

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
			.params = (const struct pf_param[]){PF_SUBJECT_PARAMS,
							    {"service", PF_TYPE_STRING, false, NULL,
							     "the Service that is meant to be it"},
							    {0}},
			.facts = (const struct pf_fact_desc[]){{"frontend.state", PF_TYPE_ENUM, "present astray none",
								"whether a Service selects the pods; astray: the "
								"documented one selects others, or none"},
							       {"frontend.service", PF_TYPE_STRING, NULL, "its name"},
							       {"frontend.selector", PF_TYPE_STRING, NULL,
								"that of a Service which is astray"},
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
