#include "cli/nearest.h"

#include <stddef.h>
#include <string.h>

#include <postflight/text.h>

const char *
pf_nearest(const char *word, const char *const *names)
{
	/* One slip in a short word, more in a long one: "rnu" is run, "namspce" is namespace, "foo" is nothing. */
	size_t third = strlen(word) / 3;
	unsigned limit = third < 1 ? 1 : third > 3 ? 3 : (unsigned)third;
	const char *best = NULL;

	for (; *names != NULL; names++) {
		unsigned distance = pf_edit_distance(word, *names, limit);
		if (distance > limit)
			continue;
		best = *names;
		if (distance == 0)
			return best;
		limit = distance - 1;
	}
	return best;
}
