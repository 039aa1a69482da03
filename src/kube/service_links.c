#include "kube/service_links.h"

#include <ctype.h>

#include <postflight/json.h>
#include <postflight/str.h>

static char *
link_name(struct pf_arena *arena, const char *text)
{
	char *name = pf_strdup(arena, text);
	for (char *p = name; *p != '\0'; p++)
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
	return name;
}

void
pf_service_links(struct pf_arena *arena, const cJSON *services,
		 void (*add)(void *context, const char *name, const char *value), void *context)
{
	const cJSON *service, *port;
	cJSON_ArrayForEach(service, services)
	{
		const char *ip = PF_STRING_AT(service, "spec", "clusterIP");
		const char *plain = PF_STRING_AT(service, "metadata", "name");
		const cJSON *ports = PF_AT(service, "spec", "ports");
		const cJSON *first = cJSON_GetArrayItem(ports, 0);
		if (plain == NULL || ip == NULL || ip[0] == '\0' || pf_streq(ip, "None") || first == NULL)
			continue;
		const char *name = link_name(arena, plain);
		int number = (int)PF_INT_AT(first, 0, "port");
		const char *host = strchr(ip, ':') != NULL ? pf_printf(arena, "[%s]", ip) : ip;

		add(context, pf_printf(arena, "%s_SERVICE_HOST", name), ip);
		add(context, pf_printf(arena, "%s_SERVICE_PORT", name), pf_printf(arena, "%d", number));
		cJSON_ArrayForEach(port, ports)
		{
			const char *port_name = PF_STRING_AT(port, "name");
			const char *protocol = PF_STRING_AT(port, "protocol");
			const char *upper = protocol != NULL ? link_name(arena, protocol) : "TCP";
			const char *lower = pf_streq(upper, "UDP") ? "udp" : pf_streq(upper, "SCTP") ? "sctp" : "tcp";
			int n = (int)PF_INT_AT(port, 0, "port");
			const char *url = pf_printf(arena, "%s://%s:%d", lower, host, n);
			const char *prefix = pf_printf(arena, "%s_PORT_%d_%s", name, n, upper);
			if (port_name != NULL && port_name[0] != '\0')
				add(context, pf_printf(arena, "%s_SERVICE_PORT_%s", name, link_name(arena, port_name)),
				    pf_printf(arena, "%d", n));
			if (port == first)
				add(context, pf_printf(arena, "%s_PORT", name), url);
			add(context, prefix, url);
			add(context, pf_printf(arena, "%s_PROTO", prefix), lower);
			add(context, pf_printf(arena, "%s_PORT", prefix), pf_printf(arena, "%d", n));
			add(context, pf_printf(arena, "%s_ADDR", prefix), ip);
		}
	}
}
