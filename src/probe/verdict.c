/* Verdicts by name, and how they add up. Apart from the probes, so that who only counts does not need them. */
#include <postflight/probe.h>

const char *
pf_verdict_name(enum pf_verdict verdict)
{
	static const char *const names[PF_VERDICT_COUNT] = {"pass", "warn", "fail", "skip", "error"};
	return names[verdict];
}

enum pf_verdict
pf_verdict_sum(enum pf_verdict a, enum pf_verdict b)
{
	static const int weight[PF_VERDICT_COUNT] = {
		[PF_PASS] = 0, [PF_SKIP] = 1, [PF_WARN] = 2, [PF_ERROR] = 3, [PF_FAIL] = 4};
	return weight[a] >= weight[b] ? a : b;
}
