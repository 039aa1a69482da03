/* The command line: subcommands, what they share, and how a wrong word is answered. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include <postflight/arena.h>
#include <postflight/err.h>

#include "cli/environment.h"
#include "cli/options.h"

/* Exit statuses that no report decides. */
enum { PF_EXIT_OK = 0, PF_EXIT_UNOBSERVED = 2, PF_EXIT_USAGE = 64, PF_EXIT_CONFIG = 78, PF_EXIT_SIGNAL = 128 };

struct pf_cli {
	struct pf_arena *arena;
	const char *program; /* as the user calls it: "postflight" or "kubectl postflight" */
	struct pf_environment env;
};

/* What may stand behind the options, for completion; {0} ends a list. */
struct pf_operand {
	const char *words; /* separated by one space; NULL: see COMPLETES */
	enum pf_completes completes;
};

struct pf_command {
	const char *name;
	const char *arguments; /* "[PLAN]", "" */
	const char *summary;
	const struct pf_option *options;   /* ended by an element without name */
	const struct pf_operand *operands; /* NULL: none */
	int (*run)(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv);
};

/* All subcommands, in the order of the help; ended by NULL. */
extern const struct pf_command *const pf_commands[];

extern const struct pf_command pf_command_run;
extern const struct pf_command pf_command_logs;
extern const struct pf_command pf_command_cleanup;
extern const struct pf_command pf_command_list;
extern const struct pf_command pf_command_explain;
extern const struct pf_command pf_command_plan;
extern const struct pf_command pf_command_schema;
extern const struct pf_command pf_command_manifests;
extern const struct pf_command pf_command_completion;
extern const struct pf_command pf_command_version;
extern const struct pf_command pf_command_help;

/* NULL when there is none of that name. */
const struct pf_command *pf_command_find(const char *name);

/* An options table with nothing in it. */
extern const struct pf_option pf_no_options[];

/* The whole program; returns its exit status. */
int pf_cli_main(int argc, char **argv);

/* "postflight: SENTENCE" on standard error. */
void pf_cli_complain(struct pf_cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says ERR and returns the exit status for its kind: 64, 78, else 2. */
int pf_cli_failed(struct pf_cli *cli, const struct pf_err *err);

/* Writes TEXT to standard output; false with a complaint when that fails. */
bool pf_cli_print(struct pf_cli *cli, const char *text);

/*
 * The subcommand's options into FLAGS; its operands into *OPERANDS, ended by NULL, MAX of them at most. False when
 * there is nothing more to do: *STATUS is then the exit status (help was printed, or the words were wrong).
 */
bool pf_cli_parse(struct pf_cli *cli, const struct pf_command *command, int argc, char **argv, void *flags, int max,
		  char ***operands, int *status);

#endif
