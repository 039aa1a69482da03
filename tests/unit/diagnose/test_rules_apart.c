/*
 * The built-in plan's rules against each other. Two modes that ask for the same fact and can both match must be told
 * apart by `explains`, or be two true causes that somebody has looked at: tests/unit/diagnose/two_true_causes.
 *
 * A condition is written out as alternatives of plain demands on facts; two are compatible when each fact has a value
 * that meets the demands of both. What is unknown meets only the demand to be unknown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/str.h>

#include "recorded.h"

#define DEMANDS_MAX 24
#define LIST "tests/unit/diagnose/two_true_causes"

struct demand {
	const struct pf_condition *leaf;
	bool wanted;
};

struct alternative {
	struct demand demands[DEMANDS_MAX];
	size_t count;
};

struct alternatives {
	struct alternative *list;
	size_t count;
};

static struct pf_arena *arena;
static struct pf_plan *plan;

static int
load(void **state)
{
	(void)state;
	arena = pf_arena_new();
	plan = built_in_plan(arena);
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

static struct alternatives write_out(const struct pf_condition *c, bool wanted);

static struct alternatives
either(struct alternatives a, struct alternatives b)
{
	struct alternatives out = {pf_alloc_array(arena, a.count + b.count + 1, sizeof(*out.list)), 0};
	for (size_t i = 0; i < a.count; i++)
		out.list[out.count++] = a.list[i];
	for (size_t i = 0; i < b.count; i++)
		out.list[out.count++] = b.list[i];
	return out;
}

static struct alternatives
both(struct alternatives a, struct alternatives b)
{
	struct alternatives out = {pf_alloc_array(arena, a.count * b.count + 1, sizeof(*out.list)), 0};
	for (size_t i = 0; i < a.count; i++) {
		for (size_t j = 0; j < b.count; j++) {
			struct alternative *one = &out.list[out.count++];
			*one = a.list[i];
			assert_true(one->count + b.list[j].count <= DEMANDS_MAX);
			memcpy(one->demands + one->count, b.list[j].demands, b.list[j].count * sizeof(struct demand));
			one->count += b.list[j].count;
		}
	}
	return out;
}

static struct alternatives
group(const struct pf_condition *c, bool wanted, bool all)
{
	struct alternatives out = write_out(c->children[0], wanted);
	for (size_t i = 1; i < c->count; i++)
		out = (all ? both : either)(out, write_out(c->children[i], wanted));
	return out;
}

static struct alternatives
write_out(const struct pf_condition *c, bool wanted)
{
	if (c->op == PF_OP_ALL)
		return group(c, wanted, wanted);
	if (c->op == PF_OP_ANY)
		return group(c, wanted, !wanted);
	if (c->op == PF_OP_NONE)
		return group(c, !wanted, wanted);
	struct alternative *one = pf_alloc(arena, sizeof(*one));
	one->demands[0] = (struct demand){c, wanted};
	one->count = 1;
	return (struct alternatives){one, 1};
}

static bool
is_same_fact(const struct pf_condition *a, const struct pf_condition *b)
{
	return a->op != PF_OP_VARIABLE && b->op != PF_OP_VARIABLE && a->fact.check == b->fact.check &&
	       a->fact.fact == b->fact.fact;
}

static bool
is_among(const struct pf_condition *c, const char *word)
{
	for (size_t i = 0; i < c->literal_count; i++) {
		if (pf_streq(c->literals[i], word))
			return true;
	}
	return false;
}

/* Whether a known value WORD, or NUMBER, meets the demand. */
static bool
meets(struct demand d, const char *word, int64_t number)
{
	const struct pf_condition *c = d.leaf;
	switch (c->op) {
	case PF_OP_EQ:
	case PF_OP_HAS:
		return is_among(c, word) == d.wanted;
	case PF_OP_NE:
		return is_among(c, word) != d.wanted;
	case PF_OP_LT:
		return (number < c->number) == d.wanted;
	case PF_OP_LE:
		return (number <= c->number) == d.wanted;
	case PF_OP_GT:
		return (number > c->number) == d.wanted;
	case PF_OP_GE:
		return (number >= c->number) == d.wanted;
	case PF_OP_KNOWN:
		return d.wanted;
	case PF_OP_UNKNOWN:
		return !d.wanted;
	default:
		return true; /* held against another fact, a verdict: it can be so */
	}
}

static bool
all_meet(const struct alternative *one, const struct pf_condition *of, const char *word, int64_t number)
{
	for (size_t i = 0; i < one->count; i++) {
		if (is_same_fact(one->demands[i].leaf, of) && !meets(one->demands[i], word, number))
			return false;
	}
	return true;
}

static bool
may_be_unknown(const struct alternative *one, const struct pf_condition *of)
{
	for (size_t i = 0; i < one->count; i++) {
		struct demand d = one->demands[i];
		if (is_same_fact(d.leaf, of) && d.leaf->op != PF_OP_VERDICT &&
		    !(d.leaf->op == PF_OP_UNKNOWN && d.wanted) && !(d.leaf->op == PF_OP_KNOWN && !d.wanted))
			return false;
	}
	return true;
}

