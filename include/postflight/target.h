/*
 * What is being judged, behind a small interface with three implementations: live, record (live, and kept) and
 * replay (offline, from a recording).
 *
 * Redaction happens here, before anybody else sees an answer: Secret data and values whose name looks secret
 * become tokens that keep what rules need (see redact.h). Clock readings go through the target too, so that a
 * replayed run is the same to the byte.
 */
#ifndef POSTFLIGHT_TARGET_H
#define POSTFLIGHT_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/clock.h>
#include <postflight/connection.h>
#include <postflight/err.h>

struct pf_target;

enum pf_ask_kind {
	PF_ASK_API, /* a request to the API server itself */
	PF_ASK_EXEC, /* a command in a container: PATH is …/pods/NAME/exec?container=…&command=…&stdout=true&stderr=true
		      */
	PF_ASK_FORWARD, /* HTTP to a process in a pod: PATH is …/pods/NAME/portforward, the request goes to PORT */
	PF_ASK_RESOLVE, /* a name, from this machine: METHOD is "RESOLVE", PATH the host */
	PF_ASK_DIAL,    /* a connection, from this machine: METHOD is "DIAL", PATH is ADDRESS:PORT, [ADDRESS]:PORT */
	PF_ASK_DIRECT,  /* HTTP to a process, from this machine: PATH as that of a DIAL, the rest as of a FORWARD */
	PF_ASK_KIND_COUNT
};

/*
 * A question. Strings must live until the call returns. Questions of one wave are asked side by side; FORWARDs to the
 * same pod and port share a stream, one after the other; when one stays without an answer, so do those behind it.
 * Tokens of redaction in HEADERS and BODY of a FORWARD are replaced by what they stand for when they leave, and nowhere
 * else. A DIRECT has a connection to itself; PF_REPLY_NONE with PF_ERR_UNREACHABLE then says that there was none, so
 * that nothing has been sent.
 *
 * The BODY of a RESOLVE is a JSON object: what there is of nameservers, search (lists) and ndots takes the place of
 * what this machine's resolv.conf says; with a namespace, search goes on behind the list that its pods have; with hosts
 * (true), /etc/hosts comes first, as in a program of this machine. The answer is {outcome, addresses, canonical,
 * steps[{name, a, aaaa, outcome, ms}], nameservers, own, host, podNamespace}, own being this machine's addresses,
 * host its name, podNamespace where its resolv.conf says that it is (that of a pod which asks the cluster's DNS does);
 * by is "hosts" where the name was found there. That of a DIAL is {outcome}. The words of outcomes are those of
 * resolver.h and dial.h; OK says that there is one.
 */
struct pf_ask {
	enum pf_ask_kind kind;
	const char *method;       /* "GET", "POST", "PATCH", …; of an EXEC "GET" */
	const char *path;         /* /api/v1/…, with query */
	const char *content_type; /* of BODY; NULL: application/json */
	const char *body;         /* NULL: none */
	size_t cap;               /* bytes of answer; 0: 16 MiB; of an EXEC, 64 KiB for each of its two streams */
	int port;                 /* FORWARD: the container's port */
	const char *inner_path;   /* FORWARD: the path asked of the process */
	const char *headers;      /* FORWARD, DIRECT: further header lines, "Name: value\r\n" each; NULL: none */
	int64_t timeout_ms;       /* 0: the target's request timeout */
};

/* What a process in a pod did with a request, whatever its answer was. */
enum pf_reply {
	PF_REPLY_NONE,    /* it was not reached: ERR is about the API server or us, or the port REFUSED */
	PF_REPLY_HTTP,    /* an HTTP answer: STATUS is the process's own, a 403 too */
	PF_REPLY_TLS,     /* it wants TLS: an alert came (PF_ERR_PROTOCOL) */
	PF_REPLY_GARBLED, /* something came, or the end, that is no HTTP (PF_ERR_PROTOCOL, PF_ERR_UNREACHABLE) */
	PF_REPLY_SILENT,  /* the connection stood, and no whole answer came in time (PF_ERR_TIMEOUT) */
	PF_REPLY_COUNT
};

