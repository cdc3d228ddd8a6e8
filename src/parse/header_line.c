/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/header_line.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

size_t
header_line_name(const char *p, const char *end)
{
	const char *q = p;
	size_t n;

	while (q < end && (text_is_alnum(*q) || *q == '-' || *q == '_'))
		q++;
	n = (size_t)(q - p);
	while (q < end && (*q == ' ' || *q == '\t'))
		q++;
	return n > 0 && text_is_letter(*p) && q < end && *q == ':' ? n : 0;
}

bool
header_line_is_known(const char *p, const char *end)
{
	static const char *const names[] = { "received", "return-path",
		"delivered-to", "envelope-to", "authentication-results",
		"authentication-results-original", "dkim-signature",
		"domainkey-signature", "from", "to", "cc", "bcc", "subject",
		"date", "message-id", "reply-to", "sender", "in-reply-to",
		"references", "mime-version", "content-type",
		"content-transfer-encoding", "content-language",
		"content-disposition", "thread-topic", "thread-index",
		"accept-language", "importance", "precedence", "auto-submitted",
		"feedback-id", "errors-to", "user-agent",
		"disposition-notification-to", "mailing-list", "delivery-date",
		"received-spf", "organization", "old-authentication-results" };
	static const char *const starts[] = { "x-", "arc-", "list-",
		"resent-" };
	const size_t n = header_line_name(p, end);
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && strncasecmp(p, names[i], n) == 0)
			return true;
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (n > strlen(starts[i]) &&
		    strncasecmp(p, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

const char *
header_line_next(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl != NULL ? nl + 1 : end;
}

bool
header_line_is_blank(const char *p, const char *end)
{
	for (; p < end && *p != '\n'; p++)
		if (!text_is_space(*p))
			return false;
	return true;
}

const char *
header_line_find(const char *p, const char *end)
{
	const char *next, *found = NULL;

	for (; p < end; p = next) {
		next = header_line_next(p, end);
		if (found != NULL && header_line_name(p, next) > 0)
			return found;
		if (header_line_is_known(p, next))
			found = found != NULL ? found : p;
		else if (found != NULL && *p != ' ' && *p != '\t')
			found = NULL;
	}
	return found;
}
