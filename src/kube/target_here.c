#include "kube/target_here.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <postflight/dial.h>
#include <postflight/file.h>
#include <postflight/json.h>
#include <postflight/resolver.h>
#include <postflight/str.h>

#include "kube/in_cluster.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define RESOLV_CONF_CAP ((size_t)64 * 1024)

/* Less patience than resolv.conf has by default: a nameserver in the same cluster answers in milliseconds. */
#define TRY_MS 2000
#define TRIES 2

#define HOSTS "/etc/hosts"
#define HOSTS_CAP ((size_t)256 * 1024)

#define MAX_LIST 64

bool
pf_is_from_here(enum pf_ask_kind kind)
{
	return kind == PF_ASK_RESOLVE || kind == PF_ASK_DIAL;
}

/* ---- Names ---- */

static const char *const *
strings(struct pf_arena *arena, const cJSON *list)
{
	const char **out = pf_alloc_array(arena, MAX_LIST + 1, sizeof(*out));
	size_t count = 0;
	const cJSON *node;

	cJSON_ArrayForEach(node, list)
	{
		if (cJSON_IsString(node) && count < MAX_LIST)
			out[count++] = node->valuestring;
	}
	return out;
}

/* The cluster's domain, as this machine's search list has it when it is a pod: "x.svc.cluster.local" is in it. */
static const char *
cluster_domain(const char *const *search)
{
	for (; *search != NULL; search++) {
		const char *svc = strstr(*search, ".svc.");
		if (svc != NULL)
			return svc + strlen(".svc.");
	}
	return "cluster.local";
}

/* The search list of a pod in NAMESPACE_, with FURTHER of its own. */
static const char *const *
search_of_pod(struct pf_arena *arena, const char *namespace_, const char *domain, const char *const *further)
{
	const char **out = pf_alloc_array(arena, MAX_LIST + 4, sizeof(*out));
	size_t count = 3;

	out[0] = pf_printf(arena, "%s.svc.%s", namespace_, domain);
	out[1] = pf_printf(arena, "svc.%s", domain);
	out[2] = domain;
	for (; *further != NULL; further++)
		out[count++] = *further;
	return out;
}

/* This machine's resolv.conf, with what the question says instead. */
static struct pf_resolver_config
config_of(struct pf_arena *arena, const struct pf_ask *ask)
{
	struct pf_resolver_config config;
	struct pf_err unused;
	size_t len;
	char *text;
	const cJSON *wanted = ask->body != NULL ? pf_json_parse(arena, ask->body, strlen(ask->body), &unused) : NULL;

	if (!pf_file_read(arena, RESOLV_CONF, RESOLV_CONF_CAP, &text, &len, &unused))
		text = pf_strdup(arena, "");
	pf_resolver_config_read(arena, text, &config);
	if (cJSON_IsArray(PF_AT(wanted, "nameservers")))
		config.nameservers = strings(arena, PF_AT(wanted, "nameservers"));
	if (PF_STRING_AT(wanted, "namespace") != NULL)
		config.search = search_of_pod(arena, PF_STRING_AT(wanted, "namespace"), cluster_domain(config.search),
					      strings(arena, PF_AT(wanted, "search")));
	else if (cJSON_IsArray(PF_AT(wanted, "search")))
		config.search = strings(arena, PF_AT(wanted, "search"));
	config.ndots = (unsigned)PF_INT_AT(wanted, (int64_t)config.ndots, "ndots");
	config.try_ms = TRY_MS;
	config.tries = TRIES;
	return config;
}

static cJSON *
json_list(const char *const *list)
{
	cJSON *out = cJSON_CreateArray();

	for (; list != NULL && *list != NULL; list++)
		pf_json_push_string(out, *list);
	return out;
}

