/* Starts the DNS servers of dns_server.js once per test program. */
#ifndef POSTFLIGHT_TEST_DNS_SERVER_H
#define POSTFLIGHT_TEST_DNS_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <postflight/arena.h>

extern char **environ;

static struct {
	pid_t pid;
	int input; /* closing it ends the servers */
	struct {
		char name[16];
		unsigned port;
	} servers[8];
	size_t count;
} dns;

static inline int
start_dns(void)
{
	const char *slash = strrchr(__FILE__, '/');
	char script[512], line[64];
	posix_spawn_file_actions_t actions;
	int in[2], out[2];
	FILE *lines;

	snprintf(script, sizeof(script), "%.*s/dns_server.js", (int)(slash - __FILE__), __FILE__);
	const char *const argv[] = {"node", script, NULL};
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	if (posix_spawnp(&dns.pid, "node", &actions, NULL, (char *const *)(uintptr_t)argv, environ) != 0)
		return -1;
	posix_spawn_file_actions_destroy(&actions);
	dns.input = in[1];
	close(in[0]);
	close(out[1]);
	lines = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), lines) != NULL && strcmp(line, "ready\n") != 0) {
		if (dns.count < 8 &&
		    sscanf(line, "%15s %u", dns.servers[dns.count].name, &dns.servers[dns.count].port) == 2)
			dns.count++;
	}
	fclose(lines);
	return dns.count > 0 ? 0 : -1;
}

static inline void
stop_dns(void)
{
	close(dns.input);
	waitpid(dns.pid, NULL, 0);
}

/* 127.0.0.1:PORT of the server NAME. */
static inline const char *
dns_at(struct pf_arena *arena, const char *name)
{
	for (size_t i = 0; i < dns.count; i++) {
		if (strcmp(dns.servers[i].name, name) == 0)
			return pf_printf(arena, "127.0.0.1:%u", dns.servers[i].port);
	}
	fail_msg("no server %s", name);
	return NULL;
}

#endif
