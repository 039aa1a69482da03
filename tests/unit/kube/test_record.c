/* A recording: what is replayed is what was seen, nothing secret is on disk, and a damaged one is refused. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <postflight/file.h>
#include <postflight/json.h>

#include "target_script.h"

#define CANARY "Kanari3nv0gel"
#define CANARY_BASE64 "S2FuYXJpM252MGdlbA=="
#define JSON "application/json"

struct scene {
	struct pf_arena *arena;
	char dir[64]; /* a folder of our own */
	char *recording;
	struct script script;
	struct pf_target *live;
};

static const struct scripted world[] = {
	{"/secret", 200, JSON, "{\"kind\":\"Secret\",\"data\":{\"a\":\"" CANARY_BASE64 "\"}}", 0, 0},
	{"/log", 200, "text/plain", "started with " CANARY "\nand \"quotes\"\n", 0, 0},
	{"/missing", 404, JSON,
	 "{\"kind\":\"Status\",\"message\":\"pods \\\"x\\\" not "
	 "found\",\"details\":{\"kind\":\"pods\",\"name\":\"x\"}}",
	 0, 0},
	{"/down", 0, "", NULL, PF_ERR_UNREACHABLE, 0},
	{"/watch?", 200, JSON,
	 "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Secret\",\"data\":{\"a\":\"" CANARY_BASE64 "\"}}}\n"
	 "{\"type\":\"BOOKMARK\",\"object\":{\"x\":\"" CANARY "\"}}\n",
	 0, 0},
	{"/gone", 410, JSON, "{\"kind\":\"Status\",\"message\":\"too old\"}", 0, 0},
	{"/count", 200, JSON, "{\"n\":1}", 0, 0},
	{0}};

static int
open_scene(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	struct scene *scene = pf_alloc(arena, sizeof(*scene));

	scene->arena = arena;
	snprintf(scene->dir, sizeof(scene->dir), "/tmp/postflight-test-record-XXXXXX");
	assert_non_null(mkdtemp(scene->dir));
	scene->recording = pf_printf(arena, "%s/rec", scene->dir);
	scene->script = (struct script){.answers = world, .arena = arena};
	scene->live = pf_target_over(arena, script_perform, &scene->script, 1000);
	*state = scene;
	return 0;
}

static int
close_scene(void **state)
{
	struct scene *scene = *state;

	unlink(pf_printf(scene->arena, "%s/meta.json", scene->recording));
	unlink(pf_printf(scene->arena, "%s/exchanges.jsonl", scene->recording));
	rmdir(scene->recording);
	rmdir(scene->dir);
	pf_arena_free(scene->arena);
	return 0;
}

static struct pf_target *
recording(struct scene *scene)
{
	static const char *const warnings[] = {"TLS is not verified", NULL};
	cJSON *options = pf_json_object(scene->arena);
	struct pf_recording_info info = {.tool_version = "1.2",
					 .context = "kind-dev",
					 .server = "https://user:" CANARY "@host:6443",
					 .namespace_ = "shop",
					 .warnings = warnings,
					 .options = options};
	struct pf_target *target;
	struct pf_err err;

	pf_json_set_string(options, "plan", "cart-dynamodb");
	pf_json_set_string(options, "token", CANARY);
	if (!pf_target_record(scene->arena, scene->live, scene->recording, &info, &target, &err))
		fail_msg("%s", err.text);
	return target;
}

static struct pf_target *
replay(struct scene *scene, struct pf_recording_info *info)
{
	struct pf_target *target;
	struct pf_err err;

	if (!pf_target_replay(scene->arena, scene->recording, info, &target, &err))
		fail_msg("%s", err.text);
	return target;
}

/* Everything that TARGET says to a fixed list of questions, as text. */
struct transcript {
	struct pf_buf text;
	struct pf_arena *arena;
};

static bool
tell_event(void *context, const char *type, const cJSON *object)
{
	struct transcript *transcript = context;

	pf_buf_printf(&transcript->text, "%s %s\n", type, pf_json_print(transcript->arena, object, false));
	return true;
}

static void
tell_answer(struct transcript *transcript, const struct pf_answer *answer)
{
	pf_buf_printf(&transcript->text, "%d %d %lld %s|%s|%d %s\n", answer->ok, answer->status,
		      (long long)answer->elapsed_ms,
		      answer->json != NULL ? pf_json_print(transcript->arena, answer->json, false) : "-", answer->text,
		      (int)answer->err.kind, answer->ok ? "" : answer->err.text);
}

