/* Label selectors: as a query, as a match, and as a sentence about why one does not match. */
#ifndef KUBE_LABELS_H
#define KUBE_LABELS_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>

/*
 * A LabelSelector (matchLabels and matchExpressions) in the form of the labelSelector parameter:
 * "app=cart,tier in (a,b)". "" when it is empty or NULL, which selects everything.
 */
char *pf_selector_text(struct pf_arena *arena, const cJSON *selector);

/* Whether a LabelSelector matches LABELS. An unknown operator matches nothing. */
bool pf_selector_matches(const cJSON *selector, const cJSON *labels);

/* Whether the plain map of a Service's selector is a subset of LABELS. An empty or absent map matches nothing. */
bool pf_map_matches(const cJSON *map, const cJSON *labels);

/* "app=cart,tier=web"; "" for an empty or absent map. */
char *pf_map_text(struct pf_arena *arena, const cJSON *map);

/* How LABELS differ from what MAP wants: "app is cart, not dynamodb"; "app is not set". "" when they match. */
char *pf_map_difference(struct pf_arena *arena, const cJSON *map, const cJSON *labels);

#endif
