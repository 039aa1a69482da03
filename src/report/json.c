/* The report for programs: postflight.report/v1. Its members are described in schema.c; a test holds the two together.
 */
#include <string.h>

#include <postflight/clock.h>
#include <postflight/json.h>
#include <postflight/report.h>
#include <postflight/text.h>

#include "report/page.h"
#include "report/words.h"

struct writer {
	struct pf_arena *arena;
	const struct pf_result *result;
};

/* Text from outside as JSON may hold it: valid UTF-8, without secrets. */
static const char *
clean(const struct writer *w, const char *text)
{
	if (text == NULL)
		text = "";
	return pf_without_tokens(w->arena, pf_utf8_clean(w->arena, text, strlen(text)));
}

static void
set_text(const struct writer *w, cJSON *object, const char *name, const char *text)
{
	pf_json_set_string(object, name, clean(w, text));
}

static void
set_optional(const struct writer *w, cJSON *object, const char *name, const char *text)
{
	if (text != NULL)
		set_text(w, object, name, text);
}

/* TEXTS ends with NULL, or is NULL itself. */
static void
set_texts(const struct writer *w, cJSON *object, const char *name, const char *const *texts)
{
	cJSON *array = cJSON_CreateArray();

	for (; texts != NULL && *texts != NULL; texts++)
		pf_json_push_string(array, clean(w, *texts));
	pf_json_set(object, name, array);
}

static cJSON *
evidence_json(const struct writer *w, const struct pf_evidence *evidence)
{
	cJSON *object = cJSON_CreateObject();

	set_text(w, object, "source", evidence->source);
	set_optional(w, object, "path", evidence->path);
	set_optional(w, object, "value", evidence->value);
	set_optional(w, object, "line", evidence->line);
	return object;
}

static cJSON *
evidence_list(const struct writer *w, const struct pf_evidence *evidence, size_t count)
{
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < count; i++)
		pf_json_push(array, evidence_json(w, &evidence[i]));
	return array;
}

static cJSON *
fact_json(const struct writer *w, const struct pf_fact *fact)
{
	if (fact->secret)
		return cJSON_CreateString(PF_NOT_SHOWN);
	switch (fact->desc->type) {
	case PF_TYPE_INT:
		return cJSON_CreateNumber((double)fact->number);
	case PF_TYPE_BOOL:
		return cJSON_CreateBool(fact->number != 0);
	case PF_TYPE_LIST: {
		cJSON *array = cJSON_CreateArray();
		for (size_t i = 0; i < fact->list_len; i++)
			pf_json_push_string(array, clean(w, fact->list[i]));
		return array;
	}
	default:
		return cJSON_CreateString(clean(w, fact->text));
	}
}

static cJSON *
check_json(const struct writer *w, const struct pf_check_result *check)
{
	cJSON *object = cJSON_CreateObject();

	set_text(w, object, "id", check->check->id);
	set_text(w, object, "title", check->check->title);
	set_text(w, object, "probe", check->check->probe->kind);
	set_text(w, object, "verdict", pf_verdict_name(check->verdict));
	set_text(w, object, "message", check->message);
	pf_json_set_int(object, "durationMs", check->duration_ms);
	set_optional(w, object, "blockedBy", check->blocked_by);
	pf_json_set(object, "evidence", evidence_list(w, check->evidence, check->evidence_count));
	cJSON *facts = cJSON_CreateObject();
	for (size_t i = 0; i < check->fact_count; i++)
		pf_json_set(facts, check->facts[i].desc->name, fact_json(w, &check->facts[i]));
	pf_json_set(object, "facts", facts);
	return object;
}

static cJSON *
item_json(const struct writer *w, size_t index)
{
	const struct pf_plan *plan = w->result->plan;
	const struct pf_item *item = &plan->items[index];
	cJSON *object = cJSON_CreateObject();
	cJSON *checks = cJSON_CreateArray();

	set_text(w, object, "id", item->id);
	set_text(w, object, "title", item->title);
	set_text(w, object, "verdict", pf_verdict_name(w->result->item_verdicts[index]));
	set_text(w, object, "message", w->result->item_messages[index]);
	for (size_t i = 0; i < item->check_count; i++)
		pf_json_push_string(checks, clean(w, plan->checks[item->checks[i]].id));
	pf_json_set(object, "checks", checks);
	return object;
}

