/* What was found in logs, as the facts, the evidence and the verdict of a check. */
#ifndef PROBE_LOG_FACTS_H
#define PROBE_LOG_FACTS_H

#include <postflight/probe.h>

#include "probe/log_judge.h"

/* The words of logs.fault; a fault of a pattern that is none of them is "other". */
#define PF_LOG_FAULTS                                                                                                  \
	"none other refused refused-localhost connect-timeout no-connection no-route read-timeout connection-closed "  \
	"unknown-host not-resolved resolver-down gateway denied real-aws region-missing endpoint-malformed "           \
	"endpoint-port-range tls tls-untrusted not-dynamodb credentials-missing credentials-incomplete "               \
	"key-id-illegal table-missing table-gone index-missing table-exists table-name-illegal not-boolean "           \
	"binding provider-unknown no-writable-tmp port-in-use image-platform jvm out-of-memory db-storage db-usage"

/* One log that was read. */
struct pf_log_reading {
	struct pf_log_findings findings;
	const char *source; /* of evidence: "pod/x container cart (previous)", "cart.log" */
	const char *which;  /* for the message: "previous container"; "" */
	const char *pod;    /* NULL: none */
	bool previous;
	bool history;
	int failed;         /* the exit code with which its program ended by itself; 0: it runs, or was ended */
	bool cut;           /* it began before what was read */
	const char *window; /* "the last 10 min", where --since cut it; NULL */
	bool troubled;      /* its container does not work, or ended: the log has to say why */
	bool saved;         /* nothing else is looked at, so that it must speak for itself */
};

/* Something in it fitted a pattern of the plan. */
bool pf_log_knows_anything(const struct pf_log_findings *findings);

/*
 * Leaves everything that READINGS say and gives the verdict: COUNT of them, what matters most first, one at least that
 * is no history.
 */
void pf_log_report(struct pf_probe_context *ctx, const struct pf_log_reading *readings, size_t count);

/* The log to speak of: with a fault before one not searched to the end before one with an unknown error; 0: none. */
int pf_log_weight(const struct pf_log_findings *findings);

extern const struct pf_fact_desc pf_log_fact_descs[];

#endif
