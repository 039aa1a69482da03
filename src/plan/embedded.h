/* The files of checks/, and the scripts of probes, that the build put into the program. */
#ifndef POSTFLIGHT_PLAN_EMBEDDED_H
#define POSTFLIGHT_PLAN_EMBEDDED_H

#include <stddef.h>

struct pf_embedded {
	const char *name; /* NULL ends a table */
	const char *text; /* NUL-terminated */
	size_t len;
};

/* checks/NAME/plan.json, by NAME. */
extern const struct pf_embedded pf_embedded_plans[];

/* checks/NAME/manifests/VARIANT.yaml, by NAME/VARIANT. */
extern const struct pf_embedded pf_embedded_manifests[];

/* src/LAYER/NAME.sh without comments and indentation, by NAME. */
extern const struct pf_embedded pf_embedded_scripts[];

#endif
