/* Who we are, at the moment of a request: tokens rotate, plugins' credentials expire. */
#include <stdlib.h>
#include <string.h>

#include <postflight/file.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/connection_state.h"
#include "kube/kubeconfig_field.h"

/* Tokens of ServiceAccounts rotate at four fifths of their life; nobody notices a minute. */
#define TOKEN_AGE_MS 60000

/* A credential that ends within this time may end on the way. */
#define EXPIRY_MARGIN_MS 10000

/* A dozen checks need not wait for the same failing plugin. */
#define PLUGIN_PAUSE_MS 30000

#define TOKEN_CAP ((size_t)64 << 10)

static char *
trimmed(struct pf_arena *arena, const char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	return pf_strndup(arena, text, len);
}

static bool
read_token_file(struct pf_connection *connection, struct pf_err *err)
{
	struct pf_arena *scratch = pf_arena_new();
	const char *path = connection->token_file;
	char *text, *token;
	size_t len;
	bool ok = pf_file_read(scratch, path, TOKEN_CAP, &text, &len, err);

	if (!ok) {
		pf_fail(err, PF_ERR_CONFIG, "the token of %s: %s", connection->login.user.where, err->text);
	} else {
		token = trimmed(scratch, text);
		if (*token == '\0')
			ok = pf_fail(err, PF_ERR_CONFIG, "the token file %s of %s is empty", path,
				     connection->login.user.where);
		else if (!pf_fits_header(token) || memchr(text, '\0', len) != NULL)
			ok = pf_fail(err, PF_ERR_CONFIG, "the token file %s of %s holds more than one line", path,
				     connection->login.user.where);
		else if (!pf_streq(token, connection->token))
			connection->token = pf_strdup(connection->arena, token);
	}
	pf_arena_free(scratch);
	return ok;
}

bool
pf_connection_read_token(struct pf_connection *connection, struct pf_err *err)
{
	bool had = connection->token != NULL;

	connection->token_read_ms = pf_monotonic_ms();
	if (connection->token_file != NULL)
		return read_token_file(connection, err) || had;
	connection->token = trimmed(connection->arena, connection->token);
	if (!pf_fits_header(connection->token))
		return pf_fail(err, PF_ERR_CONFIG, "%s: the token has a line break in it; paste it again, on one line",
			       connection->login.user.where);
	return true;
}

/* A new certificate needs a new client: connections are bound to the old one. */
static bool
use_credential(struct pf_connection *connection, const struct pf_exec_credential *fresh, struct pf_err *err)
{
	struct pf_exec_credential credential = *fresh;
	struct pf_http_config config = connection->config;
	struct pf_arena *arena = connection->arena;
	struct pf_http_stats stats;
	struct pf_http *http;

	if (credential.token != NULL)
		credential.token = pf_strdup(arena, credential.token);
	if (credential.client_cert.len > 0) {
		credential.client_cert.p = pf_strndup(arena, fresh->client_cert.p, fresh->client_cert.len);
		credential.client_key.p = pf_strndup(arena, fresh->client_key.p, fresh->client_key.len);
		config.client_cert = credential.client_cert;
		config.client_key = credential.client_key;
		if (!pf_http_new(arena, &config, &http, err))
			return pf_fail_in(err, "%s: the credential plugin's certificate", connection->login.user.where);
		stats = pf_http_stats(connection->http);
		connection->past.connections += stats.connections;
		connection->past.requests += stats.requests;
		connection->config = config;
		connection->http = http;
	}
	connection->credential = credential;
	connection->has_credential = true;
	return true;
}

static bool
run_plugin(struct pf_connection *connection, struct pf_deadline deadline, struct pf_err *err)
{
	const struct pf_login_cluster *cluster = &connection->login.cluster;
	const struct pf_exec_cluster told = {
		.server = connection->server,
		.tls_server_name = cluster->tls_server_name,
		.proxy_url = cluster->proxy_url,
		.insecure = cluster->insecure,
		.ca = cluster->ca,
		.config = cluster->exec_config,
	};
	struct pf_arena *scratch;
	struct pf_exec_credential fresh;
	bool ok;

	if (connection->plugin_failed_ms != 0 && pf_monotonic_ms() - connection->plugin_failed_ms < PLUGIN_PAUSE_MS) {
		*err = connection->plugin_err;
		return false;
	}
	scratch = pf_arena_new();
	ok = pf_exec_plugin_run(connection->plugin, &told, connection->terminal, scratch, deadline, &fresh, err) &&
	     use_credential(connection, &fresh, err);
	pf_arena_free(scratch);
	connection->plugin_failed_ms = 0;
	if (!ok && err->kind != PF_ERR_INTERRUPTED) {
		connection->plugin_failed_ms = pf_monotonic_ms();
		connection->plugin_err = *err;
	}
	return ok;
}

/* A server that refuses also the newer credential will refuse the next one: the plugin is left alone for a while. */
static bool
is_fresh(const struct pf_connection *connection, bool refused)
{
	if (refused)
		return connection->replaced_ms != 0 && pf_monotonic_ms() - connection->replaced_ms < PLUGIN_PAUSE_MS;
	return connection->credential.expires_wall_ms > pf_wall_ms() + EXPIRY_MARGIN_MS;
}

bool
pf_connection_renew(struct pf_connection *connection, bool refused, struct pf_deadline deadline, struct pf_err *err)
{
	if (connection->token_file != NULL) {
		if (refused || pf_monotonic_ms() - connection->token_read_ms >= TOKEN_AGE_MS)
			return pf_connection_read_token(connection, err);
		return true;
	}
	if (connection->plugin == NULL)
		return true;
	if (connection->has_credential && is_fresh(connection, refused))
		return true;
	if (connection->has_credential && refused)
		connection->replaced_ms = pf_monotonic_ms();
	return run_plugin(connection, deadline, err);
}
