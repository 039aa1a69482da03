/* The documented failure table, row by row. */
#ifndef POSTFLIGHT_DIAGNOSE_ROWS_H
#define POSTFLIGHT_DIAGNOSE_ROWS_H

#include "diagnose/findings.h"

/*
 * One result for each of the plan's rows. Seen: a mode of that row matched. Not seen: each of its modes was looked
 * for. Unknown: one of them is suspected, or rests on a check that did not observe anything while its symptoms
 * were not ruled out.
 */
const struct pf_row_result *pf_rows(const struct pf_findings *findings);

#endif
