/* HTTP/1.1 to a process inside a pod, by way of a stream: what is sent (net/http1.h reads what comes back). */
#ifndef POSTFLIGHT_KUBE_INNER_HTTP_H
#define POSTFLIGHT_KUBE_INNER_HTTP_H

#include <stdbool.h>

#include <postflight/buf.h>
#include <postflight/err.h>
#include <postflight/redact.h>
#include <postflight/target.h>

/*
 * Adds the request of a FORWARD to OUT, tokens in its headers and body replaced by the secrets they stand for: OUT is
 * for the stream and nothing else, and to be freed by pf_buf_free(), which wipes. False with ERR (PF_ERR_CONFIG) when
 * it cannot be written: a line break in a header, a token that stands for nothing.
 */
bool pf_inner_http_request(const struct pf_redactor *redactor, const struct pf_ask *ask, struct pf_buf *out,
			   struct pf_err *err);

#endif
