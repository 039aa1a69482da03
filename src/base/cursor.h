/* Line and column of a place in a text. */
#ifndef POSTFLIGHT_BASE_CURSOR_H
#define POSTFLIGHT_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/json.h>

/* A place that only moves forward. Columns count characters. */
struct pf_cursor {
	const char *at;
	const char *end;
	struct pf_position position;
};

/* Before the first character; a byte order mark has no column. */
struct pf_cursor pf_cursor_over(const char *text, size_t len);

void pf_cursor_move(struct pf_cursor *cursor, const char *where);

/* The white space of JSON. */
bool pf_is_json_space(char c);

#endif
