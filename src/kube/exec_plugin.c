#include "kube/exec_plugin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/kubeconfig_base64.h"
#include "kube/process.h"

#define STDOUT_CAP ((size_t)1 << 20)
#define STDERR_CAP ((size_t)64 << 10)

/* Long enough for a login in a browser, short enough for a pipeline whose plugin hangs. */
#define PATIENCE_MS 60000

extern char **environ;

/* The value of KUBERNETES_EXEC_INFO. */
static const char *
exec_info(const struct pf_exec_plugin *plugin, const struct pf_exec_cluster *cluster, bool interactive,
	  struct pf_arena *arena)
{
	cJSON *info = pf_json_object(arena), *spec = cJSON_CreateObject(), *about;

	pf_json_set_string(info, "kind", "ExecCredential");
	pf_json_set_string(info, "apiVersion", plugin->api_version);
	pf_json_set(info, "spec", spec);
	if (plugin->provide_cluster_info) {
		about = cJSON_CreateObject();
		pf_json_set_string(about, "server", cluster->server);
		if (cluster->tls_server_name != NULL)
			pf_json_set_string(about, "tls-server-name", cluster->tls_server_name);
		if (cluster->insecure)
			pf_json_set_bool(about, "insecure-skip-tls-verify", true);
		if (cluster->ca.len > 0)
			pf_json_set_string(about, "certificate-authority-data",
					   pf_kubeconfig_base64_encode(arena, cluster->ca.p, cluster->ca.len));
		if (cluster->proxy_url != NULL)
			pf_json_set_string(about, "proxy-url", cluster->proxy_url);
		if (cluster->config != NULL)
			pf_json_set(about, "config", cJSON_Duplicate(cluster->config, true));
		pf_json_set(spec, "cluster", about);
	}
	pf_json_set_bool(spec, "interactive", interactive);
	return pf_json_print(arena, info, false);
}

/* Adds NAME=VALUE to COUNT entries, in place of an earlier NAME. */
static void
set_env(struct pf_arena *arena, const char **envp, size_t *count, const char *name, const char *value)
{
	size_t i, len = strlen(name);

	for (i = 0; i < *count; i++)
		if (strncmp(envp[i], name, len) == 0 && envp[i][len] == '=')
			break;
	envp[i] = pf_printf(arena, "%s=%s", name, value);
	if (i == *count)
		(*count)++;
}

/* Ours, the plugin's over it, and what the protocol adds. */
static const char *const *
environment(const struct pf_exec_plugin *plugin, const char *info, struct pf_arena *arena)
{
	const char **envp;
	size_t count = 0, i;

	while (environ != NULL && environ[count] != NULL)
		count++;
	envp = pf_alloc_array(arena, count + plugin->env_count + 2, sizeof(*envp));
	for (i = 0; i < count; i++)
		envp[i] = environ[i];
	for (i = 0; i < plugin->env_count; i++)
		set_env(arena, envp, &count, plugin->env[i].name, plugin->env[i].value);
	set_env(arena, envp, &count, "KUBERNETES_EXEC_INFO", info);
	return envp;
}

static const char *const *
arguments(const struct pf_exec_plugin *plugin, struct pf_arena *arena)
{
	const char **argv;
	size_t count = 0, i;

	while (plugin->args != NULL && plugin->args[count] != NULL)
		count++;
	argv = pf_alloc_array(arena, count + 2, sizeof(*argv));
	argv[0] = plugin->command;
	for (i = 0; i < count; i++)
		argv[i + 1] = plugin->args[i];
	return argv;
}

