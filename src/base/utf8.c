/* UTF-8 by the table of the Unicode standard (3-7): which second byte may follow which first. */
#include "utf8.h"

#include <string.h>

#include <postflight/text.h>

#define REPLACEMENT "\xEF\xBF\xBD"

static const struct lead {
	unsigned char first, last;     /* of the lead byte */
	unsigned char lowest, highest; /* of the second byte; the others are 80..BF */
	unsigned char length;
} leads[] = {
	{0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
	{0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
	{0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

size_t
pf_utf8_next(const char *bytes, size_t len, uint32_t *point)
{
	const unsigned char *b = (const unsigned char *)bytes;
	const struct lead *lead = NULL;

	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]) && lead == NULL; i++) {
		if (b[0] >= leads[i].first && b[0] <= leads[i].last)
			lead = &leads[i];
	}
	if (lead == NULL || lead->length > len)
		return 0;
	if (lead->length == 1) {
		*point = b[0];
		return 1;
	}
	if (b[1] < lead->lowest || b[1] > lead->highest)
		return 0;
	*point = b[0] & (0x7FU >> lead->length);
	for (size_t i = 1; i < lead->length; i++) {
		if ((b[i] & 0xC0) != 0x80)
			return 0;
		*point = *point << 6 | (b[i] & 0x3FU);
	}
	return lead->length;
}

bool
pf_is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x061C || point == 0x200E ||
	       point == 0x200F || (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

bool
pf_utf8_valid(const char *bytes, size_t len)
{
	uint32_t point;

	for (size_t i = 0; i < len;) {
		size_t n = pf_utf8_next(bytes + i, len - i, &point);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

char *
pf_utf8_clean(struct pf_arena *arena, const char *bytes, size_t len)
{
	size_t out = 0, malformed = 0;
	uint32_t point;
	char *clean;

	for (size_t i = 0; i < len;) {
		size_t n = bytes[i] != '\0' ? pf_utf8_next(bytes + i, len - i, &point) : 0;
		malformed += n == 0;
		i += n != 0 ? n : 1;
	}
	clean = pf_alloc(arena, len + malformed * (sizeof(REPLACEMENT) - 2) + 1);
	for (size_t i = 0; i < len;) {
		size_t n = bytes[i] != '\0' ? pf_utf8_next(bytes + i, len - i, &point) : 0;
		if (n == 0) {
			memcpy(clean + out, REPLACEMENT, sizeof(REPLACEMENT) - 1);
			out += sizeof(REPLACEMENT) - 1;
			i++;
			continue;
		}
		memcpy(clean + out, bytes + i, n);
		out += n;
		i += n;
	}
	return clean;
}
