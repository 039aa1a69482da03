#include "report/page.h"

#include <string.h>

#include <postflight/text.h>

/* Far beyond any honest sentence; what is longer comes from a log or an answer gone wild. */
#define MAX_TEXT 2000

/* Columns that a wrapped sentence must have left, else it starts again near the margin. */
#define MIN_FLOW 24
#define NEAR_MARGIN 6

static const char *const inks[PF_INK_COUNT] = {
	[PF_INK_PLAIN] = "",          [PF_INK_STRONG] = "\033[1m", [PF_INK_FAINT] = "\033[2m",
	[PF_INK_GOOD] = "\033[32m",   [PF_INK_BAD] = "\033[1;31m", [PF_INK_CAUTION] = "\033[33m",
	[PF_INK_UNSURE] = "\033[35m",
};

static const char *
presentable(const struct pf_page *page, const char *text)
{
	char *line = pf_one_line(page->arena, pf_without_tokens(page->arena, text), MAX_TEXT);
	return page->unicode ? line : pf_ascii(page->arena, line);
}

static void
write_inked(struct pf_page *page, enum pf_ink ink, const char *text, size_t len)
{
	bool inked = page->color && inks[ink][0] != '\0' && len > 0;

	if (inked)
		pf_buf_puts(page->out, inks[ink]);
	pf_buf_add(page->out, text, len);
	if (inked)
		pf_buf_puts(page->out, "\033[0m");
}

void
pf_page_put(struct pf_page *page, enum pf_ink ink, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	const char *line = presentable(page, text);
	write_inked(page, ink, line, strlen(line));
	page->column += (unsigned)pf_columns(line);
}

static void
spaces(struct pf_page *page, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		pf_buf_add(page->out, " ", 1);
	page->column += count;
}

void
pf_page_to(struct pf_page *page, unsigned column)
{
	if (page->column < column)
		spaces(page, column - page->column);
	else if (page->column > 0)
		spaces(page, 2);
}

void
pf_page_end(struct pf_page *page)
{
	struct pf_buf *out = page->out;

	while (out->len > 0 && out->p[out->len - 1] == ' ')
		out->p[--out->len] = '\0';
	pf_buf_add(out, "\n", 1);
	page->column = 0;
}

/* The bytes of LINE that fit into ROOM columns, ended at a space; the first word always does. */
static size_t
fitting(struct pf_page *page, const char *line, unsigned room)
{
	size_t best = 0;

	for (size_t i = 0;; i++) {
		if (line[i] != ' ' && line[i] != '\0')
			continue;
		char *head = pf_strndup(page->arena, line, i);
		if (best > 0 && pf_columns(head) > room)
			return best;
		best = i;
		if (line[i] == '\0')
			return best;
	}
}

void
pf_page_flow(struct pf_page *page, enum pf_ink ink, const char *text)
{
	const char *rest = presentable(page, text != NULL ? text : "");
	unsigned hang = page->column;

	if (page->width > 0 && hang + MIN_FLOW > page->width && hang + pf_columns(rest) > page->width) {
		hang = NEAR_MARGIN;
		pf_page_end(page);
		spaces(page, hang);
	}
	unsigned room = page->width > hang ? page->width - hang : 0;
	while (page->width > 0 && pf_columns(rest) > room) {
		size_t len = fitting(page, rest, room);
		if (rest[len] == '\0')
			break;
		write_inked(page, ink, rest, len);
		pf_page_end(page);
		spaces(page, hang);
		rest += len + strspn(rest + len, " ");
	}
	write_inked(page, ink, rest, strlen(rest));
	pf_page_end(page);
}

void
pf_page_verbatim(struct pf_page *page, unsigned indent, const char *text)
{
	spaces(page, indent);
	pf_page_put(page, PF_INK_PLAIN, text);
	pf_page_end(page);
}
