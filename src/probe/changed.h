/* What a container's configuration has become since it was started. */
#ifndef PROBE_CHANGED_H
#define PROBE_CHANGED_H

#include "probe/subject.h"

/*
 * Whether the data of ConfigMap (or Secret) OBJECT was written after the start of every container of SUBJECT that
 * serves, so that what it holds now counts from the next start only: the words when, "changed …, after pod/x started
 * …". NULL when none serves, when one of them is younger, and when nobody can tell (metadata.managedFields is the
 * source, in whole seconds).
 */
const char *pf_changed_since_start(struct pf_session *session, const struct pf_subject *subject, bool is_secret,
				   const char *object);

/* Whether that is so of any ConfigMap or Secret that SUBJECT's variables come from. */
bool pf_sources_changed_since_start(struct pf_session *session, const struct pf_subject *subject);

/* The same for where VAR comes from; NULL too when that is neither a ConfigMap nor a Secret. */
const char *
pf_var_changed_since_start(struct pf_session *session, const struct pf_subject *subject, const struct pf_env_var *var);

#endif
