/* HTTP to processes over connections of our own: what comes back, what does not, recorded and replayed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <postflight/json.h>

#include "target_script.h"
#include "temp_folder.h"

#define PATIENCE pf_deadline_in(20000)
#define SILENCE_MS 200

struct scene {
	struct pf_arena *arena;
	struct script script;
	struct pf_target *live;
};

static const struct scripted world[] = {
	{"/secret", 200, "application/json",
	 "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"data\":{\"k\":\"Y2FuYXJ5LXZhbHVlLTE=\"}}", 0, 0},
	{NULL, 200, "application/json", "{\"kind\":\"Thing\"}", 0, 0}};

/* ---- A server of few words ---- */

static struct {
	pid_t pid;
	int port, closed, closed_port;
} server;

static int
bound(int backlog, int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&address, len) != 0 || (backlog >= 0 && listen(fd, backlog) != 0) ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return -1;
	*port = ntohs(address.sin_port);
	return fd;
}

static const struct {
	const char *path;
	const char *answer; /* NULL: none, and the connection stays */
} words[] = {
	{" /json ", "HTTP/1.1 400 Bad Request\r\nServer: Jetty\r\nContent-Type: application/x-amz-json-1.0\r\n"
		    "Content-Length: 12\r\n\r\n{\"__type\":1}"},
	{" /text ", "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end, canary-value-1"},
	{" /garbled ", "220 mail.example ESMTP\r\n"},
	{" /tls ", "\x15\x03\x01\x00\x02\x02\x46"},
	{" /wants-tls ", "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"},
	{" /closed ", ""},
	{" /silent ", NULL},
};

/* Chunks of one byte behind much that does not count, as long as anybody listens. */
static void
talk_without_end(int fd)
{
	static char chunks[400][3000];
	const size_t len = sizeof(chunks[0]);

	for (size_t i = 0; i < sizeof(chunks) / len; i++) {
		memset(chunks[i], 'x', len);
		memcpy(chunks[i], "1;", 2);
		memcpy(chunks[i] + len - 5, "\r\nx\r\n", 5);
	}
	dprintf(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	while (send(fd, chunks, sizeof(chunks), MSG_NOSIGNAL) == (ssize_t)sizeof(chunks))
		continue;
	close(fd);
}

static void
talk(int fd)
{
	char request[4096] = "";
	ssize_t n = recv(fd, request, sizeof(request) - 1, 0);

	if (strstr(request, " /endless ") != NULL) {
		talk_without_end(fd);
		return;
	}

	for (size_t i = 0; n > 0 && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(request, words[i].path) == NULL)
			continue;
		if (words[i].answer == NULL)
			return;
		/* The bytes of TLS hold zeros. */
		(void)send(fd, words[i].answer, strcmp(words[i].path, " /tls ") == 0 ? 7 : strlen(words[i].answer),
			   MSG_NOSIGNAL);
		close(fd);
		return;
	}
	/* What was asked, for who wants to see it. */
	dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(request), request);
	close(fd);
}

static int
start_server(void **state)
{
	int listening = bound(16, &server.port);

	(void)state;
	server.closed = bound(-1, &server.closed_port);
	if (listening < 0 || server.closed < 0)
		return -1;
	server.pid = fork();
	while (server.pid == 0)
		talk(accept(listening, NULL, NULL));
	close(listening);
	return server.pid > 0 ? 0 : -1;
}

static int
stop_server(void **state)
{
	(void)state;
	kill(server.pid, SIGKILL);
	waitpid(server.pid, NULL, 0);
	close(server.closed);
	return 0;
}

static int
open_scene(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	struct scene *scene = pf_alloc(arena, sizeof(*scene));

	scene->arena = arena;
	scene->script = (struct script){.answers = world, .arena = arena};
	scene->live = pf_target_over(arena, script_perform, &scene->script, 10000);
	*state = scene;
	return 0;
}

static int
close_scene(void **state)
{
	pf_arena_free(((struct scene *)*state)->arena);
	return 0;
}

static struct pf_ask
direct(struct scene *scene, const char *inner_path)
{
	return (struct pf_ask){.kind = PF_ASK_DIRECT,
			       .method = "GET",
			       .path = pf_printf(scene->arena, "127.0.0.1:%d", server.port),
			       .port = server.port,
			       .inner_path = inner_path};
}

