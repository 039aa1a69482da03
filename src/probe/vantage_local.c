/* From this process: names as the application's pod would ask for them, connections from where we are. */
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "probe/vantage.h"

#define MAX_ADDRESSES 8

/* ---- The pod's resolver ---- */

/* dnsConfig.options: {name: ndots, value: "2"} */
static void
set_ndots(cJSON *body, const cJSON *config, int fallback)
{
	const cJSON *option;
	int64_t ndots = fallback;

	cJSON_ArrayForEach(option, PF_AT(config, "options"))
	{
		const char *value = PF_STRING_AT(option, "value");
		if (pf_streq(PF_STRING_AT(option, "name"), "ndots") && value != NULL && value[0] >= '0' &&
		    value[0] <= '9')
			ndots = value[1] >= '0' && value[1] <= '9' ? 10 * (value[0] - '0') + value[1] - '0'
								   : value[0] - '0';
	}
	if (ndots >= 0)
		pf_json_set_int(body, "ndots", ndots);
}

static void
copy_list(cJSON *body, const char *as, const cJSON *list)
{
	if (cJSON_IsArray(list))
		pf_json_set(body, as, cJSON_Duplicate(list, true));
}

/* What the kubelet makes of dnsPolicy and dnsConfig. NULL where it takes the node's own, which is not ours to know. */
static const char *
resolver_of(const struct pf_sight *s)
{
	struct pf_arena *arena = pf_session_arena(pf_probe_session(s->ctx));
	const cJSON *spec = PF_AT(s->client->deployment, "spec", "template", "spec"),
		    *config = PF_AT(spec, "dnsConfig");
	const char *policy = PF_STRING_AT(spec, "dnsPolicy");
	bool on_host = PF_BOOL_AT(spec, false, "hostNetwork");
	cJSON *body = pf_json_object(arena);

	if (pf_streq(policy, "Default") ||
	    (on_host && !pf_streq(policy, "ClusterFirstWithHostNet") && !pf_streq(policy, "None")))
		return NULL;
	if (pf_streq(policy, "None")) {
		copy_list(body, "nameservers", PF_AT(config, "nameservers"));
		pf_json_set(body, "search", cJSON_CreateArray());
		copy_list(body, "search", PF_AT(config, "searches"));
		set_ndots(body, config, 1);
		return pf_json_print(arena, body, false);
	}
	pf_json_set_string(body, "namespace", s->client->namespace_);
	copy_list(body, "search", PF_AT(config, "searches"));
	set_ndots(body, config, 5);
	return pf_json_print(arena, body, false);
}

/* ---- Where we are ---- */

static bool
holds(const cJSON *list, const char *text)
{
	const cJSON *node;

	cJSON_ArrayForEach(node, list)
	{
		if (pf_streq(pf_json_string(node), text))
			return true;
	}
	return false;
}

/* "cart-84889dc75c-57pvl" is a pod of Deployment "cart": the hash of its ReplicaSet and five characters follow. */
static bool
is_pod_of(const char *pod, const char *deployment)
{
	static const char safe[] = "bcdfghjklmnpqrstvwxz2456789";
	size_t len = strlen(deployment), hash;

	if (!pf_starts_with(pod, deployment) || pod[len] != '-')
		return false;
	hash = strspn(pod + len + 1, safe);
	pod += len + 1 + hash;
	return hash > 0 && pod[0] == '-' && strspn(pod + 1, safe) == 5 && pod[6] == '\0';
}

/*
 * One of the client's pods has an address of this machine: we run in it. Where pods cannot be read, the name of this
 * machine, which the kubelet makes that of its pod, tells the same.
 */
static bool
is_own_pod(const struct pf_sight *s, const cJSON *place)
{
	const cJSON *own = PF_AT(place, "own");
	const char *name = PF_STRING_AT(place, "host");

	for (size_t i = 0; i < s->client->pod_count; i++) {
		if (s->client->pods[i].ip[0] != '\0' && holds(own, s->client->pods[i].ip) &&
		    !PF_BOOL_AT(s->client->pods[i].object, false, "spec", "hostNetwork"))
			return true;
	}
	return (s->assumed || s->client->pods_err != NULL) && name != NULL && is_pod_of(name, s->client->name) &&
	       pf_streq(PF_STRING_AT(place, "podNamespace"), pf_probe_namespace(s->ctx));
}

static struct pf_ask
resolve_ask(const char *host, const char *body)
{
	return (struct pf_ask){.kind = PF_ASK_RESOLVE, .method = "RESOLVE", .path = host, .body = body};
}

