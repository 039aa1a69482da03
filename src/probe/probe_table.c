/* The table of an application, held against who is to make it: the application at its start, or somebody before. */
#include <strings.h>

#include <postflight/clock.h>
#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/str.h>

#include "probe/changed.h"
#include "probe/flag.h"
#include "probe/probes.h"
#include "probe/table.h"

/* How long a client without a readiness probe may take until it has made its table. */
#define START_MS (PF_POD_START_MS / 2)

struct look {
	struct pf_probe_context *ctx;
	struct pf_arena *arena;
	struct pf_backend backend;
	struct pf_subject client;
	struct pf_table table;
	const char *flag; /* a word of PF_FLAG_VALUES */
	const char *flag_why;
	const char *off; /* "off", "not set, which means off": of a flag that says so; NULL */
	const char *name;
	bool wanted;
	bool may_make_it; /* the client is yet to start, or has just started */
};

static bool
makes_it(const struct look *l)
{
	return pf_streq(l->flag, "true");
}

/* ---- Facts ------------------------------------------------------------------------------------------------- */

static const char *
state_word(enum pf_table_state state)
{
	static const char *const words[PF_TABLE_STATE_COUNT] = {
		[PF_TABLE_PRESENT] = "present", [PF_TABLE_ABSENT] = "absent", [PF_TABLE_ELSEWHERE] = "elsewhere",
		[PF_TABLE_IN_SOME] = "in-some", [PF_TABLE_HANGS] = "hangs",
	};
	return words[state];
}

static const char *
names_text(const struct look *l)
{
	const char *text = "";

	/* One of them may be, but for its case, the name that is not to be shown. */
	if (pf_has_token(l->table.name))
		return pf_printf(l->arena, "%zu of other names", l->table.name_count);
	for (size_t i = 0; i < l->table.name_count && i < 5; i++)
		text = pf_printf(l->arena, "%s%s%s", text, i > 0 ? ", " : "", l->table.names[i]);
	return l->table.name_count > 5 ? pf_printf(l->arena, "%s, …", text) : text;
}

static struct pf_evidence
seen(const struct look *l)
{
	const struct pf_table *t = &l->table;
	const char *what = state_word(t->state);

	if (t->state == PF_TABLE_HANGS)
		what = "no answer to DescribeTable";
	else if (t->state == PF_TABLE_ELSEWHERE)
		what = pf_printf(l->arena, "not under the cart's key id in %s, but %s", pf_arg(l->ctx, "forced_region"),
				 t->where);
	else if (t->state == PF_TABLE_IN_SOME)
		what = t->where;
	else if (t->state == PF_TABLE_PRESENT && !t->seen.has_index)
		what = pf_printf(l->arena, "present, without index %s", pf_arg(l->ctx, "index"));
	return (struct pf_evidence){pf_printf(l->arena, "pod/%s", t->at.pod), pf_printf(l->arena, "table %s", l->name),
				    what, NULL};
}

/* DynamoDB Local answers unsigned requests before its storage is open. */
static bool
may_be_starting(const struct look *l)
{
	return l->table.state == PF_TABLE_HANGS && l->backend.behind.pod == NULL &&
	       pf_backend_is_young(pf_probe_session(l->ctx), &l->backend);
}

static void
leave_facts(const struct look *l)
{
	struct pf_probe_context *ctx = l->ctx;
	const struct pf_table *t = &l->table;

	if (t->name != NULL)
		pf_leave_string(ctx, "table.name", t->name, PF_NO_EVIDENCE);
	if (state_word(t->state) == NULL || may_be_starting(l))
		return;
	pf_leave_string(ctx, "table.state", state_word(t->state), seen(l));
	pf_leave_string(ctx, "table.way", pf_reach_way(pf_probe_session(ctx), &t->at), PF_NO_EVIDENCE);
	pf_leave_bool(ctx, "table.shared", t->shared, PF_NO_EVIDENCE);
	pf_leave_bool(ctx, "table.may_be_made", l->may_make_it, PF_NO_EVIDENCE);
	pf_leave_string(ctx, "table.region", t->region, PF_NO_EVIDENCE);
	if (t->where != NULL)
		pf_leave_string(ctx, "table.where", t->where, PF_NO_EVIDENCE);
	if (t->names != NULL && !pf_has_token(t->name))
		pf_leave_list(ctx, "table.tables", t->names, t->name_count, PF_NO_EVIDENCE);
	if (t->state != PF_TABLE_PRESENT && t->state != PF_TABLE_ELSEWHERE && t->state != PF_TABLE_IN_SOME)
		return;
	pf_leave_string(ctx, "table.status", t->seen.status, PF_NO_EVIDENCE);
	pf_leave_bool(ctx, "table.index", t->seen.has_index, PF_NO_EVIDENCE);
	if (t->seen.items >= 0)
		pf_leave_int(ctx, "table.items", t->seen.items, PF_NO_EVIDENCE);
	if (t->seen.created_ms > 0)
		pf_leave_string(ctx, "table.created", pf_time_format(l->arena, t->seen.created_ms, true),
				PF_NO_EVIDENCE);
}

