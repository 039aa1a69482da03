#include "probe/own_env.h"

#include <string.h>

#include <postflight/buf.h>
#include <postflight/redact.h>
#include <postflight/str.h>
#include <postflight/text.h>

#include "plan/embedded.h"
#include "probe/reach.h"

#define TIMEOUT_MS 5000
#define VALUE_MAX 300               /* bytes; what is longer is no setting of ours */
#define PATH_CAP ((size_t)7 * 1024) /* proxies in front of API servers end a longer line */
#define QUESTIONS_MAX 40

static const char *
script(void)
{
	for (const struct pf_embedded *one = pf_embedded_scripts; one->name != NULL; one++) {
		if (pf_streq(one->name, "own_env"))
			return one->text;
	}
	return "";
}

/* What a shell takes for a name: anything else in it would be a program. */
static bool
is_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t len = strlen(text);

	return len > 0 && strchr(letters, text[0]) != NULL &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == len;
}

static enum pf_own
word(const char *line, size_t len)
{
	static const struct {
		const char *text;
		enum pf_own said;
	} words[] = {{"unset", PF_OWN_UNSET}, {"empty", PF_OWN_EMPTY}, {"same", PF_OWN_SAME}, {"other", PF_OWN_OTHER}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].text) == len && strncmp(words[i].text, line, len) == 0)
			return words[i].said;
	}
	return PF_OWN_UNKNOWN;
}

/* A line for each question and "end"; anything else is no answer at all. */
static bool
read_words(const char *text, struct pf_own_question **asked, size_t count)
{
	enum pf_own said[QUESTIONS_MAX];

	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(text, "\r\n");
		said[i] = word(text, len);
		if (said[i] == PF_OWN_UNKNOWN)
			return false;
		text += len;
		text += strspn(text, "\r\n");
	}
	if (!pf_starts_with(text, "end"))
		return false;
	for (size_t i = 0; i < count; i++)
		asked[i]->said = said[i];
	return true;
}

bool
pf_own_env_ask(struct pf_session *session, const struct pf_workload *workload, const char *container,
	       struct pf_own_question *questions, size_t count)
{
	struct pf_arena *arena = pf_session_arena(session);
	const struct pf_pod *pod = pf_running_pod(workload, container, true);
	struct pf_own_question *asked[QUESTIONS_MAX];
	PF_AUTO_BUF path = PF_BUF(PATH_CAP);
	size_t n = 0;

	if (pod == NULL)
		return false;
	pf_buf_printf(&path, "%s/exec?container=%s&stdout=true&stderr=true&command=sh&command=-c&command=%s",
		      pf_path_get(arena, PF_PODS, workload->namespace_, pod->name), pf_url_encode(arena, container),
		      pf_url_encode(arena, script()));
	pf_buf_puts(&path, "&command=postflight");
	for (size_t i = 0; i < count && n < QUESTIONS_MAX; i++) {
		const char *value = questions[i].value != NULL ? questions[i].value : ".";
		if (!is_name(questions[i].name) || strlen(value) > VALUE_MAX || pf_has_token(value))
			continue;
		const char *pair =
			pf_printf(arena, "&command=%s&command=%s", questions[i].name, pf_url_encode(arena, value));
		if (path.len + strlen(pair) >= PATH_CAP)
			break;
		pf_buf_puts(&path, pair);
		asked[n++] = &questions[i];
	}
	if (n == 0)
		return false;
	struct pf_ask ask = {.kind = PF_ASK_EXEC,
			     .method = "GET",
			     .path = pf_strdup(arena, pf_buf_text(&path)),
			     .timeout_ms = TIMEOUT_MS};
	const struct pf_answer *answer = pf_look_ask(session, &ask);
	return answer->ok && answer->exit_code == 0 && answer->text != NULL && read_words(answer->text, asked, n);
}

static void
settle_one(struct pf_arena *arena, struct pf_env_var *var, enum pf_own said)
{
	if (said == PF_OWN_SAME) {
		var->value = var->unless;
		var->unless = var->unknown = NULL;
	} else if (said != PF_OWN_UNKNOWN) {
		var->unknown = pf_printf(arena, "%s; the running container %s", var->unknown,
					 said == PF_OWN_OTHER ? "has another value" : "has none");
	}
}

void
pf_own_env_settle(struct pf_session *session, const struct pf_workload *workload, const char *container,
		  struct pf_env *env)
{
	struct pf_arena *arena = pf_session_arena(session);
	struct pf_own_question *questions = pf_alloc_array(arena, env->count + 1, sizeof(*questions));
	struct pf_env_var *vars = pf_alloc_array(arena, env->count + 1, sizeof(*vars));
	size_t *places = pf_alloc_array(arena, env->count + 1, sizeof(*places)), count = 0;

	for (size_t i = 0; i < env->count; i++) {
		vars[i] = env->vars[i];
		if (vars[i].unless == NULL || vars[i].secret || vars[i].unless[0] == '\0')
			continue;
		questions[count] = (struct pf_own_question){vars[i].name, vars[i].unless, PF_OWN_UNKNOWN};
		places[count++] = i;
	}
	if (count == 0 || !pf_own_env_ask(session, workload, container, questions, count))
		return;
	for (size_t i = 0; i < count; i++)
		settle_one(arena, &vars[places[i]], questions[i].said);
	env->vars = vars;
}
