/* Channels 1 and 2 are the command's output, channel 3 says how it ended: {"status":"Success"}, or a reason. */
#include "kube/exec.h"

#include <stdlib.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/target_answer.h"
#include "kube/target_internal.h"

#define OUTPUT_CAP ((size_t)64 * 1024)
#define STATUS_CAP ((size_t)64 * 1024)

/* The rest of the output may come behind the status; a server that then forgets to close is not waited for. */
#define GRACE_MS 1000

/* As a shell says it. */
#define NO_SUCH_PROGRAM 127
#define NOT_EXECUTABLE 126

enum { CHANNEL_OUT = 1, CHANNEL_ERR = 2, CHANNEL_STATUS = 3 };

static void
on_opened(void *context, struct pf_websocket *socket, const char *protocol)
{
	struct pf_exec *exec = context;
	int64_t spent = pf_websocket_age(socket);

	(void)protocol;
	exec->has_opened = true;
	if (exec->timeout_ms > 0)
		pf_websocket_limit(socket, pf_deadline_in(exec->timeout_ms > spent ? exec->timeout_ms - spent : 0));
}

static void
take_status(struct pf_exec *exec, struct pf_websocket *socket, const char *bytes, size_t len)
{
	struct pf_arena *scratch = pf_arena_new();
	struct pf_err unused;

	pf_buf_add(&exec->status, bytes, len);
	exec->has_status = pf_json_parse(scratch, pf_buf_text(&exec->status), exec->status.len, &unused) != NULL;
	if (exec->has_status)
		pf_websocket_limit(socket, pf_deadline_in(GRACE_MS));
	pf_arena_free(scratch);
}

static void
on_message(void *context, struct pf_websocket *socket, const char *bytes, size_t len)
{
	struct pf_exec *exec = context;

	if (len <= 1)
		return; /* each channel is opened by an empty message */
	if (bytes[0] == CHANNEL_OUT)
		pf_buf_add(&exec->out, bytes + 1, len - 1);
	else if (bytes[0] == CHANNEL_ERR)
		pf_buf_add(&exec->err, bytes + 1, len - 1);
	else if (bytes[0] == CHANNEL_STATUS && !exec->has_status)
		take_status(exec, socket, bytes + 1, len - 1);
}

static bool
on_ended(void *context, struct pf_websocket *socket, const struct pf_websocket_end *end)
{
	struct pf_exec *exec = context;

	exec->end = *end;
	exec->elapsed_ms = pf_websocket_age(socket);
	return false;
}

void
pf_exec_begin(struct pf_exec *exec, struct pf_arena *scratch, const struct pf_ask *ask, int64_t timeout_ms,
	      int64_t opening_ms)
{
	static const struct pf_websocket_events events = {on_opened, on_message, on_ended};
	size_t cap = ask->cap != 0 ? ask->cap : OUTPUT_CAP;

	*exec = (struct pf_exec){.ask = ask,
				 .out = PF_BUF(cap),
				 .err = PF_BUF(cap),
				 .status = PF_BUF(STATUS_CAP),
				 .timeout_ms = timeout_ms};
	exec->socket = pf_websocket_new(scratch, &(struct pf_websocket_request){
							 .path = ask->path,
							 .protocols = "v5.channel.k8s.io, v4.channel.k8s.io",
							 .timeout_ms = opening_ms,
							 .events = &events,
							 .context = exec,
						 });
}

/* The exit code among the causes; negative when there is none. */
static int
exit_code_of(const cJSON *status)
{
	const cJSON *cause, *causes = PF_AT(status, "details", "causes");

	if (!pf_streq(PF_STRING_AT(status, "reason"), "NonZeroExitCode"))
		return -1;
	cJSON_ArrayForEach(cause, causes)
	{
		const char *text = PF_STRING_AT(cause, "message");
		char *rest;
		long code;
		if (!pf_streq(PF_STRING_AT(cause, "reason"), "ExitCode") || text == NULL)
			continue;
		code = strtol(text, &rest, 10);
		if (rest != text && *rest == '\0' && code >= 0 && code <= 255)
			return (int)code;
	}
	return -1;
}

