/* What the running application says of its own configuration: the process outranks the spec it was made from. */
#include <strings.h>

#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "probe/env_port.h"
#include "probe/probes.h"
#include "probe/reach.h"

#define PATIENCE_MS 5000 /* it answers from memory */
#define SHOWN_MAX 200
#define NOT_APPLICABLE "N/A"

struct look {
	struct pf_probe_context *ctx;
	struct pf_arena *arena;
	struct pf_subject subject;
	struct pf_process_at at;
	const char *process; /* "pod/x port 8080"; "cart:80" of a Service */
	const char *source;  /* for evidence */
	const char *way;
	const cJSON *said;
	bool uses_database; /* by what the process says */
	const char *differences;
	bool compared;
};

/* A setting as the process says it, and as the spec does. */
struct setting {
	const char *fact;
	const char *member;   /* of the answer */
	const char *variable; /* the parameter that names it */
	const char *fallback; /* the parameter that holds the default; NULL: none */
	bool of_database;     /* means something only where the database is used */
	bool any_case;
};

static const struct setting settings[] = {
	{"app.provider_text", "persistenceProvider", "provider", "default_provider", false, true},
	{"app.table", "dynamodbTable", "table", "default_table", true, false},
	{"app.endpoint", "dynamodbEndpoint", "variable", NULL, true, false},
};

/* ---- The process ------------------------------------------------------------------------------------------- */

static int
port_of(struct pf_probe_context *ctx, const struct pf_subject *subject)
{
	const struct pf_env_var *var = pf_env_get(subject->env, pf_arg(ctx, "port"));
	const char *text = var != NULL ? pf_env_plain(pf_probe_arena(ctx), var) : NULL;
	int port;

	return text != NULL && pf_read_port(text, &port) ? port : (int)pf_arg_int(ctx, "default_port", 0);
}

static bool
find_process(struct pf_probe_context *ctx, const struct pf_subject *subject, struct pf_process_at *out)
{
	const struct pf_pod *pod = pf_running_pod(subject->workload, subject->container_name, true);

	if (pod == NULL)
		return false;
	*out = pf_process_of(subject->workload->namespace_, pod, port_of(ctx, subject));
	return true;
}

static struct pf_request
request_of(struct pf_probe_context *ctx)
{
	return (struct pf_request){.method = "GET", .path = pf_arg(ctx, "path"), .timeout_ms = PATIENCE_MS};
}

/* ---- What it says ------------------------------------------------------------------------------------------ */

/* As the process has it: NULL where it says nothing, or that it does not apply. */
static const char *
said(const struct look *l, const struct setting *setting)
{
	const char *text = PF_STRING_AT(l->said, setting->member);

	return text == NULL || text[0] == '\0' || pf_streq(text, NOT_APPLICABLE) ? NULL : text;
}

/* What comes from a Secret stays one in the mouth of the process, too short to be known again as it may be. */
static bool
is_secret(const struct look *l, const struct setting *setting)
{
	const struct pf_env_var *var =
		l->subject.env != NULL ? pf_env_get(l->subject.env, pf_arg(l->ctx, setting->variable)) : NULL;

	return var != NULL && var->secret;
}

static const char *
shown(const struct look *l, const struct setting *setting, const char *text)
{
	if (text == NULL)
		return "(none)";
	if (is_secret(l, setting) || pf_has_token(text))
		return "(not shown)";
	return pf_one_line(l->arena, text, SHOWN_MAX);
}

/* As the spec has it: the default where it is not set. False when that is not known. */
static bool
specified(const struct look *l, const struct setting *setting, const char **out)
{
	const char *name = pf_arg(l->ctx, setting->variable);
	const struct pf_env_var *var = l->subject.env != NULL ? pf_env_get(l->subject.env, name) : NULL;

	if (l->subject.env == NULL)
		return false;
	if (var == NULL && pf_subject_doubt(l->ctx, &l->subject, name) != NULL)
		return false;
	if (var != NULL && var->value == NULL)
		return false;
	*out = var != NULL && var->value[0] != '\0' ? var->value
	       : setting->fallback != NULL          ? pf_arg(l->ctx, setting->fallback)
						    : NULL;
	return true;
}

static bool
same(const struct setting *setting, const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return setting->any_case ? strcasecmp(a, b) == 0 : pf_streq(a, b);
}

/* A secret's public part may be all that one of the two shows: then nothing can be said. */
static bool
comparable(const char *a, const char *b)
{
	return a == NULL || b == NULL || pf_has_token(a) == pf_has_token(b);
}

