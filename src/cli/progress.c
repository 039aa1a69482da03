#include "cli/progress.h"

#include <inttypes.h>
#include <unistd.h>

#include <postflight/clock.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "cli/terminal.h"
#include "report/text.h"

/* One row; longer ones would wrap and could not be taken off again. */
#define MAX_ROW 4096

#define TO_LINE_START "\r"
#define ERASE_BELOW "\033[J"

struct pf_progress {
	struct pf_arena *arena;
	bool color;
	bool unicode;
	unsigned width;
	unsigned height;
	unsigned title_width;
	unsigned rows;     /* finished ones on the terminal, each with its newline */
	const char *title; /* of the running check */
};

static void
show(const char *text, size_t len)
{
	/* Only a show: a terminal that is gone must not end the run. */
	while (len > 0) {
		ssize_t n = write(PF_STDERR, text, len);
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* Replaces the last line by a row: its MARK put by the caller's page, TITLE, and as much of MESSAGE as fits. */
static void
finish_row(struct pf_progress *p, struct pf_page *page, const char *title, const char *message)
{
	pf_page_put(page, PF_INK_PLAIN, title);
	/* Before the first check runs there is none to name: a rollout is given its time. */
	bool alone = title[0] == '\0';
	if (message != NULL && message[0] != '\0') {
		if (!alone)
			pf_page_to(page, p->title_width + 3 + pf_text_mark_width(page));
		/* One column stays free: writing in the last one wraps on some terminals. */
		size_t room = p->width > page->column + 1 ? p->width - page->column - 1 : 0;
		if (room > 3)
			pf_page_put(page, PF_INK_FAINT, pf_one_line(p->arena, message, room));
	}
}

static struct pf_page
new_row(struct pf_progress *p, struct pf_buf *out)
{
	pf_buf_puts(out, TO_LINE_START ERASE_BELOW);
	return (struct pf_page){.arena = p->arena, .out = out, .color = p->color, .unicode = p->unicode};
}

static void
running(struct pf_progress *p, const char *what)
{
	PF_AUTO_BUF out = PF_BUF(MAX_ROW);
	struct pf_page page = new_row(p, &out);

	pf_page_to(&page, pf_text_mark_width(&page));
	finish_row(p, &page, p->title, what);
	show(pf_buf_text(&out), out.len);
}

static void
on_started(void *context, const struct pf_plan_check *check)
{
	struct pf_progress *p = context;

	p->title = check->title;
	running(p, p->unicode ? "…" : "...");
}

static void
on_waiting(void *context, const char *what, int64_t left_ms)
{
	struct pf_progress *p = context;

	running(p, pf_printf(p->arena, "waiting: %s (%s left)", what, pf_duration_format(p->arena, left_ms)));
}

static void
on_done(void *context, const struct pf_check_result *result)
{
	struct pf_progress *p = context;
	PF_AUTO_BUF out = PF_BUF(MAX_ROW);
	struct pf_page page = new_row(p, &out);

	pf_text_mark(&page, result->verdict);
	finish_row(p, &page, result->check->title, result->message);
	/* What scrolled off could not be erased, so a low terminal shows the newest row only. */
	if (p->rows + 2 < p->height) {
		pf_page_end(&page);
		p->rows++;
	}
	show(pf_buf_text(&out), out.len);
}

struct pf_progress *
pf_progress_start(struct pf_cli *cli, const struct pf_run_flags *flags, const struct pf_plan *plan)
{
	bool dumb = cli->env.term == NULL || pf_streq(cli->env.term, "dumb");

	if (flags->no_progress || cli->env.ci != NULL || dumb || !pf_is_terminal(PF_STDERR))
		return NULL;
	struct pf_progress *p = pf_alloc(cli->arena, sizeof *p);
	*p = (struct pf_progress){
		.arena = cli->arena,
		.color = pf_wants_color(&cli->env, flags->color, true),
		.unicode = pf_wants_unicode(&cli->env),
		.width = pf_terminal_width(PF_STDERR),
		.height = pf_terminal_height(PF_STDERR),
		.title = "",
	};
	for (size_t i = 0; i < plan->check_count; i++) {
		unsigned columns = (unsigned)pf_columns(plan->checks[i].title);
		p->title_width = columns > p->title_width ? columns : p->title_width;
	}
	return p;
}

struct pf_run_events
pf_progress_events(struct pf_progress *progress)
{
	if (progress == NULL)
		return (struct pf_run_events){0};
	return (struct pf_run_events){
		.context = progress,
		.check_started = on_started,
		.check_done = on_done,
		.waiting = on_waiting,
	};
}

void
pf_progress_end(struct pf_progress *progress)
{
	if (progress == NULL)
		return;
	char *up = progress->rows > 0 ? pf_printf(progress->arena, "\033[%uA", progress->rows)
				      : pf_strdup(progress->arena, "");
	char *erase = pf_printf(progress->arena, TO_LINE_START "%s" ERASE_BELOW, up);
	show(erase, strlen(erase));
}
