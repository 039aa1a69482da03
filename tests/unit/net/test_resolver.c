/* The resolver against servers that answer, refuse, err and keep silent. */
#include "dns_server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include <postflight/resolver.h>
#include <postflight/signals.h>

#define PATIENCE_MS 20000
#define TRY_MS 300

static struct pf_arena *arena;

static int
start(void **state)
{
	(void)state;
	arena = pf_arena_new();
	pf_signals_install();
	return start_dns();
}

static int
stop(void **state)
{
	(void)state;
	stop_dns();
	pf_arena_free(arena);
	return 0;
}

static struct pf_resolver_config
config_of(const char *const *nameservers)
{
	static const char *const search[] = {"shop.svc.cluster.local", "svc.cluster.local", "cluster.local", NULL};

	return (struct pf_resolver_config){nameservers, search, 5, TRY_MS, 1};
}

static struct pf_resolution
resolve_at(const char *server, const char *host)
{
	const char *const nameservers[] = {dns_at(arena, server), NULL};
	struct pf_resolver_config config = config_of(nameservers);
	struct pf_resolution result;

	pf_resolve_all(arena, &config, &host, &result, 1, pf_deadline_in(PATIENCE_MS));
	return result;
}

/* As it stands, without the search list. */
static struct pf_resolution
resolve_name(const char *name)
{
	return resolve_at("zone", pf_printf(arena, "%s.", name));
}

static const char *
addresses_of(const struct pf_resolution *r)
{
	const char *text = "";

	for (const char *const *one = r->answer != NULL ? r->answer->addresses : NULL; one != NULL && *one != NULL;
	     one++)
		text = pf_printf(arena, "%s%s%s", text, text[0] != '\0' ? " " : "", *one);
	return text;
}

static void
assert_outcome(const struct pf_resolution *r, enum pf_dns_outcome outcome)
{
	if (!r->ok)
		fail_msg("%s", r->err.text);
	assert_string_equal(pf_dns_outcome_name(r->outcome), pf_dns_outcome_name(outcome));
}

