/* What the files of a connection share. */
#ifndef POSTFLIGHT_KUBE_CONNECTION_STATE_H
#define POSTFLIGHT_KUBE_CONNECTION_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/connection.h>

#include "kube/exec_plugin.h"
#include "kube/kubeconfig_login.h"

#define PF_CONNECTION_WARNINGS 8

struct pf_connection {
	struct pf_arena *arena;
	struct pf_login login;
	const char *server; /* without anything secret */
	const char *namespace_;
	const char *warnings[PF_CONNECTION_WARNINGS + 1];
	bool terminal; /* somebody at standard input can answer a plugin */

	struct pf_http_config config;
	struct pf_http *http;
	struct pf_http_stats past; /* of clients that a newer certificate has replaced */

	const char *token;      /* from the kubeconfig or TOKEN_FILE; NULL: none is sent */
	const char *token_file; /* NULL: TOKEN is for good */
	int64_t token_read_ms;  /* monotonic */

	const struct pf_exec_plugin *plugin; /* NULL: none is asked */
	struct pf_exec_credential credential;
	bool has_credential;
	bool is_rejected;         /* a 401 came for it */
	int64_t replaced_ms;      /* monotonic: when a 401 last made the plugin run; 0: it has not */
	struct pf_err plugin_err; /* why it failed the last time */
	int64_t plugin_failed_ms; /* monotonic; 0: it has not */

	struct pf_http_header *impersonation;
	size_t impersonation_count;
};

/* ---- connection_source.c ---- */

/*
 * Decides where the cluster is looked for, and finds it there. *WARNING is a sentence for the report, NULL for none.
 */
bool pf_connection_source(struct pf_arena *arena, const struct pf_connection_options *options, struct pf_login *out,
			  const char **warning, struct pf_err *err);

/* ---- connection_credential.c ---- */

/* A server's URL taken apart: SHOWN has nothing secret, WITH_USER still has the user's name and password. */
struct pf_connection_url {
	const char *shown;
	const char *with_user; /* equal to SHOWN when it names no user */
	bool tls;
};

/* False with ERR, a sentence about "the server", when TEXT is no http or https URL. */
bool pf_connection_url(struct pf_arena *arena, const char *text, struct pf_connection_url *out, struct pf_err *err);

/* Reads the token file anew. Keeps the present token when that fails; false with ERR when there is none. */
bool pf_connection_read_token(struct pf_connection *connection, struct pf_err *err);

/* Sees to it that there is a credential that has not expired. REFUSED: a 401 came for the present one. */
bool
pf_connection_renew(struct pf_connection *connection, bool refused, struct pf_deadline deadline, struct pf_err *err);

/* Fills the impersonation headers from the login. */
bool pf_connection_impersonate(struct pf_connection *connection, struct pf_err *err);

#endif
