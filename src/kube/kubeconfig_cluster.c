/* One cluster entry. */
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/kubeconfig_field.h"
#include "kube/kubeconfig_login.h"

/* The extension under this name is for plugins that asked for cluster information. */
#define EXEC_EXTENSION "client.authentication.k8s.io/exec"

static const cJSON *
exec_extension(struct pf_fields *fields)
{
	const cJSON *extensions = pf_field_list(fields, "extensions"), *item;

	cJSON_ArrayForEach(item, extensions) if (pf_streq(PF_STRING_AT(item, "name"), EXEC_EXTENSION)) return PF_AT(
		item, "extension");
	return NULL;
}

static bool
check_proxy(struct pf_fields *fields, const char *url)
{
	static const char *const schemes[] = {"http://", "https://", "socks5://"};
	size_t i;

	if (url == NULL)
		return true;
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0 && url[strlen(schemes[i])] != '\0')
			return true;
	return pf_field_fail(fields, "proxy-url must begin with http://, https:// or socks5:// and name a host");
}

/* The CA from the command line, or the entry's. */
static struct pf_blob
read_ca(struct pf_fields *fields, const struct pf_login_choice *choice)
{
	struct pf_blob ca = {0};
	struct pf_err err = {0};

	if (choice->certificate_authority == NULL)
		return pf_field_pem(fields, "certificate-authority-data", "certificate-authority");
	if (fields->ok && !pf_kubeconfig_read_pem(fields->arena, choice->certificate_authority, &ca, &err)) {
		pf_fail(fields->err, PF_ERR_CONFIG, "--certificate-authority: %s", err.text);
		fields->ok = false;
	}
	return ca;
}

bool
pf_login_cluster(struct pf_arena *arena, const struct pf_kubeconfig_entry *entry, const struct pf_login_choice *choice,
		 struct pf_login_cluster *out, struct pf_err *err)
{
	struct pf_login_cluster cluster = {
		.where = *entry->file == '\0' ? "the command line"
					      : pf_printf(arena, "cluster %s in %s",
							  pf_kubeconfig_quote(arena, entry->name), entry->file)};
	struct pf_fields fields = {arena, entry->value, entry->file, cluster.where, err, true};

	cluster.server = pf_field_text(&fields, "server");
	cluster.tls_server_name = pf_field_text(&fields, "tls-server-name");
	cluster.proxy_url = pf_field_text(&fields, "proxy-url");
	cluster.insecure = pf_field_flag(&fields, "insecure-skip-tls-verify");
	cluster.exec_config = exec_extension(&fields);
	cluster.ca = read_ca(&fields, choice);
	if (choice->server != NULL) { /* the certificate's name was the other server's */
		cluster.where = "--server";
		cluster.server = choice->server;
		cluster.tls_server_name = NULL;
	}
	if (choice->certificate_authority != NULL)
		cluster.insecure = false;
	if (!fields.ok)
		return false;
	if (cluster.server == NULL)
		return pf_field_fail(&fields, "it has no server; add its URL (https://HOST:PORT)");
	if (!check_proxy(&fields, cluster.proxy_url))
		return false;
	if (cluster.insecure && cluster.ca.len > 0)
		return pf_field_fail(&fields,
				     "insecure-skip-tls-verify and a certificate authority exclude each other; "
				     "remove insecure-skip-tls-verify");
	*out = cluster;
	return true;
}
