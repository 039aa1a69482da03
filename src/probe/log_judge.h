/* A log held against the patterns of a plan, while it streams by. */
#ifndef PROBE_LOG_JUDGE_H
#define PROBE_LOG_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include <postflight/arena.h>
#include <postflight/log.h>
#include <postflight/plan.h>
#include <postflight/str.h>

/* What records said that fitted one pattern: the latest of them. */
struct pf_log_sign {
	const struct pf_pattern *pattern;
	uint64_t count;
	uint64_t order; /* of its latest record among all records; from 1 */
	uint64_t line;
	int64_t time_ms;   /* 0 when it does not say */
	const char *told;  /* one line */
	const char *value; /* what the first group of the pattern took; "" */
};

/*
 * A log may hold several runs of its program: each begins where a record fits the pattern "starting". The latest run
 * that ended or got to work is what the log says of the present.
 */
struct pf_log_findings {
	const struct pf_log_sign *signs; /* of that run; COUNT of them, one for each of the plan's patterns */
	size_t count;
	const struct pf_log_sign *fault;   /* the latest of a known fault; NULL */
	const struct pf_log_sign *unknown; /* the latest of something wrong that nobody knows; NULL */
	const struct pf_log_sign *past;    /* a fault of an earlier run that this one has overcome; NULL */
	const char *last;                  /* what the last telling record says, else the last; one line, "" */
	uint64_t last_line;
	int64_t last_ms;                  /* 0 when it does not say */
	const struct pf_pattern *gave_up; /* a search that was longer than is allowed; NULL */
	struct pf_log_extent extent;
};

struct pf_log_judge;

/* Ends with ARENA, as PLAN must not before. */
struct pf_log_judge *pf_log_judge_new(struct pf_arena *arena, const struct pf_plan *plan);
void pf_log_judge_feed(struct pf_log_judge *judge, const char *bytes, size_t len);

/*
 * One whole line, the NUMBERth of a saved log; CUT: it was longer. Nobody has taken secrets out of it: no finding holds
 * one.
 */
void pf_log_judge_line(struct pf_log_judge *judge, uint64_t number, struct pf_str line, bool cut);

/* To be called once. */
struct pf_log_findings pf_log_judge_end(struct pf_log_judge *judge);

/* The sign of the pattern with that id when a record fitted it, else NULL. */
const struct pf_log_sign *pf_log_sign_of(const struct pf_log_findings *findings, const char *id);

#endif
