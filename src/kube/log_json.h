/* A log record that is one JSON object: ECS, logstash and GELF, as Spring Boot and logback write them. */
#ifndef KUBE_LOG_JSON_H
#define KUBE_LOG_JSON_H

#include <postflight/arena.h>
#include <postflight/log.h>
#include <postflight/str.h>

struct pf_log_json {
	int64_t time_ms;
	enum pf_log_level level;
	const char *message; /* of any number of lines */
	const char *trace;   /* the same; "" when there is none */
	const char *wrapped; /* a whole line that a container runtime wrapped; NULL */
};

/* False when LINE is no JSON object that looks like a record. Strings are in ARENA. */
bool pf_log_json_read(struct pf_arena *arena, struct pf_str line, struct pf_log_json *out);

#endif
