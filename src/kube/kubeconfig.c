#include "kube/kubeconfig.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <postflight/file.h>
#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

/* The most names that a sentence lists. */
#define NAMES_SHOWN 8

static const struct {
	const char *list;
	const char *word;
} kinds[PF_KUBECONFIG_KINDS] = {
	[PF_KUBECONFIG_CLUSTER] = {"clusters", "cluster"},
	[PF_KUBECONFIG_CONTEXT] = {"contexts", "context"},
	[PF_KUBECONFIG_USER] = {"users", "user"},
};

const char *
pf_kubeconfig_word(enum pf_kubeconfig_kind kind)
{
	return kinds[kind].word;
}

const char *
pf_kubeconfig_quote(struct pf_arena *arena, const char *name)
{
	return pf_printf(arena, "\"%s\"", pf_one_line(arena, name, 80));
}

const struct pf_kubeconfig_entry *
pf_kubeconfig_find(const struct pf_kubeconfig *config, enum pf_kubeconfig_kind kind, const char *name)
{
	size_t i;

	for (i = 0; i < config->entries[kind].count; i++)
		if (pf_streq(config->entries[kind].at[i].name, name))
			return &config->entries[kind].at[i];
	return NULL;
}

bool
pf_kubeconfig_is_empty(const struct pf_kubeconfig *config)
{
	int kind;

	for (kind = 0; kind < PF_KUBECONFIG_KINDS; kind++)
		if (config->entries[kind].count > 0)
			return false;
	return config->current_context == NULL;
}

static char *
absolute(struct pf_arena *arena, const char *path)
{
	char here[PATH_MAX];

	if (*path == '/' || getcwd(here, sizeof(here)) == NULL)
		return pf_strdup(arena, path);
	return pf_printf(arena, "%s/%s", here, path);
}

static bool
add_entry(struct pf_arena *arena, struct pf_kubeconfig *config, enum pf_kubeconfig_kind kind, const char *file,
	  const cJSON *item, struct pf_err *err)
{
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "name");
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, kinds[kind].word);
	const struct pf_kubeconfig_entry *there;
	struct pf_kubeconfig_entry *grown;
	size_t count = config->entries[kind].count;

	if (!cJSON_IsObject(item) || (name != NULL && !cJSON_IsString(name)))
		return pf_fail(err, PF_ERR_CONFIG,
			       "%s: each entry of %s needs a name (text, in quotes if need be) and a %s", file,
			       kinds[kind].list, kinds[kind].word);
	if (value != NULL && !cJSON_IsObject(value) && !cJSON_IsNull(value))
		return pf_fail(err, PF_ERR_CONFIG, "%s: %s of %s %s is no mapping", file, kinds[kind].word,
			       kinds[kind].word, pf_kubeconfig_quote(arena, name ? name->valuestring : ""));

	there = pf_kubeconfig_find(config, kind, name ? name->valuestring : "");
	if (there != NULL && strcmp(there->file, file) == 0)
		return pf_fail(err, PF_ERR_CONFIG, "%s lists %s %s twice; remove one of them", file, kinds[kind].word,
			       pf_kubeconfig_quote(arena, there->name));
	if (there != NULL)
		return true;
	if ((count & (count - 1)) == 0) { /* room is a power of two */
		grown = pf_alloc_array(arena, count == 0 ? 1 : count * 2, sizeof(*grown));
		if (count > 0)
			memcpy(grown, config->entries[kind].at, count * sizeof(*grown));
		config->entries[kind].at = grown;
	}
	config->entries[kind].at[config->entries[kind].count++] = (struct pf_kubeconfig_entry){
		.name = name ? name->valuestring : "",
		.value = cJSON_IsObject(value) ? value : NULL,
		.file = file,
	};
	return true;
}

