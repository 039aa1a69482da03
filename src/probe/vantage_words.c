/* What the words of getent, nslookup, bash, curl, nc and wget mean (in LC_ALL=C). */
#include <arpa/inet.h>
#include <string.h>

#include <postflight/str.h>
#include <postflight/text.h>

#include "probe/vantage_report.h"

#define MAX_ADDRESSES 256
#define NOT_FOUND 2 /* getent: no such key, and a resolver that does not answer */
#define TIME_UP 124 /* timeout(1) ended it */
#define TERMINATED 143

struct phrase {
	const char *words;
	const char *means;
};

/* The first of PHRASES that stands in a line of TOLD; *LINE is that line. */
static const char *
meaning(const struct pf_told *told, const struct phrase *phrases, size_t count, const char **line)
{
	for (size_t k = 0; k < count; k++) {
		for (size_t i = 0; i < told->line_count; i++) {
			if (strcasestr(told->lines[i], phrases[k].words) != NULL) {
				*line = told->lines[i];
				return phrases[k].means;
			}
		}
	}
	return NULL;
}

#define MEANING(told, phrases, line) meaning((told), (phrases), sizeof(phrases) / sizeof((phrases)[0]), (line))

/* getaddrinfo's, as programs pass them on. */
static const struct phrase name_phrases[] = {
	{"name or service not known", "nxdomain"},
	{"name does not resolve", "nxdomain"}, /* musl */
	{"no address associated with", "no-data"},
	{"name has no usable address", "no-data"}, /* musl */
	{"temporary failure in name resolution", "failed"},
	{"try again", "failed"},
	{"could not resolve host", "failed"}, /* curl says no more */
	{"bad address", "failed"},            /* busybox neither */
	{"unable to resolve host", "failed"},
};

/* One of several names that were tried may stand for all: trouble before an absence, as the C library has it. */
static const struct phrase nslookup_phrases[] = {
	{"timed out", "timeout"},
	{"no servers could be reached", "timeout"},
	{"connection refused", "timeout"}, /* by a machine on which no resolver listens */
	{"refused", "refused"},
	{"no answer", "no-data"},
	{"servfail", "servfail"},
	{"nxdomain", "nxdomain"},
	{"can't find", "failed"},
	{"can't resolve", "failed"},
};

static const struct phrase connection_phrases[] = {
	{"connection refused", "refused"},
	{"timed out", "timeout"},
	{"timeout", "timeout"},
	{"no route to host", "unreachable"},
	{"host is unreachable", "unreachable"},
	{"network is unreachable", "unreachable"},
	{"network unreachable", "unreachable"},
	{"permission denied", "unreachable"}, /* a firewall's ICMP: administratively prohibited */
	{"operation not permitted", "unreachable"},
	{"connection reset", "reset"},
};

/* ---- Names ------------------------------------------------------------------------------------------------------ */

struct addresses {
	struct pf_arena *arena;
	const char **list;
	size_t count;
};

