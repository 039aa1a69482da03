/* What only Events tell about a pod: that the kubelet killed it, or that a volume cannot be mounted. */
#ifndef PROBE_POD_EVENTS_H
#define PROBE_POD_EVENTS_H

#include "probe/workload.h"

/*
 * Makes the reason of an unavailable WORKLOAD more precise where its pod's state leaves room: "liveness" for a
 * container ended by its liveness probe, "config-reference" for a volume whose Secret or ConfigMap is absent, and the
 * probe's words for one that is never ready. Events are asked for only then.
 */
void pf_pod_events_refine(struct pf_session *session, struct pf_workload *workload);

#endif
