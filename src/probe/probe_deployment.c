/* A Deployment and the real state of its newest pods. */
#include <stdio.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/managed_by.h"
#include "probe/candidates.h"
#include "probe/endpoint.h"
#include "probe/probes.h"
#include "probe/workload.h"

/*
 * Where the Deployment is looked for: here, or in the namespace that the client's endpoint names. *HIDDEN says why that
 * one's Service could not be read: then what is not here may well be there.
 */
static const char *
home_of(struct pf_probe_context *ctx, bool *elsewhere, const struct pf_err **hidden)
{
	const char *client = pf_arg(ctx, "client"), *variable = pf_arg(ctx, "variable");
	const char *here = pf_probe_namespace(ctx);
	*elsewhere = false;
	*hidden = NULL;
	if (client == NULL || variable == NULL)
		return here;
	struct pf_endpoint endpoint =
		pf_endpoint_read(pf_probe_session(ctx), client, NULL, pf_arg_list(ctx, "client_prefixes"), variable);
	if (endpoint.state != PF_ENDPOINT_PARSED || endpoint.host.kind != PF_HOST_SERVICE ||
	    pf_streq(endpoint.host.namespace_, here))
		return here;
	*hidden = endpoint.service_err;
	if (endpoint.service == NULL)
		return here;
	*elsewhere = true;
	return endpoint.host.namespace_;
}

static struct pf_evidence
seen(struct pf_probe_context *ctx, const struct pf_workload *w, const char *path, const char *value, const char *line)
{
	return (struct pf_evidence){pf_printf(pf_probe_arena(ctx), "deployment/%s", w->name), path, value, line};
}

static struct pf_evidence
seen_pod(struct pf_probe_context *ctx, const struct pf_workload *w)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	const struct pf_pod *pod = w->pod;
	if (pod == NULL)
		return seen(ctx, w, "status", NULL, w->message[0] != '\0' ? w->message : NULL);
	if (pf_streq(w->reason, "evicted") && w->evicted != NULL)
		return (struct pf_evidence){pf_printf(arena, "pod/%s", w->evicted->name), "status.reason", "Evicted",
					    w->message};
	struct pf_evidence out = {.source = pf_printf(arena, "pod/%s", pod->name)};
	if (pod->container[0] != '\0')
		out.path = pf_printf(arena, "container %s", pod->container);
	if (w->message[0] != '\0')
		out.line = w->message;
	if (pod->ended)
		out.value = pf_printf(arena, "%s, exit code %d, %d restart%s", pod->end_reason, pod->exit_code,
				      pod->restarts, pod->restarts == 1 ? "" : "s");
	else
		out.value = w->reason;
	return out;
}

/* The image of the container that the pod's state is about; NULL when it is about none. */
static const char *
failing_image(const struct pf_pod *pod)
{
	static const char *const lists[] = {"containers", "initContainers"};
	const cJSON *container;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		cJSON_ArrayForEach(container, PF_AT(pod->object, "spec", lists[i]))
		{
			if (pf_streq(PF_STRING_AT(container, "name"), pod->container))
				return PF_STRING_AT(container, "image");
		}
	}
	return NULL;
}

static void
leave_pod(struct pf_probe_context *ctx, const struct pf_workload *w)
{
	const struct pf_pod *pod = w->pod;
	pf_leave_string(ctx, "deployment.reason", w->reason, seen_pod(ctx, w));
	if (w->message[0] != '\0')
		pf_leave_string(ctx, "deployment.message", w->message, PF_NO_EVIDENCE);
	if (pod == NULL)
		return;
	if (pf_streq(w->reason, "evicted") && w->evicted != NULL)
		pf_leave_string(ctx, "deployment.evicted_for", pf_pod_passed_its_limit(w->evicted) ? "limit" : "node",
				PF_NO_EVIDENCE);
	pf_leave_string(ctx, "deployment.pod", pod->name, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "deployment.failing_container", pod->container, PF_NO_EVIDENCE);
	if (failing_image(pod) != NULL && !pf_streq(w->reason, "none"))
		pf_leave_string(ctx, "deployment.failing_image", failing_image(pod), PF_NO_EVIDENCE);
	pf_leave_int(ctx, "deployment.restarts", pod->restarts, PF_NO_EVIDENCE);
	if (pod->ended)
		pf_leave_int(ctx, "deployment.exit_code", pod->exit_code, PF_NO_EVIDENCE);
}

