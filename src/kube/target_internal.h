/* What live, record and replay have in common: a table of what each does, and the account of what was asked. */
#ifndef POSTFLIGHT_KUBE_TARGET_INTERNAL_H
#define POSTFLIGHT_KUBE_TARGET_INTERNAL_H

#include <stdint.h>

#include <postflight/http.h>
#include <postflight/redact.h>
#include <postflight/target.h>

#define PF_RUN_ID_LEN 8

struct pf_target_ops {
	void (*ask)(void *self, struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers,
		    size_t count, struct pf_deadline deadline);
	enum pf_watch_end (*watch)(void *self, struct pf_arena *arena, const char *path, const char *resource_version,
				   pf_watch_event *callback, void *context, struct pf_deadline deadline,
				   struct pf_err *err);
	int64_t (*now)(void *self);
	int64_t (*wall)(void *self);
	bool (*complete)(const void *self, struct pf_err *err); /* NULL: always */
};

struct pf_target {
	const struct pf_target_ops *ops;
	void *self;
	struct pf_arena *arena;
	char run_id[PF_RUN_ID_LEN + 1];
	unsigned waves;
	const char **lines;
	size_t line_count, line_room;
};

/* RUN_ID NULL: a random one. */
struct pf_target *
pf_target_new(struct pf_arena *arena, const struct pf_target_ops *ops, void *self, const char *run_id);

/* The clocks of this machine, as ops. */
int64_t pf_target_own_now(void *self);
int64_t pf_target_own_wall(void *self);

/* How requests get out: pf_connection_perform() or a test's script. */
typedef void pf_target_perform(void *context, struct pf_arena *arena, const struct pf_http_request *requests,
			       struct pf_http_response *responses, size_t count, struct pf_deadline deadline);

/* How a wave with WebSockets gets out: pf_connection_perform_wave(). */
typedef void pf_target_perform_wave(void *context, struct pf_arena *arena, const struct pf_http_wave *wave,
				    struct pf_deadline deadline);

/* The live target over SEND. */
struct pf_target *
pf_target_over(struct pf_arena *arena, pf_target_perform *send, void *context, int64_t request_timeout_ms);

/* The state of a live target. */
struct pf_live {
	pf_target_perform *perform;
	void *context;
	int64_t request_timeout_ms;
	struct pf_redactor *redactor;
	pf_target_perform_wave *perform_wave; /* NULL: commands and forwards fail */
};

enum pf_watch_end
pf_live_watch(void *self, struct pf_arena *arena, const char *path, const char *resource_version,
	      pf_watch_event *callback, void *context, struct pf_deadline deadline, struct pf_err *err);

/* The question in one line: "GET /api/…", "EXEC /api/…/exec?…", "FORWARD /api/…/portforward 8000 POST /". */
const char *pf_ask_shown(struct pf_arena *arena, const struct pf_ask *ask);

/* "done", "ended", "gone", "error". */
const char *pf_watch_end_name(enum pf_watch_end end);

#endif
