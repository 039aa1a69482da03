#include "cli/outputs.h"

#include <string.h>

#include <postflight/file.h>
#include <postflight/str.h>

#include "cli/nearest.h"
#include "cli/options.h"
#include "cli/terminal.h"

/* A report larger than this has lost its way; it is refused, never cut. */
#define MAX_REPORT ((size_t)64 << 20)

#define STDOUT_FILE "-"
#define FILE_MODE 0644

static bool
unknown_format(struct pf_arena *arena, const char *name, struct pf_err *err)
{
	const char **names = pf_words_add(arena, NULL, NULL);
	char *list = pf_strdup(arena, "");

	for (size_t i = 0; pf_report_formats[i] != NULL; i++) {
		names = pf_words_add(arena, names, pf_report_formats[i]->name);
		list = pf_printf(arena, "%s%s%s", list, i > 0 ? ", " : "", pf_report_formats[i]->name);
	}
	const char *nearest = pf_nearest(name, names);
	if (nearest != NULL)
		return pf_fail(err, PF_ERR_USAGE, "unknown report format \"%s\"; did you mean %s?", name, nearest);
	return pf_fail(err, PF_ERR_USAGE, "unknown report format \"%s\"; there are: %s", name, list);
}

static bool
parse_one(struct pf_arena *arena, const char *spec, struct pf_output *out, struct pf_err *err)
{
	const char *equals = strchr(spec, '=');
	char *name = pf_strndup(arena, spec, strcspn(spec, "="));

	out->format = pf_report_find(name);
	out->file = equals != NULL ? equals + 1 : STDOUT_FILE;
	if (out->format == NULL)
		return unknown_format(arena, name, err);
	if (out->file[0] == '\0')
		return pf_fail(err, PF_ERR_USAGE, "--output %s names no file", spec);
	return true;
}

static bool
to_stdout(const struct pf_output *output)
{
	return strcmp(output->file, STDOUT_FILE) == 0;
}

bool
pf_outputs_parse(struct pf_arena *arena, const char *const *specs, struct pf_output **out, struct pf_err *err)
{
	size_t count = 0, filled = 0;
	bool taken = false;

	while (specs != NULL && specs[count] != NULL)
		count++;
	struct pf_output *outputs = pf_alloc_array(arena, count + 2, sizeof *outputs);
	for (; filled < count; filled++) {
		if (!parse_one(arena, specs[filled], &outputs[filled], err))
			return false;
		for (size_t i = 0; i < filled; i++) {
			if (strcmp(outputs[i].file, outputs[filled].file) == 0)
				return pf_fail(err, PF_ERR_USAGE, "two reports would go to %s; give one of them a file",
					       to_stdout(&outputs[i]) ? "standard output" : outputs[i].file);
		}
		taken = taken || to_stdout(&outputs[filled]);
	}
	if (!taken)
		outputs[filled] = (struct pf_output){&pf_report_text, STDOUT_FILE};
	*out = outputs;
	return true;
}

bool
pf_outputs_text_on_terminal(const struct pf_output *outputs)
{
	for (; outputs->format != NULL; outputs++) {
		if (outputs->format == &pf_report_text && to_stdout(outputs))
			return pf_is_terminal(PF_STDOUT);
	}
	return false;
}

static bool
write_one(struct pf_cli *cli, const struct pf_run_flags *flags, const struct pf_output *output,
	  const struct pf_result *result, struct pf_err *err)
{
	PF_AUTO_BUF text = PF_BUF(MAX_REPORT);
	bool terminal = to_stdout(output) && pf_is_terminal(PF_STDOUT);
	const struct pf_report_style style = {
		.color = to_stdout(output) ? pf_wants_color(&cli->env, flags->color, terminal)
					   : pf_streq(flags->color, "always"),
		.unicode = pf_wants_unicode(&cli->env),
		.quiet = flags->quiet,
		.verbose = flags->verbose,
		.width = terminal ? pf_terminal_width(PF_STDOUT) : 0,
	};

	output->format->write(cli->arena, result, &style, &text);
	if (text.cut)
		return pf_fail(err, PF_ERR_IO, "the report is larger than %zu MiB", MAX_REPORT >> 20);
	return pf_file_write(output->file, pf_buf_text(&text), text.len, FILE_MODE, err);
}

bool
pf_outputs_write(struct pf_cli *cli, const struct pf_run_flags *flags, const struct pf_output *outputs,
		 const struct pf_result *result)
{
	bool all = true;

	for (; outputs->format != NULL; outputs++) {
		struct pf_err err;
		if (write_one(cli, flags, outputs, result, &err))
			continue;
		pf_fail_in(&err, "the %s report was not written: ", outputs->format->name);
		pf_cli_complain(cli, "%s", err.text);
		all = false;
	}
	return all;
}