/* Some value of the fact that OF is about: one of its words, or of those that the demands name, or another. */
static bool
has_value(const struct alternative *one, const struct pf_condition *of)
{
	const struct pf_fact_desc *fact = of->fact.fact;
	if (fact == NULL || may_be_unknown(one, of))
		return true;
	if (fact->type == PF_TYPE_BOOL)
		return all_meet(one, of, "true", 1) || all_meet(one, of, "false", 0);
	if (fact->type == PF_TYPE_ENUM) {
		for (const char *p = fact->values; *p != '\0';) {
			size_t len = strcspn(p, " ");
			if (all_meet(one, of, pf_strndup(arena, p, len), 0))
				return true;
			p += len + (p[len] == ' ');
		}
		return false;
	}
	for (size_t i = 0; i < one->count; i++) {
		const struct pf_condition *c = one->demands[i].leaf;
		for (int64_t n = c->number - 1; is_same_fact(c, of) && n <= c->number + 1; n++) {
			if (all_meet(one, of, pf_printf(arena, "%lld", (long long)n), n))
				return true;
		}
		for (size_t k = 0; is_same_fact(c, of) && k < c->literal_count; k++) {
			if (all_meet(one, of, c->literals[k], strtoll(c->literals[k], NULL, 10)))
				return true;
		}
	}
	return all_meet(one, of, "something else", 4711);
}

static bool
is_possible(const struct alternative *one)
{
	for (size_t i = 0; i < one->count; i++) {
		if (one->demands[i].leaf->op != PF_OP_VARIABLE && !has_value(one, one->demands[i].leaf))
			return false;
	}
	return true;
}

/* The alternatives of the mode's condition that facts can meet. */
static struct alternatives
of_mode(const struct pf_mode *mode)
{
	struct alternatives all = write_out(mode->when, true), out = {all.list, 0};
	for (size_t i = 0; i < all.count; i++) {
		if (is_possible(&all.list[i]))
			out.list[out.count++] = all.list[i];
	}
	return out;
}

static bool
shares_a_fact(const struct alternative *a, const struct alternative *b)
{
	for (size_t i = 0; i < a->count; i++) {
		for (size_t j = 0; j < b->count; j++) {
			if (is_same_fact(a->demands[i].leaf, b->demands[j].leaf))
				return true;
		}
	}
	return false;
}

static bool
can_both_match(const struct pf_mode *a, const struct pf_mode *b)
{
	struct alternatives of_a = of_mode(a), of_b = of_mode(b);
	for (size_t i = 0; i < of_a.count; i++) {
		for (size_t j = 0; j < of_b.count; j++) {
			struct alternatives pair =
				both((struct alternatives){&of_a.list[i], 1}, (struct alternatives){&of_b.list[j], 1});
			if (shares_a_fact(&of_a.list[i], &of_b.list[j]) && is_possible(&pair.list[0]))
				return true;
		}
	}
	return false;
}

static void
reach(size_t mode, bool *reached)
{
	for (size_t i = 0; i < plan->modes[mode].explains_mode_count; i++) {
		size_t next = plan->modes[mode].explains_modes[i];
		if (!reached[next]) {
			reached[next] = true;
			reach(next, reached);
		}
	}
}

static bool
explains(size_t a, size_t b)
{
	bool *reached = pf_alloc_array(arena, plan->mode_count, sizeof(*reached));
	reach(a, reached);
	return reached[b];
}

static const char *
read_list(void)
{
	FILE *file = fopen(LIST, "r");
	assert_non_null(file);
	char *text = pf_alloc(arena, 64 * 1024);
	size_t len = fread(text, 1, 64 * 1024 - 2, file);
	fclose(file);
	text[len] = '\n';
	return pf_printf(arena, "\n%s", text);
}

static void
modes_that_share_a_fact_are_told_apart(void **state)
{
	(void)state;
	const char *reviewed = read_list();
	unsigned wrong = 0, listed = 0;
	for (size_t i = 0; i < plan->mode_count; i++) {
		for (size_t j = i + 1; j < plan->mode_count; j++) {
			const char *line = pf_printf(arena, "\n%s %s\n", plan->modes[i].id, plan->modes[j].id);
			bool open =
				can_both_match(&plan->modes[i], &plan->modes[j]) && !explains(i, j) && !explains(j, i);
			bool known = strstr(reviewed, line) != NULL;
			if (open != known) {
				print_error("%s%s", line + 1, open ? "" : "       is listed, and cannot be any more\n");
				wrong++;
			}
			listed += known;
		}
	}
	assert_int_equal(wrong, 0);
	assert_true(listed > 0);
}

static void
no_condition_contradicts_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->mode_count; i++) {
		if (of_mode(&plan->modes[i]).count == 0)
			fail_msg("no facts can make %s true", plan->modes[i].id);
	}
}

/* Said by the log, and a part of what a mode sees elsewhere, or of nothing that one change would mend. */
static const char unasked[] = "binding port-in-use out-of-memory no-connection connection-closed tls-untrusted gateway "
			      "jvm image-platform start-failed";

static void
every_fault_that_a_log_can_tell_is_asked_for(void **state)
{
	(void)state;
	for (size_t p = 0; p < plan->pattern_count; p++) {
		const struct pf_pattern *pattern = &plan->patterns[p];
		bool asked = pattern->kind != PF_PATTERN_FAULT || pf_word_in(unasked, pattern->id);
		for (size_t i = 0; i < plan->mode_count && !asked; i++) {
			struct alternatives all = write_out(plan->modes[i].when, true);
			for (size_t a = 0; a < all.count; a++) {
				for (size_t d = 0; d < all.list[a].count; d++)
					asked = asked || is_among(all.list[a].demands[d].leaf, pattern->id);
			}
		}
		if (!asked)
			fail_msg("no mode asks for the pattern %s", pattern->id);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, load, unload)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(modes_that_share_a_fact_are_told_apart),
		TEST(no_condition_contradicts_itself),
		TEST(every_fault_that_a_log_can_tell_is_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
