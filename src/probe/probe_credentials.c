/* AWS credentials of a container, wherever the SDK's default chain takes them from its environment. */
#include <string.h>

#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/str.h>

#include "probe/changed.h"
#include "probe/own_env.h"
#include "probe/probes.h"
#include "probe/subject.h"

enum presence { ABSENT, EMPTY, SET, UNREAD, MISSING };

struct one {
	const char *name;
	const struct pf_env_var *var;
	enum presence presence;
	const char *why;
};

/* Of blanks alone the SDK, which trims what it reads, makes nothing. */
static bool
is_blank(const char *value)
{
	return value[strspn(value, " \t\r\n")] == '\0';
}

static struct one
look(struct pf_probe_context *ctx, const struct pf_subject *subject, const char *name)
{
	struct one out = {.name = name, .var = pf_env_get(subject->env, name), .why = ""};
	if (out.var != NULL && out.var->value == NULL) {
		out.presence = UNREAD;
		out.why = out.var->unknown;
	} else if (out.var != NULL) {
		out.presence = is_blank(out.var->value) ? EMPTY : SET;
	} else if (pf_subject_missing(subject, name) != NULL) {
		out.presence = MISSING;
		out.why = pf_subject_doubt(ctx, subject, name);
	} else if (pf_env_unread(subject->env, name) != NULL) {
		out.presence = UNREAD;
		out.why = pf_env_unread(subject->env, name);
	}
	return out;
}

/* The SDK looks at the JVM's system properties before the environment. */
static const char *
in_java_options(const struct pf_subject *subject)
{
	static const char *const names[] = {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct pf_env_var *var = pf_env_get(subject->env, names[i]);
		if (var != NULL && var->value != NULL && strstr(var->value, "-Daws.accessKeyId=") != NULL)
			return names[i];
	}
	return NULL;
}

/* A folder or file mounted where the SDK looks for its shared files: ~/.aws, whoever the user is. */
static const char *
mounted(struct pf_arena *arena, const struct pf_subject *subject)
{
	const cJSON *mount;

	cJSON_ArrayForEach(mount, PF_AT(subject->container, "volumeMounts"))
	{
		const char *path = PF_STRING_AT(mount, "mountPath");
		const char *folder = path != NULL ? strstr(path, "/.aws") : NULL;
		if (folder != NULL && (folder[5] == '\0' || folder[5] == '/'))
			return pf_printf(arena, "what is mounted at %s", path);
	}
	return NULL;
}

/*
 * Where else the SDK's chain finds keys: web identity (a role and a token file) and container credentials (a URI),
 * which a webhook puts into the running pod and into no template; the SDK's shared files; the JVM's system properties.
 */
static const char *
injected(struct pf_arena *arena, const struct pf_subject *subject)
{
	static const char *const names[] = {"AWS_WEB_IDENTITY_TOKEN_FILE",
					    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
					    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
					    "AWS_SHARED_CREDENTIALS_FILE",
					    "AWS_CONFIG_FILE",
					    "AWS_PROFILE"};
	const struct pf_workload *w = subject->workload;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const cJSON *container, *entry;
		if (pf_env_get(subject->env, names[i]) != NULL)
			return names[i];
		if (w->pod == NULL)
			continue;
		cJSON_ArrayForEach(container, PF_AT(w->pod->object, "spec", "containers"))
		{
			if (!pf_streq(PF_STRING_AT(container, "name"), subject->container_name))
				continue;
			cJSON_ArrayForEach(entry, PF_AT(container, "env"))
			{
				if (pf_streq(PF_STRING_AT(entry, "name"), names[i]))
					return names[i];
			}
		}
	}
	const char *found = in_java_options(subject);
	return found != NULL ? found : mounted(arena, subject);
}

/*
 * DynamoDB Local takes letters and digits only, and answers anything else as an unrecognized client. The SDK trims what
 * it reads, so that a line break at the end (of a Secret made by echo) is no fault; and of a value with a secret within
 * nobody can tell.
 */
static bool
legal_key_id(struct pf_arena *arena, const char *value)
{
	struct pf_token token;
	if (pf_token_parse(arena, value, &token)) {
		if (pf_streq(token.cls, "alnum"))
			return true;
		if (token.detail == NULL)
			return pf_streq(token.cls, "other");
		value = token.detail;
	} else if (pf_has_token(value)) {
		return true;
	}
	for (const char *p = value; *p != '\0'; p++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", *p) == NULL)
			return false;
	}
	return true;
}

