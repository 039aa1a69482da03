/* A boolean variable of a container, as Spring binds it. */
#ifndef PROBE_FLAG_H
#define PROBE_FLAG_H

#include "probe/subject.h"

/* The words of a flag's value, for descriptors. */
#define PF_FLAG_VALUES "true false unset not-boolean not-read reference-missing"

/*
 * One of PF_FLAG_VALUES: what NAME means to the application; unset (or empty) is Spring's default. *WHY says why it is
 * not-read or reference-missing, "" else.
 */
const char *
pf_flag_read(struct pf_probe_context *ctx, const struct pf_subject *subject, const char *name, const char **why);

#endif
