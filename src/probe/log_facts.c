#include "probe/log_facts.h"

#include <inttypes.h>

#include <postflight/clock.h>
#include <postflight/redact.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "probe/session.h"

#define QUOTE_MAX 200

const struct pf_fact_desc pf_log_fact_descs[] = {
	{"logs.fault", PF_TYPE_ENUM, PF_LOG_FAULTS,
	 "the latest known fault: the id of its pattern, other when that is none of these"},
	{"logs.faults", PF_TYPE_LIST, NULL, "the ids of all patterns of faults that fitted, the latest first"},
	{"logs.title", PF_TYPE_STRING, NULL, "what the latest fault's pattern says"},
	{"logs.line", PF_TYPE_STRING, NULL, "what the latest fault, or unknown error, says itself"},
	{"logs.last", PF_TYPE_STRING, NULL, "the last telling line of a program that failed for no known reason"},
	{"logs.pod", PF_TYPE_STRING, NULL, "whose log that is"},
	{"logs.previous", PF_TYPE_BOOL, NULL, "whether it is the log before the last restart"},
	{"logs.bytes", PF_TYPE_INT, NULL, "how much was read"},
	{"logs.records", PF_TYPE_INT, NULL, "how many records that were"},
	{"logs.span", PF_TYPE_STRING, NULL, "the time between the first and the last record"},
	{"logs.complete", PF_TYPE_BOOL, NULL, "whether it was read from its beginning"},
	{"logs.since", PF_TYPE_STRING, NULL, "how much of it --since asked for, where it goes further back"},
	{"logs.errors", PF_TYPE_INT, NULL, "records of something wrong that no pattern knows"},
	{"logs.started", PF_TYPE_BOOL, NULL, "whether a record fitted the pattern started"},
	{"logs.persistence", PF_TYPE_ENUM, "dynamodb in-memory unknown",
	 "which of persistence-dynamodb and persistence-in-memory a record fitted last"},
	{"logs.endpoint", PF_TYPE_STRING, NULL, "what the group of the pattern endpoint took"},
	{"logs.endpoint_variable", PF_TYPE_STRING, NULL,
	 "what the endpoint's variable says, where that is not what the log says"},
	{"logs.table", PF_TYPE_STRING, NULL, "what the group of the pattern table took"},
	{"logs.tables_created", PF_TYPE_INT, NULL, "records that fitted the pattern table-created"},
	{"logs.history", PF_TYPE_LIST, NULL, "faults of earlier runs that the present state has overcome"},
	{0},
};

/* "12 s ago" */
static const char *
ago(struct pf_probe_context *ctx, int64_t time_ms)
{
	int64_t past = pf_session_now(pf_probe_session(ctx)) - time_ms;

	if (time_ms == 0)
		return "";
	return pf_printf(pf_probe_arena(ctx), "%s ago", pf_duration_format(pf_probe_arena(ctx), past > 0 ? past : 0));
}

/* "(previous container, 12 s ago)", with a space before it; "" when there is nothing to say. */
static const char *
circumstances(struct pf_probe_context *ctx, const struct pf_log_reading *reading, const struct pf_log_sign *sign)
{
	const char *when = ago(ctx, sign->time_ms);
	bool both = reading->which[0] != '\0' && when[0] != '\0';

	if (reading->which[0] == '\0' && when[0] == '\0')
		return "";
	return pf_printf(pf_probe_arena(ctx), " (%s%s%s)", reading->which, both ? ", " : "", when);
}

static struct pf_evidence
evidence_of(struct pf_probe_context *ctx, const struct pf_log_reading *reading, const struct pf_log_sign *sign)
{
	struct pf_arena *arena = pf_probe_arena(ctx);

	return (struct pf_evidence){
		.source = reading->source,
		.path = pf_printf(arena, "log line %" PRIu64, sign->line),
		.value = sign->time_ms != 0 ? pf_time_format(arena, sign->time_ms, true) : NULL,
		.line = sign->told,
	};
}

static const char *
span_of(struct pf_arena *arena, const struct pf_log_extent *extent)
{
	if (extent->first_ms == 0)
		return NULL;
	return pf_duration_format(arena, extent->last_ms - extent->first_ms);
}

/* "42 records over 23 s", "42 records" */
static const char *
amount(struct pf_arena *arena, const struct pf_log_extent *extent)
{
	const char *span = span_of(arena, extent);

	return pf_printf(arena, "%" PRIu64 " record%s%s%s", extent->records, extent->records == 1 ? "" : "s",
			 span != NULL ? " over " : "", span != NULL ? span : "");
}

