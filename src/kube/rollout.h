/* Restarting what a Deployment runs, and telling our own rollout from somebody else's. */
#ifndef KUBE_ROLLOUT_H
#define KUBE_ROLLOUT_H

#include <stdbool.h>

#include <postflight/target.h>

/* kubectl's own: `kubectl rollout restart` sets it, and `kubectl rollout history` knows it. */
#define PF_RESTARTED_AT "kubectl.kubernetes.io/restartedAt"

/* Makes PATCH (see patch.h) start a rollout of new pods from the same template. WHEN is RFC 3339. */
void pf_rollout_restart(cJSON *patch, const char *when);

/*
 * True when both Deployments have the same pod template, the annotation of restarts included: a rollout that somebody
 * else began would differ in it. Scaling, by hand or by a HorizontalPodAutoscaler, does not.
 */
bool pf_rollout_same(const cJSON *a, const cJSON *b);

/* Deletes the pod with its own grace period, if it is still the one with UID (else 409). */
struct pf_ask pf_pod_delete_ask(struct pf_arena *arena, const char *namespace_, const char *name, const char *uid);

#endif
