/* NetworkPolicies that may stand between two workloads; asked for only where packets got lost. */
#ifndef PROBE_POLICIES_H
#define PROBE_POLICIES_H

#include "probe/workload.h"

struct pf_policies {
	const char *const *names; /* "networkpolicy/deny-all (egress)"; ended by NULL */
	size_t count;
};

/*
 * Those that govern what leaves CLIENT's pods or what enters BACKEND's, whatever they allow. Empty when they may not
 * be listed.
 */
struct pf_policies
pf_policies_between(struct pf_session *session, const struct pf_workload *client, const struct pf_workload *backend);

#endif