/* Of the faults that fitted, the latest first. */
static size_t
list_faults(const struct pf_log_findings *findings, const struct pf_log_sign **out)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const struct pf_log_sign *sign = &findings->signs[i];
		size_t at = count;

		if (sign->count == 0 || sign->pattern->kind != PF_PATTERN_FAULT)
			continue;
		for (; at > 0 && out[at - 1]->order < sign->order; at--)
			out[at] = out[at - 1];
		out[at] = sign;
		count++;
	}
	return count;
}

/* What troubles its container may stand before what --since asks for. */
static bool
says_too_little(const struct pf_log_reading *reading)
{
	return reading->window != NULL && reading->troubled && reading->findings.fault == NULL;
}

static void
leave_faults(struct pf_probe_context *ctx, const struct pf_log_reading *reading)
{
	const struct pf_log_findings *found = &reading->findings;
	const struct pf_log_sign **signs = pf_alloc_array(pf_probe_arena(ctx), found->count + 1, sizeof(*signs));
	const char **ids = pf_alloc_array(pf_probe_arena(ctx), found->count + 1, sizeof(*ids));
	const struct pf_log_sign *told = found->fault != NULL ? found->fault : found->unknown;
	size_t count = list_faults(found, signs);

	for (size_t i = 0; i < count; i++)
		ids[i] = signs[i]->pattern->id;
	/* Of what may be no log of this program, or not all of it, nothing follows, least of all that a fault is
	 * absent. */
	if (reading->saved && (!pf_log_knows_anything(found) || (reading->cut && found->fault == NULL)))
		return;
	if (says_too_little(reading))
		return;
	pf_leave_list(ctx, "logs.faults", ids, count, PF_NO_EVIDENCE);
	if (found->fault != NULL) {
		bool known = pf_word_in(PF_LOG_FAULTS, found->fault->pattern->id);
		pf_leave_string(ctx, "logs.fault", known ? found->fault->pattern->id : "other",
				evidence_of(ctx, reading, found->fault));
		pf_leave_string(ctx, "logs.title", found->fault->pattern->title, PF_NO_EVIDENCE);
	} else if (found->gave_up == NULL) {
		pf_leave_string(ctx, "logs.fault", "none", PF_NO_EVIDENCE);
	}
	if (told != NULL)
		pf_leave_string(ctx, "logs.line", told->told,
				found->fault == NULL ? evidence_of(ctx, reading, told) : PF_NO_EVIDENCE);
	pf_leave_int(ctx, "logs.errors", found->unknown != NULL ? (int64_t)found->unknown->count : 0, PF_NO_EVIDENCE);
}

/* The sign in the first of the present logs that has it. */
static const struct pf_log_sign *
sign_in(const struct pf_log_reading *readings, size_t count, const char *id, const struct pf_log_reading **where)
{
	for (size_t i = 0; i < count; i++) {
		const struct pf_log_sign *sign = pf_log_sign_of(&readings[i].findings, id);
		if (readings[i].history || sign == NULL)
			continue;
		*where = &readings[i];
		return sign;
	}
	return NULL;
}

static void
leave_value(struct pf_probe_context *ctx, const struct pf_log_reading *readings, size_t count, const char *id,
	    const char *fact)
{
	const struct pf_log_reading *where = NULL;
	const struct pf_log_sign *sign = sign_in(readings, count, id, &where);

	if (sign != NULL && sign->value[0] != '\0')
		pf_leave_string(ctx, fact, sign->value, evidence_of(ctx, where, sign));
}

/* Nothing that a program says when it begins can be missing but where its beginning was read. */
static bool
begins_in(const struct pf_log_reading *readings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!readings[i].history && readings[i].cut)
			return false;
	}
	return true;
}

static void
leave_persistence(struct pf_probe_context *ctx, const struct pf_log_reading *readings, size_t count)
{
	const struct pf_log_reading *in = NULL, *out = NULL;
	const struct pf_log_sign *dynamodb = sign_in(readings, count, "persistence-dynamodb", &out);
	const struct pf_log_sign *memory = sign_in(readings, count, "persistence-in-memory", &in);

	/* A saved log may hold several runs: the last one counts. */
	if (memory != NULL && (dynamodb == NULL || (in == out && memory->order > dynamodb->order)))
		pf_leave_string(ctx, "logs.persistence", "in-memory", evidence_of(ctx, in, memory));
	else if (dynamodb != NULL)
		pf_leave_string(ctx, "logs.persistence", "dynamodb", evidence_of(ctx, out, dynamodb));
	else if (begins_in(readings, count))
		pf_leave_string(ctx, "logs.persistence", "unknown", PF_NO_EVIDENCE);
}

