/* The documented deployment, healthy: all pass, in few questions, and nothing secret shows. */
#include "cluster_scene.h"

/* What asks processes (dns, tcp, db.answers, …) has scenes of its own. */
static void
every_check_on_objects_passes(void **state)
{
	static const char *const checks[] = {"cluster.access",  "db.deployment",     "db.service",
					     "cart.deployment", "cart.env",          "cart.credentials",
					     "cart.endpoint",   "cart.create-table", "cart.service"};
	struct scene *s = *state;
	scene_run(s);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		EXPECT(s, checks[i], PF_PASS, NULL);
	EXPECT(s, "db.deployment", PF_PASS, "1/1 available, amazon/dynamodb-local:1.25.1");
	EXPECT(s, "db.service", PF_PASS, "10.96.0.7:8000 → 1 ready endpoint");
	EXPECT(s, "cart.env", PF_PASS, "5 of 5");
	EXPECT(s, "cart.endpoint", PF_PASS, "http://dynamodb:8000");
	EXPECT(s, "cart.create-table", PF_PASS, "true");
	EXPECT(s, "cart.service", PF_PASS, "service/cart port 80 → 1 ready endpoint");
}

static void
it_takes_ten_questions_in_three_waves(void **state)
{
	struct scene *s = *state;
	scene_run(s);
	assert_true(s->asked_count <= 10);
	assert_true(s->waves <= 3);
}

static void
no_question_is_asked_twice(void **state)
{
	struct scene *s = *state;
	set_env_from(s, "PORT", "configMapKeyRef", "cart", "PORT");
	put(s, CONFIGMAP("cart"), "{'metadata':{'name':'cart'},'data':{'PORT':'8080'}}");
	scene_run(s);
	for (size_t i = 0; i < s->asked_count; i++) {
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(s->asked[i], s->asked[j]);
	}
	EXPECT(s, "cart.env", PF_PASS, "5 of 5, 1 of them from configmap/cart");
}

static void
no_secret_shows_anywhere(void **state)
{
	struct scene *s = *state;
	set_env_from(s, "RETAIL_CART_PERSISTENCE_DYNAMODB_TABLE_NAME", "secretKeyRef", "aws", "TABLE");
	put(s, SECRET("aws"), "{'kind':'Secret','metadata':{'name':'aws'},'data':{'TABLE':'Q0FOQVJZU0VDUkVUMTIz'}}");
	scene_run(s);
	for (size_t i = 0; i < s->plan->check_count; i++) {
		const struct pf_check_result *r = &s->results[i];
		assert_null(strstr(r->message, "CANARY"));
		assert_null(strstr(r->message, "{{redacted"));
		for (size_t k = 0; k < r->fact_count; k++) {
			assert_null(strstr(r->facts[k].text, "CANARY"));
			if (strstr(r->facts[k].text, "{{redacted") != NULL)
				assert_true(r->facts[k].secret);
		}
		for (size_t k = 0; k < r->evidence_count; k++) {
			const struct pf_evidence *e = &r->evidence[k];
			const char *const texts[] = {e->source, e->path, e->value, e->line};
			for (size_t t = 0; t < 4; t++) {
				if (texts[t] != NULL) {
					assert_null(strstr(texts[t], "CANARY"));
					assert_null(strstr(texts[t], "{{redacted"));
				}
			}
		}
	}
	EXPECT(s, "cart.env", PF_PASS, "5 of 5, 1 of them from secret/aws");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(every_check_on_objects_passes),
		SCENE_TEST(it_takes_ten_questions_in_three_waves),
		SCENE_TEST(no_question_is_asked_twice),
		SCENE_TEST(no_secret_shows_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