/* ---- The client's part ------------------------------------------------------------------------------------- */

/* False where the client is known to keep its data elsewhere. */
static bool
uses_database(const struct look *l)
{
	const struct pf_env_var *var = pf_env_get(l->client.env, pf_arg(l->ctx, "provider"));
	const char *plain = var != NULL ? pf_env_plain(l->arena, var) : NULL;

	if (var == NULL)
		return pf_env_unread(l->client.env, pf_arg(l->ctx, "provider")) != NULL;
	return plain == NULL || strcasecmp(plain, pf_arg(l->ctx, "wanted_provider")) == 0;
}

/* Whether what decides on the table says something else since the client's pods were started. */
static bool
is_set_anew(const struct look *l)
{
	static const char *const settings[] = {"provider", "flag", "table"};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct pf_env_var *var = pf_env_get(l->client.env, pf_arg(l->ctx, settings[i]));
		if (var != NULL && pf_var_changed_since_start(pf_probe_session(l->ctx), &l->client, var) != NULL)
			return true;
	}
	return false;
}

/* The client's pod that has had the time to make its table; NULL when there is none. */
static const struct pf_pod *
settled_pod(const struct look *l)
{
	const struct pf_workload *w = l->client.workload;
	const struct pf_pod *pod = pf_running_pod(w, l->client.container_name, true);

	if (w->state != PF_WORKLOAD_AVAILABLE || pod == NULL || !pod->ready || !uses_database(l) || is_set_anew(l))
		return NULL;
	if (PF_AT(l->client.container, "readinessProbe") == NULL &&
	    pf_session_now(pf_probe_session(l->ctx)) - pf_running_since(pod, l->client.container_name) < START_MS)
		return NULL;
	return pod;
}

/* Leaves whether the database began to run after the client did: what it held in memory or in its pod is then gone. */
static bool
database_is_newer(const struct look *l, const struct pf_pod *client)
{
	if (client == NULL || l->backend.pod == NULL || l->backend.behind.pod != NULL)
		return false;

	int64_t database_ms = pf_running_since(l->backend.pod, l->backend.container);
	int64_t client_ms = pf_running_since(client, l->client.container_name);
	bool newer = client_ms > 0 && database_ms > client_ms;
	pf_leave_bool(l->ctx, "table.database_newer", newer,
		      newer ? (struct pf_evidence){pf_printf(l->arena, "pod/%s", l->backend.pod->name), "running since",
						   pf_printf(l->arena, "%s, the cart since %s",
							     pf_time_format(l->arena, database_ms, false),
							     pf_time_format(l->arena, client_ms, false)),
						   NULL}
			    : PF_NO_EVIDENCE);
	return newer;
}

/* ---- Verdicts ---------------------------------------------------------------------------------------------- */

/* Who makes its table at its start does not depend on what could not be looked at for another's fault. */
static void
not_looked(const struct look *l, const char *why)
{
	if (makes_it(l))
		pf_verdict(l->ctx, PF_PASS, "true: it is made at the start (not looked at: %s)", why);
	else
		pf_verdict(l->ctx, PF_SKIP, "not looked at: %s", why);
}

static const char *
items_text(const struct look *l)
{
	int64_t items = l->table.seen.items;

	if (items < 0)
		return "";
	return pf_printf(l->arena, ", %lld item%s", (long long)items, items == 1 ? "" : "s");
}

static void
judge_present(const struct look *l)
{
	const char *index = pf_arg(l->ctx, "index");

	if (!l->table.seen.has_index && makes_it(l) && l->may_make_it)
		pf_verdict(l->ctx, PF_PASS, "true: table %s has no index %s and is made anew at the next start",
			   l->name, index);
	else if (!l->table.seen.has_index)
		pf_verdict(l->ctx, PF_FAIL, "table %s has no index %s", l->name, index);
	else if (l->off != NULL && l->wanted)
		pf_verdict(l->ctx, PF_WARN, "%s; table %s exists, so carts survive restarts", l->off, l->name);
	else
		pf_verdict(l->ctx, PF_PASS, "%stable %s is there with its index%s",
			   l->off != NULL ? "off: "
			   : makes_it(l)  ? "true: "
					  : "",
			   l->name, items_text(l));
}