/* The address that TEXT starts with, in its usual form: "10.96.0.1:53" and "10.96.0.1  STREAM x" count. */
static void
take_address(struct addresses *to, const char *text)
{
	char usual[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	const char *word = pf_strndup(to->arena, text, strcspn(text, " \t#,"));
	int family = strchr(word, ':') != NULL ? AF_INET6 : AF_INET;

	if (to->count == MAX_ADDRESSES || inet_pton(family, word, bytes) != 1 ||
	    inet_ntop(family, bytes, usual, sizeof(usual)) == NULL)
		return;
	for (size_t i = 0; i < to->count; i++) {
		if (pf_streq(to->list[i], usual))
			return;
	}
	to->list[to->count++] = pf_strdup(to->arena, usual);
}

/* "10.96.10.126    STREAM dynamodb.shop.svc.cluster.local": the name stands in the first line only. */
static void
read_getent(struct addresses *to, const struct pf_told *told, struct pf_told_name *out)
{
	for (size_t i = 0; i < told->line_count; i++) {
		const char *line = told->lines[i];
		const char *name = strstr(line, "STREAM ");
		take_address(to, line);
		if (i == 0 && name != NULL && name[strlen("STREAM ")] != '\0')
			out->canonical = name + strlen("STREAM ");
	}
}

/* The first "Address" line is the server's own; "Name:" comes before those of the answer. */
static void
read_nslookup(struct addresses *to, const struct pf_told *told, struct pf_told_name *out)
{
	bool answers = false;

	for (size_t i = 0; i < told->line_count; i++) {
		const char *line = told->lines[i];
		const char *colon = strchr(line, ':');
		const char *value = colon != NULL ? colon + 1 + strspn(colon + 1, " \t") : "";
		if (pf_starts_with(line, "Name:")) {
			answers = true;
			out->canonical = value;
		} else if (answers && pf_starts_with(line, "Address")) {
			take_address(to, value);
		}
	}
}

static const char *
last_line(const struct pf_told *told)
{
	return told->line_count > 0 ? told->lines[told->line_count - 1] : NULL;
}

static struct pf_told_name
name_by_nslookup(const struct pf_told *told, struct addresses *to)
{
	struct pf_told_name out = {.addresses = to->list};

	read_nslookup(to, told, &out);
	if (to->count > 0) {
		out.outcome = "resolved";
		return out;
	}
	out.canonical = NULL;
	/* The last name that was tried was answered, with nothing. */
	out.outcome = told->status == 0 ? "no-data" : MEANING(told, nslookup_phrases, &out.said);
	if (out.outcome == NULL)
		out.outcome = told->status == TIME_UP || told->status == TERMINATED ? "timeout" : "failed";
	return out;
}

static struct pf_told_name
name_by_getent(const struct pf_told *told, struct addresses *to)
{
	struct pf_told_name out = {.addresses = to->list};

	read_getent(to, told, &out);
	if (told->status == 0 && to->count > 0)
		out.outcome = "resolved";
	else if (told->status == NOT_FOUND)
		out.outcome = "failed";
	out.said = to->count == 0 ? last_line(told) : NULL;
	return out;
}

/* Whatever a connection came to, the name was resolved unless it says that it was not. */
static struct pf_told_name
name_by_connection(struct pf_arena *arena, const struct pf_told *told, struct addresses *to)
{
	struct pf_told_connection connection = pf_told_connection(arena, told);
	struct pf_told_name out = {.addresses = to->list, .outcome = connection.name_outcome};

	if (out.outcome != NULL)
		out.said = connection.said;
	else if (connection.outcome != NULL)
		out.outcome = "resolved";
	return out;
}

struct pf_told_name
pf_told_name(struct pf_arena *arena, const struct pf_told *told)
{
	struct addresses to = {arena, pf_alloc_array(arena, MAX_ADDRESSES + 1, sizeof(char *)), 0};

	if (pf_streq(told->tool, "getent"))
		return name_by_getent(told, &to);
	if (pf_streq(told->tool, "nslookup"))
		return name_by_nslookup(told, &to);
	if (pf_streq(told->tool, "none"))
		return (struct pf_told_name){.addresses = to.list};
	return name_by_connection(arena, told, &to);
}

/* ---- Connections ------------------------------------------------------------------------------------------------ */

/* Which words, or which end, tell that a tool was connected. */
static bool
is_connected(const struct pf_told *told)
{
	static const struct phrase curl[] = {{"Connected to ", ""}, {"Established connection to ", ""}};
	static const struct phrase wget[] = {{" connected.", ""},
					     {"server returned error", ""},
					     {"error getting response", ""},
					     {"HTTP/1.", ""},
					     {"saving to", ""},
					     {"written to", ""}};
	const char *line;

	if (pf_streq(told->tool, "bash"))
		return pf_streq(last_line(told), "connected");
	if (pf_streq(told->tool, "curl"))
		return MEANING(told, curl, &line) != NULL;
	if (pf_streq(told->tool, "wget"))
		return told->status == 0 || MEANING(told, wget, &line) != NULL;
	/* An nc that cannot leave by itself waits for the server: then its time was up without a word. */
	return told->status == 0 || ((told->status == TIME_UP || told->status == TERMINATED) && told->line_count == 0);
}

static bool
is_silent(const struct pf_told *told)
{
	bool time_up = told->status == TIME_UP || told->status == TERMINATED;

	if (pf_streq(told->tool, "bash"))
		return pf_streq(last_line(told), "silent");
	return pf_streq(told->tool, "curl") && (time_up || told->status == 28);
}

struct pf_told_connection
pf_told_connection(struct pf_arena *arena, const struct pf_told *told)
{
	struct pf_told_connection out = {0};

	(void)arena;
	if (pf_streq(told->tool, "none"))
		return out;
	if (is_connected(told)) {
		out.outcome = "connected";
		return out;
	}
	out.name_outcome = MEANING(told, name_phrases, &out.said);
	if (out.name_outcome != NULL)
		return out;
	out.outcome = is_silent(told) ? "timeout" : MEANING(told, connection_phrases, &out.said);
	if (out.said == NULL && out.outcome == NULL)
		out.said = last_line(told);
	return out;
}
