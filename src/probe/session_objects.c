/* Objects and lists among what was seen: only what has the shape of one is taken for one. */
#include "probe/session.h"

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/shape.h"

#define MAX_PAGES 40 /* 20 000 objects of a kind in one namespace: beyond that the answer would not fit a report */

#define SHAPELESS                                                                                                      \
	"what the server sent as %s/%.253s cannot be read: %s is not there or of another type; is a proxy in between?"

/* A proxy or another server may answer anything with 200: only the object that was asked for says anything of it. */
const struct pf_answer *
pf_look_at(struct pf_session *session, enum pf_resource resource, const char *namespace_, const char *name)
{
	struct pf_arena *arena = pf_session_arena(session);
	const struct pf_answer *answer = pf_look(session, pf_path_get(arena, resource, namespace_, name));
	bool is_named = pf_streq(PF_STRING_AT(answer->json, "metadata", "name"), name);
	const char *lacks = is_named ? pf_shape_lacks(resource, answer->json) : NULL;
	if (!answer->ok || (is_named && lacks == NULL))
		return answer;
	struct pf_answer *other = pf_alloc(arena, sizeof(*other));
	other->status = answer->status;
	if (is_named)
		(void)pf_fail(&other->err, PF_ERR_PROTOCOL, SHAPELESS, pf_resources[resource].kind, name, lacks);
	else
		(void)pf_fail(&other->err, PF_ERR_PROTOCOL,
			      "the server answered with something else than %s/%s; is a proxy in between?",
			      pf_resources[resource].kind, name);
	return other;
}

/* The items of one page; NULL with ERR when the answer is no list, or one of something else. */
static const cJSON *
items_of(const struct pf_answer *page, const char *path, struct pf_err *err)
{
	const cJSON *item, *items = PF_AT(page->json, "items");
	enum pf_resource resource = pf_resource_at(path);

	if (!cJSON_IsArray(items) && !cJSON_IsNull(items)) {
		(void)pf_fail(err, PF_ERR_PROTOCOL,
			      "the server answered %s with something else than a list; is a proxy in between?", path);
		return NULL;
	}
	cJSON_ArrayForEach(item, items)
	{
		const char *lacks = pf_shape_lacks(resource, item), *name = PF_STRING_AT(item, "metadata", "name");
		if (lacks == NULL)
			continue;
		(void)pf_fail(err, PF_ERR_PROTOCOL, SHAPELESS,
			      resource < PF_RESOURCE_COUNT ? pf_resources[resource].kind : "object",
			      name != NULL ? name : "?", lacks);
		return NULL;
	}
	return items;
}

struct pf_listing
pf_look_list(struct pf_session *session, const char *path)
{
	struct pf_arena *arena = pf_session_arena(session);
	const struct pf_answer *first = pf_look(session, path), *page = first;
	struct pf_listing out = {.err = &first->err};
	struct pf_err *wrong = pf_alloc(arena, sizeof(*wrong));
	if (!first->ok)
		return out;
	out.resource_version = PF_STRING_AT(first->json, "metadata", "resourceVersion");
	out.items = items_of(first, path, wrong);
	if (out.items == NULL)
		return (struct pf_listing){.err = wrong};

	const char *more = PF_STRING_AT(page->json, "metadata", "continue");
	cJSON *all = NULL;
	for (unsigned pages = 1; more != NULL && more[0] != '\0'; pages++) {
		const cJSON *item;
		if (pages == MAX_PAGES) {
			(void)pf_fail(wrong, PF_ERR_PROTOCOL, "the list %s has more than %u pages", path, MAX_PAGES);
			return (struct pf_listing){.err = wrong};
		}
		if (all == NULL)
			all = cJSON_Duplicate(out.items, true), pf_defer(arena, (void (*)(void *))cJSON_Delete, all);
		page = pf_look(session, pf_printf(arena, "%s&continue=%s", path, pf_url_encode(arena, more)));
		/* An expired token comes with one that goes on from here, at a newer resourceVersion (consistency is
		 * then lost, which a judgement over single objects can bear). */
		if (page->err.kind == PF_ERR_GONE && PF_STRING_AT(page->json, "metadata", "continue") != NULL) {
			more = PF_STRING_AT(page->json, "metadata", "continue");
			continue;
		}
		if (!page->ok)
			return (struct pf_listing){.err = &page->err};
		const cJSON *items = items_of(page, path, wrong);
		if (items == NULL)
			return (struct pf_listing){.err = wrong};
		cJSON_ArrayForEach(item, items) pf_json_push(all, cJSON_Duplicate(item, true));
		more = PF_STRING_AT(page->json, "metadata", "continue");
	}
	if (all != NULL)
		out.items = all;
	out.ok = true;
	return out;
}
