/* Reports: one format per file, each a function from a result to text. */
#ifndef POSTFLIGHT_REPORT_H
#define POSTFLIGHT_REPORT_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include <postflight/arena.h>
#include <postflight/buf.h>
#include <postflight/run.h>

struct pf_report_style {
	bool color;     /* escape sequences are allowed */
	bool unicode;   /* ✔ ✖; else words */
	bool quiet;     /* only what is not green */
	bool verbose;   /* requests, times, history */
	unsigned width; /* columns; 0: no wrapping */
};

struct pf_report_format {
	const char *name;
	const char *summary;
	void (*write)(struct pf_arena *arena, const struct pf_result *result, const struct pf_report_style *style,
		      struct pf_buf *out);
};

extern const struct pf_report_format pf_report_text;
extern const struct pf_report_format pf_report_json;

/* All formats, ended by NULL. */
extern const struct pf_report_format *const pf_report_formats[];
const struct pf_report_format *pf_report_find(const char *name);

/* The JSON Schema of postflight.report/v1. */
cJSON *pf_report_schema(struct pf_arena *arena);

#endif
