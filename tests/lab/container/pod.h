/* What the parts of pod.so share; both define _GNU_SOURCE first. */
#ifndef LAB_CONTAINER_POD_H
#define LAB_CONTAINER_POD_H

#include <dlfcn.h>
#include <stdlib.h>

/* The libc's own function of that name. */
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

/* What the lab says of the pod: a variable of the environment, empty where there is none. */
static inline const char *
setting(const char *name)
{
	const char *value = getenv(name);
	return value ? value : "";
}

#endif
