#include "cli/consent.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include <postflight/clock.h>
#include <postflight/signals.h>
#include <postflight/text.h>

#include "cli/terminal.h"
#include "run/select.h"

#define PATIENCE_MS (60 * 1000)
#define ANSWER_MAX 16
#define QUESTION_MAX 400

static const struct pf_plan_check *
selected_disruption(struct pf_cli *cli, const struct pf_plan *plan, const struct pf_run_options *options)
{
	const bool *selected = pf_select(cli->arena, plan, options);

	for (size_t i = 0; i < plan->check_count; i++) {
		if (selected[i] && plan->checks[i].probe->disruptive)
			return &plan->checks[i];
	}
	return NULL;
}

/* True when a line, or the end of input, can be read; false when a signal came or nobody answers. */
static bool
is_answered(struct pf_deadline deadline)
{
	struct pollfd fds[] = {{.fd = PF_STDIN, .events = POLLIN}, {.fd = pf_signals_fd(), .events = POLLIN}};
	int n;

	do
		n = poll(fds, 2, pf_deadline_left(deadline));
	while (n < 0 && errno == EINTR);
	return n > 0 && fds[1].revents == 0;
}

static bool
is_yes(const char *line)
{
	return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

/* A terminal hands over whole lines: one read is one answer. */
static bool
read_yes(void)
{
	char line[ANSWER_MAX + 1];
	ssize_t len;

	if (!is_answered(pf_deadline_in(PATIENCE_MS)))
		return false;
	len = read(PF_STDIN, line, ANSWER_MAX);
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r' || line[len - 1] == ' '))
		len--;
	if (len <= 0)
		return false;
	line[len] = '\0';
	return is_yes(line);
}

bool
pf_consent_ask(struct pf_cli *cli, const struct pf_run_flags *flags, const struct pf_plan *plan,
	       const struct pf_run_options *options)
{
	const struct pf_plan_check *check;

	if (!flags->may_ask || flags->restart != NULL || flags->quiet || cli->env.ci != NULL ||
	    !pf_is_terminal(PF_STDIN) || !pf_is_terminal(PF_STDERR))
		return false;
	check = selected_disruption(cli, plan, options);
	if (check == NULL)
		return false;
	const char *where = pf_printf(cli->arena, "namespace %s%s%s", options->namespace_,
				      options->context[0] != '\0' ? ", context " : "", options->context);
	fprintf(stderr, "%s: it %s (%s). Do that? [y/N] ", pf_one_line(cli->arena, check->title, QUESTION_MAX),
		check->probe->summary, pf_one_line(cli->arena, where, QUESTION_MAX));
	fflush(stderr);
	bool yes = read_yes();
	if (!yes)
		fputs("no\n", stderr);
	return yes;
}
