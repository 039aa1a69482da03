#include "diagnose/findings.h"

static void
follow(const struct pf_plan *plan, size_t mode, bool *reached)
{
	for (size_t i = 0; i < plan->modes[mode].explains_mode_count; i++) {
		size_t next = plan->modes[mode].explains_modes[i];

		if (!reached[next]) {
			reached[next] = true;
			follow(plan, next, reached);
		}
	}
}

void
pf_find(struct pf_findings *findings, struct pf_arena *arena, const struct pf_plan *plan, struct pf_session *session,
	const char *namespace_, const struct pf_check_result *results)
{
	size_t n = plan->mode_count;

	*findings = (struct pf_findings){
		.arena = arena,
		.plan = plan,
		.session = session,
		.namespace_ = namespace_ != NULL ? namespace_ : "",
		.results = results,
		.truth = pf_alloc_array(arena, n + 1, sizeof(enum pf_truth)),
		.reaches = pf_alloc_array(arena, n * n + 1, sizeof(bool)),
	};
	for (size_t i = 0; i < n; i++) {
		findings->truth[i] = pf_condition_eval(plan, results, plan->modes[i].when);
		follow(plan, i, &findings->reaches[i * n]);
	}
}

bool
pf_mode_explains(const struct pf_findings *findings, size_t a, size_t b)
{
	size_t n = findings->plan->mode_count;

	/* Plans have no cycles; if one had, its modes would all vanish from the diagnosis as mere consequences. */
	return a != b && findings->reaches[a * n + b] && !findings->reaches[b * n + a];
}

bool
pf_mode_is_explained(const struct pf_findings *findings, size_t mode)
{
	for (size_t i = 0; i < findings->plan->mode_count; i++) {
		if (findings->truth[i] == PF_TRUE && pf_mode_explains(findings, i, mode))
			return true;
	}
	return false;
}

bool
pf_mode_is_candidate(const struct pf_findings *findings, size_t mode)
{
	const struct pf_condition *suspect = findings->plan->modes[mode].suspect;

	return findings->truth[mode] == PF_UNKNOWN && suspect != NULL &&
	       pf_condition_eval(findings->plan, findings->results, suspect) == PF_TRUE &&
	       !pf_mode_is_explained(findings, mode);
}

bool
pf_mode_may_explain(const struct pf_findings *findings, size_t a, size_t b)
{
	return pf_mode_explains(findings, a, b) && findings->truth[b] == PF_TRUE && pf_mode_is_candidate(findings, a) &&
	       !pf_mode_is_explained(findings, b);
}

bool
pf_mode_is_root(const struct pf_findings *findings, size_t mode)
{
	if (findings->truth[mode] != PF_TRUE || pf_mode_is_explained(findings, mode))
		return false;
	for (size_t i = 0; i < findings->plan->mode_count; i++) {
		if (pf_mode_may_explain(findings, i, mode))
			return false;
	}
	return true;
}

static bool
names_check(const struct pf_mode *mode, size_t check)
{
	for (size_t i = 0; i < mode->explains_check_count; i++) {
		if (mode->explains_checks[i] == check)
			return true;
	}
	return false;
}

bool
pf_mode_explains_check(const struct pf_findings *findings, size_t mode, size_t check)
{
	for (size_t i = 0; i < findings->plan->mode_count; i++) {
		if ((i == mode || pf_mode_explains(findings, mode, i)) && names_check(&findings->plan->modes[i], check))
			return true;
	}
	return false;
}
