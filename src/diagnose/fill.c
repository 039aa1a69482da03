#include "diagnose/fill.h"

#include <string.h>

#include <postflight/redact.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "diagnose/facts.h"
#include "plan/template.h"

#define TEXT_MAX 256            /* bytes of one value in a text */
#define VALUE_MAX 4096          /* of one value in a command; a longer one is nothing to paste */
#define FILLED_CAP (256 * 1024) /* of a whole template */

/* What one ${…} stands for. */
struct value {
	const char *text; /* NULL: it cannot be said, because of LACK */
	const char *lack;
};

static const char lack_observed[] = "not observed";
static const char lack_secret[] = "a secret, not shown";
static const char lack_unfit[] = "its value cannot stand in a command";

/* Where in a command the next byte stands. */
struct place {
	char quote; /* ' or ", 0 outside */
	bool json;  /* in a JSON string within single quotes */
	bool word;  /* within a word, not at its start */
};

static struct value
variable_value(const struct pf_findings *findings, const char *name)
{
	if (pf_streq(name, "namespace"))
		return (struct value){findings->namespace_, NULL};
	for (size_t i = 0; i < findings->plan->variable_count; i++) {
		const struct pf_variable *variable = &findings->plan->variables[i];

		if (pf_streq(variable->name, name))
			return (struct value){variable->value != NULL ? variable->value : "", NULL};
	}
	return (struct value){NULL, lack_observed};
}

static struct value
fact_value(const struct pf_findings *findings, const char *check_id, const char *name, const char *separator)
{
	size_t check = pf_plan_check_index(findings->plan, check_id);

	if (check == findings->plan->check_count)
		return (struct value){NULL, lack_observed};

	struct pf_fact_desc desc = {.name = name};
	const struct pf_fact *fact = pf_fact_of(findings->results, (struct pf_fact_ref){check, &desc});
	if (fact == NULL)
		return (struct value){NULL, lack_observed};
	if (pf_fact_is_secret(fact))
		return (struct value){NULL, lack_secret};
	return (struct value){pf_fact_text(findings->arena, fact, separator), NULL};
}

/* REFERENCE is NAME or CHECK:FACT. */
static struct value
value_of(const struct pf_findings *findings, const char *reference, const char *separator)
{
	const char *colon = strchr(reference, ':');

	if (colon == NULL)
		return variable_value(findings, reference);

	char *check_id = pf_strndup(findings->arena, reference, (size_t)(colon - reference));
	struct value value = fact_value(findings, check_id, colon + 1, separator);
	if (value.text != NULL && pf_has_token(value.text))
		return (struct value){NULL, lack_secret};
	return value;
}

const char *
pf_fill_text(const struct pf_findings *findings, const char *template)
{
	PF_AUTO_BUF out = PF_BUF(FILLED_CAP);

	for (struct pf_piece piece; (piece = pf_template_next(&template)).kind != PF_PIECE_END;) {
		if (piece.kind == PF_PIECE_DOLLAR) {
			pf_buf_puts(&out, "$");
		} else if (piece.kind == PF_PIECE_REFERENCE) {
			const char *reference = pf_strndup(findings->arena, piece.p, piece.len);
			struct value value = value_of(findings, reference, ", ");

			if (value.text != NULL)
				pf_buf_puts(&out, pf_one_line(findings->arena, value.text, TEXT_MAX));
			else
				pf_buf_puts(&out, value.lack == lack_secret ? PF_NOT_SHOWN : "(not observed)");
		} else {
			pf_buf_add(&out, piece.p, piece.len);
		}
	}
	return pf_strdup(findings->arena, pf_buf_text(&out));
}

/* Moves PLACE over one byte of the command as the plan's author wrote it; an escaped byte is not looked at. */
static void
follow_byte(struct place *place, char c)
{
	if (place->quote == 0 && (c == '\'' || c == '"'))
		place->quote = c;
	else if (place->quote != 0 && c == place->quote)
		*place = (struct place){0};
	else if (place->quote == '\'' && c == '"')
		place->json = !place->json;
	place->word = place->quote != 0 || strchr(" \t\n;|&()<>", c) == NULL;
}

