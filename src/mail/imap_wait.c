/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mail/imap.h"

#define THROTTLED_SECONDS 120  /* if it does not say for how long */
#define BANDWIDTH_SECONDS 7200 /* Google counts by the day */
#define ASKED_MAX 86400

/* "Suggested Backoff Time: 299961 milliseconds" (Exchange Online). */
static bool
wait_find_number(const char *words, uint32_t *seconds)
{
	const char *p = strcasestr(words, "backoff time:");
	unsigned long long ms;
	char *end;

	if (p == NULL)
		return false;
	p += strlen("backoff time:");
	p += strspn(p, " ");
	/* strtoull() would take a sign. */
	if (*p < '0' || *p > '9')
		return false;
	ms = strtoull(p, &end, 10);
	if (strncasecmp(end, " milliseconds", 13) != 0)
		return false;
	*seconds = ms / 1000 >= ASKED_MAX ? ASKED_MAX
	                                  : (uint32_t)((ms + 999) / 1000);
	return true;
}

uint32_t
imap_wait_asked(const char *words)
{
	/* Narrow words: ruad's own faults are reported in sentences, too. */
	static const char *const busy[] = { "throttled", "rate limit",
		"too many connections", "too many simultaneous",
		"too many sessions", "too many logins", "too many requests" };
	uint32_t seconds;
	size_t i;

	if (wait_find_number(words, &seconds))
		return seconds;
	/* "Account exceeded command or bandwidth limits." */
	if (strcasestr(words, "bandwidth limit") != NULL)
		return BANDWIDTH_SECONDS;
	for (i = 0; i < sizeof(busy) / sizeof(busy[0]); i++)
		if (strcasestr(words, busy[i]) != NULL)
			return THROTTLED_SECONDS;
	return 0;
}