static struct pf_answer
ask_one(struct scene *scene, struct pf_ask ask)
{
	struct pf_answer answer;

	pf_target_ask(scene->live, scene->arena, &ask, &answer, 1, PATIENCE);
	return answer;
}

/* ---- Tests ---- */

static void
answers_of_any_status_are_answers(void **state)
{
	struct scene *scene = *state;
	struct pf_answer json = ask_one(scene, direct(scene, "/json")), text = ask_one(scene, direct(scene, "/text"));

	assert_true(json.ok);
	assert_int_equal(json.status, 400);
	assert_int_equal(json.reply, PF_REPLY_HTTP);
	assert_string_equal(json.server, "Jetty");
	assert_true(text.ok);
	assert_int_equal(text.status, 200);
	assert_string_equal(text.text, "until the end, canary-value-1");
}

static void
request_names_the_place_and_carries_headers_and_body(void **state)
{
	struct scene *scene = *state;
	struct pf_ask ask = direct(scene, "/echo?x=1");

	ask.method = "POST";
	ask.headers = "X-Amz-Target: DynamoDB_20120810.ListTables\r\n";
	ask.content_type = "application/x-amz-json-1.0";
	ask.body = "{}";
	struct pf_answer answer = ask_one(scene, ask);
	assert_non_null(strstr(answer.text, "POST /echo?x=1 HTTP/1.1\r\n"));
	assert_non_null(strstr(answer.text, pf_printf(scene->arena, "Host: %s\r\n", ask.path)));
	assert_non_null(strstr(answer.text, "X-Amz-Target: DynamoDB_20120810.ListTables\r\n"));
	assert_non_null(strstr(answer.text, "Content-Length: 2\r\n\r\n{}"));
}

static void
nothing_listening_is_told_from_no_answer(void **state)
{
	struct scene *scene = *state;
	struct pf_ask refused = direct(scene, "/");
	struct pf_ask silent = direct(scene, "/silent");

	refused.path = pf_printf(scene->arena, "127.0.0.1:%d", server.closed_port);
	silent.timeout_ms = SILENCE_MS;
	struct pf_answer answer = ask_one(scene, refused);
	assert_false(answer.ok);
	assert_true(answer.refused);
	assert_int_equal(answer.reply, PF_REPLY_NONE);
	assert_int_equal(answer.err.kind, PF_ERR_UNREACHABLE);
	assert_non_null(strstr(answer.err.text, "cannot be connected to"));
	answer = ask_one(scene, silent);
	assert_false(answer.ok);
	assert_int_equal(answer.reply, PF_REPLY_SILENT);
	assert_int_equal(answer.err.kind, PF_ERR_TIMEOUT);
	assert_non_null(strstr(answer.err.text, "accepted the connection, but did not answer within 200 ms"));
}

static void
what_is_no_answer_is_told_by_its_kind(void **state)
{
	static const struct {
		const char *path;
		enum pf_reply reply;
	} table[] = {{"/garbled", PF_REPLY_GARBLED},
		     {"/tls", PF_REPLY_TLS},
		     {"/wants-tls", PF_REPLY_TLS},
		     {"/closed", PF_REPLY_GARBLED}};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pf_answer answer = ask_one(scene, direct(scene, table[i].path));
		assert_false(answer.ok);
		assert_int_equal(answer.reply, table[i].reply);
		assert_non_null(strstr(answer.err.text, pf_printf(scene->arena, "127.0.0.1:%d", server.port)));
	}
}

static void
what_is_no_address_is_never_dialled(void **state)
{
	static const char *const paths[] = {"dynamodb:8000", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", ""};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct pf_ask ask = direct(scene, "/");
		ask.path = paths[i];
		struct pf_answer answer = ask_one(scene, ask);
		assert_false(answer.ok);
		assert_int_equal(answer.reply, PF_REPLY_NONE);
	}
}

/* A Secret of the same wave is known when what a process says is read. */
static void
secrets_are_redacted_in_what_a_process_says(void **state)
{
	struct scene *scene = *state;
	const struct pf_ask asks[] = {direct(scene, "/text"), {.method = "GET", .path = "/secret"}};
	struct pf_answer answers[2];

	pf_target_ask(scene->live, scene->arena, asks, answers, 2, PATIENCE);
	assert_true(answers[0].ok && answers[1].ok);
	assert_null(strstr(answers[0].text, "canary-value-1"));
}

