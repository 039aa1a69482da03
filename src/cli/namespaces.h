#ifndef CLI_NAMESPACES_H
#define CLI_NAMESPACES_H

#include <stdbool.h>

#include <postflight/err.h>

/* Who may name the namespace, the first that does wins. NULL: does not say. */
struct pf_namespace_sources {
	const char *flag;        /* -n */
	const char *environment; /* POSTFLIGHT_NAMESPACE */
	const char *connection;  /* the context's own, else the pod's in-cluster file */
	const char *plan;
};

/* False with ERR (PF_ERR_USAGE) when the winner is no name a namespace can have, or when nobody says. */
bool pf_choose_namespace(const struct pf_namespace_sources *sources, const char **out, struct pf_err *err);

#endif
