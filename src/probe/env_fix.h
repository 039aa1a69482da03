/* How to give a container another environment, from where its variables really come. */
#ifndef PROBE_ENV_FIX_H
#define PROBE_ENV_FIX_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/arena.h>

struct pf_session;

struct pf_env_fix_text {
	bool is_command; /* else an instruction */
	const char *text;
};

/*
 * The commands that set NAMES to VALUES (COUNT; a NULL value removes) in CONTAINER (NULL or "": the first) of
 * DEPLOYMENT. A variable that stands in the template is set there; one whose wrong value hides a right one is removed;
 * one that comes from a ConfigMap or Secret is patched in that object, and the Deployment restarted, unless what serves
 * was started before somebody changed that object: it is not to lose what works. One that is immutable is overridden in
 * the template. Where Helm or a GitOps controller writes what is changed, an instruction says so. False when the
 * Deployment was not observed: *OUT is untouched.
 */
bool pf_env_fix(struct pf_session *session, struct pf_arena *arena, const char *namespace_, const char *deployment,
		const char *container, const char *const *names, const char *const *values, size_t count,
		const struct pf_env_fix_text **out, size_t *out_count);

#endif
