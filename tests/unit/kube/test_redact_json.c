/* API objects: what becomes a token, what is dropped, and what must stay as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>
#include <postflight/redact.h>

#define CANARY "Kanari3nv0gel"
#define CANARY_BASE64 "S2FuYXJpM252MGdlbA=="

struct scene {
	struct pf_arena *arena;
	struct pf_redactor *redactor;
};

static int
open_scene(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	struct scene *scene = pf_alloc(arena, sizeof(*scene));

	*scene = (struct scene){arena, pf_redactor_new(arena)};
	*state = scene;
	return 0;
}

static int
close_scene(void **state)
{
	pf_arena_free(((struct scene *)*state)->arena);
	return 0;
}

static cJSON *
parsed(struct scene *scene, const char *text)
{
	struct pf_err err;
	cJSON *json = pf_json_parse(scene->arena, text, strlen(text), &err);

	if (json == NULL)
		fail_msg("%s: %s", err.text, text);
	return json;
}

static cJSON *
redacted(struct scene *scene, const char *text)
{
	cJSON *json = parsed(scene, text);

	pf_redact_json(scene->redactor, scene->arena, json);
	return json;
}

static void
assert_redacts(struct scene *scene, const char *text, const char *expected)
{
	assert_string_equal(pf_json_print(scene->arena, redacted(scene, text), false), expected);
}

/* In a redactor that knows nothing yet. */
static void
assert_hides(struct scene *scene, const char *text)
{
	cJSON *json = parsed(scene, text);
	char *out;

	pf_redact_json(pf_redactor_new(scene->arena), scene->arena, json);
	out = pf_json_print(scene->arena, json, false);
	if (strstr(out, CANARY) != NULL || strstr(out, CANARY_BASE64) != NULL)
		fail_msg("%s\nbecame %s", text, out);
}

static void
assert_keeps(struct scene *scene, const char *text)
{
	assert_redacts(scene, text, text);
}

static void
secret_data_is_classed_by_its_decoded_value(void **state)
{
	assert_redacts(
		*state,
		"{\"kind\":\"Secret\",\"metadata\":{\"name\":\"aws\"},\"data\":{\"id\":\"QUtJQTEyMzQ=\","
		"\"empty\":\"\",\"url\":\"aHR0cDovL2R5bmFtb2RiOjgwMDA=\",\"on\":\"VHJ1ZQ==\","
		"\"region\":\"dXMtd2VzdC0y\",\"line\":\"YWJjZGVmZ2gK\",\"blank\":\"IAo=\",\"broken\":\"%%%%%%\"}}",
		"{\"kind\":\"Secret\",\"metadata\":{\"name\":\"aws\"},\"data\":{"
		"\"id\":\"{{redacted:1:alnum:8-15}}\",\"empty\":\"\","
		"\"url\":\"{{redacted:2:url:16-31:http://dynamodb:8000}}\","
		"\"on\":\"{{redacted:3:word:3-7:True}}\",\"region\":\"{{redacted:4:word:8-15:us-west-2}}\","
		"\"line\":\"{{redacted:5:other:8-15}}\",\"blank\":\" \\n\",\"broken\":\"{{redacted:6:other:3-7}}\"}}");
}

static void
equal_values_have_equal_numbers_wherever_they_are(void **state)
{
	assert_redacts(
		*state,
		"{\"kind\":\"List\",\"items\":[{\"kind\":\"Secret\",\"data\":{\"a\":\"" CANARY_BASE64 "\"},"
		"\"stringData\":{\"b\":\"" CANARY "\",\"c\":\"xyz\"}},"
		"{\"kind\":\"ConfigMap\",\"data\":{\"PASSWORD\":\"" CANARY "\",\"K\":\"is " CANARY "!\"}}]}",
		"{\"kind\":\"List\",\"items\":[{\"kind\":\"Secret\",\"data\":{\"a\":\"{{redacted:1:alnum:8-15}}\"},"
		"\"stringData\":{\"b\":\"{{redacted:1:alnum:8-15}}\",\"c\":\"{{redacted:2:alnum:3-7}}\"}},"
		"{\"kind\":\"ConfigMap\",\"data\":{\"PASSWORD\":\"{{redacted:1:alnum:8-15}}\","
		"\"K\":\"is {{redacted:1:alnum:8-15}}!\"}}]}");
}

