/* YAML to a JSON tree by libyaml's events, with a bound on depth, on size and on what aliases expand to. */
#include <postflight/json.h>

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include <postflight/str.h>
#include <postflight/text.h>

#include "cursor.h"
#include "tree.h"

#define MAX_BYTES ((size_t)8 << 20)
#define MAX_DEPTH 100
#define MAX_NODES 200000

struct anchor {
	struct anchor *older;
	const char *name;
	const cJSON *node; /* NULL until it is complete: no node contains itself */
};

/* A mapping or sequence that is being filled. */
struct frame {
	cJSON *node;
	struct anchor *anchor;
	char *key; /* the mapping's pending key, NULL when a key comes next */
};

struct builder {
	struct pf_arena *scratch;
	struct anchor *anchors;
	struct frame frames[MAX_DEPTH];
	size_t depth;
	size_t nodes;
	cJSON *root;
	cJSON *dropped; /* values hidden by a later key of the same name: an anchor may still point to them */
	struct pf_err *err;
};

static bool
fail_at(struct pf_err *err, yaml_mark_t mark, const char *what)
{
	return pf_fail(err, PF_ERR_CONFIG, "line %zu, column %zu: %s", mark.line + 1, mark.column + 1, what);
}

static bool
is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(text, *words) == 0)
			return true;
	}
	return false;
}

static bool
is_all(const char *text, const char *set)
{
	return *text != '\0' && strspn(text, set) == strlen(text);
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool
is_decimal(const char *text)
{
	static const char digits[] = "0123456789";
	size_t whole, fraction = 0;

	text += *text == '-' || *text == '+';
	whole = strspn(text, digits);
	text += whole;
	if (*text == '.') {
		fraction = strspn(++text, digits);
		text += fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (*text == '\0')
		return true;
	if (*text != 'e' && *text != 'E')
		return false;
	text++;
	text += *text == '-' || *text == '+';
	return is_all(text, digits);
}

static cJSON *
based_number(const char *digits, unsigned base)
{
	double value = 0;

	for (; *digits != '\0'; digits++) {
		unsigned c = (unsigned char)*digits;
		value = value * base + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return cJSON_CreateNumber(value);
}

/* A plain scalar by the core schema. Infinity and not-a-number, which JSON lacks, stay text. */
static cJSON *
plain_scalar(const char *text)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const yes[] = {"true", "True", "TRUE", NULL};
	static const char *const no[] = {"false", "False", "FALSE", NULL};

	if (is_one_of(text, nulls))
		return cJSON_CreateNull();
	if (is_one_of(text, yes) || is_one_of(text, no))
		return cJSON_CreateBool(is_one_of(text, yes));
	if (pf_starts_with(text, "0o") && is_all(text + 2, "01234567"))
		return based_number(text + 2, 8);
	if (pf_starts_with(text, "0x") && is_all(text + 2, "0123456789abcdefABCDEF"))
		return based_number(text + 2, 16);
	if (is_decimal(text))
		return cJSON_CreateNumber(strtod(text, NULL));
	return cJSON_CreateString(text);
}

static cJSON *
scalar(struct builder *b, const yaml_event_t *event)
{
	const char *tag = (const char *)event->data.scalar.tag;
	char *text = pf_utf8_clean(b->scratch, (const char *)event->data.scalar.value, event->data.scalar.length);

	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && (tag == NULL || !pf_ends_with(tag, ":str")) &&
	    !pf_streq(tag, "!"))
		return plain_scalar(text);
	return cJSON_CreateString(text);
}

static cJSON *
alias(struct builder *b, const yaml_event_t *event)
{
	struct anchor *anchor = b->anchors;
	struct pf_extent extent;

	while (anchor != NULL && !pf_streq(anchor->name, (const char *)event->data.alias.anchor))
		anchor = anchor->older;
	if (anchor == NULL) {
		fail_at(b->err, event->start_mark, "the alias names no anchor before it");
		return NULL;
	}
	if (anchor->node == NULL) {
		fail_at(b->err, event->start_mark, "the alias stands inside what it names");
		return NULL;
	}
	extent = pf_json_extent(anchor->node);
	b->nodes += extent.nodes;
	if (b->nodes > MAX_NODES || b->depth + extent.depth > MAX_DEPTH + 1) {
		fail_at(b->err, event->start_mark, "the aliases expand to too much");
		return NULL;
	}
	return cJSON_Duplicate(anchor->node, true);
}

/* A scalar in the place of a key. */
static bool
take_key(struct builder *b, const yaml_event_t *event)
{
	if (event->type != YAML_SCALAR_EVENT)
		return fail_at(b->err, event->start_mark, "a key must be a plain word or a string");
	b->frames[b->depth - 1].key =
		pf_utf8_clean(b->scratch, (const char *)event->data.scalar.value, event->data.scalar.length);
	return true;
}

/* Puts NODE where the document is; the document owns it then. */
static void
place(struct builder *b, cJSON *node)
{
	struct frame *top = b->depth > 0 ? &b->frames[b->depth - 1] : NULL;

	if (top == NULL) {
		b->root = node;
	} else if (top->key != NULL) {
		cJSON_AddItemToObject(top->node, top->key, node);
		top->key = NULL;
	} else {
		cJSON_AddItemToArray(top->node, node);
	}
}

static struct anchor *
remember(struct builder *b, const yaml_char_t *name, const cJSON *node)
{
	struct anchor *anchor;

	if (name == NULL)
		return NULL;
	anchor = pf_alloc(b->scratch, sizeof(*anchor));
	*anchor = (struct anchor){b->anchors, pf_strdup(b->scratch, (const char *)name), node};
	b->anchors = anchor;
	return anchor;
}

static bool
open_collection(struct builder *b, const yaml_event_t *event)
{
	bool is_mapping = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *name = is_mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	cJSON *node;

	if (b->depth == MAX_DEPTH)
		return fail_at(b->err, event->start_mark, "the document is nested too deeply");
	node = is_mapping ? cJSON_CreateObject() : cJSON_CreateArray();
	place(b, node);
	b->frames[b->depth++] = (struct frame){.node = node, .anchor = remember(b, name, NULL)};
	return true;
}

/* Of keys that repeat, the last one counts, as for kubectl. */
static void
close_collection(struct builder *b)
{
	struct frame *frame = &b->frames[--b->depth];

	if (cJSON_IsObject(frame->node)) {
		for (cJSON **repeated = pf_json_repeated(b->scratch, frame->node); *repeated != NULL; repeated++)
			cJSON_AddItemToArray(b->dropped, cJSON_DetachItemViaPointer(frame->node, *repeated));
	}
	if (frame->anchor != NULL)
		frame->anchor->node = frame->node;
}

static bool
take_value(struct builder *b, const yaml_event_t *event)
{
	cJSON *node;

	if (++b->nodes > MAX_NODES)
		return fail_at(b->err, event->start_mark, "the document has too many values");
	if (event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT)
		return open_collection(b, event);
	node = event->type == YAML_ALIAS_EVENT ? alias(b, event) : scalar(b, event);
	if (node == NULL)
		return false;
	place(b, node);
	if (event->type == YAML_SCALAR_EVENT)
		remember(b, event->data.scalar.anchor, node);
	return true;
}

/* One event; false with the error set when the document ends here. */
static bool
take_event(struct builder *b, const yaml_event_t *event)
{
	const struct frame *top = b->depth > 0 ? &b->frames[b->depth - 1] : NULL;

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return b->root == NULL || fail_at(b->err, event->start_mark, "only one document is expected");
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		close_collection(b);
		return true;
	case YAML_SCALAR_EVENT:
	case YAML_ALIAS_EVENT:
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		if (top != NULL && cJSON_IsObject(top->node) && top->key == NULL)
			return take_key(b, event);
		return take_value(b, event);
	default:
		return true;
	}
}

