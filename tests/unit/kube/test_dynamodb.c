/* What is sent to DynamoDB and how its answers are read, whoever it is that gave them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/dynamodb.h"

static struct pf_arena *arena;

static int
open_arena(void **state)
{
	(void)state;
	arena = pf_arena_new();
	return 0;
}

static int
close_arena(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

static struct pf_answer
http(int status, const char *body)
{
	struct pf_err err;
	char *json = pf_strdup(arena, body);

	for (char *p = json; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	return (struct pf_answer){.ok = true,
				  .status = status,
				  .reply = PF_REPLY_HTTP,
				  .text = "",
				  .json = pf_json_parse(arena, json, strlen(json), &err)};
}

static enum pf_dynamodb_outcome
outcome_of(struct pf_answer answer)
{
	return pf_dynamodb_read(arena, &answer).outcome;
}

#define ERROR_OF(name) "{'__type':'com.amazonaws.dynamodb.v20120810#" name "','Message':'words'}"

static void
errors_are_told_by_their_type(void **state)
{
	(void)state;
	assert_int_equal(outcome_of(http(400, ERROR_OF("MissingAuthenticationToken"))), PF_DYNAMODB_UNSIGNED);
	assert_int_equal(outcome_of(http(400, ERROR_OF("ResourceNotFoundException"))), PF_DYNAMODB_NOT_FOUND);
	assert_int_equal(outcome_of(http(400, ERROR_OF("UnrecognizedClientException"))), PF_DYNAMODB_BAD_KEY_ID);
	assert_int_equal(outcome_of(http(500, ERROR_OF("InternalFailure"))), PF_DYNAMODB_REFUSED);
	assert_int_equal(outcome_of(http(400, "{'__type':'com.amazon.coral.validate#ValidationException'}")),
			 PF_DYNAMODB_REFUSED);
}

static void
whoever_else_answers_is_foreign(void **state)
{
	static const char *const bodies[] = {
		"{}",
		"[]",
		"null",
		"{'__type':'ResourceNotFoundException'}",
		"{'__type':'org.example#ResourceNotFoundException'}",
		"{'__type':'com.amazonaws.dynamodb.v20120810#'}",
		"{'__type':'com.amazonaws.dynamodb.v20120810#<b>x</b>'}",
		"{'__type':{'a':1}}",
		"{'__type':7}",
		"not JSON",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(outcome_of(http(400, bodies[i])), PF_DYNAMODB_FOREIGN);
	assert_int_equal(outcome_of(http(200, "[1]")), PF_DYNAMODB_FOREIGN);
	assert_int_equal(outcome_of(http(302, "{}")), PF_DYNAMODB_FOREIGN);
}

static void
json_that_came_as_text_is_read(void **state)
{
	struct pf_answer answer = http(400, "none");

	(void)state;
	answer.text = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#MissingAuthenticationToken\"}";
	assert_int_equal(outcome_of(answer), PF_DYNAMODB_UNSIGNED);
	answer.text = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#MissingAuth";
	assert_int_equal(outcome_of(answer), PF_DYNAMODB_FOREIGN);
	answer.text = NULL;
	assert_int_equal(outcome_of(answer), PF_DYNAMODB_FOREIGN);
}

static void
no_answer_by_http_is_none_of_dynamodbs(void **state)
{
	struct pf_answer answer = http(400, ERROR_OF("MissingAuthenticationToken"));

	(void)state;
	answer.reply = PF_REPLY_NONE; /* the API server's refusal has a status, too */
	assert_int_equal(outcome_of(answer), PF_DYNAMODB_NONE);
	answer.reply = PF_REPLY_SILENT;
	assert_int_equal(outcome_of(answer), PF_DYNAMODB_NONE);
}

static void
message_is_one_short_line(void **state)
{
	struct pf_answer answer =
		http(400, "{'__type':'com.amazonaws.dynamodb.v20120810#X','message':'a\\nb\\u001b[2J'}");
	struct pf_dynamodb_answer read = pf_dynamodb_read(arena, &answer);

	(void)state;
	assert_string_equal(read.error, "X");
	assert_null(strpbrk(read.message, "\n\033"));

	char *longer = pf_alloc(arena, 5000);
	memset(longer, 'x', 4999);
	answer = http(400, pf_printf(arena, "{'__type':'com.amazonaws.dynamodb.v20120810#X','Message':'%s'}", longer));
	read = pf_dynamodb_read(arena, &answer);
	assert_true(strlen(read.message) < 400);
}

