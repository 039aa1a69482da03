/*
 * The persistence test: one cart of our own is added, what the Deployment runs is restarted, the cart is read again
 * from each new pod, and deleted. What its files share.
 *
 * Every step returns false with P->err when the test cannot go on; what was begun is undone by pf_persist_undo().
 */
#ifndef PROBE_PERSIST_H
#define PROBE_PERSIST_H

#include "probe/reach.h"
#include "probe/session.h"
#include "probe/subject.h"

/* How far the test is. */
enum pf_persist_step {
	PF_STEP_PRECONDITION,
	PF_STEP_BASELINE,
	PF_STEP_OTHERS,
	PF_STEP_LOCK,
	PF_STEP_WRITE,
	PF_STEP_READ_BACK,
	PF_STEP_RESTART,
	PF_STEP_WAIT,
	PF_STEP_READ_AGAIN,
	PF_STEP_UNDO,
	PF_STEP_DONE,
	PF_STEP_COUNT
};

/* "precondition", … as the fact has it; and in words: "waiting for the new pods". */
const char *pf_persist_step_name(enum pf_persist_step step);
const char *pf_persist_step_words(enum pf_persist_step step);

/* A pod by name and uid: the uid tells a new one from an old one. */
struct pf_persist_pod {
	const char *name;
	const char *uid;
	struct pf_process_at at; /* of the application in it */
};

struct pf_persist_pods {
	struct pf_persist_pod *all;
	size_t count;
};

/* What DynamoDB itself said at one moment. */
struct pf_persist_db {
	bool known; /* the table was asked for and the answer understood; else WHY */
	const char *why;
	bool exists;        /* the table */
	int64_t created_ms; /* of the table */
	int64_t ours;       /* our items in it; -1: not told */
	const char *pod;    /* that answered; NULL when it was not found */
	const char *uid;
	int64_t restarts;
	const char *region; /* in which it was asked */
};

/* The note on the Deployment: lock and journal in one. */
struct pf_persist_note {
	const char *run;
	const char *holder;
	const char *since; /* RFC 3339 */
	int64_t until_ms;  /* UTC; 0 when it does not say */
	const char *customer;
	const char *step;
};

struct pf_persist {
	struct pf_probe_context *ctx;
	struct pf_session *session;
	struct pf_target *target;
	struct pf_arena *arena;
	struct pf_consent consent;
	struct pf_deadline deadline; /* of what is asked */

	const char *name; /* the Deployment's */
	const char *path;
	struct pf_subject subject;
	int port;             /* that the application listens on */
	const char *customer; /* whose cart it is */
	const char *run;      /* whose note it is */

	const cJSON *deployment; /* as the last question left it */
	struct pf_persist_pods old;
	struct pf_persist_pods fresh;
	const char *provider; /* by /topology; NULL when it does not say */
	const char *table;
	const char *key_id; /* NULL when not known; may be a token */
	const char *const *regions;
	const cJSON *before, *after; /* the two reads */
	struct pf_persist_db db_before, db_after;

	enum pf_persist_step step;
	bool locked;
	bool wrote;
	bool unanswered; /* the cart was asked to take our item and did not say whether it has */
	bool is_refusal; /* ERR is no failure to observe, but what the user or the cluster withheld: a skip */
	struct pf_err err;
	enum pf_verdict verdict; /* with MESSAGE, before the undoing */
	const char *message;
};

/* Fills *P for a check's parameters; false with the verdict given when there is no Deployment to test. */
bool pf_persist_begin(struct pf_probe_context *ctx, struct pf_persist *p);

/* Leaves as evidence what else decides on the Deployment's pods: its strategy, a HorizontalPodAutoscaler. */
void pf_persist_note_scaling(struct pf_persist *p);

/* ---- Asking (persist_ask.c) ---- */

/* One question, before P->deadline. */
struct pf_answer pf_persist_ask(struct pf_persist *p, const struct pf_ask *ask);

/*
 * One question that changes something. Its answer is waited for whatever signal comes, and when the run's time is over:
 * what became of it must be known before it can be undone.
 */
