/* Reading a resolv.conf as the C library does. */
#include <postflight/resolver.h>

#include <stdlib.h>
#include <string.h>

#include <postflight/str.h>

/* More are there in no resolver: glibc reads three nameservers, the search list is bounded for our own sake. */
#define MAX_NAMESERVERS 3
#define MAX_SEARCH 32
#define MAX_NDOTS 15
#define MAX_TIMEOUT_S 30
#define MAX_TRIES 5

#define BLANKS " \t\r"

/* The next word of *TEXT, which moves behind it; NULL at the end of the line. */
static const char *
next_word(struct pf_arena *arena, const char **text)
{
	const char *start = *text + strspn(*text, BLANKS);
	size_t len = strcspn(start, BLANKS);

	*text = start + len;
	return len > 0 ? pf_strndup(arena, start, len) : NULL;
}

/* "ndots:5": the number, at most MAX; FALLBACK when WORD is another option. */
static unsigned
option(const char *word, const char *name, unsigned max, unsigned fallback)
{
	size_t len = strlen(name);
	char *rest = NULL;
	unsigned long value;

	if (strncmp(word, name, len) != 0 || word[len] != ':')
		return fallback;
	value = strtoul(word + len + 1, &rest, 10);
	if (rest == word + len + 1 || *rest != '\0' || word[len + 1] == '-')
		return fallback;
	return value < max ? (unsigned)value : max;
}

/* A domain without the dot at its end; the root alone is none. */
static const char *
domain(struct pf_arena *arena, const char *word)
{
	size_t len = strlen(word);

	if (len > 0 && word[len - 1] == '.')
		len--;
	return len > 0 ? pf_strndup(arena, word, len) : NULL;
}

struct reading {
	struct pf_arena *arena;
	const char **nameservers, **search;
	size_t nameserver_count;
	struct pf_resolver_config *out;
};

static void
read_search(struct reading *r, const char *rest)
{
	size_t count = 0;
	const char *word;

	while (count < MAX_SEARCH && (word = next_word(r->arena, &rest)) != NULL) {
		word = domain(r->arena, word);
		if (word != NULL)
			r->search[count++] = word;
	}
	r->search[count] = NULL;
}

static void
read_options(struct reading *r, const char *rest)
{
	const char *word;

	while ((word = next_word(r->arena, &rest)) != NULL) {
		r->out->ndots = option(word, "ndots", MAX_NDOTS, r->out->ndots);
		r->out->tries = option(word, "attempts", MAX_TRIES, r->out->tries);
		r->out->try_ms =
			(int64_t)option(word, "timeout", MAX_TIMEOUT_S, (unsigned)(r->out->try_ms / 1000)) * 1000;
	}
}

static void
read_line(struct reading *r, const char *line)
{
	const char *rest = line, *word = next_word(r->arena, &rest);

	if (word == NULL || *word == '#' || *word == ';')
		return;
	if (pf_streq(word, "search") || pf_streq(word, "domain")) {
		read_search(r, rest);
	} else if (pf_streq(word, "options")) {
		read_options(r, rest);
	} else if (pf_streq(word, "nameserver") && r->nameserver_count < MAX_NAMESERVERS) {
		word = next_word(r->arena, &rest);
		if (word != NULL)
			r->nameservers[r->nameserver_count++] = word;
	}
}

void
pf_resolver_config_read(struct pf_arena *arena, const char *text, struct pf_resolver_config *out)
{
	struct reading r = {
		.arena = arena,
		.nameservers = pf_alloc_array(arena, MAX_NAMESERVERS + 1, sizeof(char *)),
		.search = pf_alloc_array(arena, MAX_SEARCH + 1, sizeof(char *)),
		.out = out,
	};

	*out = (struct pf_resolver_config){.ndots = 1, .try_ms = 5000, .tries = 2};
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		read_line(&r, pf_strndup(arena, text, len));
		text += len + (text[len] == '\n');
	}
	/* Zero would mean never asking at all. */
	if (out->try_ms == 0)
		out->try_ms = 1000;
	if (out->tries == 0)
		out->tries = 1;
	out->nameservers = r.nameservers;
	out->search = r.search;
}
