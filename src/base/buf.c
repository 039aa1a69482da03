/* Growing buffers with a cap; what they held is wiped before it is given back. */
#include <postflight/buf.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <postflight/arena.h>

#define FIRST_ROOM ((size_t)256)

/* Room for LEN more bytes and a NUL. realloc() would leave the old bytes behind unwiped. */
static void
reserve(struct pf_buf *buf, size_t len)
{
	size_t need, room;
	char *grown;

	if (len > SIZE_MAX / 4 || buf->len > SIZE_MAX / 4)
		pf_out_of_memory();
	need = buf->len + len + 1;
	if (need <= buf->room)
		return;
	room = buf->room < FIRST_ROOM ? FIRST_ROOM : buf->room * 2;
	if (room > buf->cap && need <= buf->cap + 1)
		room = buf->cap + 1;
	if (room < need)
		room = need;
	grown = malloc(room);
	if (grown == NULL)
		pf_out_of_memory();
	if (buf->len > 0)
		memcpy(grown, buf->p, buf->len);
	if (buf->p != NULL) {
		explicit_bzero(buf->p, buf->room);
		free(buf->p);
	}
	buf->p = grown;
	buf->room = room;
}

/* How many of LEN bytes fit under the cap. */
static size_t
admit(struct pf_buf *buf, size_t len)
{
	size_t left = buf->cap > buf->len ? buf->cap - buf->len : 0;

	if (len <= left)
		return len;
	buf->cut = true;
	return left;
}

bool
pf_buf_add(struct pf_buf *buf, const void *bytes, size_t len)
{
	size_t fits = admit(buf, len);

	if (fits > 0) {
		reserve(buf, fits);
		memcpy(buf->p + buf->len, bytes, fits);
		buf->len += fits;
		buf->p[buf->len] = '\0';
	}
	return fits == len;
}

bool
pf_buf_puts(struct pf_buf *buf, const char *text)
{
	return pf_buf_add(buf, text, strlen(text));
}

bool
pf_buf_printf(struct pf_buf *buf, const char *format, ...)
{
	va_list args;
	size_t fits;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		buf->cut = true;
		return false;
	}
	fits = admit(buf, (size_t)len);
	if (fits > 0) {
		reserve(buf, fits);
		va_start(args, format);
		vsnprintf(buf->p + buf->len, fits + 1, format, args);
		va_end(args);
		buf->len += fits;
	}
	return fits == (size_t)len;
}

const char *
pf_buf_text(const struct pf_buf *buf)
{
	return buf->p != NULL ? buf->p : "";
}

void
pf_buf_free(struct pf_buf *buf)
{
	if (buf->p != NULL) {
		explicit_bzero(buf->p, buf->room);
		free(buf->p);
	}
	*buf = PF_BUF(buf->cap);
}
