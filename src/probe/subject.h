/* The container that a check is about, with its environment. */
#ifndef PROBE_SUBJECT_H
#define PROBE_SUBJECT_H

#include "probe/workload.h"

struct pf_subject {
	const struct pf_workload *workload;
	const cJSON *container;
	const char *container_name;
	const struct pf_env *env;
};

/* Fills *OUT; false when the Deployment is absent, unreadable or has no such container (OUT->workload is set). */
bool pf_subject_find(struct pf_session *session, const char *deployment, const char *container,
		     const char *const *prefixes, struct pf_subject *out);

/*
 * The same for the parameters deployment, container and prefixes of a check. False when there is none: the check's
 * verdict is then given (skip when absent, error when unreadable or without that container).
 */
bool pf_subject_of(struct pf_probe_context *ctx, struct pf_subject *out);

/*
 * Whether the container got as far as running in a pod of the newest revision, which none with an absent reference
 * does.
 */
bool pf_subject_has_started(const struct pf_subject *subject);

/* Whether NAME may yet be set by what could not be read or does not exist: the words why, or NULL. */
const char *pf_subject_doubt(struct pf_probe_context *ctx, const struct pf_subject *subject, const char *name);

/*
 * The other container of the pod that has NAME set, "container proxy" or "init container prepare": where it was given
 * to the wrong one. NULL when none has.
 */
const char *pf_subject_misplaced(struct pf_session *session, const struct pf_subject *subject, const char *name);

/* The reference that is absent and keeps NAME (or, for envFrom, perhaps NAME) from being set; NULL. */
const struct pf_env_missing *pf_subject_missing(const struct pf_subject *subject, const char *name);

/* "secret/aws", "secret/aws key ID" */
const char *pf_missing_text(struct pf_arena *arena, const struct pf_env_missing *missing);

/* The value as it may be shown: "(not shown)" for a secret, "(not read)" when unknown. */
const char *pf_shown(const struct pf_env_var *var);

/* Evidence that a variable has its value: where from, and the value as it may be shown. */
struct pf_evidence
pf_env_evidence(struct pf_probe_context *ctx, const struct pf_subject *subject, const struct pf_env_var *var);

/* Evidence that a variable is not set. */
struct pf_evidence pf_env_absence(struct pf_probe_context *ctx, const struct pf_subject *subject, const char *name);

/*
 * What VAR says, in plain text: the value itself; of a secret the detail that redaction keeps (a public word, a URL).
 * NULL when that is not known.
 */
const char *pf_env_plain(struct pf_arena *arena, const struct pf_env_var *var);

/* The parameters that all probes over a container share; put first in their tables. */
#define PF_SUBJECT_PARAMS                                                                                              \
	{"deployment", PF_TYPE_STRING, true, NULL, "the Deployment"},                                                  \
		{"container", PF_TYPE_STRING, false, NULL, "its container; empty: found by its variables"},            \
	{                                                                                                              \
		"prefixes", PF_TYPE_LIST, false, NULL,                                                                 \
			"variables that the container is known by start with one of these"                             \
	}

#endif
