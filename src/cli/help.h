#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cli.h"

/* What the program without arguments says. */
const char *pf_help_short(struct pf_cli *cli);

/* Every subcommand in a line, exit statuses. */
const char *pf_help_program(struct pf_cli *cli);

const char *pf_help_command(struct pf_cli *cli, const struct pf_command *command);

#endif
