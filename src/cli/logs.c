/* postflight logs: the plan's patterns on a saved log, and what its text alone decides. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <postflight/file.h>
#include <postflight/run.h>
#include <postflight/signals.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "cli/cli.h"
#include "cli/namespaces.h"
#include "cli/outputs.h"
#include "cli/plans.h"
#include "cli/run_flags.h"
#include "cli/version.h"
#include "probe/log_sources.h"
#include "run/offline.h"

#define CHUNK ((size_t)64 << 10)

struct logs_flags {
	struct pf_run_flags run;
	const char *plan;
};

#define INTO(member) .into = offsetof(struct logs_flags, member)

static const struct pf_option options[] = {
	{"plan", 0, PF_OPT_TEXT, "PLAN", .group = "What is checked", INTO(plan), .completes = PF_COMPLETES_PLANS,
	 .help = "a built-in name or a file (cart-dynamodb)"},
	{"set", 0, PF_OPT_TEXTS, "VAR=VALUE", INTO(run.set), .completes = PF_COMPLETES_VARIABLES,
	 .help = "give a variable of the plan its value; may be repeated"},
	{"namespace", 'n', PF_OPT_TEXT, "NS", INTO(run.namespace_), .help = "the namespace that fixes name"},
	{"strict", 0, PF_OPT_FLAG, INTO(run.strict), .help = "a warning counts as failed"},

	{"output", 'o', PF_OPT_TEXTS, "FORMAT[=FILE]", .group = "What is shown", INTO(run.outputs),
	 .completes = PF_COMPLETES_FORMATS, .help = "a report as of run; may be repeated"},
	{"quiet", 'q', PF_OPT_FLAG, INTO(run.quiet), .help = "text: only what is not green; nothing when all is"},
	{"verbose", 'v', PF_OPT_FLAG, INTO(run.verbose), .help = "text: also facts, evidence and past faults"},
	{"color", 0, PF_OPT_WORD, "WHEN", .words = "auto always never", INTO(run.color),
	 .help = "auto (on a terminal), always or never"},
	{0},
};

/* Waits for bytes or a signal. False when the signal came, or nothing can come any more. */
static bool
wait_readable(int fd)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = pf_signals_fd(), .events = POLLIN}};

	while (poll(fds, 2, -1) < 0) {
		if (errno != EINTR)
			return false;
	}
	return fds[1].revents == 0;
}

static bool
read_all(struct pf_arena *arena, int fd, const char *name, struct pf_log_sources *sources, struct pf_err *err)
{
	char *chunk = pf_alloc(arena, CHUNK);
	ssize_t len;

	while (wait_readable(fd) && (len = read(fd, chunk, CHUNK)) != 0) {
		if (len > 0)
			pf_log_sources_feed(sources, chunk, (size_t)len);
		else if (errno != EINTR)
			return pf_fail(err, PF_ERR_CONFIG, "%s cannot be read: %s", pf_one_line(arena, name, 200),
				       strerror(errno));
	}
	return true;
}

static bool
judge_file(struct pf_arena *arena, const char *name, const struct pf_plan *plan, struct pf_saved_log *out,
	   struct pf_err *err)
{
	bool is_stdin = name == NULL || strcmp(name, "-") == 0;
	PF_AUTO_FD fd = is_stdin ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
	struct pf_log_sources *sources = pf_log_sources_new(arena, plan);

	if (fd < 0)
		return pf_fail(err, errno == ENOENT ? PF_ERR_NOT_FOUND : PF_ERR_CONFIG, "%s cannot be read: %s",
			       is_stdin ? "standard input" : pf_one_line(arena, name, 200), strerror(errno));
	if (!read_all(arena, fd, is_stdin ? "standard input" : name, sources, err))
		return false;
	*out = pf_log_sources_end(sources);
	return true;
}

static bool
has_logs(const struct pf_plan *plan)
{
	for (size_t i = 0; i < plan->check_count; i++) {
		if (pf_streq(plan->checks[i].probe->kind, "logs"))
			return true;
	}
	return false;
}

static bool
prepare(struct pf_cli *cli, const struct logs_flags *flags, struct pf_plan **plan, struct pf_run_options *run,
	struct pf_err *err)
{
	struct pf_namespace_sources sources = {.flag = flags->run.namespace_, .environment = cli->env.namespace_};

	*run = (struct pf_run_options){.strict = flags->run.strict, .tool_version = PF_VERSION};
	if (flags->run.quiet && flags->run.verbose)
		return pf_fail(err, PF_ERR_USAGE, "--quiet and --verbose contradict each other");
	if (!pf_plan_open(cli->arena, flags->plan, plan, err))
		return false;
	for (size_t i = 0; flags->run.set != NULL && flags->run.set[i] != NULL; i++) {
		if (!pf_plan_set(cli->arena, *plan, flags->run.set[i], err))
			return false;
	}
	if (!has_logs(*plan))
		return pf_fail(err, PF_ERR_USAGE, "plan %s has no check that reads logs", (*plan)->name);
	sources.plan = (*plan)->namespace_;
	return pf_choose_namespace(&sources, &run->namespace_, err);
}

static int
run(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv)
{
	struct logs_flags flags = {.run = PF_RUN_FLAGS};
	struct pf_saved_log findings;
	struct pf_run_options how = {0};
	struct pf_plan *plan = NULL;
	struct pf_output *outputs;
	struct pf_result result = {0};
	struct pf_err err = {0};
	char **operands;
	int status;

	if (!pf_cli_parse(cli, self, argc, argv, &flags, 1, &operands, &status))
		return status;
	if (!pf_outputs_parse(cli->arena, (const char *const *)flags.run.outputs, &outputs, &err))
		return pf_cli_failed(cli, &err);
	pf_signals_install();
	if (!prepare(cli, &flags, &plan, &how, &err))
		return pf_cli_failed(cli, &err);
	if (judge_file(cli->arena, operands[0], plan, &findings, &err)) {
		pf_run_saved_log(cli->arena, plan, &how, &findings, &result);
	} else {
		if (!pf_outputs_text_on_terminal(outputs))
			pf_cli_complain(cli, "%s", err.text);
		pf_run_failed_start(cli->arena, plan, &how, &err, &result);
	}
	bool written = pf_outputs_write(cli, &flags.run, outputs, &result);
	return written || result.exit_code != PF_EXIT_OK ? result.exit_code : PF_EXIT_UNOBSERVED;
}

const struct pf_command pf_command_logs = {
	.name = "logs",
	.arguments = "[FILE|-]",
	.summary = "holds a saved log against the plan's patterns; without FILE, standard input",
	.options = options,
	.operands = (const struct pf_operand[]){{NULL, PF_COMPLETES_FILES}, {0}},
	.run = run,
};
