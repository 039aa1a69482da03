#include "diagnose/facts.h"

#include <string.h>

#include <postflight/buf.h>
#include <postflight/redact.h>
#include <postflight/str.h>

/* More than any list of names or fault lines that a report is going to show. */
#define TEXT_CAP (64 * 1024)

#define TOKEN_START "{{redacted:"
#define TOKEN_END "}}"

const struct pf_fact *
pf_fact_of(const struct pf_check_result *results, struct pf_fact_ref ref)
{
	const struct pf_check_result *result = &results[ref.check];

	for (size_t i = result->fact_count; ref.fact != NULL && i-- > 0;) {
		const struct pf_fact *fact = &result->facts[i];

		if (fact->desc == ref.fact || pf_streq(fact->desc->name, ref.fact->name))
			return fact;
	}
	return NULL;
}

bool
pf_check_observed(const struct pf_check_result *result)
{
	return result->done && result->verdict != PF_SKIP && result->verdict != PF_ERROR;
}

bool
pf_fact_is_secret(const struct pf_fact *fact)
{
	if (fact->secret || (fact->text != NULL && pf_has_token(fact->text)))
		return true;
	for (size_t i = 0; i < fact->list_len; i++) {
		if (pf_has_token(fact->list[i]))
			return true;
	}
	return false;
}

const char *
pf_fact_text(struct pf_arena *arena, const struct pf_fact *fact, const char *separator)
{
	if (fact->desc->type != PF_TYPE_LIST)
		return fact->text != NULL ? fact->text : "";

	PF_AUTO_BUF text = PF_BUF(TEXT_CAP);
	for (size_t i = 0; i < fact->list_len; i++) {
		if (i > 0)
			pf_buf_puts(&text, separator);
		pf_buf_puts(&text, fact->list[i]);
	}
	return pf_strdup(arena, pf_buf_text(&text));
}

const char *
pf_hide_tokens(struct pf_arena *arena, const char *text)
{
	const char *start = text != NULL ? strstr(text, TOKEN_START) : NULL;

	if (start == NULL)
		return text;

	PF_AUTO_BUF shown = PF_BUF(TEXT_CAP);
	while (start != NULL) {
		const char *end = strstr(start, TOKEN_END);

		pf_buf_add(&shown, text, (size_t)(start - text));
		pf_buf_puts(&shown, PF_NOT_SHOWN);
		/* A token that was cut hides the rest: how long the secret part is, nobody can say. */
		text = end != NULL ? end + strlen(TOKEN_END) : "";
		start = strstr(text, TOKEN_START);
	}
	pf_buf_puts(&shown, text);
	return pf_strdup(arena, pf_buf_text(&shown));
}

struct pf_evidence
pf_evidence_shown(struct pf_arena *arena, const struct pf_fact *fact)
{
	struct pf_evidence evidence = fact->evidence;

	if (fact->secret) {
		evidence.value = evidence.value != NULL ? PF_NOT_SHOWN : NULL;
		evidence.line = NULL;
	}
	evidence.value = pf_hide_tokens(arena, evidence.value);
	evidence.line = pf_hide_tokens(arena, evidence.line);
	return evidence;
}

static bool
among(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (pf_streq(words[i], word))
			return true;
	}
	return false;
}

const char *const *
pf_facts_collect(struct pf_arena *arena, const struct pf_check_result *results, size_t count, const char *suffix)
{
	size_t room = 1, len = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < results[i].fact_count; j++)
			room += results[i].facts[j].list_len;
	}

	const char **words = pf_alloc_array(arena, room, sizeof(*words));
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < results[i].fact_count; j++) {
			const struct pf_fact *fact = &results[i].facts[j];

			if (fact->secret || !pf_ends_with(fact->desc->name, suffix))
				continue;
			for (size_t k = 0; k < fact->list_len; k++) {
				const char *word = pf_hide_tokens(arena, fact->list[k]);

				if (!among(words, len, word))
					words[len++] = word;
			}
		}
	}
	return words;
}
