#include "cli/start.h"

#include <string.h>

#include <postflight/connection.h>
#include <postflight/str.h>

#include "cli/cluster_flags.h"
#include "cli/consent.h"
#include "cli/namespaces.h"
#include "cli/plans.h"
#include "cli/recording.h"
#include "cli/terminal.h"
#include "cli/version.h"

#define WAIT_MS (60 * 1000)
#define TIMEOUT_MS (5 * 60 * 1000)
#define REQUEST_TIMEOUT_MS (10 * 1000)

static bool
words_agree(const struct pf_run_flags *flags, struct pf_err *err)
{
	if (flags->timeout_ms == 0 || flags->request_timeout_ms == 0)
		return pf_fail(err, PF_ERR_USAGE, "--%s of nothing leaves no time to ask anything",
			       flags->timeout_ms == 0 ? "timeout" : "request-timeout");
	if (flags->since_ms == 0)
		return pf_fail(err, PF_ERR_USAGE,
			       "--since of nothing leaves no log to read; without it all of the log is read");
	if (flags->quiet && flags->verbose)
		return pf_fail(err, PF_ERR_USAGE, "--quiet and --verbose contradict each other");
	if (flags->replay != NULL && flags->record != NULL)
		return pf_fail(err, PF_ERR_USAGE, "--record and --replay cannot be used together");
	return true;
}

/* Variables, ids and consent, against the plan that is there now. */
static bool
apply_to_plan(struct pf_cli *cli, const struct pf_run_flags *flags, const struct pf_run_options *options,
	      struct pf_plan *plan, struct pf_err *err)
{
	for (size_t i = 0; flags->set != NULL && flags->set[i] != NULL; i++) {
		if (!pf_plan_set(cli->arena, plan, flags->set[i], err))
			return false;
	}
	if (!pf_run_check_options(cli->arena, plan, options, err))
		return false;
	if ((flags->restart != NULL || flags->allow_data_loss) && !pf_plan_disrupts(plan))
		return pf_fail(err, PF_ERR_USAGE, "--%s: plan %s has no check that needs this consent",
			       flags->restart != NULL ? "restart" : "allow-data-loss", plan->name);
	return true;
}

static struct pf_run_options
run_options(const struct pf_run_flags *flags)
{
	return (struct pf_run_options){
		.restart = flags->restart == NULL            ? PF_RESTART_NO
			   : pf_streq(flags->restart, "pod") ? PF_RESTART_POD
							     : PF_RESTART_ROLLOUT,
		.allow_data_loss = flags->allow_data_loss,
		.wait_ms = flags->wait_ms >= 0 ? flags->wait_ms : WAIT_MS,
		.timeout_ms = flags->timeout_ms >= 0 ? flags->timeout_ms : TIMEOUT_MS,
		.since_ms = flags->since_ms >= 0 ? flags->since_ms : 0,
		.vantage = flags->vantage == NULL || pf_streq(flags->vantage, "auto") ? PF_VANTAGE_AUTO
			   : pf_streq(flags->vantage, "local")                        ? PF_VANTAGE_LOCAL
										      : PF_VANTAGE_POD,
		.only = (const char *const *)flags->only,
		.skip = (const char *const *)flags->skip,
		.strict = flags->strict,
		.tool_version = PF_VERSION,
	};
}

static struct pf_connection_options
connection_options(const struct pf_cli *cli, const struct pf_run_flags *flags)
{
	return (struct pf_connection_options){
		.kubeconfig_flag = flags->kubeconfig,
		.kubeconfig_env = cli->env.kubeconfig,
		.home = cli->env.home,
		.context = flags->context,
		.cluster = flags->cluster,
		.user = flags->user,
		.server = flags->server,
		.token_file = flags->token_file,
		.certificate_authority = flags->certificate_authority,
		.as_user = flags->as_user,
		.as_groups = (const char *const *)flags->as_groups,
		.service_host = cli->env.service_host,
		.service_port = cli->env.service_port,
		.interactive = pf_is_terminal(PF_STDIN),
		.user_agent = PF_USER_AGENT,
	};
}

static bool
record(struct pf_cli *cli, const struct pf_run_flags *flags, struct pf_start *start, struct pf_err *err)
{
	const struct pf_recording_info info = {
		.tool_version = PF_VERSION,
		.context = start->options.context,
		.server = start->options.server,
		.namespace_ = start->options.namespace_,
		.warnings = start->options.warnings,
		.options = pf_recording_options(cli->arena, flags, start->plan, start->options.in_cluster),
	};

	return pf_target_record(cli->arena, start->target, flags->record, &info, &start->target, err);
}

