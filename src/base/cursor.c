/* Counting lines and characters. */
#include "cursor.h"

#include <string.h>

struct pf_cursor
pf_cursor_over(const char *text, size_t len)
{
	struct pf_cursor cursor = {text, text + len, {1, 1}};

	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		cursor.at += 3;
	return cursor;
}

void
pf_cursor_move(struct pf_cursor *cursor, const char *where)
{
	for (; cursor->at < where && cursor->at < cursor->end; cursor->at++) {
		if (*cursor->at == '\n') {
			cursor->position.line++;
			cursor->position.column = 1;
		} else if (cursor->at + 1 == cursor->end || ((unsigned char)cursor->at[1] & 0xC0) != 0x80) {
			cursor->position.column++; /* counted on a character's last byte */
		}
	}
}

bool
pf_is_json_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