static cJSON *
fixes_json(const struct writer *w, const struct pf_fix_text *fixes, size_t count)
{
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < count; i++) {
		cJSON *fix = cJSON_CreateObject();
		set_text(w, fix, fixes[i].is_command ? "command" : "instruction", fixes[i].text);
		if (fixes[i].alternative)
			pf_json_set_bool(fix, "alternative", true);
		pf_json_push(array, fix);
	}
	return array;
}

static cJSON *
cause_json(const struct writer *w, const struct pf_cause *cause)
{
	cJSON *object = cJSON_CreateObject();

	set_text(w, object, "id", cause->mode->id);
	pf_json_set_string(object, "row", cause->mode->row != NULL ? clean(w, cause->mode->row->id) : NULL);
	set_text(w, object, "title", cause->title);
	set_text(w, object, "cause", cause->cause);
	pf_json_set(object, "evidence", evidence_list(w, cause->evidence, cause->evidence_count));
	pf_json_set(object, "fix", fixes_json(w, cause->fixes, cause->fix_count));
	set_texts(w, object, "explains", cause->explains);
	set_texts(w, object, "consequences", cause->consequences);
	return object;
}

static cJSON *
leads_json(const struct writer *w)
{
	const struct pf_diagnosis *diagnosis = &w->result->diagnosis;
	cJSON *leads = cJSON_CreateArray();

	for (size_t i = 0; i < diagnosis->lead_count; i++) {
		const struct pf_lead *lead = &diagnosis->leads[i];
		cJSON *entry = cJSON_CreateObject();
		set_text(w, entry, "check", lead->result->check->id);
		pf_json_set(entry, "evidence", evidence_list(w, lead->evidence, lead->evidence_count));
		pf_json_set(entry, "next", fixes_json(w, lead->next, lead->next_count));
		pf_json_push(leads, entry);
	}
	return leads;
}

static cJSON *
diagnosis_json(const struct writer *w)
{
	const struct pf_diagnosis *diagnosis = &w->result->diagnosis;
	cJSON *object = cJSON_CreateObject();
	cJSON *causes = cJSON_CreateArray();
	cJSON *undecided = cJSON_CreateArray();
	cJSON *unexplained = cJSON_CreateArray();

	for (size_t i = 0; i < diagnosis->cause_count; i++)
		pf_json_push(causes, cause_json(w, &diagnosis->causes[i]));
	for (size_t i = 0; i < diagnosis->undecided_count; i++) {
		cJSON *entry = cJSON_CreateObject();
		set_texts(w, entry, "modes", diagnosis->undecided[i].modes);
		set_text(w, entry, "missing", diagnosis->undecided[i].missing);
		pf_json_push(undecided, entry);
	}
	for (size_t i = 0; i < diagnosis->unexplained_count; i++)
		pf_json_push_string(unexplained, clean(w, diagnosis->unexplained[i]->check->id));
	pf_json_set(object, "rootCauses", causes);
	pf_json_set(object, "undecided", undecided);
	pf_json_set(object, "unexplained", unexplained);
	if (diagnosis->lead_count > 0)
		pf_json_set(object, "leads", leads_json(w));
	set_texts(w, object, "history", diagnosis->history);
	return object;
}

static cJSON *
row_json(const struct writer *w, const struct pf_row_result *row)
{
	cJSON *object = cJSON_CreateObject();

	set_text(w, object, "row", row->row->id);
	set_text(w, object, "symptom", row->row->symptom);
	set_text(w, object, "meaning", row->row->meaning);
	set_text(w, object, "state", pf_row_state_name(row->state));
	set_texts(w, object, "modes", row->modes);
	set_optional(w, object, "note", row->note);
	return object;
}

static cJSON *
pair(const struct writer *w, const char *name, const char *value, const char *other, const char *other_value)
{
	cJSON *object = cJSON_CreateObject();

	set_text(w, object, name, value);
	set_text(w, object, other, other_value);
	return object;
}

