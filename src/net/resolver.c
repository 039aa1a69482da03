/* The search of glibc's resolver over c-ares, which asks one name at a time and is never left to search by itself. */
#include <postflight/resolver.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include <postflight/signals.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "net/resolver_channel.h"

#define MAX_ADDRESSES 256
#define MAX_NAME 255

enum { QUERY_A, QUERY_AAAA, QUERY_COUNT };

struct search;

struct query {
	struct search *search;
	int type;  /* of DNS: 1 or 28 */
	bool asks; /* it is under way */
	bool again;
	enum pf_dns_outcome outcome;
};

/* One host on its way through the search list. */
struct search {
	struct pf_arena *arena;
	struct pf_dns_channel *channel;
	struct pf_resolution *result;
	struct pf_dns_step *steps;
	const char **names; /* to be asked for, ended by NULL */
	size_t at;          /* of NAMES */
	struct query queries[QUERY_COUNT];
	const char *addresses[MAX_ADDRESSES + 1];
	size_t v4_count, count;
	int64_t began_ms, step_ms;
	bool done;
};

const char *
pf_dns_outcome_name(enum pf_dns_outcome outcome)
{
	static const char *const names[PF_DNS_OUTCOME_COUNT] = {
		[PF_DNS_RESOLVED] = "resolved", [PF_DNS_NXDOMAIN] = "nxdomain", [PF_DNS_NO_DATA] = "no-data",
		[PF_DNS_SERVFAIL] = "servfail", [PF_DNS_REFUSED] = "refused",   [PF_DNS_TIMEOUT] = "timeout",
	};

	return names[outcome];
}

static bool
is_address(const char *host)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* resolv.conf(5): with NDOTS dots the name as it stands comes first, with fewer it comes last. */
static const char **
names_of(struct pf_arena *arena, const struct pf_resolver_config *config, const char *host)
{
	size_t len = strlen(host), searched = 0, count = 0;
	unsigned dots = 0;
	const char *whole;

	while (config->search[searched] != NULL)
		searched++;
	const char **names = pf_alloc_array(arena, searched + 2, sizeof(*names));
	if (len > 0 && host[len - 1] == '.') {
		names[0] = pf_strndup(arena, host, len - 1);
		return names;
	}
	whole = pf_strdup(arena, host);
	for (size_t i = 0; i < len; i++)
		dots += host[i] == '.';
	if (dots >= config->ndots)
		names[count++] = whole;
	for (size_t i = 0; i < searched; i++)
		names[count++] = pf_printf(arena, "%s.%s", host, config->search[i]);
	if (dots < config->ndots)
		names[count++] = whole;
	return names;
}

static enum pf_dns_outcome
outcome_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return PF_DNS_RESOLVED;
	case ARES_ENOTFOUND:
	case ARES_EBADNAME: /* a label of more than 63 characters is asked of nobody */
		return PF_DNS_NXDOMAIN;
	case ARES_ENODATA:
		return PF_DNS_NO_DATA;
	case ARES_ESERVFAIL:
		return PF_DNS_SERVFAIL;
	case ARES_ETIMEOUT:
	case ARES_ECONNREFUSED:
		return PF_DNS_TIMEOUT;
	default:
		return PF_DNS_REFUSED;
	}
}

static void
add_address(struct search *search, int family, const char *bytes)
{
	char text[INET6_ADDRSTRLEN];

	if (search->count == MAX_ADDRESSES || inet_ntop(family, bytes, text, sizeof(text)) == NULL)
		return;
	for (size_t i = 0; i < search->count; i++) {
		if (pf_streq(search->addresses[i], text))
			return;
	}
	size_t at = family == AF_INET ? search->v4_count++ : search->count;
	for (size_t i = search->count; i > at; i--)
		search->addresses[i] = search->addresses[i - 1];
	search->addresses[at] = pf_strdup(search->arena, text);
	search->count++;
}

