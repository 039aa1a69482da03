#include "net/resolver_channel.h"

#include <poll.h>

#include <postflight/buf.h>
#include <postflight/signals.h>

#define CLASS_IN 1
#define SERVERS_CAP ((size_t)1024)

/* Where c-ares could read this machine's resolv.conf, hosts file or environment, it is told what counts instead. */
static bool
open_one(ares_channel *out, const struct pf_resolver_config *config, const char *servers, int flags)
{
	char no_lookup[] = "b";
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | flags,
		.timeout = (int)config->try_ms,
		.tries = (int)config->tries,
		.lookups = no_lookup,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS;

	if (ares_init_options(out, &options, mask) != ARES_SUCCESS)
		return false;
	if (ares_set_servers_ports_csv(*out, servers) == ARES_SUCCESS)
		return true;
	ares_destroy(*out);
	return false;
}

bool
pf_dns_channel_open(const struct pf_resolver_config *config, struct pf_dns_channel *out, struct pf_err *err)
{
	PF_AUTO_BUF servers = PF_BUF(SERVERS_CAP);
	struct pf_dns_channel channel = {NULL, NULL};
	size_t count = 0;

	for (; config->nameservers[count] != NULL; count++)
		pf_buf_printf(&servers, "%s%s", count > 0 ? "," : "", config->nameservers[count]);
	if (count == 0)
		return pf_fail(err, PF_ERR_CONFIG, "there is no nameserver to ask: resolv.conf names none");
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return pf_fail(err, PF_ERR_IO, "the resolver library cannot be used");
	if (!open_one(&channel.first, config, pf_buf_text(&servers), ARES_FLAG_NOCHECKRESP)) {
		ares_library_cleanup();
		return pf_fail(err, PF_ERR_CONFIG, "the nameservers of resolv.conf are no addresses: %.200s",
			       pf_buf_text(&servers));
	}
	if (count > 1 && !open_one(&channel.others, config, pf_buf_text(&servers), 0))
		channel.others = NULL;
	*out = channel;
	return true;
}

void
pf_dns_channel_close(struct pf_dns_channel *channel)
{
	ares_destroy(channel->first);
	if (channel->others != NULL)
		ares_destroy(channel->others);
	ares_library_cleanup();
}

void
pf_dns_channel_ask(struct pf_dns_channel *channel, const char *name, int type, ares_callback callback, void *context)
{
	ares_query(channel->first, name, CLASS_IN, type, callback, context);
}

bool
pf_dns_channel_other(const struct pf_dns_channel *channel)
{
	return channel->others != NULL;
}

void
pf_dns_channel_ask_others(struct pf_dns_channel *channel, const char *name, int type, ares_callback callback,
			  void *context)
{
	ares_query(channel->others, name, CLASS_IN, type, callback, context);
}

/* The sockets of CHANNEL, each to be read or written as c-ares wants it; returns how many. */
static size_t
add_sockets(ares_channel channel, struct pollfd *polled)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	/* A bit for each socket to be read, then one for each to be written; c-ares' own macros shift into the sign. */
	unsigned wanted = channel != NULL ? (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM) : 0;
	size_t count = 0;

	for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		short events = 0;
		if (wanted >> i & 1u)
			events |= POLLIN;
		if (wanted >> (i + ARES_GETSOCK_MAXNUM) & 1u)
			events |= POLLOUT;
		if (events != 0)
			polled[count++] = (struct pollfd){sockets[i], events, 0};
	}
	return count;
}

/* Also called without any socket that is ready: c-ares then looks at its own clock. */
static void
process(ares_channel channel, const struct pollfd *polled, size_t count)
{
	ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	for (size_t i = 0; i < count; i++) {
		bool reads = (polled[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
		bool writes = (polled[i].revents & (POLLOUT | POLLERR)) != 0;
		if (reads || writes)
			ares_process_fd(channel, reads ? polled[i].fd : ARES_SOCKET_BAD,
					writes ? polled[i].fd : ARES_SOCKET_BAD);
	}
}

static struct pf_deadline
next_timeout(ares_channel channel, struct pf_deadline deadline)
{
	struct timeval room, *next = ares_timeout(channel, NULL, &room);

	if (next == NULL)
		return deadline;
	return pf_deadline_sooner(deadline, pf_deadline_in((int64_t)next->tv_sec * 1000 + next->tv_usec / 1000 + 1));
}

bool
pf_dns_channel_wait(struct pf_dns_channel *channel, struct pf_deadline deadline)
{
	struct pollfd polled[2 * ARES_GETSOCK_MAXNUM + 1];
	size_t first = add_sockets(channel->first, polled), others = add_sockets(channel->others, polled + first);
	struct pf_deadline wake = next_timeout(channel->first, deadline);

	if (channel->others != NULL)
		wake = next_timeout(channel->others, wake);
	polled[first + others] = (struct pollfd){pf_signals_fd(), POLLIN, 0};
	if (poll(polled, first + others + 1, pf_deadline_left(wake)) < 0)
		return pf_signals_caught() == 0; /* EINTR */
	if (pf_signals_caught() != 0 || pf_deadline_left(deadline) == 0)
		return false;
	process(channel->first, polled, first);
	if (channel->others != NULL)
		process(channel->others, polled + first, others);
	return true;
}
