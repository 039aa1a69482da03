/* Names and connections asked from this machine: beside other questions, recorded and replayed like them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <postflight/json.h>

#include "../net/dns_server.h"
#include "target_script.h"
#include "temp_folder.h"

#define PATIENCE pf_deadline_in(20000)

struct scene {
	struct pf_arena *arena;
	struct script script;
	struct pf_target *live;
	const char *body; /* of a RESOLVE, for the servers of dns_server.js */
	int listening, closed;
	const char *open_address, *closed_address;
};

static const struct scripted world[] = {{NULL, 200, "application/json", "{\"kind\":\"Thing\"}", 0, 0}};

static int
bound(int backlog, int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	if (backlog >= 0)
		assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static int
open_scene(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	struct scene *scene = pf_alloc(arena, sizeof(*scene));
	int port;

	scene->arena = arena;
	scene->script = (struct script){.answers = world, .arena = arena};
	scene->live = pf_target_over(arena, script_perform, &scene->script, 1000);
	scene->body = pf_printf(arena, "{\"namespace\":\"shop\",\"ndots\":5,\"nameservers\":[\"%s\"]}",
				dns_at(arena, "zone"));
	scene->listening = bound(4, &port);
	scene->open_address = pf_printf(arena, "127.0.0.1:%d", port);
	scene->closed = bound(-1, &port);
	scene->closed_address = pf_printf(arena, "[::ffff:127.0.0.1]:%d", port);
	*state = scene;
	return 0;
}

static int
close_scene(void **state)
{
	struct scene *scene = *state;

	close(scene->listening);
	close(scene->closed);
	pf_arena_free(scene->arena);
	return 0;
}

static struct pf_ask
resolve(const struct scene *scene, const char *host)
{
	return (struct pf_ask){.kind = PF_ASK_RESOLVE, .method = "RESOLVE", .path = host, .body = scene->body};
}

static struct pf_ask
dial(const char *address)
{
	return (struct pf_ask){.kind = PF_ASK_DIAL, .method = "DIAL", .path = address};
}

#define OUTCOME(answer) PF_STRING_AT((answer).json, "outcome")

static void
one_wave_holds_all_kinds(void **state)
{
	struct scene *scene = *state;
	const struct pf_ask asks[] = {dial(scene->closed_address),
				      {.method = "GET", .path = "/thing"},
				      resolve(scene, "dynamodb"),
				      dial(scene->open_address),
				      resolve(scene, "absent")};
	struct pf_answer answers[5];

	pf_target_ask(scene->live, scene->arena, asks, answers, 5, PATIENCE);
	assert_string_equal(OUTCOME(answers[0]), "refused");
	assert_string_equal(PF_STRING_AT(answers[1].json, "kind"), "Thing");
	assert_string_equal(OUTCOME(answers[2]), "resolved");
	assert_string_equal(pf_json_string(cJSON_GetArrayItem(PF_AT(answers[2].json, "addresses"), 0)), "10.96.10.126");
	assert_string_equal(PF_STRING_AT(answers[2].json, "canonical"), "dynamodb.shop.svc.cluster.local");
	assert_string_equal(OUTCOME(answers[3]), "connected");
	assert_string_equal(OUTCOME(answers[4]), "nxdomain");
	assert_int_equal(cJSON_GetArraySize(PF_AT(answers[4].json, "steps")), 4);
	for (size_t i = 0; i < 5; i++)
		assert_true(answers[i].ok);
	/* Only what is the server's was asked of it. */
	assert_int_equal(scene->script.requests, 1);
	assert_non_null(strstr(pf_target_trace(scene->live).lines[2], "RESOLVE dynamodb resolved "));
}

static void
names_alone_leave_the_server_alone(void **state)
{
	struct scene *scene = *state;
	const struct pf_ask ask = resolve(scene, "dynamodb");
	struct pf_answer answer;

	pf_target_ask(scene->live, scene->arena, &ask, &answer, 1, PATIENCE);
	assert_true(answer.ok);
	assert_int_equal(scene->script.waves, 0);
}

static void
names_asked_in_different_ways_get_their_own_answers(void **state)
{
	struct scene *scene = *state;
	struct pf_ask asks[] = {resolve(scene, "dynamodb"), resolve(scene, "dynamodb"), resolve(scene, "plain.test")};
	struct pf_answer answers[3];

	asks[1].body =
		pf_printf(scene->arena, "{\"search\":[],\"nameservers\":[\"%s\"]}", dns_at(scene->arena, "zone"));
	pf_target_ask(scene->live, scene->arena, asks, answers, 3, PATIENCE);
	assert_string_equal(OUTCOME(answers[0]), "resolved");
	assert_string_equal(OUTCOME(answers[1]), "nxdomain");
	assert_string_equal(OUTCOME(answers[2]), "resolved");
}

/* "localhost" is in the hosts file of every machine, and nobody's zone has it. */
static void
hosts_file_goes_first_where_a_program_of_this_machine_would_look(void **state)
{
	struct scene *scene = *state;
	struct pf_ask asks[] = {resolve(scene, "LOCALHOST"), resolve(scene, "localhost"), resolve(scene, "dynamodb")};
	struct pf_answer answers[3];

	asks[0].body = asks[2].body = pf_printf(
		scene->arena,
		"{\"hosts\":true,\"search\":[\"shop.svc.cluster.local\"],\"ndots\":5,\"nameservers\":[\"%s\"]}",
		dns_at(scene->arena, "zone"));
	pf_target_ask(scene->live, scene->arena, asks, answers, 3, PATIENCE);
	assert_string_equal(OUTCOME(answers[0]), "resolved");
	assert_string_equal(PF_STRING_AT(answers[0].json, "by"), "hosts");
	assert_true(cJSON_GetArraySize(PF_AT(answers[0].json, "addresses")) > 0);
	assert_string_equal(OUTCOME(answers[1]), "nxdomain");
	assert_null(PF_AT(answers[1].json, "by"));
	assert_string_equal(OUTCOME(answers[2]), "resolved");
	assert_null(PF_AT(answers[2].json, "by"));
}

static void
answer_says_which_machine_was_asked(void **state)
{
	struct scene *scene = *state;
	const struct pf_ask ask = resolve(scene, "dynamodb");
	struct pf_answer answer;
	char name[256] = "";

	assert_int_equal(gethostname(name, sizeof(name) - 1), 0);
	pf_target_ask(scene->live, scene->arena, &ask, &answer, 1, PATIENCE);
	assert_string_equal(PF_STRING_AT(answer.json, "host"), name);
	assert_true(cJSON_IsArray(PF_AT(answer.json, "own")));
}

static void
machine_without_a_server_still_sees_the_network(void **state)
{
	struct scene *scene = *state;
	const struct pf_ask asks[] = {
		{.method = "GET", .path = "/thing"},
		resolve(scene, "dynamodb"),
		dial(scene->open_address),
		{.kind = PF_ASK_EXEC, .method = "GET", .path = "/api/v1/namespaces/n/pods/p/exec"}};
	struct pf_answer answers[4];
	struct pf_err why;

	(void)pf_fail(&why, PF_ERR_CONFIG, "there is no token");
	struct pf_target *target = pf_target_without_server(scene->arena, &why, 1000);
	pf_target_ask(target, scene->arena, asks, answers, 4, PATIENCE);
	assert_string_equal(OUTCOME(answers[1]), "resolved");
	assert_string_equal(OUTCOME(answers[2]), "connected");
	for (size_t i = 0; i < 4; i += 3) {
		assert_false(answers[i].ok);
		assert_int_equal(answers[i].err.kind, PF_ERR_CONFIG);
		assert_string_equal(answers[i].err.text, "there is no token");
	}
}

static void
what_is_no_question_is_an_error(void **state)
{
	static const char *const wrong[] = {"",       ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "dynamodb:80",
					    "[::1:80"};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct pf_ask ask = dial(wrong[i]);
		struct pf_answer answer;
		pf_target_ask(scene->live, scene->arena, &ask, &answer, 1, PATIENCE);
		assert_false(answer.ok);
		assert_int_equal(answer.err.kind, PF_ERR_IO);
	}
	struct pf_ask none = resolve(scene, "dynamodb");
	struct pf_answer answer;
	none.body = "{\"nameservers\":[]}";
	pf_target_ask(scene->live, scene->arena, &none, &answer, 1, PATIENCE);
	assert_false(answer.ok);
	assert_int_equal(answer.err.kind, PF_ERR_CONFIG);
}

