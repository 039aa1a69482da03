/* The parts of the text report, in the order in which they are read. Each puts nothing when it has nothing to say. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <postflight/report.h>

#include "report/page.h"

/* What a verdict looks like. */
struct pf_mark {
	const char *sign; /* ✔ */
	const char *word; /* for where signs cannot be shown; all of one width */
	enum pf_ink ink;
};

/* "✔ " or "pass   ", and where the text behind it starts. */
void pf_text_mark(struct pf_page *page, enum pf_verdict verdict);
unsigned pf_text_mark_width(const struct pf_page *page);

/* The checklist, then what is not green and belongs to no item. */
void pf_text_checklist(struct pf_page *page, const struct pf_result *result, bool quiet);

/* How many checks that are not in the checklist have a line of their own with that verdict. */
size_t pf_text_beyond(const struct pf_result *result, enum pf_verdict verdict);

/* Root causes, what cannot be told, what nothing explains. */
void pf_text_diagnosis(struct pf_page *page, const struct pf_result *result);

/* The documented failures, seen or not. */
void pf_text_failure_table(struct pf_page *page, const struct pf_result *result, bool quiet);

/* Every check with its time and evidence, past faults, requests. */
void pf_text_details(struct pf_page *page, const struct pf_result *result);

#endif
