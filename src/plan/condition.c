/* Conditions: from a document's objects to trees whose names are resolved and whose literals fit. */
#include "plan/condition.h"

#include <string.h>

#include <postflight/str.h>

#include "plan/literal.h"
#include "plan/loading.h"

#define BIT(type) (1U << (type))
#define TEXTS (BIT(PF_TYPE_STRING) | BIT(PF_TYPE_ENUM))
#define SCALARS (TEXTS | BIT(PF_TYPE_INT) | BIT(PF_TYPE_BOOL))

const struct pf_operator pf_fact_operators[] = {
	{"not", PF_OP_NE, PF_OPERAND_LITERAL, SCALARS, "different from it, or from each of a list"},
	{"lt", PF_OP_LT, PF_OPERAND_NUMBER, BIT(PF_TYPE_INT), "less than"},
	{"le", PF_OP_LE, PF_OPERAND_NUMBER, BIT(PF_TYPE_INT), "less than or equal to"},
	{"gt", PF_OP_GT, PF_OPERAND_NUMBER, BIT(PF_TYPE_INT), "greater than"},
	{"ge", PF_OP_GE, PF_OPERAND_NUMBER, BIT(PF_TYPE_INT), "greater than or equal to"},
	{"has", PF_OP_HAS, PF_OPERAND_WORD, BIT(PF_TYPE_LIST), "the list holds the word"},
	{"is", PF_OP_SAME, PF_OPERAND_FACT, SCALARS, "equal to another fact"},
	{"isnt", PF_OP_DIFFERENT, PF_OPERAND_FACT, SCALARS, "different from another fact"},
	{"known", PF_OP_KNOWN, PF_OPERAND_BOOL, SCALARS | BIT(PF_TYPE_LIST), "was observed, or was not"},
	{0},
};

const struct pf_operator pf_joining_operators[] = {
	{"all", PF_OP_ALL, PF_OPERAND_CONDITIONS, 0, "each of them holds"},
	{"any", PF_OP_ANY, PF_OPERAND_CONDITIONS, 0, "at least one of them holds"},
	{"none", PF_OP_NONE, PF_OPERAND_CONDITIONS, 0, "not one of them holds"},
	{0},
};

static const struct pf_condition *load(struct pf_loading *loading, const struct pf_place *place, unsigned depth);

