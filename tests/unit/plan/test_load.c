#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/plan.h>

#include "fixture.h"
#include "plan/digest.h"

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
head_and_variables_are_read(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);

	assert_string_equal(plan->name, "shop");
	assert_string_equal(plan->title, "The shop");
	assert_string_equal(plan->namespace_, "store");
	assert_string_equal(plan->source, "plan.json");
	assert_string_equal(plan->text, fixture_plan);
	assert_int_equal(plan->variable_count, 3);
	assert_string_equal(plan->variables[0].help, "the Deployment");
	assert_string_equal(plan->variables[1].value, "8000");
	assert_null(plan->variables[1].values);
	assert_string_equal(plan->variables[2].values, "true false");
}

static void
namespace_left_out_is_default(void **state)
{
	struct pf_plan *plan =
		fixture_load(*state, fixture_edit(*state, fixture_plan, ", \"namespace\": \"store\"", ""));

	assert_string_equal(plan->namespace_, "default");
}

static void
variable_without_default_is_empty(void **state)
{
	const char *text = fixture_edit(*state, fixture_plan, "\"default\": \"cart-deployment\", ", "");
	struct pf_plan *plan = fixture_load(*state, text);

	assert_string_equal(plan->variables[0].fallback, "");
	assert_string_equal(plan->variables[0].value, "");
}

static void
checks_keep_their_order_probe_and_parameters(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);
	const cJSON *with = plan->checks[1].with;

	assert_int_equal(plan->check_count, 3);
	assert_string_equal(plan->checks[0].id, "access");
	assert_ptr_equal(plan->checks[1].probe, fixture_probes[0]);
	assert_string_equal(cJSON_GetObjectItem(with, "port")->valuestring, "${port}");
	assert_null(plan->checks[0].with);
	assert_int_equal(pf_plan_check_index(plan, "cart.ping"), 2);
	assert_int_equal(pf_plan_check_index(plan, "nowhere"), 3);
}

static void
parameter_may_be_a_variable_of_its_type(void **state)
{
	const char *text = fixture_edit(*state, fixture_plan, "\"headless\": false, \"mode\": \"strict\"",
					"\"headless\": \"${keep}\", \"mode\": \"${how}\", \"hosts\": []");
	struct pf_plan *plan;

	text = fixture_edit(*state, text, "{\"name\": \"port\"",
			    "{\"name\": \"how\", \"values\": [\"lenient\"]}, {\"name\": \"port\"");
	plan = fixture_load(*state, text);
	assert_string_equal(cJSON_GetObjectItem(plan->checks[1].with, "headless")->valuestring, "${keep}");
}

static void
need_by_id_means_pass_or_warn(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);
	const struct pf_need *need = &plan->checks[1].needs[0];

	assert_int_equal(plan->checks[1].need_count, 1);
	assert_string_equal(need->text, "access");
	assert_null(need->reason);
	assert_int_equal(need->condition->op, PF_OP_VERDICT);
	assert_int_equal(need->condition->fact.check, 0);
	assert_int_equal(need->condition->literal_count, 2);
	assert_string_equal(need->condition->literals[0], "pass");
	assert_string_equal(need->condition->literals[1], "warn");
}

static void
need_by_condition_is_named_after_its_facts(void **state)
{
	const char *text = fixture_edit(*state, fixture_plan, "{\"db.service:service.found\": true}",
					"{\"any\": [{\"db.service:service.ports\": {\"has\": \"x\"}},"
					" {\"db.service:service.port\": 1}, {\"db.service:service.port\": 2},"
					" {\"var:keep\": \"true\", \"check:access\": \"pass\"}]}");
	struct pf_plan *plan = fixture_load(*state, text);
	const struct pf_need *need = &plan->checks[2].needs[1];

	assert_string_equal(need->text, "db.service:service.ports, db.service:service.port, var:keep, access");
	assert_string_equal(need->reason, "there is no Service");
}

static void
checklist_and_rows_are_read(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);

	assert_int_equal(plan->item_count, 2);
	assert_int_equal(plan->items[0].check_count, 2);
	assert_int_equal(plan->items[0].checks[0], 1);
	assert_int_equal(plan->items[0].checks[1], 0);
	assert_int_equal(plan->row_count, 1);
	assert_string_equal(plan->rows[0].title, "Connection refused: endpoint wrong");
}

