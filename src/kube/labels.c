#include "kube/labels.h"

#include <postflight/buf.h>
#include <postflight/json.h>
#include <postflight/str.h>

#define TEXT_CAP 65536 /* a selector longer than this would not fit a URL anyway */

static void
add_values(struct pf_buf *out, const cJSON *values)
{
	const cJSON *value;
	const char *sep = "";
	cJSON_ArrayForEach(value, values)
	{
		pf_buf_printf(out, "%s%s", sep, cJSON_IsString(value) ? value->valuestring : "");
		sep = ",";
	}
}

char *
pf_selector_text(struct pf_arena *arena, const cJSON *selector)
{
	PF_AUTO_BUF out = PF_BUF(TEXT_CAP);
	const cJSON *node;
	pf_buf_puts(&out, pf_map_text(arena, PF_AT(selector, "matchLabels")));
	cJSON_ArrayForEach(node, PF_AT(selector, "matchExpressions"))
	{
		const char *key = PF_STRING_AT(node, "key"), *op = PF_STRING_AT(node, "operator");
		if (key == NULL || op == NULL)
			continue;
		const char *sep = out.len > 0 ? "," : "";
		if (pf_streq(op, "Exists")) {
			pf_buf_printf(&out, "%s%s", sep, key);
		} else if (pf_streq(op, "DoesNotExist")) {
			pf_buf_printf(&out, "%s!%s", sep, key);
		} else {
			pf_buf_printf(&out, "%s%s %s (", sep, key, pf_streq(op, "In") ? "in" : "notin");
			add_values(&out, PF_AT(node, "values"));
			pf_buf_puts(&out, ")");
		}
	}
	return pf_strdup(arena, pf_buf_text(&out));
}

static bool
in_values(const cJSON *values, const char *have)
{
	const cJSON *value;
	cJSON_ArrayForEach(value, values)
	{
		if (pf_streq(pf_json_string(value), have))
			return true;
	}
	return false;
}

bool
pf_selector_matches(const cJSON *selector, const cJSON *labels)
{
	const cJSON *node;
	cJSON_ArrayForEach(node, PF_AT(selector, "matchLabels"))
	{
		if (node->string == NULL || !pf_streq(pf_json_string(node), PF_STRING_AT(labels, node->string)))
			return false;
	}
	cJSON_ArrayForEach(node, PF_AT(selector, "matchExpressions"))
	{
		const char *key = PF_STRING_AT(node, "key"), *op = PF_STRING_AT(node, "operator");
		const char *have = key != NULL ? PF_STRING_AT(labels, key) : NULL;
		bool ok = false;
		if (pf_streq(op, "Exists"))
			ok = have != NULL;
		else if (pf_streq(op, "DoesNotExist"))
			ok = have == NULL;
		else if (pf_streq(op, "In"))
			ok = in_values(PF_AT(node, "values"), have);
		else if (pf_streq(op, "NotIn"))
			ok = !in_values(PF_AT(node, "values"), have);
		if (!ok)
			return false;
	}
	return true;
}

bool
pf_map_matches(const cJSON *map, const cJSON *labels)
{
	const cJSON *node;
	if (map == NULL || map->child == NULL)
		return false;
	cJSON_ArrayForEach(node, map)
	{
		if (node->string == NULL || !pf_streq(pf_json_string(node), PF_STRING_AT(labels, node->string)))
			return false;
	}
	return true;
}

char *
pf_map_text(struct pf_arena *arena, const cJSON *map)
{
	PF_AUTO_BUF out = PF_BUF(TEXT_CAP);
	const cJSON *node;
	cJSON_ArrayForEach(node, map)
	{
		if (cJSON_IsString(node) && node->string != NULL)
			pf_buf_printf(&out, "%s%s=%s", out.len > 0 ? "," : "", node->string, node->valuestring);
	}
	return pf_strdup(arena, pf_buf_text(&out));
}

char *
pf_map_difference(struct pf_arena *arena, const cJSON *map, const cJSON *labels)
{
	PF_AUTO_BUF out = PF_BUF(TEXT_CAP);
	const cJSON *node;
	cJSON_ArrayForEach(node, map)
	{
		const char *want = pf_json_string(node);
		const char *sep = out.len > 0 ? "; " : "";
		if (want == NULL || node->string == NULL)
			continue;
		const char *have = PF_STRING_AT(labels, node->string);
		if (pf_streq(want, have))
			continue;
		if (have == NULL)
			pf_buf_printf(&out, "%sthe pods have no label %s", sep, node->string);
		else
			pf_buf_printf(&out, "%sthe pods have %s=%s", sep, node->string, have);
	}
	return pf_strdup(arena, pf_buf_text(&out));
}
