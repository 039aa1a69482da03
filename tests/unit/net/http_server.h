/* Starts the servers of http_server.js once per test program and makes clients and requests to them. */
#ifndef POSTFLIGHT_TEST_HTTP_SERVER_H
#define POSTFLIGHT_TEST_HTTP_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <postflight/file.h>
#include <postflight/http.h>
#include <postflight/signals.h>
#include <postflight/str.h>

extern char **environ;

#define PATIENCE_MS 20000

static struct {
	char folder[64];
	pid_t pid;
	int input; /* closing it ends the server */
	struct {
		char name[32];
		unsigned port;
	} servers[32];
	size_t count;
	struct pf_arena *arena; /* of the running test */
} fixture;

static inline pid_t
spawn(const char *const *argv, int input, int output)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	if (input >= 0)
		posix_spawn_file_actions_adddup2(&actions, input, 0);
	if (output >= 0)
		posix_spawn_file_actions_adddup2(&actions, output, 1);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Beside the test's source. */
static inline const char *
beside(struct pf_arena *arena, const char *name)
{
	const char *slash = strrchr(__FILE__, '/');

	return pf_printf(arena, "%.*s/%s", (int)(slash - __FILE__), __FILE__, name);
}

static inline int
start_servers(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	int in[2], out[2], status = -1;
	char line[128];
	FILE *lines;

	(void)state;
	snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/pf-http-XXXXXX");
	if (mkdtemp(fixture.folder) == NULL || pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return -1;
	const char *const make[] = {"sh", beside(arena, "certificates.sh"), fixture.folder, NULL};
	const char *const serve[] = {"node", beside(arena, "http_server.js"), fixture.folder, NULL};
	if (waitpid(spawn(make, -1, -1), &status, 0) < 0 || status != 0)
		return -1;
	fixture.pid = spawn(serve, in[0], out[1]);
	fixture.input = in[1];
	close(in[0]);
	close(out[1]);
	lines = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), lines) != NULL && strcmp(line, "ready\n") != 0) {
		if (fixture.count < 32 && sscanf(line, "%31s %u", fixture.servers[fixture.count].name,
						 &fixture.servers[fixture.count].port) == 2)
			fixture.count++;
	}
	fclose(lines);
	pf_arena_free(arena);
	pf_signals_install();
	return fixture.pid > 0 && fixture.count > 0 ? 0 : -1;
}

static inline int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static inline int
stop_servers(void **state)
{
	(void)state;
	close(fixture.input);
	waitpid(fixture.pid, NULL, 0);
	nftw(fixture.folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static inline int
begin_test(void **state)
{
	(void)state;
	fixture.arena = pf_arena_new();
	return 0;
}

static inline int
end_test(void **state)
{
	(void)state;
	pf_arena_free(fixture.arena);
	return 0;
}

static inline unsigned
port_of(const char *name)
{
	for (size_t i = 0; i < fixture.count; i++)
		if (strcmp(fixture.servers[i].name, name) == 0)
			return fixture.servers[i].port;
	fail_msg("no server called %s", name);
	return 0;
}

static inline struct pf_blob
pem(const char *name)
{
	struct pf_err err;
	char *text;
	size_t len;

	if (!pf_file_read(fixture.arena, pf_printf(fixture.arena, "%s/%s", fixture.folder, name), 1 << 20, &text, &len,
			  &err))
		fail_msg("%s", err.text);
	return (struct pf_blob){text, len};
}

static inline struct pf_http *
client_of(struct pf_http_config config)
{
	struct pf_http *http;
	struct pf_err err;

	if (!pf_http_new(fixture.arena, &config, &http, &err))
		fail_msg("%s", err.text);
	return http;
}

/* A client of CONFIG for SCHEME://HOST and SERVER's port. */
static inline struct pf_http *
client_at(const char *scheme, const char *host, const char *server, struct pf_http_config config)
{
	config.base_url = pf_printf(fixture.arena, "%s://%s:%u", scheme, host, port_of(server));
	return client_of(config);
}

/* The usual client: trusts the tests' CA. */
static inline struct pf_http *
client(const char *server)
{
	if (strcmp(server, "plain") == 0 || strcmp(server, "odd") == 0)
		return client_at("http", "127.0.0.1", server, (struct pf_http_config){.base_url = NULL});
	return client_at("https", "127.0.0.1", server, (struct pf_http_config){.ca = pem("ca.pem")});
}

static inline struct pf_http_response
send_one(struct pf_http *http, struct pf_http_request request)
{
	struct pf_http_response response;

	pf_http_perform(http, fixture.arena, &request, &response, 1, pf_deadline_in(PATIENCE_MS));
	return response;
}

static inline struct pf_http_response
get(struct pf_http *http, const char *path)
{
	return send_one(http, (struct pf_http_request){.method = "GET", .path = path});
}

/* A number that the servers keep: /hits?of=KEY, /connections?of=LISTENER. */
static inline int
asked(const char *path)
{
	struct pf_http_response response = get(client("plain"), path);

	assert_true(response.ok);
	return (int)strtol(response.body, NULL, 10);
}

static inline void
assert_body(const struct pf_http_response *response, int status, const char *body)
{
	if (!response->ok)
		fail_msg("%s", response->err.text);
	assert_int_equal(response->status, status);
	assert_string_equal(response->body, body);
	assert_int_equal(response->body_len, strlen(body));
	assert_int_equal(response->err.kind, PF_ERR_NONE);
}

/* The sentence names host and port of SERVER, and holds each of the words (ended by NULL). */
static inline void
assert_fails(const struct pf_http_response *response, enum pf_err_kind kind, const char *server, ...)
{
	const char *word;
	va_list words;

	if (response->ok)
		fail_msg("succeeded with status %d: %s", response->status, response->body);
	print_message("             %s\n", response->err.text);
	if (response->err.kind != kind)
		fail_msg("kind %s", pf_err_name(response->err.kind));
	if (server != NULL)
		assert_non_null(strstr(response->err.text, pf_printf(fixture.arena, ":%u", port_of(server))));
	va_start(words, server);
	while ((word = va_arg(words, const char *)) != NULL)
		if (strstr(response->err.text, word) == NULL)
			fail_msg("no \"%s\" in: %s", word, response->err.text);
	va_end(words);
	assert_string_equal(response->body, "");
	assert_int_equal(response->body_len, 0);
}

#endif
