#include "cli/options.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include <postflight/clock.h>
#include <postflight/descriptor.h>
#include <postflight/str.h>

#include "cli/nearest.h"

/* getopt's values: letters stand for themselves, the option at INDEX for FIRST_LONG + INDEX. */
#define FIRST_LONG 256
#define HELP_NAME "help"

struct tables {
	size_t count;
	struct option *longs; /* the options, --help, the end */
	char *shorts;
};

static size_t
count_of(const struct pf_option *options)
{
	size_t count = 0;

	while (options[count].name != NULL)
		count++;
	return count;
}

static struct tables
tables_of(struct pf_arena *arena, const struct pf_option *options)
{
	struct tables t = {.count = count_of(options)};
	t.longs = pf_alloc_array(arena, t.count + 2, sizeof *t.longs);
	/* A leading colon tells a missing argument from an unknown option. */
	t.shorts = pf_strdup(arena, ":h");

	for (size_t i = 0; i < t.count; i++) {
		const struct pf_option *option = &options[i];
		bool takes = option->form != PF_OPT_FLAG;
		t.longs[i] = (struct option){
			.name = option->name,
			.has_arg = !takes                   ? no_argument
				   : option->absent == NULL ? required_argument
							    : optional_argument,
			.val = FIRST_LONG + (int)i,
		};
		if (option->letter != 0)
			t.shorts = pf_printf(arena, "%s%c%s", t.shorts, option->letter, takes ? ":" : "");
	}
	t.longs[t.count] = (struct option){.name = HELP_NAME, .val = 'h'};
	return t;
}

const char **
pf_words_add(struct pf_arena *arena, const char *const *words, const char *word)
{
	static const char *const none[] = {NULL};
	const char *const *old = words != NULL ? words : none;
	size_t count = 0;

	while (old[count] != NULL)
		count++;
	const char **longer = pf_alloc_array(arena, count + 2, sizeof *longer);
	for (size_t i = 0; i < count; i++)
		longer[i] = old[i];
	longer[count] = word;
	return longer;
}

static void
add_text(struct pf_arena *arena, char *into, const char *text)
{
	const char **words;

	memcpy(&words, into, sizeof words);
	words = pf_words_add(arena, words, text);
	memcpy(into, &words, sizeof words);
}

static bool
add_ids(struct pf_arena *arena, char *into, const struct pf_option *option, const char *value, struct pf_err *err)
{
	for (const char *p = value;; p++) {
		size_t len = strcspn(p, ",");
		if (len == 0)
			return pf_fail(err, PF_ERR_USAGE, "--%s \"%s\": an id is missing; write --%s %s", option->name,
				       value, option->name, option->argument);
		add_text(arena, into, pf_strndup(arena, p, len));
		p += len;
		if (*p == '\0')
			return true;
	}
}

static bool
set_duration(char *into, const struct pf_option *option, const char *value, struct pf_err *err)
{
	int64_t ms;

	if (!pf_duration_parse(value, &ms))
		return pf_fail(err, PF_ERR_USAGE, "--%s \"%s\" is no duration; write 500ms, 10s, 3m or 1m30s",
			       option->name, value);
	memcpy(into, &ms, sizeof ms);
	return true;
}

static bool
take(struct pf_arena *arena, const struct pf_option *option, const char *value, void *flags, struct pf_err *err)
{
	char *into = (char *)flags + option->into;
	bool yes = true;

	if (value == NULL)
		value = option->absent;
	switch (option->form) {
	case PF_OPT_FLAG:
		memcpy(into, &yes, sizeof yes);
		return true;
	case PF_OPT_IDS:
		return add_ids(arena, into, option, value, err);
	case PF_OPT_DURATION:
		return set_duration(into, option, value, err);
	default:
		break;
	}
	if (value[0] == '\0')
		return pf_fail(err, PF_ERR_USAGE, "--%s is empty; it needs %s", option->name, option->argument);
	if (option->form == PF_OPT_WORD && !pf_word_in(option->words, value))
		return pf_fail(err, PF_ERR_USAGE, "--%s \"%s\" is none of: %s", option->name, value, option->words);
	if (option->form == PF_OPT_TEXTS)
		add_text(arena, into, value);
	else
		memcpy(into, &value, sizeof value);
	return true;
}

static bool
unknown(struct pf_arena *arena, const struct pf_option *options, const char *word, struct pf_err *err)
{
	const char **names = pf_words_add(arena, NULL, HELP_NAME);
	const char *name = pf_strndup(arena, word + 2, strcspn(word + 2, "="));

	for (size_t i = 0; options[i].name != NULL; i++)
		names = pf_words_add(arena, names, options[i].name);
	const char *nearest = pf_nearest(name, names);
	if (nearest == NULL)
		return pf_fail(err, PF_ERR_USAGE, "unknown option --%s; --help lists them", name);
	return pf_fail(err, PF_ERR_USAGE, "unknown option --%s; did you mean --%s?", name, nearest);
}

static const struct pf_option *
by_value(const struct pf_option *options, int value)
{
	if (value >= FIRST_LONG)
		return &options[value - FIRST_LONG];
	for (size_t i = 0; options[i].name != NULL; i++) {
		if (options[i].letter == value)
			return &options[i];
	}
	return NULL;
}

/* What getopt_long did not like. KIND is what it returned. */
static bool
refused(struct pf_arena *arena, const struct pf_option *options, int kind, char **argv, struct pf_err *err)
{
	const struct pf_option *option = optopt != 0 ? by_value(options, optopt) : NULL;

	if (kind == ':' && option != NULL)
		return pf_fail(err, PF_ERR_USAGE, "--%s needs %s", option->name, option->argument);
	if (option != NULL || optopt == 'h')
		return pf_fail(err, PF_ERR_USAGE, "--%s takes no value", option != NULL ? option->name : HELP_NAME);
	if (optopt != 0)
		return pf_fail(err, PF_ERR_USAGE, "unknown option -%c; --help lists them", optopt);
	return unknown(arena, options, argv[optind - 1], err);
}

bool
pf_options_parse(struct pf_arena *arena, const struct pf_option *options, int argc, char **argv, void *flags,
		 char ***operands, bool *help, struct pf_err *err)
{
	struct tables t = tables_of(arena, options);
	int value;

	optind = 0;
	opterr = 0;
	*help = false;
	while ((value = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		if (value == '?' || value == ':')
			return refused(arena, options, value, argv, err);
		if (value == 'h')
			*help = true;
		else if (!take(arena, by_value(options, value), optarg, flags, err))
			return false;
	}
	*operands = argv + optind;
	return true;
}
