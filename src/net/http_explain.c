/*
 * What libcurl's codes mean, in a sentence: what was tried on which host and port, what came back, what to do.
 * libcurl's own words are quoted only where they are known to hold no URL.
 */
#include <errno.h>
#include <string.h>

#include <postflight/str.h>

#include "http_internal.h"

/* The first row whose conditions all hold is taken. */
struct row {
	CURLcode code;     /* 0: any */
	long verify;       /* X509_V_ERR_…; 0: any */
	long os_errno;     /* 0: any */
	const char *words; /* part of libcurl's message; NULL: any */
	bool plain;        /* only where the URL is http:// */
	enum pf_err_kind kind;
	enum pf_http_retry retry;
	const char *tried; /* goes before host:port */
	const char *came;
	const char *advice;
	bool quote; /* libcurl's message says more */
};

#define CONNECTING "connecting to"
#define VERIFYING "verifying the certificate of"
#define SHAKING "the TLS handshake with"
#define ASKING "the request to"

#define TLS .kind = PF_ERR_TLS, .retry = PF_HTTP_RETRY_NEVER
#define LOST .kind = PF_ERR_UNREACHABLE, .retry = PF_HTTP_RETRY_BACKOFF
#define GONE .kind = PF_ERR_UNREACHABLE, .retry = PF_HTTP_RETRY_NEVER
#define INVALID .kind = PF_ERR_PROTOCOL, .retry = PF_HTTP_RETRY_NEVER

#define RENEW_SERVER "renew the server's certificate, or set this machine's clock right"
#define CHECK_CA "check the certificate authority that is configured for this server (certificate-authority)"
#define CHECK_CLIENT "check the client certificate and key that are configured for this user"
#define CLIENT_EXPIRED "the server refused the client certificate as expired"
#define RENEW_CLIENT "renew the client certificate"
#define CHECK_SERVER "check that the server is up, and what stands between (proxy, load balancer, VPN)"
#define SET_NAME "use one of its names in the server's URL, or set tls-server-name to one"
#define NOT_TLS "the server speaks plain HTTP there: write http:// or use its TLS port"
#define NOT_HTTP "check that an HTTP server listens on that port, and whether it wants https://"

/* Alerts come from the server in OpenSSL's words, in whatever code libcurl was when they came. */
static const struct row alerts[] = {
	{.words = "alert certificate required",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server wants a client certificate and got none",
	 .advice = "configure client-certificate and client-key for this user"},
	{.words = "alert certificate expired", TLS, .tried = SHAKING, .came = CLIENT_EXPIRED, .advice = RENEW_CLIENT},
	{.words = "alert certificate revoked",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server refused the client certificate as revoked",
	 .advice = "get a new client certificate"},
	{.words = "alert unknown ca",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server does not trust the CA that signed the client certificate",
	 .advice = CHECK_CLIENT},
	{.words = "alert bad certificate",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server refused the client certificate",
	 .advice = CHECK_CLIENT},
	{.words = "alert certificate unknown",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server refused the client certificate",
	 .advice = CHECK_CLIENT},
	{.words = "alert unsupported certificate",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server refused the kind of client certificate",
	 .advice = CHECK_CLIENT},
	{.words = "alert decrypt error",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server could not verify the client certificate",
	 .advice = CHECK_CLIENT},
	{.words = "alert access denied",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server denied access to the client certificate",
	 .advice = CHECK_CLIENT},
	{.words = "alert unrecognized name",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server does not know the name it was asked for (SNI)",
	 .advice = SET_NAME},
	{.words = "alert handshake failure",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server ended it: it wants a client certificate, or shares no cipher with us",
	 .advice = CHECK_CLIENT},
	{.words = "alert protocol version",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server has no TLS 1.2 or newer",
	 .advice = "enable TLS 1.2 there"},
	{.words = "unsupported protocol",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server has no TLS 1.2 or newer",
	 .advice = "enable TLS 1.2 there"},
	{.words = "wrong version number",
	 TLS,
	 .tried = SHAKING,
	 .came = "what came back is not TLS",
	 .advice = NOT_TLS},
	{.words = "packet length too long",
	 TLS,
	 .tried = SHAKING,
	 .came = "what came back is not TLS",
	 .advice = NOT_TLS},
	{.words = "http request", TLS, .tried = SHAKING, .came = "what came back is not TLS", .advice = NOT_TLS},
	{.words = " alert ",
	 TLS,
	 .tried = SHAKING,
	 .came = "the server ended it with an alert",
	 .advice = CHECK_CLIENT,
	 .quote = true},
	{0},
};

