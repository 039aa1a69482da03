#include "plan/template.h"

#include <string.h>

struct pf_piece
pf_template_next(const char **text)
{
	const char *p = *text;
	struct pf_piece piece = {PF_PIECE_END, p, 0};

	if (*p == '\0')
		return piece;
	if (*p != '$') {
		piece.kind = PF_PIECE_TEXT;
		piece.len = strcspn(p, "$");
		*text = p + piece.len;
	} else if (p[1] == '$') {
		piece.kind = PF_PIECE_DOLLAR;
		piece.len = 2;
		*text = p + 2;
	} else {
		size_t len = p[1] == '{' ? strcspn(p + 2, "}${") : 0;

		if (len > 0 && p[2 + len] == '}') {
			piece = (struct pf_piece){PF_PIECE_REFERENCE, p + 2, len};
			*text = p + 3 + len;
		} else {
			piece.kind = PF_PIECE_BROKEN;
			piece.len = 1;
			*text = p + 1;
		}
	}
	return piece;
}

bool
pf_template_is_reference(const char *text, struct pf_piece *out)
{
	struct pf_piece piece = pf_template_next(&text);

	if (piece.kind != PF_PIECE_REFERENCE || *text != '\0')
		return false;
	*out = piece;
	return true;
}
