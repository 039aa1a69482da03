/* The questions of the persistence test, one at a time. */
#include <postflight/signals.h>

#include "probe/persist.h"

#define CHANGE_MS (15 * 1000)

struct pf_answer
pf_persist_ask(struct pf_persist *p, const struct pf_ask *ask)
{
	struct pf_answer answer;
	pf_target_ask(p->target, p->arena, ask, &answer, 1, p->deadline);
	return answer;
}

struct pf_answer
pf_persist_change(struct pf_persist *p, const struct pf_ask *ask)
{
	struct pf_answer answer;
	pf_signals_undo_begin();
	pf_target_ask(p->target, p->arena, ask, &answer, 1, pf_deadline_in(CHANGE_MS));
	pf_signals_undo_end();
	return answer;
}
