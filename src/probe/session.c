#include "probe/session.h"

#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "probe/merge.h"

struct observation {
	struct observation *next;
	struct pf_ask ask;
	bool asked;
	struct pf_answer answer;
};

struct indirect {
	struct indirect *next;
	const char *place;
};

struct pf_session {
	struct pf_arena *arena;
	struct pf_target *target;
	const struct pf_plan *plan;
	const char *namespace_;
	struct pf_deadline deadline;
	struct pf_consent consent;
	int64_t since_ms;
	struct observation *observations; /* newest first */
	struct pf_workload *workloads;
	int64_t now_ms;
	bool denied;
	bool forwarded;             /* a process was asked by a port-forward */
	struct indirect *indirects; /* processes that cannot be judged by what is seen of them from here */
	bool patience_lost;
	bool alive;                  /* something answered once */
	const struct pf_err *broken; /* the API server cannot be spoken to: it is asked nothing more */
	void (*waiting)(void *context, const char *what, int64_t left_ms);
	void *waiting_context;
	enum pf_vantage vantage;
	bool in_cluster;
	const struct pf_saved_log *saved_log;
};

struct pf_session *
pf_session_new(struct pf_arena *arena, struct pf_target *target, const struct pf_plan *plan, const char *namespace_,
	       struct pf_deadline deadline)
{
	struct pf_session *session = pf_alloc(arena, sizeof(*session));
	session->arena = arena;
	session->target = target;
	session->plan = plan;
	session->namespace_ = namespace_;
	session->deadline = deadline;
	return session;
}

struct pf_arena *
pf_session_arena(struct pf_session *session)
{
	return session->arena;
}

const char *
pf_session_namespace(const struct pf_session *session)
{
	return session->namespace_;
}

const struct pf_plan *
pf_session_plan(const struct pf_session *session)
{
	return session->plan;
}

struct pf_target *
pf_session_target(struct pf_session *session)
{
	return session->target;
}

struct pf_deadline
pf_session_deadline(const struct pf_session *session)
{
	return session->deadline;
}

void
pf_session_set_consent(struct pf_session *session, struct pf_consent consent)
{
	session->consent = consent;
}

struct pf_consent
pf_session_consent(const struct pf_session *session)
{
	return session->consent;
}

void
pf_session_set_since(struct pf_session *session, int64_t since_ms)
{
	session->since_ms = since_ms;
}

int64_t
pf_session_since(const struct pf_session *session)
{
	return session->since_ms;
}

void
pf_session_set_deadline(struct pf_session *session, struct pf_deadline deadline)
{
	session->deadline = deadline;
}

struct pf_workload **
pf_session_workloads(struct pf_session *session)
{
	return &session->workloads;
}

void
pf_session_save_log(struct pf_session *session, const struct pf_saved_log *findings)
{
	session->saved_log = findings;
}

const struct pf_saved_log *
pf_session_saved_log(const struct pf_session *session)
{
	return session->saved_log;
}

void
pf_session_look_from(struct pf_session *session, enum pf_vantage vantage, bool in_cluster)
{
	session->vantage = vantage;
	session->in_cluster = in_cluster;
}

enum pf_vantage
pf_session_vantage(const struct pf_session *session, bool *in_cluster)
{
	*in_cluster = session->in_cluster;
	return session->vantage;
}

bool
pf_session_was_denied(const struct pf_session *session)
{
	return session->denied;
}

int64_t
pf_session_now(struct pf_session *session)
{
	if (session->now_ms == 0)
		session->now_ms = pf_target_wall(session->target);
	return session->now_ms;
}

void
pf_session_forget(struct pf_session *session)
{
	session->observations = NULL;
	session->workloads = NULL;
	session->now_ms = 0;
}

void
pf_session_on_wait(struct pf_session *session, void (*waiting)(void *context, const char *what, int64_t left_ms),
		   void *context)
{
	session->waiting = waiting;
	session->waiting_context = context;
}

void
pf_session_tell(struct pf_session *session, const char *what, int64_t left_ms)
{
	if (session->waiting != NULL)
		session->waiting(session->waiting_context, what, left_ms);
}