/* libyaml knows only the byte where reading failed: malformed UTF-8, control characters. */
static bool
fail_as_reader(const yaml_parser_t *parser, const char *text, size_t len, struct pf_err *err)
{
	struct pf_cursor cursor = pf_cursor_over(text, len);

	pf_cursor_move(&cursor, text + parser->problem_offset);
	return pf_fail(err, PF_ERR_CONFIG, "line %u, column %u: this is no text: %s", cursor.position.line,
		       cursor.position.column, parser->problem);
}

static bool
fail_as_parser(const yaml_parser_t *parser, struct pf_err *err)
{
	return pf_fail(err, PF_ERR_CONFIG, "line %zu, column %zu: this is no valid YAML: %s",
		       parser->problem_mark.line + 1, parser->problem_mark.column + 1, parser->problem);
}

static bool
build(struct builder *b, yaml_parser_t *parser)
{
	for (bool more = true; more;) {
		yaml_event_t event;
		bool ok;
		if (!yaml_parser_parse(parser, &event))
			return false;
		more = event.type != YAML_STREAM_END_EVENT;
		ok = take_event(b, &event);
		yaml_event_delete(&event);
		if (!ok)
			return false;
	}
	return true;
}

cJSON *
pf_yaml_parse(struct pf_arena *arena, const char *text, size_t len, struct pf_err *err)
{
	struct builder *b;
	struct pf_arena *scratch;
	yaml_parser_t parser;
	cJSON *root = NULL;

	if (len > MAX_BYTES) {
		pf_fail(err, PF_ERR_CONFIG, "line 1, column 1: the document is larger than %zu bytes", MAX_BYTES);
		return NULL;
	}
	text = text != NULL ? text : "";
	if (!yaml_parser_initialize(&parser))
		pf_out_of_memory();
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	scratch = pf_arena_new();
	b = pf_alloc(scratch, sizeof(*b));
	b->scratch = scratch;
	b->dropped = cJSON_CreateArray();
	b->err = err;
	if (build(b, &parser))
		root = pf_json_own(arena, b->root != NULL ? b->root : cJSON_CreateNull());
	else
		cJSON_Delete(b->root);
	if (parser.error == YAML_MEMORY_ERROR)
		pf_out_of_memory();
	if (parser.error == YAML_READER_ERROR)
		fail_as_reader(&parser, text, len, err);
	else if (parser.error != YAML_NO_ERROR)
		fail_as_parser(&parser, err);
	cJSON_Delete(b->dropped);
	pf_arena_free(scratch);
	yaml_parser_delete(&parser);
	return root;
}
