/* What a container says of its look: read strictly, because it may say anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/buf.h>
#include <postflight/str.h>

#include "probe/vantage_report.h"

#define GOOD                                                                                                           \
	"postflight 1\nconf 0 sh | nameserver 10.96.0.10\n"                                                            \
	"dns 0 getent | 10.96.0.1       STREAM kubernetes.default.svc.cluster.local\n"                                 \
	"tcp 0 bash | connected\n"                                                                                     \
	"dns 0 getent | 10.96.0.1       DGRAM  \ndns 0 getent = 0 1\ntcp 0 bash = 0 12\nend\n"

static struct pf_arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = pf_arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

static bool
reads(const char *text, struct pf_vantage_report *report, struct pf_err *err)
{
	return pf_vantage_report_read(arena, text, 1, 1, report, err);
}

static void
answers_are_put_together_from_their_lines(void **state)
{
	struct pf_vantage_report report;
	struct pf_err err;

	(void)state;
	assert_true(reads(GOOD, &report, &err));
	assert_string_equal(report.resolv_conf, "nameserver 10.96.0.10\n");
	assert_int_equal(report.dns[0].line_count, 2);
	assert_string_equal(report.tcp[0].tool, "bash");
	assert_int_equal(report.tcp[0].elapsed_ms, 120);
	struct pf_told_name name = pf_told_name(arena, &report.dns[0]);
	assert_string_equal(name.outcome, "resolved");
	assert_string_equal(name.addresses[0], "10.96.0.1");
	assert_null(name.addresses[1]);
	assert_string_equal(name.canonical, "kubernetes.default.svc.cluster.local");
	assert_string_equal(pf_told_connection(arena, &report.tcp[0]).outcome, "connected");
}

static void
anything_else_is_refused_and_leaves_the_report_alone(void **state)
{
	static const char *const wrong[] = {
		"",
		"\n",
		"hello\n",
		"postflight 2\nend\n",
		"postflight 1\n",
		"postflight 1\nend\n",
		"postflight 1\ndns 0 getent = 0 1\nend\n",
		"postflight 1\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\n",
		"postflight 1\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\nend\n",
		"postflight 1\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n\n",
		"postflight 1\n\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
		/* what was not asked, twice, behind its end, by another tool */
		"postflight 1\ndns 1 getent = 0 1\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\nudp 0 bash = 0 1\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 getent = 0 1\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 getent = 0 1\ndns 0 getent | 10.0.0.1 STREAM x\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 getent | x\ndns 0 bash = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 perl = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0  = 0 1\ntcp 0 bash = 0 1\nend\n",
		/* numbers */
		"postflight 1\ndns -1 getent = 0 1\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 99999999999999999999 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0x0 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 getent = -1 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 getent = 256 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 getent = 0\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 getent = 0 -1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 getent = 0 1 2\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 getent = 0 999999999\ntcp 0 bash = 0 1\nend\n",
		/* forms */
		"postflight 1\ndns 0 getent\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 getent ? x\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\ndns 0 getent |x\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\nconf 1 sh | x\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
		"postflight 1\nconf 0 sh = 0 1\ndns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n",
	};
	const struct pf_vantage_report before = {.resolv_conf = "untouched"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct pf_vantage_report report = before;
		struct pf_err err = {0};
		if (reads(wrong[i], &report, &err))
			fail_msg("was read:\n%s", wrong[i]);
		assert_int_equal(err.kind, PF_ERR_PROTOCOL);
		assert_string_equal(report.resolv_conf, "untouched");
	}
}

/* Each prefix of a good answer, and each with a byte changed: never taken for the whole with another meaning. */
static void
cut_and_changed_answers_are_refused_or_harmless(void **state)
{
	const char *good = GOOD;
	struct pf_vantage_report report;
	struct pf_err err;

	(void)state;
	/* The last newline may be missing. */
	for (size_t len = 0; len + 1 < strlen(good); len++)
		assert_false(reads(pf_strndup(arena, good, len), &report, &err));
	for (size_t i = 0; i < strlen(good); i++) {
		static const char bytes[] = {'\n', ' ', '|', '=', '9', '\033', (char)0xff};
		for (size_t k = 0; k < sizeof(bytes); k++) {
			char *changed = pf_strdup(arena, good);
			changed[i] = bytes[k];
			if (!reads(changed, &report, &err))
				continue;
			for (size_t n = 0; n < report.dns[0].line_count; n++)
				assert_null(strchr(report.dns[0].lines[n], '\033'));
			(void)pf_told_name(arena, &report.dns[0]);
			(void)pf_told_connection(arena, &report.tcp[0]);
		}
	}
}

