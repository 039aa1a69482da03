/* Where the cluster is looked for: --server, --kubeconfig, KUBECONFIG, ~/.kube/config, the pod's ServiceAccount. */
#include <string.h>
#include <unistd.h>

#include <postflight/str.h>

#include "kube/connection_state.h"
#include "kube/in_cluster.h"
#include "kube/kubeconfig.h"
#include "kube/kubeconfig_field.h"

/* More files than anybody lists. */
#define MAX_FILES 256

static const char *
set_or_null(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

/* --server by itself: nothing else is read. */
static bool
login_of_server(struct pf_arena *arena, const struct pf_login_choice *choice, struct pf_login *out, struct pf_err *err)
{
	const struct pf_kubeconfig_entry nothing = {.name = "", .file = ""};
	struct pf_login login = {.context = ""};

	if (!pf_login_cluster(arena, &nothing, choice, &login.cluster, err) ||
	    !pf_login_user(arena, &nothing, choice, &login.user, err))
		return false;
	*out = login;
	return true;
}

const char *const *
pf_connection_files(struct pf_arena *arena, const struct pf_connection_options *options)
{
	const char **files = pf_alloc_array(arena, MAX_FILES + 1, sizeof(*files));
	const char *at = set_or_null(options->kubeconfig_env);
	size_t count = 0;

	if (set_or_null(options->kubeconfig_flag) != NULL) {
		files[0] = options->kubeconfig_flag;
	} else if (at == NULL && set_or_null(options->home) != NULL) {
		files[0] = pf_printf(arena, "%s/.kube/config", options->home);
	} else {
		while (at != NULL && *at != '\0' && count < MAX_FILES) {
			size_t len = strcspn(at, ":");
			if (len > 0)
				files[count++] = pf_strndup(arena, at, len);
			at += len + (at[len] == ':');
		}
	}
	return files;
}

/* Why there is nothing to go by, and what to do. */
static bool
fail_nothing(const struct pf_connection_options *options, const struct pf_kubeconfig *config, const char *const *files,
	     struct pf_err *err)
{
	static const char advice[] = "name one with --kubeconfig, or a cluster with --server";

	if (*config->files != '\0')
		return pf_fail(err, PF_ERR_CONFIG, "%s is empty: no cluster, context or user in it; %s", config->files,
			       advice);
	if (set_or_null(options->kubeconfig_flag) != NULL)
		return pf_fail(err, PF_ERR_CONFIG, "--kubeconfig %s: there is no such file; correct the path",
			       options->kubeconfig_flag);
	if (set_or_null(options->kubeconfig_env) != NULL)
		return pf_fail(err, PF_ERR_CONFIG,
			       "KUBECONFIG (%s) names no file that exists; correct it, or unset it to use "
			       "~/.kube/config",
			       options->kubeconfig_env);
	return pf_fail(
		err, PF_ERR_CONFIG,
		"no cluster is configured: KUBECONFIG is not set, %s does not exist, and this is no pod (%s has no "
		"token, or KUBERNETES_SERVICE_HOST is not set); %s",
		files[0] != NULL ? files[0] : "~/.kube/config (HOME is not set)", pf_in_cluster_dir(options), advice);
}

static bool
is_picky(const struct pf_connection_options *options)
{
	return set_or_null(options->context) != NULL || set_or_null(options->cluster) != NULL ||
	       set_or_null(options->user) != NULL;
}

static bool
login_of_files(struct pf_arena *arena, const struct pf_connection_options *options,
	       const struct pf_login_choice *choice, struct pf_login *out, const char **warning, struct pf_err *err)
{
	const char *const *files = pf_connection_files(arena, options);
	struct pf_kubeconfig config;

	if (!pf_kubeconfig_load(arena, files, &config, err))
		return false;
	if (!pf_kubeconfig_is_empty(&config))
		return pf_login_of_kubeconfig(arena, &config, choice, out, err);
	/* Somebody who names a file or an entry does not mean the pod's ServiceAccount. */
	if (set_or_null(options->kubeconfig_flag) != NULL || is_picky(options) ||
	    !pf_in_cluster_is_possible(arena, options))
		return fail_nothing(options, &config, files, err);
	if (set_or_null(options->kubeconfig_env) != NULL)
		*warning = pf_printf(arena,
				     "KUBECONFIG (%s) names no cluster; the ServiceAccount of the pod was used instead",
				     options->kubeconfig_env);
	return pf_in_cluster_login(arena, options, choice, out, err);
}

bool
pf_connection_source(struct pf_arena *arena, const struct pf_connection_options *options, struct pf_login *out,
		     const char **warning, struct pf_err *err)
{
	const struct pf_login_choice choice = {
		.context = set_or_null(options->context),
		.cluster = set_or_null(options->cluster),
		.user = set_or_null(options->user),
		.server = set_or_null(options->server),
		.token_file = set_or_null(options->token_file),
		.certificate_authority = set_or_null(options->certificate_authority),
	};

	if (choice.server != NULL && set_or_null(options->kubeconfig_flag) == NULL && !is_picky(options))
		return login_of_server(arena, &choice, out, err);
	return login_of_files(arena, options, &choice, out, warning, err);
}

bool
pf_connection_lacks_token(struct pf_arena *arena, const struct pf_connection_options *options, const char **server,
			  const char **namespace_, struct pf_err *err)
{
	struct pf_kubeconfig config;
	struct pf_err unused;

	/* Somebody who names a file or an entry is told what is wrong with that. */
	if (set_or_null(options->server) != NULL || set_or_null(options->kubeconfig_flag) != NULL ||
	    set_or_null(options->kubeconfig_env) != NULL || set_or_null(options->token_file) != NULL ||
	    is_picky(options) || set_or_null(options->service_host) == NULL ||
	    set_or_null(options->service_port) == NULL || pf_in_cluster_is_possible(arena, options) ||
	    !pf_kubeconfig_load(arena, pf_connection_files(arena, options), &config, &unused) ||
	    !pf_kubeconfig_is_empty(&config))
		return false;
	*server = pf_in_cluster_server(arena, options);
	*namespace_ = pf_in_cluster_searched_namespace(arena, options);
	(void)pf_fail(err, PF_ERR_CONFIG,
		      "the API server was not asked: this pod has no ServiceAccount token (ephemeral containers get "
		      "none; else see automountServiceAccountToken)");
	return true;
}
