/* Holds a document against the tables of its form. */
#include <ctype.h>
#include <string.h>

#include <postflight/str.h>

#include "plan/literal.h"
#include "plan/loading.h"

static const struct pf_member *
find_member(const struct pf_shape *shape, const char *name)
{
	for (const struct pf_member *m = shape->members; m->name != NULL; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static const char *const *
member_names(struct pf_arena *arena, const struct pf_shape *shape)
{
	const char **names;
	size_t count = 0;

	while (shape->members[count].name != NULL)
		count++;
	names = pf_alloc_array(arena, count + 1, sizeof(*names));
	for (size_t i = 0; i < count; i++)
		names[i] = shape->members[i].name;
	return names;
}

bool
pf_is_misspelt(const cJSON *object, const char *name, const char *const *known)
{
	const cJSON *node;

	cJSON_ArrayForEach(node, object)
	{
		if (pf_index_of(known, node->string) == PF_NOBODY &&
		    pf_near((const char *const[]){name, NULL}, node->string) != NULL)
			return true;
	}
	return false;
}

static bool
spelt_right(const struct pf_spelling *spelling, const char *text)
{
	bool joint = true; /* a part must start here */

	if (strlen(text) > PF_ID_MAX || (!spelling->digit_first && isdigit((unsigned char)*text)))
		return false;
	for (; *text != '\0'; text++) {
		bool separator = strchr(spelling->separators, *text) != NULL;

		if (!separator && !(*text >= 'a' && *text <= 'z') && !(*text >= '0' && *text <= '9'))
			return false;
		if (separator && joint)
			return false;
		joint = separator;
	}
	return !joint;
}

static void
check_string(struct pf_loading *loading, const struct pf_place *place, const struct pf_shape *shape)
{
	const struct pf_spelling *spelling = &pf_spellings[shape->kind];
	const char *text = place->node->valuestring;

	if (*text == '\0' && shape->kind != PF_SHAPE_STRING)
		pf_wrong(place, "is empty; expected %s", spelling->separators != NULL ? spelling->expected : "a text");
	else if (shape->kind == PF_SHAPE_SCHEMA_ID && strcmp(text, PF_PLAN_SCHEMA_ID) != 0)
		pf_wrong(place, "unknown schema %s; expected \"%s\"", pf_quote(loading->arena, text),
			 PF_PLAN_SCHEMA_ID);
	else if (spelling->separators != NULL && !spelt_right(spelling, text))
		pf_wrong(place, "%s is not spelt as a name; expected %s", pf_quote(loading->arena, text),
			 spelling->expected);
	else if (shape->kind == PF_SHAPE_CHOICE && !pf_word_in(shape->words, text))
		pf_unknown(place, "word", text, NULL, pf_split(loading->arena, shape->words));
	else if (pf_word_in(spelling->reserved, text))
		pf_wrong(place, "\"%s\" %s; expected another one", text, spelling->meaning);
	else if (shape->kind == PF_SHAPE_WORD && text[strcspn(text, " \t\r\n")] != '\0')
		pf_wrong(place, "%s holds white space; expected one word", pf_quote(loading->arena, text));
	else if (shape->kind != PF_SHAPE_PROSE && pf_has_control(text))
		pf_wrong(place, "holds a line break or another control character; expected one line");
	else if (shape->kind == PF_SHAPE_TEXT && strstr(text, "${") != NULL)
		pf_wrong(place, "holds ${, and nothing is filled in here; expected a plain text");
	else if (shape->kind == PF_SHAPE_TEMPLATE)
		pf_template_check(loading, place, text, true);
}

static void
check_count(const struct pf_place *place, const struct pf_shape *shape, size_t count)
{
	if (count < shape->min)
		pf_wrong(place, "is empty; expected at least one");
	else if (count > shape->max)
		pf_wrong(place, "holds %zu; expected at most %zu", count, shape->max);
}

/* The names that the kubelet takes. */
static bool
is_env_name(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

	return *name != '\0' && !isdigit((unsigned char)*name) && name[strspn(name, allowed)] == '\0';
}

static bool
stands_before(const cJSON *list, const cJSON *node)
{
	const cJSON *before;

	cJSON_ArrayForEach(before, list)
	{
		if (before == node)
			break;
		if (cJSON_IsString(before) && cJSON_IsString(node) &&
		    strcmp(before->valuestring, node->valuestring) == 0)
			return true;
	}
	return false;
}

static void
check_children(struct pf_loading *loading, const struct pf_place *place, const struct pf_shape *shape)
{
	const cJSON *node;
	size_t count = 0;

	cJSON_ArrayForEach(node, place->node)
	{
		struct pf_place child = pf_place_child(place, count++, node);

		if (shape->kind == PF_SHAPE_ENV_MAP && !is_env_name(node->string))
			pf_wrong(&child, "is no name of an environment variable; expected letters, digits and _ . -");
		if (count > shape->max)
			continue;
		if (shape->once && stands_before(place->node, node))
			pf_wrong(&child, "%s is listed already; expected each once",
				 pf_quote(loading->arena, node->valuestring));
		pf_form_check(loading, &child, shape->element);
	}
	check_count(place, shape, count);
}

static void
check_one_of(struct pf_loading *loading, const struct pf_place *place, const struct pf_shape *shape)
{
	const char *const *names = pf_split(loading->arena, shape->one_of);
	const char *seen = NULL;

	for (size_t i = 0; names[i] != NULL; i++) {
		struct pf_place member = pf_place_member(place, names[i]);

		if (member.node == NULL)
			continue;
		if (seen != NULL)
			pf_wrong(&member, "stands beside \"%s\"; expected exactly one of: %s", seen,
				 pf_join(loading->arena, names, ", "));
		seen = names[i];
	}
	if (seen == NULL)
		pf_wrong(place, "does nothing; expected exactly one of: %s", pf_join(loading->arena, names, ", "));
}

static void
check_object(struct pf_loading *loading, const struct pf_place *place, const struct pf_shape *shape)
{
	const cJSON *node;

	cJSON_ArrayForEach(node, place->node)
	{
		struct pf_place child = pf_place_child(place, 0, node);
		const struct pf_member *member = find_member(shape, node->string);

		if (member == NULL)
			pf_unknown(&child, "member", node->string, NULL, member_names(loading->arena, shape));
		else if (member->only_with != NULL && pf_place_member(place, member->only_with).node == NULL)
			pf_wrong(&child, "stands without \"%s\"; expected both or neither", member->only_with);
		else
			pf_form_check(loading, &child, member->shape);
	}
	for (const struct pf_member *m = shape->members; m->name != NULL; m++)
		if (m->required && pf_place_member(place, m->name).node == NULL &&
		    !pf_is_misspelt(place->node, m->name, member_names(loading->arena, shape)) &&
		    (m->only_with == NULL || pf_place_member(place, m->only_with).node != NULL))
			pf_wrong(place, "lacks \"%s\" (%s); expected %s", m->name, m->help,
				 pf_shape_expected(m->shape->kind));
	if (shape->one_of != NULL)
		check_one_of(loading, place, shape);
}

void
pf_form_check(struct pf_loading *loading, const struct pf_place *place, const struct pf_shape *shape)
{
	const struct pf_shape *other = shape->otherwise;

	if (!pf_shape_accepts(shape->kind, place->node)) {
		if (other == NULL)
			pf_wrong(place, "has the wrong type; expected %s", pf_shape_expected(shape->kind));
		else if (!pf_shape_accepts(other->kind, place->node))
			pf_wrong(place, "has the wrong type; expected %s or %s", pf_shape_expected(shape->kind),
				 pf_shape_expected(other->kind));
		else
			pf_form_check(loading, place, other);
		return;
	}
	switch (shape->kind) {
	case PF_SHAPE_OBJECT:
		check_object(loading, place, shape);
		break;
	case PF_SHAPE_LIST:
	case PF_SHAPE_ENV_MAP:
		check_children(loading, place, shape);
		break;
	case PF_SHAPE_NULL:
	case PF_SHAPE_CONDITION:
	case PF_SHAPE_ARGUMENTS:
		break; /* what they hold depends on the checks and their probes */
	default:
		check_string(loading, place, shape);
	}
}
