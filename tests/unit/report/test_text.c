/* The report for people: what it says first, what it never shows, how it fits a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/text.h>

#include "scene.h"

#define PLAIN ((struct pf_report_style){.unicode = true})

static struct pf_arena *arena;
static struct pf_result result;

static int
begin(void **state)
{
	(void)state;
	arena = pf_arena_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

static char *
text_with(struct pf_report_style style)
{
	return scene_write(arena, &pf_report_text, &result, style);
}

static void
assert_before(const char *text, const char *first, const char *second)
{
	const char *a = strstr(text, first), *b = strstr(text, second);

	if (a == NULL || b == NULL || a >= b)
		fail_msg("\"%s\" does not stand before \"%s\" in:\n%s", first, second, text);
}

static void
failed_run_reads_as_documented(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	scene_golden(arena, "wrong-port.txt", text_with(PLAIN));
}

static void
healthy_run_reads_as_documented(void **state)
{
	(void)state;
	scene_healthy(&result);
	scene_golden(arena, "healthy.txt", text_with(PLAIN));
}

static void
terminal_of_80_columns_wraps_under_the_message(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	scene_golden(arena, "wrong-port-80.txt", text_with((struct pf_report_style){.unicode = true, .width = 80}));
}

static void
verbose_adds_checks_evidence_and_requests(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	result.diagnosis.history = (const char *const[]){"pod/cart-7d4 crashed twice before DynamoDB answered", NULL};
	scene_golden(arena, "wrong-port-verbose.txt",
		     text_with((struct pf_report_style){.unicode = true, .verbose = true}));
}

static void
without_unicode_every_byte_is_ascii(void **state)
{
	(void)state;
	scene_hostile(&result);
	char *text = text_with((struct pf_report_style){.verbose = true});
	for (const char *p = text; *p != '\0'; p++)
		assert_true(*p == '\n' || (*p >= ' ' && *p < 0x7f));
	scene_wrong_port(&result);
	scene_golden(arena, "wrong-port-ascii.txt", text_with((struct pf_report_style){0}));
}

static void
text_from_outside_reaches_no_terminal_raw(void **state)
{
	(void)state;
	scene_hostile(&result);
	char *text = text_with((struct pf_report_style){.unicode = true, .verbose = true});

	assert_true(pf_utf8_valid(text, strlen(text)));
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\a'));
	assert_null(strchr(text, '\t'));
	assert_null(strchr(text, 0x7f));
	assert_null(strstr(text, "\xc2\x9b"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_null(strstr(text, "\nd"));
	assert_null(strstr(text, "redacted"));
}

static void
color_only_adds_escape_sequences(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	char *colored = text_with((struct pf_report_style){.unicode = true, .color = true});
	assert_non_null(strstr(colored, "\033[1;31m✖\033[0m"));
	/* Taking them away leaves the plain report. */
	char *to = colored;
	for (char *from = colored; *from != '\0';) {
		if (*from == '\033')
			from = strchr(from, 'm') + 1;
		else
			*to++ = *from++;
	}
	*to = '\0';
	assert_string_equal(colored, text_with(PLAIN));
}

static void
quiet_says_nothing_when_all_is_green(void **state)
{
	(void)state;
	scene_healthy(&result);
	scene_item(&result, "persistence", PF_PASS, "read back");
	assert_string_equal(text_with((struct pf_report_style){.unicode = true, .quiet = true}), "");
}

static void
quiet_keeps_warnings_of_a_green_run(void **state)
{
	(void)state;
	scene_healthy(&result);
	scene_item(&result, "persistence", PF_PASS, "read back");
	result.warnings = (const char *const[]){"TLS is not verified", NULL};
	assert_non_null(strstr(text_with((struct pf_report_style){.quiet = true}), "TLS is not verified"));
}

static void
quiet_leaves_out_what_passed(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	char *text = text_with((struct pf_report_style){.unicode = true, .quiet = true});
	assert_null(strstr(text, "✔"));
	assert_non_null(strstr(text, "✖ Endpoint overridden"));
	assert_non_null(strstr(text, "Root cause"));
}

static void
command_is_never_wrapped_and_stands_alone(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	char *text = text_with((struct pf_report_style){.unicode = true, .width = 40});
	assert_non_null(strstr(text, "\n    kubectl -n retail-store set env deploy/cart-deployment -c cart "
				     "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT=http://dynamodb:8000\n"));
}

static void
narrow_terminal_loses_no_word(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	for (unsigned width = 1; width < 60; width += 7) {
		char *text = text_with((struct pf_report_style){.unicode = true, .width = width});
		assert_non_null(strstr(text, "serves"));
		assert_non_null(strstr(text, "cart.logs"));
	}
}

static void
warnings_stand_before_the_checklist_and_notes_behind(void **state)
{
	(void)state;
	scene_wrong_port(&result);
	result.warnings = (const char *const[]){"TLS is not verified", NULL};
	result.notes = (const char *const[]){"carts are deleted at the next start", NULL};
	char *text = text_with(PLAIN);
	assert_before(text, "Warning: TLS is not verified", "DynamoDB Deployment");
	assert_before(text, "Failure table", "Note: carts are deleted");
	assert_before(text, "Note: carts are deleted", "passed");
}

static void
failure_outside_the_checklist_is_shown(void **state)
{
	(void)state;
	scene_healthy(&result);
	result.verdict = PF_FAIL;
	scene_check(&result, "cart.deployment")->verdict = PF_FAIL;
	scene_check(&result, "cart.deployment")->message = "0/1 available";
	assert_non_null(strstr(text_with(PLAIN), "✖ Cart Deployment                0/1 available\n"));
	scene_check(&result, "cart.deployment")->untried = true;
	assert_null(strstr(text_with(PLAIN), "0/1 available"));
}

