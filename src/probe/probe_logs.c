/* The log of a container, held against the patterns of the plan: the present run first, a past crash as history. */
#include <inttypes.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "probe/log_facts.h"
#include "probe/log_runs.h"
#include "probe/log_sources.h"
#include "probe/probes.h"
#include "probe/subject.h"

#define LINES 4000
#define BYTES ((int64_t)1 << 20)
#define FEWER 16 /* of so many lines one, where the limit of bytes cut off the end */

/* The kubelet says within a successful answer that there is nothing any more. */
static const char *const gone[] = {
	"unable to retrieve container logs for ",
	"failed to try resolving symlinks in path ",
};

static int64_t
limit(struct pf_probe_context *ctx, const char *name, int64_t fallback)
{
	int64_t value = pf_arg_int(ctx, name, fallback);

	return value > 0 ? value : fallback;
}

static bool
is_gone(const char *text)
{
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		if (pf_starts_with(text, gone[i]) && text[strcspn(text, "\n")] == '\0')
			return true;
	}
	return false;
}

/*
 * The text of RUN's log. tailLines counts from the end, then limitBytes from there on: where it cuts, it cuts the
 * newest off, and fewer lines are asked for.
 */
static const struct pf_answer *
fetch(struct pf_probe_context *ctx, const struct pf_log_run *run, const char *container, int64_t *lines)
{
	int64_t bytes = limit(ctx, "bytes", BYTES);
	const struct pf_answer *answer = pf_look(pf_probe_session(ctx), run->path);

	*lines = limit(ctx, "lines", LINES);
	while (answer->ok && (int64_t)strlen(answer->text) >= bytes && *lines > 1) {
		*lines = *lines > FEWER ? *lines / FEWER : 1;
		answer = pf_look(pf_probe_session(ctx),
				 pf_log_run_path(pf_probe_session(ctx), run, container, *lines, bytes));
	}
	return answer;
}

/* From 129 on it was a signal: whoever sent it knows why. */
static int
failed_by_itself(const struct pf_log_run *run, const char *container)
{
	const cJSON *status;
	int code = 0;

	cJSON_ArrayForEach(status, PF_AT(run->pod->object, "status", "containerStatuses"))
	{
		bool before = run->previous || PF_AT(status, "state", "waiting") != NULL;
		if (pf_streq(PF_STRING_AT(status, "name"), container))
			code = (int)PF_INT_AT(status, 0, before ? "lastState" : "state", "terminated", "exitCode");
	}
	return code > 0 && code <= 128 ? code : 0;
}

enum outcome { READ, NOT_YET, BEFORE, LOST };

/* The same run's log, where the kubelet has started the container anew since its status was read; NULL. */
static const struct pf_answer *
fetch_previous(struct pf_probe_context *ctx, const struct pf_log_run *run, const char *container)
{
	struct pf_log_run before = *run;
	int64_t lines;

	before.previous = true;
	before.path = pf_log_run_path(pf_probe_session(ctx), &before, container, limit(ctx, "lines", LINES),
				      limit(ctx, "bytes", BYTES));
	const struct pf_answer *answer = fetch(ctx, &before, container, &lines);
	return answer->ok && answer->text[0] != '\0' && !is_gone(answer->text) ? answer : NULL;
}

