/* What tools put before each line of a log that somebody saved with them: whose line it is. */
#ifndef KUBE_LOG_PREFIX_H
#define KUBE_LOG_PREFIX_H

#include <stdbool.h>

#include <postflight/arena.h>
#include <postflight/str.h>

/*
 * Takes from the start of LINE (without escape sequences) what `kubectl logs --prefix`, stern, Docker Compose,
 * journald, syslog or Loki's logcli puts there. False when there is nothing of theirs. *SOURCE is whose line it is, a
 * part of LINE; empty where the tool does not say. *REST is the line as the program wrote it.
 */
bool pf_log_prefix_read(struct pf_str line, struct pf_str *source, struct pf_str *rest);

#endif
