/* The upgrade from HTTP/1.1 to WebSocket: what is sent, and whether the answer is what was asked for. */
#include <string.h>
#include <strings.h>

#include <postflight/str.h>

#include "websocket_internal.h"

#define REQUEST_CAP ((size_t)1 << 20)

/* "host:port" as the base URL has it, and the path behind it ("" for none). */
static void
split_url(const char *url, struct pf_str *authority, const char **path)
{
	const char *from = strstr(url, "://");

	from = from != NULL ? from + 3 : url;
	*path = from + strcspn(from, "/");
	*authority = (struct pf_str){from, (size_t)(*path - from)};
}

static bool
is_line(const char *text)
{
	return text[strcspn(text, "\r\n")] == '\0';
}

static bool
add_header(const struct pf_websocket *socket, struct pf_buf *out, const struct pf_http_header *header,
	   struct pf_err *err)
{
	if (header->name[0] == '\0' || header->name[strcspn(header->name, " \t:;\r\n")] != '\0' ||
	    !is_line(header->value))
		return pf_fail(err, PF_ERR_CONFIG,
			       "a request header cannot be sent to %s: its name or value holds a line break or another "
			       "character that no header can hold",
			       socket->http->origin.authority);
	pf_buf_printf(out, "%s: %s\r\n", header->name, header->value);
	return true;
}

/* A token goes before a password, as with other requests. */
static void
add_basic(const struct pf_websocket *socket, struct pf_buf *out)
{
	const struct pf_http *http = socket->http;
	bool configured = http->config.basic_user != NULL;
	const char *user = configured ? http->config.basic_user : http->origin.user;
	const char *password = configured ? http->config.basic_password : http->origin.password;
	PF_AUTO_BUF pair = PF_BUF(REQUEST_CAP);

	for (size_t i = 0; i < socket->header_count; i++)
		if (strcasecmp(socket->headers[i].name, "Authorization") == 0)
			return;
	if (user == NULL)
		return;
	pf_buf_printf(&pair, "%s:%s", user, password != NULL ? password : "");
	pf_buf_puts(out, "Authorization: Basic ");
	pf_base64_add(out, pair.p, pair.len);
	pf_buf_puts(out, "\r\n");
}

bool
pf_websocket_greet(struct pf_websocket *socket, struct pf_err *err)
{
	const struct pf_http *http = socket->http;
	const char *path = socket->request.path, *prefix;
	struct pf_buf *out = &socket->greeting;
	char key[PF_WEBSOCKET_KEY + 1];
	struct pf_str authority;

	*out = PF_BUF(REQUEST_CAP);
	socket->greeted = 0;
	split_url(http->origin.url, &authority, &prefix);
	if (path[strcspn(path, " \t\r\n")] != '\0')
		return pf_fail(err, PF_ERR_CONFIG, "the request to %s: its path holds characters that no URL may hold",
			       http->origin.authority);
	pf_websocket_key(key, socket->expected);
	pf_buf_printf(out, "GET %s%s%s HTTP/1.1\r\n", prefix, path[0] == '/' ? "" : "/", path);
	if (http->origin.host_header != NULL)
		pf_buf_printf(out, "%s\r\n", http->origin.host_header);
	else
		pf_buf_printf(out, "Host: %.*s\r\n", (int)authority.len, authority.p);
	pf_buf_printf(out,
		      "User-Agent: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		      "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: %s\r\n",
		      http->config.user_agent, key, socket->request.protocols);
	for (size_t i = 0; i < socket->header_count; i++)
		if (!add_header(socket, out, &socket->headers[i], err))
			return false;
	add_basic(socket, out);
	pf_buf_puts(out, "\r\n");
	return !out->cut || pf_fail(err, PF_ERR_CONFIG, "the request to %s: its header is larger than %zu bytes",
				    http->origin.authority, REQUEST_CAP);
}

/* True when LIST, "a, b", holds exactly WORD. */
static bool
offers(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list != '\0') {
		size_t item = strcspn(list, ", ");
		if (item == len && memcmp(list, word, len) == 0)
			return true;
		list += item;
		list += strspn(list, ", ");
	}
	return false;
}

bool
pf_websocket_is_accepted(struct pf_websocket *socket, const char **protocol, struct pf_err *err)
{
	const struct pf_http1 *answer = &socket->answer;
	const char *proof = pf_http1_header(answer, socket->arena, "Sec-WebSocket-Accept");
	const char *chosen = pf_http1_header(answer, socket->arena, "Sec-WebSocket-Protocol");
	const char *lacks = NULL;

	if (!pf_http1_header_lists(answer, "Upgrade", "websocket") ||
	    !pf_http1_header_lists(answer, "Connection", "upgrade"))
		lacks = "switches to something else than a WebSocket";
	else if (!pf_streq(proof, socket->expected))
		lacks = "does not answer this request's key";
	else if (chosen == NULL || *chosen == '\0' || !offers(socket->request.protocols, chosen))
		lacks = "chooses none of the protocols that were offered";
	else if (pf_http1_header(answer, socket->arena, "Sec-WebSocket-Extensions") != NULL)
		lacks = "adds an extension that was not offered";
	if (lacks != NULL)
		return pf_fail(err, PF_ERR_PROTOCOL,
			       "the upgrade to WebSocket at %s: the answer (101) %s; is a proxy in between that "
			       "does not know WebSockets?",
			       socket->http->origin.authority, lacks);
	*protocol = chosen;
	return true;
}