struct pf_answer {
	bool ok;           /* a 2xx answer of the API server; of a FORWARD or a DIRECT, an HTTP answer of any STATUS */
	int status;        /* HTTP; 0 when no answer came */
	cJSON *json;       /* the redacted document, of a Status object too; NULL when the body is none; the asker's */
	const char *text;  /* a redacted body that is no JSON (logs); "" else */
	struct pf_err err; /* when !ok: a sentence. PF_ERR_NOT_FOUND is an object; an unknown path is PF_ERR_SERVER */
	int64_t elapsed_ms;
	const char *stderr_text; /* EXEC: redacted, as TEXT is its standard output; "" else */
	/*
	 * EXEC: of the command; OK then says that it ran and ended, whatever the code. Without OK: 127 when the
	 * container has no such program, 126 when that may not be run, else 0.
	 */
	int exit_code;
	bool cut;            /* EXEC: more was written than CAP */
	bool refused;        /* FORWARD: nothing listens on PORT in the pod (ERR says so, PF_ERR_UNREACHABLE) */
	enum pf_reply reply; /* FORWARD: what the process did */
	const char *server;  /* FORWARD: the Server header of PF_REPLY_HTTP, redacted; NULL: none */
};

/* One line of a watch. */
enum pf_watch_end {
	PF_WATCH_DONE,  /* the callback had enough */
	PF_WATCH_ENDED, /* the server closed it (normal after some minutes): watch again */
	PF_WATCH_GONE,  /* 410, as status or as event: list again */
	PF_WATCH_ERROR, /* ERR says: deadline, interruption, connection, protocol */
};

/*
 * TYPE is ADDED, MODIFIED, DELETED or BOOKMARK; OBJECT is redacted and lives until return. False: had enough. The
 * callback may read the clock, but not ask: the connection is busy.
 */
typedef bool pf_watch_event(void *context, const char *type, const cJSON *object);

struct pf_recording_info {
	const char *tool_version;
	const char *context;
	const char *server;
	const char *namespace_;
	const char *const *warnings;
	cJSON *options; /* what the run was asked: plan, variables, wait, … (run's own vocabulary) */
};

/* The live target. REQUEST_TIMEOUT_MS bounds each question. Ends with ARENA, as CONNECTION must not before. */
struct pf_target *pf_target_live(struct pf_arena *arena, struct pf_connection *connection, int64_t request_timeout_ms);

/* For a pod that cannot ask the API server: that is answered with ERR, what is asked from this machine is asked. */
struct pf_target *
pf_target_without_server(struct pf_arena *arena, const struct pf_err *err, int64_t request_timeout_ms);

/* LIVE, with every exchange kept in DIR (made; refused when it has content). False with ERR. */
bool pf_target_record(struct pf_arena *arena, struct pf_target *live, const char *dir,
		      const struct pf_recording_info *info, struct pf_target **out, struct pf_err *err);

/*
 * False with ERR (PF_ERR_IO) when TARGET records and something could not be written, the disk being full, say: the
 * recording ends before that exchange, the run is none the worse. True for every other target.
 */
bool pf_target_recording_complete(const struct pf_target *target, struct pf_err *err);

/* A recording. *INFO is what was given to pf_target_record. False with ERR (PF_ERR_CONFIG) when DIR is none. */
bool pf_target_replay(struct pf_arena *arena, const char *dir, struct pf_recording_info *info, struct pf_target **out,
		      struct pf_err *err);

/* A target for a connection that could not be opened: every question is answered with ERR. */
struct pf_target *pf_target_broken(struct pf_arena *arena, const struct pf_err *err);

/* Asks COUNT independent questions side by side. Answers are in ARENA; each stands for itself. */
void pf_target_ask(struct pf_target *target, struct pf_arena *arena, const struct pf_ask *asks,
		   struct pf_answer *answers, size_t count, struct pf_deadline deadline);

/*
 * Watches PATH (a list's path with selector; watch=1, bookmarks and RESOURCE_VERSION are added) and hands each event to
 * CALLBACK until it has enough, the server ends, or the deadline comes.
 */
enum pf_watch_end
pf_target_watch(struct pf_target *target, struct pf_arena *arena, const char *path, const char *resource_version,
		pf_watch_event *callback, void *context, struct pf_deadline deadline, struct pf_err *err);

/* The target's monotonic clock and wall clock, milliseconds. */
int64_t pf_target_now(struct pf_target *target);
int64_t pf_target_wall(struct pf_target *target);

/* Eight hexadecimal characters that name this run; random, and the recording's in a replay. */
const char *pf_target_run_id(struct pf_target *target);

/* Every question asked so far, for -v: how many waves and questions, and a line for each. */
struct pf_target_trace {
	unsigned waves;
	unsigned questions;
	const char *const *lines; /* "GET /apis/… 200 12 ms"; questions of them */
};
struct pf_target_trace pf_target_trace(const struct pf_target *target);

#endif
