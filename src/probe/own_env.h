/*
 * What a running container has in its environment: the image's own ENV, and sources that may not be read, show in no
 * object. No value leaves the container; it says whether it has the one that it is asked for.
 */
#ifndef PROBE_OWN_ENV_H
#define PROBE_OWN_ENV_H

#include "probe/workload.h"

enum pf_own { PF_OWN_UNKNOWN, PF_OWN_UNSET, PF_OWN_EMPTY, PF_OWN_SAME, PF_OWN_OTHER };

struct pf_own_question {
	const char *name;
	const char *value; /* NULL: only whether it is set */
	enum pf_own said;
};

/*
 * Asks a running container of the newest revision and fills SAID; UNKNOWN where none runs, exec is not allowed, or the
 * container has no shell. NAMES that a shell cannot have are left unknown. False when nobody was asked.
 */
bool pf_own_env_ask(struct pf_session *session, const struct pf_workload *workload, const char *container,
		    struct pf_own_question *questions, size_t count);

/*
 * Settles what an unreadable source left in doubt: a variable whose running container has the value of the earlier
 * source has it (struct pf_env_var, UNLESS).
 */
void pf_own_env_settle(struct pf_session *session, const struct pf_workload *workload, const char *container,
		       struct pf_env *env);

#endif
