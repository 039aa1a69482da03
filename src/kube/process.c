#include "kube/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <postflight/buf.h>
#include <postflight/file.h>
#include <postflight/signals.h>

/* How long a program may take to obey SIGTERM. */
#define GRACE_MS 1000

/* The exit of a program whose pipes others keep open is noticed after this long at most. */
#define TICK_MS 20

/* One of the program's two streams, as we read it. */
struct stream {
	int fd; /* -1 once it ended */
	struct pf_buf *buf;
	int copy_to; /* -1: nobody */
};

static void
destroy_actions(posix_spawn_file_actions_t *actions)
{
	posix_spawn_file_actions_destroy(actions);
}

static void
destroy_attributes(posix_spawnattr_t *attributes)
{
	posix_spawnattr_destroy(attributes);
}

static int
add_streams(posix_spawn_file_actions_t *actions, const struct pf_process *process, int out, int errors)
{
	int rc = 0;

	if (!process->interactive)
		rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(actions, errors, STDERR_FILENO);
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
	/* What a library opened without O_CLOEXEC is no business of the program. */
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#endif
#endif
	return rc;
}

static int
set_attributes(posix_spawnattr_t *attributes, const struct pf_process *process)
{
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, defaults;
	int rc;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE); /* we ignore it, and that would be inherited */
	sigaddset(&defaults, SIGINT);
	sigaddset(&defaults, SIGTERM);
	rc = posix_spawnattr_setsigmask(attributes, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attributes, &defaults);
	if (rc == 0 && !process->interactive) {
		/* A reader of the terminal must stay in our group, the foreground one. */
		flags |= POSIX_SPAWN_SETPGROUP;
		rc = posix_spawnattr_setpgroup(attributes, 0);
	}
	if (rc == 0)
		rc = posix_spawnattr_setflags(attributes, flags);
	return rc;
}

/* 0, or an errno. */
static int
spawn(const struct pf_process *process, int out, int errors, pid_t *pid)
{
	__attribute__((cleanup(destroy_actions))) posix_spawn_file_actions_t actions;
	__attribute__((cleanup(destroy_attributes))) posix_spawnattr_t attributes;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	rc = add_streams(&actions, process, out, errors);
	if (rc == 0)
		rc = set_attributes(&attributes, process);
	if (rc == 0)
		rc = posix_spawn(pid, process->path, &actions, &attributes, (char *const *)process->argv,
				 (char *const *)process->envp);
	return rc;
}

/* True when it has ended; it stays a zombie, so that its process id and group cannot be somebody else's yet. */
static bool
has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == pid;
}

/* Ends the program and, when it leads one, its group. */
static void
end(pid_t pid, bool group)
{
	struct pf_deadline grace = pf_deadline_in(GRACE_MS);
	pid_t whom = group ? -pid : pid;

	kill(whom, SIGTERM);
	while (!has_ended(pid) && pf_deadline_left(grace) > 0)
		poll(NULL, 0, 5);
	kill(whom, SIGKILL);
}