void
pf_here_foresee(const struct pf_sight *s)
{
	const struct pf_ask ask = resolve_ask(PF_CONTROL_NAME, resolver_of(s));

	pf_foresee_ask(pf_probe_session(s->ctx), &ask);
}

bool
pf_here_is_own_pod(const struct pf_sight *s)
{
	const struct pf_ask ask = resolve_ask(PF_CONTROL_NAME, resolver_of(s));

	return is_own_pod(s, pf_look_ask(pf_probe_session(s->ctx), &ask)->json);
}

/* ---- Looking ---- */

static const char *const *
list_of(struct pf_arena *arena, const cJSON *array)
{
	const char **out = pf_alloc_array(arena, (size_t)cJSON_GetArraySize(array) + 1, sizeof(*out));
	size_t count = 0;
	const cJSON *node;

	cJSON_ArrayForEach(node, array)
	{
		if (cJSON_IsString(node))
			out[count++] = node->valuestring;
	}
	return out;
}

static struct pf_seen_name
seen_name(struct pf_arena *arena, const char *host, const struct pf_answer *answer)
{
	return (struct pf_seen_name){
		.host = host,
		.outcome = PF_STRING_AT(answer->json, "outcome"),
		.addresses = list_of(arena, PF_AT(answer->json, "addresses")),
		.canonical = PF_STRING_AT(answer->json, "canonical"),
		.by = PF_STRING_AT(answer->json, "by") != NULL ? PF_STRING_AT(answer->json, "by") : "resolver",
		.said = answer->ok ? NULL : answer->err.text,
	};
}

static struct pf_ask
dial_ask(struct pf_arena *arena, const char *address, int port)
{
	bool is_v6 = strchr(address, ':') != NULL;

	return (struct pf_ask){
		.kind = PF_ASK_DIAL,
		.method = "DIAL",
		.path = pf_printf(arena, "%s%s%s:%d", is_v6 ? "[" : "", address, is_v6 ? "]" : "", port),
	};
}

/* The first of ADDRESSES that connects; where none does, how it went with the first. */
static void
look_at_service(const struct pf_sight *s, const char *const *addresses, struct pf_seen_connection *seen)
{
	struct pf_arena *arena = pf_session_arena(pf_probe_session(s->ctx));

	for (size_t i = 0; i < MAX_ADDRESSES && addresses[i] != NULL; i++) {
		struct pf_ask ask = dial_ask(arena, addresses[i], s->port);
		pf_foresee_ask(pf_probe_session(s->ctx), &ask);
	}
	for (size_t i = 0; i < MAX_ADDRESSES && addresses[i] != NULL; i++) {
		struct pf_ask ask = dial_ask(arena, addresses[i], s->port);
		const struct pf_answer *answer = pf_look_ask(pf_probe_session(s->ctx), &ask);
		const char *outcome = PF_STRING_AT(answer->json, "outcome");
		if (i == 0 || pf_streq(outcome, "connected")) {
			seen->outcome = outcome;
			seen->elapsed_ms = answer->elapsed_ms;
			seen->said = answer->ok ? NULL : answer->err.text;
		}
		if (pf_streq(outcome, "connected"))
			return;
	}
}

static void
look_at_connections(const struct pf_sight *s, struct pf_view *view)
{
	struct pf_arena *arena = pf_session_arena(pf_probe_session(s->ctx));
	const char *const own[] = {s->host, NULL};
	struct pf_ask ask = s->pod_address != NULL ? dial_ask(arena, s->pod_address, s->pod_port) : (struct pf_ask){0};

	view->service = (struct pf_seen_connection){.host = s->host, .port = s->port, .by = "dial"};
	if (s->is_name && view->name.outcome == NULL) {
		view->service.said = view->name.said;
		return;
	}
	view->service.name_failed = s->is_name && view->name.addresses[0] == NULL;
	if (s->pod_address != NULL)
		pf_foresee_ask(pf_probe_session(s->ctx), &ask);
	look_at_service(s, s->is_name ? view->name.addresses : own, &view->service);
	if (s->pod_address == NULL)
		return;
	const struct pf_answer *answer = pf_look_ask(pf_probe_session(s->ctx), &ask);
	view->backend = (struct pf_seen_connection){.host = s->pod_address,
						    .port = s->pod_port,
						    .outcome = PF_STRING_AT(answer->json, "outcome"),
						    .elapsed_ms = answer->elapsed_ms,
						    .by = "dial",
						    .said = answer->ok ? NULL : answer->err.text};
}

