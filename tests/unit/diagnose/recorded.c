#include "recorded.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/str.h>

#define FOLDER "tests/recordings"

struct pf_plan *
built_in_plan(struct pf_arena *arena)
{
	struct pf_err err = {0};
	struct pf_plan *plan;
	size_t len;
	const char *text = pf_plan_builtin("cart-dynamodb", &len);

	if (!pf_plan_parse(arena, "built-in", text, len, pf_probe_descriptors(), &plan, &err))
		fail_msg("%s", err.text);
	return plan;
}

static cJSON *
read_report(struct pf_arena *arena, const char *path)
{
	struct pf_err err = {0};
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size_t len = (size_t)ftell(file);
	rewind(file);
	char *text = pf_alloc(arena, len + 1);
	assert_int_equal(fread(text, 1, len, file), len);
	fclose(file);
	cJSON *report = pf_json_parse(arena, text, len, &err);
	if (report == NULL)
		fail_msg("%s: %s", path, err.text);
	return report;
}

static struct pf_fact
fact_from(struct pf_arena *arena, const struct pf_fact_desc *desc, const cJSON *value)
{
	struct pf_fact fact = {.desc = desc, .text = cJSON_IsString(value) ? value->valuestring : NULL};

	if (cJSON_IsNumber(value)) {
		fact.number = (int64_t)value->valuedouble;
		fact.text = pf_printf(arena, "%lld", (long long)fact.number);
	} else if (cJSON_IsBool(value)) {
		fact.number = cJSON_IsTrue(value);
		fact.text = fact.number ? "true" : "false";
	} else if (cJSON_IsArray(value)) {
		const char **list = pf_alloc_array(arena, (size_t)cJSON_GetArraySize(value) + 1, sizeof(*list));
		const cJSON *word;
		cJSON_ArrayForEach(word, value) list[fact.list_len++] = word->valuestring;
		fact.list = list;
	}
	return fact;
}

static enum pf_verdict
verdict_from(const char *name)
{
	for (int v = 0; v < PF_VERDICT_COUNT; v++) {
		if (pf_streq(pf_verdict_name((enum pf_verdict)v), name))
			return (enum pf_verdict)v;
	}
	fail_msg("no verdict: %s", name);
	return PF_ERROR;
}

static struct pf_check_result
result_from(struct pf_arena *arena, const struct pf_plan_check *check, const cJSON *entry)
{
	const cJSON *facts = PF_AT(entry, "facts"), *value;
	struct pf_fact *list = pf_alloc_array(arena, (size_t)cJSON_GetArraySize(facts) + 1, sizeof(*list));
	size_t count = 0;

	assert_string_equal(PF_STRING_AT(entry, "id"), check->id);
	cJSON_ArrayForEach(value, facts)
	{
		const struct pf_fact_desc *desc = pf_descriptor_fact(check->probe, value->string);
		if (desc == NULL)
			fail_msg("%s leaves no %s", check->id, value->string);
		list[count++] = fact_from(arena, desc, value);
	}
	return (struct pf_check_result){.check = check,
					.verdict = verdict_from(PF_STRING_AT(entry, "verdict")),
					.done = true,
					.message = PF_STRING_AT(entry, "message"),
					.facts = list,
					.fact_count = count};
}

/* A run that failed at its start has no checks: nothing was seen that a rule could read. */
static bool
read_one(struct pf_arena *arena, const struct pf_plan *plan, const char *name, struct recorded *out)
{
	cJSON *report = read_report(arena, pf_printf(arena, FOLDER "/%s/report.json", name));
	const cJSON *checks = PF_AT(report, "checks");

	if ((size_t)cJSON_GetArraySize(checks) != plan->check_count)
		return false;
	*out = (struct recorded){.name = name, .report = report};
	out->results = pf_alloc_array(arena, plan->check_count, sizeof(*out->results));
	for (size_t i = 0; i < plan->check_count; i++)
		out->results[i] = result_from(arena, &plan->checks[i], cJSON_GetArrayItem(checks, (int)i));
	return true;
}

struct recorded *
read_recorded(struct pf_arena *arena, const struct pf_plan *plan, size_t *count)
{
	struct dirent **entries;
	int found = scandir(FOLDER, &entries, NULL, alphasort);
	assert_true(found > 0);
	struct recorded *recorded = pf_alloc_array(arena, (size_t)found, sizeof(*recorded));
	*count = 0;
	for (int i = 0; i < found; i++) {
		const char *name = pf_strdup(arena, entries[i]->d_name);
		if (name[0] != '.' && strchr(name, '-') != NULL)
			*count += read_one(arena, plan, name, &recorded[*count]);
		free(entries[i]);
	}
	free(entries);
	assert_true(*count > 100);
	return recorded;
}
