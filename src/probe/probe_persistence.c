/* Whether an application's data outlives a restart of it: the only probe that changes something, with consent. */
#include <stdlib.h>

#include <postflight/json.h>
#include <postflight/signals.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/rollout.h"
#include "probe/flag.h"
#include "probe/persist.h"
#include "probe/probes.h"
#include "probe/reach.h"

#define CHANGE_MS (15 * 1000)
#define FORCED_REGION "us-west-2" /* whatever AWS_REGION says, as soon as an endpoint is set */

static const struct {
	const char *name;
	const char *words;
} steps[PF_STEP_COUNT] = {
	[PF_STEP_PRECONDITION] = {"precondition", "looking at what runs"},
	[PF_STEP_BASELINE] = {"baseline", "reading our empty cart"},
	[PF_STEP_OTHERS] = {"others", "counting the carts of others"},
	[PF_STEP_LOCK] = {"lock", "noting the test on the Deployment"},
	[PF_STEP_WRITE] = {"write", "adding our item"},
	[PF_STEP_READ_BACK] = {"read-back", "reading our item back before the restart"},
	[PF_STEP_RESTART] = {"restart", "restarting"},
	[PF_STEP_WAIT] = {"wait", "waiting for the new pods"},
	[PF_STEP_READ_AGAIN] = {"read-again", "reading our item from the new pods"},
	[PF_STEP_UNDO] = {"undo", "deleting our cart"},
	[PF_STEP_DONE] = {"done", "done"},
};

const char *
pf_persist_step_name(enum pf_persist_step step)
{
	return steps[step].name;
}

const char *
pf_persist_step_words(enum pf_persist_step step)
{
	return steps[step].words;
}

struct pf_answer
pf_persist_ask(struct pf_persist *p, const struct pf_ask *ask)
{
	struct pf_answer answer;
	pf_target_ask(p->target, p->arena, ask, &answer, 1, p->deadline);
	return answer;
}

struct pf_answer
pf_persist_change(struct pf_persist *p, const struct pf_ask *ask)
{
	struct pf_answer answer;
	pf_signals_undo_begin();
	pf_target_ask(p->target, p->arena, ask, &answer, 1, pf_deadline_in(CHANGE_MS));
	pf_signals_undo_end();
	return answer;
}

/* ---- What is tested ---- */

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
	long port = text != NULL ? strtol(text, NULL, 10) : 0;
	return port > 0 && port < 65536 ? (int)port : (int)pf_arg_int(p->ctx, "default_port", 0);
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

/* False with the verdict given when there is no Deployment to test. */
static bool
begin(struct pf_probe_context *ctx, struct pf_persist *p)
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
	if (w->state == PF_WORKLOAD_AVAILABLE)
		return true;
	return pf_fail(&p->err, PF_ERR_CONFLICT, "a rollout of deployment/%s is under way (%s%s%s)", p->name,
		       pf_workload_state_name(w->state), pf_streq(w->reason, "none") ? "" : ": ",
		       pf_streq(w->reason, "none") ? "" : w->reason);
}

static bool
read_baseline(struct pf_persist *p)
{
	const cJSON *items;
	p->step = PF_STEP_BASELINE;
	p->customer = new_customer(p);
	pf_leave_string(p->ctx, "persistence.customer", p->customer, PF_NO_EVIDENCE);
	for (size_t i = 0; i < p->old.count; i++) {
		if (!pf_cart_read(p, p->old.all[i].name, &items, &p->err))
			return false;
		if (cJSON_GetArraySize(items) > 0)
			return pf_fail(&p->err, PF_ERR_PROTOCOL, "the cart of a customer just made up is not empty");
	}
	pf_cart_topology(p, p->old.all[0].name);
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
	if (!pf_cart_add(p, p->old.all[0].name, &p->err)) {
		p->unanswered = p->err.kind == PF_ERR_INTERRUPTED || p->err.kind == PF_ERR_TIMEOUT ||
				p->err.kind == PF_ERR_UNREACHABLE || p->err.kind == PF_ERR_PROTOCOL;
		return false;
	}
	p->unanswered = false;
	return true;
}

static struct pf_evidence
read_evidence(struct pf_persist *p, const char *pod, const cJSON *items)
{
	return (struct pf_evidence){pf_printf(p->arena, "pod/%s", pod), pf_printf(p->arena, "cart of %s", p->customer),
				    pf_cart_words(p->arena, items), NULL};
}

