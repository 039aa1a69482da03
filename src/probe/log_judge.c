#include "probe/log_judge.h"

#include <string.h>

#include <postflight/buf.h>
#include <postflight/redact.h>
#include <postflight/text.h>

#define TOLD_MAX ((size_t)500)
#define VALUE_MAX ((size_t)300)

/* With these a program says that it begins, and that it is up. */
#define STARTING "starting"
#define STARTED "started"

/* The texts of a sign, which later records overwrite. */
struct texts {
	struct pf_buf told;
	struct pf_buf value;
};

/* One run of the program: one element for each of the plan's patterns. */
struct run {
	struct pf_log_sign *signs;
	struct texts *texts;
};

struct pf_log_judge {
	const struct pf_plan *plan;
	struct pf_log_reader *reader;
	struct run runs[2]; /* the present one, and the one before */
	bool is_raw;        /* as it was saved: secrets in it are replaced before anything is kept */
	bool *gave_up;      /* of each pattern; once is enough: the next search may take as long */
	const struct pf_pattern *stuck;
	uint64_t order;
	struct pf_buf last;
	bool last_tells;
	uint64_t last_line;
	int64_t last_ms;
};

static void
release(void *object)
{
	struct pf_log_judge *judge = object;

	pf_buf_free(&judge->last);
	for (size_t r = 0; r < 2; r++) {
		for (size_t i = 0; i < judge->plan->pattern_count; i++) {
			pf_buf_free(&judge->runs[r].texts[i].told);
			pf_buf_free(&judge->runs[r].texts[i].value);
		}
	}
}

static void
put(const struct pf_log_judge *judge, struct pf_buf *buf, const char *text, size_t len, size_t max)
{
	struct pf_arena *scratch = pf_arena_new();
	const char *copy = pf_strndup(scratch, text, len);

	if (judge->is_raw)
		copy = pf_redact_text(pf_redactor_new(scratch), scratch, copy);
	pf_buf_free(buf);
	pf_buf_puts(buf, pf_one_line(scratch, copy, max));
	pf_arena_free(scratch);
}

static void
keep(struct pf_log_judge *judge, size_t i, const struct pf_log_record *record, struct pf_str value)
{
	struct pf_log_sign *sign = &judge->runs[0].signs[i];
	struct texts *texts = &judge->runs[0].texts[i];

	sign->count++;
	sign->order = judge->order;
	sign->line = record->line;
	sign->time_ms = record->time_ms;
	put(judge, &texts->told, record->told, strlen(record->told), TOLD_MAX);
	put(judge, &texts->value, value.p, value.len, VALUE_MAX);
}

/* The present run becomes the one before; what was before that is forgotten. */
static void
begin_run(struct pf_log_judge *judge)
{
	struct run before = judge->runs[0];

	judge->runs[0] = judge->runs[1];
	judge->runs[1] = before;
	judge->last_tells = false;
	for (size_t i = 0; i < judge->plan->pattern_count; i++)
		judge->runs[0].signs[i] =
			(struct pf_log_sign){.pattern = &judge->plan->patterns[i], .told = "", .value = ""};
}

/* Of what a program says before it ends, a complaint tells more than a farewell. */
static bool
is_telling(const struct pf_log_record *record)
{
	static const char *const words[] = {"fatal",   "panic",   "error",   "exception", "cannot",
					    "can't",   "unable",  "failed",  "denied",    "not found",
					    "no such", "invalid", "refused", "missing",   "expired"};

	if (record->level != PF_LOG_NONE && record->level < PF_LOG_WARN)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasestr(record->told, words[i]) != NULL)
			return true;
	}
	return false;
}

static void
keep_last(struct pf_log_judge *judge, const struct pf_log_record *record)
{
	bool telling = is_telling(record);

	if (record->told[0] == '\0' || (judge->last_tells && !telling))
		return;
	judge->last_tells = telling;
	put(judge, &judge->last, record->told, strlen(record->told), TOLD_MAX);
	judge->last_line = record->line;
	judge->last_ms = record->time_ms;
}

