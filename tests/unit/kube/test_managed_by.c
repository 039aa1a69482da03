/* Who else writes an object, and under which paths objects are served. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/managed_by.h"
#include "kube/resource.h"

static int
open_arena(void **state)
{
	*state = pf_arena_new();
	return 0;
}

static int
close_arena(void **state)
{
	pf_arena_free(*state);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

/* JSON with single quotes. */
static cJSON *
json(void **state, const char *text)
{
	struct pf_err err;
	char *copy = pf_strdup(*state, text);
	for (char *p = copy; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	cJSON *out = pf_json_parse(*state, copy, strlen(copy), &err);
	if (out == NULL)
		fail_msg("%s: %s", err.text, copy);
	return out;
}

static void
manager_is_named_with_its_source(void **state)
{
	static const struct {
		const char *metadata, *who;
	} table[] = {
		{"{'annotations':{'meta.helm.sh/release-name':'shop'}}", "Helm release shop"},
		{"{'labels':{'app.kubernetes.io/managed-by':'Helm'}}", "Helm"},
		{"{'labels':{'argocd.argoproj.io/instance':'shop'}}", "Argo CD application shop"},
		{"{'annotations':{'argocd.argoproj.io/tracking-id':'shop:apps/Deployment:ns/cart'}}",
		 "Argo CD application shop"},
		{"{'labels':{'helm.toolkit.fluxcd.io/name':'shop'},'annotations':{'meta.helm.sh/release-name':'r'}}",
		 "Flux HelmRelease shop"},
		{"{'labels':{'kustomize.toolkit.fluxcd.io/name':'shop'}}", "Flux Kustomization shop"},
		/* Argo CD writes what a chart makes, and says so in no label of its own. */
		{"{'labels':{'app.kubernetes.io/managed-by':'Helm'},'managedFields':[{'manager':'kubectl'},"
		 "{'manager':'argocd-controller'}]}",
		 "Argo CD"},
		{"{'managedFields':[{'manager':'kustomize-controller'}]}", "Flux"},
		{"{'managedFields':[{'manager':'Terraform'}]}", "Terraform"},
		{"{'ownerReferences':[{'kind':'Shop','name':'s','controller':true}]}", "Shop s"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *who =
			pf_managed_by(*state, json(state, pf_printf(*state, "{'metadata':%s}", table[i].metadata)));
		assert_non_null(who);
		assert_string_equal(who, table[i].who);
	}
}

static void
note_says_where_to_change_it_too(void **state)
{
	static const struct {
		const char *manager, *where;
	} table[] = {
		{"Helm release shop", "that release's values"}, {"Helm", "the chart's values"},
		{"Argo CD application shop", "self-heal"},      {"Argo CD", "that application's source"},
		{"Flux HelmRelease shop", "spec.values"},       {"Flux Kustomization shop", "source in Git"},
		{"Terraform", "Terraform configuration"},       {"Shop s", "change it there too"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *note = pf_managed_note(*state, "service/db", table[i].manager);
		assert_true(pf_starts_with(note, pf_printf(*state, "service/db is managed by %s: ", table[i].manager)));
		assert_non_null(strstr(note, table[i].where));
	}
}

static void
nobody_is_not_named(void **state)
{
	static const char *const objects[] = {
		"{}",
		"{'metadata':7}",
		"{'metadata':{'labels':{'app.kubernetes.io/managed-by':'kubectl'}}}",
		"{'metadata':{'labels':['a'],'annotations':{'meta.helm.sh/release-name':{}}}}",
		"{'metadata':{'annotations':{'meta.helm.sh/release-name':''}}}",
		"{'metadata':{'managedFields':[{'manager':'kubectl-client-side-apply'},{}]}}",
		"{'metadata':{'ownerReferences':[{'kind':'Shop','name':'s'}]}}",
	};
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		assert_null(pf_managed_by(*state, json(state, objects[i])));
	assert_null(pf_managed_by(*state, NULL));
}

static void
paths_are_those_of_the_api_server(void **state)
{
	assert_string_equal(pf_path_get(*state, PF_DEPLOYMENTS, "shop", "cart"),
			    "/apis/apps/v1/namespaces/shop/deployments/cart");
	assert_string_equal(pf_path_get(*state, PF_SECRETS, "shop", "a/b?c"),
			    "/api/v1/namespaces/shop/secrets/a%2Fb%3Fc");
	assert_string_equal(
		pf_path_list(*state, PF_PODS, "shop", "app=cart,tier in (a,b)", NULL),
		"/api/v1/namespaces/shop/pods?limit=500&labelSelector=app%3Dcart%2Ctier%20in%20%28a%2Cb%29");
	assert_string_equal(pf_path_list(*state, PF_SERVICES, NULL, NULL, "metadata.name=db"),
			    "/api/v1/services?limit=500&fieldSelector=metadata.name%3Ddb");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(manager_is_named_with_its_source),
		TEST(note_says_where_to_change_it_too),
		TEST(nobody_is_not_named),
		TEST(paths_are_those_of_the_api_server),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
