/* Who refers to whom, and the way round when that is a circle. */
#ifndef POSTFLIGHT_PLAN_GRAPH_H
#define POSTFLIGHT_PLAN_GRAPH_H

#include <stddef.h>

#include <postflight/arena.h>
#include <postflight/json.h>

struct pf_edge {
	size_t from;
	size_t to;
	struct pf_position at; /* where the document says so */
	const char *path;
};

/* In ascending order of FROM. */
struct pf_edges {
	struct pf_edge *list;
	size_t count;
	size_t room;
};

void pf_edges_add(struct pf_arena *arena, struct pf_edges *edges, struct pf_edge edge);

/*
 * The shortest way from FROM to TO (also to itself) over NODES nodes: indices of edges in *OUT, in order; 0 when there
 * is none.
 */
size_t pf_edges_way(struct pf_arena *arena, const struct pf_edges *edges, size_t nodes, size_t from, size_t to,
		    const size_t **out);

#endif
