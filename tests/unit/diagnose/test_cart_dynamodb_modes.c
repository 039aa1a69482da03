/*
 * The built-in plan's rules: each mode can become true, and with nothing but its own facts it is the one root cause.
 * A mode's facts are made from its condition: the simplest observation that satisfies it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/diagnosis.h>
#include <postflight/str.h>

#define MAX_FACTS 64

struct scene {
	struct pf_arena *arena;
	struct pf_plan *plan;
	struct pf_check_result *results;
	struct pf_fact (*facts)[MAX_FACTS];
};

static int
open_scene(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	struct scene *s = pf_alloc(arena, sizeof(*s));
	struct pf_err err = {0};
	size_t len;
	const char *text = pf_plan_builtin("cart-dynamodb", &len);
	s->arena = arena;
	if (!pf_plan_parse(arena, "built-in", text, len, pf_probe_descriptors(), &s->plan, &err))
		fail_msg("%s", err.text);
	s->results = pf_alloc_array(arena, s->plan->check_count, sizeof(*s->results));
	s->facts = pf_alloc_array(arena, s->plan->check_count, sizeof(*s->facts));
	*state = s;
	return 0;
}

static int
close_scene(void **state)
{
	pf_arena_free(((struct scene *)*state)->arena);
	return 0;
}

/* Nothing was observed, and every check passed. */
static void
clear(struct scene *s)
{
	for (size_t i = 0; i < s->plan->check_count; i++)
		s->results[i] = (struct pf_check_result){.check = &s->plan->checks[i],
							 .verdict = PF_PASS,
							 .done = true,
							 .message = "",
							 .facts = s->facts[i]};
}

static struct pf_fact *
fact_at(struct scene *s, struct pf_fact_ref ref)
{
	struct pf_check_result *r = &s->results[ref.check];
	for (size_t i = 0; i < r->fact_count; i++) {
		if (r->facts[i].desc == ref.fact)
			return &s->facts[ref.check][i];
	}
	return NULL;
}

static void
forget(struct scene *s, struct pf_fact_ref ref)
{
	struct pf_check_result *r = &s->results[ref.check];
	struct pf_fact *fact = fact_at(s, ref);
	if (fact != NULL)
		*fact = s->facts[ref.check][--r->fact_count];
}

static void
leave(struct scene *s, struct pf_fact_ref ref, const char *text)
{
	struct pf_check_result *r = &s->results[ref.check];
	struct pf_fact *fact = fact_at(s, ref);
	if (fact == NULL) {
		assert_true(r->fact_count < MAX_FACTS);
		fact = &s->facts[ref.check][r->fact_count++];
	}
	*fact = (struct pf_fact){.desc = ref.fact, .text = text};
	fact->number = pf_streq(text, "true") ? 1 : strtoll(text, NULL, 10);
	if (ref.fact->type == PF_TYPE_LIST) {
		const char **list = pf_alloc_array(s->arena, 2, sizeof(*list));
		list[0] = text;
		fact->list = list;
		fact->list_len = text[0] != '\0';
	}
}

static bool
is_among(const char *const *literals, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (pf_streq(literals[i], word))
			return true;
	}
	return false;
}

/* A value of the fact's type that is none of the LITERALS; if it can be, one that says that all is well. */
static const char *
other_than(struct scene *s, const struct pf_fact_desc *fact, const char *const *literals, size_t count)
{
	if (fact->type == PF_TYPE_BOOL)
		return count > 0 && pf_streq(literals[0], "true") ? "false" : "true";
	if (fact->type == PF_TYPE_INT)
		return "4711";
	if (fact->type != PF_TYPE_ENUM)
		return "something-else";
	static const char *const well[] = {"available", "present", "ready", "service", "wanted", "none", "ok"};
	for (size_t i = 0; i < sizeof(well) / sizeof(well[0]); i++) {
		if (pf_word_in(fact->values, well[i]) && !is_among(literals, count, well[i]))
			return well[i];
	}
	for (const char *p = fact->values; *p != '\0';) {
		size_t len = strcspn(p, " ");
		const char *word = pf_strndup(s->arena, p, len);
		if (!is_among(literals, count, word))
			return word;
		p += len + (p[len] == ' ');
	}
	return NULL;
}

static const char *
number_for(struct scene *s, const struct pf_condition *c, bool wanted)
{
	bool less = c->op == PF_OP_LT || c->op == PF_OP_LE;
	return pf_printf(s->arena, "%lld", (long long)(c->number + (less == wanted ? -1 : 1)));
}

static bool make(struct scene *s, const struct pf_condition *c, bool wanted);

/* One child after the other; where one is enough, the PICK-th. */
static bool
make_group(struct scene *s, const struct pf_condition *c, bool wanted, bool each)
{
	for (size_t i = 0; i < c->count; i++) {
		if (!make(s, c->children[i], wanted))
			continue;
		if (!each && pf_condition_eval(s->plan, s->results, c) == PF_TRUE)
			return true;
	}
	return true;
}

