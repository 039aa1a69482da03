/* From facts to root causes, by the plan's modes. */
#ifndef POSTFLIGHT_DIAGNOSIS_H
#define POSTFLIGHT_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/arena.h>
#include <postflight/plan.h>
#include <postflight/probe.h>

enum pf_truth { PF_FALSE, PF_UNKNOWN, PF_TRUE };

struct pf_fix_text {
	bool is_command; /* else an instruction */
	const char *text;
	bool alternative; /* begins another way: instead of what stands before it */
};

struct pf_cause {
	const struct pf_mode *mode;
	const char *title; /* filled in */
	const char *cause;
	const struct pf_evidence *evidence;
	size_t evidence_count;
	const struct pf_fix_text *fixes;
	size_t fix_count;
	const char *const *explains;     /* ids of failed or skipped checks; ended by NULL */
	const char *const *consequences; /* ids of matched modes that this one explains; ended by NULL */
};

struct pf_undecided {
	const char *const *modes; /* ids; ended by NULL */
	const char *missing;      /* the observation that would tell, in words */
};

/* A failed check that no mode explains. */
struct pf_lead {
	const struct pf_check_result *result;
	const struct pf_evidence *evidence;
	size_t evidence_count;
	const struct pf_fix_text *next; /* what to run by hand, or where to look */
	size_t next_count;
};

enum pf_row_state { PF_ROW_NOT_SEEN, PF_ROW_SEEN, PF_ROW_UNKNOWN };

struct pf_row_result {
	const struct pf_row *row;
	enum pf_row_state state;
	const char *const *modes; /* ids behind it; ended by NULL */
	const char *note;         /* "shows as a time-out here"; NULL */
};

struct pf_diagnosis {
	const struct pf_cause *causes;
	size_t cause_count;
	const struct pf_undecided *undecided;
	size_t undecided_count;
	const struct pf_check_result *const *unexplained; /* failed checks */
	size_t unexplained_count;
	const struct pf_lead *leads; /* of those that the plan knows more about; LEAD_COUNT */
	size_t lead_count;
	const char *const *history;       /* past faults, a line each; ended by NULL */
	const char *const *foretold;      /* what is certain to happen, a line each; ended by NULL */
	const struct pf_row_result *rows; /* one for each of the plan's rows */
};

/* What the diagnosis reads: the plan, one result per check, and the session for fixes that depend on objects. */
struct pf_session;

enum pf_truth pf_condition_eval(const struct pf_plan *plan, const struct pf_check_result *results,
				const struct pf_condition *condition);

/* RESULTS has one element for each of the plan's checks. SESSION may be NULL (nothing was observed). */
void pf_diagnose(struct pf_arena *arena, const struct pf_plan *plan, struct pf_session *session, const char *namespace_,
		 const struct pf_check_result *results, struct pf_diagnosis *out);

#endif
