#include "plan/place.h"

#include <stdarg.h>
#include <string.h>

#include <postflight/buf.h>
#include <postflight/str.h>
#include <postflight/text.h>

enum { QUOTED_MAX = 80, LISTED_MAX = 640 };

struct pf_place
pf_place_member(const struct pf_place *up, const char *name)
{
	return (struct pf_place){up->complaints, up, name, 0, cJSON_GetObjectItemCaseSensitive(up->node, name)};
}

struct pf_place
pf_place_element(const struct pf_place *up, size_t index, const cJSON *node)
{
	return (struct pf_place){up->complaints, up, NULL, index, node};
}

struct pf_place
pf_place_child(const struct pf_place *up, size_t index, const cJSON *node)
{
	return (struct pf_place){up->complaints, up, cJSON_IsObject(up->node) ? node->string : NULL, index, node};
}

const char *
pf_place_path(const struct pf_place *place)
{
	struct pf_arena *arena = place->complaints->arena;
	const char *up;

	if (place->up == NULL)
		return "plan";
	up = place->up->up != NULL ? pf_place_path(place->up) : "";
	if (place->name == NULL)
		return pf_printf(arena, "%s[%zu]", up, place->index);
	if (strspn(place->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$") !=
		    strlen(place->name) ||
	    *place->name == '\0')
		return pf_printf(arena, "%s[%s]", up, pf_quote(arena, place->name));
	return pf_printf(arena, "%s%s%s", up, *up != '\0' ? "." : "", place->name);
}

struct pf_position
pf_place_position(const struct pf_place *place)
{
	while (place->node == NULL && place->up != NULL)
		place = place->up;
	return pf_position_of(place->complaints->positions, place->node);
}

/* Formats only what will be shown: a broken document may have many thousand faults. */
static bool
is_first(const struct pf_complaints *complaints, struct pf_position at)
{
	return !complaints->any || at.line < complaints->first.line ||
	       (at.line == complaints->first.line && at.column < complaints->first.column);
}

static void
complain(struct pf_complaints *complaints, struct pf_position at, const char *path, const char *text)
{
	complaints->any = true;
	complaints->first = at;
	pf_fail(complaints->err, PF_ERR_CONFIG, "%s:%u:%u: %s: %s", complaints->source, at.line, at.column, path, text);
}

void
pf_wrong(const struct pf_place *place, const char *format, ...)
{
	struct pf_position at = pf_place_position(place);
	va_list args;

	if (!is_first(place->complaints, at))
		return;
	va_start(args, format);
	complain(place->complaints, at, pf_place_path(place), pf_vprintf(place->complaints->arena, format, args));
	va_end(args);
}

void
pf_wrong_at(struct pf_complaints *complaints, struct pf_position at, const char *path, const char *format, ...)
{
	va_list args;

	if (!is_first(complaints, at))
		return;
	va_start(args, format);
	complain(complaints, at, path, pf_vprintf(complaints->arena, format, args));
	va_end(args);
}

void
pf_unknown(const struct pf_place *place, const char *what, const char *word, const char *owner,
	   const char *const *names)
{
	struct pf_arena *arena = place->complaints->arena;
	const char *near, *hint = "";

	if (!is_first(place->complaints, pf_place_position(place)))
		return;
	near = pf_near(names, word);
	if (near != NULL)
		hint = pf_printf(arena, " (did you mean \"%s\"?)", near);
	pf_wrong(place, "unknown %s %s%s%s%s; expected %s%s", what, pf_quote(arena, word), owner != NULL ? " of " : "",
		 owner != NULL ? owner : "", hint, names[0] != NULL ? "one of: " : "none", pf_join(arena, names, ", "));
}

const char *
pf_quote(struct pf_arena *arena, const char *text)
{
	return pf_printf(arena, "\"%s\"", pf_one_line(arena, text, QUOTED_MAX));
}

const char *
pf_near(const char *const *names, const char *word)
{
	size_t len = strlen(word);
	unsigned limit = len < 4 ? 1 : len < 8 ? 2 : 3;
	const char *best = NULL;

	if (len == 0 || len > QUOTED_MAX)
		return NULL;
	/* A fact without its probe's kind in front. */
	for (const char *const *name = names; *name != NULL; name++)
		if (pf_ends_with(*name, word) && strlen(*name) > len && (*name)[strlen(*name) - len - 1] == '.')
			return *name;
	for (; *names != NULL; names++) {
		unsigned distance = pf_edit_distance(*names, word, limit);

		if (distance <= limit && distance < strlen(*names)) {
			best = *names;
			if (distance == 0)
				break;
			limit = distance - 1;
		}
	}
	return best;
}

const char *
pf_join(struct pf_arena *arena, const char *const *names, const char *between)
{
	PF_AUTO_BUF buf = PF_BUF(LISTED_MAX);

	for (size_t i = 0; names[i] != NULL; i++) {
		if (buf.len + strlen(between) + strlen(names[i]) + sizeof(", …") > LISTED_MAX) {
			pf_buf_puts(&buf, ", …");
			break;
		}
		if (i > 0)
			pf_buf_puts(&buf, between);
		pf_buf_puts(&buf, names[i]);
	}
	return pf_strdup(arena, pf_buf_text(&buf));
}

const char *const *
pf_split(struct pf_arena *arena, const char *words)
{
	size_t count = 0;
	const char **out = pf_alloc_array(arena, strlen(words) / 2 + 2, sizeof(*out));

	while (*(words += strspn(words, " ")) != '\0') {
		size_t n = strcspn(words, " ");

		out[count++] = pf_strndup(arena, words, n);
		words += n;
	}
	return out;
}
