/* The questions of a wave that are answered from this machine: names and connections. */
#ifndef KUBE_TARGET_HERE_H
#define KUBE_TARGET_HERE_H

#include <postflight/target.h>

/* More than the second that a refusal by ICMP may take. */
#define PF_HERE_CONNECT_MS 3000

/* True for PF_ASK_RESOLVE and PF_ASK_DIAL. */
bool pf_is_from_here(enum pf_ask_kind kind);

/* The address and the port of "10.0.0.1:8000" and "[fd00::1]:8000"; 0 where there is no port. */
const char *pf_here_address(struct pf_arena *arena, const char *path, int *port);

/* Answers those among COUNT questions, all side by side; the others are left as they are. */
void pf_ask_from_here(struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
		      struct pf_deadline deadline);

#endif
