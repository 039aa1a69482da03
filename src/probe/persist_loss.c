/* How what was written came to be gone: from what the database said before and after. */
#include <postflight/str.h>

#include "probe/persist.h"

static bool
in_memory(const struct pf_persist *p)
{
	return pf_streq(p->provider, "in-memory");
}

/* DynamoDB Local keeps everything in its process, or in a file of its container. */
static bool
db_restarted(const struct pf_persist_db *before, const struct pf_persist_db *after)
{
	return before->uid != NULL && after->uid != NULL &&
	       (!pf_streq(before->uid, after->uid) || before->restarts != after->restarts);
}

const char *
pf_persist_loss(const struct pf_persist *p)
{
	const struct pf_persist_db *before = &p->db_before, *after = &p->db_after;
	if (in_memory(p))
		return p->old.count > 1 || p->fresh.count > 1 ? "several-in-memory" : "in-memory";
	if (db_restarted(before, after))
		return "db-restarted";
	if (!before->known || !after->known)
		return "unknown";
	/* It never was where this configuration leads, or it is still there and the new pods look elsewhere. */
	if (before->ours == 0 || after->ours > 0)
		return "db-partition";
	if (!after->exists)
		return "table-vanished";
	if (before->created_ms != 0 && after->created_ms != 0 && before->created_ms != after->created_ms)
		return "table-recreated";
	return "unknown";
}

static const char *
time_of(struct pf_persist *p, int64_t ms)
{
	return pf_time_format(p->arena, ms, true);
}

const char *
pf_persist_loss_words(struct pf_persist *p, const char *loss)
{
	const struct pf_persist_db *before = &p->db_before, *after = &p->db_after;
	if (pf_streq(loss, "in-memory"))
		return "the cart keeps its carts in memory";
	if (pf_streq(loss, "several-in-memory"))
		return "each replica keeps carts of its own in memory";
	if (pf_streq(loss, "db-restarted"))
		return pf_printf(p->arena, "DynamoDB restarted meanwhile (pod/%s, now pod/%s)", before->pod,
				 after->pod);
	if (pf_streq(loss, "table-recreated"))
		return pf_printf(p->arena, "table %s of %s is now one of %s, and DynamoDB is the same pod/%s", p->table,
				 time_of(p, before->created_ms), time_of(p, after->created_ms), after->pod);
	if (pf_streq(loss, "table-vanished"))
		return pf_printf(p->arena, "table %s is gone from pod/%s", p->table, after->pod);
	if (pf_streq(loss, "db-partition"))
		return after->ours > 0
			       ? "it is still in the table: the new pods look into another database (key id or region)"
			       : "it was not in the database to which the key id and region of today lead";
	return pf_printf(p->arena, "why could not be told: %s",
			 !before->known  ? before->why
			 : !after->known ? after->why
					 : "the table and DynamoDB are the same");
}
