#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scene.h"

#include "probe/env_fix.h"

static struct pf_arena *arena;
static struct pf_diagnosis found;

/* No object is looked at here. */
bool
pf_env_fix(struct pf_session *session, struct pf_arena *arena_, const char *namespace_, const char *deployment,
	   const char *container, const char *const *names, const char *const *values, size_t count,
	   const struct pf_env_fix_text **out, size_t *out_count)
{
	(void)session, (void)arena_, (void)namespace_, (void)deployment, (void)container, (void)names, (void)values;
	(void)count, (void)out, (void)out_count;
	return false;
}

static int
open_arena(void **state)
{
	(void)state;
	arena = pf_arena_new();
	return 0;
}

static int
close_arena(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

static void
diagnose(const struct pf_plan *plan, const struct pf_check_result *results)
{
	pf_diagnose(arena, plan, NULL, "retail-store", results, &found);
}

static void
assert_words(const char *const *words, const char *expected)
{
	char *joined = pf_strdup(arena, "");

	for (size_t i = 0; words[i] != NULL; i++)
		joined = pf_printf(arena, "%s%s%s", joined, i > 0 ? " " : "", words[i]);
	assert_string_equal(joined, expected);
}

/* A says its name is cart; B failed; C was skipped because of B. */
static const struct pf_check_result results[CHECKS] = {
	[A] = SAW(PF_FAIL, "wrong", FACTS(TEXT_FACT(NAME, "cart"))),
	[B] = SAW(PF_FAIL, "refused"),
	[C] = SAW(PF_SKIP, "not run: the cart does not serve (tcp)", .blocked_by = "tcp"),
};

#define MODE(id_, when_, ...)                                                                                          \
	{                                                                                                              \
		.id = (id_), .title = (id_), .when = (when_), __VA_ARGS__                                              \
	}

static void
one_cause_explains_through_what_it_explains(void **state)
{
	/* first → second → third; the second did not match, and the chain holds all the same. */
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode, MODE("third", YES, EXPLAINS_CHECKS(C)),
				    MODE("second", DUNNO, EXPLAINS_CHECKS(B), EXPLAINS_MODES(0)),
				    MODE("first", YES, EXPLAINS_CHECKS(A), EXPLAINS_MODES(1))));

	(void)state;
	diagnose(&plan, results);
	assert_int_equal(found.cause_count, 1);
	assert_string_equal(found.causes[0].mode->id, "first");
	assert_words(found.causes[0].consequences, "third");
	assert_words(found.causes[0].explains, "cart.env tcp persistence");
	assert_int_equal(found.unexplained_count, 0);
}

static void
what_is_certain_is_foretold_until_it_has_happened(void **state)
{
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode,
				    MODE("happened", YES, .foretold = {YES, "said by its cause"}),
				    MODE("certain", DUNNO, .foretold = {YES, "${cart.env:thing.name} is lost"}),
				    MODE("not-so", NO, .foretold = {NO, "never"}),
				    MODE("perhaps", DUNNO, .foretold = {DUNNO, "never"}), MODE("silent", DUNNO)));

	(void)state;
	diagnose(&plan, results);
	assert_words(found.foretold, "cart is lost");
}

static void
what_matched_is_foretold_while_its_consequence_is_untested(void **state)
{
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode,
				    MODE("untested", YES, EXPLAINS_CHECKS(C), .foretold = {YES, "all is lost"}),
				    MODE("tested", YES, EXPLAINS_CHECKS(A), .foretold = {YES, "said by its cause"})));
	const struct pf_check_result some[CHECKS] = {
		[A] = SAW(PF_FAIL, "wrong", FACTS(TEXT_FACT(NAME, "cart"))),
		[B] = SAW(PF_PASS, ""),
		[C] = SAW(PF_SKIP, "needs --restart", .untried = true),
	};

	(void)state;
	diagnose(&plan, some);
	assert_words(found.foretold, "all is lost");
}

