/* What must have been seen before a check runs: each need stands earlier than the check that has it. */
#include <string.h>

#include <postflight/buf.h>

#include "plan/loading.h"

enum { NEED_TEXT_MAX = 512 };

/* A check's id means: it passed, or works otherwise than documented. */
static const struct pf_condition *
verdict_condition(struct pf_loading *loading, size_t check)
{
	static const char *const good[] = {"pass", "warn"};
	struct pf_condition *condition = pf_alloc(loading->arena, sizeof(*condition));

	condition->op = PF_OP_VERDICT;
	condition->fact.check = check;
	condition->literals = good;
	condition->literal_count = 2;
	return condition;
}

static bool
is_comparison(enum pf_op op)
{
	return op != PF_OP_ALL && op != PF_OP_ANY && op != PF_OP_NONE && op != PF_OP_VERDICT && op != PF_OP_VARIABLE;
}

static void
add_name(struct pf_buf *buf, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = strstr(pf_buf_text(buf), name); at != NULL; at = strstr(at + 1, name))
		if ((at == pf_buf_text(buf) || at[-1] == ' ') && (at[len] == ',' || at[len] == '\0'))
			return; /* it is there */
	if (buf->len > 0)
		pf_buf_puts(buf, ", ");
	pf_buf_puts(buf, name);
}

/* The facts, checks and variables of a condition, in order. */
static void
name_all(struct pf_loading *loading, const struct pf_condition *condition, struct pf_buf *buf)
{
	if (condition == NULL)
		return;
	for (size_t i = 0; i < condition->count; i++)
		name_all(loading, condition->children[i], buf);
	if (is_comparison(condition->op))
		add_name(buf, pf_printf(loading->arena, "%s:%s", loading->check_ids[condition->fact.check],
					condition->fact.fact->name));
	else if (condition->op == PF_OP_VERDICT)
		add_name(buf, loading->check_ids[condition->fact.check]);
	else if (condition->op == PF_OP_VARIABLE)
		add_name(buf, pf_printf(loading->arena, "var:%s", condition->variable->name));
}

static struct pf_need
load_need(struct pf_loading *loading, const struct pf_place *place)
{
	struct pf_need need = {.text = "", .reason = NULL};
	PF_AUTO_BUF buf = PF_BUF(NEED_TEXT_MAX);

	if (cJSON_IsString(place->node)) {
		size_t check;

		need.text = place->node->valuestring;
		if (pf_resolve_check(loading, place, need.text, &check))
			need.condition = verdict_condition(loading, check);
	} else if (cJSON_IsObject(place->node)) {
		struct pf_place when = pf_place_member(place, "when");

		need.condition = pf_condition_load(loading, &when);
		need.reason = pf_json_string(pf_place_member(place, "reason").node);
		name_all(loading, need.condition, &buf);
		need.text = pf_strdup(loading->arena, pf_buf_text(&buf));
	}
	return need;
}

static void
load_check(struct pf_loading *loading, const struct pf_place *place, size_t index)
{
	struct pf_place list = pf_place_member(place, "needs");
	struct pf_need *needs;
	const cJSON *node;
	size_t count = 0;

	if (!cJSON_IsArray(list.node))
		return;
	needs = pf_alloc_array(loading->arena, (size_t)cJSON_GetArraySize(list.node) + 1, sizeof(*needs));
	loading->needing = index;
	cJSON_ArrayForEach(node, list.node)
	{
		struct pf_place element = pf_place_element(&list, count, node);

		needs[count++] = load_need(loading, &element);
	}
	loading->needing = PF_NOBODY;
	loading->checks[index].needs = needs;
	loading->checks[index].need_count = count;
}

/* The first need that does not stand earlier, and whether moving it up would help at all. */
static void
judge_order(struct pf_loading *loading)
{
	const struct pf_edges *edges = &loading->needs;

	for (size_t i = 0; i < edges->count; i++) {
		const struct pf_edge *edge = &edges->list[i];
		const char *from = loading->check_ids[edge->from], *to = loading->check_ids[edge->to], *circle;
		const size_t *way;
		size_t steps;

		if (edge->to < edge->from)
			continue;
		steps = edge->to == edge->from ? 0
					       : pf_edges_way(loading->arena, edges, loading->plan->check_count,
							      edge->to, edge->from, &way);
		if (edge->to != edge->from && steps == 0) {
			pf_wrong_at(&loading->complaints, edge->at, edge->path,
				    "check %s stands later; expected one that stands before %s", to, from);
			return;
		}
		circle = pf_printf(loading->arena, "%s → %s", from, to);
		for (size_t s = 0; s < steps; s++)
			circle = pf_printf(loading->arena, "%s → %s", circle,
					   loading->check_ids[edges->list[way[s]].to]);
		pf_wrong_at(&loading->complaints, edge->at, edge->path,
			    "the needs form a cycle: %s; expected checks that need only earlier ones", circle);
		return;
	}
}

void
pf_needs_load(struct pf_loading *loading, const struct pf_place *checks)
{
	const cJSON *node;
	size_t i = 0;

	cJSON_ArrayForEach(node, checks->node)
	{
		struct pf_place element = pf_place_element(checks, i, node);

		if (i >= loading->plan->check_count)
			break;
		load_check(loading, &element, i++);
	}
	judge_order(loading);
}
