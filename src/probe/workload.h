/*
 * A Deployment with its pods: what runs, in which state, and from which container a check reads the environment.
 *
 * Observed once per round through the session; several checks share it.
 */
#ifndef PROBE_WORKLOAD_H
#define PROBE_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/err.h>

#include "kube/env.h"
#include "kube/pod.h"
#include "probe/session.h"

enum pf_workload_state {
	PF_WORKLOAD_ABSENT,
	PF_WORKLOAD_UNREADABLE, /* ERR says why */
	PF_WORKLOAD_SCALED_TO_ZERO,
	PF_WORKLOAD_PAUSED,      /* before its first rollout: it will make no pod */
	PF_WORKLOAD_AVAILABLE,   /* all replicas, of the newest revision */
	PF_WORKLOAD_PROGRESSING, /* a rollout is under way and nothing says that it cannot end well */
	PF_WORKLOAD_STUCK,       /* the newest revision does not come up, an older one serves */
	PF_WORKLOAD_UNAVAILABLE,
	PF_WORKLOAD_STATE_COUNT
};

struct pf_workload {
	struct pf_workload *next;
	const char *name;
	const char *namespace_;
	const cJSON *deployment; /* NULL when absent or unreadable */
	const struct pf_err *err;
	const char *selector;
	int desired;
	int available;
	bool paused;

	bool pods_asked;
	const struct pf_err *pods_err; /* NULL when they were read */
	const char *pods_version;      /* resourceVersion of the list */
	const struct pf_pod *pods;     /* of all revisions, but those that have ended for good */
	size_t pod_count;
	const struct pf_pod *ended; /* evicted or failed: they stay until somebody deletes them */
	size_t ended_count;

	const char *newest_hash; /* pod-template-hash of the newest revision; NULL when not known */
	const char *reason;      /* why it is not available: a pod state's word, or quota, admission, liveness, no-pods,
				    outdated;      "none" */
	const char *message;     /* in the words of who refused; "" */
	const struct pf_pod *pod;     /* the pod of the newest revision that REASON is about; NULL */
	const struct pf_pod *evicted; /* when REASON is that: the one it happened to, POD or its predecessor */
	const struct pf_pod *serving; /* a ready pod, of the newest revision when there is one; NULL */
	enum pf_workload_state state;
};

/* A word for each state, as facts have it. */
const char *pf_workload_state_name(enum pf_workload_state state);

/* The Deployment NAME with its pods. Never NULL; the same for the same name. */
const struct pf_workload *pf_workload(struct pf_session *session, const char *namespace_, const char *name);

/* Queues what pf_workload will ask that is known by now. */
void pf_workload_foresee(struct pf_session *session, const char *name);

/* True when more waiting may change the state: it progresses. */
bool pf_workload_unsettled(struct pf_session *session, const struct pf_workload *workload);

/*
 * The container that carries the application: WANTED when given; else the one that is called after the Deployment, or
 * whose image is; else the one with most variables that start with one of PREFIXES (ended by NULL), wherever they come
 * from; else the first. NULL when the Deployment is absent or names no
 * such container.
 */
const cJSON *pf_workload_container(struct pf_session *session, const struct pf_workload *workload, const char *wanted,
				   const char *const *prefixes);

/* CONTAINER's environment by the Deployment's template. */
const struct pf_env *
pf_workload_env(struct pf_session *session, const struct pf_workload *workload, const cJSON *container);

/* Queues the ConfigMaps and Secrets that the Deployment's containers refer to. */
void pf_workload_foresee_env(struct pf_session *session, const char *name);

/* The Services of the namespace; see pf_look_list. */
struct pf_listing pf_services(struct pf_session *session);
void pf_services_foresee(struct pf_session *session);

/* The pods of a workload that are of the newest revision and not going away. */
bool pf_workload_is_newest(const struct pf_workload *workload, const struct pf_pod *pod);

#endif
