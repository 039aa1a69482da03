/* Patterns: regular expressions that say what a record of a log means. */
#include <string.h>

#include <postflight/json.h>

#include "plan/loading.h"
#include "plan/regex.h"

/* The place of the member's word in WORDS, from FIRST on; 0 when it is absent or none (its form complained of it). */
static size_t
choice(struct pf_loading *loading, const struct pf_place *pattern, const char *member, const char *words, size_t first)
{
	const char *word = PF_STRING_AT(pattern->node, member);
	size_t index = word != NULL ? pf_index_of(pf_split(loading->arena, words), word) : PF_NOBODY;

	return index != PF_NOBODY ? first + index : 0;
}

static const struct pf_regex *
load_regex(struct pf_loading *loading, const struct pf_place *pattern, const char *member)
{
	struct pf_place place = pf_place_member(pattern, member);
	const char *text = pf_json_string(place.node), *why = "";
	struct pf_regex *regex;

	if (text == NULL || *text == '\0')
		return NULL;
	regex = pf_regex_compile(loading->arena, text, &why);
	if (regex == NULL)
		pf_wrong(&place, "%s %s", pf_quote(loading->arena, text), why);
	else if (pf_regex_search(regex, PF_STR(""), NULL) != PF_REGEX_NO)
		pf_wrong(&place,
			 "%s fits a text with nothing in it, and so every record; expected one that needs something",
			 pf_quote(loading->arena, text));
	return regex;
}

static struct pf_pattern
load_pattern(struct pf_loading *loading, const struct pf_place *place)
{
	return (struct pf_pattern){
		.title = PF_STRING_AT(place->node, "title"),
		.kind = (enum pf_pattern_kind)choice(loading, place, "kind", PF_PATTERN_KINDS, PF_PATTERN_FAULT),
		.field = (enum pf_pattern_field)choice(loading, place, "field", PF_PATTERN_FIELDS, PF_PATTERN_MESSAGE),
		.level = (enum pf_log_level)choice(loading, place, "level", PF_PATTERN_LEVELS, PF_LOG_TRACE),
		.match = load_regex(loading, place, "match"),
		.except = load_regex(loading, place, "except"),
		.help = PF_STRING_AT(place->node, "help"),
	};
}

void
pf_patterns_load(struct pf_loading *loading, const struct pf_place *patterns)
{
	size_t count = pf_element_count(patterns), i = 0;
	struct pf_pattern *out = pf_alloc_array(loading->arena, count + 1, sizeof(*out));
	const char *const *ids = pf_index_names(loading, patterns, "id");
	const cJSON *node;

	cJSON_ArrayForEach(node, patterns->node)
	{
		struct pf_place element = pf_place_element(patterns, i, node);

		if (i >= count)
			break;
		out[i] = load_pattern(loading, &element);
		out[i].id = ids[i];
		i++;
	}
	loading->plan->patterns = out;
	loading->plan->pattern_count = count;
}

enum pf_pattern_outcome
pf_pattern_match(const struct pf_pattern *pattern, const struct pf_log_record *record, struct pf_str *value)
{
	const char *const fields[PF_PATTERN_FIELD_COUNT] = {
		[PF_PATTERN_MESSAGE] = record->message,
		[PF_PATTERN_CAUSE] = record->cause,
		[PF_PATTERN_RECORD] = record->text,
	};
	struct pf_str subject = pf_str(fields[pattern->field]);
	enum pf_regex_outcome outcome;

	if (record->level < pattern->level || subject.len == 0)
		return PF_PATTERN_NO;
	/* What a program tells in passing may quote anything, an item's name for one. */
	if (pattern->kind == PF_PATTERN_FAULT && record->level != PF_LOG_NONE && record->level < PF_LOG_WARN)
		return PF_PATTERN_NO;
	outcome = pf_regex_search(pattern->match, subject, value);
	if (outcome == PF_REGEX_YES && pattern->except != NULL) {
		outcome = pf_regex_search(pattern->except, subject, NULL);
		if (outcome != PF_REGEX_LIMIT)
			return outcome == PF_REGEX_YES ? PF_PATTERN_NO : PF_PATTERN_YES;
	}
	return outcome == PF_REGEX_LIMIT ? PF_PATTERN_GAVE_UP
	       : outcome == PF_REGEX_YES ? PF_PATTERN_YES
					 : PF_PATTERN_NO;
}
