/* c-ares as the resolver needs it: one question for one name and type, and a wait that signals and deadlines end. */
#ifndef NET_RESOLVER_CHANNEL_H
#define NET_RESOLVER_CHANNEL_H

#include <stdbool.h>

#include <ares.h>

#include <postflight/resolver.h>

#define PF_DNS_TYPE_A 1
#define PF_DNS_TYPE_AAAA 28

struct pf_dns_channel {
	ares_channel first;  /* tells what the first nameserver said that said anything */
	ares_channel others; /* goes on to the next one after SERVFAIL or REFUSED; NULL when there is only one */
};

/* False with ERR when CONFIG has no usable nameserver. */
bool pf_dns_channel_open(const struct pf_resolver_config *config, struct pf_dns_channel *out, struct pf_err *err);
void pf_dns_channel_close(struct pf_dns_channel *channel);

void
pf_dns_channel_ask(struct pf_dns_channel *channel, const char *name, int type, ares_callback callback, void *context);

/* Whether another nameserver may be asked after the first one's trouble; and doing so. */
bool pf_dns_channel_other(const struct pf_dns_channel *channel);
void pf_dns_channel_ask_others(struct pf_dns_channel *channel, const char *name, int type, ares_callback callback,
			       void *context);

/* Waits for answers and hands them to their callbacks. False when the deadline or a signal came. */
bool pf_dns_channel_wait(struct pf_dns_channel *channel, struct pf_deadline deadline);

#endif
