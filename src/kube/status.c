/* Status objects in our own words: who may not do what, what is missing, which credentials were refused. */
#include "kube/status.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#define MESSAGE ((size_t)400)
#define PATH ((size_t)200)
#define NAME ((size_t)120)

const char pf_web_page_hint[] = "is the URL that of a Kubernetes API server, or is a proxy or login page in between?";

bool
pf_is_web_page(const char *content_type)
{
	return strncasecmp(content_type, "text/html", 9) == 0 ||
	       strncasecmp(content_type, "application/xhtml", 17) == 0;
}

/* The server's own words, one line; NULL when it said nothing. */
static const char *
message_of(struct pf_arena *arena, const struct pf_refusal *refusal)
{
	const char *message = PF_STRING_AT(refusal->json, "message");

	if (message == NULL && refusal->json == NULL && !pf_is_web_page(refusal->content_type))
		message = refusal->text;
	if (message == NULL || message[strspn(message, " \t\r\n")] == '\0')
		return NULL;
	message += strspn(message, " \t\r\n");
	return pf_one_line(arena, pf_strndup(arena, message, strcspn(message, "\r\n")), MESSAGE);
}

/* ": MESSAGE", or nothing. */
static const char *
behind_colon(struct pf_arena *arena, const struct pf_refusal *refusal)
{
	const char *message = message_of(arena, refusal);

	return message != NULL ? pf_printf(arena, ": %s", message) : "";
}

/* "GET /api/…" */
static const char *
asked(struct pf_arena *arena, const struct pf_refusal *refusal)
{
	return pf_printf(arena, "%s %s", refusal->method, pf_one_line(arena, refusal->path, PATH));
}

/* What stands between BEFORE and AFTER (to the end when NULL); NULL when they are not there. */
static const char *
between(struct pf_arena *arena, const char *text, const char *before, const char *after)
{
	const char *from = strstr(text, before), *to;

	if (from == NULL)
		return NULL;
	from += strlen(before);
	to = after != NULL ? strstr(from, after) : from + strlen(from);
	return to != NULL ? pf_one_line(arena, pf_strndup(arena, from, (size_t)(to - from)), NAME) : NULL;
}

/* " in namespace NS", by the request's path; nothing for what has none. */
static const char *
in_namespace(struct pf_arena *arena, const char *path)
{
	const char *name = between(arena, path, "/namespaces/", NULL);

	if (name == NULL || strchr(name, '/') == NULL)
		return "";
	return pf_printf(arena, " in namespace %s", pf_strndup(arena, name, strcspn(name, "/")));
}

/* pods "x" is forbidden: User "u" cannot get resource "pods/log" in API group "" in the namespace "ns" */
static bool
explain_rbac(struct pf_arena *arena, const struct pf_refusal *refusal, const char *message, struct pf_err *err)
{
	const char *user = between(arena, message, "User \"", "\" cannot ");
	const char *verb = between(arena, message, "\" cannot ", " ");
	const char *resource = between(arena, message, " resource \"", "\" in API group ");
	const char *group = between(arena, message, "\" in API group \"", "\"");
	const char *namespace_ = between(arena, message, " in the namespace \"", "\"");
	const char *path = between(arena, message, " path \"", "\"");
	const char *name = PF_STRING_AT(refusal->json, "details", "name");
	const char *why = between(arena, message, "RBAC: ", NULL);

	if (user == NULL || verb == NULL || (resource == NULL && path == NULL))
		return false;
	if (resource == NULL)
		resource = path;
	pf_fail(err, PF_ERR_FORBIDDEN, "%s may not %s %s%s%s%s%s%s%s (403)%s%s", user, verb, resource,
		group != NULL && *group != '\0' ? "." : "", group != NULL ? group : "", name != NULL ? " " : "",
		name != NULL ? pf_one_line(arena, name, NAME) : "",
		namespace_ != NULL ? " in namespace "
		: path == NULL     ? " in the whole cluster"
				   : "",
		namespace_ != NULL ? namespace_ : "", why != NULL ? ": " : "", why != NULL ? why : "");
	if (pf_streq(user, "system:anonymous"))
		pf_fail(err, PF_ERR_FORBIDDEN,
			"nobody is logged in (403): the request carried no credentials that the server knows, and "
			"anonymous users may not %s %s; check the kubeconfig's user",
			verb, resource);
	return true;
}

static void
explain_forbidden(struct pf_arena *arena, const struct pf_refusal *refusal, struct pf_err *err)
{
	const char *message = message_of(arena, refusal);

	if (message != NULL && explain_rbac(arena, refusal, message, err))
		return;
	pf_fail(err, PF_ERR_FORBIDDEN, "the server refuses %s (403)%s", asked(arena, refusal),
		behind_colon(arena, refusal));
}

