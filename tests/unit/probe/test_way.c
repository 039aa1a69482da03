/* In the cluster: when a process is asked at its pod's address, when by a port-forward, and what neither proves. */
#include "cluster_scene.h"
#include "probe/reach.h"

/* How the processes are met at their pods' addresses. */
static struct met {
	struct processes at_address; /* what is said there; nothing: no connection */
	unsigned direct;
} met;

static void
answer_directly(struct scene *s, const struct pf_ask *ask, struct pf_answer *answer)
{
	struct pf_ask as = *ask;

	if (ask->kind != PF_ASK_DIRECT)
		return;
	met.direct++;
	as.path =
		strstr(ask->path, ":8000") != NULL ? "/pods/dynamodb-5d4f-abcde/" : "/pods/cart-deployment-5d4f-abcde/";
	if (met.at_address.count > 0)
		*answer =
			ask_process(&met.at_address, s->arena, ((const struct pf_live *)s->live->self)->redactor, &as);
}

static struct scene *
in_cluster(void **state)
{
	struct scene *s = *state;

	met = (struct met){0};
	s->from_here = answer_directly;
	pf_session_look_from(s->session, PF_VANTAGE_AUTO, true);
	return s;
}

static void
forbid_forwards(struct scene *s)
{
	s->processes.count = 0;
	process_fails(&s->processes, "", "", PF_REPLY_NONE, PF_ERR_FORBIDDEN, false);
}

static void
direct_answer_needs_no_permission(void **state)
{
	struct scene *s = in_cluster(state);

	put_healthy_processes(&met.at_address, s->arena);
	forbid_forwards(s);
	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS,
	       "pod/dynamodb-5d4f-abcde port 8000 answers as DynamoDB (Jetty(9.4.53.v20231009))");
	EXPECT(s, "db.table", PF_PASS, "true: table Items is there with its index, 3 items");
	EXPECT(s, "cart.app", PF_PASS, NULL);
	EXPECT(s, "cluster.access", PF_PASS, "the API server answers");
	EXPECT_FACT(s, "db.answers", "answers.way", "direct");
	EXPECT_FACT(s, "db.table", "table.way", "direct");
	EXPECT_FACT(s, "cart.app", "app.way", "direct");
	assert_int_equal(s->processes.asked_count, 0);
}

static void
from_outside_nobody_is_asked_directly(void **state)
{
	struct scene *s = in_cluster(state);

	pf_session_look_from(s->session, PF_VANTAGE_AUTO, false);
	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS, NULL);
	EXPECT_FACT(s, "db.answers", "answers.way", "(none)");
	assert_int_equal(met.direct, 0);
}

/* A NetworkPolicy lets the cart in and keeps us out. */
static void
whom_we_cannot_reach_is_asked_by_port_forward(void **state)
{
	struct scene *s = in_cluster(state);

	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS, NULL);
	EXPECT(s, "db.table", PF_PASS, NULL);
	EXPECT(s, "cart.app", PF_PASS, NULL);
	EXPECT_FACT(s, "db.answers", "answers.way", "port-forward");
	EXPECT_FACT(s, "db.table", "table.way", "port-forward");
	EXPECT_FACT(s, "cart.app", "app.way", "port-forward");
}

static void
what_neither_way_reaches_is_an_error_with_both_reasons(void **state)
{
	struct scene *s = in_cluster(state);
	static const char *const checks[] = {"db.answers", "db.table", "cart.app"};

	forbid_forwards(s);
	scene_run(s);
	for (size_t i = 0; i < 3; i++) {
		EXPECT(s, checks[i], PF_ERROR, NULL);
		assert_non_null(
			strstr(result_of(s, checks[i])->message, "nothing can be seen from here; by port-forward: "));
		assert_non_null(strstr(result_of(s, checks[i])->message,
				       "Role rule to add: {apiGroups: [\"\"], resources: [pods/portforward]"));
	}
	EXPECT_FACT(s, "db.answers", "answers.identity", "(none)");
}

