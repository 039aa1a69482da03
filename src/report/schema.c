/* The JSON Schema of the report, from one table for each object. */
#include <postflight/json.h>
#include <postflight/report.h>

#include "report/words.h"

enum form {
	TEXT,
	WORD, /* one of WORDS */
	WHOLE,
	FLAG,
	OBJECT,  /* of OF */
	TEXTS,   /* list of strings */
	OBJECTS, /* list of OF */
	FACTS,   /* fact names with values of their types */
};

/* Tables end with an element without name. */
struct member {
	const char *name;
	enum form form;
	const char *help;
	const char *const *words;
	const struct member *of;
	bool optional;
	bool nullable;
};

static const char *const row_states[] = {"not-seen", "seen", "unknown", NULL};
static const char *const vantages[] = {"none", "pod", "local", NULL};
static const char *const verdicts[] = {"pass", "warn", "fail", "skip", "error", NULL};
static const char *const schemas[] = {PF_REPORT_SCHEMA, NULL};

const char *
pf_row_state_name(enum pf_row_state state)
{
	return row_states[state];
}

static const struct member tool[] = {
	{"name", TEXT, .help = "postflight"},
	{"version", TEXT, .help = "the version that judged"},
	{0},
};

static const struct member plan[] = {
	{"name", TEXT, .help = "the plan's name"},
	{"digest", TEXT, .help = "of the plan document, to tell two versions apart"},
	{0},
};

static const struct member target[] = {
	{"context", TEXT, .help = "the kubeconfig context, in-cluster, or empty"},
	{"server", TEXT, .help = "the API server's URL"},
	{"namespace", TEXT, .help = "the namespace that was judged"},
	{"vantage", WORD, .help = "from where DNS and TCP were seen", .words = vantages},
	{0},
};

static const struct member run[] = {
	{"id", TEXT, .help = "names this run"},
	{"started", TEXT, .help = "RFC 3339, UTC"},
	{"durationMs", WHOLE, .help = "milliseconds"},
	{"complete", FLAG, .help = "every check ran, or was skipped for a reason of the plan's or the user's"},
	{"interrupted", FLAG, .help = "a signal ended the run early"},
	{0},
};

static const struct member item[] = {
	{"id", TEXT, .help = "the item's id"},
	{"title", TEXT, .help = "as the checklist has it"},
	{"verdict", WORD, .help = "the sum over its checks", .words = verdicts},
	{"message", TEXT, .help = "one line, may be empty"},
	{"checks", TEXTS, .help = "ids of the checks it sums up"},
	{0},
};

static const struct member evidence[] = {
	{"source", TEXT, .help = "the object, or pod and container"},
	{"path", TEXT, .help = "the field in it", .optional = true},
	{"value", TEXT, .help = "what the field held; never a secret", .optional = true},
	{"line", TEXT, .help = "a log line or a message", .optional = true},
	{0},
};

static const struct member check[] = {
	{"id", TEXT, .help = "the check's id"},
	{"title", TEXT, .help = "the check in words"},
	{"probe", TEXT, .help = "the kind of probe"},
	{"verdict", WORD, .help = "error: wanted to observe and could not; skip: did not want to", .words = verdicts},
	{"message", TEXT, .help = "one line, may be empty"},
	{"durationMs", WHOLE, .help = "milliseconds"},
	{"blockedBy", TEXT, .help = "the check or fact that was needed and not there", .optional = true},
	{"evidence", OBJECTS, .help = "where it was seen", .of = evidence},
	{"facts", FACTS, .help = "what was observed, by name; \"" PF_NOT_SHOWN "\" for secrets"},
	{0},
};

/* Either of the two. */
static const struct member fix[] = {
	{"command", TEXT, .help = "a command to run as it is", .optional = true},
	{"instruction", TEXT, .help = "what to change, in words", .optional = true},
	{"alternative", FLAG, .help = "true: instead of what stands before it, not after that", .optional = true},
	{0},
};

static const struct member cause[] = {
	{"id", TEXT, .help = "the failure mode"},
	{"row", TEXT, .help = "the row of the failure table under which one would have looked", .nullable = true},
	{"title", TEXT, .help = "what is wrong"},
	{"cause", TEXT, .help = "why it is so and what follows, may be empty"},
	{"evidence", OBJECTS, .help = "what decided", .of = evidence},
	{"fix", OBJECTS, .help = "what to change, in order", .of = fix},
	{"explains", TEXTS, .help = "ids of failed or skipped checks that follow from it"},
	{"consequences", TEXTS, .help = "ids of other failure modes that follow from it"},
	{0},
};

static const struct member undecided[] = {
	{"modes", TEXTS, .help = "ids of failure modes that all fit what was seen"},
	{"missing", TEXT, .help = "the observation that would tell"},
	{0},
};

static const struct member lead[] = {
	{"check", TEXT, .help = "the check's id"},
	{"evidence", OBJECTS, .help = "what was seen of it", .of = evidence},
	{"next", OBJECTS, .help = "what to run by hand to see more", .of = fix},
	{0},
};

