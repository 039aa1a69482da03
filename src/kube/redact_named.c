/* Secrets that a name announces: NAME=VALUE, "name": "value", name: value, --name VALUE. */
#include <ctype.h>

#include "kube/redact_scan.h"

#define MAX_NAME ((size_t)128)

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_quote(char c)
{
	return c == '"' || c == '\'';
}

static bool
ends_line(struct pf_str text, size_t at)
{
	return at >= text.len || text.p[at] == '\n' || text.p[at] == '\r';
}

static size_t
skip_blanks(struct pf_str text, size_t at)
{
	while (at < text.len && is_blank(text.p[at]))
		at++;
	return at;
}

/* Where the name that ends before END starts. */
static size_t
name_start(struct pf_str text, size_t end)
{
	size_t from = end;

	while (from > 0 && end - from < MAX_NAME && pf_scan_is_name(text.p[from - 1]))
		from--;
	return from;
}

/* The name without the dashes of a flag or the -D of a system property. */
static struct pf_str
bare_name(struct pf_str text, size_t from, size_t to)
{
	size_t dashes = 0;

	while (from < to && text.p[from] == '-') {
		from++;
		dashes++;
	}
	if (dashes == 1 && to - from > 1 && text.p[from] == 'D')
		from++;
	return (struct pf_str){text.p + from, to - from};
}

/*
 * The quote that closes what starts at FROM, on the same line; where it is written with a backslash (ESCAPED), that
 * one. Without any, the line's end, and *CLOSED is false.
 */
static size_t
closing_quote(struct pf_str text, size_t from, char quote, bool escaped, bool *closed)
{
	size_t at;

	*closed = true;
	for (at = from; !ends_line(text, at); at++) {
		if (text.p[at] == '\\' && !ends_line(text, at + 1)) {
			if (escaped && text.p[at + 1] == quote)
				return at;
			at++;
		} else if (text.p[at] == quote) {
			return at;
		}
	}
	*closed = false;
	return at < text.len ? at : text.len;
}

/* True when what follows a character that may end a value shows that it does. */
static bool
is_boundary(struct pf_str text, size_t at)
{
	size_t next = at + 1;

	if (next >= text.len || isspace((unsigned char)text.p[next]) || strchr(",;:)]}\\\"'", text.p[next]) != NULL)
		return true;
	if (text.p[at] != ',')
		return false;
	while (next < text.len && next - at < MAX_NAME && pf_scan_is_name(text.p[next]))
		next++;
	return next < text.len && text.p[next] == '='; /* a=1,b=2 */
}

/* An unquoted value: to white space, or to what closes it in a query, a shell or a printed object. */
static size_t
bare_end(struct pf_str text, size_t at)
{
	size_t open = 0; /* brackets that the value itself opened: $(NAME) */

	for (; at < text.len && !isspace((unsigned char)text.p[at]); at++) {
		char c = text.p[at];
		if (c == '&' || c == ';')
			break;
		if (c == '\\') {
			if (at + 1 < text.len && is_quote(text.p[at + 1]))
				break;
			at += at + 1 < text.len;
		} else if (strchr("([{", c) != NULL) {
			open++;
		} else if (strchr(")]}", c) != NULL && open > 0) {
			open--;
		} else if (strchr(",)]}", c) != NULL) {
			if (is_boundary(text, at))
				break;
		} else if (is_quote(c)) {
			bool closed;
			size_t close;
			if (is_boundary(text, at))
				break;
			close = closing_quote(text, at + 1, c, false, &closed);
			if (!closed)
				break;
			at = close; /* a"b c"d: a shell glues them */
		}
	}
	return at < text.len ? at : text.len;
}

size_t
pf_scan_value_end(struct pf_str text, size_t *from)
{
	size_t at = *from;
	bool escaped = at + 1 < text.len && text.p[at] == '\\' && is_quote(text.p[at + 1]);
	size_t quote = at + (escaped ? 1 : 0);
	bool closed;

	if (quote >= text.len || !is_quote(text.p[quote]))
		return bare_end(text, at);
	*from = quote + 1;
	return closing_quote(text, quote + 1, text.p[quote], escaped, &closed);
}

size_t
pf_scan_assignment(struct pf_scan *scan, size_t at)
{
	struct pf_str text = scan->text;
	size_t name_end = at, from, value = at + 1, end;

	while (name_end > 0 && at - name_end < 4 && is_blank(text.p[name_end - 1]))
		name_end--;
	from = name_start(text, name_end);
	if (from == name_end || (value < text.len && text.p[value] == '='))
		return at;
	if (!pf_secret_name(bare_name(text, from, name_end)))
		return at;
	if (value < text.len && text.p[value] == '>')
		value++; /* => */
	value = skip_blanks(text, value);
	end = pf_scan_value_end(text, &value);
	return pf_scan_hide_value(scan, at, value, end);
}

