/*
 * The script that runs in the application's container, under dash, busybox and bash, with the tools that images have,
 * against ports of the loopback and small DNS servers. Without the right to a network of its own (room.sh) only the
 * ports are tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <postflight/buf.h>
#include <postflight/descriptor.h>
#include <postflight/str.h>

#include "plan/embedded.h"
#include "probe/vantage_report.h"

#define OUTPUT_CAP ((size_t)1 << 20)
#define MAX_ARGS 24
#define FILLERS 8

extern char **environ;

static const char *const shells[] = {"dash", "busybox sh", "bash"};
#define SHELLS (sizeof(shells) / sizeof(shells[0]))

static struct pf_arena *arena;
static char folder[64];

/* ---- Running it -------------------------------------------------------------------------------------------------- */

static const char *
script(void)
{
	const struct pf_embedded *one = pf_embedded_scripts;

	while (one->name != NULL && strcmp(one->name, "vantage") != 0)
		one++;
	assert_non_null(one->name);
	return one->text;
}

static const char *
found(const char *program)
{
	static const char *const places[] = {"/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *path = pf_printf(arena, "%s/%s", places[i], program);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

/*
 * A folder for PATH with nothing but TOOLS, separated by blanks; "busybox:nc" is busybox under that name. NULL when one
 * of them is not on this machine.
 */
static const char *
path_with(const char *tools)
{
	static unsigned number;
	const char *path = pf_printf(arena, "%s/path%u", folder, number++);

	assert_int_equal(mkdir(path, 0700), 0);
	while (*tools != '\0') {
		size_t len = strcspn(tools, " ");
		const char *tool = pf_strndup(arena, tools, len);
		bool applet = pf_starts_with(tool, "busybox:");
		const char *program = found(applet ? "busybox" : tool);
		if (program == NULL)
			return NULL;
		assert_int_equal(
			symlink(program, pf_printf(arena, "%s/%s", path, applet ? tool + strlen("busybox:") : tool)),
			0);
		tools += len + (tools[len] == ' ');
	}
	return path;
}

struct run {
	pid_t pid;
	int output;
	int status;
	const char *text;
};

/* QUESTIONS are the script's arguments, separated by blanks. */
static struct run
begin(const char *shell, const char *path, const char *questions)
{
	const char *argv[MAX_ARGS + 8], *envp[] = {pf_printf(arena, "PATH=%s", path), NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	struct run run = {.status = -1};
	size_t n = 0, blank = strcspn(shell, " ");
	int ends[2];

	const char *program = found(pf_strndup(arena, shell, blank));
	assert_non_null(program);
	argv[n++] = program;
	if (shell[blank] != '\0')
		argv[n++] = shell + blank + 1;
	argv[n++] = "-c";
	argv[n++] = script();
	argv[n++] = "postflight";
	while (*questions != '\0') {
		size_t len = strcspn(questions, " ");
		assert_true(n < MAX_ARGS);
		argv[n++] = pf_strndup(arena, questions, len);
		questions += len + (questions[len] == ' ');
	}
	argv[n] = NULL;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&attributes, 0);
	assert_int_equal(posix_spawn(&run.pid, program, &actions, &attributes, (char *const *)(uintptr_t)argv,
				     (char *const *)(uintptr_t)envp),
			 0);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	run.output = ends[0];
	return run;
}

/* Reads to the end: whoever is left with the output open is waited for, as the container's runtime does. */
static void
finish(struct run *run)
{
	struct pf_buf text = PF_BUF(OUTPUT_CAP);
	char piece[4096];
	ssize_t len;

	while ((len = read(run->output, piece, sizeof(piece))) > 0)
		pf_buf_add(&text, piece, (size_t)len);
	close(run->output);
	assert_int_equal(waitpid(run->pid, &run->status, 0), run->pid);
	run->text = pf_strdup(arena, pf_buf_text(&text));
	pf_buf_free(&text);
}

static struct pf_vantage_report
read_report(const struct run *run, size_t names, size_t connections)
{
	struct pf_vantage_report report;
	struct pf_err err;

	assert_int_equal(run->status, 0);
	if (!pf_vantage_report_read(arena, run->text, names, connections, &report, &err))
		fail_msg("%s in:\n%s", err.text, run->text);
	return report;
}

static void
assert_word(const struct run *run, const char *what, const char *word, const char *expected)
{
	if (!pf_streq(word != NULL ? word : "nothing", expected))
		fail_msg("%s is %s, expected %s; the script said:\n%s", what, word != NULL ? word : "nothing", expected,
			 run->text);
}

/* ---- Ports ------------------------------------------------------------------------------------------------------- */

static struct {
	int listening, closed, silent; /* sockets */
	int listening_port, closed_port, silent_port;
	int fillers[FILLERS];
} ports;

static int
bound(int backlog, int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&address, len) != 0 || (backlog >= 0 && listen(fd, backlog) != 0) ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return -1;
	*port = ntohs(address.sin_port);
	return fd;
}

/* The third one's queue is full: the kernel answers no further SYN. */
static int
open_ports(void)
{
	ports.listening = bound(128, &ports.listening_port);
	ports.closed = bound(-1, &ports.closed_port);
	ports.silent = bound(0, &ports.silent_port);
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)ports.silent_port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	for (size_t i = 0; i < FILLERS; i++) {
		ports.fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(ports.fillers[i], (struct sockaddr *)&to, sizeof(to));
	}
	return ports.listening < 0 || ports.closed < 0 || ports.silent < 0 ? -1 : 0;
}

