/* Opens TCP connections and names why one could not be opened. Nothing is sent over them. */
#ifndef POSTFLIGHT_DIAL_H
#define POSTFLIGHT_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/arena.h>
#include <postflight/clock.h>
#include <postflight/err.h>

enum pf_dial_outcome {
	PF_DIAL_CONNECTED,
	PF_DIAL_REFUSED,
	PF_DIAL_TIMEOUT,     /* nothing came back in the time of the dial, or of the kernel's patience */
	PF_DIAL_UNREACHABLE, /* no route, a firewall's refusal by ICMP, or one of this machine */
	PF_DIAL_RESET,       /* accepted, and broken off at once */
	PF_DIAL_OUTCOME_COUNT
};

/* "connected", "refused", "timeout", "unreachable", "reset" */
const char *pf_dial_outcome_name(enum pf_dial_outcome outcome);

struct pf_dial {
	const char *address; /* IPv4 or IPv6, without brackets; a zone (fe80::1%eth0) is understood */
	int port;
	int64_t timeout_ms; /* to be more than 1000: a refusal by ICMP may take one retransmission, which is a second */
};

struct pf_dial_result {
	bool ok; /* OUTCOME is known; else ERR says why not: the deadline, a signal, what is no address */
	enum pf_dial_outcome outcome;
	int64_t elapsed_ms;
	struct pf_err err;
};

/* Dials COUNT addresses side by side and returns when all have ended. Each result stands for itself. */
void
pf_dial_all(const struct pf_dial *dials, struct pf_dial_result *results, size_t count, struct pf_deadline deadline);

/* The addresses of this machine's interfaces that are up, in their usual form, ended by NULL. May be empty. */
const char *const *pf_own_addresses(struct pf_arena *arena);

#endif
