/*
 * Which names announce a secret. A name is split into words (AWS_SECRET_ACCESS_KEY, db.password, apiToken); the words
 * decide, and the first and the last word may say that the value only speaks of a secret: TOKEN_URL, SECRET_NAME,
 * InvalidTokenException.
 */
#include <ctype.h>
#include <strings.h>

#include "kube/redact_internal.h"

typedef const char *const words[];

/* Anywhere within a word: DBPASSWORD, clientsecret. */
static words within = {"password", "passwd",    "passphrase", "secret",   "credential",
		       "apikey",   "accesskey", "privatekey", "htpasswd", NULL};

/* At the end of a word: accesstoken, DBPWD; not TOKENIZER. */
static words endings = {"token", "tokens", "pwd", "passcode", NULL};

/* The whole of a word, wherever it stands. */
static words whole = {"authorization", "bearer", "dockerconfigjson", "dockercfg", NULL};

/* The whole of the last word: DB_PASS, not PASS_THROUGH. */
static words last_only = {"pass", "auth", "jwt", "salt", "cookie", "signature", "pat", NULL};

/* KEY after one of these: API_KEY, accessKeyId; not KEY_NAME. */
static words before_key = {"access",     "account", "admin",   "api",          "auth",   "client",  "consumer",
			   "encryption", "encrypt", "master",  "private",      "secret", "session", "shared",
			   "signing",    "ssh",     "storage", "subscription", "tls",    NULL};

/* As a last word: the value is about a secret, and is none. */
static words about = {
	"age",      "algorithm", "audience", "chain",    "class",     "count",      "dir",     "disabled",  "enabled",
	"encoding", "endpoint",  "error",    "errors",   "exception", "expiration", "expires", "expiry",    "factory",
	"file",     "filter",    "format",   "header",   "issuer",    "kind",       "length",  "lifetime",  "limit",
	"location", "manager",   "max",      "min",      "minutes",   "name",       "names",   "namespace", "operator",
	"path",     "policy",    "prefix",   "provider", "providers", "ref",        "refs",    "required",  "resolver",
	"rotation", "scope",     "scopes",   "seconds",  "size",      "source",     "store",   "suffix",    "timeout",
	"ttl",      "type",      "uri",      "url",      "validator", "version",    NULL};

/* As a first word, in names of errors: MissingAuthenticationToken. */
static words denies = {"bad", "expired", "incomplete",   "invalid", "missing",
		       "no",  "unknown", "unrecognized", "without", NULL};

static bool
is_word(struct pf_str word, const char *text)
{
	return strlen(text) == word.len && strncasecmp(word.p, text, word.len) == 0;
}

static bool
is_one_of(struct pf_str word, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (is_word(word, *list))
			return true;
	}
	return false;
}

static bool
holds_one_of(struct pf_str word, const char *const *list)
{
	for (; *list != NULL; list++) {
		size_t len = strlen(*list);
		for (size_t i = 0; i + len <= word.len; i++) {
			if (strncasecmp(word.p + i, *list, len) == 0)
				return true;
		}
	}
	return false;
}

static bool
ends_with_one_of(struct pf_str word, const char *const *list)
{
	for (; *list != NULL; list++) {
		size_t len = strlen(*list);
		if (word.len >= len && strncasecmp(word.p + word.len - len, *list, len) == 0)
			return true;
	}
	return false;
}

/* The next word from *AT on: ends at what is no letter or digit, and before a capital (apiToken, APIToken). */
static struct pf_str
next_word(struct pf_str name, size_t *at)
{
	const unsigned char *p = (const unsigned char *)name.p;
	size_t from = *at, to;

	while (from < name.len && !isalnum(p[from]))
		from++;
	for (to = from; to < name.len && isalnum(p[to]); to++) {
		if (to == from || !isupper(p[to]))
			continue;
		if (!isupper(p[to - 1]) || (to + 1 < name.len && islower(p[to + 1])))
			break;
	}
	*at = to;
	return (struct pf_str){name.p + from, to - from};
}

static struct pf_str
without_digits(struct pf_str word)
{
	while (word.len > 1 && isdigit((unsigned char)word.p[word.len - 1]))
		word.len--;
	return word;
}

bool
pf_secret_name(struct pf_str name)
{
	struct pf_str first = {NULL, 0}, last = {NULL, 0};
	bool found = false;
	size_t at = 0;

	if (pf_str_eq(name, PF_STR("PWD")) || pf_str_eq(name, PF_STR("OLDPWD")))
		return false; /* the shell's working directory */
	for (struct pf_str word = next_word(name, &at); word.len > 0; word = next_word(name, &at)) {
		word = without_digits(word);
		if (first.len == 0)
			first = word;
		found = found || holds_one_of(word, within) || ends_with_one_of(word, endings) ||
			is_one_of(word, whole);
		if (is_word(word, "key") || is_word(word, "keys"))
			found = found || (last.len > 0 && is_one_of(last, before_key));
		last = word;
	}
	if (last.len == 0 || is_one_of(last, about) || is_one_of(first, denies))
		return false;
	return found || is_one_of(last, last_only);
}

bool
pf_name_looks_secret(const char *name)
{
	return name != NULL && pf_secret_name(pf_str(name));
}
