/* The persistence test against a cluster of its own: what it concludes, and what it leaves when anything goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <postflight/plan.h>

#include "persist_cluster.h"
#include "probe/session.h"

static struct pf_arena *arena;
static struct cluster cluster;
static struct pf_check_result result;

static const struct pf_plan_check *
persistence_check(struct pf_plan **plan)
{
	size_t len = 0;
	struct pf_err err = {0};
	const char *text = pf_plan_builtin("cart-dynamodb", &len);
	assert_true(pf_plan_parse(arena, "built-in", text, len, pf_probe_descriptors(), plan, &err));
	return &(*plan)->checks[pf_plan_check_index(*plan, "persistence")];
}

#define CLUSTER(...) ((struct cluster){.arena = arena, __VA_ARGS__})
#define CONSENT(...) ((struct pf_consent){.restart = true, __VA_ARGS__})

/* What a scene does not say: one cart with CREATE_TABLE=false, and plenty of time. */
static void
fill_in(struct cluster *c, struct pf_consent *consent)
{
	c->provider = c->provider != NULL ? c->provider : "dynamodb";
	c->create_table = c->create_table != NULL ? c->create_table : "false";
	c->replicas = c->replicas != 0 ? c->replicas : 1;
	c->version = c->version != 0 ? c->version : 7;
	c->generation = c->generation != 0 ? c->generation : 1;
	c->created = c->created != 0 ? c->created : 1767225600;
	consent->end_ms = consent->end_ms != 0 ? consent->end_ms : 900000;
}

static void
use(bool undo, struct pf_consent consent)
{
	struct pf_plan *plan;
	const struct pf_plan_check *check = persistence_check(&plan);
	struct pf_target *target = pf_target_new(arena, &cluster_ops, &cluster, undo ? "feedbeef" : "0badcafe");
	fill_in(&cluster, &consent);
	struct pf_session *session = pf_session_new(arena, target, plan, "shop", PF_NO_DEADLINE);
	pf_session_set_consent(session, consent);
	result = (struct pf_check_result){0};
	if (undo)
		pf_probe_undo(session, arena, check, &result);
	else
		pf_probe_run(session, arena, check, &result);
}

static void
test_on(struct cluster that, struct pf_consent consent)
{
	cluster = that;
	use(false, consent);
}

static const char *
fact(const char *name)
{
	for (size_t i = 0; i < result.fact_count; i++) {
		if (pf_streq(result.facts[i].desc->name, name))
			return result.facts[i].text;
	}
	return "";
}

static void
assert_nothing_left(void)
{
	assert_false(cluster.item);
	assert_null(cluster.note);
	assert_false(cluster.wrote_to_others);
}

static void
assert_lost(const char *loss)
{
	assert_int_equal(result.verdict, PF_FAIL);
	assert_string_equal(fact("persistence.outcome"), "lost");
	assert_string_equal(fact("persistence.loss"), loss);
	assert_nothing_left();
}

static void
assert_says(enum pf_verdict verdict, const char *words)
{
	if (strstr(result.message, words) == NULL)
		print_message("message: %s\n", result.message);
	assert_int_equal(result.verdict, verdict);
	assert_non_null(strstr(result.message, words));
}

static void
item_that_new_pods_have_is_kept(void **state)
{
	(void)state;
	test_on(CLUSTER(), CONSENT());
	assert_int_equal(result.verdict, PF_PASS);
	assert_string_equal(fact("persistence.outcome"), "kept");
	assert_string_equal(fact("persistence.step"), "done");
	assert_non_null(cluster.restarted_at);
	assert_int_equal(cluster.deleted_pods, 0);
	assert_nothing_left();
}

static void
restart_by_pod_deletes_each_and_changes_no_template(void **state)
{
	(void)state;
	test_on(CLUSTER(.replicas = 2), CONSENT(.by_pod = true));
	assert_int_equal(result.verdict, PF_PASS);
	assert_int_equal(cluster.deleted_pods, 2);
	assert_null(cluster.restarted_at);
	assert_nothing_left();
}

static void
table_made_anew_is_told_from_a_restarted_database(void **state)
{
	(void)state;
	test_on(CLUSTER(.create_table = "true"), CONSENT());
	assert_lost("table-recreated");
	test_on(CLUSTER(.create_table = "true", .database_restarts = true), CONSENT());
	assert_lost("db-restarted");
	test_on(CLUSTER(.database_restarts = true), CONSENT());
	assert_lost("db-restarted");
}

