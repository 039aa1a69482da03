/* Printing JSON so that it is one valid document, and harmless on a terminal, whatever the strings hold. */
#include <postflight/json.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <postflight/buf.h>

#include "utf8.h"

static void
print_string(struct pf_buf *out, const char *text)
{
	static const char named[][2] = {{'"', '"'},  {'\\', '\\'}, {'\n', 'n'}, {'\r', 'r'},
					{'\t', 't'}, {'\b', 'b'},  {'\f', 'f'}};
	size_t len = text != NULL ? strlen(text) : 0;

	pf_buf_puts(out, "\"");
	for (size_t i = 0; i < len;) {
		uint32_t point = 0;
		size_t n = pf_utf8_next(text + i, len - i, &point);
		char name = '\0';
		for (size_t k = 0; k < sizeof(named) / sizeof(named[0]); k++) {
			if (text[i] == named[k][0])
				name = named[k][1];
		}
		if (n == 0)
			pf_buf_puts(out, "\xEF\xBF\xBD");
		else if (name != '\0')
			pf_buf_printf(out, "\\%c", name);
		else if (pf_is_control(point))
			pf_buf_printf(out, "\\u%04x", (unsigned)point);
		else
			pf_buf_add(out, text + i, n);
		i += n != 0 ? n : 1;
	}
	pf_buf_puts(out, "\"");
}

static bool
reads_back_as(const char *text, double value)
{
	double back = strtod(text, NULL);

	return !(back < value) && !(back > value);
}

/* The shortest text that reads back as the same number. JSON has no infinity. */
static void
print_number(struct pf_buf *out, double value)
{
	char text[32];

	if (!isfinite(value)) {
		pf_buf_puts(out, "null");
		return;
	}
	if (fabs(value) < 1e17 && reads_back_as("0", value - trunc(value))) {
		pf_buf_printf(out, "%.0f", fabs(value) > 0 ? value : 0.0);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (reads_back_as(text, value))
			break;
	}
	pf_buf_puts(out, text);
}

static void
print_break(struct pf_buf *out, bool pretty, unsigned depth)
{
	if (pretty)
		pf_buf_printf(out, "\n%*s", (int)(depth * 2), "");
}

static void
print_node(struct pf_buf *out, const cJSON *node, bool pretty, unsigned depth)
{
	bool is_object = cJSON_IsObject(node);
	const cJSON *child;

	if (cJSON_IsString(node)) {
		print_string(out, node->valuestring);
	} else if (cJSON_IsNumber(node)) {
		print_number(out, node->valuedouble);
	} else if (cJSON_IsRaw(node)) {
		pf_buf_puts(out, node->valuestring);
	} else if (!is_object && !cJSON_IsArray(node)) {
		pf_buf_puts(out, cJSON_IsTrue(node) ? "true" : cJSON_IsFalse(node) ? "false" : "null");
	} else if (node->child == NULL) {
		pf_buf_puts(out, is_object ? "{}" : "[]");
	} else {
		pf_buf_puts(out, is_object ? "{" : "[");
		cJSON_ArrayForEach(child, node)
		{
			if (child != node->child)
				pf_buf_puts(out, ",");
			print_break(out, pretty, depth + 1);
			if (is_object) {
				print_string(out, child->string);
				pf_buf_puts(out, pretty ? ": " : ":");
			}
			print_node(out, child, pretty, depth + 1);
		}
		print_break(out, pretty, depth);
		pf_buf_puts(out, is_object ? "}" : "]");
	}
}

char *
pf_json_print(struct pf_arena *arena, const cJSON *node, bool pretty)
{
	PF_AUTO_BUF out = PF_BUF(SIZE_MAX);

	print_node(&out, node, pretty, 0);
	return pf_strndup(arena, out.p, out.len);
}
