/*
 * A container's environment as the kubelet makes it.
 *
 * The order (kubelet's makeEnvironmentVariables): service links, then envFrom in order with its prefix, then env in
 * order with $(VAR) expanded from what stands before; later wins. What cannot be read stays unknown, never absent.
 */
#ifndef KUBE_ENV_H
#define KUBE_ENV_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>

enum pf_env_origin { PF_ENV_LITERAL, PF_ENV_CONFIGMAP, PF_ENV_SECRET, PF_ENV_FIELD, PF_ENV_SERVICE_LINK };

struct pf_env_var {
	const char *name;
	const char *value; /* NULL when it is not known; redaction tokens stand for secrets */
	bool secret;       /* never to be shown */
	enum pf_env_origin origin;
	const char *object;             /* name of the ConfigMap or Secret; "" else */
	const char *key;                /* in OBJECT; "" else */
	bool from_all;                  /* by envFrom */
	bool expanded;                  /* $(VAR) was replaced */
	const char *unresolved;         /* the name in a $(VAR) that nothing defines; NULL */
	const char *unknown;            /* why the value is not known: "secret/aws may not be read"; NULL when it is */
	const char *unless;             /* the value, unless a source that comes later and could not be read has
					   another; NULL */
	const struct pf_env_var *hides; /* the variable of the same name that it overrides; NULL */
};

/* A reference without which the container cannot start. */
struct pf_env_missing {
	const char *variable; /* "" for envFrom */
	bool is_secret;
	const char *object;
	const char *key; /* "" when the whole object is absent */
};

/* An envFrom source that could not be read: any name that starts with PREFIX may come from it. */
struct pf_env_unread {
	const char *prefix; /* "" for any */
	const char *why;
};

struct pf_env {
	const struct pf_env_var *vars; /* one per name; those that won */
	size_t count;
	const struct pf_env_missing *missing;
	size_t missing_count;
	const struct pf_env_unread *unread;
	size_t unread_count;
};

enum pf_source_state { PF_SOURCE_FOUND, PF_SOURCE_ABSENT, PF_SOURCE_UNREADABLE };

/*
 * Looks up a ConfigMap (or Secret) by name. Puts the object in *OBJECT when found; *WHY says in words why it could not
 * be read.
 */
typedef enum pf_source_state
pf_env_lookup(void *context, bool is_secret, const char *name, const cJSON **object, const char **why);

struct pf_env_inputs {
	const cJSON *container;
	const cJSON *pod_spec; /* for enableServiceLinks and fields */
	const cJSON *pod_meta; /* labels, name: of a pod, or of the template */
	const char *namespace_;
	const cJSON *services; /* items in the namespace, for service links; NULL: not known */
	pf_env_lookup *lookup;
	void *context;
};

/* Resolves the environment. Values and names live in ARENA. */
void pf_env_resolve(struct pf_arena *arena, const struct pf_env_inputs *inputs, struct pf_env *out);

/* NULL when no such variable is set (see also pf_env_unread). */
const struct pf_env_var *pf_env_get(const struct pf_env *env, const char *name);

/* Why a source that NAME may come from could not be read; NULL when every such source was. */
const char *pf_env_unread(const struct pf_env *env, const char *name);

/* Where it comes from: "deployment env", "configmap/cart key ENDPOINT", "secret/aws". In ARENA. */
const char *pf_env_source(struct pf_arena *arena, const struct pf_env_var *var);

/* The names of the ConfigMaps (or Secrets) that CONTAINER refers to, each once; ended by NULL. */
const char *const *pf_env_references(struct pf_arena *arena, const cJSON *container, bool secrets);

#endif