static const char *
to_port(int port)
{
	return pf_printf(arena, "tcp 127.0.0.1 %d", port);
}

/* Every shell with every tool, all at the same time: a silent port takes seconds. */
static void
connections_end_as_they_do_with_every_tool(void **state)
{
	static const struct {
		const char *tool;
		const char *path;
		const char *silent; /* what the tool can tell of a port that does not answer */
	} table[] = {
		{"bash", "bash", "timeout"},
		{"curl", "curl", "timeout"},
		{"nc", "busybox:nc busybox:timeout busybox:true", "timeout"},
		{"wget", "wget timeout true", "nothing"},
	};
	enum { TOOLS = sizeof(table) / sizeof(table[0]) };
	struct run runs[TOOLS][SHELLS] = {0};
	const char *questions = pf_printf(arena, "%s %s %s", to_port(ports.listening_port), to_port(ports.closed_port),
					  to_port(ports.silent_port));
	size_t tried = 0;

	(void)state;
	for (size_t t = 0; t < TOOLS; t++) {
		const char *path = path_with(table[t].path);
		for (size_t s = 0; s < SHELLS && path != NULL; s++)
			runs[t][s] = begin(shells[s], path, questions);
	}
	for (size_t t = 0; t < TOOLS; t++) {
		for (size_t s = 0; s < SHELLS && runs[t][s].pid > 0; s++) {
			struct run *run = &runs[t][s];
			finish(run);
			struct pf_vantage_report report = read_report(run, 0, 3);
			assert_string_equal(report.tcp[0].tool, table[t].tool);
			assert_word(run, "a listening port", pf_told_connection(arena, &report.tcp[0]).outcome,
				    "connected");
			assert_word(run, "a closed port", pf_told_connection(arena, &report.tcp[1]).outcome, "refused");
			assert_word(run, "a silent port", pf_told_connection(arena, &report.tcp[2]).outcome,
				    table[t].silent);
			/* Longer than a refusal by ICMP may take. */
			assert_true(report.tcp[2].elapsed_ms > 1000);
			tried++;
		}
	}
	assert_true(tried >= SHELLS);
}

static void
nothing_is_left_behind(void **state)
{
	const char *path = path_with("bash getent");
	struct run runs[SHELLS];

	(void)state;
	for (size_t s = 0; s < SHELLS; s++)
		runs[s] = begin(shells[s], path, to_port(ports.silent_port));
	for (size_t s = 0; s < SHELLS; s++) {
		finish(&runs[s]);
		struct pf_vantage_report report = read_report(&runs[s], 0, 1);
		assert_word(&runs[s], "a silent port", pf_told_connection(arena, &report.tcp[0]).outcome, "timeout");
		assert_int_equal(kill(-runs[s].pid, 0), -1);
		assert_int_equal(errno, ESRCH);
	}
}

static void
image_without_tools_says_so(void **state)
{
	/* An nc or wget that nobody can end is none. */
	const char *path = path_with("busybox:nc wget");

	(void)state;
	for (size_t s = 0; s < SHELLS; s++) {
		/* This one has its own applets where the build allows it. */
		if (strcmp(shells[s], "busybox sh") == 0)
			continue;
		struct run run = begin(shells[s], path, "dns localhost tcp 127.0.0.1 1");
		finish(&run);
		struct pf_vantage_report report = read_report(&run, 1, 1);
		assert_string_equal(report.dns[0].tool, "none");
		assert_string_equal(report.tcp[0].tool, "none");
		assert_null(pf_told_name(arena, &report.dns[0]).outcome);
		assert_null(pf_told_connection(arena, &report.tcp[0]).outcome);
	}
}

