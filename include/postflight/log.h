/*
 * Logs as records: bytes in, one call for each record out, with memory that does not grow with the log.
 *
 * Read are Spring Boot's lines, JSON lines (ECS, logstash, GELF) and plain text, also behind the time stamps of
 * `kubectl logs --timestamps` and of a container runtime's log file. Escape sequences are removed and malformed UTF-8
 * replaced. A stack trace belongs to the record that it follows, and so does a block APPLICATION FAILED TO START.
 */
#ifndef POSTFLIGHT_LOG_H
#define POSTFLIGHT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/arena.h>

enum pf_log_level {
	PF_LOG_NONE, /* the record does not say */
	PF_LOG_TRACE,
	PF_LOG_DEBUG,
	PF_LOG_INFO,
	PF_LOG_WARN,
	PF_LOG_ERROR,
	PF_LOG_LEVEL_COUNT
};

/* "error", …; "" for PF_LOG_NONE. */
const char *pf_log_level_name(enum pf_log_level level);

/* The inverse, case ignored, with FATAL, SEVERE and WARNING as well; PF_LOG_NONE for a word that is none. */
enum pf_log_level pf_log_level_of(const char *word, size_t len);

/* Strings are valid UTF-8, never NULL, and live until the callback returns. */
struct pf_log_record {
	uint64_t line;   /* of its first line; from 1 */
	int64_t time_ms; /* UTC; 0 when the record does not say */
	enum pf_log_level level;
	const char *message; /* its first line behind time, level, thread and logger */
	/*
	 * The innermost `Caused by` of its exception, or of a block APPLICATION FAILED TO START the description; ""
	 * when there is neither. Suppressed exceptions are those of earlier attempts and no cause; only what the first
	 * of them says of name resolution is added, as nothing else tells an absent name from a dead resolver.
	 */
	const char *cause;
	const char *told;  /* what a person should read: the cause's message with the most detail, else MESSAGE */
	const char *text;  /* all of it but stack frames and suppressed exceptions; lines joined by \n. Of a trace that
			      lacks its head the frames too, as only they tell whose it is */
	bool failed_start; /* a block APPLICATION FAILED TO START */
};

/* What was read. */
struct pf_log_extent {
	uint64_t bytes;
	uint64_t lines;
	uint64_t records;
	uint64_t cut_lines; /* longer than PF_LOG_LINE_MAX; what came behind was left out */
	int64_t first_ms;   /* 0 when no record had a time */
	int64_t last_ms;
};

#define PF_LOG_LINE_MAX ((size_t)256 << 10)
#define PF_LOG_TEXT_MAX ((size_t)64 << 10)
#define PF_LOG_CAUSE_MAX ((size_t)16 << 10)

typedef void pf_log_callback(void *context, const struct pf_log_record *record);

struct pf_log_reader;

/* Ends with ARENA. */
struct pf_log_reader *pf_log_reader_new(struct pf_arena *arena, pf_log_callback *callback, void *context);

/* Any number of bytes, cut anywhere. */
void pf_log_reader_feed(struct pf_log_reader *reader, const char *bytes, size_t len);

/* One whole line, without its newline, that is the NUMBERth of something longer; CUT: it was longer. */
void pf_log_reader_line(struct pf_log_reader *reader, uint64_t number, const char *bytes, size_t len, bool cut);

/* The last record; a last line needs no newline. */
void pf_log_reader_end(struct pf_log_reader *reader);

struct pf_log_extent pf_log_reader_extent(const struct pf_log_reader *reader);

#endif
