/* What the persistence test is about: the application's Deployment, and what its environment says of it. */
#include <stdlib.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "probe/env_port.h"
#include "probe/persist.h"

#define FORCED_REGION "us-west-2" /* whatever AWS_REGION says, as soon as an endpoint is set */

static const char *
env_text(struct pf_persist *p, const char *param)
{
	const struct pf_env_var *var = pf_env_get(p->subject.env, pf_arg(p->ctx, param));
	return var != NULL && var->value != NULL && var->value[0] != '\0' ? var->value : NULL;
}

static const char *
env_plain(struct pf_persist *p, const char *param)
{
	const struct pf_env_var *var = pf_env_get(p->subject.env, pf_arg(p->ctx, param));
	const char *plain = var != NULL ? pf_env_plain(p->arena, var) : NULL;
	return plain != NULL && plain[0] != '\0' ? plain : NULL;
}

static int
own_port(struct pf_persist *p)
{
	const char *text = env_plain(p, "port_variable");
	int port;
	return text != NULL && pf_read_port(text, &port) ? port : (int)pf_arg_int(p->ctx, "default_port", 0);
}

static const char *const *
regions(struct pf_persist *p)
{
	const char **out = pf_alloc_array(p->arena, 3, sizeof(*out)), *own = env_plain(p, "region");
	size_t count = 0;
	if (env_text(p, "variable") != NULL || own == NULL)
		out[count++] = FORCED_REGION;
	if (own != NULL && !pf_streq(own, FORCED_REGION))
		out[count++] = own;
	return out;
}

bool
pf_persist_begin(struct pf_probe_context *ctx, struct pf_persist *p)
{
	struct pf_session *session = pf_probe_session(ctx);
	*p = (struct pf_persist){
		.ctx = ctx,
		.session = session,
		.target = pf_session_target(session),
		.arena = pf_probe_arena(ctx),
		.consent = pf_session_consent(session),
		.deadline = pf_probe_deadline(ctx),
		.name = pf_arg(ctx, "client"),
		.run = pf_target_run_id(pf_session_target(session)),
	};
	/* What was seen at the run's beginning may be minutes old. */
	pf_session_forget(session);
	p->path = pf_path_get(p->arena, PF_DEPLOYMENTS, pf_session_namespace(session), p->name);
	if (!pf_subject_find(session, p->name, pf_arg(ctx, "container"), pf_arg_list(ctx, "prefixes"), &p->subject)) {
		if (p->subject.workload->state == PF_WORKLOAD_UNREADABLE)
			pf_verdict_error(ctx, p->subject.workload->err, "apps", "deployments", "get");
		else
			pf_verdict(ctx, PF_SKIP, "not run: deployment/%s has no such container or does not exist",
				   p->name);
		return false;
	}
	p->deployment = p->subject.workload->deployment;
	p->port = own_port(p);
	p->provider = env_plain(p, "provider");
	p->table = env_plain(p, "table_variable");
	if (p->table == NULL)
		p->table = pf_arg(ctx, "table");
	p->key_id = env_text(p, "key_id");
	p->regions = regions(p);
	return true;
}

/* Who else decides on pods. It does not stand in the way: pods are told apart by uid, whoever made them. */
void
pf_persist_note_scaling(struct pf_persist *p)
{
	struct pf_ask ask = {
		.method = "GET",
		.path = pf_printf(p->arena, "/apis/autoscaling/v2/namespaces/%s/horizontalpodautoscalers?limit=500",
				  pf_url_encode(p->arena, pf_session_namespace(p->session))),
	};
	const char *strategy = PF_STRING_AT(p->deployment, "spec", "strategy", "type");
	struct pf_answer answer = pf_persist_ask(p, &ask);
	const cJSON *item;
	if (pf_streq(strategy, "Recreate"))
		pf_note(p->ctx, (struct pf_evidence){pf_printf(p->arena, "deployment/%s", p->name), "strategy",
						     strategy, "nothing serves between the old pods and the new ones"});
	cJSON_ArrayForEach(item, PF_AT(answer.json, "items"))
	{
		const char *name = PF_STRING_AT(item, "metadata", "name");
		if (name == NULL || !pf_streq(PF_STRING_AT(item, "spec", "scaleTargetRef", "kind"), "Deployment") ||
		    !pf_streq(PF_STRING_AT(item, "spec", "scaleTargetRef", "name"), p->name))
			continue;
		pf_note(p->ctx,
			(struct pf_evidence){pf_printf(p->arena, "horizontalpodautoscaler/%s", name), "replicas",
					     pf_printf(p->arena, "%lld to %lld",
						       (long long)PF_INT_AT(item, 1, "spec", "minReplicas"),
						       (long long)PF_INT_AT(item, 0, "spec", "maxReplicas")),
					     "it may add or remove pods during the test"});
	}
}