static void
leave_life(struct pf_probe_context *ctx, const struct pf_log_reading *readings, size_t count)
{
	const struct pf_log_reading *where = NULL;
	const struct pf_log_sign *started = sign_in(readings, count, "started", &where);
	const struct pf_log_sign *created = sign_in(readings, count, "table-created", &where);

	if (started != NULL || begins_in(readings, count))
		pf_leave_bool(ctx, "logs.started", started != NULL, PF_NO_EVIDENCE);
	leave_persistence(ctx, readings, count);
	leave_value(ctx, readings, count, "endpoint", "logs.endpoint");
	leave_value(ctx, readings, count, "table", "logs.table");
	if (created != NULL || begins_in(readings, count))
		pf_leave_int(ctx, "logs.tables_created", created != NULL ? (int64_t)created->count : 0, PF_NO_EVIDENCE);
}

static void
leave_extent(struct pf_probe_context *ctx, const struct pf_log_reading *reading)
{
	const struct pf_log_extent *extent = &reading->findings.extent;

	if (reading->pod != NULL) {
		pf_leave_string(ctx, "logs.pod", reading->pod, PF_NO_EVIDENCE);
		pf_leave_bool(ctx, "logs.previous", reading->previous, PF_NO_EVIDENCE);
	}
	pf_leave_int(ctx, "logs.bytes", (int64_t)extent->bytes, PF_NO_EVIDENCE);
	pf_leave_int(ctx, "logs.records", (int64_t)extent->records, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "logs.span", span_of(pf_probe_arena(ctx), extent), PF_NO_EVIDENCE);
	pf_leave_bool(ctx, "logs.complete", !reading->cut, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "logs.since", reading->window, PF_NO_EVIDENCE);
}

static const char *
history_line(struct pf_probe_context *ctx, const char *source, const struct pf_log_sign *fault)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	const char *when = ago(ctx, fault->time_ms);

	return pf_printf(arena, "%s: %s: %s%s%s%s", source, fault->pattern->title,
			 pf_one_line(arena, fault->told, QUOTE_MAX), when[0] != '\0' ? " (" : "", when,
			 when[0] != '\0' ? ")" : "");
}

static void
leave_history(struct pf_probe_context *ctx, const struct pf_log_reading *readings, size_t count)
{
	const char **lines = pf_alloc_array(pf_probe_arena(ctx), count * 2 + 1, sizeof(*lines));
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		const struct pf_log_findings *found = &readings[i].findings;
		if (readings[i].history && found->fault != NULL)
			lines[len++] = history_line(ctx, readings[i].source, found->fault);
		if (found->past != NULL)
			lines[len++] = history_line(ctx, readings[i].source, found->past);
	}
	pf_leave_list(ctx, "logs.history", lines, len, PF_NO_EVIDENCE);
}

/* The log of a program that ended with an error of its own. */
static const struct pf_log_reading *
failed_in(const struct pf_log_reading *readings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!readings[i].history && readings[i].failed != 0 && readings[i].findings.last[0] != '\0')
			return &readings[i];
	}
	return NULL;
}

/* That nobody knows why it ended does not make its log clean. */
static void
judge_end(struct pf_probe_context *ctx, const struct pf_log_reading *reading)
{
	const struct pf_log_findings *found = &reading->findings;
	struct pf_log_sign last = {.line = found->last_line, .time_ms = found->last_ms, .told = found->last};

	pf_leave_string(ctx, "logs.last", found->last, evidence_of(ctx, reading, &last));
	pf_verdict(ctx, PF_WARN, "no known fault, but it ended with exit code %d and its last telling line is %s%s",
		   reading->failed,
		   pf_has_token(found->last) ? "what is not shown"
					     : pf_printf(pf_probe_arena(ctx), "\"%s\"",
							 pf_one_line(pf_probe_arena(ctx), found->last, QUOTE_MAX)),
		   circumstances(ctx, reading, &last));
}

static const char *
quote(struct pf_probe_context *ctx, const struct pf_log_sign *sign)
{
	if (pf_has_token(sign->told))
		return sign->pattern->title;
	return pf_printf(pf_probe_arena(ctx), "\"%s\"", pf_one_line(pf_probe_arena(ctx), sign->told, QUOTE_MAX));
}

