/* Whether an application's data outlives a restart of it: the only probe that changes something, with consent. */
#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/rollout.h"
#include "probe/flag.h"
#include "probe/persist.h"
#include "probe/probes.h"
#include "probe/reach.h"

static const char *
new_customer(struct pf_persist *p)
{
	const char *now = pf_time_format(p->arena, pf_target_wall(p->target), false);
	char *compact = pf_strdup(p->arena, now), *to = compact;
	for (const char *from = now; *from != '\0'; from++) {
		if (*from != '-' && *from != ':')
			*to++ = *from;
	}
	*to = '\0';
	return pf_printf(p->arena, "postflight-%s-%s", compact, pf_target_run_id(p->target));
}

static bool
refuse(struct pf_persist *p)
{
	p->is_refusal = true;
	return false;
}

/* ---- The steps ---- */

static bool
examine(struct pf_persist *p)
{
	const struct pf_workload *w = p->subject.workload;
	if (w->pods_err != NULL) {
		p->err = *w->pods_err;
		return false;
	}
	if (w->state == PF_WORKLOAD_SCALED_TO_ZERO)
		return pf_fail(&p->err, PF_ERR_NOT_FOUND, "deployment/%s is scaled to 0", p->name), refuse(p);
	p->old = pf_persist_serving(p, w);
	if (p->old.count == 0)
		return pf_fail(&p->err, PF_ERR_NOT_FOUND, "no pod of deployment/%s serves", p->name), refuse(p);
	if (w->paused && !p->consent.by_pod)
		return pf_fail(&p->err, PF_ERR_CONFLICT,
			       "deployment/%s is paused, so a rollout would not begin: --restart=pod, or kubectl -n %s "
			       "rollout resume deploy/%s",
			       p->name, pf_session_namespace(p->session), p->name),
		       refuse(p);
	pf_persist_note_scaling(p);
	if (w->state == PF_WORKLOAD_AVAILABLE)
		return true;
	bool rolls = w->state == PF_WORKLOAD_PROGRESSING || w->state == PF_WORKLOAD_STUCK;
	return pf_fail(&p->err, PF_ERR_CONFLICT, "%sdeployment/%s is %s (%s%s%s)", rolls ? "a rollout of " : "",
		       p->name, rolls ? "under way" : "not settled", pf_workload_state_name(w->state),
		       pf_streq(w->reason, "none") ? "" : ": ", pf_streq(w->reason, "none") ? "" : w->reason);
}

static bool
read_baseline(struct pf_persist *p)
{
	const cJSON *items;
	p->step = PF_STEP_BASELINE;
	p->customer = new_customer(p);
	pf_leave_string(p->ctx, "persistence.customer", p->customer, PF_NO_EVIDENCE);
	for (size_t i = 0; i < p->old.count; i++) {
		if (!pf_cart_read(p, &p->old.all[i], &items, &p->err))
			return false;
		if (cJSON_GetArraySize(items) > 0)
			return pf_fail(&p->err, PF_ERR_PROTOCOL, "the cart of a customer just made up is not empty");
	}
	pf_cart_topology(p, &p->old.all[0]);
	if (p->provider != NULL)
		pf_leave_string(p->ctx, "persistence.provider", p->provider,
				(struct pf_evidence){pf_printf(p->arena, "pod/%s", p->old.all[0].name), "GET /topology",
						     p->provider, NULL});
	return true;
}

/* Whether this very restart deletes, or may delete, carts of others. */
static bool
spare_others(struct pf_persist *p)
{
	struct pf_err why = {0};
	const char *unread = "", *number = "number unknown";
	int64_t count = -1;
	bool at_least = false;
	p->step = PF_STEP_OTHERS;
	if (!pf_streq(p->provider, "in-memory")) {
		const char *recreates = pf_flag_read(p->ctx, &p->subject, pf_arg(p->ctx, "create_table"), &unread);
		if (!pf_persist_db_count_others(p, &count, &at_least, &why))
			count = -1;
		if (count >= 0)
			pf_leave_int(p->ctx, "persistence.others", count, PF_NO_EVIDENCE);
		if (p->provider != NULL && !pf_streq(recreates, "true") && !pf_streq(recreates, "not-read"))
			return true;
	}
	if (count == 0 || p->consent.allow_data_loss)
		return true;
	if (count > 0)
		number = pf_printf(p->arena, "%s%lld item%s", at_least ? "at least " : "", (long long)count,
				   count == 1 ? "" : "s");
	pf_fail(&p->err, PF_ERR_CONFLICT,
		"the restart deletes carts that are not ours (%s%s%s)%s; --allow-data-loss consents", number,
		why.text[0] != '\0' ? ": " : "", why.text,
		pf_streq(p->provider, "in-memory") ? ", as they are kept in memory"
						   : ", as the table is made anew at each start");
	return refuse(p);
}

