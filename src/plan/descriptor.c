#include <postflight/descriptor.h>

#include <string.h>

#include <postflight/str.h>

const struct pf_descriptor *
pf_descriptor_find(const struct pf_descriptor *const *table, const char *kind)
{
	for (; kind != NULL && *table != NULL; table++)
		if (strcmp((*table)->kind, kind) == 0)
			return *table;
	return NULL;
}

const struct pf_param *
pf_descriptor_param(const struct pf_descriptor *descriptor, const char *name)
{
	for (const struct pf_param *p = descriptor->params; p != NULL && p->name != NULL; p++)
		if (pf_streq(p->name, name))
			return p;
	return NULL;
}

const struct pf_fact_desc *
pf_descriptor_fact(const struct pf_descriptor *descriptor, const char *name)
{
	for (const struct pf_fact_desc *f = descriptor->facts; f != NULL && f->name != NULL; f++)
		if (pf_streq(f->name, name))
			return f;
	return NULL;
}

bool
pf_word_in(const char *words, const char *word)
{
	size_t len = word != NULL ? strlen(word) : 0;

	if (words == NULL || len == 0)
		return false;
	while (*words != '\0') {
		size_t n = strcspn(words, " ");

		if (n == len && memcmp(words, word, n) == 0)
			return true;
		words += n;
		words += strspn(words, " ");
	}
	return false;
}

const char *
pf_type_name(enum pf_type type)
{
	static const char *const names[PF_TYPE_COUNT] = {
		[PF_TYPE_STRING] = "string", [PF_TYPE_INT] = "integer",          [PF_TYPE_BOOL] = "true or false",
		[PF_TYPE_ENUM] = "one of",   [PF_TYPE_LIST] = "list of strings",
	};

	return (unsigned)type < PF_TYPE_COUNT ? names[type] : "?";
}
