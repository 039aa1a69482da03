/*
 * The trial of CA, certificate and key before anything is sent: libcurl loads them when a connection is made, so one
 * is made to a socket pair whose other end says nothing but goodbye. Loading fails with a code of its own; any other
 * failure means that they load.
 */
#include <string.h>
#include <sys/socket.h>

#include <postflight/file.h>

#include "http_internal.h"

/* The other end stays open until all is over: writing to a closed one raises SIGPIPE. */
static curl_socket_t
open_pair(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	int *other = context, ends[2];

	(void)purpose;
	(void)address;
	if (*other >= 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return CURL_SOCKET_BAD;
	*other = ends[1];
	shutdown(ends[1], SHUT_WR);
	return ends[0];
}

static int
already_connected(void *context, curl_socket_t fd, curlsocktype purpose)
{
	(void)context;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static bool
holds(struct pf_blob blob, const char *text)
{
	return blob.len > 0 && memmem(blob.p, blob.len, text, strlen(text)) != NULL;
}

static bool
fail_certificate(const struct pf_http *http, const struct pf_http_easy *easy, struct pf_err *err)
{
	struct pf_blob key = http->config.client_key.len > 0 ? http->config.client_key : http->config.client_cert;

	if (!holds(http->config.client_cert, "-----BEGIN CERTIFICATE-----"))
		return pf_fail(err, PF_ERR_CONFIG,
			       "the client certificate for %s is no PEM certificate: give one that starts with "
			       "-----BEGIN CERTIFICATE-----",
			       http->origin.authority);
	if (!holds(key, "PRIVATE KEY-----"))
		return pf_fail(err, PF_ERR_CONFIG,
			       "the client certificate for %s comes without a private key in PEM: give its key, too",
			       http->origin.authority);
	if (holds(key, "ENCRYPTED"))
		return pf_fail(err, PF_ERR_CONFIG,
			       "the client key for %s is encrypted: give a key without a pass phrase",
			       http->origin.authority);
	return pf_fail(err, PF_ERR_CONFIG,
		       "the client certificate and key for %s cannot be used (%s): give a certificate and the key that "
		       "belongs to it",
		       http->origin.authority, easy->message);
}

bool
pf_http_rehearse_tls(const struct pf_http *http, struct pf_err *err)
{
	struct pf_http_easy easy;
	PF_AUTO_FD other = -1;
	CURLcode code;
	bool good;

	if (!http->origin.tls)
		return true;
	if (http->config.client_key.len > 0 && http->config.client_cert.len == 0)
		return pf_fail(err, PF_ERR_CONFIG,
			       "a client key without its certificate is configured for %s: give both",
			       http->origin.authority);
	if (http->config.ca.len == 0 && http->config.client_cert.len == 0)
		return true;
	good = pf_http_easy(http, "/", NULL, 0, &easy, err);
	if (good) {
		/* An address, so that no name is resolved; the socket goes nowhere in any case. */
		curl_easy_setopt(easy.curl, CURLOPT_URL, "https://127.0.0.1/");
		curl_easy_setopt(easy.curl, CURLOPT_CONNECT_TO, NULL);
		curl_easy_setopt(easy.curl, CURLOPT_PROXY, "");
		curl_easy_setopt(easy.curl, CURLOPT_OPENSOCKETFUNCTION, open_pair);
		curl_easy_setopt(easy.curl, CURLOPT_OPENSOCKETDATA, &other);
		curl_easy_setopt(easy.curl, CURLOPT_SOCKOPTFUNCTION, already_connected);
		curl_easy_setopt(easy.curl, CURLOPT_TIMEOUT_MS, 1000L);
		code = curl_easy_perform(easy.curl);
		if (code == CURLE_SSL_CERTPROBLEM)
			good = fail_certificate(http, &easy, err);
		else if (code == CURLE_SSL_CACERT_BADFILE)
			good = pf_fail(
				err, PF_ERR_CONFIG,
				"the certificate authority for %s holds no PEM certificate: give one that starts "
				"with -----BEGIN CERTIFICATE-----",
				http->origin.authority);
	}
	pf_http_easy_end(&easy);
	return good;
}
