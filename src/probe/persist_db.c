/*
 * What DynamoDB itself says of the table and of what is in it, asked with the application's own key id: DynamoDB Local
 * keeps one database for each key id and region unless it was told to share.
 */
#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/dynamodb.h"
#include "probe/persist.h"
#include "probe/reach.h"

#define OURS "postflight-"
#define MAX_PAGES 50 /* of 1 MiB each, of others' carts */
#define MAX_OURS 20

static struct pf_answer
ask(void *p, const struct pf_ask *question)
{
	return pf_persist_ask(p, question);
}

static bool
ask_db(struct pf_persist *p, const struct pf_process_at *at, const char *operation, const char *region,
       const char *body, struct pf_dynamodb_answer *out, struct pf_err *err)
{
	const struct pf_request request = {
		.method = "POST",
		.path = "/",
		.headers = pf_dynamodb_headers(p->arena, operation, p->key_id, region),
		.content_type = PF_DYNAMODB_CONTENT_TYPE,
		.body = body,
		.cap = (size_t)16 << 20,
	};
	struct pf_answer *answer = pf_alloc(p->arena, sizeof(*answer));
	*answer = pf_reach_by(p->session, at, &request, ask, p);
	*out = pf_dynamodb_read(p->arena, answer);
	if (out->outcome == PF_DYNAMODB_OK || out->outcome == PF_DYNAMODB_NOT_FOUND)
		return true;
	if (out->outcome == PF_DYNAMODB_NONE)
		return pf_fail(err, answer->err.kind, "%s: %s", pf_process_text(p->arena, at), answer->err.text);
	return pf_fail(err, PF_ERR_SERVER, "%s answers %s with %d %s", pf_process_text(p->arena, at), operation,
		       answer->status, out->error);
}

/* The process that the application's endpoint leads to, if it can be spoken to with what is known. */
static bool
find_db(struct pf_persist *p, struct pf_backend *out, struct pf_err *err)
{
	if (p->key_id == NULL || !pf_dynamodb_key_id_is_legal(p->arena, p->key_id))
		return pf_fail(err, PF_ERR_CONFIG, "the access key id is not known");
	if (p->table == NULL || !pf_dynamodb_table_name_is_legal(p->arena, p->table))
		return pf_fail(err, PF_ERR_CONFIG, "the table's name is not known");
	*out = pf_backend_find(p->ctx);
	if (out->behind.pod != NULL)
		return pf_fail(err, PF_ERR_CONFIG, "the endpoint leads to pod/%s, which is none of deployment/%s",
			       out->behind.pod, out->workload->name);
	return out->at.pod != NULL || pf_fail(err, PF_ERR_UNREACHABLE, "%s", out->why);
}

static cJSON *
of_table(struct pf_persist *p)
{
	cJSON *body = pf_json_object(p->arena);
	pf_json_set_string(body, "TableName", p->table);
	return body;
}

static void
set_value(cJSON *body, const char *placeholder, const char *text)
{
	cJSON *values = cJSON_CreateObject(), *value = cJSON_CreateObject();
	pf_json_set_string(value, "S", text);
	pf_json_set(values, placeholder, value);
	pf_json_set(body, "ExpressionAttributeValues", values);
}

/* Our rows, by the index that the application itself reads them by. */
static const char *
query_ours(struct pf_persist *p)
{
	cJSON *body = of_table(p);
	pf_json_set_string(body, "IndexName", pf_arg(p->ctx, "index"));
	pf_json_set_string(body, "KeyConditionExpression", "customerId = :c");
	set_value(body, ":c", p->customer);
	return pf_json_print(p->arena, body, false);
}

static const char *
last_key(struct pf_persist *p, const struct pf_dynamodb_answer *answer, cJSON *body)
{
	const cJSON *more = PF_AT(answer->document, "LastEvaluatedKey");
	if (more == NULL)
		return NULL;
	pf_json_set(body, "ExclusiveStartKey", cJSON_Duplicate(more, true));
	return pf_json_print(p->arena, body, false);
}

static bool
look_in(struct pf_persist *p, const struct pf_process_at *at, const char *region, struct pf_persist_db *out,
	struct pf_err *err)
{
	struct pf_dynamodb_answer answer;
	struct pf_dynamodb_table table;
	if (!ask_db(p, at, "DescribeTable", region, pf_dynamodb_table_body(p->arena, p->table), &answer, err))
		return false;
	out->known = true;
	out->region = region;
	out->exists = pf_dynamodb_read_table(&answer, "", &table);
	out->created_ms = out->exists ? table.created_ms : 0;
	out->ours = out->exists ? -1 : 0;
	if (out->exists && ask_db(p, at, "Query", region, query_ours(p), &answer, err))
		out->ours = answer.outcome == PF_DYNAMODB_OK ? PF_INT_AT(answer.document, -1, "Count") : 0;
	return true;
}

