/* Modes that what was seen would fit, if more had been seen. */
#ifndef POSTFLIGHT_DIAGNOSE_UNDECIDED_H
#define POSTFLIGHT_DIAGNOSE_UNDECIDED_H

#include "diagnose/findings.h"

/*
 * Fills *OUT with the suspected modes that neither hold nor are ruled out and that no root cause explains, together
 * when the same checks would decide them.
 */
void pf_undecide(const struct pf_findings *findings, const struct pf_undecided **out, size_t *out_count);

#endif
