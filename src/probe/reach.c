#include "probe/reach.h"

#include <postflight/clock.h>
#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/slices.h"
#include "probe/listens.h"

struct pf_process_at
pf_process_of(const char *namespace_, const struct pf_pod *pod, int port)
{
	const cJSON *spec = PF_AT(pod->object, "spec"), *init;
	int containers = cJSON_GetArraySize(PF_AT(spec, "containers"));

	/* One that starts before the others and stays. */
	cJSON_ArrayForEach(init, PF_AT(spec, "initContainers")) containers +=
		pf_streq(PF_STRING_AT(init, "restartPolicy"), "Always");
	return (struct pf_process_at){namespace_, pod->name, port, pod->ip, containers == 1};
}

const char *
pf_process_text(struct pf_arena *arena, const struct pf_process_at *at)
{
	return pf_printf(arena, "pod/%s port %d", at->pod, at->port);
}

void
pf_reach_error(struct pf_probe_context *ctx, const struct pf_err *err)
{
	pf_verdict_error(ctx, err, "", "pods/portforward", "get, create");
}

int64_t
pf_running_since(const struct pf_pod *pod, const char *container)
{
	const cJSON *status;
	int64_t at_ms = 0;

	cJSON_ArrayForEach(status, PF_AT(pod->object, "status", "containerStatuses"))
	{
		const char *text = PF_STRING_AT(status, "state", "running", "startedAt");
		if (pf_streq(PF_STRING_AT(status, "name"), container) && text != NULL)
			(void)pf_time_parse(text, &at_ms);
	}
	return at_ms;
}

const struct pf_pod *
pf_running_pod(const struct pf_workload *workload, const char *container, bool newest_only)
{
	const struct pf_pod *found = NULL;

	for (size_t i = 0; i < workload->pod_count; i++) {
		const struct pf_pod *pod = &workload->pods[i];
		bool newest = pf_workload_is_newest(workload, pod);
		if (pod->deleting || (newest_only && !newest) || pf_running_since(pod, container) == 0)
			continue;
		if (found == NULL || (pod->ready && !found->ready) ||
		    (pod->ready == found->ready && newest && !pf_workload_is_newest(workload, found)))
			found = pod;
	}
	return found;
}

/* ---- Backends ---------------------------------------------------------------------------------------------- */

static void
choose_pod(struct pf_probe_context *ctx, struct pf_backend *out)
{
	struct pf_arena *arena = pf_probe_arena(ctx);
	const struct pf_workload *w = out->workload;
	const cJSON *first = cJSON_GetArrayItem(PF_AT(w->deployment, "spec", "template", "spec", "containers"), 0);

	out->container = PF_STRING_AT(first, "name");
	out->at = (struct pf_process_at){
		.namespace_ = w->namespace_,
		.port = pf_listens_on(w, pf_arg(ctx, "port_flag"), (int)pf_arg_int(ctx, "listens", 0)),
	};
	if (w->deployment == NULL)
		out->why = pf_printf(arena, "deployment/%s does not exist", w->name);
	else if (out->container != NULL)
		out->pod = pf_running_pod(w, out->container, false);
	if (out->pod != NULL)
		out->at = pf_process_of(w->namespace_, out->pod, out->at.port);
	else if (w->deployment != NULL)
		out->why = pf_printf(arena, "no pod of deployment/%s runs", w->name);
	if (out->pod != NULL && out->at.port == 0) {
		out->at.pod = NULL;
		out->why = pf_printf(arena, "the arguments of deployment/%s do not tell its port", w->name);
	}
}

static const cJSON *
port_numbered(const cJSON *service, int number)
{
	const cJSON *port;

	cJSON_ArrayForEach(port, PF_AT(service, "spec", "ports"))
	{
		if (PF_INT_AT(port, 0, "port") == number)
			return port;
	}
	return NULL;
}

static bool
is_own(const struct pf_workload *workload, const char *name)
{
	for (size_t i = 0; i < workload->pod_count; i++) {
		if (pf_streq(workload->pods[i].name, name))
			return true;
	}
	return false;
}

