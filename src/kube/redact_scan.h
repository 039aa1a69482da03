/* A scan under way, for the files that recognize secrets in a text. */
#ifndef POSTFLIGHT_KUBE_REDACT_SCAN_H
#define POSTFLIGHT_KUBE_REDACT_SCAN_H

#include "kube/redact_internal.h"

struct pf_scan {
	struct pf_redactor *redactor;
	struct pf_str text;
	struct pf_buf *out; /* NULL: secrets are remembered, nothing is written */
	size_t done;        /* bytes of TEXT that were copied or replaced */
	size_t found;
	size_t run_end;  /* of the run of visible characters last measured */
	size_t run_sign; /* its last '@'; 0: none */
};

/* Letters, digits, _ . - */
bool pf_scan_is_name(char c);

/* Replaces the bytes FROM to TO; returns TO. */
size_t pf_scan_hide(struct pf_scan *scan, size_t from, size_t to, unsigned flags);

/* The same for the value of a secret's name, unless it is empty, public or a reference: then AT is returned. */
size_t pf_scan_hide_value(struct pf_scan *scan, size_t at, size_t from, size_t to);

/* Where the value that starts at FROM ends. FROM is moved behind an opening quote. */
size_t pf_scan_value_end(struct pf_str text, size_t *from);

/* Recognizers: where to go on, or AT. */
size_t pf_scan_assignment(struct pf_scan *scan, size_t at); /* NAME=VALUE, at the '=' */
size_t pf_scan_label(struct pf_scan *scan, size_t at);      /* "name": "value" and name: value, at the ':' */
size_t pf_scan_flag(struct pf_scan *scan, size_t at);       /* --name VALUE, at the first '-' */
size_t pf_scan_user_info(struct pf_scan *scan, size_t at);  /* scheme://user:password@, at the ':' */

#endif
