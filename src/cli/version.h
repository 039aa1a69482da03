/* PF_VERSION comes from the Makefile. */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

#define PF_USER_AGENT "postflight/" PF_VERSION

#endif