/* Reads RUN into *OUT. BEFORE: what it wrote, it wrote before what --since asks for. LOST: the verdict is given. */
static enum outcome
read_run(struct pf_probe_context *ctx, const struct pf_log_run *run, const char *container, struct pf_log_reading *out)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	int64_t lines;
	const struct pf_answer *answer = fetch(ctx, run, container, &lines);
	const char *where = pf_printf(arena, "pod/%s container %s%s", run->pod->name, container,
				      run->previous ? " (previous)" : "");

	if (!answer->ok) {
		pf_verdict_error(ctx, &answer->err, "", "pods/log", "get");
		return LOST;
	}
	if (is_gone(answer->text)) {
		pf_verdict(ctx, PF_ERROR, "the log of %s is gone: %s", where, answer->text);
		return LOST;
	}
	if (answer->text[0] == '\0' && !run->previous && run->ended_ms != 0) {
		const struct pf_answer *previous = fetch_previous(ctx, run, container);
		answer = previous != NULL ? previous : answer;
	}
	if (answer->text[0] == '\0' && run->cut)
		return BEFORE;
	if (answer->text[0] == '\0' && run->fresh)
		return NOT_YET;
	if (answer->text[0] == '\0') {
		pf_verdict(ctx, PF_ERROR,
			   "the log of %s is empty although it has run: rotated away, or written elsewhere", where);
		return LOST;
	}

	struct pf_log_judge *judge = pf_log_judge_new(arena, pf_session_plan(pf_probe_session(ctx)));
	pf_log_judge_feed(judge, answer->text, strlen(answer->text));
	*out = (struct pf_log_reading){
		.findings = pf_log_judge_end(judge),
		.source = where,
		.which = run->previous ? "previous container" : "",
		.pod = run->pod->name,
		.previous = run->previous,
		.history = run->history,
		.failed = failed_by_itself(run, container),
		.window = run->cut ? pf_log_window(pf_probe_session(ctx)) : NULL,
		.troubled = run->troubled,
	};
	out->cut = run->cut || out->findings.extent.lines >= (uint64_t)lines;
	return READ;
}

static void
never_ran(struct pf_probe_context *ctx, const struct pf_subject *subject, const struct pf_log_runs *runs)
{
	const struct pf_workload *w = subject->workload;
	const char *why = runs->none[0] != '\0' ? runs->none : w->message;

	if (w->pods_err != NULL)
		pf_verdict_error(ctx, w->pods_err, "", "pods", "get, list, watch");
	else if (w->state == PF_WORKLOAD_SCALED_TO_ZERO)
		pf_verdict(ctx, PF_SKIP, "no log: deployment/%s is scaled to 0", w->name);
	else
		pf_verdict(ctx, PF_SKIP, "no log: container %s has not run%s%s", subject->container_name,
			   why[0] != '\0' ? ": " : "", why);
}

static bool
counts(const struct pf_log_reading *readings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!readings[i].history)
			return true;
	}
	return false;
}

/* The run of those that lie before what --since asks for that should have been read: one that ended before one that
 * does not work before any. */
static const struct pf_log_run *
more_telling(const struct pf_log_run *a, const struct pf_log_run *b)
{
	if (a == NULL || a->troubled != b->troubled)
		return a == NULL || b->troubled ? b : a;
	return a->ended_ms == 0 && b->ended_ms != 0 ? b : a;
}

/* Its silence is neither clean nor a fault. */
static void
was_before(struct pf_probe_context *ctx, const struct pf_log_run *run, const char *container)
{
	struct pf_session *session = pf_probe_session(ctx);
	const char *window = pf_log_window(session);

	pf_leave_string(ctx, "logs.since", window, PF_NO_EVIDENCE);
	pf_leave_bool(ctx, "logs.complete", false, PF_NO_EVIDENCE);
	if (run->ended_ms != 0)
		pf_verdict(ctx, PF_SKIP,
			   "container %s of pod/%s ended %s ago, before %s (--since): the log of that run was not read",
			   container, run->pod->name,
			   pf_duration_format(pf_probe_arena(ctx), pf_session_now(session) - run->ended_ms), window);
	else
		pf_verdict(ctx, PF_SKIP,
			   "container %s of pod/%s has written nothing in %s (--since), and what it wrote before was "
			   "not read",
			   container, run->pod->name, window);
}

/* What was read is not what should tell why the container does not work. */
static void
mark_cut(struct pf_probe_context *ctx, struct pf_log_reading *readings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		readings[i].cut = readings[i].troubled = true;
		readings[i].window = pf_log_window(pf_probe_session(ctx));
	}
}

