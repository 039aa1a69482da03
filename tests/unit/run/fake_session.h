/*
 * A session whose checks end as a script says: the runner's order, needs, consent and endings are tested with it,
 * without a cluster and without a clock. Checks of a real cluster are in tests/lab and tests/e2e.
 */
#ifndef TEST_FAKE_SESSION_H
#define TEST_FAKE_SESSION_H

#include <signal.h>
#include <string.h>

#include <postflight/buf.h>
#include <postflight/probe.h>
#include <postflight/str.h>
#include <postflight/target.h>

#include "probe/env_fix.h"
#include "probe/session.h"

/* How the probe of a check ends. */
struct script {
	enum pf_verdict verdict;
	const char *message; /* NULL: the probe says nothing */
	const struct pf_fact *facts;
	size_t fact_count;
	int64_t takes_ms;
	int raises; /* a signal that comes while it runs */
};

static struct {
	const struct pf_plan *plan;
	const struct script *scripts; /* one for each check */
	int64_t now_ms;
	int64_t settle_ms; /* how long the rollout takes */
	int64_t since_ms;  /* what logs are bounded by */
	int settle_raises;
	struct pf_buf log; /* what was called, in order */
} fake;

static void (*fake_waiting)(void *context, const char *what, int64_t left_ms);
static void *fake_waiting_context;

struct pf_session *
pf_session_new(struct pf_arena *arena, struct pf_target *target, const struct pf_plan *plan, const char *namespace_,
	       struct pf_deadline deadline)
{
	(void)arena, (void)target, (void)plan, (void)namespace_, (void)deadline;
	fake_waiting = NULL;
	return NULL;
}

void
pf_session_on_wait(struct pf_session *session, void (*waiting)(void *context, const char *what, int64_t left_ms),
		   void *context)
{
	(void)session;
	fake_waiting = waiting;
	fake_waiting_context = context;
}

static struct pf_consent fake_consent;

void
pf_session_set_consent(struct pf_session *session, struct pf_consent consent)
{
	(void)session;
	fake_consent = consent;
}

bool
pf_session_flush(struct pf_session *session)
{
	(void)session;
	return pf_buf_puts(&fake.log, "flush ");
}

void
pf_session_look_from(struct pf_session *session, enum pf_vantage vantage, bool in_cluster)
{
	(void)session, (void)vantage, (void)in_cluster;
}

void
pf_session_set_since(struct pf_session *session, int64_t since_ms)
{
	(void)session;
	fake.since_ms = since_ms;
}

enum pf_settle
pf_session_settle(struct pf_session *session, const bool *selected, int64_t wait_ms)
{
	bool settles = fake.settle_ms <= wait_ms;

	(void)session, (void)selected;
	pf_buf_printf(&fake.log, "settle(%lld) ", (long long)wait_ms);
	if (fake_waiting != NULL)
		fake_waiting(fake_waiting_context, "pod/x: ContainerCreating", wait_ms);
	fake.now_ms += settles ? fake.settle_ms : wait_ms;
	if (fake.settle_raises != 0)
		raise(fake.settle_raises);
	return settles ? PF_SETTLED : PF_SETTLE_TIMEOUT;
}

void
pf_probe_foresee(struct pf_session *session, const struct pf_plan_check *check, unsigned round)
{
	(void)session;
	pf_buf_printf(&fake.log, "%s/%u ", check->id, round);
}

void
pf_probe_run(struct pf_session *session, struct pf_arena *arena, const struct pf_plan_check *check,
	     struct pf_check_result *out)
{
	const struct script *script = &fake.scripts[check - fake.plan->checks];

	(void)session, (void)arena;
	pf_buf_printf(&fake.log, "%s ", check->id);
	fake.now_ms += script->takes_ms;
	if (script->raises != 0)
		raise(script->raises);
	out->verdict = script->verdict;
	out->message = script->message;
	out->facts = script->facts;
	out->fact_count = script->fact_count;
}

bool
pf_env_fix(struct pf_session *session, struct pf_arena *arena, const char *namespace_, const char *deployment,
	   const char *container, const char *const *names, const char *const *values, size_t count,
	   const struct pf_env_fix_text **out, size_t *out_count)
{
	(void)session, (void)arena, (void)namespace_, (void)deployment, (void)container, (void)names, (void)values;
	(void)count, (void)out, (void)out_count;
	return false;
}

const struct pf_descriptor *const *
pf_probe_descriptors(void)
{
	static const struct pf_descriptor *const none[] = {NULL};

	return none;
}

const char *
pf_plan_builtin(const char *name, size_t *len)
{
	(void)name, (void)len;
	return NULL;
}

const char *const *
pf_plan_builtin_names(void)
{
	static const char *const none[] = {NULL};

	return none;
}

int64_t
pf_target_now(struct pf_target *target)
{
	(void)target;
	return fake.now_ms;
}

int64_t
pf_target_wall(struct pf_target *target)
{
	(void)target;
	return 1000;
}

const char *
pf_target_run_id(struct pf_target *target)
{
	(void)target;
	return "0badcafe";
}

struct pf_target_trace
pf_target_trace(const struct pf_target *target)
{
	(void)target;
	return (struct pf_target_trace){.waves = 3, .questions = 7};
}

#endif
