/* A saved log may be of several programs, line by line: each is judged for itself. */
#ifndef PROBE_LOG_SOURCES_H
#define PROBE_LOG_SOURCES_H

#include "probe/log_judge.h"

#define PF_LOG_SOURCES_MAX 16

/* What one program wrote. */
struct pf_log_source {
	const char *name; /* "pod/cart-x/cart", as the tool that saved it says; NULL: it does not */
	struct pf_log_findings findings;
};

struct pf_saved_log {
	struct pf_log_source list[PF_LOG_SOURCES_MAX];
	size_t count;
	uint64_t left_out; /* lines of more programs than that */
};

struct pf_log_sources;

/* Ends with ARENA, as PLAN must not before. */
struct pf_log_sources *pf_log_sources_new(struct pf_arena *arena, const struct pf_plan *plan);

/* Any number of bytes, cut anywhere; UTF-8, or UTF-16 with a byte order mark, as some shells save what they are told.
 */
void pf_log_sources_feed(struct pf_log_sources *sources, const char *bytes, size_t len);

/* To be called once. */
struct pf_saved_log pf_log_sources_end(struct pf_log_sources *sources);

#endif
