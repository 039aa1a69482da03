/*
 * A pod's view of the network, for processes that have none to themselves: preloaded into each process of a container
 * (LD_PRELOAD), with files.c. No privilege and no kernel feature is needed.
 *
 * The network is a folder, LAB_NET:
 *
 *     addresses/IP/PORT      a symbolic link whose text says where a connection to IP:PORT goes
 *                            N: a listening process, at 127.0.0.1:N of the machine   (of a pod; made here, by bind)
 *                            IP:PORT IP:PORT: one of these                           (of a Service)
 *     addresses/IP/lo-PORT   the same for a process that listens on its pod's loopback only
 *     addresses/IP/drop      packets to ports of IP that are not served vanish; without it they are refused
 *     addresses/IP/deny-IP   packets from the second IP vanish (NetworkPolicy)
 *     names/NAME             a symbolic link whose text is the addresses of a whole name, or =OTHER of an alias
 *     resolvers/IP           a symbolic link: "names" where that resolver knows them, any other text where it knows
 * none; without it nobody answers there
 *
 * The pod is a folder too, LAB_POD, with its resolv.conf. Its address is LAB_IP, its host name LAB_HOST.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "pod.h"

enum { TARGET_CAP = 1024, SEARCH_CAP = 8, NAME_CAP = 256 };

/* The text of link LAB_NET/FOLDER/NAME; false when there is none. */
static bool
link_text(const char *folder, const char *name, char text[static TARGET_CAP])
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof path, "%s/%s/%s", setting("LAB_NET"), folder, name);
	if (length < 0 || (size_t)length >= sizeof path)
		return false;
	ssize_t got = readlink(path, text, TARGET_CAP - 1);
	if (got < 0)
		return false;
	text[got] = '\0';
	return true;
}

static bool there(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool
there(const char *format, ...)
{
	char relative[NAME_CAP], path[PATH_MAX];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(relative, sizeof relative, format, arguments);
	va_end(arguments);
	snprintf(path, sizeof path, "%s/%s", setting("LAB_NET"), relative);
	struct stat about;
	return lstat(path, &about) == 0;
}

/* --- addresses --- */

/* The IPv4 address and port in ADDRESS, also where they are mapped into IPv6; the unspecified and the loopback
 * address of IPv6 are taken for those of IPv4. False for what is no such address. */
static bool
ipv4_of(const struct sockaddr *address, socklen_t length, struct in_addr *ip, in_port_t *port)
{
	if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
		const struct sockaddr_in *in = (const void *)address;
		*ip = in->sin_addr;
		*port = ntohs(in->sin_port);
		return true;
	}
	if (address->sa_family != AF_INET6 || length < sizeof(struct sockaddr_in6))
		return false;
	const struct sockaddr_in6 *in6 = (const void *)address;
	*port = ntohs(in6->sin6_port);
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		memcpy(ip, in6->sin6_addr.s6_addr + 12, sizeof *ip);
	else if (IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr))
		ip->s_addr = htonl(INADDR_ANY);
	else if (IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr))
		ip->s_addr = htonl(INADDR_LOOPBACK);
	else
		return false;
	return true;
}

/* Port PORT of the machine's loopback in FAMILY. Returns the length. */
static socklen_t
loopback(int family, in_port_t port, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof *out);
	if (family == AF_INET) {
		struct sockaddr_in *in = (void *)out;
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (void *)out;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &in6->sin6_addr);
	return sizeof *in6;
}

static bool
is_loopback(struct in_addr ip)
{
	return ntohl(ip.s_addr) >> 24 == 127;
}

static bool
is_stream(int fd)
{
	int type = 0;
	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){sizeof type}) == 0 && type == SOCK_STREAM;
}

/* --- connections --- */

enum way { TO_PORT, REFUSED, SILENT };

/* One of the words of TEXT, by chance, as an address and a port. */
static bool
one_of(char *text, char ip[static INET_ADDRSTRLEN], unsigned *port)
{
	char *words[64], *state = NULL;
	size_t count = 0;
	for (char *word = strtok_r(text, " ", &state); word && count < 64; word = strtok_r(NULL, " ", &state))
		words[count++] = word;
	if (!count)
		return false;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return sscanf(words[(size_t)now.tv_nsec / 1000 % count], "%15[0-9.]:%u", ip, port) == 2;
}

