/* The addresses of this machine: whether postflight runs in a pod is seen by them. */
#include <postflight/dial.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#define MAX_ADDRESSES 256

static const char *
text_of(struct pf_arena *arena, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	const void *bytes = NULL;

	if (address == NULL)
		return NULL;
	if (address->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	else if (address->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	if (bytes == NULL || inet_ntop(address->sa_family, bytes, text, sizeof(text)) == NULL)
		return NULL;
	return pf_strdup(arena, text);
}

const char *const *
pf_own_addresses(struct pf_arena *arena)
{
	const char **out = pf_alloc_array(arena, MAX_ADDRESSES + 1, sizeof(*out));
	struct ifaddrs *all = NULL;
	size_t count = 0;

	if (getifaddrs(&all) != 0)
		return out;
	for (struct ifaddrs *one = all; one != NULL && count < MAX_ADDRESSES; one = one->ifa_next) {
		const char *text = (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_LOOPBACK) == 0
					   ? text_of(arena, one->ifa_addr)
					   : NULL;
		if (text != NULL)
			out[count++] = text;
	}
	freeifaddrs(all);
	return out;
}
