/* Lists that are asked for as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>

#include "probe/merge.h"

static struct pf_arena *arena;

static int
begin(void **state)
{
	(void)state;
	arena = pf_arena_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

#define GET(path_)                                                                                                     \
	{                                                                                                              \
		.method = "GET", .path = (path_)                                                                       \
	}

static void
lists_of_one_key_become_one_and_the_rest_stays(void **state)
{
	const struct pf_ask asks[] = {
		GET("/pods?limit=500&labelSelector=app%3Ddb"),
		GET("/deployments/x"),
		GET("/pods?limit=500&labelSelector=app%3Dcart"),
		GET("/slices?limit=500&labelSelector=kubernetes.io%2Fservice-name%3Ddb"),
		GET("/pods?limit=500&labelSelector=app%3Dthird"),
	};
	const size_t places[] = {0, 1, 0, 2, 0}, shares[] = {3, 1, 1};
	struct pf_merged merged = pf_merge(arena, asks, 5);

	(void)state;
	assert_int_equal(merged.count, 3);
	assert_string_equal(merged.asks[0].path, "/pods?limit=500&labelSelector=app%20in%20%28db%2Ccart%2Cthird%29");
	assert_string_equal(merged.asks[1].path, asks[1].path);
	assert_string_equal(merged.asks[2].path, asks[3].path);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(merged.sent_as[i], places[i]);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(merged.share[i], shares[i]);
}

static void
what_differs_in_more_than_one_value_is_left_alone(void **state)
{
	const struct pf_ask asks[] = {
		GET("/pods?limit=500&labelSelector=app%3Ddb"),
		GET("/pods?limit=500&labelSelector=tier%3Ddb"),
		GET("/other?limit=500&labelSelector=app%3Dcart"),
		GET("/pods?limit=500&labelSelector=app%3Dcart%2Ctier%3Dweb"),
		GET("/pods?limit=500&labelSelector=app%20in%20%28a%2Cb%29"),
		GET("/pods?limit=500&labelSelector=app%21%3Dcart"),
		GET("/pods?limit=500&labelSelector=app%3Dcart&fieldSelector=x%3Dy"),
		GET("/pods?limit=500&labelSelector=app%3Dcart&continue=abc"),
		{.method = "POST", .path = "/pods?limit=500&labelSelector=app%3Dcart"},
		{.kind = PF_ASK_EXEC, .method = "GET", .path = "/pods?limit=500&labelSelector=app%3Dcart"},
	};
	struct pf_merged merged = pf_merge(arena, asks, 10);

	(void)state;
	assert_int_equal(merged.count, 10);
	for (size_t i = 0; i < 10; i++)
		assert_string_equal(merged.asks[i].path, asks[i].path);
}

static struct pf_answer
answer(const char *json)
{
	struct pf_err err = {0};
	struct pf_answer out = {.ok = true, .status = 200, .json = pf_json_parse(arena, json, strlen(json), &err)};

	assert_non_null(out.json);
	return out;
}

static void
each_gets_its_own_items_and_the_version_of_all(void **state)
{
	const struct pf_ask ask = GET("/slices?labelSelector=kubernetes.io%2Fservice-name%3Ddb");
	struct pf_answer merged =
		answer("{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":["
		       "{\"metadata\":{\"name\":\"a\",\"labels\":{\"kubernetes.io/service-name\":\"db\"}}},"
		       "{\"metadata\":{\"name\":\"b\",\"labels\":{\"kubernetes.io/service-name\":\"db2\"}}},"
		       "{\"metadata\":{\"name\":\"c\"}}]}");
	struct pf_answer out;

	(void)state;
	assert_true(pf_merge_part(arena, &ask, &merged, &out));
	assert_true(out.ok);
	assert_string_equal(PF_STRING_AT(out.json, "metadata", "resourceVersion"), "7");
	assert_int_equal(cJSON_GetArraySize(PF_AT(out.json, "items")), 1);
	assert_string_equal(PF_STRING_AT(cJSON_GetArrayItem(PF_AT(out.json, "items"), 0), "metadata", "name"), "a");
}

/* Passed over, they would make a list of nothing of an answer that is none. */
static void
items_that_are_no_objects_are_asked_for_alone(void **state)
{
	const struct pf_ask ask = GET("/slices?labelSelector=kubernetes.io%2Fservice-name%3Ddb");
	struct pf_answer merged = answer("{\"metadata\":{},\"items\":[{\"metadata\":{}},7,null]}");
	struct pf_answer out;

	(void)state;
	assert_false(pf_merge_part(arena, &ask, &merged, &out));
}

static void
pages_and_complaints_are_asked_for_alone_and_a_403_counts_for_each(void **state)
{
	const struct pf_ask ask = GET("/pods?labelSelector=app%3Ddb");
	struct pf_answer paged = answer("{\"metadata\":{\"continue\":\"abc\"},\"items\":[]}"), out;
	struct pf_answer odd = {.status = 400, .err = {.kind = PF_ERR_SERVER}};
	struct pf_answer denied = {.status = 403, .err = {.kind = PF_ERR_FORBIDDEN}};

	(void)state;
	assert_false(pf_merge_part(arena, &ask, &paged, &out));
	assert_false(pf_merge_part(arena, &ask, &odd, &out));
	assert_true(pf_merge_part(arena, &ask, &denied, &out));
	assert_false(out.ok);
	assert_int_equal(out.err.kind, PF_ERR_FORBIDDEN);
}

/* {} with status 200 is no list: it must not turn into an empty one, from which verdicts would follow. */
static void
answer_that_is_no_list_is_not_made_one(void **state)
{
	const struct pf_ask ask = GET("/pods?labelSelector=app%3Ddb");
	struct pf_answer nothing = answer("{}"), out;

	(void)state;
	assert_false(pf_merge_part(arena, &ask, &nothing, &out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_one_key_become_one_and_the_rest_stays),
		cmocka_unit_test(what_differs_in_more_than_one_value_is_left_alone),
		cmocka_unit_test(each_gets_its_own_items_and_the_version_of_all),
		cmocka_unit_test(items_that_are_no_objects_are_asked_for_alone),
		cmocka_unit_test(pages_and_complaints_are_asked_for_alone_and_a_403_counts_for_each),
		cmocka_unit_test(answer_that_is_no_list_is_not_made_one),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
