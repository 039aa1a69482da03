/* One user entry. */
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/kubeconfig_field.h"
#include "kube/kubeconfig_login.h"

static const struct {
	const char *word;
	enum pf_exec_mode mode;
} modes[] = {{"Never", PF_EXEC_NEVER}, {"IfAvailable", PF_EXEC_IF_AVAILABLE}, {"Always", PF_EXEC_ALWAYS}};

/* v1beta1 had no such field at first; v1 demands it. */
static void
read_mode(struct pf_fields *fields, struct pf_exec_plugin *plugin, bool is_v1)
{
	const char *word = pf_field_text(fields, "interactiveMode");
	size_t i;

	plugin->mode = PF_EXEC_IF_AVAILABLE;
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (pf_streq(word, modes[i].word)) {
			plugin->mode = modes[i].mode;
			return;
		}
	if (word != NULL || is_v1)
		pf_field_fail(fields, "exec.interactiveMode must be Never, IfAvailable or Always");
}

static void
read_env(struct pf_fields *fields, struct pf_exec_plugin *plugin)
{
	const cJSON *list = pf_field_list(fields, "env"), *item;
	struct pf_exec_env *env = pf_alloc_array(fields->arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof(*env));

	plugin->env = env;
	cJSON_ArrayForEach(item, list)
	{
		const char *name = PF_STRING_AT(item, "name"), *value = PF_STRING_AT(item, "value");
		if (name == NULL || *name == '\0' || strchr(name, '=') != NULL ||
		    (value == NULL && cJSON_HasObjectItem(item, "value"))) {
			pf_field_fail(fields, "each entry of exec.env needs a name and a value, both text");
			return;
		}
		env[plugin->env_count++] = (struct pf_exec_env){name, value != NULL ? value : ""};
	}
}

static const struct pf_exec_plugin *
read_plugin(struct pf_fields *user)
{
	static const char v1[] = "client.authentication.k8s.io/v1", v1beta1[] = "client.authentication.k8s.io/v1beta1";
	struct pf_fields fields = *user;
	struct pf_exec_plugin *plugin = pf_alloc(user->arena, sizeof(*plugin));

	fields.object = pf_field_mapping(user, "exec");
	if (fields.object == NULL)
		return NULL;
	plugin->where = user->where;
	plugin->api_version = pf_field_text(&fields, "apiVersion");
	plugin->command = pf_field_text(&fields, "command");
	plugin->args = pf_field_texts(&fields, "args");
	plugin->install_hint = pf_field_text(&fields, "installHint");
	plugin->provide_cluster_info = pf_field_flag(&fields, "provideClusterInfo");
	read_env(&fields, plugin);
	if (plugin->command == NULL)
		pf_field_fail(&fields, "exec has no command");
	else if (strchr(plugin->command, '/') != NULL)
		plugin->command = pf_kubeconfig_relative(user->arena, user->file, plugin->command);
	if (plugin->api_version == NULL)
		pf_field_fail(&fields, "exec has no apiVersion; set it to %s, or what the plugin speaks", v1);
	else if (!pf_streq(plugin->api_version, v1) && !pf_streq(plugin->api_version, v1beta1))
		pf_field_fail(&fields, "exec.apiVersion %s is not supported; update the plugin and set it to %s",
			      pf_kubeconfig_quote(user->arena, plugin->api_version), v1);
	read_mode(&fields, plugin, pf_streq(plugin->api_version, v1));
	user->ok = fields.ok;
	return plugin;
}

static void
read_impersonation(struct pf_fields *fields, struct pf_login_user *user)
{
	const cJSON *extra = pf_field_mapping(fields, "as-user-extra"), *item;
	struct pf_fields values = *fields;
	struct pf_login_extra *list;

	user->as_user = pf_field_text(fields, "as");
	user->as_uid = pf_field_text(fields, "as-uid");
	user->as_groups = pf_field_texts(fields, "as-groups");
	list = pf_alloc_array(fields->arena, (size_t)cJSON_GetArraySize(extra) + 1, sizeof(*list));
	values.object = extra;
	values.ok = fields->ok;
	cJSON_ArrayForEach(item, extra)
	{
		const char *const *texts = pf_field_texts(&values, item->string);
		if (texts != NULL)
			list[user->as_extra_count++] = (struct pf_login_extra){item->string, texts};
	}
	fields->ok = values.ok;
	user->as_extra = list;
}

/* Everything that proves who we are. */
static void
read_credentials(struct pf_fields *fields, struct pf_login_user *user)
{
	user->token = pf_field_text(fields, "token");
	user->token_file = pf_field_path(fields, "tokenFile");
	user->username = pf_field_text(fields, "username");
	user->password = pf_field_text(fields, "password");
	user->client_cert = pf_field_pem(fields, "client-certificate-data", "client-certificate");
	user->client_key = pf_field_pem(fields, "client-key-data", "client-key");
	user->plugin = read_plugin(fields);
	if (pf_field_mapping(fields, "auth-provider") != NULL)
		pf_field_fail(fields,
			      "auth-provider is no longer supported by Kubernetes clients; use the exec credential "
			      "plugin of your cloud or identity provider");
	if (user->client_cert.len > 0 && user->client_key.len == 0)
		pf_field_fail(fields, "a client certificate needs client-key-data or client-key");
	if (user->client_key.len > 0 && user->client_cert.len == 0)
		pf_field_fail(fields, "a client key needs client-certificate-data or client-certificate");
	if ((user->token != NULL || user->token_file != NULL) && (user->username != NULL || user->password != NULL))
		pf_field_fail(fields, "token and username exclude each other; remove one");
}

bool
pf_login_user(struct pf_arena *arena, const struct pf_kubeconfig_entry *entry, const struct pf_login_choice *choice,
	      struct pf_login_user *out, struct pf_err *err)
{
	struct pf_login_user user = {.where = *entry->file == '\0' ? "the command line"
								   : pf_printf(arena, "user %s in %s",
									       pf_kubeconfig_quote(arena, entry->name),
									       entry->file)};
	struct pf_fields fields = {arena, entry->value, entry->file, user.where, err, true};

	if (choice->token_file != NULL) {
		user.where = "--token-file";
		user.token_file = choice->token_file;
	} else {
		read_credentials(&fields, &user);
	}
	read_impersonation(&fields, &user);
	if (!fields.ok)
		return false;
	*out = user;
	return true;
}
