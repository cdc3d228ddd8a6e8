/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answer/period.h"
#include "base/text.h"

#define TALL 1000 /* units of a plot, from foot to head */
#define LEAST 9   /* of them: the smallest value can be seen */
#define COLUMN 10 /* units of a column */
#define TICKS 4
#define LEAST_TOP 0.01 /* of a scale, which has room for few digits */
#define LABELS 6
#define SPARK_DAYS 31

/* Return the least of 1, 2 and 5 times a power of ten that is not below x. */
static double
round_up(double x)
{
	double power = pow(10, floor(log10(x)));

	for (int i = 0; i < 3; i++)
		if (x <= (double[]) { 1, 2, 5 }[i] * power * (1 + 1e-9))
			return (double[]) { 1, 2, 5 }[i] * power;
	return 10 * power;
}

static double
column_sum(const struct chart *c, int column)
{
	double sum = 0;
	int i;

	for (i = 0; i < c->nseries; i++)
		sum += c->values[column * c->nseries + i];
	return sum;
}

/* Return what a scale must reach, which is never nothing. */
static double
largest_sum(const struct chart *c)
{
	double largest = 0;
	int i;

	for (i = 0; i < c->time->ncolumns; i++)
		largest = fmax(largest, column_sum(c, i));
	return largest > 0 ? fmax(largest, LEAST_TOP) : 1;
}

static void
write_number(char *out, size_t size, double value, int digits, bool percent)
{
	char grouped[TEXT_DIGITS];
	const char *sign = percent ? "%" : "";

	if (digits > 0)
		snprintf(out, size, "%.*f%s", digits, value, sign);
	else
		snprintf(out, size, "%s%s",
		    text_group_digits(
		        (int64_t)fmin(value + 0.5, 9e18), grouped),
		    sign);
}

/* 12345.6 as 12,346; below 10 a digit more, unless it is a whole number. */
static void
write_value(char *out, size_t size, double value, bool percent)
{
	if (value > 0 && value < 0.1)
		snprintf(out, size, "under 0.1%s", percent ? "%" : "");
	else
		write_number(out, size, value,
		    value < 10 && value != floor(value) ? 1 : 0, percent);
}

/*
 * The scale is beside the plot, which may be as wide as the page.  Its labels
 * have the digits that tell one step from the next.
 */
static void
draw_scale(
    struct html *h, const struct chart *c, int height, double step, double top)
{
	const int digits = step < 1 ? -(int)floor(log10(step) + 1e-9) : 0;
	char text[64];
	int i, y;

	html_printf(h,
	    "<svg class=\"scale\" width=\"52\" height=\"%d\" "
	    "aria-hidden=\"true\">",
	    height + 32);
	for (i = 0; i * step <= top * (1 + 1e-9); i++) {
		y = 8 + (int)(height * (1 - i * step / top) + 0.5);
		write_number(text, sizeof(text), i * step, i > 0 ? digits : 0,
		    c->percent);
		html_printf(h,
		    "<text x=\"46\" y=\"%d\" text-anchor=\"end\">%s</text>",
		    y + 4, text);
	}
	html_printf(h, "</svg>\n");
}

static void
draw_series(struct html *h, const struct chart *c, int which, double top)
{
	const int n = c->time->ncolumns;
	double below, value;
	int i, k, tall, foot;

	html_printf(h, "<path class=\"%s\" d=\"", c->series[which].class);
	for (i = 0; i < n; i++) {
		value = c->values[i * c->nseries + which];
		if (value <= 0)
			continue;
		for (below = 0, k = 0; k < which; k++)
			below += c->values[i * c->nseries + k];
		foot = TALL - (int)(TALL * below / top);
		tall = (int)(TALL * (below + value) / top) -
		    (int)(TALL * below / top);
		if (tall < LEAST)
			tall = LEAST;
		html_printf(h, "M%d %dh%dv%dh-%dz", COLUMN * i + 1, foot - tall,
		    COLUMN - 2, tall, COLUMN - 2);
	}
	html_printf(h, "\"/>");
}

static int64_t
column_last(const struct timeline *t, int column)
{
	return timeline_column_first(t, column) +
	    (timeline_column_days(t, column) - 1) * (int64_t)PERIOD_DAY;
}

void
chart_link_column(struct html *h, const struct timeline *t, int column,
    enum html_days days, const char *domain)
{
	const int64_t first = timeline_column_first(t, column);
	const bool is_link = html_begin_days(
	    h, days, domain, first, column_last(t, column));
	char date[HTML_DATE];

	html_printf(h, "%s", html_date(date, first));
	html_end_link(h, is_link);
}

/*
 * Begin a link to the days of a column, whose title is its name.  The keyboard
 * passes by a hundred of them: the table beside the chart has the same links.
 */
