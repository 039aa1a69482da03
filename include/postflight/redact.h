/*
 * Redaction: what is secret is replaced by a token before anything reads it. The token tells what rules need:
 *
 *     {{redacted:N:CLASS:LENGTH}}            or
 *     {{redacted:N:CLASS:LENGTH:DETAIL}}
 *
 * N        the same for equal values within a run, in order of appearance (1, 2, …)
 * CLASS    alnum (A-Z a-z 0-9) · name (those and _ . -) · word (a word of the public vocabulary, in DETAIL as it was
 *          written: true false yes no on off 1 0, dynamodb, in-memory, …, an AWS region; see redact_token.c) · url (an
 *          http or https URL without user: DETAIL is its scheme, host and port; path, query and fragment are left
 *          out, they may be what a webhook keeps secret) · text (other printable characters) · other (control
 *          characters, a line's end among them, and what is no UTF-8)
 * LENGTH   1-2 3-7 8-15 16-31 32-63 64-255 256+ (bytes)
 *
 * An empty value stays empty, an absent one absent, and blanks (" \t\r\n") alone stay what they are; a value that is
 * one reference and nothing else, $(NAME) or ${NAME}, stays. A token within a longer text stands for the secret part
 * only; there, public words stay as they are. A token that the outside wrote is no token: "{{redacted:" becomes
 * "{{forged:" wherever it comes in.
 */
#ifndef POSTFLIGHT_REDACT_H
#define POSTFLIGHT_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/buf.h>

struct pf_redactor; /* remembers the secrets of one run, so that later texts lose them too; wiped with its arena */

struct pf_redactor *pf_redactor_new(struct pf_arena *arena);

/* True for names such as AWS_SECRET_ACCESS_KEY, AWS_ACCESS_KEY_ID, db.password, apiToken (not KEY_NAME, TOKENIZER). */
bool pf_name_looks_secret(const char *name);

/*
 * Redacts an API object, list, Status or watch event in place: data and stringData of Secrets; env values, ConfigMap
 * entries, annotations and other strings whose name looks secret; user information in URLs; NAME=VALUE arguments and
 * system properties whose name looks secret, in command, args, env values and every other text; JSON within texts;
 * the last-applied annotation (dropped); managedFields (manager, operation, time and subresource stay). Every text
 * also loses the secrets seen so far, as with pf_redact_text; names, kinds, labels and the like do not.
 * To be called once on what came in: a second time would take our own tokens for forged ones.
 */
void pf_redact_json(struct pf_redactor *redactor, struct pf_arena *arena, cJSON *document);

/*
 * TEXT with the secrets seen so far (of 8 bytes and more), user information in URLs, NAME=VALUE and "name": "value"
 * secrets, Authorization values, JWTs, AWS access key ids and private keys replaced.
 */
char *pf_redact_text(struct pf_redactor *redactor, struct pf_arena *arena, const char *text);

/*
 * Adds TEXT to OUT with every token replaced by the secret that it stands for: for what the target sends, and for
 * nothing else. False when a token's number was never given out; OUT then holds what came before it.
 */
bool pf_redactor_expand(const struct pf_redactor *redactor, const char *text, struct pf_buf *out);

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

/* True when TEXT contains a token anywhere, or the start of one that was cut: not to be shown. */
bool pf_has_token(const char *text);

#endif
