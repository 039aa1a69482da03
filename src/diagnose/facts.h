/* Looking up what the checks left, and showing it without showing what is secret. */
#ifndef POSTFLIGHT_DIAGNOSE_FACTS_H
#define POSTFLIGHT_DIAGNOSE_FACTS_H

#include <stdbool.h>

#include <postflight/arena.h>
#include <postflight/probe.h>

#define PF_NOT_SHOWN "(not shown)"

/* The fact that REF means, NULL when its check did not leave it. */
const struct pf_fact *pf_fact_of(const struct pf_check_result *results, struct pf_fact_ref ref);

/* True when the check came to a verdict about its object: neither skipped nor in error, nor still to come. */
bool pf_check_observed(const struct pf_check_result *result);

/* True when the value may not appear in any text: it came from a secret, or holds a redaction token. */
bool pf_fact_is_secret(const struct pf_fact *fact);

/* The value as text; the words of a list are joined with SEPARATOR. Not for facts that are secret. */
const char *pf_fact_text(struct pf_arena *arena, const struct pf_fact *fact, const char *separator);

/* TEXT with every redaction token replaced by "(not shown)"; TEXT itself when it has none. NULL stays NULL. */
const char *pf_hide_tokens(struct pf_arena *arena, const char *text);

/* The fact's evidence, fit to be shown: of a secret fact only where it was seen. */
struct pf_evidence pf_evidence_shown(struct pf_arena *arena, const struct pf_fact *fact);

/* The words of every list fact whose name ends in SUFFIX, in the order of the checks, each once; ended by NULL. */
const char *const *
pf_facts_collect(struct pf_arena *arena, const struct pf_check_result *results, size_t count, const char *suffix);

#endif
