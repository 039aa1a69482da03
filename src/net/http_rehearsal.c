/*
 * The trial of CA, certificate and key before anything is sent: libcurl loads them when a connection is made, so one
 * is made to a socket of our own, whose other end says nothing but goodbye. Loading fails with codes of its own; any
 * other failure means that all was loaded.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <postflight/file.h>

#include "http_internal.h"

#define NAME_CAP sizeof(((struct sockaddr_un *)NULL)->sun_path)

/* Listens on an abstract Unix socket whose name the kernel chooses; NAME is it. Negative when that fails. */
static int
listen_somewhere(char name[NAME_CAP])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(sa_family_t)) != 0 || listen(fd, 1) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
		pf_close_fd(&fd);
		return -1;
	}
	/* The name starts behind a NUL and ends where the address does. */
	memset(name, 0, NAME_CAP);
	memcpy(name, address.sun_path + 1, (size_t)len - offsetof(struct sockaddr_un, sun_path) - 1);
	return fd;
}

/* Hangs up on whoever has connected; true once that was done. */
static bool
hang_up(int listener, int *peer)
{
	if (*peer < 0) {
		*peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		/* For writing only: a closed end would raise SIGPIPE in the one that still speaks. */
		if (*peer >= 0)
			shutdown(*peer, SHUT_WR);
	}
	return *peer >= 0;
}

static CURLcode
perform(CURL *curl, int listener)
{
	PF_AUTO_FD peer = -1;
	CURLM *multi = curl_multi_init();
	const CURLMsg *message;
	CURLcode code = CURLE_OK;
	int running = 1, rest;

	if (multi == NULL || curl_multi_add_handle(multi, curl) != CURLM_OK)
		pf_out_of_memory();
	while (curl_multi_perform(multi, &running) == CURLM_OK && running > 0)
		curl_multi_poll(multi, NULL, 0, hang_up(listener, &peer) ? 100 : 1, NULL);
	message = curl_multi_info_read(multi, &rest);
	if (message != NULL)
		code = message->data.result;
	curl_multi_remove_handle(multi, curl);
	curl_multi_cleanup(multi);
	return code;
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

static bool
fail_ca(const struct pf_http *http, struct pf_err *err)
{
	return pf_fail(err, PF_ERR_CONFIG,
		       "the certificate authority for %s holds no readable PEM certificate: give one that starts with "
		       "-----BEGIN CERTIFICATE-----",
		       http->origin.authority);
}

bool
pf_http_rehearse_tls(const struct pf_http *http, struct pf_err *err)
{
	struct pf_http_easy easy;
	char name[NAME_CAP];
	PF_AUTO_FD listener = -1;
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
	/* Without a socket the first request will tell. */
	listener = listen_somewhere(name);
	if (listener < 0)
		return true;
	good = pf_http_easy(http, "/", NULL, 0, &easy, err);
	if (good) {
		/* An address, so that no name is resolved. */
		curl_easy_setopt(easy.curl, CURLOPT_URL, "https://127.0.0.1/");
		curl_easy_setopt(easy.curl, CURLOPT_ABSTRACT_UNIX_SOCKET, name);
		curl_easy_setopt(easy.curl, CURLOPT_CONNECT_TO, NULL);
		curl_easy_setopt(easy.curl, CURLOPT_PROXY, "");
		curl_easy_setopt(easy.curl, CURLOPT_TIMEOUT_MS, 1000L);
		code = perform(easy.curl, listener);
		if (code == CURLE_SSL_CERTPROBLEM)
			good = fail_certificate(http, &easy, err);
		else if (code == CURLE_SSL_CACERT_BADFILE)
			good = fail_ca(http, err);
	}
	pf_http_easy_end(&easy);
	return good;
}
