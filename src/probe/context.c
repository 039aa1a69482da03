/* What probes call: parameters in, facts, evidence and a verdict out. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/probe.h>
#include <postflight/redact.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "probe/session.h"

#define MESSAGE_CAP 600 /* bytes: a row must stay readable */
#define VALUE_CAP 400

struct pf_probe_context {
	struct pf_session *session;
	struct pf_arena *arena; /* of the run: what the result keeps */
	const struct pf_plan_check *check;
	struct pf_fact *facts;
	size_t fact_count;
	struct pf_evidence *evidence;
	size_t evidence_count;
	size_t evidence_room;
	enum pf_verdict verdict;
	const char *message;
	bool judged;
};

struct pf_session *
pf_probe_session(struct pf_probe_context *ctx)
{
	return ctx->session;
}

struct pf_arena *
pf_probe_arena(struct pf_probe_context *ctx)
{
	return ctx->arena;
}

const char *
pf_probe_namespace(const struct pf_probe_context *ctx)
{
	return pf_session_namespace(ctx->session);
}

struct pf_deadline
pf_probe_deadline(const struct pf_probe_context *ctx)
{
	return pf_session_deadline(ctx->session);
}

static const char *
expand(const struct pf_probe_context *ctx, const char *text)
{
	return pf_plan_expand_argument(ctx->arena, pf_session_plan(ctx->session), pf_session_namespace(ctx->session),
				       text);
}

const char *
pf_arg(const struct pf_probe_context *ctx, const char *name)
{
	const char *text = PF_STRING_AT(ctx->check->with, name);
	return text != NULL ? expand(ctx, text) : NULL;
}

int64_t
pf_arg_int(const struct pf_probe_context *ctx, const char *name, int64_t fallback)
{
	const cJSON *node = PF_AT(ctx->check->with, name);
	if (cJSON_IsString(node)) {
		/* A variable: validated as a whole number when the plan was loaded or the variable was set. */
		char *end = NULL;
		const char *text = expand(ctx, node->valuestring);
		long long value = strtoll(text, &end, 10);
		return end != text && *end == '\0' ? value : fallback;
	}
	return pf_json_int(node, fallback);
}

bool
pf_arg_bool(const struct pf_probe_context *ctx, const char *name, bool fallback)
{
	const cJSON *node = PF_AT(ctx->check->with, name);
	if (cJSON_IsString(node))
		return pf_streq(expand(ctx, node->valuestring), "true");
	return pf_json_bool(node, fallback);
}

const char *const *
pf_arg_list(const struct pf_probe_context *ctx, const char *name)
{
	const cJSON *list = PF_AT(ctx->check->with, name), *node;
	size_t count = 0;
	const char **out = pf_alloc_array(ctx->arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof(*out));
	cJSON_ArrayForEach(node, list)
	{
		if (cJSON_IsString(node))
			out[count++] = expand(ctx, node->valuestring);
	}
	return out;
}

/* Secrets are compared, never shown: what holds a token shows as such. */
static struct pf_evidence
clean(struct pf_probe_context *ctx, struct pf_evidence e)
{
	if (e.value != NULL)
		e.value = pf_has_token(e.value) ? "(not shown)" : pf_one_line(ctx->arena, e.value, VALUE_CAP);
	if (e.line != NULL)
		e.line = pf_one_line(ctx->arena, e.line, MESSAGE_CAP);
	return e;
}

void
pf_note(struct pf_probe_context *ctx, struct pf_evidence evidence)
{
	if (evidence.source == NULL)
		return;
	if (ctx->evidence_count == ctx->evidence_room) {
		ctx->evidence_room = ctx->evidence_room * 2 + 8;
		struct pf_evidence *grown = pf_alloc_array(ctx->arena, ctx->evidence_room, sizeof(*grown));
		if (ctx->evidence_count > 0)
			memcpy(grown, ctx->evidence, ctx->evidence_count * sizeof(*grown));
		ctx->evidence = grown;
	}
	ctx->evidence[ctx->evidence_count++] = clean(ctx, evidence);
}

/* A probe that leaves what its descriptor does not announce would leave what no rule can see: a bug, found at once. */
static _Noreturn void
undeclared(const struct pf_probe_context *ctx, const char *name, const char *what)
{
	fprintf(stderr, "postflight: bug: probe %s left %s (%s)\n", ctx->check->probe->kind, name, what);
	abort();
}

static struct pf_fact *
leave(struct pf_probe_context *ctx, const char *name, enum pf_type type, struct pf_evidence evidence)
{
	const struct pf_fact_desc *desc = pf_descriptor_fact(ctx->check->probe, name);
	struct pf_fact *fact = NULL;
	if (desc == NULL)
		undeclared(ctx, name, "not in its descriptor");
	if (desc->type != type && !(type == PF_TYPE_STRING && desc->type == PF_TYPE_ENUM))
		undeclared(ctx, name, "of another type");
	for (size_t i = 0; i < ctx->fact_count; i++) {
		if (ctx->facts[i].desc == desc)
			fact = &ctx->facts[i];
	}
	if (fact == NULL)
		fact = &ctx->facts[ctx->fact_count++];
	*fact = (struct pf_fact){.desc = desc, .evidence = clean(ctx, evidence)};
	pf_note(ctx, evidence);
	return fact;
}

