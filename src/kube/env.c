#include "kube/env.h"

#include <string.h>

#include <postflight/buf.h>
#include <postflight/json.h>
#include <postflight/redact.h>
#include <postflight/str.h>

#include "kube/service_links.h"

#define MAX_VARS 4096   /* an etcd object cannot hold more that matter */
#define MAX_LINKS 65536 /* of some 9000 Services */
#define VALUE_CAP 65536 /* bytes of an expanded value */

struct vars {
	struct pf_env_var *p;
	size_t count;
	size_t room;
};

struct builder {
	struct pf_arena *arena;
	const struct pf_env_inputs *in;
	struct vars set;
	struct vars links; /* service links: for expansion, and where nothing else has the name */
	bool has_links;
	struct pf_env_missing *missing;
	size_t missing_count;
	const char *why; /* of the latest look that failed */
	struct pf_env_unread *unread;
	size_t unread_count;
};

static struct pf_env_var *
find(const struct vars *vars, const char *name)
{
	for (size_t i = 0; i < vars->count; i++) {
		if (pf_streq(vars->p[i].name, name))
			return &vars->p[i];
	}
	return NULL;
}

static void
add(struct pf_arena *arena, struct vars *vars, struct pf_env_var var)
{
	if (vars->count == vars->room) {
		size_t room = vars->room * 2 + 32;
		struct pf_env_var *grown = pf_alloc_array(arena, room, sizeof(*grown));
		if (vars->count > 0)
			memcpy(grown, vars->p, vars->count * sizeof(*grown));
		vars->p = grown;
		vars->room = room;
	}
	vars->p[vars->count++] = var;
}

static const char *
unread_for(const struct pf_env_unread *unread, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (pf_starts_with(name, unread[i].prefix))
			return unread[i].why;
	}
	return NULL;
}

/* From here on any name that starts with PREFIX may have been given a value that is not seen. */
static void
add_unread(struct builder *b, const char *prefix, const char *why)
{
	struct pf_env_unread *grown = pf_alloc_array(b->arena, b->unread_count + 1, sizeof(*grown));
	if (b->unread_count > 0)
		memcpy(grown, b->unread, b->unread_count * sizeof(*grown));
	grown[b->unread_count++] = (struct pf_env_unread){prefix, why};
	b->unread = grown;
}

/* Sets a variable; what had the name before is kept as hidden. */
static void
set(struct builder *b, struct pf_env_var var)
{
	struct pf_env_var *old = find(&b->set, var.name);
	if (old != NULL) {
		struct pf_env_var *copy = pf_alloc(b->arena, sizeof(*copy));
		*copy = *old;
		var.hides = copy;
		*old = var;
	} else if (b->set.count == MAX_VARS) {
		add_unread(b, "", pf_printf(b->arena, "there are more than %d variables", MAX_VARS));
	} else {
		add(b->arena, &b->set, var);
	}
}