static void
two_independent_faults_are_two_causes(void **state)
{
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode, MODE("env", YES, EXPLAINS_CHECKS(A)),
				    MODE("network", VERDICT(B, "fail"), EXPLAINS_CHECKS(B)), MODE("not-it", NO)));

	(void)state;
	diagnose(&plan, results);
	assert_int_equal(found.cause_count, 2);
	assert_string_equal(found.causes[0].mode->id, "env");
	assert_string_equal(found.causes[1].mode->id, "network");
	assert_words(found.causes[0].explains, "cart.env");
	assert_words(found.causes[0].consequences, "");
}

static void
unknown_is_never_a_cause_and_explains_nothing(void **state)
{
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode,
				    MODE("maybe", ALL(YES, DUNNO), .suspect = YES, EXPLAINS_CHECKS(A, B)),
				    MODE("sure", YES, EXPLAINS_CHECKS(A))));

	(void)state;
	diagnose(&plan, results);
	assert_int_equal(found.cause_count, 1);
	assert_string_equal(found.causes[0].mode->id, "sure");
	assert_int_equal(found.unexplained_count, 1);
	assert_string_equal(found.unexplained[0]->message, "refused");
}

static void
modes_that_explain_each_other_do_not_both_vanish(void **state)
{
	const struct pf_plan plan = PLAN(.modes = ARRAY(mode_count, struct pf_mode, MODE("hen", YES, EXPLAINS_MODES(1)),
							MODE("egg", YES, EXPLAINS_MODES(0, 1))));

	(void)state;
	diagnose(&plan, results);
	assert_int_equal(found.cause_count, 2);
}

static void
what_the_user_left_out_is_no_consequence(void **state)
{
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode, MODE("cause", YES, EXPLAINS_CHECKS(A, B, C))));
	const struct pf_check_result some[CHECKS] = {
		[A] = SAW(PF_WARN, "", FACTS(TEXT_FACT(NAME, "cart"))),
		[B] = SAW(PF_ERROR, "interrupted", .untried = true),
		[C] = SAW(PF_SKIP, "needs --restart", .untried = true),
	};

	(void)state;
	diagnose(&plan, some);
	assert_words(found.causes[0].explains, "");
	assert_int_equal(found.unexplained_count, 0);
}

static void
failures_without_a_mode_are_unexplained_and_errors_are_not(void **state)
{
	const struct pf_plan plan = PLAN(.modes = ARRAY(mode_count, struct pf_mode, MODE("no", NO)));
	const struct pf_check_result some[CHECKS] = {
		[A] = SAW(PF_FAIL, "a", FACTS(TEXT_FACT(NAME, "cart"))),
		[B] = SAW(PF_ERROR, "b"),
		[C] = SAW(PF_FAIL, "c"),
	};

	(void)state;
	diagnose(&plan, some);
	assert_int_equal(found.cause_count, 0);
	assert_int_equal(found.unexplained_count, 2);
	assert_ptr_equal(found.unexplained[0], &some[A]);
	assert_ptr_equal(found.unexplained[1], &some[C]);
	assert_int_equal(found.lead_count, 0);
}

