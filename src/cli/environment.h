/* What the environment says, read once. Consent is never taken from it. */
#ifndef CLI_ENVIRONMENT_H
#define CLI_ENVIRONMENT_H

#include <stdbool.h>

/* NULL where a variable is absent or empty. */
struct pf_environment {
	const char *namespace_; /* POSTFLIGHT_NAMESPACE */
	const char *kubeconfig;
	const char *home;
	const char *service_host; /* KUBERNETES_SERVICE_HOST */
	const char *service_port;
	const char *no_color;
	const char *clicolor_force; /* NULL also for "0" */
	const char *ci;
	const char *term;
	const char *locale; /* LC_ALL, LC_CTYPE, LANG: the first that is set */
};

struct pf_environment pf_environment_read(void);

/* --color WHEN (auto, always, never) on a TERMINAL or not. */
bool pf_wants_color(const struct pf_environment *env, const char *when, bool terminal);

/* True unless the locale is set to one whose characters are not UTF-8. */
bool pf_wants_unicode(const struct pf_environment *env);

#endif
