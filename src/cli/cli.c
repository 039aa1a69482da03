#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <postflight/file.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "cli/candidates.h"
#include "cli/help.h"
#include "cli/nearest.h"

#define MAX_COMPLAINT 2000

const struct pf_command *const pf_commands[] = {
	&pf_command_run,        &pf_command_logs,    &pf_command_list,      &pf_command_explain,
	&pf_command_plan,       &pf_command_schema,  &pf_command_manifests, &pf_command_cleanup,
	&pf_command_completion, &pf_command_version, &pf_command_help,      NULL,
};

const struct pf_option pf_no_options[] = {{0}};

void
pf_cli_complain(struct pf_cli *cli, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	char *sentence = pf_vprintf(cli->arena, format, args);
	va_end(args);
	fprintf(stderr, "postflight: %s\n", pf_one_line(cli->arena, sentence, MAX_COMPLAINT));
}

int
pf_cli_failed(struct pf_cli *cli, const struct pf_err *err)
{
	pf_cli_complain(cli, "%s", err->text);
	if (err->kind == PF_ERR_USAGE)
		return PF_EXIT_USAGE;
	return err->kind == PF_ERR_CONFIG || err->kind == PF_ERR_NOT_FOUND ? PF_EXIT_CONFIG : PF_EXIT_UNOBSERVED;
}

bool
pf_cli_print(struct pf_cli *cli, const char *text)
{
	struct pf_err err;

	if (pf_file_write("-", text, strlen(text), 0, &err))
		return true;
	pf_cli_failed(cli, &err);
	return false;
}

bool
pf_cli_parse(struct pf_cli *cli, const struct pf_command *command, int argc, char **argv, void *flags, int max,
	     char ***operands, int *status)
{
	struct pf_err err = {0};
	bool help = false;

	if (!pf_options_parse(cli->arena, command->options, argc, argv, flags, operands, &help, &err)) {
		*status = pf_cli_failed(cli, &err);
		return false;
	}
	if (help) {
		*status = pf_cli_print(cli, pf_help_command(cli, command)) ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
		return false;
	}
	for (int i = 0; (*operands)[i] != NULL; i++) {
		if (i < max)
			continue;
		pf_cli_complain(cli, "%s does not know what to do with \"%s\"; see %s %s --help", command->name,
				(*operands)[i], cli->program, command->name);
		*status = PF_EXIT_USAGE;
		return false;
	}
	return true;
}

const struct pf_command *
pf_command_find(const char *name)
{
	for (size_t i = 0; pf_commands[i] != NULL; i++) {
		if (pf_streq(pf_commands[i]->name, name))
			return pf_commands[i];
	}
	return NULL;
}

static int
unknown_command(struct pf_cli *cli, const char *word)
{
	const char *names[sizeof pf_commands / sizeof *pf_commands] = {NULL};

	for (size_t i = 0; pf_commands[i] != NULL; i++)
		names[i] = pf_commands[i]->name;
	const char *nearest = pf_nearest(word, names);
	const char *kind = word[0] == '-' ? "option" : "command";
	if (nearest != NULL)
		pf_cli_complain(cli, "unknown %s \"%s\"; did you mean \"%s\"?", kind, word, nearest);
	else
		pf_cli_complain(cli, "unknown %s \"%s\"; see %s --help", kind, word, cli->program);
	return PF_EXIT_USAGE;
}

static int
dispatch(struct pf_cli *cli, int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	if (word == NULL) {
		fputs(pf_help_short(cli), stderr);
		return PF_EXIT_USAGE;
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		word = "help";
	else if (strcmp(word, "--version") == 0)
		word = "version";
	/* For the scripts of `completion`; no command, because nobody types it. */
	if (strcmp(word, PF_COMPLETE_WORD) == 0)
		return pf_complete(cli, argc - 2, argv + 2);
	const struct pf_command *command = pf_command_find(word);
	if (command == NULL)
		return unknown_command(cli, word);
	return command->run(cli, command, argc - 1, argv + 1);
}

int
pf_cli_main(int argc, char **argv)
{
	const char *path = argc > 0 && argv[0] != NULL ? argv[0] : "postflight";
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	/* kubectl asks a plugin's completions from a program of this name. */
	bool completes = strcmp(name, "kubectl_complete-postflight") == 0;
	struct pf_cli cli = {
		.arena = pf_arena_new(),
		.program = completes || strcmp(name, "kubectl-postflight") == 0 ? "kubectl postflight" : "postflight",
		.env = pf_environment_read(),
	};
	int status = completes ? pf_complete(&cli, argc - 1, argv + 1) : dispatch(&cli, argc, argv);

	pf_arena_free(cli.arena);
	return status;
}
