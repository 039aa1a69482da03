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

/* An absent condition means ready (EndpointConditions: nil is to be taken as true). */
static bool
is_ready(const cJSON *endpoint)
{
	const cJSON *ready = PF_AT(endpoint, "conditions", "ready");
	return cJSON_IsObject(endpoint) && (ready == NULL || cJSON_IsNull(ready) || cJSON_IsTrue(ready));
}

static void
add_slice(struct pf_slices *out, const cJSON *slice, const char *port_name)
{
	int64_t number = PF_INT_AT(slice_port(slice, port_name), 0, "port");
	bool has_port = number > 0 && number <= 65535;
	const cJSON *endpoint;
	if (has_port)
		out->port = (int)number;
	cJSON_ArrayForEach(endpoint, PF_AT(slice, "endpoints"))
	{
		if (!is_ready(endpoint))
			out->not_ready++;
		else if (!has_port)
			out->without_port++;
		else
			out->ready++;
	}
}

struct pf_slices
pf_slices_read(const cJSON *slices, const char *port_name)
{
	/* Of two address families each has every pod: they are not added up. */
	struct pf_slices ipv4 = {0}, ipv6 = {0};
	const cJSON *slice;
	cJSON_ArrayForEach(slice, slices)
	{
		bool second = pf_streq(PF_STRING_AT(slice, "addressType"), "IPv6");
		add_slice(second ? &ipv6 : &ipv4, slice, port_name);
	}
	return ipv4.ready + ipv4.not_ready + ipv4.without_port > 0 ? ipv4 : ipv6;
}
