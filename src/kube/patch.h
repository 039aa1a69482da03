/*
 * Changes to one object, made only to the state of it that was seen: JSON merge patches with uid and resourceVersion.
 * Whoever changed it in between makes the server answer 409 (PF_ERR_CONFLICT).
 */
#ifndef KUBE_PATCH_H
#define KUBE_PATCH_H

#include <postflight/target.h>

/* A patch of OBJECT that changes nothing yet. In ARENA. */
cJSON *pf_patch_of(struct pf_arena *arena, const cJSON *object);

/* Sets an annotation; VALUE NULL removes it. */
void pf_patch_annotation(cJSON *patch, const char *name, const char *value);

/* The question that carries PATCH to the object at PATH. Its answer is the object as it is then. */
struct pf_ask pf_patch_ask(struct pf_arena *arena, const char *path, const cJSON *patch);

#endif
