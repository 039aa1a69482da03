#include "probe/merge.h"

#include <stdlib.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#define SELECTOR "labelSelector="
#define EQUALS "%3D"

/* A path with one selector of the form KEY=VALUE; KEY and VALUE as they are encoded. */
struct selection {
	struct pf_str before; /* up to the key */
	struct pf_str key;
	struct pf_str value;
	const char *after;
};

static bool
is_simple(struct pf_str text)
{
	/* A comma, a blank, a bracket or another comparison would make more of it than one key and one value. */
	static const char *const others[] = {"%2C", "%20", "%28", "%21", "%3D"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (memmem(text.p, text.len, others[i], 3) != NULL)
			return false;
	}
	return text.len > 0;
}

static bool
select_of(const char *path, struct selection *out)
{
	const char *start = strstr(path, SELECTOR);
	if (start == NULL)
		return false;
	start += strlen(SELECTOR);
	size_t len = strcspn(start, "&");
	const char *equals = memmem(start, len, EQUALS, strlen(EQUALS));
	if (equals == NULL)
		return false;
	const char *value = equals + strlen(EQUALS);
	*out = (struct selection){{path, (size_t)(start - path)},
				  {start, (size_t)(equals - start)},
				  {value, (size_t)(start + len - value)},
				  start + len};
	return is_simple(out->key) && is_simple(out->value);
}

static bool
can_merge(const struct pf_ask *ask, struct selection *out)
{
	return ask->kind == PF_ASK_API && pf_streq(ask->method, "GET") && strstr(ask->path, "&continue=") == NULL &&
	       select_of(ask->path, out);
}

static bool
alike(const struct selection *a, const struct selection *b)
{
	return pf_str_eq(a->before, b->before) && pf_str_eq(a->key, b->key) && strcmp(a->after, b->after) == 0;
}

static void
extend(struct pf_arena *arena, struct pf_ask *ask, const struct selection *first, const struct selection *more,
       bool opened)
{
	size_t head = first->before.len + first->key.len;
	if (!opened)
		ask->path = pf_printf(arena, "%.*s%%20in%%20%%28%.*s%%2C%.*s%%29%s", (int)head, first->before.p,
				      (int)first->value.len, first->value.p, (int)more->value.len, more->value.p,
				      first->after);
	else
		ask->path = pf_printf(arena, "%.*s%%2C%.*s%%29%s",
				      (int)(strlen(ask->path) - strlen(first->after) - strlen("%29")), ask->path,
				      (int)more->value.len, more->value.p, first->after);
}

struct pf_merged
pf_merge(struct pf_arena *arena, const struct pf_ask *asks, size_t count)
{
	struct pf_ask *out = pf_alloc_array(arena, count + 1, sizeof(*out));
	struct selection *firsts = pf_alloc_array(arena, count + 1, sizeof(*firsts));
	size_t *sent_as = pf_alloc_array(arena, count + 1, sizeof(*sent_as));
	size_t *share = pf_alloc_array(arena, count + 1, sizeof(*share));
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		struct selection selection = {.after = NULL};
		bool mergeable = can_merge(&asks[i], &selection);
		size_t at = n;
		for (size_t j = 0; mergeable && j < n && at == n; j++) {
			if (firsts[j].after != NULL && alike(&firsts[j], &selection))
				at = j;
		}
		if (at < n) {
			extend(arena, &out[at], &firsts[at], &selection, share[at] > 1);
		} else {
			out[n] = asks[i];
			if (mergeable)
				firsts[n] = selection;
			n++;
		}
		sent_as[i] = at;
		share[at]++;
	}
	return (struct pf_merged){out, n, sent_as, share};
}

/* Only what pf_url_encode made is undone here. */
static char *
decoded(struct pf_arena *arena, struct pf_str text)
{
	char *out = pf_strndup(arena, text.p, text.len), *to = out;
	for (const char *p = out; *p != '\0'; to++) {
		char hex[3] = {p[0] == '%' ? p[1] : '\0', p[0] == '%' && p[1] != '\0' ? p[2] : '\0', '\0'};
		if (hex[1] != '\0') {
			*to = (char)strtol(hex, NULL, 16);
			p += 3;
		} else {
			*to = *p++;
		}
	}
	*to = '\0';
	return out;
}

/* Whether a refusal is of all that was asked, rather than of the way it was put. */
static bool
refused_alike(enum pf_err_kind kind)
{
	switch (kind) {
	case PF_ERR_SERVER:
	case PF_ERR_PROTOCOL:
	case PF_ERR_NOT_FOUND:
	case PF_ERR_GONE:
		return false;
	default:
		return true;
	}
}

bool
pf_merge_part(struct pf_arena *arena, const struct pf_ask *ask, const struct pf_answer *merged, struct pf_answer *out)
{
	struct selection selection;
	const char *more = PF_STRING_AT(merged->json, "metadata", "continue");
	const cJSON *item;

	if (!merged->ok && !refused_alike(merged->err.kind))
		return false;
	if (merged->ok && (!select_of(ask->path, &selection) || !cJSON_IsArray(PF_AT(merged->json, "items")) ||
			   (more != NULL && more[0] != '\0')))
		return false;
	if (!merged->ok) {
		*out = *merged;
		return true;
	}

	const char *key = decoded(arena, selection.key), *value = decoded(arena, selection.value);
	cJSON *list = pf_json_object(arena), *items = cJSON_CreateArray();
	cJSON_ArrayForEach(item, PF_AT(merged->json, "items"))
	{
		/* Not passed over: asked for alone, the list is told to be none. */
		if (!cJSON_IsObject(PF_AT(item, "metadata"))) {
			cJSON_Delete(items);
			return false;
		}
		if (pf_streq(PF_STRING_AT(item, "metadata", "labels", key), value))
			pf_json_push(items, cJSON_Duplicate(item, true));
	}
	if (PF_AT(merged->json, "metadata") != NULL)
		pf_json_set(list, "metadata", cJSON_Duplicate(PF_AT(merged->json, "metadata"), true));
	pf_json_set(list, "items", items);
	*out = *merged;
	out->json = list;
	return true;
}
