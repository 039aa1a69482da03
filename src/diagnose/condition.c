/*
 * Conditions in three-valued logic. PF_FALSE < PF_UNKNOWN < PF_TRUE, so that ALL is the least of its children, ANY
 * the greatest, and NONE the mirror image of ANY.
 */
#include "diagnose/condition.h"

#include <postflight/str.h>

#include "diagnose/facts.h"

struct reading {
	const struct pf_check_result *results;
	bool looked; /* what a skipped or erroneous check did not say is no news, not even that it is unknown */
};

static enum pf_truth eval(const struct reading *reading, const struct pf_condition *condition);

static enum pf_truth
truth_of(bool holds)
{
	return holds ? PF_TRUE : PF_FALSE;
}

static bool
is_literal(const struct pf_condition *condition, const char *text)
{
	for (size_t i = 0; i < condition->literal_count; i++) {
		if (pf_streq(condition->literals[i], text))
			return true;
	}
	return false;
}

static enum pf_truth
eval_all(const struct reading *reading, const struct pf_condition *condition)
{
	enum pf_truth least = PF_TRUE;

	for (size_t i = 0; i < condition->count && least != PF_FALSE; i++) {
		enum pf_truth child = eval(reading, condition->children[i]);

		least = child < least ? child : least;
	}
	return least;
}

static enum pf_truth
eval_any(const struct reading *reading, const struct pf_condition *condition)
{
	enum pf_truth greatest = PF_FALSE;

	for (size_t i = 0; i < condition->count && greatest != PF_TRUE; i++) {
		enum pf_truth child = eval(reading, condition->children[i]);

		greatest = child > greatest ? child : greatest;
	}
	return greatest;
}

static enum pf_truth
eval_none(const struct reading *reading, const struct pf_condition *condition)
{
	return (enum pf_truth)(PF_TRUE - eval_any(reading, condition));
}

static bool
compare(const struct pf_condition *condition, const struct pf_fact *fact)
{
	switch (condition->op) {
	case PF_OP_EQ:
		return is_literal(condition, fact->text);
	case PF_OP_NE:
		return !is_literal(condition, fact->text);
	case PF_OP_LT:
		return fact->number < condition->number;
	case PF_OP_LE:
		return fact->number <= condition->number;
	case PF_OP_GT:
		return fact->number > condition->number;
	default:
		return fact->number >= condition->number;
	}
}

static enum pf_truth
eval_comparison(const struct reading *reading, const struct pf_condition *condition)
{
	const struct pf_fact *fact = pf_fact_of(reading->results, condition->fact);

	return fact != NULL ? truth_of(compare(condition, fact)) : PF_UNKNOWN;
}

static enum pf_truth
eval_has(const struct reading *reading, const struct pf_condition *condition)
{
	const struct pf_fact *fact = pf_fact_of(reading->results, condition->fact);

	if (fact == NULL)
		return PF_UNKNOWN;
	for (size_t i = 0; i < fact->list_len; i++) {
		if (is_literal(condition, fact->list[i]))
			return PF_TRUE;
	}
	return PF_FALSE;
}

static enum pf_truth
eval_same(const struct reading *reading, const struct pf_condition *condition)
{
	const struct pf_fact *a = pf_fact_of(reading->results, condition->fact);
	const struct pf_fact *b = pf_fact_of(reading->results, condition->other);

	if (a == NULL || b == NULL)
		return PF_UNKNOWN;
	return truth_of(pf_streq(a->text, b->text) == (condition->op == PF_OP_SAME));
}

static enum pf_truth
eval_known(const struct reading *reading, const struct pf_condition *condition)
{
	bool known = pf_fact_of(reading->results, condition->fact) != NULL;

	if (!known && reading->looked && !pf_check_observed(&reading->results[condition->fact.check]))
		return PF_UNKNOWN;
	return truth_of(known == (condition->op == PF_OP_KNOWN));
}

static enum pf_truth
eval_verdict(const struct reading *reading, const struct pf_condition *condition)
{
	const struct pf_check_result *result = &reading->results[condition->fact.check];
	bool named = is_literal(condition, pf_verdict_name(result->verdict));

	if (!pf_check_observed(result) && (!named || !result->done || reading->looked))
		return PF_UNKNOWN;
	return truth_of(named);
}

