/*
 * The processes of a scene: what they say to a question by port-forward, and how they fail to. A question is "GET /",
 * "GET /topology", or the operation that DynamoDB is asked for. Secrets in its headers are put back first, as they are
 * when a request leaves.
 *
 * JSON is written with single quotes here.
 */
#ifndef TEST_PROCESS_SCENE_H
#define TEST_PROCESS_SCENE_H

#include <string.h>

#include <postflight/buf.h>
#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/target.h>

struct process_reply {
	const char *pod;      /* how its name starts */
	const char *question; /* "": any */
	const char *as;       /* a part of the headers: "other/", "/us-east-1/"; NULL: whatever they are */
	struct pf_answer answer;
};

#define MAX_PROCESS_REPLIES 40

struct processes {
	struct process_reply replies[MAX_PROCESS_REPLIES]; /* the last one that fits counts */
	size_t count;
	char asked[60][80]; /* "dynamodb GET /" */
	size_t asked_count;
};

#define UNSIGNED                                                                                                       \
	"{'__type':'com.amazonaws.dynamodb.v20120810#MissingAuthenticationToken','Message':'Request must contain "     \
	"either a valid (registered) AWS access key ID or X.509 certificate.'}"
#define NO_TABLE                                                                                                       \
	"{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','Message':'Cannot do operations on a " \
	"non-existent table'}"
#define TABLE_WITH(indexes)                                                                                            \
	"{'Table':{'TableName':'Items','TableStatus':'ACTIVE','CreationDateTime':1767225665.105,'ItemCount':3,"        \
	"'GlobalSecondaryIndexes':[" indexes "]}}"
#define INDEX "{'IndexName':'idx_global_customerId','IndexStatus':'ACTIVE'}"
#define TOPOLOGY(provider, table, endpoint)                                                                            \
	"{'persistenceProvider':'" provider "','dynamodbTable':'" table "','dynamodbEndpoint':'" endpoint "'}"
#define DB_POD "dynamodb-"
#define CART_POD "cart-deployment-"

static inline struct process_reply *
process_reply_at(struct processes *processes, const char *pod, const char *question, const char *as)
{
	struct process_reply *reply = &processes->replies[processes->count++];

	assert_true(processes->count <= MAX_PROCESS_REPLIES);
	*reply = (struct process_reply){pod, question, as, {.text = "", .elapsed_ms = 3}};
	return reply;
}

/* POD answers QUESTION by HTTP; the BODY is JSON when it starts as such. */
static inline void
process_says(struct processes *processes, struct pf_arena *arena, const char *pod, const char *question, const char *as,
	     int status, const char *body)
{
	struct pf_answer *answer = &process_reply_at(processes, pod, question, as)->answer;
	char *text = pf_strdup(arena, body);
	struct pf_err err;

	for (char *p = text; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	answer->ok = true;
	answer->status = status;
	answer->reply = PF_REPLY_HTTP;
	if (*text == '{' || *text == '[')
		answer->json = pf_json_parse(arena, text, strlen(text), &err);
	if (answer->json == NULL)
		answer->text = text;
}

/* POD takes no request, or answers in another way than by HTTP. */
static inline void
process_fails(struct processes *processes, const char *pod, const char *question, enum pf_reply reply,
	      enum pf_err_kind kind, bool refused)
{
	struct pf_answer *answer = &process_reply_at(processes, pod, question, NULL)->answer;

	answer->reply = reply;
	answer->refused = refused;
	(void)pf_fail(&answer->err, kind, "pod %s…: no answer for a test", pod);
}

static inline void
put_healthy_processes(struct processes *p, struct pf_arena *arena)
{
	p->count = 0;
	process_says(p, arena, DB_POD, "GET /", NULL, 400, UNSIGNED);
	p->replies[p->count - 1].answer.server = "Jetty(9.4.53.v20231009)";
	process_says(p, arena, DB_POD, "DescribeTable", NULL, 400, NO_TABLE);
	process_says(p, arena, DB_POD, "DescribeTable", "Credential=fake/20000101/us-west-2/", 200, TABLE_WITH(INDEX));
	process_says(p, arena, DB_POD, "ListTables", NULL, 200, "{'TableNames':[]}");
	process_says(p, arena, DB_POD, "ListTables", "Credential=fake/20000101/us-west-2/", 200,
		     "{'TableNames':['Items']}");
	process_says(p, arena, CART_POD, "GET /topology", NULL, 200,
		     TOPOLOGY("dynamodb", "Items", "http://dynamodb:8000"));
}

static inline struct pf_answer
ask_process(struct processes *processes, struct pf_arena *arena, const struct pf_redactor *redactor,
	    const struct pf_ask *ask)
{
	static const char target[] = "X-Amz-Target: DynamoDB_20120810.";
	const char *pod = strstr(ask->path, "/pods/") + strlen("/pods/"), *question;
	const char *operation = ask->headers != NULL ? strstr(ask->headers, target) : NULL;
	struct pf_answer none = {.text = ""};
	PF_AUTO_BUF headers = PF_BUF(4096);

	if (ask->headers != NULL)
		assert_true(pf_redactor_expand(redactor, ask->headers, &headers));
	question = pf_printf(arena, "%s %s", ask->method, ask->inner_path);
	if (operation != NULL) {
		operation += strlen(target);
		question = pf_strndup(arena, operation, strcspn(operation, "\r"));
	}
	assert_true(processes->asked_count < 60);
	snprintf(processes->asked[processes->asked_count++], sizeof(processes->asked[0]), "%.*s %s",
		 (int)strcspn(pod, "-"), pod, question);
	for (size_t i = processes->count; i-- > 0;) {
		const struct process_reply *reply = &processes->replies[i];
		if (strncmp(pod, reply->pod, strlen(reply->pod)) == 0 &&
		    (reply->question[0] == '\0' || strcmp(question, reply->question) == 0) &&
		    (reply->as == NULL || strstr(pf_buf_text(&headers), reply->as) != NULL))
			return reply->answer;
	}
	(void)pf_fail(&none.err, PF_ERR_SERVER, "nobody answers %s of pod %s here", question, pod);
	return none;
}

#endif
