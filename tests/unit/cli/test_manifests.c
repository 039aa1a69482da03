/* postflight manifests: the YAML is what it says, and asks for no right that no probe declares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>
#include <postflight/manifest.h>
#include <postflight/probe.h>
#include <postflight/str.h>

#include "cli/plans.h"
#include "program.h"

#define MAX_DOCUMENTS 32
#define MAX_RIGHTS 128

static struct pf_plan *
the_plan(void)
{
	struct pf_plan *plan;
	struct pf_err err = {0};

	if (!pf_plan_open(arena, NULL, &plan, &err))
		fail_msg("%s", err.text);
	return plan;
}

/* The documents of LINE's output, ended by NULL. */
static const cJSON **
documents(const char *line)
{
	struct outcome printed = postflight(line);
	const cJSON **all = pf_alloc_array(arena, MAX_DOCUMENTS + 1, sizeof *all);
	size_t count = 0;

	assert_int_equal(printed.status, 0);
	assert_string_equal(printed.err, "");
	/* Of the shell's own only ${#TABLE} is used. */
	for (const char *p = strstr(printed.out, "${"); p != NULL; p = strstr(p + 1, "${"))
		assert_int_equal(p[2], '#');
	assert_null(strstr(printed.out, "#!"));
	for (const char *p = printed.out; p != NULL && count < MAX_DOCUMENTS;) {
		struct pf_err err = {0};
		const char *end = strstr(p, "\n---\n");
		size_t len = end != NULL ? (size_t)(end - p) + 1 : strlen(p);
		all[count] = pf_yaml_parse(arena, p, len, &err);
		if (all[count] == NULL)
			fail_msg("%s: document %zu: %s", line, count, err.text);
		assert_non_null(PF_STRING_AT(all[count], "kind"));
		assert_non_null(PF_STRING_AT(all[count], "metadata", "name"));
		count++;
		p = end != NULL ? end + strlen("\n---\n") : NULL;
	}
	assert_true(count > 0);
	return all;
}

static void
every_variant_is_listed_and_is_yaml(void **state)
{
	struct outcome list = postflight("manifests");
	size_t count;

	(void)state;
	const struct pf_manifest *all = pf_manifests_of(arena, "cart-dynamodb", &count);
	assert_int_equal(list.status, 0);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++) {
		assert_non_null(strstr(list.out, pf_printf(arena, "%s ", all[i].variant)));
		assert_non_null(strstr(list.out, all[i].summary));
		assert_true(strlen(all[i].summary) > 10);
		documents(pf_printf(arena, "manifests %s", all[i].variant));
	}
}

/* Without -n nothing names a namespace, so that kubectl's -n is free to; with it everything does. */
static void
namespace_is_in_each_object_or_in_none(void **state)
{
	size_t count;

	(void)state;
	const struct pf_manifest *all = pf_manifests_of(arena, "cart-dynamodb", &count);
	for (size_t i = 0; i < count; i++) {
		const cJSON **without = documents(pf_printf(arena, "manifests %s", all[i].variant));
		const cJSON **with = documents(pf_printf(arena, "manifests %s -n shop", all[i].variant));
		for (size_t d = 0; without[d] != NULL; d++) {
			assert_null(PF_AT(without[d], "metadata", "namespace"));
			assert_string_equal(PF_STRING_AT(with[d], "metadata", "namespace"), "shop");
		}
	}
}

static const cJSON *
object(const cJSON **all, const char *kind, const char *name)
{
	for (size_t i = 0; all[i] != NULL; i++) {
		if (pf_streq(PF_STRING_AT(all[i], "kind"), kind) &&
		    pf_streq(PF_STRING_AT(all[i], "metadata", "name"), name))
			return all[i];
	}
	fail_msg("no %s %s", kind, name);
	return NULL;
}

