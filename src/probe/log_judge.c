#include "probe/log_judge.h"

#include <postflight/buf.h>
#include <postflight/text.h>

#define TOLD_MAX ((size_t)500)
#define VALUE_MAX ((size_t)300)

struct entry {
	struct pf_buf told;
	struct pf_buf value;
	bool gave_up; /* once is enough: the next search may take as long */
};

struct pf_log_judge {
	const struct pf_plan *plan;
	struct pf_log_reader *reader;
	struct pf_log_sign *signs;
	struct entry *entries;
	const struct pf_pattern *gave_up;
	uint64_t order;
};

static void
release(void *object)
{
	struct pf_log_judge *judge = object;

	for (size_t i = 0; i < judge->plan->pattern_count; i++) {
		pf_buf_free(&judge->entries[i].told);
		pf_buf_free(&judge->entries[i].value);
	}
}

static void
put(struct pf_buf *buf, const char *text, size_t len, size_t max)
{
	struct pf_arena *scratch = pf_arena_new();

	pf_buf_free(buf);
	pf_buf_puts(buf, pf_one_line(scratch, pf_strndup(scratch, text, len), max));
	pf_arena_free(scratch);
}

static void
keep(struct pf_log_judge *judge, size_t i, const struct pf_log_record *record, struct pf_str value)
{
	struct pf_log_sign *sign = &judge->signs[i];

	sign->count++;
	sign->order = judge->order;
	sign->line = record->line;
	sign->time_ms = record->time_ms;
	put(&judge->entries[i].told, record->told, strlen(record->told), TOLD_MAX);
	put(&judge->entries[i].value, value.p, value.len, VALUE_MAX);
}

static void
judge_record(void *context, const struct pf_log_record *record)
{
	struct pf_log_judge *judge = context;

	judge->order++;
	for (size_t i = 0; i < judge->plan->pattern_count; i++) {
		struct pf_str value = PF_STR("");
		enum pf_pattern_outcome outcome = PF_PATTERN_GAVE_UP;

		if (!judge->entries[i].gave_up)
			outcome = pf_pattern_match(&judge->plan->patterns[i], record, &value);
		if (outcome == PF_PATTERN_GAVE_UP) {
			judge->entries[i].gave_up = true;
			judge->gave_up = &judge->plan->patterns[i];
		} else if (outcome == PF_PATTERN_YES) {
			keep(judge, i, record, value);
			return;
		}
	}
}

struct pf_log_judge *
pf_log_judge_new(struct pf_arena *arena, const struct pf_plan *plan)
{
	struct pf_log_judge *judge = pf_alloc(arena, sizeof(*judge));

	judge->plan = plan;
	judge->signs = pf_alloc_array(arena, plan->pattern_count + 1, sizeof(*judge->signs));
	judge->entries = pf_alloc_array(arena, plan->pattern_count + 1, sizeof(*judge->entries));
	for (size_t i = 0; i < plan->pattern_count; i++) {
		judge->signs[i] = (struct pf_log_sign){.pattern = &plan->patterns[i], .told = "", .value = ""};
		judge->entries[i] = (struct entry){.told = PF_BUF(TOLD_MAX + 8), .value = PF_BUF(VALUE_MAX + 8)};
	}
	judge->reader = pf_log_reader_new(arena, judge_record, judge);
	pf_defer(arena, release, judge);
	return judge;
}

void
pf_log_judge_feed(struct pf_log_judge *judge, const char *bytes, size_t len)
{
	pf_log_reader_feed(judge->reader, bytes, len);
}

static const struct pf_log_sign *
later(const struct pf_log_sign *a, const struct pf_log_sign *b)
{
	return a == NULL || b->order > a->order ? b : a;
}

struct pf_log_findings
pf_log_judge_end(struct pf_log_judge *judge)
{
	struct pf_log_findings out = {.signs = judge->signs, .count = judge->plan->pattern_count};

	pf_log_reader_end(judge->reader);
	out.extent = pf_log_reader_extent(judge->reader);
	out.gave_up = judge->gave_up;
	for (size_t i = 0; i < out.count; i++) {
		struct pf_log_sign *sign = &judge->signs[i];

		if (sign->count == 0)
			continue;
		sign->told = pf_buf_text(&judge->entries[i].told);
		sign->value = pf_buf_text(&judge->entries[i].value);
		if (sign->pattern->kind == PF_PATTERN_FAULT)
			out.fault = later(out.fault, sign);
		else if (sign->pattern->kind == PF_PATTERN_UNKNOWN)
			out.unknown = later(out.unknown, sign);
	}
	return out;
}

const struct pf_log_sign *
pf_log_sign_of(const struct pf_log_findings *findings, const char *id)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->signs[i].count > 0 && pf_streq(findings->signs[i].pattern->id, id))
			return &findings->signs[i];
	}
	return NULL;
}
