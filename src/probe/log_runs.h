/* Which runs of a container have a log, and which of them speaks of the present. */
#ifndef PROBE_LOG_RUNS_H
#define PROBE_LOG_RUNS_H

#include "probe/workload.h"

#define PF_LOG_PODS_MAX 5

struct pf_log_run {
	const struct pf_pod *pod;
	bool previous; /* the log before the last restart */
	bool history;  /* the present state has overcome what it holds */
	bool fresh;    /* has run for so short a time that it may have written nothing */
	bool troubled; /* its container does not work, or ended: the log has to say why */
	bool cut;      /* it began before what --since asks for */
	int64_t begun_ms;
	int64_t ended_ms; /* 0: it runs */
	const char *path;
};

struct pf_log_runs {
	struct pf_log_run list[PF_LOG_PODS_MAX * 2];
	size_t count;
	size_t pods;      /* of the newest revision */
	const char *none; /* why a container of theirs never ran, in the kubelet's words; "" */
};

/*
 * The runs of CONTAINER in the pods of WORKLOAD's newest revision, what failed first. In a crash loop the present run
 * and the last completed one count; of a container that has outlived its crash only the present one.
 */
struct pf_log_runs pf_log_runs_of(struct pf_session *session, const struct pf_workload *workload, const char *container,
				  int64_t lines, int64_t bytes);

/* The path of RUN's log with at most LINES of its last lines, of those that --since asks for. */
const char *pf_log_run_path(struct pf_session *session, const struct pf_log_run *run, const char *container,
			    int64_t lines, int64_t bytes);

/* The path of what CONTAINER has written since RUN, which has ended: it is another run's. */
const char *pf_log_newer_path(struct pf_session *session, const struct pf_log_run *run, const char *container);

/* "the last 10 min", that --since asks for; NULL: all is read. */
const char *pf_log_window(struct pf_session *session);

#endif
