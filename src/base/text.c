/* Text from outside, made fit for the place where it lands. */
#include <postflight/text.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

#define ELLIPSIS "\xE2\x80\xA6"
#define ELLIPSIS_LEN (sizeof(ELLIPSIS) - 1)

/* One character as pf_one_line() shows it; INTO has 16 bytes. Returns the bytes of TEXT it stands for. */
static size_t
show_character(const char *text, size_t len, char *into)
{
	uint32_t point;
	size_t n = pf_utf8_next(text, len, &point);

	if (n == 0) {
		snprintf(into, 16, "\xEF\xBF\xBD");
		return 1;
	}
	if (point == '\r' && len > 1 && text[1] == '\n') {
		snprintf(into, 16, " ");
		return 2;
	}
	if (point == '\n' || point == '\t' || point == '\r')
		snprintf(into, 16, " ");
	else if (pf_is_control(point))
		snprintf(into, 16, point <= 0x7F ? "\\x%02x" : "\\u%04x", (unsigned)point);
	else
		snprintf(into, 16, "%.*s", (int)n, text);
	return n;
}

void
pf_one_line_into(struct pf_buf *out, const char *text)
{
	size_t len = strlen(text), max = out->cap;
	size_t last_fit = out->len; /* where an ellipsis still fits */
	char shown[16];

	for (size_t i = 0; i < len;) {
		size_t used = show_character(text + i, len - i, shown);
		size_t width = strlen(shown);
		if (width > max - out->len) {
			if (out->p != NULL)
				out->p[out->len = last_fit] = '\0';
			out->cut = true;
			if (max - out->len >= ELLIPSIS_LEN)
				pf_buf_puts(out, ELLIPSIS);
			return;
		}
		pf_buf_add(out, shown, width);
		if (max - out->len >= ELLIPSIS_LEN)
			last_fit = out->len;
		i += used;
	}
}

char *
pf_one_line(struct pf_arena *arena, const char *text, size_t max)
{
	PF_AUTO_BUF line = PF_BUF(max);

	pf_one_line_into(&line, text);
	return pf_strndup(arena, pf_buf_text(&line), line.len);
}

/* The blocks of marks that combine with the character before them, and what has no width at all. */
static const struct {
	uint32_t first, last;
} no_width[] = {
	{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
	{0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF},
};

size_t
pf_columns(const char *text)
{
	size_t columns = 0, len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t point = 0;
		size_t n = pf_utf8_next(text + i, len - i, &point);
		bool visible = true;
		for (size_t k = 0; k < sizeof(no_width) / sizeof(no_width[0]); k++)
			visible &= point < no_width[k].first || point > no_width[k].last;
		columns += visible;
		i += n != 0 ? n : 1;
	}
	return columns;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
is_safe_in_shell(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (!is_alnum(*c) && strchr("_@%+=:,./-", *c) == NULL)
			return false;
	}
	return *text != '\0';
}

char *
pf_shell_word(struct pf_arena *arena, const char *text)
{
	PF_AUTO_BUF word = PF_BUF(SIZE_MAX);

	if (is_safe_in_shell(text))
		return pf_strdup(arena, text);
	pf_buf_puts(&word, "'");
	for (const char *c = text; *c != '\0'; c++)
		pf_buf_add(&word, *c == '\'' ? "'\\''" : c, *c == '\'' ? 4 : 1);
	pf_buf_puts(&word, "'");
	return pf_strndup(arena, word.p, word.len);
}

char *
pf_url_encode(struct pf_arena *arena, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t len = strlen(text);
	char *encoded = pf_alloc_array(arena, len + 1, 3), *out = encoded;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (is_alnum(text[i]) || strchr("-._~", c) != NULL) {
			*out++ = text[i];
			continue;
		}
		*out++ = '%';
		*out++ = digits[c >> 4];
		*out++ = digits[c & 0xF];
	}
	return encoded;
}

/* Names that a person mistyped are short: longer ones count as too far apart. */
#define EDIT_MAX ((size_t)128)

static unsigned
smallest(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

unsigned
pf_edit_distance(const char *a, const char *b, unsigned limit)
{
	unsigned rows[3][EDIT_MAX + 1]; /* of the table: before the last, last, this */
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];
	size_t n = strnlen(a, EDIT_MAX + 1), m = strnlen(b, EDIT_MAX + 1);

	if (strcmp(a, b) == 0)
		return 0;
	if (n > EDIT_MAX || m > EDIT_MAX || (n > m ? n - m : m - n) > limit)
		return limit + 1;
	for (size_t j = 0; j <= m; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *oldest = before;
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned change = last[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = smallest(last[j] + 1, row[j - 1] + 1, change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = last;
		last = row;
		row = oldest;
	}
	return last[m] <= limit ? last[m] : limit + 1;
}
