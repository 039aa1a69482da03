/* Names, tokens and texts: what is taken for a secret, what is not, and what a token tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/redact.h>

#define CANARY "Kanari3nv0gel"

static int
open_arena(void **state)
{
	*state = pf_arena_new();
	return 0;
}

static int
close_arena(void **state)
{
	pf_arena_free(*state);
	return 0;
}

static char *
redacted(struct pf_arena *arena, const char *text)
{
	return pf_redact_text(pf_redactor_new(arena), arena, text);
}

static void
names_that_announce_a_secret(void **state)
{
	static const char *const secret[] = {"AWS_SECRET_ACCESS_KEY",
					     "AWS_ACCESS_KEY_ID",
					     "AWS_SESSION_TOKEN",
					     "db.password",
					     "apiToken",
					     "APIToken",
					     "PGPASSWORD",
					     "DB_PASS",
					     "PASSWORD1",
					     "dbPwd",
					     "pwd",
					     "client-secret",
					     "clientsecret",
					     "aws.secretKey",
					     "aws.accessKeyId",
					     "X-Api-Key",
					     "Authorization",
					     "private_key",
					     "SECRET_KEY_BASE",
					     "spring.datasource.password",
					     "REDIS_AUTH",
					     "tls.key",
					     "github-tokens",
					     "CREDENTIALS",
					     ".dockerconfigjson",
					     "Set-Cookie",
					     "SALT",
					     "ENCRYPTION_KEYS",
					     "accesstoken",
					     "TOKEN_2",
					     "account.key",
					     "X-Amz-Signature"};
	static const char *const open[] = {"KEY_NAME",
					   "TOKENIZER",
					   "PWD",
					   "OLDPWD",
					   "KEY",
					   "PASS_THROUGH",
					   "BYPASS",
					   "SECRET_NAME",
					   "secretName",
					   "PASSWORD_FILE",
					   "TOKEN_URL",
					   "AUTHOR",
					   "MONKEY",
					   "KEYBOARD",
					   "credentialsProviders",
					   "AWS_REGION",
					   "PORT",
					   "InvalidTokenException",
					   "",
					   "__",
					   "partition-key",
					   "primaryKey",
					   "no_password",
					   "MissingAuthenticationToken",
					   "AWS_WEB_IDENTITY_TOKEN_FILE",
					   "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT"};

	(void)state;
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		if (!pf_name_looks_secret(secret[i]))
			fail_msg("%s looks public", secret[i]);
	}
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		if (pf_name_looks_secret(open[i]))
			fail_msg("%s looks secret", open[i]);
	}
	assert_false(pf_name_looks_secret(NULL));
}

static void
nothing_secret_is_left(void **state)
{
	static const char *const texts[] = {
		"PASSWORD=" CANARY,
		"PASSWORD=" CANARY " java -jar app.jar",
		"export PASSWORD='" CANARY " with blanks' && java",
		"export PASSWORD=\"" CANARY "\"; java",
		"PASSWORD=abc\"" CANARY "\"def java",
		"PASSWORD=ab\\ " CANARY " java",
		"PASSWORD=\"never closed " CANARY,
		"java -Daws.secretKey=" CANARY " -Xmx1g",
		"java -Daws.secretAccessKey=x," CANARY " -Xmx1g",
		"run --aws.secretKey=" CANARY,
		"run --password " CANARY " --verbose",
		"run -password " CANARY,
		"run --password '" CANARY " y'",
		"curl -u elastic:" CANARY " http://db:9200",
		"curl --user elastic:" CANARY,
		"curl -H \"Authorization: Bearer " CANARY "\" http://x",
		"curl -H 'X-Api-Key: " CANARY "' http://x",
		"GET /x?token=" CANARY "&a=b",
		"GET /x?a=b&access_token=" CANARY,
		"Server=db;Uid=sa;Pwd=" CANARY ";Database=x",
		"jdbc:mysql://u:" CANARY "@db/x",
		"jdbc:mysql://db/x?user=u&password=" CANARY,
		"postgres://" CANARY "@db/x",
		"redis://:" CANARY "@db",
		"postgres://u:a/" CANARY "@db/x",
		"postgres://u:a@" CANARY "@db/x",
		"at https://" CANARY ":x@[::1]:8000/, retrying",
		"{\"password\":\"" CANARY "\"}",
		"{\"password\" : \"a\\\"" CANARY "\"}",
		"{\\\"password\\\":\\\"" CANARY "\\\"}",
		"{'password': '" CANARY "'}",
		"spring:\n  datasource:\n    password: " CANARY " and more\n    user: x",
		"- token: \"" CANARY "\"",
		"key: |\n  a\ntls.key: |\n  " CANARY "\n\n  " CANARY "\nnext: 1",
		"db.password = " CANARY,
		"db.password= " CANARY,
		"password => " CANARY,
		"AwsBasicCredentials(accessKeyId=" CANARY ", secretAccessKey=" CANARY ")",
		"login failed with password: " CANARY,
		"Authorization: AWS4-HMAC-SHA256 Credential=" CANARY "/20260101/us-west-2, Signature=" CANARY,
		"sent Bearer " CANARY " to it",
		"-----BEGIN RSA PRIVATE KEY-----\n" CANARY "\n-----END RSA PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\\n" CANARY,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *out = redacted(*state, texts[i]);
		if (strstr(out, CANARY) != NULL || !pf_has_token(out))
			fail_msg("%s\nbecame %s", texts[i], out);
	}
}

static void
what_is_around_a_secret_stays(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"PASSWORD=abcde java -jar x.jar", "PASSWORD={{redacted:1:alnum:3-7}} java -jar x.jar"},
		{"a=1,password=abcde,user=x", "a=1,password={{redacted:1:alnum:3-7}},user=x"},
		{"C(password=abcde, user=x)", "C(password={{redacted:1:alnum:3-7}}, user=x)"},
		{"http://u:pwd12@db:8000/x?a=b",
		 "http://{{redacted:1:alnum:1-2}}:{{redacted:2:alnum:3-7}}@db:8000/x?a=b"},
		{"?token=abcde&a=b#c", "?token={{redacted:1:alnum:3-7}}&a=b#c"},
		{"Pwd=abcde;Database=x", "Pwd={{redacted:1:alnum:3-7}};Database=x"},
		{"{\"password\":\"a b\",\"u\":1}", "{\"password\":\"{{redacted:1:text:3-7}}\",\"u\":1}"},
		{"{\"pin_token\": 12345, \"u\": 1}", "{\"pin_token\": {{redacted:1:alnum:3-7}}, \"u\": 1}"},
		{"password: abcde\nuser: x", "password: {{redacted:1:alnum:3-7}}\nuser: x"},
		{"x --token abcde -v", "x --token {{redacted:1:alnum:3-7}} -v"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(redacted(*state, cases[i].text), cases[i].expected);
}

static void
what_is_no_secret_stays(void **state)
{
	static const char *const texts[] = {
		"",
		"password=",
		"password=, user=x",
		"PASSWORD=$(DB_PASSWORD) java",
		"PASSWORD=${DB_PASSWORD}",
		"use-token=true",
		"if (token == other)",
		"http://dynamodb:8000/a@b",
		"http://dynamodb:8000",
		"docker.io/x@sha256:0123456789abcdef",
		"mail a@b.c about http://x",
		"Bearer authentication is required",
		"Basic realm=\"x\"",
		"--token-file /var/run/token --verbose",
		"--password --verbose",
		"curl -u name http://x",
		"software.amazon.awssdk.core.exception.SdkClientException: Unable to load credentials from any of the "
		"providers in the chain AwsCredentialsProviderChain(credentialsProviders=[SystemPropertyCredentials"
		"Provider(), ProfileCredentialsProvider(profileName=default, profileFile=ProfileFile(sections=[]))]) : "
		"[SystemPropertyCredentialsProvider(): Unable to load credentials from system settings. Access key "
		"must "
		"be specified either via environment variable (AWS_ACCESS_KEY_ID) or system property "
		"(aws.accessKeyId).]",
		"ExpiredTokenException: The security token included in the request is expired",
		"MissingAuthenticationToken: Request must contain a valid (registered) AWS access key ID",
		"{\"__type\":\"com.amazonaws.dynamodb.v20120810#MissingAuthenticationToken\",\"message\":\"no\"}",
		"Access denied for user 'x' (using password: YES)",
		"Invalid token: expected a name",
		"  secretKeyRef:\n    name: aws\n    key: id",
		"eyJ is no token, AKIA neither",
		"A {{ template }} {redacted:1}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_string_equal(redacted(*state, texts[i]), texts[i]);
}

static void
machine_made_secrets_are_known_by_their_looks(void **state)
{
	char *jwt = redacted(*state, "got eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2lnbmF0dXJl, bad");

	assert_string_equal(jwt, "got {{redacted:1:name:32-63}}, bad");
	assert_string_equal(redacted(*state, "key AKIAIOSFODNN7EXAMPLE!"), "key {{redacted:1:alnum:16-31}}!");
	assert_string_equal(redacted(*state, "AKIAIOSFODNN7EXAMPLEX"), "AKIAIOSFODNN7EXAMPLEX");
}

static void
secrets_seen_before_are_found_again(void **state)
{
	struct pf_redactor *redactor = pf_redactor_new(*state);
	char *first = pf_redact_text(redactor, *state, "PASSWORD=hunter2hunter2 x");
	char *second = pf_redact_text(redactor, *state, "(xhunter2hunter2y hunter2hunter hunter2hunter2)");

	assert_string_equal(first, "PASSWORD={{redacted:1:alnum:8-15}} x");
	assert_string_equal(second, "(x{{redacted:1:alnum:8-15}}y hunter2hunter {{redacted:1:alnum:8-15}})");
}

static void
the_longest_of_several_secrets_wins(void **state)
{
	struct pf_redactor *redactor = pf_redactor_new(*state);

	pf_redact_text(redactor, *state, "A_TOKEN=abcdefgh B_TOKEN=abcdefghijkl");
	assert_string_equal(pf_redact_text(redactor, *state, "abcdefghijklm abcdefghij"),
			    "{{redacted:2:alnum:8-15}}m {{redacted:1:alnum:8-15}}ij");
}

static void
short_secrets_and_public_words_are_not_looked_for(void **state)
{
	struct pf_redactor *redactor = pf_redactor_new(*state);

	pf_redact_text(redactor, *state, "A_TOKEN=abc B_TOKEN=dynamodb C_TOKEN=us-west-2 D_TOKEN=http://dynamodb:8000");
	assert_string_equal(pf_redact_text(redactor, *state, "abc dynamodb us-west-2 http://dynamodb:8000"),
			    "abc dynamodb us-west-2 http://dynamodb:8000");
}

static void
many_secrets_keep_their_numbers(void **state)
{
	struct pf_redactor *redactor = pf_redactor_new(*state);

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 5000; i++) {
			char *text = pf_printf(*state, "%s%08d", round == 0 ? "TOKEN=" : "", i);
			char *expected =
				pf_printf(*state, "%s{{redacted:%d:alnum:8-15}}", round == 0 ? "TOKEN=" : "", i + 1);
			assert_string_equal(pf_redact_text(redactor, *state, text), expected);
		}
	}
}

static void
tokens_tell_class_and_length(void **state)
{
	static const struct {
		const char *value, *token;
	} cases[] = {
		{"ab", "{{redacted:1:alnum:1-2}}"},
		{"abc", "{{redacted:1:alnum:3-7}}"},
		{"abcdefg", "{{redacted:1:alnum:3-7}}"},
		{"abcdefgh", "{{redacted:1:alnum:8-15}}"},
		{"0123456789abcdef", "{{redacted:1:alnum:16-31}}"},
		{"a_b.c-d", "{{redacted:1:name:3-7}}"},
		{"a+b/c", "{{redacted:1:text:3-7}}"},
		{"gr\xC3\xBC\xC3\x9F", "{{redacted:1:text:3-7}}"},
		{"a\x01z", "{{redacted:1:other:3-7}}"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = redacted(*state, pf_printf(*state, "{\"password\":\"%s\"}", cases[i].value));
		assert_string_equal(out, pf_printf(*state, "{\"password\":\"%s\"}", cases[i].token));
	}
}

static void
a_token_from_outside_is_none(void **state)
{
	static const char *const texts[] = {"{{redacted:1:alnum:3-7}}", "x{{redacted:1:word:3-7:true}}y",
					    "{{redacted:", "{{{{redacted:redacted:1:alnum:3-7}}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *out = redacted(*state, texts[i]);
		assert_false(pf_has_token(out));
		assert_non_null(strstr(out, "{{forged:"));
	}
	assert_string_equal(redacted(*state, "TOKEN={{redacted:1:word:3-7:true}}"), "TOKEN={{redacted:1:text:16-31}}");
}

static void
tokens_are_read_back(void **state)
{
	struct pf_token token;

	assert_true(pf_token_parse(*state, "{{redacted:12:name:32-63}}", &token));
	assert_int_equal(token.number, 12);
	assert_string_equal(token.cls, "name");
	assert_int_equal(token.min_len, 32);
	assert_int_equal(token.max_len, 63);
	assert_null(token.detail);
	assert_true(pf_token_parse(*state, "{{redacted:3:word:8-15:In-Memory}}", &token));
	assert_string_equal(token.detail, "In-Memory");
	assert_true(pf_token_parse(*state, "{{redacted:3:url:16-31:http://dynamodb:8000}}", &token));
	assert_string_equal(token.detail, "http://dynamodb:8000");
	assert_true(pf_token_parse(*state, "{{redacted:3:text:256+}}", &token));
	assert_true(token.max_len == SIZE_MAX);
}

static void
malformed_tokens_are_refused(void **state)
{
	static const char *const texts[] = {"",
					    "{{redacted:",
					    "{{redacted:1:alnum:3-7}",
					    "{{redacted:0:alnum:3-7}}",
					    "{{redacted:01:alnum:3-7}}",
					    "{{redacted:-1:alnum:3-7}}",
					    "{{redacted:99999999999:alnum:3-7}}",
					    "{{redacted:1:secret:3-7}}",
					    "{{redacted:1:alnum:4-7}}",
					    "{{redacted:1:alnum:3-7:x}}",
					    "{{redacted:1:word:3-7}}",
					    "{{redacted:1:word:3-7:hunter2}}",
					    "{{redacted:1:url:3-7:ftp://x}}",
					    "{{redacted:1:url:3-7:http://u@x}}",
					    "{{redacted:1:alnum:3-7}} ",
					    " {{redacted:1:alnum:3-7}}",
					    "{{redacted:1:alnum:3-7}}{{redacted:1:alnum:3-7}}"};
	struct pf_token token = {.number = 7};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (pf_token_parse(*state, texts[i], &token))
			fail_msg("%s was taken for a token", texts[i]);
	}
	assert_false(pf_token_parse(*state, NULL, &token));
	assert_int_equal(token.number, 7);
}

static void
tokens_are_expanded_for_the_wire(void **state)
{
	struct pf_redactor *redactor = pf_redactor_new(*state);
	char *text = pf_redact_text(redactor, *state, "id AKIAIOSFODNN7EXAMPLE password=\"a b\" end");
	PF_AUTO_BUF out = PF_BUF(1000);
	PF_AUTO_BUF unknown = PF_BUF(1000);

	assert_true(pf_redactor_expand(redactor, text, &out));
	assert_string_equal(pf_buf_text(&out), "id AKIAIOSFODNN7EXAMPLE password=\"a b\" end");
	assert_false(pf_redactor_expand(redactor, "x {{redacted:3:alnum:3-7}}", &unknown));
}

static void
every_cut_of_a_hostile_text_is_survived(void **state)
{
	static const char text[] = "\\\"password\\\":\\\"-----BEGIN PRIVATE KEY-----://u:/@=-Dtoken= '\"x\\\n"
				   "tls.key: |\n  \n--secret \"'eyJaaaaaaaa.bbbbb.AKIA{{redacted:Bearer =\t: ";
	struct pf_redactor *redactor = pf_redactor_new(*state);

	for (size_t from = 0; from < sizeof(text); from++) {
		for (size_t len = 0; from + len < sizeof(text); len++) {
			/* Its own allocation, so that reading past the end shows. */
			char *cut = strndup(text + from, len);
			assert_non_null(pf_redact_text(redactor, *state, cut));
			free(cut);
		}
	}
}