struct pf_answer pf_persist_change(struct pf_persist *p, const struct pf_ask *ask);

/* ---- The application (persist_cart.c) ---- */

/* The items of our cart as POD has them, an array. False with ERR. */
bool pf_cart_read(struct pf_persist *p, const struct pf_persist_pod *pod, const cJSON **items, struct pf_err *err);
bool pf_cart_add(struct pf_persist *p, const struct pf_persist_pod *pod, struct pf_err *err);
bool pf_cart_delete(struct pf_persist *p, const struct pf_persist_pod *pod, struct pf_err *err);

/* Fills provider and table from /topology; leaves them when that does not answer. */
void pf_cart_topology(struct pf_persist *p, const struct pf_persist_pod *pod);

/* True for a customer that one of our runs made up: nobody else's cart is ever deleted. */
bool pf_cart_is_ours(const char *customer);

/* "1 item", "empty" */
const char *pf_cart_words(struct pf_arena *arena, const cJSON *items);

/* ---- DynamoDB (persist_db.c) ---- */

/* Describes the table and counts our items in it, in each region that may be meant, or in REGION only. */
struct pf_persist_db pf_persist_db_look(struct pf_persist *p, const char *region);

/* The items in carts that are not ours. False with ERR when it cannot be told; 0 without a table. */
bool pf_persist_db_count_others(struct pf_persist *p, int64_t *count, bool *at_least, struct pf_err *err);

/* Deletes our items from the table, where no cart can be asked to. */
bool pf_persist_db_delete(struct pf_persist *p, struct pf_err *err);

/* ---- Lock and journal (persist_note.c) ---- */

/* Reads the Deployment anew. */
bool pf_persist_reread(struct pf_persist *p, struct pf_err *err);

/* The note that DEPLOYMENT carries; false when there is none. What cannot be read has until_ms 0 and customer NULL. */
bool pf_persist_note_read(struct pf_arena *arena, const cJSON *deployment, struct pf_persist_note *out);

/* Takes the lock: what is left of an expired run is removed first. */
bool pf_persist_lock(struct pf_persist *p);

/* True when the note on P->deployment is that of this run. */
bool pf_persist_is_holder(const struct pf_persist *p);

/* Notes P->step, and in the same write starts the rollout when RESTART is set. */
bool pf_persist_note_step(struct pf_persist *p, bool restart);

/* Removes the note of run P->run. */
bool pf_persist_unlock(struct pf_persist *p, struct pf_err *err);

/* ---- The restart (persist_restart.c) ---- */

/* The pods of W that serve now. */
struct pf_persist_pods pf_persist_serving(struct pf_persist *p, const struct pf_workload *w);

bool pf_persist_restart(struct pf_persist *p);

/* ---- Undoing (persist_undo.c) ---- */

/* Deletes our cart and the note; under a deadline of its own and whatever signal came. False when something is left. */
bool pf_persist_undo(struct pf_persist *p, struct pf_err *err);

/* Finishes the test that NOTE is of: its cart, then the note itself. */
bool pf_persist_take_over(struct pf_persist *p, const struct pf_persist_note *note, struct pf_err *err);

/* Deletes the cart of P->customer wherever it may be, and verifies it. */
bool pf_persist_remove_cart(struct pf_persist *p, struct pf_err *err);

/* ---- What is said (persist_report.c) ---- */

/* That POD has ITEMS in our cart. */
struct pf_evidence pf_persist_read_evidence(struct pf_persist *p, const char *pod, const cJSON *items);

/* Verdict and message of a test that was done; DIFFERENT is a pod whose cart is not the one from before, or NULL. */
void pf_persist_judge(struct pf_persist *p, const char *different);

/* Verdict and message of one that ended at P->step with P->err. */
void pf_persist_explain(struct pf_persist *p);

/* ---- Why it is gone (persist_loss.c) ---- */

/* The word of the fact persistence.loss. */
const char *pf_persist_loss(const struct pf_persist *p);

/* The same in words, with what tells so. */
const char *pf_persist_loss_words(struct pf_persist *p, const char *loss);

#endif
