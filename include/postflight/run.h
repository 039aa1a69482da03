/*
 * A run: checks in order, needs, consent, deadline, diagnosis; and its result, which is all that a report reads.
 */
#ifndef POSTFLIGHT_RUN_H
#define POSTFLIGHT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/diagnosis.h>
#include <postflight/plan.h>
#include <postflight/probe.h>
#include <postflight/target.h>

enum pf_restart { PF_RESTART_NO, PF_RESTART_ROLLOUT, PF_RESTART_POD };

struct pf_run_options {
	const char *namespace_;
	enum pf_restart restart;
	bool allow_data_loss;
	int64_t wait_ms;
	int64_t timeout_ms;      /* 0: none */
	int64_t since_ms;        /* how far back logs are read; 0: as far as they go */
	const char *const *only; /* check or item ids, ended by NULL; NULL: all. What they need runs as well */
	const char *const *skip; /* wins over ONLY */
	bool strict;
	enum pf_vantage vantage;
	bool in_cluster; /* this process runs in the cluster that TARGET is */
	const char
		*cluster_flags; /* how kubectl is told of it: "--context prod", words for a shell; NULL: not at all */

	/* Passed on to the result. NULL: "" and none. */
	const char *tool_version;
	const char *context;
	const char *server;
	const char *const *warnings;
};

/* Everything that was found out. Strings are in the run's arena. */
struct pf_result {
	const char *tool_version;
	const struct pf_plan *plan;
	const char *context;
	const char *server;
	const char *namespace_;
	const char *vantage; /* "none" until something is seen from a vantage, else "pod" or "local" */
	const char *id;
	int64_t started_wall_ms;
	int64_t duration_ms;
	bool complete; /* every check ran or was skipped for a reason of the plan's or the user's */
	bool interrupted;
	int signal; /* that interrupted it, 0 */
	enum pf_verdict verdict;
	int exit_code;
	enum pf_verdict *item_verdicts; /* one for each of the plan's items */
	const char **item_messages;
	struct pf_check_result *checks; /* one for each of the plan's checks */
	struct pf_diagnosis diagnosis;
	const char *const *warnings; /* "TLS is not verified: …"; ended by NULL */
	const char *const *notes;    /* "carts are deleted at the next start: …"; ended by NULL */
	struct pf_target_trace trace;
	const char *start_error; /* why the run could not start; NULL when it did */
};

/* What a terminal shows while it runs. Any member may be NULL. */
struct pf_run_events {
	void *context;
	void (*check_started)(void *context, const struct pf_plan_check *check);
	void (*check_done)(void *context, const struct pf_check_result *result);
	/* Something is being waited for: "pod/x: ContainerCreating", with the time left. Called when it changes. */
	void (*waiting)(void *context, const char *what, int64_t left_ms);
};

/* False with ERR (PF_ERR_USAGE), naming the ids there are, when --only or --skip names none of PLAN's checks or items.
 */
bool pf_run_check_options(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_run_options *options,
			  struct pf_err *err);

/*
 * Runs PLAN on TARGET. Always leaves a result that can be reported, however it ends; with options that
 * pf_run_check_options refuses, that of a failed start.
 */
void pf_run(struct pf_arena *arena, struct pf_target *target, const struct pf_plan *plan,
	    const struct pf_run_options *options, const struct pf_run_events *events, struct pf_result *out);

/*
 * The result of a run that could not start (no kubeconfig, unknown plan): each check and item is an error with the
 * sentence of ERR. PLAN may be NULL: then the built-in plan's checklist is shown. OPTIONS may be NULL.
 * The exit code is 64 for PF_ERR_USAGE, 78 for PF_ERR_CONFIG and for a file that is not there, 130 or 143 when a
 * signal came, else 2.
 */
void pf_run_failed_start(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_run_options *options,
			 const struct pf_err *err, struct pf_result *out);

#endif
