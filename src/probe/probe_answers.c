/* What answers on the database's port: asked without a signature, which DynamoDB tells in words of its own. */
#include <postflight/str.h>

#include "probe/answers.h"
#include "probe/probes.h"

static struct pf_evidence
seen(struct pf_arena *arena, const struct pf_process_at *at, const char *identity, const struct pf_answer *answer)
{
	return (struct pf_evidence){pf_printf(arena, "pod/%s", at->pod), pf_printf(arena, "port %d", at->port),
				    pf_answers_in_words(arena, identity, answer), NULL};
}

/* The Service may lead to pods of somebody else: then what they are is what the client meets. "": as it should be. */
static const char *
look_behind(struct pf_probe_context *ctx, const struct pf_backend *backend)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	const struct pf_answer *answer;
	const char *identity;

	if (backend->leads_to == PF_BEHIND_OWN || backend->leads_to == PF_BEHIND_NOTHING)
		pf_leave_string(ctx, "answers.behind_service", backend->leads_to == PF_BEHIND_OWN ? "own" : "none",
				PF_NO_EVIDENCE);
	if (backend->behind.pod == NULL)
		return "";
	identity = pf_answers(pf_probe_session(ctx), &backend->behind, &answer);
	if (identity == NULL)
		return "";
	pf_leave_string(ctx, "answers.behind_service", identity, seen(arena, &backend->behind, identity, answer));
	pf_leave_string(ctx, "answers.service", backend->service, PF_NO_EVIDENCE);
	pf_leave_bool(ctx, "answers.documented", pf_streq(backend->service, pf_arg(ctx, "service")), PF_NO_EVIDENCE);
	pf_leave_string(ctx, "answers.behind", pf_process_text(arena, &backend->behind), PF_NO_EVIDENCE);
	return pf_printf(arena, "; but service/%s leads to %s, which %s", backend->service,
			 pf_process_text(arena, &backend->behind), pf_answers_in_words(arena, identity, answer));
}

/* A JVM on a busy node first refuses, then takes connections that it answers much later. */
static bool
may_be_starting(struct pf_probe_context *ctx, const struct pf_backend *backend, const char *identity)
{
	return (pf_streq(identity, "refused") || pf_streq(identity, "silent")) &&
	       pf_backend_is_young(pf_probe_session(ctx), backend);
}

static void
judge(struct pf_probe_context *ctx, const struct pf_backend *backend, const char *identity,
      const struct pf_answer *answer)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	const char *server = pf_answers_server(arena, answer), *process = pf_process_text(arena, &backend->at);
	const char *behind = look_behind(ctx, backend);

	pf_leave_string(ctx, "answers.identity", identity, seen(arena, &backend->at, identity, answer));
	pf_leave_string(ctx, "answers.pod", backend->at.pod, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "answers.way", pf_reach_way(pf_probe_session(ctx), &backend->at), PF_NO_EVIDENCE);
	pf_leave_int(ctx, "answers.port", backend->at.port, PF_NO_EVIDENCE);
	pf_leave_int(ctx, "answers.ms", answer->elapsed_ms, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "answers.server", server, PF_NO_EVIDENCE);
	if (pf_streq(identity, "dynamodb"))
		pf_verdict(ctx, PF_PASS, "%s answers as DynamoDB%s%s%s%s", process, server != NULL ? " (" : "",
			   server != NULL ? server : "", server != NULL ? ")" : "", behind);
	else
		pf_verdict(ctx, PF_FAIL, "%s %s%s", process, pf_answers_in_words(arena, identity, answer), behind);
}

/*
 * No object tells of a pod: in the cluster the documented Service can still be asked. Who answers there is seen; why
 * nobody does is not, it may be that only we are kept out.
 */
static void
ask_service(struct pf_probe_context *ctx, const struct pf_err *unread)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	const char *service = pf_arg(ctx, "service"), *place;
	struct pf_err err = {0};
	const struct pf_answer *answer = pf_reach_service(
		pf_probe_session(ctx), service, (int)pf_arg_int(ctx, "port", 0), pf_answers_request(), &place, &err);
	const char *identity = answer != NULL ? pf_answers_identity(arena, answer) : NULL, *server;

	if (answer == NULL || answer->reply != PF_REPLY_HTTP || pf_is_of_mesh(arena, answer)) {
		pf_verdict(ctx, PF_ERROR, "%s; from here, %s", unread->text,
			   answer == NULL                   ? err.text
			   : answer->reply == PF_REPLY_HTTP ? "a service mesh answers in its place"
							    : answer->err.text);
		return;
	}
	server = pf_answers_server(arena, answer);
	struct pf_evidence evidence = {pf_printf(arena, "service/%s", service),
				       pf_printf(arena, "port %lld", (long long)pf_arg_int(ctx, "port", 0)),
				       pf_answers_in_words(arena, identity, answer), NULL};
	pf_leave_string(ctx, "answers.way", "service", PF_NO_EVIDENCE);
	pf_leave_int(ctx, "answers.ms", answer->elapsed_ms, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "answers.server", server, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "answers.service", service, PF_NO_EVIDENCE);
	pf_leave_bool(ctx, "answers.documented", true, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "answers.behind", place, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "answers.behind_service", identity, evidence);
	if (pf_streq(identity, "dynamodb"))
		pf_verdict(ctx, PF_PASS, "%s answers as DynamoDB%s%s%s; its objects were not read", place,
			   server != NULL ? " (" : "", server != NULL ? server : "", server != NULL ? ")" : "");
	else
		pf_verdict(ctx, PF_FAIL, "%s %s", place, pf_answers_in_words(arena, identity, answer));
}

