#include "cli/environment.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static const char *
locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (variable(names[i]) != NULL)
			return variable(names[i]);
	}
	return NULL;
}

struct pf_environment
pf_environment_read(void)
{
	const char *force = variable("CLICOLOR_FORCE");

	return (struct pf_environment){
		.namespace_ = variable("POSTFLIGHT_NAMESPACE"),
		.kubeconfig = variable("KUBECONFIG"),
		.home = variable("HOME"),
		.service_host = variable("KUBERNETES_SERVICE_HOST"),
		.service_port = variable("KUBERNETES_SERVICE_PORT"),
		.no_color = variable("NO_COLOR"),
		.clicolor_force = force != NULL && strcmp(force, "0") != 0 ? force : NULL,
		.ci = variable("CI"),
		.term = variable("TERM"),
		.locale = locale(),
	};
}

bool
pf_wants_color(const struct pf_environment *env, const char *when, bool terminal)
{
	if (when != NULL && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	if (env->no_color != NULL)
		return false;
	if (env->clicolor_force != NULL)
		return true;
	return terminal && env->term != NULL && strcmp(env->term, "dumb") != 0;
}

bool
pf_wants_unicode(const struct pf_environment *env)
{
	/* Containers and CI set no locale, and what shows their output reads UTF-8. */
	if (env->locale == NULL)
		return true;
	return strcasestr(env->locale, "UTF-8") != NULL || strcasestr(env->locale, "UTF8") != NULL;
}