static void
look_at(struct look *l, const struct setting *setting)
{
	const char *process = said(l, setting), *spec = NULL, *name = pf_arg(l->ctx, setting->variable);

	if (!is_secret(l, setting))
		pf_leave_string(
			l->ctx, setting->fact, process,
			(struct pf_evidence){l->source,
					     pf_printf(l->arena, "%s %s", pf_arg(l->ctx, "path"), setting->member),
					     shown(l, setting, process), NULL});
	if (setting->of_database && !l->uses_database)
		return;
	if (!specified(l, setting, &spec) || !comparable(process, spec))
		return;
	l->compared = true;
	if (!same(setting, process, spec))
		l->differences = pf_printf(l->arena, "%s%s%s is %s, by the spec %s", l->differences,
					   l->differences[0] != '\0' ? "; " : "", name, shown(l, setting, process),
					   shown(l, setting, spec));
}

static const char *
provider_word(const struct look *l, const char *provider)
{
	const char *const *known = pf_arg_list(l->ctx, "known_providers");

	if (strcasecmp(provider, pf_arg(l->ctx, "wanted_provider")) == 0)
		return "wanted";
	for (size_t i = 0; known[i] != NULL; i++) {
		if (strcasecmp(provider, known[i]) == 0)
			return "other";
	}
	return "unknown";
}

static void
judge(struct look *l)
{
	const char *provider = said(l, &settings[0]), *word;

	if (provider == NULL) {
		pf_verdict(l->ctx, PF_SKIP, "%s of %s does not say what is asked for", pf_arg(l->ctx, "path"),
			   l->source);
		return;
	}
	word = provider_word(l, provider);
	l->uses_database = pf_streq(word, "wanted");
	pf_leave_string(l->ctx, "app.provider", word, PF_NO_EVIDENCE);
	pf_leave_string(l->ctx, "app.way", l->way, PF_NO_EVIDENCE);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		look_at(l, &settings[i]);
	if (l->compared)
		pf_leave_bool(l->ctx, "app.agrees", l->differences[0] == '\0', PF_NO_EVIDENCE);
	if (l->differences[0] != '\0')
		pf_leave_string(l->ctx, "app.differences", l->differences, PF_NO_EVIDENCE);

	if (!l->uses_database)
		pf_verdict(l->ctx, PF_FAIL, "the running process keeps its data in %s, not in %s",
			   shown(l, &settings[0], provider), pf_arg(l->ctx, "wanted_provider"));
	else if (l->differences[0] != '\0')
		pf_verdict(l->ctx, PF_WARN,
			   "the running process was started with another configuration (%s): the next start takes the "
			   "spec's, unless the image sets it",
			   l->differences);
	else
		pf_verdict(l->ctx, PF_PASS, "%s, table %s, %s: as the running process has it",
			   shown(l, &settings[0], provider), shown(l, &settings[1], said(l, &settings[1])),
			   shown(l, &settings[2], said(l, &settings[2])));
}

/* False when ANSWER is no configuration: the verdict is then given. */
static bool
read_answer(const struct look *l, const struct pf_request *request, const struct pf_answer *answer)
{
	const char *process = l->process;
	bool answered = answer->reply == PF_REPLY_HTTP, silent = answer->reply == PF_REPLY_SILENT;

	if (answered || silent)
		pf_leave_bool(l->ctx, "app.silent", silent, PF_NO_EVIDENCE);

	if (answered && answer->status == 200 && cJSON_IsObject(answer->json))
		return true;
	if (answered && answer->status == 200)
		pf_verdict(l->ctx, PF_ERROR, "%s answers %s with something that is no JSON object", process,
			   request->path);
	else if (answered && answer->status == 404)
		pf_verdict(l->ctx, PF_SKIP, "no %s (the cart has it since 1.0.0)", request->path);
	else if (answered)
		pf_verdict(l->ctx, PF_ERROR, "%s answers %s with HTTP %d", process, request->path, answer->status);
	else if (answer->refused)
		pf_verdict(l->ctx, PF_SKIP, "nothing listens on %s", process);
	else if (silent)
		pf_verdict(l->ctx, PF_FAIL, "%s takes the connection and gives no answer to %s within %s", process,
			   request->path, pf_duration_format(l->arena, PATIENCE_MS));
	else
		pf_reach_error(l->ctx, &answer->err);
	return false;
}

/*
 * No object tells of a pod: in the cluster the documented Service can still be asked, and one of the processes behind
 * it answers. That none does proves nothing.
 */
static void
ask_service(struct look *l, const struct pf_request *request, const struct pf_err *unread)
{
	struct pf_session *session = pf_probe_session(l->ctx);
	const char *service = pf_arg(l->ctx, "service");
	struct pf_err err = {0};

	if (!pf_session_in_cluster(session) || service == NULL)
		return;
	const struct pf_answer *answer = pf_reach_service(session, service, (int)pf_arg_int(l->ctx, "service_port", 80),
							  request, &l->process, &err);
	if (answer != NULL && answer->reply == PF_REPLY_HTTP && answer->status == 200 && cJSON_IsObject(answer->json)) {
		l->source = pf_printf(l->arena, "service/%s", service);
		l->way = "service";
		l->said = answer->json;
		judge(l);
	} else if (answer != NULL && answer->reply == PF_REPLY_HTTP) {
		pf_verdict(l->ctx, PF_ERROR, "%s; from here, %s answers %s with HTTP %d", unread->text, l->process,
			   request->path, answer->status);
	} else {
		pf_verdict(l->ctx, PF_ERROR, "%s; from here, %s", unread->text,
			   answer != NULL ? answer->err.text : err.text);
	}
}

