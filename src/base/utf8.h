/* One code point at a time, for the files of this layer. */
#ifndef POSTFLIGHT_BASE_UTF8_H
#define POSTFLIGHT_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <postflight/buf.h>

/*
 * The length of the well-formed sequence that BYTES starts with, its code point in *POINT; 0 when the first byte
 * starts none (overlong, surrogate, beyond U+10FFFF, cut off). LEN is at least 1.
 */
size_t pf_utf8_next(const char *bytes, size_t len, uint32_t *point);

/*
 * True for what a terminal acts on instead of showing it: C0, DEL, C1, line and paragraph separators, and the
 * controls of bidirectional text.
 */
bool pf_is_control(uint32_t point);

/* Appends TEXT as pf_one_line() describes it; OUT's cap is the maximum. */
void pf_one_line_into(struct pf_buf *out, const char *text);

#endif