static void
what_follows_from_a_failure_is_no_loose_end_and_others_say_how_to_look_on(void **state)
{
	static const size_t first[] = {A};
	static const struct pf_fact_ref line = {C, NAME};
	const struct pf_fix next[] = {{.kind = PF_FIX_COMMAND, .text = "never", .when = NO},
				      {.kind = PF_FIX_COMMAND, .text = "kubectl logs ${C:thing.name}"}};
	struct pf_plan_check checks[CHECKS];
	struct pf_plan plan = PLAN(.modes = ARRAY(mode_count, struct pf_mode, MODE("no", NO)));
	struct pf_check_result some[CHECKS] = {
		[A] = SAW(PF_FAIL, "a"),
		[B] = SAW(PF_FAIL, "b"),
		[C] = SAW(PF_WARN, "c",
			  FACTS({.desc = NAME, .text = "cart", .evidence = EVIDENCE("pod/x", NULL, NULL, "it said")})),
	};

	(void)state;
	memcpy(checks, scene_checks, sizeof(checks));
	plan.checks = checks;
	checks[A].loose_end =
		(struct pf_loose_end){.evidence = &line, .evidence_count = 1, .next = next, .next_count = 2};
	checks[B].loose_end = (struct pf_loose_end){.follows = first, .follows_count = 1};
	diagnose(&plan, some);
	assert_int_equal(found.unexplained_count, 1);
	assert_int_equal(found.lead_count, 1);
	assert_ptr_equal(found.leads[0].result, &some[A]);
	assert_int_equal(found.leads[0].evidence_count, 1);
	assert_string_equal(found.leads[0].evidence[0].line, "it said");
	assert_int_equal(found.leads[0].next_count, 1);
	some[A].verdict = PF_PASS;
	diagnose(&plan, some);
	assert_int_equal(found.unexplained_count, 1);
	assert_ptr_equal(found.unexplained[0], &some[B]);
	assert_int_equal(found.lead_count, 0);
}

static void
cause_takes_the_first_wording_that_holds(void **state)
{
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode,
				    MODE("two", YES,
					 .causes = ARRAY(cause_count, struct pf_wording, {NO, "no"}, {DUNNO, "perhaps"},
							 {YES, "${cart.env:thing.name} in ${namespace} costs $$5"},
							 {NULL, "else"})),
				    MODE("none", YES, .causes = ARRAY(cause_count, struct pf_wording, {NO, "no"})),
				    MODE("without", YES)));

	(void)state;
	diagnose(&plan, results);
	assert_string_equal(found.causes[0].cause, "cart in retail-store costs $5");
	assert_string_equal(found.causes[1].cause, "");
	assert_string_equal(found.causes[2].cause, "");
}

static void
values_in_a_sentence_are_one_bounded_line(void **state)
{
	static char longest[2000];
	struct pf_check_result some[CHECKS] = {
		[A] = SAW(PF_FAIL, "", FACTS(TEXT_FACT(NAME, "a\n\033[2Jb"), LIST_FACT(WORDS, "x", "y"))),
		[B] = SAW(PF_FAIL, "", FACTS(TEXT_FACT(NAME, longest))),
	};
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(
			     mode_count, struct pf_mode,
			     {.id = "m",
			      .title = "${cart.env:thing.name}|${cart.env:thing.words}|${persistence:thing.name}"},
			     {.id = "n", .title = "${tcp:thing.name}"}));

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	diagnose(&plan, some);
	assert_null(strchr(found.causes[0].title, '\n'));
	assert_null(strchr(found.causes[0].title, '\033'));
	assert_non_null(strstr(found.causes[0].title, "|x, y|(not observed)"));
	assert_true(strlen(found.causes[1].title) <= 256);
}

static void
evidence_is_shown_once_and_in_order(void **state)
{
	const struct pf_fact facts[] = {
		{.desc = NAME, .text = "x", .evidence = {"deployment/cart", "env NAME", "x", NULL}},
		{.desc = PORT, .text = "1", .evidence = {"deployment/cart", "env NAME", "x", NULL}},
		{.desc = KEY, .text = "k", .evidence = {"deployment/cart", "env KEY", NULL, NULL}},
		{.desc = READY, .text = "true"},
	};
	const struct pf_check_result some[CHECKS] = {
		[A] = {.verdict = PF_FAIL, .done = true, .message = "", .facts = facts, .fact_count = 4},
	};
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode,
				    MODE("m", NULL,
					 .evidence = ARRAY(evidence_count, struct pf_fact_ref, {A, KEY}, {A, PORT},
							   {A, NAME}, {A, READY}, {C, NAME}))));

	(void)state;
	diagnose(&plan, some);
	assert_int_equal(found.causes[0].evidence_count, 2);
	assert_string_equal(found.causes[0].evidence[0].path, "env KEY");
	assert_null(found.causes[0].evidence[0].value);
	assert_string_equal(found.causes[0].evidence[1].path, "env NAME");
}