/* "crashes (Error, exit code 1, 3 restarts)": what is wrong with the newest pods, for people. */
static const char *
trouble(struct pf_probe_context *ctx, const struct pf_workload *w)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	static const struct {
		const char *reason;
		const char *words;
	} table[] = {
		{"proving", "ready again after a crash, not yet for as long as it took to crash"},
		{"not-ready", "runs, but its readiness probe does not pass"},
		{"image", "its image cannot be had"},
		{"config-reference", "a Secret, ConfigMap or key it refers to does not exist"},
		{"run-as-non-root", "its image's user is refused by runAsNonRoot"},
		{"create-error", "its container cannot be started"},
		{"unschedulable", "no node takes its pod"},
		{"evicted", "its pod was evicted"},
		{"pod-failed", "its pod failed"},
		{"outdated", "its rollout is paused, and its pods are of before the last change"},
		{"quota", "a quota allows no more pods"},
		{"admission", "its pods are refused at admission"},
		{"liveness", "its liveness probe kills it"},
		{"no-pods", "no pod has been made"},
		{"starting", "its newest pod is starting"},
		{"terminating", "its newest pod is going away"},
	};
	const char *words = w->reason;
	const struct pf_pod *pod = w->pod;
	if (pod != NULL && pf_word_in("crash oom completed", w->reason)) {
		const char *what = pf_streq(w->reason, "oom") ? "is killed for memory" : "crashes";
		return pf_printf(arena, "container %s %s (%s, exit code %d, %d restart%s)", pod->container, what,
				 pod->end_reason, pod->exit_code, pod->restarts, pod->restarts == 1 ? "" : "s");
	}
	if (pod != NULL && pod->init && pf_streq(w->reason, "starting"))
		return pf_printf(arena,
				 "its init container %s has not done its work; what it waits for: kubectl -n %s logs "
				 "deploy/%s -c %s",
				 pod->container, w->namespace_, w->name, pod->container);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (pf_streq(w->reason, table[i].reason))
			words = table[i].words;
	}
	return w->message[0] != '\0' ? pf_printf(arena, "%s: %s", words, w->message) : words;
}

static const char *
image_of(const struct pf_workload *w)
{
	const char *image = PF_STRING_AT(
		cJSON_GetArrayItem(PF_AT(w->deployment, "spec", "template", "spec", "containers"), 0), "image");
	return image != NULL ? image : "";
}

static void
judge(struct pf_probe_context *ctx, const struct pf_workload *w, bool elsewhere)
{
	switch (w->state) {
	case PF_WORKLOAD_AVAILABLE:
		if (elsewhere)
			pf_verdict(ctx, PF_WARN, "%d/%d available, in namespace %s, which the endpoint names",
				   w->available, w->desired, w->namespace_);
		else
			pf_verdict(ctx, PF_PASS, "%d/%d available, %s", w->available, w->desired, image_of(w));
		return;
	case PF_WORKLOAD_SCALED_TO_ZERO:
		pf_verdict(ctx, PF_FAIL, "scaled to 0 replicas");
		return;
	case PF_WORKLOAD_PAUSED:
		pf_verdict(ctx, PF_FAIL, "paused before its first rollout: no pod is made");
		return;
	case PF_WORKLOAD_PROGRESSING:
		pf_verdict(ctx, PF_ERROR,
			   pf_streq(w->reason, "proving") ? "%s; give it time with --wait 3m"
							  : "still rolling out (%s); give it time with --wait 3m",
			   trouble(ctx, w));
		return;
	case PF_WORKLOAD_STUCK:
		pf_verdict(ctx, PF_FAIL, "the newest revision does not come up, an older one serves: %s",
			   trouble(ctx, w));
		return;
	default:
		pf_verdict(ctx, PF_FAIL, "%d/%d available: %s", w->available, w->desired, trouble(ctx, w));
	}
}

