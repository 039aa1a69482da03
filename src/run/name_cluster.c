#include "run/name_cluster.h"

#include <string.h>

#include <postflight/buf.h>
#include <postflight/str.h>

#define TEXT_CAP (512 * 1024)

static const char call[] = "kubectl ";

/* Where in a command the next byte stands. */
struct place {
	char quote; /* ' or ", 0 outside */
	bool word;  /* within a word, not at its start */
};

static bool
is_call(const char *p)
{
	return strncmp(p, call, strlen(call)) == 0;
}

/* Moves over one byte, or over an escape and what it escapes; returns how many bytes that is. */
static size_t
step(struct place *place, const char *p)
{
	if (*p == '\\' && place->quote != '\'' && p[1] != '\0') {
		place->word = true;
		return 2;
	}
	if (place->quote == 0 && (*p == '\'' || *p == '"'))
		place->quote = *p;
	else if (place->quote == *p)
		place->quote = 0;
	place->word = place->quote != 0 || strchr(" \t\n;|&()", *p) == NULL;
	return 1;
}

/* In prose an apostrophe is none of a shell's quotes. */
static const char *
named(struct pf_arena *arena, const char *flags, const char *text, bool is_command)
{
	PF_AUTO_BUF out = PF_BUF(TEXT_CAP);
	struct place place = {0};

	if (text == NULL || strstr(text, call) == NULL)
		return text;
	for (const char *p = text; *p != '\0';) {
		if ((place.quote == 0 || !is_command) && !place.word && is_call(p))
			pf_buf_printf(&out, "kubectl %s", flags), p += strlen("kubectl");

		size_t len = step(&place, p);
		pf_buf_add(&out, p, len);
		p += len;
		if (!is_command)
			place = (struct place){.word = strchr(" (:`", p[-1]) == NULL};
	}
	return pf_strdup(arena, pf_buf_text(&out));
}

static const struct pf_fix_text *
name_fixes(struct pf_arena *arena, const char *flags, const struct pf_fix_text *fixes, size_t count)
{
	struct pf_fix_text *copies = pf_alloc_array(arena, count + 1, sizeof(*copies));

	for (size_t i = 0; i < count; i++) {
		copies[i] = fixes[i];
		copies[i].text = named(arena, flags, fixes[i].text, fixes[i].is_command);
	}
	return copies;
}

void
pf_name_cluster(struct pf_arena *arena, const char *flags, struct pf_result *result)
{
	struct pf_diagnosis *diagnosis = &result->diagnosis;
	struct pf_cause *causes = pf_alloc_array(arena, diagnosis->cause_count + 1, sizeof(*causes));
	struct pf_lead *leads = pf_alloc_array(arena, diagnosis->lead_count + 1, sizeof(*leads));

	if (flags == NULL || flags[0] == '\0')
		return;
	for (size_t i = 0; i < diagnosis->cause_count; i++) {
		causes[i] = diagnosis->causes[i];
		causes[i].fixes = name_fixes(arena, flags, causes[i].fixes, causes[i].fix_count);
	}
	for (size_t i = 0; i < diagnosis->lead_count; i++) {
		leads[i] = diagnosis->leads[i];
		leads[i].next = name_fixes(arena, flags, leads[i].next, leads[i].next_count);
	}
	diagnosis->causes = causes;
	diagnosis->leads = leads;
	for (size_t i = 0; i < result->plan->check_count; i++)
		result->checks[i].message = named(arena, flags, result->checks[i].message, false);
}