#define TOKEN "{{redacted:3:alnum:16-31}}"

static void
secrets_are_shown_nowhere(void **state)
{
	const struct pf_fact facts[] = {
		{.desc = KEY,
		 .text = "hunter2",
		 .secret = true,
		 .evidence = {"secret/aws", "data.key", "hunter2", "key=hunter2"}},
		{.desc = NAME,
		 .text = "http://u:" TOKEN "@h",
		 .evidence = {"pod/x", NULL, "a " TOKEN " b", "l " TOKEN}},
		LIST_FACT(HISTORY, "12 s ago: login with " TOKEN " refused", "12 s ago: {{redacted:9:al"),
		LIST_FACT(WORDS, "plain", TOKEN),
	};
	const struct pf_check_result some[CHECKS] = {
		[A] = {.verdict = PF_FAIL, .done = true, .message = "", .facts = facts, .fact_count = 4},
		[B] = SAW(PF_ERROR, "may not read " TOKEN),
	};
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode,
				    {.id = "m",
				     .title = "key ${cart.env:thing.key}, name ${cart.env:thing.name}, words "
					      "${cart.env:thing.words}",
				     .causes = ARRAY(cause_count, struct pf_wording, {NULL, "${cart.env:thing.key}"}),
				     .evidence = ARRAY(evidence_count, struct pf_fact_ref, {A, KEY}, {A, NAME}),
				     .fixes = ARRAY(fix_count, struct pf_fix,
						    {.kind = PF_FIX_COMMAND, .text = "login ${cart.env:thing.key}"},
						    {.kind = PF_FIX_COMMAND, .text = "curl '${cart.env:thing.name}'"},
						    {.kind = PF_FIX_INSTRUCTION, .text = "use ${cart.env:thing.key}"},
						    {.kind = PF_FIX_SET_ENV,
						     .deployment = "cart",
						     .names = TEXTS_OF("KEY"),
						     .values = TEXTS_OF("${cart.env:thing.key}"),
						     .count = 1})},
				    MODE("n", IS(B, NAME, "x"), .suspect = VERDICT(A, "fail"))));

	(void)state;
	diagnose(&plan, some);
	const struct pf_cause *cause = &found.causes[0];
	assert_string_equal(cause->title, "key (not shown), name (not shown), words (not shown)");
	assert_string_equal(cause->cause, "(not shown)");
	assert_string_equal(cause->evidence[0].value, "(not shown)");
	assert_null(cause->evidence[0].line);
	assert_string_equal(cause->evidence[1].value, "a (not shown) b");
	assert_string_equal(cause->evidence[1].line, "l (not shown)");
	assert_int_equal(cause->fix_count, 4);
	for (size_t i = 0; i < cause->fix_count; i++) {
		assert_false(cause->fixes[i].is_command);
		assert_null(strstr(cause->fixes[i].text, "hunter2"));
		assert_null(strstr(cause->fixes[i].text, "{{"));
	}
	assert_string_equal(cause->fixes[0].text, "fill in KEY (a secret, not shown) and run: login KEY");
	assert_string_equal(cause->fixes[2].text, "use (not shown)");
	assert_string_equal(found.history[0], "12 s ago: login with (not shown) refused");
	assert_string_equal(found.history[1], "12 s ago: (not shown)");
	assert_null(found.history[2]);
	assert_string_equal(found.undecided[0].missing, "tcp (may not read (not shown))");
}

