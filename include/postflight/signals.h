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

/*
 * Readable from the first signal on, but not between pf_signals_undo_begin and _end: put it into each poll. -1 before
 * installation.
 */
int pf_signals_fd(void);

/* The signal number that came, 0 while none has. */
int pf_signals_caught(void);

/*
 * What must be undone is undone, and what must be answered is waited for, whatever came: between the two, a first
 * signal (that came before, or comes meanwhile) interrupts no wait; a second one still ends the process at once.
 * Afterwards waits see it again. They nest.
 */
void pf_signals_undo_begin(void);
void pf_signals_undo_end(void);

#endif
