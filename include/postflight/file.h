/* Whole files, read with a cap and written so that a reader never sees half of one. */
#ifndef POSTFLIGHT_FILE_H
#define POSTFLIGHT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/arena.h>
#include <postflight/err.h>

/*
 * Reads PATH ("-" is standard input) into ARENA, NUL-terminated. False with ERR: PF_ERR_NOT_FOUND when it is not
 * there, PF_ERR_CONFIG when it is a directory, unreadable or larger than CAP bytes.
 */
bool
pf_file_read(struct pf_arena *arena, const char *path, size_t cap, char **out, size_t *out_len, struct pf_err *err);

/*
 * Writes PATH by way of a temporary file beside it and rename(); MODE as for open(). "-" is standard output, and
 * what is no regular file (a pipe, /dev/stderr) is written in place.
 */
bool pf_file_write(const char *path, const char *text, size_t len, unsigned mode, struct pf_err *err);

/* Makes DIR (mode 0700) unless it is there as an empty or absent directory; refuses a directory with content. */
bool pf_dir_make_empty(const char *dir, struct pf_err *err);

/* Closes *FD unless negative: for __attribute__((cleanup)). */
void pf_close_fd(int *fd);

#define PF_AUTO_FD __attribute__((cleanup(pf_close_fd))) int

#endif
