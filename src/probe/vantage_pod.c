/* From inside: one command in the application's container tells of all names and connections. */
#include <string.h>

#include <postflight/buf.h>
#include <postflight/clock.h>
#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "plan/embedded.h"
#include "probe/vantage.h"
#include "probe/vantage_report.h"

/* More than the script's own limits add up to, where a resolver is silent and has several nameservers. */
#define TIMEOUT_MS 15000
#define PATH_CAP ((size_t)64 * 1024)

/* What a command says of itself when it is not there, or may not be run. */
#define NO_SUCH_PROGRAM 127
#define NOT_EXECUTABLE 126
#define KILLED 128 /* and more: by a signal */

/* getent asks again in this time: what took as long had no answer. */
#define SILENCE_MS 1000

static const char *
script(void)
{
	for (const struct pf_embedded *one = pf_embedded_scripts; one->name != NULL; one++) {
		if (pf_streq(one->name, "vantage"))
			return one->text;
	}
	return "";
}

static void
add_word(struct pf_arena *arena, struct pf_buf *path, const char *word)
{
	pf_buf_printf(path, "&command=%s", pf_url_encode(arena, word));
}

bool
pf_pod_look_ask(const struct pf_sight *s, struct pf_ask *out)
{
	struct pf_arena *arena = pf_session_arena(pf_probe_session(s->ctx));
	PF_AUTO_BUF path = PF_BUF(PATH_CAP);

	if (s->pod == NULL)
		return false;
	pf_buf_printf(&path, "%s/exec?container=%s&stdout=true&stderr=true",
		      pf_path_get(arena, PF_PODS, s->client->namespace_, s->pod->name),
		      pf_url_encode(arena, s->container));
	const char *const shell[] = {"sh", "-c", script(), "postflight", "dns", PF_CONTROL_NAME};
	for (size_t i = 0; i < sizeof(shell) / sizeof(shell[0]); i++)
		add_word(arena, &path, shell[i]);
	if (s->is_name) {
		add_word(arena, &path, "dns");
		add_word(arena, &path, s->host);
	}
	add_word(arena, &path, "tcp");
	add_word(arena, &path, s->host);
	add_word(arena, &path, pf_printf(arena, "%d", s->port));
	if (s->pod_address != NULL) {
		add_word(arena, &path, "tcp");
		add_word(arena, &path, s->pod_address);
		add_word(arena, &path, pf_printf(arena, "%d", s->pod_port));
	}
	*out = (struct pf_ask){.kind = PF_ASK_EXEC,
			       .method = "GET",
			       .path = pf_strdup(arena, pf_buf_text(&path)),
			       .timeout_ms = TIMEOUT_MS};
	return !path.cut;
}

/* ---- Ways that end here ---- */

/* Why no container of the client runs, in the kubelet's word: "CrashLoopBackOff". */
static enum pf_look
not_running(const struct pf_sight *s)
{
	const struct pf_workload *w = s->client;
	const cJSON *status;
	const char *reason = NULL;

	if (w->pods_err != NULL) {
		pf_verdict_error(s->ctx, w->pods_err, "", "pods", "get, list, watch");
		return PF_LOOK_NO_WAY;
	}
	if (w->pod_count == 0) {
		pf_verdict(s->ctx, PF_SKIP, "deployment/%s has no pod to look from", w->name);
		return PF_LOOK_NO_WAY;
	}
	const struct pf_pod *pod = w->pod != NULL ? w->pod : &w->pods[0];
	cJSON_ArrayForEach(status, PF_AT(pod->object, "status", "containerStatuses"))
	{
		if (!pf_streq(PF_STRING_AT(status, "name"), s->container))
			continue;
		reason = PF_STRING_AT(status, "state", "waiting", "reason");
		if (reason == NULL)
			reason = PF_STRING_AT(status, "state", "terminated", "reason");
	}
	pf_verdict(s->ctx, PF_SKIP, "container %s of pod/%s does not run at this moment (%s): nothing can look from it",
		   s->container, pod->name, reason != NULL ? reason : pf_pod_state_name(pod->state));
	return PF_LOOK_NO_WAY;
}

static enum pf_look
no_tool(const struct pf_sight *s, const char *what)
{
	pf_verdict(s->ctx, PF_ERROR,
		   "container %s of pod/%s has no %s: look from a debug container of that pod (kubectl -n %s debug "
		   "-it %s --image=IMAGE, in it postflight run --vantage local), or run postflight in the cluster",
		   s->container, s->pod->name, what, s->client->namespace_, s->pod->name);
	return PF_LOOK_NO_WAY;
}

static enum pf_look
not_run(const struct pf_sight *s, const struct pf_answer *answer)
{
	if (answer->exit_code == NO_SUCH_PROGRAM || answer->exit_code == NOT_EXECUTABLE)
		return no_tool(s, "shell");
	if (answer->err.kind == PF_ERR_NOT_FOUND) {
		pf_verdict(s->ctx, PF_SKIP, "container %s of pod/%s does not run at this moment: %s", s->container,
			   s->pod->name, answer->err.text);
		return PF_LOOK_NO_WAY;
	}
	pf_verdict_error(s->ctx, &answer->err, "", "pods/exec", "get, create");
	return PF_LOOK_NO_WAY;
}

