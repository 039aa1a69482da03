/* Patches that apply to one state only, and the requests that restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>

#include "kube/patch.h"
#include "kube/rollout.h"

static struct pf_arena *arena;

static const cJSON *
json(const char *text)
{
	struct pf_err err = {0};
	cJSON *out = pf_json_parse(arena, text, strlen(text), &err);
	assert_non_null(out);
	return out;
}

#define DEPLOYMENT                                                                                                     \
	"{\"metadata\":{\"name\":\"cart\",\"uid\":\"u1\",\"resourceVersion\":\"41\"},\"spec\":{\"replicas\":1,"        \
	"\"template\":{\"metadata\":{\"annotations\":{\"a\":\"1\"}},\"spec\":{\"containers\":[{\"name\":\"c\"}]}}}}"

static void
patch_names_the_state_that_it_is_for(void **state)
{
	cJSON *patch = pf_patch_of(arena, json(DEPLOYMENT));

	(void)state;
	pf_patch_annotation(patch, "note", "{\"x\":\"y\"}");
	struct pf_ask ask = pf_patch_ask(arena, "/apis/apps/v1/x", patch);
	assert_string_equal(ask.method, "PATCH");
	assert_string_equal(ask.path, "/apis/apps/v1/x?fieldManager=postflight");
	assert_string_equal(ask.content_type, "application/merge-patch+json");
	assert_string_equal(ask.body, "{\"metadata\":{\"uid\":\"u1\",\"resourceVersion\":\"41\",\"annotations\":{"
				      "\"note\":\"{\\\"x\\\":\\\"y\\\"}\"}}}");
}

static void
annotation_is_removed_by_null(void **state)
{
	cJSON *patch = pf_patch_of(arena, json(DEPLOYMENT));

	(void)state;
	pf_patch_annotation(patch, "note", NULL);
	assert_non_null(strstr(pf_patch_ask(arena, "/x", patch).body, "\"annotations\":{\"note\":null}"));
}

static void
restart_touches_one_annotation_of_the_template(void **state)
{
	cJSON *patch = pf_patch_of(arena, json(DEPLOYMENT));

	(void)state;
	pf_rollout_restart(patch, "2026-01-02T03:04:05Z");
	assert_string_equal(pf_json_print(arena, PF_AT(patch, "spec"), false),
			    "{\"template\":{\"metadata\":{\"annotations\":{\"kubectl.kubernetes.io/restartedAt\":"
			    "\"2026-01-02T03:04:05Z\"}}}}");
}

static void
scaling_is_no_rollout_and_everything_in_the_template_is(void **state)
{
	const cJSON *before = json(DEPLOYMENT);

	(void)state;
	assert_true(pf_rollout_same(before, json(DEPLOYMENT)));
	assert_true(pf_rollout_same(
		before, json("{\"spec\":{\"replicas\":5,\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\"}]},"
			     "\"metadata\":{\"annotations\":{\"a\":\"1\"}}}}}")));
	assert_false(pf_rollout_same(
		before, json("{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"a\":\"2\"}},\"spec\":{"
			     "\"containers\":[{\"name\":\"c\"}]}}}}")));
	assert_false(pf_rollout_same(
		before, json("{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"a\":\"1\"}},\"spec\":{"
			     "\"containers\":[{\"name\":\"c\",\"image\":\"x\"}]}}}}")));
	/* What was not seen is not the same as what was. */
	assert_false(pf_rollout_same(before, NULL));
	assert_false(pf_rollout_same(before, json("{}")));
}

static void
pod_is_deleted_by_its_uid(void **state)
{
	struct pf_ask ask = pf_pod_delete_ask(arena, "shop", "cart-1", "u-7");

	(void)state;
	assert_string_equal(ask.method, "DELETE");
	assert_string_equal(ask.path, "/api/v1/namespaces/shop/pods/cart-1");
	assert_string_equal(PF_STRING_AT(json(ask.body), "preconditions", "uid"), "u-7");
	/* The pod's own grace period is the one that counts. */
	assert_null(PF_AT(json(ask.body), "gracePeriodSeconds"));
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
		TEST(patch_names_the_state_that_it_is_for),
		TEST(annotation_is_removed_by_null),
		TEST(restart_touches_one_annotation_of_the_template),
		TEST(scaling_is_no_rollout_and_everything_in_the_template_is),
		TEST(pod_is_deleted_by_its_uid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