static void
replay_answers_as_was_seen_without_looking(void **state)
{
	struct scene *scene = *state;
	const struct pf_recording_info info = {.tool_version = "1", .context = "", .server = "", .namespace_ = "shop"};
	const struct pf_ask asks[] = {resolve(scene, "dynamodb"), dial(scene->open_address),
				      dial(scene->closed_address), dial("nonsense")};
	struct pf_answer seen[4], again[4];
	struct pf_recording_info read;
	struct pf_target *recording, *replay;
	struct pf_err err;
	char folder[] = "/tmp/postflight-test-here-XXXXXX";

	assert_non_null(mkdtemp(folder));
	if (!pf_target_record(scene->arena, scene->live, folder, &info, &recording, &err))
		fail_msg("%s", err.text);
	pf_target_ask(recording, scene->arena, asks, seen, 4, PATIENCE);
	close(scene->listening);
	scene->listening = -1;
	assert_true(pf_target_replay(scene->arena, folder, &read, &replay, &err));
	pf_target_ask(replay, scene->arena, asks, again, 4, PATIENCE);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(again[i].ok, seen[i].ok);
		assert_int_equal(again[i].elapsed_ms, seen[i].elapsed_ms);
		assert_string_equal(again[i].err.text, seen[i].err.text);
		assert_true(cJSON_Compare(again[i].json, seen[i].json, 1));
	}
	const struct pf_ask other = dial("127.0.0.1:1");
	pf_target_ask(replay, scene->arena, &other, again, 1, PATIENCE);
	assert_int_equal(again[0].err.kind, PF_ERR_NOT_RECORDED);
	nftw(folder, temp_folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int
begin(void **state)
{
	(void)state;
	return start_dns();
}

static int
end(void **state)
{
	(void)state;
	stop_dns();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_wave_holds_all_kinds),
		TEST(names_alone_leave_the_server_alone),
		TEST(hosts_file_goes_first_where_a_program_of_this_machine_would_look),
		TEST(answer_says_which_machine_was_asked),
		TEST(machine_without_a_server_still_sees_the_network),
		TEST(names_asked_in_different_ways_get_their_own_answers),
		TEST(what_is_no_question_is_an_error),
		TEST(replay_answers_as_was_seen_without_looking),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
