#include <postflight/manifest.h>

#include <string.h>

#include <postflight/buf.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "plan/embedded.h"
#include "plan/place.h"
#include "plan/template.h"

#define HEAD "#! "
#define SET "set "
#define FILLED_CAP ((size_t)1 << 20)

/* Inside a value; at its ends only letters and digits. One word in YAML, quoted or not, and of no other meaning. */
#define VALUE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@"
#define VALUE_ENDS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static void
read_head(struct pf_arena *arena, struct pf_manifest *manifest, const char *text)
{
	struct pf_manifest_variable *grown;

	while (pf_starts_with(text, HEAD)) {
		const char *line = text + strlen(HEAD);
		size_t len = strcspn(line, "\n");
		const char *equals = memchr(line, '=', len);

		text = line + len + (line[len] == '\n');
		if (!pf_starts_with(line, SET) || equals == NULL) {
			manifest->summary = pf_strndup(arena, line, len);
			continue;
		}
		grown = pf_alloc_array(arena, manifest->variable_count + 1, sizeof *grown);
		for (size_t i = 0; i < manifest->variable_count; i++)
			grown[i] = manifest->variables[i];
		line += strlen(SET);
		len -= strlen(SET);
		grown[manifest->variable_count++] = (struct pf_manifest_variable){
			pf_strndup(arena, line, (size_t)(equals - line)),
			pf_strndup(arena, equals + 1, len - (size_t)(equals + 1 - line)),
		};
		manifest->variables = grown;
	}
	manifest->body = text;
}

struct pf_manifest *
pf_manifests_of(struct pf_arena *arena, const char *name, size_t *count)
{
	size_t len = strlen(name), total = 0;
	struct pf_manifest *all;

	while (pf_embedded_manifests[total].name != NULL)
		total++;
	all = pf_alloc_array(arena, total + 1, sizeof *all);
	*count = 0;
	for (size_t i = 0; i < total; i++) {
		const struct pf_embedded *e = &pf_embedded_manifests[i];
		if (strncmp(e->name, name, len) != 0 || e->name[len] != '/')
			continue;
		all[*count] = (struct pf_manifest){.variant = e->name + len + 1, .summary = ""};
		read_head(arena, &all[(*count)++], e->text);
	}
	return all;
}

static struct pf_manifest_variable *
own_variable(const struct pf_manifest *manifest, const char *name, size_t len)
{
	for (size_t i = 0; i < manifest->variable_count; i++) {
		struct pf_manifest_variable *v = &manifest->variables[i];
		if (strlen(v->name) == len && memcmp(v->name, name, len) == 0)
			return v;
	}
	return NULL;
}

static const struct pf_variable *
plan_variable(const struct pf_plan *plan, const char *name, size_t len)
{
	for (size_t i = 0; i < plan->variable_count; i++) {
		const char *known = plan->variables[i].name;
		if (strlen(known) == len && memcmp(known, name, len) == 0)
			return &plan->variables[i];
	}
	return NULL;
}

static bool
fail_unknown(struct pf_arena *arena, const struct pf_manifest *manifest, const struct pf_plan *plan, const char *name,
	     struct pf_err *err)
{
	const char **names = pf_alloc_array(arena, plan->variable_count + manifest->variable_count + 1, sizeof *names);
	size_t count = 0;

	for (size_t i = 0; i < plan->variable_count; i++)
		names[count++] = plan->variables[i].name;
	for (size_t i = 0; i < manifest->variable_count; i++) {
		const char *own = manifest->variables[i].name;
		if (plan_variable(plan, own, strlen(own)) == NULL)
			names[count++] = own;
	}
	return pf_fail(err, PF_ERR_USAGE, "--set %s: the manifest %s has no variable \"%s\"; it has: %s", name,
		       manifest->variant, name, pf_join(arena, names, ", "));
}

bool
pf_manifest_set(struct pf_arena *arena, struct pf_manifest *manifest, struct pf_plan *plan, const char *assignment,
		struct pf_err *err)
{
	size_t len = strcspn(assignment, "=");
	struct pf_manifest_variable *own = own_variable(manifest, assignment, len);