/* A pod without a token still sees the cluster's network. */
static bool
open_target(struct pf_cli *cli, const struct pf_run_flags *flags, const struct pf_connection_options *connect,
	    struct pf_start *start, const char **namespace_, struct pf_err *err)
{
	int64_t request_ms = flags->request_timeout_ms > 0 ? flags->request_timeout_ms : REQUEST_TIMEOUT_MS;
	struct pf_connection *connection;
	struct pf_err why;

	if (pf_connection_open(cli->arena, connect, &connection, err)) {
		start->options.context = pf_connection_context(connection);
		start->options.server = pf_connection_server(connection);
		start->options.in_cluster = pf_connection_in_cluster(connection);
		start->options.warnings = pf_connection_warnings(connection);
		*namespace_ = pf_connection_namespace(connection);
		start->target = pf_target_live(cli->arena, connection, request_ms);
		return true;
	}
	if (!pf_connection_lacks_token(cli->arena, connect, &start->options.server, namespace_, &why))
		return false;
	start->options.context = "in-cluster";
	start->options.in_cluster = true;
	start->target = pf_target_without_server(cli->arena, &why, request_ms);
	return true;
}

static bool
start_live(struct pf_cli *cli, const struct pf_run_flags *given, const char *plan_name, struct pf_start *start,
	   struct pf_err *err)
{
	struct pf_run_flags copy = *given, *flags = &copy;
	const struct pf_connection_options connect = connection_options(cli, flags);
	struct pf_namespace_sources sources = {.flag = flags->namespace_, .environment = cli->env.namespace_};

	/* Where the connection fails, its report still says what is known of the namespace. */
	start->options.namespace_ = sources.flag != NULL ? sources.flag : sources.environment;
	if (!pf_plan_open(cli->arena, plan_name, &start->plan, err) ||
	    !apply_to_plan(cli, flags, &start->options, start->plan, err) ||
	    !open_target(cli, flags, &connect, start, &sources.connection, err))
		return false;
	start->options.cluster_flags = pf_cluster_flags(cli->arena, flags, start->options.server);
	sources.plan = start->plan->namespace_;
	if (!pf_choose_namespace(&sources, &start->options.namespace_, err))
		return false;
	/* The answer counts as if it had been said at once: a recording keeps it. */
	if (pf_consent_ask(cli, flags, start->plan, &start->options)) {
		flags->restart = "rollout";
		start->options.restart = PF_RESTART_ROLLOUT;
	}
	return flags->record == NULL || record(cli, flags, start, err);
}

static const char *const *
with_warning(struct pf_arena *arena, const char *const *warnings, const char *more)
{
	return (const char *const *)pf_words_add(arena, warnings, more);
}

/*
 * Where and who the recording says: what the command line says of that is not needed, so that a recorded command can be
 * repeated with --replay in the place of --record. Another namespace would be another question.
 */
static bool
start_replay(struct pf_cli *cli, const struct pf_run_flags *given, const char *plan_name, struct pf_start *start,
	     struct pf_err *err)
{
	struct pf_run_flags flags = *given;
	struct pf_recording_info info = {0};
	bool changed = false;

	if (!pf_target_replay(cli->arena, flags.replay, &info, &start->target, err))
		return false;
	if (flags.namespace_ != NULL && !pf_streq(flags.namespace_, info.namespace_))
		return pf_fail(err, PF_ERR_USAGE, "--namespace %s: the recording in %s is of namespace %s",
			       flags.namespace_, flags.replay, info.namespace_);
	pf_recording_merge(cli->arena, info.options, &flags);
	start->options = run_options(&flags);
	start->options.namespace_ = info.namespace_;
	start->options.context = info.context;
	start->options.in_cluster = pf_recording_in_cluster(&info);
	start->options.server = info.server;
	start->options.cluster_flags = pf_cluster_flags(cli->arena, &flags, info.server);
	start->options.warnings = info.warnings;
	bool opened = plan_name != NULL ? pf_plan_open(cli->arena, plan_name, &start->plan, err)
					: pf_recording_plan(cli->arena, info.options, &start->plan, &changed, err);
	if (!opened)
		return false;
	if (changed)
		start->options.warnings =
			with_warning(cli->arena, start->options.warnings,
				     "the recording was made with another version of this plan; what the "
				     "plan asks only now is not in it");
	return apply_to_plan(cli, &flags, &start->options, start->plan, err);
}

bool
pf_start(struct pf_cli *cli, const struct pf_run_flags *flags, const char *plan_name, struct pf_start *start,
	 struct pf_err *err)
{
	*start = (struct pf_start){.options = run_options(flags)};
	if (!words_agree(flags, err))
		return false;
	if (flags->replay != NULL)
		return start_replay(cli, flags, plan_name, start, err);
	return start_live(cli, flags, plan_name, start, err);
}