static void
note(struct pf_probe_context *ctx, const struct pf_subject *subject, const struct one *one)
{
	pf_note(ctx,
		one->var != NULL ? pf_env_evidence(ctx, subject, one->var) : pf_env_absence(ctx, subject, one->name));
}

/* Whatever the keys are: a fix for them sets a region only where there is none. */
static void
leave_region(struct pf_probe_context *ctx, const struct pf_subject *subject)
{
	struct one region = look(ctx, subject, pf_arg(ctx, "region"));

	if (region.presence != UNREAD && region.presence != MISSING)
		pf_leave_bool(ctx, "credentials.region", region.presence == SET,
			      region.var != NULL ? pf_env_evidence(ctx, subject, region.var)
						 : pf_env_absence(ctx, subject, region.name));
}

static void
judge_region(struct pf_probe_context *ctx, const struct pf_subject *subject, const struct one *id)
{
	struct one region = look(ctx, subject, pf_arg(ctx, "region"));
	struct one endpoint = look(ctx, subject, pf_arg(ctx, "endpoint"));
	bool endpoint_set = endpoint.presence != ABSENT && endpoint.presence != EMPTY;
	bool maybe = region.presence == UNREAD || region.presence == MISSING;
	const char *from = pf_env_source(pf_probe_arena(ctx), id->var);
	if (region.presence == SET || maybe)
		pf_verdict(ctx, PF_PASS, "%s", from);
	else if (endpoint_set)
		pf_verdict(ctx, PF_WARN, "%s; %s is not set (not needed as long as an endpoint is)", from, region.name);
	else
		pf_verdict(ctx, PF_FAIL, "%s is not set, and no endpoint either: the SDK finds no region", region.name);
}

static void
state(struct pf_probe_context *ctx, const char *word, const struct one *one)
{
	pf_leave_string(ctx, "credentials.state", word, PF_NO_EVIDENCE);
	if (one != NULL)
		pf_leave_string(ctx, "credentials.variable", one->name, PF_NO_EVIDENCE);
}

/*
 * Both are there all the same: an image's ENV shows in no object, and its container has it. What the template sets, be
 * it to nothing, hides the image's; and what a source held when the container was started is nothing of the image's.
 */
static const char *
in_the_container(struct pf_probe_context *ctx, const struct pf_subject *subject, const struct one *id,
		 const struct one *key)
{
	struct pf_own_question q[] = {{id->name, NULL, PF_OWN_UNKNOWN}, {key->name, NULL, PF_OWN_UNKNOWN}};

	if (id->presence == EMPTY || key->presence == EMPTY ||
	    pf_sources_changed_since_start(pf_probe_session(ctx), subject))
		return NULL;
	if (!pf_own_env_ask(pf_probe_session(ctx), subject->workload, subject->container_name, q, 2))
		return NULL;
	for (size_t i = 0; i < 2; i++) {
		if (q[i].said != PF_OWN_SAME && q[i].said != PF_OWN_OTHER)
			return NULL;
	}
	return "the environment that the container has from its image";
}

/* ", but in container proxy" where another container of the pod has it; "". */
static const char *
misplaced(struct pf_probe_context *ctx, const struct pf_subject *subject, const char *name)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	const char *other = pf_subject_misplaced(pf_probe_session(ctx), subject, name);

	if (other == NULL)
		return "";
	pf_leave_string(ctx, "credentials.misplaced", other,
			(struct pf_evidence){pf_printf(arena, "deployment/%s", subject->workload->name), other,
					     pf_printf(arena, "has %s", name), NULL});
	return pf_printf(arena, " in container %s, but in %s", subject->container_name, other);
}