static void
env_is_redacted_by_name_in_every_kind_of_container(void **state)
{
	assert_redacts(
		*state,
		"{\"kind\":\"Deployment\",\"spec\":{\"template\":{\"spec\":{"
		"\"containers\":[{\"name\":\"cart\",\"env\":[{\"name\":\"AWS_ACCESS_KEY_ID\",\"value\":\"k3y\"},"
		"{\"name\":\"PORT\",\"value\":\"8080\"},{\"name\":\"A_TOKEN\",\"value\":\"\"},{\"name\":\"B_TOKEN\"},"
		"{\"name\":\"C_TOKEN\",\"value\":\"$(A_TOKEN)\"}]}],"
		"\"initContainers\":[{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"p w\"}]}],"
		"\"ephemeralContainers\":[{\"env\":[{\"value\":\"p w\",\"name\":\"db.password\"}]}]}}}}",
		"{\"kind\":\"Deployment\",\"spec\":{\"template\":{\"spec\":{"
		"\"containers\":[{\"name\":\"cart\",\"env\":[{\"name\":\"AWS_ACCESS_KEY_ID\","
		"\"value\":\"{{redacted:1:alnum:3-7}}\"},"
		"{\"name\":\"PORT\",\"value\":\"8080\"},{\"name\":\"A_TOKEN\",\"value\":\"\"},{\"name\":\"B_TOKEN\"},"
		"{\"name\":\"C_TOKEN\",\"value\":\"$(A_TOKEN)\"}]}],"
		"\"initContainers\":[{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"{{redacted:2:text:3-7}}\"}]}],"
		"\"ephemeralContainers\":[{\"env\":[{\"value\":\"{{redacted:2:text:3-7}}\","
		"\"name\":\"db.password\"}]}]}}}}");
}

static void
references_and_names_stay(void **state)
{
	assert_keeps(*state, "{\"env\":[{\"name\":\"AWS_SECRET_ACCESS_KEY\",\"valueFrom\":{\"secretKeyRef\":"
			     "{\"name\":\"aws-secret\",\"key\":\"password\",\"optional\":true}}}],"
			     "\"envFrom\":[{\"secretRef\":{\"name\":\"aws\"}}],"
			     "\"volumes\":[{\"name\":\"token\",\"secret\":{\"secretName\":\"my-token\",\"items\":["
			     "{\"key\":\"password\",\"path\":\"pw\"}]}}],"
			     "\"imagePullSecrets\":[{\"name\":\"registry-secret\"}],"
			     "\"automountServiceAccountToken\":false,\"serviceAccountToken\":{\"path\":\"token\","
			     "\"expirationSeconds\":3607},"
			     "\"metadata\":{\"labels\":{\"token\":\"abc\",\"app.kubernetes.io/name\":\"secret\"}},"
			     "\"spec\":{\"selector\":{\"matchLabels\":{\"secret\":\"x\"}}}}");
}

static void
labels_and_names_survive_a_secret_of_the_same_value(void **state)
{
	struct scene *scene = *state;

	redacted(scene, "{\"kind\":\"Secret\",\"stringData\":{\"user\":\"retail-store\"}}");
	assert_redacts(
		scene,
		"{\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"retail-store\",\"labels\":{\"app\":\"retail-store\"}},"
		"\"spec\":{\"image\":\"retail-store:1\"},\"status\":{\"message\":\"x retail-store\"}}",
		"{\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"retail-store\",\"labels\":{\"app\":\"retail-store\"}},"
		"\"spec\":{\"image\":\"retail-store:1\"},"
		"\"status\":{\"message\":\"x {{redacted:1:name:8-15}}\"}}");
}

