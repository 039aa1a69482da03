/*
 * Resolves names as the C library of a container does: a search list, ndots, A and AAAA for each step; and tells what
 * each step was answered.
 */
#ifndef POSTFLIGHT_RESOLVER_H
#define POSTFLIGHT_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/arena.h>
#include <postflight/clock.h>
#include <postflight/err.h>

enum pf_dns_outcome {
	PF_DNS_RESOLVED,
	PF_DNS_NXDOMAIN,
	PF_DNS_NO_DATA, /* the name exists, without an address */
	PF_DNS_SERVFAIL,
	PF_DNS_REFUSED, /* the resolver refuses to answer, or what it answers makes no sense */
	PF_DNS_TIMEOUT, /* no answer; a port on which no resolver listens is told as the same */
	PF_DNS_OUTCOME_COUNT
};

/* "resolved", "nxdomain", "no-data", "servfail", "refused", "timeout" */
const char *pf_dns_outcome_name(enum pf_dns_outcome outcome);

/* A resolv.conf. Lists end with NULL. */
struct pf_resolver_config {
	const char *const *nameservers; /* addresses; with a port as 127.0.0.1:5353 or [::1]:5353 */
	const char *const *search;
	unsigned ndots;
	int64_t try_ms; /* how long one nameserver is waited for, once */
	unsigned tries;
};

/*
 * Reads the text of a resolv.conf (the last search or domain line counts, unknown lines and options do not). Without
 * options, ndots is 1 and a nameserver is asked twice for 5 s, as resolv.conf(5) says.
 */
void pf_resolver_config_read(struct pf_arena *arena, const char *text, struct pf_resolver_config *out);

/* One name that was asked for. */
struct pf_dns_step {
	const char *name; /* without the dot at its end */
	enum pf_dns_outcome a;
	enum pf_dns_outcome aaaa;
	enum pf_dns_outcome outcome;  /* of both */
	const char *const *addresses; /* IPv4 first, in the order of the answer; ended by NULL */
	const char *canonical;        /* behind a CNAME; NULL when NAME has none */
	int64_t elapsed_ms;
};

struct pf_resolution {
	bool ok; /* the search came to its end; else ERR says why not: the deadline, a signal, no nameserver */
	enum pf_dns_outcome outcome;
	const struct pf_dns_step *steps;
	size_t step_count;
	const struct pf_dns_step *answer; /* the step that resolved it; NULL */
	int64_t elapsed_ms;
	struct pf_err err;
};

/*
 * Resolves COUNT hosts side by side. As glibc does, a step that is answered by NXDOMAIN, no data or SERVFAIL leads to
 * the next one, silence ends the search; a name that ends with a dot is asked for as it stands. Results are in ARENA.
 */
void pf_resolve_all(struct pf_arena *arena, const struct pf_resolver_config *config, const char *const *hosts,
		    struct pf_resolution *results, size_t count, struct pf_deadline deadline);

#endif
