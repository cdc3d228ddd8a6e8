/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/fallback.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/date.h"

#define DAY 86400
#define LONG_PERIOD (26 * 3600) /* */
#define MIXED_PERIOD (32 * DAY)
#define NO_PERIOD (366 * DAY)        /* as long as no report is about */
#define EARLIEST INT64_C(1325376000) /* 2012-01-01 */
#define LATEST INT64_C(4102444800)   /* 2100-01-01 */

const char *
fallback_copy(const char *s, size_t n, struct arena *arena)
{
	if (n > LIMIT_TEXT)
		n = LIMIT_TEXT;
	if (n == 0 || !text_is_utf8(s, n))
		return NULL;
	return arena_strndup(arena, s, n);
}

/* Whether the two may belong together, although they are of two places. */
static bool
is_period(int64_t begin, int64_t end)
{
	return begin <= end && end - begin <= MIXED_PERIOD;
}

/* receiver!policy-domain!begin!end[!id].xml, whatever comes before or after. */
static void
read_filename(struct fallback *fallback, const char *name, struct arena *arena)
{
	const char *part[4], *p = name;
	int64_t *out[2] = { &fallback->begin, &fallback->end };
	struct date d;
	size_t i;

	for (i = 0; i < 4; i++) {
		part[i] = p;
		if (i < 3 && (p = strchr(p, '!')) == NULL)
			return;
		p++;
	}
	fallback->domain = fallback_copy(
	    part[1], (size_t)(part[2] - 1 - part[1]), arena);
	for (i = 0; i < 2; i++)
		if (date_read(
		        part[2 + i], strspn(part[2 + i], "0123456789"), &d))
			*out[i] = d.ts;
}

/* When the message was sent, 0 when it does not say or says nonsense. */
static int64_t
sent_time(const struct mail_facts *mail)
{
	if (mail == NULL || mail->sent_ts <= 0 ||
	    mail->sent_ts > TEXT_MAX_TIME - 2 * DAY)
		return 0;
	return mail->sent_ts;
}

void
fallback_read_id(
    struct fallback *fallback, const char *id, const struct mail_facts *mail)
{
	int64_t sent = sent_time(mail);
	struct date d[2];
	size_t n, found = 0;

	if (fallback->begin != -1 || fallback->end != -1 || id == NULL)
		return;
	for (; *id != '\0' && found < 2; id += n) {
		n = strspn(id, "0123456789");
		if (n == 10)
			found += date_read(id, n, &d[found]);
		n += n == 0;
	}
	if (found == 0 || (sent > 0 && !is_period(d[0].ts, sent + DAY)))
		return;
	fallback->begin = d[0].ts;
	fallback->end = found == 2 && is_period(d[0].ts, d[1].ts) ? d[1].ts
	                                                          : d[0].ts;
}

/* What follows a label in the subject: a word, or all within braces. */
static const char *
subject_value(const char *subject, const char *label, struct arena *arena)
{
	const char *p = strcasestr(subject, label);
	size_t n;

	if (p == NULL)
		return NULL;
	p += strlen(label);
	while (text_is_space(*p))
		p++;
	if (*p == '{') {
		p++;
		n = strcspn(p, "}");
	} else if (*p == '<') {
		p++;
		n = strcspn(p, ">");
	} else
		n = strcspn(p, "; \t\r\n");
	return fallback_copy(p, n, arena);
}

void
fallback_read(struct fallback *fallback, const char *name,
    const struct mail_facts *mail, struct arena *arena)
{
	char safe[LIMIT_TEXT];
	const char *subject;

	memset(fallback, 0, sizeof(*fallback));
	fallback->begin = fallback->end = -1;
	if (name != NULL) {
		/* Names of archive entries may be in any character set. */
		if (!text_is_utf8(name, strlen(name)))
			name = text_safe(safe, sizeof(safe), name);
		fallback->filename = fallback_copy(name, strlen(name), arena);
		if (fallback->filename != NULL)
			read_filename(fallback, fallback->filename, arena);
	}
	if (mail == NULL || (subject = mail->subject) == NULL)
		return;
	if (fallback->domain == NULL)
		fallback->domain = subject_value(
		    subject, "Report Domain:", arena);
	fallback->submitter = subject_value(subject, "Submitter:", arena);
	fallback->id = subject_value(subject, "Report-ID:", arena);
}

/* Of two ends years apart one has a digit wrong: the name tells which. */
static void
mend_period(const struct fallback *fallback, struct fallback_period *p,
    struct array *quirks)
{
	if (llabs(p->end - p->begin) <= NO_PERIOD ||
	    !is_period(fallback->begin, fallback->end) ||
	    (fallback->begin != p->begin && fallback->end != p->end))
		return;
	p->begin = fallback->begin;
	p->end = fallback->end;
	quirk_add(quirks, "bad-time");
}

/* What is missing comes from elsewhere, if it fits to what is there. */
static void
complete_period(
    const struct fallback *fallback, int64_t sent, struct fallback_period *p)
{
	if (p->has_begin)
		p->end = is_period(p->begin, fallback->end) ? fallback->end
		                                            : p->begin;
	else if (p->has_end)
		p->begin = fallback->begin != -1 &&
		        is_period(fallback->begin, p->end)
		    ? fallback->begin
		    : p->end;
	else if (fallback->begin != -1 || fallback->end != -1) {
		p->begin = fallback->begin != -1 ? fallback->begin
		                                 : fallback->end;
		p->end = fallback->end != -1 ? fallback->end : fallback->begin;
	} else if (sent == 0 && p->said_begin > 0 && p->said_end > 0) {
		/* An example, or made up: nobody knows better. */
		p->begin = p->said_begin;
		p->end = p->said_end;
	} else {
		p->begin = sent - sent % DAY;
		p->end = sent > 0 ? p->begin + DAY - 1 : 0;
	}
}

void
fallback_fill_period(const struct fallback *fallback,
    const struct mail_facts *mail, struct fallback_period *p,
    struct array *quirks)
{
	int64_t sent = sent_time(mail), t;
	int64_t latest = sent > EARLIEST ? sent + 2 * DAY : LATEST;

	if (p->has_begin && p->has_end)
		mend_period(fallback, p, quirks);
	else {
		quirk_add(quirks, "no-period");
		complete_period(fallback, sent, p);
	}
	if (p->begin > p->end) {
		t = p->begin;
		p->begin = p->end;
		p->end = t;
		quirk_add(quirks, "swapped-period");
	}
	if (p->begin < EARLIEST || p->end > latest)
		quirk_add(quirks, "time-implausible");
	if (p->begin == p->end)
		quirk_add(quirks, "empty-period");
	if (p->end - p->begin > LONG_PERIOD)
		quirk_add(quirks, "long-period");
	if (mail != NULL && (mail->odd_text || mail->odd_name))
		quirk_add(quirks, "bad-charset");
}
