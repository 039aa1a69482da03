/* The questions of a wave that are answered from this machine: names and connections. */
#ifndef KUBE_TARGET_HERE_H
#define KUBE_TARGET_HERE_H

#include <postflight/target.h>

/* True for PF_ASK_RESOLVE and PF_ASK_DIAL. */
bool pf_is_from_here(enum pf_ask_kind kind);

/* Answers those among COUNT questions, all side by side; the others are left as they are. */
void pf_ask_from_here(struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
		      struct pf_deadline deadline);

#endif