/* Where a connection to IP:PORT goes. */
static enum way
route(struct in_addr address, unsigned port, unsigned *real)
{
	char ip[INET_ADDRSTRLEN], folder[64], name[32], text[TARGET_CAP];
	const char *own = setting("LAB_IP");
	bool local = is_loopback(address) || address.s_addr == htonl(INADDR_ANY);
	if (local)
		snprintf(ip, sizeof ip, "%s", own);
	else
		inet_ntop(AF_INET, &address, ip, sizeof ip);
	for (int hops = 0; hops < 4; hops++) {
		if (there("addresses/%s/deny-%s", ip, own))
			return SILENT;
		snprintf(folder, sizeof folder, "addresses/%s", ip);
		snprintf(name, sizeof name, "%u", port);
		bool found = link_text(folder, name, text);
		if (!found && local) {
			snprintf(name, sizeof name, "lo-%u", port);
			found = link_text(folder, name, text);
		}
		if (!found)
			return local || (there("addresses/%s", ip) && !there("addresses/%s/drop", ip)) ? REFUSED
												       : SILENT;
		if (!strpbrk(text, ".: ")) {
			*real = (unsigned)strtoul(text, NULL, 10);
			return *real ? TO_PORT : REFUSED;
		}
		if (!one_of(text, ip, &port))
			return REFUSED;
	}
	return REFUSED;
}

/* A port of the machine that answers nothing: whoever listens there has a full queue and never looks at it. */
static in_port_t
silent_port(void)
{
	static in_port_t port;
	if (port)
		return port;
	struct sockaddr_storage at;
	socklen_t length = loopback(AF_INET, 0, &at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || NEXT(bind)(listener, (void *)&at, length) || listen(listener, 0))
		return 1;
	getsockname(listener, (void *)&at, &length);
	for (int i = 0; i < 3; i++) {
		int fill = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fill >= 0)
			NEXT(connect)(fill, (void *)&at, length);
	}
	port = ntohs(((struct sockaddr_in *)&at)->sin_port);
	return port;
}

int
connect(int fd, const struct sockaddr *address, socklen_t length)
{
	struct in_addr ip;
	in_port_t port;
	unsigned real = 0;
	if (!ipv4_of(address, length, &ip, &port)) {
		if (address->sa_family != AF_INET6)
			return NEXT(connect)(fd, address, length);
		errno = ENETUNREACH;
		return -1;
	}
	if (!is_stream(fd)) {
		/* getaddrinfo and the JVM ask the kernel for a route this way; nothing is sent. */
		return NEXT(connect)(fd, address, length);
	}
	enum way way = route(ip, port, &real);
	if (way == REFUSED) {
		errno = ECONNREFUSED;
		return -1;
	}
	struct sockaddr_storage target;
	socklen_t target_length =
		loopback(address->sa_family, way == SILENT ? silent_port() : (in_port_t)real, &target);
	return NEXT(connect)(fd, (void *)&target, target_length);
}

int
bind(int fd, const struct sockaddr *address, socklen_t length)
{
	struct in_addr ip;
	in_port_t port;
	if (!ipv4_of(address, length, &ip, &port) || !is_stream(fd))
		return NEXT(bind)(fd, address, length);
	struct sockaddr_storage at;
	socklen_t at_length = loopback(address->sa_family, 0, &at);
	if (NEXT(bind)(fd, (void *)&at, at_length))
		return -1;
	if (!port)
		return 0;
	getsockname(fd, (void *)&at, &at_length);
	in_port_t real = ntohs(address->sa_family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port
							     : ((struct sockaddr_in6 *)&at)->sin6_port);
	char text[16], path[PATH_MAX];
	snprintf(text, sizeof text, "%u", real);
	snprintf(path, sizeof path, "%s/addresses/%s/%s%u", setting("LAB_NET"), setting("LAB_IP"),
		 is_loopback(ip) ? "lo-" : "", port);
	if (symlink(text, path) == 0)
		return 0;
	errno = errno == EEXIST ? EADDRINUSE : EADDRNOTAVAIL;
	return -1;
}

/* --- names --- */

struct search {
	char domains[SEARCH_CAP][NAME_CAP];
	size_t count;
	size_t ndots;
	bool answered; /* by a nameserver of the file */
	bool knows;    /* the cluster's names */
};

