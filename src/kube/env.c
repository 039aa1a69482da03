#include "kube/env.h"

#include <string.h>

#include <postflight/buf.h>
#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/str.h>

#include "kube/service_links.h"

#define MAX_VARS 4096   /* an etcd object cannot hold more that matter */
#define VALUE_CAP 65536 /* bytes of an expanded value */

struct builder {
	struct pf_arena *arena;
	const struct pf_env_inputs *in;
	struct pf_env_var *vars;
	size_t count;
	size_t room;
	struct pf_env_missing *missing;
	size_t missing_count;
	const char *unread;
};

static struct pf_env_var *
find(const struct builder *b, const char *name)
{
	for (size_t i = 0; i < b->count; i++) {
		if (pf_streq(b->vars[i].name, name))
			return &b->vars[i];
	}
	return NULL;
}

/* Sets a variable; what had the name before is kept as hidden. */
static void
set(struct builder *b, struct pf_env_var var)
{
	struct pf_env_var *old = find(b, var.name);
	if (old != NULL) {
		/* A service link is a default that everything overrides: nothing was hidden on purpose. */
		if (old->origin != PF_ENV_SERVICE_LINK) {
			struct pf_env_var *copy = pf_alloc(b->arena, sizeof(*copy));
			*copy = *old;
			var.hides = copy;
		}
		*old = var;
		return;
	}
	if (b->count == MAX_VARS)
		return;
	if (b->count == b->room) {
		size_t room = b->room * 2 + 32;
		struct pf_env_var *grown = pf_alloc_array(b->arena, room, sizeof(*grown));
		if (b->count > 0)
			memcpy(grown, b->vars, b->count * sizeof(*grown));
		b->vars = grown;
		b->room = room;
	}
	b->vars[b->count++] = var;
}

static void
add_missing(struct builder *b, struct pf_env_missing missing)
{
	struct pf_env_missing *grown = pf_alloc_array(b->arena, b->missing_count + 1, sizeof(*grown));
	if (b->missing_count > 0)
		memcpy(grown, b->missing, b->missing_count * sizeof(*grown));
	grown[b->missing_count++] = missing;
	b->missing = grown;
}

/* The kubelet takes what a C identifier allows, and since 1.30 any printable ASCII but '='. */
static bool
valid_name(const char *name)
{
	if (name[0] == '\0')
		return false;
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '=' || *p < 0x20 || *p > 0x7e)
			return false;
	}
	return true;
}

static void
add_all_of(struct builder *b, const cJSON *source, bool is_secret)
{
	const cJSON *ref = PF_AT(source, is_secret ? "secretRef" : "configMapRef");
	const char *name = PF_STRING_AT(ref, "name"), *prefix = PF_STRING_AT(source, "prefix");
	const cJSON *object = NULL, *entry;
	const char *why = "";
	if (name == NULL)
		return;
	switch (b->in->lookup(b->in->context, is_secret, name, &object, &why)) {
	case PF_SOURCE_ABSENT:
		if (!PF_BOOL_AT(ref, false, "optional"))
			add_missing(b, (struct pf_env_missing){"", is_secret, name, ""});
		return;
	case PF_SOURCE_UNREADABLE:
		b->unread = pf_printf(b->arena, "%s/%s could not be read", is_secret ? "secret" : "configmap", name);
		return;
	case PF_SOURCE_FOUND:
		break;
	}
	cJSON_ArrayForEach(entry, PF_AT(object, "data"))
	{
		const char *full = pf_printf(b->arena, "%s%s", prefix != NULL ? prefix : "", entry->string);
		if (!valid_name(full) || !cJSON_IsString(entry))
			continue;
		set(b, (struct pf_env_var){.name = full,
					   .value = entry->valuestring,
					   .secret = is_secret || pf_has_token(entry->valuestring),
					   .origin = is_secret ? PF_ENV_SECRET : PF_ENV_CONFIGMAP,
					   .object = name,
					   .key = entry->string,
					   .from_all = true});
	}
}

