/* What the parts of the diagnosis share: the plan, what was seen, and which modes that makes true. */
#ifndef POSTFLIGHT_DIAGNOSE_FINDINGS_H
#define POSTFLIGHT_DIAGNOSE_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/arena.h>
#include <postflight/diagnosis.h>

struct pf_findings {
	struct pf_arena *arena;
	const struct pf_plan *plan;
	struct pf_session *session; /* NULL: nothing was observed */
	const char *namespace_;
	const struct pf_check_result *results; /* one for each check of the plan */
	enum pf_truth *truth;                  /* of each mode's condition */
	bool *reaches; /* mode A explains mode B, at once or by way of others: [A * modes + B] */
};

/* Evaluates every mode and follows what explains what. */
void pf_find(struct pf_findings *findings, struct pf_arena *arena, const struct pf_plan *plan,
	     struct pf_session *session, const char *namespace_, const struct pf_check_result *results);

/* True when mode A explains mode B, at once or by way of others. Two that explain each other explain neither. */
bool pf_mode_explains(const struct pf_findings *findings, size_t a, size_t b);

/* True when a mode that matched explains this one. */
bool pf_mode_is_explained(const struct pf_findings *findings, size_t mode);

/* True when the mode's condition is unknown, what was seen makes it a candidate, and nothing explains it. */
bool pf_mode_is_candidate(const struct pf_findings *findings, size_t mode);

/*
 * True when candidate A would explain B, which matched: B may be no more than a consequence. What was not looked at
 * never makes a root cause of a consequence.
 */
bool pf_mode_may_explain(const struct pf_findings *findings, size_t a, size_t b);

/* True when the mode matched, no other one that matched explains it, and no candidate may. */
bool pf_mode_is_root(const struct pf_findings *findings, size_t mode);

/* True when failures of that check follow from the mode, or from one that it explains. */
bool pf_mode_explains_check(const struct pf_findings *findings, size_t mode, size_t check);

#endif
