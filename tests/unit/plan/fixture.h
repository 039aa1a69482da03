/* Two made-up probes and a plan that uses every part of the form, for the tests of this folder. */
#ifndef TESTS_UNIT_PLAN_FIXTURE_H
#define TESTS_UNIT_PLAN_FIXTURE_H

#include <stddef.h>

#include <postflight/plan.h>

extern const struct pf_descriptor *const fixture_probes[];

/* Valid, one element a line. */
extern const char fixture_plan[];

/* The plan with the first FIND replaced; fails the test when FIND is not there. Ends with ARENA. */
char *fixture_edit(struct pf_arena *arena, const char *text, const char *find, const char *replace);

/* The plan, loaded; fails the test when it is refused. */
struct pf_plan *fixture_load(struct pf_arena *arena, const char *text);

#endif
