/* What must be changed in a text before anybody sees it: redaction tokens, and for plain terminals all but ASCII. */
#include <string.h>

#include <postflight/text.h>

#include "report/page.h"

#define TOKEN_START "{{redacted:"
#define TOKEN_END "}}"
#define NOT_SHOWN "(not shown)"

char *
pf_without_tokens(struct pf_arena *arena, const char *text)
{
	PF_AUTO_BUF out = PF_BUF(strlen(text) + sizeof NOT_SHOWN);
	const char *start;

	/* A token is longer than its stand-in, so the text only shrinks. One that was cut off hides all behind it. */
	while ((start = strstr(text, TOKEN_START)) != NULL) {
		const char *end = strstr(start, TOKEN_END);
		pf_buf_add(&out, text, (size_t)(start - text));
		pf_buf_puts(&out, NOT_SHOWN);
		text = end != NULL ? end + strlen(TOKEN_END) : start + strlen(start);
	}
	pf_buf_puts(&out, text);
	return pf_strdup(arena, pf_buf_text(&out));
}

static const struct {
	const char *character;
	const char *ascii;
} stand_ins[] = {
	{"→", "->"}, {"…", "..."}, {"·", "|"},  {"–", "-"}, {"—", "-"},  {"‘", "'"},
	{"’", "'"},  {"“", "\""},  {"”", "\""}, {"×", "x"}, {"≤", "<="}, {"≥", ">="},
};

/* Length of the well-formed UTF-8 character at P, and its code point. */
static size_t
decode(const char *p, unsigned *code)
{
	unsigned char lead = (unsigned char)p[0];
	size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;

	*code = len == 1 ? lead : lead & (0xffu >> (len + 1));
	for (size_t i = 1; i < len && p[i] != '\0'; i++)
		*code = *code << 6 | ((unsigned char)p[i] & 0x3fu);
	return strnlen(p, len);
}

static bool
put_stand_in(struct pf_buf *out, const char *p, size_t len)
{
	for (size_t i = 0; i < sizeof stand_ins / sizeof *stand_ins; i++) {
		if (strlen(stand_ins[i].character) == len && memcmp(stand_ins[i].character, p, len) == 0)
			return pf_buf_puts(out, stand_ins[i].ascii);
	}
	return false;
}

char *
pf_ascii(struct pf_arena *arena, const char *text)
{
	const char *clean = pf_utf8_clean(arena, text, strlen(text));
	/* Two bytes become six characters at worst. */
	PF_AUTO_BUF out = PF_BUF(strlen(clean) * 3 + 1);

	for (const char *p = clean; *p != '\0';) {
		unsigned code;
		size_t len = decode(p, &code);
		if (len == 1)
			pf_buf_add(&out, p, 1);
		else if (!put_stand_in(&out, p, len))
			pf_buf_printf(&out, code > 0xffff ? "\\U%08X" : "\\u%04X", code);
		p += len;
	}
	return pf_strdup(arena, pf_buf_text(&out));
}