/* Leaves the facts with which C is true (or, unless WANTED, false). */
static bool
make(struct scene *s, const struct pf_condition *c, bool wanted)
{
	switch (c->op) {
	case PF_OP_ALL:
		return make_group(s, c, wanted, wanted);
	case PF_OP_ANY:
		return wanted ? make(s, c->children[0], true) : make_group(s, c, false, true);
	case PF_OP_NONE:
		return wanted ? make_group(s, c, false, true) : make(s, c->children[0], true);
	case PF_OP_EQ:
		if (fact_at(s, c->fact) == NULL || wanted || pf_condition_eval(s->plan, s->results, c) == PF_TRUE)
			leave(s, c->fact,
			      wanted ? c->literals[0] : other_than(s, c->fact.fact, c->literals, c->literal_count));
		return true;
	case PF_OP_NE:
		leave(s, c->fact, wanted ? other_than(s, c->fact.fact, c->literals, c->literal_count) : c->literals[0]);
		return true;
	case PF_OP_HAS:
		leave(s, c->fact, wanted ? c->literals[0] : "");
		return true;
	case PF_OP_LT:
	case PF_OP_LE:
	case PF_OP_GT:
	case PF_OP_GE:
		leave(s, c->fact, number_for(s, c, wanted));
		return true;
	case PF_OP_SAME:
	case PF_OP_DIFFERENT:
		leave(s, c->fact, "1");
		leave(s, c->other, (c->op == PF_OP_SAME) == wanted ? "1" : "2");
		return true;
	case PF_OP_KNOWN:
	case PF_OP_UNKNOWN:
		if ((c->op == PF_OP_KNOWN) != wanted)
			forget(s, c->fact);
		else if (fact_at(s, c->fact) == NULL)
			leave(s, c->fact, other_than(s, c->fact.fact, NULL, 0));
		return true;
	case PF_OP_VERDICT:
		for (int v = 0; v < PF_VERDICT_COUNT; v++) {
			s->results[c->fact.check].verdict = (enum pf_verdict)v;
			if (pf_condition_eval(s->plan, s->results, c) == (wanted ? PF_TRUE : PF_FALSE))
				return true;
		}
		return false;
	default:
		return true; /* a variable has the value it has */
	}
}

/* Leaves the simplest observation that makes MODE true, trying each alternative of an `any` at its top. */
static bool
make_mode(struct scene *s, const struct pf_mode *mode)
{
	clear(s);
	(void)make(s, mode->when, true);
	if (pf_condition_eval(s->plan, s->results, mode->when) == PF_TRUE)
		return true;
	for (unsigned attempt = 0; attempt < 8; attempt++) {
		(void)make(s, mode->when, true);
		if (pf_condition_eval(s->plan, s->results, mode->when) == PF_TRUE)
			return true;
	}
	return false;
}

static void
every_mode_can_become_true(void **state)
{
	struct scene *s = *state;
	for (size_t i = 0; i < s->plan->mode_count; i++) {
		if (!make_mode(s, &s->plan->modes[i]))
			fail_msg("nothing makes %s true", s->plan->modes[i].id);
	}
}

/* What a probe leaves whenever it leaves what the mode asks for: its fixes may rest on that, and its being a root
 * cause. */
static const struct {
	const char *mode, *check, *fact, *value;
} companions[] = {
	{"provider-old-names", "cart.endpoint", "endpoint.outcome", "unset"},
	{"endpoint-not-dynamodb", "db.answers", "answers.documented", "true"},
	{"db-service-target-port", "db.service", "service.listens", "8000"},
	{"credentials-incomplete", "cart.credentials", "credentials.variable", "AWS_ACCESS_KEY_ID"},
	{"table-missing", "db.deployment", "deployment.replicas", "1"},
	{"db-restarted", "db.deployment", "deployment.replicas", "1"},
	{"db-partition-changed", "db.deployment", "deployment.replicas", "1"},
	{"db-service-external-name", "db.deployment", "deployment.state", "available"},
	{"cart-port-mismatch", "cart.env", "env.port_odd", "variable"},
	{"cart-port-mismatch", "cart.env", "env.other_port", "8080"},
	/* A consequence of nearly everything: a root cause only where all of it was looked at. */
	{"rollout-stuck", "cart.deployment", "deployment.reason", "starting"},
	{"rollout-stuck", "cart.logs", "logs.fault", "none"},
	{"rollout-stuck", "cart.logs", "logs.started", "true"},
	{"rollout-stuck", "cart.env", "env.reference_missing", "false"},
	{"rollout-stuck", "cart.env", "env.port_state", "ok"},
	{"rollout-stuck", "cart.create-table", "flag.value", "true"},
	{"rollout-stuck", "db.deployment", "deployment.reason", "none"},
	{"rollout-stuck", "db.answers", "answers.identity", "dynamodb"},
	{"rollout-stuck", "db.answers", "answers.behind_service", "none"},
	{"cart-not-ready", "cart.logs", "logs.fault", "none"},
	{"cart-not-ready", "cart.logs", "logs.started", "true"},
	{"cart-not-ready", "cart.env", "env.reference_missing", "false"},
	{"cart-not-ready", "cart.env", "env.port_state", "ok"},
	{"cart-not-ready", "cart.create-table", "flag.value", "true"},
	{"cart-not-ready", "db.deployment", "deployment.reason", "none"},
	{"cart-not-ready", "db.answers", "answers.identity", "dynamodb"},
	{"cart-not-ready", "db.answers", "answers.behind_service", "none"},
};

