#include "probe/table.h"

#include <string.h>

#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/str.h>

#include "probe/answers.h"

#define ANY_KEY_ID "postflight"
#define MAX_OTHER_KEY_IDS ((size_t)3)
#define MAX_OTHER_PODS ((size_t)4)

struct look {
	struct pf_probe_context *ctx;
	struct pf_session *session;
	struct pf_arena *arena;
	const struct pf_backend *backend;
	const struct pf_subject *client;
	const char *key_id;
	const char *own_region; /* the client's variable; NULL when it is not set, not known or no region */
	struct pf_table *out;
};

/* ---- Whom to ask, as whom ---------------------------------------------------------------------------------- */

/* FLAG among the words of the database's command and arguments, or within one that is a shell line. */
static bool
has_flag(const struct pf_backend *backend, const char *flag)
{
	static const char *const lists[] = {"command", "args"};
	const cJSON *first =
		cJSON_GetArrayItem(PF_AT(backend->workload->deployment, "spec", "template", "spec", "containers"), 0);

	for (size_t i = 0; flag != NULL && i < 2; i++) {
		const cJSON *word;
		cJSON_ArrayForEach(word, PF_AT(first, lists[i]))
		{
			const char *text = pf_json_string(word), *at = text != NULL ? strstr(text, flag) : NULL;
			if (at != NULL && (at == text || at[-1] == ' ') &&
			    (at[strlen(flag)] == '\0' || at[strlen(flag)] == ' '))
				return true;
		}
	}
	return false;
}

/* VARIABLE's value, which may be a token; NULL with *WHY when it is not known, "" when it is not set. */
static const char *
value_of(const struct look *l, const char *variable, const char **why)
{
	const struct pf_env_var *var = pf_env_get(l->client->env, variable);

	*why = NULL;
	if (var == NULL) {
		*why = pf_subject_doubt(l->ctx, l->client, variable);
		return *why == NULL ? "" : NULL;
	}
	if (var->value == NULL)
		*why = var->unknown;
	return var->value;
}

static bool
give_up(struct look *l, enum pf_table_state state, const char *why)
{
	l->out->state = state;
	l->out->why = why;
	return false;
}

static bool
choose_key_id(struct look *l)
{
	const char *variable = pf_arg(l->ctx, "key_id"), *why;

	if (l->out->shared) {
		l->key_id = ANY_KEY_ID;
		return true;
	}
	l->key_id = value_of(l, variable, &why);
	if (l->key_id == NULL && pf_subject_missing(l->client, variable) != NULL)
		return give_up(l, PF_TABLE_UNASKED, why);
	if (l->key_id == NULL)
		return give_up(l, PF_TABLE_ERROR,
			       pf_printf(l->arena, "%s, which chooses the database, is not known: %s", variable, why));
	if (l->key_id[0] == '\0')
		return give_up(l, PF_TABLE_UNASKED, pf_printf(l->arena, "%s is not set", variable));
	if (!pf_dynamodb_key_id_is_legal(l->arena, l->key_id))
		return give_up(l, PF_TABLE_UNASKED,
			       pf_printf(l->arena, "DynamoDB refuses such a key id as %s", variable));
	return true;
}

static bool
choose_name(struct look *l)
{
	const char *variable = pf_arg(l->ctx, "table"), *why;
	const char *name = value_of(l, variable, &why);

	if (name == NULL && pf_subject_missing(l->client, variable) != NULL)
		return give_up(l, PF_TABLE_UNASKED, why);
	if (name == NULL)
		return give_up(l, PF_TABLE_ERROR, pf_printf(l->arena, "%s is not known: %s", variable, why));
	l->out->name = name[0] != '\0' ? name : pf_arg(l->ctx, "default_table");
	if (!pf_dynamodb_table_name_is_legal(l->arena, l->out->name))
		return give_up(l, PF_TABLE_UNASKED,
			       pf_printf(l->arena, "no table can have such a name as %s", variable));
	return true;
}

/* What the client reaches is behind the Service; where that leads to the Deployment itself, it is one of its pods. */
static bool
choose_process(struct look *l)
{
	const struct pf_backend *backend = l->backend;

	l->out->at = backend->behind.pod != NULL ? backend->behind : backend->at;
	l->out->shared = backend->behind.pod == NULL && has_flag(backend, pf_arg(l->ctx, "shared_flag"));
	return l->out->at.pod != NULL || give_up(l, PF_TABLE_UNASKED, backend->why);
}

static bool
choose(struct look *l)
{
	const char *why, *region = value_of(l, pf_arg(l->ctx, "region"), &why);

	*l->out = (struct pf_table){.region = pf_arg(l->ctx, "forced_region")};
	if (region != NULL && region[0] != '\0' && pf_dynamodb_region_is_legal(l->arena, region))
		l->own_region = region;
	return choose_name(l) && choose_process(l) && choose_key_id(l);
}

/* ---- Questions --------------------------------------------------------------------------------------------- */