static const struct member diagnosis[] = {
	{"rootCauses", OBJECTS, .help = "failure modes that matched and that no other one explains", .of = cause},
	{"undecided", OBJECTS, .help = "what fits several failure modes", .of = undecided},
	{"unexplained", TEXTS, .help = "ids of failed checks that no failure mode explains"},
	{"leads", OBJECTS, .help = "where to look on, for checks that are unexplained", .of = lead, .optional = true},
	{"history", TEXTS, .help = "past faults that the present state has overcome"},
	{0},
};

static const struct member row[] = {
	{"row", TEXT, .help = "the row's id"},
	{"symptom", TEXT, .help = "as documented"},
	{"meaning", TEXT, .help = "as documented"},
	{"state", WORD, .help = "unknown: it was not tested", .words = row_states},
	{"modes", TEXTS, .help = "ids of the failure modes behind it"},
	{"note", TEXT, .help = "how it shows here, where that differs", .optional = true},
	{0},
};

static const struct member report[] = {
	{"schema", WORD, .help = "the version of this document's form", .words = schemas},
	{"tool", OBJECT, .help = "what wrote it", .of = tool},
	{"plan", OBJECT, .help = "what was checked", .of = plan},
	{"target", OBJECT, .help = "where", .of = target},
	{"run", OBJECT, .help = "when, and how it ended", .of = run},
	{"verdict", WORD, .help = "the sum over all checks: fail > error > warn > skip > pass", .words = verdicts},
	{"exitCode", WHOLE, .help = "of the process"},
	{"startError", TEXT, .help = "why the run could not start", .optional = true},
	{"warnings", TEXTS, .help = "what to know before trusting the rest"},
	{"notes", TEXTS, .help = "what to know although nothing failed by it"},
	{"checklist", OBJECTS, .help = "one for each item of the plan", .of = item},
	{"checks", OBJECTS, .help = "one for each check of the plan, in order", .of = check},
	{"diagnosis", OBJECT, .help = "from what was observed to what to change", .of = diagnosis},
	{"failureTable", OBJECTS, .help = "one for each documented failure", .of = row},
	{0},
};

static cJSON *object_schema(const struct member *members);

static cJSON *
of_type(const char *type)
{
	cJSON *schema = cJSON_CreateObject();

	pf_json_set_string(schema, "type", type);
	return schema;
}

static cJSON *
list_of(cJSON *items)
{
	cJSON *schema = of_type("array");

	pf_json_set(schema, "items", items);
	return schema;
}

/* Text, a whole number, true or false, or a list of texts: as the probe's descriptor says. */
static cJSON *
facts_schema(void)
{
	cJSON *schema = of_type("object");
	cJSON *value = cJSON_CreateObject();
	cJSON *choices = cJSON_CreateArray();

	pf_json_push(choices, of_type("string"));
	pf_json_push(choices, of_type("integer"));
	pf_json_push(choices, of_type("boolean"));
	pf_json_push(choices, list_of(of_type("string")));
	pf_json_set(value, "anyOf", choices);
	pf_json_set(schema, "additionalProperties", value);
	return schema;
}

static cJSON *
form_schema(const struct member *member)
{
	switch (member->form) {
	case WHOLE:
		return of_type("integer");
	case FLAG:
		return of_type("boolean");
	case OBJECT:
		return object_schema(member->of);
	case TEXTS:
		return list_of(of_type("string"));
	case OBJECTS:
		return list_of(object_schema(member->of));
	case FACTS:
		return facts_schema();
	default:
		return of_type("string");
	}
}

static cJSON *
member_schema(const struct member *member)
{
	cJSON *schema = form_schema(member);

	if (member->nullable) {
		cJSON *types = cJSON_CreateArray();
		pf_json_push_string(types, pf_json_string(PF_AT(schema, "type")));
		pf_json_push_string(types, "null");
		pf_json_set(schema, "type", types);
	}
	if (member->words != NULL) {
		cJSON *words = cJSON_CreateArray();
		for (const char *const *word = member->words; *word != NULL; word++)
			pf_json_push_string(words, *word);
		pf_json_set(schema, "enum", words);
	}
	pf_json_set_string(schema, "description", member->help);
	return schema;
}

/* Gives SCHEMA the members of an object. */
static void
describe(cJSON *schema, const struct member *members)
{
	cJSON *properties = cJSON_CreateObject();
	cJSON *required = cJSON_CreateArray();

	pf_json_set_string(schema, "type", "object");
	for (; members->name != NULL; members++) {
		pf_json_set(properties, members->name, member_schema(members));
		if (!members->optional)
			pf_json_push_string(required, members->name);
	}
	pf_json_set(schema, "properties", properties);
	pf_json_set(schema, "required", required);
}

static cJSON *
object_schema(const struct member *members)
{
	cJSON *schema = cJSON_CreateObject();

	describe(schema, members);
	return schema;
}

cJSON *
pf_report_schema(struct pf_arena *arena)
{
	cJSON *schema = pf_json_object(arena);

	pf_json_set_string(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
	pf_json_set_string(schema, "title", PF_REPORT_SCHEMA);
	describe(schema, report);
	return schema;
}