static void
flood_is_refused(void **state)
{
	struct pf_buf text = PF_BUF((size_t)1 << 20);
	struct pf_vantage_report report;
	struct pf_err err;

	(void)state;
	pf_buf_puts(&text, "postflight 1\n");
	for (int i = 0; i < 5000; i++)
		pf_buf_puts(&text, "dns 0 getent | 10.0.0.1 STREAM x\n");
	pf_buf_puts(&text, "dns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n");
	assert_false(reads(pf_buf_text(&text), &report, &err));
	pf_buf_free(&text);
	pf_buf_puts(&text, "postflight 1\n");
	for (int i = 0; i < 1000; i++)
		pf_buf_puts(&text, "conf 0 sh | # a resolv.conf without end\n");
	pf_buf_puts(&text, "dns 0 getent = 0 1\ntcp 0 bash = 0 1\nend\n");
	assert_false(reads(pf_buf_text(&text), &report, &err));
	pf_buf_free(&text);
}

/* ---- Words ------------------------------------------------------------------------------------------------------- */

static struct pf_told
told(const char *tool, int status, const char *text)
{
	const char **lines = pf_alloc_array(arena, 16, sizeof(*lines));
	struct pf_told out = {.tool = tool, .status = status, .lines = lines};

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		lines[out.line_count++] = pf_strndup(arena, text, len);
		text += len + (text[len] == '\n');
	}
	return out;
}

