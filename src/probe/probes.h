/* The kinds of probes, one file each. */
#ifndef PROBE_PROBES_H
#define PROBE_PROBES_H

#include <postflight/probe.h>

extern const struct pf_probe pf_probe_cluster;
extern const struct pf_probe pf_probe_deployment;
extern const struct pf_probe pf_probe_service;
extern const struct pf_probe pf_probe_env;
extern const struct pf_probe pf_probe_credentials;
extern const struct pf_probe pf_probe_endpoint;
extern const struct pf_probe pf_probe_flag;
extern const struct pf_probe pf_probe_frontend;
extern const struct pf_probe pf_probe_dns;
extern const struct pf_probe pf_probe_tcp;
extern const struct pf_probe pf_probe_answers;
extern const struct pf_probe pf_probe_table;
extern const struct pf_probe pf_probe_app;
extern const struct pf_probe pf_probe_logs;
extern const struct pf_probe pf_probe_persistence;

#endif
