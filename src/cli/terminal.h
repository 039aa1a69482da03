#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>

enum { PF_STDIN = 0, PF_STDOUT = 1, PF_STDERR = 2 };

bool pf_is_terminal(int fd);

/* Columns for text, 120 at most because longer lines are hard to read; 0 when FD is no terminal. */
unsigned pf_terminal_width(int fd);

/* Lines of the terminal; 24 when it does not say. */
unsigned pf_terminal_height(int fd);

#endif
