/* postflight manifests: reference YAML of a plan, to apply or to compare one's own with. */
#include <stddef.h>

#include <postflight/manifest.h>
#include <postflight/str.h>

#include "cli/cli.h"
#include "cli/namespaces.h"
#include "cli/nearest.h"
#include "cli/plans.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "plan/place.h"
#include "report/page.h"

#define LIST_CAP ((size_t)64 << 10)
#define SUMMARY_COLUMN 13

struct manifests_flags {
	const char *namespace_;
	const char **set;
};

#define INTO(member) .into = offsetof(struct manifests_flags, member)

static const struct pf_option options[] = {
	{"namespace", 'n', PF_OPT_TEXT, "NS", .group = "What is printed", INTO(namespace_),
	 .help = "write this namespace into each object; else they go where kubectl apply -n puts them"},
	{"set", 0, PF_OPT_TEXTS, "VAR=VALUE", INTO(set), .completes = PF_COMPLETES_VARIABLES,
	 .help = "give a variable of the plan, or of the manifest, its value; may be repeated"},
	{0},
};

static int
list(struct pf_cli *cli, const struct pf_manifest *all, size_t count)
{
	PF_AUTO_BUF out = PF_BUF(LIST_CAP);
	struct pf_page page = {
		.arena = cli->arena, .out = &out, .unicode = true, .width = pf_terminal_width(PF_STDOUT)};

	for (size_t i = 0; i < count; i++) {
		pf_page_put(&page, PF_INK_PLAIN, all[i].variant);
		pf_page_to(&page, SUMMARY_COLUMN);
		pf_page_flow(&page, PF_INK_PLAIN, all[i].summary);
	}
	return pf_cli_print(cli, pf_buf_text(&out)) ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
}

static struct pf_manifest *
choose(struct pf_cli *cli, struct pf_manifest *all, size_t count, const char *variant)
{
	const char **names = NULL;

	for (size_t i = 0; i < count; i++) {
		if (pf_streq(all[i].variant, variant))
			return &all[i];
		names = pf_words_add(cli->arena, names, all[i].variant);
	}
	const char *nearest = pf_nearest(variant, names);
	pf_cli_complain(cli, "there is no manifest \"%s\"%s%s%s; there are: %s", variant,
			nearest != NULL ? " (did you mean " : "", nearest != NULL ? nearest : "",
			nearest != NULL ? "?)" : "", pf_join(cli->arena, names, ", "));
	return NULL;
}

static int
print(struct pf_cli *cli, const struct manifests_flags *flags, struct pf_plan *plan, struct pf_manifest *manifest)
{
	struct pf_namespace_sources sources = {.flag = flags->namespace_};
	const char *namespace_ = NULL, *text;
	struct pf_err err = {0};

	if (flags->namespace_ != NULL && !pf_choose_namespace(&sources, &namespace_, &err))
		return pf_cli_failed(cli, &err);
	for (size_t i = 0; flags->set != NULL && flags->set[i] != NULL; i++) {
		if (!pf_manifest_set(cli->arena, manifest, plan, flags->set[i], &err))
			return pf_cli_failed(cli, &err);
	}
	if (!pf_manifest_fill(cli->arena, manifest, plan, namespace_, PF_VERSION, &text, &err))
		return pf_cli_failed(cli, &err);
	return pf_cli_print(cli, text) ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
}

static int
run(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv)
{
	struct manifests_flags flags = {0};
	struct pf_err err = {0};
	struct pf_plan *plan;
	char **operands;
	int status;
	size_t count;

	if (!pf_cli_parse(cli, self, argc, argv, &flags, 2, &operands, &status))
		return status;
	const char *variant = operands[0];
	if (!pf_plan_open(cli->arena, variant != NULL ? operands[1] : NULL, &plan, &err))
		return pf_cli_failed(cli, &err);
	struct pf_manifest *all = pf_manifests_of(cli->arena, plan->name, &count);
	if (count == 0) {
		pf_cli_complain(cli, "plan %s has no manifests; only built-in plans have some", plan->name);
		return PF_EXIT_USAGE;
	}
	if (variant == NULL)
		return list(cli, all, count);
	struct pf_manifest *manifest = choose(cli, all, count, variant);
	return manifest != NULL ? print(cli, &flags, plan, manifest) : PF_EXIT_USAGE;
}

const struct pf_command pf_command_manifests = {
	.name = "manifests",
	.arguments = "[VARIANT] [PLAN]",
	.summary = "prints reference YAML; without VARIANT, which there are",
	.options = options,
	.operands = (const struct pf_operand[]){{NULL, PF_COMPLETES_VARIANTS}, {NULL, PF_COMPLETES_PLANS}, {0}},
	.run = run,
};