static bool
begin_column_link(struct html *h, const struct chart *c, int column)
{
	const int64_t first = timeline_column_first(c->time, column);
	struct buf url = { 0 };
	const bool is_link = h->links != NULL &&
	    h->links->add_days_url(h->links->data, &url, c->days, c->domain,
	        first, column_last(c->time, column));

	if (is_link) {
		html_printf(h, "<a tabindex=\"-1\" href=\"");
		html_text(h, buf_str(&url));
		html_printf(h, "\">");
	}
	buf_done(&url);
	return is_link;
}

/* What the pointer shows; those who cannot point have the table. */
static void
draw_titles(struct html *h, const struct chart *c)
{
	char date[HTML_DATE], text[64];
	bool is_link;
	int i, k;

	html_printf(h, "<g class=\"tip\">");
	for (i = 0; i < c->time->ncolumns; i++) {
		is_link = begin_column_link(h, c, i);
		html_printf(h,
		    "<rect x=\"%d\" width=\"%d\" height=\"%d\"><title>%s",
		    COLUMN * i, COLUMN, TALL,
		    html_date(date, timeline_column_first(c->time, i)));
		for (k = 0; k < c->nseries; k++) {
			write_value(text, sizeof(text),
			    c->values[i * c->nseries + k], c->percent);
			html_printf(h, "\n%s: %s", c->series[k].name, text);
		}
		html_printf(h, "</title></rect>");
		html_end_link(h, is_link);
	}
	html_printf(h, "</g>");
}

/* Return the days between two labels: LABELS at most; 0: take months. */
static int
label_step(int ndays)
{
	static const int steps[] = { 1, 2, 3, 7, 14 };
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (ndays <= LABELS * steps[i])
			return steps[i];
	return 0;
}

static void
draw_label(struct html *h, const struct timeline *t, int number, int y,
    const char *text, bool is_narrow_too)
{
	const int column = timeline_column(t, timeline_day(t, number));
	double x = 100.0 * (column + (t->unit == 1 ? 0.5 : 0)) / t->ncolumns;

	/* None of it may be off the picture. */
	html_printf(h, is_narrow_too ? "<text" : "<text class=\"w\"");
	html_printf(h, " x=\"%.1f%%\" y=\"%d\" text-anchor=\"%s\">%s</text>", x,
	    y,
	    x < 4        ? "start"
	        : x > 96 ? "end"
	                 : "middle",
	    text);
}

static struct tm
broken_down(const struct timeline *t, int number)
{
	const time_t day = (time_t)timeline_day(t, number);
	struct tm tm = { 0 };

	gmtime_r(&day, &tm);
	return tm;
}

static void
draw_days(struct html *h, const struct timeline *t, int y, int step)
{
	char text[16];
	struct tm tm;
	int i;

	for (i = step / 2; i < t->ndays; i += step) {
		tm = broken_down(t, i);
		strftime(text, sizeof(text), "%e %b", &tm);
		draw_label(h, t, i, y, text, true);
	}
}

/*
 * Label the first days of months, or of every so many: LABELS at most, and half
 * of them in a narrow window if they have years.
 */
static void
draw_months(struct html *h, const struct timeline *t, int y)
{
	const int months = t->ndays / 31 + 1;
	const int step = (months + LABELS - 1) / LABELS;
	const bool has_years = months > 13;
	char text[16];
	int i, month;
	struct tm tm;

	for (i = 0; i < t->ndays; i++) {
		tm = broken_down(t, i);
		month = 12 * tm.tm_year + tm.tm_mon;
		if (tm.tm_mday != 1 || month % step != 0 ||
		    i > t->ndays - t->ndays / 30)
			continue;
		strftime(text, sizeof(text), has_years ? "%b %Y" : "%b", &tm);
		draw_label(
		    h, t, i, y, text, !has_years || month / step % 2 == 0);
	}
}

void
chart_columns(struct html *h, const struct chart *c)
{
	const int height = c->small ? 90 : 190;
	const double largest = largest_sum(c);
	const double step = round_up(largest / TICKS);
	const double top = step * ceil(largest / step - 1e-9);
	int i, y, days;

	html_printf(h, "<div class=\"plot\">\n");
	draw_scale(h, c, height, step, top);
	html_printf(h,
	    "<svg width=\"100%%\" height=\"%d\" role=\"%s\" "
	    "aria-labelledby=\"%s-t %s-d\">"
	    "<title id=\"%s-t\">%s</title><desc id=\"%s-d\">",
	    height + 32, h->links != NULL ? "group" : "img", c->id, c->id,
	    c->id, c->title, c->id);
	html_text(h, c->desc);
	html_printf(h, "</desc>\n");
	for (i = 0; i * step <= top * (1 + 1e-9); i++) {
		y = 8 + (int)(height * (1 - i * step / top) + 0.5);
		html_printf(h,
		    "<line x1=\"0\" x2=\"100%%\" y1=\"%d\" "
		    "y2=\"%d\"/>",
		    y, y);
	}
	html_printf(h,
	    "\n<svg y=\"8\" width=\"100%%\" height=\"%d\" "
	    "viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\">",
	    height, COLUMN * c->time->ncolumns, TALL);
	for (i = 0; i < c->nseries; i++)
		draw_series(h, c, i, top);
	draw_titles(h, c);
	html_printf(h, "</svg>\n");
	if ((days = label_step(c->time->ndays)) > 0)
		draw_days(h, c->time, height + 26, days);
	else
		draw_months(h, c->time, height + 26);
	html_printf(h, "</svg></div>\n");
}

