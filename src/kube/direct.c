/*
 * One connection for each question: it is opened, the request written, the answer read, and it is closed. Whether
 * there was a connection at all is kept apart from what came over it: without one nothing has been sent.
 */
#include "kube/direct.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <postflight/file.h>
#include <postflight/signals.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/inner_http.h"
#include "kube/target_here.h"
#include "kube/target_internal.h"

#define DEFAULT_CAP ((size_t)16 << 20)
#define REQUEST_CAP ((size_t)2 << 20)
#define READ_BYTES 16384
#define READS_AT_ONCE 16 /* then it is the others' turn, and time is looked at */
#define PLACE_MAX 100

struct exchange {
	const struct pf_ask *ask;
	struct pf_answer *answer;
	const char *place;
	int fd; /* -1 once it ended */
	bool connected;
	int64_t began_ms, until_ms, patience_ms;
	struct pf_buf request;
	size_t sent;
	struct pf_http1 http;
};

static void
end(struct exchange *one)
{
	pf_close_fd(&one->fd);
	one->answer->elapsed_ms = pf_monotonic_ms() - one->began_ms;
	pf_buf_free(&one->request);
}

static void
end_unconnected(struct exchange *one, const char *why)
{
	one->answer->refused = pf_streq(why, strerror(ECONNREFUSED));
	(void)pf_fail(&one->answer->err, PF_ERR_UNREACHABLE, "%s cannot be connected to: %s", one->place, why);
	end(one);
}

static void
end_garbled(struct exchange *one, const struct pf_err *err)
{
	one->answer->reply = one->http.is_tls ? PF_REPLY_TLS : PF_REPLY_GARBLED;
	one->answer->err = *err;
	(void)pf_fail_in(&one->answer->err, "%s", one->place);
	end(one);
}

/* ---- Going on ---- */

static void
begin(struct exchange *one, struct pf_live *live, struct pf_arena *arena)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char text[16];
	int rc, port;
	const char *address = pf_here_address(arena, one->ask->path, &port);

	one->began_ms = pf_monotonic_ms();
	one->place = pf_one_line(arena, one->ask->path, PLACE_MAX);
	one->patience_ms = one->ask->timeout_ms > 0 ? one->ask->timeout_ms : live->request_timeout_ms;
	one->until_ms = one->began_ms + PF_HERE_CONNECT_MS;
	one->request = PF_BUF(REQUEST_CAP);
	snprintf(text, sizeof(text), "%d", port);
	if (!pf_inner_http_request(live->redactor, one->ask, &one->request, &one->answer->err)) {
		end(one);
		return;
	}
	if (port < 1 || port > 65535 || getaddrinfo(address, text, &hints, &found) != 0) {
		end_unconnected(one, "that is no address and port");
		return;
	}
	pf_http1_begin(&one->http, one->ask->cap != 0 ? one->ask->cap : DEFAULT_CAP);
	one->http.to_head = pf_streq(one->ask->method, "HEAD");
	one->fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	rc = one->fd < 0 ? -1 : connect(one->fd, found->ai_addr, found->ai_addrlen);
	if (rc != 0 && errno != EINPROGRESS)
		end_unconnected(one, strerror(errno));
	freeaddrinfo(found);
}

static void
connected(struct exchange *one)
{
	int number = 0;
	socklen_t len = sizeof(number);

	if (getsockopt(one->fd, SOL_SOCKET, SO_ERROR, &number, &len) != 0)
		number = errno;
	if (number != 0) {
		end_unconnected(one, strerror(number));
		return;
	}
	one->connected = true;
	one->until_ms = one->patience_ms > 0 ? pf_monotonic_ms() + one->patience_ms : INT64_MAX;
}

static void
broken_off(struct exchange *one)
{
	struct pf_err err;

	(void)pf_fail(&err, PF_ERR_UNREACHABLE, "the connection broke off: %s", strerror(errno));
	end_garbled(one, &err);
}

