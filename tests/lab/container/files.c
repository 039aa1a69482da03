/*
 * A pod's view of processes and files, for those that share both with the whole machine: preloaded with pod.c.
 *
 * LAB_MOUNTS has a line for each folder or file that is another one in the container: r or w (may it be changed), the
 * path there, ':', and the path on the machine. The longest path that fits counts. Other files are those of the
 * machine and cannot be changed; with LAB_READ_ONLY they say that their file system is read-only.
 *
 * LAB_SESSION is the session of the container's processes: others can neither be seen in /proc nor be signalled.
 *
 * A program reaches a mounted file by its name in nearly every way, but cannot be started from there.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#include "pod.h"

/* --- other processes --- */

/* Whether process PID is of this container: of its own session, or of that of its first process. */
static bool
visible(pid_t pid)
{
	pid_t session = getsid(pid);
	return session > 0 && (session == getsid(0) || session == (pid_t)strtol(setting("LAB_SESSION"), NULL, 10));
}

int
kill(pid_t pid, int signo)
{
	pid_t leader = pid < 0 ? -pid : pid;
	if (pid == -1 || (pid != 0 && !visible(leader))) {
		errno = ESRCH;
		return -1;
	}
	return NEXT(kill)(pid, signo);
}

/* --- paths --- */

/* A line of LAB_MOUNTS: pointers into the environment. */
struct mount {
	const char *path, *real;
	size_t path_length, real_length;
	bool writable;
};

static bool
next_mount(const char **at, struct mount *mount)
{
	const char *line = *at, *end = strchrnul(line, '\n'), *colon = memchr(line, ':', (size_t)(end - line));
	if (!*line || !colon)
		return false;
	*mount = (struct mount){
		.path = line + 1,
		.path_length = (size_t)(colon - line) - 1,
		.real = colon + 1,
		.real_length = (size_t)(end - colon) - 1,
		.writable = *line == 'w',
	};
	*at = *end ? end + 1 : end;
	return true;
}

static bool
below(const char *path, const char *folder, size_t length)
{
	return length && !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

/* The mount that has PATH, by its path in the container, or by that on the machine where REAL. */
static bool
mount_of(const char *path, bool real, struct mount *found)
{
	bool any = false;
	struct mount one;
	for (const char *at = setting("LAB_MOUNTS"); next_mount(&at, &one);) {
		bool fits = real ? below(path, one.real, one.real_length) : below(path, one.path, one.path_length);
		if (fits &&
		    (!any || (real ? one.real_length > found->real_length : one.path_length > found->path_length))) {
			*found = one;
			any = true;
		}
	}
	return any;
}

/* Whether PATH is the lab's own: of those, the container's names are the machine's. */
static bool
of_the_lab(const char *path)
{
	static const char *const folders[] = {"LAB_NET", "LAB_POD", "LAB_PROGRAMS"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		const char *folder = setting(folders[i]);
		if (below(path, folder, strlen(folder)))
			return true;
	}
	return false;
}

/* What PATH is called on the machine. */
static const char *
own(const char *path, char room[static PATH_MAX])
{
	struct mount mount;
	if (!path || of_the_lab(path) || mount_of(path, true, &mount) || !mount_of(path, false, &mount))
		return path;
	int length = snprintf(room, PATH_MAX, "%.*s%s", (int)mount.real_length, mount.real, path + mount.path_length);
	return length > 0 && length < PATH_MAX ? room : path;
}

/* 0, or the error of changing PATH of the machine. Relative paths are those of the image's folder. */
static int
unwritable(const char *path)
{
	struct mount mount;
	if (mount_of(path, true, &mount))
		return mount.writable ? 0 : EROFS;
	if (below(path, "/dev", strlen("/dev")) || below(path, "/proc", strlen("/proc")))
		return 0;
	return getenv("LAB_READ_ONLY") ? EROFS : EACCES;
}

/* As own; NULL with errno where the pod may not change it. */
static const char *
changed(const char *path, char room[static PATH_MAX])
{
	path = own(path, room);
	int error = path ? unwritable(path) : EFAULT;
	if (!error)
		return path;
	errno = error;
	return NULL;
}

/* --- opening --- */

/* What PATH is called on the machine, NULL with errno where the pod may not open it that way. */
static const char *
translated(const char *path, int flags, char room[static PATH_MAX])
{
	if (!path)
		return path;
	if (!strcmp(path, "/etc/resolv.conf")) {
		snprintf(room, PATH_MAX, "%s/resolv.conf", setting("LAB_POD"));
		return room;
	}
	int pid;
	if (sscanf(path, "/proc/%d/", &pid) == 1 && !visible(pid)) {
		errno = ENOENT;
		return NULL;
	}
	bool changes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);
	return changes ? changed(path, room) : own(path, room);
}

static mode_t
mode_of(int flags, va_list arguments)
{
	return flags & (O_CREAT | __O_TMPFILE) ? (mode_t)va_arg(arguments, int) : 0;
}

