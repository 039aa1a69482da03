/*
 * Probes: one kind of observation each. A probe asks the target, leaves facts with their evidence, and gives its
 * check a verdict about its own object, not about consequences.
 */
#ifndef POSTFLIGHT_PROBE_H
#define POSTFLIGHT_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/arena.h>
#include <postflight/clock.h>
#include <postflight/descriptor.h>
#include <postflight/err.h>
#include <postflight/plan.h>
#include <postflight/target.h>

enum pf_verdict { PF_PASS, PF_WARN, PF_FAIL, PF_SKIP, PF_ERROR, PF_VERDICT_COUNT };

/* "pass", … */
const char *pf_verdict_name(enum pf_verdict verdict);

/* The sum of two verdicts: fail > error > warn > skip > pass. */
enum pf_verdict pf_verdict_sum(enum pf_verdict a, enum pf_verdict b);

/* Where something was seen. Strings live in the run's arena; NULL where there is nothing to say. */
struct pf_evidence {
	const char *source; /* "deployment/cart-deployment", "pod/x container cart (previous)" */
	const char *path;   /* "spec.replicas", "env PORT" */
	const char *value;  /* never a secret: "(not shown)" */
	const char *line;   /* a log line or a message, one line */
};

struct pf_fact {
	const struct pf_fact_desc *desc;
	bool secret;             /* came from a secret value: compared, never shown */
	const char *text;        /* STRING, ENUM; of the others their JSON form */
	int64_t number;          /* INT; BOOL: 0 or 1 */
	const char *const *list; /* LIST */
	size_t list_len;
	struct pf_evidence evidence; /* source NULL: none */
};

struct pf_check_result {
	const struct pf_plan_check *check;
	enum pf_verdict verdict;
	bool done;              /* it ran, or was skipped: VERDICT is final */
	bool untried;           /* nothing stood in its way: not selected, no consent, interrupted, out of time */
	const char *message;    /* one line, "" allowed */
	const char *blocked_by; /* what it needed: a check or a fact; NULL */
	const struct pf_fact *facts;
	size_t fact_count;
	const struct pf_evidence *evidence;
	size_t evidence_count;
	int64_t duration_ms;
};

/* What one check works with. */
struct pf_probe_context;
struct pf_workload;

struct pf_probe {
	struct pf_descriptor desc;

	/*
	 * Observes. Sets facts and exactly one verdict by the functions below. What cannot be observed is PF_ERROR with
	 * the reason, never PF_FAIL.
	 */
	void (*run)(struct pf_probe_context *ctx);

	/*
	 * Says what it is going to ask, so that the questions of all checks travel together. Called in rounds 0, 1, …
	 * before any check runs; what an earlier round brought can be looked up. Only a hint. May be NULL.
	 */
	void (*foresee)(struct pf_probe_context *ctx, unsigned round);

	/*
	 * The workload of which the probe sees that it is starting still, where its objects do not tell: the run waits
	 * for it as for a rollout. NULL when there is none. May be NULL.
	 */
	const struct pf_workload *(*starting)(struct pf_probe_context *ctx);

	/*
	 * Of a disruptive probe: removes what a run that was killed left behind, and sets a verdict: PF_PASS when
	 * nothing is left, else PF_ERROR. NULL for all others.
	 */
	void (*undo)(struct pf_probe_context *ctx);
};

/* All kinds, ended by NULL; and the same as descriptors. */
extern const struct pf_probe *const pf_probes[];
const struct pf_descriptor *const *pf_probe_descriptors(void);

/* From where names and connections are looked at: AUTO is POD, and LOCAL where that cannot be and we are in the
 * cluster. */
enum pf_vantage { PF_VANTAGE_AUTO, PF_VANTAGE_POD, PF_VANTAGE_LOCAL };

/* ---- For probes ------------------------------------------------------------------------------------------- */

/* Parameters with variables filled in. NULL, FALLBACK or an empty list when absent. */
const char *pf_arg(const struct pf_probe_context *ctx, const char *name);
int64_t pf_arg_int(const struct pf_probe_context *ctx, const char *name, int64_t fallback);
bool pf_arg_bool(const struct pf_probe_context *ctx, const char *name, bool fallback);
const char *const *pf_arg_list(const struct pf_probe_context *ctx, const char *name); /* ended by NULL */

struct pf_arena *pf_probe_arena(struct pf_probe_context *ctx);
const char *pf_probe_namespace(const struct pf_probe_context *ctx);
struct pf_deadline pf_probe_deadline(const struct pf_probe_context *ctx);

/* Leaves a fact. NAME must be in the descriptor, the value of its type and one of its words (checked, aborts). */
void pf_leave_string(struct pf_probe_context *ctx, const char *name, const char *value, struct pf_evidence evidence);
void pf_leave_int(struct pf_probe_context *ctx, const char *name, int64_t value, struct pf_evidence evidence);
void pf_leave_bool(struct pf_probe_context *ctx, const char *name, bool value, struct pf_evidence evidence);
void pf_leave_list(struct pf_probe_context *ctx, const char *name, const char *const *values, size_t count,
		   struct pf_evidence evidence);

/* Evidence that belongs to no fact. */
void pf_note(struct pf_probe_context *ctx, struct pf_evidence evidence);

#define PF_NO_EVIDENCE ((struct pf_evidence){NULL, NULL, NULL, NULL})

/* The check's verdict and its message; the last call counts. */
void pf_verdict(struct pf_probe_context *ctx, enum pf_verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * PF_ERROR for a question that was not answered: the sentence of ERR and, for a 403, the Role rule to add.
 */
void pf_verdict_error(struct pf_probe_context *ctx, const struct pf_err *err, const char *group, const char *resource,
		      const char *verbs);

#endif
