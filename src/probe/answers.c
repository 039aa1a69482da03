#include "probe/answers.h"

#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/dynamodb.h"

/* An unsigned request costs DynamoDB Local milliseconds; its JVM on a busy machine may need a second for the first. */
#define PATIENCE_MS 5000
#define SERVER_MAX 60

static const struct pf_request unsigned_get = {.method = "GET", .path = "/", .timeout_ms = PATIENCE_MS};

void
pf_answers_foresee(struct pf_session *session, const struct pf_process_at *at)
{
	pf_reach_foresee(session, at, &unsigned_get);
}

static const char *
http_identity(struct pf_arena *arena, const struct pf_answer *answer)
{
	switch (pf_dynamodb_read(arena, answer).outcome) {
	case PF_DYNAMODB_UNSIGNED:
	case PF_DYNAMODB_NOT_FOUND:
	case PF_DYNAMODB_BAD_KEY_ID:
	case PF_DYNAMODB_REFUSED:
		return "dynamodb";
	default:
		return "other-http";
	}
}

const char *
pf_answers(struct pf_session *session, const struct pf_process_at *at, const struct pf_answer **out)
{
	*out = pf_reach(session, at, &unsigned_get);
	return pf_answers_identity(pf_session_arena(session), *out);
}

const struct pf_request *
pf_answers_request(void)
{
	return &unsigned_get;
}

const char *
pf_answers_identity(struct pf_arena *arena, const struct pf_answer *answer)
{
	switch (answer->reply) {
	case PF_REPLY_HTTP:
		return http_identity(arena, answer);
	case PF_REPLY_TLS:
		return "tls";
	case PF_REPLY_GARBLED:
		return "not-http";
	case PF_REPLY_SILENT:
		return "silent";
	default:
		return answer->refused ? "refused" : NULL;
	}
}

const char *
pf_answers_server(struct pf_arena *arena, const struct pf_answer *answer)
{
	return answer->server != NULL && answer->server[0] != '\0' ? pf_one_line(arena, answer->server, SERVER_MAX)
								   : NULL;
}

const char *
pf_answers_in_words(struct pf_arena *arena, const char *identity, const struct pf_answer *answer)
{
	const char *server = pf_answers_server(arena, answer);

	if (pf_streq(identity, "dynamodb"))
		return "answers as DynamoDB";
	if (pf_streq(identity, "tls"))
		return "wants TLS; DynamoDB Local speaks plain http";
	if (pf_streq(identity, "not-http"))
		return answer->err.kind == PF_ERR_UNREACHABLE ? "takes the connection and closes it without an answer"
							      : "answers with something that is no HTTP";
	if (pf_streq(identity, "silent"))
		return pf_printf(arena, "takes the connection and gives no answer within %s",
				 pf_duration_format(arena, PATIENCE_MS));
	if (pf_streq(identity, "refused"))
		return "refuses the connection: nothing listens there";
	return pf_printf(arena, "answers HTTP %d%s%s%s, but not as DynamoDB", answer->status,
			 server != NULL ? " (Server: " : "", server != NULL ? server : "", server != NULL ? ")" : "");
}
