#include "kube/in_cluster.h"

#include <string.h>
#include <sys/stat.h>

#include <postflight/file.h>
#include <postflight/str.h>

#include "kube/kubeconfig_field.h"

#define DEFAULT_DIR "/var/run/secrets/kubernetes.io/serviceaccount"

/* No namespace is longer than 63. */
#define NAMESPACE_CAP 256

static bool
is_set(const char *text)
{
	return text != NULL && *text != '\0';
}

const char *
pf_in_cluster_dir(const struct pf_connection_options *options)
{
	return is_set(options->service_account_dir) ? options->service_account_dir : DEFAULT_DIR;
}

static char *
file_of(struct pf_arena *arena, const struct pf_connection_options *options, const char *name)
{
	return pf_printf(arena, "%s/%s", pf_in_cluster_dir(options), name);
}

bool
pf_in_cluster_is_possible(struct pf_arena *arena, const struct pf_connection_options *options)
{
	struct stat st;

	return is_set(options->service_host) && is_set(options->service_port) &&
	       stat(file_of(arena, options, "token"), &st) == 0 && !S_ISDIR(st.st_mode);
}

const char *
pf_in_cluster_namespace(struct pf_arena *arena, const struct pf_connection_options *options)
{
	struct pf_err ignored;
	char *text;
	size_t len;

	if (!pf_in_cluster_is_possible(arena, options) ||
	    !pf_file_read(arena, file_of(arena, options, "namespace"), NAMESPACE_CAP, &text, &len, &ignored))
		return NULL;
	text[strcspn(text, " \t\r\n")] = '\0';
	return *text != '\0' ? text : NULL;
}

bool
pf_in_cluster_login(struct pf_arena *arena, const struct pf_connection_options *options,
		    const struct pf_login_choice *choice, struct pf_login *out, struct pf_err *err)
{
	const char *ca = choice->certificate_authority != NULL ? choice->certificate_authority
							       : file_of(arena, options, "ca.crt");
	bool is_v6 = strchr(options->service_host, ':') != NULL;
	struct pf_login login = {
		.context = "in-cluster",
		.cluster.where = "the pod's KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT",
		.cluster.server = pf_printf(arena, is_v6 ? "https://[%s]:%s" : "https://%s:%s", options->service_host,
					    options->service_port),
		.user.where = choice->token_file != NULL ? "--token-file" : "the pod's ServiceAccount",
		.user.token_file = choice->token_file != NULL ? choice->token_file : file_of(arena, options, "token"),
	};

	if (!pf_kubeconfig_read_pem(arena, ca, &login.cluster.ca, err))
		return pf_fail_in(err, "%s",
				  choice->certificate_authority != NULL
					  ? "--certificate-authority"
					  : "the certificate authority of the pod's ServiceAccount");
	*out = login;
	return true;
}
