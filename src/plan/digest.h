/* A short name for a document's bytes. */
#ifndef POSTFLIGHT_PLAN_DIGEST_H
#define POSTFLIGHT_PLAN_DIGEST_H

#include <stddef.h>

#include <postflight/arena.h>

/* FNV-1a, 64 bits, as 16 hexadecimal digits: tells versions apart; proves nothing against somebody who forges one. */
const char *pf_digest(struct pf_arena *arena, const char *bytes, size_t len);

#endif