/* Whose pods are ready in SLICES; puts a foreign one's name and address in *FOREIGN. */
static enum pf_behind
read_behind(const struct pf_workload *workload, const cJSON *slices, struct pf_process_at *foreign)
{
	enum pf_behind out = PF_BEHIND_NOTHING;
	const cJSON *slice, *endpoint;

	cJSON_ArrayForEach(slice, slices)
	{
		cJSON_ArrayForEach(endpoint, PF_AT(slice, "endpoints"))
		{
			const char *name = PF_STRING_AT(endpoint, "targetRef", "name");
			if (!pf_streq(PF_STRING_AT(endpoint, "targetRef", "kind"), "Pod") || name == NULL ||
			    !PF_BOOL_AT(endpoint, true, "conditions", "ready"))
				continue;
			if (is_own(workload, name))
				return PF_BEHIND_OWN;
			out = PF_BEHIND_FOREIGN;
			foreign->pod = name;
			foreign->address = pf_json_string(cJSON_GetArrayItem(PF_AT(endpoint, "addresses"), 0));
		}
	}
	return out;
}

/*
 * The Service that the client uses, with the port it asks for there; the documented one where it is not known what it
 * has been told. NULL when there is none.
 */
static const cJSON *
choose_service(struct pf_probe_context *ctx, struct pf_backend *out, int *port, const struct pf_err **err)
{
	*err = out->endpoint.service_err;
	*port = out->endpoint.url.port;
	if (out->endpoint.state == PF_ENDPOINT_PARSED)
		return out->endpoint.service;
	*port = (int)pf_arg_int(ctx, "port", 0);
	return pf_service_find(pf_probe_session(ctx), out->workload->namespace_, pf_arg(ctx, "service"), err);
}

/* Follows the Service to its pods. Whose they are can be told only where the workload's own are known. */
static void
look_behind(struct pf_probe_context *ctx, struct pf_backend *out)
{
	struct pf_session *session = pf_probe_session(ctx);
	struct pf_arena *arena = pf_probe_arena(ctx);
	const struct pf_workload *w = out->workload;
	const struct pf_err *err;
	int number;
	const cJSON *service = choose_service(ctx, out, &number, &err), *port = port_numbered(service, number);

	if (err != NULL || w->state == PF_WORKLOAD_UNREADABLE || w->pods_err != NULL)
		return;
	out->leads_to = PF_BEHIND_NOTHING;
	if (port == NULL)
		return;
	out->service = PF_STRING_AT(service, "metadata", "name");
	struct pf_listing slices = pf_look_list(
		session, pf_path_list(arena, PF_ENDPOINTSLICES, w->namespace_,
				      pf_printf(arena, "kubernetes.io/service-name=%s", out->service), NULL));
	if (!slices.ok) {
		out->leads_to = PF_BEHIND_UNKNOWN;
		return;
	}
	out->behind = (struct pf_process_at){
		.namespace_ = w->namespace_,
		.port = pf_slices_read(slices.items, PF_STRING_AT(port, "name")).port,
	};
	out->leads_to = read_behind(w, slices.items, &out->behind);
	if (out->behind.port == 0 && out->leads_to == PF_BEHIND_FOREIGN)
		out->leads_to = PF_BEHIND_NOTHING;
	if (out->leads_to != PF_BEHIND_FOREIGN)
		out->behind.pod = NULL;
}

struct pf_backend
pf_backend_find(struct pf_probe_context *ctx)
{
	struct pf_session *session = pf_probe_session(ctx);
	struct pf_backend out = {.why = ""};
	const char *home = pf_probe_namespace(ctx);

	out.endpoint = pf_endpoint_read(session, pf_arg(ctx, "client"), pf_arg(ctx, "container"),
					pf_arg_list(ctx, "prefixes"), pf_arg(ctx, "variable"));
	if (out.endpoint.service != NULL)
		home = out.endpoint.host.namespace_;
	out.workload = pf_workload(session, home, pf_arg(ctx, "deployment"));
	choose_pod(ctx, &out);
	look_behind(ctx, &out);
	return out;
}

bool
pf_backend_is_young(struct pf_session *session, const struct pf_backend *backend)
{
	return pf_session_now(session) - pf_running_since(backend->pod, backend->container) < PF_POD_START_MS / 2;
}
