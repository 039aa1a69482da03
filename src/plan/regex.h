/* Regular expressions over text from outside: compiled once, and bounded in time and memory while they match. */
#ifndef POSTFLIGHT_PLAN_REGEX_H
#define POSTFLIGHT_PLAN_REGEX_H

#include <stddef.h>

#include <postflight/arena.h>
#include <postflight/str.h>

#define PF_REGEX_MAX ((size_t)4096) /* bytes of an expression */

struct pf_regex;

/* NULL when TEXT is none: *WHY, in ARENA, then says what is wrong and at which character. Ends with ARENA. */
struct pf_regex *pf_regex_compile(struct pf_arena *arena, const char *text, const char **why);

enum pf_regex_outcome { PF_REGEX_NO, PF_REGEX_YES, PF_REGEX_LIMIT };

/*
 * Searches SUBJECT, which is valid UTF-8. PF_REGEX_LIMIT: it gave up, by the limits of steps, depth or memory.
 * *VALUE is the first group, empty when there is none or it took no part; it may be NULL.
 */
enum pf_regex_outcome pf_regex_search(const struct pf_regex *regex, struct pf_str subject, struct pf_str *value);

#endif