static bool
write_item(struct pf_persist *p)
{
	p->step = PF_STEP_WRITE;
	if (pf_target_now(p->target) >= p->consent.end_ms)
		return pf_fail(&p->err, PF_ERR_TIMEOUT, "the run's time was over");
	p->wrote = true;
	p->unanswered = true;
	if (!pf_cart_add(p, &p->old.all[0], &p->err)) {
		p->unanswered = p->err.kind == PF_ERR_INTERRUPTED || p->err.kind == PF_ERR_TIMEOUT ||
				p->err.kind == PF_ERR_UNREACHABLE || p->err.kind == PF_ERR_PROTOCOL;
		return false;
	}
	p->unanswered = false;
	return true;
}

static bool
read_back(struct pf_persist *p)
{
	p->step = PF_STEP_READ_BACK;
	if (!pf_cart_read(p, &p->old.all[0], &p->before, &p->err))
		return false;
	pf_note(p->ctx, pf_persist_read_evidence(p, p->old.all[0].name, p->before));
	if (cJSON_GetArraySize(p->before) == 0)
		return pf_fail(&p->err, PF_ERR_SERVER,
			       "the item that pod/%s took is not in the cart even before a restart",
			       p->old.all[0].name);
	if (!pf_streq(p->provider, "in-memory"))
		p->db_before = pf_persist_db_look(p, NULL);
	return true;
}

/* Each new pod, and with several each a second time: one that answers from what it keeps itself is found out. */
static bool
read_again(struct pf_persist *p, const char **different)
{
	unsigned rounds = p->fresh.count > 1 ? 2 : 1;
	p->step = PF_STEP_READ_AGAIN;
	for (unsigned round = 0; round < rounds; round++) {
		for (size_t i = 0; i < p->fresh.count; i++) {
			const cJSON *items;
			if (!pf_cart_read(p, &p->fresh.all[i], &items, &p->err))
				return false;
			if (round == 0)
				pf_note(p->ctx, pf_persist_read_evidence(p, p->fresh.all[i].name, items));
			if (*different == NULL && !cJSON_Compare(p->before, items, true)) {
				*different = p->fresh.all[i].name;
				p->after = items;
			}
		}
	}
	if (*different != NULL && !pf_streq(p->provider, "in-memory")) {
		pf_session_forget(p->session);
		p->db_after = pf_persist_db_look(p, p->db_before.region);
	}
	/* Whoever took over meanwhile may have deleted it. */
	if (*different == NULL)
		return true;
	const cJSON *begun = p->deployment;
	if (!pf_persist_reread(p, &p->err))
		return false;
	if (!pf_persist_is_holder(p) || !pf_rollout_same(begun, p->deployment))
		return pf_fail(&p->err, PF_ERR_CONFLICT, "somebody else changed deployment/%s meanwhile", p->name);
	return true;
}

static bool
test(struct pf_persist *p, const char **different)
{
	return examine(p) && read_baseline(p) && spare_others(p) && (p->step = PF_STEP_LOCK, pf_persist_lock(p)) &&
	       write_item(p) && read_back(p) && pf_persist_restart(p) && read_again(p, different);
}

