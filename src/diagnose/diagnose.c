/* The diagnosis: root causes first, then what is left over. */
#include <postflight/diagnosis.h>

#include <postflight/str.h>

#include "diagnose/facts.h"
#include "diagnose/fill.h"
#include "diagnose/findings.h"
#include "diagnose/fixes.h"
#include "diagnose/rows.h"
#include "diagnose/undecided.h"

static const char *
cause_wording(const struct pf_findings *findings, const struct pf_mode *mode)
{
	for (size_t i = 0; i < mode->cause_count; i++) {
		if (pf_condition_eval(findings->plan, findings->results, mode->causes[i].when) == PF_TRUE)
			return pf_fill_text(findings, mode->causes[i].text);
	}
	return "";
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || pf_streq(a, b);
}

static bool
same_evidence(const struct pf_evidence *a, const struct pf_evidence *b)
{
	return same_text(a->source, b->source) && same_text(a->path, b->path) && same_text(a->value, b->value) &&
	       same_text(a->line, b->line);
}

/* Several facts may come from the same field: it is shown once, where it first matters. */
static const struct pf_evidence *
collect_evidence(const struct pf_findings *findings, const struct pf_fact_ref *refs, size_t ref_count,
		 size_t *out_count)
{
	struct pf_evidence *evidence = pf_alloc_array(findings->arena, ref_count + 1, sizeof(*evidence));
	size_t count = 0;

	for (size_t i = 0; i < ref_count; i++) {
		const struct pf_fact *fact = pf_fact_of(findings->results, refs[i]);

		if (fact == NULL || fact->evidence.source == NULL)
			continue;
		evidence[count] = pf_evidence_shown(findings->arena, fact);

		bool known = false;
		for (size_t j = 0; j < count; j++)
			known |= same_evidence(&evidence[j], &evidence[count]);
		count += !known;
	}
	*out_count = count;
	return evidence;
}

/* What the user left out, or the clock, is nobody's consequence. */
static bool
is_consequence(const struct pf_check_result *result)
{
	bool bad = result->verdict == PF_FAIL || result->verdict == PF_ERROR || result->verdict == PF_SKIP;

	return bad && !result->untried;
}

static void
collect_explained(const struct pf_findings *findings, size_t mode, struct pf_cause *cause)
{
	const struct pf_plan *plan = findings->plan;
	const char **checks = pf_alloc_array(findings->arena, plan->check_count + 1, sizeof(*checks));
	const char **modes = pf_alloc_array(findings->arena, plan->mode_count + 1, sizeof(*modes));
	size_t check_count = 0, mode_count = 0;

	for (size_t i = 0; i < plan->check_count; i++) {
		if (is_consequence(&findings->results[i]) && pf_mode_explains_check(findings, mode, i))
			checks[check_count++] = plan->checks[i].id;
	}
	for (size_t i = 0; i < plan->mode_count; i++) {
		if (findings->truth[i] == PF_TRUE && pf_mode_explains(findings, mode, i))
			modes[mode_count++] = plan->modes[i].id;
	}
	cause->explains = checks;
	cause->consequences = modes;
}

static void
collect_causes(const struct pf_findings *findings, struct pf_diagnosis *out)
{
	const struct pf_plan *plan = findings->plan;
	struct pf_cause *causes = pf_alloc_array(findings->arena, plan->mode_count + 1, sizeof(*causes));
	size_t count = 0;

	for (size_t i = 0; i < plan->mode_count; i++) {
		const struct pf_mode *mode = &plan->modes[i];
		struct pf_cause *cause = &causes[count];

		if (!pf_mode_is_root(findings, i))
			continue;
		cause->mode = mode;
		cause->title = pf_fill_text(findings, mode->title);
		cause->cause = cause_wording(findings, mode);
		cause->evidence =
			collect_evidence(findings, mode->evidence, mode->evidence_count, &cause->evidence_count);
		pf_fixes(findings, mode->fixes, mode->fix_count, &cause->fixes, &cause->fix_count);
		collect_explained(findings, i, cause);
		count++;
	}
	out->causes = causes;
	out->cause_count = count;
}

