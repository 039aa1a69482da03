#include "plan/digest.h"

#include <inttypes.h>
#include <stdint.h>

const char *
pf_digest(struct pf_arena *arena, const char *bytes, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++) {
		hash ^= (unsigned char)bytes[i];
		hash *= UINT64_C(0x100000001b3);
	}
	return pf_printf(arena, "%016" PRIx64, hash);
}
