/*
 * The memory of a run's secrets: which values were seen, the number each was given, and where one of them starts in a
 * text. The values are kept here and nowhere else, and are wiped with the redactor.
 */
#include <stdint.h>

#include "kube/redact_internal.h"

struct secret {
	char *p;
	size_t len;
	unsigned number; /* 0: not shown yet */
	bool scrub;
	uint64_t hash;
	struct secret *next_value; /* of the same hash bucket */
	struct secret *next_start; /* that begins with bytes of the same hash */
	struct secret *next;       /* all of them */
};

/* A hash table of lists that doubles when it is full. */
struct table {
	struct secret **buckets;
	size_t mask;
	size_t count;
};

struct pf_redactor {
	struct pf_arena *arena;
	struct secret *all;
	struct table by_value;
	struct table by_start;
	uint64_t first_bytes[65536 / 64]; /* the first two bytes of any secret that is looked for */
	struct secret **by_number;
	unsigned numbers, number_room;
};

#define FIRST_BUCKETS ((size_t)64)

static uint64_t
hash_of(const char *p, size_t len)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)p[i]) * UINT64_C(1099511628211);
	return hash ^ hash >> 29;
}

static uint64_t
start_hash(const char *p)
{
	return hash_of(p, PF_SECRET_MIN_SCRUB);
}

static size_t
first_two(const char *p)
{
	return (size_t)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

static void
wipe(void *object)
{
	struct pf_redactor *redactor = object;

	for (struct secret *secret = redactor->all; secret != NULL; secret = secret->next)
		explicit_bzero(secret->p, secret->len);
}

static void
make_room(struct pf_arena *arena, struct table *table)
{
	if (table->buckets != NULL && table->count <= table->mask)
		return;
	table->mask = table->buckets == NULL ? FIRST_BUCKETS - 1 : table->mask * 2 + 1;
	table->buckets = pf_alloc_array(arena, table->mask + 1, sizeof(struct secret *));
}

struct pf_redactor *
pf_redactor_new(struct pf_arena *arena)
{
	struct pf_redactor *redactor = pf_alloc(arena, sizeof(*redactor));

	redactor->arena = arena;
	make_room(arena, &redactor->by_value);
	make_room(arena, &redactor->by_start);
	pf_defer(arena, wipe, redactor);
	return redactor;
}

static void
link_value(struct pf_redactor *redactor, struct secret *secret)
{
	struct secret **bucket = &redactor->by_value.buckets[secret->hash & redactor->by_value.mask];

	secret->next_value = *bucket;
	*bucket = secret;
}

static void
link_start(struct pf_redactor *redactor, struct secret *secret)
{
	struct secret **bucket = &redactor->by_start.buckets[start_hash(secret->p) & redactor->by_start.mask];

	secret->next_start = *bucket;
	*bucket = secret;
}

static struct secret *
find_value(const struct pf_redactor *redactor, struct pf_str value, uint64_t hash)
{
	struct secret *secret = redactor->by_value.buckets[hash & redactor->by_value.mask];

	while (secret != NULL && !(secret->len == value.len && memcmp(secret->p, value.p, value.len) == 0))
		secret = secret->next_value;
	return secret;
}

/* From now on SECRET is looked for in texts. */
static void
scrub(struct pf_redactor *redactor, struct secret *secret)
{
	struct table *table = &redactor->by_start;
	size_t before = table->mask, first = first_two(secret->p);

	if (secret->scrub)
		return;
	table->count++;
	make_room(redactor->arena, table);
	if (table->mask != before) {
		for (struct secret *old = redactor->all; old != NULL; old = old->next) {
			if (old->scrub)
				link_start(redactor, old);
		}
	}
	secret->scrub = true;
	link_start(redactor, secret);
	redactor->first_bytes[first / 64] |= UINT64_C(1) << first % 64;
}

static struct secret *
remember(struct pf_redactor *redactor, struct pf_str value)
{
	uint64_t hash = hash_of(value.p, value.len);
	struct secret *secret = find_value(redactor, value, hash);
	size_t before = redactor->by_value.mask;

	if (secret != NULL)
		return secret;
	redactor->by_value.count++;
	make_room(redactor->arena, &redactor->by_value);
	if (redactor->by_value.mask != before) {
		for (struct secret *old = redactor->all; old != NULL; old = old->next)
			link_value(redactor, old);
	}
	secret = pf_alloc(redactor->arena, sizeof(*secret));
	*secret = (struct secret){pf_strndup(redactor->arena, value.p, value.len), value.len, .hash = hash};
	link_value(redactor, secret);
	secret->next = redactor->all;
	redactor->all = secret;
	return secret;
}

void
pf_redactor_remember(struct pf_redactor *redactor, struct pf_str value)
{
	if (value.len >= PF_SECRET_MIN_SCRUB && !pf_value_is_public(value) && !pf_value_is_reference(value))
		scrub(redactor, remember(redactor, value));
}

static void
give_number(struct pf_redactor *redactor, struct secret *secret)
{
	if (redactor->numbers == redactor->number_room) {
		unsigned room = redactor->number_room == 0 ? 64 : redactor->number_room * 2;
		struct secret **grown = pf_alloc_array(redactor->arena, room, sizeof(struct secret *));
		if (redactor->numbers > 0)
			memcpy(grown, redactor->by_number, redactor->numbers * sizeof(struct secret *));
		redactor->by_number = grown;
		redactor->number_room = room;
	}
	redactor->by_number[redactor->numbers++] = secret;
	secret->number = redactor->numbers;
}

static bool
is_blank(struct pf_str value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (strchr(" \t\r\n", value.p[i]) == NULL || value.p[i] == '\0')
			return false;
	}
	return true;
}