/* Nothing is found in a namespace that is not there: a name mistyped, or one on its way out. NULL: as it should be. */
static const char *
namespace_trouble(struct pf_probe_context *ctx, const struct pf_workload *w)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	const struct pf_answer *answer =
		pf_look(pf_probe_session(ctx), pf_printf(arena, "/api/v1/namespaces/%s", w->namespace_));
	const char *phase = answer->ok ? PF_STRING_AT(answer->json, "status", "phase") : NULL;
	const char *state = !answer->ok && answer->err.kind == PF_ERR_NOT_FOUND ? "absent"
			    : pf_streq(phase, "Terminating")                    ? "terminating"
										: NULL;

	if (state == NULL)
		return NULL;
	pf_leave_string(ctx, "deployment.namespace_state", state,
			(struct pf_evidence){pf_printf(arena, "namespace/%s", w->namespace_), "status.phase",
					     pf_streq(state, "absent") ? "(no such namespace)" : phase, NULL});
	return pf_printf(arena,
			 pf_streq(state, "absent") ? "there is no namespace %s" : "namespace %s is being deleted",
			 w->namespace_);
}

static void
absent(struct pf_probe_context *ctx, const struct pf_workload *w)
{
	struct pf_candidates found = pf_candidates_find(ctx, pf_arg_list(ctx, "prefixes"), pf_arg_list(ctx, "images"));
	const char *purpose = pf_arg(ctx, "purpose");
	pf_leave_list(ctx, "deployment.candidates", found.names, found.count, PF_NO_EVIDENCE);
	if (found.count == 0) {
		const char *why = namespace_trouble(ctx, w);
		if (why != NULL)
			pf_verdict(ctx, PF_FAIL, "there is no deployment/%s: %s", w->name, why);
		else
			pf_verdict(ctx, PF_FAIL, "there is no deployment/%s in namespace %s", w->name, w->namespace_);
		return;
	}
	pf_leave_string(ctx, "deployment.candidate", found.names[0],
			(struct pf_evidence){pf_printf(pf_probe_arena(ctx), "deployment/%s", found.names[0]), found.why,
					     NULL, NULL});
	pf_verdict(ctx, PF_FAIL, "there is no deployment/%s in namespace %s, but deployment/%s: --set %s=%s", w->name,
		   w->namespace_, found.names[0], purpose != NULL ? purpose : "deployment", found.names[0]);
}

static void
run(struct pf_probe_context *ctx)
{
	bool elsewhere;
	const struct pf_err *hidden;
	struct pf_session *session = pf_probe_session(ctx);
	const char *name = pf_arg(ctx, "deployment"), *home = home_of(ctx, &elsewhere, &hidden);
	const struct pf_workload *w = pf_workload(session, home, name);

	if (w->state == PF_WORKLOAD_UNREADABLE) {
		pf_verdict_error(ctx, w->err, "apps", "deployments", "get, list, watch");
		return;
	}
	if (w->pods_err != NULL) {
		pf_verdict_error(ctx, w->pods_err, "", "pods", "get, list, watch");
		return;
	}
	if (w->deployment == NULL && hidden != NULL) {
		pf_verdict_error(ctx, hidden, "", "services", "get, list");
		return;
	}
	pf_leave_string(
		ctx, "deployment.state", pf_workload_state_name(w->state),
		w->deployment == NULL
			? (struct pf_evidence){pf_printf(pf_probe_arena(ctx), "namespace/%s", w->namespace_), NULL,
					       NULL, pf_printf(pf_probe_arena(ctx), "no deployment/%s", name)}
			: seen(ctx, w, "spec.replicas",
			       pf_printf(pf_probe_arena(ctx), "%d, %d available", w->desired, w->available), NULL));
	pf_leave_string(ctx, "deployment.namespace", home, PF_NO_EVIDENCE);
	if (w->deployment == NULL) {
		absent(ctx, w);
		return;
	}
	pf_leave_int(ctx, "deployment.replicas", w->desired, PF_NO_EVIDENCE);
	pf_leave_int(ctx, "deployment.available", w->available, PF_NO_EVIDENCE);
	pf_leave_bool(ctx, "deployment.serving", w->serving != NULL, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "deployment.image", image_of(w), PF_NO_EVIDENCE);
	bool down = w->state == PF_WORKLOAD_UNAVAILABLE || w->state == PF_WORKLOAD_STUCK;
	if (w->paused)
		pf_leave_bool(ctx, "deployment.held", down, seen(ctx, w, "spec.paused", "true", NULL));
	const char *manager = pf_managed_by(pf_probe_arena(ctx), w->deployment);
	if (manager != NULL)
		pf_leave_string(ctx, "deployment.managed_by", manager, seen(ctx, w, "managed by", manager, NULL));
	leave_pod(ctx, w);
	judge(ctx, w, elsewhere);
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	struct pf_session *session = pf_probe_session(ctx);
	const char *name = pf_arg(ctx, "deployment");
	if (round == 0)
		pf_foresee(session, pf_path_get(pf_probe_arena(ctx), PF_DEPLOYMENTS, pf_probe_namespace(ctx), name));
	else if (round == 1)
		pf_workload_foresee(session, name);
}

