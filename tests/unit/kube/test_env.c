/* A container's environment, as the kubelet would make it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/str.h>

#include "kube/env.h"

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

/* JSON with single quotes. */
static cJSON *
json(struct pf_arena *arena, const char *text)
{
	struct pf_err err;
	char *copy = pf_strdup(arena, text);
	for (char *p = copy; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	cJSON *out = pf_json_parse(arena, copy, strlen(copy), &err);
	if (out == NULL)
		fail_msg("%s: %s", err.text, copy);
	return out;
}

/* The objects of the namespace: {'configmap/cart': {…}, 'secret/aws': 403}; what is not in it is absent. */
struct world {
	const cJSON *objects;
	unsigned looks;
};

static enum pf_source_state
look_up(void *context, bool is_secret, const char *name, const cJSON **object, const char **why)
{
	struct world *world = context;
	char key[200];
	snprintf(key, sizeof(key), "%s/%s", is_secret ? "secret" : "configmap", name);
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(world->objects, key);
	world->looks++;
	if (found == NULL)
		return PF_SOURCE_ABSENT;
	if (cJSON_IsNumber(found)) {
		*why = "forbidden";
		return PF_SOURCE_UNREADABLE;
	}
	*object = found;
	return PF_SOURCE_FOUND;
}

static struct pf_env
resolve(void **state, const char *objects, const char *container, const char *services)
{
	struct world world = {json(*state, objects), 0};
	struct pf_env_inputs inputs = {
		.container = json(*state, container),
		.namespace_ = "shop",
		.services = services != NULL ? json(*state, services) : NULL,
		.lookup = look_up,
		.context = &world,
	};
	struct pf_env env;
	pf_env_resolve(*state, &inputs, &env);
	return env;
}

#define NO_OBJECTS "{}"
#define NO_SERVICES "[]"

static const char *
value_of(const struct pf_env *env, const char *name)
{
	const struct pf_env_var *var = pf_env_get(env, name);
	if (var == NULL)
		return "(not set)";
	return var->value != NULL ? var->value : "(not known)";
}

#define VALUE(env, name, value) assert_string_equal(value_of((env), (name)), (value))

static void
env_from_later_source_wins(void **state)
{
	struct pf_env env =
		resolve(state, "{'configmap/a':{'data':{'X':'1','Y':'1'}},'configmap/b':{'data':{'X':'2'}}}",
			"{'envFrom':[{'configMapRef':{'name':'a'}},{'configMapRef':{'name':'b'}}]}", NO_SERVICES);
	VALUE(&env, "X", "2");
	VALUE(&env, "Y", "1");
	assert_string_equal(pf_env_get(&env, "X")->object, "b");
	assert_string_equal(pf_env_get(&env, "X")->hides->object, "a");
	assert_true(pf_env_get(&env, "X")->from_all);
	assert_null(pf_env_get(&env, "Y")->hides);
}

static void
prefix_is_part_of_the_name_and_not_of_the_key(void **state)
{
	struct pf_env env = resolve(state, "{'configmap/a':{'data':{'X':'1'}}}",
				    "{'envFrom':[{'prefix':'RETAIL_','configMapRef':{'name':'a'}}]}", NO_SERVICES);
	VALUE(&env, "RETAIL_X", "1");
	VALUE(&env, "X", "(not set)");
	assert_string_equal(pf_env_get(&env, "RETAIL_X")->key, "X");
	assert_string_equal(pf_env_source(*state, pf_env_get(&env, "RETAIL_X")), "configmap/a key X");
}

static void
env_wins_over_env_from_and_says_what_it_hides(void **state)
{
	struct pf_env env = resolve(
		state, "{'configmap/a':{'data':{'X':'1'}}}",
		"{'envFrom':[{'configMapRef':{'name':'a'}}],'env':[{'name':'X','value':'2'},{'name':'X','value':'3'}]}",
		NO_SERVICES);
	VALUE(&env, "X", "3");
	assert_int_equal(env.count, 1);
	assert_string_equal(pf_env_get(&env, "X")->hides->value, "2");
	assert_string_equal(pf_env_get(&env, "X")->hides->hides->value, "1");
}

static void
references_expand_to_what_stands_before(void **state)
{
	struct pf_env env = resolve(
		state, "{'configmap/a':{'data':{'HOST':'dynamodb'}}}",
		"{'envFrom':[{'configMapRef':{'name':'a'}}],'env':[{'name':'EARLY','value':'$(PORT)'},{'name':'PORT',"
		"'value':'8000'},{'name':'URL','value':'http://$(HOST):$(PORT)'},{'name':'SELF','value':'$(SELF)x'}]}",
		NO_SERVICES);
	VALUE(&env, "URL", "http://dynamodb:8000");
	assert_true(pf_env_get(&env, "URL")->expanded);
	assert_null(pf_env_get(&env, "URL")->unresolved);
	VALUE(&env, "EARLY", "$(PORT)");
	assert_string_equal(pf_env_get(&env, "EARLY")->unresolved, "PORT");
	VALUE(&env, "SELF", "$(SELF)x");
}

static void
dollar_signs_that_are_no_references_stay(void **state)
{
	struct pf_env env =
		resolve(state, NO_OBJECTS,
			"{'env':[{'name':'A','value':'1'},{'name':'X1','value':'$$(A)'},{'name':'X2','value':"
			"'$$$(A)'},{'name':'X3','value':'$A$'},{'name':'X4','value':'$(A'},{'name':'X5',"
			"'value':'$()'},{'name':'X6','value':'a$$b'},{'name':'X7','value':'$(B$(A)'},"
			"{'name':'X8','value':'$$'}]}",
			NO_SERVICES);
	VALUE(&env, "X1", "$(A)");
	VALUE(&env, "X2", "$1");
	VALUE(&env, "X3", "$A$");
	VALUE(&env, "X4", "$(A");
	VALUE(&env, "X5", "$()");
	VALUE(&env, "X6", "a$b");
	VALUE(&env, "X7", "$(B$(A)");
	VALUE(&env, "X8", "$");
}

#define SERVICE_DB                                                                                                     \
	"[{'metadata':{'name':'my-db'},'spec':{'clusterIP':'10.0.0.9','ports':[{'name':'http-api','port':8000},{"      \
	"'port':53,'protocol':'UDP'}]}},{'metadata':{'name':'headless'},'spec':{'clusterIP':'None','ports':[{'port':"  \
	"1}]}}]"

static void
service_links_are_there_for_expansion(void **state)
{
	struct pf_env env = resolve(state, NO_OBJECTS,
				    "{'env':[{'name':'A','value':'$(MY_DB_PORT)'},{'name':'B','value':"
				    "'$(MY_DB_SERVICE_HOST):$(MY_DB_SERVICE_PORT)'},{'name':'C','value':"
				    "'$(MY_DB_SERVICE_PORT_HTTP_API)'},{'name':'D','value':'$(MY_DB_PORT_53_UDP)'},"
				    "{'name':'E','value':'$(HEADLESS_SERVICE_HOST)'}]}",
				    SERVICE_DB);
	VALUE(&env, "A", "tcp://10.0.0.9:8000");
	VALUE(&env, "B", "10.0.0.9:8000");
	VALUE(&env, "C", "8000");
	VALUE(&env, "D", "udp://10.0.0.9:53");
	VALUE(&env, "E", "$(HEADLESS_SERVICE_HOST)");
	assert_int_equal(pf_env_get(&env, "MY_DB_PORT")->origin, PF_ENV_SERVICE_LINK);
}

static void
everything_overrides_a_service_link_and_hides_nothing(void **state)
{
	struct pf_env env =
		resolve(state, NO_OBJECTS,
			"{'env':[{'name':'MY_DB_PORT','value':'1'},{'name':'A','value':'$(MY_DB_PORT)'}]}", SERVICE_DB);
	VALUE(&env, "MY_DB_PORT", "1");
	VALUE(&env, "A", "1");
	assert_null(pf_env_get(&env, "MY_DB_PORT")->hides);
}

static void
unread_services_leave_a_link_unknown(void **state)
{
	struct pf_env env = resolve(
		state, NO_OBJECTS, "{'env':[{'name':'A','value':'$(DB_PORT)'},{'name':'B','value':'$(OTHER)'}]}", NULL);
	VALUE(&env, "A", "(not known)");
	assert_non_null(pf_env_get(&env, "A")->unknown);
	VALUE(&env, "B", "$(OTHER)");
}

static void
links_of_the_api_server_itself_are_not_known(void **state)
{
	struct pf_env env =
		resolve(state, NO_OBJECTS, "{'env':[{'name':'A','value':'$(KUBERNETES_SERVICE_HOST)'}]}", NO_SERVICES);
	VALUE(&env, "A", "(not known)");
}

static void
links_can_be_switched_off(void **state)
{
	struct pf_env env;
	struct world world = {json(*state, NO_OBJECTS), 0};
	struct pf_env_inputs inputs = {
		.container = json(*state, "{'env':[{'name':'A','value':'$(MY_DB_PORT)'}]}"),
		.pod_spec = json(*state, "{'enableServiceLinks':false}"),
		.namespace_ = "shop",
		.services = json(*state, SERVICE_DB),
		.lookup = look_up,
		.context = &world,
	};
	pf_env_resolve(*state, &inputs, &env);
	VALUE(&env, "A", "$(MY_DB_PORT)");
	assert_string_equal(pf_env_get(&env, "A")->unresolved, "MY_DB_PORT");
}

static void
many_services_push_nothing_out(void **state)
{
	struct pf_env env;
	struct world world = {json(*state, NO_OBJECTS), 0};
	cJSON *services = pf_json_array(*state);
	for (int i = 0; i < 1500; i++)
		cJSON_AddItemToArray(
			services,
			cJSON_Duplicate(json(*state, pf_printf(*state,
							       "{'metadata':{'name':'s%d'},'spec':{"
							       "'clusterIP':'10.0.0.1','ports':[{'port':1}]}}",
							       i)),
					true));
	struct pf_env_inputs inputs = {
		.container =
			json(*state, "{'env':[{'name':'A','value':'1'},{'name':'B','value':'$(S1499_SERVICE_PORT)'}]}"),
		.namespace_ = "shop",
		.services = services,
		.lookup = look_up,
		.context = &world,
	};
	pf_env_resolve(*state, &inputs, &env);
	VALUE(&env, "A", "1");
	VALUE(&env, "B", "1");
}

static void
key_comes_from_its_object(void **state)
{
	struct pf_env env = resolve(
		state, "{'configmap/a':{'data':{'k':'v'}},'secret/s':{'data':{'k':'{{redacted:1:alnum:8-15}}'}}}",
		"{'env':[{'name':'C','valueFrom':{'configMapKeyRef':{'name':'a','key':'k'}}},{'name':'S','valueFrom':{"
		"'secretKeyRef':{'name':'s','key':'k'}}}]}",
		NO_SERVICES);
	VALUE(&env, "C", "v");
	assert_false(pf_env_get(&env, "C")->secret);
	assert_string_equal(pf_env_source(*state, pf_env_get(&env, "C")), "configmap/a key k");
	assert_true(pf_env_get(&env, "S")->secret);
	assert_string_equal(pf_env_source(*state, pf_env_get(&env, "S")), "secret/s key k");
}

static void
secret_in_a_config_map_is_a_secret(void **state)
{
	struct pf_env env =
		resolve(state, "{'configmap/a':{'data':{'AWS_SECRET_ACCESS_KEY':'{{redacted:1:alnum:8-15}}'}}}",
			"{'envFrom':[{'configMapRef':{'name':'a'}}],'env':[{'name':'URL','value':"
			"'http://x/$(AWS_SECRET_ACCESS_KEY)'}]}",
			NO_SERVICES);
	assert_true(pf_env_get(&env, "AWS_SECRET_ACCESS_KEY")->secret);
	assert_true(pf_env_get(&env, "URL")->secret);
}

static void
absent_object_or_key_is_missing(void **state)
{
	struct pf_env env = resolve(state, "{'configmap/a':{'data':{}}}",
				    "{'envFrom':[{'secretRef':{'name':'gone'}}],'env':[{'name':'X','valueFrom':{'"
				    "configMapKeyRef':{'name':'a',"
				    "'key':'k'}}},{'name':'Y','valueFrom':{'secretKeyRef':{'name':'s','key':'k'}}}]}",
				    NO_SERVICES);
	assert_int_equal(env.missing_count, 3);
	assert_string_equal(env.missing[0].variable, "");
	assert_string_equal(env.missing[0].object, "gone");
	assert_true(env.missing[0].is_secret);
	assert_string_equal(env.missing[1].variable, "X");
	assert_string_equal(env.missing[1].key, "k");
	assert_string_equal(env.missing[2].variable, "Y");
	assert_string_equal(env.missing[2].key, "");
	VALUE(&env, "X", "(not set)");
}

static void
missing_key_does_not_fall_back_to_an_earlier_value(void **state)
{
	struct pf_env env = resolve(state, "{'configmap/a':{'data':{'X':'1'}}}",
				    "{'envFrom':[{'configMapRef':{'name':'a'}}],'env':[{'name':'X','valueFrom':{"
				    "'configMapKeyRef':{'name':'a','key':'gone'}}}]}",
				    NO_SERVICES);
	/* The container does not start: it has no X at all. */
	assert_int_equal(env.missing_count, 1);
	VALUE(&env, "X", "(not set)");
}

static void
optional_references_may_be_absent_and_keep_an_earlier_value(void **state)
{
	struct pf_env env = resolve(state, "{'configmap/a':{'data':{'X':'1'}}}",
				    "{'envFrom':[{'configMapRef':{'name':'a'}},{'secretRef':{'name':'gone','optional':"
				    "true}}],'env':[{'name':"
				    "'X','valueFrom':{'configMapKeyRef':{'name':'a','key':'gone','optional':true}}},{'"
				    "name':'Y','valueFrom':{"
				    "'secretKeyRef':{'name':'gone','key':'k','optional':true}}}]}",
				    NO_SERVICES);
	assert_int_equal(env.missing_count, 0);
	VALUE(&env, "X", "1");
	VALUE(&env, "Y", "(not set)");
	assert_null(pf_env_unread(&env, "X"));
}

static void
unreadable_source_is_not_absence(void **state)
{
	struct pf_env env = resolve(
		state, "{'secret/s':403,'configmap/b':403}",
		"{'envFrom':[{'configMapRef':{'name':'b'}}],'env':[{'name':'Y','valueFrom':{'secretKeyRef':{'name':'s',"
		"'key':'k'}}},{'name':'Z','value':'x$(Y)'},{'name':'Q','value':'$(FROM_B)'}]}",
		NO_SERVICES);
	assert_int_equal(env.missing_count, 0);
	assert_non_null(pf_env_unread(&env, "X"));
	VALUE(&env, "Y", "(not known)");
	assert_string_equal(pf_env_get(&env, "Y")->unknown, "secret/s could not be read: forbidden");
	assert_true(pf_env_get(&env, "Y")->secret);
	VALUE(&env, "Z", "(not known)");
	VALUE(&env, "Q", "(not known)");
}

static void
unreadable_later_source_puts_earlier_values_in_doubt(void **state)
{
	struct pf_env env = resolve(
		state, "{'configmap/a':{'data':{'X':'1','AWS_Y':'1'}},'secret/s':403,'configmap/c':{'data':{'Z':'3'}}}",
		"{'envFrom':[{'configMapRef':{'name':'a'}},{'prefix':'AWS_','secretRef':{'name':'s'}},{'configMapRef':"
		"{'name':'c'}}],'env':[{'name':'W','value':'$(AWS_Y)'},{'name':'AWS_V','value':'5'}]}",
		NO_SERVICES);
	VALUE(&env, "X", "1");
	VALUE(&env, "Z", "3");
	VALUE(&env, "AWS_V", "5");
	VALUE(&env, "AWS_Y", "(not known)");
	VALUE(&env, "W", "(not known)");
	assert_string_equal(pf_env_get(&env, "AWS_Y")->unless, "1");
	assert_string_equal(pf_env_get(&env, "AWS_Y")->unknown,
			    "configmap/a has it, unless what comes later has it too: secret/s could not be read: "
			    "forbidden");
	assert_null(pf_env_unread(&env, "X"));
	assert_non_null(pf_env_unread(&env, "AWS_OTHER"));
}

static void
fields_are_known_as_far_as_the_template_says(void **state)
{
	struct pf_env env =
		resolve(state, NO_OBJECTS,
			"{'env':[{'name':'NS','valueFrom':{'fieldRef':{'fieldPath':'metadata.namespace'}}},{"
			"'name':'IP','valueFrom':{'fieldRef':{'fieldPath':'status.podIP'}}},{'name':'CPU',"
			"'valueFrom':{'resourceFieldRef':{'resource':'limits.cpu'}}}]}",
			NO_SERVICES);
	VALUE(&env, "NS", "shop");
	VALUE(&env, "IP", "(not known)");
	VALUE(&env, "CPU", "(not known)");
	assert_string_equal(pf_env_source(*state, pf_env_get(&env, "IP")), "a field of the pod");
}

static void
names_that_cannot_be_are_left_out(void **state)
{
	struct pf_env env = resolve(state, "{'configmap/a':{'data':{'ok.name':'1','1st':'2','':'3','a=b':'4'}}}",
				    "{'envFrom':[{'configMapRef':{'name':'a'}}]}", NO_SERVICES);
	VALUE(&env, "ok.name", "1");
	VALUE(&env, "1st", "2");
	VALUE(&env, "", "(not set)");
	VALUE(&env, "a=b", "(not set)");
}

static void
empty_value_is_a_value(void **state)
{
	struct pf_env env = resolve(state, NO_OBJECTS, "{'env':[{'name':'A','value':''},{'name':'B'}]}", NO_SERVICES);
	VALUE(&env, "A", "");
	VALUE(&env, "B", "");
}

static void
too_much_is_unknown_and_never_cut(void **state)
{
	/* 2^17 bytes by expansion. */
	PF_AUTO_BUF text = PF_BUF(100000);
	pf_buf_puts(&text, "{'env':[{'name':'A0','value':'0123456789abcdef'}");
	for (int i = 1; i <= 13; i++)
		pf_buf_printf(&text, ",{'name':'A%d','value':'$(A%d)$(A%d)'}", i, i - 1, i - 1);
	pf_buf_puts(&text, "]}");
	struct pf_env env = resolve(state, NO_OBJECTS, pf_buf_text(&text), NO_SERVICES);
	assert_int_equal(strlen(value_of(&env, "A3")), 128);
	VALUE(&env, "A13", "(not known)");
}

static void
more_variables_than_are_kept_are_not_absent(void **state)
{
	cJSON *object = pf_json_object(*state), *data = cJSON_CreateObject();
	pf_json_set(object, "data", data);
	for (int i = 0; i < 5000; i++)
		cJSON_AddStringToObject(data, pf_printf(*state, "V%d", i), "x");
	cJSON *objects = pf_json_object(*state);
	pf_json_set(objects, "configmap/a", object);
	struct world world = {objects, 0};
	struct pf_env env;
	struct pf_env_inputs inputs = {
		.container =
			json(*state, "{'envFrom':[{'configMapRef':{'name':'a'}}],'env':[{'name':'A','value':'1'}]}"),
		.namespace_ = "shop",
		.services = json(*state, NO_SERVICES),
		.lookup = look_up,
		.context = &world,
	};
	pf_env_resolve(*state, &inputs, &env);
	assert_true(pf_env_get(&env, "A") != NULL || pf_env_unread(&env, "A") != NULL);
	assert_non_null(pf_env_unread(&env, "X"));
}

static void
hostile_containers_set_nothing(void **state)
{
	static const char *const containers[] = {
		"{}",
		"[]",
		"'x'",
		"{'env':'x','envFrom':7}",
		"{'env':[1,null,'x',[],{},{'name':5},{'value':'x'}],'envFrom':[1,null,{},{'configMapRef':1},{'"
		"secretRef':{"
		"'name':[]}}]}",
		"{'envFrom':[{'configMapRef':{'name':'list'}},{'configMapRef':{'name':'text'}},{'configMapRef':{'name':"
		"'nested'}}]}",
		"{'env':[{'name':'X','valueFrom':{'configMapKeyRef':{'name':5,'key':'k'}}}]}",
		"{'env':[{'name':'','value':'x'}]}",
	};
	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++) {
		struct pf_env env =
			resolve(state,
				"{'configmap/list':{'data':['a','b']},'configmap/text':'x','configmap/nested':{"
				"'data':{'K':{'a':'b'},'L':5}}}",
				containers[i],
				"[1,null,{},{'metadata':{'name':7}},{'metadata':{'name':'x'},"
				"'spec':{'clusterIP':'10.0.0.1','ports':'x'}}]");
		if (env.count != 0)
			fail_msg("%s sets %s", containers[i], env.vars[0].name);
	}
	struct pf_env env = resolve(state, NO_OBJECTS,
				    "{'env':[{'name':'X','valueFrom':7},{'name':'Y','valueFrom':{}}]}", "{'a':'b'}");
	VALUE(&env, "X", "(not known)");
	VALUE(&env, "Y", "(not known)");
}