static void
read_search(struct search *search)
{
	*search = (struct search){.ndots = 1};
	char path[PATH_MAX], line[1024];
	snprintf(path, sizeof path, "%s/resolv.conf", setting("LAB_POD"));
	FILE *file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof line, file)) {
		char *state = NULL, *word = strtok_r(line, " \n", &state);
		bool domains = word && !strcmp(word, "search");
		bool options = word && !strcmp(word, "options");
		bool nameserver = word && !strcmp(word, "nameserver");
		if (nameserver && !search->answered && (word = strtok_r(NULL, " \n", &state))) {
			char text[TARGET_CAP];
			search->answered = link_text("resolvers", word, text);
			search->knows = search->answered && !strcmp(text, "names");
		}
		while ((domains || options) && (word = strtok_r(NULL, " \n", &state))) {
			if (domains && search->count < SEARCH_CAP)
				snprintf(search->domains[search->count++], NAME_CAP, "%s", word);
			else if (options && !strncmp(word, "ndots:", 6))
				search->ndots = strtoul(word + 6, NULL, 10);
		}
	}
	fclose(file);
}

/* Looks up NAME in domain DOMAIN; WHOLE becomes the whole name. */
static bool
known(const char *name, const char *domain, char whole[static NAME_CAP], char text[static TARGET_CAP])
{
	int length = snprintf(whole, NAME_CAP, "%s%s%s", name, *domain ? "." : "", domain);
	if (length <= 0 || length >= NAME_CAP || strchr(whole, '/'))
		return false;
	if (whole[length - 1] == '.')
		whole[length - 1] = '\0';
	for (char *c = whole; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	bool found = link_text("names", whole, text);
	for (int hops = 0; found && *text == '=' && hops < 4; hops++) {
		snprintf(whole, NAME_CAP, "%s", text + 1);
		found = link_text("names", whole, text);
	}
	return found && *text != '=';
}

static bool
search_for(const struct search *search, const char *name, char whole[static NAME_CAP], char text[static TARGET_CAP])
{
	size_t dots = 0, length = strlen(name);
	for (const char *c = name; *c; c++)
		dots += *c == '.';
	if (length && name[length - 1] == '.')
		return known(name, "", whole, text);
	if (dots >= search->ndots && known(name, "", whole, text))
		return true;
	for (size_t i = 0; i < search->count; i++) {
		if (known(name, search->domains[i], whole, text))
			return true;
	}
	return dots < search->ndots && known(name, "", whole, text);
}

static bool
numeric(const char *name)
{
	unsigned char room[sizeof(struct in6_addr)];
	return inet_pton(AF_INET, name, room) == 1 || inet_pton(AF_INET6, name, room) == 1;
}

/* The answer to a question for NAME, known as WHOLE, whose addresses are the words of TEXT. */
static int
answer(const char *whole, char *text, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	struct addrinfo numbers = {0};
	if (hints)
		numbers = *hints;
	if (numbers.ai_family == AF_INET6 && !(numbers.ai_flags & AI_V4MAPPED))
		return EAI_NODATA;
	numbers.ai_flags = (numbers.ai_flags | AI_NUMERICHOST) & ~AI_ADDRCONFIG;
	struct addrinfo *first = NULL, **last = &first;
	char *state = NULL;
	for (char *word = strtok_r(text, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
		int failure = NEXT(getaddrinfo)(word, service, &numbers, last);
		if (failure) {
			if (first)
				freeaddrinfo(first);
			return failure;
		}
		if (last == &first && first->ai_canonname) {
			free(first->ai_canonname);
			first->ai_canonname = strdup(whole);
		}
		while (*last)
			last = &(*last)->ai_next;
	}
	if (!first)
		return EAI_NODATA;
	*out = first;
	return 0;
}

int
getaddrinfo(const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
	    struct addrinfo **restrict out)
{
	if (!name || numeric(name) || (hints && hints->ai_flags & AI_NUMERICHOST))
		return NEXT(getaddrinfo)(name, service, hints, out);
	char whole[NAME_CAP], text[TARGET_CAP];
	if (!strcmp(name, "localhost") || !strcmp(name, setting("LAB_HOST"))) {
		snprintf(whole, sizeof whole, "%s", name);
		snprintf(text, sizeof text, "%s",
			 *name == 'l' && !strcmp(name, "localhost") ? "127.0.0.1" : setting("LAB_IP"));
		return answer(whole, text, service, hints, out);
	}
	struct search search;
	read_search(&search);
	if (!search.answered) {
		nanosleep(&(struct timespec){.tv_sec = 2}, NULL);
		return EAI_AGAIN;
	}
	bool found = search.knows && search_for(&search, name, whole, text);
	return found ? answer(whole, text, service, hints, out) : EAI_NONAME;
}

int
gethostname(char *name, size_t size)
{
	const char *host = setting("LAB_HOST");
	if (strlen(host) >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, host, strlen(host) + 1);
	return 0;
}