static void
send_more(struct exchange *one)
{
	while (one->sent < one->request.len) {
		ssize_t n = send(one->fd, one->request.p + one->sent, one->request.len - one->sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			broken_off(one);
		if (n < 0)
			return;
		one->sent += (size_t)n;
	}
}

static void
take(struct exchange *one, const char *bytes, size_t len)
{
	struct pf_err err;
	size_t used = 0;
	bool understood =
		len > 0 ? pf_http1_take(&one->http, bytes, len, &used, &err) : pf_http1_stream_ended(&one->http, &err);

	if (!understood) {
		end_garbled(one, &err);
	} else if (len == 0 || one->http.state == PF_HTTP1_DONE) {
		one->answer->reply = PF_REPLY_HTTP;
		end(one);
	}
}

static void
receive(struct exchange *one)
{
	char bytes[READ_BYTES];

	for (unsigned reads = 0; one->fd >= 0 && reads < READS_AT_ONCE; reads++) {
		ssize_t n = recv(one->fd, bytes, sizeof(bytes), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			broken_off(one);
		if (n < 0)
			break;
		take(one, bytes, (size_t)n);
	}
	explicit_bzero(bytes, sizeof(bytes));
}

static void
too_late(struct exchange *one)
{
	if (!one->connected) {
		end_unconnected(one, "nothing answers");
		return;
	}
	one->answer->reply = PF_REPLY_SILENT;
	(void)pf_fail(&one->answer->err, PF_ERR_TIMEOUT, "%s accepted the connection, but %s within %lld ms",
		      one->place, one->http.spoke ? "did not end its answer" : "did not answer",
		      (long long)one->patience_ms);
	end(one);
}

static void
go_on(struct exchange *one, short events)
{
	if (one->fd < 0)
		return;
	if (events != 0 && !one->connected)
		connected(one);
	if (one->fd >= 0 && events != 0 && one->sent < one->request.len)
		send_more(one);
	if (one->fd >= 0 && (events & (POLLIN | POLLHUP | POLLERR)) != 0)
		receive(one);
	/* Also of a process that has something to say all the time. */
	if (one->fd >= 0 && pf_monotonic_ms() >= one->until_ms)
		too_late(one);
}

/* ---- All of a wave ---- */

/* Polls until one may go on; false when none is left, or the run is over. */
static bool
wait_for(struct exchange *all, struct pollfd *polled, size_t count, struct pf_deadline deadline)
{
	struct pf_deadline first = deadline;
	size_t open = 0;

	for (size_t i = 0; i < count; i++) {
		bool writes = !all[i].connected || all[i].sent < all[i].request.len;
		polled[i] = (struct pollfd){all[i].fd, writes ? POLLIN | POLLOUT : POLLIN, 0};
		if (all[i].fd < 0)
			continue;
		open++;
		if (all[i].until_ms != INT64_MAX)
			first = pf_deadline_sooner(first, (struct pf_deadline){all[i].until_ms});
	}
	if (open == 0 || pf_signals_caught() != 0 || pf_deadline_left(deadline) <= 0)
		return false;
	polled[count] = (struct pollfd){pf_signals_fd(), POLLIN, 0};
	if (poll(polled, count + 1, pf_deadline_left(first)) < 0) {
		for (size_t i = 0; i <= count; i++)
			polled[i].revents = 0; /* EINTR: the signal's pipe is looked at next */
	}
	return true;
}

/* What no answer of the process ended. */
static void
cut_short(struct exchange *one)
{
	if (one->fd < 0)
		return;
	if (pf_signals_caught() != 0)
		(void)pf_fail(&one->answer->err, PF_ERR_INTERRUPTED, "%s: interrupted", one->place);
	else
		(void)pf_fail(&one->answer->err, PF_ERR_TIMEOUT, "%s: the run's time was over", one->place);
	end(one);
}

static void
finish(struct exchange *one, struct pf_live *live, struct pf_arena *arena)
{
	struct pf_answer *answer = one->answer;

	if (answer->reply == PF_REPLY_HTTP && pf_http1_says_tls(one->http.status, pf_buf_text(&one->http.body))) {
		answer->reply = PF_REPLY_TLS;
		(void)pf_fail(&answer->err, PF_ERR_PROTOCOL, "%s says that it wants TLS there", one->place);
	} else if (answer->reply == PF_REPLY_HTTP) {
		pf_inner_http_answer(&one->http, pf_inner_http_is_json(&one->http), live, arena, answer);
	} else {
		struct pf_err raw = answer->err;
		(void)pf_fail(&answer->err, raw.kind, "%s", pf_redact_text(live->redactor, arena, raw.text));
	}
	pf_http1_free(&one->http);
}

void
pf_direct_all(struct pf_live *live, struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers,
	      size_t count, struct pf_deadline deadline)
{
	struct pf_arena *scratch = pf_arena_new();
	struct exchange *all = pf_alloc_array(scratch, count + 1, sizeof(*all));
	struct pollfd *polled = pf_alloc_array(scratch, count + 1, sizeof(*polled));
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (asks[i].kind != PF_ASK_DIRECT)
			continue;
		all[n] = (struct exchange){.ask = &asks[i], .answer = &answers[i], .fd = -1};
		begin(&all[n++], live, scratch);
	}
	while (wait_for(all, polled, n, deadline))
		for (size_t i = 0; i < n; i++)
			go_on(&all[i], polled[i].revents);
	for (size_t i = 0; i < n; i++)
		cut_short(&all[i]);
	/* In the order of the questions, so that the numbers of tokens do not depend on which answer came first. */
	for (size_t i = 0; i < n; i++)
		finish(&all[i], live, arena);
	pf_arena_free(scratch);
}