void
chart_swatch(struct html *h, const char *class)
{
	html_printf(h,
	    "<svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect "
	    "class=\"%s\" width=\"12\" height=\"12\"/></svg>",
	    class);
}

void
chart_legend(struct html *h, const struct chart_series *series, int n)
{
	int i;

	html_printf(h, "<ul class=\"legend\">");
	for (i = 0; i < n; i++) {
		html_printf(h, "<li>");
		chart_swatch(h, series[i].class);
		html_printf(h, "%s</li>", series[i].name);
	}
	html_printf(h, "</ul>\n");
}

/* Draw the outline of columns from the foot. */
static void
draw_outline(struct html *h, const char *class, const double *values, int n,
    double largest)
{
	int i, y, last = -1;

	html_printf(h, "<path class=\"%s\" d=\"M0 24", class);
	for (i = 0; i < n; i++) {
		y = values[i] == 0 ? 24 : 23 - (int)(23 * values[i] / largest);
		if (y != last)
			html_printf(h, "V%d", y);
		html_printf(h, "h1");
		last = y;
	}
	html_printf(h, "V24z\"/>");
}

/* Of many days draw weeks: of days one would see the weekends alone. */
void
chart_spark(struct html *h, const struct timeline *t, const int64_t *all,
    const int64_t *failed)
{
	const int step = t->unit == 1 && t->ncolumns > SPARK_DAYS ? 7 : 1;
	const int n = (t->ncolumns + step - 1) / step;
	double sums[TIMELINE_COLUMNS] = { 0 }, passed[TIMELINE_COLUMNS] = { 0 };
	int days[TIMELINE_COLUMNS] = { 0 };
	double largest = 1e-9;
	int i, column;

	for (i = 0; i < t->ncolumns; i++) {
		column = n - 1 - (t->ncolumns - 1 - i) / step;
		days[column] += timeline_column_days(t, i);
		sums[column] += (double)all[i];
		passed[column] += (double)(all[i] - failed[i]);
	}
	for (i = 0; i < n; i++) {
		sums[i] /= days[i];
		passed[i] /= days[i];
		largest = fmax(largest, sums[i]);
	}
	html_printf(h,
	    "<svg class=\"spark\" width=\"120\" height=\"24\" viewBox=\"0 0 "
	    "%d 24\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
	    n);
	draw_outline(h, "c-fail", sums, n, largest);
	draw_outline(h, "c-both", passed, n, largest);
	html_printf(h, "</svg>");
}

void
chart_bar(struct html *h, const struct chart_series *series,
    const int64_t *values, int n)
{
	double whole = 0, x = 0, width;
	int i;

	for (i = 0; i < n; i++)
		whole += (double)values[i];
	html_printf(h,
	    "<svg class=\"bar\" width=\"100%%\" height=\"18\" "
	    "aria-hidden=\"true\">");
	for (i = 0; i < n && whole > 0; i++) {
		width = 100 * (double)values[i] / whole;
		if (values[i] > 0)
			html_printf(h,
			    "<rect class=\"%s\" x=\"%.2f%%\" width=\"%.2f%%\" "
			    "height=\"18\"/>",
			    series[i].class, x, fmax(width, 0.2));
		x += width;
	}
	html_printf(h, "</svg>\n");
}

void
chart_meter(struct html *h, const char *class, int64_t value, int64_t largest)
{
	double width = largest > 0 ? 100 * (double)value / (double)largest : 0;

	html_printf(h,
	    "<svg class=\"meter\" width=\"100%%\" height=\"10\" "
	    "aria-hidden=\"true\"><rect class=\"track\" width=\"100%%\" "
	    "height=\"10\"/><rect class=\"%s\" width=\"%.1f%%\" "
	    "height=\"10\"/></svg>",
	    class, value > 0 ? fmax(width, 1) : 0.0);
}

void
chart_days(struct html *h, const struct timeline *t, const uint8_t *seen)
{
	int i, first;

	html_printf(h,
	    "<svg class=\"days\" width=\"100%%\" height=\"14\" viewBox=\"0 0 "
	    "%d 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
	    "<rect class=\"track\" width=\"%d\" height=\"1\"/>"
	    "<path class=\"c-dkim\" d=\"",
	    t->ndays, t->ndays);
	for (i = 0; i < t->ndays; i++) {
		if (seen[i] == 0)
			continue;
		for (first = i; i < t->ndays && seen[i] != 0; i++)
			;
		html_printf(h, "M%d 0h%dv1h-%dz", first, i - first, i - first);
	}
	html_printf(h, "\"/></svg>");
}
