#include "kube/in_cluster.h"

#include <string.h>
#include <sys/stat.h>

#include <postflight/file.h>
#include <postflight/resolver.h>
#include <postflight/str.h>

#include "kube/kubeconfig_field.h"

#define DEFAULT_DIR "/var/run/secrets/kubernetes.io/serviceaccount"

/* No namespace is longer than 63. */
#define NAMESPACE_CAP 256

#define RESOLV_CONF "/etc/resolv.conf"
#define RESOLV_CONF_CAP ((size_t)64 * 1024)

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
pf_search_namespace(struct pf_arena *arena, const char *const *search)
{
	const char *dot = search[0] != NULL ? strchr(search[0], '.') : NULL;

	return dot != NULL && strncmp(dot, ".svc.", 5) == 0 ? pf_strndup(arena, search[0], (size_t)(dot - search[0]))
							    : NULL;
}

const char *
pf_in_cluster_searched_namespace(struct pf_arena *arena, const struct pf_connection_options *options)
{
	struct pf_resolver_config config;
	struct pf_err ignored;
	char *text;
	size_t len;

	if (!pf_file_read(arena, is_set(options->resolv_conf) ? options->resolv_conf : RESOLV_CONF, RESOLV_CONF_CAP,
			  &text, &len, &ignored))
		return NULL;
	pf_resolver_config_read(arena, text, &config);
	return pf_search_namespace(arena, config.search);
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

const char *
pf_in_cluster_server(struct pf_arena *arena, const struct pf_connection_options *options)
{
	bool is_v6 = strchr(options->service_host, ':') != NULL;

	return pf_printf(arena, is_v6 ? "https://[%s]:%s" : "https://%s:%s", options->service_host,
			 options->service_port);
}

bool
pf_in_cluster_login(struct pf_arena *arena, const struct pf_connection_options *options,
		    const struct pf_login_choice *choice, struct pf_login *out, struct pf_err *err)
{
	const char *ca = choice->certificate_authority != NULL ? choice->certificate_authority
							       : file_of(arena, options, "ca.crt");
	struct pf_login login = {
		.context = "in-cluster",
		.in_cluster = true,
		.cluster.where = "the pod's KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT",
		.cluster.server = pf_in_cluster_server(arena, options),
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
