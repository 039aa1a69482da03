/* A program started by argv, without a shell, that never outlives its welcome. */
#ifndef POSTFLIGHT_KUBE_PROCESS_H
#define POSTFLIGHT_KUBE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/arena.h>
#include <postflight/clock.h>
#include <postflight/err.h>

struct pf_process {
	const char *path;        /* of the file to start; PATH is not searched */
	const char *const *argv; /* argv[0] included; ended by NULL */
	const char *const *envp; /* the whole environment; ended by NULL */
	/*
	 * The program may talk with the person at the terminal: it keeps our standard input and process group, and
	 * what it writes to standard error is also passed on at once. Otherwise its input is empty and it leads a
	 * process group of its own, which ends as a whole.
	 */
	bool interactive;
	size_t stdout_cap; /* one byte more ends the program */
	size_t stderr_cap; /* the rest is read and dropped */
};

enum pf_process_end {
	PF_PROCESS_EXITED,
	PF_PROCESS_SIGNALED,    /* by somebody else */
	PF_PROCESS_TIMED_OUT,   /* ended by us: the deadline came */
	PF_PROCESS_INTERRUPTED, /* ended by us: SIGINT or SIGTERM came while it ran */
	PF_PROCESS_TOO_MUCH,    /* ended by us: it wrote more than STDOUT_CAP */
};

struct pf_process_result {
	enum pf_process_end end;
	int status;     /* the exit status, or the signal's number */
	char *out_text; /* standard output, NUL-terminated; the caller knows whether it is secret */
	size_t out_len;
	char *err_text; /* standard error, NUL-terminated */
	size_t err_len;
};

/*
 * Runs it and collects what it writes into ARENA. True once it was started, *OUT saying how it ended; false with ERR
 * (PF_ERR_IO; PF_ERR_INTERRUPTED after a signal) when it was not. Whom it left running in the background is not waited
 * for. What we end gets SIGTERM and, a second later, SIGKILL; it is always reaped on return.
 */
bool pf_process_run(struct pf_arena *arena, const struct pf_process *process, struct pf_deadline deadline,
		    struct pf_process_result *out, struct pf_err *err);

/*
 * The file that NAME stands for in the absolute directories of PATH_LIST ("/usr/bin:/bin"), NULL when none holds an
 * executable file of that name.
 */
char *pf_process_find(struct pf_arena *arena, const char *name, const char *path_list);

#endif
