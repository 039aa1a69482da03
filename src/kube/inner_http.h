/* HTTP/1.1 to a process in a pod: what is sent, and what an answer that net/http1.h has read comes to. */
#ifndef POSTFLIGHT_KUBE_INNER_HTTP_H
#define POSTFLIGHT_KUBE_INNER_HTTP_H

#include <stdbool.h>

#include <postflight/buf.h>
#include <postflight/err.h>
#include <postflight/redact.h>
#include <postflight/target.h>

#include "net/http1.h"

/*
 * Adds the request of a FORWARD or a DIRECT to OUT, tokens in its headers and body replaced by the secrets they stand
 * for: OUT is for the stream and nothing else, and to be freed by pf_buf_free(), which wipes. False with ERR
 * (PF_ERR_CONFIG) when it cannot be written: a line break in a header, a token that stands for nothing.
 */
bool pf_inner_http_request(const struct pf_redactor *redactor, const struct pf_ask *ask, struct pf_buf *out,
			   struct pf_err *err);

struct pf_live;

/* Whether an answer that came whole says that it is a JSON document. */
bool pf_inner_http_is_json(const struct pf_http1 *http);

/* An answer that came whole, redacted, into ANSWER: OK, status, document or text, Server. */
void pf_inner_http_answer(const struct pf_http1 *http, bool is_json, struct pf_live *live, struct pf_arena *arena,
			  struct pf_answer *answer);

#endif
