/* Which Deployment may be meant when the named one is absent. */
#ifndef PROBE_CANDIDATES_H
#define PROBE_CANDIDATES_H

#include <postflight/probe.h>

struct pf_candidates {
	const char *const *names;
	size_t count;
	const char *why; /* what made the first one a candidate: "env RETAIL_CART_…" */
};

/*
 * Deployments of the namespace with a variable that starts with one of PREFIXES, or an image whose name holds one of
 * IMAGES (both ended by NULL). Empty when Deployments may not be listed.
 */
struct pf_candidates
pf_candidates_find(struct pf_probe_context *ctx, const char *const *prefixes, const char *const *images);

#endif
