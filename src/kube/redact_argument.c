/* Command lines element by element: where a value stands in an argument, and which argument announces the next one. */
#include "kube/redact_internal.h"

size_t
pf_argument_value(const char *text)
{
	size_t at = strcspn(text, "= \t\n\"'");
	size_t capitals = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	if (text[at] != '=' || (capitals == at && strpbrk(text, " \t\n") != NULL))
		return 0;
	return at + 1;
}

struct pf_str
pf_argument_name(const char *text, size_t len)
{
	struct pf_str name = {text, len};

	while (name.len > 0 && *name.p == '-') {
		name.p++;
		name.len--;
	}
	if (len - name.len == 1 && name.len > 1 && *name.p == 'D')
		name = (struct pf_str){name.p + 1, name.len - 1};
	return name;
}

bool
pf_argument_announces(const char *text, const char *next)
{
	struct pf_str name = pf_argument_name(text, strlen(text));

	if (text[0] != '-' || next[0] == '-' || strpbrk(text, "= \t\n") != NULL)
		return false;
	if (pf_str_eq(name, PF_STR("u")) || pf_str_eq(name, PF_STR("user")) || pf_str_eq(name, PF_STR("proxy-user")))
		return strchr(next, ':') != NULL;
	return pf_secret_name(name);
}
