#include "kube/kubeconfig_login.h"

#include <postflight/str.h>

#include "kube/kubeconfig_field.h"

/* "context "x" in FILE", the subject of a sentence. */
static const char *
where(struct pf_arena *arena, enum pf_kubeconfig_kind kind, const struct pf_kubeconfig_entry *entry)
{
	return pf_printf(arena, "%s %s in %s", pf_kubeconfig_word(kind), pf_kubeconfig_quote(arena, entry->name),
			 entry->file);
}

static bool
fail_absent(struct pf_arena *arena, const struct pf_kubeconfig *config, enum pf_kubeconfig_kind kind, const char *name,
	    const char *who, struct pf_err *err)
{
	return pf_fail(err, PF_ERR_CONFIG, "%s %s %s, which is not in %s; %s", who, pf_kubeconfig_word(kind),
		       pf_kubeconfig_quote(arena, name), config->files,
		       pf_kubeconfig_suggest(config, kind, name, arena));
}

/* The context to use; NULL is an answer where the command line names a cluster and no context is current. */
static bool
choose_context(struct pf_arena *arena, const struct pf_kubeconfig *config, const struct pf_login_choice *choice,
	       const struct pf_kubeconfig_entry **out, struct pf_err *err)
{
	const char *name = choice->context != NULL ? choice->context : config->current_context;

	*out = NULL;
	if (name == NULL && (choice->cluster != NULL || choice->server != NULL))
		return true;
	if (name == NULL && config->entries[PF_KUBECONFIG_CONTEXT].count == 0)
		return pf_fail(err, PF_ERR_CONFIG, "%s has no context; add one, or name --cluster and --user",
			       config->files);
	if (name == NULL)
		return pf_fail(err, PF_ERR_CONFIG,
			       "%s has no current-context; choose one with --context (there is %s) or kubectl config "
			       "use-context",
			       config->files, pf_kubeconfig_names(config, PF_KUBECONFIG_CONTEXT, arena));
	*out = pf_kubeconfig_find(config, PF_KUBECONFIG_CONTEXT, name);
	if (*out == NULL)
		return fail_absent(arena, config, PF_KUBECONFIG_CONTEXT, name,
				   choice->context != NULL ? "--context names" : "current-context names", err);
	return true;
}

static bool
choose_cluster(struct pf_arena *arena, const struct pf_kubeconfig *config, const struct pf_login_choice *choice,
	       const char *name, const char *context_where, struct pf_login_cluster *out, struct pf_err *err)
{
	const struct pf_kubeconfig_entry none = {.name = "", .file = ""}, *entry = &none;

	if (choice->cluster != NULL)
		name = choice->cluster;
	if (name == NULL && choice->server == NULL)
		return pf_fail(err, PF_ERR_CONFIG, "%s names no cluster; add it there, or choose one with --cluster",
			       context_where);
	if (name != NULL) {
		entry = pf_kubeconfig_find(config, PF_KUBECONFIG_CLUSTER, name);
		if (entry == NULL)
			return fail_absent(arena, config, PF_KUBECONFIG_CLUSTER, name,
					   choice->cluster != NULL ? "--cluster names"
								   : pf_printf(arena, "%s names", context_where),
					   err);
	}
	return pf_login_cluster(arena, entry, choice, out, err);
}

static bool
choose_user(struct pf_arena *arena, const struct pf_kubeconfig *config, const struct pf_login_choice *choice,
	    const char *name, const char *context_where, struct pf_login_user *out, struct pf_err *err)
{
	const struct pf_kubeconfig_entry none = {.name = "", .file = ""}, *entry = &none;

	if (choice->user != NULL)
		name = choice->user;
	if (name != NULL) {
		entry = pf_kubeconfig_find(config, PF_KUBECONFIG_USER, name);
		if (entry == NULL)
			return fail_absent(arena, config, PF_KUBECONFIG_USER, name,
					   choice->user != NULL ? "--user names"
								: pf_printf(arena, "%s names", context_where),
					   err);
	}
	return pf_login_user(arena, entry, choice, out, err);
}

bool
pf_login_of_kubeconfig(struct pf_arena *arena, const struct pf_kubeconfig *config, const struct pf_login_choice *choice,
		       struct pf_login *out, struct pf_err *err)
{
	const struct pf_kubeconfig_entry *context;
	struct pf_login login = {.context = ""};
	struct pf_fields fields = {.arena = arena, .err = err, .ok = true, .where = ""};
	const char *cluster, *user;

	if (!choose_context(arena, config, choice, &context, err))
		return false;
	if (context != NULL) {
		login.context = context->name;
		fields.object = context->value;
		fields.file = context->file;
		fields.where = where(arena, PF_KUBECONFIG_CONTEXT, context);
	}
	cluster = pf_field_text(&fields, "cluster");
	user = pf_field_text(&fields, "user");
	login.namespace_ = pf_field_text(&fields, "namespace");
	if (!fields.ok || !choose_cluster(arena, config, choice, cluster, fields.where, &login.cluster, err) ||
	    !choose_user(arena, config, choice, user, fields.where, &login.user, err))
		return false;
	*out = login;
	return true;
}
