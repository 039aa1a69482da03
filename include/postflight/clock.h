/* Monotonic time in milliseconds, deadlines, and the text forms of wall-clock time that Kubernetes uses. */
#ifndef POSTFLIGHT_CLOCK_H
#define POSTFLIGHT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <postflight/arena.h>

/* Monotonic milliseconds since an arbitrary start. Observers use the target's clock, so that a replay agrees. */
int64_t pf_monotonic_ms(void);

/* UTC milliseconds since 1970. */
int64_t pf_wall_ms(void);

/* A moment on the monotonic clock; INT64_MAX never comes. */
struct pf_deadline {
	int64_t at_ms;
};

#define PF_NO_DEADLINE ((struct pf_deadline){INT64_MAX})

struct pf_deadline pf_deadline_in(int64_t ms);
struct pf_deadline pf_deadline_sooner(struct pf_deadline a, struct pf_deadline b);

/* Milliseconds left, never negative; capped to INT_MAX so that poll() can take it. */
int pf_deadline_left(struct pf_deadline deadline);

/*
 * Parses RFC 3339 as the API writes it: 2026-01-02T03:04:05Z, with or without a fraction, with Z or an offset.
 * Puts UTC milliseconds in *OUT. False and untouched for anything else.
 */
bool pf_time_parse(const char *text, int64_t *out_ms);

/* 2026-01-02T03:04:05Z; with milliseconds 2026-01-02T03:04:05.006Z. */
char *pf_time_format(struct pf_arena *arena, int64_t wall_ms, bool with_ms);

/*
 * Parses a duration as kubectl and Go write it: 250ms, 10s, 3m, 1m30s, 1.5h; a bare number is refused.
 * *OUT in milliseconds, never negative. False and untouched for anything else or beyond 1000 h.
 */
bool pf_duration_parse(const char *text, int64_t *out_ms);

/* For people: "250 ms", "12 s", "3 min", "2 h", "5 d". */
char *pf_duration_format(struct pf_arena *arena, int64_t ms);

#endif
