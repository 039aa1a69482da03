/*
 * The table of an application in the database that it talks to. DynamoDB Local without -sharedDb keeps one database
 * for each key id and region: what one client sees, another does not.
 */
#ifndef PROBE_TABLE_H
#define PROBE_TABLE_H

#include "kube/dynamodb.h"
#include "probe/reach.h"

enum pf_table_state {
	PF_TABLE_UNASKED, /* nobody was asked, for a reason that is somebody else's fault: WHY */
	PF_TABLE_ERROR,   /* it could not be observed: ERR, or WHY when that is NULL */
	PF_TABLE_PRESENT,
	PF_TABLE_ABSENT,
	PF_TABLE_ELSEWHERE, /* absent for the client, present in the database of WHERE */
	PF_TABLE_IN_SOME,   /* each pod keeps a database of its own, and not all have it: WHERE */
	PF_TABLE_HANGS,     /* DynamoDB takes signed requests and does not answer them */
	PF_TABLE_STATE_COUNT
};

struct pf_table {
	enum pf_table_state state;
	const char *why;
	const struct pf_err *err; /* of a question to the process; NULL */
	const char *name;         /* of the table; NULL when it is not known */
	const char *region;       /* of the database where it was found, else of the client's */
	const char
		*where; /* "in region us-east-1", "under the key id of replicaset/cart-x", "in pod/a, not in pod/b" */
	bool shared;    /* one database for all: -sharedDb */
	struct pf_process_at at; /* who was asked; POD NULL: nobody */
	struct pf_dynamodb_table seen;
	const char *const *names; /* of all tables in the client's database; NULL: not told */
	size_t name_count;
};

/* Says what pf_table_find will ask for certain; a hint. */
void pf_table_foresee(struct pf_probe_context *ctx, const struct pf_backend *backend, const struct pf_subject *client);

/* Looks for it by the parameters PF_TABLE_PARAMS, first in the client's own database. */
struct pf_table
pf_table_find(struct pf_probe_context *ctx, const struct pf_backend *backend, const struct pf_subject *client);

#define PF_TABLE_PARAMS                                                                                                \
	{"key_id", PF_TYPE_STRING, true, NULL, "the client's variable that holds its access key id"},                  \
		{"region", PF_TYPE_STRING, true, NULL,                                                                 \
		 "the variable that holds its region, and that it heeds only without an endpoint"},                    \
		{"forced_region", PF_TYPE_STRING, true, NULL, "the region it uses with an endpoint"},                  \
		{"table", PF_TYPE_STRING, true, NULL, "the variable that holds the table's name"},                     \
		{"default_table", PF_TYPE_STRING, true, NULL, "the name when that is not set"},                        \
		{"index", PF_TYPE_STRING, true, NULL, "the global secondary index that it needs"},                     \
	{                                                                                                              \
		"shared_flag", PF_TYPE_STRING, false, NULL,                                                            \
			"the argument of the database that makes one of all databases"                                 \
	}

#endif