static void
undecided_modes_wait_together_for_the_same_checks(void **state)
{
	const struct pf_check_result some[CHECKS] = {
		[A] = SAW(PF_FAIL, "", FACTS(TEXT_FACT(NAME, "cart"))),
		[B] = SAW(PF_ERROR, "may not exec"),
		[C] = SAW(PF_SKIP, ""),
	};
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode, MODE("hangs", IS(B, NAME, "x"), .suspect = YES),
				    MODE("port", ALL(IS(B, NAME, "x"), IS(A, PORT, "1")), .suspect = YES),
				    MODE("blocked", ALL(YES, IS(B, PORT, "1")), .suspect = YES),
				    MODE("lost", ANY(IS(C, NAME, "x"), IS(A, KEY, "x")), .suspect = YES),
				    MODE("unsuspected", DUNNO, .suspect = NO), MODE("silent", DUNNO),
				    MODE("vague", DUNNO, .suspect = DUNNO)));

	(void)state;
	diagnose(&plan, some);
	assert_int_equal(found.undecided_count, 3);
	assert_words(found.undecided[0].modes, "hangs blocked");
	assert_string_equal(found.undecided[0].missing, "tcp (may not exec)");
	assert_words(found.undecided[1].modes, "port");
	assert_string_equal(found.undecided[1].missing, "cart.env (did not see thing.port); tcp (may not exec)");
	assert_words(found.undecided[2].modes, "lost");
	assert_string_equal(found.undecided[2].missing,
			    "cart.env (did not see thing.key); persistence (Data survives)");
}

static void
what_a_candidate_may_explain_waits_with_it(void **state)
{
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode,
				    MODE("maybe", ALL(YES, DUNNO), .suspect = YES, EXPLAINS_MODES(1)),
				    MODE("consequence", YES, EXPLAINS_CHECKS(A)), MODE("sure", YES)));

	(void)state;
	diagnose(&plan, results);
	assert_int_equal(found.cause_count, 1);
	assert_string_equal(found.causes[0].mode->id, "sure");
	assert_int_equal(found.undecided_count, 1);
	assert_words(found.undecided[0].modes, "maybe consequence");
}

static void
what_nothing_points_to_takes_no_root_cause_away(void **state)
{
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode,
				    MODE("unlikely", ALL(YES, DUNNO), .suspect = NO, EXPLAINS_MODES(1)),
				    MODE("cause", YES, EXPLAINS_CHECKS(A))));

	(void)state;
	diagnose(&plan, results);
	assert_int_equal(found.cause_count, 1);
	assert_string_equal(found.causes[0].mode->id, "cause");
	assert_int_equal(found.undecided_count, 0);
}

static void
what_a_root_cause_explains_is_not_undecided(void **state)
{
	const struct pf_plan plan =
		PLAN(.modes = ARRAY(mode_count, struct pf_mode, MODE("cause", YES, EXPLAINS_MODES(1)),
				    MODE("symptom", DUNNO, .suspect = YES)));

	(void)state;
	diagnose(&plan, results);
	assert_int_equal(found.undecided_count, 0);
}

static const struct pf_row rows[] = {
	{.id = "refused", .symptom = "Connection refused"},
	{.id = "lost", .symptom = "Empty after restart"},
};

#define ROWS .rows = rows, .row_count = 2

static void
row_is_seen_with_the_root_cause_first(void **state)
{
	const struct pf_plan plan =
		PLAN(ROWS, .modes = ARRAY(mode_count, struct pf_mode, MODE("consequence", YES, .row = &rows[0]),
					  MODE("root", YES, .row = &rows[0], EXPLAINS_MODES(0)),
					  MODE("open", DUNNO, .row = &rows[0], .suspect = YES),
					  MODE("else", NO, .row = &rows[1])));

	(void)state;
	diagnose(&plan, results);
	assert_int_equal(found.rows[0].state, PF_ROW_SEEN);
	assert_words(found.rows[0].modes, "root consequence");
	assert_ptr_equal(found.rows[0].row, &rows[0]);
	assert_int_equal(found.rows[1].state, PF_ROW_NOT_SEEN);
	assert_words(found.rows[1].modes, "");
}

