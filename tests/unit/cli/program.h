/* Calls the whole program in a process of its own, with an empty home and no cluster. For a cmocka test's fixtures. */
#ifndef TESTS_CLI_PROGRAM_H
#define TESTS_CLI_PROGRAM_H

#include <postflight/arena.h>

/* Of the test that runs: BEGIN makes it, END frees it. */
extern struct pf_arena *arena;

struct outcome {
	int status;
	char *out;
	char *err;
};

/* The group's fixtures: a folder for files, which is also the home. */
int begin_all(void **state);
int end_all(void **state);
int begin(void **state);
int end(void **state);

/* A file of the folder: out, err, plan.json, report.json or kubeconfig. */
const char *in_dir(const char *name);
void write_file(const char *name, const char *text);
char *content(const char *name);

/* ARGV0 and the words of LINE, split at spaces. */
struct outcome called(const char *argv0, const char *line);
struct outcome postflight(const char *line);

#endif
