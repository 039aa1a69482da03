/*
 * Exec credential plugins (client.authentication.k8s.io/v1 and v1beta1): a program that prints who we are.
 *
 * What it prints on standard output is secret and appears in no sentence; of its standard error a sentence shows one
 * line, without words that could be a token.
 */
#ifndef POSTFLIGHT_KUBE_EXEC_PLUGIN_H
#define POSTFLIGHT_KUBE_EXEC_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/clock.h>
#include <postflight/err.h>
#include <postflight/http.h>

enum pf_exec_mode { PF_EXEC_NEVER, PF_EXEC_IF_AVAILABLE, PF_EXEC_ALWAYS };

struct pf_exec_env {
	const char *name;
	const char *value;
};

struct pf_exec_plugin {
	const char *where; /* user "dev" in FILE */
	const char *api_version;
	const char *command;     /* absolute, or a name for PATH */
	const char *const *args; /* ended by NULL; NULL: none */
	const struct pf_exec_env *env;
	size_t env_count;
	const char *install_hint; /* NULL: none */
	bool provide_cluster_info;
	enum pf_exec_mode mode;
};

/* What a plugin is told of the cluster when it asks. */
struct pf_exec_cluster {
	const char *server;
	const char *tls_server_name; /* NULL: none */
	const char *proxy_url;       /* NULL: none */
	bool insecure;
	struct pf_blob ca;
	const cJSON *config; /* the cluster's extension for plugins; NULL: none */
};

/* A token, or a certificate and its key, or both. */
struct pf_exec_credential {
	const char *token; /* NULL: none */
	struct pf_blob client_cert;
	struct pf_blob client_key;
	int64_t expires_wall_ms; /* INT64_MAX: it does not say */
};

/*
 * Runs the plugin, TERMINAL saying whether somebody at standard input can answer it. False with ERR: PF_ERR_CONFIG
 * when it cannot be run or its answer is no credential; PF_ERR_UNAUTHORIZED when it failed; PF_ERR_TIMEOUT after
 * DEADLINE or a minute; PF_ERR_INTERRUPTED.
 */
bool pf_exec_plugin_run(const struct pf_exec_plugin *plugin, const struct pf_exec_cluster *cluster, bool terminal,
			struct pf_arena *arena, struct pf_deadline deadline, struct pf_exec_credential *out,
			struct pf_err *err);

/* Reads what a plugin of API_VERSION printed. False with ERR: what is wrong with it, without a word of it. */
bool pf_exec_credential_parse(struct pf_arena *arena, const char *api_version, const char *text, size_t len,
			      struct pf_exec_credential *out, struct pf_err *err);

/*
 * The line of a program's standard error that says most: the last that speaks of an error, else the last. Words that
 * could be a secret are replaced by "…", lines with a credential left out. "" when there is none.
 */
const char *pf_exec_gist(struct pf_arena *arena, const char *text);

#endif
