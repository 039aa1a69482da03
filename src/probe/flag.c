#include "probe/flag.h"

#include <strings.h>

#include <postflight/str.h>

/* org.springframework.core.convert.support.StringToBooleanConverter: trimmed by nobody, case ignored. */
static const struct {
	const char *text;
	bool value;
} words[] = {
	{"true", true},   {"on", true},   {"yes", true}, {"1", true},
	{"false", false}, {"off", false}, {"no", false}, {"0", false},
};

const char *
pf_flag_read(struct pf_probe_context *ctx, const struct pf_subject *subject, const char *name, const char **why)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	const struct pf_env_var *var = pf_env_get(subject->env, name);

	*why = "";
	if (var == NULL && pf_subject_missing(subject, name) != NULL) {
		*why = pf_subject_doubt(ctx, subject, name);
		return "reference-missing";
	}
	if (var == NULL && subject->env->unread != NULL) {
		*why = subject->env->unread;
		return "not-read";
	}
	if (var == NULL || (var->value != NULL && var->value[0] == '\0'))
		return "unset";
	if (var->value == NULL) {
		*why = var->unknown;
		return "not-read";
	}
	const char *plain = pf_env_plain(arena, var);
	for (size_t i = 0; plain != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(plain, words[i].text) == 0)
			return words[i].value ? "true" : "false";
	}
	return "not-boolean";
}
