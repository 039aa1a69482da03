/* A boolean variable, as Spring binds it. */
#include <postflight/json.h>
#include <postflight/str.h>

#include "probe/flag.h"
#include "probe/probes.h"

static void
run(struct pf_probe_context *ctx)
{
	const char *name = pf_arg(ctx, "variable"), *why;
	bool wanted = pf_arg_bool(ctx, "wanted", true);
	struct pf_subject subject;
	if (!pf_subject_of(ctx, &subject))
		return;
	const struct pf_env_var *var = pf_env_get(subject.env, name);
	const char *value = pf_flag_read(ctx, &subject, name, &why);
	pf_leave_string(ctx, "flag.value", value,
			var != NULL ? pf_env_evidence(ctx, &subject, var) : pf_env_absence(ctx, &subject, name));
	if (var != NULL)
		pf_leave_string(ctx, "flag.text", var->value, PF_NO_EVIDENCE);

	if (pf_streq(value, "not-read"))
		pf_verdict(ctx, PF_ERROR, "its value is not known: %s", why);
	else if (pf_streq(value, "reference-missing"))
		pf_verdict(ctx, PF_SKIP, "%s: whether it is set cannot be told", why);
	else if (pf_streq(value, "not-boolean"))
		pf_verdict(ctx, PF_FAIL, "%s=%s is neither true nor false", name, pf_shown(var));
	else if (pf_streq(value, "true") && wanted)
		pf_verdict(ctx, PF_PASS, "%s", "true");
	else if (pf_streq(value, "true"))
		pf_verdict(ctx, PF_WARN, "true, although %s was wanted", "false");
	else if (!wanted)
		pf_verdict(ctx, PF_PASS, "%s, as wanted",
			   pf_streq(value, "unset") ? "not set, which means false" : "false");
	else
		pf_verdict(ctx, PF_WARN, "%s: the table must be there before the cart starts",
			   pf_streq(value, "unset") ? "not set, which means false" : "false");
}

static void
foresee(struct pf_probe_context *ctx, unsigned round)
{
	if (round == 1)
		pf_workload_foresee_env(pf_probe_session(ctx), pf_arg(ctx, "deployment"));
}

const struct pf_probe pf_probe_flag = {
	.desc =
		{
			.kind = "flag",
			.summary = "reads a boolean variable of a container as Spring binds it",
			.params = (const struct pf_param[]){PF_SUBJECT_PARAMS,
							    {"variable", PF_TYPE_STRING, true, NULL, "its name"},
							    {"wanted", PF_TYPE_BOOL, true, NULL,
							     "the value that is documented or was asked for"},
							    {0}},
			.facts = (const struct pf_fact_desc[]){{"flag.value", PF_TYPE_ENUM, PF_FLAG_VALUES,
								"what it means to the application"},
							       {"flag.text", PF_TYPE_STRING, NULL, "as it is written"},
							       {0}},
			.permissions =
				(const struct pf_permission[]){
					{"", "configmaps", "get", "variables that come from ConfigMaps"},
					{"", "secrets", "get", "variables that come from Secrets (optional)"},
					{0}},
		},
	.run = run,
	.foresee = foresee,
};
