/* The EndpointSlices of a Service: what its address really leads to. */
#ifndef KUBE_SLICES_H
#define KUBE_SLICES_H

#include <stdbool.h>

#include <cjson/cJSON.h>

struct pf_slices {
	int ready;        /* endpoints that are ready and have the port */
	int not_ready;    /* endpoints that are not ready */
	int without_port; /* endpoints that are ready, but the named target port is on none of their containers */
	int port;         /* the pods' port behind the Service's; 0 when no slice says */
};

/*
 * Sums up SLICES (an array) for the Service port PORT_NAME (NULL or "" for an unnamed one). A slice without ports says
 * that the pods have no port of the target's name: its endpoints lead nowhere, whatever their readiness.
 */
struct pf_slices pf_slices_read(const cJSON *slices, const char *port_name);

#endif
