#include "probe/flag.h"

#include <string.h>
#include <strings.h>

#include <postflight/redact.h>
#include <postflight/str.h>

/* org.springframework.core.convert.support.StringToBooleanConverter: blanks around it and case are ignored. */
static const struct {
	const char *text;
	bool value;
} words[] = {
	{"true", true},   {"on", true},   {"yes", true}, {"1", true},
	{"false", false}, {"off", false}, {"no", false}, {"0", false},
};

static const char *
trimmed(struct pf_arena *arena, const char *text)
{
	static const char blanks[] = " \t\r\n";
	if (text == NULL)
		return NULL;
	text += strspn(text, blanks);
	size_t len = strlen(text);
	while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
		len--;
	return pf_strndup(arena, text, len);
}

const char *
pf_flag_read(struct pf_probe_context *ctx, const struct pf_subject *subject, const char *name, const char **why)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	struct pf_token token;
	const struct pf_env_var *var = pf_env_get(subject->env, name);

	*why = "";
	if (var == NULL && pf_subject_missing(subject, name) != NULL) {
		*why = pf_subject_doubt(ctx, subject, name);
		return "reference-missing";
	}
	if (var == NULL && pf_env_unread(subject->env, name) != NULL) {
		*why = pf_env_unread(subject->env, name);
		return "not-read";
	}
	if (var == NULL || (var->value != NULL && var->value[0] == '\0'))
		return "unset";
	if (var->value == NULL) {
		*why = var->unknown;
		return "not-read";
	}
	const char *plain = trimmed(arena, pf_env_plain(arena, var));
	if (plain == NULL && pf_token_parse(arena, var->value, &token) && pf_streq(token.cls, "other")) {
		*why = "it is secret and has a line break or another control character in it";
		return "not-read";
	}
	if (plain != NULL && plain[0] == '\0')
		return "unset";
	for (size_t i = 0; plain != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(plain, words[i].text) == 0)
			return words[i].value ? "true" : "false";
	}
	return "not-boolean";
}
