/* What each kind of argument may be completed with: names from the plan, the kubeconfig and the program's tables. */
#include <string.h>

#include <postflight/connection.h>
#include <postflight/manifest.h>
#include <postflight/plan.h>
#include <postflight/report.h>
#include <postflight/str.h>

#include "cli/candidates.h"
#include "cli/plans.h"
#include "kube/kubeconfig.h"

/* The plan that the words name; NULL when there is none, which is not the time to say so. */
static struct pf_plan *
plan_of(struct pf_candidates *c)
{
	struct pf_plan *plan = NULL;
	struct pf_err err;

	return pf_plan_open(c->cli->arena, c->plan, &plan, &err) ? plan : NULL;
}

static bool
has_variable(const struct pf_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->variable_count; i++) {
		if (pf_streq(plan->variables[i].name, name))
			return true;
	}
	return false;
}

static bool
has_item(const struct pf_plan *plan, const char *id)
{
	for (size_t i = 0; i < plan->item_count; i++) {
		if (pf_streq(plan->items[i].id, id))
			return true;
	}
	return false;
}

static void
files(struct pf_candidates *c)
{
	c->directive &= ~(unsigned)PF_COMPLETE_NO_FILES;
}

static void
folders(struct pf_candidates *c)
{
	c->directive |= PF_COMPLETE_FOLDERS;
}

static void
kubeconfig(struct pf_candidates *c, enum pf_kubeconfig_kind kind)
{
	const struct pf_connection_options options = {
		.kubeconfig_flag = c->kubeconfig, .kubeconfig_env = c->cli->env.kubeconfig, .home = c->cli->env.home};
	struct pf_kubeconfig config;
	struct pf_err err;

	if (!pf_kubeconfig_load(c->cli->arena, pf_connection_files(c->cli->arena, &options), &config, &err))
		return;
	for (size_t i = 0; i < config.entries[kind].count; i++)
		pf_candidate(c, config.entries[kind].at[i].name, NULL);
}

static void
contexts(struct pf_candidates *c)
{
	kubeconfig(c, PF_KUBECONFIG_CONTEXT);
}

static void
clusters(struct pf_candidates *c)
{
	kubeconfig(c, PF_KUBECONFIG_CLUSTER);
}

static void
users(struct pf_candidates *c)
{
	kubeconfig(c, PF_KUBECONFIG_USER);
}

static void
plans(struct pf_candidates *c)
{
	for (const char *const *name = pf_plan_builtin_names(); *name != NULL; name++)
		pf_candidate(c, *name, NULL);
	files(c);
}

/* "NAME=" first, and behind it the values that a variable is limited to. */
static void
variable(struct pf_candidates *c, const char *name, const char *values, const char *help)
{
	struct pf_arena *arena = c->cli->arena;
	const char *set = pf_printf(arena, "%s=", name);

	if (!pf_starts_with(c->begun, set)) {
		pf_candidate(c, set, help);
		return;
	}
	for (const char *p = values; p != NULL && *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		pf_candidate(c, pf_printf(arena, "%s%.*s", set, (int)len, p), NULL);
		p += len;
	}
	c->directive &= ~(unsigned)PF_COMPLETE_NO_SPACE;
}

static void
variables(struct pf_candidates *c)
{
	const struct pf_plan *plan = plan_of(c);
	size_t count;

	c->directive |= PF_COMPLETE_NO_SPACE;
	for (size_t i = 0; plan != NULL && i < plan->variable_count; i++)
		variable(c, plan->variables[i].name, plan->variables[i].values, plan->variables[i].help);
	if (plan == NULL || c->variant == NULL)
		return;
	const struct pf_manifest *all = pf_manifests_of(c->cli->arena, plan->name, &count);
	for (size_t i = 0; i < count; i++) {
		if (!pf_streq(all[i].variant, c->variant))
			continue;
		for (size_t v = 0; v < all[i].variable_count; v++) {
			if (!has_variable(plan, all[i].variables[v].name))
				variable(c, all[i].variables[v].name, NULL, NULL);
		}
	}
}

/* A list: what was begun is its last element. */
static void
checks(struct pf_candidates *c)
{
	const struct pf_plan *plan = plan_of(c);
	const char *comma = strrchr(c->begun, ',');
	const char *before = comma == NULL ? "" : pf_strndup(c->cli->arena, c->begun, (size_t)(comma + 1 - c->begun));

	for (size_t i = 0; plan != NULL && i < plan->item_count; i++)
		pf_candidate(c, pf_printf(c->cli->arena, "%s%s", before, plan->items[i].id), plan->items[i].title);
	for (size_t i = 0; plan != NULL && i < plan->check_count; i++) {
		if (!has_item(plan, plan->checks[i].id))
			pf_candidate(c, pf_printf(c->cli->arena, "%s%s", before, plan->checks[i].id),
				     plan->checks[i].title);
	}
}

static void
ids(struct pf_candidates *c)
{
	const struct pf_plan *plan = plan_of(c);

	if (plan == NULL)
		return;
	for (size_t i = 0; i < plan->mode_count; i++)
		pf_candidate(c, plan->modes[i].id, pf_template_shown(c->cli->arena, plan, plan->modes[i].title));
	for (size_t i = 0; i < plan->row_count; i++)
		pf_candidate(c, plan->rows[i].id, plan->rows[i].title);
	if (strchr(c->begun, ',') == NULL)
		checks(c);
}

static void
variants(struct pf_candidates *c)
{
	const struct pf_plan *plan = plan_of(c);
	size_t count = 0;

	if (plan == NULL)
		return;
	const struct pf_manifest *all = pf_manifests_of(c->cli->arena, plan->name, &count);
	for (size_t i = 0; i < count; i++)
		pf_candidate(c, all[i].variant, all[i].summary);
}

/* Behind "FORMAT=" it is the shell's own matter. */
static void
formats(struct pf_candidates *c)
{
	if (strchr(c->begun, '=') != NULL) {
		files(c);
		return;
	}
	for (size_t i = 0; pf_report_formats[i] != NULL; i++)
		pf_candidate(c, pf_report_formats[i]->name, pf_report_formats[i]->summary);
}

static void
commands(struct pf_candidates *c)
{
	for (size_t i = 0; pf_commands[i] != NULL; i++)
		pf_candidate(c, pf_commands[i]->name, pf_commands[i]->summary);
}

void
pf_candidate_values(struct pf_candidates *c, enum pf_completes kind)
{
	static void (*const of[PF_COMPLETES_COUNT])(struct pf_candidates *) = {
		[PF_COMPLETES_FILES] = files,
		[PF_COMPLETES_FOLDERS] = folders,
		[PF_COMPLETES_CONTEXTS] = contexts,
		[PF_COMPLETES_CLUSTERS] = clusters,
		[PF_COMPLETES_USERS] = users,
		[PF_COMPLETES_PLANS] = plans,
		[PF_COMPLETES_VARIABLES] = variables,
		[PF_COMPLETES_CHECKS] = checks,
		[PF_COMPLETES_IDS] = ids,
		[PF_COMPLETES_VARIANTS] = variants,
		[PF_COMPLETES_FORMATS] = formats,
		[PF_COMPLETES_COMMANDS] = commands,
	};

	if (of[kind] != NULL)
		of[kind](c);
}
