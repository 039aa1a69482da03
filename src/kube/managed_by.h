/* Who else writes an object: a fix by hand is undone at that one's next turn. */
#ifndef KUBE_MANAGED_BY_H
#define KUBE_MANAGED_BY_H

#include <cjson/cJSON.h>

#include <postflight/arena.h>

/* "Helm release shop", "Argo CD application shop", "Flux Kustomization shop"; NULL when nothing says so. */
const char *pf_managed_by(struct pf_arena *arena, const cJSON *object);

#endif
