/*
 * kubeconfig files as kubectl reads them: several merged into one, the first to name an entry wins; relative paths
 * are relative to the file they stand in.
 */
#ifndef POSTFLIGHT_KUBE_KUBECONFIG_H
#define POSTFLIGHT_KUBE_KUBECONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/err.h>

/* A file larger than this is none. */
#define PF_KUBECONFIG_CAP ((size_t)4 << 20)

enum pf_kubeconfig_kind { PF_KUBECONFIG_CLUSTER, PF_KUBECONFIG_CONTEXT, PF_KUBECONFIG_USER, PF_KUBECONFIG_KINDS };

struct pf_kubeconfig_entry {
	const char *name;
	const cJSON *value; /* the mapping behind "cluster", "context" or "user"; NULL when empty */
	const char *file;   /* absolute */
};

struct pf_kubeconfig {
	const char *files;           /* those that were read, for sentences: "A and B"; "" when none */
	const char *current_context; /* NULL when no file says */
	struct {
		struct pf_kubeconfig_entry *at;
		size_t count;
	} entries[PF_KUBECONFIG_KINDS];
};

/*
 * Reads and merges PATHS (ended by NULL), skipping those that do not exist. False with ERR (PF_ERR_CONFIG), naming
 * the file, when one is no kubeconfig.
 */
bool
pf_kubeconfig_load(struct pf_arena *arena, const char *const *paths, struct pf_kubeconfig *out, struct pf_err *err);

/* True when no file says anything. */
bool pf_kubeconfig_is_empty(const struct pf_kubeconfig *config);

/* "cluster", "context" or "user". */
const char *pf_kubeconfig_word(enum pf_kubeconfig_kind kind);

/* NULL when there is none of that name. */
const struct pf_kubeconfig_entry *
pf_kubeconfig_find(const struct pf_kubeconfig *config, enum pf_kubeconfig_kind kind, const char *name);

/* For a sentence about NAME, which is not there: "did you mean X?"; else what there is; else that there is nothing. */
const char *pf_kubeconfig_suggest(const struct pf_kubeconfig *config, enum pf_kubeconfig_kind kind, const char *name,
				  struct pf_arena *arena);

/* The names of one kind, a few of them: "a, b, c and 4 more". */
const char *
pf_kubeconfig_names(const struct pf_kubeconfig *config, enum pf_kubeconfig_kind kind, struct pf_arena *arena);

/* A name as a sentence shows it: in quotes, on one line, not too long. */
const char *pf_kubeconfig_quote(struct pf_arena *arena, const char *name);

#endif
