#include "cli/help.h"

#include <string.h>

#include <postflight/str.h>

#include "cli/nearest.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "report/page.h"

/* Help never grows beyond what the tables hold. */
#define HELP_CAP 65536

#define OPTION_COLUMN 38
#define COMMAND_COLUMN 36

static const char *const exit_statuses[][2] = {
	{"0", "nothing failed"},
	{"1", "a check failed"},
	{"2", "something could not be observed, and nothing failed"},
	{"64", "wrong usage"},
	{"78", "bad plan or kubeconfig"},
	{"130, 143", "interrupted"},
};

static struct pf_page
page_on(struct pf_cli *cli, struct pf_buf *out)
{
	return (struct pf_page){
		.arena = cli->arena, .out = out, .unicode = true, .width = pf_terminal_width(PF_STDOUT)};
}

static void
line(struct pf_page *page, const char *text)
{
	pf_page_put(page, PF_INK_PLAIN, text);
	pf_page_end(page);
}

static char *
command_usage(struct pf_cli *cli, const struct pf_command *command)
{
	const char *options = command->options[0].name != NULL ? " [OPTION]..." : "";
	const char *space = command->arguments[0] != '\0' ? " " : "";

	return pf_printf(cli->arena, "%s %s%s%s%s", cli->program, command->name, options, space, command->arguments);
}

static void
commands(struct pf_cli *cli, struct pf_page *page)
{
	for (size_t i = 0; pf_commands[i] != NULL; i++) {
		pf_page_to(page, 2);
		pf_page_put(page, PF_INK_PLAIN,
			    pf_printf(cli->arena, "%s %s", pf_commands[i]->name, pf_commands[i]->arguments));
		pf_page_to(page, COMMAND_COLUMN);
		pf_page_flow(page, PF_INK_PLAIN, pf_commands[i]->summary);
	}
}

const char *
pf_help_short(struct pf_cli *cli)
{
	return pf_printf(cli->arena,
			 "postflight says, right after a deploy to Kubernetes, whether it works and, where it does "
			 "not,\nwhat to change.\n\n"
			 "  %s run -n NAMESPACE    checks the cart on local DynamoDB\n"
			 "  %s --help              lists every command\n",
			 cli->program, cli->program);
}

const char *
pf_help_program(struct pf_cli *cli)
{
	PF_AUTO_BUF out = PF_BUF(HELP_CAP);
	struct pf_page page = page_on(cli, &out);

	line(&page, pf_printf(cli->arena, "usage: %s COMMAND [OPTION]...", cli->program));
	pf_page_end(&page);
	commands(cli, &page);
	pf_page_end(&page);
	line(&page, "Exit status");
	for (size_t i = 0; i < sizeof exit_statuses / sizeof *exit_statuses; i++) {
		pf_page_to(&page, 2);
		pf_page_put(&page, PF_INK_PLAIN, exit_statuses[i][0]);
		pf_page_to(&page, 12);
		pf_page_flow(&page, PF_INK_PLAIN, exit_statuses[i][1]);
	}
	pf_page_end(&page);
	line(&page,
	     pf_printf(cli->arena, "%s COMMAND --help tells more; so does the manual, postflight(1).", cli->program));
	return pf_strdup(cli->arena, pf_buf_text(&out));
}

/* "-n, --namespace NS", "--restart[=rollout|pod]" */
static char *
option_usage(struct pf_arena *arena, const struct pf_option *option)
{
	char *letter = option->letter != 0 ? pf_printf(arena, "-%c, ", option->letter) : pf_strdup(arena, "    ");

	if (option->argument == NULL)
		return pf_printf(arena, "%s--%s", letter, option->name);
	if (option->absent != NULL)
		return pf_printf(arena, "%s--%s[=%s]", letter, option->name, option->argument);
	return pf_printf(arena, "%s--%s %s", letter, option->name, option->argument);
}

const char *
pf_help_command(struct pf_cli *cli, const struct pf_command *command)
{
	PF_AUTO_BUF out = PF_BUF(HELP_CAP);
	struct pf_page page = page_on(cli, &out);

	line(&page, pf_printf(cli->arena, "usage: %s", command_usage(cli, command)));
	pf_page_flow(&page, PF_INK_PLAIN, command->summary);
	for (const struct pf_option *option = command->options; option->name != NULL; option++) {
		if (option->group != NULL) {
			pf_page_end(&page);
			line(&page, option->group);
		}
		pf_page_to(&page, 2);
		pf_page_put(&page, PF_INK_PLAIN, option_usage(cli->arena, option));
		pf_page_to(&page, OPTION_COLUMN);
		pf_page_flow(&page, PF_INK_PLAIN, option->help);
	}
	return pf_strdup(cli->arena, pf_buf_text(&out));
}

static int
run_version(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv)
{
	char **operands;
	int status;

	if (!pf_cli_parse(cli, self, argc, argv, NULL, 0, &operands, &status))
		return status;
	return pf_cli_print(cli, "postflight " PF_VERSION "\n") ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
}

const struct pf_command pf_command_version = {
	.name = "version",
	.arguments = "",
	.summary = "prints the version",
	.options = pf_no_options,
	.run = run_version,
};

static int
run_help(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv)
{
	char **operands;
	int status;

	if (!pf_cli_parse(cli, self, argc, argv, NULL, 1, &operands, &status))
		return status;
	if (operands[0] == NULL)
		return pf_cli_print(cli, pf_help_program(cli)) ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
	for (size_t i = 0; pf_commands[i] != NULL; i++) {
		if (pf_streq(pf_commands[i]->name, operands[0]))
			return pf_cli_print(cli, pf_help_command(cli, pf_commands[i])) ? PF_EXIT_OK
										       : PF_EXIT_UNOBSERVED;
	}
	pf_cli_complain(cli, "unknown command \"%s\"; %s help lists them", operands[0], cli->program);
	return PF_EXIT_USAGE;
}

const struct pf_command pf_command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "prints this, or what a command takes",
	.options = pf_no_options,
	.operands = (const struct pf_operand[]){{NULL, PF_COMPLETES_COMMANDS}, {0}},
	.run = run_help,
};
