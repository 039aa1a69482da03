#include "probe/env_port.h"

#include <stdlib.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

#include "kube/managed_by.h"
#include "probe/frontends.h"

/* A probe of the container that asks a port. */
struct asked {
	const char *probe;  /* livenessProbe */
	const char *action; /* httpGet */
	int port;
};

enum { PROBES = 3 };

struct ports {
	struct pf_probe_context *ctx;
	const struct pf_subject *subject;
	int port; /* the application's own, as its variable says */
	struct asked asked[PROBES];
	size_t asked_count;
	const struct pf_frontend *services;
	size_t service_count;
	const struct pf_err *err; /* Services could not be listed */
};

static void
find_asked(struct ports *p)
{
	static const char *const probes[PROBES] = {"readinessProbe", "livenessProbe", "startupProbe"};
	static const char *const actions[] = {"httpGet", "tcpSocket", "grpc"};
	const cJSON *container = p->subject->container;

	for (size_t i = 0; i < PROBES; i++) {
		for (size_t j = 0; j < sizeof(actions) / sizeof(actions[0]); j++) {
			int port = pf_port_of(container, PF_AT(container, probes[i], actions[j], "port"));
			if (port != 0)
				p->asked[p->asked_count++] = (struct asked){probes[i], actions[j], port};
			if (port != 0)
				break;
		}
	}
}

/* Whether all of its probes pass: then they ask the right ports, whatever the variables say. */
static bool
probes_pass(const struct pf_subject *subject)
{
	const struct pf_workload *w = subject->workload;
	return w->state == PF_WORKLOAD_AVAILABLE && w->serving != NULL && pf_workload_is_newest(w, w->serving);
}

static bool
leads_to(const struct ports *p, const struct pf_frontend *f, int number)
{
	const cJSON *port;
	cJSON_ArrayForEach(port, PF_AT(f->service, "spec", "ports"))
	{
		const cJSON *target = PF_AT(port, "targetPort");
		if (pf_port_of(p->subject->container, target != NULL ? target : PF_AT(port, "port")) == number)
			return true;
	}
	return false;
}

static bool
a_service_leads_to(const struct ports *p, int number)
{
	for (size_t i = 0; i < p->service_count; i++) {
		if (leads_to(p, &p->services[i], number))
			return true;
	}
	return false;
}

static bool
a_probe_asks(const struct ports *p, int number)
{
	for (size_t i = 0; i < p->asked_count; i++) {
		if (p->asked[i].port == number)
			return true;
	}
	return false;
}

static const struct asked *
probe_astray(const struct ports *p)
{
	for (size_t i = 0; i < p->asked_count; i++) {
		if (p->asked[i].port != p->port)
			return &p->asked[i];
	}
	return NULL;
}

/*
 * The Service in front that leads elsewhere while none leads to PORT; NULL. Beside the application's own may stand one
 * for its metrics, say.
 */
static const struct pf_frontend *
service_astray(const struct ports *p)
{
	if (a_service_leads_to(p, p->port))
		return NULL;
	for (size_t i = 0; i < p->service_count; i++) {
		if (p->services[i].target != 0)
			return &p->services[i];
	}
	return NULL;
}

static void
leave_word(const struct ports *p, const char *fact, const char *word)
{
	pf_leave_string(p->ctx, fact, word, PF_NO_EVIDENCE);
}

/* A probe that nothing else agrees with is the one to correct; so is the variable that nothing agrees with. */
static const char *
say_probe(const struct ports *p, const struct asked *asked)
{
	struct pf_arena *arena = pf_probe_arena(p->ctx);
	bool alone = a_probe_asks(p, p->port) || a_service_leads_to(p, p->port);

	leave_word(p, "env.port_state", "probe");
	leave_word(p, "env.port_odd", alone ? "probe" : "variable");
	leave_word(p, "env.port_probe", asked->probe);
	leave_word(p, "env.port_action", asked->action);
	pf_leave_int(p->ctx, "env.other_port", asked->port,
		     (struct pf_evidence){pf_printf(arena, "deployment/%s", p->subject->workload->name), asked->probe,
					  pf_printf(arena, "port %d", asked->port), NULL});
	return pf_printf(arena, "the cart listens on %d, its %s asks %d", p->port, asked->probe, asked->port);
}

