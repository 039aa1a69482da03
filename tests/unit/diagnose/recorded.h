/* What recorded runs saw, as results that the diagnosis reads: from the reports of tests/recordings. */
#ifndef TEST_RECORDED_H
#define TEST_RECORDED_H

#include <postflight/diagnosis.h>
#include <postflight/json.h>

struct recorded {
	const char *name; /* of the folder */
	const cJSON *report;
	struct pf_check_result *results; /* one for each of the plan's checks */
};

/* Every recording of tests/recordings, in the order of their names. Fails the test when there is none. */
struct recorded *read_recorded(struct pf_arena *arena, const struct pf_plan *plan, size_t *count);

/* The built-in plan. */
struct pf_plan *built_in_plan(struct pf_arena *arena);

#endif
