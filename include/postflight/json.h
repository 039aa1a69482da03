/*
 * JSON and YAML documents as cJSON trees that an arena owns, with positions where a user wrote the file.
 *
 * Readers are total: any node may be NULL or of another type, then the answer is the default.
 */
#ifndef POSTFLIGHT_JSON_H
#define POSTFLIGHT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/err.h>

/*
 * Parses one JSON document (surrounding white space allowed, nothing else behind it); malformed UTF-8 is replaced
 * first. NULL with ERR (PF_ERR_PROTOCOL, "line L, column C: …") when it is none. The tree ends with ARENA.
 */
cJSON *pf_json_parse(struct pf_arena *arena, const char *text, size_t len, struct pf_err *err);

/* A new empty object or array that ends with ARENA. Children added to it belong to it. */
cJSON *pf_json_object(struct pf_arena *arena);
cJSON *pf_json_array(struct pf_arena *arena);

/* The node's text, compact or indented by two spaces, in ARENA. */
char *pf_json_print(struct pf_arena *arena, const cJSON *node, bool pretty);

/* The member below OBJECT reached by the names, NULL when any step is missing. PF_AT(pod, "spec", "nodeName") */
#define PF_AT(object, ...) pf_json_at((object), (const char *const[]){__VA_ARGS__, NULL})
cJSON *pf_json_at(const cJSON *object, const char *const *names);

/* The string below OBJECT, NULL when it is absent or no string. */
#define PF_STRING_AT(object, ...) pf_json_string(PF_AT((object), __VA_ARGS__))
const char *pf_json_string(const cJSON *node);

/* The whole number below OBJECT; FALLBACK when absent, no number, fractional or out of range. */
#define PF_INT_AT(object, fallback, ...) pf_json_int(PF_AT((object), __VA_ARGS__), (fallback))
int64_t pf_json_int(const cJSON *node, int64_t fallback);

#define PF_BOOL_AT(object, fallback, ...) pf_json_bool(PF_AT((object), __VA_ARGS__), (fallback))
bool pf_json_bool(const cJSON *node, bool fallback);

/*
 * Adds, replacing what had the name. Strings are copied. NULL strings become JSON null. A VALUE that is taken may come
 * from cJSON or be a whole tree of an arena that is still there: it then ends with its new parent.
 */
void pf_json_set_string(cJSON *object, const char *name, const char *value);
void pf_json_set_int(cJSON *object, const char *name, int64_t value);
void pf_json_set_bool(cJSON *object, const char *name, bool value);
void pf_json_set(cJSON *object, const char *name, cJSON *value); /* takes VALUE */
void pf_json_push(cJSON *array, cJSON *value);                   /* takes VALUE */
void pf_json_push_string(cJSON *array, const char *value);

/* Where each node of a document stands in its file, 1-based. */
struct pf_positions;
struct pf_position {
	unsigned line;
	unsigned column; /* in characters */
};

/* As pf_json_parse, and the positions of every node. Duplicate member names are refused. */
cJSON *pf_json_parse_file_text(struct pf_arena *arena, const char *text, size_t len, struct pf_positions **positions,
			       struct pf_err *err);

/* The position of a node of that document; {0, 0} for a foreign one. For a member: where its value starts. */
struct pf_position pf_position_of(const struct pf_positions *positions, const cJSON *node);

/*
 * Parses one YAML document (kubeconfig) into the same kind of tree. Scalars follow the core schema (quoted ones are
 * strings); anchors and aliases are allowed with a bound on the expanded size; depth, size and several documents
 * are refused with line and column. An empty document is JSON null. NULL with ERR (PF_ERR_CONFIG) when broken.
 */
cJSON *pf_yaml_parse(struct pf_arena *arena, const char *text, size_t len, struct pf_err *err);

#endif
