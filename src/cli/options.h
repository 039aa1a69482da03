/* Options as tables: getopt_long's arrays, the help and the manual's list of options all follow from them. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/arena.h>
#include <postflight/err.h>

/* What an option leaves in its flags. */
enum pf_option_form {
	PF_OPT_FLAG,     /* bool */
	PF_OPT_TEXT,     /* const char * */
	PF_OPT_WORD,     /* const char *, one of WORDS */
	PF_OPT_TEXTS,    /* const char **, ended by NULL; may be given again */
	PF_OPT_IDS,      /* the same, split at commas */
	PF_OPT_DURATION, /* int64_t, milliseconds */
};

/* What a shell may complete an argument with, where it is not one of a few WORDS. */
enum pf_completes {
	PF_COMPLETES_NOTHING,
	PF_COMPLETES_FILES,
	PF_COMPLETES_FOLDERS,
	PF_COMPLETES_CONTEXTS, /* of the kubeconfig */
	PF_COMPLETES_CLUSTERS,
	PF_COMPLETES_USERS,
	PF_COMPLETES_PLANS,     /* those built in, and files */
	PF_COMPLETES_VARIABLES, /* of the plan: NAME=VALUE */
	PF_COMPLETES_CHECKS,    /* checklist items and checks of the plan */
	PF_COMPLETES_IDS,       /* everything that the plan has a name for */
	PF_COMPLETES_VARIANTS,  /* manifests of the plan */
	PF_COMPLETES_FORMATS,   /* FORMAT or FORMAT=FILE */
	PF_COMPLETES_COMMANDS,
	PF_COMPLETES_COUNT
};

struct pf_option {
	const char *name;
	char letter; /* 0: none */
	enum pf_option_form form;
	const char *argument; /* as the help shows it: "NS"; NULL for PF_OPT_FLAG */
	const char *words;    /* PF_OPT_WORD, separated by one space */
	const char *absent;   /* what an argument that was left out means; NULL: it must be given */
	const char *group;    /* heading in the help; NULL: that of the option before */
	const char *help;
	size_t into; /* offset in the flags */
	enum pf_completes completes;
};

/*
 * Reads the options behind argv[0]; operands may stand between them. *OPERANDS ends with NULL. False with ERR
 * (PF_ERR_USAGE), one sentence naming the nearest option where one is unknown. --help and -h only set *HELP.
 */
bool pf_options_parse(struct pf_arena *arena, const struct pf_option *options, int argc, char **argv, void *flags,
		      char ***operands, bool *help, struct pf_err *err);

/* WORDS with one more; both end with NULL, WORDS may be NULL. */
const char **pf_words_add(struct pf_arena *arena, const char *const *words, const char *word);

#endif
