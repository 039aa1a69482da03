/* The variables that switch the application: set, readable by it, and in agreement with its probes and Services. */
#include <string.h>
#include <strings.h>

#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "probe/changed.h"
#include "probe/env_port.h"
#include "probe/probes.h"
#include "probe/subject.h"

struct look {
	struct pf_probe_context *ctx;
	struct pf_arena *arena;
	struct pf_subject subject;
	enum pf_verdict verdict;
	const char *message; /* of the worst verdict so far */
	int set;             /* of the variables that are wanted */
	int wanted;
	const char *sources; /* "configmap/cart, secret/x": where values other than literals come from */
	int indirect;
};

/* The worst is said; of equals the first. */
static void
find(struct look *l, enum pf_verdict verdict, const char *message)
{
	enum pf_verdict sum = pf_verdict_sum(l->verdict, verdict);
	if (sum != l->verdict || l->message == NULL) {
		l->verdict = sum;
		l->message = message;
	}
}

static bool
is_set(const struct pf_env_var *var)
{
	return var != NULL && (var->value == NULL || var->value[0] != '\0');
}

static struct pf_evidence
evidence(struct look *l, const char *name)
{
	const struct pf_env_var *var = pf_env_get(l->subject.env, name);
	return var != NULL ? pf_env_evidence(l->ctx, &l->subject, var) : pf_env_absence(l->ctx, &l->subject, name);
}

static void
count_source(struct look *l, const struct pf_env_var *var)
{
	if (var->origin != PF_ENV_CONFIGMAP && var->origin != PF_ENV_SECRET)
		return;
	const char *source =
		pf_printf(l->arena, "%s/%s", var->origin == PF_ENV_SECRET ? "secret" : "configmap", var->object);
	l->indirect++;
	if (strstr(l->sources, source) == NULL)
		l->sources = pf_printf(l->arena, "%s%s%s", l->sources, l->sources[0] != '\0' ? ", " : "", source);
}

/* Where the reference itself could not be read, only a container that runs proves that it is there. */
static bool
is_in_doubt(const struct look *l, const struct pf_env_var *var)
{
	return var->value == NULL && (var->origin == PF_ENV_CONFIGMAP || var->origin == PF_ENV_SECRET) &&
	       !pf_subject_has_started(&l->subject);
}

/* A variable that is set, that nobody reads, and whose name is a slip away from NAME; NULL. */
static const char *
misspelt(struct look *l, const char *name)
{
	const struct pf_env *env = l->subject.env;
	for (size_t i = 0; i < env->count; i++) {
		const char *other = env->vars[i].name;
		unsigned distance = pf_edit_distance(other, name, 3);
		if (strlen(name) < 8 || distance == 0 || distance > 2)
			continue;
		pf_leave_string(l->ctx, "env.misspelt", other, evidence(l, other));
		return other;
	}
	return NULL;
}

/* Variables that must be set, and those whose default is then in use. */
static void
look_for(struct look *l, const char *param, const char *fact, enum pf_verdict verdict)
{
	const char *const *names = pf_arg_list(l->ctx, param);
	const char **absent = NULL;
	size_t count = 0, room = 0;
	const char *text = "", *slip = NULL;
	for (size_t i = 0; names[i] != NULL; i++)
		room++;
	absent = pf_alloc_array(l->arena, room + 1, sizeof(*absent));
	for (size_t i = 0; names[i] != NULL; i++) {
		const struct pf_env_var *var = pf_env_get(l->subject.env, names[i]);
		const char *doubt = var == NULL ? pf_subject_doubt(l->ctx, &l->subject, names[i]) : NULL;
		l->wanted++;
		pf_note(l->ctx, evidence(l, names[i]));
		if (is_set(var)) {
			l->set++;
			count_source(l, var);
			if (is_in_doubt(l, var))
				find(l, PF_ERROR, pf_printf(l->arena, "%s is not known: %s", names[i], var->unknown));
		} else if (doubt != NULL) {
			bool missing = pf_subject_missing(&l->subject, names[i]) != NULL;
			find(l, missing ? PF_FAIL : PF_ERROR,
			     pf_printf(l->arena, "%s is not known: %s", names[i], doubt));
		} else {
			absent[count++] = names[i];
			text = pf_printf(l->arena, "%s%s%s", text, text[0] != '\0' ? ", " : "", names[i]);
			if (slip == NULL)
				slip = misspelt(l, names[i]);
		}
	}
	pf_leave_list(l->ctx, fact, absent, count, PF_NO_EVIDENCE);
	if (count == 0)
		return;
	const char *other = pf_subject_misplaced(pf_probe_session(l->ctx), &l->subject, absent[0]);
	if (other != NULL)
		text = pf_printf(l->arena, "%s not set in container %s, but in %s", text, l->subject.container_name,
				 other);
	else
		text = pf_printf(l->arena, "%s not set", text);
	if (other != NULL && verdict == PF_FAIL)
		pf_leave_string(l->ctx, "env.misplaced", other,
				(struct pf_evidence){pf_printf(l->arena, "deployment/%s", l->subject.workload->name),
						     other, pf_printf(l->arena, "has %s", absent[0]), NULL});
	find(l, verdict,
	     pf_printf(l->arena, "%s%s%s%s", text, verdict == PF_WARN ? ": the default is in use" : "",
		       slip != NULL ? "; set is, and read by nobody, " : "", slip != NULL ? slip : ""));
}