/* A firewall may refuse in the place of the process. */
static void
refusal_from_here_alone_proves_nothing(void **state)
{
	struct scene *s = in_cluster(state);

	process_fails(&met.at_address, "", "", PF_REPLY_NONE, PF_ERR_UNREACHABLE, true);
	forbid_forwards(s);
	scene_run(s);
	EXPECT(s, "db.answers", PF_ERROR, NULL);
	EXPECT_FACT(s, "db.answers", "answers.identity", "(none)");
}

/* What stands in the pod before the process (a service mesh) refuses in text, and who enters behind it sees more. */
static void
proxy_in_the_pod_is_looked_behind(void **state)
{
	struct scene *s = in_cluster(state);

	process_says(&met.at_address, s->arena, "", "", NULL, 403, "RBAC: access denied");
	scene_run(s);
	EXPECT(s, "db.answers", PF_PASS, NULL);
	EXPECT_FACT(s, "db.answers", "answers.way", "port-forward");
	EXPECT(s, "cart.app", PF_PASS, NULL);
}

/* Local replies may be made to be JSON, and Linkerd's have neither a body nor a name. */
static const struct {
	int status;
	const char *server, *body;
} of_meshes[] = {
	{403, "istio-envoy", "{'message':'RBAC: access denied','code':403}"},
	{503, "envoy", "{'error':{'code':503,'message':'no healthy upstream'}}"},
	{503, "envoy", "upstream connect error or disconnect/reset before headers. reset reason: connection failure"},
	{403, NULL, ""},
	{502, NULL, ""},
};

static void
mesh_says(struct scene *s, size_t i)
{
	process_says(&met.at_address, s->arena, "", "", NULL, of_meshes[i].status, quoted(s->arena, of_meshes[i].body));
	met.at_address.replies[met.at_address.count - 1].answer.server = of_meshes[i].server;
}

static void
whatever_a_mesh_says_it_is_looked_behind(void **state)
{
	for (size_t i = 0; i < sizeof(of_meshes) / sizeof(of_meshes[0]); i++) {
		struct scene *s = in_cluster(state);

		mesh_says(s, i);
		scene_run(s);
		EXPECT(s, "db.answers", PF_PASS, NULL);
		EXPECT_FACT(s, "db.answers", "answers.way", "port-forward");
		EXPECT(s, "cart.app", PF_PASS, NULL);
		scene_free(s);
		*state = scene_new();
	}
}

static void
whatever_a_mesh_says_is_not_the_databases_word(void **state)
{
	for (size_t i = 0; i < sizeof(of_meshes) / sizeof(of_meshes[0]); i++) {
		struct scene *s = in_cluster(state);

		mesh_says(s, i);
		forbid_forwards(s);
		scene_run(s);
		EXPECT(s, "db.answers", PF_ERROR, NULL);
		EXPECT_FACT(s, "db.answers", "answers.identity", "(none)");
		EXPECT(s, "cart.app", PF_ERROR, NULL);
		scene_free(s);
		*state = scene_new();
	}
}

static void
proxy_that_cannot_be_looked_behind_is_no_failure(void **state)
{
	struct scene *s = in_cluster(state);

	edit(s, DB_PODS, "items.0.spec.containers", "[{'name':'dynamodb'},{'name':'mesh'}]");
	process_says(&met.at_address, s->arena, "", "", NULL, 403, "RBAC: access denied");
	forbid_forwards(s);
	scene_run(s);
	EXPECT(s, "db.answers", PF_ERROR, NULL);
	assert_non_null(strstr(result_of(s, "db.answers")->message, "HTTP 403 may be a proxy in the pod"));
}

/* One container, and an answer: that is the process. */
static void
other_server_is_told_without_a_port_forward(void **state)
{
	struct scene *s = in_cluster(state);

	process_says(&met.at_address, s->arena, DB_POD, "", NULL, 404, "not here");
	forbid_forwards(s);
	scene_run(s);
	EXPECT(s, "db.answers", PF_FAIL, NULL);
	EXPECT_FACT(s, "db.answers", "answers.identity", "other-http");
	EXPECT_FACT(s, "db.answers", "answers.way", "direct");
	process_says(&met.at_address, s->arena, DB_POD, "", NULL, 404, "not here");
	met.at_address.replies[met.at_address.count - 1].answer.server = "istio-envoy";
	pf_session_forget(s->session);
	scene_run(s);
	EXPECT(s, "db.answers", PF_ERROR, NULL);
}

