/* One request with all its attempts: what libcurl calls while it runs, and what its end means. */
#include <limits.h>
#include <string.h>
#include <sys/random.h>

#include <postflight/str.h>

#include "http1.h"
#include "http_internal.h"

/* All header lines of one answer, informational ones and trailers included. */
#define HEADER_CAP ((size_t)64 * 1024)
#define DEFAULT_BODY_CAP ((size_t)16 * 1024 * 1024)

static size_t
body_cap(const struct pf_http_request *request)
{
	if (request->cap > 0)
		return request->cap;
	return request->sink != NULL ? SIZE_MAX : DEFAULT_BODY_CAP;
}

static long
status_of(const struct pf_http_transfer *transfer)
{
	long status = 0;

	curl_easy_getinfo(transfer->easy.curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static size_t
on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct pf_http_transfer *transfer = context;

	(void)bytes;
	transfer->header_bytes += size * count;
	if (transfer->header_bytes > HEADER_CAP) {
		transfer->stop = PF_HTTP_STOP_HEADER;
		return 0;
	}
	return size * count;
}

/* Bytes come decoded and in small pieces, so a cap here also bounds what a compressed answer can grow to. */
static size_t
on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct pf_http_transfer *transfer = context;
	const struct pf_http_request *request = transfer->request;
	size_t len = size * count;
	long status = status_of(transfer);
	bool sink = request->sink != NULL && status >= 200 && status < 300;

	if (len == 0)
		return 0;
	if (sink) {
		if (len > body_cap(request) - transfer->sunk)
			transfer->stop = PF_HTTP_STOP_BODY;
		else if (!request->sink(request->sink_context, bytes, len))
			transfer->stop = PF_HTTP_STOP_SINK;
		transfer->sunk += len;
	} else if (!pf_buf_add(&transfer->body, bytes, len)) {
		transfer->stop = PF_HTTP_STOP_BODY;
	}
	return transfer->stop == PF_HTTP_STOP_NONE ? len : 0;
}

/*
 * The body of a request is handed over piece by piece and cannot be rewound: libcurl repeats a request by itself when
 * a reused connection turns out to be dead, and a POST must not be repeated.
 */
static size_t
give_body(char *into, size_t size, size_t count, void *context)
{
	struct pf_http_transfer *transfer = context;
	size_t left = transfer->request->body_len - transfer->sent;
	size_t len = left < size * count ? left : size * count;

	if (len > 0)
		memcpy(into, transfer->request->body + transfer->sent, len);
	transfer->sent += len;
	return len;
}

static void
set_method(struct pf_http_transfer *transfer)
{
	const struct pf_http_request *request = transfer->request;
	CURL *curl = transfer->easy.curl;

	if (pf_streq(request->method, "HEAD")) {
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
		return;
	}
	if (request->body != NULL || pf_streq(request->method, "POST") || pf_streq(request->method, "PUT") ||
	    pf_streq(request->method, "PATCH")) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
		curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
		curl_easy_setopt(curl, CURLOPT_READDATA, transfer);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	/* Without a body nothing keeps libcurl from repeating it, except a connection that was never used. */
	if (!pf_http_safe_method(request->method) && request->body_len == 0)
		curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
}

void
pf_http_transfer_begin(struct pf_http_transfer *transfer)
{
	const struct pf_http_request *request = transfer->request;
	struct pf_http_response *response = transfer->response;
	CURL *curl;

	*response = (struct pf_http_response){
		.content_type = pf_strdup(transfer->arena, ""), .body = pf_strdup(transfer->arena, ""), .version = ""};
	transfer->body = PF_BUF(request->sink != NULL && request->cap == 0 ? DEFAULT_BODY_CAP : body_cap(request));
	transfer->started_ms = transfer->retry_at_ms = pf_monotonic_ms();
	transfer->state = PF_HTTP_WAITING;
	if (!pf_http_easy(transfer->http, request->path, request->headers, request->header_count, &transfer->easy,
			  &response->err)) {
		transfer->state = PF_HTTP_ENDED;
		return;
	}
	curl = transfer->easy.curl;
	curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	/* A stream that has to be seen as it comes is not held back by a compressor. */
	if (request->sink == NULL)
		curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
	set_method(transfer);
}

/* What this attempt may take: 0 when nothing limits it. */
static long
attempt_limit(const struct pf_http_transfer *transfer)
{
	int64_t timeout = transfer->request->timeout_ms;
	int left = pf_deadline_left(transfer->deadline);

	if (timeout > 0 && timeout < left)
		return (long)timeout;
	return left == INT_MAX ? 0 : left < 1 ? 1 : left;
}

void
pf_http_transfer_start(struct pf_http_transfer *transfer)
{
	transfer->attempt_ms = pf_monotonic_ms();
	transfer->header_bytes = transfer->sent = 0;
	transfer->stop = PF_HTTP_STOP_NONE;
	transfer->easy.message[0] = '\0';
	pf_buf_free(&transfer->body);
	curl_easy_setopt(transfer->easy.curl, CURLOPT_TIMEOUT_MS, attempt_limit(transfer));
	if (curl_multi_add_handle(transfer->http->multi, transfer->easy.curl) != CURLM_OK)
		pf_out_of_memory();
	transfer->state = PF_HTTP_RUNNING;
	transfer->response->attempts++;
	transfer->http->stats.requests++;
}

