/* Whether an application's data outlives a restart of it: the only probe that changes something, with consent. */
#include "probe/probes.h"

static const struct pf_param params[] = {
	{"deployment", PF_TYPE_STRING, true, NULL, "the Deployment of the application that is restarted"},
	{"container", PF_TYPE_STRING, false, NULL, "its container; empty: found by its variables"},
	{"prefixes", PF_TYPE_LIST, false, NULL, "variables that the container is known by start with one of these"},
	{0},
};

static const struct pf_fact_desc facts[] = {
	{"persistence.outcome", PF_TYPE_ENUM, "kept lost", "what the reads after the restart said"},
	{"persistence.loss", PF_TYPE_ENUM,
	 "in-memory several-in-memory table-recreated table-vanished db-restarted db-partition unknown",
	 "how what was written came to be gone"},
	{0},
};

static const struct pf_permission permissions[] = {
	{"apps", "deployments", "get patch", "the restart, and the note of it while it is under way"},
	{0},
};

const struct pf_probe pf_probe_persistence = {
	.desc =
		{
			.kind = "persistence",
			.summary = "adds a cart, restarts the Deployment and reads the cart back",
			.params = params,
			.facts = facts,
			.permissions = permissions,
			.disruptive = true,
		},
};
