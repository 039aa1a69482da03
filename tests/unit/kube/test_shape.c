/* What is taken for an object of its kind, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/shape.h"

#define CONTAINERS "\"template\":{\"spec\":{\"containers\":[{\"name\":\"cart\"}]}}"
#define DEPLOYMENT(rest) "{\"metadata\":{\"name\":\"cart\"}," rest "}"

static const struct {
	enum pf_resource resource;
	const char *text;
	const char *lacks; /* NULL: it is one */
} cases[] = {
	{PF_DEPLOYMENTS, DEPLOYMENT("\"spec\":{\"replicas\":1," CONTAINERS "},\"status\":{}"), NULL},
	{PF_DEPLOYMENTS, DEPLOYMENT("\"spec\":{\"replicas\":null," CONTAINERS "}"), NULL},
	{PF_DEPLOYMENTS, "{\"spec\":{" CONTAINERS "}}", "metadata"},
	{PF_DEPLOYMENTS, "{\"metadata\":[],\"spec\":{" CONTAINERS "}}", "metadata"},
	{PF_DEPLOYMENTS, DEPLOYMENT("\"spec\":5"), "spec"},
	{PF_DEPLOYMENTS, DEPLOYMENT("\"status\":{}"), "spec"},
	{PF_DEPLOYMENTS, DEPLOYMENT("\"spec\":{\"replicas\":\"1\"," CONTAINERS "}"), "spec.replicas"},
	{PF_DEPLOYMENTS, DEPLOYMENT("\"spec\":{\"replicas\":-1," CONTAINERS "}"), "spec.replicas"},
	{PF_DEPLOYMENTS, DEPLOYMENT("\"spec\":{\"replicas\":1e300," CONTAINERS "}"), "spec.replicas"},
	{PF_DEPLOYMENTS, DEPLOYMENT("\"spec\":{\"template\":7}"), "spec.template.spec.containers"},
	{PF_DEPLOYMENTS, DEPLOYMENT("\"spec\":{" CONTAINERS "},\"status\":\"fine\""), "status"},
	{PF_PODS, "{\"metadata\":{},\"spec\":{\"containers\":[{}]}}", "spec.containers"},
	{PF_PODS, "{\"metadata\":{},\"spec\":{\"containers\":{\"name\":\"x\"}}}", "spec.containers"},
	{PF_PODS, "{\"metadata\":{},\"status\":{\"containerStatuses\":[3]}}", "status.containerStatuses"},
	{PF_PODS, "5", "metadata"},
	{PF_SERVICES, "{\"metadata\":{},\"spec\":{\"ports\":[{\"port\":8000}]}}", NULL},
	{PF_SERVICES, "{\"metadata\":{},\"spec\":{\"ports\":[{\"port\":65536}]}}", "spec.ports"},
	{PF_SERVICES, "{\"metadata\":{},\"spec\":{\"ports\":[{\"port\":\"http\"}]}}", "spec.ports"},
	{PF_SERVICES, "{\"metadata\":{},\"spec\":{\"type\":\"ExternalName\"}}", NULL},
	{PF_ENDPOINTSLICES, "{\"endpoints\":[],\"ports\":null}", NULL},
	{PF_ENDPOINTSLICES, "{\"endpoints\":{},\"ports\":null}", "endpoints"},
	{PF_ENDPOINTSLICES, "5", "endpoints"},
	{PF_REPLICASETS, "[]", "spec"},
	{PF_EVENTS, "[]", NULL},
	{PF_RESOURCE_COUNT, "\"x\"", NULL},
};

static void
objects_are_told_from_what_is_in_their_place(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	struct pf_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cJSON *object = pf_json_parse(arena, cases[i].text, strlen(cases[i].text), &err);
		const char *lacks;
		assert_non_null(object);
		lacks = pf_shape_lacks(cases[i].resource, object);
		if (!pf_streq(lacks, cases[i].lacks) && (lacks != NULL || cases[i].lacks != NULL))
			fail_msg("%s: %s", cases[i].text, lacks != NULL ? lacks : "nothing is missing");
	}
	pf_arena_free(arena);
}

static void
paths_name_their_resource(void **state)
{
	(void)state;
	assert_int_equal(pf_resource_at("/api/v1/namespaces/services/pods?limit=500"), PF_PODS);
	assert_int_equal(pf_resource_at("/apis/apps/v1/deployments"), PF_DEPLOYMENTS);
	assert_int_equal(pf_resource_at("/api/v1/namespaces/shop/pods/pod"), PF_RESOURCE_COUNT);
	assert_int_equal(pf_resource_at("?x=/pods"), PF_RESOURCE_COUNT);
	assert_int_equal(pf_resource_at(""), PF_RESOURCE_COUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_told_from_what_is_in_their_place),
		cmocka_unit_test(paths_name_their_resource),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