static void
explain_unauthorized(struct pf_arena *arena, const struct pf_refusal *refusal, struct pf_err *err)
{
	(void)arena;
	(void)refusal;
	pf_fail(err, PF_ERR_UNAUTHORIZED,
		"the server does not accept our credentials (401): the token or client certificate of the "
		"kubeconfig's user is wrong, expired, or for another cluster; log in again and see "
		"`kubectl auth whoami`");
}

/* A Status names the object in its details; without them the path itself is what was not found. */
static void
explain_not_found(struct pf_arena *arena, const struct pf_refusal *refusal, struct pf_err *err)
{
	const char *kind = PF_STRING_AT(refusal->json, "details", "kind");
	const char *group = PF_STRING_AT(refusal->json, "details", "group");
	const char *name = PF_STRING_AT(refusal->json, "details", "name");
	bool has_group = group != NULL && *group != '\0';

	if (kind != NULL && name != NULL) {
		bool is_namespace = strcmp(kind, "namespaces") == 0;
		pf_fail(err, PF_ERR_NOT_FOUND, "%s%s%s \"%s\" does not exist%s (404)", pf_one_line(arena, kind, NAME),
			has_group ? "." : "", has_group ? pf_one_line(arena, group, NAME) : "",
			pf_one_line(arena, name, NAME), is_namespace ? "" : in_namespace(arena, refusal->path));
	} else if (strstr(refusal->path, "/proxy") != NULL && PF_STRING_AT(refusal->json, "status") == NULL) {
		pf_fail(err, PF_ERR_SERVER, "%s was answered by the program behind the proxy: not found (404)",
			asked(arena, refusal));
	} else {
		pf_fail(err, PF_ERR_SERVER,
			"the server has no %s (404): it does not serve this API; is it a Kubernetes API server, and "
			"new enough?",
			pf_one_line(arena, refusal->path, PATH));
	}
}

static void
explain_conflict(struct pf_arena *arena, const struct pf_refusal *refusal, struct pf_err *err)
{
	if (pf_streq(PF_STRING_AT(refusal->json, "reason"), "AlreadyExists"))
		pf_fail(err, PF_ERR_CONFLICT, "%s: it exists already (409)%s", asked(arena, refusal),
			behind_colon(arena, refusal));
	else
		pf_fail(err, PF_ERR_CONFLICT, "%s: somebody else changed it meanwhile (409)%s", asked(arena, refusal),
			behind_colon(arena, refusal));
}

static void
explain_gone(struct pf_arena *arena, const struct pf_refusal *refusal, struct pf_err *err)
{
	pf_fail(err, PF_ERR_GONE, "%s: the resourceVersion is no longer kept by the server (410)%s; list again",
		asked(arena, refusal), behind_colon(arena, refusal));
}

static void
explain_too_many(struct pf_arena *arena, const struct pf_refusal *refusal, struct pf_err *err)
{
	pf_fail(err, PF_ERR_SERVER, "the server is busy and asks to come back later (429, %s)%s", asked(arena, refusal),
		behind_colon(arena, refusal));
}

static void
explain_other(struct pf_arena *arena, const struct pf_refusal *refusal, struct pf_err *err)
{
	const char *what = asked(arena, refusal);

	if (pf_is_web_page(refusal->content_type))
		pf_fail(err, refusal->status >= 500 ? PF_ERR_SERVER : PF_ERR_PROTOCOL,
			"%s was answered with a web page (%d): %s", what, refusal->status, pf_web_page_hint);
	else if (refusal->status >= 300 && refusal->status < 400)
		pf_fail(err, PF_ERR_PROTOCOL, "%s was answered with a redirection (%d): %s", what, refusal->status,
			pf_web_page_hint);
	else
		pf_fail(err, PF_ERR_SERVER, "the server %s %s (%d)%s", refusal->status >= 500 ? "failed at" : "refuses",
			what, refusal->status, behind_colon(arena, refusal));
}

static const struct {
	int status;
	void (*explain)(struct pf_arena *arena, const struct pf_refusal *refusal, struct pf_err *err);
} explanations[] = {
	{401, explain_unauthorized}, {403, explain_forbidden}, {404, explain_not_found},
	{409, explain_conflict},     {410, explain_gone},      {429, explain_too_many},
};

void
pf_refusal_explain(struct pf_arena *arena, const struct pf_refusal *refusal, struct pf_err *err)
{
	size_t count = sizeof(explanations) / sizeof(explanations[0]);

	for (size_t i = 0; i < count && !pf_is_web_page(refusal->content_type); i++) {
		if (explanations[i].status == refusal->status) {
			explanations[i].explain(arena, refusal, err);
			return;
		}
	}
	explain_other(arena, refusal, err);
}