static void
every_answer_has_its_own_outcome(void **state)
{
	static const struct {
		const char *name;
		enum pf_dns_outcome outcome;
		const char *addresses;
	} table[] = {
		{"plain.test", PF_DNS_RESOLVED, "10.0.0.1"},
		{"both.test", PF_DNS_RESOLVED, "10.0.0.2 10.0.0.3 fd00::2"},
		{"six.test", PF_DNS_RESOLVED, "fd00::6"},
		{"nothing.test", PF_DNS_NO_DATA, ""},
		{"dangling.test", PF_DNS_NO_DATA, ""},
		{"absent.test", PF_DNS_NXDOMAIN, ""},
		{"fail.test", PF_DNS_SERVFAIL, ""},
		{"no.test", PF_DNS_REFUSED, ""},
		{"silent.test", PF_DNS_TIMEOUT, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pf_resolution r = resolve_name(table[i].name);
		assert_outcome(&r, table[i].outcome);
		assert_string_equal(addresses_of(&r), table[i].addresses);
		assert_int_equal(r.step_count, 1);
		assert_string_equal(r.steps[0].name, table[i].name);
	}
}

static void
families_are_told_apart(void **state)
{
	struct pf_resolution six = resolve_name("six.test"), half = resolve_name("half.test");

	(void)state;
	assert_int_equal(six.steps[0].a, PF_DNS_NO_DATA);
	assert_int_equal(six.steps[0].aaaa, PF_DNS_RESOLVED);
	assert_outcome(&half, PF_DNS_RESOLVED);
	assert_int_equal(half.steps[0].aaaa, PF_DNS_TIMEOUT);
}

static void
alias_is_named(void **state)
{
	struct pf_resolution alias = resolve_name("alias.test"), plain = resolve_name("plain.test");

	(void)state;
	assert_outcome(&alias, PF_DNS_RESOLVED);
	assert_string_equal(alias.answer->canonical, "plain.test");
	assert_null(plain.answer->canonical);
}

static void
search_list_is_walked_until_an_address(void **state)
{
	struct pf_resolution here = resolve_at("zone", "dynamodb"),
			     control = resolve_at("zone", "kubernetes.default.svc");

	(void)state;
	assert_outcome(&here, PF_DNS_RESOLVED);
	assert_int_equal(here.step_count, 1);
	assert_string_equal(here.answer->name, "dynamodb.shop.svc.cluster.local");
	assert_outcome(&control, PF_DNS_RESOLVED);
	assert_int_equal(control.step_count, 3);
	assert_int_equal(control.steps[0].outcome, PF_DNS_NXDOMAIN);
	assert_string_equal(control.steps[2].name, "kubernetes.default.svc.cluster.local");
}

static void
name_with_enough_dots_comes_first_as_it_stands(void **state)
{
	struct pf_resolution r = resolve_at("zone", "a.b.c.d.e.test");

	(void)state;
	assert_outcome(&r, PF_DNS_NXDOMAIN);
	assert_int_equal(r.step_count, 4);
	assert_string_equal(r.steps[0].name, "a.b.c.d.e.test");
	assert_string_equal(r.steps[3].name, "a.b.c.d.e.test.cluster.local");
	r = resolve_at("zone", "a.b.c.d.test");
	assert_string_equal(r.steps[3].name, "a.b.c.d.test");
}

/* An empty answer and a failing server lead on, silence does not: glibc stops there, and so does the application. */
static void
only_silence_ends_the_search(void **state)
{
	struct pf_resolution empty = resolve_at("zone", "empty"), shaky = resolve_at("zone", "shaky");
	struct pf_resolution quiet = resolve_at("zone", "quiet");

	(void)state;
	assert_outcome(&empty, PF_DNS_RESOLVED);
	assert_int_equal(empty.steps[0].outcome, PF_DNS_NO_DATA);
	assert_string_equal(addresses_of(&empty), "10.0.0.4");
	assert_outcome(&shaky, PF_DNS_RESOLVED);
	assert_string_equal(addresses_of(&shaky), "10.0.0.6");
	assert_outcome(&quiet, PF_DNS_TIMEOUT);
	assert_int_equal(quiet.step_count, 1);
}

static void
next_nameserver_is_asked_after_trouble(void **state)
{
	static const char *const first[] = {"refuse", "silent", "broken"};

	(void)state;
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		const char *const nameservers[] = {dns_at(arena, first[i]), dns_at(arena, "zone"), NULL};
		struct pf_resolver_config config = config_of(nameservers);
		const char *host = "dynamodb";
		struct pf_resolution r;
		pf_resolve_all(arena, &config, &host, &r, 1, pf_deadline_in(PATIENCE_MS));
		assert_outcome(&r, PF_DNS_RESOLVED);
		assert_string_equal(addresses_of(&r), "10.96.10.126");
	}
}

static void
server_that_refuses_or_is_not_there_is_no_nxdomain(void **state)
{
	struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(nobody);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pf_resolution refused = resolve_at("refuse", "dynamodb"), broken = resolve_at("broken", "dynamodb");
	struct pf_resolution r;
	const char *host = "dynamodb";

	(void)state;
	assert_outcome(&refused, PF_DNS_REFUSED);
	assert_outcome(&broken, PF_DNS_TIMEOUT);
	assert_int_equal(bind(fd, (struct sockaddr *)&nobody, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&nobody, &len), 0);
	close(fd);
	const char *const nameservers[] = {pf_printf(arena, "127.0.0.1:%u", ntohs(nobody.sin_port)), NULL};
	struct pf_resolver_config config = config_of(nameservers);
	pf_resolve_all(arena, &config, &host, &r, 1, pf_deadline_in(PATIENCE_MS));
	assert_outcome(&r, PF_DNS_TIMEOUT);
}

