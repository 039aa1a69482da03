/* Variables: their values in force, and texts with them filled in. */
#include <stdint.h>
#include <string.h>

#include <postflight/buf.h>
#include <postflight/plan.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "plan/literal.h"
#include "plan/place.h"
#include "plan/template.h"

static struct pf_variable *
find_variable(const struct pf_plan *plan, const char *name, size_t len)
{
	for (size_t i = 0; i < plan->variable_count; i++)
		if (strlen(plan->variables[i].name) == len && memcmp(plan->variables[i].name, name, len) == 0)
			return &plan->variables[i];
	return NULL;
}

static bool
fail_unknown(struct pf_arena *arena, const struct pf_plan *plan, const char *name, struct pf_err *err)
{
	const char **names = pf_alloc_array(arena, plan->variable_count + 1, sizeof(*names)), *near;

	for (size_t i = 0; i < plan->variable_count; i++)
		names[i] = plan->variables[i].name;
	if (plan->variable_count == 0)
		return pf_fail(err, PF_ERR_USAGE, "--set %s: plan %s has no variables", pf_quote(arena, name),
			       plan->name);
	near = pf_near(names, name);
	if (near == NULL)
		return pf_fail(err, PF_ERR_USAGE, "--set %s: plan %s has no such variable; it has: %s",
			       pf_quote(arena, name), plan->name, pf_join(arena, names, ", "));
	return pf_fail(err, PF_ERR_USAGE, "--set %s: plan %s has no such variable (did you mean \"%s\"?); it has: %s",
		       pf_quote(arena, name), plan->name, near, pf_join(arena, names, ", "));
}

/* Where VARIABLE alone is a parameter that is no text, VALUE must be of its type. */
static bool
fits_parameters(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_variable *variable,
		const char *value, struct pf_err *err)
{
	if (*value == '\0' && *variable->fallback == '\0')
		return true; /* back to what is found out */
	for (size_t i = 0; i < plan->check_count; i++) {
		const struct pf_plan_check *check = &plan->checks[i];
		const cJSON *node;

		cJSON_ArrayForEach(node, check->with)
		{
			const struct pf_param *param = pf_descriptor_param(check->probe, node->string);
			struct pf_piece piece;

			if (param == NULL || param->type == PF_TYPE_LIST || !cJSON_IsString(node) ||
			    !pf_template_is_reference(node->valuestring, &piece) ||
			    !pf_str_eq((struct pf_str){piece.p, piece.len}, pf_str(variable->name)) ||
			    pf_text_fits(value, param->type, param->values))
				continue;
			return pf_fail(err, PF_ERR_USAGE, "--set %s: %s does not fit check %s; expected %s",
				       variable->name, pf_quote(arena, value), check->id,
				       pf_type_expected(arena, param->type, param->values));
		}
	}
	return true;
}

bool
pf_plan_set(struct pf_arena *arena, struct pf_plan *plan, const char *assignment, struct pf_err *err)
{
	const char *equals = strchr(assignment, '='), *value;
	struct pf_variable *variable;

	if (equals == NULL || equals == assignment)
		return pf_fail(err, PF_ERR_USAGE, "--set %s: expected NAME=VALUE", pf_quote(arena, assignment));
	variable = find_variable(plan, assignment, (size_t)(equals - assignment));
	if (variable == NULL)
		return fail_unknown(arena, plan, pf_strndup(arena, assignment, (size_t)(equals - assignment)), err);
	value = equals + 1;
	if (!pf_utf8_valid(value, strlen(value)) || pf_has_control(value))
		return pf_fail(err, PF_ERR_USAGE, "--set %s: the value holds a control character or no UTF-8",
			       variable->name);
	if (variable->values != NULL && !pf_word_in(variable->values, value))
		return pf_fail(err, PF_ERR_USAGE, "--set %s: %s is no value of it; expected one of: %s", variable->name,
			       pf_quote(arena, value), pf_join(arena, pf_split(arena, variable->values), ", "));
	if (!fits_parameters(arena, plan, variable, value, err))
		return false;
	variable->value = pf_strdup(arena, value);
	return true;
}

/* A value is no template: its dollar signs are doubled, so that filling in the facts leaves them alone. */
static void
add_value(struct pf_buf *buf, const char *value, bool escape)
{
	for (; *value != '\0'; value++) {
		pf_buf_add(buf, value, 1);
		if (*value == '$' && escape)
			pf_buf_add(buf, "$", 1);
	}
}

static char *
expand(struct pf_arena *arena, const struct pf_plan *plan, const char *namespace_, const char *text, bool last)
{
	PF_AUTO_BUF buf = PF_BUF(SIZE_MAX / 4);
	const struct pf_variable *variable;

	for (;;) {
		const char *start = text;
		struct pf_piece piece = pf_template_next(&text);
		bool reference = piece.kind == PF_PIECE_REFERENCE;

		if (piece.kind == PF_PIECE_END)
			break;
		if (reference && pf_str_eq((struct pf_str){piece.p, piece.len}, PF_STR("namespace")))
			add_value(&buf, namespace_ != NULL ? namespace_ : plan->namespace_, !last);
		else if (reference && (variable = find_variable(plan, piece.p, piece.len)) != NULL)
			add_value(&buf, variable->value, !last);
		else if (piece.kind == PF_PIECE_DOLLAR && last)
			pf_buf_puts(&buf, "$");
		else
			pf_buf_add(&buf, start, (size_t)(text - start));
	}
	return pf_strdup(arena, pf_buf_text(&buf));
}

char *
pf_plan_expand(struct pf_arena *arena, const struct pf_plan *plan, const char *namespace_, const char *text)
{
	return expand(arena, plan, namespace_, text, false);
}

char *
pf_plan_expand_argument(struct pf_arena *arena, const struct pf_plan *plan, const char *namespace_, const char *text)
{
	return expand(arena, plan, namespace_, text, true);
}
