/* What the persistence test says: where it was, what it saw, and what follows. */
#include <postflight/json.h>
#include <postflight/str.h>

#include "probe/persist.h"

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

struct pf_evidence
pf_persist_read_evidence(struct pf_persist *p, const char *pod, const cJSON *items)
{
	return (struct pf_evidence){pf_printf(p->arena, "pod/%s", pod), pf_printf(p->arena, "cart of %s", p->customer),
				    pf_cart_words(p->arena, items), NULL};
}

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

void
pf_persist_judge(struct pf_persist *p, const char *different)
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
	pf_leave_string(p->ctx, "persistence.outcome", "lost", pf_persist_read_evidence(p, different, p->after));
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

void
pf_persist_explain(struct pf_persist *p)
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