static void
members_of_a_condition_must_all_hold(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);
	const struct pf_condition *when = plan->modes[0].when, *none;

	assert_int_equal(when->op, PF_OP_ALL);
	assert_int_equal(when->count, 2);
	assert_int_equal(when->children[0]->op, PF_OP_NE);
	assert_string_equal(when->children[0]->literals[0], "8000");
	assert_string_equal(when->children[0]->fact.fact->name, "service.port");
	assert_int_equal(when->children[0]->fact.check, 1);
	assert_int_equal(when->children[1]->op, PF_OP_ANY);
	assert_int_equal(when->children[1]->children[0]->op, PF_OP_EQ);
	assert_int_equal(when->children[1]->children[0]->literal_count, 2);
	none = when->children[1]->children[1];
	assert_int_equal(none->op, PF_OP_NONE);
	assert_int_equal(none->children[0]->op, PF_OP_VARIABLE);
	assert_string_equal(none->children[0]->variable->name, "keep");
	assert_int_equal(none->children[1]->op, PF_OP_VERDICT);
	assert_string_equal(none->children[1]->literals[1], "warn");
}

static void
several_operators_on_a_fact_must_all_hold(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);
	const struct pf_condition *when = plan->modes[0].causes[0].when;

	assert_int_equal(when->op, PF_OP_ALL);
	assert_int_equal(when->children[0]->op, PF_OP_GE);
	assert_int_equal(when->children[0]->number, 1);
	assert_int_equal(when->children[1]->op, PF_OP_LT);
	assert_int_equal(when->children[1]->number, 9);
}

static void
each_operator_becomes_its_own(void **state)
{
	static const struct {
		const char *text;
		enum pf_op op;
	} cases[] = {
		{"{\"db.service:service.found\": false}", PF_OP_EQ},
		{"{\"cart.ping:ping.ms\": {\"le\": -3}}", PF_OP_LE},
		{"{\"cart.ping:ping.ms\": {\"gt\": 0}}", PF_OP_GT},
		{"{\"cart.ping:ping.ms\": {\"is\": \"db.service:service.port\"}}", PF_OP_SAME},
		{"{\"cart.ping:ping.ms\": {\"isnt\": \"db.service:service.port\"}}", PF_OP_DIFFERENT},
		{"{\"db.service:service.ports\": {\"has\": \"x\"}}", PF_OP_HAS},
		{"{\"db.service:service.ports\": {\"known\": true}}", PF_OP_KNOWN},
		{"{\"db.service:service.ports\": {\"known\": false}}", PF_OP_UNKNOWN},
		{"{\"db.service:service.type\": {\"not\": [\"ClusterIP\", \"NodePort\"]}}", PF_OP_NE},
		{"{\"check:access\": \"skip\"}", PF_OP_VERDICT},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *text = fixture_edit(
			*state, fixture_plan, "{\"db.service:service.host\": {\"isnt\": \"db.service:service.type\"}}",
			cases[i].text);

		assert_int_equal(fixture_load(*state, text)->modes[1].when->op, cases[i].op);
	}
}

static void
literals_have_their_json_form(void **state)
{
	const char *text = fixture_edit(*state, fixture_plan, "{\"db.service:service.found\": true}",
					"{\"db.service:service.found\": [false, true], \"db.service:service.port\": "
					"-70000, \"var:port\": 8000}");
	const struct pf_condition *when = fixture_load(*state, text)->checks[2].needs[1].condition;

	assert_string_equal(when->children[0]->literals[0], "false");
	assert_string_equal(when->children[0]->literals[1], "true");
	assert_string_equal(when->children[1]->literals[0], "-70000");
	assert_string_equal(when->children[2]->literals[0], "8000");
}

static void
modes_keep_wording_fixes_and_what_they_explain(void **state)
{
	struct pf_plan *plan = fixture_load(*state, fixture_plan);
	const struct pf_mode *mode = &plan->modes[0];

	assert_int_equal(plan->mode_count, 2);
	assert_ptr_equal(mode->row, &plan->rows[0]);
	assert_null(plan->modes[1].row);
	assert_int_equal(mode->cause_count, 2);
	assert_null(mode->causes[1].when);
	assert_string_equal(mode->causes[1].text, "It costs $$5");
	assert_int_equal(mode->suspect->op, PF_OP_HAS);
	assert_null(plan->modes[1].suspect);
	assert_int_equal(mode->evidence_count, 1);
	assert_int_equal(mode->evidence[0].check, 1);
	assert_int_equal(mode->explains_check_count, 1);
	assert_int_equal(mode->explains_checks[0], 2);
	assert_int_equal(mode->explains_mode_count, 1);
	assert_int_equal(mode->explains_modes[0], 1);
	assert_string_equal(mode->help, "Two\nlines");

	assert_int_equal(mode->fix_count, 3);
	assert_int_equal(mode->fixes[0].kind, PF_FIX_SET_ENV);
	assert_int_equal(mode->fixes[0].count, 2);
	assert_string_equal(mode->fixes[0].names[0], "PORT");
	assert_string_equal(mode->fixes[0].values[0], "${port}");
	assert_null(mode->fixes[0].values[1]);
	assert_string_equal(mode->fixes[0].deployment, "${cart}");
	assert_string_equal(mode->fixes[0].container, "cart");
	assert_int_equal(mode->fixes[0].when->op, PF_OP_UNKNOWN);
	assert_int_equal(mode->fixes[1].kind, PF_FIX_COMMAND);
	assert_int_equal(mode->fixes[2].kind, PF_FIX_INSTRUCTION);
	assert_string_equal(mode->fixes[2].text, "Look");
}

