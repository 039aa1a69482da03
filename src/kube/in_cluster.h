/* The ServiceAccount of the pod that we run in. */
#ifndef POSTFLIGHT_KUBE_IN_CLUSTER_H
#define POSTFLIGHT_KUBE_IN_CLUSTER_H

#include <stdbool.h>

#include <postflight/arena.h>
#include <postflight/connection.h>
#include <postflight/err.h>

#include "kube/kubeconfig_login.h"

/* True when the environment and the mounted token say that we run in a pod. */
bool pf_in_cluster_is_possible(struct pf_arena *arena, const struct pf_connection_options *options);

/* The login that the pod was given. False with ERR (PF_ERR_CONFIG) when one of its files cannot be used. */
bool pf_in_cluster_login(struct pf_arena *arena, const struct pf_connection_options *options,
			 const struct pf_login_choice *choice, struct pf_login *out, struct pf_err *err);

/* The pod's own namespace; NULL when we run in none. */
const char *pf_in_cluster_namespace(struct pf_arena *arena, const struct pf_connection_options *options);

/* The same by the names that the pod's resolv.conf searches, for where there are no files of a ServiceAccount. */
const char *pf_in_cluster_searched_namespace(struct pf_arena *arena, const struct pf_connection_options *options);

/* "x" where a search list starts with x.svc.cluster.local, as that of a pod does. NULL else. */
const char *pf_search_namespace(struct pf_arena *arena, const char *const *search);

/* The API server's URL, of the environment. */
const char *pf_in_cluster_server(struct pf_arena *arena, const struct pf_connection_options *options);

/* The folder, for sentences. */
const char *pf_in_cluster_dir(const struct pf_connection_options *options);

#endif
