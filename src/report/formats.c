#include <string.h>

#include <postflight/report.h>
#include <postflight/str.h>

const struct pf_report_format *const pf_report_formats[] = {&pf_report_text, &pf_report_json, NULL};

const struct pf_report_format *
pf_report_find(const char *name)
{
	for (size_t i = 0; pf_report_formats[i] != NULL; i++) {
		if (pf_streq(pf_report_formats[i]->name, name))
			return pf_report_formats[i];
	}
	return NULL;
}
