/*
 * The processes of a deployment, spoken to in their pods: by port-forward, which enters the pod's own network, or
 * directly where this process runs in the cluster (way.c). What comes back proves the process, never the way that its
 * clients take to it.
 */
#ifndef PROBE_REACH_H
#define PROBE_REACH_H

#include "probe/endpoint.h"
#include "probe/subject.h"

/* A port of a pod. */
struct pf_process_at {
	const char *namespace_;
	const char *pod; /* NULL: there is none to speak to */
	int port;
	const char *address; /* of the pod; NULL or "" when it is not known */
	bool alone; /* the pod has one container: whatever answers there is the process, and no proxy before it */
};

/* PORT of POD. */
struct pf_process_at pf_process_of(const char *namespace_, const struct pf_pod *pod, int port);

/* An HTTP request to it. */
struct pf_request {
	const char *method;
	const char *path;
	const char *headers;      /* as those of a FORWARD */
	const char *content_type; /* of BODY */
	const char *body;         /* NULL: none */
	int64_t timeout_ms;       /* 0: the target's own */
	size_t cap;               /* bytes of answer; 0: 1 MiB */
	bool once;                /* sent twice it would do something else than sent once */
};

/* Queues REQUEST for the next flush; a hint, as pf_foresee(). */
void pf_reach_foresee(struct pf_session *session, const struct pf_process_at *at, const struct pf_request *request);

/* The answer to REQUEST, asked once. */
const struct pf_answer *
pf_reach(struct pf_session *session, const struct pf_process_at *at, const struct pf_request *request);

/* How a question is put to the target. */
typedef struct pf_answer pf_reach_ask(void *context, const struct pf_ask *ask);

/* The same, put by ASK each time: for who must know what is the case now. */
struct pf_answer pf_reach_by(struct pf_session *session, const struct pf_process_at *at,
			     const struct pf_request *request, pf_reach_ask *ask, void *context);

/*
 * By which way AT was asked: "direct" or "port-forward". NULL from outside of the cluster, where there is but one.
 */
const char *pf_reach_way(struct pf_session *session, const struct pf_process_at *at);

#define PF_WAY_VALUES "direct port-forward service"
#define PF_WAY_HELP                                                                                                    \
	"in the cluster, how the process was asked: at its pod's address, by a port-forward, or at its Service"

/*
 * The answer to REQUEST at PORT of SERVICE, in the run's namespace, by its name and from here: for where no object can
 * be read that would lead to a pod. *PLACE is "dynamodb:8000". NULL with *ERR when the name leads to no address.
 */
const struct pf_answer *pf_reach_service(struct pf_session *session, const char *service, int port,
					 const struct pf_request *request, const char **place, struct pf_err *err);

/* True where a service mesh, and not the process, has written ANSWER. */
bool pf_is_of_mesh(struct pf_arena *arena, const struct pf_answer *answer);

/* "pod/dynamodb-x port 8000" */
const char *pf_process_text(struct pf_arena *arena, const struct pf_process_at *at);

/* PF_ERROR for a process that was not reached: the sentence of ERR and, for a 403, the Role rule to add. */
void pf_reach_error(struct pf_probe_context *ctx, const struct pf_err *err);

/* When CONTAINER of POD began to run, UTC milliseconds; 0 when it does not run or that is not known. */
int64_t pf_running_since(const struct pf_pod *pod, const char *container);

/*
 * A pod of WORKLOAD whose CONTAINER runs: a ready one when there is one, of the newest revision only where that is
 * asked for. NULL when there is none.
 */
const struct pf_pod *pf_running_pod(const struct pf_workload *workload, const char *container, bool newest_only);

/* ---- What a client has been told to use ------------------------------------------------------------------------ */

/* Whose pods a Service leads to. */
enum pf_behind {
	PF_BEHIND_UNKNOWN, /* that could not be read */
	PF_BEHIND_NOTHING, /* there is no Service to follow, or nothing ready behind it */
	PF_BEHIND_OWN,
	PF_BEHIND_FOREIGN, /* not one of them is the Deployment's */
};

struct pf_backend {
	const struct pf_workload *workload; /* in the namespace that the client's endpoint names, else the run's */
	const char *container;              /* its first; NULL when the Deployment is absent or unreadable */
	const struct pf_pod *pod;           /* the one to speak to; NULL: WHY */
	struct pf_process_at at;            /* that pod, on the port it listens on; 0: its arguments do not tell */
	const char *why;
	struct pf_endpoint endpoint;
	const char *service; /* the Service between the two: the endpoint's, else the documented one; NULL: none */
	enum pf_behind leads_to;
	struct pf_process_at behind; /* a foreign pod that it leads to; POD NULL: it does not */
};

/* Reads the parameters PF_BACKEND_PARAMS. */
struct pf_backend pf_backend_find(struct pf_probe_context *ctx);

/* Whether its process has run for less than a minute: what it does not do yet, it may do soon. POD must not be NULL. */
bool pf_backend_is_young(struct pf_session *session, const struct pf_backend *backend);

#define PF_BACKEND_PARAMS                                                                                              \
	{"deployment", PF_TYPE_STRING, true, NULL, "the Deployment of the backend"},                                   \
		{"service", PF_TYPE_STRING, true, NULL, "its Service, where the client's endpoint does not say"},      \
		{"port", PF_TYPE_INT, true, NULL, "the Service's documented port"},                                    \
		{"listens", PF_TYPE_INT, true, NULL, "the port that its process listens on by default"},               \
		{"port_flag", PF_TYPE_STRING, false, NULL, "the argument that makes it listen on another"},            \
		{"client", PF_TYPE_STRING, true, NULL, "the Deployment that uses it"},                                 \
		{"container", PF_TYPE_STRING, false, NULL, "the client's container; empty: found by its variables"},   \
		{"prefixes", PF_TYPE_LIST, false, NULL,                                                                \
		 "variables that the client's container is known by start with one of these"},                         \
	{                                                                                                              \
		"variable", PF_TYPE_STRING, true, NULL, "the client's variable that holds its endpoint"                \
	}

#endif
