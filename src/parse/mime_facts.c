/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/date.h"
#include "parse/mime.h"
#include "parse/mime_header.h"

/* --- From:, RFC 5322 section 3.4 ------------------------------------------ */

static const char *
skip_quoted(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : p;
}

/* p is at "<": what stands between it and ">". */
static bool
cut_angle(const char *p, const char *end, const char **pos, const char **stop)
{
	const char *q = memchr(p, '>', (size_t)(end - p));

	*pos = p + 1;
	*stop = q != NULL ? q : end;
	return true;
}

bool
mime_find_address(const char **pos, const char **stop)
{
	const char *p = *pos, *end = *stop, *word = NULL, *at = NULL;
	const char *behind;

	for (; p < end; p++) {
		if (*p == '<')
			return cut_angle(p, end, pos, stop);
		if (*p == '(' || text_is_space(*p) || *p == ',' || *p == ';' ||
		    (*p == ':' && at == NULL)) {
			if (at != NULL)
				break;
			word = NULL;
			if (*p == '(') {
				behind = mime_comment_end(p, end);
				p = (behind != NULL ? behind : end) - 1;
			}
			continue;
		}
		if (word == NULL)
			word = p;
		if (*p == '"')
			p = skip_quoted(p, end) - 1;
		else if (*p == '@')
			at = p;
	}
	if (at == NULL)
		return false;
	*pos = word;
	*stop = p;
	/* In "a@b <c@d>" the first is a display name. */
	while (p < end && text_is_space(*p))
		p++;
	return p < end && *p == '<' ? cut_angle(p, end, pos, stop) : true;
}

static void
read_sender(
    const struct mime_field *f, struct arena *arena, struct mail_facts *facts)
{
	const char *start = f->value, *end = start + f->len, *at, *sender;
	char *domain;
	size_t n;

	if (!mime_find_address(&start, &end))
		return;
	sender = mime_field_text(
	    start, (size_t)(end - start), arena, &facts->odd_text);
	facts->sender = sender;
	if (sender == NULL || (at = strrchr(sender, '@')) == NULL)
		return;
	n = strlen(at + 1);
	while (n > 0 && at[n] == '.')
		n--;
	if (n == 0)
		return;
	domain = arena_strndup(arena, at + 1, n);
	facts->from_domain = text_lower(domain);
}

/* --- the facts ----------------------------------------------------------- */

/* Without the angle brackets, up to the first white space. */
static const char *
read_msgid(const struct mime_field *f, struct arena *arena)
{
	const char *p = f->value, *end = p + f->len, *q;

	while (p < end && (text_is_space(*p) || *p == '<'))
		p++;
	for (q = p; q < end && !text_is_space(*q) && *q != '>'; q++)
		continue;
	return mime_field_text(p, (size_t)(q - p), arena, NULL);
}

void
mime_read_facts(
    const char *mail, size_t len, struct arena *arena, struct mail_facts *facts)
{
	struct mime_header h;
	struct mime_field f;

	memset(facts, 0, sizeof(*facts));
	if (len >= 3 && memcmp(mail, "\xef\xbb\xbf", 3) == 0) {
		mail += 3;
		len -= 3;
	}
	mime_header_start(&h, mail, len, true);
	while (mime_header_next(&h, &f)) {
		switch (f.name[0] | 0x20) {
		case 'd':
			if (facts->sent_ts == 0 && mime_field_is(&f, "date"))
				facts->sent_ts = date_read_header(
				    f.value, f.len);
			break;
		case 'f':
			if (facts->sender == NULL && mime_field_is(&f, "from"))
				read_sender(&f, arena, facts);
			break;
		case 'm':
			if (facts->msgid == NULL &&
			    mime_field_is(&f, "message-id"))
				facts->msgid = read_msgid(&f, arena);
			break;
		case 's':
			if (facts->subject == NULL &&
			    mime_field_is(&f, "subject"))
				facts->subject = mime_field_text(
				    f.value, f.len, arena, &facts->odd_text);
			break;
		}
	}
}

const char *
mime_read_field(
    const char *mail, size_t len, const char *name, struct arena *arena)
{
	struct mime_header h;
	struct mime_field f;

	mime_header_start(&h, mail, len, true);
	while (mime_header_next(&h, &f))
		if (mime_field_is(&f, name))
			return mime_field_text(f.value, f.len, arena, NULL);
	return NULL;
}