static struct pf_request
request_of(const struct look *l, const char *operation, const char *body, const char *key_id, const char *region)
{
	return (struct pf_request){
		.method = "POST",
		.path = "/",
		.headers = pf_dynamodb_headers(l->arena, operation, key_id, region),
		.content_type = PF_DYNAMODB_CONTENT_TYPE,
		.body = body,
	};
}

static struct pf_request
describe(const struct look *l, const char *key_id, const char *region)
{
	return request_of(l, "DescribeTable", pf_dynamodb_table_body(l->arena, l->out->name), key_id, region);
}

static struct pf_request
list(const struct look *l)
{
	return request_of(l, "ListTables", "{}", l->key_id, pf_arg(l->ctx, "forced_region"));
}

/* The ready pods that the Service may send the client to as well. An older revision's go away by themselves. */
static size_t
other_pods(const struct look *l, struct pf_process_at out[static MAX_OTHER_PODS])
{
	const struct pf_backend *backend = l->backend;
	const struct pf_workload *w = backend->workload;
	size_t count = 0;

	if (backend->behind.pod != NULL || !backend->pod->ready)
		return 0;
	for (size_t i = 0; i < w->pod_count && count < MAX_OTHER_PODS; i++) {
		const struct pf_pod *pod = &w->pods[i];
		if (pod != backend->pod && pod->ready && !pod->deleting &&
		    pf_workload_is_newest(w, pod) == pf_workload_is_newest(w, backend->pod))
			out[count++] = pf_process_of(w->namespace_, pod, backend->at.port);
	}
	return count;
}

/* Whether the table is in the database of KEY_ID and REGION; another outcome than yes is left to the caller. */
static bool
is_in(struct look *l, const char *key_id, const char *region)
{
	struct pf_request request = describe(l, key_id, region);
	struct pf_dynamodb_answer answer = pf_dynamodb_read(l->arena, pf_reach(l->session, &l->out->at, &request));

	return pf_dynamodb_read_table(&answer, pf_arg(l->ctx, "index"), &l->out->seen);
}

static void
found_elsewhere(struct look *l, const char *region, const char *where)
{
	l->out->state = PF_TABLE_ELSEWHERE;
	l->out->region = region;
	l->out->where = where;
}

static const char *
key_id_in(const cJSON *replicaset, const char *container, const char *variable)
{
	const cJSON *one, *entry;

	cJSON_ArrayForEach(one, PF_AT(replicaset, "spec", "template", "spec", "containers"))
	{
		cJSON_ArrayForEach(entry, PF_AT(one, "env"))
		{
			if (pf_streq(PF_STRING_AT(one, "name"), container) &&
			    pf_streq(PF_STRING_AT(entry, "name"), variable))
				return PF_STRING_AT(entry, "value");
		}
	}
	return NULL;
}

/* Earlier revisions of the client may have had another key id. Those that came from Secrets are not known any more. */
static void
look_under_earlier_key_ids(struct look *l)
{
	const struct pf_workload *w = l->client->workload;
	const char *uid = PF_STRING_AT(w->deployment, "metadata", "uid"), *variable = pf_arg(l->ctx, "key_id");
	const char *tried[MAX_OTHER_KEY_IDS + 1] = {l->key_id};
	size_t count = 1;
	struct pf_listing replicasets =
		pf_look_list(l->session, pf_path_list(pf_session_arena(l->session), PF_REPLICASETS, w->namespace_,
						      w->selector, NULL));
	const cJSON *one;

	cJSON_ArrayForEach(one, replicasets.items)
	{
		const cJSON *owner = cJSON_GetArrayItem(PF_AT(one, "metadata", "ownerReferences"), 0);
		const char *key_id = key_id_in(one, l->client->container_name, variable);
		bool known = key_id == NULL || !pf_streq(PF_STRING_AT(owner, "uid"), uid);
		for (size_t i = 0; i < count; i++)
			known = known || pf_streq(key_id, tried[i]);
		if (known || count > MAX_OTHER_KEY_IDS || !pf_dynamodb_key_id_is_legal(l->arena, key_id))
			continue;
		tried[count++] = key_id;
		if (is_in(l, key_id, l->out->region)) {
			found_elsewhere(l, l->out->region,
					pf_printf(l->arena, "under the key id of replicaset/%s",
						  PF_STRING_AT(one, "metadata", "name")));
			return;
		}
	}
}

static void
look_elsewhere(struct look *l)
{
	if (l->out->shared)
		return;
	if (l->own_region != NULL && !pf_streq(l->own_region, l->out->region) && is_in(l, l->key_id, l->own_region))
		found_elsewhere(l, l->own_region,
				pf_has_token(l->own_region)
					? pf_printf(l->arena, "in the region that %s names", pf_arg(l->ctx, "region"))
					: pf_printf(l->arena, "in region %s", l->own_region));
	else
		look_under_earlier_key_ids(l);
}

