/* Regions that grow by chunks and end all at once. */
#include <postflight/arena.h>

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_CHUNK ((size_t)4 << 10)
#define LARGEST_CHUNK ((size_t)256 << 10)

/* "Something could not be observed": the exit status of a run that ends for want of memory. */
#define EXIT_UNOBSERVED 2

struct chunk {
	struct chunk *older;
	size_t used;
	size_t room;
	alignas(max_align_t) unsigned char bytes[];
};

struct deferred {
	struct deferred *older;
	void (*release)(void *);
	void *object;
};

struct pf_arena {
	struct chunk *newest; /* the one that small requests are served from */
	struct deferred *deferred;
	size_t next_room;
};

_Noreturn void
pf_out_of_memory(void)
{
	static const char line[] = "postflight: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);

	(void)ignored;
	_exit(EXIT_UNOBSERVED);
}

struct pf_arena *
pf_arena_new(void)
{
	struct pf_arena *arena = calloc(1, sizeof(*arena));

	if (arena == NULL)
		pf_out_of_memory();
	arena->next_room = FIRST_CHUNK;
	return arena;
}

void
pf_arena_free(struct pf_arena *arena)
{
	if (arena == NULL)
		return;
	/* A release may defer again, so the list is read anew each time. */
	while (arena->deferred != NULL) {
		struct deferred *deferred = arena->deferred;
		arena->deferred = deferred->older;
		deferred->release(deferred->object);
	}
	while (arena->newest != NULL) {
		struct chunk *chunk = arena->newest;
		arena->newest = chunk->older;
		free(chunk);
	}
	free(arena);
}

static struct chunk *
new_chunk(size_t room)
{
	struct chunk *chunk;

	if (room > SIZE_MAX - sizeof(*chunk))
		pf_out_of_memory();
	chunk = calloc(1, sizeof(*chunk) + room);
	if (chunk == NULL)
		pf_out_of_memory();
	chunk->room = room;
	return chunk;
}

/* A chunk for one request alone goes behind the newest, whose rest stays in use. */
static void *
alloc_alone(struct pf_arena *arena, size_t size)
{
	struct chunk *chunk = new_chunk(size);

	chunk->used = size;
	if (arena->newest == NULL) {
		arena->newest = chunk;
	} else {
		chunk->older = arena->newest->older;
		arena->newest->older = chunk;
	}
	return chunk->bytes;
}

void *
pf_alloc(struct pf_arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	size_t rounded = (size + align - 1) & ~(align - 1);
	struct chunk *chunk = arena->newest;
	void *bytes;

	if (rounded < size)
		pf_out_of_memory();
	if (rounded == 0)
		rounded = align;
#ifdef __SANITIZE_ADDRESS__
	/* Each its own malloc, to the byte, so that a step past the end is seen. */
	return alloc_alone(arena, size);
#endif
	if (rounded > LARGEST_CHUNK / 4)
		return alloc_alone(arena, rounded);
	if (chunk == NULL || rounded > chunk->room - chunk->used) {
		while (arena->next_room < rounded)
			arena->next_room *= 2;
		chunk = new_chunk(arena->next_room);
		chunk->older = arena->newest;
		arena->newest = chunk;
		if (arena->next_room < LARGEST_CHUNK)
			arena->next_room *= 2;
	}
	bytes = chunk->bytes + chunk->used;
	chunk->used += rounded;
	return bytes;
}

void *
pf_alloc_array(struct pf_arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		pf_out_of_memory();
	return pf_alloc(arena, count * size);
}

char *
pf_strndup(struct pf_arena *arena, const char *text, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		pf_out_of_memory();
	copy = pf_alloc(arena, len + 1);
	if (len > 0)
		memcpy(copy, text, len);
	return copy;
}

char *
pf_strdup(struct pf_arena *arena, const char *text)
{
	return pf_strndup(arena, text, strlen(text));
}

char *
pf_vprintf(struct pf_arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0) /* longer than INT_MAX, or a wide character without a form: neither has a text */
		return pf_strdup(arena, "");
	text = pf_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, args);
	return text;
}

char *
pf_printf(struct pf_arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = pf_vprintf(arena, format, args);
	va_end(args);
	return text;
}

void
pf_defer(struct pf_arena *arena, void (*release)(void *), void *object)
{
	struct deferred *deferred = pf_alloc(arena, sizeof(*deferred));

	*deferred = (struct deferred){.older = arena->deferred, .release = release, .object = object};
	arena->deferred = deferred;
}