static bool
read_table(const char *body, struct pf_dynamodb_table *out)
{
	struct pf_answer answer = http(200, body);
	struct pf_dynamodb_answer read = pf_dynamodb_read(arena, &answer);

	return pf_dynamodb_read_table(&read, "idx_global_customerId", out);
}

static void
table_is_read_as_dynamodb_local_writes_it(void **state)
{
	struct pf_dynamodb_table table;

	(void)state;
	assert_true(read_table("{'Table':{'TableName':'Items','TableStatus':'ACTIVE','CreationDateTime':1795359360.105,"
			       "'ItemCount':12,'GlobalSecondaryIndexes':[{'IndexName':'a'},{'IndexName':"
			       "'idx_global_customerId','IndexStatus':'ACTIVE'}]}}",
			       &table));
	assert_string_equal(table.status, "ACTIVE");
	assert_int_equal(table.created_ms, 1795359360105);
	assert_int_equal(table.items, 12);
	assert_true(table.has_index);
}

static void
what_a_table_does_not_tell_stays_unknown(void **state)
{
	static const char *const bodies[] = {
		"{'Table':{}}",
		"{'Table':{'TableStatus':1,'CreationDateTime':'yesterday','ItemCount':'many',"
		"'GlobalSecondaryIndexes':{'IndexName':'idx_global_customerId'}}}",
		"{'Table':{'CreationDateTime':1e300,'ItemCount':1.5,'GlobalSecondaryIndexes':[null,7,[],{'IndexName':"
		"null},{'IndexName':'idx_global_customerid'}]}}",
		"{'Table':{'CreationDateTime':-1,'ItemCount':1e300,'GlobalSecondaryIndexes':'idx_global_customerId'}}",
		"{'Table':{'CreationDateTime':1795359360105}}",
	};
	struct pf_dynamodb_table table;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_true(read_table(bodies[i], &table));
		assert_string_equal(table.status, "");
		assert_int_equal(table.created_ms, 0);
		assert_int_equal(table.items, -1);
	}
	assert_true(read_table(bodies[0], &table));
	assert_false(table.has_index);
	assert_true(read_table(bodies[2], &table));
	assert_false(table.has_index);
	assert_true(read_table(bodies[3], &table));
	assert_false(table.has_index);
}

static void
other_documents_describe_no_table(void **state)
{
	struct pf_dynamodb_table table = {.items = 77};

	(void)state;
	assert_false(read_table("{}", &table));
	assert_false(read_table("{'Table':null}", &table));
	assert_false(read_table("{'Table':['x']}", &table));
	assert_false(read_table("{'TableDescription':{'TableName':'Items'}}", &table));
	assert_int_equal(table.items, 77);

	struct pf_answer error = http(400, "{'__type':'com.amazonaws.dynamodb.v20120810#X','Table':{}}");
	struct pf_dynamodb_answer read = pf_dynamodb_read(arena, &error);
	assert_false(pf_dynamodb_read_table(&read, "i", &table));
}

static const char *const *
names_in(const char *body, size_t *count)
{
	struct pf_answer answer = http(200, body);
	struct pf_dynamodb_answer read = pf_dynamodb_read(arena, &answer);

	return pf_dynamodb_read_tables(arena, &read, count);
}

static void
names_of_tables_are_strings_and_not_endless(void **state)
{
	size_t count = 99;
	const char *const *names = names_in("{'TableNames':['a',1,null,{'b':1},'c']}", &count);

	(void)state;
	assert_int_equal(count, 2);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "c");
	assert_null(names[2]);
	assert_non_null(names_in("{'TableNames':[]}", &count));
	assert_int_equal(count, 0);
	assert_null(names_in("{'TableNames':'Items'}", &count));
	assert_null(names_in("{}", &count));

	char *many = pf_strdup(arena, "{'TableNames':['x'");
	for (int i = 0; i < 500; i++)
		many = pf_printf(arena, "%s,'x'", many);
	assert_non_null(names_in(pf_printf(arena, "%s]}", many), &count));
	assert_int_equal(count, 100);
}