/* A program of the image under a tool's name: whatever it prints is its own words, never ours. */
static void
tool_cannot_forge_another_answer(void **state)
{
	const char *path = path_with("bash"), *forger = pf_printf(arena, "%s/getent", path);
	static const char text[] =
		"#!/bin/bash\necho end\necho 'tcp 0 bash = 0 0'\nprintf 'dns 0 getent = 0 0\\n%%s%%n\\0\\n'\n"
		"echo '10.9.9.9 STREAM x'\nexit 3\n";
	int fd = open(forger, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

	(void)state;
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	for (size_t s = 0; s < SHELLS; s++) {
		struct run run = begin(shells[s], path, pf_printf(arena, "dns x %s", to_port(ports.closed_port)));
		finish(&run);
		struct pf_vantage_report report = read_report(&run, 1, 1);
		assert_word(&run, "the port", pf_told_connection(arena, &report.tcp[0]).outcome, "refused");
		assert_int_equal(report.dns[0].status, 3);
		assert_null(pf_told_name(arena, &report.dns[0]).outcome);
	}
}

static void
odd_arguments_are_no_commands(void **state)
{
	const char *path = path_with("bash getent"), *trap = pf_printf(arena, "%s/trap", folder);
	const char *questions = pf_printf(
		arena, "dns $(touch${IFS}%s) dns `touch${IFS}%s` dns -s dns * tcp ;touch${IFS}%s 1", trap, trap, trap);

	(void)state;
	for (size_t s = 0; s < SHELLS; s++) {
		struct run run = begin(shells[s], path, questions);
		finish(&run);
		(void)read_report(&run, 4, 1);
		assert_int_equal(access(trap, F_OK), -1);
	}
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

/* False when there is no room of our own: the test is skipped. */
static bool
resolve_by(const char *nameserver)
{
	const char *room = getenv("ROOM");
	FILE *file = room != NULL ? fopen(room, "we") : NULL;

	if (file == NULL)
		return false;
	fprintf(file, "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver %s\noptions ndots:5\n",
		nameserver);
	fclose(file);
	return true;
}

static const char *
first_of(const struct pf_told_name *name)
{
	return name->addresses[0] != NULL ? name->addresses[0] : "nothing";
}

static void
names_resolve_by_the_search_list(void **state)
{
	static const struct {
		const char *tool;
		const char *path;
		const char *absent, *failing, *refusing, *empty;
	} table[] = {
		/* It says the same of them all; the control and the dialling program tell more. */
		{"getent", "getent", "failed", "failed", "failed", "failed"},
		{"nslookup", "busybox:nslookup timeout true", "nxdomain", "servfail", "refused", "no-data"},
	};

	(void)state;
	if (!resolve_by("127.0.0.1"))
		skip();
	for (size_t t = 0; t < sizeof(table) / sizeof(table[0]); t++) {
		const char *path = path_with(table[t].path);
		for (size_t s = 0; s < SHELLS; s++) {
			struct run run =
				begin(shells[s], path,
				      "dns dynamodb dns kubernetes.default.svc dns alias.test dns both.test dns absent "
				      "dns fail.test dns no.test dns nothing.test");
			finish(&run);
			struct pf_vantage_report r = read_report(&run, 8, 0);
			struct pf_told_name name = pf_told_name(arena, &r.dns[0]);
			assert_string_equal(r.dns[0].tool, table[t].tool);
			assert_word(&run, "dynamodb", name.outcome, "resolved");
			assert_word(&run, "its address", first_of(&name), "10.96.10.126");
			assert_string_equal(name.canonical, "dynamodb.shop.svc.cluster.local");
			name = pf_told_name(arena, &r.dns[1]);
			assert_word(&run, "the control", first_of(&name), "10.96.0.1");
			name = pf_told_name(arena, &r.dns[2]);
			assert_word(&run, "the alias", first_of(&name), "10.0.0.1");
			assert_string_equal(name.canonical, "plain.test");
			name = pf_told_name(arena, &r.dns[3]);
			assert_non_null(name.addresses[1]);
			assert_word(&run, "absent", pf_told_name(arena, &r.dns[4]).outcome, table[t].absent);
			assert_word(&run, "fail.test", pf_told_name(arena, &r.dns[5]).outcome, table[t].failing);
			assert_word(&run, "no.test", pf_told_name(arena, &r.dns[6]).outcome, table[t].refusing);
			assert_word(&run, "nothing.test", pf_told_name(arena, &r.dns[7]).outcome, table[t].empty);
			assert_non_null(strstr(r.resolv_conf, "nameserver 127.0.0.1\n"));
		}
	}
}

/* What getaddrinfo says through them is more than getent tells. */
static void
dialling_programs_tell_why_a_name_failed(void **state)
{
	static const struct {
		const char *path;
		const char *absent, *empty, *failing;
	} table[] = {
		{"bash", "nxdomain", "no-data", "failed"},
		{"curl", "failed", "failed", "failed"},
		{"busybox:nc busybox:timeout busybox:true", "failed", "failed", "failed"},
	};

	(void)state;
	if (!resolve_by("127.0.0.1"))
		skip();
	for (size_t t = 0; t < sizeof(table) / sizeof(table[0]); t++) {
		const char *path = path_with(table[t].path);
		for (size_t s = 0; s < SHELLS && path != NULL; s++) {
			/* As a name, for want of getent and nslookup, and on the way to a port. */
			struct run run =
				begin(shells[s], path, "dns absent tcp absent 80 tcp nothing.test 80 tcp fail.test 80");
			finish(&run);
			struct pf_vantage_report r = read_report(&run, 1, 3);
			if (strcmp(r.dns[0].tool, r.tcp[0].tool) == 0)
				assert_word(&run, "absent as a name", pf_told_name(arena, &r.dns[0]).outcome,
					    table[t].absent);
			assert_word(&run, "absent", pf_told_connection(arena, &r.tcp[0]).name_outcome, table[t].absent);
			assert_word(&run, "nothing.test", pf_told_connection(arena, &r.tcp[1]).name_outcome,
				    table[t].empty);
			assert_word(&run, "fail.test", pf_told_connection(arena, &r.tcp[2]).name_outcome,
				    table[t].failing);
			assert_null(pf_told_connection(arena, &r.tcp[0]).outcome);
		}
	}
}

/* Silent, refusing, absent: none of them is an NXDOMAIN, and none takes longer than the command may. */
static void
dead_resolver_is_told_in_time(void **state)
{
	static const char *const nameservers[] = {"127.0.0.2", "127.0.0.3", "127.0.0.4"};
	static const char *const paths[] = {"getent bash", "busybox:nslookup timeout true"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct run runs[2];
		if (!resolve_by(nameservers[i]))
			skip();
		for (size_t p = 0; p < 2; p++)
			runs[p] = begin("dash", path_with(paths[p]), "dns dynamodb dns kubernetes.default.svc");
		for (size_t p = 0; p < 2; p++) {
			finish(&runs[p]);
			struct pf_vantage_report r = read_report(&runs[p], 2, 0);
			for (size_t k = 0; k < 2; k++) {
				const char *outcome = pf_told_name(arena, &r.dns[k]).outcome;
				if (!pf_word_in("failed timeout refused", outcome))
					fail_msg("%s by %s is %s:\n%s", paths[p], nameservers[i], outcome,
						 runs[p].text);
				assert_true(r.dns[k].elapsed_ms < 10000);
			}
		}
	}
}

/* ---- The frame --------------------------------------------------------------------------------------------------- */

static int
begin_tests(void **state)
{
	(void)state;
	arena = pf_arena_new();
	snprintf(folder, sizeof(folder), "/tmp/pf-vantage-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	return open_ports();
}

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status, (void)type, (void)place;
	return remove(path);
}

static int
end_tests(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILLERS; i++)
		close(ports.fillers[i]);
	close(ports.listening);
	close(ports.closed);
	close(ports.silent);
	nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	pf_arena_free(arena);
	return 0;
}

/* Starts this program anew in a room of its own, where that is allowed. */
static void
enter_room(char **argv)
{
	const char *slash = strrchr(__FILE__, '/');
	char room[PATH_MAX], self[PATH_MAX];
	const char *const may[] = {"unshare", "--map-root-user", "--mount", "--net", "true", NULL};
	pid_t pid;
	int status = -1;

	if (getenv("ROOM") != NULL || realpath(argv[0], self) == NULL)
		return;
	snprintf(room, sizeof(room), "%.*s/room.sh", (int)(slash - __FILE__), __FILE__);
	if (posix_spawnp(&pid, may[0], NULL, NULL, (char *const *)(uintptr_t)may, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		return;
	const char *const go[] = {"unshare", "--map-root-user", "--mount", "--net", room, self, NULL};
	execvp(go[0], (char *const *)(uintptr_t)go);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_end_as_they_do_with_every_tool),
		cmocka_unit_test(nothing_is_left_behind),
		cmocka_unit_test(image_without_tools_says_so),
		cmocka_unit_test(tool_cannot_forge_another_answer),
		cmocka_unit_test(odd_arguments_are_no_commands),
		cmocka_unit_test(names_resolve_by_the_search_list),
		cmocka_unit_test(dialling_programs_tell_why_a_name_failed),
		cmocka_unit_test(dead_resolver_is_told_in_time),
	};

	(void)argc;
	enter_room(argv);
	return cmocka_run_group_tests(tests, begin_tests, end_tests);
}
