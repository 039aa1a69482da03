/*
 * Arenas: everything a run keeps lives in one of a few regions that end together.
 *
 * Nothing handed out is freed by its user. Running out of memory ends the process with one line on standard
 * error, so no caller checks for NULL.
 */
#ifndef POSTFLIGHT_ARENA_H
#define POSTFLIGHT_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct pf_arena;

struct pf_arena *pf_arena_new(void);

/* Runs the deferred calls, newest first, and releases everything. NULL is ignored. */
void pf_arena_free(struct pf_arena *arena);

/* SIZE zeroed bytes, aligned for any type. */
void *pf_alloc(struct pf_arena *arena, size_t size);

/* COUNT zeroed objects of SIZE bytes; ends the process when the product overflows. */
void *pf_alloc_array(struct pf_arena *arena, size_t count, size_t size);

char *pf_strdup(struct pf_arena *arena, const char *text);
char *pf_strndup(struct pf_arena *arena, const char *text, size_t len);
char *pf_printf(struct pf_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *pf_vprintf(struct pf_arena *arena, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Calls RELEASE(OBJECT) when the arena ends: for what a library allocated. */
void pf_defer(struct pf_arena *arena, void (*release)(void *), void *object);

/* Ends the process: "postflight: out of memory". Installed as the end of every allocation. */
_Noreturn void pf_out_of_memory(void);

#endif