static void
tell_watch(struct transcript *transcript, struct pf_target *target, const char *path, const char *version)
{
	struct pf_err err = {PF_ERR_NONE, ""};
	enum pf_watch_end end =
		pf_target_watch(target, transcript->arena, path, version, tell_event, transcript, PF_NO_DEADLINE, &err);

	pf_buf_printf(&transcript->text, "end %d %s\n", (int)end, err.kind != PF_ERR_NONE ? err.text : "");
}

static const char *
interview(struct scene *scene, struct pf_target *target)
{
	static const struct pf_ask asks[] = {
		{.method = "GET", .path = "/log"},
		{.method = "GET", .path = "/secret"},
		{.method = "GET", .path = "/missing"},
		{.method = "GET", .path = "/down"},
		{.method = "POST", .path = "/count", .body = "{\"password\":\"" CANARY "\"}"},
		{.method = "POST", .path = "/count", .body = "{}"}};
	struct transcript transcript = {PF_BUF(100000), scene->arena};
	struct pf_target_trace trace;
	struct pf_answer answers[6];
	const char *text;

	pf_buf_printf(&transcript.text, "%s %lld %lld\n", pf_target_run_id(target), (long long)pf_target_wall(target),
		      (long long)pf_target_now(target));
	for (int round = 0; round < 2; round++) {
		pf_target_ask(target, scene->arena, asks, answers, 6, PF_NO_DEADLINE);
		for (int i = 0; i < 6; i++)
			tell_answer(&transcript, &answers[i]);
		pf_buf_printf(&transcript.text, "%lld\n", (long long)pf_target_now(target));
	}
	tell_watch(&transcript, target, "/watch", "7");
	tell_watch(&transcript, target, "/watch", "7");
	tell_watch(&transcript, target, "/gone", NULL);
	tell_watch(&transcript, target, "/down", "1");
	trace = pf_target_trace(target);
	for (unsigned i = 0; i < trace.questions; i++)
		pf_buf_printf(&transcript.text, "%u %s\n", trace.waves, trace.lines[i]);
	text = pf_strdup(scene->arena, pf_buf_text(&transcript.text));
	pf_buf_free(&transcript.text);
	return text;
}

static char *
file_text(struct scene *scene, const char *name)
{
	struct pf_err err;
	size_t len;
	char *text;

	if (!pf_file_read(scene->arena, pf_printf(scene->arena, "%s/%s", scene->recording, name), 1 << 24, &text, &len,
			  &err))
		fail_msg("%s", err.text);
	return text;
}

static void
a_replay_answers_as_the_run_that_was_recorded(void **state)
{
	struct scene *scene = *state;
	struct pf_recording_info info;
	struct pf_target *target = recording(scene);
	const char *lived = interview(scene, target), *replayed;
	struct pf_err err;

	assert_true(pf_target_recording_complete(target, &err));
	target = replay(scene, &info);
	replayed = interview(scene, target);
	assert_string_equal(lived, replayed);
	assert_non_null(strstr(lived, "{{redacted:"));
	assert_non_null(strstr(lived, "BOOKMARK"));
	assert_int_equal(scene->script.requests, 16);
	assert_string_equal(info.tool_version, "1.2");
	assert_string_equal(info.context, "kind-dev");
	assert_string_equal(info.namespace_, "shop");
	assert_string_equal(info.warnings[0], "TLS is not verified");
	assert_null(info.warnings[1]);
	assert_string_equal(PF_STRING_AT(info.options, "plan"), "cart-dynamodb");
	assert_true(pf_target_recording_complete(target, &err));
}

