/* Whole files: read under a cap, written beside their place and moved there. */
#include <postflight/file.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <postflight/buf.h>
#include <postflight/signals.h>
#include <postflight/str.h>

#define NAME_TRIES 100

void
pf_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* A pipe or a terminal may stay silent for ever: a signal ends the wait. */
static bool
wait_for_bytes(int fd)
{
	struct pollfd waits[2] = {{.fd = fd, .events = POLLIN}, {.fd = pf_signals_fd(), .events = POLLIN}};

	while (poll(waits, 2, -1) < 0) {
		if (errno != EINTR)
			return true; /* read() will say what is wrong */
	}
	return waits[0].revents != 0;
}

static bool
read_all(int fd, const char *name, size_t cap, struct pf_buf *into, struct pf_err *err)
{
	char piece[16384];

	for (;;) {
		ssize_t n;
		if (!wait_for_bytes(fd))
			return pf_fail(err, PF_ERR_INTERRUPTED, "reading %s was interrupted", name);
		n = read(fd, piece, sizeof(piece));
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return pf_fail(err, PF_ERR_CONFIG, "cannot read %s: %s", name, strerror(errno));
		if (n == 0)
			break;
		if (!pf_buf_add(into, piece, (size_t)n))
			return pf_fail(err, PF_ERR_CONFIG, "%s is larger than %zu bytes", name, cap);
	}
	explicit_bzero(piece, sizeof(piece));
	return true;
}

bool
pf_file_read(struct pf_arena *arena, const char *path, size_t cap, char **out, size_t *out_len, struct pf_err *err)
{
	PF_AUTO_BUF content = PF_BUF(cap);
	PF_AUTO_FD opened = -1;
	bool is_stdin = pf_streq(path, "-");
	const char *name = is_stdin ? "standard input" : path;
	struct stat st;
	int fd = STDIN_FILENO;

	if (!is_stdin) {
		opened = fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
			return pf_fail(err, PF_ERR_NOT_FOUND, "there is no file %s", path);
		if (fd < 0)
			return pf_fail(err, PF_ERR_CONFIG, "cannot open %s: %s", path, strerror(errno));
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return pf_fail(err, PF_ERR_CONFIG, "%s is a directory, not a file", name);
	if (!read_all(fd, name, cap, &content, err))
		return false;
	*out = pf_strndup(arena, pf_buf_text(&content), content.len);
	if (out_len != NULL)
		*out_len = content.len;
	return true;
}

static bool
write_all(int fd, const char *name, const char *text, size_t len, struct pf_err *err)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);
		if (n < 0 && errno == EAGAIN) {
			/* Standard output may be a pipe that someone else made non-blocking. */
			struct pollfd ready = {.fd = fd, .events = POLLOUT};
			poll(&ready, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pf_fail(err, PF_ERR_IO, "cannot write %s: %s", name, strerror(errno));
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
write_stream(FILE *stream, const char *name, const char *text, size_t len, struct pf_err *err)
{
	fflush(stream); /* what stdio still holds was said before */
	return write_all(fileno(stream), name, text, len, err);
}

/* Writes a new file beside TARGET and moves it there. */
static bool
write_beside(const char *target, const char *text, size_t len, unsigned mode, bool keep_mode, struct pf_err *err)
{
	const char *slash = strrchr(target, '/');
	int folder_len = slash != NULL ? (int)(slash - target) + 1 : 0;
	PF_AUTO_FD fd = -1;
	char temporary[PATH_MAX];

	for (unsigned i = 0; fd < 0 && i < NAME_TRIES; i++) {
		int n = snprintf(temporary, sizeof(temporary), "%.*s.postflight-%ld-%u", folder_len, target,
				 (long)getpid(), i);
		if (n < 0 || (size_t)n >= sizeof(temporary))
			return pf_fail(err, PF_ERR_IO, "cannot write %s: %s", target, strerror(ENAMETOOLONG));
		fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0)
		return pf_fail(err, PF_ERR_IO, "cannot write %s: its folder takes no new file: %s", target,
			       strerror(errno));
	if (keep_mode)
		fchmod(fd, (mode_t)mode);
	if (!write_all(fd, target, text, len, err)) {
		unlink(temporary);
		return false;
	}
	if (rename(temporary, target) != 0) {
		pf_fail(err, PF_ERR_IO, "cannot write %s: %s", target, strerror(errno));
		unlink(temporary);
		return false;
	}
	return true;
}

/* True when FD is the very file that ST describes: "-o json=/dev/stdout >file" must not replace the file. */
static bool
is_same_file(int fd, const struct stat *st)
{
	struct stat own;

	return fstat(fd, &own) == 0 && own.st_dev == st->st_dev && own.st_ino == st->st_ino;
}

static bool
write_in_place(const char *path, const char *text, size_t len, struct pf_err *err)
{
	PF_AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return pf_fail(err, PF_ERR_IO, "cannot open %s: %s", path, strerror(errno));
	return write_all(fd, path, text, len, err);
}

bool
pf_file_write(const char *path, const char *text, size_t len, unsigned mode, struct pf_err *err)
{
	struct stat st;
	char *target;
	bool ok;

	if (pf_streq(path, "-"))
		return write_stream(stdout, "standard output", text, len, err);
	if (stat(path, &st) != 0)
		return write_beside(path, text, len, mode, false, err);
	if (S_ISDIR(st.st_mode))
		return pf_fail(err, PF_ERR_IO, "cannot write %s: it is a directory", path);
	if (is_same_file(STDOUT_FILENO, &st))
		return write_stream(stdout, path, text, len, err);
	if (is_same_file(STDERR_FILENO, &st))
		return write_stream(stderr, path, text, len, err);
	if (!S_ISREG(st.st_mode))
		return write_in_place(path, text, len, err);
	/* A symbolic link stays one: the file behind it is replaced. */
	target = realpath(path, NULL);
	if (target == NULL)
		return pf_fail(err, PF_ERR_IO, "cannot write %s: %s", path, strerror(errno));
	ok = write_beside(target, text, len, st.st_mode & 07777, true, err);
	free(target);
	return ok;
}

bool
pf_dir_make_empty(const char *dir, struct pf_err *err)
{
	const struct dirent *entry;
	bool empty = true;
	DIR *opened;

	if (mkdir(dir, 0700) == 0)
		return true;
	if (errno != EEXIST)
		return pf_fail(err, PF_ERR_IO, "cannot make the folder %s: %s", dir, strerror(errno));
	opened = opendir(dir);
	if (opened == NULL)
		return pf_fail(err, PF_ERR_IO, "cannot use %s as a folder: %s", dir, strerror(errno));
	while (empty && (entry = readdir(opened)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(opened);
	if (!empty)
		return pf_fail(err, PF_ERR_IO, "the folder %s is not empty: name a new one", dir);
	return true;
}
