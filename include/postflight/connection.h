/*
 * Where the cluster is and who we are there: from kubeconfig, from the pod's ServiceAccount, or from the command
 * line. Produces the HTTP client and the headers of each request.
 *
 * Credentials are not sent to a server without TLS (as kubectl), apart from the token of --token-file; both leave a
 * warning. No sentence holds a secret: of files only the path, of plugins never the standard output.
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
	const char *resolv_conf;         /* NULL: /etc/resolv.conf; tests set it */
	const char *service_host;        /* KUBERNETES_SERVICE_HOST */
	const char *service_port;        /* KUBERNETES_SERVICE_PORT */
	bool interactive;                /* standard input is a terminal: an exec plugin may ask there */
	const char *user_agent;
};

struct pf_connection;

/*
 * Reads and merges the configuration and builds the client. Sends nothing; runs no plugin yet. The order: --server;
 * --kubeconfig; KUBECONFIG; ~/.kube/config; the pod's ServiceAccount. Together with --kubeconfig, --context, --cluster
 * or --user, --server only replaces the server of the entry that they choose; --token-file and
 * --certificate-authority replace the chosen entries' wherever they come from. False with ERR (PF_ERR_CONFIG): one
 * sentence naming the file and what to do. OPTIONS must live as long as ARENA. *OUT ends with ARENA.
 */
bool pf_connection_open(struct pf_arena *arena, const struct pf_connection_options *options, struct pf_connection **out,
			struct pf_err *err);

/* The kubeconfig files that OPTIONS lead to, whether they exist or not; ended by NULL. */
const char *const *pf_connection_files(struct pf_arena *arena, const struct pf_connection_options *options);

/*
 * Where pf_connection_open found nothing to go by: true when this is a pod, which KUBERNETES_SERVICE_HOST tells,
 * without a ServiceAccount token. *SERVER is then the API server's URL, *NAMESPACE_ the pod's namespace (NULL: not
 * known), *ERR why the API server cannot be asked.
 */
bool pf_connection_lacks_token(struct pf_arena *arena, const struct pf_connection_options *options, const char **server,
			       const char **namespace_, struct pf_err *err);

/* True when it is the pod's ServiceAccount: this process runs in the cluster that it asks. */
bool pf_connection_in_cluster(const struct pf_connection *connection);

/* "kind-dev"; "in-cluster"; "" with --server. Never NULL. */
const char *pf_connection_context(const struct pf_connection *connection);

/* The server's URL without user, password or query. Never NULL. */
const char *pf_connection_server(const struct pf_connection *connection);

/* The context's namespace, else the pod's own; NULL when neither says. */
const char *pf_connection_namespace(const struct pf_connection *connection);

/* Things the report must warn of ("TLS is not verified: …"); NULL-terminated, may be empty. */
const char *const *pf_connection_warnings(const struct pf_connection *connection);

/*
 * Sends the requests with this connection's identity (token file re-read after a minute, exec plugin run when there
 * is no credential or it expires within 10 s, impersonation). A 401 makes it read or run again, and what was refused
 * is sent once more if that brought another credential. Requests' own headers are kept, an Authorization too.
 * Otherwise as pf_http_perform; a failing plugin fails each response with its stderr's gist and is not asked again
 * for half a minute.
 */
void
pf_connection_perform(struct pf_connection *connection, struct pf_arena *arena, const struct pf_http_request *requests,
		      struct pf_http_response *responses, size_t count, struct pf_deadline deadline);

/* The same for a wave with WebSockets; the identity takes the place of its SOCKET_HEADERS. */
void pf_connection_perform_wave(struct pf_connection *connection, struct pf_arena *arena,
				const struct pf_http_wave *wave, struct pf_deadline deadline);

/* For a request that goes another way than pf_connection_perform: under whom to send it. */
struct pf_connection_identity {
	struct pf_http *http; /* a later identity may have another one, with a newer certificate */
	const struct pf_http_header *headers;
	size_t header_count;
};

/* The identity of the moment, in ARENA; reads a token file or runs a plugin as needed. False with ERR. */
bool pf_connection_identify(struct pf_connection *connection, struct pf_arena *arena, struct pf_deadline deadline,
			    struct pf_connection_identity *out, struct pf_err *err);

/* The server answered 401 to the last identity: the next one is a newer one, if there is any. */
void pf_connection_reject(struct pf_connection *connection);

struct pf_http_stats pf_connection_stats(const struct pf_connection *connection);

#endif