/* A cart that does not come up makes nothing, and to say that it does would be to promise. */
static bool
comes_up(const struct look *l)
{
	const struct pf_workload *w = l->client.workload;

	return w == NULL || w->serving != NULL ||
	       (w->state != PF_WORKLOAD_UNAVAILABLE && w->state != PF_WORKLOAD_STUCK);
}

static void
judge_absent(const struct look *l, bool database_newer)
{
	const char *where = l->table.state == PF_TABLE_ELSEWHERE
				    ? pf_printf(l->arena, "; there is one %s", l->table.where)
			    : l->table.name_count > 0 ? pf_printf(l->arena, "; there is %s", names_text(l))
						      : "";

	if (makes_it(l) && l->may_make_it && !comes_up(l))
		pf_verdict(l->ctx, PF_PASS,
			   "true: table %s would be made at the start, but the cart does not come up%s", l->name,
			   where);
	else if (makes_it(l) && l->may_make_it)
		pf_verdict(l->ctx, PF_PASS, "true: table %s is not there yet and is made at the start%s", l->name,
			   where);
	else if (makes_it(l) && database_newer)
		pf_verdict(
			l->ctx, PF_FAIL,
			"table %s is gone: DynamoDB has started after the cart, which makes it only at its own start",
			l->name);
	else if (makes_it(l))
		pf_verdict(l->ctx, PF_FAIL, "table %s is not there, although it was made at the start%s", l->name,
			   where);
	else if (l->off != NULL)
		pf_verdict(l->ctx, PF_FAIL, "%s, and there is no table %s%s", l->off, l->name, where);
	else if (pf_streq(l->flag, "not-read"))
		pf_verdict(l->ctx, PF_ERROR, "table %s is not there; whether it is made at the start is not known: %s",
			   l->name, l->flag_why);
	else
		pf_verdict(l->ctx, PF_SKIP, "table %s is not there; whether it should be cannot be told", l->name);
}

static void
judge(struct look *l)
{
	const struct pf_pod *client = settled_pod(l);
	bool newer = false;

	l->may_make_it = client == NULL;
	leave_facts(l);
	if (l->table.state == PF_TABLE_ABSENT || l->table.state == PF_TABLE_ELSEWHERE)
		newer = database_is_newer(l, client);
	switch (l->table.state) {
	case PF_TABLE_PRESENT:
		judge_present(l);
		return;
	case PF_TABLE_ABSENT:
	case PF_TABLE_ELSEWHERE:
		judge_absent(l, newer);
		return;
	case PF_TABLE_IN_SOME:
		pf_verdict(l->ctx, PF_FAIL, "table %s is %s: each pod keeps tables of its own", l->name,
			   l->table.where);
		return;
	case PF_TABLE_HANGS:
		if (may_be_starting(l)) {
			pf_verdict(l->ctx, PF_ERROR, "%s does not answer signed requests yet, and has just started",
				   pf_process_text(l->arena, &l->table.at));
			return;
		}
		pf_verdict(l->ctx, PF_FAIL, "%s takes signed requests and does not answer them",
			   pf_process_text(l->arena, &l->table.at));
		return;
	case PF_TABLE_ERROR:
		if (l->table.err != NULL)
			pf_reach_error(l->ctx, l->table.err);
		else
			pf_verdict(l->ctx, PF_ERROR, "%s", l->table.why);
		return;
	default:
		not_looked(l, l->table.why);
	}
}

/* False when there is nobody whose table it could be: the verdict is then given. */
static bool
begin(struct look *l)
{
	struct pf_probe_context *ctx = l->ctx;
	const char *client = pf_arg(ctx, "client");

	if (!pf_subject_find(pf_probe_session(ctx), client, pf_arg(ctx, "container"), pf_arg_list(ctx, "prefixes"),
			     &l->client)) {
		if (l->client.workload->state == PF_WORKLOAD_UNREADABLE)
			pf_verdict_error(ctx, l->client.workload->err, "apps", "deployments", "get, list, watch");
		else
			pf_verdict(ctx, PF_SKIP, "deployment/%s does not exist, or not with such a container", client);
		return false;
	}
	l->backend = pf_backend_find(ctx);
	const struct pf_workload *w = l->backend.workload;
	if (w->state == PF_WORKLOAD_UNREADABLE)
		pf_verdict_error(ctx, w->err, "apps", "deployments", "get, list, watch");
	else if (w->pods_err != NULL)
		pf_verdict_error(ctx, w->pods_err, "", "pods", "get, list, watch");
	return w->state != PF_WORKLOAD_UNREADABLE && w->pods_err == NULL;
}

