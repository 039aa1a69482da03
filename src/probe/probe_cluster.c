/* Whether the API server answers and takes us for somebody. */
#include <postflight/json.h>
#include <postflight/str.h>

#include "probe/access.h"
#include "probe/probes.h"
#include "probe/session.h"

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	if (round == 0)
		pf_foresee(pf_probe_session(ctx), pf_path_get(pf_probe_arena(ctx), PF_DEPLOYMENTS,
							      pf_probe_namespace(ctx), pf_arg(ctx, "deployment")));
}

static void
run(struct pf_probe_context *ctx)
{
	struct pf_session *session = pf_probe_session(ctx);
	const struct pf_answer *answer =
		pf_look_at(session, PF_DEPLOYMENTS, pf_probe_namespace(ctx), pf_arg(ctx, "deployment"));
	bool answered = answer->ok || answer->err.kind == PF_ERR_FORBIDDEN || answer->err.kind == PF_ERR_NOT_FOUND;

	pf_leave_bool(ctx, "cluster.reachable", answered, PF_NO_EVIDENCE);
	if (!answered) {
		pf_verdict(ctx, PF_ERROR, "%s", answer->err.text);
		return;
	}
	if (!pf_session_was_denied(session)) {
		pf_leave_bool(ctx, "cluster.denied", false, PF_NO_EVIDENCE);
		pf_verdict(ctx, PF_PASS, "the API server answers");
		return;
	}

	struct pf_access access = pf_access_review(ctx);
	pf_leave_bool(ctx, "cluster.denied", true, PF_NO_EVIDENCE);
	if (!access.known) {
		pf_verdict(ctx, PF_PASS, "the API server answers; some of what this plan reads is forbidden here");
		return;
	}
	pf_leave_list(ctx, "cluster.missing_rights", access.missing, access.missing_count, PF_NO_EVIDENCE);
	pf_verdict(ctx, PF_PASS, "the API server answers; this identity lacks: %s", access.text);
}

const struct pf_probe pf_probe_cluster = {
	.desc =
		{
			.kind = "cluster",
			.summary = "asks the API server and tells whether it answers and accepts the credentials",
			.params = (const struct pf_param[]){{"deployment", PF_TYPE_STRING, true, NULL,
							     "a Deployment of the plan: the first question"},
							    {0}},
			.facts =
				(const struct pf_fact_desc[]){
					{"cluster.reachable", PF_TYPE_BOOL, NULL, "the API server answered"},
					{"cluster.denied", PF_TYPE_BOOL, NULL, "something was forbidden"},
					{"cluster.missing_rights", PF_TYPE_LIST, NULL,
					 "rights of the plan that this identity lacks, by its own rules review"},
					{0}},
		},
	.run = run,
	.foresee = foresee,
};