static const char *
provider_word(struct look *l, const struct pf_env_var *var, const char *name)
{
	const char *const *known = pf_arg_list(l->ctx, "known_providers");
	if (var == NULL && pf_subject_missing(&l->subject, name) != NULL)
		return "reference-missing";
	if (var == NULL)
		return pf_env_unread(l->subject.env, name) != NULL ? "not-read" : "unset";
	if (var->value == NULL)
		return "not-read";
	const char *plain = pf_env_plain(l->arena, var);
	if (plain != NULL && strcasecmp(plain, pf_arg(l->ctx, "wanted_provider")) == 0)
		return "wanted";
	for (size_t i = 0; plain != NULL && known[i] != NULL; i++) {
		if (strcasecmp(plain, known[i]) == 0)
			return "other";
	}
	return "unknown";
}

/* Names of an earlier release, known by their values: the image sets some of them for purposes of its own. */
static void
look_for_old_names(struct look *l, const char *provider)
{
	const char *const *names = pf_arg_list(l->ctx, "old_names"), *const *values = pf_arg_list(l->ctx, "old_values");
	const char *found[16];
	size_t count = 0;
	for (size_t i = 0; names[i] != NULL && count < sizeof(found) / sizeof(found[0]); i++) {
		const struct pf_env_var *var = pf_env_get(l->subject.env, names[i]);
		if (!is_set(var))
			continue;
		const char *plain = pf_env_plain(l->arena, var);
		bool counts = !pf_streq(names[i], pf_arg(l->ctx, "old_switch"));
		for (size_t j = 0; values[j] != NULL; j++)
			counts = counts || (plain != NULL && strcasecmp(plain, values[j]) == 0);
		if (counts) {
			pf_note(l->ctx, pf_env_evidence(l->ctx, &l->subject, var));
			found[count++] = names[i];
		}
	}
	pf_leave_list(l->ctx, "env.old_names", found, count, count > 0 ? evidence(l, found[0]) : PF_NO_EVIDENCE);
	pf_leave_bool(l->ctx, "env.only_old_names", count > 0 && pf_streq(provider, "unset"), PF_NO_EVIDENCE);
}

static void
judge_provider(struct look *l)
{
	const char *name = pf_arg(l->ctx, "provider"), *wanted = pf_arg(l->ctx, "wanted_provider");
	const struct pf_env_var *var = pf_env_get(l->subject.env, name);
	const char *word = provider_word(l, var, name);
	pf_leave_string(l->ctx, "env.provider", word, evidence(l, name));
	if (var != NULL)
		pf_leave_string(l->ctx, "env.provider_text", var->value, PF_NO_EVIDENCE);
	look_for_old_names(l, word);
	if (pf_streq(word, "other"))
		find(l, PF_FAIL, pf_printf(l->arena, "%s=%s, documented is %s", name, pf_shown(var), wanted));
	else if (pf_streq(word, "unknown"))
		find(l, PF_FAIL, pf_printf(l->arena, "%s=%s is no provider that the cart knows", name, pf_shown(var)));
	else if (pf_streq(word, "not-read") && var != NULL)
		find(l, PF_ERROR, pf_printf(l->arena, "%s is not known: %s", name, var->unknown));
}

