/* Who else writes an object: a fix by hand is undone at that one's next turn. */
#ifndef KUBE_MANAGED_BY_H
#define KUBE_MANAGED_BY_H

#include <cjson/cJSON.h>

#include <postflight/arena.h>

/*
 * "Helm release shop", "Argo CD application shop", "Flux Kustomization shop", by OBJECT's labels and annotations; the
 * kind and name of its controlling owner; "Argo CD", "Flux", "Helm" or "Terraform" where only metadata.managedFields or
 * a chart's label says so. NULL when nothing does.
 */
const char *pf_managed_by(struct pf_arena *arena, const cJSON *object);

/* Where else to change OBJECT ("deployment/cart"), which MANAGER writes, so that a change by hand lasts. */
const char *pf_managed_note(struct pf_arena *arena, const char *object, const char *manager);

#endif
