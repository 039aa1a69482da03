#include <postflight/dial.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <postflight/file.h>
#include <postflight/signals.h>

/* Whoever accepts only to break off does so at once; a server that means it is not waited for any longer. */
#define BREAK_OFF_MS 30

struct call {
	const struct pf_dial *dial;
	struct pf_dial_result *result;
	int fd;         /* -1 once it ended */
	bool connected; /* and watched for being broken off */
	int64_t began_ms;
	int64_t connected_ms; /* how long that took */
	int64_t until_ms;
};

const char *
pf_dial_outcome_name(enum pf_dial_outcome outcome)
{
	static const char *const names[PF_DIAL_OUTCOME_COUNT] = {
		[PF_DIAL_CONNECTED] = "connected",     [PF_DIAL_REFUSED] = "refused", [PF_DIAL_TIMEOUT] = "timeout",
		[PF_DIAL_UNREACHABLE] = "unreachable", [PF_DIAL_RESET] = "reset",
	};

	return names[outcome];
}

static void
end(struct call *call, enum pf_dial_outcome outcome)
{
	pf_close_fd(&call->fd);
	call->result->ok = true;
	call->result->outcome = outcome;
	call->result->elapsed_ms = call->connected ? call->connected_ms : pf_monotonic_ms() - call->began_ms;
}

static void
give_up(struct call *call, enum pf_err_kind kind, const char *why)
{
	pf_close_fd(&call->fd);
	call->result->elapsed_ms = pf_monotonic_ms() - call->began_ms;
	(void)pf_fail(&call->result->err, kind, "cannot dial %.64s port %d: %s", call->dial->address, call->dial->port,
		      why);
}

/* What the kernel says of a connection that did not come about, or did not stay. */
static void
end_by(struct call *call, int number)
{
	static const struct {
		int number;
		enum pf_dial_outcome outcome;
	} table[] = {
		{ECONNREFUSED, PF_DIAL_REFUSED},      {ETIMEDOUT, PF_DIAL_TIMEOUT},
		{ECONNRESET, PF_DIAL_RESET},          {EPIPE, PF_DIAL_RESET},
		{EHOSTUNREACH, PF_DIAL_UNREACHABLE},  {ENETUNREACH, PF_DIAL_UNREACHABLE},
		{EHOSTDOWN, PF_DIAL_UNREACHABLE},     {ENETDOWN, PF_DIAL_UNREACHABLE},
		{EACCES, PF_DIAL_UNREACHABLE},        {EPERM, PF_DIAL_UNREACHABLE},
		{EADDRNOTAVAIL, PF_DIAL_UNREACHABLE}, {ENOPROTOOPT, PF_DIAL_UNREACHABLE},
		{EPROTO, PF_DIAL_UNREACHABLE},        {EAFNOSUPPORT, PF_DIAL_UNREACHABLE},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].number == number) {
			end(call, table[i].outcome);
			return;
		}
	}
	give_up(call, PF_ERR_IO, strerror(number));
}

static void
begin(struct call *call)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char port[16];
	int rc;

	call->began_ms = pf_monotonic_ms();
	call->until_ms = call->began_ms + call->dial->timeout_ms;
	snprintf(port, sizeof(port), "%d", call->dial->port);
	if (call->dial->port < 1 || call->dial->port > 65535 ||
	    getaddrinfo(call->dial->address, port, &hints, &found) != 0) {
		give_up(call, PF_ERR_IO, "that is no address and port");
		return;
	}
	call->fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	rc = call->fd < 0 ? -1 : connect(call->fd, found->ai_addr, found->ai_addrlen);
	if (rc != 0 && errno != EINPROGRESS)
		end_by(call, errno);
	freeaddrinfo(found);
}

/* The connection stands: a moment to see whether it stays. */
static void
connected(struct call *call)
{
	call->connected = true;
	call->connected_ms = pf_monotonic_ms() - call->began_ms;
	call->until_ms = pf_monotonic_ms() + BREAK_OFF_MS;
}

static void
go_on(struct call *call)
{
	int number = 0;
	socklen_t len = sizeof(number);
	char byte;

	if (!call->connected) {
		if (getsockopt(call->fd, SOL_SOCKET, SO_ERROR, &number, &len) != 0)
			number = errno;
		if (number == 0)
			connected(call);
		else
			end_by(call, number);
		return;
	}
	if (recv(call->fd, &byte, 1, MSG_PEEK) < 0 && errno != EAGAIN && errno != EINTR)
		end_by(call, errno);
	else
		end(call, PF_DIAL_CONNECTED); /* it talks first, or says goodbye in order */
}

/* Polls until a call may go on; false when the run is over. */
static bool
wait_for(struct call *calls, struct pollfd *polled, size_t count, struct pf_deadline deadline)
{
	struct pf_deadline first = deadline;

	for (size_t i = 0; i < count; i++) {
		polled[i] = (struct pollfd){calls[i].fd, calls[i].connected ? POLLIN : POLLOUT, 0};
		if (calls[i].fd >= 0)
			first = pf_deadline_sooner(first, (struct pf_deadline){calls[i].until_ms});
	}
	polled[count] = (struct pollfd){pf_signals_fd(), POLLIN, 0};
	if (poll(polled, count + 1, pf_deadline_left(first)) < 0)
		for (size_t i = 0; i <= count; i++)
			polled[i].revents = 0; /* EINTR: the signal's pipe is looked at next */
	return pf_signals_caught() == 0 && pf_deadline_left(deadline) > 0;
}

static size_t
open_calls(const struct call *calls, size_t count)
{
	size_t open = 0;

	for (size_t i = 0; i < count; i++)
		open += calls[i].fd >= 0;
	return open;
}

static void
look_at(struct call *call, const struct pollfd *polled)
{
	if (call->fd < 0)
		return;
	if (polled->revents != 0)
		go_on(call);
	else if (pf_monotonic_ms() >= call->until_ms)
		end(call, call->connected ? PF_DIAL_CONNECTED : PF_DIAL_TIMEOUT);
}

void
pf_dial_all(const struct pf_dial *dials, struct pf_dial_result *results, size_t count, struct pf_deadline deadline)
{
	struct pf_arena *scratch = pf_arena_new();
	struct call *calls = pf_alloc_array(scratch, count + 1, sizeof(*calls));
	struct pollfd *polled = pf_alloc_array(scratch, count + 1, sizeof(*polled));

	for (size_t i = 0; i < count; i++) {
		results[i] = (struct pf_dial_result){0};
		calls[i] = (struct call){.dial = &dials[i], .result = &results[i], .fd = -1};
		begin(&calls[i]);
	}
	while (open_calls(calls, count) > 0 && wait_for(calls, polled, count, deadline))
		for (size_t i = 0; i < count; i++)
			look_at(&calls[i], &polled[i]);
	for (size_t i = 0; i < count; i++) {
		/* What stood when the time was over has been seen; the rest has not. */
		if (calls[i].fd >= 0 && calls[i].connected)
			end(&calls[i], PF_DIAL_CONNECTED);
		else if (calls[i].fd >= 0 && pf_signals_caught() != 0)
			give_up(&calls[i], PF_ERR_INTERRUPTED, "interrupted");
		else if (calls[i].fd >= 0)
			give_up(&calls[i], PF_ERR_TIMEOUT, "the run's time was over");
	}
	pf_arena_free(scratch);
}