/* The addresses that the pod's hosts file has for HOST by its hostAliases, ended by NULL; NULL when it has none. */
static const char *const *
alias_of(const struct pf_sight *s, const char *host)
{
	const cJSON *all = PF_AT(s->client->deployment, "spec", "template", "spec", "hostAliases"), *alias;
	const char **out = pf_alloc_array(pf_probe_arena(s->ctx), (size_t)cJSON_GetArraySize(all) + 1, sizeof(*out));
	size_t count = 0;

	cJSON_ArrayForEach(alias, all)
	{
		if (holds(PF_AT(alias, "hostnames"), host) && PF_STRING_AT(alias, "ip") != NULL)
			out[count++] = PF_STRING_AT(alias, "ip");
	}
	return count > 0 ? out : NULL;
}

static void
look_at_name(const struct pf_sight *s, const char *body, bool own_pod, struct pf_view *view)
{
	struct pf_arena *arena = pf_probe_arena(s->ctx);
	const struct pf_ask ask = resolve_ask(s->host, body);
	const char *const *alias = own_pod ? NULL : alias_of(s, s->host);

	if (alias != NULL)
		view->name = (struct pf_seen_name){
			.host = s->host, .outcome = "resolved", .addresses = alias, .by = "hostAliases"};
	else
		view->name = seen_name(arena, s->host, pf_look_ask(pf_probe_session(s->ctx), &ask));
}

/* Whether what this process sees can be taken for what the client would: false with the verdict when not. */
static bool
can_stand_in(const struct pf_sight *s, const char *body, const struct pf_answer *control)
{
	const cJSON *spec = PF_AT(s->client->deployment, "spec", "template", "spec");
	bool asks_others = body != NULL && strstr(body, "\"nameservers\"") != NULL;

	if (body == NULL && (!s->is_name || alias_of(s, s->host) == NULL)) {
		pf_verdict(s->ctx, PF_ERROR,
			   "deployment/%s asks the resolver of its node (%s): only its own container can tell what "
			   "that answers",
			   s->client->name,
			   PF_BOOL_AT(spec, false, "hostNetwork") ? "hostNetwork" : "dnsPolicy Default");
		return false;
	}
	if (s->backend->endpoint.host.kind == PF_HOST_LOCAL && !s->assumed) {
		pf_verdict(s->ctx, PF_SKIP, "%s is the application's own pod: only that can tell what is there",
			   s->host);
		return false;
	}
	if (!asks_others && !pf_streq(PF_STRING_AT(control->json, "outcome"), "resolved") &&
	    PF_STRING_AT(control->json, "podNamespace") == NULL) {
		pf_verdict(s->ctx, PF_ERROR,
			   "this process does not ask the cluster's DNS (its resolv.conf is none of a pod): what it is "
			   "told says nothing about the application");
		return false;
	}
	return true;
}

enum pf_look
pf_look_from_here(const struct pf_sight *s, struct pf_view *out)
{
	struct pf_arena *arena = pf_probe_arena(s->ctx);
	struct pf_session *session = pf_probe_session(s->ctx);
	const char *body = resolver_of(s);
	struct pf_ask name = resolve_ask(s->host, body), control = resolve_ask(PF_CONTROL_NAME, body);
	struct pf_sight sight = *s;

	if (s->is_name)
		pf_foresee_ask(session, &name);
	const struct pf_answer *answer = pf_look_ask(session, &control);
	bool own_pod = is_own_pod(s, answer->json);
	if (!own_pod && !can_stand_in(s, body, answer))
		return PF_LOOK_OVER;
	if (own_pod) {
		/* What the kubelet has made for the pod is ours too: resolv.conf, and hosts with its aliases. */
		body = "{\"hosts\":true}";
		name.body = control.body = body;
		if (s->is_name)
			pf_foresee_ask(session, &name);
		answer = pf_look_ask(session, &control);
	}
	if (s->backend->endpoint.host.kind == PF_HOST_LOCAL && !s->assumed) {
		/* Of /etc/hosts, not of DNS. */
		sight.host = "127.0.0.1";
		sight.is_name = false;
	}
	*out = (struct pf_view){
		.vantage = "local",
		.decides = own_pod,
		.assumed = s->assumed,
		.source = own_pod ? "this process, in the application's pod" : "this process",
		.control = seen_name(arena, PF_CONTROL_NAME, answer),
	};
	if (sight.is_name)
		look_at_name(&sight, body, own_pod, out);
	look_at_connections(&sight, out);
	return PF_LOOK_DONE;
}