static void
add_key(struct builder *b, const char *name, const cJSON *ref, bool is_secret)
{
	const char *object_name = PF_STRING_AT(ref, "name"), *key = PF_STRING_AT(ref, "key");
	bool optional = PF_BOOL_AT(ref, false, "optional");
	const cJSON *object = NULL;
	const char *why = "";
	if (object_name == NULL || key == NULL)
		return;
	struct pf_env_var var = {.name = name,
				 .secret = is_secret,
				 .origin = is_secret ? PF_ENV_SECRET : PF_ENV_CONFIGMAP,
				 .object = object_name,
				 .key = key};
	switch (b->in->lookup(b->in->context, is_secret, object_name, &object, &why)) {
	case PF_SOURCE_UNREADABLE:
		var.unknown =
			pf_printf(b->arena, "%s/%s could not be read", is_secret ? "secret" : "configmap", object_name);
		set(b, var);
		return;
	case PF_SOURCE_ABSENT:
		if (!optional)
			add_missing(b, (struct pf_env_missing){name, is_secret, object_name, ""});
		return;
	case PF_SOURCE_FOUND:
		var.value = PF_STRING_AT(object, "data", key);
		if (var.value == NULL) {
			if (!optional)
				add_missing(b, (struct pf_env_missing){name, is_secret, object_name, key});
			return;
		}
		var.secret = is_secret || pf_has_token(var.value);
		set(b, var);
		return;
	}
}

static void
add_field(struct builder *b, const char *name, const char *path)
{
	static const struct {
		const char *path;
		const char *const steps[3];
	} of_spec[] = {
		{"spec.nodeName", {"nodeName", NULL}},
		{"spec.serviceAccountName", {"serviceAccountName", NULL}},
	};
	struct pf_env_var var = {.name = name, .origin = PF_ENV_FIELD, .object = "", .key = ""};
	if (pf_streq(path, "metadata.namespace"))
		var.value = b->in->namespace_;
	for (size_t i = 0; path != NULL && i < sizeof(of_spec) / sizeof(of_spec[0]); i++) {
		if (pf_streq(path, of_spec[i].path))
			var.value = pf_json_string(pf_json_at(b->in->pod_spec, of_spec[i].steps));
	}
	if (var.value == NULL)
		var.unknown = pf_printf(b->arena, "it is %s of each pod", path != NULL ? path : "a resource");
	set(b, var);
}

/*
 * Expands $(NAME) as the kubelet does: "$$" is a dollar sign, an unknown name stays as it is written. A name whose
 * value is unknown makes the whole unknown.
 */
static void
add_literal(struct builder *b, const char *name, const char *text)
{
	PF_AUTO_BUF out = PF_BUF(VALUE_CAP);
	struct pf_env_var var = {.name = name, .origin = PF_ENV_LITERAL, .object = "", .key = ""};
	for (const char *p = text; *p != '\0'; p++) {
		const char *end = *p == '$' && p[1] == '(' ? strchr(p, ')') : NULL;
		if (*p == '$' && p[1] == '$') {
			pf_buf_add(&out, "$", 1);
			p++;
		} else if (end != NULL) {
			const char *wanted = pf_strndup(b->arena, p + 2, (size_t)(end - p - 2));
			const struct pf_env_var *other = find(b, wanted);
			if (other == NULL) {
				var.unresolved = wanted;
				if (b->unread != NULL)
					var.unknown = b->unread;
				pf_buf_add(&out, p, (size_t)(end - p + 1));
			} else if (other->value == NULL) {
				var.unknown = other->unknown;
			} else {
				var.expanded = true;
				var.secret = var.secret || other->secret;
				pf_buf_puts(&out, other->value);
			}
			p = end;
		} else {
			pf_buf_add(&out, p, 1);
		}
	}
	if (var.unknown == NULL)
		var.value = pf_strdup(b->arena, pf_buf_text(&out));
	var.secret = var.secret || pf_has_token(pf_buf_text(&out));
	set(b, var);
}

