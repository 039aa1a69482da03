/*
 * Scenes for the tests of diagnosis and run: conditions, modes and observed facts written out as they would stand in a
 * plan. A scene has the checks A, B and C of one kind of probe, each with the same facts.
 */
#ifndef TEST_SCENE_H
#define TEST_SCENE_H

#include <postflight/diagnosis.h>

enum { A, B, C, CHECKS };

static const struct pf_fact_desc scene_facts[] = {
	{"thing.name", PF_TYPE_STRING, NULL, ""}, {"thing.port", PF_TYPE_INT, NULL, ""},
	{"thing.ready", PF_TYPE_BOOL, NULL, ""},  {"thing.words", PF_TYPE_LIST, NULL, ""},
	{"thing.key", PF_TYPE_STRING, NULL, ""},  {"thing.history", PF_TYPE_LIST, NULL, ""},
	{"thing.notes", PF_TYPE_LIST, NULL, ""},  {0},
};

#define NAME (&scene_facts[0])
#define PORT (&scene_facts[1])
#define READY (&scene_facts[2])
#define WORDS (&scene_facts[3])
#define KEY (&scene_facts[4])
#define HISTORY (&scene_facts[5])
#define NOTES (&scene_facts[6])

static const struct pf_descriptor scene_probe = {.kind = "thing", .facts = scene_facts};

#define TEXTS_OF(...) ((const char *const[]){__VA_ARGS__})
#define COUNT_OF(...) (sizeof(TEXTS_OF(__VA_ARGS__)) / sizeof(char *))

/* ---- Conditions ------------------------------------------------------------------------------------------- */

#define CONDITION(...) (&(const struct pf_condition){__VA_ARGS__})
#define GROUP(op_, ...)                                                                                                \
	CONDITION(.op = (op_), .children = (const struct pf_condition *const[]){__VA_ARGS__},                          \
		  .count = sizeof((const struct pf_condition *const[]){__VA_ARGS__}) / sizeof(void *))
#define ALL(...) GROUP(PF_OP_ALL, __VA_ARGS__)
#define ANY(...) GROUP(PF_OP_ANY, __VA_ARGS__)
#define NONE(...) GROUP(PF_OP_NONE, __VA_ARGS__)
#define LITERAL(op_, check_, fact_, ...)                                                                               \
	CONDITION(.op = (op_), .fact = {(check_), (fact_)}, .literals = TEXTS_OF(__VA_ARGS__),                         \
		  .literal_count = COUNT_OF(__VA_ARGS__))
#define IS(check_, fact_, ...) LITERAL(PF_OP_EQ, check_, fact_, __VA_ARGS__)
#define NOT(check_, fact_, ...) LITERAL(PF_OP_NE, check_, fact_, __VA_ARGS__)
#define HAS(check_, fact_, ...) LITERAL(PF_OP_HAS, check_, fact_, __VA_ARGS__)
#define VERDICT(check_, ...) LITERAL(PF_OP_VERDICT, check_, NULL, __VA_ARGS__)
#define NUMBER(op_, check_, number_) CONDITION(.op = (op_), .fact = {(check_), PORT}, .number = (number_))
#define KNOWN(check_, fact_) CONDITION(.op = PF_OP_KNOWN, .fact = {(check_), (fact_)})
#define UNKNOWN(check_, fact_) CONDITION(.op = PF_OP_UNKNOWN, .fact = {(check_), (fact_)})
#define SAME(op_, a_, b_, fact_) CONDITION(.op = (op_), .fact = {(a_), (fact_)}, .other = {(b_), (fact_)})

/* Ready made: what holds, what does not, and what nobody knows. */
#define YES IS(A, NAME, "cart")
#define NO IS(A, NAME, "other")
#define DUNNO IS(C, NAME, "cart")

/* ---- Observations ----------------------------------------------------------------------------------------- */

#define EVIDENCE(source_, path_, value_, line_) ((struct pf_evidence){(source_), (path_), (value_), (line_)})
#define TEXT_FACT(desc_, text_)                                                                                        \
	{                                                                                                              \
		.desc = (desc_), .text = (text_)                                                                       \
	}
#define PORT_FACT(number_, text_)                                                                                      \
	{                                                                                                              \
		.desc = PORT, .text = (text_), .number = (number_)                                                     \
	}
#define LIST_FACT(desc_, ...)                                                                                          \
	{                                                                                                              \
		.desc = (desc_), .list = TEXTS_OF(__VA_ARGS__), .list_len = COUNT_OF(__VA_ARGS__)                      \
	}
#define FACTS(...)                                                                                                     \
	.facts = (const struct pf_fact[]){__VA_ARGS__},                                                                \
	.fact_count = sizeof((const struct pf_fact[]){__VA_ARGS__}) / sizeof(struct pf_fact)
#define SAW(verdict_, message_, ...)                                                                                   \
	{                                                                                                              \
		.verdict = (verdict_), .done = true, .message = (message_), __VA_ARGS__                                \
	}

/* ---- Plans ------------------------------------------------------------------------------------------------ */

#define EXPLAINS_CHECKS(...)                                                                                           \
	.explains_checks = (const size_t[]){__VA_ARGS__},                                                              \
	.explains_check_count = sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t)
#define EXPLAINS_MODES(...)                                                                                            \
	.explains_modes = (const size_t[]){__VA_ARGS__},                                                               \
	.explains_mode_count = sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t)
#define ARRAY(count_, type_, ...)                                                                                      \
	(const type_[]){__VA_ARGS__}, .count_ = sizeof((const type_[]){__VA_ARGS__}) / sizeof(type_)

static const struct pf_plan_check scene_checks[CHECKS] = {
	[A] = {.id = "cart.env", .title = "Environment", .probe = &scene_probe},
	[B] = {.id = "tcp", .title = "Connection", .probe = &scene_probe},
	[C] = {.id = "persistence", .title = "Data survives", .probe = &scene_probe},
};

#define PLAN(...)                                                                                                      \
	{                                                                                                              \
		.name = "scene", .checks = scene_checks, .check_count = CHECKS, __VA_ARGS__                            \
	}

#endif
