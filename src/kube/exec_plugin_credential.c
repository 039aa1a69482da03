/* What a plugin prints: on standard output a credential, on standard error perhaps why not. */
#include "kube/exec_plugin.h"

#include <string.h>
#include <strings.h>

#include <postflight/json.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "kube/kubeconfig_field.h"

/* A sentence has room for this much of somebody else's. */
#define GIST_MAX 240

/* Words from this length on, of the characters that tokens are made of, are not shown. */
#define TOKEN_LIKE 32

static bool
read_status(const cJSON *status, struct pf_exec_credential *out, struct pf_err *err)
{
	const char *token = PF_STRING_AT(status, "token");
	const char *cert = PF_STRING_AT(status, "clientCertificateData");
	const char *key = PF_STRING_AT(status, "clientKeyData");
	const cJSON *expires = PF_AT(status, "expirationTimestamp");
	struct pf_exec_credential credential = {.expires_wall_ms = INT64_MAX};

	if (token != NULL && *token != '\0')
		credential.token = token;
	if (cert != NULL && *cert != '\0')
		credential.client_cert = (struct pf_blob){cert, strlen(cert)};
	if (key != NULL && *key != '\0')
		credential.client_key = (struct pf_blob){key, strlen(key)};
	if (credential.token == NULL && credential.client_cert.len == 0 && credential.client_key.len == 0)
		return pf_fail(err, PF_ERR_CONFIG, "printed an ExecCredential with neither a token nor a certificate");
	if ((credential.client_cert.len == 0) != (credential.client_key.len == 0))
		return pf_fail(err, PF_ERR_CONFIG, "printed %s",
			       credential.client_key.len == 0 ? "a certificate without its key"
							      : "a key without its certificate");
	if (credential.token != NULL && !pf_fits_header(credential.token))
		return pf_fail(err, PF_ERR_CONFIG, "printed a token with a line break or control character in it");
	if (expires != NULL && !cJSON_IsNull(expires) &&
	    (!cJSON_IsString(expires) || !pf_time_parse(expires->valuestring, &credential.expires_wall_ms)))
		return pf_fail(err, PF_ERR_CONFIG, "printed an expirationTimestamp that is no RFC 3339 time");
	*out = credential;
	return true;
}

bool
pf_exec_credential_parse(struct pf_arena *arena, const char *api_version, const char *text, size_t len,
			 struct pf_exec_credential *out, struct pf_err *err)
{
	struct pf_err ignored; /* it may quote what must not be shown */
	const cJSON *document;
	const char *version;

	if (strspn(text, " \t\r\n") == len)
		return pf_fail(err, PF_ERR_CONFIG, "printed nothing; it must print an ExecCredential");
	document = pf_json_parse(arena, text, len, &ignored);
	if (!cJSON_IsObject(document))
		return pf_fail(err, PF_ERR_CONFIG,
			       "printed %zu bytes that are no JSON object; it must print an "
			       "ExecCredential",
			       len);
	if (!pf_streq(PF_STRING_AT(document, "kind"), "ExecCredential"))
		return pf_fail(err, PF_ERR_CONFIG, "printed a JSON object whose kind is not ExecCredential");
	version = PF_STRING_AT(document, "apiVersion");
	if (!pf_streq(version, api_version))
		return pf_fail(err, PF_ERR_CONFIG,
			       "speaks %s, but the kubeconfig says %s; set apiVersion to what the plugin speaks, or "
			       "update the plugin",
			       version != NULL && strlen(version) < 60 ? version : "another version", api_version);
	if (!cJSON_IsObject(PF_AT(document, "status")))
		return pf_fail(err, PF_ERR_CONFIG, "printed an ExecCredential without a status");
	return read_status(PF_AT(document, "status"), out, err);
}

static bool
is_token_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("+_=.-~", c) != NULL);
}

/* LINE without the words that are long enough to be a token. */
static char *
hide_tokens(struct pf_arena *arena, const char *line)
{
	char *shown = pf_alloc(arena, strlen(line) * 3 + 1), *to = shown;

	while (*line != '\0') {
		size_t run = 0;
		while (is_token_character(line[run]))
			run++;
		if (run >= TOKEN_LIKE) {
			memcpy(to, "…", strlen("…"));
			to += strlen("…");
			line += run;
			continue;
		}
		run = run == 0 ? 1 : run;
		memcpy(to, line, run);
		to += run;
		line += run;
	}
	return shown;
}

static bool
is_blank(const char *line)
{
	return line[strspn(line, " \t\r")] == '\0';
}

const char *
pf_exec_gist(struct pf_arena *arena, const char *text)
{
	const char *last = "", *telling = NULL;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		const char *line = pf_strndup(arena, text, len);
		text += len + (text[len] == '\n');
		if (is_blank(line) || strstr(line, "ExecCredential") != NULL || strstr(line, "\"token\"") != NULL)
			continue;
		last = line;
		if (strcasestr(line, "error") != NULL)
			telling = line;
	}
	last = telling != NULL ? telling : last;
	return pf_one_line(arena, hide_tokens(arena, last + strspn(last, " \t")), GIST_MAX);
}
