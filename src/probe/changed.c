#include "probe/changed.h"

#include <postflight/clock.h>
#include <postflight/json.h>

#include "probe/reach.h"

/* When somebody last wrote the data, UTC milliseconds; 0 when that is not known. */
static int64_t
data_written_ms(const cJSON *object)
{
	const cJSON *entry;
	int64_t newest = 0;

	cJSON_ArrayForEach(entry, PF_AT(object, "metadata", "managedFields"))
	{
		const char *text = PF_STRING_AT(entry, "time");
		int64_t at_ms = 0;
		if (PF_AT(entry, "fieldsV1", "f:data") != NULL && text != NULL && pf_time_parse(text, &at_ms) &&
		    at_ms > newest)
			newest = at_ms;
	}
	return newest;
}

/* The pod whose container serves and was started last; NULL when none serves. */
static const struct pf_pod *
youngest(const struct pf_subject *subject, int64_t *started_ms)
{
	const struct pf_workload *w = subject->workload;
	const struct pf_pod *found = NULL;

	for (size_t i = 0; i < w->pod_count; i++) {
		const struct pf_pod *pod = &w->pods[i];
		int64_t since = pf_running_since(pod, subject->container_name);
		if (!pod->ready || pod->deleting || since == 0 || !pf_workload_is_newest(w, pod))
			continue;
		if (found == NULL || since > *started_ms) {
			found = pod;
			*started_ms = since;
		}
	}
	return found;
}

const char *
pf_changed_since_start(struct pf_session *session, const struct pf_subject *subject, bool is_secret, const char *object)
{
	struct pf_arena *arena = pf_session_arena(session);
	int64_t started_ms = 0;
	const struct pf_pod *pod = youngest(subject, &started_ms);

	if (pod == NULL || object == NULL || object[0] == '\0')
		return NULL;
	const struct pf_answer *answer =
		pf_look_at(session, is_secret ? PF_SECRETS : PF_CONFIGMAPS, subject->workload->namespace_, object);
	int64_t written_ms = answer->ok ? data_written_ms(answer->json) : 0;
	if (written_ms <= started_ms)
		return NULL;
	return pf_printf(arena, "changed %s, after pod/%s started %s", pf_time_format(arena, written_ms, false),
			 pod->name, pf_time_format(arena, started_ms, false));
}

bool
pf_sources_changed_since_start(struct pf_session *session, const struct pf_subject *subject)
{
	for (int secrets = 0; secrets <= 1; secrets++) {
		const char *const *names =
			pf_env_references(pf_session_arena(session), subject->container, secrets != 0);
		for (size_t i = 0; names[i] != NULL; i++) {
			if (pf_changed_since_start(session, subject, secrets != 0, names[i]) != NULL)
				return true;
		}
	}
	return false;
}

const char *
pf_var_changed_since_start(struct pf_session *session, const struct pf_subject *subject, const struct pf_env_var *var)
{
	if (var->origin != PF_ENV_CONFIGMAP && var->origin != PF_ENV_SECRET)
		return NULL;
	return pf_changed_since_start(session, subject, var->origin == PF_ENV_SECRET, var->object);
}