/* What an answer holds; an alias that leads to no address is no data. */
static enum pf_dns_outcome
read_answer(struct query *query, const unsigned char *bytes, int len)
{
	struct search *search = query->search;
	struct pf_dns_step *step = &search->steps[search->at];
	struct hostent *host = NULL;
	size_t before = search->count;
	int status = query->type == PF_DNS_TYPE_A ? ares_parse_a_reply(bytes, len, &host, NULL, NULL)
						  : ares_parse_aaaa_reply(bytes, len, &host, NULL, NULL);

	if (status != ARES_SUCCESS)
		return outcome_of(status);
	for (char **one = host->h_addr_list; one != NULL && *one != NULL; one++)
		add_address(search, host->h_addrtype, *one);
	if (host->h_name != NULL && strcasecmp(host->h_name, step->name) != 0)
		step->canonical = pf_one_line(search->arena, host->h_name, MAX_NAME);
	ares_free_hostent(host);
	return search->count > before ? PF_DNS_RESOLVED : PF_DNS_NO_DATA;
}

/* Of two answers for one name: an address wins, then trouble, because the name may have one all the same. */
static enum pf_dns_outcome
sum_of(enum pf_dns_outcome a, enum pf_dns_outcome b)
{
	static const enum pf_dns_outcome order[] = {PF_DNS_RESOLVED, PF_DNS_TIMEOUT, PF_DNS_SERVFAIL,
						    PF_DNS_REFUSED,  PF_DNS_NO_DATA, PF_DNS_NXDOMAIN};
	size_t i = 0;

	while (order[i] != a && order[i] != b)
		i++;
	return order[i];
}

static void ask_step(struct search *search);

static bool
was_seen(const struct search *search, enum pf_dns_outcome outcome)
{
	for (size_t i = 0; i <= search->at; i++) {
		if (search->steps[i].outcome == outcome)
			return true;
	}
	return false;
}

/* The search has come to its end: what it says is what glibc would tell. */
static void
conclude(struct search *search)
{
	struct pf_resolution *result = search->result;
	enum pf_dns_outcome last = search->steps[search->at].outcome;

	search->done = true;
	result->ok = true;
	result->step_count = search->at + 1;
	result->elapsed_ms = pf_monotonic_ms() - search->began_ms;
	result->outcome = last == PF_DNS_RESOLVED || last == PF_DNS_TIMEOUT || last == PF_DNS_REFUSED ? last
			  : was_seen(search, PF_DNS_NO_DATA)                                          ? PF_DNS_NO_DATA
			  : was_seen(search, PF_DNS_SERVFAIL)                                         ? PF_DNS_SERVFAIL
												      : PF_DNS_NXDOMAIN;
	if (last == PF_DNS_RESOLVED)
		result->answer = &search->steps[search->at];
}

static void
end_step(struct search *search)
{
	struct pf_dns_step *step = &search->steps[search->at];
	const char **addresses = pf_alloc_array(search->arena, search->count + 1, sizeof(*addresses));

	if (search->count > 0)
		memcpy((void *)addresses, (const void *)search->addresses, search->count * sizeof(*addresses));
	step->a = search->queries[QUERY_A].outcome;
	step->aaaa = search->queries[QUERY_AAAA].outcome;
	step->outcome = sum_of(step->a, step->aaaa);
	step->addresses = addresses;
	step->elapsed_ms = pf_monotonic_ms() - search->step_ms;
	bool goes_on =
		step->outcome == PF_DNS_NXDOMAIN || step->outcome == PF_DNS_NO_DATA || step->outcome == PF_DNS_SERVFAIL;
	if (!goes_on || search->names[search->at + 1] == NULL) {
		conclude(search);
		return;
	}
	search->at++;
	ask_step(search);
}