static const char *
env_of(const cJSON *container, const char *name)
{
	const cJSON *variable;

	cJSON_ArrayForEach(variable, PF_AT(container, "env"))
	{
		if (pf_streq(PF_STRING_AT(variable, "name"), name))
			return PF_STRING_AT(variable, "value");
	}
	return NULL;
}

static const cJSON *
first_container(const cJSON *deployment)
{
	return cJSON_GetArrayItem(PF_AT(deployment, "spec", "template", "spec", "containers"), 0);
}

static void
names_are_those_that_were_set(void **state)
{
	(void)state;
	const cJSON **all =
		documents("manifests documented --set cart=carts --set db=carts-dynamodb --set container=carts "
			  "--set port=8001 --set table=Carts --set cart_image=me/cart:1 --set create_table=false");
	const cJSON *container = first_container(object(all, "Deployment", "carts"));
	const cJSON *port = cJSON_GetArrayItem(PF_AT(object(all, "Service", "carts-dynamodb"), "spec", "ports"), 0);

	assert_string_equal(PF_STRING_AT(container, "name"), "carts");
	assert_string_equal(PF_STRING_AT(container, "image"), "me/cart:1");
	assert_string_equal(env_of(container, "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT"),
			    "http://carts-dynamodb:8001");
	assert_string_equal(env_of(container, "RETAIL_CART_PERSISTENCE_DYNAMODB_TABLE_NAME"), "Carts");
	assert_string_equal(env_of(container, "RETAIL_CART_PERSISTENCE_DYNAMODB_CREATE_TABLE"), "false");
	assert_int_equal(PF_INT_AT(port, 0, "port"), 8001);
	object(all, "Deployment", "carts-dynamodb");
}

/* What makes carts last is all there: one of the three alone loses them. */
static void
durable_has_all_that_it_takes(void **state)
{
	(void)state;
	const cJSON **all = documents("manifests durable --set create_table=true");
	const cJSON *cart = object(all, "Deployment", "cart-deployment"), *db = object(all, "Deployment", "dynamodb");
	const cJSON *init = cJSON_GetArrayItem(PF_AT(cart, "spec", "template", "spec", "initContainers"), 0);
	struct pf_err err = {0};

	assert_string_equal(env_of(first_container(cart), "RETAIL_CART_PERSISTENCE_DYNAMODB_CREATE_TABLE"), "false");
	assert_string_equal(PF_STRING_AT(db, "spec", "strategy", "type"), "Recreate");
	object(all, "PersistentVolumeClaim", "dynamodb-data");
	const char *table = env_of(init, "TABLE");
	const cJSON *body = pf_json_parse(arena, table, strlen(table), &err);
	assert_string_equal(PF_STRING_AT(body, "TableName"), "Items");
	const cJSON *index = cJSON_GetArrayItem(PF_AT(body, "GlobalSecondaryIndexes"), 0);
	assert_string_equal(PF_STRING_AT(index, "IndexName"), "idx_global_customerId");
}

static void
job_asks_with_the_same_variables(void **state)
{
	(void)state;
	struct outcome found = postflight("manifests job"),
		       set = postflight("manifests job --set container=carts --set image=x/y");

	assert_non_null(strstr(found.out, "--set=cart=cart-deployment"));
	assert_null(strstr(found.out, "--set=container"));
	assert_non_null(strstr(found.out, "image: postflight:" PF_VERSION "\n"));
	assert_non_null(strstr(set.out, "- --set=container=carts\n"));
	assert_non_null(strstr(set.out, "image: x/y\n"));
}

