/*
 * A page of text for people: words with an ink, columns that line up, long sentences that wrap under themselves.
 *
 * Whatever is put on a page is taken for text from outside: it is made one line, escaped, and shown without secrets.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdbool.h>

#include <postflight/arena.h>
#include <postflight/buf.h>

enum pf_ink {
	PF_INK_PLAIN,
	PF_INK_STRONG,
	PF_INK_FAINT,
	PF_INK_GOOD,
	PF_INK_BAD,
	PF_INK_CAUTION,
	PF_INK_UNSURE,
	PF_INK_COUNT
};

struct pf_page {
	struct pf_arena *arena;
	struct pf_buf *out;
	bool color;      /* escape sequences are allowed */
	bool unicode;    /* else everything is folded to ASCII */
	unsigned width;  /* columns; 0: no wrapping */
	unsigned column; /* where the next character goes */
};

/* Puts TEXT on the present line. NULL is nothing. */
void pf_page_put(struct pf_page *page, enum pf_ink ink, const char *text);

/* Moves on to COLUMN; at least two spaces where the line is already there or past it. */
void pf_page_to(struct pf_page *page, unsigned column);

/* Puts TEXT and ends the line. Too long for the page, it goes on below where it began; only spaces are broken at. */
void pf_page_flow(struct pf_page *page, enum pf_ink ink, const char *text);

/* Puts TEXT on a line of its own, INDENT spaces in and never wrapped: for what is to be copied. */
void pf_page_verbatim(struct pf_page *page, unsigned indent, const char *text);

/* Ends the line; trailing spaces are not kept. */
void pf_page_end(struct pf_page *page);

/* A copy of TEXT in which each redaction token reads "(not shown)". */
char *pf_without_tokens(struct pf_arena *arena, const char *text);

/* A copy in ASCII: known punctuation by its usual stand-in, any other character as \uXXXX. */
char *pf_ascii(struct pf_arena *arena, const char *text);

#endif
