#include "probe/listens.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <postflight/json.h>
#include <postflight/str.h>

static int
number(const char *text)
{
	char *end = NULL;
	unsigned long value = text != NULL && isdigit((unsigned char)*text) ? strtoul(text, &end, 10) : 0;
	return value > 0 && value <= 65535 && (*end == '\0' || *end == ' ') ? (int)value : 0;
}

/* FLAG within one word of a shell line: "java -jar X.jar -port 9000". -1 when it is not there. */
static int
in_line(const char *line, const char *flag)
{
	size_t len = strlen(flag);
	for (const char *at = strstr(line, flag); at != NULL; at = strstr(at + len, flag)) {
		if ((at == line || at[-1] == ' ') && (at[len] == ' ' || at[len] == '='))
			return number(at + len + 1);
	}
	return -1;
}

int
pf_listens_on(const struct pf_workload *workload, const char *flag, int fallback)
{
	static const char *const lists[] = {"command", "args"};
	if (workload == NULL || workload->state == PF_WORKLOAD_ABSENT)
		return 0;
	const cJSON *container =
		cJSON_GetArrayItem(PF_AT(workload->deployment, "spec", "template", "spec", "containers"), 0);
	for (size_t i = 0; flag != NULL && i < 2; i++) {
		const cJSON *word;
		cJSON_ArrayForEach(word, PF_AT(container, lists[i]))
		{
			const char *text = pf_json_string(word);
			if (pf_streq(text, flag))
				return number(pf_json_string(word->next));
			int found = text != NULL ? in_line(text, flag) : -1;
			if (found >= 0)
				return found;
		}
	}
	return fallback;
}
