/*
 * How the application sees names and connections: from inside its container, or from this process.
 *
 * From the container it is one command for everything that dns and tcp want to know. From here, a success proves that
 * something is reachable; a failure proves nothing about the application (a NetworkPolicy selects by label), unless
 * this process runs in the application's own pod.
 */
#ifndef PROBE_VANTAGE_H
#define PROBE_VANTAGE_H

#include "probe/reach.h"

/* A name that every cluster has: whether it resolves tells a dead DNS from a wrong name. */
#define PF_CONTROL_NAME "kubernetes.default.svc"

struct pf_seen_name {
	const char *host;             /* NULL: not asked for */
	const char *outcome;          /* one of dns.outcome's words; NULL: could not be told */
	const char *const *addresses; /* ended by NULL */
	const char *canonical;        /* the whole name that was found; NULL */
	const char *by;               /* "getent": what asked */
	const char *said;             /* its words about a failure; NULL */
};

struct pf_seen_connection {
	const char *host; /* NULL: not asked for */
	int port;
	const char *outcome; /* one of tcp.outcome's words; NULL: could not be told, or the name did not resolve */
	bool name_failed;
	int64_t elapsed_ms;
	const char *by;
	const char *said;
};

struct pf_view {
	const char *vantage; /* "pod", "local" */
	bool decides;        /* from here it looks as from the application */
	bool assumed;        /* the host is the plan's: what the application has been told could not be read */
	const char *source;  /* for evidence: "pod/x container cart", "this process" */
	struct pf_seen_name name;
	struct pf_seen_name control;
	struct pf_seen_connection service; /* as the application asks for it */
	struct pf_seen_connection backend; /* a pod of the backend directly, on the port that its process listens on */
};

/*
 * Looks for the parameters PF_BACKEND_PARAMS; the same look for every check with the same ones. False when there is
 * nothing to look at or no way to look: the check's verdict is then given.
 */
bool pf_view_look(struct pf_probe_context *ctx, const struct pf_backend *backend, struct pf_view *out);

/* Queues the command, when what it needs is known already. */
void pf_view_foresee(struct pf_probe_context *ctx);

/*
 * True when what was seen is what the application sees of what it has been told: only then is it a fault that it does
 * not work.
 */
bool pf_view_decides(const struct pf_view *view);

/* What there is to say of who looked, and at which name, behind a sentence about what was seen; mostly "". */
const char *pf_view_where(const struct pf_view *view);

#define PF_ASSUMED_HELP                                                                                                \
	"the host is the documented one: what the application has been told could not be read; absent where it was"

/* The Role lines that a look needs; for the probes' tables. */
#define PF_VIEW_PERMISSIONS                                                                                            \
	{                                                                                                              \
		"", "pods/exec", "get create", "names and connections as the application's container sees them"        \
	}

/* ---- Within the vantages ---------------------------------------------------------------------------------------- */

/* What is to be looked at, and from which pod. */
struct pf_sight {
	struct pf_probe_context *ctx;
	const struct pf_backend *backend;
	const struct pf_workload *client;
	const char *container;    /* the client's */
	const struct pf_pod *pod; /* of the client, in which it runs; NULL */
	const char *host;         /* of the endpoint; the plan's when ASSUMED */
	bool assumed;
	bool is_name; /* HOST is to be resolved */
	int port;
	const char *pod_address; /* of a pod of the backend; NULL */
	int pod_port;
};

enum pf_look {
	PF_LOOK_DONE,   /* *OUT says what was seen */
	PF_LOOK_NO_WAY, /* the verdict is given; another vantage may still see something */
	PF_LOOK_OVER,   /* the verdict is given */
};

enum pf_look pf_look_from_pod(const struct pf_sight *sight, struct pf_view *out);
enum pf_look pf_look_from_here(const struct pf_sight *sight, struct pf_view *out);

/* The command; false when no container runs in which it could be run. */
bool pf_pod_look_ask(const struct pf_sight *sight, struct pf_ask *out);

/* Queues what tells where this process runs. */
void pf_here_foresee(const struct pf_sight *sight);

/* True when this process runs in one of the client's pods: it sees what the client sees, at any time. */
bool pf_here_is_own_pod(const struct pf_sight *sight);

#endif
