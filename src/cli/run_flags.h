/* What can be said to `postflight run`. */
#ifndef CLI_RUN_FLAGS_H
#define CLI_RUN_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
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
	int64_t since_ms;
	const char **outputs;
	const char **only;
	const char **skip;
	bool strict;
	bool quiet;
	bool verbose;
	const char *color;
	bool no_progress;
	const char *vantage;
	const char *record;
	const char *replay;
	bool may_ask; /* not said: a person may be asked for what was left out */
};

#define PF_RUN_FLAGS ((struct pf_run_flags){.wait_ms = -1, .timeout_ms = -1, .request_timeout_ms = -1, .since_ms = -1})

#define PF_INTO_RUN_FLAGS(member) .into = offsetof(struct pf_run_flags, member)

/* Whatever asks a cluster has these first in its table, into a struct pf_run_flags. */
#define PF_CONNECTION_OPTIONS                                                                                          \
	{"namespace",                                                                                                  \
	 'n',                                                                                                          \
	 PF_OPT_TEXT,                                                                                                  \
	 "NS",                                                                                                         \
	 .group = "Which cluster, and who asks",                                                                       \
	 PF_INTO_RUN_FLAGS(namespace_),                                                                                \
	 .help = "the namespace to judge; else POSTFLIGHT_NAMESPACE, the context's, the pod's, the plan's"},           \
		{"context",                                                                                            \
		 0,                                                                                                    \
		 PF_OPT_TEXT,                                                                                          \
		 "NAME",                                                                                               \
		 PF_INTO_RUN_FLAGS(context),                                                                           \
		 .help = "the kubeconfig context to use",                                                              \
		 .completes = PF_COMPLETES_CONTEXTS},                                                                  \
		{"cluster",                                                                                            \
		 0,                                                                                                    \
		 PF_OPT_TEXT,                                                                                          \
		 "NAME",                                                                                               \
		 PF_INTO_RUN_FLAGS(cluster),                                                                           \
		 .help = "the kubeconfig cluster to use",                                                              \
		 .completes = PF_COMPLETES_CLUSTERS},                                                                  \
		{"user",                                                                                               \
		 0,                                                                                                    \
		 PF_OPT_TEXT,                                                                                          \
		 "NAME",                                                                                               \
		 PF_INTO_RUN_FLAGS(user),                                                                              \
		 .help = "the kubeconfig user to use",                                                                 \
		 .completes = PF_COMPLETES_USERS},                                                                     \
		{"kubeconfig",                                                                                         \
		 0,                                                                                                    \
		 PF_OPT_TEXT,                                                                                          \
		 "FILE",                                                                                               \
		 PF_INTO_RUN_FLAGS(kubeconfig),                                                                        \
		 .help = "this kubeconfig only; else KUBECONFIG, then ~/.kube/config, then the pod's ServiceAccount",  \
		 .completes = PF_COMPLETES_FILES},                                                                     \
		{"server",                                                                                             \
		 0,                                                                                                    \
		 PF_OPT_TEXT,                                                                                          \
		 "URL",                                                                                                \
		 PF_INTO_RUN_FLAGS(server),                                                                            \
		 .help = "the API server, instead of any kubeconfig's"},                                               \
		{"token-file",                                                                                         \
		 0,                                                                                                    \
		 PF_OPT_TEXT,                                                                                          \
		 "FILE",                                                                                               \
		 PF_INTO_RUN_FLAGS(token_file),                                                                        \
		 .help = "a file that holds the bearer token",                                                         \
		 .completes = PF_COMPLETES_FILES},                                                                     \
		{"certificate-authority",                                                                              \
		 0,                                                                                                    \
		 PF_OPT_TEXT,                                                                                          \
		 "FILE",                                                                                               \
		 PF_INTO_RUN_FLAGS(certificate_authority),                                                             \
		 .help = "trust this CA (PEM) and no other",                                                           \
		 .completes = PF_COMPLETES_FILES},                                                                     \
		{"as", 0, PF_OPT_TEXT, "USER", PF_INTO_RUN_FLAGS(as_user), .help = "impersonate this user"},           \
	{                                                                                                              \
		"as-group", 0, PF_OPT_TEXTS, "GROUP", PF_INTO_RUN_FLAGS(as_groups),                                    \
			.help = "and this group; may be repeated"                                                      \
	}

extern const struct pf_option pf_run_option_table[];

#endif
