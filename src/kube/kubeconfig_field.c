#include "kube/kubeconfig_field.h"

#include <stdarg.h>
#include <string.h>

#include <postflight/file.h>

#include "kube/kubeconfig_base64.h"

/* Certificates and keys are a few kilobytes, a bundle of authorities some hundred. */
#define PEM_CAP ((size_t)1 << 20)

bool
pf_field_fail(struct pf_fields *fields, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (fields->ok)
		pf_fail(fields->err, PF_ERR_CONFIG, "%s: %s", fields->where, pf_vprintf(fields->arena, format, args));
	va_end(args);
	fields->ok = false;
	return false;
}

static const cJSON *
field(const struct pf_fields *fields, const char *name)
{
	const cJSON *node = cJSON_GetObjectItemCaseSensitive(fields->object, name);

	return cJSON_IsNull(node) ? NULL : node;
}

const char *
pf_field_text(struct pf_fields *fields, const char *name)
{
	const cJSON *node = field(fields, name);

	if (node == NULL)
		return NULL;
	if (!cJSON_IsString(node)) {
		pf_field_fail(fields, "%s is no text; put the value in quotes", name);
		return NULL;
	}
	return *node->valuestring != '\0' ? node->valuestring : NULL;
}

bool
pf_field_flag(struct pf_fields *fields, const char *name)
{
	const cJSON *node = field(fields, name);

	if (node != NULL && !cJSON_IsBool(node))
		pf_field_fail(fields, "%s must be true or false, without quotes", name);
	return cJSON_IsTrue(node);
}

const char *
pf_kubeconfig_relative(struct pf_arena *arena, const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (*path == '/' || slash == NULL)
		return path;
	return pf_printf(arena, "%.*s/%s", (int)(slash - file), file, path);
}

const char *
pf_field_path(struct pf_fields *fields, const char *name)
{
	const char *path = pf_field_text(fields, name);

	return path != NULL ? pf_kubeconfig_relative(fields->arena, fields->file, path) : NULL;
}

const cJSON *
pf_field_list(struct pf_fields *fields, const char *name)
{
	const cJSON *node = field(fields, name);

	if (node != NULL && !cJSON_IsArray(node)) {
		pf_field_fail(fields, "%s is no list", name);
		return NULL;
	}
	return node;
}

const cJSON *
pf_field_mapping(struct pf_fields *fields, const char *name)
{
	const cJSON *node = field(fields, name);

	if (node != NULL && !cJSON_IsObject(node)) {
		pf_field_fail(fields, "%s is no mapping", name);
		return NULL;
	}
	return node;
}

const char *const *
pf_field_texts(struct pf_fields *fields, const char *name)
{
	const cJSON *list = pf_field_list(fields, name), *item;
	const char **texts;
	size_t count = 0;

	if (cJSON_GetArraySize(list) == 0)
		return NULL;
	texts = pf_alloc_array(fields->arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof(*texts));
	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item)) {
			pf_field_fail(fields, "%s holds something that is no text; put each value in quotes", name);
			return NULL;
		}
		texts[count++] = item->valuestring;
	}
	return texts;
}

static bool
looks_like_pem(const char *text)
{
	return strstr(text, "-----BEGIN ") != NULL;
}

bool
pf_kubeconfig_read_pem(struct pf_arena *arena, const char *path, struct pf_blob *out, struct pf_err *err)
{
	char *text;
	size_t len;

	if (!pf_file_read(arena, path, PEM_CAP, &text, &len, err)) {
		if (err->kind == PF_ERR_NOT_FOUND)
			return pf_fail(err, PF_ERR_CONFIG, "%s does not exist", path);
		err->kind = PF_ERR_CONFIG;
		return false;
	}
	if (!looks_like_pem(text))
		return pf_fail(err, PF_ERR_CONFIG, "%s is no PEM file (a block that starts with -----BEGIN)", path);
	*out = (struct pf_blob){text, len};
	return true;
}

struct pf_blob
pf_field_pem(struct pf_fields *fields, const char *data_name, const char *file_name)
{
	const char *data = pf_field_text(fields, data_name);
	const char *path = pf_field_path(fields, file_name);
	struct pf_blob blob = {0};
	struct pf_err err = {0};
	char *bytes;
	size_t len;

	if (data != NULL && !pf_kubeconfig_base64_decode(fields->arena, data, &bytes, &len)) {
		pf_field_fail(fields, "%s is no base64; paste it again, on one line", data_name);
	} else if (data != NULL && !looks_like_pem(bytes)) {
		pf_field_fail(fields, "%s is no PEM document in base64 (a block that starts with -----BEGIN)",
			      data_name);
	} else if (data != NULL) {
		blob = (struct pf_blob){bytes, len};
	} else if (path != NULL && !pf_kubeconfig_read_pem(fields->arena, path, &blob, &err)) {
		pf_field_fail(fields, "%s: %s", file_name, err.text);
	}
	return blob;
}

bool
pf_fits_header(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}
