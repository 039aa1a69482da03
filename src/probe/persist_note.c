/*
 * The note on the application's Deployment.
 *
 * It is set before anything is written and removed last, each time only to the state that was read: of two runs that
 * begin together one gets 409. It outlives the process, so that anybody can finish from anywhere.
 */
#include <stdint.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/patch.h"
#include "kube/rollout.h"
#include "probe/persist.h"

#define NOTE "postflight/persistence-test"
#define MAX_CONFLICTS 8               /* with the Deployment's controller, which writes its status */
#define UNDO_ALLOWANCE_MS (60 * 1000) /* after the run's own end */
#define LONGEST_MS (60 * 60 * 1000)   /* for a run without an end */
#define HOLDER_MAX 80

bool
pf_persist_reread(struct pf_persist *p, struct pf_err *err)
{
	struct pf_ask ask = {.method = "GET", .path = p->path};
	struct pf_answer answer = pf_persist_ask(p, &ask);
	if (!answer.ok) {
		*err = answer.err;
		return false;
	}
	p->deployment = answer.json;
	return true;
}

bool
pf_persist_note_read(struct pf_arena *arena, const cJSON *deployment, struct pf_persist_note *out)
{
	const char *text = PF_STRING_AT(deployment, "metadata", "annotations", NOTE), *until;
	struct pf_err err;
	if (text == NULL)
		return false;
	const cJSON *note = pf_json_parse(arena, text, strlen(text), &err);
	*out = (struct pf_persist_note){
		.run = PF_STRING_AT(note, "run"),
		.holder = PF_STRING_AT(note, "holder"),
		.since = PF_STRING_AT(note, "since"),
		.customer = PF_STRING_AT(note, "customer"),
		.step = PF_STRING_AT(note, "step"),
	};
	until = PF_STRING_AT(note, "until");
	if (until != NULL)
		(void)pf_time_parse(until, &out->until_ms);
	if (!pf_cart_is_ours(out->customer))
		out->customer = NULL;
	return true;
}

bool
pf_persist_is_holder(const struct pf_persist *p)
{
	struct pf_persist_note note;
	if (!pf_persist_note_read(p->arena, p->deployment, &note))
		return false;
	/* A note that somebody damaged names no run; it is held by whoever removes it. */
	return p->run != NULL ? pf_streq(note.run, p->run) : note.run == NULL;
}

/* Under which name the cluster knows us: the one that a second run is told. */
static const char *
holder(struct pf_persist *p)
{
	const struct pf_answer *answer =
		pf_ask_review(p->session, "/apis/authentication.k8s.io/v1/selfsubjectreviews",
			      "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"SelfSubjectReview\"}");
	const char *name = PF_STRING_AT(answer->json, "status", "userInfo", "username");
	return name != NULL ? pf_one_line(p->arena, name, HOLDER_MAX) : "unknown";
}

static const char *
note_text(struct pf_persist *p)
{
	int64_t now = pf_target_wall(p->target), left = p->consent.end_ms - pf_target_now(p->target);
	struct pf_persist_note old = {0};
	(void)pf_persist_note_read(p->arena, p->deployment, &old);
	if (left > LONGEST_MS)
		left = LONGEST_MS;
	cJSON *note = pf_json_object(p->arena);
	pf_json_set_string(note, "run", p->run);
	pf_json_set_string(note, "holder", holder(p));
	pf_json_set_string(note, "since", p->locked ? old.since : pf_time_format(p->arena, now, false));
	pf_json_set_string(note, "until", pf_time_format(p->arena, now + left + UNDO_ALLOWANCE_MS, false));
	pf_json_set_string(note, "customer", p->customer);
	pf_json_set_string(note, "step", pf_persist_step_name(p->step));
	return pf_json_print(p->arena, note, false);
}