/* A reference that is absent keeps the container from starting, whatever set the variable before. */
static void
unset(struct builder *b, const char *name)
{
	struct pf_env_var *var = find(&b->set, name);
	if (var != NULL && b->set.p != NULL)
		*var = b->set.p[--b->set.count];
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

/* Without a name nothing is asked: that path would be the whole list's. */
static enum pf_source_state
look_up(struct builder *b, bool is_secret, const char *name, const cJSON **object)
{
	b->why = "";
	if (name[0] == '\0')
		return PF_SOURCE_ABSENT;
	return b->in->lookup(b->in->context, is_secret, name, object, &b->why);
}

/* After a look that failed: what could not be read, and why where the caller has words for it. */
static const char *
unreadable(const struct builder *b, bool is_secret, const char *name)
{
	return pf_printf(b->arena, "%s/%s could not be read%s%s", is_secret ? "secret" : "configmap", name,
			 b->why[0] != '\0' ? ": " : "", b->why);
}

/* The later source wins where both have a name: what was set before holds only unless this one has it too. */
static void
doubt_earlier(struct builder *b, const char *prefix, const char *why)
{
	for (size_t i = 0; i < b->set.count; i++) {
		struct pf_env_var *var = &b->set.p[i];
		if (!pf_starts_with(var->name, prefix) || var->value == NULL)
			continue;
		var->unless = var->value;
		var->value = NULL;
		var->unknown = pf_printf(b->arena, "%s has it, unless what comes later has it too: %s",
					 pf_env_source(b->arena, var), why);
	}
}

static void
add_all_of(struct builder *b, const cJSON *source, bool is_secret)
{
	const cJSON *ref = PF_AT(source, is_secret ? "secretRef" : "configMapRef");
	const char *name = PF_STRING_AT(ref, "name"), *prefix = PF_STRING_AT(source, "prefix");
	const cJSON *object = NULL, *entry;
	if (name == NULL)
		return;
	if (prefix == NULL)
		prefix = "";
	switch (look_up(b, is_secret, name, &object)) {
	case PF_SOURCE_ABSENT:
		if (!PF_BOOL_AT(ref, false, "optional"))
			add_missing(b, (struct pf_env_missing){"", is_secret, name, ""});
		return;
	case PF_SOURCE_UNREADABLE:
		doubt_earlier(b, prefix, unreadable(b, is_secret, name));
		add_unread(b, prefix, unreadable(b, is_secret, name));
		return;
	case PF_SOURCE_FOUND:
		break;
	}
	cJSON_ArrayForEach(entry, PF_AT(object, "data"))
	{
		if (entry->string == NULL)
			continue;
		const char *full = pf_printf(b->arena, "%s%s", prefix, entry->string);
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
	if (object_name == NULL || key == NULL)
		return;
	struct pf_env_var var = {.name = name,
				 .secret = is_secret,
				 .origin = is_secret ? PF_ENV_SECRET : PF_ENV_CONFIGMAP,
				 .object = object_name,
				 .key = key};
	switch (look_up(b, is_secret, object_name, &object)) {
	case PF_SOURCE_UNREADABLE:
		var.unknown = unreadable(b, is_secret, object_name);
		set(b, var);
		return;
	case PF_SOURCE_ABSENT:
		if (!optional) {
			add_missing(b, (struct pf_env_missing){name, is_secret, object_name, ""});
			unset(b, name);
		}
		return;
	case PF_SOURCE_FOUND:
		break;
	}
	var.value = PF_STRING_AT(object, "data", key);
	if (var.value != NULL) {
		var.secret = is_secret || pf_has_token(var.value);
		set(b, var);
	} else if (!optional) {
		add_missing(b, (struct pf_env_missing){name, is_secret, object_name, key});
		unset(b, name);
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
 * A name that nothing here defines, but that the kubelet may: a link to a Service where Services could not be read, and
 * those to the API server, which every container has.
 */
static bool
may_be_link(const struct builder *b, const char *name)
{
	bool links_known = !b->has_links || b->in->services != NULL;
	if (pf_starts_with(name, "KUBERNETES_SERVICE_") || pf_starts_with(name, "KUBERNETES_PORT"))
		return true;
	return !links_known && (pf_ends_with(name, "_SERVICE_HOST") || strstr(name, "_SERVICE_PORT") != NULL ||
				pf_ends_with(name, "_PORT") || strstr(name, "_PORT_") != NULL);
}

static void
expand_name(struct builder *b, const char *name, struct pf_env_var *var, struct pf_buf *out)
{
	const struct pf_env_var *other = find(&b->set, name);
	if (other == NULL)
		other = find(&b->links, name);
	if (other != NULL && other->value == NULL) {
		var->unknown = other->unknown;
	} else if (other != NULL) {
		var->expanded = true;
		var->secret = var->secret || other->secret;
		pf_buf_puts(out, other->value);
	} else {
		const char *unread = unread_for(b->unread, b->unread_count, name);
		var->unresolved = name;
		if (unread != NULL)
			var->unknown = unread;
		else if (may_be_link(b, name))
			var->unknown = pf_printf(b->arena, "it holds $(%s), which may be a Service's", name);
		pf_buf_printf(out, "$(%s)", name);
	}
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
			expand_name(b, pf_strndup(b->arena, p + 2, (size_t)(end - p - 2)), &var, &out);
			p = end;
		} else {
			pf_buf_add(&out, p, 1);
		}
	}
	if (out.cut)
		var.unknown = pf_printf(b->arena, "it is longer than %d bytes", VALUE_CAP);
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
	if (name == NULL || name[0] == '\0')
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
	if (b->links.count < MAX_LINKS)
		add(b->arena, &b->links,
		    (struct pf_env_var){
			    .name = name, .value = value, .origin = PF_ENV_SERVICE_LINK, .object = "", .key = ""});
}

void
pf_env_resolve(struct pf_arena *arena, const struct pf_env_inputs *inputs, struct pf_env *out)
{
	struct builder b = {.arena = arena, .in = inputs};
	const cJSON *node;

	b.has_links = PF_BOOL_AT(inputs->pod_spec, true, "enableServiceLinks");
	if (b.has_links)
		pf_service_links(arena, inputs->services, add_service_link, &b);
	cJSON_ArrayForEach(node, PF_AT(inputs->container, "envFrom"))
	{
		add_all_of(&b, node, false);
		add_all_of(&b, node, true);
	}
	cJSON_ArrayForEach(node, PF_AT(inputs->container, "env")) add_env(&b, node);
	size_t own = b.set.count;
	for (size_t i = 0; i < b.links.count; i++) {
		bool overridden = false;
		for (size_t k = 0; k < own && !overridden; k++)
			overridden = pf_streq(b.set.p[k].name, b.links.p[i].name);
		if (!overridden)
			add(arena, &b.set, b.links.p[i]);
	}
	*out = (struct pf_env){b.set.p, b.set.count, b.missing, b.missing_count, b.unread, b.unread_count};
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
pf_env_unread(const struct pf_env *env, const char *name)
{
	return unread_for(env->unread, env->unread_count, name);
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
	if (name == NULL || name[0] == '\0')
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
