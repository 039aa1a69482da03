/*
 * Undoing: our cart is deleted and the note removed, in that order, so that what could not be deleted is still noted.
 */
#include <poll.h>

#include <postflight/json.h>
#include <postflight/signals.h>
#include <postflight/str.h>

#include "probe/persist.h"

#define UNDO_MS (20 * 1000)
#define PAUSE_MS 500
#define LATECOMER_MS (10 * 1000)

/* One pod: asked to delete, and asked whether it has. */
static bool
remove_from(struct pf_persist *p, const struct pf_persist_pod *pod, struct pf_err *err)
{
	const cJSON *items;
	if (!pf_cart_read(p, pod, &items, err))
		return false;
	if (cJSON_GetArraySize(items) == 0)
		return true;
	if (!pf_cart_delete(p, pod, err) || !pf_cart_read(p, pod, &items, err))
		return false;
	return cJSON_GetArraySize(items) == 0 ||
	       pf_fail(err, PF_ERR_SERVER, "pod/%s still has the cart of %s after it was deleted", pod->name,
		       p->customer);
}

/* An item whose arrival nobody confirmed may arrive yet: an empty cart is not believed at once. */
static void
await_latecomer(struct pf_persist *p, int64_t end_ms)
{
	const cJSON *items;
	struct pf_err err;
	while (p->unanswered && pf_target_now(p->target) < end_ms) {
		if (pf_cart_read(p, &p->old.all[0], &items, &err) && cJSON_GetArraySize(items) > 0)
			p->unanswered = false;
		else
			(void)poll(NULL, 0, PAUSE_MS);
	}
}

/* With carts in memory each pod has its own. */
static bool
remove_by_carts(struct pf_persist *p, struct pf_err *err)
{
	pf_session_forget(p->session);
	const struct pf_workload *w = pf_workload(p->session, pf_session_namespace(p->session), p->name);
	if (w->deployment == NULL || w->pods_err != NULL) {
		*err = w->deployment == NULL ? *w->err : *w->pods_err;
		return err->kind == PF_ERR_NOT_FOUND;
	}
	struct pf_persist_pods serving = pf_persist_serving(p, w);
	if (serving.count == 0)
		return pf_fail(err, PF_ERR_UNREACHABLE, "no pod of deployment/%s serves", p->name);
	for (size_t i = 0; i < serving.count; i++) {
		if (!remove_from(p, &serving.all[i], err))
			return false;
	}
	return true;
}

bool
pf_persist_remove_cart(struct pf_persist *p, struct pf_err *err)
{
	struct pf_err second = {0};
	bool done = remove_by_carts(p, err);
	/* A cart that does not see it may look elsewhere than where it was put. */
	if (pf_streq(p->provider, "in-memory"))
		return done;
	return pf_persist_db_delete(p, &second) || done;
}

static bool
may_pass(const struct pf_err *err)
{
	return err->kind == PF_ERR_UNREACHABLE || err->kind == PF_ERR_TIMEOUT || err->kind == PF_ERR_SERVER ||
	       err->kind == PF_ERR_CONFLICT;
}

typedef bool undo_step(struct pf_persist *p, struct pf_err *err);

/* A connection that broke, or a pod that is on its way out, may be better in a moment. */
static bool
again_until_done(struct pf_persist *p, undo_step *step, int64_t end_ms, struct pf_err *err)
{
	while (!step(p, err)) {
		if (!may_pass(err) || pf_target_now(p->target) >= end_ms)
			return false;
		(void)poll(NULL, 0, PAUSE_MS);
	}
	return true;
}

bool
pf_persist_undo(struct pf_persist *p, struct pf_err *err)
{
	struct pf_deadline deadline = p->deadline, session = pf_session_deadline(p->session);
	int64_t end_ms = pf_target_now(p->target) + UNDO_MS;
	bool done = true;
	pf_signals_undo_begin();
	p->deadline = pf_deadline_in(UNDO_MS);
	pf_session_set_deadline(p->session, p->deadline);
	pf_session_tell(p->session, "deleting our cart", UNDO_MS);
	if (p->unanswered)
		await_latecomer(p, pf_target_now(p->target) + LATECOMER_MS);
	if (p->wrote)
		done = again_until_done(p, pf_persist_remove_cart, end_ms, err);
	if (done && p->locked)
		done = again_until_done(p, pf_persist_unlock, end_ms, err);
	p->deadline = deadline;
	pf_session_set_deadline(p->session, session);
	pf_signals_undo_end();
	return done;
}

bool
pf_persist_take_over(struct pf_persist *p, const struct pf_persist_note *note, struct pf_err *err)
{
	p->run = note->run;
	p->customer = note->customer;
	p->wrote = note->customer != NULL;
	p->locked = true;
	return pf_persist_undo(p, err);
}
