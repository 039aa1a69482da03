/* What the files of the redactor share: shapes and tokens, the memory of secrets, the scan of a text. */
#ifndef POSTFLIGHT_KUBE_REDACT_INTERNAL_H
#define POSTFLIGHT_KUBE_REDACT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/redact.h>
#include <postflight/str.h>

#define PF_TOKEN_START "{{redacted:"
#define PF_TOKEN_FORGED "{{forged:"

/* Shorter secrets are hidden where they stand, but not looked for elsewhere: they would match by chance. */
#define PF_SECRET_MIN_SCRUB ((size_t)8)

/* ---- redact_name.c ---- */
bool pf_secret_name(struct pf_str name);

/* ---- redact_token.c ---- */

/* What may be told of a secret. DETAIL_LEN bytes from its start are public; 0: none. */
struct pf_secret_shape {
	const char *cls;
	size_t detail_len;
};
struct pf_secret_shape pf_secret_shape(struct pf_str value);

/* True when nothing of VALUE needs hiding: a word of the vocabulary, an origin. */
bool pf_value_is_public(struct pf_str value);

/* True when VALUE is one reference and nothing else: $(NAME), ${NAME} or $NAME. */
bool pf_value_is_reference(struct pf_str value);

void pf_token_write(unsigned number, struct pf_secret_shape shape, struct pf_str value, struct pf_buf *out);

/* The token at the start of TEXT: its length, 0 when there is none. DETAIL is a view into TEXT. */
size_t pf_token_at(struct pf_str text, struct pf_token *out, struct pf_str *detail);

/* ---- redact.c ---- */

enum pf_secret_flags {
	PF_SECRET_PLAIN = 0,
	PF_SECRET_SCRUB = 1,  /* look for it in later texts */
	PF_SECRET_OPAQUE = 2, /* class other, whatever it looks like */
};

/* Remembers VALUE for later texts without giving it a number yet. */
void pf_redactor_remember(struct pf_redactor *redactor, struct pf_str value);

/* Adds VALUE's token to OUT; "" for an empty one. */
void pf_redactor_token(struct pf_redactor *redactor, struct pf_str value, unsigned flags, struct pf_buf *out);

/* How many bytes at the start of TEXT are a secret seen so far (the longest one); 0: none. */
size_t pf_redactor_match(const struct pf_redactor *redactor, struct pf_str text);

/* ---- redact_text.c ---- */

/*
 * Adds TEXT to OUT with its secrets replaced; returns how many. OUT may be NULL: then the secrets in TEXT are only
 * remembered.
 */
size_t pf_redactor_scan(struct pf_redactor *redactor, struct pf_str text, struct pf_buf *out);

/* Adds TEXT to OUT with forged tokens broken, and nothing else changed; returns how many. */
size_t pf_redactor_unforge(struct pf_str text, struct pf_buf *out);

/* A buffer that holds the redacted form of LEN bytes whatever they are. */
#define PF_REDACTED_BUF(len) PF_BUF(((len) + 16) * 16)

/* ---- redact_argument.c ---- */

/*
 * Where the value of an argument -NAME=VALUE or NAME=VALUE starts; 0 when it is something else. A name in capitals with
 * blanks behind it starts a shell's command line: PASSWORD=abc java -jar x.jar.
 */
size_t pf_argument_value(const char *text);

/* The first LEN bytes of an argument as a name: without dashes, and without the -D of a system property. */
struct pf_str pf_argument_name(const char *text, size_t len);

/* True when TEXT says that the argument NEXT is secret: --password, -u of curl. */
bool pf_argument_announces(const char *text, const char *next);

#endif