static void
headers_name_the_database(void **state)
{
	const char *headers = pf_dynamodb_headers(arena, "DescribeTable", "{{redacted:1:alnum:3-7}}", "us-west-2");

	(void)state;
	assert_non_null(strstr(headers, "X-Amz-Target: DynamoDB_20120810.DescribeTable\r\n"));
	assert_non_null(strstr(headers, "Credential={{redacted:1:alnum:3-7}}/"));
	assert_non_null(strstr(headers, "/us-west-2/dynamodb/aws4_request, "));
	assert_true(pf_ends_with(headers, "\r\n"));
	assert_string_equal(pf_dynamodb_table_body(arena, "Items"), "{\"TableName\":\"Items\"}");
}

static void
only_letters_and_digits_are_a_key_id(void **state)
{
	(void)state;
	assert_true(pf_dynamodb_key_id_is_legal(arena, "fakeKey1"));
	assert_true(pf_dynamodb_key_id_is_legal(arena, "{{redacted:1:alnum:3-7}}"));
	assert_true(pf_dynamodb_key_id_is_legal(arena, "{{redacted:2:word:8-15:dynamodb}}"));
	assert_false(pf_dynamodb_key_id_is_legal(arena, "{{redacted:2:word:8-15:in-memory}}"));
	assert_false(pf_dynamodb_key_id_is_legal(arena, "{{redacted:1:name:3-7}}"));
	assert_false(pf_dynamodb_key_id_is_legal(arena, "{{redacted:1:other:3-7}}"));
	assert_false(pf_dynamodb_key_id_is_legal(arena, ""));
	assert_false(pf_dynamodb_key_id_is_legal(arena, "a\r\nX: y"));
	assert_false(pf_dynamodb_key_id_is_legal(arena, "a/b"));
	assert_false(pf_dynamodb_key_id_is_legal(arena, "a{{redacted:1:alnum:3-7}}"));
}

static void
nothing_leaves_the_credential_scope(void **state)
{
	(void)state;
	assert_true(pf_dynamodb_region_is_legal(arena, "us-west-2"));
	assert_true(pf_dynamodb_region_is_legal(arena, "{{redacted:3:word:8-15:us-west-2}}"));
	assert_true(pf_dynamodb_region_is_legal(arena, "{{redacted:3:name:8-15}}"));
	assert_false(pf_dynamodb_region_is_legal(arena, "{{redacted:3:text:8-15}}"));
	assert_false(pf_dynamodb_region_is_legal(arena, ""));
	assert_false(pf_dynamodb_region_is_legal(arena, "us/west"));
	assert_false(pf_dynamodb_region_is_legal(arena, "us west"));
	assert_false(pf_dynamodb_region_is_legal(arena, "us\r\n"));
}

static void
table_names_are_those_that_dynamodb_takes(void **state)
{
	char longest[257];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[256] = '\0';
	assert_false(pf_dynamodb_table_name_is_legal(arena, longest));
	longest[255] = '\0';
	assert_true(pf_dynamodb_table_name_is_legal(arena, longest));
	assert_true(pf_dynamodb_table_name_is_legal(arena, "a.b"));
	assert_true(pf_dynamodb_table_name_is_legal(arena, "{{redacted:1:name:3-7}}"));
	assert_false(pf_dynamodb_table_name_is_legal(arena, "{{redacted:1:name:1-2}}"));
	assert_false(pf_dynamodb_table_name_is_legal(arena, "{{redacted:1:name:256+}}"));
	assert_false(pf_dynamodb_table_name_is_legal(arena, "{{redacted:1:text:3-7}}"));
	assert_false(pf_dynamodb_table_name_is_legal(arena, "ab"));
	assert_false(pf_dynamodb_table_name_is_legal(arena, ""));
	assert_false(pf_dynamodb_table_name_is_legal(arena, "a b c"));
	assert_false(pf_dynamodb_table_name_is_legal(arena, "it\"ems"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(errors_are_told_by_their_type),
		TEST(whoever_else_answers_is_foreign),
		TEST(json_that_came_as_text_is_read),
		TEST(no_answer_by_http_is_none_of_dynamodbs),
		TEST(message_is_one_short_line),
		TEST(table_is_read_as_dynamodb_local_writes_it),
		TEST(what_a_table_does_not_tell_stays_unknown),
		TEST(other_documents_describe_no_table),
		TEST(names_of_tables_are_strings_and_not_endless),
		TEST(headers_name_the_database),
		TEST(only_letters_and_digits_are_a_key_id),
		TEST(nothing_leaves_the_credential_scope),
		TEST(table_names_are_those_that_dynamodb_takes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