static void
add_env(struct builder *b, const cJSON *entry)
{
	const char *name = PF_STRING_AT(entry, "name"), *value = PF_STRING_AT(entry, "value");
	const cJSON *from = PF_AT(entry, "valueFrom");
	if (name == NULL)
		return;
	if (from == NULL)
		add_literal(b, name, value != NULL ? value : "");
	else if (PF_AT(from, "configMapKeyRef") != NULL)
		add_key(b, name, PF_AT(from, "configMapKeyRef"), false);
	else if (PF_AT(from, "secretKeyRef") != NULL)
		add_key(b, name, PF_AT(from, "secretKeyRef"), true);
	else
		add_field(b, name, PF_STRING_AT(from, "fieldRef", "fieldPath"));
}

static void
add_service_link(void *context, const char *name, const char *value)
{
	struct builder *b = context;
	set(b,
	    (struct pf_env_var){.name = name, .value = value, .origin = PF_ENV_SERVICE_LINK, .object = "", .key = ""});
}

void
pf_env_resolve(struct pf_arena *arena, const struct pf_env_inputs *inputs, struct pf_env *out)
{
	struct builder b = {.arena = arena, .in = inputs};
	const cJSON *node;

	if (PF_BOOL_AT(inputs->pod_spec, true, "enableServiceLinks"))
		pf_service_links(arena, inputs->services, add_service_link, &b);
	cJSON_ArrayForEach(node, PF_AT(inputs->container, "envFrom"))
	{
		add_all_of(&b, node, false);
		add_all_of(&b, node, true);
	}
	cJSON_ArrayForEach(node, PF_AT(inputs->container, "env")) add_env(&b, node);
	*out = (struct pf_env){b.vars, b.count, b.missing, b.missing_count, b.unread};
}

const struct pf_env_var *
pf_env_get(const struct pf_env *env, const char *name)
{
	for (size_t i = 0; i < env->count; i++) {
		if (pf_streq(env->vars[i].name, name))
			return &env->vars[i];
	}
	return NULL;
}

const char *
pf_env_source(struct pf_arena *arena, const struct pf_env_var *var)
{
	switch (var->origin) {
	case PF_ENV_CONFIGMAP:
	case PF_ENV_SECRET: {
		const char *kind = var->origin == PF_ENV_SECRET ? "secret" : "configmap";
		if (pf_streq(var->key, var->name))
			return pf_printf(arena, "%s/%s", kind, var->object);
		return pf_printf(arena, "%s/%s key %s", kind, var->object, var->key);
	}
	case PF_ENV_FIELD:
		return "a field of the pod";
	case PF_ENV_SERVICE_LINK:
		return "a service link";
	case PF_ENV_LITERAL:
		break;
	}
	return "the pod template's env";
}

static void
add_reference(struct pf_arena *arena, const char ***names, size_t *count, const char *name)
{
	if (name == NULL)
		return;
	for (size_t i = 0; i < *count; i++) {
		if (pf_streq((*names)[i], name))
			return;
	}
	const char **grown = pf_alloc_array(arena, *count + 2, sizeof(*grown));
	if (*count > 0)
		memcpy(grown, *names, *count * sizeof(*grown));
	grown[(*count)++] = name;
	*names = grown;
}

const char *const *
pf_env_references(struct pf_arena *arena, const cJSON *container, bool secrets)
{
	const char **names = pf_alloc_array(arena, 1, sizeof(*names));
	size_t count = 0;
	const cJSON *node;
	cJSON_ArrayForEach(node, PF_AT(container, "envFrom")) add_reference(
		arena, &names, &count, PF_STRING_AT(node, secrets ? "secretRef" : "configMapRef", "name"));
	cJSON_ArrayForEach(node, PF_AT(container, "env"))
		add_reference(arena, &names, &count,
			      PF_STRING_AT(node, "valueFrom", secrets ? "secretKeyRef" : "configMapKeyRef", "name"));
	return names;
}