static void
run(struct pf_probe_context *ctx)
{
	struct pf_subject subject;
	if (!pf_subject_of(ctx, &subject))
		return;
	struct one id = look(ctx, &subject, pf_arg(ctx, "key_id")),
		   key = look(ctx, &subject, pf_arg(ctx, "secret_key"));
	const struct one *missing = id.presence == MISSING ? &id : key.presence == MISSING ? &key : NULL;
	const struct one *unread = id.presence == UNREAD ? &id : key.presence == UNREAD ? &key : NULL;
	const struct one *gone = id.presence == ABSENT || id.presence == EMPTY ? &id : &key;
	const char *source = injected(pf_probe_arena(ctx), &subject);
	note(ctx, &subject, &id);
	note(ctx, &subject, &key);
	leave_region(ctx, &subject);
	if (source == NULL && missing == NULL && unread == NULL && (id.presence != SET || key.presence != SET))
		source = in_the_container(ctx, &subject, &id, &key);

	if (id.presence == SET && key.presence == SET) {
		if (!legal_key_id(pf_probe_arena(ctx), id.var->value)) {
			state(ctx, "illegal-key-id", &id);
			pf_verdict(ctx, PF_FAIL,
				   "%s has characters other than letters and digits, which DynamoDB Local refuses",
				   id.name);
			return;
		}
		state(ctx, "complete", NULL);
		judge_region(ctx, &subject, &id);
	} else if (missing != NULL) {
		state(ctx, "reference-missing", missing);
		pf_verdict(ctx, PF_FAIL, "%s cannot be set: %s", missing->name, missing->why);
	} else if (unread != NULL && pf_subject_has_started(&subject) && unread->var != NULL) {
		pf_verdict(ctx, PF_PASS, "%s, value not read (its container has started)",
			   pf_env_source(pf_probe_arena(ctx), unread->var));
	} else if (unread != NULL) {
		pf_verdict(ctx, PF_ERROR, "%s is not known: %s", unread->name, unread->why);
	} else if (source != NULL) {
		state(ctx, "injected", NULL);
		pf_leave_string(ctx, "credentials.source", source, PF_NO_EVIDENCE);
		/* What these lead to is not read: only a cart that serves shows that the SDK finds keys there. */
		if (subject.workload->state == PF_WORKLOAD_AVAILABLE)
			pf_verdict(ctx, PF_PASS, "by %s", source);
		else
			pf_verdict(ctx, PF_WARN,
				   "by %s, and the cart does not serve: whether that gives keys is not seen", source);
	} else if (id.presence == SET || key.presence == SET) {
		state(ctx, "incomplete", gone);
		pf_verdict(ctx, PF_FAIL, "%s is %s%s", gone->name, gone->presence == EMPTY ? "empty" : "not set",
			   misplaced(ctx, &subject, gone->name));
	} else {
		state(ctx, "missing", &id);
		pf_verdict(ctx, PF_FAIL, "%s and %s are %s%s", id.name, key.name,
			   id.presence == EMPTY && key.presence == EMPTY ? "empty" : "not set",
			   misplaced(ctx, &subject, id.name));
	}
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	if (round == 1)
		pf_workload_foresee_env(pf_probe_session(ctx), pf_arg(ctx, "deployment"));
}

const struct pf_probe pf_probe_credentials = {
	.desc =
		{
			.kind = "credentials",
			.summary = "tells whether the AWS SDK in a container finds credentials, without showing them",
			.params =
				(const struct pf_param[]){
					PF_SUBJECT_PARAMS,
					{"key_id", PF_TYPE_STRING, true, NULL, "the variable of the access key id"},
					{"secret_key", PF_TYPE_STRING, true, NULL,
					 "the variable of the secret access key"},
					{"region", PF_TYPE_STRING, true, NULL, "the variable of the region"},
					{"endpoint", PF_TYPE_STRING, true, NULL,
					 "the variable whose being set makes a region needless"},
					{0}},
			.facts =
				(const struct pf_fact_desc[]){
					{"credentials.state", PF_TYPE_ENUM,
					 "complete missing incomplete illegal-key-id injected "
					 "reference-missing",
					 "injected: web identity, container credentials, "
					 "the SDK's shared files or "
					 "Java's system properties, its image's ENV; unknown where a value "
					 "could not be read"},
					{"credentials.source", PF_TYPE_STRING, NULL,
					 "what leads the SDK to injected credentials"},
					{"credentials.variable", PF_TYPE_STRING, NULL,
					 "the variable that state is about"},
					{"credentials.misplaced", PF_TYPE_STRING, NULL,
					 "the other container that has them"},
					{"credentials.region", PF_TYPE_BOOL, NULL, "a region is set"},
					{0}},
			.permissions =
				(const struct pf_permission[]){
					{"", "configmaps", "get", "variables that come from ConfigMaps"},
					{"", "secrets", "get",
					 "whether keys in Secrets are empty or illegal (optional)"},
					{0}},
		},
	.run = run,
	.foresee = foresee,
};