/* False when the pods are not known: the verdict is given. */
static bool
may_ask_pod(struct pf_probe_context *ctx, const struct pf_workload *workload)
{
	bool unreadable = workload->state == PF_WORKLOAD_UNREADABLE;
	const struct pf_err *unread = unreadable ? workload->err : workload->pods_err;

	if (unread == NULL)
		return true;
	if (unreadable)
		pf_verdict_error(ctx, unread, "apps", "deployments", "get, list, watch");
	else
		pf_verdict_error(ctx, unread, "", "pods", "get, list, watch");
	if (pf_session_in_cluster(pf_probe_session(ctx)))
		ask_service(ctx, unread);
	return false;
}

static void
run(struct pf_probe_context *ctx)
{
	struct pf_session *session = pf_probe_session(ctx);
	struct pf_backend backend = pf_backend_find(ctx);
	const struct pf_answer *answer;

	if (!may_ask_pod(ctx, backend.workload))
		return;
	if (backend.at.pod == NULL) {
		pf_leave_string(ctx, "answers.identity", "none", PF_NO_EVIDENCE);
		pf_verdict(ctx, PF_SKIP, "%s%s", backend.why, look_behind(ctx, &backend));
		return;
	}

	const char *identity = pf_answers(session, &backend.at, &answer);
	if (identity == NULL)
		pf_reach_error(ctx, &answer->err);
	else if (may_be_starting(ctx, &backend, identity))
		pf_verdict(ctx, PF_ERROR, "%s port %d of pod/%s yet, which has just started",
			   pf_streq(identity, "refused") ? "nothing listens on" : "nothing answers on", backend.at.port,
			   backend.at.pod);
	else
		judge(ctx, &backend, identity, answer);
}

/* Who has no readiness probe is available before it listens. */
static const struct pf_workload *
starting(struct pf_probe_context *ctx)
{
	struct pf_backend backend = pf_backend_find(ctx);
	const struct pf_answer *answer;

	if (backend.at.pod == NULL || backend.workload->state != PF_WORKLOAD_AVAILABLE)
		return NULL;
	const char *identity = pf_answers(pf_probe_session(ctx), &backend.at, &answer);
	return identity != NULL && may_be_starting(ctx, &backend, identity) ? backend.workload : NULL;
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	if (round != 2)
		return;

	struct pf_backend backend = pf_backend_find(ctx);
	if (backend.at.pod != NULL)
		pf_answers_foresee(pf_probe_session(ctx), &backend.at);
	if (backend.behind.pod != NULL)
		pf_answers_foresee(pf_probe_session(ctx), &backend.behind);
}

static const struct pf_param params[] = {PF_BACKEND_PARAMS, {0}};

static const struct pf_fact_desc facts[] = {
	{"answers.identity", PF_TYPE_ENUM, PF_ANSWERS_VALUES,
	 "what answers in the Deployment's own pod; none: none runs"},
	{"answers.pod", PF_TYPE_STRING, NULL, "the pod that was asked; one of several is enough"},
	{"answers.port", PF_TYPE_INT, NULL, "its port"},
	{"answers.way", PF_TYPE_ENUM, PF_WAY_VALUES, PF_WAY_HELP},
	{"answers.server", PF_TYPE_STRING, NULL, "the Server header"},
	{"answers.ms", PF_TYPE_INT, NULL, "how long the answer took, milliseconds"},
	{"answers.service", PF_TYPE_STRING, NULL, "the Service that leads to pods of somebody else"},
	{"answers.documented", PF_TYPE_BOOL, NULL, "that Service has the documented name"},
	{"answers.behind", PF_TYPE_STRING, NULL, "the one of those that was asked"},
	{"answers.behind_service", PF_TYPE_ENUM, PF_ANSWERS_VALUES " own",
	 "what answers there; own: it leads to the Deployment's pods"},
	{0},
};

static const struct pf_permission permissions[] = {
	{"", "pods/portforward", "get create", "whether it is DynamoDB that listens, and whether it answers"},
	{0},
};

const struct pf_probe pf_probe_answers = {
	.desc =
		{
			.kind = "answers",
			.summary = "asks the database's port without a signature and tells whether DynamoDB answers",
			.params = params,
			.facts = facts,
			.permissions = permissions,
		},
	.run = run,
	.foresee = foresee,
	.starting = starting,
};