static bool
says_something(const struct pf_log_reading *readings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!readings[i].history && pf_log_weight(&readings[i].findings) > 0)
			return true;
	}
	return false;
}

static bool
has_fault(const struct pf_log_reading *readings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!readings[i].history && readings[i].findings.fault != NULL)
			return true;
	}
	return false;
}

/*
 * A run that came further than the one before it, and holds no fault, has overcome whatever ended that one. One that
 * came as far may end as that did: the cart asks for its table once it has started.
 */
static void
find_history(struct pf_log_reading *readings, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++) {
		const struct pf_log_findings *present = &readings[i].findings;
		struct pf_log_reading *before = &readings[i + 1];

		if (!readings[i].previous && before->previous && pf_streq(readings[i].pod, before->pod) &&
		    present->fault == NULL && pf_log_sign_of(present, "started") != NULL &&
		    pf_log_sign_of(&before->findings, "started") == NULL)
			before->history = true;
	}
}

/* Whatever was saved along with the programs' own lines, a headline of the tool's for one, is nobody's log. */
static void
report_saved(struct pf_probe_context *ctx, const struct pf_saved_log *saved)
{
	struct pf_log_reading readings[PF_LOG_SOURCES_MAX];
	size_t count = 0;
	bool any = false;

	for (size_t i = 0; i < saved->count; i++)
		any = any || pf_log_knows_anything(&saved->list[i].findings);
	for (size_t i = 0; i < saved->count; i++) {
		const struct pf_log_source *from = &saved->list[i];
		if (from->findings.extent.records == 0 || (any && !pf_log_knows_anything(&from->findings)))
			continue;
		readings[count++] = (struct pf_log_reading){.findings = from->findings,
							    .source = from->name != NULL ? from->name : "log",
							    .which = from->name != NULL ? from->name : "",
							    .cut = saved->left_out > 0,
							    .saved = true};
	}
	if (count == 0)
		pf_verdict(ctx, PF_ERROR, "the log is empty: there is nothing to judge");
	else
		pf_log_report(ctx, readings, count);
}

/*
 * RUN has ended with a failure, and READING of its log tells of none. The kubelet may have started the container anew
 * without its status telling so yet: the log is then the new run's already, and RUN's the one before. Reads that into
 * *OUT.
 */
static bool
read_behind(struct pf_probe_context *ctx, const struct pf_log_run *run, const char *container,
	    struct pf_log_reading *reading, struct pf_log_reading *out)
{
	struct pf_session *session = pf_probe_session(ctx);
	struct pf_log_run before = *run;

	if (run->previous || run->ended_ms == 0 || reading->failed == 0 || reading->findings.fault != NULL)
		return false;
	const struct pf_answer *newer = pf_look(session, pf_log_newer_path(session, run, container));
	if (!newer->ok || newer->text[0] == '\0' || is_gone(newer->text))
		return false;
	before.previous = true;
	before.path =
		pf_log_run_path(session, &before, container, limit(ctx, "lines", LINES), limit(ctx, "bytes", BYTES));
	const struct pf_answer *answer = pf_look(session, before.path);
	if (!answer->ok || answer->text[0] == '\0' || is_gone(answer->text) ||
	    read_run(ctx, &before, container, out) != READ)
		return false;
	out->failed = reading->failed;
	reading->failed = 0;
	return true;
}

/* What the program says it uses, where its variable says something else: the variable was not what decided. */
static void
leave_overridden(struct pf_probe_context *ctx, const struct pf_subject *subject, const struct pf_log_reading *readings,
		 size_t count)
{
	const char *name = pf_arg(ctx, "variable");
	const struct pf_env_var *var = name != NULL ? pf_env_get(subject->env, name) : NULL;
	const struct pf_log_sign *sign = NULL;

	for (size_t i = 0; i < count && sign == NULL; i++)
		sign = readings[i].history ? NULL : pf_log_sign_of(&readings[i].findings, "endpoint");
	/* What is a secret is not compared with what was printed, nor what is still to be expanded in the pod. */
	if (sign == NULL || var == NULL || var->value == NULL || var->secret || strchr(var->value, '$') != NULL ||
	    pf_streq(sign->value, pf_one_line(pf_probe_arena(ctx), var->value, 300)))
		return;
	pf_leave_string(ctx, "logs.endpoint_variable", var->value, pf_env_evidence(ctx, subject, var));
}

