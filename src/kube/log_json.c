#include "kube/log_json.h"

#include <string.h>

#include <postflight/json.h>

#include "kube/log_line.h"

/* Paths to a member, nested or with the dots in its name, in the order of trust. */
static const char *const messages[] = {"message", "short_message", "msg", NULL};
static const char *const wrappers[] = {"log", "textPayload", NULL}; /* of a line as the program wrote it */
static const char *const traces[] = {"stack_trace",  "error.stack_trace", "exception.stacktrace",
				     "full_message", "throwable",         NULL};
static const char *const times[] = {"@timestamp", "timestamp", "time", "ts", NULL};
static const char *const levels[] = {"level", "log.level", "severity", "_level_name", "levelname", NULL};

#define SEVERITY_ERROR 3 /* syslog's, as GELF has it */
#define SEVERITY_WARN 4
#define SEVERITY_INFO 6
#define MS 1000

static const cJSON *
member(const cJSON *object, const char *path)
{
	const cJSON *node = cJSON_GetObjectItemCaseSensitive(object, path);
	const char *dot = strchr(path, '.');
	char first[32];

	if (node != NULL || dot == NULL || (size_t)(dot - path) >= sizeof(first))
		return node;
	memcpy(first, path, (size_t)(dot - path));
	first[dot - path] = '\0';
	return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(object, first), dot + 1);
}

static const char *
text_at(const cJSON *object, const char *const *paths)
{
	for (; *paths != NULL; paths++) {
		const char *text = pf_json_string(member(object, *paths));
		if (text != NULL && *text != '\0')
			return text;
	}
	return NULL;
}

static enum pf_log_level
level_of(const cJSON *object)
{
	const char *word = text_at(object, levels);

	if (word != NULL)
		return pf_log_level_of(word, strlen(word));
	int64_t severity = pf_json_int(member(object, "level"), -1);
	if (severity < 0)
		return PF_LOG_NONE;
	return severity <= SEVERITY_ERROR  ? PF_LOG_ERROR
	       : severity <= SEVERITY_WARN ? PF_LOG_WARN
	       : severity <= SEVERITY_INFO ? PF_LOG_INFO
					   : PF_LOG_DEBUG;
}

static int64_t
time_of(const cJSON *object)
{
	const char *text = text_at(object, times);
	const cJSON *number = member(object, "timestamp");
	int64_t ms = 0;

	if (text != NULL && pf_log_time_at(pf_str(text), &ms) > 0)
		return ms;
	/* GELF: seconds with a fraction. Beyond the year 5000 it is no time. */
	if (cJSON_IsNumber(number) && number->valuedouble > 0 && number->valuedouble < 1e11)
		return (int64_t)(number->valuedouble * MS);
	return 0;
}

bool
pf_log_json_read(struct pf_arena *arena, struct pf_str line, struct pf_log_json *out)
{
	struct pf_err err;
	const cJSON *object;

	if (line.len < 2 || *line.p != '{' || line.p[line.len - 1] != '}')
		return false;
	object = pf_json_parse(arena, line.p, line.len, &err);
	if (!cJSON_IsObject(object))
		return false;
	const char *message = text_at(object, messages), *trace = text_at(object, traces);
	const char *wrapped = text_at(object, wrappers);
	if (message == NULL && wrapped == NULL && trace == NULL)
		return false;
	*out = (struct pf_log_json){
		.time_ms = time_of(object),
		.level = level_of(object),
		.message = message != NULL ? message : "",
		.trace = trace != NULL ? trace : "",
		.wrapped = message == NULL && trace == NULL ? wrapped : NULL,
	};
	return true;
}
