/* A view of bytes that came from outside: never NUL-terminated, never owned. */
#ifndef POSTFLIGHT_STR_H
#define POSTFLIGHT_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct pf_str {
	const char *p; /* may be NULL when len is 0 */
	size_t len;
};

/* For a string literal. */
#define PF_STR(literal) ((struct pf_str){(literal), sizeof(literal) - 1})

static inline struct pf_str
pf_str(const char *text)
{
	return (struct pf_str){text, text != NULL ? strlen(text) : 0};
}

static inline bool
pf_str_eq(struct pf_str a, struct pf_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* True when both are set and equal: absence equals nothing, not even absence. */
static inline bool
pf_streq(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static inline bool
pf_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static inline bool
pf_ends_with(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);
	return n >= m && strcmp(text + n - m, suffix) == 0;
}

#endif
