/* What is chosen where several could say it: namespace, colors, where reports go, the nearest name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/str.h>

#include "cli/environment.h"
#include "cli/namespaces.h"
#include "cli/nearest.h"
#include "cli/outputs.h"

#define LABEL_63 "a23456789012345678901234567890123456789012345678901234567890123"

static struct pf_arena *arena;
static struct pf_err err;

static int
begin(void **state)
{
	(void)state;
	arena = pf_arena_new();
	err = (struct pf_err){0};
	return 0;
}

static int
end(void **state)
{
	(void)state;
	pf_arena_free(arena);
	return 0;
}

static const char *
chosen(struct pf_namespace_sources sources)
{
	const char *name = NULL;

	return pf_choose_namespace(&sources, &name, &err) ? name : NULL;
}

static void
namespace_comes_from_the_first_that_says(void **state)
{
	(void)state;
	assert_string_equal(chosen((struct pf_namespace_sources){"flag", "env", "context", "plan"}), "flag");
	assert_string_equal(chosen((struct pf_namespace_sources){NULL, "env", "context", "plan"}), "env");
	assert_string_equal(chosen((struct pf_namespace_sources){NULL, NULL, "context", "plan"}), "context");
	assert_string_equal(chosen((struct pf_namespace_sources){NULL, NULL, NULL, "plan"}), "plan");
	assert_null(chosen((struct pf_namespace_sources){NULL, NULL, NULL, NULL}));
	assert_int_equal(err.kind, PF_ERR_USAGE);
}

static void
impossible_namespace_is_refused_and_never_replaced(void **state)
{
	static const char *const wrong[] = {"", "Shop", "a/b", "a.b", "-a", "a-", "a b", "..", LABEL_63 "4"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_null(chosen((struct pf_namespace_sources){.flag = wrong[i], .plan = "plan"}));
	assert_non_null(strstr(err.text, "--namespace"));
	assert_null(chosen((struct pf_namespace_sources){.environment = "A", .plan = "plan"}));
	assert_non_null(strstr(err.text, "POSTFLIGHT_NAMESPACE"));
	assert_non_null(chosen((struct pf_namespace_sources){.flag = LABEL_63}));
}

static void
color_follows_flag_then_environment_then_terminal(void **state)
{
	const struct pf_environment none = {.term = "xterm"}, dumb = {.term = "dumb"}, nowhere = {0};
	const struct pf_environment no_color = {.term = "xterm", .no_color = "1", .clicolor_force = "1"};
	const struct pf_environment force = {.clicolor_force = "1"};

	(void)state;
	assert_true(pf_wants_color(&none, NULL, true));
	assert_true(pf_wants_color(&none, "auto", true));
	assert_false(pf_wants_color(&none, NULL, false));
	assert_false(pf_wants_color(&dumb, NULL, true));
	assert_false(pf_wants_color(&nowhere, NULL, true));
	assert_false(pf_wants_color(&no_color, NULL, true));
	assert_true(pf_wants_color(&no_color, "always", false));
	assert_true(pf_wants_color(&force, NULL, false));
	assert_false(pf_wants_color(&force, "never", true));
}

static void
signs_need_utf8_unless_nothing_is_said(void **state)
{
	(void)state;
	assert_true(pf_wants_unicode(&(struct pf_environment){0}));
	assert_true(pf_wants_unicode(&(struct pf_environment){.locale = "de_DE.UTF-8"}));
	assert_true(pf_wants_unicode(&(struct pf_environment){.locale = "C.utf8"}));
	assert_false(pf_wants_unicode(&(struct pf_environment){.locale = "C"}));
	assert_false(pf_wants_unicode(&(struct pf_environment){.locale = "de_DE.ISO-8859-1"}));
}

static void
empty_variables_are_absent_ones(void **state)
{
	(void)state;
	setenv("NO_COLOR", "", 1);
	setenv("CLICOLOR_FORCE", "0", 1);
	setenv("POSTFLIGHT_NAMESPACE", "", 1);
	setenv("LC_ALL", "", 1);
	setenv("LC_CTYPE", "C", 1);
	setenv("LANG", "C.UTF-8", 1);
	const struct pf_environment env = pf_environment_read();
	assert_null(env.no_color);
	assert_null(env.clicolor_force);
	assert_null(env.namespace_);
	assert_string_equal(env.locale, "C");
}

static void
nearest_name_is_near(void **state)
{
	static const char *const names[] = {"run", "list", "explain", "plan", NULL};

	(void)state;
	assert_string_equal(pf_nearest("rnu", names), "run");
	assert_string_equal(pf_nearest("explian", names), "explain");
	assert_string_equal(pf_nearest("plans", names), "plan");
	assert_null(pf_nearest("logs", names));
	assert_null(pf_nearest("", names));
	assert_null(pf_nearest("completely different", names));
}

/* ---- Reports ---------------------------------------------------------------------------------------------- */

/* "json>-,text>x" */
static char *
outputs_of(const char *const *specs)
{
	struct pf_output *outputs;
	char *text = pf_strdup(arena, "");

	if (!pf_outputs_parse(arena, specs, &outputs, &err))
		return NULL;
	for (; outputs->format != NULL; outputs++)
		text = pf_printf(arena, "%s%s%s>%s", text, text[0] != '\0' ? "," : "", outputs->format->name,
				 outputs->file);
	return text;
}

#define OUTPUTS(...) outputs_of((const char *const[]){__VA_ARGS__, NULL})

static void
text_goes_to_standard_output_unless_another_does(void **state)
{
	(void)state;
	assert_string_equal(outputs_of(NULL), "text>-");
	assert_string_equal(OUTPUTS("json"), "json>-");
	assert_string_equal(OUTPUTS("json=x"), "json>x,text>-");
	assert_string_equal(OUTPUTS("text=y", "json=x"), "text>y,json>x,text>-");
	assert_string_equal(OUTPUTS("json=-", "text=a=b"), "json>-,text>a=b");
}

static void
two_reports_never_share_a_place(void **state)
{
	(void)state;
	assert_null(OUTPUTS("json", "text"));
	assert_non_null(strstr(err.text, "standard output"));
	assert_null(OUTPUTS("json", "text=-"));
	assert_null(OUTPUTS("json=x", "text=x"));
	assert_int_equal(err.kind, PF_ERR_USAGE);
}

static void
unknown_format_is_named(void **state)
{
	(void)state;
	assert_null(OUTPUTS("jsno"));
	assert_non_null(strstr(err.text, "did you mean json?"));
	assert_null(OUTPUTS("spreadsheet=x"));
	assert_non_null(strstr(err.text, "text, json"));
	assert_null(OUTPUTS("json="));
	assert_int_equal(err.kind, PF_ERR_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(namespace_comes_from_the_first_that_says, begin, end),
		cmocka_unit_test_setup_teardown(impossible_namespace_is_refused_and_never_replaced, begin, end),
		cmocka_unit_test_setup_teardown(color_follows_flag_then_environment_then_terminal, begin, end),
		cmocka_unit_test_setup_teardown(signs_need_utf8_unless_nothing_is_said, begin, end),
		cmocka_unit_test_setup_teardown(empty_variables_are_absent_ones, begin, end),
		cmocka_unit_test_setup_teardown(nearest_name_is_near, begin, end),
		cmocka_unit_test_setup_teardown(text_goes_to_standard_output_unless_another_does, begin, end),
		cmocka_unit_test_setup_teardown(two_reports_never_share_a_place, begin, end),
		cmocka_unit_test_setup_teardown(unknown_format_is_named, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