/* Numbers of x509_vfy.h: libcurl hands them through, its message is OpenSSL's. */
static const struct row verification[] = {
	/* libcurl takes the server's alert for a failure of its own, but then has nothing to say about it. */
	{.words = "SSL certificate verification failed",
	 TLS,
	 .tried = SHAKING,
	 .came = CLIENT_EXPIRED,
	 .advice = RENEW_CLIENT},
	{.words = "subject name",
	 TLS,
	 .tried = VERIFYING,
	 .came = "it is for other names",
	 .advice = SET_NAME,
	 .quote = true},
	{.words = "host name",
	 TLS,
	 .tried = VERIFYING,
	 .came = "it is for other names",
	 .advice = SET_NAME,
	 .quote = true},
	{.verify = 10, TLS, .tried = VERIFYING, .came = "it, or its CA, has expired", .advice = RENEW_SERVER},
	{.verify = 9, TLS, .tried = VERIFYING, .came = "it is not valid yet", .advice = RENEW_SERVER},
	{.verify = 2, TLS, .tried = VERIFYING, .came = "it is signed by an unknown CA", .advice = CHECK_CA},
	{.verify = 18, TLS, .tried = VERIFYING, .came = "it is self-signed and not trusted here", .advice = CHECK_CA},
	{.verify = 19, TLS, .tried = VERIFYING, .came = "it is signed by an unknown CA", .advice = CHECK_CA},
	{.verify = 20, TLS, .tried = VERIFYING, .came = "it is signed by an unknown CA", .advice = CHECK_CA},
	{.verify = 21, TLS, .tried = VERIFYING, .came = "it is signed by an unknown CA", .advice = CHECK_CA},
	{.verify = 23, TLS, .tried = VERIFYING, .came = "it has been revoked", .advice = RENEW_SERVER},
	{TLS, .tried = VERIFYING, .came = "it is not accepted", .advice = CHECK_CA, .quote = true},
};

/* What stands between us and the server fails in its own ways. */
static const struct row proxy_rows[] = {
	{.code = CURLE_COULDNT_RESOLVE_PROXY,
	 GONE,
	 .tried = CONNECTING,
	 .came = "the proxy's name cannot be resolved",
	 .advice = "check the proxy's name (proxy-url, https_proxy), or name the server in no_proxy"},
	{.code = CURLE_COULDNT_CONNECT,
	 .os_errno = ECONNREFUSED,
	 .kind = PF_ERR_UNREACHABLE,
	 .retry = PF_HTTP_RETRY_ONCE,
	 .tried = CONNECTING,
	 .came = "the proxy refused the connection",
	 .advice = "check the proxy's address (proxy-url, https_proxy), or name the server in no_proxy"},
	{.code = CURLE_COULDNT_CONNECT,
	 GONE,
	 .tried = CONNECTING,
	 .came = "no connection to the proxy",
	 .advice = "check the proxy's address (proxy-url, https_proxy), or name the server in no_proxy",
	 .quote = true},
	{.code = CURLE_PROXY,
	 GONE,
	 .tried = CONNECTING,
	 .came = "the proxy could not connect",
	 .advice = "check that the proxy may reach that host and port",
	 .quote = true},
	{0},
};

