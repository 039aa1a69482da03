/*
 * Redaction: what is secret is replaced by a token before anything reads it. The token tells what rules need:
 *
 *     {{redacted:N:CLASS:LENGTH}}            or
 *     {{redacted:N:CLASS:LENGTH:DETAIL}}
 *
 * N        the same for equal values within a run, in order of appearance (1, 2, …)
 * CLASS    alnum (A-Z a-z 0-9) · name (those and _ . -) · word (a word of the public vocabulary, in DETAIL: true,
 *          false, dynamodb, in-memory, … in any case) · url (an http or https URL without user, query and fragment:
 *          DETAIL is the URL) · text (other printable characters) · other
 * LENGTH   1-2 3-7 8-15 16-31 32-63 64-255 256+ (bytes)
 *
 * An empty value stays empty, an absent one absent. A token within a longer text stands for the secret part only.
 */
#ifndef POSTFLIGHT_REDACT_H
#define POSTFLIGHT_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>

struct pf_redactor; /* remembers the secrets of one run, so that later texts lose them too */

struct pf_redactor *pf_redactor_new(struct pf_arena *arena);

/* True for names such as AWS_SECRET_ACCESS_KEY, AWS_ACCESS_KEY_ID, db.password, apiToken (not KEY_NAME, TOKENIZER). */
bool pf_name_looks_secret(const char *name);

/*
 * Redacts an API object, list, Status or watch event in place: data and stringData of Secrets; env values and
 * ConfigMap entries whose name looks secret; user information in URLs; NAME=VALUE arguments and system properties
 * whose name looks secret, in command, args and env values; the last-applied annotation (dropped);
 * managedFields (manager, operation, time and subresource stay).
 */
void pf_redact_json(struct pf_redactor *redactor, struct pf_arena *arena, cJSON *document);

/* TEXT with the secrets seen so far (of 8 bytes and more), user information in URLs and NAME=VALUE secrets replaced. */
char *pf_redact_text(struct pf_redactor *redactor, struct pf_arena *arena, const char *text);

/* A parsed token. */
struct pf_token {
	unsigned number;
	char cls[8];
	size_t min_len;     /* bytes; of the length class */
	size_t max_len;     /* SIZE_MAX for 256+ */
	const char *detail; /* in the arena; NULL when none */
};

/* True when the whole of TEXT is one token. */
bool pf_token_parse(struct pf_arena *arena, const char *text, struct pf_token *out);

/* True when TEXT contains a token anywhere: not to be shown. */
bool pf_has_token(const char *text);

#endif
