/*
 * What a command line that is being typed may go on with. The shells' scripts (postflight completion) and kubectl ask
 * for it, so nothing here may need the cluster.
 */
#ifndef CLI_CANDIDATES_H
#define CLI_CANDIDATES_H

#include "cli/cli.h"

/* The first word of such a question: postflight __complete WORD... LAST */
#define PF_COMPLETE_WORD "__complete"

/* What the shell is to do besides: kubectl's numbers, added up. */
enum pf_complete_directive {
	PF_COMPLETE_NO_SPACE = 2,
	PF_COMPLETE_NO_FILES = 4,
	PF_COMPLETE_FOLDERS = 16,
};

/*
 * WORDS are those behind the program's name, the last of them begun ("" for a new one). Prints, as kubectl expects of
 * a plugin, "CANDIDATE<tab>HELP" a line and ":DIRECTIVE" in the end. What is behind the "=" of --option=VALUE is
 * completed alone. Wrong words have no candidates; it always ends with PF_EXIT_OK unless nothing can be printed.
 */
int pf_complete(struct pf_cli *cli, int count, char **words);

/* ---- candidates.c for candidate_values.c ---- */

struct pf_candidates {
	struct pf_cli *cli;
	struct pf_buf *out;
	const char *begun; /* what a candidate starts with */
	unsigned directive;

	/* What the words before say of where to look. NULL where they say nothing. */
	const char *plan;
	const char *kubeconfig;
	const char *variant;
};

/* Offers TEXT when it starts with what was begun. HELP may be NULL. */
void pf_candidate(struct pf_candidates *c, const char *text, const char *help);

/* Offers each of WORDS, which are separated by one space. */
void pf_candidate_words(struct pf_candidates *c, const char *words);

/* Offers what KIND stands for, and sets the directive. */
void pf_candidate_values(struct pf_candidates *c, enum pf_completes kind);

#endif