static const struct row rows[] = {
	{.code = CURLE_URL_MALFORMAT,
	 .kind = PF_ERR_CONFIG,
	 .tried = ASKING,
	 .came = "its path holds characters that no URL may hold",
	 .advice = "percent-encode them"},
	{.code = CURLE_SSL_CERTPROBLEM,
	 .kind = PF_ERR_CONFIG,
	 .tried = SHAKING,
	 .came = "the client certificate or key cannot be used",
	 .advice = CHECK_CLIENT},
	{.code = CURLE_SSL_CACERT_BADFILE,
	 .kind = PF_ERR_CONFIG,
	 .tried = VERIFYING,
	 .came = "the trusted certificates cannot be read",
	 .advice = "check SSL_CERT_FILE and the system's CA certificates"},
	{.code = CURLE_COULDNT_RESOLVE_HOST,
	 GONE,
	 .tried = CONNECTING,
	 .came = "the name cannot be resolved",
	 .advice = "check the name for a typing error, and this machine's DNS and VPN"},
	{.code = CURLE_COULDNT_CONNECT,
	 .os_errno = ECONNREFUSED,
	 .kind = PF_ERR_UNREACHABLE,
	 .retry = PF_HTTP_RETRY_ONCE,
	 .tried = CONNECTING,
	 .came = "connection refused",
	 .advice = "nothing listens there: check the address and the port, and that the server runs"},
	{.code = CURLE_COULDNT_CONNECT,
	 .os_errno = ECONNRESET,
	 LOST,
	 .tried = CONNECTING,
	 .came = "connection reset",
	 .advice = CHECK_SERVER},
	{.code = CURLE_COULDNT_CONNECT,
	 .os_errno = EHOSTUNREACH,
	 GONE,
	 .tried = CONNECTING,
	 .came = "no route to that host",
	 .advice = "check the address, and this machine's network and VPN"},
	{.code = CURLE_COULDNT_CONNECT,
	 .os_errno = ENETUNREACH,
	 GONE,
	 .tried = CONNECTING,
	 .came = "no route to its network",
	 .advice = "check this machine's network and VPN"},
	{.code = CURLE_COULDNT_CONNECT,
	 GONE,
	 .tried = CONNECTING,
	 .came = "no connection",
	 .advice = CHECK_SERVER,
	 .quote = true},
	{.code = CURLE_SSL_CONNECT_ERROR,
	 LOST,
	 .tried = SHAKING,
	 .came = "it broke",
	 .advice = CHECK_SERVER,
	 .quote = true},
	{.code = CURLE_UNSUPPORTED_PROTOCOL,
	 INVALID,
	 .tried = ASKING,
	 .came = "the answer is not HTTP",
	 .advice = NOT_HTTP},
	{.code = CURLE_WEIRD_SERVER_REPLY,
	 INVALID,
	 .tried = ASKING,
	 .came = "the answer is not HTTP",
	 .advice = NOT_HTTP},
	{.code = CURLE_BAD_CONTENT_ENCODING,
	 INVALID,
	 .tried = ASKING,
	 .came = "the answer is compressed in a way that cannot be undone",
	 .advice = "check what stands between (proxy, load balancer)"},
	{.code = CURLE_OUT_OF_MEMORY,
	 INVALID,
	 .tried = ASKING,
	 .came = "the answer has a header line beyond 100 KiB",
	 .advice = NOT_HTTP},
	{.code = CURLE_GOT_NOTHING,
	 .plain = true,
	 LOST,
	 .tried = ASKING,
	 .came = "the server closed the connection without an answer",
	 .advice = "check that the server is up, and whether that port wants https://"},
	{.code = CURLE_GOT_NOTHING,
	 LOST,
	 .tried = ASKING,
	 .came = "the server closed the connection without an answer",
	 .advice = CHECK_SERVER},
	{.code = CURLE_PARTIAL_FILE,
	 LOST,
	 .tried = ASKING,
	 .came = "the connection ended before the answer was complete",
	 .advice = CHECK_SERVER},
	{.code = CURLE_SEND_FAIL_REWIND,
	 GONE,
	 .tried = ASKING,
	 .came = "the connection broke while it was sent, and it must not be sent twice",
	 .advice = "look whether it took effect before trying again"},
	{.code = CURLE_HTTP2, LOST, .tried = ASKING, .came = "the HTTP/2 connection broke", .advice = CHECK_SERVER},
	{.code = CURLE_HTTP2_STREAM,
	 LOST,
	 .tried = ASKING,
	 .came = "the server reset the HTTP/2 stream before the answer was complete",
	 .advice = CHECK_SERVER},
	{.code = CURLE_RECV_ERROR,
	 LOST,
	 .tried = ASKING,
	 .came = "the connection broke",
	 .advice = CHECK_SERVER,
	 .quote = true},
	{.code = CURLE_SEND_ERROR,
	 LOST,
	 .tried = ASKING,
	 .came = "the connection broke",
	 .advice = CHECK_SERVER,
	 .quote = true},
	{LOST, .tried = ASKING, .came = "it failed", .advice = CHECK_SERVER, .quote = true},
};

struct failure {
	CURLcode code;
	long verify;
	long os_errno;
	bool plain;
	const char *message;
};

/* The last row of a table has no condition, or no sentence: then no row fits. */
static const struct row *
find(const struct row *table, const struct failure *failure)
{
	const struct row *row = table;

	while ((row->code != 0 && row->code != failure->code) || (row->verify != 0 && row->verify != failure->verify) ||
	       (row->os_errno != 0 && row->os_errno != failure->os_errno) || (row->plain && !failure->plain) ||
	       (row->words != NULL && strstr(failure->message, row->words) == NULL))
		row++;
	return row->tried != NULL ? row : NULL;
}

static bool
has_proxy(const struct pf_http *http)
{
	return http->proxy.url[0] != '\0';
}

