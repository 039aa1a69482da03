/* The hosts file of a pod: names that hostAliases of its spec answer before any DNS server is asked. */
#ifndef PROBE_HOST_ALIAS_H
#define PROBE_HOST_ALIAS_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "probe/endpoint.h"

/* The entry of POD_SPEC's hostAliases that has HOST (which may be NULL) among its names; NULL when there is none. */
const cJSON *pf_host_alias(const cJSON *pod_spec, const char *host);

/* Whether LIST, an array of texts, has ADDRESS. */
bool pf_is_in(const cJSON *list, const char *address);

/* Whether ADDRESS is that of an endpoint in SLICES. */
bool pf_is_endpoint(const cJSON *slices, const char *address);

/*
 * Whether ADDRESS is the own one of ENDPOINT's Service or that of one of its endpoints; true also where these could not
 * be read.
 */
bool pf_is_of_service(struct pf_session *session, const struct pf_endpoint *endpoint, const char *address);

#endif
