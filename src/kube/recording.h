/*
 * A recording on disk: DIR/meta.json says what was recorded, DIR/exchanges.jsonl holds a JSON object a line, in the
 * order of what happened and written as it happened:
 *
 *     {"ask":{"method":…,"path":…,"body":…,"occurrence":N},
 *      "answer":{"status":…,"elapsedMs":…,"json":…,"text":…,"err":{"kind":…,"text":…}}}
 *     {"ask":{"kind":"exec","method":…,"path":…,"occurrence":N},
 *      "answer":{"status":0,"elapsedMs":…,"text":…,"stderr":…,"exitCode":…,"cut":true,"err":…}}
 *     {"ask":{"kind":"forward","method":…,"path":…,"port":…,"innerPath":…,"headers":…,"body":…,"occurrence":N},
 *      "answer":{"status":…,"elapsedMs":…,"json":…,"text":…,"reply":…,"server":…,"refused":true,
 *                "err":…}}
 *     {"watch":{"path":…,"resourceVersion":…,"occurrence":N},"event":{"type":…,"object":…}}
 *     {"watch":{…},"end":"ended","err":{"kind":…,"text":…}}
 *     {"now":MS}    {"wall":MS}
 *
 * What is written was redacted before. Questions hold no secrets: who asks knows none; bodies and headers are scanned
 * all the same.
 */
#ifndef POSTFLIGHT_KUBE_RECORDING_H
#define POSTFLIGHT_KUBE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/target.h>

/* How often each question was asked. */
struct pf_occurrences {
	struct pf_occurrence *first;
};

/* 1 the first time that KEY comes, then 2, … */
unsigned pf_occurrence_next(struct pf_occurrences *seen, struct pf_arena *arena, const char *key);

/* A question as it is looked up, and as it is written. */
const char *pf_ask_key(struct pf_arena *arena, const struct pf_ask *ask);

/* The same of what was written, its headers and body as they stand there. */
const char *pf_written_key(struct pf_arena *arena, const struct pf_ask *ask);

/* True for HTTP to a process: by a port-forward, or directly. */
bool pf_asks_process(enum pf_ask_kind kind);

/* NULL for a question to the API server, "exec", "forward", "direct". */
const char *pf_ask_kind_name(enum pf_ask_kind kind);

/* NULL for PF_REPLY_NONE, "http", "tls", "garbled", "silent". */
const char *pf_reply_name(enum pf_reply reply);

/* The inverse; PF_REPLY_COUNT for a word that is none. */
enum pf_reply pf_recorded_reply(const char *word);

const char *pf_watch_key(struct pf_arena *arena, const char *path, const char *resource_version);

/* ---- Writing ---- */

struct pf_recorder;

/* Makes DIR with its meta.json. RUN_ID and WALL_MS are the run's. */
bool pf_recorder_open(struct pf_arena *arena, const char *dir, const struct pf_recording_info *info, const char *run_id,
		      int64_t wall_ms, struct pf_recorder **out, struct pf_err *err);

void pf_recorder_ask(struct pf_recorder *recorder, const struct pf_ask *ask, const struct pf_answer *answer);
void pf_recorder_event(struct pf_recorder *recorder, const char *path, const char *resource_version,
		       unsigned occurrence, const char *type, const cJSON *object);
void pf_recorder_end(struct pf_recorder *recorder, const char *path, const char *resource_version, unsigned occurrence,
		     enum pf_watch_end end, const struct pf_err *err);
unsigned pf_recorder_watch(struct pf_recorder *recorder, const char *path, const char *resource_version);

/* CLOCK is "now" or "wall". */
void pf_recorder_clock(struct pf_recorder *recorder, const char *clock, int64_t ms);

bool pf_recorder_complete(const struct pf_recorder *recorder, struct pf_err *err);

/* ---- Reading ---- */

struct pf_readings {
	int64_t *ms;
	size_t count, room;
};

/* What one question brought: an answer, or a watch's events and end. */
struct pf_exchange {
	const char *key;
	unsigned occurrence;
	const cJSON *answer;  /* NULL for a watch */
	const cJSON **events; /* {"type", "object"} */
	size_t event_count, event_room;
	const cJSON *end; /* the line that ends the watch; NULL when the recording stops before */
};

struct pf_recording {
	struct pf_arena *arena;
	struct pf_recording_info info;
	const char *run_id;
	int64_t started_ms;
	struct pf_exchange *exchanges;
	size_t count, room;
	struct pf_readings now;
	struct pf_readings wall;
};

/* False with ERR (PF_ERR_CONFIG) when DIR holds no recording that this version reads. */
bool pf_recording_load(struct pf_arena *arena, const char *dir, struct pf_recording *out, struct pf_err *err);

/* NULL when it was not recorded. */
const struct pf_exchange *pf_recording_find(const struct pf_recording *recording, const char *key, unsigned occurrence);

/* {"kind", "text"} as an error. False when it is none. */
bool pf_recorded_err(const cJSON *node, struct pf_err *out);

/* The inverse of pf_watch_end_name(). False when WORD is none. */
bool pf_recorded_end(const char *word, enum pf_watch_end *out);

#define PF_RECORDING_FORMAT "postflight.recording/v1"

#endif