static void
wrong_words_are_told(void **state)
{
	static const struct {
		const char *line;
		const char *told;
	} wrong[] = {
		{"manifests documentd", "did you mean documented?"},
		{"manifests x", "there are: debug-pod, documented, durable, job, rbac"},
		{"manifests documented -n Shop", "cannot name a namespace"},
		{"manifests documented --set nothing=1", "no variable \"nothing\""},
		{"manifests documented --set image=1", "no variable \"image\""},
		{"manifests documented --set nothing", "expected NAME=VALUE"},
		{"manifests documented --set port=x", "port"},
		{"manifests documented --set cart=a:", "cannot stand in a manifest"},
		{"manifests documented --set cart={a}", "cannot stand in a manifest"},
		{"manifests documented --set cart=a\"b", "cannot stand in a manifest"},
		{"manifests job --set image=", "cannot stand in a manifest"},
		{"manifests documented cart-dynamodb more", "does not know what to do with \"more\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct outcome outcome = postflight(wrong[i].line);
		if (outcome.status != 64 || strstr(outcome.err, wrong[i].told) == NULL)
			fail_msg("%s: status %d, %s", wrong[i].line, outcome.status, outcome.err);
		assert_string_equal(outcome.out, "");
	}
}

/* A plan of one's own has none, and a copy that lacks a variable cannot fill them. */
static void
other_plans_are_told_apart(void **state)
{
	(void)state;
	char *text = postflight("plan show").out;
	write_file("plan.json", text);
	assert_int_equal(postflight(pf_printf(arena, "manifests documented %s", in_dir("plan.json"))).status, 0);
	char *name = strstr(text, "\"cart-dynamodb\"");
	assert_non_null(name);
	memcpy(name, "\"cart-dynamoda\"", strlen("\"cart-dynamoda\""));
	write_file("plan.json", text);
	struct outcome other = postflight(pf_printf(arena, "manifests documented %s", in_dir("plan.json")));
	assert_int_equal(other.status, 64);
	assert_non_null(strstr(other.err, "plan cart-dynamoda has no manifests"));
}

/* ---- Rights ------------------------------------------------------------------------------------------------------ */

struct rights {
	const char *at[MAX_RIGHTS];
	size_t count;
};

static bool
has(const struct rights *rights, const char *right)
{
	for (size_t i = 0; i < rights->count; i++) {
		if (pf_streq(rights->at[i], right))
			return true;
	}
	return false;
}

static void
add(struct rights *rights, const char *group, const char *resource, const char *verb)
{
	const char *right = pf_printf(arena, "%s/%s/%s", group, resource, verb);

	assert_true(rights->count < MAX_RIGHTS);
	if (!has(rights, right))
		rights->at[rights->count++] = right;
}

static void
add_declared(struct rights *rights, const struct pf_permission *permission)
{
	for (; permission != NULL && permission->resource != NULL; permission++) {
		for (const char *p = permission->verbs; *p != '\0'; p += strspn(p, " ")) {
			size_t len = strcspn(p, " ");
			add(rights, permission->group, permission->resource, pf_strndup(arena, p, len));
			p += len;
		}
	}
}

static void
add_role(struct rights *rights, const cJSON *role)
{
	const cJSON *rule, *group, *resource, *verb;

	cJSON_ArrayForEach(rule, PF_AT(role, "rules")) cJSON_ArrayForEach(group, PF_AT(rule, "apiGroups"))
		cJSON_ArrayForEach(resource, PF_AT(rule, "resources")) cJSON_ArrayForEach(verb, PF_AT(rule, "verbs"))
			add(rights, group->valuestring, resource->valuestring, verb->valuestring);
}

static void
assert_within(const struct rights *all, const struct rights *part, const char *what)
{
	for (size_t i = 0; i < part->count; i++) {
		if (!has(all, part->at[i]))
			fail_msg("%s: %s", what, part->at[i]);
	}
}

static struct rights
of_role(const cJSON **all, const char *name)
{
	struct rights rights = {0};

	add_role(&rights, object(all, "Role", name));
	return rights;
}

static void
roles_grant_what_the_probes_declare(void **state)
{
	const cJSON **all = documents("manifests rbac");
	struct rights looking = {0}, disruptive = {0}, unasked = {0}, restart = of_role(all, "postflight-restart");
	const struct pf_plan *plan = the_plan();

	(void)state;
	add_role(&unasked, object(all, "Role", "postflight-read"));
	add_role(&unasked, object(all, "Role", "postflight-processes"));
	add_role(&unasked, object(all, "Role", "postflight-secrets"));
	for (size_t i = 0; i < plan->check_count; i++) {
		const struct pf_descriptor *probe = plan->checks[i].probe;
		add_declared(probe->disruptive ? &disruptive : &looking, probe->permissions);
	}
	assert_true(looking.count > 10);
	assert_within(&unasked, &looking, "a probe needs what no Role grants");
	assert_within(&looking, &unasked, "a Role grants what no probe needs");
	struct rights together = unasked;
	for (size_t i = 0; i < restart.count; i++) {
		assert_false(has(&unasked, restart.at[i]));
		together.at[together.count++] = restart.at[i];
	}
	assert_within(&together, &disruptive, "the restart needs what no Role grants");
	assert_within(&disruptive, &restart, "the Role for the restart grants what it does not need");
}

static void
roles_are_apart_by_what_they_allow(void **state)
{
	const cJSON **all = documents("manifests rbac");
	struct rights read = of_role(all, "postflight-read");
	struct rights processes = of_role(all, "postflight-processes"), secrets = of_role(all, "postflight-secrets");

	(void)state;
	for (size_t i = 0; i < read.count; i++) {
		const char *verb = strrchr(read.at[i], '/') + 1;
		assert_true(pf_streq(verb, "get") || pf_streq(verb, "list") || pf_streq(verb, "watch"));
		assert_null(strstr(read.at[i], "secrets"));
		assert_null(strstr(read.at[i], "/pods/exec"));
		assert_null(strstr(read.at[i], "/pods/portforward"));
	}
	assert_int_equal(processes.count, 4);
	assert_int_equal(secrets.count, 1);
}

static void
roles_are_bound_and_stay_in_the_namespace(void **state)
{
	struct outcome printed = postflight("manifests rbac");
	const cJSON **all = documents("manifests rbac");
	size_t roles = 0;

	(void)state;
	assert_null(strchr(printed.out, '*'));
	for (size_t i = 0; all[i] != NULL; i++) {
		const char *kind = PF_STRING_AT(all[i], "kind"), *name = PF_STRING_AT(all[i], "metadata", "name");
		assert_false(pf_starts_with(kind, "Cluster"));
		if (!pf_streq(kind, "Role"))
			continue;
		const cJSON *binding = object(all, "RoleBinding", name);
		const cJSON *subject = cJSON_GetArrayItem(PF_AT(binding, "subjects"), 0);
		assert_string_equal(PF_STRING_AT(binding, "roleRef", "name"), name);
		assert_string_equal(PF_STRING_AT(subject, "name"), "postflight");
		roles++;
	}
	assert_int_equal(roles, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_variant_is_listed_and_is_yaml, begin, end),
		cmocka_unit_test_setup_teardown(namespace_is_in_each_object_or_in_none, begin, end),
		cmocka_unit_test_setup_teardown(names_are_those_that_were_set, begin, end),
		cmocka_unit_test_setup_teardown(durable_has_all_that_it_takes, begin, end),
		cmocka_unit_test_setup_teardown(job_asks_with_the_same_variables, begin, end),
		cmocka_unit_test_setup_teardown(wrong_words_are_told, begin, end),
		cmocka_unit_test_setup_teardown(other_plans_are_told_apart, begin, end),
		cmocka_unit_test_setup_teardown(roles_grant_what_the_probes_declare, begin, end),
		cmocka_unit_test_setup_teardown(roles_are_apart_by_what_they_allow, begin, end),
		cmocka_unit_test_setup_teardown(roles_are_bound_and_stay_in_the_namespace, begin, end),
	};

	return cmocka_run_group_tests(tests, begin_all, end_all);
}
