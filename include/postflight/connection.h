/*
 * Where the cluster is and who we are there: from kubeconfig, from the pod's ServiceAccount, or from the command
 * line. Produces the HTTP client and the headers of each request.
 */
#ifndef POSTFLIGHT_CONNECTION_H
#define POSTFLIGHT_CONNECTION_H

#include <stdbool.h>

#include <postflight/arena.h>
#include <postflight/clock.h>
#include <postflight/err.h>
#include <postflight/http.h>

/* What the command line and the environment said. NULL or empty where they said nothing. */
struct pf_connection_options {
	const char *kubeconfig_flag; /* --kubeconfig: this file only */
	const char *kubeconfig_env;  /* KUBECONFIG: a list, merged */
	const char *home;            /* for ~/.kube/config */
	const char *context;
	const char *cluster;
	const char *user;
	const char *server;
	const char *token_file;
	const char *certificate_authority;
	const char *as_user;
	const char *const *as_groups;    /* NULL-terminated, or NULL */
	const char *service_account_dir; /* NULL: /var/run/secrets/kubernetes.io/serviceaccount; tests set it */
	const char *service_host;        /* KUBERNETES_SERVICE_HOST */
	const char *service_port;        /* KUBERNETES_SERVICE_PORT */
	bool interactive;                /* standard input is a terminal: an exec plugin may ask there */
	const char *user_agent;
};

struct pf_connection;

/*
 * Reads and merges the configuration and builds the client. Sends nothing; runs no plugin yet. The order: --server;
 * --kubeconfig; KUBECONFIG; ~/.kube/config; the pod's ServiceAccount. False with ERR (PF_ERR_CONFIG): one sentence
 * naming the file and what to do. *OUT ends with ARENA.
 */
bool pf_connection_open(struct pf_arena *arena, const struct pf_connection_options *options, struct pf_connection **out,
			struct pf_err *err);

/* "kind-dev"; "in-cluster"; "" with --server. Never NULL. */
const char *pf_connection_context(const struct pf_connection *connection);

/* The server's URL without user, password or query. Never NULL. */
const char *pf_connection_server(const struct pf_connection *connection);

/* The context's namespace, else the pod's own; NULL when neither says. */
const char *pf_connection_namespace(const struct pf_connection *connection);

/* Things the report must warn of ("TLS is not verified: …"); NULL-terminated, may be empty. */
const char *const *pf_connection_warnings(const struct pf_connection *connection);

/*
 * Sends the requests with this connection's identity (token re-read, exec plugin run or refreshed when its
 * credential expired, impersonation). A 401 refreshes a plugin's credential once and tries again. Requests'
 * own headers are kept. Otherwise as pf_http_perform; a failing plugin fails each response with its stderr's gist.
 */
void
pf_connection_perform(struct pf_connection *connection, struct pf_arena *arena, const struct pf_http_request *requests,
		      struct pf_http_response *responses, size_t count, struct pf_deadline deadline);

struct pf_http_stats pf_connection_stats(const struct pf_connection *connection);

#endif