static cJSON *
target_json(const struct writer *w)
{
	cJSON *object = pair(w, "context", w->result->context, "server", w->result->server);

	set_text(w, object, "namespace", w->result->namespace_);
	set_text(w, object, "vantage", w->result->vantage != NULL ? w->result->vantage : "none");
	return object;
}

static cJSON *
run_json(const struct writer *w)
{
	const struct pf_result *result = w->result;
	cJSON *object = cJSON_CreateObject();

	set_text(w, object, "id", result->id);
	set_text(w, object, "started", pf_time_format(w->arena, result->started_wall_ms, true));
	pf_json_set_int(object, "durationMs", result->duration_ms);
	pf_json_set_bool(object, "complete", result->complete);
	pf_json_set_bool(object, "interrupted", result->interrupted);
	return object;
}

static cJSON *
report_json(const struct writer *w)
{
	const struct pf_result *result = w->result;
	const struct pf_plan *plan = result->plan;
	cJSON *report = pf_json_object(w->arena);
	cJSON *checklist = cJSON_CreateArray();
	cJSON *checks = cJSON_CreateArray();
	cJSON *rows = cJSON_CreateArray();

	for (size_t i = 0; i < plan->item_count; i++)
		pf_json_push(checklist, item_json(w, i));
	for (size_t i = 0; i < plan->check_count; i++)
		pf_json_push(checks, check_json(w, &result->checks[i]));
	for (size_t i = 0; i < plan->row_count; i++)
		pf_json_push(rows, row_json(w, &result->diagnosis.rows[i]));

	set_text(w, report, "schema", PF_REPORT_SCHEMA);
	pf_json_set(report, "tool", pair(w, "name", "postflight", "version", result->tool_version));
	pf_json_set(report, "plan", pair(w, "name", plan->name, "digest", plan->digest));
	pf_json_set(report, "target", target_json(w));
	pf_json_set(report, "run", run_json(w));
	set_text(w, report, "verdict", pf_verdict_name(result->verdict));
	pf_json_set_int(report, "exitCode", result->exit_code);
	set_optional(w, report, "startError", result->start_error);
	set_texts(w, report, "warnings", result->warnings);
	set_texts(w, report, "notes", result->notes);
	pf_json_set(report, "checklist", checklist);
	pf_json_set(report, "checks", checks);
	pf_json_set(report, "diagnosis", diagnosis_json(w));
	pf_json_set(report, "failureTable", rows);
	return report;
}

/*
 * Length of the character at P when a terminal or a log viewer might act on it, and its code: DEL and C1 controls,
 * line and paragraph separators, bidirectional marks. The C0 controls are escaped already.
 */
static size_t
hazard(const unsigned char *p, unsigned *code)
{
	if (p[0] == 0x7f) {
		*code = 0x7f;
		return 1;
	}
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) {
		*code = p[1];
		return 2;
	}
	if (p[0] != 0xe2 || p[1] == '\0' || p[2] == '\0')
		return 0;
	*code = 0x2000u | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	bool acts = *code == 0x200e || *code == 0x200f || (*code >= 0x2028 && *code <= 0x202e) ||
		    (*code >= 0x2066 && *code <= 0x2069);
	return acts ? 3 : 0;
}

static void
write_json(struct pf_arena *arena, const struct pf_result *result, const struct pf_report_style *style,
	   struct pf_buf *out)
{
	struct writer w = {.arena = arena, .result = result};
	const char *text = pf_json_print(arena, report_json(&w), true);
	const char *from = text;

	(void)style;
	/* Such characters stand in strings only, so an escape means the same. */
	for (const char *p = text; *p != '\0'; p++) {
		unsigned code;
		size_t len = hazard((const unsigned char *)p, &code);
		if (len == 0)
			continue;
		pf_buf_add(out, from, (size_t)(p - from));
		pf_buf_printf(out, "\\u%04x", code);
		from = p + len;
		p = from - 1;
	}
	pf_buf_puts(out, from);
	pf_buf_add(out, "\n", 1);
}

const struct pf_report_format pf_report_json = {
	.name = "json",
	.summary = "one JSON document, schema " PF_REPORT_SCHEMA,
	.write = write_json,
};
