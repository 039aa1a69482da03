/* Arenas: what is handed out, what is called at the end, and how a process ends that asks for too much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <postflight/arena.h>

static int
setup(void **state)
{
	*state = pf_arena_new();
	return 0;
}

static int
teardown(void **state)
{
	pf_arena_free(*state);
	return 0;
}

static void
bytes_are_zero_and_aligned(void **state)
{
	for (size_t size = 0; size < 300; size++) {
		unsigned char *bytes = pf_alloc(*state, size);
		assert_non_null(bytes);
		assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(bytes[i], 0);
		memset(bytes, 0xFF, size);
	}
}

static void
requests_do_not_overlap(void **state)
{
	enum { COUNT = 400 };
	unsigned char *blocks[COUNT];
	size_t sizes[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		/* Small ones, some at the size of a chunk, some beyond the largest. */
		sizes[i] = i % 50 == 49 ? (size_t)300 << 10 : i % 7 == 6 ? 4096 : i % 33 + 1;
		blocks[i] = pf_alloc(*state, sizes[i]);
		memset(blocks[i], (int)(i % 251), sizes[i]);
	}
	for (size_t i = 0; i < COUNT; i++) {
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(blocks[i][k], i % 251);
	}
}

static void
copies_and_prints(void **state)
{
	char source[] = "abc";
	char *copy = pf_strdup(*state, source), *part = pf_strndup(*state, source, 2);
	char *empty = pf_strndup(*state, NULL, 0), *long_text;

	source[0] = 'X';
	assert_string_equal(copy, "abc");
	assert_string_equal(part, "ab");
	assert_string_equal(empty, "");
	long_text = pf_printf(*state, "%*s|%s", 5000, "", "end");
	assert_int_equal(strlen(long_text), 5004);
	assert_string_equal(long_text + 5000, "|end");
}

static char order[8];

static void
note(void *letter)
{
	size_t len = strlen(order);

	order[len] = *(const char *)letter;
	order[len + 1] = '\0';
}

static struct pf_arena *deferring;

static void
note_and_defer(void *letter)
{
	note(letter);
	pf_defer(deferring, note, "z");
}

static void
deferred_calls_run_newest_first(void **state)
{
	(void)state;
	order[0] = '\0';
	deferring = pf_arena_new();
	pf_defer(deferring, note, "a");
	pf_defer(deferring, note, "b");
	pf_defer(deferring, note, "c");
	pf_arena_free(deferring);
	assert_string_equal(order, "cba");
}

static void
a_release_may_defer(void **state)
{
	(void)state;
	order[0] = '\0';
	deferring = pf_arena_new();
	pf_defer(deferring, note, "a");
	pf_defer(deferring, note_and_defer, "b");
	pf_arena_free(deferring);
	assert_string_equal(order, "bza");
}

static void
freeing_nothing_is_nothing(void **state)
{
	(void)state;
	pf_arena_free(NULL);
}

static void
ask_for_an_overflowing_array(struct pf_arena *arena)
{
	pf_alloc_array(arena, SIZE_MAX / 2, 3);
}

static void
ask_for_nearly_all_memory(struct pf_arena *arena)
{
	pf_alloc(arena, SIZE_MAX - 8);
}

static void
ask_for_an_endless_text(struct pf_arena *arena)
{
	pf_strndup(arena, "", SIZE_MAX);
}

/* Runs ASK in a child and expects it to end with the one line and status 2. */
static void
assert_out_of_memory(void (*ask)(struct pf_arena *))
{
	char said[256] = "";
	size_t len = 0;
	int ends[2], status;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		ask(pf_arena_new());
		_exit(0);
	}
	close(ends[1]);
	while (len < sizeof(said) - 1 && (n = read(ends[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
	assert_string_equal(said, "postflight: out of memory\n");
}

static void
impossible_sizes_end_the_process(void **state)
{
	(void)state;
	assert_out_of_memory(ask_for_an_overflowing_array);
	assert_out_of_memory(ask_for_nearly_all_memory);
	assert_out_of_memory(ask_for_an_endless_text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_zero_and_aligned),
		cmocka_unit_test(requests_do_not_overlap),
		cmocka_unit_test(copies_and_prints),
		cmocka_unit_test(deferred_calls_run_newest_first),
		cmocka_unit_test(a_release_may_defer),
		cmocka_unit_test(freeing_nothing_is_nothing),
		cmocka_unit_test(impossible_sizes_end_the_process),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