/* A tunnel that the proxy did not open; false when it was none of its doing. */
static bool
explain_tunnel(const struct pf_http *http, const struct pf_http_easy *easy, CURLcode code, struct pf_err *err)
{
	long answer = 0;

	curl_easy_getinfo(easy->curl, CURLINFO_HTTP_CONNECTCODE, &answer);
	if (!has_proxy(http) || answer < 300 || code == CURLE_COULDNT_CONNECT)
		return false;
	pf_fail(err, PF_ERR_UNREACHABLE, "connecting to %s: the proxy %s answered CONNECT with status %ld; %s",
		http->origin.authority, http->proxy.authority, answer,
		answer == 407 ? "give user and password in the proxy's URL"
			      : "check that the proxy may reach that host and port");
	return true;
}

/* Which tables are asked, the most telling first. */
static const struct row *
classify(const struct pf_http *http, const struct failure *failure)
{
	const struct row *row = NULL;

	if (has_proxy(http))
		row = find(proxy_rows, failure);
	if (row == NULL && failure->code == CURLE_PEER_FAILED_VERIFICATION)
		row = find(verification, failure);
	if (row == NULL)
		row = find(alerts, failure);
	return row != NULL ? row : find(rows, failure);
}

/* Host and port, and the proxy before them: as often as not it is the one that is silent. */
static void
add_place(const struct pf_http *http, struct pf_buf *place)
{
	pf_buf_printf(place, "%s%s%s", http->origin.authority, has_proxy(http) ? " by way of the proxy " : "",
		      http->proxy.authority);
}

enum pf_http_retry
pf_http_explain(const struct pf_http *http, const struct pf_http_easy *easy, CURLcode code, struct pf_err *err)
{
	struct failure failure = {.code = code, .plain = !http->origin.tls, .message = easy->message};
	PF_AUTO_BUF place = PF_BUF(PF_ERR_TEXT);
	const struct row *row;
	bool quote;

	if (explain_tunnel(http, easy, code, err))
		return PF_HTTP_RETRY_NEVER;
	curl_easy_getinfo(easy->curl, CURLINFO_SSL_VERIFYRESULT, &failure.verify);
	curl_easy_getinfo(easy->curl, CURLINFO_OS_ERRNO, &failure.os_errno);
	row = classify(http, &failure);
	add_place(http, &place);
	quote = row->quote && easy->message[0] != '\0';
	pf_fail(err, row->kind, "%s %s: %s%s%s%s; %s", row->tried, pf_buf_text(&place), row->came, quote ? " (" : "",
		quote ? easy->message : "", quote ? ")" : "", row->advice);
	return row->retry;
}

/* How far a transfer came. libcurl's own times say nothing for a handshake under way or a shared connection. */
enum stage { CONNECTING_STAGE, HANDSHAKE_STAGE, ASKED_STAGE, ANSWERED_STAGE };

static enum stage
stage_of(const struct pf_http_easy *easy)
{
	long status = 0, sent = 0;
	char *address = NULL;

	curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy->curl, CURLINFO_REQUEST_SIZE, &sent);
	curl_easy_getinfo(easy->curl, CURLINFO_PRIMARY_IP, &address);
	if (status > 0)
		return ANSWERED_STAGE;
	if (sent > 0)
		return ASKED_STAGE;
	return address != NULL && address[0] != '\0' ? HANDSHAKE_STAGE : CONNECTING_STAGE;
}

void
pf_http_explain_timeout(const struct pf_http *http, const struct pf_http_easy *easy, int64_t ms, struct pf_err *err)
{
	static const struct {
		const char *tried, *came, *advice;
	} stages[] = {
		[CONNECTING_STAGE] = {CONNECTING, "no connection",
				      "check the address, and whether a firewall or a missing VPN drops the packets"},
		[HANDSHAKE_STAGE] = {SHAKING, "connected, but it did not end",
				     "check that a TLS server listens on that port, and what stands between"},
		[ASKED_STAGE] = {ASKING, "connected, but no answer", "the server is overloaded or hangs"},
		[ANSWERED_STAGE] = {ASKING, "an answer began, but did not end",
				    "the server is slow, or the answer large"},
	};
	PF_AUTO_BUF place = PF_BUF(PF_ERR_TEXT);
	enum stage stage = stage_of(easy);

	add_place(http, &place);
	pf_fail(err, PF_ERR_TIMEOUT, "%s %s: %s within %lld ms; %s", stages[stage].tried, pf_buf_text(&place),
		stages[stage].came, (long long)ms, stages[stage].advice);
}
