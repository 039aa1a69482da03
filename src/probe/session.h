/*
 * What a run has seen so far: each question is asked once, and what several checks foresee travels together.
 */
#ifndef PROBE_SESSION_H
#define PROBE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <postflight/probe.h>
#include <postflight/target.h>

#include "kube/resource.h"

struct pf_session;

/* DEADLINE bounds everything that is asked. Ends with ARENA, as TARGET and PLAN must not before. */
struct pf_session *pf_session_new(struct pf_arena *arena, struct pf_target *target, const struct pf_plan *plan,
				  const char *namespace_, struct pf_deadline deadline);

/* ---- For the runner --------------------------------------------------------------------------------------- */

/* Lets CHECK's probe say what it will ask. */
void pf_probe_foresee(struct pf_session *session, const struct pf_plan_check *check, unsigned round);

/* The workload that CHECK's probe sees starting; NULL. */
const struct pf_workload *pf_probe_starting(struct pf_session *session, const struct pf_plan_check *check);

/* Sends what was foreseen, as one wave; false when nothing was. */
bool pf_session_flush(struct pf_session *session);

/* Drops every observation: the next look asks again. */
void pf_session_forget(struct pf_session *session);

/* Called when something is being waited for, and when that changes. */
void pf_session_on_wait(struct pf_session *session, void (*waiting)(void *context, const char *what, int64_t left_ms),
			void *context);

/* What the user agreed to, and until when the run lasts. */
struct pf_consent {
	bool restart; /* the disruptive checks may run */
	bool by_pod;  /* by deleting pods, one at a time; else by a rollout */
	bool allow_data_loss;
	int64_t end_ms; /* on the target's clock */
};

/* Without it there is no consent to anything. */
void pf_session_set_consent(struct pf_session *session, struct pf_consent consent);

/* Of logs only what was written in the last SINCE_MS is read; 0: all of it. */
void pf_session_set_since(struct pf_session *session, int64_t since_ms);

/* From where to look; IN_CLUSTER: this process runs in the cluster that it asks. */
void pf_session_look_from(struct pf_session *session, enum pf_vantage vantage, bool in_cluster);

enum pf_settle { PF_SETTLED, PF_SETTLE_TIMEOUT, PF_SETTLE_INTERRUPTED, PF_SETTLE_ERROR };

/*
 * Waits, by watch and at most WAIT_MS, while a Deployment that the plan's checks are about still progresses and no
 * pod of it is doomed, then while a check of those that are SELECTED (one for each of the plan; NULL: all) sees a
 * process that is starting. Observations are fresh afterwards. See settle.c.
 */
enum pf_settle pf_session_settle(struct pf_session *session, const bool *selected, int64_t wait_ms);

/* Runs CHECK's probe; fills verdict, message, facts and evidence, all in ARENA. */
void pf_probe_run(struct pf_session *session, struct pf_arena *arena, const struct pf_plan_check *check,
		  struct pf_check_result *out);

/* Lets the probe of a disruptive CHECK finish what an interrupted run left; fills *OUT as pf_probe_run does. */
void pf_probe_undo(struct pf_session *session, struct pf_arena *arena, const struct pf_plan_check *check,
		   struct pf_check_result *out);

/* ---- For probes ------------------------------------------------------------------------------------------- */

struct pf_arena *pf_session_arena(struct pf_session *session);
const char *pf_session_namespace(const struct pf_session *session);
const struct pf_plan *pf_session_plan(const struct pf_session *session);
struct pf_target *pf_session_target(struct pf_session *session);
struct pf_deadline pf_session_deadline(const struct pf_session *session);

/* Another bound from now on: what was begun is undone after the run's own time, too. */
void pf_session_set_deadline(struct pf_session *session, struct pf_deadline deadline);

struct pf_consent pf_session_consent(const struct pf_session *session);
int64_t pf_session_since(const struct pf_session *session);

/* UTC milliseconds of the target; read once per observation round, so that one round sees one moment. */
int64_t pf_session_now(struct pf_session *session);

/* A saved log stands for the target: the probe of logs reports it and asks nothing. FINDINGS must live as long. */
struct pf_saved_log;
void pf_session_save_log(struct pf_session *session, const struct pf_saved_log *findings);
const struct pf_saved_log *pf_session_saved_log(const struct pf_session *session);

/* From where to look, and whether this process runs in the cluster. */
enum pf_vantage pf_session_vantage(const struct pf_session *session, bool *in_cluster);

bool pf_session_in_cluster(const struct pf_session *session);

/* True when some process was asked by a port-forward: then that permission is one that the run needs. */
bool pf_session_forwarded(const struct pf_session *session);

/* PLACE ("10.0.0.1:8000") is not asked directly any more: a port-forward told more. */
void pf_session_avoid(struct pf_session *session, const char *place);
bool pf_session_avoids(const struct pf_session *session, const char *place);

/* Says what is being waited for, and how long at most. */
void pf_session_tell(struct pf_session *session, const char *what, int64_t left_ms);

/* Queues a GET for the next flush, unless it has been asked. A hint only. */
void pf_foresee(struct pf_session *session, const char *path);

/* The answer to GET PATH, asked now unless it is known. Never NULL. */
const struct pf_answer *pf_look(struct pf_session *session, const char *path);

/* The same for any question: a command in a container, a request to a process. It is copied. */
void pf_foresee_ask(struct pf_session *session, const struct pf_ask *ask);
const struct pf_answer *pf_look_ask(struct pf_session *session, const struct pf_ask *ask);

/* The answer for one object. */
const struct pf_answer *
pf_look_at(struct pf_session *session, enum pf_resource resource, const char *namespace_, const char *name);

/* A list with all its pages. */
struct pf_listing {
	bool ok;
	const cJSON *items;           /* an array, when ok */
	const char *resource_version; /* of the first page */
	const struct pf_err *err;     /* when !ok */
};

/* The list at PATH (pf_path_list), every page of it; an expired continuation starts over once. */
struct pf_listing pf_look_list(struct pf_session *session, const char *path);

/* POSTs BODY (a review) and returns the answer; asked once per body. */
const struct pf_answer *pf_ask_review(struct pf_session *session, const char *path, const char *body);

/* True when some question of this run was answered by 403. */
bool pf_session_was_denied(const struct pf_session *session);

/*
 * After a wait that was long enough for a start: what runs and is not ready is then judged not to become it. Judgements
 * of Deployments are made anew, on what was seen.
 */
void pf_session_lose_patience(struct pf_session *session);
bool pf_session_lost_patience(const struct pf_session *session);

/* The session of a context. */
struct pf_session *pf_probe_session(struct pf_probe_context *ctx);

/* A place for what workload.c keeps per Deployment until the session forgets. */
struct pf_workload;
struct pf_workload **pf_session_workloads(struct pf_session *session);

#endif
