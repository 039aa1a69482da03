/* The report of a run that never asked anything: the checklist is there, and every line says why. */
#include <inttypes.h>
#include <sys/random.h>

#include <postflight/clock.h>
#include <postflight/run.h>
#include <postflight/signals.h>

#include "run/conclude.h"

#define EXIT_USAGE 64
#define EXIT_CONFIG 78
#define EXIT_UNOBSERVED 2
#define SIGNAL_BASE 128

static const struct pf_plan no_plan = {
	.name = "",
	.title = "",
	.digest = "",
	.source = "",
	.text = "",
	.namespace_ = "",
};

static const struct pf_plan *
default_plan(struct pf_arena *arena)
{
	const char *name = pf_plan_builtin_names()[0];
	struct pf_plan *plan = NULL;
	struct pf_err err;
	size_t len = 0;
	const char *text = name != NULL ? pf_plan_builtin(name, &len) : NULL;

	if (text == NULL || !pf_plan_parse(arena, "built-in", text, len, pf_probe_descriptors(), &plan, &err))
		return &no_plan;
	return plan;
}

static int
exit_code(const struct pf_err *err)
{
	switch (err->kind) {
	case PF_ERR_USAGE:
		return EXIT_USAGE;
	case PF_ERR_CONFIG:
	case PF_ERR_NOT_FOUND: /* nothing has been asked of a cluster yet: a file */
		return EXIT_CONFIG;
	default:
		return EXIT_UNOBSERVED;
	}
}

/* There is no target to name the run. */
static const char *
random_id(struct pf_arena *arena)
{
	uint32_t bits = 0;

	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != (ssize_t)sizeof(bits))
		bits = (uint32_t)pf_wall_ms();
	return pf_printf(arena, "%08" PRIx32, bits);
}

static const struct pf_row_result *
unknown_rows(struct pf_arena *arena, const struct pf_plan *plan)
{
	struct pf_row_result *rows = pf_alloc_array(arena, plan->row_count + 1, sizeof(*rows));
	const char **none = pf_alloc_array(arena, 1, sizeof(*none));

	for (size_t i = 0; i < plan->row_count; i++)
		rows[i] = (struct pf_row_result){.row = &plan->rows[i], .state = PF_ROW_UNKNOWN, .modes = none};
	return rows;
}

void
pf_run_failed_start(struct pf_arena *arena, const struct pf_plan *plan, const struct pf_run_options *options,
		    const struct pf_err *err, struct pf_result *out)
{
	static const struct pf_run_options no_options;
	const char *why = pf_strdup(arena, err->text);

	if (plan == NULL)
		plan = default_plan(arena);
	pf_begin_result(arena, plan, options != NULL ? options : &no_options, out);
	out->id = random_id(arena);
	out->started_wall_ms = pf_wall_ms();
	out->verdict = PF_ERROR;
	out->start_error = why;
	for (size_t i = 0; i < plan->check_count; i++) {
		out->checks[i].verdict = PF_ERROR;
		out->checks[i].message = why;
		out->checks[i].untried = true;
		out->checks[i].done = true;
	}
	for (size_t i = 0; i < plan->item_count; i++) {
		out->item_verdicts[i] = PF_ERROR;
		out->item_messages[i] = why;
	}
	out->diagnosis.rows = unknown_rows(arena, plan);
	out->signal = pf_signals_caught();
	out->interrupted = out->signal != 0;
	out->exit_code = out->interrupted ? SIGNAL_BASE + out->signal : exit_code(err);
}