static void
cause_may_be_one_text(void **state)
{
	const char *text =
		fixture_edit(*state, fixture_plan, "\"title\": \"Slow\",", "\"title\": \"Slow\", \"cause\": \"x\",");
	struct pf_plan *plan = fixture_load(*state, text);

	assert_int_equal(plan->modes[1].cause_count, 1);
	assert_string_equal(plan->modes[1].causes[0].text, "x");
}

static void
order_of_the_documents_members_does_not_matter(void **state)
{
	char *text = fixture_edit(*state, fixture_plan, "  \"modes\": [", "  \"later\": [");
	const char *modes = strstr(text, "  \"later\"");
	char *front = pf_printf(*state, "{\n%s", modes);

	/* The modes first, closed by a comma; then the head without them. */
	front = fixture_edit(*state, front, "\"later\"", "\"modes\"");
	front = fixture_edit(*state, front, "\n  ]\n}\n", "\n  ],");
	text = pf_printf(*state, "%s%.*s", front, (int)(modes - text - 2), text + 1);
	text[strlen(text) - 1] = '}';
	assert_int_equal(fixture_load(*state, text)->mode_count, 2);
}

static void
smallest_plan_has_a_check_and_an_item(void **state)
{
	struct pf_plan *plan =
		fixture_load(*state, "{\"schema\":\"postflight.plan/v1\",\"name\":\"a\",\"title\":\"A\","
				     "\"checks\":[{\"id\":\"a\",\"title\":\"A\",\"probe\":\"bare\"}],"
				     "\"checklist\":[{\"id\":\"a\",\"title\":\"A\",\"checks\":[\"a\"]}]}");

	assert_int_equal(plan->mode_count, 0);
	assert_int_equal(plan->row_count, 0);
	assert_int_equal(plan->variable_count, 0);
	assert_int_equal(plan->checks[0].need_count, 0);
}

static void
digest_is_fnv_1a_of_the_bytes(void **state)
{
	const char *foobar = pf_digest(*state, "foobar", 6), *empty = pf_digest(*state, "", 0);
	struct pf_plan *plan = fixture_load(*state, fixture_plan);
	struct pf_plan *other = fixture_load(*state, fixture_edit(*state, fixture_plan, "The shop", "The shoq"));

	/* Published vectors. */
	assert_string_equal(foobar, "85944171f73967e8");
	assert_string_equal(empty, "cbf29ce484222325");
	assert_string_equal(plan->digest, pf_digest(*state, fixture_plan, strlen(fixture_plan)));
	assert_string_not_equal(plan->digest, other->digest);
}

static void
builtin_plans_are_found_by_the_names_that_are_listed(void **state)
{
	const char *const *names = pf_plan_builtin_names();
	size_t len = 12345;

	(void)state;
	assert_null(pf_plan_builtin("no-such-plan", &len));
	assert_int_equal(len, 12345);
	for (; *names != NULL; names++) {
		const char *text = pf_plan_builtin(*names, &len);

		assert_non_null(text);
		assert_int_equal(strlen(text), len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(head_and_variables_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(namespace_left_out_is_default, setup, teardown),
		cmocka_unit_test_setup_teardown(variable_without_default_is_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(checks_keep_their_order_probe_and_parameters, setup, teardown),
		cmocka_unit_test_setup_teardown(parameter_may_be_a_variable_of_its_type, setup, teardown),
		cmocka_unit_test_setup_teardown(need_by_id_means_pass_or_warn, setup, teardown),
		cmocka_unit_test_setup_teardown(need_by_condition_is_named_after_its_facts, setup, teardown),
		cmocka_unit_test_setup_teardown(checklist_and_rows_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(members_of_a_condition_must_all_hold, setup, teardown),
		cmocka_unit_test_setup_teardown(several_operators_on_a_fact_must_all_hold, setup, teardown),
		cmocka_unit_test_setup_teardown(each_operator_becomes_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(literals_have_their_json_form, setup, teardown),
		cmocka_unit_test_setup_teardown(modes_keep_wording_fixes_and_what_they_explain, setup, teardown),
		cmocka_unit_test_setup_teardown(cause_may_be_one_text, setup, teardown),
		cmocka_unit_test_setup_teardown(order_of_the_documents_members_does_not_matter, setup, teardown),
		cmocka_unit_test_setup_teardown(smallest_plan_has_a_check_and_an_item, setup, teardown),
		cmocka_unit_test_setup_teardown(digest_is_fnv_1a_of_the_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(builtin_plans_are_found_by_the_names_that_are_listed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