static void
secret_values_hide_in_many_places(void **state)
{
	static const char *const documents[] = {
		"{\"kind\":\"SecretList\",\"items\":[{\"data\":{\"x\":\"" CANARY_BASE64 "\"}}]}",
		"{\"type\":\"ADDED\",\"object\":{\"kind\":\"Secret\",\"data\":{\"x\":\"" CANARY_BASE64 "\"}}}",
		"{\"kind\":\"Secret\",\"data\":{\"x\":\"" CANARY_BASE64 "\"},\"kind\":\"ConfigMap\"}",
		"{\"kind\":\"ConfigMap\",\"kind\":\"Secret\",\"data\":{\"x\":\"" CANARY_BASE64 "\"}}",
		"{\"kind\":\"Secret\",\"data\":{\"x\":1},\"data\":{\"x\":\"" CANARY_BASE64 "\"}}",
		"{\"kind\":\"Secret\",\"data\":\"" CANARY "\"}",
		"{\"kind\":\"Secret\",\"data\":{\"x\":{\"y\":\"" CANARY "\"},\"z\":[\"" CANARY "\"]}}",
		"{\"type\":\"Opaque\",\"data\":{\"x\":\"" CANARY_BASE64 "\"}}",
		"{\"metadata\":{\"annotations\":{\"kubectl.kubernetes.io/last-applied-configuration\":\"" CANARY
		"\"}}}",
		"{\"items\":[{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{"
		"\"kubectl.kubernetes.io/last-applied-configuration\":\"" CANARY "\"}}}}}]}",
		"{\"metadata\":{\"annotations\":{\"example.com/api-token\":\"" CANARY "\"}}}",
		"{\"metadata\":{\"annotations\":{\"other/applied\":\"{\\\"env\\\":[{\\\"name\\\":\\\"A_TOKEN\\\","
		"\\\"value\\\":\\\"" CANARY "\\\"}]}\"}}}",
		"{\"metadata\":{\"managedFields\":[{\"manager\":\"m\",\"fieldsV1\":{\"f:x\":\"" CANARY "\"}}]}}",
		"{\"spec\":{\"command\":[\"run\",\"--aws.secretKey=" CANARY "\"]}}",
		"{\"spec\":{\"args\":[\"-Daws.secretAccessKey=" CANARY "\"]}}",
		"{\"spec\":{\"args\":[\"--password=a b," CANARY "\"]}}",
		"{\"spec\":{\"args\":[\"--password\",\"" CANARY " b\"]}}",
		"{\"spec\":{\"args\":[\"db.password=a b " CANARY "\"]}}",
		"{\"spec\":{\"args\":[\"-u\",\"elastic:" CANARY "\"]}}",
		"{\"spec\":{\"command\":[\"sh\",\"-c\",\"PASSWORD=" CANARY " java -jar x.jar\"]}}",
		"{\"livenessProbe\":{\"exec\":{\"command\":[\"redis-cli\",\"--pass\",\"" CANARY "\"]}}}",
		"{\"httpGet\":{\"httpHeaders\":[{\"name\":\"Authorization\",\"value\":\"" CANARY "\"}]}}",
		"{\"env\":[{\"name\":\"JAVA_TOOL_OPTIONS\",\"value\":\"-Xmx1g -Daws.secretKey=" CANARY " -ea\"}]}",
		"{\"env\":[{\"name\":\"JAVA_OPTS\",\"value\":\"-Dx=\\\"-Dtoken=" CANARY "\\\"\"}]}",
		"{\"env\":[{\"name\":\"SPRING_APPLICATION_JSON\",\"value\":\"{\\\"spring\\\":{\\\"password\\\":"
		"\\\"" CANARY "\\\"}}\"}]}",
		"{\"env\":[{\"name\":\"DB_URL\",\"value\":\"jdbc:mysql://root:" CANARY "@db/x\"}]}",
		"{\"kind\":\"ConfigMap\",\"data\":{\"application.properties\":\"a=b\\ndb.password=" CANARY "\\nc=d\"}}",
		"{\"kind\":\"ConfigMap\",\"data\":{\"application.yaml\":\"db:\\n  password: " CANARY "\\n\"}}",
		"{\"kind\":\"ConfigMap\",\"data\":{\"name\":\"password=" CANARY "\"}}",
		"{\"kind\":\"ConfigMap\",\"binaryData\":{\"token\":\"" CANARY_BASE64 "\"}}",
		/* password=Kanari3nv0gel */
		"{\"kind\":\"ConfigMap\",\"binaryData\":{\"f\":\"cGFzc3dvcmQ9S2FuYXJpM252MGdlbA==\"},\"x\":\"" CANARY
		"\"}",
		"{\"spec\":{\"password\":\"" CANARY "\",\"tokens\":[\"" CANARY "\"]}}",
		"{\"kind\":\"Event\",\"message\":\"Error: https://u:" CANARY "@registry/x\"}",
		"{\"a\":\"{\\\"b\\\":\\\"{\\\\\\\"password\\\\\\\":\\\\\\\"" CANARY "\\\\\\\"}\\\"}\"}",
		"[\"https://" CANARY "@x\"]",
		"\"https://" CANARY "@x\"",
	};

	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		assert_hides(*state, documents[i]);
}

