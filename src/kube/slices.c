#include "kube/slices.h"

#include <postflight/json.h>
#include <postflight/str.h>

/* The slice's port for that name; NULL when there is none. */
static const cJSON *
slice_port(const cJSON *slice, const char *name)
{
	const cJSON *port;
	cJSON_ArrayForEach(port, PF_AT(slice, "ports"))
	{
		const char *have = PF_STRING_AT(port, "name");
		if (pf_streq(have != NULL ? have : "", name != NULL ? name : ""))
			return port;
	}
	return NULL;
}

struct pf_slices
pf_slices_read(const cJSON *slices, const char *port_name)
{
	struct pf_slices out = {0};
	const cJSON *slice, *endpoint;
	cJSON_ArrayForEach(slice, slices)
	{
		const cJSON *port = slice_port(slice, port_name);
		int number = (int)PF_INT_AT(port, 0, "port");
		if (number > 0)
			out.port = number;
		cJSON_ArrayForEach(endpoint, PF_AT(slice, "endpoints"))
		{
			/* An absent condition means ready (EndpointConditions: nil is to be taken as true). */
			if (!PF_BOOL_AT(endpoint, true, "conditions", "ready"))
				out.not_ready++;
			else if (number == 0)
				out.without_port++;
			else
				out.ready++;
		}
	}
	return out;
}
