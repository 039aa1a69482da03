/* What a line may go on with: everything offered is from the tables, and everything in the tables is offered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <postflight/report.h>
#include <postflight/str.h>

#include "cli/candidates.h"
#include "cli/cli.h"
#include "program.h"

/* The answer to LINE, whose last word is begun: "" when it ends with a space. */
static char *
asked(const char *line)
{
	struct outcome outcome = postflight(pf_printf(arena, "__complete %s", line));

	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.err, "");
	return outcome.out;
}

/* As asked(), without what helps a person. */
static const char *
candidates(const char *line)
{
	char *text = asked(line), *out = text;

	for (char *p = text; *p != '\0'; p++) {
		if (*p == '\t')
			p += strcspn(p, "\n");
		*out++ = *p;
	}
	*out = '\0';
	return text;
}

static bool
offers(const char *line, const char *candidate)
{
	return strstr(pf_printf(arena, "\n%s", asked(line)), pf_printf(arena, "\n%s", candidate)) != NULL;
}

static void
every_command_and_each_of_its_options_is_offered(void **state)
{
	(void)state;
	for (size_t i = 0; pf_commands[i] != NULL; i++) {
		const struct pf_command *command = pf_commands[i];
		assert_true(offers(pf_printf(arena, "%.1s", command->name), command->name));
		for (const struct pf_option *option = command->options; option->name != NULL; option++) {
			const char *line = pf_printf(arena, "%s --%.1s", command->name, option->name);
			assert_true(offers(line, pf_printf(arena, "--%s\t", option->name)));
		}
		assert_true(offers(pf_printf(arena, "%s --h", command->name), "--help"));
	}
}

static void
words_offered_are_words_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; pf_commands[i] != NULL; i++) {
		const struct pf_command *command = pf_commands[i];
		if (command->operands == NULL || command->operands[0].words == NULL)
			continue;
		for (const char *p = command->operands[0].words; *p != '\0'; p += strspn(p, " ")) {
			size_t len = strcspn(p, " ");
			struct outcome outcome = postflight(pf_printf(arena, "%s %.*s", command->name, (int)len, p));
			/* "plan validate" wants a file yet, and knows what it is. */
			if (outcome.status != 0)
				assert_non_null(strstr(outcome.err, pf_printf(arena, "%.*s needs", (int)len, p)));
			p += len;
		}
	}
}

static void
values_come_from_where_they_are_known(void **state)
{
	(void)state;
	assert_string_equal(candidates("run --restart="), "rollout\npod\n:4\n");
	assert_string_equal(candidates("run --color a"), "auto\nalways\n:4\n");
	assert_string_equal(candidates("run --set create_table=f"), "create_table=false\n:4\n");
	assert_string_equal(candidates("run --set create_t"), "create_table=\n:6\n");
	assert_string_equal(candidates("run --only db-service,cart-e"), "db-service,cart-env\n:4\n");
	assert_string_equal(candidates("run --skip dns"), "dns\n:4\n");
	assert_string_equal(candidates("explain endpoint-p"), "endpoint-port\n:4\n");
	assert_string_equal(candidates("explain connection-"), "connection-refused\n:4\n");
	assert_string_equal(candidates("manifests d"), "debug-pod\ndocumented\ndurable\n:4\n");
	assert_string_equal(candidates("manifests job --set im"), "image=\n:6\n");
	assert_string_equal(candidates("manifests rbac --set im"), ":6\n");
	assert_string_equal(candidates("help mani"), "manifests\n:4\n");
	assert_string_equal(candidates("run cart"), "cart-dynamodb\n:0\n");
	assert_string_equal(candidates("run --token-file x"), ":0\n");
	assert_string_equal(candidates("run --record x"), ":20\n");
	for (size_t i = 0; pf_report_formats[i] != NULL; i++)
		assert_true(
			offers(pf_printf(arena, "run -o %s", pf_report_formats[i]->name), pf_report_formats[i]->name));
}

