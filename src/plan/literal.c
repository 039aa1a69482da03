#include "plan/literal.h"

#include <inttypes.h>
#include <string.h>

#include <postflight/str.h>

#include "plan/place.h"

#define EXACT_MAX 9007199254740992.0 /* 2^53: what every reader of JSON keeps exactly */

bool
pf_whole_number(const cJSON *node, int64_t *out)
{
	double value;

	if (!cJSON_IsNumber(node))
		return false;
	value = node->valuedouble;
	if (!(value >= -EXACT_MAX && value <= EXACT_MAX) || value != (double)(int64_t)value)
		return false;
	*out = (int64_t)value;
	return true;
}

const char *
pf_literal_text(struct pf_arena *arena, const cJSON *node)
{
	int64_t number;

	if (cJSON_IsString(node))
		return node->valuestring;
	if (cJSON_IsBool(node))
		return cJSON_IsTrue(node) ? "true" : "false";
	if (pf_whole_number(node, &number))
		return pf_printf(arena, "%" PRId64, number);
	return NULL;
}

bool
pf_literal_fits(const cJSON *node, enum pf_type type, const char *values)
{
	int64_t number;

	switch (type) {
	case PF_TYPE_STRING:
		return cJSON_IsString(node);
	case PF_TYPE_ENUM:
		return cJSON_IsString(node) && pf_word_in(values, node->valuestring);
	case PF_TYPE_INT:
		return pf_whole_number(node, &number);
	case PF_TYPE_BOOL:
		return cJSON_IsBool(node);
	default:
		return false;
	}
}

static bool
is_integer_text(const char *text)
{
	size_t digits;

	text += *text == '-';
	digits = strspn(text, "0123456789");
	return digits > 0 && digits <= 15 && text[digits] == '\0';
}

bool
pf_text_fits(const char *text, enum pf_type type, const char *values)
{
	switch (type) {
	case PF_TYPE_STRING:
		return true;
	case PF_TYPE_ENUM:
		return pf_word_in(values, text);
	case PF_TYPE_INT:
		return is_integer_text(text);
	case PF_TYPE_BOOL:
		return pf_streq(text, "true") || pf_streq(text, "false");
	default:
		return false;
	}
}

const char *
pf_type_expected(struct pf_arena *arena, enum pf_type type, const char *values)
{
	if (type == PF_TYPE_BOOL)
		return pf_type_name(type);
	if (type != PF_TYPE_ENUM)
		return pf_printf(arena, "%s %s", type == PF_TYPE_INT ? "an" : "a", pf_type_name(type));
	return pf_printf(arena, "one of: %s", pf_join(arena, pf_split(arena, values), ", "));
}

bool
pf_has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}
