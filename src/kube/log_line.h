/* One line of a log: what stands in front of it, and what its head says. */
#ifndef KUBE_LOG_LINE_H
#define KUBE_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/log.h>
#include <postflight/str.h>

/* The time at the start of LINE: its length, 0 when there is none. *OUT in UTC milliseconds. */
size_t pf_log_time_at(struct pf_str line, int64_t *out_ms);

/*
 * Takes off what a tool put in front of each line: the time stamp of `kubectl logs --timestamps` (known by its fraction
 * of six digits and more), and behind it the stream and tag of a runtime's log file; *TIME_MS is then set.
 */
struct pf_str pf_log_line_unwrap(struct pf_str line, int64_t *time_ms);

struct pf_log_head {
	int64_t time_ms;
	enum pf_log_level level;
	struct pf_str message;
};

/* True when LINE starts a record: time, level, and in Spring Boot's layout process, thread and logger. */
bool pf_log_head_read(struct pf_str line, struct pf_log_head *out);

/* Removes escape sequences from LEN bytes at TEXT in place; returns the new length. */
size_t pf_log_strip_escapes(char *text, size_t len);

#endif
