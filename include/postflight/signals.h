/*
 * SIGINT and SIGTERM as an event that every wait sees (self-pipe).
 *
 * The first signal asks: waits return PF_ERR_INTERRUPTED, the run undoes what must be undone and prints its
 * report. A second one ends the process at once.
 */
#ifndef POSTFLIGHT_SIGNALS_H
#define POSTFLIGHT_SIGNALS_H

/* Installs the handlers, ignores SIGPIPE. Call once, before anything waits. Ends the process when it cannot. */
void pf_signals_install(void);

/* Readable from the first signal on and never drained: put it into each poll. -1 before installation. */
int pf_signals_fd(void);

/* The signal number that came, 0 while none has. */
int pf_signals_caught(void);

#endif
