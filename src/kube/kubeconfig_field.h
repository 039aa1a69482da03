/*
 * Reading the fields of one kubeconfig entry. The first thing that is wrong fills ERR and clears OK; reading goes on
 * with absent values, so that a caller looks once, at the end.
 */
#ifndef POSTFLIGHT_KUBE_KUBECONFIG_FIELD_H
#define POSTFLIGHT_KUBE_KUBECONFIG_FIELD_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/err.h>
#include <postflight/http.h>

struct pf_fields {
	struct pf_arena *arena;
	const cJSON *object; /* may be NULL: everything is absent */
	const char *file;    /* absolute: where it stands */
	const char *where;   /* user "dev" in FILE */
	struct pf_err *err;
	bool ok;
};

/* NULL when absent, null or empty: kubectl knows no difference. */
const char *pf_field_text(struct pf_fields *fields, const char *name);

bool pf_field_flag(struct pf_fields *fields, const char *name);

/* A file's path, absolute. */
const char *pf_field_path(struct pf_fields *fields, const char *name);

/* A list of texts, ended by NULL; NULL when absent or empty. */
const char *const *pf_field_texts(struct pf_fields *fields, const char *name);

/* A list or a mapping, NULL when absent. */
const cJSON *pf_field_list(struct pf_fields *fields, const char *name);
const cJSON *pf_field_mapping(struct pf_fields *fields, const char *name);

/* A PEM document: base64 in the field DATA_NAME, else the file that FILE_NAME names; empty when neither. */
struct pf_blob pf_field_pem(struct pf_fields *fields, const char *data_name, const char *file_name);

/* Says what is wrong, after "WHERE: ", unless something was before. Always returns false. */
bool pf_field_fail(struct pf_fields *fields, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* PATH as seen from the folder of FILE. */
const char *pf_kubeconfig_relative(struct pf_arena *arena, const char *file, const char *path);

/* The PEM document in the file PATH. False with ERR, a sentence about PATH. */
bool pf_kubeconfig_read_pem(struct pf_arena *arena, const char *path, struct pf_blob *out, struct pf_err *err);

/* True when TEXT can be the value of an HTTP header: no line break, no control character. */
bool pf_fits_header(const char *text);

#endif