static void
run(struct pf_probe_context *ctx)
{
	struct pf_persist p;
	struct pf_err left = {0};
	const char *different = NULL;
	if (!pf_persist_begin(ctx, &p))
		return;
	bool tested = test(&p, &different), begun = p.locked || p.wrote;
	pf_leave_string(ctx, "persistence.step", pf_persist_step_name(tested ? PF_STEP_DONE : p.step), PF_NO_EVIDENCE);
	bool undone = !begun || pf_persist_undo(&p, &left);
	if (tested)
		pf_persist_judge(&p, different);
	else
		pf_persist_explain(&p);
	pf_leave_bool(ctx, "persistence.left_behind", !undone, PF_NO_EVIDENCE);
	if (!undone)
		pf_verdict(
			ctx, p.verdict == PF_FAIL ? PF_FAIL : PF_ERROR,
			"%s; the cart of %s or the note of the test on deployment/%s is left behind (%s): postflight "
			"cleanup -n %s",
			p.message, p.customer, p.name, left.text, pf_probe_namespace(ctx));
	else
		pf_verdict(ctx, p.verdict, "%s%s", p.message,
			   p.unanswered       ? "; the cart never said whether it took our item, and none was seen"
			   : !tested && begun ? "; what was begun is undone"
					      : "");
}

/* What another run left, from wherever that was. */
static void
undo(struct pf_probe_context *ctx)
{
	struct pf_persist p;
	struct pf_persist_note note;
	struct pf_err err = {0};
	if (!pf_persist_begin(ctx, &p))
		return;
	if (!pf_persist_note_read(p.arena, p.deployment, &note)) {
		pf_verdict(ctx, PF_PASS, "nothing was left on deployment/%s", p.name);
		return;
	}
	if (!pf_persist_take_over(&p, &note, &err))
		pf_verdict(ctx, PF_ERROR, "%s", err.text);
	else
		pf_verdict(ctx, PF_PASS, "removed from deployment/%s: the note of run %s%s%s", p.name,
			   note.run != NULL ? note.run : "unknown", note.customer != NULL ? " and the cart of " : "",
			   note.customer != NULL ? note.customer : "");
}

static const struct pf_param params[] = {
	PF_BACKEND_PARAMS,
	{"provider", PF_TYPE_STRING, true, NULL, "the client's variable that names where it keeps its data"},
	{"create_table", PF_TYPE_STRING, true, NULL, "the client's variable that makes it make its table anew"},
	{"table_variable", PF_TYPE_STRING, true, NULL, "the client's variable of the table's name"},
	{"table", PF_TYPE_STRING, true, NULL, "the table's name where that is not set"},
	{"index", PF_TYPE_STRING, true, NULL, "the table's index over customers"},
	{"key_id", PF_TYPE_STRING, true, NULL, "the client's variable of the access key id"},
	{"region", PF_TYPE_STRING, true, NULL, "the client's variable of the region"},
	{"port_variable", PF_TYPE_STRING, true, NULL, "the client's variable of the port it listens on"},
	{"default_port", PF_TYPE_INT, true, NULL, "that port when the variable is not set"},
	{0},
};

static const struct pf_fact_desc facts[] = {
	{"persistence.outcome", PF_TYPE_ENUM, "kept lost changed", "what the reads after the restart said"},
	{"persistence.loss", PF_TYPE_ENUM,
	 "in-memory several-in-memory table-recreated table-vanished db-restarted db-partition unknown",
	 "how what was written came to be gone"},
	{"persistence.step", PF_TYPE_ENUM,
	 "precondition baseline others lock write read-back restart wait read-again undo done",
	 "where the test stopped"},
	{"persistence.customer", PF_TYPE_STRING, NULL, "whose cart the test made"},
	{"persistence.provider", PF_TYPE_STRING, NULL, "where the running application says that it keeps its data"},
	{"persistence.others", PF_TYPE_INT, NULL, "items in carts that are not the test's, before the restart"},
	{"persistence.left_behind", PF_TYPE_BOOL, NULL, "something of the test could not be removed"},
	{0},
};

static const struct pf_permission permissions[] = {
	{"apps", "deployments", "get patch", "the restart, and the note of it while it is under way"},
	{"", "pods", "list watch delete", "the wait for new pods; delete for --restart=pod only"},
	{"", "pods/portforward", "get create", "adding a cart and reading it back"},
	{"autoscaling", "horizontalpodautoscalers", "list", "to say that one scales the Deployment (optional)"},
	{0},
};

const struct pf_probe pf_probe_persistence = {
	.desc =
		{
			.kind = "persistence",
			.summary = "adds a cart, restarts the Deployment and reads the cart back",
			.params = params,
			.facts = facts,
			.permissions = permissions,
			.disruptive = true,
		},
	.run = run,
	.undo = undo,
};
