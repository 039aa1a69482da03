/* The port that a workload's process listens on, as far as its arguments tell. */
#ifndef PROBE_LISTENS_H
#define PROBE_LISTENS_H

#include "probe/workload.h"

/*
 * The number behind FLAG ("-port") in the first container's command or arguments, else FALLBACK, also for a
 * Deployment that could not be read. 0 when WORKLOAD is NULL or absent, or when FLAG is there without a number.
 */
int pf_listens_on(const struct pf_workload *workload, const char *flag, int fallback);

#endif