static void
carts_in_memory_are_lost_with_consent_only(void **state)
{
	(void)state;
	test_on(CLUSTER(.provider = "in-memory"), CONSENT());
	assert_says(PF_SKIP, "number unknown");
	assert_null(cluster.restarted_at);
	assert_nothing_left();
	test_on(CLUSTER(.provider = "in-memory"), CONSENT(.allow_data_loss = true));
	assert_lost("in-memory");
	test_on(CLUSTER(.provider = "in-memory", .replicas = 2), CONSENT(.allow_data_loss = true));
	assert_lost("several-in-memory");
}

static void
carts_of_others_are_not_deleted_unasked(void **state)
{
	(void)state;
	test_on(CLUSTER(.create_table = "true", .others = 12), CONSENT());
	assert_says(PF_SKIP, "12 items");
	assert_null(cluster.restarted_at);
	assert_nothing_left();
	test_on(CLUSTER(.create_table = "true", .others = 12), CONSENT(.allow_data_loss = true));
	assert_lost("table-recreated");
	/* A restart that deletes nothing needs no further consent. */
	test_on(CLUSTER(.others = 12), CONSENT());
	assert_int_equal(result.verdict, PF_PASS);
	assert_string_equal(fact("persistence.others"), "12");
}

static void
read_from_an_old_pod_is_never_a_pass(void **state)
{
	(void)state;
	test_on(CLUSTER(.keeps_old_pods = true), CONSENT(.end_ms = 20000));
	assert_says(PF_ERROR, "time was over while waiting");
	assert_nothing_left();
}

static void
new_pods_that_crash_end_the_wait_with_the_way_back(void **state)
{
	(void)state;
	test_on(CLUSTER(.crashes = true), CONSENT());
	assert_says(PF_ERROR, "kubectl -n shop rollout undo deploy/cart-deployment");
	assert_non_null(strstr(result.message, "from before still serves"));
	assert_nothing_left();
}

static void
rollout_of_somebody_else_ends_the_test(void **state)
{
	(void)state;
	test_on(CLUSTER(.other_rollout = true), CONSENT());
	assert_says(PF_ERROR, "somebody else");
	assert_nothing_left();
}

static void
item_that_comes_back_changed_is_no_pass(void **state)
{
	(void)state;
	test_on(CLUSTER(.changes_item = true), CONSENT());
	assert_int_equal(result.verdict, PF_FAIL);
	assert_string_equal(fact("persistence.outcome"), "changed");
	assert_nothing_left();
}

/* GET works, and an item is refused: by a full disk behind the cart, or by a policy of a mesh before it. */
static void
item_that_the_cart_refuses_was_not_taken(void **state)
{
	static const int statuses[] = {403, 500};

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		char words[100];
		test_on(CLUSTER(.adding = statuses[i]), CONSENT());
		snprintf(words, sizeof(words), "/items with %d", statuses[i]);
		assert_says(PF_ERROR, words);
		assert_string_equal(fact("persistence.step"), "write");
		assert_null(cluster.restarted_at);
		assert_nothing_left();
	}
}

static void
conflicts_with_the_controller_are_tried_again(void **state)
{
	(void)state;
	test_on(CLUSTER(.conflicts = 3), CONSENT());
	assert_int_equal(result.verdict, PF_PASS);
	assert_nothing_left();
}

#define NOTE_TEXT(until, customer)                                                                                     \
	"{\"run\":\"12345678\",\"holder\":\"grace\",\"since\":\"2025-12-31T23:00:00Z\",\"until\":\"" until             \
	"\",\"customer\":\"" customer "\",\"step\":\"write\"}"

static void
second_run_says_who_holds_the_test_and_changes_nothing(void **state)
{
	const char *note = NOTE_TEXT("2027-01-01T00:00:00Z", "postflight-20251231T230000Z-12345678");
	(void)state;
	test_on(CLUSTER(.note = note, .item = true), CONSENT());
	assert_int_equal(result.verdict, PF_ERROR);
	/* Its item is in the way of the baseline in this small cluster: without it the note is what is met. */
	test_on(CLUSTER(.note = note), CONSENT());
	assert_says(PF_ERROR, "grace is testing this since 2025-12-31T23:00:00Z (run 12345678)");
	assert_string_equal(cluster.note, note);
	assert_null(cluster.restarted_at);
}

static void
expired_test_is_finished_first(void **state)
{
	const char *note = NOTE_TEXT("2025-12-31T23:05:00Z", "postflight-20251231T230000Z-12345678");
	(void)state;
	test_on(CLUSTER(.note = note), CONSENT());
	assert_int_equal(result.verdict, PF_PASS);
	assert_nothing_left();
}

static void
cleanup_removes_what_a_killed_run_left(void **state)
{
	(void)state;
	cluster = CLUSTER(.item = true,
			  .note = NOTE_TEXT("2027-01-01T00:00:00Z", "postflight-20251231T230000Z-12345678"));
	use(true, CONSENT());
	assert_says(PF_PASS, "12345678");
	assert_nothing_left();
	use(true, CONSENT());
	assert_says(PF_PASS, "nothing was left");
}

