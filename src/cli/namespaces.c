#include "cli/namespaces.h"

#include <stddef.h>
#include <string.h>

#define LABEL_MAX 63

/* A DNS label (RFC 1123): what the API server accepts. */
static bool
is_label(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > LABEL_MAX || name[0] == '-' || name[len - 1] == '-')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

bool
pf_choose_namespace(const struct pf_namespace_sources *sources, const char **out, struct pf_err *err)
{
	const struct {
		const char *name;
		const char *from;
	} order[] = {
		{sources->flag, "--namespace"},
		{sources->environment, "POSTFLIGHT_NAMESPACE"},
		{sources->connection, "the context's namespace"},
		{sources->plan, "the plan's namespace"},
	};

	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		if (order[i].name == NULL)
			continue;
		if (!is_label(order[i].name))
			return pf_fail(err, PF_ERR_USAGE,
				       "%s \"%s\" cannot name a namespace: at most 63 lower-case letters, digits and "
				       "hyphens, none at either end",
				       order[i].from, order[i].name);
		*out = order[i].name;
		return true;
	}
	return pf_fail(err, PF_ERR_USAGE, "nothing names a namespace; say which with -n");
}
