/* A folder of one test, with the files that the test puts there. */
#ifndef POSTFLIGHT_TESTS_TEMP_FOLDER_H
#define POSTFLIGHT_TESTS_TEMP_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <postflight/arena.h>
#include <postflight/file.h>

struct temp_folder {
	struct pf_arena *arena; /* ends with the folder */
	char *path;
};

static inline int
temp_folder_remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static inline int
temp_folder_setup(void **state)
{
	struct pf_arena *arena = pf_arena_new();
	struct temp_folder *folder = pf_alloc(arena, sizeof(*folder));
	const char *base = getenv("TMPDIR");

	folder->arena = arena;
	folder->path = pf_printf(arena, "%s/pf-test-XXXXXX", base != NULL ? base : "/tmp");
	*state = folder;
	return mkdtemp(folder->path) == NULL;
}

static inline int
temp_folder_teardown(void **state)
{
	struct temp_folder *folder = *state;

	nftw(folder->path, temp_folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	pf_arena_free(folder->arena);
	return 0;
}

static inline char *
temp_path(const struct temp_folder *folder, const char *name)
{
	return pf_printf(folder->arena, "%s/%s", folder->path, name);
}

/* Writes a file of that name, 0755 for a script ("#!…"), and returns its path. */
static inline char *
temp_file(const struct temp_folder *folder, const char *name, const char *text)
{
	char *path = temp_path(folder, name);
	struct pf_err err;

	if (!pf_file_write(path, text, strlen(text), 0644, &err) ||
	    (text[0] == '#' && text[1] == '!' && chmod(path, 0755) != 0)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return path;
}

static inline char *
temp_read(const struct temp_folder *folder, const char *name)
{
	struct pf_err err;
	size_t len;
	char *text;

	return pf_file_read(folder->arena, temp_path(folder, name), 1 << 20, &text, &len, &err) ? text : NULL;
}

#endif