static enum pf_row_state
row_of(struct pf_mode mode)
{
	mode.row = &rows[0];
	mode.title = "";
	mode.id = "mode";
	struct pf_plan plan = PLAN(ROWS, .modes = &mode, .mode_count = 1);

	diagnose(&plan, results);
	assert_int_equal(found.rows[1].state, PF_ROW_UNKNOWN); /* no mode of it: nobody looked */
	return found.rows[0].state;
}

static void
row_says_where_its_meaning_misleads(void **state)
{
	const struct pf_row misleading[] = {{.id = "lost", .meaning = "not used"}};
	const struct pf_plan plan = PLAN(.rows = misleading, .row_count = 1,
					 .modes = ARRAY(mode_count, struct pf_mode,
							MODE("quiet", NO, .row = &misleading[0], .row_note = "never"),
							MODE("made-anew", YES, .row = &misleading[0],
							     .row_note = "not so: ${cart.env:thing.name} uses it")));

	(void)state;
	diagnose(&plan, results);
	assert_int_equal(found.rows[0].state, PF_ROW_SEEN);
	assert_string_equal(found.rows[0].note, "not so: cart uses it");
}

/* Of two ways in which a mode shows, one was looked at and the other needs a test that nobody consented to. */
static void
row_is_looked_for_without_the_test_that_was_left_out(void **state)
{
	const struct pf_check_result left_out[CHECKS] = {
		[A] = SAW(PF_PASS, "", FACTS(TEXT_FACT(NAME, "cart"))),
		[B] = SAW(PF_PASS, ""),
		[C] = SAW(PF_SKIP, "needs --restart", .untried = true),
	};
	const struct pf_check_result unread[CHECKS] = {
		[A] = SAW(PF_PASS, "", FACTS(TEXT_FACT(NAME, "cart"))),
		[B] = SAW(PF_PASS, ""),
		[C] = SAW(PF_ERROR, "403"),
	};
	const struct pf_plan two_ways =
		PLAN(ROWS, .modes = ARRAY(mode_count, struct pf_mode, MODE("m", ANY(NO, DUNNO), .row = &rows[0])));
	const struct pf_plan one_way =
		PLAN(ROWS, .modes = ARRAY(mode_count, struct pf_mode, MODE("m", ALL(ANY(DUNNO)), .row = &rows[0])));

	(void)state;
	diagnose(&two_ways, left_out);
	assert_int_equal(found.rows[0].state, PF_ROW_NOT_SEEN);
	diagnose(&two_ways, unread);
	assert_int_equal(found.rows[0].state, PF_ROW_UNKNOWN);
	diagnose(&one_way, left_out);
	assert_int_equal(found.rows[0].state, PF_ROW_UNKNOWN);
}

static void
row_is_not_seen_only_when_somebody_looked(void **state)
{
	(void)state;
	assert_int_equal(row_of((struct pf_mode){.when = NO}), PF_ROW_NOT_SEEN);
	assert_int_equal(row_of((struct pf_mode){.when = DUNNO}), PF_ROW_UNKNOWN);
	assert_int_equal(row_of((struct pf_mode){.when = DUNNO, .suspect = YES}), PF_ROW_UNKNOWN);
	assert_int_equal(row_of((struct pf_mode){.when = DUNNO, .suspect = DUNNO}), PF_ROW_UNKNOWN);
	/* The symptoms were looked for and are not there. */
	assert_int_equal(row_of((struct pf_mode){.when = DUNNO, .suspect = NO}), PF_ROW_NOT_SEEN);
	/* The check ran and had nothing to say of that fact. */
	assert_int_equal(row_of((struct pf_mode){.when = IS(A, KEY, "x")}), PF_ROW_NOT_SEEN);
	assert_int_equal(row_of((struct pf_mode){.when = IS(A, KEY, "x"), .suspect = YES}), PF_ROW_UNKNOWN);
	/* False only because its guard is: not an observation. */
	assert_int_equal(row_of((struct pf_mode){.when = ALL(KNOWN(C, NAME), DUNNO)}), PF_ROW_UNKNOWN);
	assert_int_equal(row_of((struct pf_mode){.when = ALL(KNOWN(C, NAME), NO)}), PF_ROW_NOT_SEEN);
	assert_int_equal(row_of((struct pf_mode){.when = NO, .suspect = YES}), PF_ROW_NOT_SEEN);
}

