#include <string.h>

#include <postflight/plan.h>

#include "plan/embedded.h"

enum { NAMES_MAX = 64 };

const char *
pf_plan_builtin(const char *name, size_t *len)
{
	for (const struct pf_embedded *e = pf_embedded_plans; e->name != NULL; e++) {
		if (strcmp(e->name, name) != 0)
			continue;
		*len = e->len;
		return e->text;
	}
	return NULL;
}

const char *const *
pf_plan_builtin_names(void)
{
	static const char *names[NAMES_MAX];

	for (size_t i = 0; i + 1 < NAMES_MAX && pf_embedded_plans[i].name != NULL; i++)
		names[i] = pf_embedded_plans[i].name;
	return names;
}
