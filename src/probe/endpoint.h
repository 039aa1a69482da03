/* Where the cart has been told its database is: read from its environment, followed to a Service. */
#ifndef PROBE_ENDPOINT_H
#define PROBE_ENDPOINT_H

#include "kube/endpoint_url.h"
#include "probe/subject.h"

enum pf_endpoint_state {
	PF_ENDPOINT_NO_SUBJECT, /* the Deployment or its container was not found or read */
	PF_ENDPOINT_REFERENCE,  /* the ConfigMap, Secret or key that it comes from is absent */
	PF_ENDPOINT_NOT_READ,   /* WHY says why the value is not known */
	PF_ENDPOINT_UNSET,      /* absent or empty */
	PF_ENDPOINT_MALFORMED,  /* WHY says what is wrong */
	PF_ENDPOINT_PARSED,
};

struct pf_endpoint {
	enum pf_endpoint_state state;
	const char *why;
	const struct pf_env_var *var; /* NULL when it is not set */
	bool secret;                  /* never to be shown */
	struct pf_endpoint_url url;
	struct pf_service_host host;
	const cJSON *service;             /* the Service that it names, or whose address it is; NULL */
	bool own;                         /* that one leads to the client's own pods */
	const struct pf_err *service_err; /* why that could not be read (not: absent); NULL */
};

/* Reads VARIABLE of the container of Deployment CLIENT. */
struct pf_endpoint pf_endpoint_read(struct pf_session *session, const char *client, const char *container,
				    const char *const *prefixes, const char *variable);

/*
 * The Service NAME in NAMESPACE_: from the namespace's list when it is the session's own, else by itself. NULL when
 * absent, or with *ERR when it could not be read.
 */
const cJSON *
pf_service_find(struct pf_session *session, const char *namespace_, const char *name, const struct pf_err **err);

/* SERVICE's TCP port of that number; NULL when it does not serve it. */
const cJSON *pf_service_port(const cJSON *service, int number);

#endif
