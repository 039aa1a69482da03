/* What answers on a port that should be DynamoDB's. */
#ifndef PROBE_ANSWERS_H
#define PROBE_ANSWERS_H

#include "probe/reach.h"

#define PF_ANSWERS_VALUES "dynamodb other-http tls not-http silent refused none"

/* Queues the question; a hint. */
void pf_answers_foresee(struct pf_session *session, const struct pf_process_at *at);

/* One of PF_ANSWERS_VALUES; NULL when it was not reached: the error of *OUT, which is the whole answer, says why. */
const char *pf_answers(struct pf_session *session, const struct pf_process_at *at, const struct pf_answer **out);

/* The same of an answer to pf_answers_request(). */
const char *pf_answers_identity(struct pf_arena *arena, const struct pf_answer *answer);
const struct pf_request *pf_answers_request(void);

/* The Server header of ANSWER, one short line; NULL when there is none. */
const char *pf_answers_server(struct pf_arena *arena, const struct pf_answer *answer);

/* What IDENTITY does, completing "pod/x port 8000 …". */
const char *pf_answers_in_words(struct pf_arena *arena, const char *identity, const struct pf_answer *answer);

#endif
