/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/aggregate_meta.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/aggregate_record.h"

#define DAY 86400
#define LONG_PERIOD (26 * 3600)        /* */
#define EARLIEST INT64_C(1325376000)   /* 2012-01-01 */
#define LATEST INT64_C(4102444800)     /* 2100-01-01 */
#define MAX_TIME INT64_C(253402300799) /* the end of the year 9999 */

/* What file name and subject say about a report. */
struct told {
	const char *domain;
	const char *submitter;
	const char *id;
	const char *filename;
	int64_t begin;
	int64_t end; /* -1: they do not say */
};

/* --- hints ---------------------------------------------------------------- */

/* A hint as a string that may go on the wire; NULL when it is of no use. */
static const char *
hint_copy(struct arena *arena, const char *s, size_t n)
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
	told->domain = hint_copy(
	    arena, part[1], (size_t)(part[2] - 1 - part[1]));
	for (i = 0; i < 2; i++) {
		n = strspn(part[2 + i], "0123456789");
		if (n == 0 || n >= sizeof(digits))
			continue;
		memcpy(digits, part[2 + i], n);
		digits[n] = '\0';
		if (!text_read_int(digits, 1, MAX_TIME, out[i]))
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
	return hint_copy(arena, p, n);
}

static void
told_read(
    struct told *told, const struct aggregate_hints *hints, struct arena *arena)
{
	char safe[LIMIT_TEXT];
	const char *name = hints->filename, *subject;

	memset(told, 0, sizeof(*told));
	told->begin = told->end = -1;
	if (name != NULL) {
		/* Names of archive entries may be in any character set. */
		if (!text_is_utf8(name, strlen(name)))
			name = text_safe(safe, sizeof(safe), name);
		told->filename = hint_copy(arena, name, strlen(name));
		if (told->filename != NULL)
			told_by_filename(told, told->filename, arena);
	}
	if (hints->mail == NULL || (subject = hints->mail->subject) == NULL)
		return;
	if (told->domain == NULL)
		told->domain = subject_value(subject, "Report Domain:", arena);
	told->submitter = subject_value(subject, "Submitter:", arena);
	told->id = subject_value(subject, "Report-ID:", arena);
}

/* --- time ------------------------------------------------------------------
 */

