#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/file.h>
#include <postflight/str.h>

#define GOLDEN_DIR "tests/unit/report/golden/"
#define CAP ((size_t)1 << 20)

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct pf_fact_desc facts[] = {
	{"endpoint.url", PF_TYPE_STRING, NULL, ""},       {"endpoint.port", PF_TYPE_INT, NULL, ""},
	{"endpoint.port_served", PF_TYPE_BOOL, NULL, ""}, {"endpoint.service_ports", PF_TYPE_LIST, NULL, ""},
	{"endpoint.key", PF_TYPE_STRING, NULL, ""},       {0},
};

static const struct pf_descriptor probe = {.kind = "endpoint", .facts = facts};

static const struct pf_plan_check checks[] = {
	{.id = "db.deployment", .title = "DynamoDB Deployment", .probe = &probe},
	{.id = "db.service", .title = "DynamoDB Service", .probe = &probe},
	{.id = "cart.deployment", .title = "Cart Deployment", .probe = &probe},
	{.id = "cart.env", .title = "Cart environment", .probe = &probe},
	{.id = "cart.credentials", .title = "Cart credentials", .probe = &probe},
	{.id = "cart.endpoint", .title = "Cart endpoint", .probe = &probe},
	{.id = "cart.create-table", .title = "Cart table creation", .probe = &probe},
	{.id = "tcp", .title = "TCP to DynamoDB", .probe = &probe},
	{.id = "cart.logs", .title = "Cart logs", .probe = &probe},
	{.id = "persistence", .title = "Persistence", .probe = &probe},
};

static const struct pf_item items[] = {
	{"db-deployment", "DynamoDB Deployment", (const size_t[]){0}, 1},
	{"db-service", "DynamoDB Service (ClusterIP)", (const size_t[]){1}, 1},
	{"cart-env", "Cart env vars set", (const size_t[]){3}, 1},
	{"aws-credentials", "AWS creds provided", (const size_t[]){4}, 1},
	{"endpoint", "Endpoint overridden", (const size_t[]){5}, 1},
	{"create-table", "Table auto-create enabled", (const size_t[]){6}, 1},
	{"cart-logs", "Cart logs clean", (const size_t[]){8}, 1},
	{"persistence", "Data survives pod restart", (const size_t[]){9}, 1},
};

static const struct pf_row rows[] = {
	{"data-lost-after-restart", "App starts but cart empty after restart", "using in-memory storage",
	 "App starts but cart empty after restart: using in-memory storage"},
	{"connection-refused", "Connection refused", "endpoint wrong", "Connection refused: endpoint wrong"},
	{"credential-error", "Credential error", "AWS creds missing", "Credential error: AWS creds missing"},
	{"table-not-found", "Table not found", "auto-create disabled", "Table not found: auto-create disabled"},
};

static const struct pf_mode modes[] = {
	{.id = "endpoint-port", .row = &rows[1]},
	{.id = "db-hangs"},
};

static const struct pf_plan plan = {
	.name = "cart-dynamodb",
	.title = "Cart on local DynamoDB",
	.digest = "0123456789abcdef",
	.source = "built-in",
	.text = "",
	.namespace_ = "retail-store",
	.checks = checks,
	.check_count = COUNT(checks),
	.items = items,
	.item_count = COUNT(items),
	.rows = rows,
	.row_count = COUNT(rows),
	.modes = modes,
	.mode_count = COUNT(modes),
};

struct pf_check_result *
scene_check(struct pf_result *result, const char *id)
{
	for (size_t i = 0; i < plan.check_count; i++) {
		if (strcmp(checks[i].id, id) == 0)
			return &result->checks[i];
	}
	fail_msg("the scene has no check %s", id);
	return NULL;
}

void
scene_item(struct pf_result *result, const char *id, enum pf_verdict verdict, const char *message)
{
	for (size_t i = 0; i < plan.item_count; i++) {
		if (strcmp(items[i].id, id) != 0)
			continue;
		result->item_verdicts[i] = verdict;
		result->item_messages[i] = message;
		result->checks[items[i].checks[0]].verdict = verdict;
		result->checks[items[i].checks[0]].message = message;
		return;
	}
	fail_msg("the scene has no item %s", id);
}