static void
hosts_are_resolved_side_by_side(void **state)
{
	const char *const hosts[] = {"silent.test.", "dynamodb", "quiet", "kubernetes.default.svc"};
	const char *const nameservers[] = {dns_at(arena, "zone"), NULL};
	struct pf_resolver_config config = config_of(nameservers);
	struct pf_resolution r[4];
	int64_t began = pf_monotonic_ms(), spent;

	(void)state;
	config.try_ms = 2000;
	pf_resolve_all(arena, &config, hosts, r, 4, pf_deadline_in(PATIENCE_MS));
	spent = pf_monotonic_ms() - began;
	assert_outcome(&r[0], PF_DNS_TIMEOUT);
	assert_outcome(&r[1], PF_DNS_RESOLVED);
	assert_outcome(&r[2], PF_DNS_TIMEOUT);
	assert_outcome(&r[3], PF_DNS_RESOLVED);
	/* One after the other, the two silent ones alone would take twice their time. */
	assert_true(spent < 2 * config.try_ms);
	assert_true(r[1].elapsed_ms < config.try_ms);
}

static void
address_needs_no_nameserver(void **state)
{
	static const char *const none[] = {NULL};
	struct pf_resolver_config config = config_of(none);
	const char *const hosts[] = {"10.1.2.3", "::1", "dynamodb"};
	struct pf_resolution r[3];

	(void)state;
	pf_resolve_all(arena, &config, hosts, r, 3, pf_deadline_in(PATIENCE_MS));
	assert_outcome(&r[0], PF_DNS_RESOLVED);
	assert_string_equal(addresses_of(&r[0]), "10.1.2.3");
	assert_string_equal(addresses_of(&r[1]), "::1");
	assert_false(r[2].ok);
	assert_int_equal(r[2].err.kind, PF_ERR_CONFIG);
}

static void
nameserver_that_is_no_address_is_told(void **state)
{
	static const char *const wrong[] = {"not-an-address", NULL};
	struct pf_resolver_config config = config_of(wrong);
	const char *host = "dynamodb";
	struct pf_resolution r;

	(void)state;
	pf_resolve_all(arena, &config, &host, &r, 1, pf_deadline_in(PATIENCE_MS));
	assert_false(r.ok);
	assert_int_equal(r.err.kind, PF_ERR_CONFIG);
	assert_non_null(strstr(r.err.text, "not-an-address"));
}