static enum pf_truth
eval_variable(const struct reading *reading, const struct pf_condition *condition)
{
	(void)reading;
	return truth_of(is_literal(condition, condition->variable->value));
}

static enum pf_truth (*const operators[PF_OP_COUNT])(const struct reading *, const struct pf_condition *) = {
	[PF_OP_ALL] = eval_all,           [PF_OP_ANY] = eval_any,       [PF_OP_NONE] = eval_none,
	[PF_OP_EQ] = eval_comparison,     [PF_OP_NE] = eval_comparison, [PF_OP_LT] = eval_comparison,
	[PF_OP_LE] = eval_comparison,     [PF_OP_GT] = eval_comparison, [PF_OP_GE] = eval_comparison,
	[PF_OP_HAS] = eval_has,           [PF_OP_SAME] = eval_same,     [PF_OP_DIFFERENT] = eval_same,
	[PF_OP_KNOWN] = eval_known,       [PF_OP_UNKNOWN] = eval_known, [PF_OP_VERDICT] = eval_verdict,
	[PF_OP_VARIABLE] = eval_variable,
};

static enum pf_truth
eval(const struct reading *reading, const struct pf_condition *condition)
{
	return condition != NULL ? operators[condition->op](reading, condition) : PF_TRUE;
}

enum pf_truth
pf_condition_eval(const struct pf_plan *plan, const struct pf_check_result *results,
		  const struct pf_condition *condition)
{
	(void)plan;
	return eval(&(struct reading){.results = results}, condition);
}

enum pf_truth
pf_condition_eval_looked(const struct pf_check_result *results, const struct pf_condition *condition)
{
	return eval(&(struct reading){.results = results, .looked = true}, condition);
}

static bool
is_group(const struct pf_condition *condition)
{
	return condition->op == PF_OP_ALL || condition->op == PF_OP_ANY || condition->op == PF_OP_NONE;
}

static bool
compares_two(const struct pf_condition *condition)
{
	return condition->op == PF_OP_SAME || condition->op == PF_OP_DIFFERENT;
}

static size_t
count_refs(const struct pf_condition *condition)
{
	size_t count = 2;

	for (size_t i = 0; is_group(condition) && i < condition->count; i++)
		count += count_refs(condition->children[i]);
	return count;
}

/* Adds the leaves that keep CONDITION unknown: a group that is decided hides those of its children. */
static size_t
add_missing(const struct reading *reading, const struct pf_condition *condition, struct pf_fact_ref *refs, size_t len)
{
	if (eval(reading, condition) != PF_UNKNOWN)
		return len;
	if (is_group(condition)) {
		for (size_t i = 0; i < condition->count; i++)
			len = add_missing(reading, condition->children[i], refs, len);
		return len;
	}
	if (condition->op == PF_OP_VERDICT) {
		refs[len++] = (struct pf_fact_ref){.check = condition->fact.check};
		return len;
	}
	if (pf_fact_of(reading->results, condition->fact) == NULL)
		refs[len++] = condition->fact;
	if (compares_two(condition) && pf_fact_of(reading->results, condition->other) == NULL)
		refs[len++] = condition->other;
	return len;
}

struct pf_missing
pf_condition_missing(struct pf_arena *arena, const struct pf_check_result *results,
		     const struct pf_condition *condition, bool looked)
{
	struct reading reading = {.results = results, .looked = looked};

	if (condition == NULL)
		return (struct pf_missing){NULL, 0};

	struct pf_fact_ref *refs = pf_alloc_array(arena, count_refs(condition), sizeof(*refs));
	size_t count = add_missing(&reading, condition, refs, 0);
	return (struct pf_missing){refs, count};
}

void
pf_condition_mark_checks(const struct pf_condition *condition, bool *checks)
{
	if (condition == NULL || condition->op == PF_OP_VARIABLE)
		return;
	if (is_group(condition)) {
		for (size_t i = 0; i < condition->count; i++)
			pf_condition_mark_checks(condition->children[i], checks);
		return;
	}
	checks[condition->fact.check] = true;
	if (compares_two(condition))
		checks[condition->other.check] = true;
}
