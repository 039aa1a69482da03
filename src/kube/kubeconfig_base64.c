#include "kube/kubeconfig_base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool
pf_kubeconfig_base64_decode(struct pf_arena *arena, const char *text, char **out, size_t *out_len)
{
	char *bytes = pf_alloc(arena, strlen(text) / 4 * 3 + 4);
	size_t len = 0, digits = 0, padding = 0;
	uint32_t group = 0;

	for (; *text != '\0'; text++) {
		const char *digit;
		if (*text == '\n' || *text == '\r')
			continue;
		if (*text == '=') {
			padding++;
			continue;
		}
		digit = strchr(alphabet, *text);
		if (digit == NULL || padding > 0)
			return false;
		group = group << 6 | (uint32_t)(digit - alphabet);
		if (++digits % 4 == 0) {
			bytes[len++] = (char)(group >> 16 & 0xff);
			bytes[len++] = (char)(group >> 8 & 0xff);
			bytes[len++] = (char)(group & 0xff);
			group = 0;
		}
	}
	if (digits % 4 == 1 || padding != (4 - digits % 4) % 4)
		return false;
	if (digits % 4 == 2) {
		bytes[len++] = (char)(group >> 4 & 0xff);
	} else if (digits % 4 == 3) {
		bytes[len++] = (char)(group >> 10 & 0xff);
		bytes[len++] = (char)(group >> 2 & 0xff);
	}
	bytes[len] = '\0';
	*out = bytes;
	*out_len = len;
	return true;
}

char *
pf_kubeconfig_base64_encode(struct pf_arena *arena, const void *from, size_t len)
{
	const unsigned char *bytes = from;
	char *text = pf_alloc(arena, (len + 2) / 3 * 4 + 1);
	size_t i, n = 0;

	for (i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t group = (uint32_t)bytes[i] << 16;
		if (have > 1)
			group |= (uint32_t)bytes[i + 1] << 8;
		if (have > 2)
			group |= bytes[i + 2];
		text[n++] = alphabet[group >> 18];
		text[n++] = alphabet[group >> 12 & 63];
		text[n++] = have > 1 ? alphabet[group >> 6 & 63] : '=';
		text[n++] = have > 2 ? alphabet[group & 63] : '=';
	}
	return text;
}
