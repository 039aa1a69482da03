#include <postflight/text.h>

#include "report/text.h"

/* "Root cause   " and the labels below it. */
#define TITLE_COLUMN 13
#define LABEL_COLUMN 2
#define VALUE_COLUMN 17
#define FIX_INDENT 4

static void
label(struct pf_page *page, const char *text)
{
	pf_page_to(page, LABEL_COLUMN);
	pf_page_put(page, PF_INK_FAINT, text);
	pf_page_to(page, VALUE_COLUMN);
}

static char *
joined(struct pf_arena *arena, const char *const *words, const char *between)
{
	char *text = pf_strdup(arena, "");

	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		text = pf_printf(arena, "%s%s%s", text, i > 0 ? between : "", words[i]);
	return text;
}

static size_t
widest_source(const struct pf_evidence *evidence, size_t count)
{
	size_t widest = 0;

	for (size_t i = 0; i < count; i++) {
		const char *source = evidence[i].source;
		size_t columns = source != NULL ? pf_columns(source) : 0;
		widest = columns > widest ? columns : widest;
	}
	return widest < 48 ? widest : 48;
}

/* "path=value" reads as one thing when the path names a variable, "path value" else. */
static char *
seen(struct pf_arena *arena, const struct pf_evidence *evidence)
{
	const char *path = evidence->path != NULL ? evidence->path : "";
	const char *value = evidence->value != NULL ? evidence->value : "";
	const char *line = evidence->line != NULL ? evidence->line : "";
	const char *joint = path[0] == '\0' || value[0] == '\0' ? "" : pf_starts_with(path, "env ") ? "=" : " ";
	char *text = pf_printf(arena, "%s%s%s", path, joint, value);

	if (line[0] == '\0')
		return text;
	return text[0] != '\0' ? pf_printf(arena, "%s: %s", text, line) : pf_strdup(arena, line);
}

static void
evidence(struct pf_page *page, const struct pf_evidence *list, size_t count)
{
	unsigned column = VALUE_COLUMN + (unsigned)widest_source(list, count) + 2;

	for (size_t i = 0; i < count; i++) {
		if (i == 0)
			label(page, "evidence");
		else
			pf_page_to(page, VALUE_COLUMN);
		pf_page_put(page, PF_INK_PLAIN, list[i].source);
		char *text = seen(page->arena, &list[i]);
		if (page->width > 0 && column + pf_columns(text) > page->width) {
			pf_page_end(page);
			pf_page_to(page, VALUE_COLUMN + 2);
		} else {
			pf_page_to(page, column);
		}
		pf_page_flow(page, PF_INK_PLAIN, text);
	}
}

static void
steps_title(struct pf_page *page, const char *title)
{
	pf_page_to(page, LABEL_COLUMN);
	pf_page_put(page, PF_INK_STRONG, title);
	pf_page_end(page);
}

/* The commands up to the next alternative: all of them are to be run. */
static size_t
commands_of_one_way(const struct pf_fix_text *list, size_t count)
{
	size_t commands = 0;

	for (size_t i = 0; i < count && (i == 0 || !list[i].alternative); i++)
		commands += list[i].is_command;
	return commands;
}

/*
 * A command stands on a line of its own and is never wrapped: it is there to be copied. ALL says that each command of
 * a way is to be run; else each shows more by itself.
 */
static void
steps(struct pf_page *page, const char *title, bool all, const struct pf_fix_text *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || list[i].alternative) {
			const char *word = i == 0 ? title : "or";
			bool several = all && commands_of_one_way(list + i, count - i) > 1;
			steps_title(page, several ? pf_printf(page->arena, "%s, all in this order", word) : word);
		}
		if (list[i].is_command) {
			pf_page_verbatim(page, FIX_INDENT, list[i].text);
		} else {
			pf_page_to(page, FIX_INDENT);
			pf_page_flow(page, PF_INK_PLAIN, list[i].text);
		}
	}
}

static void
lead(struct pf_page *page, const struct pf_diagnosis *diagnosis, const struct pf_check_result *result)
{
	for (size_t i = 0; i < diagnosis->lead_count; i++) {
		const struct pf_lead *found = &diagnosis->leads[i];
		if (found->result != result)
			continue;
		evidence(page, found->evidence, found->evidence_count);
		steps(page, "next", false, found->next, found->next_count);
	}
}

static void
root_cause(struct pf_page *page, const struct pf_cause *cause)
{
	pf_page_put(page, PF_INK_BAD, "Root cause");
	pf_page_to(page, TITLE_COLUMN);
	pf_page_flow(page, PF_INK_STRONG, pf_printf(page->arena, "%s   (%s)", cause->title, cause->mode->id));
	if (cause->cause != NULL && cause->cause[0] != '\0') {
		pf_page_to(page, TITLE_COLUMN);
		pf_page_flow(page, PF_INK_PLAIN, cause->cause);
	}
	if (cause->mode->row != NULL) {
		label(page, "documented as");
		pf_page_flow(page, PF_INK_PLAIN, cause->mode->row->title);
	}
	evidence(page, cause->evidence, cause->evidence_count);
	steps(page, "fix", true, cause->fixes, cause->fix_count);
	if (cause->explains != NULL && cause->explains[0] != NULL) {
		label(page, "explains");
		pf_page_flow(page, PF_INK_PLAIN, joined(page->arena, cause->explains, ", "));
	}
	if (cause->consequences != NULL && cause->consequences[0] != NULL) {
		label(page, "leads to");
		pf_page_flow(page, PF_INK_PLAIN, joined(page->arena, cause->consequences, ", "));
	}
}

void
pf_text_diagnosis(struct pf_page *page, const struct pf_result *result)
{
	const struct pf_diagnosis *diagnosis = &result->diagnosis;
	struct pf_arena *arena = page->arena;

	for (size_t i = 0; i < diagnosis->cause_count; i++) {
		if (i > 0)
			pf_page_end(page);
		root_cause(page, &diagnosis->causes[i]);
	}
	if (diagnosis->cause_count > 0 && diagnosis->undecided_count + diagnosis->unexplained_count > 0)
		pf_page_end(page);
	for (size_t i = 0; i < diagnosis->undecided_count; i++) {
		const struct pf_undecided *open = &diagnosis->undecided[i];
		pf_page_put(page, PF_INK_UNSURE, "Cannot tell:");
		pf_page_to(page, page->column + 1);
		pf_page_flow(page, PF_INK_PLAIN, joined(arena, open->modes, " or "));
		label(page, "missing");
		pf_page_flow(page, PF_INK_PLAIN, open->missing);
	}
	for (size_t i = 0; i < diagnosis->unexplained_count; i++) {
		const struct pf_check_result *check = diagnosis->unexplained[i];
		pf_page_put(page, PF_INK_UNSURE, "Not explained:");
		pf_page_to(page, page->column + 1);
		pf_page_flow(page, PF_INK_PLAIN, pf_printf(arena, "%s: %s", check->check->id, check->message));
		lead(page, diagnosis, check);
	}
}
