#include "cli/recording.h"

#include <stddef.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/probe.h>
#include <postflight/str.h>

#include "cli/plans.h"

static void
set_words(cJSON *object, const char *name, const char *const *words)
{
	cJSON *array = cJSON_CreateArray();

	for (; words != NULL && *words != NULL; words++)
		pf_json_push_string(array, *words);
	pf_json_set(object, name, array);
}

static const char **
get_words(struct pf_arena *arena, const cJSON *array)
{
	const char **words = NULL;
	const cJSON *element;

	cJSON_ArrayForEach(element, array)
	{
		if (pf_json_string(element) != NULL)
			words = pf_words_add(arena, words, pf_strdup(arena, pf_json_string(element)));
	}
	return words;
}

/* What chose the cluster: the commands of a report name it. The server is kept elsewhere, without what is secret. */
#define PLACE(member, flag)                                                                                            \
	{                                                                                                              \
#member, offsetof(struct pf_run_flags, flag)                                                           \
	}
static const struct {
	const char *name;
	size_t offset;
} place[] = {
	PLACE(kubeconfig, kubeconfig), PLACE(context, context),
	PLACE(cluster, cluster),       PLACE(user, user),
	PLACE(tokenFile, token_file),  PLACE(certificateAuthority, certificate_authority),
};

static const char **
place_member(struct pf_run_flags *flags, size_t i)
{
	return (const char **)(void *)((char *)flags + place[i].offset);
}

static cJSON *
place_json(const struct pf_run_flags *flags)
{
	struct pf_run_flags copy = *flags;
	cJSON *object = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof(place) / sizeof(*place); i++) {
		if (*place_member(&copy, i) != NULL)
			pf_json_set_string(object, place[i].name, *place_member(&copy, i));
	}
	if (flags->server != NULL)
		pf_json_set_bool(object, "server", true);
	return object;
}

cJSON *
pf_recording_options(struct pf_arena *arena, const struct pf_run_flags *flags, const struct pf_plan *plan,
		     bool in_cluster)
{
	cJSON *options = pf_json_object(arena);
	cJSON *about = cJSON_CreateObject();
	size_t len;

	pf_json_set_string(about, "name", plan->name);
	pf_json_set_string(about, "digest", plan->digest);
	if (pf_plan_builtin(plan->name, &len) == NULL || strcmp(plan->source, "built-in") != 0) {
		pf_json_set_string(about, "source", plan->source);
		pf_json_set_string(about, "text", plan->text);
	}
	pf_json_set(options, "plan", about);
	set_words(options, "set", flags->set);
	set_words(options, "only", flags->only);
	set_words(options, "skip", flags->skip);
	if (flags->restart != NULL)
		pf_json_set_string(options, "restart", flags->restart);
	if (flags->vantage != NULL)
		pf_json_set_string(options, "vantage", flags->vantage);
	pf_json_set(options, "place", place_json(flags));
	if (in_cluster)
		pf_json_set_bool(options, "inCluster", true);
	pf_json_set_bool(options, "allowDataLoss", flags->allow_data_loss);
	pf_json_set_bool(options, "strict", flags->strict);
	if (flags->wait_ms >= 0)
		pf_json_set_int(options, "waitMs", flags->wait_ms);
	if (flags->timeout_ms >= 0)
		pf_json_set_int(options, "timeoutMs", flags->timeout_ms);
	if (flags->since_ms >= 0)
		pf_json_set_int(options, "sinceMs", flags->since_ms);
	return options;
}

void
pf_recording_merge(struct pf_arena *arena, const cJSON *options, struct pf_run_flags *flags)
{
	const char **set = get_words(arena, PF_AT(options, "set"));

	for (size_t i = 0; flags->set != NULL && flags->set[i] != NULL; i++)
		set = pf_words_add(arena, set, flags->set[i]);
	flags->set = set;
	if (flags->only == NULL)
		flags->only = get_words(arena, PF_AT(options, "only"));
	if (flags->skip == NULL)
		flags->skip = get_words(arena, PF_AT(options, "skip"));
	if (flags->restart == NULL)
		flags->restart = PF_STRING_AT(options, "restart");
	if (flags->vantage == NULL)
		flags->vantage = PF_STRING_AT(options, "vantage");
	if (flags->wait_ms < 0)
		flags->wait_ms = PF_INT_AT(options, -1, "waitMs");
	if (flags->timeout_ms < 0)
		flags->timeout_ms = PF_INT_AT(options, -1, "timeoutMs");
	if (flags->since_ms < 0)
		flags->since_ms = PF_INT_AT(options, -1, "sinceMs");
	for (size_t i = 0; i < sizeof(place) / sizeof(*place); i++)
		*place_member(flags, i) = PF_STRING_AT(options, "place", place[i].name);
	flags->server = PF_BOOL_AT(options, false, "place", "server") ? "" : NULL;
	flags->allow_data_loss |= PF_BOOL_AT(options, false, "allowDataLoss");
	flags->strict |= PF_BOOL_AT(options, false, "strict");
}

bool
pf_recording_in_cluster(const struct pf_recording_info *info)
{
	return PF_BOOL_AT(info->options, false, "inCluster");
}

bool
pf_recording_plan(struct pf_arena *arena, const cJSON *options, struct pf_plan **out, bool *changed, struct pf_err *err)
{
	const char *text = PF_STRING_AT(options, "plan", "text");
	const char *source = PF_STRING_AT(options, "plan", "source");

	*changed = false;
	if (text != NULL)
		return pf_plan_parse(arena, source != NULL ? source : "recorded plan", text, strlen(text),
				     pf_probe_descriptors(), out, err);
	if (!pf_plan_open(arena, PF_STRING_AT(options, "plan", "name"), out, err))
		return pf_fail_in(err, "the recording's plan: ");
	const char *digest = PF_STRING_AT(options, "plan", "digest");
	*changed = digest != NULL && !pf_streq(digest, (*out)->digest);
	return true;
}
