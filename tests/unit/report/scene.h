/* Results written out by hand, and the report that a format makes of them. */
#ifndef TEST_REPORT_SCENE_H
#define TEST_REPORT_SCENE_H

#include <postflight/report.h>

/* The cart with an endpoint that names a port which the Service does not serve: the sample of the design. */
void scene_wrong_port(struct pf_result *out);

/* Everything passed but the check that was not consented to. */
void scene_healthy(struct pf_result *out);

/* Every text that comes from outside is as nasty as it can be. */
void scene_hostile(struct pf_result *out);

/* The checks that the scenes' result has, to be changed by a test. */
struct pf_check_result *scene_check(struct pf_result *result, const char *id);
void scene_item(struct pf_result *result, const char *id, enum pf_verdict verdict, const char *message);

/* The report as text that lives as long as ARENA. */
char *scene_write(struct pf_arena *arena, const struct pf_report_format *format, const struct pf_result *result,
		  struct pf_report_style style);

/*
 * Fails the test when TEXT differs from golden/NAME. With POSTFLIGHT_GOLDEN=write in the environment the file is
 * written instead: read the difference before committing it.
 */
void scene_golden(struct pf_arena *arena, const char *name, const char *text);

#endif
