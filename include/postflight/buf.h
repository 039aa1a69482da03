/* A growing byte buffer with a cap: what the outside fills never grows past what its maker allowed. */
#ifndef POSTFLIGHT_BUF_H
#define POSTFLIGHT_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct pf_buf {
	char *p; /* NUL-terminated once anything was added; NULL before */
	size_t len;
	size_t room;
	size_t cap; /* bytes; LEN never exceeds it */
	bool cut;   /* something was refused because of CAP */
};

#define PF_BUF(cap_bytes) ((struct pf_buf){.cap = (cap_bytes)})

/* Appends; false and CUT set when it would pass the cap (what fits is kept). */
bool pf_buf_add(struct pf_buf *buf, const void *bytes, size_t len);
bool pf_buf_puts(struct pf_buf *buf, const char *text);
bool pf_buf_printf(struct pf_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text so far; "" when nothing was added. Valid until the next change. */
const char *pf_buf_text(const struct pf_buf *buf);

/* Overwrites the content with zeros, then frees it: buffers may have held a secret. The cap stays. */
void pf_buf_free(struct pf_buf *buf);

#define PF_AUTO_BUF __attribute__((cleanup(pf_buf_free))) struct pf_buf

#endif