size_t
pf_scan_flag(struct pf_scan *scan, size_t at)
{
	struct pf_str text = scan->text;
	size_t end = at, value, stop;
	struct pf_str name;
	bool is_user;

	if (at > 0 && !isspace((unsigned char)text.p[at - 1]) && !is_quote(text.p[at - 1]))
		return at;
	while (end < text.len && end - at < MAX_NAME && pf_scan_is_name(text.p[end]))
		end++;
	name = bare_name(text, at, end);
	value = skip_blanks(text, end);
	if (name.len == 0 || value == end || value >= text.len || text.p[value] == '-')
		return at;
	is_user = pf_str_eq(name, PF_STR("u")) || pf_str_eq(name, PF_STR("user")) ||
		  pf_str_eq(name, PF_STR("proxy-user"));
	if (!is_user && !pf_secret_name(name))
		return at;
	stop = pf_scan_value_end(text, &value);
	if (is_user && memchr(text.p + value, ':', stop - value) == NULL)
		return at; /* curl -u NAME:PASSWORD; else it is only a name */
	return pf_scan_hide_value(scan, at, value, stop);
}

/* name: | and the indented lines that follow. Returns the end of the block. */
static size_t
block_end(struct pf_str text, size_t line, size_t indent)
{
	while (line < text.len) {
		size_t first = skip_blanks(text, line), next = first;
		while (next < text.len && text.p[next] != '\n')
			next++;
		if (!ends_line(text, first) && first - line <= indent)
			break;
		line = next < text.len ? next + 1 : next;
	}
	return line;
}

/* The value of name: VALUE in YAML or a header: the rest of the line, or a block. QUOTE closes it where not 0. */
static size_t
hide_line(struct pf_scan *scan, size_t at, size_t indent, char quote)
{
	struct pf_str text = scan->text;
	size_t from = skip_blanks(text, at + 1), end = from;

	if (from == at + 1 || ends_line(text, from))
		return at;
	if (quote == '\0' && (text.p[from] == '|' || text.p[from] == '>')) {
		for (end = from; end < text.len && text.p[end] != '\n';)
			end++;
		if (end == text.len)
			return at;
		from = end + 1;
		end = block_end(text, from, indent);
		while (end > from && isspace((unsigned char)text.p[end - 1]))
			end--;
		return pf_scan_hide_value(scan, at, from, end);
	}
	if (quote == '\0' && is_quote(text.p[from]))
		end = pf_scan_value_end(text, &from);
	else {
		while (!ends_line(text, end) && (quote == '\0' || text.p[end] != quote))
			end++;
		while (end > from && is_blank(text.p[end - 1]))
			end--;
	}
	return pf_scan_hide_value(scan, at, from, end);
}

/* "name": VALUE, the quotes possibly escaped. */
static size_t
hide_member(struct pf_scan *scan, size_t at)
{
	struct pf_str text = scan->text;
	size_t from = at + 1, end;

	while (from < text.len && isspace((unsigned char)text.p[from]))
		from++;
	if (from >= text.len || text.p[from] == '{' || text.p[from] == '[')
		return at;
	end = pf_scan_value_end(text, &from);
	return pf_scan_hide_value(scan, at, from, end);
}

/* password: x1y2z3 within a sentence: only what looks made up, for prose goes on after a colon as well. */
static size_t
hide_word(struct pf_scan *scan, size_t at)
{
	struct pf_str text = scan->text;
	size_t from = skip_blanks(text, at + 1), end;
	bool digits = false, letters = false;

	if (from == at + 1)
		return at;
	end = pf_scan_value_end(text, &from);
	for (size_t i = from; i < end; i++) {
		digits |= isdigit((unsigned char)text.p[i]) != 0;
		letters |= isalpha((unsigned char)text.p[i]) != 0;
	}
	return end - from >= 6 && digits && letters ? pf_scan_hide_value(scan, at, from, end) : at;
}

size_t
pf_scan_label(struct pf_scan *scan, size_t at)
{
	struct pf_str text = scan->text;
	size_t end = at, from, line;
	char quote = '\0';

	while (end > 0 && at - end < 4 && is_blank(text.p[end - 1]))
		end--;
	if (end > 0 && is_quote(text.p[end - 1])) {
		quote = text.p[--end];
		end -= end > 0 && text.p[end - 1] == '\\';
	} else {
		end = at;
	}
	from = name_start(text, end);
	if (from == end || !pf_secret_name(bare_name(text, from, end)))
		return at;
	if (quote != '\0')
		return from > 0 && text.p[from - 1] == quote ? hide_member(scan, at) : at;
	if (from > 0 && is_quote(text.p[from - 1]))
		return hide_line(scan, at, 0, text.p[from - 1]); /* -H "Authorization: …" */
	line = from;
	while (line > 0 && (is_blank(text.p[line - 1]) || text.p[line - 1] == '-'))
		line--;
	if (line == 0 || text.p[line - 1] == '\n')
		return hide_line(scan, at, from - line, '\0');
	return hide_word(scan, at);
}