static void
name_pod(struct pf_persist_db *out, const struct pf_backend *db)
{
	const cJSON *status;
	if (db->pod == NULL)
		return;
	out->pod = db->pod->name;
	out->uid = db->pod->uid;
	cJSON_ArrayForEach(status, PF_AT(db->pod->object, "status", "containerStatuses"))
	{
		if (pf_streq(PF_STRING_AT(status, "name"), db->container))
			out->restarts = PF_INT_AT(status, 0, "restartCount");
	}
}

struct pf_persist_db
pf_persist_db_look(struct pf_persist *p, const char *region)
{
	struct pf_persist_db out = {.why = "", .ours = -1}, found;
	struct pf_backend db = {0};
	struct pf_err err = {0};
	if (!find_db(p, &db, &err)) {
		out.why = pf_strdup(p->arena, err.text);
		return out;
	}
	name_pod(&out, &db);
	found = out;
	for (size_t i = 0; p->regions[i] != NULL; i++) {
		struct pf_persist_db one = out;
		if (region != NULL && !pf_streq(region, p->regions[i]))
			continue;
		if (!look_in(p, &db.at, p->regions[i], &one, &err)) {
			one.why = pf_strdup(p->arena, err.text);
			return one;
		}
		/* The one with our item is the one that is used; else that with the table. */
		if (!found.known || one.ours > found.ours || (one.exists && !found.exists))
			found = one;
		if (one.ours > 0)
			break;
	}
	return found;
}

/* Counts page by page in one region. */
static bool
count_in(struct pf_persist *p, const struct pf_process_at *at, const char *region, int64_t *count, bool *exists,
	 bool *at_least, struct pf_err *err)
{
	cJSON *body = of_table(p);
	pf_json_set_string(body, "Select", "COUNT");
	pf_json_set_string(body, "FilterExpression", "NOT begins_with(customerId, :ours)");
	set_value(body, ":ours", OURS);
	const char *text = pf_json_print(p->arena, body, false);
	*count = 0;
	*exists = true;
	for (unsigned pages = 0; text != NULL; pages++) {
		struct pf_dynamodb_answer answer;
		if (pages == MAX_PAGES) {
			*at_least = true;
			return true;
		}
		if (!ask_db(p, at, "Scan", region, text, &answer, err))
			return false;
		if (answer.outcome == PF_DYNAMODB_NOT_FOUND) {
			*exists = false;
			return true;
		}
		*count += PF_INT_AT(answer.document, 0, "Count");
		text = last_key(p, &answer, body);
	}
	return true;
}

bool
pf_persist_db_count_others(struct pf_persist *p, int64_t *count, bool *at_least, struct pf_err *err)
{
	struct pf_backend db = {0};
	bool exists = false;
	*count = 0;
	*at_least = false;
	if (!find_db(p, &db, err))
		return false;
	for (size_t i = 0; p->regions[i] != NULL && !exists; i++) {
		if (!count_in(p, &db.at, p->regions[i], count, &exists, at_least, err))
			return false;
	}
	return true;
}

static bool
delete_row(struct pf_persist *p, const struct pf_process_at *at, const char *region, const cJSON *row,
	   struct pf_err *err)
{
	struct pf_dynamodb_answer answer;
	cJSON *body = of_table(p), *key = cJSON_CreateObject();
	if (PF_AT(row, "id") == NULL)
		return pf_fail(err, PF_ERR_PROTOCOL, "a row of table %s has no id", p->table);
	pf_json_set(key, "id", cJSON_Duplicate(PF_AT(row, "id"), true));
	pf_json_set(body, "Key", key);
	return ask_db(p, at, "DeleteItem", region, pf_json_print(p->arena, body, false), &answer, err);
}

bool
pf_persist_db_delete(struct pf_persist *p, struct pf_err *err)
{
	struct pf_backend db = {0};
	if (!find_db(p, &db, err))
		return false;
	for (size_t i = 0; p->regions[i] != NULL; i++) {
		struct pf_dynamodb_answer answer;
		const cJSON *row;
		int rows = 0;
		if (!ask_db(p, &db.at, "Query", p->regions[i], query_ours(p), &answer, err))
			return false;
		cJSON_ArrayForEach(row, PF_AT(answer.document, "Items"))
		{
			if (rows++ == MAX_OURS)
				return pf_fail(err, PF_ERR_PROTOCOL, "%s has more rows than any run of ours adds",
					       p->customer);
			if (!delete_row(p, &db.at, p->regions[i], row, err))
				return false;
		}
	}
	return true;
}
