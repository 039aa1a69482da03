/*
 * Templates cut into pieces: plain text, $$ for a dollar sign, ${NAME} with NAME a variable or CHECK:FACT.
 * One scanner, so that what validation accepts is what expansion fills in.
 */
#ifndef POSTFLIGHT_PLAN_TEMPLATE_H
#define POSTFLIGHT_PLAN_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

enum pf_piece_kind {
	PF_PIECE_END,
	PF_PIECE_TEXT,
	PF_PIECE_DOLLAR,    /* $$ */
	PF_PIECE_REFERENCE, /* ${NAME}: P and LEN are NAME's */
	PF_PIECE_BROKEN     /* a $ that starts neither; P is at it */
};

struct pf_piece {
	enum pf_piece_kind kind;
	const char *p;
	size_t len;
};

/* The piece at *TEXT, which moves behind it. */
struct pf_piece pf_template_next(const char **text);

/* True when the whole of TEXT is one ${NAME}; *OUT is that piece. */
bool pf_template_is_reference(const char *text, struct pf_piece *out);

#endif