static void
follow_quotes(struct place *place, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool escape = p[i] == '\\' && (place->quote != '\'' || place->json);

		if (escape)
			place->word = true;
		else
			follow_byte(place, p[i]);
		i += escape;
	}
}

static const char *
json_escaped(struct pf_arena *arena, const char *text)
{
	PF_AUTO_BUF out = PF_BUF(2 * VALUE_MAX + 1);

	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			pf_buf_puts(&out, "\\");
		pf_buf_add(&out, c, 1);
	}
	return pf_strdup(arena, pf_buf_text(&out));
}

static void
add_to_command(struct pf_arena *arena, struct pf_buf *out, const struct place *place, const char *text)
{
	const char *value = place->json ? json_escaped(arena, text) : text;
	const char *word = pf_shell_word(arena, value);

	if (place->quote == 0 || pf_streq(word, value)) {
		pf_buf_puts(out, place->quote != 0 && *value == '\0' ? "" : word);
		return;
	}
	if (*value == '\0')
		return;
	pf_buf_add(out, &place->quote, 1);
	pf_buf_puts(out, word);
	pf_buf_add(out, &place->quote, 1);
}

/* Control characters may end a terminal's paste mode, and a line break ends a command. */
static bool
is_fit(struct pf_arena *arena, const struct place *place, const char *text)
{
	if (strlen(text) > VALUE_MAX || !pf_streq(pf_one_line(arena, text, VALUE_MAX), text))
		return false;
	return place == NULL || place->word || text[0] != '-';
}

/* PORT for "cart.endpoint:endpoint.port", TABLE_NAME for "table-name". */
static char *
gap_word(struct pf_arena *arena, const char *reference)
{
	const char *last = reference;

	for (const char *c = reference; *c != '\0'; c++) {
		if (*c == '.' || *c == ':')
			last = c + 1;
	}

	char *word = pf_strdup(arena, last);
	for (char *c = word; *c != '\0'; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
		else if (!(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9'))
			*c = '_';
	}
	return word;
}

static const char *
leave_open(struct pf_arena *arena, const char *reference, const char *lack, struct pf_buf *gaps)
{
	const char *word = gap_word(arena, reference);
	const char *entry = pf_printf(arena, "%s (%s)", word, lack);

	if (strstr(pf_buf_text(gaps), entry) == NULL) {
		if (gaps->len > 0)
			pf_buf_puts(gaps, ", ");
		pf_buf_puts(gaps, entry);
	}
	return word;
}

/* PLACE is NULL where the caller quotes the whole. */
static const char *
fill_for_shell(const struct pf_findings *findings, const char *template, struct place *place, struct pf_buf *gaps)
{
	struct pf_arena *arena = findings->arena;
	PF_AUTO_BUF out = PF_BUF(FILLED_CAP);

	for (struct pf_piece piece; (piece = pf_template_next(&template)).kind != PF_PIECE_END;) {
		if (piece.kind != PF_PIECE_REFERENCE) {
			size_t len = piece.kind == PF_PIECE_DOLLAR ? 1 : piece.len;

			pf_buf_add(&out, piece.p, len);
			if (place != NULL)
				follow_quotes(place, piece.p, len);
			continue;
		}

		const char *reference = pf_strndup(arena, piece.p, piece.len);
		struct value value = value_of(findings, reference, ",");
		if (value.text != NULL && !is_fit(arena, place, value.text))
			value = (struct value){NULL, lack_unfit};
		if (value.text == NULL)
			pf_buf_puts(&out, leave_open(arena, reference, value.lack, gaps));
		else if (place != NULL)
			add_to_command(arena, &out, place, value.text);
		else
			pf_buf_puts(&out, value.text);
		if (place != NULL)
			place->word = true;
	}
	return pf_strdup(arena, pf_buf_text(&out));
}

const char *
pf_fill_command(const struct pf_findings *findings, const char *template, struct pf_buf *gaps)
{
	return fill_for_shell(findings, template, &(struct place){0}, gaps);
}

const char *
pf_fill_value(const struct pf_findings *findings, const char *template, struct pf_buf *gaps)
{
	return fill_for_shell(findings, template, NULL, gaps);
}
