#include "run/select.h"

#include <postflight/buf.h>
#include <postflight/err.h>
#include <postflight/str.h>

#include "diagnose/condition.h"

#define IDS_CAP 900 /* so that the sentence fits an error */

/* Sets the checks that ID means to VALUE; false when it is neither a check nor an item. They may share a name. */
static bool
mark(const struct pf_plan *plan, const char *id, bool *checks, bool value)
{
	bool known = false;

	for (size_t i = 0; i < plan->check_count; i++) {
		if (pf_streq(plan->checks[i].id, id)) {
			checks[i] = value;
			known = true;
		}
	}
	for (size_t i = 0; i < plan->item_count; i++) {
		const struct pf_item *item = &plan->items[i];

		if (!pf_streq(item->id, id))
			continue;
		for (size_t j = 0; j < item->check_count; j++)
			checks[item->checks[j]] = value;
		known = true;
	}
	return known;
}

static void
add_needed(const struct pf_plan *plan, bool *checks)
{
	bool grew = true;

	while (grew) {
		size_t before = 0, after = 0;

		for (size_t i = 0; i < plan->check_count; i++)
			before += checks[i];
		for (size_t i = 0; i < plan->check_count; i++) {
			for (size_t j = 0; checks[i] && j < plan->checks[i].need_count; j++)
				pf_condition_mark_checks(plan->checks[i].needs[j].condition, checks);
		}
		for (size_t i = 0; i < plan->check_count; i++)
			after += checks[i];
		grew = after != before;
	}
}

bool *
pf_select(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_run_options *options)
{
	bool *checks = pf_alloc_array(arena, plan->check_count + 1, sizeof(bool));

	for (size_t i = 0; i < plan->check_count; i++)
		checks[i] = options->only == NULL;
	for (size_t i = 0; options->only != NULL && options->only[i] != NULL; i++)
		mark(plan, options->only[i], checks, true);
	add_needed(plan, checks);
	for (size_t i = 0; options->skip != NULL && options->skip[i] != NULL; i++)
		mark(plan, options->skip[i], checks, false);
	return checks;
}

static const char *
known_ids(struct pf_arena *arena, const struct pf_plan *plan)
{
	PF_AUTO_BUF ids = PF_BUF(IDS_CAP);

	for (size_t i = 0; i < plan->item_count; i++)
		pf_buf_printf(&ids, "%s%s", ids.len > 0 ? " " : "", plan->items[i].id);
	for (size_t i = 0; i < plan->check_count; i++)
		pf_buf_printf(&ids, "%s%s", ids.len > 0 ? " " : "", plan->checks[i].id);
	return pf_strdup(arena, pf_buf_text(&ids));
}

static bool
check_ids(struct pf_arena *arena, const struct pf_plan *plan, const char *option, const char *const *ids,
	  struct pf_err *err)
{
	bool *checks = pf_alloc_array(arena, plan->check_count + 1, sizeof(bool));

	for (size_t i = 0; ids != NULL && ids[i] != NULL; i++) {
		if (!mark(plan, ids[i], checks, true))
			return pf_fail(err, PF_ERR_USAGE, "%s: plan %s has no check or item \"%.100s\"; it has: %s",
				       option, plan->name, ids[i], known_ids(arena, plan));
	}
	return true;
}

bool
pf_run_check_options(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_run_options *options,
		     struct pf_err *err)
{
	return check_ids(arena, plan, "--only", options->only, err) &&
	       check_ids(arena, plan, "--skip", options->skip, err);
}