static void
words_before_are_read_as_the_command_reads_them(void **state)
{
	(void)state;
	assert_string_equal(candidates("run -n run --col"), "--color\n:4\n");
	assert_string_equal(candidates("run -qn run --col"), "--color\n:4\n");
	assert_string_equal(candidates("run --quiet -nrun --qui"), ":4\n");
	assert_string_equal(candidates("run --set a=b --set"), "--set\n:4\n");
	assert_string_equal(candidates("run -- --col"), ":0\n");
	assert_string_equal(candidates("run --restart pod"), ":0\n");
	assert_string_equal(candidates("list modes cart"), "cart-dynamodb\n:0\n");
	assert_string_equal(candidates("list modes cart-dynamodb cart"), ":4\n");
	assert_string_equal(candidates("nothing --set"), ":4\n");
	assert_string_equal(candidates("run --nothing=r"), ":4\n");
}

static void
plan_of_ones_own_is_read(void **state)
{
	(void)state;
	write_file("plan.json", postflight("plan show").out);
	assert_string_equal(candidates(pf_printf(arena, "run %s --set create_t", in_dir("plan.json"))),
			    "create_table=\n:6\n");
	assert_string_equal(candidates(pf_printf(arena, "logs --plan %s --set create_t", in_dir("plan.json"))),
			    "create_table=\n:6\n");
	assert_string_equal(candidates("run /nonexistent/plan.json --set create_t"), ":6\n");
}

static void
names_come_from_the_kubeconfig(void **state)
{
	(void)state;
	write_file("kubeconfig", "contexts:\n- {name: kind-dev, context: {}}\n- {name: \"a\\tb\", context: {}}\n"
				 "clusters:\n- {name: east, cluster: {}}\nusers:\n- {name: root, user: {}}\n");
	const char *file = in_dir("kubeconfig");
	assert_string_equal(candidates(pf_printf(arena, "run --kubeconfig %s --context k", file)), "kind-dev\n:4\n");
	assert_string_equal(candidates(pf_printf(arena, "run --kubeconfig=%s --cluster=e", file)), "east\n:4\n");
	assert_string_equal(candidates(pf_printf(arena, "run --kubeconfig %s --user r", file)), "root\n:4\n");
	/* A name with a tab would be taken for a name and its help. */
	assert_string_equal(candidates(pf_printf(arena, "run --kubeconfig %s --context a", file)), ":4\n");
	assert_string_equal(candidates("run --kubeconfig /nonexistent/config --context k"), ":4\n");
}

static void
kubectl_asks_by_another_name(void **state)
{
	(void)state;
	struct outcome outcome = called("/usr/bin/kubectl_complete-postflight", "manifests r");
	assert_int_equal(outcome.status, 0);
	assert_true(pf_starts_with(outcome.out, "rbac\t"));
	assert_true(pf_ends_with(outcome.out, "\n:4\n"));
}

static void
scripts_ask_the_program(void **state)
{
	static const char *const shells[] = {"bash", "zsh", "fish"};

	(void)state;
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
		struct outcome outcome = postflight(pf_printf(arena, "completion %s", shells[i]));
		assert_int_equal(outcome.status, 0);
		assert_non_null(strstr(outcome.out, " " PF_COMPLETE_WORD " "));
	}
	assert_int_equal(postflight("completion csh").status, 64);
	assert_int_equal(postflight("completion").status, 64);
	/* Nobody is to type it. */
	assert_null(strstr(postflight("--help").out, PF_COMPLETE_WORD));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_command_and_each_of_its_options_is_offered, begin, end),
		cmocka_unit_test_setup_teardown(words_offered_are_words_accepted, begin, end),
		cmocka_unit_test_setup_teardown(values_come_from_where_they_are_known, begin, end),
		cmocka_unit_test_setup_teardown(words_before_are_read_as_the_command_reads_them, begin, end),
		cmocka_unit_test_setup_teardown(plan_of_ones_own_is_read, begin, end),
		cmocka_unit_test_setup_teardown(names_come_from_the_kubeconfig, begin, end),
		cmocka_unit_test_setup_teardown(kubectl_asks_by_another_name, begin, end),
		cmocka_unit_test_setup_teardown(scripts_ask_the_program, begin, end),
	};

	return cmocka_run_group_tests(tests, begin_all, end_all);
}