void
pf_session_lose_patience(struct pf_session *session)
{
	session->patience_lost = true;
	session->workloads = NULL;
}

bool
pf_session_lost_patience(const struct pf_session *session)
{
	return session->patience_lost;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL ? b == NULL : pf_streq(a, b);
}

/* Whether two questions are one: how long an answer may take or be changes nothing about what is asked. */
static bool
same_question(const struct pf_ask *a, const struct pf_ask *b)
{
	return a->kind == b->kind && a->port == b->port && pf_streq(a->path, b->path) &&
	       pf_streq(a->method, b->method) && same_text(a->body, b->body) &&
	       same_text(a->content_type, b->content_type) && same_text(a->inner_path, b->inner_path) &&
	       same_text(a->headers, b->headers);
}

static const char *
keep(struct pf_session *session, const char *text)
{
	return text != NULL ? pf_strdup(session->arena, text) : NULL;
}

static struct observation *
add(struct pf_session *session, const struct pf_ask *ask)
{
	for (struct observation *o = session->observations; o != NULL; o = o->next) {
		if (same_question(&o->ask, ask))
			return o;
	}
	struct observation *o = pf_alloc(session->arena, sizeof(*o));
	o->ask = *ask;
	o->ask.method = keep(session, ask->method);
	o->ask.path = keep(session, ask->path);
	o->ask.content_type = keep(session, ask->content_type);
	o->ask.body = keep(session, ask->body);
	o->ask.inner_path = keep(session, ask->inner_path);
	o->ask.headers = keep(session, ask->headers);
	o->next = session->observations;
	session->observations = o;
	return o;
}

void
pf_foresee_ask(struct pf_session *session, const struct pf_ask *ask)
{
	(void)add(session, ask);
}

void
pf_foresee(struct pf_session *session, const char *path)
{
	pf_foresee_ask(session, &(struct pf_ask){.method = "GET", .path = path});
}

static bool
goes_by_the_server(enum pf_ask_kind kind)
{
	return kind == PF_ASK_API || kind == PF_ASK_EXEC || kind == PF_ASK_FORWARD;
}

/*
 * Without this, each check would wait for the same server in turn. One answer of any kind proves that it is there;
 * what a process in a pod says, or does not, proves nothing. What is asked from here does not need it.
 */
static bool
hopeless(const struct pf_ask *asks, const struct pf_answer *answers, size_t count)
{
	bool asked = false;

	for (size_t i = 0; i < count; i++) {
		if (asks[i].kind != PF_ASK_API)
			continue;
		asked = true;
		switch (answers[i].err.kind) {
		case PF_ERR_CONFIG:
		case PF_ERR_UNREACHABLE:
		case PF_ERR_TLS:
		case PF_ERR_TIMEOUT:
		case PF_ERR_UNAUTHORIZED:
		case PF_ERR_PROTOCOL:
		case PF_ERR_IO:
			break;
		default:
			return false;
		}
	}
	return asked;
}

static bool
was_answered(const struct pf_ask *asks, const struct pf_answer *answers, size_t count)
{
	bool asked = false;

	for (size_t i = 0; i < count; i++)
		asked = asked || asks[i].kind == PF_ASK_API;
	return asked && !hopeless(asks, answers, count);
}

/* Sends ASKS as few questions; what a merged answer does not tell is asked by itself after all. */
static void
ask_merged(struct pf_session *session, const struct pf_ask *asks, struct pf_answer *answers, size_t count)
{
	struct pf_merged merged = pf_merge(session->arena, asks, count);
	struct pf_answer *got = pf_alloc_array(session->arena, merged.count, sizeof(*got));
	size_t rest = 0;

	pf_target_ask(session->target, session->arena, merged.asks, got, merged.count, session->deadline);
	struct pf_ask *again = pf_alloc_array(session->arena, count, sizeof(*again));
	size_t *place = pf_alloc_array(session->arena, count, sizeof(*place));
	for (size_t i = 0; i < count; i++) {
		const struct pf_answer *answer = &got[merged.sent_as[i]];
		if (merged.share[merged.sent_as[i]] == 1)
			answers[i] = *answer;
		else if (!pf_merge_part(session->arena, &asks[i], answer, &answers[i])) {
			again[rest] = asks[i];
			place[rest++] = i;
		}
	}
	if (rest == 0)
		return;
	got = pf_alloc_array(session->arena, rest, sizeof(*got));
	pf_target_ask(session->target, session->arena, again, got, rest, session->deadline);
	for (size_t i = 0; i < rest; i++)
		answers[place[i]] = got[i];
}