/* Takes the handle out of the multi handle; its findings stay readable. */
static void
stop(struct pf_http_transfer *transfer)
{
	long connections = 0;

	if (transfer->state != PF_HTTP_RUNNING)
		return;
	curl_multi_remove_handle(transfer->http->multi, transfer->easy.curl);
	curl_easy_getinfo(transfer->easy.curl, CURLINFO_NUM_CONNECTS, &connections);
	transfer->http->stats.connections += (unsigned)connections;
}

static void
end(struct pf_http_transfer *transfer)
{
	transfer->response->status = (int)status_of(transfer);
	transfer->response->elapsed_ms = pf_monotonic_ms() - transfer->started_ms;
	transfer->state = PF_HTTP_ENDED;
}

static const char *
version_of(const struct pf_http_transfer *transfer)
{
	long version = 0;

	curl_easy_getinfo(transfer->easy.curl, CURLINFO_HTTP_VERSION, &version);
	return version == CURL_HTTP_VERSION_2_0   ? "2"
	       : version == CURL_HTTP_VERSION_1_1 ? "1.1"
	       : version == CURL_HTTP_VERSION_1_0 ? "1.0"
						  : "";
}

static void
succeed(struct pf_http_transfer *transfer)
{
	struct pf_http_response *response = transfer->response;
	char *type = NULL;

	end(transfer);
	if (!transfer->http->origin.tls && pf_http1_says_tls(response->status, pf_buf_text(&transfer->body))) {
		pf_fail(&response->err, PF_ERR_TLS,
			"the request to %s: the server wants TLS on that port; write https:// in its URL",
			transfer->http->origin.authority);
		return;
	}
	response->ok = true;
	response->err = (struct pf_err){.kind = PF_ERR_NONE};
	response->version = version_of(transfer);
	curl_easy_getinfo(transfer->easy.curl, CURLINFO_CONTENT_TYPE, &type);
	if (type != NULL)
		response->content_type = pf_strdup(transfer->arena, type);
	response->body_len = transfer->body.len;
	response->body = pf_alloc(transfer->arena, transfer->body.len + 1);
	memcpy(response->body, pf_buf_text(&transfer->body), transfer->body.len);
}

static void
fail_cap(struct pf_http_transfer *transfer)
{
	const char *what = transfer->stop == PF_HTTP_STOP_HEADER ? "header" : "body";
	size_t cap = transfer->stop == PF_HTTP_STOP_HEADER                   ? HEADER_CAP
		     : transfer->request->sink != NULL && transfer->sunk > 0 ? body_cap(transfer->request)
									     : transfer->body.cap;

	pf_fail(&transfer->response->err, PF_ERR_PROTOCOL,
		"the request to %s: the answer's %s is larger than the %zu bytes that are accepted; check that this is "
		"the right server",
		transfer->http->origin.authority, what, cap);
	end(transfer);
}

/* WAITING for another attempt, if one is sensible and there is time for it. */
static bool
wait_for_retry(struct pf_http_transfer *transfer, enum pf_http_retry retry)
{
	curl_off_t after_s = 0;
	uint32_t random = 0;
	int64_t delay;

	if (!pf_http_safe_method(transfer->request->method) || transfer->sunk > 0)
		return false;
	curl_easy_getinfo(transfer->easy.curl, CURLINFO_RETRY_AFTER, &after_s);
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = (uint32_t)transfer->attempt_ms;
	delay = pf_http_retry_delay(retry, transfer->response->attempts, after_s, random);
	if (delay < 0 || delay >= pf_deadline_left(transfer->deadline))
		return false;
	transfer->retry_at_ms = pf_monotonic_ms() + delay;
	transfer->state = PF_HTTP_WAITING;
	return true;
}

/* A connection that stopped answering is not trusted with the next requests. */
static void
time_out(struct pf_http_transfer *transfer)
{
	transfer->http->suspect = true;
	pf_http_explain_timeout(transfer->http, &transfer->easy, pf_monotonic_ms() - transfer->attempt_ms,
				&transfer->response->err);
	end(transfer);
}

void
pf_http_transfer_done(struct pf_http_transfer *transfer, CURLcode code)
{
	enum pf_http_retry retry;
	long status;

	stop(transfer);
	if (transfer->stop == PF_HTTP_STOP_SINK) {
		succeed(transfer);
	} else if (transfer->stop != PF_HTTP_STOP_NONE) {
		fail_cap(transfer);
	} else if (code == CURLE_OK) {
		status = status_of(transfer);
		retry = status == 429 || status == 503 ? PF_HTTP_RETRY_BACKOFF : PF_HTTP_RETRY_NEVER;
		if (!wait_for_retry(transfer, retry))
			succeed(transfer);
	} else if (code == CURLE_OPERATION_TIMEDOUT) {
		time_out(transfer);
	} else {
		retry = pf_http_explain(transfer->http, &transfer->easy, code, &transfer->response->err);
		if (!wait_for_retry(transfer, retry))
			end(transfer);
	}
}

void
pf_http_transfer_abandon(struct pf_http_transfer *transfer, enum pf_err_kind kind)
{
	struct pf_http_response *response = transfer->response;
	bool running = transfer->state == PF_HTTP_RUNNING;

	if (transfer->state == PF_HTTP_ENDED)
		return;
	stop(transfer);
	if (kind == PF_ERR_INTERRUPTED)
		pf_fail(&response->err, kind, "the request to %s: interrupted", transfer->http->origin.authority);
	else if (running)
		time_out(transfer);
	else
		pf_fail(&response->err, kind, "the request to %s: no time was left for it",
			transfer->http->origin.authority);
	end(transfer);
}

void
pf_http_transfer_end(struct pf_http_transfer *transfer)
{
	stop(transfer);
	pf_http_easy_end(&transfer->easy);
	pf_buf_free(&transfer->body);
}