static void
run(struct pf_probe_context *ctx)
{
	struct pf_session *session = pf_probe_session(ctx);
	const struct pf_saved_log *saved = pf_session_saved_log(session);
	struct pf_log_reading readings[PF_LOG_PODS_MAX * 2];
	struct pf_subject subject;
	const struct pf_log_run *before = NULL;
	size_t count = 0, lost = 0;

	if (saved != NULL) {
		report_saved(ctx, saved);
		return;
	}
	if (!pf_subject_of(ctx, &subject))
		return;
	struct pf_log_runs runs = pf_log_runs_of(session, subject.workload, subject.container_name,
						 limit(ctx, "lines", LINES), limit(ctx, "bytes", BYTES));
	for (size_t i = 0; i < runs.count; i++) {
		enum outcome outcome = read_run(ctx, &runs.list[i], subject.container_name, &readings[count]);
		if (outcome == READ) {
			count++;
			count += read_behind(ctx, &runs.list[i], subject.container_name, &readings[count - 1],
					     &readings[count]);
		}
		lost += outcome == LOST && !runs.list[i].history;
		if (outcome == BEFORE && !runs.list[i].history)
			before = more_telling(before, &runs.list[i]);
	}
	find_history(readings, count);
	if (before != NULL && before->troubled)
		mark_cut(ctx, readings, count);
	if (runs.count == 0)
		never_ran(ctx, &subject, &runs);
	else if (lost == 0 && before != NULL &&
		 (before->troubled ? !says_something(readings, count) : !counts(readings, count)))
		was_before(ctx, before, subject.container_name);
	else if (lost == 0 && !counts(readings, count))
		pf_verdict(ctx, PF_SKIP, "container %s has just started and written nothing yet",
			   subject.container_name);
	else if (lost == 0 || has_fault(readings, count)) {
		pf_log_report(ctx, readings, count);
		leave_overridden(ctx, &subject, readings, count);
	}
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	struct pf_session *session = pf_probe_session(ctx);
	const char *deployment = pf_arg(ctx, "deployment");
	struct pf_subject subject;

	if (round == 1) {
		pf_workload_foresee(session, deployment);
		pf_workload_foresee_env(session, deployment);
	}
	if (round != 2 ||
	    !pf_subject_find(session, deployment, pf_arg(ctx, "container"), pf_arg_list(ctx, "prefixes"), &subject))
		return;
	struct pf_log_runs runs = pf_log_runs_of(session, subject.workload, subject.container_name,
						 limit(ctx, "lines", LINES), limit(ctx, "bytes", BYTES));
	for (size_t i = 0; i < runs.count; i++)
		pf_foresee(session, runs.list[i].path);
}

const struct pf_probe pf_probe_logs = {
	.desc =
		{
			.kind = "logs",
			.summary = "reads the log of a container and holds it against the plan's patterns",
			.params =
				(const struct pf_param[]){
					PF_SUBJECT_PARAMS,
					{"lines", PF_TYPE_INT, false, NULL, "how many lines from the end (4000)"},
					{"bytes", PF_TYPE_INT, false, NULL, "how many bytes at most (1 MiB)"},
					{"variable", PF_TYPE_STRING, false, NULL,
					 "the variable that holds what the pattern endpoint finds in the log"},
					{0}},
			.facts = pf_log_fact_descs,
			.permissions =
				(const struct pf_permission[]){
					{"", "pods", "list watch", "which pods there are"},
					{"", "pods/log", "get", "what the application says itself"},
					{0}},
		},
	.run = run,
	.foresee = foresee,
};