static bool
is_explained(const struct pf_findings *findings, size_t check)
{
	for (size_t i = 0; i < findings->plan->mode_count; i++) {
		if (findings->truth[i] == PF_TRUE && pf_mode_explains_check(findings, i, check))
			return true;
	}
	return false;
}

/* True when CHECK fails as a consequence of another check's failure, whoever explains that. */
static bool
follows_a_failure(const struct pf_findings *findings, size_t check)
{
	const struct pf_loose_end *end = &findings->plan->checks[check].loose_end;

	for (size_t i = 0; i < end->follows_count; i++) {
		if (findings->results[end->follows[i]].verdict == PF_FAIL)
			return true;
	}
	return false;
}

static struct pf_lead
lead_of(const struct pf_findings *findings, size_t check)
{
	const struct pf_loose_end *end = &findings->plan->checks[check].loose_end;
	struct pf_lead lead = {.result = &findings->results[check]};

	lead.evidence = collect_evidence(findings, end->evidence, end->evidence_count, &lead.evidence_count);
	pf_fixes(findings, end->next, end->next_count, &lead.next, &lead.next_count);
	return lead;
}

static void
collect_unexplained(const struct pf_findings *findings, struct pf_diagnosis *out)
{
	size_t checks = findings->plan->check_count, count = 0;
	const struct pf_check_result **unexplained = pf_alloc_array(findings->arena, checks + 1, sizeof(*unexplained));
	struct pf_lead *leads = pf_alloc_array(findings->arena, checks + 1, sizeof(*leads));

	for (size_t i = 0; i < checks; i++) {
		if (findings->results[i].verdict != PF_FAIL || is_explained(findings, i) ||
		    follows_a_failure(findings, i))
			continue;
		leads[out->lead_count] = lead_of(findings, i);
		out->lead_count += leads[out->lead_count].evidence_count + leads[out->lead_count].next_count > 0;
		unexplained[count++] = &findings->results[i];
	}
	out->unexplained = unexplained;
	out->unexplained_count = count;
	out->leads = leads;
}

/* True when MODE would be seen in a check that the user left out. */
static bool
leads_to_untested(const struct pf_findings *findings, size_t mode)
{
	for (size_t i = 0; i < findings->plan->check_count; i++) {
		const struct pf_check_result *result = &findings->results[i];

		if (result->untried && result->verdict == PF_SKIP && pf_mode_explains_check(findings, mode, i))
			return true;
	}
	return false;
}

/*
 * What has not happened yet, but is certain to: said of modes that did not match, and of those whose consequence was
 * not tested; of others it would be said twice.
 */
static void
collect_foretold(const struct pf_findings *findings, struct pf_diagnosis *out)
{
	const struct pf_plan *plan = findings->plan;
	const char **lines = pf_alloc_array(findings->arena, plan->mode_count + 1, sizeof(*lines));
	size_t count = 0;

	for (size_t i = 0; i < plan->mode_count; i++) {
		const struct pf_wording *foretold = &plan->modes[i].foretold;

		if (foretold->text != NULL && (findings->truth[i] != PF_TRUE || leads_to_untested(findings, i)) &&
		    pf_condition_eval(plan, findings->results, foretold->when) == PF_TRUE)
			lines[count++] = pf_fill_text(findings, foretold->text);
	}
	out->foretold = lines;
}

void
pf_diagnose(struct pf_arena *arena, const struct pf_plan *plan, struct pf_session *session, const char *namespace_,
	    const struct pf_check_result *results, struct pf_diagnosis *out)
{
	struct pf_findings findings;

	pf_find(&findings, arena, plan, session, namespace_, results);
	*out = (struct pf_diagnosis){0};
	collect_causes(&findings, out);
	pf_undecide(&findings, &out->undecided, &out->undecided_count);
	collect_unexplained(&findings, out);
	collect_foretold(&findings, out);
	out->history = pf_facts_collect(arena, results, plan->check_count, ".history");
	out->rows = pf_rows(&findings);
}