static const struct {
	const char *words; /* of the runtime */
	enum pf_err_kind kind;
	int exit_code;
	const char *meaning;
} refusals[] = {
	{"executable file not found", PF_ERR_NOT_FOUND, NO_SUCH_PROGRAM, "the container has no such program"},
	{"no such file or directory", PF_ERR_NOT_FOUND, NO_SUCH_PROGRAM, "the container has no such program"},
	{"permission denied", PF_ERR_SERVER, NOT_EXECUTABLE, "the program may not be run in the container"},
	{"container not found", PF_ERR_NOT_FOUND, 0, "the container is not running"},
	{"cannot exec in a stopped", PF_ERR_NOT_FOUND, 0, "the container is not running"},
	{"container not running", PF_ERR_NOT_FOUND, 0, "the container is not running"},
	{"is not running", PF_ERR_NOT_FOUND, 0, "the container is not running"},
};

/* The command was not run: why, in the runtime's words. */
static void
explain_not_run(struct pf_arena *arena, const char *message, struct pf_answer *answer)
{
	/* Before the program stands what differs from run to run, the container's id for one. */
	const char *program = strstr(message, "exec: \"");
	const char *shown = pf_one_line(arena, program != NULL ? program : message, 400);

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (strstr(message, refusals[i].words) == NULL)
			continue;
		answer->exit_code = refusals[i].exit_code;
		pf_fail(&answer->err, refusals[i].kind, "the command could not be started: %s (%s)",
			refusals[i].meaning, shown);
		return;
	}
	pf_fail(&answer->err, PF_ERR_SERVER, "the command could not be started: %s", shown);
}

static void
take_end(struct pf_exec *exec, struct pf_live *live, struct pf_arena *arena, struct pf_answer *answer)
{
	struct pf_err why;
	const cJSON *status = pf_live_json(live, arena, pf_buf_text(&exec->status), exec->status.len, &why);
	const char *message = PF_STRING_AT(status, "message");

	answer->exit_code = pf_streq(PF_STRING_AT(status, "status"), "Success") ? 0 : exit_code_of(status);
	answer->ok = answer->exit_code >= 0;
	if (answer->ok)
		return;
	answer->exit_code = 0;
	if (message != NULL)
		explain_not_run(arena, message, answer);
	else
		pf_fail(&answer->err, PF_ERR_PROTOCOL, "the server does not say how the command ended");
}

void
pf_exec_answer(struct pf_exec *exec, struct pf_live *live, struct pf_arena *arena, struct pf_answer *answer)
{
	const struct pf_websocket_end *end = &exec->end;

	answer->elapsed_ms = exec->elapsed_ms;
	answer->text = pf_live_text(live, arena, exec->out.p, exec->out.len);
	answer->stderr_text = pf_live_text(live, arena, exec->err.p, exec->err.len);
	answer->cut = exec->out.cut || exec->err.cut;
	if (exec->has_status)
		take_end(exec, live, arena, answer);
	else if (end->status != 0)
		pf_live_refused(live, arena, exec->ask, end, answer);
	else if (end->err.kind == PF_ERR_NONE)
		pf_fail(&answer->err, PF_ERR_PROTOCOL,
			"the server closed the stream of the command without saying how it ended");
	else if (end->err.kind == PF_ERR_TIMEOUT && exec->has_opened)
		pf_fail(&answer->err, PF_ERR_TIMEOUT, "the command was started, but did not end within %lld ms",
			(long long)exec->elapsed_ms);
	else
		pf_fail(&answer->err, end->err.kind, "%s", pf_redact_text(live->redactor, arena, end->err.text));
	pf_buf_free(&exec->out);
	pf_buf_free(&exec->err);
	pf_buf_free(&exec->status);
}
