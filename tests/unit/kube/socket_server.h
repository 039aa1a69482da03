/* Starts websocket_server.js once per test program, and asks it as a live target would. */
#ifndef POSTFLIGHT_TESTS_SOCKET_SERVER_H
#define POSTFLIGHT_TESTS_SOCKET_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <postflight/json.h>
#include <postflight/signals.h>
#include <postflight/target.h>

#include "temp_folder.h"

#define CERTIFICATE "tests/unit/kube/localhost.crt"
#define KEY "tests/unit/kube/localhost.key"
#define PATIENCE_MS 20000

/* Long enough for a busy machine, short enough to wait for. */
#define SHORT_MS 300

extern char **environ;

static struct {
	pid_t pid;
	int input; /* closing it ends the server */
	unsigned tls_port, plain_port;
} server;

/* Of the running test. */
static struct pf_arena *arena;
static struct pf_target *target;
static struct pf_connection *connection;
static struct temp_folder *folder;

static inline int
start_server(void **state)
{
	char *argv[] = {(char *)"node", (char *)"tests/unit/net/websocket_server.js", (char *)CERTIFICATE, (char *)KEY,
			NULL};
	posix_spawn_file_actions_t actions;
	int in[2], out[2], rc;
	FILE *ports;

	(void)state;
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	rc = posix_spawnp(&server.pid, "node", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	server.input = in[1];
	ports = fdopen(out[0], "r");
	if (rc != 0 || ports == NULL || fscanf(ports, "%u %u", &server.tls_port, &server.plain_port) != 2) {
		fprintf(stderr, "node and the repository's root as working directory are needed\n");
		return -1;
	}
	fclose(ports);
	return 0;
}

static inline int
end_server(void **state)
{
	(void)state;
	close(server.input);
	waitpid(server.pid, NULL, 0);
	return 0;
}

static inline void
connect_with(struct pf_connection_options options)
{
	struct pf_err err;

	if (!pf_connection_open(arena, &options, &connection, &err))
		fail_msg("%s", err.text);
	target = pf_target_live(arena, connection, PATIENCE_MS);
}

/* The target of the test: TLS, a token file that holds "fresh". */
static inline int
begin_test(void **state)
{
	if (temp_folder_setup(state) != 0)
		return -1;
	folder = *state;
	arena = pf_arena_new();
	connect_with((struct pf_connection_options){
		.server = pf_printf(arena, "https://127.0.0.1:%u", server.tls_port),
		.certificate_authority = CERTIFICATE,
		.token_file = temp_file(folder, "token", "fresh"),
		.user_agent = "postflight/test",
	});
	return 0;
}

static inline int
end_test(void **state)
{
	pf_arena_free(arena);
	return temp_folder_teardown(state);
}

static inline struct pf_ask
exec_in(const char *pod)
{
	return (struct pf_ask){
		.kind = PF_ASK_EXEC,
		.method = "GET",
		.path = pf_printf(arena, "/api/v1/namespaces/n/pods/%s/exec?command=ls&stdout=true&stderr=true", pod)};
}

static inline struct pf_ask
forward_to(const char *pod, const char *method, const char *inner_path)
{
	return (struct pf_ask){.kind = PF_ASK_FORWARD,
			       .method = method,
			       .path = pf_printf(arena, "/api/v1/namespaces/n/pods/%s/portforward", pod),
			       .port = 8000,
			       .inner_path = inner_path};
}

static inline struct pf_answer
ask_one(struct pf_ask ask)
{
	struct pf_answer answer;

	pf_target_ask(target, arena, &ask, &answer, 1, pf_deadline_in(PATIENCE_MS));
	return answer;
}

static inline void
assert_has(const char *text, const char *word)
{
	if (strstr(text, word) == NULL)
		fail_msg("no \"%s\" in: %s", word, text);
}

/* The answer is an error of that kind whose sentence holds each of the words (ended by NULL). */
static inline void
assert_err(const struct pf_answer *answer, enum pf_err_kind kind, ...)
{
	const char *word;
	va_list words;

	if (answer->ok)
		fail_msg("ok, with status %d", answer->status);
	print_message("             %s\n", answer->err.text);
	if (answer->err.kind != kind)
		fail_msg("kind %s: %s", pf_err_name(answer->err.kind), answer->err.text);
	va_start(words, kind);
	while ((word = va_arg(words, const char *)) != NULL)
		assert_has(answer->err.text, word);
	va_end(words);
}

/*
 * Asks in a process of its own, which gets a SIGINT while it waits. True when it then ended with PF_ERR_INTERRUPTED
 * and not by the patience of the question.
 */
static inline bool
is_interrupted(struct pf_ask ask)
{
	int ready[2], status = -1;
	char byte;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		struct pf_answer answer;
		struct sigaction ignored;
		pf_signals_install();
		(void)sigaction(SIGINT, NULL, &ignored);
		if (write(ready[1], "r", 1) != 1)
			_exit(2);
		pf_target_ask(target, arena, &ask, &answer, 1, pf_deadline_in(PATIENCE_MS));
		_exit(answer.err.kind == PF_ERR_INTERRUPTED && answer.elapsed_ms < PATIENCE_MS / 2 ? 0 : 1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	kill(child, SIGINT);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