/* Adds what DOCUMENT says and CONFIG does not say yet. */
static bool
merge(struct pf_arena *arena, struct pf_kubeconfig *config, const char *file, const cJSON *document, struct pf_err *err)
{
	const char *kind_word = PF_STRING_AT(document, "kind");
	const cJSON *current = PF_AT(document, "current-context");
	int kind;

	if (!cJSON_IsObject(document))
		return pf_fail(err, PF_ERR_CONFIG,
			       "%s is no kubeconfig: it is no mapping with clusters, contexts and users", file);
	if (kind_word != NULL && *kind_word != '\0' && strcmp(kind_word, "Config") != 0)
		return pf_fail(err, PF_ERR_CONFIG, "%s is no kubeconfig: its kind is %s, not Config", file,
			       pf_kubeconfig_quote(arena, kind_word));
	if (current != NULL && !cJSON_IsString(current) && !cJSON_IsNull(current))
		return pf_fail(err, PF_ERR_CONFIG, "%s: current-context is no text; put the name in quotes", file);
	if (config->current_context == NULL && cJSON_IsString(current) && *current->valuestring != '\0')
		config->current_context = current->valuestring;

	for (kind = 0; kind < PF_KUBECONFIG_KINDS; kind++) {
		const cJSON *list = cJSON_GetObjectItemCaseSensitive(document, kinds[kind].list), *item;
		if (list != NULL && !cJSON_IsArray(list) && !cJSON_IsNull(list))
			return pf_fail(err, PF_ERR_CONFIG, "%s: %s is no list", file, kinds[kind].list);
		cJSON_ArrayForEach(item, list) if (!add_entry(arena, config, (enum pf_kubeconfig_kind)kind, file, item,
							      err)) return false;
	}
	return true;
}

/* An empty file is as good as one that says nothing, which only matters when no other says anything. */
static bool
read_file(struct pf_arena *arena, struct pf_kubeconfig *config, const char *file, struct pf_err *err)
{
	cJSON *document;
	char *text;
	size_t len;

	if (!pf_file_read(arena, file, PF_KUBECONFIG_CAP, &text, &len, err)) {
		if (err->kind == PF_ERR_NOT_FOUND)
			return true;
		return pf_fail(err, PF_ERR_CONFIG,
			       "the kubeconfig cannot be used: %s; name another one with --kubeconfig or KUBECONFIG",
			       err->text);
	}
	config->files = *config->files == '\0' ? file : pf_printf(arena, "%s and %s", config->files, file);
	if (memchr(text, '\0', len) != NULL)
		return pf_fail(err, PF_ERR_CONFIG, "%s is no kubeconfig: it holds binary data", file);
	document = pf_yaml_parse(arena, text, len, err);
	if (document == NULL)
		return pf_fail(err, PF_ERR_CONFIG, "%s is no kubeconfig: %s", file, err->text);
	if (cJSON_IsNull(document))
		return true;
	return merge(arena, config, file, document, err);
}

bool
pf_kubeconfig_load(struct pf_arena *arena, const char *const *paths, struct pf_kubeconfig *out, struct pf_err *err)
{
	struct pf_kubeconfig config = {.files = ""};
	size_t i, j;

	for (i = 0; paths[i] != NULL; i++) {
		for (j = 0; j < i && strcmp(paths[i], paths[j]) != 0; j++)
			;
		if (j == i && !read_file(arena, &config, absolute(arena, paths[i]), err))
			return false;
	}
	*out = config;
	return true;
}

const char *
pf_kubeconfig_names(const struct pf_kubeconfig *config, enum pf_kubeconfig_kind kind, struct pf_arena *arena)
{
	size_t i, count = config->entries[kind].count;
	const char *text = "";

	for (i = 0; i < count && i < NAMES_SHOWN; i++)
		text = pf_printf(arena, "%s%s%s", text, i == 0 ? "" : ", ",
				 pf_kubeconfig_quote(arena, config->entries[kind].at[i].name));
	return count > NAMES_SHOWN ? pf_printf(arena, "%s and %zu more", text, count - NAMES_SHOWN) : text;
}

const char *
pf_kubeconfig_suggest(const struct pf_kubeconfig *config, enum pf_kubeconfig_kind kind, const char *name,
		      struct pf_arena *arena)
{
	unsigned limit = strlen(name) > 8 ? 3 : 2, best = limit + 1;
	const char *near = NULL;
	size_t i;

	for (i = 0; i < config->entries[kind].count; i++) {
		unsigned distance = pf_edit_distance(name, config->entries[kind].at[i].name, limit);
		if (distance < best) {
			best = distance;
			near = config->entries[kind].at[i].name;
		}
	}
	if (near != NULL)
		return pf_printf(arena, "did you mean %s?", pf_kubeconfig_quote(arena, near));
	if (config->entries[kind].count == 0)
		return pf_printf(arena, "there are no %s", kinds[kind].list);
	return pf_printf(arena, "there is %s", pf_kubeconfig_names(config, kind, arena));
}
