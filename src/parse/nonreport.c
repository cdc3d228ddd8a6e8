/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/nonreport.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "parse/hint.h"
#include "parse/mime_header.h"

#define TEXT_MAX (16 << 10) /* bytes in which a notice must show itself */

static const char a_reply[] = "an automatic reply";
static const char a_notice[] = "an automatic notice";
static const char a_bounce[] = "a bounce";

/* The start of a value, without white space; case does not count. */
static bool
starts_with(const struct mime_field *f, const char *word)
{
	const char *p = f->value, *end = p + f->len;
	size_t n = strlen(word);

	while (p < end && (text_is_space(*p) || *p == '"' || *p == '<'))
		p++;
	return (size_t)(end - p) >= n && strncasecmp(p, word, n) == 0;
}

static const char *
by_field(const struct mime_field *f)
{
	/* As mail systems of the last thirty years say it. */
	static const char *const replies[] = { "x-autoreply", "x-auto-reply",
		"x-autorespond", "x-autoresponder", "x-mail-autoreply" };
	static const char *const subjects[] = { "automatic reply",
		"out of office", "auto reply", "autoreply" };
	size_t i;

	if (mime_field_is(f, "auto-submitted")) {
		if (starts_with(f, "no"))
			return NULL;
		return starts_with(f, "auto-generated") ? a_notice : a_reply;
	}
	for (i = 0; i < sizeof(replies) / sizeof(*replies); i++)
		if (mime_field_is(f, replies[i]))
			return a_reply;
	if (mime_field_is(f, "precedence") && starts_with(f, "auto_reply"))
		return a_reply;
	if (mime_field_is(f, "subject"))
		for (i = 0; i < sizeof(subjects) / sizeof(*subjects); i++)
			if (starts_with(f, subjects[i]))
				return a_reply;
	return NULL;
}

const char *
nonreport_by_header(const char *mail, size_t len)
{
	const char *what = NULL, *by;
	struct mime_header h;
	struct mime_field f;

	mime_header_start(&h, mail, len, true);
	while (mime_header_next(&h, &f)) {
		/* Whatever else it says: bounces are automatic, too. */
		if (mime_field_is(&f, "x-failed-recipients") ||
		    (mime_field_is(&f, "from") &&
		        memmem(f.value, f.len, "MAILER-DAEMON@", 14) != NULL))
			return a_bounce;
		by = by_field(&f);
		if (by != NULL && (what == NULL || what == a_notice))
			what = by;
	}
	return what;
}

/* RFC 7489, 7.2.2: a report was too large to be sent. */
static bool
is_error_notice(const char *p, const char *end)
{
	return hint_has_line(p, end, "Report-Date:") &&
	    hint_has_line(p, end, "Report-Domain:") &&
	    (hint_has_line(p, end, "Report-Size:") ||
	        hint_has_line(p, end, "Submitting-URI:"));
}

const char *
nonreport_by_part(const char *type, const char *data, size_t len)
{
	const char *end = data + (len > TEXT_MAX ? TEXT_MAX : len);

	if (type != NULL && strcmp(type, "message/delivery-status") == 0)
		return hint_has_line(data, end, "Action: failed") ||
		        !hint_has_line(data, end, "Action:")
		    ? a_bounce
		    : "a delivery status";
	if (type != NULL &&
	    strcmp(type, "message/disposition-notification") == 0)
		return "a read receipt";
	if ((type == NULL || strncmp(type, "text/", 5) == 0) &&
	    is_error_notice(data, end))
		return "a notice that a report was not sent (RFC 7489, 7.2.2)";
	return NULL;
}
