/*
 * What vantage.sh printed, read strictly: it comes out of a container that may hold anything.
 *
 *     postflight 1
 *     conf 0 sh | LINE                    of the container's resolv.conf
 *     KIND NUMBER TOOL | LINE             what the tool said; KIND is dns or tcp
 *     KIND NUMBER TOOL = STATUS CENTIS    how it ended, and after how many hundredths of a second
 *     end
 *
 * Answers may stand in any order, the lines of one in theirs.
 */
#ifndef PROBE_VANTAGE_REPORT_H
#define PROBE_VANTAGE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/arena.h>
#include <postflight/err.h>

/* One answer. */
struct pf_told {
	const char *tool; /* "getent nslookup bash curl nc wget"; "none": the container has none of them */
	int status;
	int64_t elapsed_ms; /* to the hundredth of a second */
	const char *const *lines;
	size_t line_count;
};

#define PF_TOLD_MAX 8 /* answers of a kind */

struct pf_vantage_report {
	struct pf_told dns[PF_TOLD_MAX];
	struct pf_told tcp[PF_TOLD_MAX];
	const char *resolv_conf; /* "" when it could not be read */
};

/*
 * Reads TEXT, in which DNS_COUNT names and TCP_COUNT connections must be told of, each once. False with ERR
 * (PF_ERR_PROTOCOL) for anything else.
 */
bool pf_vantage_report_read(struct pf_arena *arena, const char *text, size_t dns_count, size_t tcp_count,
			    struct pf_vantage_report *out, struct pf_err *err);

/* ---- What it means ---------------------------------------------------------------------------------------------- */

/* A name as the tools could tell it. OUTCOME is one of dns.outcome's words, or NULL when no tool was there. */
struct pf_told_name {
	const char *outcome;
	const char *const *addresses; /* each once, in order; ended by NULL; empty where the tool shows none */
	const char *canonical;        /* the whole name that was found; NULL */
	const char *said;             /* the tool's words about a failure; NULL */
};

/* A connection. OUTCOME is one of tcp.outcome's words; NULL when NAME_FAILED or when no tool could tell. */
struct pf_told_connection {
	const char *outcome;
	const char *name_outcome; /* "nxdomain", "no-data" or "failed" when the host did not resolve; NULL */
	const char *said;
};

struct pf_told_name pf_told_name(struct pf_arena *arena, const struct pf_told *told);
struct pf_told_connection pf_told_connection(struct pf_arena *arena, const struct pf_told *told);

#endif
