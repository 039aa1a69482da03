#include "plan/regex.h"

#include <string.h>

#include <pcre2.h>

/* A search over 64 KiB of log takes some thousand steps; what takes a million is never done. */
#define STEPS_MAX 1000000
#define DEPTH_MAX 10000
#define HEAP_KIB_MAX 8192
#define JIT_STACK_FIRST ((size_t)32 << 10)
#define JIT_STACK_MAX ((size_t)1 << 20)
#define MESSAGE_MAX 256

struct pf_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	pcre2_jit_stack *stack; /* NULL without JIT */
};

static void
release(void *object)
{
	struct pf_regex *regex = object;

	pcre2_jit_stack_free(regex->stack);
	pcre2_match_context_free(regex->limits);
	pcre2_match_data_free(regex->data);
	pcre2_code_free(regex->code);
}

/* The number of characters in the first LEN bytes of TEXT. */
static size_t
characters(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len && text[i] != '\0'; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

struct pf_regex *
pf_regex_compile(struct pf_arena *arena, const char *text, const char **why)
{
	int number;
	size_t offset, len = strlen(text);
	struct pf_regex *regex;
	pcre2_code *code;

	if (len > PF_REGEX_MAX) {
		*why = pf_printf(arena, "is %zu bytes long; expected at most %zu", len, PF_REGEX_MAX);
		return NULL;
	}
	code = pcre2_compile((PCRE2_SPTR)text, len, PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &number, &offset, NULL);
	if (code == NULL) {
		PCRE2_UCHAR message[MESSAGE_MAX];
		pcre2_get_error_message(number, message, sizeof(message));
		*why = pf_printf(arena, "is no regular expression: %s at character %zu; expected one of PCRE2",
				 (const char *)message, characters(text, offset) + 1);
		return NULL;
	}
	regex = pf_alloc(arena, sizeof(*regex));
	regex->code = code;
	regex->data = pcre2_match_data_create_from_pattern(code, NULL);
	regex->limits = pcre2_match_context_create(NULL);
	if (regex->data == NULL || regex->limits == NULL)
		pf_out_of_memory();
	pf_defer(arena, release, regex);
	pcre2_set_match_limit(regex->limits, STEPS_MAX);
	pcre2_set_depth_limit(regex->limits, DEPTH_MAX);
	pcre2_set_heap_limit(regex->limits, HEAP_KIB_MAX);
	/* Where the machine has no JIT, or a policy forbids it, the interpreter does the same more slowly. */
	if (pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0) {
		regex->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MAX, NULL);
		pcre2_jit_stack_assign(regex->limits, NULL, regex->stack);
	}
	return regex;
}

enum pf_regex_outcome
pf_regex_search(const struct pf_regex *regex, struct pf_str subject, struct pf_str *value)
{
	int count = pcre2_match(regex->code, (PCRE2_SPTR)subject.p, subject.len, 0, PCRE2_NO_UTF_CHECK, regex->data,
				regex->limits);
	const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(regex->data);

	if (count == PCRE2_ERROR_NOMATCH)
		return PF_REGEX_NO;
	if (count < 0)
		return PF_REGEX_LIMIT;
	if (value != NULL) {
		*value = (struct pf_str){"", 0};
		if (count > 1 && bounds[2] != PCRE2_UNSET)
			*value = (struct pf_str){subject.p + bounds[2], bounds[3] - bounds[2]};
	}
	return PF_REGEX_YES;
}
