/*
 * The key of an upgrade and the proof that comes back (RFC 6455, 4.2.2): base64 of the SHA-1 of the key and a fixed
 * text. It protects nothing; it shows that the other side knows what a WebSocket is.
 */
#include <string.h>
#include <sys/random.h>

#include "websocket_internal.h"

#define BLOCK 64
#define DIGEST 20

static uint32_t
rotated(uint32_t x, unsigned by)
{
	return x << by | x >> (32 - by);
}

static void
digest_block(uint32_t h[5], const unsigned char *p)
{
	uint32_t w[80] = {0}, a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (size_t i = 0; i < 80; i++)
		w[i] = i < 16 ? (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 |
					(uint32_t)p[4 * i + 3]
			      : rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (size_t i = 0; i < 80; i++) {
		uint32_t f = i < 20   ? ((b & c) | (~b & d)) + 0x5A827999U
			     : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1U
			     : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDCU
				      : (b ^ c ^ d) + 0xCA62C1D6U;
		uint32_t next = rotated(a, 5) + f + e + w[i];
		e = d;
		d = c;
		c = rotated(b, 30);
		b = a;
		a = next;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

/* SHA-1 of a text of less than a block's room in the last block. */
static void
digest(const char *text, size_t len, unsigned char out[DIGEST])
{
	uint32_t h[5] = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
	unsigned char last[2 * BLOCK] = {0};
	size_t whole = len / BLOCK * BLOCK, rest = len - whole, end = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK;

	for (size_t at = 0; at < whole; at += BLOCK)
		digest_block(h, (const unsigned char *)text + at);
	memcpy(last, text + whole, rest);
	last[rest] = 0x80;
	for (size_t i = 0; i < 8; i++)
		last[end - 1 - i] = (unsigned char)((uint64_t)len * 8 >> 8 * i);
	for (size_t at = 0; at < end; at += BLOCK)
		digest_block(h, last + at);
	for (size_t i = 0; i < DIGEST; i++)
		out[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

void
pf_base64_add(struct pf_buf *out, const void *bytes, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)p[i] << 16 | (have > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
				(have > 2 ? (uint32_t)p[i + 2] : 0);
		char four[4];
		for (size_t k = 0; k < 4; k++)
			four[k] = k <= have ? letters[bits >> (18 - 6 * k) & 63] : '=';
		pf_buf_add(out, four, sizeof(four));
	}
}

static void
put_base64(char *out, size_t len, const unsigned char *bytes, size_t count)
{
	PF_AUTO_BUF text = PF_BUF(len);

	pf_base64_add(&text, bytes, count);
	memcpy(out, pf_buf_text(&text), len + 1);
}

void
pf_websocket_key(char key[PF_WEBSOCKET_KEY + 1], char accept[PF_WEBSOCKET_ACCEPT + 1])
{
	PF_AUTO_BUF text = PF_BUF(200);
	unsigned char random[16], proof[DIGEST];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		memset(random, 0x5A, sizeof(random)); /* a key that is not random works as well */
	put_base64(key, PF_WEBSOCKET_KEY, random, sizeof(random));
	pf_buf_printf(&text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	digest(pf_buf_text(&text), text.len, proof);
	put_base64(accept, PF_WEBSOCKET_ACCEPT, proof, sizeof(proof));
}
