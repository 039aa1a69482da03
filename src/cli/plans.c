#include "cli/plans.h"

#include <string.h>

#include <postflight/buf.h>
#include <postflight/file.h>
#include <postflight/probe.h>
#include <postflight/str.h>

#include "cli/nearest.h"
#include "plan/template.h"

#define MAX_PLAN ((size_t)4 << 20)

static bool
no_such_plan(const char *name, struct pf_err *err)
{
	const char *nearest = pf_nearest(name, pf_plan_builtin_names());

	if (nearest != NULL)
		return pf_fail(err, PF_ERR_CONFIG,
			       "there is no plan \"%s\", neither built in nor as a file; did you mean %s?", name,
			       nearest);
	return pf_fail(err, PF_ERR_CONFIG,
		       "there is no plan \"%s\", neither built in nor as a file; postflight list plans names those "
		       "built in",
		       name);
}

bool
pf_plan_open(struct pf_arena *arena, const char *name, struct pf_plan **out, struct pf_err *err)
{
	size_t len;
	char *text;

	if (name == NULL)
		name = PF_DEFAULT_PLAN;
	const char *builtin = pf_plan_builtin(name, &len);
	if (builtin != NULL)
		return pf_plan_parse(arena, "built-in", builtin, len, pf_probe_descriptors(), out, err);
	if (pf_file_read(arena, name, MAX_PLAN, &text, &len, err))
		return pf_plan_parse(arena, name, text, len, pf_probe_descriptors(), out, err);
	return err->kind == PF_ERR_NOT_FOUND ? no_such_plan(name, err) : false;
}

bool
pf_plan_disrupts(const struct pf_plan *plan)
{
	for (size_t i = 0; i < plan->check_count; i++) {
		if (plan->checks[i].probe->disruptive)
			return true;
	}
	return false;
}

/* "<name>" for what only a run knows; the value in force for a variable that has one. */
static void
put_reference(struct pf_buf *out, const struct pf_plan *plan, const char *name)
{
	const char *colon = strchr(name, ':');

	for (size_t i = 0; colon == NULL && i < plan->variable_count; i++) {
		const struct pf_variable *variable = &plan->variables[i];
		if (pf_streq(variable->name, name) && variable->value != NULL && variable->value[0] != '\0') {
			pf_buf_puts(out, variable->value);
			return;
		}
	}
	pf_buf_printf(out, "<%s>", colon != NULL ? colon + 1 : name);
}

char *
pf_template_shown(struct pf_arena *arena, const struct pf_plan *plan, const char *template)
{
	PF_AUTO_BUF out = PF_BUF(MAX_PLAN);
	struct pf_piece piece;

	while ((piece = pf_template_next(&template)).kind != PF_PIECE_END) {
		if (piece.kind == PF_PIECE_REFERENCE)
			put_reference(&out, plan, pf_strndup(arena, piece.p, piece.len));
		else if (piece.kind == PF_PIECE_DOLLAR)
			pf_buf_add(&out, "$", 1);
		else
			pf_buf_add(&out, piece.p, piece.len);
	}
	return pf_strdup(arena, pf_buf_text(&out));
}
