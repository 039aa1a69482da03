/* The cart's own HTTP API, asked in one pod. */
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "probe/persist.h"

#define CUSTOMER_PREFIX "postflight-"
#define CUSTOMER_MAX 64
#define ITEM "postflight"
#define CAP ((size_t)256 << 10)

bool
pf_cart_is_ours(const char *customer)
{
	if (customer == NULL || !pf_starts_with(customer, CUSTOMER_PREFIX) || strlen(customer) > CUSTOMER_MAX)
		return false;
	return customer[strspn(customer, "abcdefghijklmnopqrstuvwxyz0123456789-TZ")] == '\0';
}

static const char *
cart_path(struct pf_persist *p, const char *below)
{
	return pf_printf(p->arena, "/carts/%s%s", pf_url_encode(p->arena, p->customer), below);
}

static struct pf_answer
ask(void *p, const struct pf_ask *question)
{
	return pf_persist_ask(p, question);
}

static struct pf_answer
change(void *p, const struct pf_ask *question)
{
	return pf_persist_change(p, question);
}

static bool
ask_cart(struct pf_persist *p, const struct pf_persist_pod *pod, const char *method, const char *inner,
	 const char *body, struct pf_answer *answer, struct pf_err *err)
{
	const struct pf_request request = {
		.method = method,
		.path = inner,
		.body = body,
		.cap = CAP,
		.once = pf_streq(method, "POST"),
	};
	bool changes = !pf_streq(method, "GET");
	*answer = pf_reach_by(p->session, &pod->at, &request, changes ? change : ask, p);
	if (answer->ok && answer->status >= 200 && answer->status < 300)
		return true;
	if (answer->reply == PF_REPLY_HTTP)
		return pf_fail(err, PF_ERR_SERVER, "pod/%s answers %s %s with %d", pod->name, method, inner,
			       answer->status);
	return pf_fail(err, answer->err.kind, "pod/%s port %d, %s %s: %s", pod->name, p->port, method, inner,
		       answer->err.text);
}

bool
pf_cart_read(struct pf_persist *p, const struct pf_persist_pod *pod, const cJSON **items, struct pf_err *err)
{
	struct pf_answer answer;
	const char *inner = cart_path(p, "");
	if (!ask_cart(p, pod, "GET", inner, NULL, &answer, err))
		return false;
	const cJSON *found = PF_AT(answer.json, "items");
	if (!cJSON_IsArray(found))
		return pf_fail(err, PF_ERR_PROTOCOL, "pod/%s answers GET %s with something that is no cart", pod->name,
			       inner);
	*items = found;
	return true;
}

bool
pf_cart_add(struct pf_persist *p, const struct pf_persist_pod *pod, struct pf_err *err)
{
	struct pf_answer answer;
	cJSON *item = pf_json_object(p->arena);
	pf_json_set_string(item, "itemId", ITEM);
	pf_json_set_int(item, "quantity", 1);
	pf_json_set_int(item, "unitPrice", 1);
	return ask_cart(p, pod, "POST", cart_path(p, "/items"), pf_json_print(p->arena, item, false), &answer, err);
}

bool
pf_cart_delete(struct pf_persist *p, const struct pf_persist_pod *pod, struct pf_err *err)
{
	struct pf_answer answer;
	return ask_cart(p, pod, "DELETE", cart_path(p, ""), NULL, &answer, err);
}

void
pf_cart_topology(struct pf_persist *p, const struct pf_persist_pod *pod)
{
	struct pf_answer answer;
	struct pf_err err;
	if (!ask_cart(p, pod, "GET", "/topology", NULL, &answer, &err))
		return;
	const char *provider = PF_STRING_AT(answer.json, "persistenceProvider");
	const char *table = PF_STRING_AT(answer.json, "dynamodbTable");
	if (provider != NULL)
		p->provider = provider;
	if (table != NULL && !pf_streq(table, "N/A"))
		p->table = table;
}

const char *
pf_cart_words(struct pf_arena *arena, const cJSON *items)
{
	int count = cJSON_GetArraySize(items);
	return count == 0 ? "empty" : pf_printf(arena, "%d item%s", count, count == 1 ? "" : "s");
}