static void
object_without_a_name_is_not_asked_for(void **state)
{
	struct world world = {json(*state, NO_OBJECTS), 0};
	struct pf_env env;
	struct pf_env_inputs inputs = {
		.container = json(*state, "{'envFrom':[{'secretRef':{'name':''}}],'env':[{'name':'X','valueFrom':{"
					  "'secretKeyRef':{'name':'','key':'k'}}}]}"),
		.namespace_ = "shop",
		.services = json(*state, NO_SERVICES),
		.lookup = look_up,
		.context = &world,
	};
	pf_env_resolve(*state, &inputs, &env);
	assert_int_equal(world.looks, 0);
	assert_int_equal(env.missing_count, 2);
	assert_null(pf_env_references(*state, inputs.container, true)[0]);
}

static void
references_are_named_once(void **state)
{
	const char *const *names = pf_env_references(
		*state,
		json(*state, "{'envFrom':[{'secretRef':{'name':'a'}},{'configMapRef':{'name':'c'}}],'env':[{"
			     "'name':'X','valueFrom':{'secretKeyRef':{'name':'a','key':'k'}}},{'name':'Y',"
			     "'valueFrom':{'secretKeyRef':{'name':'b','key':'k'}}}]}"),
		true);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "b");
	assert_null(names[2]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(env_from_later_source_wins),
		TEST(prefix_is_part_of_the_name_and_not_of_the_key),
		TEST(env_wins_over_env_from_and_says_what_it_hides),
		TEST(references_expand_to_what_stands_before),
		TEST(dollar_signs_that_are_no_references_stay),
		TEST(service_links_are_there_for_expansion),
		TEST(everything_overrides_a_service_link_and_hides_nothing),
		TEST(unread_services_leave_a_link_unknown),
		TEST(links_of_the_api_server_itself_are_not_known),
		TEST(links_can_be_switched_off),
		TEST(many_services_push_nothing_out),
		TEST(key_comes_from_its_object),
		TEST(secret_in_a_config_map_is_a_secret),
		TEST(absent_object_or_key_is_missing),
		TEST(missing_key_does_not_fall_back_to_an_earlier_value),
		TEST(optional_references_may_be_absent_and_keep_an_earlier_value),
		TEST(unreadable_source_is_not_absence),
		TEST(unreadable_later_source_puts_earlier_values_in_doubt),
		TEST(fields_are_known_as_far_as_the_template_says),
		TEST(names_that_cannot_be_are_left_out),
		TEST(empty_value_is_a_value),
		TEST(too_much_is_unknown_and_never_cut),
		TEST(more_variables_than_are_kept_are_not_absent),
		TEST(hostile_containers_set_nothing),
		TEST(object_without_a_name_is_not_asked_for),
		TEST(references_are_named_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
