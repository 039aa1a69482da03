/* What can be said to `postflight run`. */
#ifndef CLI_RUN_FLAGS_H
#define CLI_RUN_FLAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"

/* NULL, false or negative where nothing was said. Lists end with NULL. */
struct pf_run_flags {
	const char *namespace_;
	const char *context;
	const char *cluster;
	const char *user;
	const char *kubeconfig;
	const char *server;
	const char *token_file;
	const char *certificate_authority;
	const char *as_user;
	const char **as_groups;
	const char **set;
	const char *restart;
	bool allow_data_loss;
	int64_t wait_ms;
	int64_t timeout_ms;
	int64_t request_timeout_ms;
	const char **outputs;
	const char **only;
	const char **skip;
	bool strict;
	bool quiet;
	bool verbose;
	const char *color;
	bool no_progress;
	const char *record;
	const char *replay;
};

#define PF_RUN_FLAGS ((struct pf_run_flags){.wait_ms = -1, .timeout_ms = -1, .request_timeout_ms = -1})

extern const struct pf_option pf_run_option_table[];

#endif
