/* A cluster and who we are there, as one context of a kubeconfig says, or the command line, or the pod we run in. */
#ifndef POSTFLIGHT_KUBE_KUBECONFIG_LOGIN_H
#define POSTFLIGHT_KUBE_KUBECONFIG_LOGIN_H

#include <stdbool.h>

#include <postflight/arena.h>
#include <postflight/err.h>
#include <postflight/http.h>

#include "kube/exec_plugin.h"
#include "kube/kubeconfig.h"

struct pf_login_cluster {
	const char *where;  /* cluster "dev" in FILE */
	const char *server; /* as written */
	const char *tls_server_name;
	const char *proxy_url;
	bool insecure;
	struct pf_blob ca;
	const cJSON *exec_config; /* the extension that plugins may want */
};

struct pf_login_extra {
	const char *key;
	const char *const *values; /* ended by NULL */
};

/* NULL and empty where nothing was said. */
struct pf_login_user {
	const char *where; /* user "dev" in FILE */
	const char *token;
	const char *token_file; /* wins over TOKEN, re-read as it rotates */
	const char *username;
	const char *password;
	struct pf_blob client_cert;
	struct pf_blob client_key;
	const struct pf_exec_plugin *plugin;
	const char *as_user;
	const char *as_uid;
	const char *const *as_groups; /* ended by NULL */
	const struct pf_login_extra *as_extra;
	size_t as_extra_count;
};

struct pf_login {
	const char *context;    /* "" when the command line names the cluster by itself */
	const char *namespace_; /* NULL: the context does not say */
	bool in_cluster;        /* it is that of the pod that this process runs in */
	struct pf_login_cluster cluster;
	struct pf_login_user user;
};

/* What the command line wants instead of what the kubeconfig says. NULL: nothing. */
struct pf_login_choice {
	const char *context;
	const char *cluster;
	const char *user;
	const char *server;                /* --server: the cluster's own need not be there */
	const char *token_file;            /* --token-file: the user's own credentials are not read */
	const char *certificate_authority; /* --certificate-authority: the cluster's own is not read */
};

/*
 * Follows CHOICE, or the current context, through CONFIG. False with ERR (PF_ERR_CONFIG), a sentence that names the
 * entry and its file.
 */
bool pf_login_of_kubeconfig(struct pf_arena *arena, const struct pf_kubeconfig *config,
			    const struct pf_login_choice *choice, struct pf_login *out, struct pf_err *err);

/* Reads a cluster entry; a user entry; one without a file is none of a kubeconfig. CHOICE's server, CA and token file
 * replace the entry's. */
bool pf_login_cluster(struct pf_arena *arena, const struct pf_kubeconfig_entry *entry,
		      const struct pf_login_choice *choice, struct pf_login_cluster *out, struct pf_err *err);
bool pf_login_user(struct pf_arena *arena, const struct pf_kubeconfig_entry *entry,
		   const struct pf_login_choice *choice, struct pf_login_user *out, struct pf_err *err);

#endif
