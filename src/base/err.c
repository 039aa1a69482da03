/* Errors: a kind, and a sentence that is always one line of valid UTF-8. */
#include <postflight/err.h>

#include <stdio.h>
#include <string.h>

#include <postflight/arena.h>
#include <postflight/str.h>

#include "utf8.h"

static const char *const names[PF_ERR_COUNT] = {
	[PF_ERR_NONE] = "none",
	[PF_ERR_USAGE] = "usage",
	[PF_ERR_CONFIG] = "config",
	[PF_ERR_UNREACHABLE] = "unreachable",
	[PF_ERR_TLS] = "tls",
	[PF_ERR_TIMEOUT] = "timeout",
	[PF_ERR_INTERRUPTED] = "interrupted",
	[PF_ERR_UNAUTHORIZED] = "unauthorized",
	[PF_ERR_FORBIDDEN] = "forbidden",
	[PF_ERR_NOT_FOUND] = "not-found",
	[PF_ERR_CONFLICT] = "conflict",
	[PF_ERR_GONE] = "gone",
	[PF_ERR_SERVER] = "server",
	[PF_ERR_PROTOCOL] = "protocol",
	[PF_ERR_NOT_RECORDED] = "not-recorded",
	[PF_ERR_IO] = "io",
};

/* TEXT may be ERR's own: it is copied before the first byte is overwritten. */
static void
set_text(struct pf_err *err, const char *text)
{
	PF_AUTO_BUF line = PF_BUF(PF_ERR_TEXT - 1);

	pf_one_line_into(&line, text);
	memset(err->text, 0, sizeof(err->text));
	memcpy(err->text, pf_buf_text(&line), line.len);
}

bool
pf_fail(struct pf_err *err, enum pf_err_kind kind, const char *format, ...)
{
	struct pf_arena *arena = pf_arena_new();
	va_list args;

	va_start(args, format);
	if (err != NULL) {
		set_text(err, pf_vprintf(arena, format, args));
		err->kind = kind;
	}
	va_end(args);
	pf_arena_free(arena);
	return false;
}

bool
pf_fail_in(struct pf_err *err, const char *format, ...)
{
	struct pf_arena *arena = pf_arena_new();
	va_list args;

	va_start(args, format);
	if (err != NULL)
		set_text(err, pf_printf(arena, "%s: %s", pf_vprintf(arena, format, args), err->text));
	va_end(args);
	pf_arena_free(arena);
	return false;
}

const char *
pf_err_name(enum pf_err_kind kind)
{
	return (unsigned)kind < PF_ERR_COUNT ? names[kind] : "unknown";
}

enum pf_err_kind
pf_err_kind_of(const char *name)
{
	unsigned kind = 0;

	while (kind < PF_ERR_COUNT && !pf_streq(names[kind], name))
		kind++;
	return (enum pf_err_kind)kind;
}
