/*
 * The endpoint URL that an application was given, read as the AWS SDK for Java reads it (java.net.URI), and its host
 * as the pod's resolver reads it.
 */
#ifndef KUBE_ENDPOINT_URL_H
#define KUBE_ENDPOINT_URL_H

#include <stdbool.h>

#include <postflight/arena.h>

struct pf_endpoint_url {
	const char *scheme; /* in lower case: "http" or "https" */
	const char *host;   /* as written, without brackets */
	int port;           /* the scheme's own when none is written */
	bool user_info;     /* there is a user or a password in it */
};

/*
 * Parses TEXT into *OUT. NULL when it is an absolute http or https URL with a host; else what is wrong with it, in
 * words that complete "the endpoint …": "has no scheme (http://)".
 */
const char *pf_endpoint_url_parse(struct pf_arena *arena, const char *text, struct pf_endpoint_url *out);

enum pf_host_kind {
	PF_HOST_LOCAL,   /* the pod itself: localhost, 127.0.0.0/8, ::1, 0.0.0.0 */
	PF_HOST_ADDRESS, /* another IP address */
	PF_HOST_SERVICE, /* a name that cluster DNS serves for a Service */
	PF_HOST_OUTSIDE, /* a name with a domain of its own */
};

struct pf_service_host {
	enum pf_host_kind kind;
	const char *service;    /* SERVICE: its name; else NULL */
	const char *namespace_; /* SERVICE: the one named, else OWN_NAMESPACE */
};

/*
 * How a pod in OWN_NAMESPACE with the usual search list reads HOST: "db", "db.ns", "db.ns.svc",
 * "db.ns.svc.cluster.local", the last two also of one pod behind it, "pod.db.ns.svc". The cluster's domain is taken to
 * be any that follows ".svc.". A dot at the end switches the search list off.
 */
struct pf_service_host pf_service_host_read(struct pf_arena *arena, const char *host, const char *own_namespace);

#endif