static void
judge_record(void *context, const struct pf_log_record *record)
{
	struct pf_log_judge *judge = context;

	judge->order++;
	keep_last(judge, record);
	for (size_t i = 0; i < judge->plan->pattern_count; i++) {
		const struct pf_pattern *pattern = &judge->plan->patterns[i];
		struct pf_str value = PF_STR("");
		enum pf_pattern_outcome outcome = PF_PATTERN_GAVE_UP;

		if (!judge->gave_up[i])
			outcome = pf_pattern_match(pattern, record, &value);
		if (outcome == PF_PATTERN_GAVE_UP) {
			judge->gave_up[i] = true;
			judge->stuck = pattern;
		} else if (outcome == PF_PATTERN_YES) {
			if (pf_streq(pattern->id, STARTING))
				begin_run(judge);
			keep(judge, i, record, value);
			return;
		}
	}
}

static struct run
new_run(struct pf_arena *arena, const struct pf_plan *plan)
{
	struct run run = {
		.signs = pf_alloc_array(arena, plan->pattern_count + 1, sizeof(*run.signs)),
		.texts = pf_alloc_array(arena, plan->pattern_count + 1, sizeof(*run.texts)),
	};

	for (size_t i = 0; i < plan->pattern_count; i++) {
		run.signs[i] = (struct pf_log_sign){.pattern = &plan->patterns[i], .told = "", .value = ""};
		run.texts[i] = (struct texts){.told = PF_BUF(TOLD_MAX + 8), .value = PF_BUF(VALUE_MAX + 8)};
	}
	return run;
}

struct pf_log_judge *
pf_log_judge_new(struct pf_arena *arena, const struct pf_plan *plan)
{
	struct pf_log_judge *judge = pf_alloc(arena, sizeof(*judge));

	judge->plan = plan;
	judge->last = PF_BUF(TOLD_MAX + 8);
	judge->runs[0] = new_run(arena, plan);
	judge->runs[1] = new_run(arena, plan);
	judge->gave_up = pf_alloc_array(arena, plan->pattern_count + 1, sizeof(bool));
	judge->reader = pf_log_reader_new(arena, judge_record, judge);
	pf_defer(arena, release, judge);
	return judge;
}

void
pf_log_judge_feed(struct pf_log_judge *judge, const char *bytes, size_t len)
{
	pf_log_reader_feed(judge->reader, bytes, len);
}

void
pf_log_judge_line(struct pf_log_judge *judge, uint64_t number, struct pf_str line, bool cut)
{
	judge->is_raw = true;
	pf_log_reader_line(judge->reader, number, line.p, line.len, cut);
}

/* The latest sign of KIND in RUN, NULL when it has none. */
static const struct pf_log_sign *
latest(const struct pf_log_judge *judge, const struct run *run, enum pf_pattern_kind kind)
{
	const struct pf_log_sign *found = NULL;

	for (size_t i = 0; i < judge->plan->pattern_count; i++) {
		const struct pf_log_sign *sign = &run->signs[i];
		if (sign->count > 0 && sign->pattern->kind == kind && (found == NULL || sign->order > found->order))
			found = sign;
	}
	return found;
}

static void
set_texts(const struct pf_log_judge *judge, const struct run *run)
{
	for (size_t i = 0; i < judge->plan->pattern_count; i++) {
		if (run->signs[i].count == 0)
			continue;
		run->signs[i].told = pf_buf_text(&run->texts[i].told);
		run->signs[i].value = pf_buf_text(&run->texts[i].value);
	}
}

struct pf_log_findings
pf_log_judge_end(struct pf_log_judge *judge)
{
	const struct run *present = &judge->runs[0], *before = &judge->runs[1];
	struct pf_log_findings out = {.count = judge->plan->pattern_count};

	pf_log_reader_end(judge->reader);
	set_texts(judge, present);
	set_texts(judge, before);
	out.extent = pf_log_reader_extent(judge->reader);
	out.gave_up = judge->stuck;
	out.last = pf_buf_text(&judge->last);
	out.last_line = judge->last_line;
	out.last_ms = judge->last_ms;
	out.signs = present->signs;
	out.fault = latest(judge, present, PF_PATTERN_FAULT);
	out.past = latest(judge, before, PF_PATTERN_FAULT);
	/* A run that is only beginning has overcome nothing. */
	if (out.fault == NULL && out.past != NULL && pf_log_sign_of(&out, STARTED) == NULL) {
		out.signs = before->signs;
		out.fault = out.past;
		out.past = NULL;
	}
	out.unknown = latest(judge, out.signs == present->signs ? present : before, PF_PATTERN_UNKNOWN);
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
