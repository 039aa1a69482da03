/* Redaction of API objects: a walk over the whole document, whatever its kind, with the places that need more. */
#include <ctype.h>
#include <stdint.h>

#include <postflight/json.h>

#include "kube/kubeconfig_base64.h"
#include "kube/redact_internal.h"

/* JSON within a string, within a string, …; deeper it is read as text. */
#define MAX_EMBEDDED 3u
#define MAX_EMBEDDED_LEN ((size_t)1 << 20)

struct walk {
	struct pf_redactor *redactor;
	struct pf_arena *arena;
	unsigned depth;
	size_t found; /* changes made */
};

/* Strings that identify or classify: the API allows no secret there, and rules compare them. */
static const char *const identity[] = {"apiVersion",
				       "clusterIP",
				       "configMapName",
				       "containerID",
				       "fieldPath",
				       "generateName",
				       "hostIP",
				       "hostname",
				       "image",
				       "imageID",
				       "ip",
				       "key",
				       "kind",
				       "name",
				       "namespace",
				       "nodeName",
				       "operation",
				       "operator",
				       "phase",
				       "podIP",
				       "protocol",
				       "reason",
				       "resourceVersion",
				       "secretName",
				       "serviceAccount",
				       "serviceAccountName",
				       "serviceName",
				       "status",
				       "subdomain",
				       "type",
				       "uid",
				       NULL};

/* Maps of labels: compared, never secret. */
static const char *const label_maps[] = {"labels", "matchLabels", "selector", "nodeSelector", NULL};

/* Copies of whole objects, secrets included. */
static const char *const applied[] = {"kubectl.kubernetes.io/last-applied-configuration",
				      "objectset.rio.cattle.io/applied", "kapp.k14s.io/original",
				      "banzaicloud.com/last-applied", NULL};

static const char *const kept_of_managed_fields[] = {"manager", "operation", "time", "subresource", NULL};

static void visit(struct walk *walk, cJSON *node, const char *name, const char *kind);

static bool
is_one_of(const char *name, const char *const *list)
{
	while (*list != NULL && !pf_streq(name, *list))
		list++;
	return *list != NULL;
}

