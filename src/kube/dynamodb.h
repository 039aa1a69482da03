/*
 * DynamoDB's JSON protocol 1.0, as far as a table's state needs it: what is asked, and what its answers mean.
 *
 * DynamoDB Local reads key id and region from the Authorization header, which choose the database, and checks no
 * signature: a fixed one will do.
 */
#ifndef KUBE_DYNAMODB_H
#define KUBE_DYNAMODB_H

#include <stdbool.h>
#include <stdint.h>

#include <postflight/arena.h>
#include <postflight/target.h>

#define PF_DYNAMODB_CONTENT_TYPE "application/x-amz-json-1.0"

/* True for letters and digits only, or a token of such: what DynamoDB Local takes, and a header can carry. */
bool pf_dynamodb_key_id_is_legal(struct pf_arena *arena, const char *key_id);

/* True when REGION, or the secret that it is a token of, can stand in a credential scope. */
bool pf_dynamodb_region_is_legal(struct pf_arena *arena, const char *region);

/* True for 3 to 255 of A-Z a-z 0-9 _ - . or a token that may be such. */
bool pf_dynamodb_table_name_is_legal(struct pf_arena *arena, const char *name);

/* The header lines of OPERATION ("DescribeTable") as KEY_ID (may be a token) in REGION. All must be legal. */
char *pf_dynamodb_headers(struct pf_arena *arena, const char *operation, const char *key_id, const char *region);

/* The body of an operation on TABLE, which must be legal. */
char *pf_dynamodb_table_body(struct pf_arena *arena, const char *table);

enum pf_dynamodb_outcome {
	PF_DYNAMODB_OK,
	PF_DYNAMODB_UNSIGNED,   /* MissingAuthenticationToken: what it says to who does not sign */
	PF_DYNAMODB_NOT_FOUND,  /* ResourceNotFoundException */
	PF_DYNAMODB_BAD_KEY_ID, /* UnrecognizedClientException */
	PF_DYNAMODB_REFUSED,    /* another error of DynamoDB's own */
	PF_DYNAMODB_FOREIGN,    /* an HTTP answer that is none of DynamoDB's */
	PF_DYNAMODB_NONE,       /* no HTTP answer */
};

struct pf_dynamodb_answer {
	enum pf_dynamodb_outcome outcome;
	const cJSON *document; /* NULL when there is none */
	const char *error;     /* "ResourceNotFoundException"; "" when it is no error */
	const char *message;   /* DynamoDB's own words; "" */
};

/* Reads the answer to a FORWARD. Strings live as long as ANSWER and ARENA. */
struct pf_dynamodb_answer pf_dynamodb_read(struct pf_arena *arena, const struct pf_answer *answer);

struct pf_dynamodb_table {
	const char *status; /* "ACTIVE", "CREATING", …; "" when it is not told */
	int64_t created_ms; /* UTC; 0: not told */
	int64_t items;      /* -1: not told */
	bool has_index;
};

/* Reads the document of a DescribeTable answer, whatever it holds. False when it describes no table. */
bool pf_dynamodb_read_table(const struct pf_dynamodb_answer *answer, const char *index, struct pf_dynamodb_table *out);

/* The names of a ListTables answer; *COUNT of them. NULL when it is none. */
const char *const *
pf_dynamodb_read_tables(struct pf_arena *arena, const struct pf_dynamodb_answer *answer, size_t *count);

#endif