static void
what_was_seen_in_a_secret_is_scrubbed_from_messages(void **state)
{
	struct scene *scene = *state;
	const char *message;

	/* The file .env, base64: "DB_PASSWORD=Kanari3nv0gel\n" */
	redacted(scene, "{\"kind\":\"Secret\",\"data\":{\".env\":\"REJfUEFTU1dPUkQ9S2FuYXJpM252MGdlbAo=\","
			"\"line\":\"c2Vjb25kLXNlY3JldAo=\"}}");
	message = PF_STRING_AT(redacted(scene, "{\"message\":\"bad " CANARY ", bad second-secret, "
					       "bad c2Vjb25kLXNlY3JldAo=\"}"),
			       "message");
	assert_null(strstr(message, CANARY));
	assert_null(strstr(message, "second-secret"));
	assert_null(strstr(message, "c2Vjb25k"));
}

static void
arguments_keep_what_is_not_secret(void **state)
{
	assert_redacts(
		*state,
		"{\"args\":[\"--port=8080\",\"--password\",\"s3cr3t\",\"--verbose\",\"--token\",\"--x\","
		"\"--token=$(TOKEN)\",\"-sharedDb\"],\"command\":[\"sh\",\"-c\",\"PASSWORD=s3cr3t java -jar x\"]}",
		"{\"args\":[\"--port=8080\",\"--password\",\"{{redacted:1:alnum:3-7}}\",\"--verbose\",\"--token\","
		"\"--x\",\"--token=$(TOKEN)\",\"-sharedDb\"],"
		"\"command\":[\"sh\",\"-c\",\"PASSWORD={{redacted:1:alnum:3-7}} java -jar x\"]}");
}

static void
managed_fields_keep_who_and_when(void **state)
{
	assert_redacts(
		*state,
		"{\"metadata\":{\"managedFields\":[{\"manager\":\"helm\",\"operation\":\"Update\",\"apiVersion\":"
		"\"v1\",\"time\":\"2026-01-02T03:04:05Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:a\":{}},"
		"\"subresource\":\"status\"}]}}",
		"{\"metadata\":{\"managedFields\":[{\"manager\":\"helm\",\"operation\":\"Update\","
		"\"time\":\"2026-01-02T03:04:05Z\",\"subresource\":\"status\"}]}}");
}