static void
answered(void *context, int status, int timeouts, unsigned char *bytes, int len)
{
	struct query *query = context;
	struct search *search = query->search;

	(void)timeouts;
	if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED)
		return; /* the run is over: what is left is told by whoever ended it */
	query->outcome = status == ARES_SUCCESS ? read_answer(query, bytes, len) : outcome_of(status);
	if (!query->again && (query->outcome == PF_DNS_SERVFAIL || query->outcome == PF_DNS_REFUSED) &&
	    pf_dns_channel_other(search->channel)) {
		query->again = true;
		pf_dns_channel_ask_others(search->channel, search->names[search->at], query->type, answered, query);
		return;
	}
	query->asks = false;
	/* Both may be answered before the second was marked as asked: see ask_step. */
	if (!search->queries[QUERY_A].asks && !search->queries[QUERY_AAAA].asks)
		end_step(search);
}

static void
ask_step(struct search *search)
{
	static const int types[QUERY_COUNT] = {PF_DNS_TYPE_A, PF_DNS_TYPE_AAAA};

	search->steps[search->at].name = search->names[search->at];
	search->count = search->v4_count = 0;
	search->step_ms = pf_monotonic_ms();
	for (size_t i = 0; i < QUERY_COUNT; i++)
		search->queries[i] = (struct query){search, types[i], true, false, PF_DNS_TIMEOUT};
	for (size_t i = 0; i < QUERY_COUNT; i++)
		pf_dns_channel_ask(search->channel, search->names[search->at], types[i], answered, &search->queries[i]);
}

/* An address needs no resolver. */
static void
take_address(struct search *search, const char *host)
{
	const char **addresses = pf_alloc_array(search->arena, 2, sizeof(*addresses));

	addresses[0] = pf_strdup(search->arena, host);
	search->steps[0] = (struct pf_dns_step){.name = addresses[0], .addresses = addresses};
	bool is_v6 = strchr(host, ':') != NULL;
	search->steps[0].a = is_v6 ? PF_DNS_NO_DATA : PF_DNS_RESOLVED;
	search->steps[0].aaaa = is_v6 ? PF_DNS_RESOLVED : PF_DNS_NO_DATA;
	conclude(search);
}

static void
begin(struct search *search, const struct pf_resolver_config *config, const char *host)
{
	size_t count = 0;

	search->began_ms = pf_monotonic_ms();
	search->names = names_of(search->arena, config, host);
	while (search->names[count] != NULL)
		count++;
	search->steps = pf_alloc_array(search->arena, count, sizeof(*search->steps));
	search->result->steps = search->steps;
	if (is_address(host))
		take_address(search, host);
	else
		ask_step(search);
}

static bool
all_done(const struct search *searches, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!searches[i].done)
			return false;
	}
	return true;
}

static void
leave_unfinished(struct search *search, const char *host)
{
	struct pf_resolution *result = search->result;
	bool interrupted = pf_signals_caught() != 0;

	result->step_count = search->at;
	result->elapsed_ms = pf_monotonic_ms() - search->began_ms;
	(void)pf_fail(&result->err, interrupted ? PF_ERR_INTERRUPTED : PF_ERR_TIMEOUT, "cannot resolve %.255s: %s",
		      host, interrupted ? "interrupted" : "the run's time was over");
}

void
pf_resolve_all(struct pf_arena *arena, const struct pf_resolver_config *config, const char *const *hosts,
	       struct pf_resolution *results, size_t count, struct pf_deadline deadline)
{
	struct search *searches = pf_alloc_array(arena, count + 1, sizeof(*searches));
	struct pf_dns_channel channel;
	struct pf_err err;
	bool open = pf_dns_channel_open(config, &channel, &err);

	memset(results, 0, count * sizeof(*results));
	for (size_t i = 0; i < count; i++) {
		searches[i] = (struct search){.arena = arena, .channel = &channel, .result = &results[i]};
		if (open || is_address(hosts[i]))
			begin(&searches[i], config, hosts[i]);
		else
			results[i].err = err;
	}
	if (!open)
		return;
	while (!all_done(searches, count) && pf_dns_channel_wait(&channel, deadline))
		;
	for (size_t i = 0; i < count; i++) {
		if (!searches[i].done)
			leave_unfinished(&searches[i], hosts[i]);
	}
	pf_dns_channel_close(&channel);
}
