#include "diagnose/undecided.h"

#include <string.h>

#include <postflight/buf.h>
#include <postflight/text.h>

#include "diagnose/condition.h"
#include "diagnose/facts.h"

#define MESSAGE_MAX 160
#define MISSING_CAP (16 * 1024)

/* Modes that wait for the same checks. */
struct group {
	bool *checks; /* one for each of the plan's */
	const char **modes;
	size_t mode_count;
	struct pf_missing *missing; /* of each mode */
};

static struct group *
group_of(struct pf_arena *arena, const struct pf_plan *plan, struct group *groups, size_t *count, bool *checks)
{
	for (size_t i = 0; i < *count; i++) {
		if (memcmp(groups[i].checks, checks, plan->check_count * sizeof(bool)) == 0)
			return &groups[i];
	}

	struct group *group = &groups[(*count)++];
	group->checks = checks;
	group->modes = pf_alloc_array(arena, plan->mode_count + 1, sizeof(*group->modes));
	group->missing = pf_alloc_array(arena, plan->mode_count, sizeof(*group->missing));
	return group;
}

/* NAMED waits for what decides CANDIDATE: the candidate itself, or what it may explain. */
static void
add_mode(const struct pf_findings *findings, struct group *groups, size_t *count, size_t candidate, size_t named)
{
	struct pf_arena *arena = findings->arena;
	const struct pf_plan *plan = findings->plan;
	struct pf_missing missing = pf_condition_missing(arena, findings->results, plan->modes[candidate].when, false);
	bool *checks = pf_alloc_array(arena, plan->check_count + 1, sizeof(bool));

	for (size_t i = 0; i < missing.count; i++)
		checks[missing.refs[i].check] = true;

	struct group *group = group_of(arena, plan, groups, count, checks);
	for (size_t i = 0; i < group->mode_count; i++) {
		if (group->modes[i] == plan->modes[named].id)
			return;
	}
	group->modes[group->mode_count] = plan->modes[named].id;
	group->missing[group->mode_count++] = missing;
}

/* The candidate, and the modes that are root causes unless it turns out to be one. */
static void
add_candidate(const struct pf_findings *findings, struct group *groups, size_t *count, size_t mode)
{
	add_mode(findings, groups, count, mode, mode);
	for (size_t i = 0; i < findings->plan->mode_count; i++) {
		if (pf_mode_may_explain(findings, mode, i))
			add_mode(findings, groups, count, mode, i);
	}
}

/* The names of the facts that a check which did run owes the group: "endpoint.port, endpoint.host". */
static const char *
owed_facts(struct pf_arena *arena, const struct group *group, size_t check)
{
	PF_AUTO_BUF names = PF_BUF(MESSAGE_MAX);

	for (size_t i = 0; i < group->mode_count; i++) {
		for (size_t j = 0; j < group->missing[i].count; j++) {
			struct pf_fact_ref ref = group->missing[i].refs[j];

			if (ref.check != check || ref.fact == NULL ||
			    strstr(pf_buf_text(&names), ref.fact->name) != NULL)
				continue;
			if (names.len > 0)
				pf_buf_puts(&names, ", ");
			pf_buf_puts(&names, ref.fact->name);
		}
	}
	return pf_strdup(arena, pf_buf_text(&names));
}

static const char *
why_missing(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_check_result *results,
	    const struct group *group, size_t check)
{
	const struct pf_check_result *result = &results[check];

	if (pf_check_observed(result))
		return pf_printf(arena, "did not see %s", owed_facts(arena, group, check));
	if (result->message != NULL && result->message[0] != '\0')
		return pf_one_line(arena, pf_hide_tokens(arena, result->message), MESSAGE_MAX);
	return plan->checks[check].title;
}

/* "cart.env (may not list pods …); tcp (not run: …)" */
static const char *
in_words(const struct pf_findings *findings, const struct group *group)
{
	const struct pf_plan *plan = findings->plan;
	PF_AUTO_BUF words = PF_BUF(MISSING_CAP);

	for (size_t i = 0; i < plan->check_count; i++) {
		if (!group->checks[i])
			continue;
		pf_buf_printf(&words, "%s%s (%s)", words.len > 0 ? "; " : "", plan->checks[i].id,
			      why_missing(findings->arena, plan, findings->results, group, i));
	}
	return pf_strdup(findings->arena, pf_buf_text(&words));
}

void
pf_undecide(const struct pf_findings *findings, const struct pf_undecided **out, size_t *out_count)
{
	size_t modes = findings->plan->mode_count, count = 0;
	struct group *groups = pf_alloc_array(findings->arena, modes + 1, sizeof(*groups));

	for (size_t i = 0; i < modes; i++) {
		if (pf_mode_is_candidate(findings, i))
			add_candidate(findings, groups, &count, i);
	}

	struct pf_undecided *undecided = pf_alloc_array(findings->arena, count + 1, sizeof(*undecided));
	for (size_t i = 0; i < count; i++)
		undecided[i] = (struct pf_undecided){groups[i].modes, in_words(findings, &groups[i])};
	*out = undecided;
	*out_count = count;
}