/* Each of these made of 300 kB would take minutes if a scan started anew at every byte. */
static void
repetition_takes_linear_time(void **state)
{
	static const char *const units[] = {"http://",  "a://b:c", "=",   "token=\"", "token=a'", "\"",
					    "--token ", "x: ",     "eyJ", "-",        "A",        "{{redacted:"};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t unit = strlen(units[i]), count = 300000 / unit;
		char *text = pf_alloc(*state, unit * count + 1);
		for (size_t k = 0; k < count; k++)
			memcpy(text + k * unit, units[i], unit);
		assert_non_null(redacted(*state, text));
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		TEST(names_that_announce_a_secret),
		TEST(nothing_secret_is_left),
		TEST(what_is_around_a_secret_stays),
		TEST(what_is_no_secret_stays),
		TEST(machine_made_secrets_are_known_by_their_looks),
		TEST(secrets_seen_before_are_found_again),
		TEST(the_longest_of_several_secrets_wins),
		TEST(short_secrets_and_public_words_are_not_looked_for),
		TEST(many_secrets_keep_their_numbers),
		TEST(tokens_tell_class_and_length),
		TEST(a_token_from_outside_is_none),
		TEST(tokens_are_read_back),
		TEST(malformed_tokens_are_refused),
		TEST(tokens_are_expanded_for_the_wire),
		TEST(every_cut_of_a_hostile_text_is_survived),
		TEST(repetition_takes_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
