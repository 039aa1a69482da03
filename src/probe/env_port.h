/* The port the application listens on, against those that its probes and Services ask. */
#ifndef PROBE_ENV_PORT_H
#define PROBE_ENV_PORT_H

#include "probe/subject.h"

/*
 * Leaves the env.port… facts of CTX, whose parameters name the variable and its default. Says what does not fit, in a
 * sentence of CTX's arena; NULL when everything does, or could not be read.
 */
const char *pf_judge_port(struct pf_probe_context *ctx, const struct pf_subject *subject);

/* TEXT as Spring reads a port: a decimal number of 1 to 65535, blanks around it left out. False when it is none. */
bool pf_read_port(const char *text, int *port);

#endif
