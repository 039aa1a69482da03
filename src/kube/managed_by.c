#include "kube/managed_by.h"

#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#define NAME_MAX_BYTES 253 /* of an object; a release's and an application's are shorter */

static const struct {
	const char *where; /* "annotations" or "labels" */
	const char *key;
	const char *manager;
} marks[] = {
	{"annotations", "argocd.argoproj.io/tracking-id", "Argo CD application"},
	{"labels", "argocd.argoproj.io/instance", "Argo CD application"},
	{"labels", "helm.toolkit.fluxcd.io/name", "Flux HelmRelease"},
	{"labels", "kustomize.toolkit.fluxcd.io/name", "Flux Kustomization"},
	{"annotations", "meta.helm.sh/release-name", "Helm release"},
};

/* Who writes an object names itself there, also where it leaves no mark of its own. */
static const struct {
	const char *field_manager;
	const char *manager;
} writers[] = {
	{"argocd-controller", "Argo CD"},
	{"argocd-application-controller", "Argo CD"},
	{"kustomize-controller", "Flux"},
	{"helm-controller", "Flux"},
	{"helm", "Helm"},
	{"Terraform", "Terraform"},
};

/* The first words of a manager as pf_managed_by gives it, and what becomes of a change by hand. The first that fits. */
static const struct {
	const char *manager;
	const char *where;
} ways[] = {
	{"Helm release", "change it in that release's values (or its chart) too, or the next helm upgrade undoes this"},
	{"Helm", "change it in the chart's values too, or the next install or upgrade of it undoes this"},
	{"Argo CD", "change it in that application's source too, or the next sync undoes this, with self-heal at once"},
	{"Flux HelmRelease", "change it in that HelmRelease's spec.values too, or the next reconciliation undoes this"},
	{"Flux", "change it in the source in Git too, or the next reconciliation undoes this"},
	{"Terraform", "change it in the Terraform configuration too, or the next apply undoes this"},
	{"", "change it there too, or this is undone"},
};

static const char *
writer_of(const cJSON *object)
{
	const cJSON *entry;

	cJSON_ArrayForEach(entry, PF_AT(object, "metadata", "managedFields"))
	{
		for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
			if (pf_streq(PF_STRING_AT(entry, "manager"), writers[i].field_manager))
				return writers[i].manager;
		}
	}
	return NULL;
}

/* What made it and keeps it: an operator's own kind of object. */
static const char *
owner_of(struct pf_arena *arena, const cJSON *object)
{
	const cJSON *owner;

	cJSON_ArrayForEach(owner, PF_AT(object, "metadata", "ownerReferences"))
	{
		const char *kind = PF_STRING_AT(owner, "kind"), *name = PF_STRING_AT(owner, "name");
		if (PF_BOOL_AT(owner, false, "controller") && kind != NULL && name != NULL)
			return pf_printf(arena, "%s %s", kind, name);
	}
	return NULL;
}

const char *
pf_managed_by(struct pf_arena *arena, const cJSON *object)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *value = PF_STRING_AT(object, "metadata", marks[i].where, marks[i].key);
		/* An Argo CD tracking id starts with the application's name and a colon. */
		if (value != NULL && value[0] != '\0')
			return pf_printf(arena, "%s %.*s", marks[i].manager, (int)strcspn(value, ":"), value);
	}

	const char *owner = owner_of(arena, object), *writer = writer_of(object);
	if (owner != NULL)
		return owner;
	if (writer == NULL &&
	    pf_streq(PF_STRING_AT(object, "metadata", "labels", "app.kubernetes.io/managed-by"), "Helm"))
		return "Helm";
	return writer;
}

const char *
pf_managed_note(struct pf_arena *arena, const char *object, const char *manager)
{
	size_t i = 0;

	while (!pf_starts_with(manager, ways[i].manager))
		i++;
	return pf_printf(arena, "%s is managed by %s: %s", object, pf_one_line(arena, manager, NAME_MAX_BYTES),
			 ways[i].where);
}
