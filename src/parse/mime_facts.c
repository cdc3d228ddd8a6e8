/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/mime.h"
#include "parse/mime_header.h"

/* --- Date:, RFC 5322 section 3.3 and its obsolete forms ---------------------
 */

static int64_t
days_from_civil(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

#define MAX_TIME 253402300799 /* the end of the year 9999 */

struct date {
	int day, month, year; /* 0: not seen */
	int hour, minute, second;
	int offset; /* minutes east */
	bool time;
};

/* Digits at *p, at most 4 of them. */
static int
read_digits(const char **p, const char *end, int *n)
{
	int v = 0;

	for (*n = 0; *p < end && **p >= '0' && **p <= '9' && *n < 4; (*n)++)
		v = v * 10 + (*(*p)++ - '0');
	return v;
}

/* "20:41:05", of which the seconds may be missing; *p behind the hour. */
static void
read_time(const char **p, const char *end, int hour, struct date *d)
{
	int n;

	d->time = true;
	d->hour = hour;
	(*p)++;
	d->minute = read_digits(p, end, &n);
	if (*p < end && **p == ':') {
		(*p)++;
		d->second = read_digits(p, end, &n);
	}
}

/* A month, or a zone when the time was seen; other words say nothing. */
static void
read_word(const char *s, size_t len, struct date *d)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	static const struct {
		char name[4];
		int hours;
	} zones[] = { { "EST", -5 }, { "EDT", -4 }, { "CST", -6 },
		{ "CDT", -5 }, { "MST", -7 }, { "MDT", -6 }, { "PST", -8 },
		{ "PDT", -7 } };
	size_t i;

	if (len < 3)
		return;
	for (i = 0; i < 12 && d->month == 0; i++)
		if (strncasecmp(s, months + 3 * i, 3) == 0)
			d->month = (int)i + 1;
	for (i = 0; i < sizeof(zones) / sizeof(*zones) && len == 3; i++)
		if (d->time && strncasecmp(s, zones[i].name, 3) == 0)
			d->offset = zones[i].hours * 60;
}

static void
read_number(const char **p, const char *end, struct date *d)
{
	int n, v = read_digits(p, end, &n);

	if (*p < end && **p == ':' && !d->time)
		read_time(p, end, v, d);
	else if (n <= 2 && d->day == 0)
		d->day = v;
	else if (d->year == 0 && n == 4)
		d->year = v;
	else if (d->year == 0 && n >= 2)
		d->year = v + (n == 2 && v < 50 ? 2000 : 1900);
}

static bool
is_alpha(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

int64_t
mime_read_date(const char *p, size_t len)
{
	const char *end = p + len, *start;
	struct date d = { 0 };
	int n, sign, v;
	int64_t ts;

	while (p < end && *p != '(') {
		if (*p >= '0' && *p <= '9')
			read_number(&p, end, &d);
		else if ((*p == '+' || *p == '-') && d.time) {
			sign = *p++ == '-' ? -1 : 1;
			v = read_digits(&p, end, &n);
			if (n == 4)
				d.offset = sign * (v / 100 * 60 + v % 100);
		} else if (is_alpha(*p)) {
			for (start = p; p < end && is_alpha(*p); p++)
				continue;
			read_word(start, (size_t)(p - start), &d);
		} else
			p++;
	}
	if (d.day < 1 || d.day > 31 || d.month == 0 || d.year < 1970 ||
	    !d.time || d.hour > 23 || d.minute > 59 || d.second > 60)
		return 0;
	ts = days_from_civil(d.year, d.month, d.day) * 86400 + d.hour * 3600 +
	    d.minute * 60 + d.second - d.offset * 60;
	return ts > 0 && ts <= MAX_TIME ? ts : 0;
}

/* --- From:, RFC 5322 section 3.4 ---------------------------------------------
 */

/* From "(" to behind its ")"; comments nest and may hold "\)". */
static const char *
skip_comment(const char *p, const char *end)
{
	size_t depth = 0;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
	}
	return p;
}

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

/*
 * The first address: what stands in "<>", else the word with an "@".  Cuts
 * [*pos, *stop) down to it.  False when there is none.
 */
static bool
find_address(const char **pos, const char **stop)
{
	const char *p = *pos, *end = *stop, *word = NULL, *at = NULL;

	for (; p < end; p++) {
		if (*p == '<')
			return cut_angle(p, end, pos, stop);
		if (*p == '(' || text_is_space(*p) || *p == ',' || *p == ';' ||
		    (*p == ':' && at == NULL)) {
			if (at != NULL)
				break;
			word = NULL;
			if (*p == '(')
				p = skip_comment(p, end) - 1;
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

	if (!find_address(&start, &end))
		return;
	sender = mime_field_text(start, (size_t)(end - start), arena);
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

/* --- the facts
 * ---------------------------------------------------------------- */

/* Without the angle brackets, up to the first white space. */
static const char *
read_msgid(const struct mime_field *f, struct arena *arena)
{
	const char *p = f->value, *end = p + f->len, *q;

	while (p < end && (text_is_space(*p) || *p == '<'))
		p++;
	for (q = p; q < end && !text_is_space(*q) && *q != '>'; q++)
		continue;
	return mime_field_text(p, (size_t)(q - p), arena);
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
				facts->sent_ts = mime_read_date(f.value, f.len);
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
				    f.value, f.len, arena);
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
			return mime_field_text(f.value, f.len, arena);
	return NULL;
}