	if (len == 0 || assignment[len] == '\0' || plan_variable(plan, assignment, len) != NULL)
		return pf_plan_set(arena, plan, assignment, err);
	if (own == NULL)
		return fail_unknown(arena, manifest, plan, pf_strndup(arena, assignment, len), err);
	own->value = pf_strdup(arena, assignment + len + 1);
	return true;
}

struct filling {
	struct pf_arena *arena;
	const struct pf_manifest *manifest;
	const struct pf_plan *plan;
	const char *namespace_;
	const char *version;
	struct pf_buf *out;
};

static bool
is_one_word(const char *value)
{
	size_t len = strlen(value);

	return len > 0 && strspn(value, VALUE_CHARACTERS) == len && strchr(VALUE_ENDS, value[0]) != NULL &&
	       strchr(VALUE_ENDS, value[len - 1]) != NULL;
}

/* What NAME stands for; NULL when nobody knows the name. A head's value may hold ${version} once. */
static const char *
value_of(const struct filling *f, const char *name, size_t len)
{
	const struct pf_variable *known = plan_variable(f->plan, name, len);
	const struct pf_manifest_variable *own = own_variable(f->manifest, name, len);
	static const char version[] = "${version}";

	if (pf_str_eq((struct pf_str){name, len}, PF_STR("namespace")))
		return f->namespace_ != NULL ? f->namespace_ : "";
	if (pf_str_eq((struct pf_str){name, len}, PF_STR("version")))
		return f->version;
	if (known != NULL && known->value != NULL && known->value[0] != '\0')
		return known->value;
	if (own == NULL)
		return known != NULL ? "" : NULL;
	const char *at = strstr(own->value, version);
	return at == NULL ? own->value
			  : pf_printf(f->arena, "%.*s%s%s", (int)(at - own->value), own->value, f->version,
				      at + strlen(version));
}

static bool
put_value(const struct filling *f, const struct pf_piece *piece, struct pf_buf *line, bool *empty, struct pf_err *err)
{
	const char *name = pf_strndup(f->arena, piece->p, piece->len);
	const char *value = value_of(f, piece->p, piece->len);

	if (value == NULL)
		return pf_fail(err, PF_ERR_CONFIG,
			       "the manifest %s needs a variable \"%s\", which plan %s does not have",
			       f->manifest->variant, name, f->plan->name);
	if (value[0] == '\0' && own_variable(f->manifest, piece->p, piece->len) == NULL) {
		*empty = true;
		return true;
	}
	if (!is_one_word(value))
		return pf_fail(err, PF_ERR_USAGE,
			       "--set %s: %s cannot stand in a manifest; expected letters and digits, and between them "
			       "also . _ - / : @",
			       name, pf_quote(f->arena, value));
	pf_buf_puts(line, value);
	return true;
}

/* TEXT is one line with its end. */
static bool
fill_line(const struct filling *f, const char *text, struct pf_err *err)
{
	PF_AUTO_BUF line = PF_BUF(FILLED_CAP);
	struct pf_piece piece;
	bool empty = false;

	while ((piece = pf_template_next(&text)).kind != PF_PIECE_END) {
		if (piece.kind == PF_PIECE_REFERENCE) {
			if (!put_value(f, &piece, &line, &empty, err))
				return false;
		} else {
			pf_buf_add(&line, piece.p, piece.kind == PF_PIECE_DOLLAR ? 1 : piece.len);
		}
	}
	if (!empty)
		pf_buf_puts(f->out, pf_buf_text(&line));
	return true;
}

bool
pf_manifest_fill(struct pf_arena *arena, const struct pf_manifest *manifest, const struct pf_plan *plan,
		 const char *namespace_, const char *version, const char **out, struct pf_err *err)
{
	PF_AUTO_BUF buf = PF_BUF(FILLED_CAP);
	struct filling f = {arena, manifest, plan, namespace_, version, &buf};

	for (const char *p = manifest->body; *p != '\0';) {
		size_t len = strcspn(p, "\n");
		len += p[len] == '\n';
		if (!fill_line(&f, pf_strndup(arena, p, len), err))
			return false;
		p += len;
	}
	*out = pf_strdup(arena, pf_buf_text(&buf));
	return true;
}