/* The program's file; NULL with ERR when there is none. */
static const char *
find_program(const struct pf_exec_plugin *plugin, struct pf_arena *arena, struct pf_err *err)
{
	const char *hint = plugin->install_hint != NULL
				   ? pf_printf(arena, ": %s", pf_one_line(arena, plugin->install_hint, 400))
				   : "; install it, or correct the command";
	const char *command = pf_one_line(arena, plugin->command, 200);
	struct stat st;

	if (strchr(plugin->command, '/') == NULL) {
		const char *path = pf_process_find(arena, plugin->command, getenv("PATH"));
		if (path == NULL)
			pf_fail(err, PF_ERR_CONFIG, "%s: the credential plugin %s is not in PATH%s", plugin->where,
				command, hint);
		return path;
	}
	if (stat(plugin->command, &st) != 0) {
		pf_fail(err, PF_ERR_CONFIG, "%s: the credential plugin %s: %s%s", plugin->where, command,
			strerror(errno), hint);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || access(plugin->command, X_OK) != 0) {
		pf_fail(err, PF_ERR_CONFIG, "%s: the credential plugin %s is no executable file", plugin->where,
			command);
		return NULL;
	}
	return plugin->command;
}

/* The sentence for a plugin that ended without an answer. */
static bool
fail_run(const struct pf_exec_plugin *plugin, const struct pf_process_result *result, struct pf_arena *arena,
	 struct pf_err *err)
{
	const char *gist = pf_exec_gist(arena, result->err_text);
	const char *said = *gist != '\0' ? pf_printf(arena, ": %s", gist) : "";
	const char *command = pf_one_line(arena, plugin->command, 200);

	switch (result->end) {
	case PF_PROCESS_TIMED_OUT:
		return pf_fail(err, PF_ERR_TIMEOUT,
			       "%s: the credential plugin %s had not answered when its time was up%s", plugin->where,
			       command, said);
	case PF_PROCESS_INTERRUPTED:
		return pf_fail(err, PF_ERR_INTERRUPTED, "interrupted while the credential plugin %s ran", command);
	case PF_PROCESS_TOO_MUCH:
		return pf_fail(err, PF_ERR_CONFIG,
			       "%s: the credential plugin %s printed more than 1 MiB: that is no ExecCredential%s",
			       plugin->where, command, said);
	case PF_PROCESS_SIGNALED:
		return pf_fail(err, PF_ERR_UNAUTHORIZED, "%s: the credential plugin %s was ended by signal %d (%s)%s",
			       plugin->where, command, result->status, strsignal(result->status), said);
	case PF_PROCESS_EXITED:
		break;
	}
	return pf_fail(err, PF_ERR_UNAUTHORIZED, "%s: the credential plugin %s failed with exit status %d%s",
		       plugin->where, command, result->status, said);
}

bool
pf_exec_plugin_run(const struct pf_exec_plugin *plugin, const struct pf_exec_cluster *cluster, bool terminal,
		   struct pf_arena *arena, struct pf_deadline deadline, struct pf_exec_credential *out,
		   struct pf_err *err)
{
	bool interactive = terminal && plugin->mode != PF_EXEC_NEVER;
	struct pf_process_result result;
	struct pf_process process;
	const char *path;

	if (plugin->mode == PF_EXEC_ALWAYS && !terminal)
		return pf_fail(err, PF_ERR_CONFIG,
			       "%s: the credential plugin %s wants to ask somebody (interactiveMode: Always), but "
			       "standard input is no terminal; run it on one, or use another user",
			       plugin->where, pf_one_line(arena, plugin->command, 200));
	path = find_program(plugin, arena, err);
	if (path == NULL)
		return false;
	process = (struct pf_process){
		.path = path,
		.argv = arguments(plugin, arena),
		.envp = environment(plugin, exec_info(plugin, cluster, interactive, arena), arena),
		.interactive = interactive,
		.stdout_cap = STDOUT_CAP,
		.stderr_cap = STDERR_CAP,
	};
	deadline = pf_deadline_sooner(deadline, pf_deadline_in(PATIENCE_MS));
	if (!pf_process_run(arena, &process, deadline, &result, err)) {
		if (err->kind != PF_ERR_INTERRUPTED)
			err->kind = PF_ERR_CONFIG;
		return pf_fail_in(err, "%s: the credential plugin", plugin->where);
	}
	if (result.end != PF_PROCESS_EXITED || result.status != 0)
		return fail_run(plugin, &result, arena, err);
	if (!pf_exec_credential_parse(arena, plugin->api_version, result.out_text, result.out_len, out, err))
		return pf_fail_in(err, "%s: the credential plugin %s", plugin->where,
				  pf_one_line(arena, plugin->command, 200));
	return true;
}