/* Where the server cannot be spoken to, what is asked from here still can be. */
static void
ask_what_can_be(struct pf_session *session, const struct pf_ask *asks, struct pf_answer *answers, size_t count)
{
	struct pf_ask *some = pf_alloc_array(session->arena, count, sizeof(*some));
	struct pf_answer *got = pf_alloc_array(session->arena, count, sizeof(*got));
	size_t n = 0, at = 0;

	for (size_t i = 0; i < count; i++) {
		if (session->broken == NULL || !goes_by_the_server(asks[i].kind))
			some[n++] = asks[i];
	}
	if (n > 0)
		ask_merged(session, some, got, n);
	for (size_t i = 0; i < count; i++) {
		if (session->broken == NULL || !goes_by_the_server(asks[i].kind))
			answers[i] = got[at++];
		else
			answers[i].err = *session->broken;
	}
}

bool
pf_session_flush(struct pf_session *session)
{
	size_t count = 0, i;
	for (struct observation *o = session->observations; o != NULL; o = o->next)
		count += !o->asked;
	if (count == 0)
		return false;

	struct pf_ask *asks = pf_alloc_array(session->arena, count, sizeof(*asks));
	struct pf_answer *answers = pf_alloc_array(session->arena, count, sizeof(*answers));
	struct observation **asked = pf_alloc_array(session->arena, count, sizeof(struct observation *));
	i = count;
	/* The newest stands first: fill from the back, so that a wave goes out in the order it was foreseen. */
	for (struct observation *o = session->observations; o != NULL; o = o->next) {
		if (o->asked)
			continue;
		asked[--i] = o;
		asks[i] = o->ask;
	}
	ask_what_can_be(session, asks, answers, count);
	for (i = 0; i < count; i++) {
		asked[i]->answer = answers[i];
		asked[i]->asked = true;
		session->denied = session->denied || answers[i].err.kind == PF_ERR_FORBIDDEN;
		session->forwarded = session->forwarded || asks[i].kind == PF_ASK_FORWARD;
	}
	session->alive = session->alive || was_answered(asks, answers, count);
	for (i = 0; i < count && !session->alive && session->broken == NULL; i++) {
		if (asks[i].kind == PF_ASK_API && hopeless(asks, answers, count))
			session->broken = &asked[i]->answer.err;
	}
	return true;
}

const struct pf_answer *
pf_look_ask(struct pf_session *session, const struct pf_ask *ask)
{
	struct observation *o = add(session, ask);
	if (!o->asked)
		(void)pf_session_flush(session);
	return &o->answer;
}

const struct pf_answer *
pf_look(struct pf_session *session, const char *path)
{
	return pf_look_ask(session, &(struct pf_ask){.method = "GET", .path = path});
}

const struct pf_answer *
pf_ask_review(struct pf_session *session, const char *path, const char *body)
{
	return pf_look_ask(session, &(struct pf_ask){.method = "POST", .path = path, .body = body});
}

bool
pf_session_in_cluster(const struct pf_session *session)
{
	return session->in_cluster;
}

bool
pf_session_forwarded(const struct pf_session *session)
{
	return session->forwarded;
}

void
pf_session_avoid(struct pf_session *session, const char *place)
{
	struct indirect *one = pf_alloc(session->arena, sizeof(*one));

	*one = (struct indirect){session->indirects, pf_strdup(session->arena, place)};
	session->indirects = one;
}

bool
pf_session_avoids(const struct pf_session *session, const char *place)
{
	for (const struct indirect *one = session->indirects; one != NULL; one = one->next) {
		if (pf_streq(one->place, place))
			return true;
	}
	return false;
}
