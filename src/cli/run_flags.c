#include "cli/run_flags.h"

#include <stddef.h>
#include <string.h>

#define INTO(member) PF_INTO_RUN_FLAGS(member)

const struct pf_option pf_run_option_table[] = {
	PF_CONNECTION_OPTIONS,

	{"set", 0, PF_OPT_TEXTS, "VAR=VALUE", .group = "What is checked", INTO(set),
	 .completes = PF_COMPLETES_VARIABLES, .help = "give a variable of the plan its value; may be repeated"},
	{"only", 0, PF_OPT_IDS, "ID,...", INTO(only), .completes = PF_COMPLETES_CHECKS,
	 .help = "run only these checks or items; may be repeated"},
	{"skip", 0, PF_OPT_IDS, "ID,...", INTO(skip), .completes = PF_COMPLETES_CHECKS,
	 .help = "leave out these checks or items; may be repeated"},
	{"restart", 0, PF_OPT_WORD, "rollout|pod", .words = "rollout pod", .absent = "rollout", INTO(restart),
	 .help = "consent to checks that restart something; without a word, rollout"},
	{"allow-data-loss", 0, PF_OPT_FLAG, INTO(allow_data_loss),
	 .help = "consent also where that deletes, or may delete, data that is not ours"},
	{"vantage", 0, PF_OPT_WORD, "WHERE", .words = "auto pod local", INTO(vantage),
	 .help = "look at names and connections from the application's pod, from here (local), or auto (from the pod, "
		 "else from here when in the cluster)"},
	{"since", 0, PF_OPT_DURATION, "DURATION", INTO(since_ms),
	 .help = "of logs read only what was written in that time, say 10m; else all of it"},
	{"strict", 0, PF_OPT_FLAG, INTO(strict), .help = "a warning or a skipped check counts as failed"},

	{"wait", 0, PF_OPT_DURATION, "DURATION", .group = "How long", INTO(wait_ms),
	 .help = "how long a rollout that still progresses may take first (60s)"},
	{"timeout", 0, PF_OPT_DURATION, "DURATION", INTO(timeout_ms), .help = "for the whole run (5m)"},
	{"request-timeout", 0, PF_OPT_DURATION, "DURATION", INTO(request_timeout_ms), .help = "for one request (10s)"},

	{"output", 'o', PF_OPT_TEXTS, "FORMAT[=FILE]", .group = "What is shown", INTO(outputs),
	 .completes = PF_COMPLETES_FORMATS,
	 .help = "text or json, to standard output or FILE; may be repeated. Unless one goes to standard output, text "
		 "does"},
	{"quiet", 'q', PF_OPT_FLAG, INTO(quiet), .help = "text: only what is not green; nothing when all is"},
	{"verbose", 'v', PF_OPT_FLAG, INTO(verbose), .help = "text: also each check, past faults, requests with times"},
	{"color", 0, PF_OPT_WORD, "WHEN", .words = "auto always never", INTO(color),
	 .help = "auto (on a terminal), always or never"},
	{"no-progress", 0, PF_OPT_FLAG, INTO(no_progress), .help = "show nothing while it runs"},

	{"record", 0, PF_OPT_TEXT, "DIR", .group = "Recordings", INTO(record), .completes = PF_COMPLETES_FOLDERS,
	 .help = "keep every exchange in DIR, without secrets"},
	{"replay", 0, PF_OPT_TEXT, "DIR", INTO(replay), .completes = PF_COMPLETES_FOLDERS,
	 .help = "run the same on a recording, without any cluster; its options hold unless given anew"},
	{0},
};