const struct pf_probe pf_probe_deployment =
	{
		.desc =
			{
				.kind = "deployment",
				.summary =
					"looks at a Deployment, its newest ReplicaSet and the real state of its pods",
				.params =
					(const struct pf_param[]){
						{"deployment", PF_TYPE_STRING, true, NULL, "its name"},
						{"purpose", PF_TYPE_STRING, false, NULL,
						 "the plan variable that names it, for advice"},
						{"prefixes", PF_TYPE_LIST, false, NULL,
						 "another Deployment is a candidate when a variable of it starts with "
						 "one of these"},
						{"images", PF_TYPE_LIST, false, NULL,
						 "… or its image has one of these in its name"},
						{"client", PF_TYPE_STRING, false, NULL,
						 "the Deployment whose endpoint may name another namespace"},
						{"client_prefixes", PF_TYPE_LIST, false, NULL,
						 "the client's container is known by variables that start with one of "
						 "these"},
						{"variable", PF_TYPE_STRING, false, NULL,
						 "the client's variable that holds its endpoint"},
						{0}},
				.facts =
					(const struct pf_fact_desc[]){
						{"deployment.held", PF_TYPE_BOOL, NULL,
						 "it is paused while its pods are in trouble: no change reaches them"},
						{"deployment.state", PF_TYPE_ENUM,
						 "absent scaled-to-zero paused available progressing stuck unavailable",
						 "stuck: an older revision serves while the newest does not come up"},
						{"deployment.reason", PF_TYPE_ENUM,
						 "none starting proving not-ready crash oom completed image "
						 "config-reference "
						 "run-as-non-root create-error unschedulable evicted pod-failed "
						 "terminating quota "
						 "admission liveness no-pods outdated",
						 "why the newest pods are not available"},
						{"deployment.message", PF_TYPE_STRING, NULL,
						 "the kubelet's, scheduler's or admission's words"},
						{"deployment.namespace_state", PF_TYPE_ENUM, "absent terminating",
						 "what is wrong with the namespace where nothing was found"},
						{"deployment.namespace", PF_TYPE_STRING, NULL,
						 "where it was looked for"},
						{"deployment.replicas", PF_TYPE_INT, NULL, "wanted"},
						{"deployment.available", PF_TYPE_INT, NULL, "available"},
						{"deployment.serving", PF_TYPE_BOOL, NULL,
						 "a pod of any revision is ready"},
						{"deployment.image", PF_TYPE_STRING, NULL, "of its first container"},
						{"deployment.pod", PF_TYPE_STRING, NULL,
						 "the pod that reason is about"},
						{"deployment.failing_container", PF_TYPE_STRING, NULL,
						 "the container that reason is about"},
						{"deployment.failing_image", PF_TYPE_STRING, NULL, "of that container"},
						{"deployment.restarts", PF_TYPE_INT, NULL, "of that container"},
						{"deployment.exit_code", PF_TYPE_INT, NULL, "of its latest end"},
						{"deployment.evicted_for", PF_TYPE_ENUM, "limit node",
						 "it passed a limit of its own, or the node was short of something"},
						{"deployment.managed_by", PF_TYPE_STRING, NULL,
						 "who else writes it: Helm, Argo CD, Flux, and the source's name"},
						{"deployment.candidate", PF_TYPE_STRING, NULL,
						 "a Deployment that may be meant"},
						{"deployment.candidates", PF_TYPE_LIST, NULL, "all of those"},
						{0}},
				.permissions =
					(const struct pf_permission[]){
						{"apps", "deployments", "get list watch",
						 "the Deployment itself, and --wait"},
						{"apps", "replicasets",
						 "list", "which pods are of the newest revision"},
						{"", "pods", "list watch", "the pods' state, and --wait"},
						{"", "events", "list", "liveness kills and failed mounts"},
						{0}},
			},
		.run = run,
		.foresee = foresee,
};
