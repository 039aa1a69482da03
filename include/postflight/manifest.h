/*
 * Reference manifests: YAML that belongs to a built-in plan, with the plan's variables filled in.
 *
 * A manifest begins with a head that is not printed, lines that start with "#!":
 *
 *     #! what it is, in a line
 *     #! set NAME=VALUE     a variable of the manifest alone, or what an empty one of the plan is here
 *
 * In the rest, $$ is a dollar sign and ${NAME} a value: that of the plan or of the head, ${namespace} or ${version}.
 * A line that names an empty value is left out.
 */
#ifndef POSTFLIGHT_MANIFEST_H
#define POSTFLIGHT_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/arena.h>
#include <postflight/err.h>
#include <postflight/plan.h>

struct pf_manifest_variable {
	const char *name;
	const char *value; /* in force; the head's own references are not yet filled in */
};

struct pf_manifest {
	const char *variant;
	const char *summary;
	struct pf_manifest_variable *variables; /* the head's */
	size_t variable_count;
	const char *body; /* the template */
};

/* The manifests of the plan with that NAME, *COUNT of them, by variant; none for most plans. */
struct pf_manifest *pf_manifests_of(struct pf_arena *arena, const char *name, size_t *count);

/*
 * "--set NAME=VALUE": a variable of the head that the plan does not have, else one of PLAN. False with ERR
 * (PF_ERR_USAGE) as of pf_plan_set.
 */
bool pf_manifest_set(struct pf_arena *arena, struct pf_manifest *manifest, struct pf_plan *plan, const char *assignment,
		     struct pf_err *err);

/*
 * The YAML. NAMESPACE_ may be NULL: then objects have none of their own. False with ERR: PF_ERR_USAGE for a value that
 * would not be one word of YAML, PF_ERR_CONFIG for a variable that PLAN lacks (a plan of somebody's own).
 */
bool pf_manifest_fill(struct pf_arena *arena, const struct pf_manifest *manifest, const struct pf_plan *plan,
		      const char *namespace_, const char *version, const char **out, struct pf_err *err);

#endif
