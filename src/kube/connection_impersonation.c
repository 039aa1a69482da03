/* Impersonation headers, as client-go writes them. */
#include <string.h>

#include <postflight/str.h>

#include "kube/connection_state.h"
#include "kube/kubeconfig_field.h"

/* A header's name may hold only some characters; the server undoes the escapes. */
static char *
escape_key(struct pf_arena *arena, const char *key)
{
	static const char hex[] = "0123456789ABCDEF";
	char *escaped = pf_alloc(arena, strlen(key) * 3 + 1), *to = escaped;

	for (; *key != '\0'; key++) {
		unsigned char c = (unsigned char)*key;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			     strchr("!#$&'*+-.^_`|~", c) != NULL;
		if (plain) {
			*to++ = (char)c;
		} else {
			*to++ = '%';
			*to++ = hex[c >> 4];
			*to++ = hex[c & 15];
		}
	}
	return escaped;
}

static size_t
count_texts(const char *const *texts)
{
	size_t count = 0;

	while (texts != NULL && texts[count] != NULL)
		count++;
	return count;
}

static void
add(struct pf_connection *connection, const char *name, const char *value)
{
	if (value != NULL)
		connection->impersonation[connection->impersonation_count++] = (struct pf_http_header){name, value};
}

bool
pf_connection_impersonate(struct pf_connection *connection, struct pf_err *err)
{
	const struct pf_login_user *user = &connection->login.user;
	size_t room = 2 + count_texts(user->as_groups), i, j;

	if (user->as_user == NULL && (user->as_uid != NULL || user->as_groups != NULL || user->as_extra_count > 0))
		return pf_fail(err, PF_ERR_CONFIG,
			       "%s: groups, a uid or extra values can be impersonated only together with a user; name "
			       "one with --as",
			       user->where);
	for (i = 0; i < user->as_extra_count; i++)
		room += count_texts(user->as_extra[i].values);
	connection->impersonation = pf_alloc_array(connection->arena, room, sizeof(*connection->impersonation));

	add(connection, "Impersonate-User", user->as_user);
	add(connection, "Impersonate-Uid", user->as_uid);
	for (i = 0; user->as_groups != NULL && user->as_groups[i] != NULL; i++)
		add(connection, "Impersonate-Group", user->as_groups[i]);
	for (i = 0; i < user->as_extra_count; i++)
		for (j = 0; user->as_extra[i].values[j] != NULL; j++)
			add(connection,
			    pf_printf(connection->arena, "Impersonate-Extra-%s",
				      escape_key(connection->arena, user->as_extra[i].key)),
			    user->as_extra[i].values[j]);
	for (i = 0; i < connection->impersonation_count; i++)
		if (!pf_fits_header(connection->impersonation[i].value))
			return pf_fail(err, PF_ERR_CONFIG,
				       "%s: a value to impersonate has a line break or control character in it",
				       user->where);
	return true;
}
