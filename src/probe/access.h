/* What this identity may do, asked only after something was forbidden. */
#ifndef PROBE_ACCESS_H
#define PROBE_ACCESS_H

#include <postflight/probe.h>

struct pf_access {
	bool known;                 /* the review was answered and complete */
	const char *const *missing; /* "list pods", in the order of the probes' tables */
	size_t missing_count;
	const char *text; /* the same in one line */
};

/* A SelfSubjectRulesReview held against the permissions of the plan's probes. */
struct pf_access pf_access_review(struct pf_probe_context *ctx);

#endif