static void
undecided_and_unexplained_are_named(void **state)
{
	static const struct pf_check_result *unexplained[1];

	(void)state;
	scene_wrong_port(&result);
	unexplained[0] = scene_check(&result, "tcp");
	const struct pf_undecided open = {(const char *const[]){"db-hangs", "network-blocked", NULL},
					  "a connection from the cart's own pod"};
	result.diagnosis.undecided = &open;
	result.diagnosis.undecided_count = 1;
	result.diagnosis.unexplained = unexplained;
	result.diagnosis.unexplained_count = 1;
	char *text = text_with(PLAIN);
	assert_before(text, "Root cause", "Cannot tell: db-hangs or network-blocked\n");
	assert_non_null(strstr(text, "a connection from the cart's own pod\n"));
	assert_non_null(strstr(text, "Not explained: tcp: dynamodb:9000 times out\n"));
	assert_null(strstr(text, "  next\n"));

	static const struct pf_fix_text next = {true, "kubectl -n shop get service", false};
	const struct pf_lead lead = {unexplained[0], NULL, 0, &next, 1};
	result.diagnosis.leads = &lead;
	result.diagnosis.lead_count = 1;
	assert_non_null(
		strstr(text_with(PLAIN),
		       "Not explained: tcp: dynamodb:9000 times out\n  next\n    kubectl -n shop get service\n"));
}

static void
failed_start_is_one_sentence(void **state)
{
	(void)state;
	scene_healthy(&result);
	for (size_t i = 0; i < result.plan->item_count; i++)
		scene_item(&result, result.plan->items[i].id, PF_ERROR, "there is no kubeconfig");
	result.verdict = PF_ERROR;
	result.start_error = "there is no kubeconfig";
	char *text = text_with(PLAIN);
	const char *first = strstr(text, "Could not start: there is no kubeconfig\n");
	assert_non_null(first);
	assert_null(strstr(first + strlen("Could not start: t"), "there is no kubeconfig"));
}

static void
same_error_is_told_in_full_once(void **state)
{
	(void)state;
	scene_healthy(&result);
	result.verdict = PF_ERROR;
	scene_item(&result, "cart-env", PF_ERROR, "may not get deployments");
	scene_item(&result, "endpoint", PF_ERROR, "may not get deployments");
	scene_item(&result, "create-table", PF_ERROR, "may not get secrets");
	char *text = text_with(PLAIN);
	assert_non_null(strstr(text, "? Cart env vars set              may not get deployments\n"));
	assert_non_null(strstr(text, "? Endpoint overridden            see Cart env vars set\n"));
	assert_non_null(strstr(text, "? Table auto-create enabled      may not get secrets\n"));
}

static void
same_obstacle_of_all_checks_is_said_once(void **state)
{
	(void)state;
	scene_healthy(&result);
	for (size_t i = 0; i < result.plan->check_count; i++) {
		result.checks[i].verdict = PF_ERROR;
		result.checks[i].message = "connection refused";
	}
	result.verdict = PF_ERROR;
	const char *first = strstr(text_with(PLAIN), "Could not look: connection refused\n");
	assert_non_null(first);
	assert_null(strstr(first + strlen("Could not look: c"), "connection refused"));
	/* One that was observed brings the checklist back. */
	result.checks[3].verdict = PF_PASS;
	assert_null(strstr(text_with(PLAIN), "Could not look"));
}

static void
interrupted_run_says_so(void **state)
{
	(void)state;
	scene_healthy(&result);
	result.interrupted = true;
	result.complete = false;
	assert_non_null(strstr(text_with(PLAIN), "0.21 s · interrupted"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(failed_run_reads_as_documented, begin, end),
		cmocka_unit_test_setup_teardown(healthy_run_reads_as_documented, begin, end),
		cmocka_unit_test_setup_teardown(terminal_of_80_columns_wraps_under_the_message, begin, end),
		cmocka_unit_test_setup_teardown(verbose_adds_checks_evidence_and_requests, begin, end),
		cmocka_unit_test_setup_teardown(without_unicode_every_byte_is_ascii, begin, end),
		cmocka_unit_test_setup_teardown(text_from_outside_reaches_no_terminal_raw, begin, end),
		cmocka_unit_test_setup_teardown(color_only_adds_escape_sequences, begin, end),
		cmocka_unit_test_setup_teardown(quiet_says_nothing_when_all_is_green, begin, end),
		cmocka_unit_test_setup_teardown(quiet_keeps_warnings_of_a_green_run, begin, end),
		cmocka_unit_test_setup_teardown(quiet_leaves_out_what_passed, begin, end),
		cmocka_unit_test_setup_teardown(command_is_never_wrapped_and_stands_alone, begin, end),
		cmocka_unit_test_setup_teardown(narrow_terminal_loses_no_word, begin, end),
		cmocka_unit_test_setup_teardown(warnings_stand_before_the_checklist_and_notes_behind, begin, end),
		cmocka_unit_test_setup_teardown(failure_outside_the_checklist_is_shown, begin, end),
		cmocka_unit_test_setup_teardown(undecided_and_unexplained_are_named, begin, end),
		cmocka_unit_test_setup_teardown(failed_start_is_one_sentence, begin, end),
		cmocka_unit_test_setup_teardown(same_error_is_told_in_full_once, begin, end),
		cmocka_unit_test_setup_teardown(same_obstacle_of_all_checks_is_said_once, begin, end),
		cmocka_unit_test_setup_teardown(interrupted_run_says_so, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