/* n digits as a number, or -1. */
static int
read_digits(const char **s, size_t n)
{
	int v = 0;

	while (n-- > 0) {
		if (**s < '0' || **s > '9')
			return -1;
		v = v * 10 + *(*s)++ - '0';
	}
	return v;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t
days_since_1970(int y, int m, int d)
{
	int64_t year = m <= 2 ? y - 1 : y;
	int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

	return year * 365 + year / 4 - year / 100 + year / 400 + day - 719468;
}

/* YYYY-MM-DD[THH:MM[:SS[.f]][Z|+HH[:]MM]], without a zone UTC. */
static bool
read_iso_time(const char *s, int64_t *out)
{
	int y, mon, d, h = 0, min = 0, sec = 0, zone, sign;

	if ((y = read_digits(&s, 4)) < 1970 || *s++ != '-' ||
	    (mon = read_digits(&s, 2)) < 1 || mon > 12 || *s++ != '-' ||
	    (d = read_digits(&s, 2)) < 1 || d > 31)
		return false;
	if (*s == 'T' || *s == 't' || *s == ' ') {
		s++;
		if ((h = read_digits(&s, 2)) < 0 || h > 24 || *s++ != ':' ||
		    (min = read_digits(&s, 2)) < 0 || min > 59)
			return false;
		if (*s == ':') {
			s++;
			if ((sec = read_digits(&s, 2)) < 0 || sec > 60)
				return false;
		}
		if (*s == '.')
			s += 1 + strspn(s + 1, "0123456789");
	}
	*out = days_since_1970(y, mon, d) * DAY + h * 3600 + min * 60 + sec;
	if (*s == '+' || *s == '-') {
		sign = *s++ == '+' ? -1 : 1;
		if ((zone = read_digits(&s, 2)) < 0)
			return false;
		*out += sign * zone * 3600;
		if (*s == ':')
			s++;
		if ((zone = read_digits(&s, 2)) < 0)
			return false;
		*out += sign * zone * 60;
	} else if (*s == 'Z' || *s == 'z')
		s++;
	return *s == '\0' && *out >= 0 && *out <= MAX_TIME;
}

/* Spec Q-79.  False: not a time. */
static bool
read_time(const char *s, struct report *r, int64_t *out)
{
	char digits[20];
	size_t n;
	int64_t v;

	if (s == NULL)
		return false;
	n = strspn(s, "0123456789");
	if (n == 0 || n >= sizeof(digits))
		return false;
	if (s[n] == '-' && read_iso_time(s, out)) {
		report_add_quirk(r, "time-text");
		return true;
	}
	if (s[n] == '.') {
		if (s[n + 1 + strspn(s + n + 1, "0123456789")] != '\0')
			return false;
		report_add_quirk(r, "time-fraction");
	} else if (s[n] != '\0')
		return false;
	memcpy(digits, s, n);
	digits[n] = '\0';
	if (!text_read_int(digits, 1, INT64_MAX, &v))
		return false;
	if (v > INT64_C(100000000000)) {
		report_add_quirk(r, "time-ms");
		if (v > INT64_C(100000000000000000))
			v /= 1000000000;
		else if (v > INT64_C(100000000000000))
			v /= 1000000;
		else
			v /= 1000;
	}
	*out = v;
	return true;
}

/* begin and end, from the report or from around it; both always set. */
static void
read_period(struct report_words *words, const struct told *told, int64_t sent)
{
	struct report *r = &words->report;
	bool begin = read_time(words->begin, r, &r->begin_ts);
	bool end = read_time(words->end, r, &r->end_ts);
	int64_t latest = sent > EARLIEST ? sent + 2 * DAY : LATEST, t;

	if (!begin || !end)
		report_add_quirk(r, "no-period");
	if (!begin && told->begin != -1) {
		r->begin_ts = told->begin;
		begin = true;
	}
	if (!end && told->end != -1) {
		r->end_ts = told->end;
		end = true;
	}
	if (!begin && !end) {
		r->begin_ts = sent - sent % DAY;
		r->end_ts = sent > 0 ? r->begin_ts + DAY - 1 : 0;
	} else if (!begin)
		r->begin_ts = r->end_ts;
	else if (!end)
		r->end_ts = r->begin_ts;

	if (r->begin_ts > r->end_ts) {
		t = r->begin_ts;
		r->begin_ts = r->end_ts;
		r->end_ts = t;
		report_add_quirk(r, "swapped-period");
	}
	if (r->begin_ts < EARLIEST || r->end_ts > latest)
		report_add_quirk(r, "time-implausible");
	if (r->begin_ts == r->end_ts)
		report_add_quirk(r, "empty-period");
	if (r->end_ts - r->begin_ts > LONG_PERIOD)
		report_add_quirk(r, "long-period");
}

/* --- names ------------------------------------------------------------------
 */

/* The address in "<a@b>", "mailto:a@b" or "Name <a@b>". */
static const char *
read_email(const char *s, struct arena *arena)
{
	const char *open, *close;
	size_t n;

	if ((s = aggregate_word(s)) == NULL)
		return NULL;
	n = strlen(s);
	if ((open = strrchr(s, '<')) != NULL) {
		s = open + 1;
		close = strchr(s, '>');
		n = close != NULL ? (size_t)(close - s) : strlen(s);
	} else if (s[n - 1] == '>')
		n--;
	while (n > 0 && text_is_space(*s)) {
		s++;
		n--;
	}
	if (n >= 7 && strncasecmp(s, "mailto:", 7) == 0) {
		s += 7;
		n -= 7;
	}
	while (n > 0 && text_is_space(s[n - 1]))
		n--;
	return n > 0 ? arena_strndup(arena, s, n) : NULL;
}

/* The first domain among several candidates, normalised; or NULL. */
static const char *
first_domain(const char *const *from, size_t n, struct arena *arena)
{
	const char *domain;
	size_t i;

	for (i = 0; i < n; i++) {
		if (from[i] == NULL)
			continue;
		domain = aggregate_word(aggregate_read_domain(from[i], arena));
		if (domain != NULL)
			return domain;
	}
	return NULL;
}

/* Who reports, what about, under which id. */
static void
read_names(struct report_words *words, const struct told *told,
    const struct mail_facts *mail, struct arena *arena)
{
	struct report *r = &words->report;
	const char *from[] = { r->domain, told->domain, words->header_from };
	const char *email_domain = NULL;

	r->org_email = read_email(r->org_email, arena);
	if (r->org_email != NULL && strchr(r->org_email, '@') != NULL)
		email_domain = aggregate_word(
		    aggregate_read_domain(r->org_email, arena));

	if ((r->org_name = aggregate_word(r->org_name)) == NULL) {
		report_add_quirk(r, "no-org-name");
		r->org_name = email_domain;
	}
	if (r->org_name == NULL)
		r->org_name = told->submitter;
	if (r->org_name == NULL && mail != NULL && mail->from_domain != NULL)
		r->org_name = hint_copy(
		    arena, mail->from_domain, strlen(mail->from_domain));
	if (r->org_name == NULL)
		r->org_name = "unknown";
	r->reporter = email_domain;
	if (r->reporter == NULL)
		r->reporter = text_lower(
		    arena_strndup(arena, r->org_name, strlen(r->org_name)));

	if (aggregate_word(r->domain) == NULL)
		report_add_quirk(r, "no-domain");
	r->domain = first_domain(from, sizeof(from) / sizeof(from[0]), arena);
	if (r->domain == NULL)
		r->domain = "unknown";

	if ((r->external_id = aggregate_word(r->external_id)) == NULL) {
		report_add_quirk(r, "no-report-id");
		r->external_id = told->filename;
	}
	if (r->external_id == NULL)
		r->external_id = told->id;
	if (r->external_id == NULL)
		r->external_id = "unknown";
}

/* --- policy -----------------------------------------------------------------
 */

static const char *
read_lower(const char *s, struct arena *arena)
{
	if ((s = aggregate_word(s)) == NULL)
		return NULL;
	return text_lower(arena_strndup(arena, s, strlen(s)));
}

/* Absent and empty are the same: p applies, never "none". */
static const char *
read_policy(struct report *r, const char *s, struct arena *arena)
{
	if ((s = read_lower(s, arena)) == NULL || report_is_policy(s))
		return s;
	report_add_quirk(r, "unknown-policy");
	return NULL;
}

/* "r", "relaxed", "S": the first letter says it. */
static const char *
read_mode(struct report *r, const char *s)
{
	if ((s = aggregate_word(s)) == NULL)
		return NULL;
	if (*s == 'r' || *s == 'R')
		return "r";
	if (*s == 's' || *s == 'S')
		return "s";
	report_add_quirk(r, "unknown-policy");
	return NULL;
}

void
aggregate_read_meta(struct report_words *words,
    const struct aggregate_hints *hints, struct arena *arena)
{
	struct report *r = &words->report;
	const char *pct = aggregate_word(words->pct);
	struct told told;

	told_read(&told, hints, arena);
	r->filename = told.filename;
	read_period(words, &told,
	    hints->mail != NULL && hints->mail->sent_ts > 0 &&
	            hints->mail->sent_ts <= MAX_TIME - 2 * DAY
	        ? hints->mail->sent_ts
	        : 0);
	read_names(words, &told, hints->mail, arena);

	r->p = read_policy(r, r->p, arena);
	r->sp = read_policy(r, r->sp, arena);
	r->np = read_policy(r, r->np, arena);
	r->adkim = read_mode(r, r->adkim);
	r->aspf = read_mode(r, r->aspf);
	r->pct = -1;
	if (pct != NULL && !text_read_int(pct, 0, 100, &r->pct))
		report_add_quirk(r, "bad-pct");
	r->testing = read_lower(r->testing, arena);
	r->discovery_method = read_lower(r->discovery_method, arena);
	r->fo = aggregate_word(r->fo);
	r->generator = aggregate_word(r->generator);
	r->version = aggregate_word(r->version);
	r->extra_contact = aggregate_word(r->extra_contact);
}
