/* Text from outside is data: bounded, valid UTF-8, and escaped for where it lands. */
#ifndef POSTFLIGHT_TEXT_H
#define POSTFLIGHT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/arena.h>
#include <postflight/str.h>

/* True when the bytes are well-formed UTF-8 (no overlongs, no surrogates). */
bool pf_utf8_valid(const char *bytes, size_t len);

/* A copy with each malformed byte replaced by U+FFFD. A NUL byte is replaced as well. */
char *pf_utf8_clean(struct pf_arena *arena, const char *bytes, size_t len);

/*
 * One line for a terminal or a plain log: control characters (C0, DEL, C1, line and paragraph separators, and the
 * bidirectional overrides) become visible escapes; newlines and tabs become a space; MAX bytes at most, cut at a
 * character, "…" when cut.
 */
char *pf_one_line(struct pf_arena *arena, const char *text, size_t max);

/* The number of columns a terminal needs, counting each code point as one and combining marks as none. */
size_t pf_columns(const char *text);

/* TEXT as one word for sh: unchanged when it is safe, else in single quotes. */
char *pf_shell_word(struct pf_arena *arena, const char *text);

/* Percent-encodes everything but unreserved characters (RFC 3986), for a path segment or a query value. */
char *pf_url_encode(struct pf_arena *arena, const char *text);

/* The edit distance (insert, delete, substitute, swap of neighbours), stopping at LIMIT + 1. */
unsigned pf_edit_distance(const char *a, const char *b, unsigned limit);

#endif
