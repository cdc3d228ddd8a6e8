/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/told.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"

#define DAY 86400
#define LONG_PERIOD (26 * 3600)      /* */
#define EARLIEST INT64_C(1325376000) /* 2012-01-01 */
#define LATEST INT64_C(4102444800)   /* 2100-01-01 */

const char *
told_copy(const char *s, size_t n, struct arena *arena)
{
	if (n > LIMIT_TEXT)
		n = LIMIT_TEXT;
	if (n == 0 || !text_is_utf8(s, n))
		return NULL;
	return arena_strndup(arena, s, n);
}

/* receiver!policy-domain!begin!end[!id].xml, whatever comes before or after. */
static void
told_by_filename(struct told *told, const char *name, struct arena *arena)
{
	const char *part[4], *p = name;
	char digits[20];
	int64_t *out[2] = { &told->begin, &told->end };
	size_t i, n;

	for (i = 0; i < 4; i++) {
		part[i] = p;
		if (i < 3 && (p = strchr(p, '!')) == NULL)
			return;
		p++;
	}
	told->domain = told_copy(
	    part[1], (size_t)(part[2] - 1 - part[1]), arena);
	for (i = 0; i < 2; i++) {
		n = strspn(part[2 + i], "0123456789");
		if (n == 0 || n >= sizeof(digits))
			continue;
		memcpy(digits, part[2 + i], n);
		digits[n] = '\0';
		if (!text_read_int(digits, 1, TEXT_MAX_TIME, out[i]))
			*out[i] = -1;
	}
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
	return told_copy(p, n, arena);
}

void
told_read(struct told *told, const char *name, const struct mail_facts *mail,
    struct arena *arena)
{
	char safe[LIMIT_TEXT];
	const char *subject;

	memset(told, 0, sizeof(*told));
	told->begin = told->end = -1;
	if (name != NULL) {
		/* Names of archive entries may be in any character set. */
		if (!text_is_utf8(name, strlen(name)))
			name = text_safe(safe, sizeof(safe), name);
		told->filename = told_copy(name, strlen(name), arena);
		if (told->filename != NULL)
			told_by_filename(told, told->filename, arena);
	}
	if (mail == NULL || (subject = mail->subject) == NULL)
		return;
	if (told->domain == NULL)
		told->domain = subject_value(subject, "Report Domain:", arena);
	told->submitter = subject_value(subject, "Submitter:", arena);
	told->id = subject_value(subject, "Report-ID:", arena);
}

/* When the mail was sent, 0 when it does not say or says nonsense. */
static int64_t
sent_time(const struct mail_facts *mail)
{
	if (mail == NULL || mail->sent_ts <= 0 ||
	    mail->sent_ts > TEXT_MAX_TIME - 2 * DAY)
		return 0;
	return mail->sent_ts;
}

void
told_fill_period(const struct told *told, const struct mail_facts *mail,
    struct told_period *p, struct array *quirks)
{
	int64_t sent = sent_time(mail), t;
	int64_t latest = sent > EARLIEST ? sent + 2 * DAY : LATEST;
	bool begin = p->has_begin || told->begin != -1;
	bool end = p->has_end || told->end != -1;

	if (!p->has_begin || !p->has_end)
		quirk_add(quirks, "no-period");
	if (!p->has_begin)
		p->begin = told->begin;
	if (!p->has_end)
		p->end = told->end;
	if (!begin && !end) {
		p->begin = sent - sent % DAY;
		p->end = sent > 0 ? p->begin + DAY - 1 : 0;
	} else if (!begin)
		p->begin = p->end;
	else if (!end)
		p->end = p->begin;

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
}