static void
impossible_names_are_no_names(void **state)
{
	char label[80];
	struct pf_resolution r;

	(void)state;
	memset(label, 'a', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	r = resolve_at("zone", label);
	assert_outcome(&r, PF_DNS_NXDOMAIN);
	r = resolve_at("zone", "a..b");
	assert_outcome(&r, PF_DNS_NXDOMAIN);
}

static void
deadline_ends_the_wait(void **state)
{
	const char *const nameservers[] = {dns_at(arena, "silent"), NULL};
	struct pf_resolver_config config = config_of(nameservers);
	const char *host = "dynamodb";
	struct pf_resolution r;

	(void)state;
	config.try_ms = PATIENCE_MS;
	pf_resolve_all(arena, &config, &host, &r, 1, pf_deadline_in(100));
	assert_false(r.ok);
	assert_int_equal(r.err.kind, PF_ERR_TIMEOUT);
	assert_true(r.elapsed_ms < PATIENCE_MS / 2);
}

static void *
signal_soon(void *unused)
{
	const struct timespec soon = {.tv_nsec = 200000000};

	(void)unused;
	nanosleep(&soon, NULL);
	kill(getpid(), SIGTERM);
	return NULL;
}

/* In a process of its own: a signal that was caught stays caught. */
static void
signal_ends_the_wait(void **state)
{
	const char *const nameservers[] = {dns_at(arena, "silent"), NULL};
	struct pf_resolver_config config = config_of(nameservers);
	const char *host = "dynamodb";
	struct pf_resolution r;
	int status = -1;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		pthread_t thread;
		config.try_ms = PATIENCE_MS;
		bool began = pthread_create(&thread, NULL, signal_soon, NULL) == 0;
		pf_resolve_all(arena, &config, &host, &r, 1, pf_deadline_in(PATIENCE_MS));
		_exit(began && !r.ok && r.err.kind == PF_ERR_INTERRUPTED && r.elapsed_ms < PATIENCE_MS / 2 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* ---- resolv.conf --------------------------------------------------------------------------------------------- */

static const char *
words(const char *const *list)
{
	const char *text = "";

	for (; *list != NULL; list++)
		text = pf_printf(arena, "%s%s%s", text, text[0] != '\0' ? " " : "", *list);
	return text;
}

static void
resolv_conf_of_a_pod_is_read(void **state)
{
	struct pf_resolver_config c;

	(void)state;
	pf_resolver_config_read(arena,
				"search shop.svc.cluster.local svc.cluster.local cluster.local\n"
				"nameserver 10.96.0.10\noptions ndots:5 edns0 timeout:2 attempts:3\n",
				&c);
	assert_string_equal(words(c.nameservers), "10.96.0.10");
	assert_string_equal(words(c.search), "shop.svc.cluster.local svc.cluster.local cluster.local");
	assert_int_equal(c.ndots, 5);
	assert_int_equal(c.try_ms, 2000);
	assert_int_equal(c.tries, 3);
}

static void
resolv_conf_has_the_defaults_of_the_manual(void **state)
{
	struct pf_resolver_config c;

	(void)state;
	pf_resolver_config_read(arena, "", &c);
	assert_string_equal(words(c.nameservers), "");
	assert_string_equal(words(c.search), "");
	assert_int_equal(c.ndots, 1);
	assert_int_equal(c.try_ms, 5000);
	assert_int_equal(c.tries, 2);
}

static void
resolv_conf_with_oddities_is_read_as_far_as_it_goes(void **state)
{
	struct pf_resolver_config c;

	(void)state;
	pf_resolver_config_read(
		arena,
		"# nameserver 1.1.1.1\n; x\n\tdomain\told.test\r\nsearch a.test b.test. .\nnameserver\n"
		"nameserver 10.0.0.1 trailing\nnameserver 10.0.0.2\nnameserver fd00::1\nnameserver 10.0.0.4\n"
		"options ndots:99 timeout:0 attempts:-1 ndots: timeout:x rotate\nsortlist 1.2.3.4\nnonsense",
		&c);
	assert_string_equal(words(c.nameservers), "10.0.0.1 10.0.0.2 fd00::1");
	assert_string_equal(words(c.search), "a.test b.test");
	assert_int_equal(c.ndots, 15);
	assert_int_equal(c.try_ms, 1000);
	assert_int_equal(c.tries, 2);
}

static void
last_search_line_counts(void **state)
{
	struct pf_resolver_config c;

	(void)state;
	pf_resolver_config_read(arena, "search a.test b.test\ndomain c.test\n", &c);
	assert_string_equal(words(c.search), "c.test");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_has_its_own_outcome),
		cmocka_unit_test(families_are_told_apart),
		cmocka_unit_test(alias_is_named),
		cmocka_unit_test(search_list_is_walked_until_an_address),
		cmocka_unit_test(name_with_enough_dots_comes_first_as_it_stands),
		cmocka_unit_test(only_silence_ends_the_search),
		cmocka_unit_test(next_nameserver_is_asked_after_trouble),
		cmocka_unit_test(server_that_refuses_or_is_not_there_is_no_nxdomain),
		cmocka_unit_test(hosts_are_resolved_side_by_side),
		cmocka_unit_test(address_needs_no_nameserver),
		cmocka_unit_test(nameserver_that_is_no_address_is_told),
		cmocka_unit_test(impossible_names_are_no_names),
		cmocka_unit_test(deadline_ends_the_wait),
		cmocka_unit_test(signal_ends_the_wait),
		cmocka_unit_test(resolv_conf_of_a_pod_is_read),
		cmocka_unit_test(resolv_conf_has_the_defaults_of_the_manual),
		cmocka_unit_test(resolv_conf_with_oddities_is_read_as_far_as_it_goes),
		cmocka_unit_test(last_search_line_counts),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