/* DynamoDB: 3 to 255 of a-z A-Z 0-9 _ - . A variable that is set to nothing is a name of no characters. */
static const char *
table_word(struct look *l, const struct pf_env_var *var)
{
	struct pf_token token;
	if (var == NULL)
		return "default";
	if (var->value == NULL)
		return "not-read";
	if (pf_token_parse(l->arena, var->value, &token) && token.detail == NULL)
		return pf_word_in("alnum name", token.cls) && token.min_len >= 3 && token.max_len <= 255 ? "legal"
													 : "illegal";
	const char *plain = pf_env_plain(l->arena, var);
	if (plain == NULL)
		return "not-read";
	size_t len = strlen(plain);
	size_t legal = strspn(plain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
	return len >= 3 && len <= 255 && legal == len ? "legal" : "illegal";
}

static void
judge_table(struct look *l)
{
	const char *name = pf_arg(l->ctx, "table");
	const struct pf_env_var *var = pf_env_get(l->subject.env, name);
	const char *word = table_word(l, var);
	pf_leave_string(l->ctx, "env.table", word, evidence(l, name));
	if (pf_streq(word, "illegal"))
		find(l, PF_FAIL,
		     pf_printf(l->arena, "%s=%s is no legal table name (3 to 255 of A-Z a-z 0-9 _ - .)", name,
			       pf_shown(var)));
}

static void
leave_references(struct look *l)
{
	const struct pf_env *env = l->subject.env;
	pf_leave_bool(l->ctx, "env.reference_missing", env->missing_count > 0, PF_NO_EVIDENCE);
	if (env->missing_count == 0)
		return;
	const struct pf_env_missing *m = &env->missing[0];
	pf_leave_string(
		l->ctx, "env.reference", pf_missing_text(l->arena, m),
		(struct pf_evidence){pf_printf(l->arena, "deployment/%s", l->subject.workload->name),
				     m->variable[0] != '\0' ? pf_printf(l->arena, "env %s", m->variable) : "envFrom",
				     pf_missing_text(l->arena, m), "it does not exist"});
	pf_leave_string(l->ctx, "env.reference_kind", m->is_secret ? "secret" : "configmap", PF_NO_EVIDENCE);
	pf_leave_string(l->ctx, "env.reference_object", m->object, PF_NO_EVIDENCE);
	if (m->key[0] != '\0')
		pf_leave_string(l->ctx, "env.reference_key", m->key, PF_NO_EVIDENCE);
}

/* What was given to the container by objects that have other data by now: it has what they held before. */
static void
leave_changes(struct look *l)
{
	struct pf_session *session = pf_probe_session(l->ctx);
	const struct pf_env *env = l->subject.env;
	const char **pending = pf_alloc_array(l->arena, env->count + 1, sizeof(*pending));
	size_t count = 0;

	for (int secrets = 0; secrets <= 1; secrets++) {
		const char *const *names = pf_env_references(l->arena, l->subject.container, secrets != 0);
		for (size_t i = 0; names[i] != NULL; i++) {
			const char *when = pf_changed_since_start(session, &l->subject, secrets != 0, names[i]);
			if (when == NULL)
				continue;
			const char *source =
				pf_printf(l->arena, "%s/%s", secrets != 0 ? "secret" : "configmap", names[i]);
			pf_leave_string(l->ctx, "env.changed", source, (struct pf_evidence){source, NULL, when, NULL});
		}
	}
	for (size_t i = 0; i < env->count; i++) {
		if (pf_var_changed_since_start(session, &l->subject, &env->vars[i]) != NULL)
			pending[count++] = env->vars[i].name;
	}
	if (count > 0)
		pf_leave_list(l->ctx, "env.pending", pending, count, PF_NO_EVIDENCE);
}

static void
run(struct pf_probe_context *ctx)
{
	struct look l = {.ctx = ctx, .arena = pf_probe_arena(ctx), .verdict = PF_PASS, .sources = ""};
	if (!pf_subject_of(ctx, &l.subject))
		return;
	pf_leave_string(ctx, "env.container", l.subject.container_name, PF_NO_EVIDENCE);
	leave_references(&l);
	leave_changes(&l);
	look_for(&l, "required", "env.missing", PF_FAIL);
	look_for(&l, "expected", "env.defaulted", PF_WARN);
	judge_provider(&l);
	judge_table(&l);
	const char *mismatch = pf_judge_port(ctx, &l.subject);
	if (mismatch != NULL)
		find(&l, PF_FAIL, mismatch);
	if (l.message != NULL)
		pf_verdict(ctx, l.verdict, "%s", l.message);
	else if (l.indirect > 0)
		pf_verdict(ctx, PF_PASS, "%d of %d, %d of them from %s", l.set, l.wanted, l.indirect, l.sources);
	else
		pf_verdict(ctx, PF_PASS, "%d of %d", l.set, l.wanted);
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	if (round == 1)
		pf_workload_foresee_env(pf_probe_session(ctx), pf_arg(ctx, "deployment"));
}

const struct pf_probe pf_probe_env =
	{
		.desc =
			{
				.kind = "env",
				.summary = "resolves a container's environment as the kubelet does and judges the "
					   "documented variables",
				.params =
					(const struct pf_param[]){
						PF_SUBJECT_PARAMS,
						{"required", PF_TYPE_LIST, true, NULL, "variables that must be set"},
						{"expected", PF_TYPE_LIST, false, NULL,
						 "documented ones with a default that does as well"},
						{"provider", PF_TYPE_STRING, true, NULL,
						 "the variable that chooses the persistence provider"},
						{"wanted_provider", PF_TYPE_STRING, true, NULL, "the documented value"},
						{"known_providers", PF_TYPE_LIST, true, NULL,
						 "other values that the application knows"},
						{"old_names", PF_TYPE_LIST, false, NULL,
						 "variables of earlier releases with the same purpose"},
						{"old_switch", PF_TYPE_STRING, false, NULL,
						 "the one of them that counts only with one of old_values"},
						{"old_values", PF_TYPE_LIST, false, NULL, "see old_switch"},
						{"table", PF_TYPE_STRING, true, NULL,
						 "the variable that names the table"},
						{"port", PF_TYPE_STRING, true, NULL,
						 "the variable of the port the application listens on"},
						{"default_port", PF_TYPE_INT, true, NULL,
						 "that port when the variable is not set"},
						{0}},
				.facts =
					(const struct pf_fact_desc[]){
						{"env.container", PF_TYPE_STRING, NULL, "the container that was found"},
						{"env.missing", PF_TYPE_LIST, NULL,
						 "required variables that are not set"},
						{"env.misplaced", PF_TYPE_STRING, NULL,
						 "the other container that has the first of those"},
						{"env.defaulted", PF_TYPE_LIST, NULL,
						 "expected variables that are not set"},
						{"env.misspelt", PF_TYPE_STRING, NULL,
						 "one that is set and nearly has the name of one that is not"},
						{"env.provider", PF_TYPE_ENUM,
						 "wanted other unset unknown not-read reference-missing",
						 "what the provider variable says"},
						{"env.provider_text", PF_TYPE_STRING, NULL, "as it is written"},
						{"env.old_names", PF_TYPE_LIST, NULL,
						 "variables of earlier releases that are set"},
						{"env.only_old_names", PF_TYPE_BOOL, NULL,
						 "… while the present one is not"},
						{"env.table", PF_TYPE_ENUM, "legal illegal default not-read",
						 "the table's name"},
						{"env.port", PF_TYPE_INT, NULL, "the port the application listens on"},
						{"env.port_state", PF_TYPE_ENUM, "ok probe service illegal not-read",
						 "probe, service: that one uses another port"},
						{"env.other_port", PF_TYPE_INT, NULL,
						 "the port that the probe or Service uses"},
						{"env.port_service", PF_TYPE_STRING, NULL, "that Service"},
						{"env.port_service_managed_by", PF_TYPE_STRING, NULL,
						 "who else writes it: Helm, Argo CD, Flux, and the source's name"},
						{"env.port_service_port", PF_TYPE_INT, NULL,
						 "the port of it that leads there"},
						{"env.port_probe", PF_TYPE_STRING, NULL, "that probe: livenessProbe"},
						{"env.port_action", PF_TYPE_STRING, NULL,
						 "what that probe does: httpGet"},
						{"env.port_odd", PF_TYPE_ENUM, "variable probe service",
						 "which of them the others speak against"},
						{"env.changed", PF_TYPE_STRING, NULL,
						 "a ConfigMap or Secret whose data was changed after the serving "
						 "containers had started"},
						{"env.pending", PF_TYPE_LIST, NULL,
						 "variables from such: their values count from the next start"},
						{"env.reference_missing", PF_TYPE_BOOL, NULL,
						 "a required reference does not exist"},
						{"env.reference", PF_TYPE_STRING, NULL, "the first of those"},
						{"env.reference_kind", PF_TYPE_ENUM, "secret configmap", "its kind"},
						{"env.reference_object", PF_TYPE_STRING, NULL, "its name"},
						{"env.reference_key", PF_TYPE_STRING, NULL,
						 "its key, when only that is absent"},
						{0}},
				.permissions =
					(const struct pf_permission[]){
						{"", "configmaps", "get", "variables that come from ConfigMaps"},
						{"", "secrets", "get", "variables that come from Secrets (optional)"},
						{"", "services",
						 "list", "service links and the Services in front of the application"},
						{0}},
			},
		.run = run,
		.foresee = foresee,
};