/* Replicas of DynamoDB Local share nothing: the client meets now this one and now that one. */
static void
compare_pods(struct look *l)
{
	struct pf_process_at others[MAX_OTHER_PODS];
	size_t count = other_pods(l, others);
	struct pf_request request = describe(l, l->key_id, l->out->region);
	bool here = l->out->state == PF_TABLE_PRESENT;

	for (size_t i = 0; i < count; i++) {
		struct pf_dynamodb_table seen;
		struct pf_dynamodb_answer read = pf_dynamodb_read(l->arena, pf_reach(l->session, &others[i], &request));
		bool there = pf_dynamodb_read_table(&read, pf_arg(l->ctx, "index"), &seen);
		if (there == here || (!there && read.outcome != PF_DYNAMODB_NOT_FOUND))
			continue;
		l->out->state = PF_TABLE_IN_SOME;
		if (!here)
			l->out->seen = seen;
		l->out->where = pf_printf(l->arena, "in pod/%s, not in pod/%s", here ? l->out->at.pod : others[i].pod,
					  here ? others[i].pod : l->out->at.pod);
		return;
	}
}

/* What no database of DynamoDB said: the process is another, or was not reached. */
static void
read_failure(struct look *l, const struct pf_answer *answer, const struct pf_dynamodb_answer *read)
{
	const struct pf_answer *unsigned_answer;
	const char *identity = pf_answers(l->session, &l->out->at, &unsigned_answer);
	const char *process = pf_process_text(l->arena, &l->out->at);

	if (answer->refused || (identity != NULL && unsigned_answer->refused)) {
		give_up(l, PF_TABLE_UNASKED, "nothing listens on DynamoDB's port");
	} else if (identity == NULL || answer->reply == PF_REPLY_NONE) {
		l->out->state = PF_TABLE_ERROR;
		l->out->err = identity == NULL ? &unsigned_answer->err : &answer->err;
	} else if (!pf_streq(identity, "dynamodb")) {
		give_up(l, PF_TABLE_UNASKED,
			pf_printf(l->arena, "%s %s",
				  l->backend->behind.pod != NULL ? "the pod behind the Service" : "DynamoDB's port",
				  pf_answers_in_words(l->arena, identity, unsigned_answer)));
	} else if (answer->reply == PF_REPLY_SILENT) {
		l->out->state = PF_TABLE_HANGS;
	} else if (answer->reply != PF_REPLY_HTTP) {
		give_up(l, PF_TABLE_ERROR, pf_printf(l->arena, "%s: %s", process, answer->err.text));
	} else if (read->outcome == PF_DYNAMODB_BAD_KEY_ID) {
		give_up(l, PF_TABLE_UNASKED, "DynamoDB refuses the client's key id");
	} else {
		give_up(l, PF_TABLE_ERROR,
			pf_printf(l->arena, "%s answers DescribeTable with HTTP %d%s%s%s%s", process, answer->status,
				  read->error[0] != '\0' ? ", " : "", read->error, read->message[0] != '\0' ? ": " : "",
				  read->message));
	}
}

void
pf_table_foresee(struct pf_probe_context *ctx, const struct pf_backend *backend, const struct pf_subject *client)
{
	struct pf_table table = {0};
	struct look l = {.ctx = ctx,
			 .session = pf_probe_session(ctx),
			 .arena = pf_probe_arena(ctx),
			 .backend = backend,
			 .client = client,
			 .out = &table};

	if (!choose(&l))
		return;
	struct pf_request description = describe(&l, l.key_id, table.region), listing = list(&l);
	pf_answers_foresee(l.session, &table.at);
	pf_reach_foresee(l.session, &table.at, &description);
	pf_reach_foresee(l.session, &table.at, &listing);

	struct pf_process_at others[MAX_OTHER_PODS];
	size_t count = other_pods(&l, others);
	for (size_t i = 0; i < count; i++)
		pf_reach_foresee(l.session, &others[i], &description);
}

struct pf_table
pf_table_find(struct pf_probe_context *ctx, const struct pf_backend *backend, const struct pf_subject *client)
{
	struct pf_table out = {0};
	struct look l = {.ctx = ctx,
			 .session = pf_probe_session(ctx),
			 .arena = pf_probe_arena(ctx),
			 .backend = backend,
			 .client = client,
			 .out = &out};

	if (!choose(&l))
		return out;
	struct pf_request request = describe(&l, l.key_id, out.region);
	const struct pf_answer *answer = pf_reach(l.session, &out.at, &request);
	struct pf_dynamodb_answer read = pf_dynamodb_read(l.arena, answer);
	if (pf_dynamodb_read_table(&read, pf_arg(ctx, "index"), &out.seen)) {
		out.state = PF_TABLE_PRESENT;
	} else if (read.outcome == PF_DYNAMODB_NOT_FOUND) {
		out.state = PF_TABLE_ABSENT;
	} else {
		read_failure(&l, answer, &read);
		return out;
	}

	struct pf_request listing = list(&l);
	struct pf_dynamodb_answer tables = pf_dynamodb_read(l.arena, pf_reach(l.session, &out.at, &listing));
	out.names = pf_dynamodb_read_tables(l.arena, &tables, &out.name_count);
	compare_pods(&l);
	if (out.state == PF_TABLE_ABSENT)
		look_elsewhere(&l);
	return out;
}