static const char *
say_service(const struct ports *p, const struct pf_frontend *f)
{
	struct pf_arena *arena = pf_probe_arena(p->ctx);
	bool alone = a_probe_asks(p, p->port) || probes_pass(p->subject);

	leave_word(p, "env.port_state", "service");
	leave_word(p, "env.port_odd", alone ? "service" : "variable");
	leave_word(p, "env.port_service", f->name);
	const char *manager = pf_managed_by(arena, f->service);
	if (manager != NULL)
		pf_leave_string(
			p->ctx, "env.port_service_managed_by", manager,
			(struct pf_evidence){pf_printf(arena, "service/%s", f->name), "managed by", manager, NULL});
	pf_leave_int(p->ctx, "env.port_service_port", PF_INT_AT(f->port, 0, "port"), PF_NO_EVIDENCE);
	pf_leave_int(p->ctx, "env.other_port", f->target,
		     (struct pf_evidence){pf_printf(arena, "service/%s", f->name), "targetPort", f->target_name, NULL});
	return pf_printf(arena, "the cart listens on %d, service/%s leads to %d", p->port, f->name, f->target);
}

/* The port that somebody asks: what a variable that is no port should have been. */
static int
wanted_port(const struct ports *p)
{
	if (p->asked_count > 0)
		return p->asked[0].port;
	for (size_t i = 0; i < p->service_count; i++) {
		if (p->services[i].target != 0)
			return p->services[i].target;
	}
	return p->port;
}

static const char *
say_illegal(const struct ports *p, const char *name, const struct pf_env_var *var, struct pf_evidence evidence)
{
	pf_leave_string(p->ctx, "env.port_state", "illegal", evidence);
	leave_word(p, "env.port_odd", "variable");
	pf_leave_int(p->ctx, "env.other_port", wanted_port(p), PF_NO_EVIDENCE);
	return pf_printf(pf_probe_arena(p->ctx), "%s=%s is no port", name, pf_shown(var));
}

static const char *
say_port(struct ports *p, struct pf_evidence evidence)
{
	const struct asked *asked = probes_pass(p->subject) ? NULL : probe_astray(p);
	const struct pf_frontend *f = service_astray(p);

	pf_leave_int(p->ctx, "env.port", p->port, evidence);
	if (asked != NULL)
		return say_probe(p, asked);
	if (f != NULL)
		return say_service(p, f);
	if (p->err == NULL)
		leave_word(p, "env.port_state", "ok");
	return NULL;
}

bool
pf_read_port(const char *text, int *port)
{
	static const char blanks[] = " \t\r\n";
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || end[strspn(end, blanks)] != '\0' || number < 1 || number > 65535)
		return false;
	*port = (int)number;
	return true;
}

const char *
pf_judge_port(struct pf_probe_context *ctx, const struct pf_subject *subject)
{
	const char *name = pf_arg(ctx, "port");
	const struct pf_env_var *var = pf_env_get(subject->env, name);
	struct ports p = {.ctx = ctx, .subject = subject, .port = (int)pf_arg_int(ctx, "default_port", 0)};
	struct pf_evidence evidence =
		var != NULL ? pf_env_evidence(ctx, subject, var) : pf_env_absence(ctx, subject, name);

	find_asked(&p);
	p.services =
		pf_frontends(pf_probe_session(ctx), subject->workload, subject->container, &p.service_count, &p.err);
	if (var != NULL && (var->value == NULL || var->value[0] != '\0')) {
		const char *plain = pf_env_plain(pf_probe_arena(ctx), var);
		if (plain == NULL) {
			pf_leave_string(ctx, "env.port_state", "not-read", evidence);
			return NULL;
		}
		if (!pf_read_port(plain, &p.port))
			return say_illegal(&p, name, var, evidence);
	}
	return say_port(&p, evidence);
}
