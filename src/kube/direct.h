/* HTTP to processes over connections from this machine, as where postflight runs in the cluster. */
#ifndef POSTFLIGHT_KUBE_DIRECT_H
#define POSTFLIGHT_KUBE_DIRECT_H

#include <postflight/target.h>

struct pf_live;

/* Answers the PF_ASK_DIRECT among COUNT questions, side by side and redacted; the others are left as they are. */
void pf_direct_all(struct pf_live *live, struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers,
		   size_t count, struct pf_deadline deadline);

#endif