static void
run(struct pf_probe_context *ctx)
{
	struct look l = {.ctx = ctx, .arena = pf_probe_arena(ctx), .wanted = pf_arg_bool(ctx, "wanted", true)};

	if (!begin(&l))
		return;
	l.flag = pf_flag_read(ctx, &l.client, pf_arg(ctx, "flag"), &l.flag_why);
	if (pf_streq(l.flag, "false"))
		l.off = "off";
	else if (pf_streq(l.flag, "unset"))
		l.off = "not set, which means off";
	l.table = pf_table_find(ctx, &l.backend, &l.client);
	l.name = l.table.name == NULL || pf_has_token(l.table.name) ? "(not shown)" : l.table.name;
	judge(&l);
}

static const struct pf_workload *
starting(struct pf_probe_context *ctx)
{
	struct look l = {.ctx = ctx, .arena = pf_probe_arena(ctx)};

	if (!pf_subject_find(pf_probe_session(ctx), pf_arg(ctx, "client"), pf_arg(ctx, "container"),
			     pf_arg_list(ctx, "prefixes"), &l.client))
		return NULL;
	l.backend = pf_backend_find(ctx);
	if (l.backend.at.pod == NULL || l.backend.workload->state != PF_WORKLOAD_AVAILABLE ||
	    !pf_backend_is_young(pf_probe_session(ctx), &l.backend))
		return NULL;
	l.table = pf_table_find(ctx, &l.backend, &l.client);
	return may_be_starting(&l) ? l.backend.workload : NULL;
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	struct pf_subject client;

	if (round == 1)
		pf_workload_foresee_env(pf_probe_session(ctx), pf_arg(ctx, "client"));
	if (round != 2 || !pf_subject_find(pf_probe_session(ctx), pf_arg(ctx, "client"), pf_arg(ctx, "container"),
					   pf_arg_list(ctx, "prefixes"), &client))
		return;
	struct pf_backend backend = pf_backend_find(ctx);
	pf_table_foresee(ctx, &backend, &client);
}

static const struct pf_param params[] = {
	PF_BACKEND_PARAMS,
	PF_TABLE_PARAMS,
	{"provider", PF_TYPE_STRING, true, NULL, "the client's variable that names where it keeps its data"},
	{"wanted_provider", PF_TYPE_STRING, true, NULL, "the value that means this database"},
	{"flag", PF_TYPE_STRING, true, NULL, "the client's variable that lets it make the table at its start"},
	{"wanted", PF_TYPE_BOOL, true, NULL, "the value of that variable that is documented or was asked for"},
	{0},
};

static const struct pf_fact_desc facts[] = {
	{"table.state", PF_TYPE_ENUM, "present absent elsewhere in-some hangs",
	 "elsewhere: absent where the client looks, present in another database of the same process; in-some: "
	 "in some of the Deployment's pods, absent from another"},
	{"table.way", PF_TYPE_ENUM, PF_WAY_VALUES, PF_WAY_HELP},
	{"table.name", PF_TYPE_STRING, NULL, "the client's variable, or the default"},
	{"table.region", PF_TYPE_STRING, NULL, "the region where it was found, or looked for"},
	{"table.where", PF_TYPE_STRING, NULL, "the other database; of in-some: which pod has it, and which has not"},
	{"table.shared", PF_TYPE_BOOL, NULL, "the process keeps one database for all key ids and regions"},
	{"table.status", PF_TYPE_STRING, NULL, "as DescribeTable says"},
	{"table.index", PF_TYPE_BOOL, NULL, "it has the index"},
	{"table.items", PF_TYPE_INT, NULL, "how many items it has"},
	{"table.created", PF_TYPE_STRING, NULL, "when it was made"},
	{"table.tables", PF_TYPE_LIST, NULL, "all tables of the client's database"},
	{"table.may_be_made", PF_TYPE_BOOL, NULL, "no client runs that has had the time to make it"},
	{"table.database_newer", PF_TYPE_BOOL, NULL, "the database has started after the client"},
	{0},
};

static const struct pf_permission permissions[] = {
	{"", "pods/portforward", "get create", "whether the table is there"},
	{"", "configmaps", "get", "variables that come from ConfigMaps"},
	{"", "secrets", "get", "the key id, which chooses the database, when it comes from a Secret"},
	{0},
};

const struct pf_probe pf_probe_table = {
	.desc =
		{
			.kind = "table",
			.summary = "asks DynamoDB, as the application would, whether its table and index are there",
			.params = params,
			.facts = facts,
			.permissions = permissions,
		},
	.run = run,
	.foresee = foresee,
	.starting = starting,
};
