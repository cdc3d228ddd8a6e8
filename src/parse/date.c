/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/date.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "parse/value.h"

#define MAX_TEXT 256                 /* no date is longer */
#define EARLIEST INT64_C(1000000000) /* ten digits: since 2001 */
#define LATEST INT64_C(9999999999)   /* until 2286 */
#define MAX_ZONE (14 * 60)

/* A date on its way.  What it has is not 0, or told by a flag. */
struct reading {
	const char *p;
	int year, month, day;
	int hour, minute, second;
	int offset; /* minutes east */
	bool time;
	bool zoned;
	bool named_zone; /* "GMT", of which "+8" may follow */
	bool afternoon, halves;
	bool iso;
	bool fraction;
	bool odd; /* something in it is not understood */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alpha(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static size_t
count_digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* n digits, at most 4. */
static int
read_digits(const char **s, size_t n)
{
	int v = 0;

	while (n-- > 0)
		v = v * 10 + (*(*s)++ - '0');
	return v;
}

/* --- numbers -------------------------------------------------------------- */

/* Whether it has ten digits or more, so that an exponent hides no second. */
static bool
is_exact(const char *s)
{
	size_t n = 0;

	for (; *s != '\0' && (*s | 0x20) != 'e'; s++)
		n += is_digit(*s);
	return n >= 10;
}

/* "1795219200 UTC" says what is so anyway. */
static void
drop_utc(char *s)
{
	size_t n = strlen(s);

	if (n > 4 && s[n - 4] == ' ' &&
	    (strcasecmp(s + n - 3, "UTC") == 0 ||
	        strcasecmp(s + n - 3, "GMT") == 0))
		s[n - 4] = '\0';
}

static bool
read_number(const char *s, struct date *d)
{
	static const int64_t scales[] = { 1, 1000, 1000000, 1000000000 };
	char text[MAX_TEXT];
	enum value_count kind;
	bool fraction;
	int64_t n;
	size_t i;

	if (!is_digit(*s) || !is_exact(s))
		return false;
	memcpy(text, s, strlen(s) + 1);
	drop_utc(text);
	kind = value_read_count(text, &n);
	if (kind == COUNT_NONE || n == INT64_MAX)
		return false;
	for (i = 0; i < sizeof(scales) / sizeof(*scales); i++)
		if (n / scales[i] >= EARLIEST && n / scales[i] <= LATEST)
			break;
	if (i == sizeof(scales) / sizeof(*scales))
		return false;
	fraction = text[count_digits(text)] == '.' && count_digits(text) >= 10;
	*d = (struct date) { .ts = n / scales[i],
		.form = DATE_NUMBER,
		.scaled = i > 0,
		.fraction = fraction,
		.grouped = kind != COUNT_PLAIN && !fraction,
		.zoned = true };
	return true;
}

/* --- parts of a date ------------------------------------------------------ */

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t
days_since_1970(int y, int m, int d)
{
	int64_t year = m <= 2 ? y - 1 : y;
	int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

	return year * 365 + year / 4 - year / 100 + year / 400 + day - 719468;
}

static int
month_days(int y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	if (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))
		return 29;
	return days[m - 1];
}

static void
set_date(struct reading *r, int year, int month, int day)
{
	r->odd |= r->year != 0 || r->month != 0 || r->day != 0;
	r->year = year;
	r->month = month;
	r->day = day;
}

/* "20:41:05", of which the seconds may be missing; p at the first ":". */
static void
read_clock(struct reading *r, int hour)
{
	size_t n;

	r->odd |= r->time;
	r->time = true;
	r->hour = hour;
	r->p++;
	if ((n = count_digits(r->p)) == 0 || n > 2) {
		r->odd = true;
		r->minute = 60; /* none */
		return;
	}
	r->minute = read_digits(&r->p, n);
	if (*r->p != ':')
		return;
	r->p++;
	if ((n = count_digits(r->p)) == 0 || n > 2) {
		r->odd = true;
		return;
	}
	r->second = read_digits(&r->p, n);
	if ((*r->p == '.' || *r->p == ',') && is_digit(r->p[1])) {
		r->p++;
		r->p += count_digits(r->p);
		r->fraction = true;
	}
}

/* "000000" or "0000" in the basic form of ISO 8601. */
static void
read_basic_clock(struct reading *r, size_t n)
{
	r->odd |= r->time;
	r->time = true;
	r->hour = read_digits(&r->p, 2);
	r->minute = read_digits(&r->p, 2);
	if (n == 6)
		r->second = read_digits(&r->p, 2);
}

/* "2026-11-21", "2026/11/21", "2026.11.21"; p behind the year. */
static bool
read_iso(struct reading *r, int year)
{
	const char *p = r->p + 1;
	size_t m = count_digits(p), d;

	if (m == 0 || m > 2 || p[m] != *r->p)
		return false;
	d = count_digits(p + m + 1);
	if (d == 0 || d > 2)
		return false;
	r->p++;
	set_date(r, year, read_digits(&r->p, m), 0);
	r->p++;
	r->day = read_digits(&r->p, d);
	r->iso = true;
	return true;
}

/* "13/09/2026", where no other order is possible; p behind the first number. */
static bool
read_local(struct reading *r, int first)
{
	const char *p = r->p + 1;
	char mark = *r->p;
	size_t n = count_digits(p);
	int second;

	if (n == 0 || n > 2 || p[n] != mark || count_digits(p + n + 1) != 4)
		return false;
	second = read_digits(&p, n);
	p++;
	if (first > 12 || first == second)
		set_date(r, 0, second, first);
	else if (second > 12 && mark != '.')
		set_date(r, 0, first, second);
	else {
		r->odd = true;
		return false;
	}
	r->year = read_digits(&p, 4);
	r->p = p;
	r->iso = true;
	return true;
}

/* "20261121", perhaps with "0000" or "000000" at once. */
static void
read_basic(struct reading *r, size_t n)
{
	int year = read_digits(&r->p, 4), month = read_digits(&r->p, 2);

	set_date(r, year, month, 0);
	r->day = read_digits(&r->p, 2);
	r->iso = true;
	if (n > 8)
		read_basic_clock(r, n - 8);
}

/* What may stand behind a day: "21st", "21.", "21-Nov". */
static void
skip_day_mark(struct reading *r)
{
	static const char *const marks[] = { "st", "nd", "rd", "th" };
	size_t i;

	for (i = 0; i < 4; i++)
		if (strncasecmp(r->p, marks[i], 2) == 0 && !is_alpha(r->p[2])) {
			r->p += 2;
			return;
		}
	if (*r->p == '.' ||
	    ((*r->p == '-' || *r->p == '/') && is_alpha(r->p[1])))
		r->p++;
}

static void
read_figure(struct reading *r)
{
	size_t n = count_digits(r->p);
	bool dated = r->day != 0 || r->month != 0;
	int v;

	if ((n == 8 || n == 12 || n == 14) && !dated) {
		read_basic(r, n);
		return;
	}
	if (n > 4) {
		r->odd = true;
		r->p += n;
		return;
	}
	v = read_digits(&r->p, n);
	if (*r->p == ':' && n <= 2 && !r->time)
		read_clock(r, v);
	else if (n == 4 && !dated && *r->p != '\0' &&
	    strchr("-/.", *r->p) != NULL && read_iso(r, v))
		return;
	else if (n <= 2 && !dated && *r->p != '\0' &&
	    strchr("-/.", *r->p) != NULL && read_local(r, v))
		return;
	else if (n <= 2 && r->day == 0) {
		r->day = v;
		skip_day_mark(r);
	} else if (r->year == 0 && n == 4)
		r->year = v;
	else if (r->year == 0 && n >= 2)
		r->year = v + (n == 2 && v < 50 ? 2000 : 1900);
	else
		r->odd = true;
}

/* "+0900", "+09:00", "+09", and behind "GMT" also "+9"; p at the sign. */
static void
read_offset(struct reading *r)
{
	int sign = *r->p++ == '-' ? -1 : 1, minutes = 0, hours;
	size_t n = count_digits(r->p);

	if (n == 0 || n == 3 || n > 4 || (n == 1 && !r->named_zone) ||
	    (r->zoned && !r->named_zone)) {
		r->odd = true;
		r->p += n;
		return;
	}
	hours = read_digits(&r->p, n > 2 ? 2 : n);
	if (n == 4)
		minutes = read_digits(&r->p, 2);
	else if (*r->p == ':' && count_digits(r->p + 1) == 2) {
		r->p++;
		minutes = read_digits(&r->p, 2);
	}
	r->offset = sign * (hours * 60 + minutes);
	r->odd |= minutes > 59 || hours * 60 + minutes > MAX_ZONE;
	r->zoned = true;
	r->named_zone = false;
}

/* --- words ---------------------------------------------------------------- */

static bool
is_word(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(s, word, n) == 0;
}

static bool
read_zone(struct reading *r, const char *s, size_t n)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = { { "UTC", 0 }, { "GMT", 0 }, { "UT", 0 }, { "Z", 0 },
		{ "EST", -5 }, { "EDT", -4 }, { "CST", -6 }, { "CDT", -5 },
		{ "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 },
		{ "WET", 0 }, { "WEST", 1 }, { "CET", 1 }, { "CEST", 2 },
		{ "EET", 2 }, { "EEST", 3 }, { "MSK", 3 }, { "JST", 9 },
		{ "KST", 9 }, { "AEST", 10 }, { "AEDT", 11 }, { "NZST", 12 },
		{ "NZDT", 13 } };
	size_t i;

	for (i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		if (!is_word(s, n, zones[i].name))
			continue;
		/* "+0000 GMT" says it twice. */
		if (!r->zoned)
			r->offset = zones[i].hours * 60;
		r->named_zone = !r->zoned && i < 3;
		r->zoned = true;
		return true;
	}
	return false;
}

/* The name of a month or a day of the week, or the first letters of it. */
static int
find_name(const char *const *names, int count, const char *s, size_t n)
{
	int i;

	for (i = 0; i < count; i++)
		if (n >= 3 && n <= strlen(names[i]) &&
		    strncasecmp(s, names[i], n) == 0)
			return i + 1;
	return 0;
}

static void
read_word(struct reading *r)
{
	static const char *const months[] = { "january", "february", "march",
		"april", "may", "june", "july", "august", "september",
		"october", "november", "december" };
	static const char *const days[] = { "monday", "tuesday", "wednesday",
		"thursday", "friday", "saturday", "sunday" };
	const char *s = r->p;
	size_t n = 0, digits;
	int month;

	while (is_alpha(s[n]))
		n++;
	r->p += n;
	digits = count_digits(r->p);
	if (n == 1 && (*s | 0x20) == 't' && r->iso && !r->time && digits > 0) {
		if ((digits == 4 || digits == 6) && r->p[digits] != ':')
			read_basic_clock(r, digits);
		else if (r->p[digits] != ':')
			r->odd = true;
	} else if ((month = find_name(months, 12, s, n)) != 0 &&
	    r->month == 0) {
		r->month = month;
		if ((*r->p == '-' || *r->p == '/' || *r->p == '.') && !r->time)
			r->p++;
	} else if (is_word(s, n, "AM") || is_word(s, n, "PM")) {
		r->odd |= !r->time || r->halves;
		r->halves = true;
		r->afternoon = (*s | 0x20) == 'p';
	} else if (find_name(days, 7, s, n) == 0 && !read_zone(r, s, n))
		r->odd = true;
}

/* A comment, or the name of a place behind a zone: "[Europe/Berlin]". */
static void
skip_remark(struct reading *r)
{
	size_t depth = 0;

	if (*r->p == '[') {
		r->p += strcspn(r->p, "]");
		r->p += *r->p == ']';
		return;
	}
	for (; *r->p != '\0'; r->p++) {
		depth += *r->p == '(';
		if (*r->p == ')' && --depth == 0) {
			r->p++;
			return;
		}
	}
}

/* --- the whole ------------------------------------------------------------ */

/* Where the parts make one time; its seconds since 1970. */
static bool
put_together(struct reading *r, int64_t *ts)
{
	if (r->year < 1900 || r->month < 1 || r->month > 12 || r->day < 1 ||
	    r->day > month_days(r->year, r->month))
		return false;
	if (r->halves) {
		if (r->hour < 1 || r->hour > 12)
			return false;
		r->hour = r->hour % 12 + (r->afternoon ? 12 : 0);
	}
	if (r->hour > 24 || r->minute > 59 || r->second > 60 ||
	    (r->hour == 24 && (r->minute > 0 || r->second > 0)))
		return false;
	*ts = days_since_1970(r->year, r->month, r->day) * 86400 +
	    r->hour * 3600 + r->minute * 60 + r->second - r->offset * 60;
	return true;
}

static void
read_parts(struct reading *r, const char *s)
{
	r->p = s;
	while (*r->p != '\0') {
		if (is_digit(*r->p))
			read_figure(r);
		else if (is_alpha(*r->p))
			read_word(r);
		else if ((*r->p == '+' || *r->p == '-') && r->time)
			read_offset(r);
		else if (*r->p == '(' || *r->p == '[')
			skip_remark(r);
		else {
			/* 21/Nov/2026:00:00:00 and 2026-11-21_00:00:00 too */
			r->odd |= strchr(" \t\r\n,", *r->p) == NULL &&
			    !(strchr("_:", *r->p) != NULL && !r->time &&
			        r->year != 0);
			r->p++;
		}
	}
}

/* A copy without white space and quotes around it.  False: too long. */
static bool
copy_text(char out[static MAX_TEXT], const char *s, size_t n)
{
	s = text_trim(s, &n);
	if (n >= 2 && (*s == '"' || *s == '\'') && s[n - 1] == *s) {
		s++;
		n -= 2;
		s = text_trim(s, &n);
	}
	if (n == 0 || n >= MAX_TEXT || memchr(s, '\0', n) != NULL)
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

bool
date_read(const char *s, size_t n, struct date *d)
{
	struct reading r = { 0 };
	char text[MAX_TEXT];
	int64_t ts;

	if (!copy_text(text, s, n))
		return false;
	if (read_number(text, d))
		return true;
	read_parts(&r, text);
	if (r.odd || !put_together(&r, &ts) || ts < EARLIEST || ts > LATEST)
		return false;
	*d = (struct date) { .ts = ts,
		.form = r.iso ? DATE_ISO : DATE_WORDS,
		.fraction = r.fraction,
		.zoned = r.zoned };
	return true;
}

int64_t
date_read_header(const char *s, size_t n)
{
	struct reading r = { 0 };
	char text[MAX_TEXT];
	int64_t ts;

	s = text_trim(s, &n);
	if (n >= MAX_TEXT)
		n = MAX_TEXT - 1;
	memcpy(text, s, n);
	text[n] = '\0';
	read_parts(&r, text);
	if (!r.time || !put_together(&r, &ts) || ts <= 0 || ts > TEXT_MAX_TIME)
		return 0;
	return ts;
}
