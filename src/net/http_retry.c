/* When to try again. */
#include <postflight/str.h>

#include "http_internal.h"

#define MAX_ATTEMPTS 4u
#define FIRST_WAIT_MS 100

/* Who asks for longer is down as far as a check right after a deploy is concerned: the answer stands. */
#define LONGEST_WAIT_MS 60000

bool
pf_http_safe_method(const char *method)
{
	return pf_streq(method, "GET") || pf_streq(method, "HEAD") || pf_streq(method, "OPTIONS");
}

int64_t
pf_http_retry_delay(enum pf_http_retry retry, unsigned attempts, int64_t retry_after_s, uint32_t random)
{
	unsigned most = retry == PF_HTTP_RETRY_BACKOFF ? MAX_ATTEMPTS : retry == PF_HTTP_RETRY_ONCE ? 2 : 1;
	int64_t wait = FIRST_WAIT_MS;

	if (attempts >= most)
		return -1;
	if (retry_after_s > LONGEST_WAIT_MS / 1000)
		return -1;
	for (unsigned i = 1; i < attempts; i++)
		wait *= 2;
	/* Half to one and a half: clients that broke together do not come back together. */
	wait = wait / 2 + (int64_t)(random % (uint32_t)wait);
	/* Never before the server's time. */
	return retry_after_s > 0 ? retry_after_s * 1000 + wait : wait;
}
