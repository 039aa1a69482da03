/* What the API server says when it says no, in a sentence that a user can act on. */
#ifndef POSTFLIGHT_KUBE_STATUS_H
#define POSTFLIGHT_KUBE_STATUS_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/err.h>

/* An answer that is no success. */
struct pf_refusal {
	const char *method;
	const char *path;
	int status;
	const char *content_type;
	const cJSON *json; /* redacted; NULL when the body is none */
	const char *text;  /* redacted; "" when there is none */
};

/* Fills ERR. A missing object is PF_ERR_NOT_FOUND; a path that the server does not know is PF_ERR_SERVER. */
void pf_refusal_explain(struct pf_arena *arena, const struct pf_refusal *refusal, struct pf_err *err);

/* True when the content type is that of a web page. */
bool pf_is_web_page(const char *content_type);

/* What to think of when a web page came: completes "…: ". */
extern const char pf_web_page_hint[];

#endif
