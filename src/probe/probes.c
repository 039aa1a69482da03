#include "probe/probes.h"

#include <stddef.h>

const struct pf_probe *const pf_probes[] = {
	&pf_probe_cluster,     &pf_probe_deployment,  &pf_probe_service, &pf_probe_env,
	&pf_probe_credentials, &pf_probe_endpoint,    &pf_probe_flag,    &pf_probe_frontend,
	&pf_probe_dns,         &pf_probe_tcp,         &pf_probe_answers, &pf_probe_table,
	&pf_probe_app,         &pf_probe_persistence, &pf_probe_logs,    NULL,
};

#define COUNT (sizeof(pf_probes) / sizeof(pf_probes[0]))

const struct pf_descriptor *const *
pf_probe_descriptors(void)
{
	static const struct pf_descriptor *descriptors[COUNT];
	for (size_t i = 0; i + 1 < COUNT; i++)
		descriptors[i] = &pf_probes[i]->desc;
	return descriptors;
}
