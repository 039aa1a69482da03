#include <postflight/connection.h>

#include <string.h>

#include <postflight/str.h>

#include "kube/connection_state.h"
#include "kube/in_cluster.h"

static void
warn(struct pf_connection *connection, const char *sentence)
{
	size_t i = 0;

	while (connection->warnings[i] != NULL)
		i++;
	if (i < PF_CONNECTION_WARNINGS)
		connection->warnings[i] = sentence;
}

/* What the command line says of impersonation goes over what the kubeconfig says. */
static void
override_impersonation(struct pf_login_user *user, const struct pf_connection_options *options)
{
	if (options->as_user != NULL && *options->as_user != '\0')
		user->as_user = options->as_user;
	if (options->as_groups != NULL && options->as_groups[0] != NULL)
		user->as_groups = options->as_groups;
}

/* A token beats a password, a password beats a plugin; a certificate goes with any. */
static void
choose_credentials(struct pf_connection *connection)
{
	const struct pf_login_user *user = &connection->login.user;

	connection->config.client_cert = user->client_cert;
	connection->config.client_key = user->client_key;
	connection->token = user->token;
	connection->token_file = user->token_file;
	if (user->token == NULL && user->token_file == NULL && (user->username != NULL || user->password != NULL)) {
		connection->config.basic_user = user->username != NULL ? user->username : "";
		connection->config.basic_password = user->password != NULL ? user->password : "";
	} else if (user->token == NULL && user->token_file == NULL) {
		connection->plugin = user->plugin;
	}
}

/*
 * Without TLS anybody on the way can read what is sent: as kubectl, we keep credentials to ourselves, unless the
 * command line itself names the token.
 */
static void
choose_credentials_without_tls(struct pf_connection *connection, const struct pf_connection_options *options,
			       bool url_has_user)
{
	const struct pf_login_user *user = &connection->login.user;

	if (options->token_file != NULL && *options->token_file != '\0') {
		connection->token_file = user->token_file;
		warn(connection, pf_printf(connection->arena,
					   "the token of --token-file is sent unencrypted, because %s is not https",
					   connection->server));
	} else if (user->token != NULL || user->token_file != NULL || user->username != NULL || user->plugin != NULL ||
		   user->client_cert.len > 0 || url_has_user) {
		warn(connection, pf_printf(connection->arena,
					   "credentials are not sent, because %s is not https; the server sees an "
					   "anonymous user",
					   connection->server));
	}
}

static bool
configure(struct pf_connection *connection, const struct pf_connection_options *options, struct pf_err *err)
{
	const struct pf_login_cluster *cluster = &connection->login.cluster;
	struct pf_connection_url url;

	if (!pf_connection_url(connection->arena, cluster->server, &url, err))
		return pf_fail_in(err, "%s", cluster->where);
	connection->server = url.shown;
	connection->config = (struct pf_http_config){
		.base_url = url.shown,
		.ca = cluster->ca,
		.insecure = cluster->insecure,
		.tls_server_name = cluster->tls_server_name,
		.proxy_url = cluster->proxy_url,
		.user_agent = options->user_agent,
	};
	if (!url.tls) {
		choose_credentials_without_tls(connection, options, !pf_streq(url.with_user, url.shown));
		return true;
	}
	choose_credentials(connection);
	if (connection->token == NULL && connection->token_file == NULL && !pf_streq(url.with_user, url.shown)) {
		connection->config.base_url = url.with_user;
		connection->plugin = NULL;
	}
	if (cluster->insecure)
		warn(connection,
		     pf_printf(connection->arena,
			       "TLS is not verified: %s sets insecure-skip-tls-verify, so anybody on the way "
			       "can answer in the server's name",
			       cluster->where));
	return true;
}

bool
pf_connection_open(struct pf_arena *arena, const struct pf_connection_options *options, struct pf_connection **out,
		   struct pf_err *err)
{
	struct pf_connection *connection = pf_alloc(arena, sizeof(*connection));
	const char *warning = NULL;

	connection->arena = arena;
	connection->terminal = options->interactive;
	if (!pf_connection_source(arena, options, &connection->login, &warning, err))
		return false;
	if (warning != NULL)
		warn(connection, warning);
	connection->namespace_ = connection->login.namespace_;
	if (connection->namespace_ == NULL)
		connection->namespace_ = pf_in_cluster_namespace(arena, options);
	if (connection->namespace_ == NULL && connection->login.in_cluster)
		connection->namespace_ = pf_in_cluster_searched_namespace(arena, options);
	override_impersonation(&connection->login.user, options);
	if (!configure(connection, options, err) || !pf_connection_impersonate(connection, err))
		return false;
	if ((connection->token != NULL || connection->token_file != NULL) && !pf_connection_read_token(connection, err))
		return false;
	if (!pf_http_new(arena, &connection->config, &connection->http, err))
		return pf_fail_in(err, "%s, %s", connection->login.cluster.where, connection->login.user.where);
	*out = connection;
	return true;
}

const char *
pf_connection_context(const struct pf_connection *connection)
{
	return connection->login.context;
}

bool
pf_connection_in_cluster(const struct pf_connection *connection)
{
	return connection->login.in_cluster;
}

const char *
pf_connection_server(const struct pf_connection *connection)
{
	return connection->server;
}

const char *
pf_connection_namespace(const struct pf_connection *connection)
{
	return connection->namespace_;
}

const char *const *
pf_connection_warnings(const struct pf_connection *connection)
{
	return connection->warnings;
}

struct pf_http_stats
pf_connection_stats(const struct pf_connection *connection)
{
	struct pf_http_stats stats = pf_http_stats(connection->http);

	stats.connections += connection->past.connections;
	stats.requests += connection->past.requests;
	return stats;
}