static const struct pf_operator *
find_operator(const struct pf_operator *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

static struct pf_condition *
new_condition(struct pf_loading *loading, enum pf_op op)
{
	struct pf_condition *condition = pf_alloc(loading->arena, sizeof(*condition));

	condition->op = op;
	return condition;
}

/* COUNT conditions that must all hold: one stands for itself. Those that are wrong are NULL and were complained of. */
static const struct pf_condition *
join_all(struct pf_loading *loading, const struct pf_condition **children, size_t count)
{
	struct pf_condition *joined;

	if (count == 1)
		return children[0];
	joined = new_condition(loading, PF_OP_ALL);
	joined->children = children;
	joined->count = count;
	return joined;
}

static size_t
count_children(struct pf_loading *loading, const struct pf_place *place)
{
	size_t count = 0;
	const cJSON *node;

	cJSON_ArrayForEach(node, place->node) count++;
	if (count == 0 || count > PF_CONDITION_WIDTH)
		loading->mentions++; /* what it might have mentioned is nothing to complain of as well */
	if (count == 0)
		pf_wrong(place, "is empty; expected at least one");
	else if (count > PF_CONDITION_WIDTH)
		pf_wrong(place, "holds %zu; expected at most %d", count, PF_CONDITION_WIDTH);
	return count <= PF_CONDITION_WIDTH ? count : 0;
}

/* ---- Literals --------------------------------------------------------------------------------------------- */

/* What literals are held against: a fact, the verdicts, or a variable. */
struct domain {
	enum pf_type type;
	const char *values;
	const char *what; /* "fact service.type" */
	bool any_scalar;  /* of a variable: 8000 and true are texts as well */
};

static const char *
load_literal(struct pf_loading *loading, const struct pf_place *place, const struct domain *domain)
{
	const char *text = pf_literal_text(loading->arena, place->node);
	bool fits = domain->any_scalar ? text != NULL && pf_text_fits(text, domain->type, domain->values)
				       : pf_literal_fits(place->node, domain->type, domain->values);

	if (domain->type == PF_TYPE_LIST)
		pf_wrong(place, "%s is a list; expected {\"has\": WORD}", domain->what);
	else if (cJSON_IsNull(place->node))
		pf_wrong(place, "null is no value; expected {\"known\": false} for what was not observed");
	else if (!fits && domain->type == PF_TYPE_ENUM && cJSON_IsString(place->node))
		pf_unknown(place, "value", text, domain->what, pf_split(loading->arena, domain->values));
	else if (!fits)
		pf_wrong(place, "does not fit %s; expected %s", domain->what,
			 pf_type_expected(loading->arena, domain->type, domain->values));
	else if (cJSON_IsString(place->node) && strstr(text, "${") != NULL)
		pf_wrong(place, "holds ${, and nothing is filled in here; expected a plain value");
	return fits ? text : NULL;
}

/* One literal, or a list of them. */
static void
load_literals(struct pf_loading *loading, const struct pf_place *place, const struct domain *domain,
	      struct pf_condition *out)
{
	const char **literals;
	const cJSON *node;
	size_t count, i = 0;

	if (!cJSON_IsArray(place->node)) {
		literals = pf_alloc_array(loading->arena, 1, sizeof(*literals));
		literals[0] = load_literal(loading, place, domain);
		out->literals = literals;
		out->literal_count = 1;
		return;
	}
	count = count_children(loading, place);
	literals = pf_alloc_array(loading->arena, count + 1, sizeof(*literals));
	cJSON_ArrayForEach(node, place->node)
	{
		struct pf_place element = pf_place_element(place, i, node);

		if (i >= count)
			break;
		literals[i++] = load_literal(loading, &element, domain);
	}
	out->literals = literals;
	out->literal_count = count;
}

/* ---- Facts ------------------------------------------------------------------------------------------------ */

static struct domain
domain_of(struct pf_loading *loading, const struct pf_fact_desc *fact)
{
	return (struct domain){fact->type, fact->values, pf_printf(loading->arena, "fact %s", fact->name), false};
}

static bool
comparable(enum pf_type a, enum pf_type b)
{
	return a == b || ((BIT(a) & TEXTS) != 0 && (BIT(b) & TEXTS) != 0);
}

static void
load_other_fact(struct pf_loading *loading, const struct pf_place *place, struct pf_condition *out)
{
	if (!cJSON_IsString(place->node))
		pf_wrong(place, "has the wrong type; expected another fact, \"CHECK:FACT\"");
	else if (pf_resolve_fact(loading, place, place->node->valuestring, &out->other) &&
		 !comparable(out->fact.fact->type, out->other.fact->type))
		pf_wrong(place, "fact %s (%s) does not compare with fact %s (%s); expected one of the same type",
			 out->other.fact->name, pf_type_name(out->other.fact->type), out->fact.fact->name,
			 pf_type_name(out->fact.fact->type));
}

static void
load_operand(struct pf_loading *loading, const struct pf_place *place, const struct pf_operator *comparison,
	     struct pf_condition *out)
{
	struct domain domain = domain_of(loading, out->fact.fact);

	switch (comparison->operand) {
	case PF_OPERAND_LITERAL:
		load_literals(loading, place, &domain, out);
		break;
	case PF_OPERAND_NUMBER:
		if (!pf_whole_number(place->node, &out->number))
			pf_wrong(place, "is no whole number; expected one to compare %s with", domain.what);
		break;
	case PF_OPERAND_WORD:
		domain.type = domain.values != NULL ? PF_TYPE_ENUM : PF_TYPE_STRING;
		if (cJSON_IsArray(place->node))
			pf_wrong(place, "has the wrong type; expected one word, or several \"has\" within \"any\"");
		else
			load_literals(loading, place, &domain, out);
		break;
	case PF_OPERAND_FACT:
		load_other_fact(loading, place, out);
		break;
	case PF_OPERAND_BOOL:
		if (!cJSON_IsBool(place->node))
			pf_wrong(place, "has the wrong type; expected true or false");
		else if (cJSON_IsFalse(place->node))
			out->op = PF_OP_UNKNOWN;
		break;
	case PF_OPERAND_CONDITIONS:
		break;
	}
}

/* The operators that fit a fact's type, for the message. */
static const char *const *
operator_names(struct pf_arena *arena, enum pf_type type)
{
	const char **names =
		pf_alloc_array(arena, sizeof(pf_fact_operators) / sizeof(*pf_fact_operators), sizeof(*names));
	size_t count = 0;

	for (const struct pf_operator *o = pf_fact_operators; o->name != NULL; o++)
		if ((o->types & BIT(type)) != 0)
			names[count++] = o->name;
	return names;
}

static const struct pf_condition *
load_operators(struct pf_loading *loading, const struct pf_place *place, const struct pf_fact_ref *ref)
{
	size_t count = count_children(loading, place), i = 0;
	const struct pf_condition **children = pf_alloc_array(loading->arena, count + 1, sizeof(*children));
	const cJSON *node;

	cJSON_ArrayForEach(node, place->node)
	{
		struct pf_place child = pf_place_child(place, i, node);
		const struct pf_operator *comparison = find_operator(pf_fact_operators, node->string);
		struct pf_condition *condition;

		if (i >= count)
			break;
		if (comparison == NULL) {
			pf_unknown(&child, "comparison", node->string, NULL,
				   operator_names(loading->arena, ref->fact->type));
			return NULL;
		}
		if ((comparison->types & BIT(ref->fact->type)) == 0) {
			pf_wrong(&child, "\"%s\" does not fit fact %s (%s); expected one of: %s", node->string,
				 ref->fact->name, pf_type_name(ref->fact->type),
				 pf_join(loading->arena, operator_names(loading->arena, ref->fact->type), ", "));
			return NULL;
		}
		condition = new_condition(loading, comparison->op);
		condition->fact = *ref;
		load_operand(loading, &child, comparison, condition);
		children[i++] = condition;
	}
	return join_all(loading, children, i);
}

static const struct pf_condition *
load_comparison(struct pf_loading *loading, const struct pf_place *place)
{
	struct pf_fact_ref ref;
	struct pf_condition *condition;
	struct domain domain;

	loading->mentions++;
	if (!pf_resolve_fact(loading, place, place->name, &ref))
		return NULL;
	if (cJSON_IsObject(place->node))
		return load_operators(loading, place, &ref);
	condition = new_condition(loading, PF_OP_EQ);
	condition->fact = ref;
	domain = domain_of(loading, ref.fact);
	load_literals(loading, place, &domain, condition);
	return condition;
}

/* ---- Members ---------------------------------------------------------------------------------------------- */

static const struct pf_condition *
load_verdict(struct pf_loading *loading, const struct pf_place *place, const char *id)
{
	static const struct domain domain = {PF_TYPE_ENUM, PF_VERDICT_WORDS, "a check's verdict", false};
	struct pf_condition *condition = new_condition(loading, PF_OP_VERDICT);

	loading->mentions++;
	if (!pf_resolve_check(loading, place, id, &condition->fact.check))
		return NULL;
	load_literals(loading, place, &domain, condition);
	return condition;
}

static const struct pf_condition *
load_variable(struct pf_loading *loading, const struct pf_place *place, const char *name)
{
	struct pf_condition *condition = new_condition(loading, PF_OP_VARIABLE);
	struct domain domain = {.any_scalar = true};

	condition->variable = pf_resolve_variable(loading, place, name);
	if (condition->variable == NULL)
		return NULL;
	domain.what = pf_printf(loading->arena, "variable %s", name);
	domain.values = condition->variable->values;
	domain.type = domain.values != NULL ? PF_TYPE_ENUM : PF_TYPE_STRING;
	load_literals(loading, place, &domain, condition);
	return condition;
}

static const struct pf_condition *
load_joined(struct pf_loading *loading, const struct pf_place *place, enum pf_op op, unsigned depth)
{
	struct pf_condition *condition = new_condition(loading, op);
	const struct pf_condition **children;
	const cJSON *node;
	size_t i = 0;

	if (!cJSON_IsArray(place->node)) {
		loading->mentions++;
		pf_wrong(place, "has the wrong type; expected a list of conditions");
		return NULL;
	}
	if (depth >= PF_CONDITION_DEPTH) {
		pf_wrong(place, "is too deep; expected at most %d of all, any and none within each other",
			 PF_CONDITION_DEPTH);
		return NULL;
	}
	condition->count = count_children(loading, place);
	children = pf_alloc_array(loading->arena, condition->count + 1, sizeof(*children));
	cJSON_ArrayForEach(node, place->node)
	{
		struct pf_place element = pf_place_element(place, i, node);

		if (i >= condition->count)
			break;
		children[i++] = load(loading, &element, depth + 1);
	}
	condition->children = children;
	return condition;
}

static const struct pf_condition *
load_member(struct pf_loading *loading, const struct pf_place *place, unsigned depth)
{
	static const char *const known[] = {"all", "any", "none", "check:CHECK", "var:NAME", "CHECK:FACT", NULL};
	const struct pf_operator *joining = find_operator(pf_joining_operators, place->name);

	if (joining != NULL)
		return load_joined(loading, place, joining->op, depth);
	if (pf_starts_with(place->name, "check:"))
		return load_verdict(loading, place, place->name + strlen("check:"));
	if (pf_starts_with(place->name, "var:"))
		return load_variable(loading, place, place->name + strlen("var:"));
	if (strchr(place->name, ':') != NULL)
		return load_comparison(loading, place);
	loading->mentions++;
	pf_unknown(place, "condition", place->name, NULL, known);
	return NULL;
}

static const struct pf_condition *
load(struct pf_loading *loading, const struct pf_place *place, unsigned depth)
{
	const struct pf_condition **children;
	const cJSON *node;
	size_t count, i = 0;

	if (!cJSON_IsObject(place->node)) {
		pf_wrong(place, "has the wrong type; expected a condition (an object)");
		return NULL;
	}
	count = count_children(loading, place);
	children = pf_alloc_array(loading->arena, count + 1, sizeof(*children));
	cJSON_ArrayForEach(node, place->node)
	{
		struct pf_place child = pf_place_child(place, i, node);

		if (i >= count)
			break;
		children[i++] = load_member(loading, &child, depth);
	}
	return join_all(loading, children, i);
}

const struct pf_condition *
pf_condition_load(struct pf_loading *loading, const struct pf_place *place)
{
	return place->node != NULL ? load(loading, place, 0) : NULL;
}