static const char *
string_in(const cJSON *object, const char *name)
{
	return pf_json_string(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* NODE becomes the string TEXT; what it was is wiped. */
static void
become(cJSON *node, const struct pf_buf *text)
{
	char *copy = cJSON_malloc(text->len + 1);

	memcpy(copy, pf_buf_text(text), text->len + 1);
	if (node->valuestring != NULL) {
		explicit_bzero(node->valuestring, strlen(node->valuestring));
		cJSON_free(node->valuestring);
	}
	cJSON_Delete(node->child);
	node->child = NULL;
	node->type = cJSON_String;
	node->valuestring = copy;
}

static void
wipe_strings(cJSON *node)
{
	for (cJSON *child = node->child; child != NULL; child = child->next)
		wipe_strings(child);
	if (node->valuestring != NULL)
		explicit_bzero(node->valuestring, strlen(node->valuestring));
}

static void
drop(struct walk *walk, cJSON *parent, cJSON *child)
{
	wipe_strings(child);
	cJSON_Delete(cJSON_DetachItemViaPointer(parent, child));
	walk->found++;
}

/* NODE, whatever it holds, becomes VALUE's token. */
static void
hide_as(struct walk *walk, cJSON *node, struct pf_str value, unsigned flags)
{
	PF_AUTO_BUF token = PF_REDACTED_BUF(value.len);

	pf_redactor_token(walk->redactor, value, flags, &token);
	become(node, &token);
	walk->found++;
}

/* A value whose name looks secret. */
static void
hide(struct walk *walk, cJSON *node)
{
	struct pf_str value = pf_str(node->valuestring);

	if (value.len > 0 && !pf_value_is_reference(value))
		hide_as(walk, node, value, PF_SECRET_SCRUB);
}

static void
replace_by_scan(struct walk *walk, cJSON *node, size_t (*scan)(struct pf_redactor *, struct pf_str, struct pf_buf *))
{
	struct pf_str text = pf_str(node->valuestring);
	PF_AUTO_BUF out = PF_REDACTED_BUF(text.len);
	size_t found = scan(walk->redactor, text, &out);

	if (found > 0)
		become(node, &out);
	walk->found += found;
}

static size_t
unforge(struct pf_redactor *redactor, struct pf_str text, struct pf_buf *out)
{
	(void)redactor;
	return pf_redactor_unforge(text, out);
}

/* The names of OBJECT's members come from outside as well. */
static void
unforge_names(struct walk *walk, cJSON *object)
{
	for (cJSON *member = object->child; member != NULL; member = member->next) {
		struct pf_str name = pf_str(member->string);
		PF_AUTO_BUF out = PF_REDACTED_BUF(name.len);
		char *copy;
		if (name.len == 0 || pf_redactor_unforge(name, &out) == 0)
			continue;
		copy = cJSON_malloc(out.len + 1);
		memcpy(copy, pf_buf_text(&out), out.len + 1);
		cJSON_free(member->string);
		member->string = copy;
		walk->found++;
	}
}

/* A string that is a JSON document of its own is redacted as one. False when it is none. */
static bool
is_embedded(struct walk *walk, cJSON *node)
{
	const char *text = node->valuestring;
	size_t len = strlen(text);
	struct walk inner = *walk;
	struct pf_arena *scratch;
	PF_AUTO_BUF out = PF_REDACTED_BUF(len);
	struct pf_err err;
	cJSON *root;

	while (isspace((unsigned char)*text))
		text++;
	if ((*text != '{' && *text != '[') || len > MAX_EMBEDDED_LEN || walk->depth >= MAX_EMBEDDED)
		return false;
	scratch = pf_arena_new();
	root = pf_json_parse(scratch, text, strlen(text), &err);
	if (root != NULL) {
		inner.depth++;
		inner.found = 0;
		visit(&inner, root, NULL, NULL);
		if (inner.found > 0) {
			pf_buf_puts(&out, pf_json_print(scratch, root, false));
			become(node, &out);
		}
		walk->found += inner.found;
		wipe_strings(root);
	}
	pf_arena_free(scratch);
	return root != NULL;
}

/* Free text: a message, a value, an argument. */
static void
scrub(struct walk *walk, cJSON *node)
{
	if (!is_embedded(walk, node))
		replace_by_scan(walk, node, pf_redactor_scan);
}

/* What a decoded secret holds besides itself: lines of a properties file, a URL's password. */
static void
remember_parts(struct walk *walk, struct pf_str value)
{
	struct pf_str trimmed = value;

	while (trimmed.len > 0 && isspace((unsigned char)trimmed.p[trimmed.len - 1]))
		trimmed.len--;
	pf_redactor_remember(walk->redactor, trimmed);
	if (value.len > 0 && memchr(value.p, '\0', value.len) == NULL)
		pf_redactor_scan(walk->redactor, value, NULL);
}

/* The plain value of base64 TEXT. False when it is none. */
static bool
decode(struct pf_arena *scratch, const char *text, struct pf_str *out)
{
	char *bytes;
	size_t len;

	if (!pf_kubeconfig_base64_decode(scratch, text, &bytes, &len))
		return false;
	*out = (struct pf_str){bytes, len};
	return true;
}

/* One entry of a Secret's data (ENCODED) or stringData. */
static void
hide_entry(struct walk *walk, cJSON *node, bool encoded)
{
	struct pf_arena *scratch = pf_arena_new();
	const char *text = cJSON_IsString(node) ? node->valuestring : pf_json_print(scratch, node, false);
	struct pf_str value = pf_str(text);
	unsigned flags = PF_SECRET_SCRUB;
	bool decoded = cJSON_IsString(node) && encoded && decode(scratch, text, &value);

	if (value.len > 0 && !cJSON_IsNull(node)) {
		if (decoded)
			pf_redactor_remember(walk->redactor, pf_str(text)); /* it may be quoted as it stands */
		else if (encoded || !cJSON_IsString(node))
			flags |= PF_SECRET_OPAQUE;
		remember_parts(walk, value);
		hide_as(walk, node, value, flags);
		if (decoded)
			explicit_bzero((char *)(uintptr_t)value.p, value.len);
	}
	pf_arena_free(scratch);
}

static void
hide_entries(struct walk *walk, cJSON *map, bool encoded)
{
	if (!cJSON_IsObject(map)) {
		hide_entry(walk, map, false);
		return;
	}
	for (cJSON *entry = map->child; entry != NULL; entry = entry->next)
		hide_entry(walk, entry, encoded);
	unforge_names(walk, map);
}

/* binaryData of a ConfigMap: hidden when its name, or what is in it, is secret. */
static void
visit_binary(struct walk *walk, cJSON *map)
{
	struct pf_arena *scratch = pf_arena_new();

	for (cJSON *entry = map->child; entry != NULL; entry = entry->next) {
		struct pf_str value;
		if (!cJSON_IsString(entry)) {
			visit(walk, entry, NULL, NULL);
		} else if (!decode(scratch, entry->valuestring, &value)) {
			scrub(walk, entry);
		} else {
			if (pf_name_looks_secret(entry->string) || pf_redactor_scan(walk->redactor, value, NULL) > 0)
				hide_entry(walk, entry, true);
			explicit_bzero((char *)(uintptr_t)value.p, value.len);
		}
	}
	unforge_names(walk, map);
	pf_arena_free(scratch);
}

/* data of a ConfigMap, annotations: names that are free, values that are text. */
static void
visit_texts(struct walk *walk, cJSON *map)
{
	cJSON *next;

	for (cJSON *entry = map->child; entry != NULL; entry = next) {
		next = entry->next;
		if (is_one_of(entry->string, applied))
			drop(walk, map, entry);
		else if (!cJSON_IsString(entry))
			visit(walk, entry, entry->string, NULL);
		else if (pf_name_looks_secret(entry->string))
			hide(walk, entry);
		else
			scrub(walk, entry);
	}
	unforge_names(walk, map);
}

/* Of the fields that somebody has set, whether data is among them: later than a container's start, it has not seen it.
 */
static void
reduce_fields(struct walk *walk, cJSON *fields)
{
	cJSON *field, *next;

	for (field = fields->child; field != NULL; field = next) {
		next = field->next;
		if (!pf_streq(field->string, "f:data") || !cJSON_IsObject(field))
			drop(walk, fields, field);
		else
			while (field->child != NULL)
				drop(walk, field, field->child);
	}
}

static void
reduce_managed_fields(struct walk *walk, cJSON *list)
{
	cJSON *entry, *next;

	cJSON_ArrayForEach(entry, list)
	{
		for (cJSON *field = entry->child; field != NULL; field = next) {
			next = field->next;
			if (pf_streq(field->string, "fieldsV1") && cJSON_GetObjectItemCaseSensitive(field, "f:data"))
				reduce_fields(walk, field);
			else if (!is_one_of(field->string, kept_of_managed_fields) || !cJSON_IsString(field))
				drop(walk, entry, field);
			else
				replace_by_scan(walk, field, unforge);
		}
	}
}

/* The value of --password=VALUE as one argument: all that is left of it, blanks and commas too. */
static bool
hide_in_argument(struct walk *walk, cJSON *node)
{
	const char *text = node->valuestring;
	size_t from = pf_argument_value(text);
	struct pf_str value;
	PF_AUTO_BUF out = PF_REDACTED_BUF(strlen(text));

	if (from == 0 || !pf_secret_name(pf_argument_name(text, from - 1)))
		return false;
	value = pf_str(text + from);
	if (value.len == 0 || pf_value_is_public(value) || pf_value_is_reference(value))
		return false;
	pf_redactor_unforge((struct pf_str){text, from}, &out);
	pf_redactor_token(walk->redactor, value, PF_SECRET_SCRUB, &out);
	become(node, &out);
	walk->found++;
	return true;
}

static void
visit_arguments(struct walk *walk, cJSON *list)
{
	bool announced = false;

	for (cJSON *argument = list->child; argument != NULL; argument = argument->next) {
		bool secret = announced;
		announced = cJSON_IsString(argument) && cJSON_IsString(argument->next) &&
			    pf_argument_announces(argument->valuestring, argument->next->valuestring);
		if (!cJSON_IsString(argument))
			visit(walk, argument, NULL, NULL);
		else if (secret)
			hide(walk, argument);
		else if (!hide_in_argument(walk, argument))
			scrub(walk, argument);
	}
}

/* A Secret by its kind or, in pieces that lost it, by its looks. */
static bool
is_secret(const cJSON *object, const char *kind)
{
	const char *type = string_in(object, "type");
	const cJSON *member;

	cJSON_ArrayForEach(member, object)
	{
		if (pf_streq(member->string, "kind") && pf_streq(pf_json_string(member), "Secret"))
			return true;
	}
	if (string_in(object, "kind") != NULL)
		return false;
	return pf_streq(kind, "Secret") ||
	       (type != NULL && cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(object, "data")) &&
		(strcmp(type, "Opaque") == 0 || strstr(type, "kubernetes.io/") != NULL));
}

/* The kind of a typed list's items, which do not say it themselves. */
static const char *
item_kind(struct walk *walk, const cJSON *list)
{
	const char *kind = string_in(list, "kind");

	if (kind == NULL || !pf_ends_with(kind, "List"))
		return NULL;
	return pf_strndup(walk->arena, kind, strlen(kind) - strlen("List"));
}

/* {"name": …, "value": …}, as env and HTTP headers are written. */
static bool
is_named_value(const cJSON *object, const cJSON *member)
{
	if (!pf_streq(member->string, "value") || !cJSON_IsString(member))
		return false;
	return pf_name_looks_secret(string_in(object, "name")) || pf_name_looks_secret(string_in(object, "key"));
}

static void
visit_member(struct walk *walk, cJSON *object, cJSON *member, bool secret)
{
	const char *name = member->string;
	bool is_map = cJSON_IsObject(member), is_list = cJSON_IsArray(member);

	if (secret && (pf_streq(name, "data") || pf_streq(name, "stringData")))
		hide_entries(walk, member, name[0] == 'd');
	else if (is_map && (pf_streq(name, "annotations") || pf_streq(name, "data")))
		visit_texts(walk, member);
	else if (is_map && pf_streq(name, "binaryData"))
		visit_binary(walk, member);
	else if (is_map && is_one_of(name, label_maps))
		visit(walk, member, "name", "labels");
	else if (is_list && pf_streq(name, "managedFields"))
		reduce_managed_fields(walk, member);
	else if (is_list && (pf_streq(name, "command") || pf_streq(name, "args")))
		visit_arguments(walk, member);
	else if (is_named_value(object, member))
		hide(walk, member);
	else
		visit(walk, member, name, pf_streq(name, "items") ? item_kind(walk, object) : NULL);
}

static void
visit_object(struct walk *walk, cJSON *object, const char *kind)
{
	bool secret = is_secret(object, kind);
	cJSON *next;

	for (cJSON *member = object->child; member != NULL; member = next) {
		next = member->next;
		visit_member(walk, object, member, secret);
	}
	unforge_names(walk, object);
}

/* A label map's members keep their values; they and their names only lose forged tokens. */
static void
visit_labels(struct walk *walk, cJSON *map)
{
	for (cJSON *label = map->child; label != NULL; label = label->next) {
		if (cJSON_IsString(label))
			replace_by_scan(walk, label, unforge);
		else
			visit(walk, label, "name", "labels");
	}
	unforge_names(walk, map);
}

/* NAME is the member's or, in a list, the list's; KIND what an item of a typed list is, or "labels". */
static void
visit(struct walk *walk, cJSON *node, const char *name, const char *kind)
{
	if (cJSON_IsObject(node)) {
		if (pf_streq(kind, "labels"))
			visit_labels(walk, node);
		else
			visit_object(walk, node, kind);
	} else if (cJSON_IsArray(node)) {
		for (cJSON *item = node->child; item != NULL; item = item->next)
			visit(walk, item, name, kind);
	} else if (cJSON_IsString(node)) {
		if (is_one_of(name, identity))
			replace_by_scan(walk, node, unforge);
		else if (pf_name_looks_secret(name))
			hide(walk, node);
		else
			scrub(walk, node);
	}
}

void
pf_redact_json(struct pf_redactor *redactor, struct pf_arena *arena, cJSON *document)
{
	struct walk walk = {.redactor = redactor, .arena = arena};

	if (document != NULL)
		visit(&walk, document, NULL, NULL);
}
