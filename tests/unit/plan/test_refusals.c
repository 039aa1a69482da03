/*
 * What is said of a plan that is wrong, to the letter: each row is an edit of the plan in fixture.c and the message
 * that it must give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/plan.h>

#include "fixture.h"

struct refusal {
	const char *find;
	const char *replace;
	const char *message; /* behind "plan.json:" */
};

static int
setup(void **state)
{
	*state = pf_arena_new();
	return 0;
}

static int
teardown(void **state)
{
	pf_arena_free(*state);
	return 0;
}

static void
assert_message(struct pf_arena *arena, const char *text, const char *message)
{
	struct pf_plan *plan = NULL;
	struct pf_err err = {0};

	if (pf_plan_parse(arena, "plan.json", text, strlen(text), fixture_probes, &plan, &err))
		fail_msg("loaded, instead of: %s", message);
	assert_string_equal(err.text, pf_printf(arena, "plan.json:%s", message));
	assert_int_equal(err.kind, PF_ERR_CONFIG);
	assert_null(plan);
}

static void
assert_refused(struct pf_arena *arena, const struct refusal *refusals, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_message(arena, fixture_edit(arena, fixture_plan, refusals[i].find, refusals[i].replace),
			       refusals[i].message);
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void
document_that_is_no_json_is_refused(void **state)
{
	static const struct refusal refusals[] = {
		{"{\n", "{,\n",
		 "1:2: plan: this is no valid JSON: unexpected ','; expected one JSON document, each member once"},
		{"\"Two\\nlines\"", "\"Two",
		 "38:7: plan: this is no valid JSON: unexpected 'i'; expected one JSON document, each member once"},
		{"\"name\": \"shop\",", "\"name\": \"shop\", \"name\": \"shop\",",
		 "3:11: plan: the member \"name\" appears again later in its object; expected one JSON document, each "
		 "member once"},
	};

	assert_refused(*state, refusals, COUNT(refusals));
}

static void
members_of_the_wrong_name_type_or_spelling_are_refused(void **state)
{
	static const struct refusal refusals[] = {
		{"\"title\": \"The shop\"", "\"tittle\": \"The shop\"",
		 "3:29: tittle: unknown member \"tittle\" (did you mean \"title\"?); expected one of: $schema, schema, "
		 "name, title, namespace, variables, checks, checklist, rows, patterns, modes"},
		{"\"title\": \"The shop\", ", "",
		 "1:1: plan: lacks \"title\" (what the plan is about); expected a string"},
		{"\"schema\": \"postflight.plan/v1\",", "\"schema\": \"postflight.plan/v2\",",
		 "2:13: schema: unknown schema \"postflight.plan/v2\"; expected \"postflight.plan/v1\""},
		{"  \"schema\": \"postflight.plan/v1\",\n", "",
		 "1:1: plan: lacks \"schema\" (the version of this form); expected a string"},
		{"\"title\": \"Access\"", "\"titel\": \"Access\"",
		 "10:31: checks[0].titel: unknown member \"titel\" (did you mean \"title\"?); expected one of: id, "
		 "title, probe, with, needs, unexplained"},
		{"\"title\": \"Access\"", "\"zzzzzz\": 1, \"title\": \"Access\"",
		 "10:32: checks[0].zzzzzz: unknown member \"zzzzzz\"; expected one of: id, title, probe, with, needs, "
		 "unexplained"},
		{"\"title\": \"Access\"", "\"title\": 7",
		 "10:31: checks[0].title: has the wrong type; expected a string"},
		{"\"title\": \"Access\"", "\"title\": \"\"", "10:31: checks[0].title: is empty; expected a text"},
		{"\"title\": \"Access\"", "\"title\": \"a\\nb\"",
		 "10:31: checks[0].title: holds a line break or another control character; expected one line"},
		{"\"title\": \"Access\"", "\"title\": \"Access of ${cart}\"",
		 "10:31: checks[0].title: holds ${, and nothing is filled in here; expected a plain text"},
		{"\"id\": \"access\", ", "",
		 "10:5: checks[0]: lacks \"id\" (what facts, needs and reports call it); expected a string"},
		{"\"id\": \"access\"", "\"id\": \"Access\"",
		 "10:12: checks[0].id: \"Access\" is not spelt as a name; expected lower-case letters and digits, a "
		 "letter first, parts joined by . or -, 63 characters at most"},
		{"\"id\": \"access\"", "\"id\": \"a..b\"",
		 "10:12: checks[0].id: \"a..b\" is not spelt as a name; expected lower-case letters and digits, a "
		 "letter first, parts joined by . or -, 63 characters at most"},
		{"\"id\": \"access\"", "\"id\": \"1a\"",
		 "10:12: checks[0].id: \"1a\" is not spelt as a name; expected lower-case letters and digits, a letter "
		 "first, parts joined by . or -, 63 characters at most"},
		{"\"id\": \"access\"", "\"id\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
		 "10:12: checks[0].id: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is not "
		 "spelt as a name; expected lower-case letters and digits, a letter first, parts joined by . or -, 63 "
		 "characters at most"},
		{"\"id\": \"access\"", "\"id\": \"check\"",
		 "10:12: checks[0].id: \"check\" has a meaning of its own in conditions; expected another one"},
		{"\"name\": \"shop\"", "\"name\": \"shop.x\"",
		 "3:11: name: \"shop.x\" is not spelt as a name; expected lower-case letters and digits, a letter "
		 "first, parts joined by -, 63 characters at most"},
		{"\"namespace\": \"store\"", "\"namespace\": \"Store\"",
		 "3:53: namespace: \"Store\" is not spelt as a name; expected lower-case letters and digits, parts "
		 "joined by -, 63 characters at most"},
		{"\"namespace\": \"store\"", "\"namespace\": null",
		 "3:53: namespace: has the wrong type; expected a string"},
	};

	assert_refused(*state, refusals, COUNT(refusals));
}

static void
variables_that_cannot_be_are_refused(void **state)
{
	static const struct refusal refusals[] = {
		{"\"name\": \"cart\", \"default\"", "\"name\": \"my-cart\", \"default\"",
		 "5:14: variables[0].name: \"my-cart\" is not spelt as a name; expected lower-case letters and digits, "
		 "a letter first, parts joined by _, 63 characters at most"},
		{"\"name\": \"port\", \"default\"", "\"name\": \"cart\", \"default\"",
		 "6:14: variables[1].name: \"cart\" stands in line 5 already; expected another name"},
		{"\"name\": \"port\", \"default\": \"8000\"", "\"name\": \"namespace\", \"default\": \"8000\"",
		 "6:14: variables[1].name: \"namespace\" is always there, set by --namespace; expected another one"},
		{"\"default\": \"8000\"", "\"default\": 8000",
		 "6:33: variables[1].default: has the wrong type; expected a string"},
		{"\"default\": \"true\"", "\"default\": \"tru\"",
		 "7:33: variables[2].default: unknown value \"tru\" (did you mean \"true\"?); expected one of: true, "
		 "false"},
		{"\"values\": [\"true\", \"false\"]", "\"values\": []",
		 "7:51: variables[2].values: is empty; expected at least one"},
		{"\"values\": [\"true\", \"false\"]", "\"values\": [\"true\", \"a b\"]",
		 "7:60: variables[2].values[1]: \"a b\" holds white space; expected one word"},
	};

	assert_refused(*state, refusals, COUNT(refusals));
}

static void
checks_and_their_parameters_are_refused(void **state)
{
	static const struct refusal refusals[] = {
		{"\"id\": \"cart.ping\", \"title\"", "\"id\": \"access\", \"title\"",
		 "14:12: checks[2].id: \"access\" stands in line 10 already; expected another id"},
		{"\"probe\": \"ping\"", "\"probe\": \"pong\"",
		 "14:51: checks[2].probe: unknown probe \"pong\" (did you mean \"ping\"?); expected one of: service, "
		 "ping, bare"},
		{"\"probe\": \"bare\"", "\"probe\": \"bare\", \"with\": {\"x\": 1}",
		 "10:72: checks[0].with.x: unknown parameter \"x\" of probe bare; expected none"},
		{"\"name\": \"${cart}-db\"", "\"nam\": \"${cart}-db\"",
		 "12:23: checks[1].with.nam: unknown parameter \"nam\" of probe service (did you mean \"name\"?); "
		 "expected one of: name, port, headless, mode, hosts"},
		{"\"name\": \"${cart}-db\", ", "",
		 "12:15: checks[1].with: lacks \"name\", which probe service requires; expected a string"},
		{"\"with\": {\"hosts\": [\"db\"]},", "",
		 "14:5: checks[2].with: lacks \"hosts\", which probe ping requires; expected a list of strings"},
		{"\"name\": \"${cart}-db\"", "\"name\": \"\"", "12:24: checks[1].with.name: is empty; expected a text"},
		{"\"name\": \"${cart}-db\"", "\"name\": true",
		 "12:24: checks[1].with.name: does not fit parameter name; expected a string"},
		{"\"name\": \"${cart}-db\"", "\"name\": \"${crat}-db\"",
		 "12:24: checks[1].with.name: unknown variable \"crat\" (did you mean \"cart\"?); expected one of: "
		 "cart, port, keep"},
		{"\"name\": \"${cart}-db\"", "\"name\": \"$(cart)-db\"",
		 "12:24: checks[1].with.name: a $ that starts no ${NAME} at \"$(cart)-db\"; expected $$ for a dollar "
		 "sign"},
		{"\"name\": \"${cart}-db\"", "\"name\": \"${access:x}\"",
		 "12:24: checks[1].with.name: ${access:x} is a fact, and none is observed yet here; expected a "
		 "variable"},
		{"\"port\": \"${port}\"", "\"port\": \"8000\"",
		 "12:46: checks[1].with.port: does not fit parameter port; expected an integer or a \"${variable}\""},
		{"\"port\": \"${port}\"", "\"port\": 1.5",
		 "12:46: checks[1].with.port: does not fit parameter port; expected an integer or a \"${variable}\""},
		{"\"port\": \"${port}\"", "\"port\": \"${cart}\"",
		 "12:46: checks[1].with.port: the default of variable cart, \"cart-deployment\", does not fit "
		 "parameter port; expected an integer"},
		{"\"port\": \"${port}\"", "\"port\": \"${keep}\"",
		 "12:46: checks[1].with.port: the default of variable keep, \"true\", does not fit parameter port; "
		 "expected an integer"},
		{"\"headless\": false", "\"headless\": \"false\"",
		 "12:69: checks[1].with.headless: does not fit parameter headless; expected true or false or a "
		 "\"${variable}\""},
		{"\"mode\": \"strict\"", "\"mode\": \"strickt\"",
		 "12:84: checks[1].with.mode: unknown value \"strickt\" of parameter mode (did you mean \"strict\"?); "
		 "expected one of: strict, lenient"},
		{"\"mode\": \"strict\"", "\"mode\": 3",
		 "12:84: checks[1].with.mode: does not fit parameter mode; expected one of: strict, lenient or a "
		 "\"${variable}\""},
		{"\"hosts\": [\"db\"]", "\"hosts\": \"db\"",
		 "14:77: checks[2].with.hosts: does not fit parameter hosts; expected a list of strings"},
		{"\"hosts\": [\"db\"]", "\"hosts\": []",
		 "14:77: checks[2].with.hosts: is empty; expected at least one"},
		{"\"hosts\": [\"db\"]", "\"hosts\": [\"db\", 1]",
		 "14:84: checks[2].with.hosts[1]: has the wrong type; expected a string"},
		{"\"hosts\": [\"db\"]", "\"hosts\": [\"${db}\"]",
		 "14:78: checks[2].with.hosts[0]: unknown variable \"db\"; expected one of: cart, port, keep"},
		{"\"with\": {\"hosts\": [\"db\"]}", "\"with\": [1]",
		 "14:67: checks[2].with: has the wrong type; expected an object"},
	};

	assert_refused(*state, refusals, COUNT(refusals));
}

static void
needs_that_do_not_stand_earlier_are_refused(void **state)
{
	static const struct refusal refusals[] = {
		{"[\"access\"]},", "[\"acces\"]},",
		 "13:17: checks[1].needs[0]: unknown check \"acces\" (did you mean \"access\"?); expected one of: "
		 "access, db.service, cart.ping"},
		{"[\"access\"]},", "[\"db.service\"]},",
		 "13:17: checks[1].needs[0]: the needs form a cycle: db.service → db.service; expected checks that "
		 "need only earlier ones"},
		{"[\"access\"]},", "[\"cart.ping\"]},",
		 "13:17: checks[1].needs[0]: the needs form a cycle: db.service → cart.ping → db.service; expected "
		 "checks that need only earlier ones"},
		{"\"probe\": \"bare\"}", "\"probe\": \"bare\", \"needs\": [\"db.service\"]}",
		 "10:68: checks[0].needs[0]: the needs form a cycle: access → db.service → access; expected checks "
		 "that need only earlier ones"},
		{"\"probe\": \"bare\"}", "\"probe\": \"bare\", \"needs\": [{\"when\": {\"cart.ping:ping.ms\": 1}}]}",
		 "10:99: checks[0].needs[0].when[\"cart.ping:ping.ms\"]: the needs form a cycle: access → cart.ping → "
		 "db.service → access; expected checks that need only earlier ones"},
		{"\"needs\": [\"access\"]},", "\"needs\": [{\"when\": {\"cart.ping:ping.ms\": 1}}]},",
		 "13:48: checks[1].needs[0].when[\"cart.ping:ping.ms\"]: the needs form a cycle: db.service → "
		 "cart.ping → db.service; expected checks that need only earlier ones"},
		{"\"probe\": \"bare\"},\n    {\"id\": \"db.service\"",
		 "\"probe\": \"bare\"}, {\"id\": \"early\", \"title\": \"E\", \"probe\": \"bare\", \"needs\": "
		 "[\"cart.ping\"]},\n    {\"id\": \"db.service\"",
		 "10:116: checks[1].needs[0]: check cart.ping stands later; expected one that stands before early"},
		{"[\"access\"]},", "[true]},",
		 "13:17: checks[1].needs[0]: has the wrong type; expected a string or an object"},
		{"{\"when\": {\"db.service:service.found\": true}, ", "{",
		 "16:9: checks[2].needs[1]: lacks \"when\" (the check runs where this holds); expected a condition (an "
		 "object)"},
		{"\"there is no Service\"", "\"no ${cart}\"",
		 "16:64: checks[2].needs[1].reason: holds ${, and nothing is filled in here; expected a plain text"},
	};

	assert_refused(*state, refusals, COUNT(refusals));
}

static void
checklist_and_rows_are_refused(void **state)
{
	static const struct refusal refusals[] = {
		{"[\"db.service\", \"access\"]", "[]", "19:49: checklist[0].checks: is empty; expected at least one"},
		{"[\"db.service\", \"access\"]", "[\"db.servic\"]",
		 "19:50: checklist[0].checks[0]: unknown check \"db.servic\" (did you mean \"db.service\"?); expected "
		 "one of: access, db.service, cart.ping"},
		{"[\"db.service\", \"access\"]", "[\"access\", \"access\"]",
		 "19:60: checklist[0].checks[1]: \"access\" is listed already; expected each once"},
		{"{\"id\": \"ping\", \"title\"", "{\"id\": \"db\", \"title\"",
		 "20:12: checklist[1].id: \"db\" stands in line 19 already; expected another id"},
		{"\"meaning\": \"endpoint wrong\"", "\"means\": \"endpoint wrong\"",
		 "23:5: rows[0]: lacks \"meaning\" (what it says is wrong); expected a string"},
	};

	assert_refused(*state, refusals, COUNT(refusals));
}

static void
modes_and_their_fixes_are_refused(void **state)
{
	static const struct refusal refusals[] = {
		{"\"id\": \"slow\"", "\"id\": \"slow.mode\"",
		 "37:33: modes[0].explains[1]: unknown check or mode \"slow\"; expected one of: access, db.service, "
		 "cart.ping, wrong-port, slow.mode"},
		{"\"id\": \"slow\"", "\"id\": \"access\"",
		 "37:33: modes[0].explains[1]: unknown check or mode \"slow\"; expected one of: access, db.service, "
		 "cart.ping, wrong-port, access"},
		{"\"id\": \"slow\"", "\"id\": \"wrong-port\"",
		 "37:33: modes[0].explains[1]: unknown check or mode \"slow\"; expected one of: access, db.service, "
		 "cart.ping, wrong-port, wrong-port"},
		{"\"row\": \"refused\"", "\"row\": \"refusd\"",
		 "26:33: modes[0].row: unknown row \"refusd\" (did you mean \"refused\"?); expected one of: refused"},
		{"\"row\": \"refused\"", "\"row\": 1",
		 "26:33: modes[0].row: has the wrong type; expected a string or null"},
		{"Port ${db.service:service.port}", "Port ${db.service:service.pork}",
		 "26:53: modes[0].title: unknown fact \"service.pork\" of probe service (did you mean "
		 "\"service.port\"?); expected one of: service.type, service.port, service.host, service.found, "
		 "service.ports"},
		{"Port ${db.service:service.port}", "Port ${db.servic:service.port}",
		 "26:53: modes[0].title: unknown check \"db.servic\" (did you mean \"db.service\"?); expected one of: "
		 "access, db.service, cart.ping"},
		{"Port ${db.service:service.port}", "Port ${db.service:}",
		 "26:53: modes[0].title: \"db.service:\" names no fact; expected CHECK:FACT"},
		{"Port ${db.service:service.port}", "Port ${prot}",
		 "26:53: modes[0].title: unknown variable \"prot\" (did you mean \"port\"?); expected one of: cart, "
		 "port, keep"},
		{"$$5", "$5",
		 "28:18: modes[0].cause[1].text: a $ that starts no ${NAME} at \"$5\"; expected $$ for a dollar sign"},
		{"\"text\": \"Quick\"", "\"text\": \"\"", "27:77: modes[0].cause[0].text: is empty; expected a text"},
		{"\"cause\": [{\"when\": {\"cart.ping:ping.ms\": {\"ge\": 1, \"lt\": 9}}, ", "\"cause\": [{",
		 "27:17: modes[0].cause[0]: always holds, so that none of the texts behind it is ever chosen; expected "
		 "\"when\" in all but the last"},
		{"\"evidence\": [\"db.service:service.port\"]", "\"evidence\": [\"db.service:port\"]",
		 "33:20: modes[0].evidence[0]: unknown fact \"port\" of probe service (did you mean "
		 "\"service.port\"?); expected one of: service.type, service.port, service.host, service.found, "
		 "service.ports"},
		{"\"evidence\": [\"db.service:service.port\"]", "\"evidence\": [\"db.service\"]",
		 "33:20: modes[0].evidence[0]: \"db.service\" names no fact; expected CHECK:FACT"},
		{"\"fix\": [{\"instruction\": \"Wait\"}]", "\"fix\": []",
		 "40:14: modes[1].fix: is empty; expected at least one"},
		{",\n      \"fix\": [{\"instruction\": \"Wait\"}]", "",
		 "38:5: modes[1]: lacks \"fix\" (the one thing to change); expected a list"},
		{"{\"instruction\": \"Wait\"}", "{\"instruction\": \"Wait\", \"command\": \"x\"}",
		 "40:31: modes[1].fix[0].instruction: stands beside \"command\"; expected exactly one of: command, "
		 "instruction, set_env"},
		{"{\"instruction\": \"Wait\"}", "{\"when\": {\"var:keep\": \"true\"}}",
		 "40:15: modes[1].fix[0]: does nothing; expected exactly one of: command, instruction, set_env"},
		{"{\"instruction\": \"Wait\"}", "{\"instruction\": \"Wait\", \"deployment\": \"x\"}",
		 "40:53: modes[1].fix[0].deployment: stands without \"set_env\"; expected both or neither"},
		{"\"deployment\": \"${cart}\",\n          \"container\": \"cart\", ", "",
		 "34:15: modes[0].fix[0]: lacks \"deployment\" (whose); expected a string"},
		{"{\"PORT\": \"${port}\", \"OLD_PORT\": null}", "{}",
		 "34:27: modes[0].fix[0].set_env: is empty; expected at least one"},
		{"\"OLD_PORT\": null", "\"OLD PORT\": null",
		 "34:59: modes[0].fix[0].set_env[\"OLD PORT\"]: is no name of an environment variable; expected "
		 "letters, digits and _ . -"},
		{"\"OLD_PORT\": null", "\"OLD_PORT\": 5",
		 "34:59: modes[0].fix[0].set_env.OLD_PORT: has the wrong type; expected a string or null"},
		{"\"PORT\": \"${port}\"", "\"PORT\": \"${prt}\"",
		 "34:36: modes[0].fix[0].set_env.PORT: unknown variable \"prt\" (did you mean \"port\"?); expected one "
		 "of: cart, port, keep"},
		{"[\"cart.ping\", \"slow\"]", "[\"cart.pong\", \"slow\"]",
		 "37:20: modes[0].explains[0]: unknown check or mode \"cart.pong\" (did you mean \"cart.ping\"?); "
		 "expected one of: access, db.service, cart.ping, wrong-port, slow"},
		{"[\"cart.ping\", \"slow\"]", "[\"cart.ping\", \"slwo\"]",
		 "37:33: modes[0].explains[1]: unknown check or mode \"slwo\" (did you mean \"slow\"?); expected one "
		 "of: access, db.service, cart.ping, wrong-port, slow"},
		{"[\"cart.ping\", \"slow\"]", "[\"wrong-port\"]",
		 "37:20: modes[0].explains[0]: the modes explain each other in a cycle: wrong-port → wrong-port; "
		 "expected a first cause"},
		{"\"fix\": [{\"instruction\": \"Wait\"}]",
		 "\"fix\": [{\"instruction\": \"Wait\"}], \"explains\": [\"wrong-port\"]",
		 "37:33: modes[0].explains[1]: the modes explain each other in a cycle: wrong-port → slow → "
		 "wrong-port; expected a first cause"},
	};

	assert_refused(*state, refusals, COUNT(refusals));
}

static void
conditions_that_do_not_fit_their_facts_are_refused(void **state)
{
	static const struct refusal refusals[] = {
		{"\"when\": {\"db.service:service.host\": {\"isnt\": \"db.service:service.type\"}}",
		 "\"when\": {\"var:keep\": \"true\"}",
		 "39:15: modes[1].when: mentions no fact, so that nothing observed decides it; expected a CHECK:FACT"},
		{"{\"db.service:service.host\": {\"isnt\": \"db.service:service.type\"}}", "{}",
		 "39:15: modes[1].when: is empty; expected at least one"},
		{"{\"db.service:service.host\": {\"isnt\": \"db.service:service.type\"}}", "[]",
		 "39:15: modes[1].when: has the wrong type; expected a condition (an object)"},
		{"\"db.service:service.host\": {\"isnt\"", "\"db.service:service.hots\": {\"isnt\"",
		 "39:43: modes[1].when[\"db.service:service.hots\"]: unknown fact \"service.hots\" of probe service "
		 "(did you mean \"service.host\"?); expected one of: service.type, service.port, service.host, "
		 "service.found, service.ports"},
		{"\"db.service:service.host\": {\"isnt\"", "\"db.servise:service.host\": {\"isnt\"",
		 "39:43: modes[1].when[\"db.servise:service.host\"]: unknown check \"db.servise\" (did you mean "
		 "\"db.service\"?); expected one of: access, db.service, cart.ping"},
		{"\"db.service:service.host\": {\"isnt\"", "\"service.host\": {\"isnt\"",
		 "39:32: modes[1].when[\"service.host\"]: unknown condition \"service.host\"; expected one of: all, "
		 "any, none, check:CHECK, var:NAME, CHECK:FACT"},
		{"\"db.service:service.host\": {\"isnt\"", "\"access:service.host\": {\"isnt\"",
		 "39:39: modes[1].when[\"access:service.host\"]: unknown fact \"service.host\" of probe bare; expected "
		 "none"},
		{"{\"isnt\": \"db.service:service.type\"}", "{\"isnot\": \"db.service:service.type\"}",
		 "39:53: modes[1].when[\"db.service:service.host\"].isnot: unknown comparison \"isnot\" (did you mean "
		 "\"isnt\"?); expected one of: not, is, isnt, known"},
		{"{\"isnt\": \"db.service:service.type\"}", "{\"isnt\": \"db.service:service.port\"}",
		 "39:52: modes[1].when[\"db.service:service.host\"].isnt: fact service.port (integer) does not compare "
		 "with fact service.host (string); expected one of the same type"},
		{"{\"isnt\": \"db.service:service.type\"}", "{\"isnt\": 5}",
		 "39:52: modes[1].when[\"db.service:service.host\"].isnt: has the wrong type; expected another fact, "
		 "\"CHECK:FACT\""},
		{"{\"isnt\": \"db.service:service.type\"}", "{\"lt\": 5}",
		 "39:50: modes[1].when[\"db.service:service.host\"].lt: \"lt\" does not fit fact service.host "
		 "(string); expected one of: not, is, isnt, known"},
		{"{\"isnt\": \"db.service:service.type\"}", "{\"has\": \"x\"}",
		 "39:51: modes[1].when[\"db.service:service.host\"].has: \"has\" does not fit fact service.host "
		 "(string); expected one of: not, is, isnt, known"},
		{"{\"isnt\": \"db.service:service.type\"}", "{}",
		 "39:43: modes[1].when[\"db.service:service.host\"]: is empty; expected at least one"},
		{"{\"isnt\": \"db.service:service.type\"}", "5",
		 "39:43: modes[1].when[\"db.service:service.host\"]: does not fit fact service.host; expected a "
		 "string"},
		{"{\"isnt\": \"db.service:service.type\"}", "null",
		 "39:43: modes[1].when[\"db.service:service.host\"]: null is no value; expected {\"known\": false} for "
		 "what was not observed"},
		{"{\"isnt\": \"db.service:service.type\"}", "[]",
		 "39:43: modes[1].when[\"db.service:service.host\"]: is empty; expected at least one"},
		{"{\"isnt\": \"db.service:service.type\"}", "[\"a\", [\"b\"]]",
		 "39:49: modes[1].when[\"db.service:service.host\"][1]: does not fit fact service.host; expected a "
		 "string"},
		{"{\"isnt\": \"db.service:service.type\"}", "\"${cart}\"",
		 "39:43: modes[1].when[\"db.service:service.host\"]: holds ${, and nothing is filled in here; expected "
		 "a plain value"},
		{"{\"not\": 8000}", "\"8000\"",
		 "29:43: modes[0].when[\"db.service:service.port\"]: does not fit fact service.port; expected an "
		 "integer"},
		{"{\"not\": 8000}", "8000.5",
		 "29:43: modes[0].when[\"db.service:service.port\"]: does not fit fact service.port; expected an "
		 "integer"},
		{"{\"not\": 8000}", "{\"lt\": \"8000\"}",
		 "29:50: modes[0].when[\"db.service:service.port\"].lt: is no whole number; expected one to compare "
		 "fact service.port with"},
		{"[\"ClusterIP\", \"NodePort\"]", "[\"ClusterIP\", \"nodePort\"]",
		 "30:51: modes[0].when.any[0][\"db.service:service.type\"][1]: unknown value \"nodePort\" of fact "
		 "service.type (did you mean \"NodePort\"?); expected one of: ClusterIP, NodePort"},
		{"[\"ClusterIP\", \"NodePort\"]", "true",
		 "30:37: modes[0].when.any[0][\"db.service:service.type\"]: does not fit fact service.type; expected "
		 "one of: ClusterIP, NodePort"},
		{"{\"has\": \"8000\"}", "\"8000\"",
		 "32:47: modes[0].suspect[\"db.service:service.ports\"]: fact service.ports is a list; expected "
		 "{\"has\": WORD}"},
		{"{\"has\": \"8000\"}", "{\"has\": [\"8000\"]}",
		 "32:55: modes[0].suspect[\"db.service:service.ports\"].has: has the wrong type; expected one word, or "
		 "several \"has\" within \"any\""},
		{"{\"has\": \"8000\"}", "{\"has\": 8000}",
		 "32:55: modes[0].suspect[\"db.service:service.ports\"].has: does not fit fact service.ports; expected "
		 "a string"},
		{"{\"known\": false}", "{\"known\": \"no\"}",
		 "35:78: modes[0].fix[0].when[\"db.service:service.host\"].known: has the wrong type; expected true or "
		 "false"},
		{"service.found\": true", "service.found\": \"yes\"",
		 "16:47: checks[2].needs[1].when[\"db.service:service.found\"]: does not fit fact service.found; "
		 "expected true or false"},
		{"{\"var:keep\": \"true\"}", "{\"var:kept\": \"true\"}",
		 "31:32: modes[0].when.any[1].none[0][\"var:kept\"]: unknown variable \"kept\" (did you mean "
		 "\"keep\"?); expected one of: cart, port, keep"},
		{"{\"var:keep\": \"true\"}", "{\"var:keep\": \"yes\"}",
		 "31:32: modes[0].when.any[1].none[0][\"var:keep\"]: unknown value \"yes\" of variable keep; expected "
		 "one of: true, false"},
		{"{\"var:keep\": \"true\"}", "{\"var:keep\": true, \"var:port\": 1.5}",
		 "31:50: modes[0].when.any[1].none[0][\"var:port\"]: does not fit variable port; expected a string"},
		{"[\"fail\", \"warn\"]", "[\"fail\", \"bad\"]",
		 "31:70: modes[0].when.any[1].none[1][\"check:cart.ping\"][1]: unknown value \"bad\" of a check's "
		 "verdict; expected one of: pass, warn, fail, skip, error"},
		{"\"check:cart.ping\"", "\"check:cart.pin\"",
		 "31:60: modes[0].when.any[1].none[1][\"check:cart.pin\"]: unknown check \"cart.pin\" (did you mean "
		 "\"cart.ping\"?); expected one of: access, db.service, cart.ping"},
		{"\"any\": [",
		 "\"any\": [{\"all\": [{\"all\": [{\"all\": [{\"all\": [{\"all\": [{\"all\": [{\"all\": [{\"all\": "
		 "[{\"all\": [{\"all\": [{\"all\": [{\"all\": [{\"all\": [{\"all\": [{\"all\": [{\"all\": "
		 "[{\"check:access\": \"fail\"}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]},",
		 "29:209: "
		 "modes[0].when.any[0].all[0].all[0].all[0].all[0].all[0].all[0].all[0].all[0].all[0].all[0].all[0]."
		 "all[0].all[0].all[0].all[0].all: is too deep; expected at most 16 of all, any and none within each "
		 "other"},
		{"\"any\": [\n        {\"db.service:service.type\": [\"ClusterIP\", \"NodePort\"]},\n",
		 "\"any\": [], \"all\": [\n", "29:65: modes[0].when.any: is empty; expected at least one"},
		{"\"none\": [{\"var:keep\": \"true\"}, {\"check:cart.ping\": [\"fail\", \"warn\"]}]",
		 "\"none\": {\"var:keep\": \"true\"}",
		 "31:18: modes[0].when.any[1].none: has the wrong type; expected a list of conditions"},
	};

	assert_refused(*state, refusals, COUNT(refusals));
}

static void
empty_plan_lacks_checks(void **state)
{
	assert_message(*state,
		       "{\"schema\": \"postflight.plan/v1\", \"name\": \"a\", \"title\": \"A\",\n \"checks\": [], "
		       "\"checklist\": []}",
		       "2:12: checks: is empty; expected at least one");
	assert_message(*state, "[]", "1:1: plan: has the wrong type; expected an object");
	assert_message(*state, "",
		       "1:1: plan: the JSON document ends too early; expected one JSON document, each member "
		       "once");
}

/* A fault behind another one is not what the user reads first, in whatever order the parts are looked at. */
static void
first_error_of_the_text_is_the_one_reported(void **state)
{
	char *text = fixture_edit(*state, fixture_plan, "\"instruction\": \"Wait\"", "\"instruction\": 1");

	text = fixture_edit(*state, text, "\"row\": \"refused\"", "\"row\": \"no\"");
	assert_message(*state, text, "26:33: modes[0].row: unknown row \"no\"; expected one of: refused");
	text = fixture_edit(*state, text, "[\"access\"]},", "[\"cart.ping\"]},");
	assert_message(*state, text,
		       "13:17: checks[1].needs[0]: the needs form a cycle: db.service → cart.ping → db.service; "
		       "expected checks that need only earlier ones");
	text = fixture_edit(*state, text, "\"default\": \"8000\"", "\"default\": \"\", \"help\": \"\"");
	assert_message(*state, text, "6:45: variables[1].help: is empty; expected a text");
}

static void
name_used_before_is_said_with_its_line(void **state)
{
	assert_message(*state, fixture_edit(*state, fixture_plan, "\"id\": \"cart.ping\"", "\"id\": \"db.service\""),
		       "14:12: checks[2].id: \"db.service\" stands in line 11 already; expected another id");
	assert_message(
		*state,
		fixture_edit(*state, fixture_plan, "[\"cart.ping\", \"slow\"]", "[\"cart.ping\", \"cart.ping\"]"),
		"37:33: modes[0].explains[1]: \"cart.ping\" is listed already; expected each once");
	assert_message(*state, fixture_edit(*state, fixture_plan, "[\"true\", \"false\"]", "[\"true\", \"true\"]"),
		       "7:60: variables[2].values[1]: \"true\" is listed already; expected each once");
}

static void
fault_of_a_probe_is_not_repeated_for_its_facts(void **state)
{
	assert_message(
		*state, fixture_edit(*state, fixture_plan, "\"probe\": \"service\"", "\"probe\": \"servise\""),
		"11:55: checks[1].probe: unknown probe \"servise\" (did you mean \"service\"?); expected one of: "
		"service, ping, bare");
}

static void
columns_count_characters_not_bytes(void **state)
{
	const char *text = fixture_edit(*state, fixture_plan, "\"title\": \"Access\", \"probe\": \"bare\"",
					"\"title\": \"✔✔é\", \"probe\": \"bar\"");

	assert_message(*state, text,
		       "10:47: checks[0].probe: unknown probe \"bar\" (did you mean \"bare\"?); expected one of: "
		       "service, ping, bare");
}

static void
text_from_the_document_is_made_harmless(void **state)
{
	const char *text = fixture_edit(*state, fixture_plan, "\"probe\": \"bare\"", "\"probe\": \"a\\u001b[31m\\nb\"");
	struct pf_plan *plan = NULL;
	struct pf_err err = {0};

	assert_false(pf_plan_parse(*state, "p", text, strlen(text), fixture_probes, &plan, &err));
	assert_null(strchr(err.text, '\x1b'));
	assert_null(strchr(err.text, '\n'));
	assert_non_null(strstr(err.text, "unknown probe"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(document_that_is_no_json_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(members_of_the_wrong_name_type_or_spelling_are_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(variables_that_cannot_be_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(checks_and_their_parameters_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(needs_that_do_not_stand_earlier_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(checklist_and_rows_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(modes_and_their_fixes_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(conditions_that_do_not_fit_their_facts_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(empty_plan_lacks_checks, setup, teardown),
		cmocka_unit_test_setup_teardown(first_error_of_the_text_is_the_one_reported, setup, teardown),
		cmocka_unit_test_setup_teardown(name_used_before_is_said_with_its_line, setup, teardown),
		cmocka_unit_test_setup_teardown(fault_of_a_probe_is_not_repeated_for_its_facts, setup, teardown),
		cmocka_unit_test_setup_teardown(columns_count_characters_not_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(text_from_the_document_is_made_harmless, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
