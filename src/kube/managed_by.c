#include "kube/managed_by.h"

#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

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

const char *
pf_managed_by(struct pf_arena *arena, const cJSON *object)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *value = PF_STRING_AT(object, "metadata", marks[i].where, marks[i].key);
		/* An Argo CD tracking id starts with the application's name and a colon. */
		if (value != NULL && value[0] != '\0')
			return pf_printf(arena, "%s %.*s", marks[i].manager, (int)strcspn(value, ":"), value);
	}
	if (pf_streq(PF_STRING_AT(object, "metadata", "labels", "app.kubernetes.io/managed-by"), "Helm"))
		return "Helm";
	return NULL;
}
