/* The commands of a result, made to ask the cluster that was judged, and not the one a shell happens to be set to. */
#ifndef POSTFLIGHT_RUN_NAME_CLUSTER_H
#define POSTFLIGHT_RUN_NAME_CLUSTER_H

#include <postflight/arena.h>
#include <postflight/run.h>

/*
 * Puts FLAGS ("--context prod", words for a shell; NULL or "": nothing) behind each kubectl that the fixes, the next
 * steps and the checks' messages of RESULT call. In a command a quoted "kubectl" is somebody's value and stays.
 */
void pf_name_cluster(struct pf_arena *arena, const char *flags, struct pf_result *result);

#endif