static void
frozen_process_is_told_without_a_port_forward(void **state)
{
	struct scene *s = in_cluster(state);

	process_fails(&met.at_address, DB_POD, "", PF_REPLY_SILENT, PF_ERR_TIMEOUT, false);
	forbid_forwards(s);
	scene_run(s);
	EXPECT(s, "db.answers", PF_FAIL, NULL);
	EXPECT_FACT(s, "db.answers", "answers.identity", "silent");
}

/* ---- Questions that change something ---- */

struct asked {
	struct pf_answer direct, forwarded;
	unsigned directs, forwards;
};

static struct pf_answer
put_question(void *context, const struct pf_ask *ask)
{
	struct asked *asked = context;

	asked->directs += ask->kind == PF_ASK_DIRECT;
	asked->forwards += ask->kind == PF_ASK_FORWARD;
	return ask->kind == PF_ASK_DIRECT ? asked->direct : asked->forwarded;
}

static void
what_may_be_sent_once_is_sent_once(void **state)
{
	static const struct {
		enum pf_reply reply;
		enum pf_err_kind err;
		unsigned forwards;
	} table[] = {
		{PF_REPLY_NONE, PF_ERR_UNREACHABLE, 1}, /* nothing was sent */
		{PF_REPLY_NONE, PF_ERR_INTERRUPTED, 0},    {PF_REPLY_SILENT, PF_ERR_TIMEOUT, 0},
		{PF_REPLY_GARBLED, PF_ERR_UNREACHABLE, 0}, {PF_REPLY_TLS, PF_ERR_PROTOCOL, 0},
	};
	struct scene *s = in_cluster(state);
	const struct pf_request request = {.method = "POST", .path = "/carts/x/items", .body = "{}", .once = true};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct pf_process_at at = {"shop", "cart-1", (int)(9000 + i), "10.244.0.9", true};
		struct asked asked = {.forwarded = {.ok = true, .status = 201, .reply = PF_REPLY_HTTP}};
		asked.direct.reply = table[i].reply;
		(void)pf_fail(&asked.direct.err, table[i].err, "no");
		(void)pf_reach_by(s->session, &at, &request, put_question, &asked);
		assert_int_equal(asked.directs, 1);
		assert_int_equal(asked.forwards, table[i].forwards);
	}
}

static void
process_that_only_a_forward_reaches_is_not_tried_again(void **state)
{
	struct scene *s = in_cluster(state);
	const struct pf_request request = {.method = "GET", .path = "/"};
	const struct pf_process_at at = {"shop", "cart-1", 8080, "fd00::9", true};
	struct asked asked = {.forwarded = {.ok = true, .status = 404, .reply = PF_REPLY_HTTP}};

	(void)pf_fail(&asked.direct.err, PF_ERR_UNREACHABLE, "no");
	for (int i = 0; i < 3; i++)
		assert_int_equal(pf_reach_by(s->session, &at, &request, put_question, &asked).status, 404);
	assert_int_equal(asked.directs, 1);
	assert_int_equal(asked.forwards, 3);
	assert_string_equal(pf_reach_way(s->session, &at), "port-forward");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(direct_answer_needs_no_permission),
		SCENE_TEST(from_outside_nobody_is_asked_directly),
		SCENE_TEST(whom_we_cannot_reach_is_asked_by_port_forward),
		SCENE_TEST(what_neither_way_reaches_is_an_error_with_both_reasons),
		SCENE_TEST(refusal_from_here_alone_proves_nothing),
		SCENE_TEST(proxy_in_the_pod_is_looked_behind),
		SCENE_TEST(whatever_a_mesh_says_it_is_looked_behind),
		SCENE_TEST(whatever_a_mesh_says_is_not_the_databases_word),
		SCENE_TEST(proxy_that_cannot_be_looked_behind_is_no_failure),
		SCENE_TEST(other_server_is_told_without_a_port_forward),
		SCENE_TEST(frozen_process_is_told_without_a_port_forward),
		SCENE_TEST(what_may_be_sent_once_is_sent_once),
		SCENE_TEST(process_that_only_a_forward_reaches_is_not_tried_again),
	};

	return cmocka_run_group_tests_name("the way to a process", tests, NULL, NULL);
}