static void
run(struct pf_probe_context *ctx)
{
	struct look l = {.ctx = ctx, .arena = pf_probe_arena(ctx), .differences = ""};
	struct pf_request request = request_of(ctx);

	if (!pf_subject_of(ctx, &l.subject)) {
		if (l.subject.workload->state == PF_WORKLOAD_UNREADABLE)
			ask_service(&l, &request, l.subject.workload->err);
		return;
	}
	if (l.subject.workload->pods_err != NULL) {
		pf_verdict_error(ctx, l.subject.workload->pods_err, "", "pods", "get, list, watch");
		ask_service(&l, &request, l.subject.workload->pods_err);
		return;
	}
	if (!find_process(ctx, &l.subject, &l.at)) {
		pf_verdict(ctx, PF_SKIP, "no pod of the newest revision of deployment/%s runs",
			   l.subject.workload->name);
		return;
	}

	const struct pf_answer *answer = pf_reach(pf_probe_session(ctx), &l.at, &request);
	l.process = pf_process_text(l.arena, &l.at);
	l.source = pf_printf(l.arena, "pod/%s", l.at.pod);
	if (!read_answer(&l, &request, answer))
		return;
	l.way = pf_reach_way(pf_probe_session(ctx), &l.at);
	l.said = answer->json;
	judge(&l);
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	struct pf_subject subject;
	struct pf_process_at at;
	struct pf_request request = request_of(ctx);

	if (round == 1)
		pf_workload_foresee_env(pf_probe_session(ctx), pf_arg(ctx, "deployment"));
	if (round == 2 &&
	    pf_subject_find(pf_probe_session(ctx), pf_arg(ctx, "deployment"), pf_arg(ctx, "container"),
			    pf_arg_list(ctx, "prefixes"), &subject) &&
	    find_process(ctx, &subject, &at))
		pf_reach_foresee(pf_probe_session(ctx), &at, &request);
}

static const struct pf_param params[] = {
	PF_SUBJECT_PARAMS,
	{"path", PF_TYPE_STRING, true, NULL, "where it says its configuration"},
	{"port", PF_TYPE_STRING, true, NULL, "the variable that holds its port"},
	{"service", PF_TYPE_STRING, false, NULL, "its documented Service, asked in the cluster where no pod is known"},
	{"service_port", PF_TYPE_INT, false, NULL, "that Service's port (80)"},
	{"default_port", PF_TYPE_INT, true, NULL, "the port when that is not set"},
	{"provider", PF_TYPE_STRING, true, NULL, "the variable that names where it keeps its data"},
	{"wanted_provider", PF_TYPE_STRING, true, NULL, "the value that is documented"},
	{"known_providers", PF_TYPE_LIST, false, NULL, "other values that the application knows"},
	{"default_provider", PF_TYPE_STRING, true, NULL, "the value when that is not set"},
	{"table", PF_TYPE_STRING, true, NULL, "the variable that holds the table's name"},
	{"default_table", PF_TYPE_STRING, true, NULL, "the name when that is not set"},
	{"variable", PF_TYPE_STRING, true, NULL, "the variable that holds its endpoint"},
	{0},
};

static const struct pf_fact_desc facts[] = {
	{"app.provider", PF_TYPE_ENUM, "wanted other unknown", "what the process says, against wanted_provider"},
	{"app.provider_text", PF_TYPE_STRING, NULL, "as it says it"},
	{"app.silent", PF_TYPE_BOOL, NULL,
	 "it takes the connection and does not answer, as nothing does on a machine at its end"},
	{"app.way", PF_TYPE_ENUM, PF_WAY_VALUES, PF_WAY_HELP},
	{"app.table", PF_TYPE_STRING, NULL, "the table that it uses"},
	{"app.endpoint", PF_TYPE_STRING, NULL, "the endpoint that it uses"},
	{"app.agrees", PF_TYPE_BOOL, NULL, "the spec says the same, as far as it could be read"},
	{"app.differences", PF_TYPE_STRING, NULL, "where it does not"},
	{0},
};

static const struct pf_permission permissions[] = {
	{"", "pods/portforward", "get create", "what the running process uses"},
	{"", "configmaps", "get", "variables that come from ConfigMaps"},
	{"", "secrets", "get", "variables that come from Secrets (optional)"},
	{0},
};

const struct pf_probe pf_probe_app = {
	.desc =
		{
			.kind = "app",
			.summary = "asks the running application for its configuration and holds it against the spec",
			.params = params,
			.facts = facts,
			.permissions = permissions,
		},
	.run = run,
	.foresee = foresee,
};