static cJSON *
json_step(const struct pf_dns_step *step)
{
	cJSON *out = cJSON_CreateObject();

	pf_json_set_string(out, "name", step->name);
	pf_json_set_string(out, "a", pf_dns_outcome_name(step->a));
	pf_json_set_string(out, "aaaa", pf_dns_outcome_name(step->aaaa));
	pf_json_set_string(out, "outcome", pf_dns_outcome_name(step->outcome));
	pf_json_set_int(out, "ms", step->elapsed_ms);
	return out;
}

/* The addresses of HOST in a hosts file, in its order; NULL when it is not there. */
static cJSON *
hosts_entries(struct pf_arena *arena, const char *text, const char *host)
{
	cJSON *found = NULL;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = pf_strndup(arena, text, len), *rest = line;
		line[strcspn(line, "#")] = '\0';
		const char *address = strsep(&rest, " \t\r"), *name;
		while ((name = strsep(&rest, " \t\r")) != NULL) {
			if (strcasecmp(name, host) != 0 || address[0] == '\0')
				continue;
			if (found == NULL)
				found = cJSON_CreateArray();
			pf_json_push_string(found, address);
		}
		text += len + (text[len] == '\n');
	}
	return found;
}

/* Programs look there first. */
static void
answer_by_hosts(struct pf_arena *arena, const char *host, struct pf_answer *answer)
{
	struct pf_err unused;
	size_t len;
	char *text;
	cJSON *addresses;

	if (!pf_file_read(arena, HOSTS, HOSTS_CAP, &text, &len, &unused))
		return;
	addresses = hosts_entries(arena, text, host);
	if (addresses == NULL)
		return;
	answer->ok = true;
	answer->err = (struct pf_err){0};
	cJSON_DeleteItemFromObject(answer->json, "canonical");
	cJSON_DeleteItemFromObject(answer->json, "outcome");
	cJSON_DeleteItemFromObject(answer->json, "addresses");
	pf_json_set_string(answer->json, "outcome", pf_dns_outcome_name(PF_DNS_RESOLVED));
	pf_json_set(answer->json, "addresses", addresses);
	pf_json_set_string(answer->json, "by", "hosts");
}

/* Who this machine is: in a pod, its name is the pod's, and its search list starts with the pod's namespace. */
static void
add_place(struct pf_arena *arena, cJSON *json)
{
	char name[HOST_NAME_MAX + 1] = "";
	const struct pf_ask own = {.kind = PF_ASK_RESOLVE};

	if (gethostname(name, sizeof(name) - 1) == 0)
		pf_json_set_string(json, "host", name);
	pf_json_set_string(json, "podNamespace", pf_search_namespace(arena, config_of(arena, &own).search));
	pf_json_set(json, "own", json_list(pf_own_addresses(arena)));
}

static void
answer_name(struct pf_arena *arena, const struct pf_resolver_config *config, const struct pf_resolution *resolution,
	    struct pf_answer *answer)
{
	cJSON *steps = cJSON_CreateArray();

	answer->ok = resolution->ok;
	answer->err = resolution->err;
	answer->elapsed_ms = resolution->elapsed_ms;
	answer->json = pf_json_object(arena);
	if (resolution->ok)
		pf_json_set_string(answer->json, "outcome", pf_dns_outcome_name(resolution->outcome));
	if (resolution->answer != NULL) {
		const struct pf_dns_step *found = resolution->answer;
		pf_json_set_string(answer->json, "canonical",
				   found->canonical != NULL ? found->canonical : found->name);
		pf_json_set(answer->json, "addresses", json_list(found->addresses));
	}
	for (size_t i = 0; i < resolution->step_count; i++)
		pf_json_push(steps, json_step(&resolution->steps[i]));
	pf_json_set(answer->json, "steps", steps);
	pf_json_set(answer->json, "nameservers", json_list(config->nameservers));
	add_place(arena, answer->json);
}

static bool
wants_hosts(struct pf_arena *arena, const char *body)
{
	struct pf_err unused;

	return body != NULL && PF_BOOL_AT(pf_json_parse(arena, body, strlen(body), &unused), false, "hosts");
}

