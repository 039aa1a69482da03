#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct pf_descriptor service = {
	.kind = "service",
	.summary = "looks at a Service",
	.params =
		(const struct pf_param[]){
			{"name", PF_TYPE_STRING, true, NULL, "the Service"},
			{"port", PF_TYPE_INT, false, NULL, "what it should serve"},
			{"headless", PF_TYPE_BOOL, false, NULL, "whether it may be headless"},
			{"mode", PF_TYPE_ENUM, false, "strict lenient", "how to judge"},
			{"hosts", PF_TYPE_LIST, false, NULL, "other names"},
			{0},
		},
	.facts =
		(const struct pf_fact_desc[]){
			{"service.type", PF_TYPE_ENUM, "ClusterIP NodePort", "its type"},
			{"service.port", PF_TYPE_INT, NULL, "what it serves"},
			{"service.host", PF_TYPE_STRING, NULL, "its name"},
			{"service.found", PF_TYPE_BOOL, NULL, "whether it is there"},
			{"service.ports", PF_TYPE_LIST, NULL, "all of them"},
			{0},
		},
};

static const struct pf_descriptor ping = {
	.kind = "ping",
	.summary = "connects",
	.params = (const struct pf_param[]){{"hosts", PF_TYPE_LIST, true, NULL, "where to"}, {0}},
	.facts =
		(const struct pf_fact_desc[]){
			{"ping.ms", PF_TYPE_INT, NULL, "how long it took"},
			{"ping.outcome", PF_TYPE_ENUM, "connected refused", "how it ended"},
			{0},
		},
};

/* One without parameters, facts or anything else. */
static const struct pf_descriptor bare = {.kind = "bare"};

const struct pf_descriptor *const fixture_probes[] = {&service, &ping, &bare, NULL};

const char fixture_plan[] =
	"{\n"
	"  \"schema\": \"postflight.plan/v1\",\n"
	"  \"name\": \"shop\", \"title\": \"The shop\", \"namespace\": \"store\",\n"
	"  \"variables\": [\n"
	"    {\"name\": \"cart\", \"default\": \"cart-deployment\", \"help\": \"the Deployment\"},\n"
	"    {\"name\": \"port\", \"default\": \"8000\"},\n"
	"    {\"name\": \"keep\", \"default\": \"true\", \"values\": [\"true\", \"false\"]}\n"
	"  ],\n"
	"  \"checks\": [\n"
	"    {\"id\": \"access\", \"title\": \"Access\", \"probe\": \"bare\"},\n"
	"    {\"id\": \"db.service\", \"title\": \"Service\", \"probe\": \"service\",\n"
	"      \"with\": {\"name\": \"${cart}-db\", \"port\": \"${port}\", \"headless\": false, \"mode\": "
	"\"strict\"},\n"
	"      \"needs\": [\"access\"]},\n"
	"    {\"id\": \"cart.ping\", \"title\": \"Ping\", \"probe\": \"ping\", \"with\": {\"hosts\": [\"db\"]},\n"
	"      \"needs\": [\"db.service\",\n"
	"        {\"when\": {\"db.service:service.found\": true}, \"reason\": \"there is no Service\"}]}\n"
	"  ],\n"
	"  \"checklist\": [\n"
	"    {\"id\": \"db\", \"title\": \"Database\", \"checks\": [\"db.service\", \"access\"]},\n"
	"    {\"id\": \"ping\", \"title\": \"Reachable\", \"checks\": [\"cart.ping\"]}\n"
	"  ],\n"
	"  \"rows\": [\n"
	"    {\"id\": \"refused\", \"symptom\": \"Connection refused\", \"meaning\": \"endpoint wrong\"}\n"
	"  ],\n"
	"  \"modes\": [\n"
	"    {\"id\": \"wrong-port\", \"row\": \"refused\", \"title\": \"Port ${db.service:service.port} is wrong\",\n"
	"      \"cause\": [{\"when\": {\"cart.ping:ping.ms\": {\"ge\": 1, \"lt\": 9}}, \"text\": \"Quick\"},\n"
	"        {\"text\": \"It costs $$5\"}],\n"
	"      \"when\": {\"db.service:service.port\": {\"not\": 8000}, \"any\": [\n"
	"        {\"db.service:service.type\": [\"ClusterIP\", \"NodePort\"]},\n"
	"        {\"none\": [{\"var:keep\": \"true\"}, {\"check:cart.ping\": [\"fail\", \"warn\"]}]}]},\n"
	"      \"suspect\": {\"db.service:service.ports\": {\"has\": \"8000\"}},\n"
	"      \"evidence\": [\"db.service:service.port\"],\n"
	"      \"fix\": [{\"set_env\": {\"PORT\": \"${port}\", \"OLD_PORT\": null}, \"deployment\": \"${cart}\",\n"
	"          \"container\": \"cart\", \"when\": {\"db.service:service.host\": {\"known\": false}}},\n"
	"        {\"command\": \"kubectl -n ${namespace} get svc\"}, {\"instruction\": \"Look\"}],\n"
	"      \"explains\": [\"cart.ping\", \"slow\"], \"help\": \"Two\\nlines\"},\n"
	"    {\"id\": \"slow\", \"row\": null, \"title\": \"Slow\",\n"
	"      \"when\": {\"db.service:service.host\": {\"isnt\": \"db.service:service.type\"}},\n"
	"      \"fix\": [{\"instruction\": \"Wait\"}]}\n"
	"  ]\n"
	"}\n";

char *
fixture_edit(struct pf_arena *arena, const char *text, const char *find, const char *replace)
{
	const char *at = strstr(text, find);

	if (at == NULL)
		fail_msg("not in the plan: %s", find);
	return pf_printf(arena, "%.*s%s%s", (int)(at - text), text, replace, at + strlen(find));
}

struct pf_plan *
fixture_load(struct pf_arena *arena, const char *text)
{
	struct pf_plan *plan = NULL;
	struct pf_err err = {0};

	if (!pf_plan_parse(arena, "plan.json", text, strlen(text), fixture_probes, &plan, &err))
		fail_msg("%s", err.text);
	return plan;
}