static void
managed_fields_keep_that_data_was_set(void **state)
{
	assert_redacts(
		*state,
		"{\"metadata\":{\"managedFields\":[{\"manager\":\"m\",\"fieldsV1\":{\"f:data\":{\".\":{},\"f:" CANARY
		"\":{}},\"f:metadata\":{\"f:x\":\"" CANARY "\"}}}]}}",
		"{\"metadata\":{\"managedFields\":[{\"manager\":\"m\",\"fieldsV1\":{\"f:data\":{}}}]}}");
	/* A field is an object of fields; anything else in its place may be anything. */
	assert_redacts(*state, "{\"metadata\":{\"managedFields\":[{\"fieldsV1\":{\"f:data\":\"" CANARY "\"}}]}}",
		       "{\"metadata\":{\"managedFields\":[{\"fieldsV1\":{}}]}}");
}

static void
tokens_from_outside_are_broken_everywhere(void **state)
{
	struct scene *scene = *state;
	cJSON *json = redacted(scene, "{\"metadata\":{\"name\":\"{{redacted:1:word:3-7:true}}\",\"labels\":{\"a\":"
				      "\"{{redacted:1:word:3-7:true}}\",\"{{redacted:1\":\"x\"}},"
				      "\"env\":[{\"name\":\"A\",\"value\":\"{{redacted:1:word:3-7:true}}\"}],"
				      "\"args\":[\"{{redacted:9\",\"--{{redacted:1=x\"],"
				      "\"e\":\"{\\\"x\\\":\\\"\\\\u007b{redacted:1\\\"}\","
				      "\"{{redacted:2:alnum:3-7}}\":1}");

	assert_false(pf_has_token(pf_json_print(scene->arena, json, false)));
}

static void
a_forged_secret_is_a_secret(void **state)
{
	assert_redacts(*state, "{\"env\":[{\"name\":\"A_TOKEN\",\"value\":\"{{redacted:1:word:3-7:true}}\"}]}",
		       "{\"env\":[{\"name\":\"A_TOKEN\",\"value\":\"{{redacted:1:text:16-31}}\"}]}");
}

static void
ordinary_objects_are_untouched(void **state)
{
	assert_keeps(*state,
		     "{\"kind\":\"Service\",\"spec\":{\"ports\":[{\"port\":8000,\"targetPort\":\"http\"}],"
		     "\"clusterIP\":\"10.96.0.1\"},\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":"
		     "\"True\",\"reason\":\"MinimumReplicasAvailable\",\"message\":\"Deployment has minimum "
		     "availability.\",\"lastTransitionTime\":\"2026-01-02T03:04:05Z\"}],\"x\":null,\"y\":1.5}}");
	assert_keeps(*state, "{\"rules\":[{\"apiGroups\":[\"\"],\"resources\":[\"secrets\",\"pods/log\"],\"verbs\":"
			     "[\"get\"]}]}");
	assert_keeps(*state, "{\"kind\":\"Event\",\"message\":\"Readiness probe failed: Get "
			     "\\\"http://10.0.0.1:8080/health\\\": dial tcp: connect: connection refused\"}");
	assert_keeps(*state, "{\"kind\":\"ConfigMap\",\"data\":{\"RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT\":"
			     "\"http://dynamodb:8000\",\"json\":\"{ \\\"a\\\" : 1 }\"}}");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)
	const struct CMUnitTest tests[] = {
		TEST(secret_data_is_classed_by_its_decoded_value),
		TEST(equal_values_have_equal_numbers_wherever_they_are),
		TEST(env_is_redacted_by_name_in_every_kind_of_container),
		TEST(references_and_names_stay),
		TEST(labels_and_names_survive_a_secret_of_the_same_value),
		TEST(secret_values_hide_in_many_places),
		TEST(what_was_seen_in_a_secret_is_scrubbed_from_messages),
		TEST(arguments_keep_what_is_not_secret),
		TEST(managed_fields_keep_who_and_when),
		TEST(managed_fields_keep_that_data_was_set),
		TEST(tokens_from_outside_are_broken_everywhere),
		TEST(a_forged_secret_is_a_secret),
		TEST(ordinary_objects_are_untouched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