static bool
read_back(struct pf_persist *p)
{
	p->step = PF_STEP_READ_BACK;
	if (!pf_cart_read(p, p->old.all[0].name, &p->before, &p->err))
		return false;
	pf_note(p->ctx, read_evidence(p, p->old.all[0].name, p->before));
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
			if (!pf_cart_read(p, p->fresh.all[i].name, &items, &p->err))
				return false;
			if (round == 0)
				pf_note(p->ctx, read_evidence(p, p->fresh.all[i].name, items));
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

/* ---- What is said ---- */

static void
conclude(struct pf_persist *p, enum pf_verdict verdict, const char *message)
{
	p->verdict = verdict;
	p->message = message;
}

static const char *
names_of(struct pf_persist *p, const struct pf_persist_pods *pods)
{
	const char *text = "";
	for (size_t i = 0; i < pods->count; i++)
		text = pf_printf(p->arena, "%s%spod/%s", text, i > 0 ? ", " : "", pods->all[i].name);
	return text;
}

static void
note_table(struct pf_persist *p, const struct pf_persist_db *db, const char *when)
{
	if (!db->known)
		return;
	const char *created = db->exists && db->created_ms != 0 ? pf_time_format(p->arena, db->created_ms, true) : NULL;
	pf_note(p->ctx,
		(struct pf_evidence){
			pf_printf(p->arena, "pod/%s", db->pod),
			pf_printf(p->arena, "table %s, %s the restart", p->table, when),
			!db->exists ? "absent"
				    : pf_printf(p->arena, "created %s, %s", created != NULL ? created : "(not told)",
						db->ours > 0    ? "holds our item"
						: db->ours == 0 ? "does not hold our item"
								: "our item was not looked for"),
			pf_printf(p->arena, "pod uid %s, %lld restarts", db->uid, (long long)db->restarts)});
}

static void
judge(struct pf_persist *p, const char *different)
{
	const char *new = names_of(p, &p->fresh), *old = names_of(p, &p->old);
	note_table(p, &p->db_before, "before");
	note_table(p, &p->db_after, "after");
	if (different == NULL) {
		pf_leave_string(p->ctx, "persistence.outcome", "kept", PF_NO_EVIDENCE);
		conclude(p, PF_PASS, pf_printf(p->arena, "read back from %s (added by %s)", new, old));
		return;
	}
	if (cJSON_GetArraySize(p->after) > 0) {
		pf_leave_string(p->ctx, "persistence.outcome", "changed",
				(struct pf_evidence){pf_printf(p->arena, "pod/%s", different), "cart",
						     pf_json_print(p->arena, p->after, false), NULL});
		conclude(p, PF_FAIL,
			 pf_printf(p->arena, "pod/%s has another cart after the restart than pod/%s before", different,
				   p->old.all[0].name));
		return;
	}
	const char *loss = pf_persist_loss(p);
	pf_leave_string(p->ctx, "persistence.outcome", "lost", read_evidence(p, different, p->after));
	pf_leave_string(p->ctx, "persistence.loss", loss,
			(struct pf_evidence){pf_printf(p->arena, "deployment/%s", p->name), "restart", loss,
					     pf_persist_loss_words(p, loss)});
	conclude(p, PF_FAIL, pf_printf(p->arena, "gone after the restart: %s", pf_persist_loss_words(p, loss)));
}

/* What a 403 at a step is about. */
static const struct {
	const char *group;
	const char *resource;
	const char *verbs;
} rights[] = {
	{"", "pods/portforward", "get, create"},
	{"apps", "deployments", "get, patch"},
	{"", "pods", "list, watch, delete"},
};

static size_t
right_of(const struct pf_persist *p)
{
	if (p->step == PF_STEP_LOCK || p->step == PF_STEP_RESTART)
		return 1;
	return p->step == PF_STEP_WAIT || p->step == PF_STEP_PRECONDITION ? 2 : 0;
}

/* The error or refusal at which it ended. */
static void
explain(struct pf_persist *p)
{
	const char *where = pf_persist_step_words(p->step);
	size_t right = right_of(p);
	note_table(p, &p->db_before, "before");
	if (p->is_refusal)
		conclude(p, PF_SKIP, pf_printf(p->arena, "not run: %s", p->err.text));
	else if (p->err.kind == PF_ERR_INTERRUPTED)
		conclude(p, PF_ERROR, pf_printf(p->arena, "interrupted while %s", where));
	else if (p->err.kind == PF_ERR_FORBIDDEN)
		conclude(p, PF_ERROR,
			 pf_printf(p->arena,
				   "%s: %s; Role rule to add: {apiGroups: [\"%s\"], resources: [%s], verbs: [%s]}",
				   where, p->err.text, rights[right].group, rights[right].resource,
				   rights[right].verbs));
	else
		conclude(p, PF_ERROR, pf_printf(p->arena, "%s: %s", where, p->err.text));
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
	if (!begin(ctx, &p))
		return;
	bool tested = test(&p, &different), begun = p.locked || p.wrote;
	pf_leave_string(ctx, "persistence.step", pf_persist_step_name(tested ? PF_STEP_DONE : p.step), PF_NO_EVIDENCE);
	bool undone = !begun || pf_persist_undo(&p, &left);
	if (tested)
		judge(&p, different);
	else
		explain(&p);
	pf_leave_bool(ctx, "persistence.left_behind", !undone, PF_NO_EVIDENCE);
	if (!undone)
		pf_verdict(
			ctx, p.verdict == PF_PASS ? PF_WARN : p.verdict,
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
	if (!begin(ctx, &p))
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
