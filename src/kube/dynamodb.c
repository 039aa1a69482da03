#include "kube/dynamodb.h"

#include <string.h>

#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/str.h>
#include <postflight/text.h>

#define API_VERSION "DynamoDB_20120810"
#define DATE "20000101"
#define NO_SIGNATURE "0000000000000000000000000000000000000000000000000000000000000000"
#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

#define TABLE_NAME_MIN 3
#define TABLE_NAME_MAX 255
#define MAX_TABLES ((size_t)100) /* as many as one answer holds */
#define MESSAGE_MAX 300
#define LATEST_SECOND 1e11 /* far beyond any clock; times in milliseconds are above it */

static bool
consists_of(const char *text, const char *characters)
{
	return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

static bool
is_token_of(const struct pf_token *token, const char *const *classes)
{
	while (*classes != NULL && !pf_streq(token->cls, *classes))
		classes++;
	return *classes != NULL;
}

/* Letters, digits and "_.-"; a word of the vocabulary has no others either. */
static const char *const plain[] = {"alnum", "name", "word", NULL};

bool
pf_dynamodb_key_id_is_legal(struct pf_arena *arena, const char *key_id)
{
	struct pf_token token;

	if (!pf_token_parse(arena, key_id, &token))
		return consists_of(key_id, LETTERS_AND_DIGITS);
	if (token.detail != NULL)
		return consists_of(token.detail, LETTERS_AND_DIGITS);
	return pf_streq(token.cls, "alnum");
}

bool
pf_dynamodb_region_is_legal(struct pf_arena *arena, const char *region)
{
	struct pf_token token;

	if (pf_token_parse(arena, region, &token))
		return is_token_of(&token, plain);
	return consists_of(region, LETTERS_AND_DIGITS "-_");
}

bool
pf_dynamodb_table_name_is_legal(struct pf_arena *arena, const char *name)
{
	size_t len = strlen(name);
	struct pf_token token;

	if (pf_token_parse(arena, name, &token))
		return is_token_of(&token, plain) && token.max_len >= TABLE_NAME_MIN && token.min_len <= TABLE_NAME_MAX;
	return len >= TABLE_NAME_MIN && len <= TABLE_NAME_MAX && consists_of(name, LETTERS_AND_DIGITS "_-.");
}

char *
pf_dynamodb_headers(struct pf_arena *arena, const char *operation, const char *key_id, const char *region)
{
	return pf_printf(arena,
			 "X-Amz-Target: " API_VERSION ".%s\r\n"
			 "X-Amz-Date: " DATE "T000000Z\r\n"
			 "Authorization: AWS4-HMAC-SHA256 Credential=%s/" DATE "/%s/dynamodb/aws4_request, "
			 "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" NO_SIGNATURE "\r\n",
			 operation, key_id, region);
}

char *
pf_dynamodb_table_body(struct pf_arena *arena, const char *table)
{
	cJSON *body = pf_json_object(arena);

	pf_json_set_string(body, "TableName", table);
	return pf_json_print(arena, body, false);
}

/* The content type is one of AWS's own: whoever fetched it may have taken it for text. */
static const cJSON *
document_of(struct pf_arena *arena, const struct pf_answer *answer)
{
	struct pf_err err;

	if (answer->json != NULL)
		return answer->json;
	if (answer->text == NULL || answer->text[0] != '{')
		return NULL;
	return pf_json_parse(arena, answer->text, strlen(answer->text), &err);
}

/* "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"; only such a type is DynamoDB's own error. */
static const char *
error_of(const cJSON *document)
{
	const char *type = PF_STRING_AT(document, "__type");
	const char *name = type != NULL ? strrchr(type, '#') : NULL;

	if (name == NULL || !pf_starts_with(type, "com.amazon") || !consists_of(name + 1, LETTERS_AND_DIGITS))
		return "";
	return name + 1;
}

static const struct {
	const char *error;
	enum pf_dynamodb_outcome outcome;
} errors[] = {
	{"MissingAuthenticationToken", PF_DYNAMODB_UNSIGNED},
	{"MissingAuthenticationTokenException", PF_DYNAMODB_UNSIGNED},
	{"ResourceNotFoundException", PF_DYNAMODB_NOT_FOUND},
	{"UnrecognizedClientException", PF_DYNAMODB_BAD_KEY_ID},
};

static enum pf_dynamodb_outcome
outcome_of(const struct pf_answer *answer, const struct pf_dynamodb_answer *read)
{
	if (answer->status >= 200 && answer->status < 300)
		return cJSON_IsObject(read->document) ? PF_DYNAMODB_OK : PF_DYNAMODB_FOREIGN;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (pf_streq(read->error, errors[i].error))
			return errors[i].outcome;
	}
	return read->error[0] != '\0' ? PF_DYNAMODB_REFUSED : PF_DYNAMODB_FOREIGN;
}

struct pf_dynamodb_answer
pf_dynamodb_read(struct pf_arena *arena, const struct pf_answer *answer)
{
	struct pf_dynamodb_answer out = {.outcome = PF_DYNAMODB_NONE, .error = "", .message = ""};
	const char *message;

	if (answer->reply != PF_REPLY_HTTP)
		return out;
	out.document = document_of(arena, answer);
	out.error = error_of(out.document);
	message = PF_STRING_AT(out.document, "Message");
	if (message == NULL)
		message = PF_STRING_AT(out.document, "message");
	if (message != NULL)
		out.message = pf_one_line(arena, message, MESSAGE_MAX);
	out.outcome = outcome_of(answer, &out);
	return out;
}

/* Seconds with a fraction, as DynamoDB writes times. */
static int64_t
milliseconds_of(const cJSON *seconds)
{
	if (!cJSON_IsNumber(seconds) || !(seconds->valuedouble > 0 && seconds->valuedouble < LATEST_SECOND))
		return 0;
	return (int64_t)(seconds->valuedouble * 1000 + 0.5);
}

bool
pf_dynamodb_read_table(const struct pf_dynamodb_answer *answer, const char *index, struct pf_dynamodb_table *out)
{
	const cJSON *table = PF_AT(answer->document, "Table"), *one;
	const char *status = PF_STRING_AT(table, "TableStatus");

	if (answer->outcome != PF_DYNAMODB_OK || !cJSON_IsObject(table))
		return false;
	*out = (struct pf_dynamodb_table){
		.status = status != NULL ? status : "",
		.created_ms = milliseconds_of(PF_AT(table, "CreationDateTime")),
		.items = PF_INT_AT(table, -1, "ItemCount"),
	};
	cJSON_ArrayForEach(one, PF_AT(table, "GlobalSecondaryIndexes"))
	{
		if (pf_streq(PF_STRING_AT(one, "IndexName"), index))
			out->has_index = true;
	}
	return true;
}

const char *const *
pf_dynamodb_read_tables(struct pf_arena *arena, const struct pf_dynamodb_answer *answer, size_t *count)
{
	const cJSON *names = PF_AT(answer->document, "TableNames"), *name;
	const char **out;
	size_t n = 0;

	if (answer->outcome != PF_DYNAMODB_OK || !cJSON_IsArray(names))
		return NULL;
	out = pf_alloc_array(arena, MAX_TABLES + 1, sizeof(*out));
	cJSON_ArrayForEach(name, names)
	{
		if (cJSON_IsString(name) && n < MAX_TABLES)
			out[n++] = name->valuestring;
	}
	*count = n;
	return out;
}