/* One scene at a time: a test makes it, changes it, writes it. */
static struct pf_check_result check_results[COUNT(checks)];
static const char *const no_words[] = {NULL};
static const char *const requests[] = {"GET /version 200 2 ms", "GET /api/v1/pods 200 9 ms"};
static enum pf_verdict item_verdicts[COUNT(items)];
static const char *item_messages[COUNT(items)];
static struct pf_row_result row_results[COUNT(rows)];

void
scene_healthy(struct pf_result *out)
{
	for (size_t i = 0; i < COUNT(checks); i++)
		check_results[i] = (struct pf_check_result){
			.check = &checks[i], .done = true, .message = "", .duration_ms = (int64_t)i};
	for (size_t i = 0; i < COUNT(rows); i++)
		row_results[i] = (struct pf_row_result){.row = &rows[i], .modes = no_words};
	*out = (struct pf_result){
		.tool_version = "1.2.3",
		.plan = &plan,
		.context = "kind-dev",
		.server = "https://127.0.0.1:6443",
		.namespace_ = "retail-store",
		.vantage = "pod",
		.id = "0a1b2c3d",
		.started_wall_ms = 1767323045006,
		.duration_ms = 215,
		.complete = true,
		.item_verdicts = item_verdicts,
		.item_messages = item_messages,
		.checks = check_results,
		.diagnosis = {.history = no_words, .rows = row_results},
		.warnings = no_words,
		.notes = no_words,
		.trace = {1, 2, requests},
	};
	scene_item(out, "db-deployment", PF_PASS, "1/1 available, amazon/dynamodb-local:1.25.1");
	scene_item(out, "db-service", PF_PASS, "10.96.10.126:8000 → 1 ready endpoint");
	scene_item(out, "cart-env", PF_PASS, "5 of 5, 3 of them from configmap/cart");
	scene_item(out, "aws-credentials", PF_PASS, "secret/aws");
	scene_item(out, "endpoint", PF_PASS, "http://dynamodb:8000");
	scene_item(out, "create-table", PF_PASS, "");
	scene_item(out, "cart-logs", PF_PASS, "no fault in 212 lines");
	scene_item(out, "persistence", PF_SKIP, "not run: it restarts the cart, which needs --restart");
	row_results[0].state = PF_ROW_UNKNOWN;
}

void
scene_wrong_port(struct pf_result *out)
{
	static const struct pf_evidence seen[] = {
		{"deployment/cart-deployment", "env RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT", "http://dynamodb:9000",
		 NULL},
		{"service/dynamodb", "ports", "8000→8000", NULL},
	};
	static const struct pf_fix_text fixes[] = {
		{true,
		 "kubectl -n retail-store set env deploy/cart-deployment -c cart "
		 "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT=http://dynamodb:8000",
		 false},
		{false,
		 "deployment/cart-deployment is managed by Helm: change the value in the release as well, else "
		 "the next upgrade brings the old port back",
		 false},
		{true, "kubectl -n retail-store rollout undo deploy/cart-deployment", true},
	};
	static const char *const explains[] = {"cart.deployment", "tcp", "cart.logs", NULL};
	static const char *const none[] = {NULL};
	static const struct pf_cause cause = {
		.mode = &modes[0],
		.title = "The endpoint names a port that the Service does not serve",
		.cause = "",
		.evidence = seen,
		.evidence_count = COUNT(seen),
		.fixes = fixes,
		.fix_count = COUNT(fixes),
		.explains = explains,
		.consequences = none,
	};
	static const char *const ports[] = {"8000"};
	static const struct pf_fact endpoint_facts[] = {
		{.desc = &facts[0], .text = "http://dynamodb:9000"},
		{.desc = &facts[1], .text = "9000", .number = 9000},
		{.desc = &facts[2], .text = "false", .number = 0},
		{.desc = &facts[3], .list = ports, .list_len = COUNT(ports)},
		{.desc = &facts[4], .text = "{{redacted:1:alnum:8-15}}", .secret = true},
	};
	static const char *const modes_behind[] = {"endpoint-port", NULL};

	scene_healthy(out);
	scene_item(out, "endpoint", PF_FAIL, "http://dynamodb:9000, but service/dynamodb serves 8000");
	scene_item(out, "cart-logs", PF_FAIL,
		   "\"Connect to dynamodb:9000 … timed out\" (previous container, 12 s ago)");
	scene_item(out, "persistence", PF_SKIP, "not run: the cart does not serve (cart.deployment)");
	scene_check(out, "persistence")->blocked_by = "cart.deployment";
	scene_check(out, "cart.deployment")->verdict = PF_FAIL;
	scene_check(out, "cart.deployment")->message = "0/1 available: pod/cart-7d4 restarts again and again";
	scene_check(out, "tcp")->verdict = PF_FAIL;
	scene_check(out, "tcp")->message = "dynamodb:9000 times out";
	scene_check(out, "tcp")->evidence = seen;
	scene_check(out, "tcp")->evidence_count = 1;
	scene_check(out, "cart.endpoint")->facts = endpoint_facts;
	scene_check(out, "cart.endpoint")->fact_count = COUNT(endpoint_facts);
	scene_check(out, "cart.endpoint")->evidence = seen;
	scene_check(out, "cart.endpoint")->evidence_count = COUNT(seen);
	out->verdict = PF_FAIL;
	out->exit_code = 1;
	out->diagnosis.causes = &cause;
	out->diagnosis.cause_count = 1;
	row_results[1].state = PF_ROW_SEEN;
	row_results[1].modes = modes_behind;
	row_results[1].note = "shows as a time-out here";
}

