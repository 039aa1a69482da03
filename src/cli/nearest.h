#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

/* The name most like WORD, NULL when none is near enough to be meant. NAMES ends with NULL. */
const char *pf_nearest(const char *word, const char *const *names);

#endif