static bool
send(struct pf_persist *p, const cJSON *patch, struct pf_err *err)
{
	struct pf_ask ask = pf_patch_ask(p->arena, p->path, patch);
	struct pf_answer answer = pf_persist_change(p, &ask);
	if (!answer.ok) {
		*err = answer.err;
		return false;
	}
	p->deployment = answer.json;
	return true;
}

static const char *
or_unknown(const char *text)
{
	return text != NULL ? text : "unknown";
}

/* Somebody else's note: an expired one is finished, a live one is respected. */
static bool
clear_other(struct pf_persist *p, const struct pf_persist_note *note)
{
	const char *own = p->customer;
	if (note->until_ms > pf_target_wall(p->target) || note->until_ms == 0)
		return pf_fail(&p->err, PF_ERR_CONFLICT,
			       "%s is testing this since %s (run %s); if that run is dead, postflight cleanup -n %s "
			       "removes what it left",
			       or_unknown(note->holder), or_unknown(note->since), or_unknown(note->run),
			       pf_session_namespace(p->session));
	if (note->customer == NULL)
		return true;
	p->customer = note->customer;
	bool removed = pf_persist_remove_cart(p, &p->err);
	p->customer = own;
	return removed || pf_fail_in(&p->err, "removing what run %s left", or_unknown(note->run));
}

bool
pf_persist_lock(struct pf_persist *p)
{
	const cJSON *seen = p->deployment;
	for (unsigned i = 0; i < MAX_CONFLICTS; i++) {
		struct pf_persist_note note;
		if (!pf_persist_reread(p, &p->err))
			return false;
		if (!pf_rollout_same(seen, p->deployment))
			return pf_fail(&p->err, PF_ERR_CONFLICT, "somebody changed deployment/%s just now", p->name);
		if (pf_persist_note_read(p->arena, p->deployment, &note) && !clear_other(p, &note))
			return false;
		cJSON *patch = pf_patch_of(p->arena, p->deployment);
		pf_patch_annotation(patch, NOTE, note_text(p));
		/* An answer that was lost on its way may have been a success: what follows undoes that too. */
		p->locked = true;
		if (send(p, patch, &p->err))
			return true;
		p->locked = p->err.kind != PF_ERR_CONFLICT && p->err.kind != PF_ERR_FORBIDDEN;
		if (p->err.kind != PF_ERR_CONFLICT)
			return false;
	}
	return false;
}

bool
pf_persist_note_step(struct pf_persist *p, bool restart)
{
	const cJSON *seen = p->deployment;
	for (unsigned i = 0; i < MAX_CONFLICTS; i++) {
		if (!pf_persist_is_holder(p))
			return pf_fail(&p->err, PF_ERR_CONFLICT, "somebody took the test's note from deployment/%s",
				       p->name);
		if (!pf_rollout_same(seen, p->deployment))
			return pf_fail(&p->err, PF_ERR_CONFLICT, "somebody else changed deployment/%s meanwhile",
				       p->name);
		cJSON *patch = pf_patch_of(p->arena, p->deployment);
		pf_patch_annotation(patch, NOTE, note_text(p));
		if (restart)
			pf_rollout_restart(patch, pf_time_format(p->arena, pf_target_wall(p->target), false));
		if (send(p, patch, &p->err))
			return true;
		if (p->err.kind != PF_ERR_CONFLICT || !pf_persist_reread(p, &p->err))
			return false;
	}
	return false;
}

bool
pf_persist_unlock(struct pf_persist *p, struct pf_err *err)
{
	for (unsigned i = 0; i < MAX_CONFLICTS; i++) {
		if (!pf_persist_reread(p, err))
			return err->kind == PF_ERR_NOT_FOUND; /* with the Deployment the note is gone too */
		if (!pf_persist_is_holder(p))
			return true;
		cJSON *patch = pf_patch_of(p->arena, p->deployment);
		pf_patch_annotation(patch, NOTE, NULL);
		if (send(p, patch, err))
			return true;
		if (err->kind != PF_ERR_CONFLICT)
			return false;
	}
	return false;
}
