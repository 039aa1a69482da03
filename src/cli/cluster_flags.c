#include "cli/cluster_flags.h"

#include <postflight/str.h>
#include <postflight/text.h>

#define VALUE_MAX 4096 /* bytes */

/* What a terminal must not be given to paste is left to the person who typed it. */
static bool
is_fit(struct pf_arena *arena, const char *value)
{
	return value != NULL && value[0] != '\0' && pf_streq(pf_one_line(arena, value, VALUE_MAX), value);
}

const char *
pf_cluster_flags(struct pf_arena *arena, const struct pf_run_flags *flags, const char *server)
{
	const struct {
		const char *name, *value;
	} said[] = {
		{"kubeconfig", flags->kubeconfig},
		{"context", flags->context},
		{"cluster", flags->cluster},
		{"user", flags->user},
		{"server", flags->server != NULL ? server : NULL},
		{"certificate-authority", flags->certificate_authority},
	};
	const char *words = "";

	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
		if (is_fit(arena, said[i].value))
			words = pf_printf(arena, "%s%s--%s %s", words, words[0] != '\0' ? " " : "", said[i].name,
					  pf_shell_word(arena, said[i].value));
	}
	/* kubectl takes a token, and no file of one. */
	if (is_fit(arena, flags->token_file))
		words = pf_printf(arena, "%s%s--token \"$(cat %s)\"", words, words[0] != '\0' ? " " : "",
				  pf_shell_word(arena, flags->token_file));
	return words;
}
