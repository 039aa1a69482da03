/*
 * Errors are values: a kind for the program, a sentence for the person.
 *
 * A sentence says what was tried, on what, what came back, and what to do. A function that fails returns false,
 * leaves its outputs untouched and fills the last parameter.
 */
#ifndef POSTFLIGHT_ERR_H
#define POSTFLIGHT_ERR_H

#include <stdarg.h>

enum pf_err_kind {
	PF_ERR_NONE,
	PF_ERR_USAGE,        /* the command line: exit 64 */
	PF_ERR_CONFIG,       /* plan, kubeconfig or another file of the user: exit 78 */
	PF_ERR_UNREACHABLE,  /* no connection, or it broke */
	PF_ERR_TLS,          /* the server's certificate, or ours, was refused */
	PF_ERR_TIMEOUT,      /* our own patience ended */
	PF_ERR_INTERRUPTED,  /* SIGINT or SIGTERM */
	PF_ERR_UNAUTHORIZED, /* 401 */
	PF_ERR_FORBIDDEN,    /* 403 */
	PF_ERR_NOT_FOUND,    /* 404 for an object; also a missing file */
	PF_ERR_CONFLICT,     /* 409 */
	PF_ERR_GONE,         /* 410, as status or as a watch event */
	PF_ERR_SERVER,       /* any other answer that is not a success */
	PF_ERR_PROTOCOL,     /* an answer that is no valid answer: HTML, broken JSON, over the cap */
	PF_ERR_NOT_RECORDED, /* a replay was asked something its recording does not hold */
	PF_ERR_IO,           /* local files and processes */
	PF_ERR_COUNT
};

#define PF_ERR_TEXT 1024

struct pf_err {
	enum pf_err_kind kind;
	char text[PF_ERR_TEXT]; /* one line, valid UTF-8, cut at a character when too long */
};

/* Sets kind and sentence; always returns false, so that a failing function may `return pf_fail(err, …)`. */
_Bool pf_fail(struct pf_err *err, enum pf_err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts a context in front of the sentence ("reading FILE: …"); the kind stays. Always returns false. */
_Bool pf_fail_in(struct pf_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A stable word for reports and recordings: "forbidden", "timeout", … */
const char *pf_err_name(enum pf_err_kind kind);

/* The inverse; PF_ERR_COUNT for a word that is none. */
enum pf_err_kind pf_err_kind_of(const char *name);

#endif
