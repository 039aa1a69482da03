/*
 * Where in a plan's document something stands, and what is wrong there. All of the document is looked at; of
 * everything that is wrong, the first in the order of the text is what the user is told.
 */
#ifndef POSTFLIGHT_PLAN_PLACE_H
#define POSTFLIGHT_PLAN_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/err.h>
#include <postflight/json.h>

struct pf_complaints {
	struct pf_arena *arena;
	const char *source;
	const struct pf_positions *positions;
	bool any;
	struct pf_position first;
	struct pf_err *err; /* of the first */
};

/* A node, and the way to it from the root, for messages. UP must live as long. */
struct pf_place {
	struct pf_complaints *complaints;
	const struct pf_place *up; /* NULL: the root */
	const char *name;          /* a member's; NULL: an element */
	size_t index;
	const cJSON *node; /* NULL when the member is absent */
};

struct pf_place pf_place_member(const struct pf_place *up, const char *name);
struct pf_place pf_place_element(const struct pf_place *up, size_t index, const cJSON *node);

/* A member or element met while walking over UP's children. */
struct pf_place pf_place_child(const struct pf_place *up, size_t index, const cJSON *node);

/* "modes[2].when.all[0]"; "plan" for the root. */
const char *pf_place_path(const struct pf_place *place);
struct pf_position pf_place_position(const struct pf_place *place);

/* "what is wrong; expected what" at PLACE; an absent node's complaint is about the object it is missing from. */
void pf_wrong(const struct pf_place *place, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pf_wrong_at(struct pf_complaints *complaints, struct pf_position at, const char *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * "unknown WHAT "WORD" of OWNER (did you mean …?)" with the known NAMES, which end with NULL. OWNER may be NULL.
 */
void pf_unknown(const struct pf_place *place, const char *what, const char *word, const char *owner,
		const char *const *names);

/* TEXT from the document, quoted for a message: one line, not too long. */
const char *pf_quote(struct pf_arena *arena, const char *text);

/* The one of NAMES that WORD was probably meant to be; NULL when none is near. */
const char *pf_near(const char *const *names, const char *word);

/* NAMES with BETWEEN between them. */
const char *pf_join(struct pf_arena *arena, const char *const *names, const char *between);

/* The words of a space-separated list, ended by NULL. */
const char *const *pf_split(struct pf_arena *arena, const char *words);

#endif