static void
words_of_the_dialling_programs_are_known(void **state)
{
	static const struct {
		const char *tool;
		int status;
		const char *text;
		const char *outcome; /* NULL: not told */
		const char *name_outcome;
	} table[] = {
		{"bash", 0, "connected", "connected", NULL},
		{"bash", 0, "silent", "timeout", NULL},
		{"bash", 0, "bash: connect: Connection refused", "refused", NULL},
		{"bash", 0, "bash: connect: Connection timed out", "timeout", NULL},
		{"bash", 0, "bash: connect: No route to host", "unreachable", NULL},
		{"bash", 0, "bash: connect: Network is unreachable", "unreachable", NULL},
		{"bash", 0, "bash: connect: Connection reset by peer", "reset", NULL},
		{"bash", 0, "bash: line 1: dynamdb: Name or service not known", NULL, "nxdomain"},
		{"bash", 0, "bash: line 1: db: Temporary failure in name resolution", NULL, "failed"},
		{"bash", 0, "bash: line 1: db: No address associated with hostname", NULL, "no-data"},
		/* built without it */
		{"bash", 0, "bash: line 1: /dev/tcp/db/8000: No such file or directory", NULL, NULL},
		{"bash", 0, "", NULL, NULL},
		{"curl", 7, "* connect to 10.0.0.1 port 8000 failed: Connection refused", "refused", NULL},
		{"curl", 28, "* Connection timed out after 3001 milliseconds", "timeout", NULL},
		{"curl", 6, "* Could not resolve host: dynamdb", NULL, "failed"},
		{"curl", 22, "* Connected to db (10.0.0.1) port 8000 (#0)\n< HTTP/1.1 400 Bad Request", "connected",
		 NULL},
		{"curl", 28, "* Connected to db (10.0.0.1) port 8000 (#0)\n* Operation timed out", "connected", NULL},
		{"curl", 56, "* Connected to db (10.0.0.1) port 8000\n* Recv failure: Connection reset by peer",
		 "connected", NULL},
		{"nc", 0, "", "connected", NULL},
		{"nc", 143, "", "connected", NULL},
		{"nc", 0, "db (10.0.0.1:8000) open", "connected", NULL},
		{"nc", 1, "nc: can't connect to remote host (10.0.0.1): Connection refused", "refused", NULL},
		{"nc", 1, "nc: connect to db port 8000 (tcp) timed out: Operation now in progress", "timeout", NULL},
		{"nc", 1, "nc: bad address 'dynamdb'", NULL, "failed"},
		{"nc", 1, "nc: getaddrinfo for host \"dynamdb\" port 8000: Name or service not known", NULL,
		 "nxdomain"},
		{"wget", 1,
		 "Connecting to db (10.0.0.1:8000)\nwget: can't connect to remote host (10.0.0.1): "
		 "Connection refused",
		 "refused", NULL},
		{"wget", 8,
		 "Connecting to db (db)|10.0.0.1|:8000... connected.\nHTTP request sent, awaiting response... 400",
		 "connected", NULL},
		{"wget", 1, "Connecting to db (10.0.0.1:8000)\nwget: server returned error: HTTP/1.1 400 Bad Request",
		 "connected", NULL},
		{"wget", 143, "Connecting to db (10.0.0.1:8000)", NULL, NULL},
		{"none", 0, "", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pf_told answer = told(table[i].tool, table[i].status, table[i].text);
		struct pf_told_connection c = pf_told_connection(arena, &answer);
		bool same =
			(c.outcome == table[i].outcome || pf_streq(c.outcome, table[i].outcome)) &&
			(c.name_outcome == table[i].name_outcome || pf_streq(c.name_outcome, table[i].name_outcome));
		if (!same)
			fail_msg("%s: \"%s\" is %s, %s", table[i].tool, table[i].text, c.outcome, c.name_outcome);
	}
}

static void
words_of_the_resolving_programs_are_known(void **state)
{
	static const struct {
		const char *tool;
		int status;
		const char *text;
		const char *outcome;
		const char *addresses;
	} table[] = {
		{"getent", 0, "10.96.0.7       STREAM db.shop.svc.cluster.local\n10.96.0.7       DGRAM  ", "resolved",
		 "10.96.0.7 "},
		{"getent", 0, "fd00::7         STREAM db\nFD00:0::7  DGRAM", "resolved", "fd00::7 "},
		{"getent", 2, "", "failed", ""},
		{"getent", 1, "Unknown database: ahosts", NULL, ""},
		{"getent", 0, "hello", NULL, ""},
		{"nslookup", 0,
		 "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tdb.shop.svc.cluster.local\n"
		 "Address: 10.96.0.7",
		 "resolved", "10.96.0.7 "},
		{"nslookup", 0,
		 "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\tdb\nAddress: 10.96.0.7\n"
		 "Name:\tdb\nAddress: fd00::7",
		 "resolved", "10.96.0.7 fd00::7 "},
		{"nslookup", 0, "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\nNon-authoritative answer:", "no-data",
		 ""},
		{"nslookup", 1, "** server can't find db: NXDOMAIN", "nxdomain", ""},
		{"nslookup", 1, "** server can't find db: SERVFAIL", "servfail", ""},
		{"nslookup", 1, "** server can't find db: REFUSED", "refused", ""},
		{"nslookup", 1, "*** Can't find db: No answer", "no-data", ""},
		{"nslookup", 1, ";; connection timed out; no servers could be reached", "timeout", ""},
		{"nslookup", 1, "nslookup: read: Connection refused", "timeout", ""},
		{"nslookup", 143, "", "timeout", ""},
		{"nslookup", 1, "nslookup: can't resolve 'db'", "failed", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pf_told answer = told(table[i].tool, table[i].status, table[i].text);
		struct pf_told_name name = pf_told_name(arena, &answer);
		const char *addresses = "";
		for (size_t k = 0; name.addresses[k] != NULL; k++)
			addresses = pf_printf(arena, "%s%s ", addresses, name.addresses[k]);
		if (!(name.outcome == table[i].outcome || pf_streq(name.outcome, table[i].outcome)))
			fail_msg("%s: \"%s\" is %s", table[i].tool, table[i].text, name.outcome);
		assert_string_equal(addresses, table[i].addresses);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_are_put_together_from_their_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(anything_else_is_refused_and_leaves_the_report_alone, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(cut_and_changed_answers_are_refused_or_harmless, set_up, tear_down),
		cmocka_unit_test_setup_teardown(flood_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(words_of_the_dialling_programs_are_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(words_of_the_resolving_programs_are_known, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
