/* What a plan's texts refer to: checks, facts, variables. */
#include "plan/loading.h"

#include <string.h>

#include <postflight/str.h>

#include "plan/template.h"

size_t
pf_index_of(const char *const *names, const char *id)
{
	for (size_t i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], id) == 0)
			return i;
	return PF_NOBODY;
}

bool
pf_resolve_check(struct pf_loading *loading, const struct pf_place *place, const char *id, size_t *out)
{
	size_t index = pf_index_of(loading->check_ids, id);

	if (index == PF_NOBODY) {
		pf_unknown(place, "check", id, NULL, loading->check_ids);
		return false;
	}
	/* What a check needs must have been observed before: the order is judged once every need is known. */
	if (loading->needing != PF_NOBODY)
		pf_edges_add(loading->arena, &loading->needs,
			     (struct pf_edge){loading->needing, index, pf_place_position(place),
					      index >= loading->needing ? pf_place_path(place) : NULL});
	*out = index;
	return true;
}

static const char *const *
fact_names(struct pf_arena *arena, const struct pf_descriptor *probe)
{
	const char **names;
	size_t count = 0;

	for (const struct pf_fact_desc *f = probe->facts; f != NULL && f->name != NULL; f++)
		count++;
	names = pf_alloc_array(arena, count + 1, sizeof(*names));
	for (size_t i = 0; i < count; i++)
		names[i] = probe->facts[i].name;
	return names;
}

bool
pf_resolve_fact(struct pf_loading *loading, const struct pf_place *place, const char *text, struct pf_fact_ref *out)
{
	const char *colon = strchr(text, ':');
	struct pf_fact_ref ref;
	const struct pf_descriptor *probe;

	if (colon == NULL || colon == text || colon[1] == '\0') {
		pf_wrong(place, "%s names no fact; expected CHECK:FACT", pf_quote(loading->arena, text));
		return false;
	}
	if (!pf_resolve_check(loading, place, pf_strndup(loading->arena, text, (size_t)(colon - text)), &ref.check))
		return false;
	probe = loading->checks[ref.check].probe;
	if (probe == NULL)
		return false;
	ref.fact = pf_descriptor_fact(probe, colon + 1);
	if (ref.fact == NULL) {
		pf_unknown(place, "fact", colon + 1, pf_printf(loading->arena, "probe %s", probe->kind),
			   fact_names(loading->arena, probe));
		return false;
	}
	*out = ref;
	return true;
}

const struct pf_variable *
pf_resolve_variable(struct pf_loading *loading, const struct pf_place *place, const char *name)
{
	size_t index = pf_index_of(loading->variable_names, name);

	if (index != PF_NOBODY)
		return &loading->plan->variables[index];
	pf_unknown(place, "variable", name, NULL, loading->variable_names);
	return NULL;
}

static void
check_reference(struct pf_loading *loading, const struct pf_place *place, const char *name, bool facts_too)
{
	struct pf_fact_ref ref;

	if (strchr(name, ':') == NULL) {
		if (strcmp(name, "namespace") != 0)
			pf_resolve_variable(loading, place, name);
	} else if (facts_too) {
		pf_resolve_fact(loading, place, name, &ref);
	} else {
		pf_wrong(place, "${%s} is a fact, and none is observed yet here; expected a variable", name);
	}
}

void
pf_template_check(struct pf_loading *loading, const struct pf_place *place, const char *text, bool facts_too)
{
	for (;;) {
		struct pf_piece piece = pf_template_next(&text);

		switch (piece.kind) {
		case PF_PIECE_END:
			return;
		case PF_PIECE_REFERENCE:
			check_reference(loading, place, pf_strndup(loading->arena, piece.p, piece.len), facts_too);
			break;
		case PF_PIECE_BROKEN:
			pf_wrong(place, "a $ that starts no ${NAME} at %s; expected $$ for a dollar sign",
				 pf_quote(loading->arena, piece.p));
			break;
		case PF_PIECE_TEXT:
		case PF_PIECE_DOLLAR:
			break;
		}
	}
}