void
pf_leave_string(struct pf_probe_context *ctx, const char *name, const char *value, struct pf_evidence evidence)
{
	if (value == NULL)
		return;
	struct pf_fact *fact = leave(ctx, name, PF_TYPE_STRING, evidence);
	if (fact->desc->type == PF_TYPE_ENUM && !pf_word_in(fact->desc->values, value))
		undeclared(ctx, name, value);
	fact->secret = pf_has_token(value);
	fact->text = pf_strdup(ctx->arena, value);
}

void
pf_leave_int(struct pf_probe_context *ctx, const char *name, int64_t value, struct pf_evidence evidence)
{
	struct pf_fact *fact = leave(ctx, name, PF_TYPE_INT, evidence);
	fact->number = value;
	fact->text = pf_printf(ctx->arena, "%lld", (long long)value);
}

void
pf_leave_bool(struct pf_probe_context *ctx, const char *name, bool value, struct pf_evidence evidence)
{
	struct pf_fact *fact = leave(ctx, name, PF_TYPE_BOOL, evidence);
	fact->number = value;
	fact->text = value ? "true" : "false";
}

void
pf_leave_list(struct pf_probe_context *ctx, const char *name, const char *const *values, size_t count,
	      struct pf_evidence evidence)
{
	struct pf_fact *fact = leave(ctx, name, PF_TYPE_LIST, evidence);
	const char **list = pf_alloc_array(ctx->arena, count + 1, sizeof(*list));
	PF_AUTO_BUF text = PF_BUF(VALUE_CAP);
	for (size_t i = 0; i < count; i++) {
		list[i] = pf_strdup(ctx->arena, values[i]);
		fact->secret = fact->secret || pf_has_token(values[i]);
		pf_buf_printf(&text, "%s%s", i > 0 ? ", " : "", values[i]);
	}
	fact->list = list;
	fact->list_len = count;
	fact->text = pf_strdup(ctx->arena, pf_buf_text(&text));
}

void
pf_verdict(struct pf_probe_context *ctx, enum pf_verdict verdict, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	ctx->message = pf_one_line(ctx->arena, pf_vprintf(ctx->arena, format, args), MESSAGE_CAP);
	va_end(args);
	ctx->verdict = verdict;
	ctx->judged = true;
}

void
pf_verdict_error(struct pf_probe_context *ctx, const struct pf_err *err, const char *group, const char *resource,
		 const char *verbs)
{
	if (err->kind != PF_ERR_FORBIDDEN || resource == NULL) {
		pf_verdict(ctx, PF_ERROR, "%s", err->text);
		return;
	}
	pf_verdict(ctx, PF_ERROR, "%s; Role rule to add: {apiGroups: [\"%s\"], resources: [%s], verbs: [%s]}",
		   err->text, group, resource, verbs);
}

static size_t
fact_room(const struct pf_descriptor *descriptor)
{
	size_t n = 0;
	while (descriptor->facts != NULL && descriptor->facts[n].name != NULL)
		n++;
	return n;
}

static const struct pf_probe *
probe_of(const struct pf_plan_check *check)
{
	for (size_t i = 0; pf_probes[i] != NULL; i++) {
		if (&pf_probes[i]->desc == check->probe)
			return pf_probes[i];
	}
	return NULL;
}

void
pf_probe_foresee(struct pf_session *session, const struct pf_plan_check *check, unsigned round)
{
	const struct pf_probe *probe = probe_of(check);
	struct pf_probe_context ctx = {.session = session, .arena = pf_session_arena(session), .check = check};
	if (probe != NULL && probe->foresee != NULL)
		probe->foresee(&ctx, round);
}

const struct pf_workload *
pf_probe_starting(struct pf_session *session, const struct pf_plan_check *check)
{
	const struct pf_probe *probe = probe_of(check);
	struct pf_probe_context ctx = {.session = session, .arena = pf_session_arena(session), .check = check};
	return probe != NULL && probe->starting != NULL ? probe->starting(&ctx) : NULL;
}

typedef void probe_function(struct pf_probe_context *ctx);

static void
call(struct pf_session *session, struct pf_arena *arena, const struct pf_plan_check *check, probe_function *function,
     struct pf_check_result *out)
{
	struct pf_probe_context ctx = {.session = session, .arena = arena, .check = check, .message = ""};
	ctx.facts = pf_alloc_array(arena, fact_room(check->probe) + 1, sizeof(*ctx.facts));
	if (function != NULL)
		function(&ctx);
	if (!ctx.judged)
		undeclared(&ctx, "no verdict", check->id);
	*out = (struct pf_check_result){.check = check,
					.verdict = ctx.verdict,
					.done = true,
					.message = ctx.message,
					.facts = ctx.facts,
					.fact_count = ctx.fact_count,
					.evidence = ctx.evidence,
					.evidence_count = ctx.evidence_count};
}

void
pf_probe_run(struct pf_session *session, struct pf_arena *arena, const struct pf_plan_check *check,
	     struct pf_check_result *out)
{
	const struct pf_probe *probe = probe_of(check);
	call(session, arena, check, probe != NULL ? probe->run : NULL, out);
}

void
pf_probe_undo(struct pf_session *session, struct pf_arena *arena, const struct pf_plan_check *check,
	      struct pf_check_result *out)
{
	const struct pf_probe *probe = probe_of(check);
	call(session, arena, check, probe != NULL ? probe->undo : NULL, out);
}