#define NASTY                                                                                                          \
	"a\033[31mb\x07"                                                                                               \
	"c\nd\te\xff\xfe"                                                                                              \
	"f\x7f\xc2\x9b"                                                                                                \
	"31m\xe2\x80\xae"                                                                                              \
	"g\"\\{{redacted:7:text:8-15}}"

void
scene_hostile(struct pf_result *out)
{
	static const struct pf_evidence seen[] = {{NASTY, NASTY, NASTY, NASTY}};
	static const struct pf_fix_text fixes[] = {{true, NASTY, false}, {false, NASTY, true}};
	static const char *const nasty[] = {NASTY, NULL};
	static const struct pf_cause cause = {&modes[0], NASTY, NASTY, seen, 1, fixes, 2, nasty, nasty};
	static const struct pf_undecided open = {nasty, NASTY};
	static const struct pf_fact endpoint_facts[] = {
		{.desc = &facts[0], .text = NASTY},
		{.desc = &facts[3], .list = nasty, .list_len = 1},
	};
	static const struct pf_check_result *unexplained[1];
	static struct pf_lead leads[1];

	scene_wrong_port(out);
	for (size_t i = 0; i < COUNT(items); i++)
		item_messages[i] = NASTY;
	for (size_t i = 0; i < COUNT(checks); i++) {
		struct pf_check_result *check = &check_results[i];
		*check = (struct pf_check_result){&checks[i],     PF_FAIL, true, false, NASTY, NASTY,
						  endpoint_facts, 2,       seen, 1,     1};
	}
	unexplained[0] = &check_results[7];
	out->context = out->server = out->namespace_ = out->id = NASTY;
	out->warnings = out->notes = nasty;
	out->diagnosis.causes = &cause;
	out->diagnosis.undecided = &open;
	out->diagnosis.undecided_count = 1;
	out->diagnosis.unexplained = unexplained;
	out->diagnosis.unexplained_count = 1;
	leads[0] = (struct pf_lead){&check_results[7], seen, 1, fixes, 2};
	out->diagnosis.leads = leads;
	out->diagnosis.lead_count = 1;
	out->diagnosis.history = nasty;
	out->trace = (struct pf_target_trace){1, 1, nasty};
	row_results[1].note = NASTY;
}

char *
scene_write(struct pf_arena *arena, const struct pf_report_format *format, const struct pf_result *result,
	    struct pf_report_style style)
{
	PF_AUTO_BUF out = PF_BUF(CAP);

	format->write(arena, result, &style, &out);
	assert_false(out.cut);
	return pf_strndup(arena, pf_buf_text(&out), out.len);
}

void
scene_golden(struct pf_arena *arena, const char *name, const char *text)
{
	const char *path = pf_printf(arena, GOLDEN_DIR "%s", name);
	struct pf_err err = {0};
	char *expected;
	size_t len;

	if (pf_streq(getenv("POSTFLIGHT_GOLDEN"), "write")) {
		if (!pf_file_write(path, text, strlen(text), 0644, &err))
			fail_msg("%s", err.text);
		return;
	}
	if (!pf_file_read(arena, path, CAP, &expected, &len, &err))
		fail_msg("%s", err.text);
	assert_string_equal(text, expected);
}
