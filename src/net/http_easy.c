/* One easy handle with everything that belongs to the client: whoever speaks to this server starts from it. */
#include <string.h>
#include <strings.h>

#include <postflight/str.h>

#include "http_internal.h"

/* A watch is silent for minutes: without this, a connection that a NAT forgot is noticed only at the deadline. */
#define KEEPALIVE_S 30L

/* Log streams come at 20 MB/s and more. */
#define RECEIVE_BUFFER (64L * 1024)

/* Sets an option unless one before failed: a handle with half its options would be a handle without verification. */
#define SET(option, value)                                                                                             \
	do {                                                                                                           \
		if (code == CURLE_OK)                                                                                  \
			code = curl_easy_setopt(curl, (option), (value));                                              \
	} while (0)

static struct curl_blob
blob_of(struct pf_blob blob)
{
	/* libcurl takes the bytes as not const, but with NOCOPY only reads them. */
	return (struct curl_blob){(void *)(uintptr_t)blob.p, blob.len, CURL_BLOB_NOCOPY};
}

static CURLcode
set_trust(const struct pf_http *http, CURL *curl)
{
	CURLcode code = CURLE_OK;
	struct curl_blob ca = blob_of(http->config.ca);

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (http->config.ca.len > 0) {
		SET(CURLOPT_CAINFO_BLOB, &ca);
		/* Distributions build in a folder of public CAs, which would be trusted beside the one given. */
		SET(CURLOPT_CAINFO, NULL);
		SET(CURLOPT_CAPATH, NULL);
	} else {
		if (http->ca_file != NULL)
			SET(CURLOPT_CAINFO, http->ca_file);
		if (http->ca_dir != NULL)
			SET(CURLOPT_CAPATH, http->ca_dir);
	}
	SET(CURLOPT_SSL_VERIFYPEER, http->config.insecure ? 0L : 1L);
	SET(CURLOPT_SSL_VERIFYHOST, http->config.insecure ? 0L : 2L);
	return code;
}

static CURLcode
set_identity(const struct pf_http *http, CURL *curl)
{
	CURLcode code = CURLE_OK;
	struct curl_blob cert = blob_of(http->config.client_cert), key = blob_of(http->config.client_key);
	const char *user = http->config.basic_user != NULL ? http->config.basic_user : http->origin.user;
	const char *password = http->config.basic_user != NULL ? http->config.basic_password : http->origin.password;

	if (cert.len > 0) {
		SET(CURLOPT_SSLCERTTYPE, "PEM");
		SET(CURLOPT_SSLCERT_BLOB, &cert);
		SET(CURLOPT_SSLKEYTYPE, "PEM");
		/* Without a pass phrase OpenSSL would ask for one on the terminal. */
		SET(CURLOPT_KEYPASSWD, "");
		SET(CURLOPT_SSLKEY_BLOB, key.len > 0 ? &key : &cert);
	}
	if (user != NULL) {
		SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		SET(CURLOPT_USERNAME, user);
		SET(CURLOPT_PASSWORD, password != NULL ? password : "");
	}
	return code;
}

static CURLcode
set_way(const struct pf_http *http, CURL *curl, struct pf_http_easy *easy)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_PROXY, http->proxy.url);
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (http->origin.connect_to != NULL) {
		easy->connect_to = curl_slist_append(NULL, http->origin.connect_to);
		if (easy->connect_to == NULL)
			return CURLE_OUT_OF_MEMORY;
		SET(CURLOPT_CONNECT_TO, easy->connect_to);
	}
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/*
	 * Wait for the first connection to say whether it can carry all: else each request opens its own. Without TLS
	 * it never says, and the requests would go one by one.
	 */
	SET(CURLOPT_PIPEWAIT, http->origin.tls ? 1L : 0L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S);
	SET(CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S);
	return code;
}

static CURLcode
set_conduct(const struct pf_http *http, CURL *curl, struct pf_http_easy *easy)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_ERRORBUFFER, easy->message);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_NOSIGNAL, 1L);
	/* A name server that hangs would hold curl_easy_cleanup() until it gives up. */
	SET(CURLOPT_QUICK_EXIT, 1L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	SET(CURLOPT_USERAGENT, http->config.user_agent);
	return code;
}

/* True for what may stand in a header: a line break would start another one. */
static bool
is_field(const char *text)
{
	return text[strcspn(text, "\r\n")] == '\0';
}

static void
append(struct pf_http_easy *easy, const char *line)
{
	struct curl_slist *grown = curl_slist_append(easy->headers, line);

	if (grown == NULL)
		pf_out_of_memory();
	easy->headers = grown;
}

static bool
add_headers(const struct pf_http *http, struct pf_http_easy *easy, const struct pf_http_header *headers, size_t count,
	    struct pf_err *err)
{
	bool typed = false;

	for (size_t i = 0; i < count; i++) {
		const char *name = headers[i].name, *value = headers[i].value;
		PF_AUTO_BUF line = PF_BUF(SIZE_MAX / 4);

		if (name[0] == '\0' || name[strcspn(name, " \t:;")] != '\0' || !is_field(name) || !is_field(value))
			return pf_fail(err, PF_ERR_CONFIG,
				       "the request header %s cannot be sent to %s: its name or value holds a line "
				       "break or another character that no header can hold",
				       name, http->origin.authority);
		typed = typed || strcasecmp(name, "Content-Type") == 0;
		/* libcurl's way to write an empty value is a semicolon. */
		pf_buf_printf(&line, value[0] != '\0' ? "%s: %s" : "%s;", name, value);
		append(easy, pf_buf_text(&line));
	}
	if (http->origin.host_header != NULL)
		append(easy, http->origin.host_header);
	if (!typed)
		append(easy, "Content-Type:");
	/* No round trip before a body. */
	append(easy, "Expect:");
	return true;
}

bool
pf_http_easy(const struct pf_http *http, const char *path, const struct pf_http_header *headers, size_t header_count,
	     struct pf_http_easy *easy, struct pf_err *err)
{
	PF_AUTO_BUF url = PF_BUF(SIZE_MAX / 4);
	CURLcode code;
	CURL *curl = curl_easy_init();

	if (curl == NULL)
		pf_out_of_memory();
	*easy = (struct pf_http_easy){.curl = curl};
	if (!add_headers(http, easy, headers, header_count, err))
		return false;
	pf_buf_printf(&url, "%s%s%s", http->origin.url, path[0] == '/' ? "" : "/", path);
	code = set_conduct(http, curl, easy);
	if (code == CURLE_OK)
		code = set_trust(http, curl);
	if (code == CURLE_OK)
		code = set_identity(http, curl);
	if (code == CURLE_OK)
		code = set_way(http, curl, easy);
	SET(CURLOPT_HTTPHEADER, easy->headers);
	SET(CURLOPT_URL, pf_buf_text(&url));
	if (code == CURLE_OUT_OF_MEMORY)
		pf_out_of_memory();
	return code == CURLE_OK || pf_fail(err, PF_ERR_CONFIG, "a request to %s cannot be made with this libcurl: %s",
					   http->origin.authority, curl_easy_strerror(code));
}

void
pf_http_easy_end(struct pf_http_easy *easy)
{
	curl_easy_cleanup(easy->curl);
	curl_slist_free_all(easy->headers);
	curl_slist_free_all(easy->connect_to);
	*easy = (struct pf_http_easy){0};
}
