/* Ways into a Service from outside, besides its type. */
#ifndef PROBE_EXPOSURE_H
#define PROBE_EXPOSURE_H

#include "probe/session.h"

struct pf_exposure {
	const char *external_ips; /* "" when none */
	const char *ingress;      /* the name of an Ingress that leads to it; NULL */
	const struct pf_err *err; /* Ingresses could not be read; NULL */
};

struct pf_exposure
pf_exposure_find(struct pf_session *session, const char *namespace_, const char *name, const cJSON *service);
void pf_exposure_foresee(struct pf_session *session, const char *namespace_);

#endif
