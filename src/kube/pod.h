/*
 * The real state of a pod.
 *
 * A crash loop has three faces (running again, terminated, waiting in CrashLoopBackOff); restartCount and lastState
 * tell them from a start. The phase alone tells nothing.
 */
#ifndef KUBE_POD_H
#define KUBE_POD_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>

enum pf_pod_state {
	PF_POD_READY,
	PF_POD_STARTING,  /* being created, or running and not ready yet, without a crash before */
	PF_POD_PROVING,   /* ready again after a crash, not yet for longer than it took to crash: either may follow */
	PF_POD_NOT_READY, /* runs for a while and its readiness probe does not pass */
	PF_POD_CRASH,     /* ended and is restarted, in any phase of the loop */
	PF_POD_OOM,       /* the same, killed for memory */
	PF_POD_COMPLETED, /* the same, with exit code 0 */
	PF_POD_IMAGE,     /* cannot be pulled or found */
	PF_POD_CONFIG_REFERENCE, /* a Secret, ConfigMap or key is absent */
	PF_POD_RUN_AS_NON_ROOT,
	PF_POD_CREATE_ERROR, /* the container cannot be created or started for another reason */
	PF_POD_UNSCHEDULABLE,
	PF_POD_EVICTED,
	PF_POD_FAILED, /* the pod ended for another reason (preempted, node lost) */
	PF_POD_TERMINATING,
	PF_POD_STATE_COUNT
};

/* Strings point into the pod's tree or are constants; never NULL but where said. Times: UTC ms, 0 when unknown. */
struct pf_pod {
	const cJSON *object;
	const char *name;
	const char *uid;
	const char *ip; /* "" when it has none */
	const char *owner_uid;
	const char *hash; /* pod-template-hash */
	int64_t created_ms;
	bool deleting;
	enum pf_pod_state state;
	const char *container; /* the one that STATE is about; "" when it is about the pod */
	const char *message;   /* the kubelet's or scheduler's own words; "" when none */
	int restarts;          /* of CONTAINER */
	bool init;             /* CONTAINER is an init container whose work is not done */
	bool running;          /* CONTAINER runs at this moment */
	bool ready;            /* the pod's Ready condition */
	int64_t running_since_ms;
	bool ended; /* CONTAINER ended at least once: the members below are of its latest end */
	int exit_code;
	const char *end_reason; /* "Error", "OOMKilled", "Completed" */
	int64_t end_started_ms; /* of the run that ended */
	int64_t end_finished_ms;
	int64_t since_ms; /* when the pod came into the present state, as far as known */
};

/* A word for each state, as facts have it: "ready", "crash", "config-reference", … */
const char *pf_pod_state_name(enum pf_pod_state state);

/*
 * How long (milliseconds) a container that had been up must have run again before its crash is history, and how long
 * an unready one is taken to be starting.
 */
#define PF_POD_PROVEN_MS 10000
#define PF_POD_START_MS 120000

/* Reads POD as it was at NOW_MS (UTC). */
struct pf_pod pf_pod_read(const cJSON *pod, int64_t now_ms);

/* Of an evicted pod: it passed a limit of its own; otherwise the node was short of something. */
bool pf_pod_passed_its_limit(const struct pf_pod *pod);

/* True when waiting longer cannot help. A crash counts from the third start on: see workload.h for earlier ones. */
bool pf_pod_doomed(const struct pf_pod *pod, int64_t now_ms);

#endif
