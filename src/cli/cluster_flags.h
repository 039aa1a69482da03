/* Which cluster a command for kubectl must ask, as the command line named it. */
#ifndef CLI_CLUSTER_FLAGS_H
#define CLI_CLUSTER_FLAGS_H

#include <postflight/arena.h>

#include "cli/run_flags.h"

/*
 * The options of FLAGS that choose a cluster and a login, as words for a shell: "--context prod"; "" where nothing was
 * said. SERVER is --server without what is secret in it. Whom to impersonate is left out: who may only look is seldom
 * who may change.
 */
const char *pf_cluster_flags(struct pf_arena *arena, const struct pf_run_flags *flags, const char *server);

#endif
