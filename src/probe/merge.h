/*
 * Lists that differ only in the value of one label are asked for as one: "app=cart" and "app=dynamodb" as
 * "app in (cart,dynamodb)". A wave has fewer questions, and who asks does not notice.
 */
#ifndef PROBE_MERGE_H
#define PROBE_MERGE_H

#include <stddef.h>

#include <postflight/str.h>
#include <postflight/target.h>

struct pf_merged {
	struct pf_ask *asks; /* what to send: COUNT of them, in the order of the first of those that each stands for */
	size_t count;
	const size_t *sent_as; /* for each of the original questions: its place in ASKS */
	const size_t *share;   /* how many questions each of ASKS stands for */
};

/* Merges what can be. */
struct pf_merged pf_merge(struct pf_arena *arena, const struct pf_ask *asks, size_t count);

/*
 * The answer to ASK alone, out of that to the question it was merged into. False when the merged answer does not tell
 * (it has further pages, or the server did not like it): ASK must be sent as it is.
 */
bool
pf_merge_part(struct pf_arena *arena, const struct pf_ask *ask, const struct pf_answer *merged, struct pf_answer *out);

#endif
