#include "plan/graph.h"

#include <string.h>

#define NONE ((size_t)-1)

void
pf_edges_add(struct pf_arena *arena, struct pf_edges *edges, struct pf_edge edge)
{
	if (edges->count == edges->room) {
		size_t room = edges->room > 0 ? edges->room * 2 : 32;
		struct pf_edge *list = pf_alloc_array(arena, room, sizeof(*list));

		if (edges->count > 0)
			memcpy(list, edges->list, edges->count * sizeof(*list));
		edges->list = list;
		edges->room = room;
	}
	edges->list[edges->count++] = edge;
}

/* FIRST[n] is where the edges from n start. */
static size_t *
index_edges(struct pf_arena *arena, const struct pf_edges *edges, size_t nodes)
{
	size_t *first = pf_alloc_array(arena, nodes + 1, sizeof(*first)), e = 0;

	for (size_t n = 0; n <= nodes; n++) {
		while (e < edges->count && edges->list[e].from < n)
			e++;
		first[n] = e;
	}
	return first;
}

static size_t
walk_back(struct pf_arena *arena, const struct pf_edges *edges, const size_t *came_by, size_t from, size_t last,
	  const size_t **out)
{
	size_t length = 1, *way;

	for (size_t e = last; edges->list[e].from != from; e = came_by[edges->list[e].from])
		length++;
	way = pf_alloc_array(arena, length, sizeof(*way));
	for (size_t i = length, e = last; i-- > 0; e = i > 0 ? came_by[edges->list[e].from] : e)
		way[i] = e;
	*out = way;
	return length;
}

size_t
pf_edges_way(struct pf_arena *arena, const struct pf_edges *edges, size_t nodes, size_t from, size_t to,
	     const size_t **out)
{
	/* Breadth first; CAME_BY[n] is the edge by which n was first met. */
	size_t *queue = pf_alloc_array(arena, nodes, sizeof(*queue)), head = 0, tail = 0;
	size_t *came_by = pf_alloc_array(arena, nodes, sizeof(*came_by));
	const size_t *first = index_edges(arena, edges, nodes);

	for (size_t n = 0; n < nodes; n++)
		came_by[n] = NONE;
	queue[tail++] = from;
	while (head < tail) {
		size_t node = queue[head++];

		for (size_t e = first[node]; e < first[node + 1]; e++) {
			size_t next = edges->list[e].to;

			if (next == to)
				return walk_back(arena, edges, came_by, from, e, out);
			if (came_by[next] != NONE || next == from)
				continue;
			came_by[next] = e;
			queue[tail++] = next;
		}
	}
	return 0;
}