/* All names go side by side where they are asked alike, as those of one pod are. */
static void
resolve_those_like(struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
		   const char *body, struct pf_deadline deadline)
{
	const char **hosts = pf_alloc_array(arena, count, sizeof(*hosts));
	struct pf_resolution *resolutions = pf_alloc_array(arena, count, sizeof(*resolutions));
	struct pf_resolver_config config = {0};
	size_t n = 0, at = 0;

	for (size_t i = 0; i < count; i++) {
		if (asks[i].kind == PF_ASK_RESOLVE && pf_streq(asks[i].body, body)) {
			config = n == 0 ? config_of(arena, &asks[i]) : config;
			hosts[n++] = asks[i].path;
		}
	}
	pf_resolve_all(arena, &config, hosts, resolutions, n, deadline);
	for (size_t i = 0; i < count; i++) {
		if (asks[i].kind != PF_ASK_RESOLVE || !pf_streq(asks[i].body, body))
			continue;
		answer_name(arena, &config, &resolutions[at++], &answers[i]);
		if (wants_hosts(arena, body))
			answer_by_hosts(arena, asks[i].path, &answers[i]);
	}
}

static void
resolve(struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
	struct pf_deadline deadline)
{
	for (size_t i = 0; i < count; i++) {
		bool is_first = asks[i].kind == PF_ASK_RESOLVE;
		for (size_t k = 0; k < i && is_first; k++)
			is_first = asks[k].kind != PF_ASK_RESOLVE || !pf_streq(asks[k].body, asks[i].body);
		if (is_first)
			resolve_those_like(arena, asks, answers, count, asks[i].body, deadline);
	}
}

/* ---- Connections ---- */

const char *
pf_here_address(struct pf_arena *arena, const char *path, int *port)
{
	const char *colon = strrchr(path, ':');
	size_t len = colon != NULL ? (size_t)(colon - path) : strlen(path);
	bool in_brackets = len >= 2 && path[0] == '[' && path[len - 1] == ']';

	*port = colon != NULL ? (int)strtol(colon + 1, NULL, 10) : 0;
	return pf_strndup(arena, path + in_brackets, in_brackets ? len - 2 : len);
}

static struct pf_dial
dial_of(struct pf_arena *arena, const struct pf_ask *ask)
{
	struct pf_dial dial = {.timeout_ms = ask->timeout_ms > 0 ? ask->timeout_ms : PF_HERE_CONNECT_MS};

	dial.address = pf_here_address(arena, ask->path, &dial.port);
	return dial;
}

static void
dial(struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
     struct pf_deadline deadline)
{
	struct pf_dial *dials = pf_alloc_array(arena, count, sizeof(*dials));
	struct pf_dial_result *results = pf_alloc_array(arena, count, sizeof(*results));
	size_t n = 0, at = 0;

	for (size_t i = 0; i < count; i++) {
		if (asks[i].kind == PF_ASK_DIAL)
			dials[n++] = dial_of(arena, &asks[i]);
	}
	pf_dial_all(dials, results, n, deadline);
	for (size_t i = 0; i < count; i++) {
		if (asks[i].kind != PF_ASK_DIAL)
			continue;
		const struct pf_dial_result *result = &results[at++];
		answers[i].ok = result->ok;
		answers[i].err = result->err;
		answers[i].elapsed_ms = result->elapsed_ms;
		answers[i].json = pf_json_object(arena);
		if (result->ok)
			pf_json_set_string(answers[i].json, "outcome", pf_dial_outcome_name(result->outcome));
	}
}

void
pf_ask_from_here(struct pf_arena *arena, const struct pf_ask *asks, struct pf_answer *answers, size_t count,
		 struct pf_deadline deadline)
{
	bool any = false;

	for (size_t i = 0; i < count; i++)
		any |= pf_is_from_here(asks[i].kind);
	if (!any)
		return;
	resolve(arena, asks, answers, count, deadline);
	dial(arena, asks, answers, count, deadline);
}