static void
nothing_observed_leaves_every_row_unknown_and_no_cause(void **state)
{
	const struct pf_check_result blind[CHECKS] = {
		[A] = SAW(PF_ERROR, "no connection"), [B] = SAW(PF_SKIP, ""), [C] = SAW(PF_SKIP, "")};
	const struct pf_plan plan =
		PLAN(ROWS, .modes = ARRAY(mode_count, struct pf_mode,
					  MODE("a", IS(A, NAME, "x"), .row = &rows[0], .suspect = YES),
					  MODE("b", ALL(KNOWN(A, NAME), VERDICT(B, "skip")), .row = &rows[1])));

	(void)state;
	diagnose(&plan, blind);
	assert_int_equal(found.cause_count, 0);
	assert_int_equal(found.undecided_count, 0);
	assert_int_equal(found.rows[0].state, PF_ROW_UNKNOWN);
	assert_int_equal(found.rows[1].state, PF_ROW_UNKNOWN);
	assert_null(found.history[0]);
}

static void
history_gathers_each_line_once(void **state)
{
	const struct pf_check_result some[CHECKS] = {
		[A] = SAW(PF_PASS, "", FACTS(LIST_FACT(HISTORY, "one", "two"), LIST_FACT(WORDS, "no"))),
		[B] = SAW(PF_PASS, "", FACTS(LIST_FACT(HISTORY, "two", "three"), LIST_FACT(NOTES, "note"))),
		[C] = SAW(PF_PASS, "",
			  FACTS({.desc = HISTORY, .secret = true, .list = TEXTS_OF("secret"), .list_len = 1})),
	};
	const struct pf_plan plan = PLAN(.modes = NULL);

	(void)state;
	diagnose(&plan, some);
	assert_words(found.history, "one two three");
	assert_int_equal(found.cause_count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_cause_explains_through_what_it_explains),
		cmocka_unit_test(what_is_certain_is_foretold_until_it_has_happened),
		cmocka_unit_test(two_independent_faults_are_two_causes),
		cmocka_unit_test(unknown_is_never_a_cause_and_explains_nothing),
		cmocka_unit_test(modes_that_explain_each_other_do_not_both_vanish),
		cmocka_unit_test(what_the_user_left_out_is_no_consequence),
		cmocka_unit_test(failures_without_a_mode_are_unexplained_and_errors_are_not),
		cmocka_unit_test(what_follows_from_a_failure_is_no_loose_end_and_others_say_how_to_look_on),
		cmocka_unit_test(cause_takes_the_first_wording_that_holds),
		cmocka_unit_test(values_in_a_sentence_are_one_bounded_line),
		cmocka_unit_test(evidence_is_shown_once_and_in_order),
		cmocka_unit_test(secrets_are_shown_nowhere),
		cmocka_unit_test(undecided_modes_wait_together_for_the_same_checks),
		cmocka_unit_test(what_a_candidate_may_explain_waits_with_it),
		cmocka_unit_test(what_nothing_points_to_takes_no_root_cause_away),
		cmocka_unit_test(what_a_root_cause_explains_is_not_undecided),
		cmocka_unit_test(row_is_seen_with_the_root_cause_first),
		cmocka_unit_test(row_says_where_its_meaning_misleads),
		cmocka_unit_test(row_is_looked_for_without_the_test_that_was_left_out),
		cmocka_unit_test(what_matched_is_foretold_while_its_consequence_is_untested),
		cmocka_unit_test(row_is_not_seen_only_when_somebody_looked),
		cmocka_unit_test(nothing_observed_leaves_every_row_unknown_and_no_cause),
		cmocka_unit_test(history_gathers_each_line_once),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