static void
pass_on(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

/* Takes what is there without waiting. False when the cap was passed. */
static bool
drain(struct stream *stream)
{
	char bytes[4096];

	while (stream->fd >= 0) {
		ssize_t n = read(stream->fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0) {
			pf_close_fd(&stream->fd);
			stream->fd = -1;
			return true;
		}
		if (stream->copy_to >= 0)
			pass_on(stream->copy_to, bytes, (size_t)n);
		if (!pf_buf_add(stream->buf, bytes, (size_t)n))
			return false;
	}
	return true;
}

static bool
interrupted(void)
{
	struct pollfd signal = {.fd = pf_signals_fd(), .events = POLLIN};

	return signal.fd >= 0 && poll(&signal, 1, 0) > 0;
}

/* Reads until the program ended by itself (PF_PROCESS_EXITED) or there is a reason to end it. */
static enum pf_process_end
watch(pid_t pid, struct stream *out, struct stream *errors, struct pf_deadline deadline)
{
	int signals = pf_signals_fd();
	int quiet = 1; /* once both streams ended the exit is a moment away */

	for (;;) {
		struct pollfd fds[] = {{out->fd, POLLIN, 0}, {errors->fd, POLLIN, 0}, {signals, POLLIN, 0}};
		bool ended = has_ended(pid);
		int left, wait;

		if (!drain(out))
			return PF_PROCESS_TOO_MUCH;
		drain(errors);
		if (ended)
			return PF_PROCESS_EXITED;
		left = pf_deadline_left(deadline);
		if (left == 0)
			return PF_PROCESS_TIMED_OUT;
		wait = out->fd >= 0 || errors->fd >= 0 ? TICK_MS : quiet;
		quiet = quiet < TICK_MS ? quiet * 2 : TICK_MS;
		fds[0].fd = out->fd;
		fds[1].fd = errors->fd;
		if (poll(fds, 3, left < wait ? left : wait) > 0 && fds[2].revents != 0)
			return PF_PROCESS_INTERRUPTED;
	}
}

static void
reap(pid_t pid, struct pf_process_result *result)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status)) {
		result->status = WTERMSIG(status);
		if (result->end == PF_PROCESS_EXITED)
			result->end = PF_PROCESS_SIGNALED;
	} else {
		result->status = WEXITSTATUS(status);
	}
}

bool
pf_process_run(struct pf_arena *arena, const struct pf_process *process, struct pf_deadline deadline,
	       struct pf_process_result *out, struct pf_err *err)
{
	PF_AUTO_BUF out_buf = PF_BUF(process->stdout_cap);
	PF_AUTO_BUF err_buf = PF_BUF(process->stderr_cap);
	PF_AUTO_FD out_read = -1, out_write = -1, err_read = -1, err_write = -1;
	struct stream streams[2];
	struct pf_process_result result = {0};
	int fds[2], rc;
	pid_t pid;

	if (interrupted())
		return pf_fail(err, PF_ERR_INTERRUPTED, "interrupted before %s was started", process->path);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return pf_fail(err, PF_ERR_IO, "starting %s: no pipe: %s", process->path, strerror(errno));
	out_read = fds[0];
	out_write = fds[1];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return pf_fail(err, PF_ERR_IO, "starting %s: no pipe: %s", process->path, strerror(errno));
	err_read = fds[0];
	err_write = fds[1];
	fcntl(out_read, F_SETFL, O_NONBLOCK);
	fcntl(err_read, F_SETFL, O_NONBLOCK);

	rc = spawn(process, out_write, err_write, &pid);
	if (rc != 0)
		return pf_fail(err, PF_ERR_IO, "%s could not be started: %s", process->path, strerror(rc));
	pf_close_fd(&out_write);
	pf_close_fd(&err_write);
	out_write = err_write = -1;

	streams[0] = (struct stream){out_read, &out_buf, -1};
	streams[1] = (struct stream){err_read, &err_buf, process->interactive ? STDERR_FILENO : -1};
	out_read = err_read = -1; /* the streams' now */
	result.end = watch(pid, &streams[0], &streams[1], deadline);
	if (result.end != PF_PROCESS_EXITED) {
		end(pid, !process->interactive);
		drain(&streams[1]);
	}
	reap(pid, &result);
	pf_close_fd(&streams[0].fd);
	pf_close_fd(&streams[1].fd);

	result.out_text = pf_strndup(arena, pf_buf_text(&out_buf), out_buf.len);
	result.out_len = out_buf.len;
	result.err_text = pf_strndup(arena, pf_buf_text(&err_buf), err_buf.len);
	result.err_len = err_buf.len;
	*out = result;
	return true;
}

char *
pf_process_find(struct pf_arena *arena, const char *name, const char *path_list)
{
	const char *at = path_list;

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, ":");
		/* A relative directory would start what lies where the user happens to stand. */
		if (*at == '/') {
			char *path = pf_printf(arena, "%.*s/%s", (int)len, at, name);
			struct stat st;
			if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0)
				return path;
		}
		at += len + (at[len] == ':');
	}
	return NULL;
}