#define OPEN(name)                                                                                                     \
	int name(const char *path, int flags, ...)                                                                     \
	{                                                                                                              \
		char room[PATH_MAX];                                                                                   \
		va_list arguments;                                                                                     \
		va_start(arguments, flags);                                                                            \
		mode_t mode = mode_of(flags, arguments);                                                               \
		va_end(arguments);                                                                                     \
		path = translated(path, flags, room);                                                                  \
		return path ? NEXT(name)(path, flags, mode) : -1;                                                      \
	}
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                                                   \
	int name(int folder, const char *path, int flags, ...)                                                         \
	{                                                                                                              \
		char room[PATH_MAX];                                                                                   \
		va_list arguments;                                                                                     \
		va_start(arguments, flags);                                                                            \
		mode_t mode = mode_of(flags, arguments);                                                               \
		va_end(arguments);                                                                                     \
		if (folder == AT_FDCWD || *path == '/')                                                                \
			path = translated(path, flags, room);                                                          \
		return path ? NEXT(name)(folder, path, flags, mode) : -1;                                              \
	}
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                                                                    \
	FILE *name(const char *restrict path, const char *restrict mode)                                               \
	{                                                                                                              \
		char room[PATH_MAX];                                                                                   \
		path = translated(path, strpbrk(mode, "wa+") ? O_RDWR : O_RDONLY, room);                               \
		return path ? NEXT(name)(path, mode) : NULL;                                                           \
	}
FOPEN(fopen)
FOPEN(fopen64)

DIR *
opendir(const char *path)
{
	char room[PATH_MAX];
	return NEXT(opendir)(own(path, room));
}

/* --- looking at files, and changing them --- */

#define LOOK(type, name, parameters, ...)                                                                              \
	type name parameters                                                                                           \
	{                                                                                                              \
		char room[PATH_MAX];                                                                                   \
		path = own(path, room);                                                                                \
		return NEXT(name)(__VA_ARGS__);                                                                        \
	}
LOOK(int, stat, (const char *restrict path, struct stat *restrict out), path, out)
LOOK(int, stat64, (const char *restrict path, struct stat64 *restrict out), path, out)
LOOK(int, lstat, (const char *restrict path, struct stat *restrict out), path, out)
LOOK(int, lstat64, (const char *restrict path, struct stat64 *restrict out), path, out)
LOOK(int, statvfs, (const char *restrict path, struct statvfs *restrict out), path, out)
LOOK(int, statvfs64, (const char *restrict path, struct statvfs64 *restrict out), path, out)
LOOK(int, access, (const char *path, int mode), path, mode)
LOOK(int, eaccess, (const char *path, int mode), path, mode)
LOOK(int, euidaccess, (const char *path, int mode), path, mode)
LOOK(int, chdir, (const char *path), path)
LOOK(ssize_t, readlink, (const char *restrict path, char *restrict text, size_t size), path, text, size)
LOOK(char *, realpath, (const char *restrict path, char *restrict out), path, out)

/* What programs call that were linked with a libc before 2.33; SQLite's library for Java is one. */
int __xstat64(int version, const char *path, struct stat64 *out);
int
__xstat64(int version, const char *path, struct stat64 *out)
{
	(void)version;
	return stat64(path, out);
}

/* A path in FOLDER, which says nothing where the path is whole. */
#define LOOK_IN(name, parameters, ...)                                                                                 \
	int name parameters                                                                                            \
	{                                                                                                              \
		char room[PATH_MAX];                                                                                   \
		if (folder == AT_FDCWD || *path == '/')                                                                \
			path = own(path, room);                                                                        \
		return NEXT(name)(folder, __VA_ARGS__);                                                                \
	}
LOOK_IN(fstatat, (int folder, const char *restrict path, struct stat *restrict out, int flags), path, out, flags)
LOOK_IN(fstatat64, (int folder, const char *restrict path, struct stat64 *restrict out, int flags), path, out, flags)
LOOK_IN(faccessat, (int folder, const char *path, int mode, int flags), path, mode, flags)
LOOK_IN(statx, (int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict out), path,
	flags, mask, out)

#define CHANGE(name, parameters, ...)                                                                                  \
	int name parameters                                                                                            \
	{                                                                                                              \
		char room[PATH_MAX];                                                                                   \
		path = changed(path, room);                                                                            \
		return path ? NEXT(name)(__VA_ARGS__) : -1;                                                            \
	}
CHANGE(mkdir, (const char *path, mode_t mode), path, mode)
CHANGE(rmdir, (const char *path), path)
CHANGE(unlink, (const char *path), path)
CHANGE(chmod, (const char *path, mode_t mode), path, mode)
CHANGE(truncate, (const char *path, off_t size), path, size)
CHANGE(truncate64, (const char *path, off64_t size), path, size)
CHANGE(utimes, (const char *path, const struct timeval times[2]), path, times)

#define CHANGE_IN(name, parameters, ...)                                                                               \
	int name parameters                                                                                            \
	{                                                                                                              \
		char room[PATH_MAX];                                                                                   \
		if ((folder == AT_FDCWD || *path == '/') && !(path = changed(path, room)))                             \
			return -1;                                                                                     \
		return NEXT(name)(folder, __VA_ARGS__);                                                                \
	}
CHANGE_IN(mkdirat, (int folder, const char *path, mode_t mode), path, mode)
CHANGE_IN(unlinkat, (int folder, const char *path, int flags), path, flags)
CHANGE_IN(fchmodat, (int folder, const char *path, mode_t mode, int flags), path, mode, flags)
CHANGE_IN(utimensat, (int folder, const char *path, const struct timespec times[2], int flags), path, times, flags)

int
rename(const char *from, const char *to)
{
	char from_room[PATH_MAX], to_room[PATH_MAX];
	from = changed(from, from_room);
	to = from ? changed(to, to_room) : NULL;
	return to ? NEXT(rename)(from, to) : -1;
}

int
renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
	char from_room[PATH_MAX], to_room[PATH_MAX];
	if (from_folder == AT_FDCWD || *from == '/')
		from = changed(from, from_room);
	if (from && (to_folder == AT_FDCWD || *to == '/'))
		to = changed(to, to_room);
	return from && to ? NEXT(renameat2)(from_folder, from, to_folder, to, flags) : -1;
}

int
renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	return renameat2(from_folder, from, to_folder, to, 0);
}