void
pf_redactor_token(struct pf_redactor *redactor, struct pf_str value, unsigned flags, struct pf_buf *out)
{
	struct pf_secret_shape shape = pf_secret_shape(value);
	struct secret *secret;

	/* Of blanks alone there is nothing to hide, and that nothing else is there must be seen. */
	if (is_blank(value)) {
		pf_buf_add(out, value.p, value.len);
		return;
	}
	if ((flags & PF_SECRET_SCRUB) != 0)
		pf_redactor_remember(redactor, value);
	secret = remember(redactor, value);
	if (secret->number == 0)
		give_number(redactor, secret);
	if ((flags & PF_SECRET_OPAQUE) != 0)
		shape = (struct pf_secret_shape){"other", 0};
	pf_token_write(secret->number, shape, value, out);
}

size_t
pf_redactor_match(const struct pf_redactor *redactor, struct pf_str text)
{
	const struct secret *secret;
	size_t first, longest = 0;

	if (text.len < PF_SECRET_MIN_SCRUB)
		return 0;
	first = first_two(text.p);
	if ((redactor->first_bytes[first / 64] >> first % 64 & 1) == 0)
		return 0;
	secret = redactor->by_start.buckets[start_hash(text.p) & redactor->by_start.mask];
	for (; secret != NULL; secret = secret->next_start) {
		if (secret->len > longest && secret->len <= text.len && memcmp(secret->p, text.p, secret->len) == 0)
			longest = secret->len;
	}
	return longest;
}

bool
pf_redactor_expand(const struct pf_redactor *redactor, const char *text, struct pf_buf *out)
{
	const char *start;

	while ((start = strstr(text, PF_TOKEN_START)) != NULL) {
		struct pf_str detail;
		struct pf_token token;
		size_t len = pf_token_at(pf_str(start), &token, &detail);
		pf_buf_add(out, text, (size_t)(start - text));
		if (len == 0 || token.number > redactor->numbers)
			return false;
		pf_buf_add(out, redactor->by_number[token.number - 1]->p, redactor->by_number[token.number - 1]->len);
		text = start + len;
	}
	return pf_buf_puts(out, text) && !out->cut;
}
