/* The Services in front of a Deployment, found by their selectors. */
#ifndef PROBE_FRONTENDS_H
#define PROBE_FRONTENDS_H

#include "probe/workload.h"

struct pf_frontend {
	const cJSON *service;
	const char *name;
	const cJSON *port;       /* its first TCP port */
	int target;              /* the pods' port it leads to; 0 when it is a name that CONTAINER does not have */
	const char *target_name; /* that name, or the number as text */
};

/* All of them; *ERR when Services could not be listed. */
const struct pf_frontend *pf_frontends(struct pf_session *session, const struct pf_workload *workload,
				       const cJSON *container, size_t *count, const struct pf_err **err);

/* The number of PORT (a number, or the name of one of CONTAINER's ports); 0 when there is none of that name. */
int pf_port_of(const cJSON *container, const cJSON *port);

#endif