/* The slow one costs its own patience, not that of the others. */
static void
questions_go_side_by_side(void **state)
{
	struct scene *scene = *state;
	struct pf_ask asks[] = {direct(scene, "/silent"), direct(scene, "/json"), direct(scene, "/silent")};
	struct pf_answer answers[3];

	asks[0].timeout_ms = asks[2].timeout_ms = SILENCE_MS;
	pf_target_ask(scene->live, scene->arena, asks, answers, 3, PATIENCE);
	assert_int_equal(answers[0].reply, PF_REPLY_SILENT);
	assert_true(answers[1].ok);
	assert_int_equal(answers[2].reply, PF_REPLY_SILENT);
}

/* A process that never stops to talk has the same time as one that says nothing. */
static void
answer_without_an_end_has_its_time(void **state)
{
	struct scene *scene = *state;
	struct pf_ask asks[] = {direct(scene, "/endless"), direct(scene, "/json")};
	struct pf_answer answers[2];

	asks[0].timeout_ms = SILENCE_MS;
	asks[0].cap = (size_t)1 << 20;
	pf_target_ask(scene->live, scene->arena, asks, answers, 2, PATIENCE);
	assert_int_equal(answers[0].reply, PF_REPLY_SILENT);
	assert_non_null(strstr(answers[0].err.text, "did not end its answer within 200 ms"));
	assert_true(answers[1].ok);
}

static void
run_s_end_is_no_fault_of_the_process(void **state)
{
	struct scene *scene = *state;
	struct pf_ask ask = direct(scene, "/silent");
	struct pf_answer answer;

	pf_target_ask(scene->live, scene->arena, &ask, &answer, 1, pf_deadline_in(SILENCE_MS));
	assert_int_equal(answer.reply, PF_REPLY_NONE);
	assert_int_equal(answer.err.kind, PF_ERR_TIMEOUT);
}

static void
recording_replays_what_was_said(void **state)
{
	struct scene *scene = *state;
	char folder[] = "/tmp/pf-direct-XXXXXX";
	struct pf_recording_info info = {.tool_version = "1", .context = "in-cluster", .server = "", .namespace_ = "n"};
	struct pf_target *recorded, *replay;
	struct pf_ask asks[] = {direct(scene, "/json"), direct(scene, "/garbled"), direct(scene, "/")};
	struct pf_answer seen[3], again[3];
	struct pf_err err;

	asks[2].path = pf_printf(scene->arena, "127.0.0.1:%d", server.closed_port);
	assert_non_null(mkdtemp(folder));
	assert_true(pf_target_record(scene->arena, scene->live, folder, &info, &recorded, &err));
	pf_target_ask(recorded, scene->arena, asks, seen, 3, PATIENCE);
	assert_true(pf_target_replay(scene->arena, folder, &info, &replay, &err));
	pf_target_ask(replay, scene->arena, asks, again, 3, PATIENCE);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(again[i].ok, seen[i].ok);
		assert_int_equal(again[i].status, seen[i].status);
		assert_int_equal(again[i].reply, seen[i].reply);
		assert_int_equal(again[i].refused, seen[i].refused);
		assert_int_equal(again[i].err.kind, seen[i].err.kind);
		assert_string_equal(again[i].err.text, seen[i].err.text);
		assert_int_equal(again[i].elapsed_ms, seen[i].elapsed_ms);
	}
	assert_string_equal(again[0].server, "Jetty");
	nftw(folder, temp_folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_of_any_status_are_answers),
		TEST(request_names_the_place_and_carries_headers_and_body),
		TEST(nothing_listening_is_told_from_no_answer),
		TEST(what_is_no_answer_is_told_by_its_kind),
		TEST(what_is_no_address_is_never_dialled),
		TEST(secrets_are_redacted_in_what_a_process_says),
		TEST(questions_go_side_by_side),
		TEST(answer_without_an_end_has_its_time),
		TEST(run_s_end_is_no_fault_of_the_process),
		TEST(recording_replays_what_was_said),
	};

	return cmocka_run_group_tests_name("direct", tests, start_server, stop_server);
}
