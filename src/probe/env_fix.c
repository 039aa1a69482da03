#include "probe/env_fix.h"

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/managed_by.h"
#include "probe/changed.h"
#include "probe/session.h"
#include "probe/subject.h"

struct fix {
	struct pf_session *session;
	struct pf_arena *arena;
	const char *namespace_;
	struct pf_subject subject;
	const char *set; /* arguments of one `kubectl set env`: a single rollout for all of them */
	bool patched;    /* a ConfigMap or Secret was: running containers do not see it */
	bool restart;    /* … and have what was wrong in it: it was not written after their start */
	struct pf_env_fix_text *texts;
	size_t count;
};

static const char *
word(struct fix *f, const char *text)
{
	return pf_shell_word(f->arena, text);
}

static void
say(struct fix *f, bool is_command, const char *text)
{
	f->texts[f->count++] = (struct pf_env_fix_text){is_command, text};
}

/* kubectl patch of one key. A Secret takes plain text as stringData. */
static void
patch(struct fix *f, const struct pf_env_var *var, const char *value)
{
	cJSON *patch = pf_json_object(f->arena), *data = cJSON_CreateObject();
	bool secret = var->origin == PF_ENV_SECRET;
	pf_json_set_string(data, var->key, value);
	pf_json_set(patch, secret ? "stringData" : "data", data);
	say(f, true,
	    pf_printf(f->arena, "kubectl -n %s patch %s %s --type merge -p %s", word(f, f->namespace_),
		      secret ? "secret" : "configmap", word(f, var->object),
		      word(f, pf_json_print(f->arena, patch, false))));
	f->patched = true;
	f->restart = f->restart || pf_var_changed_since_start(f->session, &f->subject, var) == NULL;
}

/* NULL when VAR comes from no object that could be read. */
static const cJSON *
object_of(const struct fix *f, const struct pf_env_var *var)
{
	bool secret = var != NULL && var->origin == PF_ENV_SECRET;

	if (!secret && (var == NULL || var->origin != PF_ENV_CONFIGMAP))
		return NULL;
	const struct pf_answer *answer = pf_look_at(f->session, secret ? PF_SECRETS : PF_CONFIGMAPS,
						    f->subject.workload->namespace_, var->object);
	return answer->ok ? answer->json : NULL;
}

/* Removing a variable uncovers what it hides only where that comes from elsewhere: of two entries both would go. */
static bool
hides_the_right_one(const struct pf_env_var *var, const char *value)
{
	return var != NULL && var->origin == PF_ENV_LITERAL && var->hides != NULL && value != NULL &&
	       var->hides->origin != PF_ENV_LITERAL && pf_streq(var->hides->value, value);
}

/* An object that is immutable keeps its wrong value: the template's own entry wins over it. */
static bool
is_patched(const struct fix *f, const struct pf_env_var *var)
{
	return var != NULL && (var->origin == PF_ENV_CONFIGMAP || var->origin == PF_ENV_SECRET) &&
	       !PF_BOOL_AT(object_of(f, var), false, "immutable");
}

/* A whole object given by envFrom can be overridden in the template: that is one line and touches nobody else's copy.
 */
static void
change(struct fix *f, const char *name, const char *value)
{
	const struct pf_env_var *var = pf_env_get(f->subject.env, name);
	if (hides_the_right_one(var, value))
		f->set = pf_printf(f->arena, "%s %s-", f->set, word(f, name));
	else if (value != NULL && is_patched(f, var))
		patch(f, var, value);
	else if (value == NULL)
		f->set = pf_printf(f->arena, "%s %s-", f->set, word(f, name));
	else
		f->set = pf_printf(f->arena, "%s %s", f->set, word(f, pf_printf(f->arena, "%s=%s", name, value)));
}

/* Once for each object; COUNT texts stand before the notes. */
static void
note_manager(struct fix *f, const char *object, const cJSON *json)
{
	const char *manager = pf_managed_by(f->arena, json);
	const char *note = manager != NULL ? pf_managed_note(f->arena, object, manager) : NULL;

	for (size_t i = 0; note != NULL && i < f->count; i++) {
		if (pf_streq(f->texts[i].text, note))
			note = NULL;
	}
	if (note != NULL)
		say(f, false, note);
}

/* Whoever writes what was changed by hand undoes it at his next turn. */
static void
note_managers(struct fix *f, const char *const *names, size_t count)
{
	for (size_t i = 0; f->patched && i < count; i++) {
		const struct pf_env_var *var = pf_env_get(f->subject.env, names[i]);
		if (is_patched(f, var))
			note_manager(f,
				     pf_printf(f->arena, "%s/%s", var->origin == PF_ENV_SECRET ? "secret" : "configmap",
					       var->object),
				     object_of(f, var));
	}
	if (f->set[0] != '\0')
		note_manager(f, pf_printf(f->arena, "deployment/%s", f->subject.workload->name),
			     f->subject.workload->deployment);
}

bool
pf_env_fix(struct pf_session *session, struct pf_arena *arena, const char *namespace_, const char *deployment,
	   const char *container, const char *const *names, const char *const *values, size_t count,
	   const struct pf_env_fix_text **out, size_t *out_count)
{
	static const char *const prefixes[] = {NULL};
	struct fix f = {.session = session, .arena = arena, .namespace_ = namespace_, .set = ""};
	if (session == NULL || !pf_subject_find(session, deployment, container, prefixes, &f.subject))
		return false;
	f.texts = pf_alloc_array(arena, 2 * count + 3, sizeof(*f.texts));
	for (size_t i = 0; i < count; i++)
		change(&f, names[i], values[i]);
	if (f.set[0] != '\0')
		say(&f, true,
		    pf_printf(arena, "kubectl -n %s set env deploy/%s -c %s%s", word(&f, namespace_),
			      word(&f, deployment), word(&f, f.subject.container_name), f.set));
	else if (f.restart)
		say(&f, true,
		    pf_printf(arena, "kubectl -n %s rollout restart deploy/%s", word(&f, namespace_),
			      word(&f, deployment)));
	else if (f.patched)
		say(&f, false,
		    pf_printf(arena,
			      "do not restart deployment/%s for it: what runs was started before the change, and takes "
			      "the corrected value at its next start",
			      deployment));
	note_managers(&f, names, count);
	*out = f.texts;
	*out_count = f.count;
	return true;
}