bool
pf_log_knows_anything(const struct pf_log_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->signs[i].count > 0)
			return true;
	}
	return false;
}

static bool
is_in_memory(const struct pf_log_findings *findings)
{
	return pf_log_sign_of(findings, "persistence-in-memory") != NULL;
}

static void
judge(struct pf_probe_context *ctx, const struct pf_log_reading *reading, const struct pf_log_extent *extent)
{
	const struct pf_log_findings *found = &reading->findings;
	struct pf_arena *arena = pf_probe_arena(ctx);

	/* Where nothing but the log is there, it also has to say what it means. */
	if (found->fault != NULL && reading->saved && !pf_has_token(found->fault->told))
		pf_verdict(ctx, PF_FAIL, "%s: %s%s", found->fault->pattern->title, quote(ctx, found->fault),
			   circumstances(ctx, reading, found->fault));
	else if (found->fault != NULL)
		pf_verdict(ctx, PF_FAIL, "%s%s", quote(ctx, found->fault), circumstances(ctx, reading, found->fault));
	else if (found->gave_up != NULL)
		pf_verdict(ctx, PF_ERROR,
			   "pattern %s takes too long on this log: whether it holds that fault is not known",
			   found->gave_up->id);
	else if (reading->saved && reading->cut)
		pf_verdict(ctx, PF_ERROR,
			   "no fault in %s, but the log is of more programs than were looked at: save that of the one "
			   "in question alone",
			   amount(arena, extent));
	else if (found->unknown != NULL)
		pf_verdict(ctx, PF_WARN, "%" PRIu64 " unknown error%s, the last one %s%s", found->unknown->count,
			   found->unknown->count == 1 ? "" : "s", quote(ctx, found->unknown),
			   circumstances(ctx, reading, found->unknown));
	else if (reading->saved && !pf_log_knows_anything(found))
		pf_verdict(ctx, PF_WARN, "no fault in %s, and nothing else that the plan knows: is it the right log?",
			   amount(arena, extent));
	else if (reading->saved && is_in_memory(found))
		pf_verdict(ctx, PF_WARN, "no fault in %s, but carts are kept in memory", amount(arena, extent));
	else if (reading->saved && !reading->cut && pf_log_sign_of(found, "starting") != NULL &&
		 pf_log_sign_of(found, "started") == NULL)
		pf_verdict(ctx, PF_WARN, "no fault in %s, but the log ends before the start is done",
			   amount(arena, extent));
	else if (says_too_little(reading))
		pf_verdict(ctx, PF_SKIP,
			   "no fault in %s, but its container does not work, and what it wrote before %s (--since) was "
			   "not read",
			   amount(arena, extent), reading->window);
	else
		pf_verdict(ctx, PF_PASS, "no fault in %s%s%s%s", amount(arena, extent),
			   reading->cut ? "; what came before " : "", reading->window != NULL ? reading->window : "",
			   reading->window != NULL ? " was not read"
			   : reading->cut          ? "was not read"
						   : "");
}

static void
add_extent(struct pf_log_extent *total, const struct pf_log_extent *one)
{
	total->records += one->records;
	if (one->first_ms != 0 && (total->first_ms == 0 || one->first_ms < total->first_ms))
		total->first_ms = one->first_ms;
	if (one->last_ms > total->last_ms)
		total->last_ms = one->last_ms;
}

int
pf_log_weight(const struct pf_log_findings *findings)
{
	return findings->fault != NULL ? 3 : findings->gave_up != NULL ? 2 : findings->unknown != NULL ? 1 : 0;
}

void
pf_log_report(struct pf_probe_context *ctx, const struct pf_log_reading *readings, size_t count)
{
	const struct pf_log_reading *main = &readings[0];
	struct pf_log_extent total = {0};

	for (size_t i = 0; i < count; i++)
		add_extent(&total, &readings[i].findings.extent);
	for (size_t i = 1; i < count; i++) {
		const struct pf_log_reading *other = &readings[i];
		if (!other->history &&
		    (main->history || pf_log_weight(&other->findings) > pf_log_weight(&main->findings)))
			main = other;
	}
	leave_faults(ctx, main);
	leave_life(ctx, readings, count);
	leave_extent(ctx, main);
	leave_history(ctx, readings, count);
	if (pf_log_weight(&main->findings) == 0 && failed_in(readings, count) != NULL)
		judge_end(ctx, failed_in(readings, count));
	else
		judge(ctx, main, main->saved ? &total : &main->findings.extent);
}
