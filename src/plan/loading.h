/* A plan while it is being loaded: what is known of it already, so that everything else can refer to it. */
#ifndef POSTFLIGHT_PLAN_LOADING_H
#define POSTFLIGHT_PLAN_LOADING_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/plan.h>

#include "plan/form.h"
#include "plan/graph.h"
#include "plan/place.h"

#define PF_NOBODY ((size_t)-1)

struct pf_loading {
	struct pf_complaints complaints;
	struct pf_arena *arena;
	const struct pf_descriptor *const *probes;
	struct pf_plan *plan;
	struct pf_plan_check *checks; /* the plan's; one without a known probe has NULL there */

	/* Everything that can be named, each ended by NULL. */
	const char *const *variable_names;
	const char *const *check_ids;
	const char *const *row_ids;
	const char *const *mode_ids;

	size_t needing; /* the check whose needs are being loaded, else PF_NOBODY */
	struct pf_edges needs;
	size_t mentions; /* facts and verdicts that conditions named so far */
};

/* load.c. How many of a list's elements are looked at: no more than the form allows, which complains of the rest. */
size_t pf_element_count(const struct pf_place *list);

/* The MEMBER of each of LIST's elements, "" where there is none; complains of those that were used before. */
const char *const *pf_index_names(struct pf_loading *loading, const struct pf_place *list, const char *member);

/* form_check.c: looks at the form of everything at and below PLACE. */
void pf_form_check(struct pf_loading *loading, const struct pf_place *place, const struct pf_shape *shape);

/* reference.c. Complain at PLACE and return false when there is no such thing; SILENT about a check whose probe is
 * unknown, as that was said already. */
bool pf_resolve_check(struct pf_loading *loading, const struct pf_place *place, const char *id, size_t *out);
bool
pf_resolve_fact(struct pf_loading *loading, const struct pf_place *place, const char *text, struct pf_fact_ref *out);
const struct pf_variable *
pf_resolve_variable(struct pf_loading *loading, const struct pf_place *place, const char *name);
void pf_template_check(struct pf_loading *loading, const struct pf_place *place, const char *text, bool facts_too);

/* The index of ID in NAMES, which end with NULL; PF_NOBODY when it is not there. */
size_t pf_index_of(const char *const *names, const char *id);

/*
 * True when a member of OBJECT that is none of KNOWN was probably meant to be NAME: that it is unknown says more than
 * that NAME is absent.
 */
bool pf_is_misspelt(const cJSON *object, const char *name, const char *const *known);

/* condition.c: NULL when it is absent or wrong (complained of). */
const struct pf_condition *pf_condition_load(struct pf_loading *loading, const struct pf_place *place);

/* arguments.c */
void pf_arguments_check(struct pf_loading *loading, const struct pf_place *check, const struct pf_descriptor *probe);

/* needs.c */
void pf_needs_load(struct pf_loading *loading, const struct pf_place *checks);

/* pattern.c: what is wrong with their expressions; their form has been looked at. */
void pf_patterns_load(struct pf_loading *loading, const struct pf_place *patterns);

/* mode.c: the facts and the fixes of the lists at MEMBER of PLACE; none when it is absent. */
const struct pf_fact_ref *pf_evidence_load(struct pf_loading *loading, const struct pf_place *place, size_t *count);
const struct pf_fix *
pf_fixes_load(struct pf_loading *loading, const struct pf_place *place, const char *member, size_t *count);

/* loose_end.c: what each check says when its failure is unexplained. */
void pf_loose_ends_load(struct pf_loading *loading, const struct pf_place *checks);

/* mode.c: what is wrong within each, then what they explain in a circle. */
void pf_modes_load(struct pf_loading *loading, const struct pf_place *modes);

#endif
