#include "cli/candidates.h"

#include <string.h>

#include <postflight/buf.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "plan/literal.h"

#define OUT_CAP ((size_t)1 << 20)
#define HELP_MAX 200

/* The words before the last, as the command would read them. */
struct line {
	const struct pf_command *command;
	const struct pf_option *waiting; /* the option whose value the last word is; NULL */
	size_t operands;
	bool options_over;  /* behind "--" */
	const char **given; /* names of options, ended by NULL; may be NULL */
};

void
pf_candidate(struct pf_candidates *c, const char *text, const char *help)
{
	/* A line is a candidate, and a tab ends it: a name that has such characters cannot be told. */
	if (!pf_starts_with(text, c->begun) || !pf_utf8_valid(text, strlen(text)) || pf_has_control(text))
		return;
	pf_buf_puts(c->out, text);
	if (help != NULL && help[0] != '\0')
		pf_buf_printf(c->out, "\t%s", pf_one_line(c->cli->arena, help, HELP_MAX));
	pf_buf_puts(c->out, "\n");
}

void
pf_candidate_words(struct pf_candidates *c, const char *words)
{
	for (const char *p = words; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		pf_candidate(c, pf_strndup(c->cli->arena, p, len), NULL);
		p += len;
	}
}

static bool
takes_value(const struct pf_option *option)
{
	return option->form != PF_OPT_FLAG;
}

static const struct pf_option *
option_named(const struct pf_command *command, const char *name, size_t len)
{
	for (const struct pf_option *option = command->options; option->name != NULL; option++) {
		if (strlen(option->name) == len && memcmp(option->name, name, len) == 0)
			return option;
	}
	return NULL;
}

static const struct pf_option *
option_lettered(const struct pf_command *command, char letter)
{
	for (const struct pf_option *option = command->options; option->name != NULL; option++) {
		if (option->letter == letter)
			return option;
	}
	return NULL;
}

/* What values that were given say of where names are to be looked for. */
static void
note_value(struct pf_candidates *c, const struct pf_option *option, const char *value)
{
	if (option->completes == PF_COMPLETES_PLANS)
		c->plan = value;
	else if (pf_streq(option->name, "kubeconfig"))
		c->kubeconfig = value;
}

static void
note_operand(struct pf_candidates *c, const struct line *line, const char *word)
{
	const struct pf_operand *operands = line->command->operands;

	for (size_t i = 0; operands != NULL && (operands[i].words != NULL || operands[i].completes != 0); i++) {
		if (i != line->operands)
			continue;
		if (operands[i].completes == PF_COMPLETES_PLANS)
			c->plan = word;
		else if (operands[i].completes == PF_COMPLETES_VARIANTS)
			c->variant = word;
	}
}

/* "-qn shop": of letters in one word, the first that takes a value takes the rest, or the next word. */
static void
read_letters(struct pf_candidates *c, struct line *line, const char *letters)
{
	for (; *letters != '\0'; letters++) {
		const struct pf_option *option = option_lettered(line->command, *letters);
		if (option == NULL)
			return;
		line->given = pf_words_add(c->cli->arena, line->given, option->name);
		if (!takes_value(option))
			continue;
		if (letters[1] == '\0')
			line->waiting = option;
		else
			note_value(c, option, letters + 1);
		return;
	}
}

static void
read_word(struct pf_candidates *c, struct line *line, const char *word)
{
	const struct pf_option *option = line->waiting;

	line->waiting = NULL;
	if (option != NULL) {
		note_value(c, option, word);
	} else if (line->options_over || word[0] != '-' || word[1] == '\0') {
		note_operand(c, line, word);
		line->operands++;
	} else if (pf_streq(word, "--")) {
		line->options_over = true;
	} else if (word[1] != '-') {
		read_letters(c, line, word + 1);
	} else {
		size_t len = strcspn(word + 2, "=");
		option = option_named(line->command, word + 2, len);
		if (option == NULL)
			return;
		line->given = pf_words_add(c->cli->arena, line->given, option->name);
		if (word[2 + len] == '=')
			note_value(c, option, word + 3 + len);
		else if (takes_value(option) && option->absent == NULL)
			line->waiting = option;
	}
}

static void
complete_value(struct pf_candidates *c, const struct pf_option *option)
{
	if (option->form == PF_OPT_WORD)
		pf_candidate_words(c, option->words);
	else
		pf_candidate_values(c, option->completes);
}

static bool
is_given(const struct line *line, const struct pf_option *option)
{
	if (option->form == PF_OPT_TEXTS || option->form == PF_OPT_IDS)
		return false;
	for (size_t i = 0; line->given != NULL && line->given[i] != NULL; i++) {
		if (pf_streq(line->given[i], option->name))
			return true;
	}
	return false;
}

static void
complete_option(struct pf_candidates *c, const struct line *line)
{
	const char *equals = strchr(c->begun, '=');

	if (equals != NULL) {
		const struct pf_option *option = NULL;
		if (pf_starts_with(c->begun, "--"))
			option = option_named(line->command, c->begun + 2, (size_t)(equals - c->begun - 2));
		c->begun = equals + 1;
		if (option != NULL && takes_value(option))
			complete_value(c, option);
		return;
	}
	for (const struct pf_option *option = line->command->options; option->name != NULL; option++) {
		if (!is_given(line, option))
			pf_candidate(c, pf_printf(c->cli->arena, "--%s", option->name), option->help);
	}
	pf_candidate(c, "--help", NULL);
}

static void
complete_operand(struct pf_candidates *c, const struct line *line)
{
	const struct pf_operand *operand = line->command->operands;

	for (size_t i = 0; operand != NULL && (operand->words != NULL || operand->completes != 0); i++, operand++) {
		if (i != line->operands)
			continue;
		if (operand->words != NULL)
			pf_candidate_words(c, operand->words);
		else
			pf_candidate_values(c, operand->completes);
	}
}

static void
complete_command(struct pf_candidates *c)
{
	if (c->begun[0] == '-') {
		pf_candidate(c, "--help", NULL);
		pf_candidate(c, "--version", NULL);
	} else {
		pf_candidate_values(c, PF_COMPLETES_COMMANDS);
	}
}

static void
complete(struct pf_candidates *c, int count, char **words)
{
	struct line line = {.command = count > 1 ? pf_command_find(words[0]) : NULL};

	if (count <= 1) {
		complete_command(c);
		return;
	}
	if (line.command == NULL)
		return;
	for (int i = 1; i < count - 1; i++)
		read_word(c, &line, words[i]);
	if (line.waiting != NULL)
		complete_value(c, line.waiting);
	else if (c->begun[0] == '-' && !line.options_over)
		complete_option(c, &line);
	else
		complete_operand(c, &line);
}

int
pf_complete(struct pf_cli *cli, int count, char **words)
{
	PF_AUTO_BUF out = PF_BUF(OUT_CAP);
	struct pf_candidates c = {
		.cli = cli, .out = &out, .begun = count > 0 ? words[count - 1] : "", .directive = PF_COMPLETE_NO_FILES};

	complete(&c, count, words);
	return pf_cli_print(cli, pf_printf(cli->arena, "%s:%u\n", pf_buf_text(&out), c.directive)) ? PF_EXIT_OK
												   : PF_EXIT_UNOBSERVED;
}
