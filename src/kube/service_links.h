/* The variables that the kubelet adds for each Service of the namespace (docker-style links). */
#ifndef KUBE_SERVICE_LINKS_H
#define KUBE_SERVICE_LINKS_H

#include <cjson/cJSON.h>

#include <postflight/arena.h>

/* Calls ADD for each variable of each Service with a cluster IP. SERVICES is an array of Services, or NULL. */
void pf_service_links(struct pf_arena *arena, const cJSON *services,
		      void (*add)(void *context, const char *name, const char *value), void *context);

#endif