static enum pf_look
ended_badly(const struct pf_sight *s, const struct pf_answer *answer)
{
	const char *said = pf_one_line(pf_probe_arena(s->ctx), answer->stderr_text, 200);

	if (answer->exit_code >= KILLED)
		pf_verdict(s->ctx, PF_SKIP, "container %s of pod/%s ended while it was looked from", s->container,
			   s->pod->name);
	else
		pf_verdict(s->ctx, PF_ERROR, "the look from container %s of pod/%s ended with exit code %d%s%s",
			   s->container, s->pod->name, answer->exit_code, said[0] != '\0' ? ": " : "", said);
	return PF_LOOK_NO_WAY;
}

/* ---- What was seen ---- */

static struct pf_seen_name
seen_name(struct pf_arena *arena, const char *host, const struct pf_told *told)
{
	struct pf_told_name name = pf_told_name(arena, told);

	return (struct pf_seen_name){host, name.outcome, name.addresses, name.canonical, told->tool, name.said};
}

static struct pf_seen_connection
seen_connection(struct pf_arena *arena, const char *host, int port, const struct pf_told *told,
		const char **name_outcome)
{
	struct pf_told_connection connection = pf_told_connection(arena, told);

	if (name_outcome != NULL)
		*name_outcome = connection.name_outcome;
	return (struct pf_seen_connection){.host = host,
					   .port = port,
					   .outcome = connection.outcome,
					   .name_failed = connection.name_outcome != NULL,
					   .elapsed_ms = told->elapsed_ms,
					   .by = told->tool,
					   .said = connection.said};
}

/*
 * getent says the same of a name that does not exist and of a resolver that is dead. The program that dialled the
 * same name may have said which; else the control tells.
 */
static void
refine_name(struct pf_view *view, const char *by_connection, int64_t elapsed_ms)
{
	struct pf_seen_name *name = &view->name;
	bool works = pf_streq(view->control.outcome, "resolved");

	if (!pf_streq(name->outcome, "failed"))
		return;
	if (by_connection != NULL && !pf_streq(by_connection, "failed"))
		name->outcome = by_connection;
	else if (by_connection == NULL && works)
		name->outcome = "nxdomain";
	else if (!works && elapsed_ms >= SILENCE_MS)
		name->outcome = "timeout";
	if (name->said == NULL && by_connection != NULL)
		name->said = view->service.said;
}

/*
 * Whoever dials a name waits for the resolver first, out of the same patience: silence then is the resolver's, or
 * nobody knows whose.
 */
static void
refine_connection(struct pf_arena *arena, struct pf_view *view, int64_t resolving_ms)
{
	struct pf_seen_connection *seen = &view->service;

	if (view->name.outcome != NULL && !pf_streq(view->name.outcome, "resolved")) {
		seen->outcome = NULL;
		seen->name_failed = true;
	} else if (pf_streq(seen->outcome, "timeout") && resolving_ms >= SILENCE_MS) {
		seen->outcome = NULL;
		seen->said = pf_printf(arena, "resolving %s alone took %s", seen->host,
				       pf_duration_format(arena, resolving_ms));
	}
}

static enum pf_look
read_report(const struct pf_sight *s, const struct pf_answer *answer, struct pf_view *out)
{
	struct pf_arena *arena = pf_probe_arena(s->ctx);
	struct pf_vantage_report report;
	struct pf_err err;
	const char *name_outcome = NULL;

	if (answer->cut) {
		pf_verdict(s->ctx, PF_ERROR, "the look from container %s of pod/%s brought more text than can be true",
			   s->container, s->pod->name);
		return PF_LOOK_NO_WAY;
	}
	if (!pf_vantage_report_read(arena, answer->text, s->is_name ? 2 : 1, s->pod_address != NULL ? 2 : 1, &report,
				    &err)) {
		pf_verdict(s->ctx, PF_ERROR, "%s", err.text);
		return PF_LOOK_NO_WAY;
	}
	if (pf_streq(report.dns[0].tool, "none") && pf_streq(report.tcp[0].tool, "none"))
		return no_tool(s, "getent, nslookup, bash, curl, nc or wget");
	*out = (struct pf_view){
		.vantage = "pod",
		.decides = true,
		.source = pf_printf(arena, "pod/%s container %s", s->pod->name, s->container),
		.control = seen_name(arena, PF_CONTROL_NAME, &report.dns[0]),
		.service = seen_connection(arena, s->host, s->port, &report.tcp[0], &name_outcome),
	};
	if (s->pod_address != NULL)
		out->backend = seen_connection(arena, s->pod_address, s->pod_port, &report.tcp[1], NULL);
	if (s->is_name) {
		out->name = seen_name(arena, s->host, &report.dns[1]);
		refine_name(out, name_outcome, report.dns[1].elapsed_ms);
		refine_connection(arena, out, report.dns[1].elapsed_ms);
	}
	return PF_LOOK_DONE;
}

enum pf_look
pf_look_from_pod(const struct pf_sight *s, struct pf_view *out)
{
	struct pf_ask ask;

	if (s->pod == NULL)
		return not_running(s);
	if (!pf_pod_look_ask(s, &ask)) {
		pf_verdict(s->ctx, PF_ERROR, "the endpoint's host is too long to be asked for");
		return PF_LOOK_OVER;
	}
	const struct pf_answer *answer = pf_look_ask(pf_probe_session(s->ctx), &ask);
	if (!answer->ok)
		return not_run(s, answer);
	if (answer->exit_code != 0)
		return ended_badly(s, answer);
	return read_report(s, answer, out);
}
