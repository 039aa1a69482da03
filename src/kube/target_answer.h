/* Answers of a live target: what a server sent becomes redacted text or JSON, a refusal a sentence. */
#ifndef POSTFLIGHT_KUBE_TARGET_ANSWER_H
#define POSTFLIGHT_KUBE_TARGET_ANSWER_H

#include <postflight/http.h>
#include <postflight/target.h>

#include "net/websocket.h"

struct pf_live;

/* True for the content type of a JSON document, with or without a charset. */
bool pf_live_is_json(const char *content_type);

/* A body as redacted text; "" when it is empty. */
const char *pf_live_text(struct pf_live *live, struct pf_arena *arena, const char *bytes, size_t len);

/* The redacted JSON of a response, if it is any: NULL else. */
cJSON *pf_live_json(struct pf_live *live, struct pf_arena *arena, const char *bytes, size_t len, struct pf_err *err);

/* Turns a response into a redacted answer; RESPONSE's body is wiped. */
void pf_live_answer(struct pf_live *live, struct pf_arena *arena, const struct pf_ask *ask,
		    struct pf_http_response *response, struct pf_answer *answer);

/* The answer where the server refused the upgrade to WebSocket. END's body is wiped when it is the last. */
void pf_live_refused(struct pf_live *live, struct pf_arena *arena, const struct pf_ask *ask,
		     const struct pf_websocket_end *end, struct pf_answer *answer);

#endif
