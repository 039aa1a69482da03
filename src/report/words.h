/* The words that more than one file of the reports uses. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include <postflight/diagnosis.h>

#define PF_REPORT_SCHEMA "postflight.report/v1"
#define PF_NOT_SHOWN "(not shown)"

/* "not-seen", "seen", "unknown" */
const char *pf_row_state_name(enum pf_row_state state);

#endif