static void
nothing_secret_is_on_disk(void **state)
{
	static const char *const names[] = {"meta.json", "exchanges.jsonl"};
	struct scene *scene = *state;

	interview(scene, recording(scene));
	for (size_t i = 0; i < 2; i++) {
		char *text = file_text(scene, names[i]);
		struct stat st;
		assert_null(strstr(text, CANARY));
		assert_null(strstr(text, CANARY_BASE64));
		assert_int_equal(stat(pf_printf(scene->arena, "%s/%s", scene->recording, names[i]), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	assert_non_null(strstr(file_text(scene, "meta.json"), "@host:6443"));
}

static void
the_order_of_the_questions_does_not_matter(void **state)
{
	struct scene *scene = *state;
	struct pf_target *target = recording(scene);
	struct pf_recording_info info;
	struct pf_ask first = {.method = "GET", .path = "/count"}, second = {.method = "GET", .path = "/missing"};
	struct pf_answer answer;

	pf_target_ask(target, scene->arena, &first, &answer, 1, PF_NO_DEADLINE);
	pf_target_ask(target, scene->arena, &second, &answer, 1, PF_NO_DEADLINE);
	target = replay(scene, &info);
	pf_target_ask(target, scene->arena, &second, &answer, 1, PF_NO_DEADLINE);
	assert_int_equal(answer.status, 404);
	pf_target_ask(target, scene->arena, &first, &answer, 1, PF_NO_DEADLINE);
	assert_int_equal(answer.status, 200);
}

static void
each_occurrence_has_its_own_answer(void **state)
{
	static const struct scripted later[] = {{"/count", 200, JSON, "{\"n\":2}", 0, 0}, {0}};
	struct scene *scene = *state;
	struct pf_target *target = recording(scene);
	struct pf_recording_info info;
	struct pf_ask ask = {.method = "GET", .path = "/count"};
	struct pf_answer answer;

	pf_target_ask(target, scene->arena, &ask, &answer, 1, PF_NO_DEADLINE);
	scene->script.answers = later;
	pf_target_ask(target, scene->arena, &ask, &answer, 1, PF_NO_DEADLINE);
	target = replay(scene, &info);
	for (int n = 1; n <= 2; n++) {
		pf_target_ask(target, scene->arena, &ask, &answer, 1, PF_NO_DEADLINE);
		assert_int_equal(PF_INT_AT(answer.json, 0, "n"), n);
	}
	pf_target_ask(target, scene->arena, &ask, &answer, 1, PF_NO_DEADLINE);
	assert_int_equal(answer.err.kind, PF_ERR_NOT_RECORDED);
	assert_string_equal(answer.err.text, "not in the recording: GET /count (asked 3 times)");
}

static void
what_was_not_asked_is_not_recorded(void **state)
{
	struct scene *scene = *state;
	struct pf_recording_info info;
	struct pf_target *target;
	struct pf_ask ask = {.method = "GET", .path = "/count"}, other = {.method = "GET", .path = "/other"},
		      with_body = {.method = "GET", .path = "/count", .body = "x"};
	struct pf_err err = {PF_ERR_NONE, ""};
	struct pf_answer answer;

	pf_target_ask(recording(scene), scene->arena, &ask, &answer, 1, PF_NO_DEADLINE);
	target = replay(scene, &info);
	pf_target_ask(target, scene->arena, &other, &answer, 1, PF_NO_DEADLINE);
	assert_false(answer.ok);
	assert_int_equal(answer.err.kind, PF_ERR_NOT_RECORDED);
	assert_string_equal(answer.err.text, "not in the recording: GET /other");
	assert_string_equal(answer.text, "");
	pf_target_ask(target, scene->arena, &with_body, &answer, 1, PF_NO_DEADLINE);
	assert_int_equal(answer.err.kind, PF_ERR_NOT_RECORDED);
	assert_int_equal(pf_target_watch(target, scene->arena, "/count", "1", tell_event, NULL, PF_NO_DEADLINE, &err),
			 PF_WATCH_ERROR);
	assert_int_equal(err.kind, PF_ERR_NOT_RECORDED);
}

static void
a_clock_stands_still_behind_its_last_reading(void **state)
{
	struct scene *scene = *state;
	struct pf_target *target = recording(scene);
	struct pf_recording_info info;
	int64_t now = pf_target_now(target), wall;

	target = replay(scene, &info);
	wall = pf_target_wall(target);
	assert_true(wall > 0); /* none was read: the start of the run */
	for (int i = 0; i < 3; i++) {
		assert_true(pf_target_now(target) == now);
		assert_true(pf_target_wall(target) == wall);
	}
}

static void
a_folder_with_content_is_refused(void **state)
{
	struct scene *scene = *state;
	struct pf_recording_info info = {.tool_version = "1"};
	struct pf_target *target = recording(scene), *other = NULL;
	struct pf_err err;

	assert_non_null(target);
	assert_false(pf_target_record(scene->arena, scene->live, scene->recording, &info, &other, &err));
	assert_null(other);
	assert_non_null(strstr(err.text, scene->recording));
}

static void
a_full_disk_is_told_and_the_run_goes_on(void **state)
{
	struct scene *scene = *state;
	struct pf_target *target = recording(scene);
	struct pf_ask ask = {.method = "GET", .path = "/count"};
	struct rlimit before, small = {.rlim_cur = 40};
	struct pf_answer answer;
	struct pf_err err;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	pf_target_ask(target, scene->arena, &ask, &answer, 1, PF_NO_DEADLINE);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_true(answer.ok);
	assert_false(pf_target_recording_complete(target, &err));
	assert_int_equal(err.kind, PF_ERR_IO);
	assert_non_null(strstr(err.text, "exchanges.jsonl"));
}

static void
write_file(struct scene *scene, const char *name, const char *text)
{
	FILE *file = fopen(pf_printf(scene->arena, "%s/%s", scene->recording, name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

#define META                                                                                                           \
	"{\"format\":\"postflight.recording/v1\",\"run\":\"0123abcd\",\"startedMs\":1,\"tool\":{\"version\":\"1\"}}"

static void
a_line_that_was_cut_off_is_left_out(void **state)
{
	struct scene *scene = *state;
	struct pf_recording_info info;
	struct pf_target *target;

	mkdir(scene->recording, 0700);
	write_file(scene, "meta.json", META);
	write_file(scene, "exchanges.jsonl", "{\"now\":5}\n{\"now\":9");
	target = replay(scene, &info);
	assert_int_equal(pf_target_now(target), 5);
	assert_int_equal(pf_target_now(target), 5);
	assert_string_equal(pf_target_run_id(target), "0123abcd");
	assert_string_equal(info.context, "");
	assert_null(info.namespace_);
}

static void
a_watch_without_its_end_is_not_recorded_further(void **state)
{
	struct scene *scene = *state;
	struct transcript transcript = {PF_BUF(1000), scene->arena};
	struct pf_recording_info info;

	mkdir(scene->recording, 0700);
	write_file(scene, "meta.json", META);
	write_file(scene, "exchanges.jsonl",
		   "{\"watch\":{\"path\":\"/w\",\"resourceVersion\":\"1\",\"occurrence\":1},"
		   "\"event\":{\"type\":\"ADDED\",\"object\":{}}}\n");
	tell_watch(&transcript, replay(scene, &info), "/w", "1");
	assert_string_equal(pf_buf_text(&transcript.text),
			    "ADDED {}\nend 3 not in the recording: what came after the last event of WATCH /w\n");
	pf_buf_free(&transcript.text);
}

static void
damaged_recordings_are_refused(void **state)
{
	static const struct {
		const char *meta, *exchanges, *says;
	} cases[] = {
		{NULL, NULL, "is no recording"},
		{META, NULL, "no exchanges.jsonl"},
		{"", "", "meta.json"},
		{"{", "", "meta.json"},
		{"[]", "", "format"},
		{"{\"format\":\"postflight.recording/v2\",\"run\":\"0123abcd\",\"startedMs\":1}", "", "/v2"},
		{"{\"format\":\"postflight.recording/v1\",\"run\":\"../../etc\",\"startedMs\":1}", "", "damaged"},
		{"{\"format\":\"postflight.recording/v1\",\"run\":\"0123abcd\"}", "", "damaged"},
		{META, "nonsense\n", "line 1"},
		{META, "{\"now\":1}\n7\n", "line 2"},
		{META, "{}\n", "line 1"},
		{META, "{\"now\":\"x\"}\n", "line 1"},
		{META, "{\"wall\":-1}\n", "line 1"},
		{META, "{\"ask\":{},\"answer\":{}}\n", "question"},
		{META, "{\"ask\":{\"method\":\"GET\",\"path\":\"/\",\"occurrence\":0},\"answer\":{}}\n", "question"},
		{META, "{\"ask\":{\"method\":\"GET\",\"path\":\"/\",\"occurrence\":1}}\n", "answer"},
		{META,
		 "{\"ask\":{\"method\":\"GET\",\"path\":\"/"
		 "\",\"occurrence\":1},\"answer\":{\"status\":200,\"elapsedMs\":1,"
		 "\"err\":{\"kind\":\"nonsense\",\"text\":\"\"}}}\n",
		 "answer"},
		{META,
		 "{\"ask\":{\"method\":\"GET\",\"path\":\"/\",\"occurrence\":1},\"answer\":{\"status\":70000,"
		 "\"elapsedMs\":1}}\n",
		 "answer"},
		{META, "{\"watch\":{\"path\":\"/w\"}}\n", "watch"},
		{META, "{\"watch\":{\"path\":\"/w\",\"resourceVersion\":\"\",\"occurrence\":1},\"end\":\"x\"}\n",
		 "watch"},
		{META, "{\"watch\":{\"path\":\"/w\",\"resourceVersion\":\"\",\"occurrence\":1},\"event\":{}}\n",
		 "watch"},
		{META, "{\"watch\":{\"path\":\"/w\",\"resourceVersion\":\"\",\"occurrence\":1},\"end\":\"error\"}\n",
		 "watch"},
	};
	struct scene *scene = *state;

	mkdir(scene->recording, 0700);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pf_recording_info info = {.context = "untouched"};
		struct pf_target *target = NULL;
		struct pf_err err;
		if (cases[i].meta != NULL)
			write_file(scene, "meta.json", cases[i].meta);
		if (cases[i].exchanges != NULL)
			write_file(scene, "exchanges.jsonl", cases[i].exchanges);
		if (pf_target_replay(scene->arena, scene->recording, &info, &target, &err))
			fail_msg("case %zu was taken for a recording", i);
		if (err.kind != PF_ERR_CONFIG || strstr(err.text, cases[i].says) == NULL)
			fail_msg("case %zu: %s", i, err.text);
		assert_null(target);
		assert_string_equal(info.context, "untouched");
	}
}

static void
a_broken_target_can_be_recorded(void **state)
{
	struct scene *scene = *state;
	struct pf_ask ask = {.method = "GET", .path = "/a"};
	struct pf_recording_info info;
	struct pf_answer answer;
	struct pf_err why;

	pf_fail(&why, PF_ERR_CONFIG, "no kubeconfig at https://u:" CANARY "@h");
	scene->live = pf_target_broken(scene->arena, &why);
	pf_target_ask(recording(scene), scene->arena, &ask, &answer, 1, PF_NO_DEADLINE);
	pf_target_ask(replay(scene, &info), scene->arena, &ask, &answer, 1, PF_NO_DEADLINE);
	assert_int_equal(answer.err.kind, PF_ERR_CONFIG);
	assert_non_null(strstr(answer.err.text, "no kubeconfig"));
	assert_null(strstr(answer.err.text, CANARY));
}

static void
the_askers_copy_is_its_own(void **state)
{
	struct scene *scene = *state;
	struct pf_arena *short_lived = pf_arena_new();
	struct pf_ask ask = {.method = "GET", .path = "/count"};
	struct pf_recording_info info;
	struct pf_answer answer;
	struct pf_target *target;

	pf_target_ask(recording(scene), scene->arena, &ask, &answer, 1, PF_NO_DEADLINE);
	target = replay(scene, &info);
	pf_target_ask(target, short_lived, &ask, &answer, 1, PF_NO_DEADLINE);
	pf_json_set_int(answer.json, "n", 99);
	pf_arena_free(short_lived);
	target = replay(scene, &info);
	pf_target_ask(target, scene->arena, &ask, &answer, 1, PF_NO_DEADLINE);
	assert_int_equal(PF_INT_AT(answer.json, 0, "n"), 1);
}

/* A rule about AWS_SECRET_ACCESS_KEY looks like a secret; a plan changed by a letter would be another plan. */
static void
plan_of_the_user_comes_back_to_the_letter(void **state)
{
	static const char text[] = "{\"name\": \"AWS_SECRET_ACCESS_KEY\", \"password\": \"is absent\"}";
	struct scene *scene = *state;
	cJSON *options = pf_json_object(scene->arena), *plan = cJSON_CreateObject();
	struct pf_recording_info info = {.tool_version = "1", .context = "c", .server = "s", .namespace_ = "n"};
	struct pf_target *target;
	struct pf_err err;

	pf_json_set_string(plan, "text", text);
	pf_json_set(options, "plan", plan);
	info.options = options;
	assert_true(pf_target_record(scene->arena, scene->live, scene->recording, &info, &target, &err));
	info = (struct pf_recording_info){0};
	(void)replay(scene, &info);
	assert_string_equal(PF_STRING_AT(info.options, "plan", "text"), text);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)
	const struct CMUnitTest tests[] = {
		TEST(plan_of_the_user_comes_back_to_the_letter),
		TEST(a_replay_answers_as_the_run_that_was_recorded),
		TEST(nothing_secret_is_on_disk),
		TEST(the_order_of_the_questions_does_not_matter),
		TEST(each_occurrence_has_its_own_answer),
		TEST(what_was_not_asked_is_not_recorded),
		TEST(a_clock_stands_still_behind_its_last_reading),
		TEST(a_folder_with_content_is_refused),
		TEST(a_full_disk_is_told_and_the_run_goes_on),
		TEST(a_line_that_was_cut_off_is_left_out),
		TEST(a_watch_without_its_end_is_not_recorded_further),
		TEST(damaged_recordings_are_refused),
		TEST(a_broken_target_can_be_recorded),
		TEST(the_askers_copy_is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
