#include "diagnose/fixes.h"

#include <string.h>

#include <postflight/str.h>
#include <postflight/text.h>

#include "diagnose/facts.h"
#include "diagnose/fill.h"
#include "kube/managed_by.h"
#include "probe/env_fix.h"

#define COMMAND_CAP (64 * 1024)

/* A list of fixes that grows: one SET_ENV may become several. */
struct fix_list {
	struct pf_fix_text *texts;
	size_t len;
	size_t room;
	bool alternative; /* the next text begins one */
};

static void
add_fix(struct pf_arena *arena, struct fix_list *list, bool is_command, const char *text)
{
	if (list->len == list->room) {
		size_t room = list->room * 2 + 4;
		struct pf_fix_text *texts = pf_alloc_array(arena, room, sizeof(*texts));

		if (list->len > 0)
			memcpy(texts, list->texts, list->len * sizeof(*texts));
		list->texts = texts;
		list->room = room;
	}
	list->texts[list->len++] = (struct pf_fix_text){is_command, text, list->alternative};
	list->alternative = false;
}

static void
add_command(struct pf_arena *arena, struct fix_list *list, const char *command, const struct pf_buf *gaps)
{
	if (gaps->len == 0)
		add_fix(arena, list, true, command);
	else
		add_fix(arena, list, false, pf_printf(arena, "fill in %s and run: %s", pf_buf_text(gaps), command));
}

/* Whoever writes the object undoes what is changed by hand. Said once for all commands on it. */
static void
note_manager(const struct pf_findings *findings, const struct pf_fix *fix, struct fix_list *list)
{
	const struct pf_fact *fact = fix->managed_by != NULL ? pf_fact_of(findings->results, *fix->managed_by) : NULL;

	if (fact == NULL || fact->evidence.source == NULL)
		return;

	const char *manager = pf_fact_text(findings->arena, fact, ", ");
	const char *note = pf_managed_note(findings->arena, fact->evidence.source, manager);
	for (size_t i = 0; i < list->len; i++) {
		if (pf_streq(list->texts[i].text, note))
			return;
	}
	add_fix(findings->arena, list, false, note);
}

static void
lower_command(const struct pf_findings *findings, const struct pf_fix *fix, struct fix_list *list)
{
	PF_AUTO_BUF gaps = PF_GAPS;
	const char *command = pf_fill_command(findings, fix->text, &gaps);

	add_command(findings->arena, list, command, &gaps);
	note_manager(findings, fix, list);
}

static void
lower_instruction(const struct pf_findings *findings, const struct pf_fix *fix, struct fix_list *list)
{
	add_fix(findings->arena, list, false, pf_fill_text(findings, fix->text));
}

/* A SET_ENV fix with its templates filled in. CONTAINER_WORD is the container as a command would name it. */
struct env_change {
	const char *deployment;
	const char *container; /* NULL: not named, or left open */
	const char *container_word;
	const char **names;
	const char **values; /* NULL removes */
	size_t count;
};

/* The container has its own gaps: where objects were seen, it is found without being named. */
static struct env_change
fill_change(const struct pf_findings *findings, const struct pf_fix *fix, struct pf_buf *gaps,
	    struct pf_buf *container_gaps)
{
	struct env_change change = {
		.deployment = pf_fill_value(findings, fix->deployment, gaps),
		.names = pf_alloc_array(findings->arena, fix->count + 1, sizeof(char *)),
		.values = pf_alloc_array(findings->arena, fix->count + 1, sizeof(char *)),
		.count = fix->count,
	};

	if (fix->container != NULL)
		change.container_word = pf_fill_value(findings, fix->container, container_gaps);
	if (change.container_word != NULL && change.container_word[0] == '\0')
		change.container_word = NULL;
	if (container_gaps->len == 0)
		change.container = change.container_word;
	for (size_t i = 0; i < fix->count; i++) {
		change.names[i] = pf_fill_value(findings, fix->names[i], gaps);
		change.values[i] = fix->values[i] != NULL ? pf_fill_value(findings, fix->values[i], gaps) : NULL;
	}
	return change;
}

static const char *
kubectl_set_env(const struct pf_findings *findings, const struct env_change *change)
{
	struct pf_arena *arena = findings->arena;
	PF_AUTO_BUF command = PF_BUF(COMMAND_CAP);

	pf_buf_printf(&command, "kubectl -n %s set env %s", pf_shell_word(arena, findings->namespace_),
		      pf_shell_word(arena, pf_printf(arena, "deploy/%s", change->deployment)));
	if (change->container_word != NULL)
		pf_buf_printf(&command, " -c %s", pf_shell_word(arena, change->container_word));
	for (size_t i = 0; i < change->count; i++) {
		const char *word = change->values[i] != NULL
					   ? pf_printf(arena, "%s=%s", change->names[i], change->values[i])
					   : pf_printf(arena, "%s-", change->names[i]);

		pf_buf_printf(&command, " %s", pf_shell_word(arena, word));
	}
	return pf_strdup(arena, pf_buf_text(&command));
}

/* Without an object to look at: kubectl's own way, which without -c would change every container. */
static void
add_kubectl_set_env(const struct pf_findings *findings, const struct env_change *change, struct pf_buf *gaps,
		    const struct pf_buf *container_gaps, struct fix_list *list)
{
	if (gaps->len > 0 && container_gaps->len > 0)
		pf_buf_puts(gaps, ", ");
	pf_buf_puts(gaps, pf_buf_text(container_gaps));
	add_command(findings->arena, list, kubectl_set_env(findings, change), gaps);
}

static void
lower_set_env(const struct pf_findings *findings, const struct pf_fix *fix, struct fix_list *list)
{
	PF_AUTO_BUF gaps = PF_GAPS, container_gaps = PF_GAPS;
	struct env_change change = fill_change(findings, fix, &gaps, &container_gaps);
	const struct pf_env_fix_text *texts = NULL;
	size_t count = 0;

	/* Where the winning value comes from is known only when objects were seen, and no place is found by a gap. */
	if (findings->session == NULL || gaps.len > 0 ||
	    !pf_env_fix(findings->session, findings->arena, findings->namespace_, change.deployment, change.container,
			change.names, change.values, change.count, &texts, &count)) {
		add_kubectl_set_env(findings, &change, &gaps, &container_gaps, list);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const char *shown = pf_hide_tokens(findings->arena, texts[i].text);

		add_fix(findings->arena, list, texts[i].is_command && shown == texts[i].text, shown);
	}
}

static void (*const lower[])(const struct pf_findings *, const struct pf_fix *, struct fix_list *) = {
	[PF_FIX_COMMAND] = lower_command,
	[PF_FIX_INSTRUCTION] = lower_instruction,
	[PF_FIX_SET_ENV] = lower_set_env,
};

void
pf_fixes(const struct pf_findings *findings, const struct pf_fix *fixes, size_t count, const struct pf_fix_text **out,
	 size_t *out_count)
{
	struct fix_list list = {0};

	for (size_t i = 0; i < count; i++) {
		const struct pf_fix *fix = &fixes[i];

		if (pf_condition_eval(findings->plan, findings->results, fix->when) != PF_TRUE)
			continue;
		/* Where nothing stands before it, it is no alternative to anything. */
		list.alternative = fix->alternative && list.len > 0;
		lower[fix->kind](findings, fix, &list);
	}
	*out = list.texts;
	*out_count = list.len;
}