static void
cleanup_deletes_no_cart_but_those_of_the_test(void **state)
{
	static const char *const notes[] = {NOTE_TEXT("2027-01-01T00:00:00Z", "alice"),
					    NOTE_TEXT("2027-01-01T00:00:00Z", "postflight-../alice"), "no JSON", "{}",
					    "[]"};
	(void)state;
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		cluster = CLUSTER(.item = true, .note = notes[i]);
		use(true, CONSENT());
		assert_int_equal(result.verdict, PF_PASS);
		assert_true(cluster.item);
		assert_null(cluster.note);
	}
}

/*
 * Whatever question fails, in whatever way: nothing is left, or the note is, and then the verdict is no success and the
 * message says how to finish.
 */
static void
assert_undone_or_noted(unsigned at, const char *how)
{
	bool left = cluster.item || cluster.note != NULL;
	bool said = strstr(result.message, "postflight cleanup -n shop") != NULL;
	if ((left && (cluster.note == NULL || !said)) || cluster.wrote_to_others)
		print_message("question %u %s: item %d, note %s, %s\n", at, how, cluster.item,
			      cluster.note != NULL ? cluster.note : "none", result.message);
	assert_false(cluster.wrote_to_others);
	if (left) {
		assert_true(result.verdict == PF_ERROR || result.verdict == PF_FAIL);
		assert_non_null(cluster.note);
		assert_true(said);
		cluster.fails_at = 0;
		use(true, CONSENT());
		assert_int_equal(result.verdict, PF_PASS);
		assert_nothing_left();
	}
}

static void
sweep(struct cluster with, struct pf_consent consent, const char *how)
{
	test_on(CLUSTER(), consent);
	unsigned questions = cluster.questions;
	assert_in_range(questions, 20, 200);
	for (with.fails_at = 1; with.fails_at <= questions; with.fails_at++) {
		test_on(with, consent);
		assert_true(result.message[0] != '\0');
		assert_undone_or_noted(with.fails_at, how);
	}
}

#define FAULT(kind, ...) CLUSTER(.error = (kind), __VA_ARGS__)

static void
nothing_is_left_whatever_question_is_interrupted(void **state)
{
	(void)state;
	sweep(FAULT(PF_ERR_INTERRUPTED), CONSENT(), "interrupted");
	sweep(FAULT(PF_ERR_INTERRUPTED), CONSENT(.by_pod = true), "interrupted, by pod");
}

static void
nothing_is_left_whatever_answer_is_lost(void **state)
{
	(void)state;
	sweep(FAULT(PF_ERR_FORBIDDEN), CONSENT(), "forbidden");
	sweep(FAULT(PF_ERR_INTERRUPTED, .takes_effect = true), CONSENT(), "its answer lost");
	sweep(FAULT(PF_ERR_INTERRUPTED, .takes_effect = true), CONSENT(.by_pod = true), "its answer lost, by pod");
}

static void
what_a_lost_connection_leaves_is_noted(void **state)
{
	(void)state;
	sweep(FAULT(PF_ERR_UNAUTHORIZED, .stays_broken = true), CONSENT(), "nothing is answered from here on");
	sweep(FAULT(PF_ERR_UNAUTHORIZED, .stays_broken = true, .forwards_only = true), CONSENT(),
	      "no process is reached from here on");
}

static int
set_up(void **state)
{
	(void)state;
	arena = pf_arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(item_that_new_pods_have_is_kept),
		TEST(restart_by_pod_deletes_each_and_changes_no_template),
		TEST(table_made_anew_is_told_from_a_restarted_database),
		TEST(carts_in_memory_are_lost_with_consent_only),
		TEST(carts_of_others_are_not_deleted_unasked),
		TEST(read_from_an_old_pod_is_never_a_pass),
		TEST(new_pods_that_crash_end_the_wait_with_the_way_back),
		TEST(rollout_of_somebody_else_ends_the_test),
		TEST(item_that_comes_back_changed_is_no_pass),
		TEST(item_that_the_cart_refuses_was_not_taken),
		TEST(conflicts_with_the_controller_are_tried_again),
		TEST(second_run_says_who_holds_the_test_and_changes_nothing),
		TEST(expired_test_is_finished_first),
		TEST(cleanup_removes_what_a_killed_run_left),
		TEST(cleanup_deletes_no_cart_but_those_of_the_test),
		TEST(nothing_is_left_whatever_question_is_interrupted),
		TEST(nothing_is_left_whatever_answer_is_lost),
		TEST(what_a_lost_connection_leaves_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