static void
add_companions(struct scene *s, const char *mode)
{
	for (size_t i = 0; i < sizeof(companions) / sizeof(companions[0]); i++) {
		size_t check = pf_plan_check_index(s->plan, companions[i].check);
		if (!pf_streq(companions[i].mode, mode))
			continue;
		leave(s,
		      (struct pf_fact_ref){check, pf_descriptor_fact(s->plan->checks[check].probe, companions[i].fact)},
		      companions[i].value);
	}
}

static bool
has_cause(const struct pf_diagnosis *d, const char *id)
{
	for (size_t i = 0; i < d->cause_count; i++) {
		if (pf_streq(d->causes[i].mode->id, id))
			return true;
	}
	return false;
}

static void
with_its_own_facts_alone_each_mode_is_the_one_root_cause(void **state)
{
	struct scene *s = *state;
	unsigned wrong = 0;
	for (size_t i = 0; i < s->plan->mode_count; i++) {
		const struct pf_mode *mode = &s->plan->modes[i];
		struct pf_diagnosis d;
		assert_true(make_mode(s, mode));
		add_companions(s, mode->id);
		pf_diagnose(s->arena, s->plan, NULL, "shop", s->results, &d);
		if (!has_cause(&d, mode->id)) {
			print_error("%s is not a root cause; %zu others are, the first %s\n", mode->id, d.cause_count,
				    d.cause_count > 0 ? d.causes[0].mode->id : "");
			wrong++;
		}
		for (size_t k = 0; k < d.cause_count; k++) {
			if (d.causes[k].mode == mode)
				continue;
			print_error("with the facts of %s alone, %s is a root cause too\n", mode->id,
				    d.causes[k].mode->id);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void
every_mode_says_what_to_do(void **state)
{
	struct scene *s = *state;
	unsigned wrong = 0;
	for (size_t i = 0; i < s->plan->mode_count; i++) {
		const struct pf_mode *mode = &s->plan->modes[i];
		struct pf_diagnosis d;
		assert_true(make_mode(s, mode));
		add_companions(s, mode->id);
		pf_diagnose(s->arena, s->plan, NULL, "shop", s->results, &d);
		for (size_t k = 0; k < d.cause_count; k++) {
			const struct pf_cause *cause = &d.causes[k];
			if (cause->fix_count == 0) {
				print_error("%s has no fix where only its own facts are known\n", cause->mode->id);
				wrong++;
			}
			for (size_t f = 0; f < cause->fix_count; f++)
				assert_null(strstr(cause->fixes[f].text, "${"));
			assert_null(strstr(cause->title, "${"));
			assert_null(strstr(cause->cause, "${"));
		}
	}
	assert_int_equal(wrong, 0);
}

static void
nothing_observed_is_no_root_cause(void **state)
{
	struct scene *s = *state;
	struct pf_diagnosis d;
	clear(s);
	pf_diagnose(s->arena, s->plan, NULL, "shop", s->results, &d);
	assert_int_equal(d.cause_count, 0);
	assert_int_equal(d.undecided_count, 0);
}

/* A word that no rule, wording or fix asks for may be one that was forgotten; those that mean health are not. */
static bool
asks_for(const struct pf_condition *c, struct pf_fact_ref ref, const char *word)
{
	if (c == NULL)
		return false;
	for (size_t i = 0; i < c->count; i++) {
		if (asks_for(c->children[i], ref, word))
			return true;
	}
	if (c->fact.fact != ref.fact || c->op == PF_OP_KNOWN || c->op == PF_OP_UNKNOWN)
		return false;
	for (size_t i = 0; i < c->literal_count; i++) {
		if (pf_streq(c->literals[i], word))
			return true;
	}
	return false;
}

static void
every_faulty_word_of_the_endpoint_has_a_rule(void **state)
{
	static const char *const words[] = {"unset",        "malformed",    "https",
					    "localhost",    "unknown-host", "port-not-served",
					    "service-port", "outside",      "other-service"};
	struct scene *s = *state;
	size_t check = pf_plan_check_index(s->plan, "cart.endpoint");
	struct pf_fact_ref ref = {check, pf_descriptor_fact(s->plan->checks[check].probe, "endpoint.outcome")};
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
		bool found = false;
		for (size_t i = 0; i < s->plan->mode_count; i++)
			found = found || asks_for(s->plan->modes[i].when, ref, words[w]);
		if (!found)
			fail_msg("no mode asks for endpoint.outcome %s", words[w]);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_scene, close_scene)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_mode_can_become_true),
		TEST(with_its_own_facts_alone_each_mode_is_the_one_root_cause),
		TEST(every_mode_says_what_to_do),
		TEST(nothing_observed_is_no_root_cause),
		TEST(every_faulty_word_of_the_endpoint_has_a_rule),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
