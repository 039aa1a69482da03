/*
 * An HTTP/1.0 or 1.1 answer, read from bytes as they come, however they are cut: for streams that libcurl does not
 * drive itself (the answer to an upgrade, a process behind a port-forward).
 *
 * Strict where two readers could disagree: folded lines, a Content-Length beside a Transfer-Encoding or another one,
 * codings other than chunked are refused. Interim answers (1xx) are skipped.
 */
#ifndef POSTFLIGHT_NET_HTTP1_H
#define POSTFLIGHT_NET_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/arena.h>
#include <postflight/buf.h>
#include <postflight/err.h>

/* Of all header lines of an answer, interim answers' and trailers' included. */
#define PF_HTTP1_HEAD_CAP ((size_t)64 * 1024)

enum pf_http1_state {
	PF_HTTP1_STATUS_LINE,
	PF_HTTP1_HEADER,
	PF_HTTP1_BODY,
	PF_HTTP1_BODY_TO_END, /* as long as the stream lasts */
	PF_HTTP1_CHUNK_SIZE,
	PF_HTTP1_CHUNK,
	PF_HTTP1_CHUNK_END,
	PF_HTTP1_TRAILER,
	PF_HTTP1_DONE,
	PF_HTTP1_BROKEN,
};

struct pf_http1 {
	enum pf_http1_state state;
	bool to_head;    /* the answer to HEAD: no body, whatever the header says */
	bool may_switch; /* a 101 is the answer; else it is refused */
	int status;
	bool keep_alive; /* the stream may be used for another request */
	bool spoke;      /* a byte came */
	bool has_head;   /* all of it came, up to the body */
	bool is_tls;     /* what came instead of an answer is TLS */
	struct pf_buf line;
	struct pf_buf header; /* "Name: value\n" each */
	struct pf_buf body;
	size_t head_bytes;
	bool has_length, chunked;
	uint64_t left; /* of the body, or of the present chunk */
};

/* Makes ANSWER ready for an answer with a body of at most BODY_CAP bytes. Ends what it held before. */
void pf_http1_begin(struct pf_http1 *answer, size_t body_cap);

/* Wipes and frees. */
void pf_http1_free(struct pf_http1 *answer);

/*
 * Reads from BYTES up to the end of the answer; *USED says how many belonged to it. False with ERR (PF_ERR_PROTOCOL),
 * which completes "…: ", when this is no answer: what kind of bytes came, where it can be told.
 */
bool pf_http1_take(struct pf_http1 *answer, const char *bytes, size_t len, size_t *used, struct pf_err *err);

/* The stream ended: DONE when that ends the body; else false with ERR (PF_ERR_UNREACHABLE), completing "…: ". */
bool pf_http1_stream_ended(struct pf_http1 *answer, struct pf_err *err);

/* The first value of a header, without the spaces around it; NULL when there is none. */
const char *pf_http1_header(const struct pf_http1 *answer, struct pf_arena *arena, const char *name);

/* True for what TLS servers answer to plain HTTP, in the words of Go, nginx and Apache. */
bool pf_http1_says_tls(int status, const char *body);

/* True when the header's list holds WORD, in whatever case. */
bool pf_http1_header_lists(const struct pf_http1 *answer, const char *name, const char *word);

#endif
