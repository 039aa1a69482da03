/* The lines behind the first one of a record: a stack trace, or a block APPLICATION FAILED TO START. */
#ifndef KUBE_LOG_TRACE_H
#define KUBE_LOG_TRACE_H

#include <stdbool.h>

#include <postflight/buf.h>
#include <postflight/str.h>

enum pf_trace_part {
	PF_TRACE_NOTHING,    /* no exception yet */
	PF_TRACE_HEADLINE,   /* in the message of the exception or of one of its causes */
	PF_TRACE_FRAMES,     /* below one */
	PF_TRACE_SUPPRESSED, /* in what an earlier attempt left */
	PF_TRACE_BLOCK,      /* APPLICATION FAILED TO START, before its description */
	PF_TRACE_DESCRIPTION,
	PF_TRACE_ACTION, /* advice: it names credentials whatever is wrong */
};

struct pf_trace {
	enum pf_trace_part part;
	bool root_first;      /* "Wrapped by": the first headline is the innermost */
	struct pf_buf cause;  /* of an exception: its class and message; PF_LOG_CAUSE_MAX */
	struct pf_buf outer;  /* what CAUSE caused */
	const char *resolver; /* what the first suppressed exception says of name resolution; NULL */
	bool suppressed;
};

struct pf_trace pf_trace_new(void);
void pf_trace_free(struct pf_trace *trace);

/* Forgets everything; keeps nothing. */
void pf_trace_reset(struct pf_trace *trace);

/* The next line of the record. True when it belongs to the record's text: no frame, nothing suppressed. */
bool pf_trace_line(struct pf_trace *trace, struct pf_str line);

/* To be called when the record is complete: adds what only a suppressed exception says. */
void pf_trace_end(struct pf_trace *trace);

bool pf_trace_is_block(const struct pf_trace *trace);

/* The cause's message with the most detail; "" when there is none. */
const char *pf_trace_told(const struct pf_trace *trace);

/* True for "some.package.SomeException: message". */
bool pf_is_exception(struct pf_str line);

/* True for a line that can only be the continuation of something: a frame, a cause, "... 9 more". */
bool pf_is_continuation(struct pf_str line);

#endif
