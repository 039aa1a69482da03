/* The fixes of a mode, with real names and values, safe to paste into a shell. */
#ifndef POSTFLIGHT_DIAGNOSE_FIXES_H
#define POSTFLIGHT_DIAGNOSE_FIXES_H

#include "diagnose/findings.h"

/*
 * Fills *OUT with those of the COUNT FIXES whose condition holds. A command with something left open (see fill.h) is
 * given as an instruction that says what to put there.
 */
void pf_fixes(const struct pf_findings *findings, const struct pf_fix *fixes, size_t count,
	      const struct pf_fix_text **out, size_t *out_count);

#endif
