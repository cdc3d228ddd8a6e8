/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define TALL 1000 /* units of a plot, from foot to head */
#define LEAST 9   /* of them: what is there is seen */
#define COLUMN 10 /* units of a column */
#define TICKS 4
#define LABELS 6
#define SPARK_DAYS 31

/* The least of 1, 2 and 5 times a power of ten that is not below x. */
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

static double
largest_sum(const struct chart *c)
{
	double largest = 0;
	int i;

	for (i = 0; i < c->facts->nbuckets; i++)
		largest = fmax(largest, column_sum(c, i));
	return largest;
}

/* 12345.6 as 12,346; of what is small and no whole number a few digits. */
static void
write_value(char *out, size_t size, double value, bool percent)
{
	char digits[TEXT_DIGITS];
	const char *sign = percent ? " %" : "";

	if (value != 0 && value < 10 && value != floor(value))
		snprintf(out, size, "%.*f%s", value < 0.1 ? 2 : 1, value, sign);
	else
		snprintf(out, size, "%s%s",
		    text_group_digits((int64_t)fmin(value + 0.5, 9e18), digits),
		    sign);
}

/* The scale stands beside the plot, which may be as wide as the page. */
static void
draw_scale(
    struct html *h, const struct chart *c, int height, double step, double top)
{
	char text[64];
	int i, y;

	html_printf(h,
	    "<svg class=\"scale\" width=\"52\" height=\"%d\" "
	    "aria-hidden=\"true\">",
	    height + 32);
	for (i = 0; i * step <= top * (1 + 1e-9); i++) {
		y = 8 + (int)(height * (1 - i * step / top) + 0.5);
		write_value(text, sizeof(text), i * step, c->percent);
		html_printf(h,
		    "<text x=\"46\" y=\"%d\" text-anchor=\"end\">%s</text>",
		    y + 4, text);
	}
	html_printf(h, "</svg>\n");
}

static void
draw_series(struct html *h, const struct chart *c, int which, double top)
{
	const int n = c->facts->nbuckets;
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

/* What the pointer is told; those who cannot point have the table. */
static void
draw_titles(struct html *h, const struct chart *c)
{
	char date[HTML_DATE], text[64];
	int i, k;

	html_printf(h, "<g class=\"tip\">");
	for (i = 0; i < c->facts->nbuckets; i++) {
		html_printf(h,
		    "<rect x=\"%d\" width=\"%d\" height=\"%d\"><title>%s",
		    COLUMN * i, COLUMN, TALL,
		    html_date(date, facts_bucket_first(c->facts, i)));
		for (k = 0; k < c->nseries; k++) {
			write_value(text, sizeof(text),
			    c->values[i * c->nseries + k], c->percent);
			html_printf(h, "\n%s: %s", c->series[k].name, text);
		}
		html_printf(h, "</title></rect>");
	}
	html_printf(h, "</g>");
}

/* Days between two labels, so that there are LABELS of them at most. */
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
draw_label(
    struct html *h, const struct facts *f, int64_t day, int y, const char *text)
{
	double x = 100.0 * (facts_bucket(f, day) + (f->unit == 1 ? 0.5 : 0)) /
	    f->nbuckets;

	html_printf(h, "<text x=\"%.1f%%\" y=\"%d\"%s>%s</text>", x, y,
	    x < 4 ? "" : " text-anchor=\"middle\"", text);
}

static void
draw_days(struct html *h, const struct facts *f, int y, int step)
{
	char text[16];
	struct tm tm;
	time_t t;
	int i;

	for (i = step / 2; i < f->ndays; i += step) {
		t = (time_t)(f->first + i * (int64_t)PERIOD_DAY);
		if (gmtime_r(&t, &tm) == NULL)
			return;
		strftime(text, sizeof(text), "%e %b", &tm);
		draw_label(h, f, (int64_t)t, y, text);
	}
}

/* Firsts of months; of long periods, of so many that LABELS are not passed. */
static void
draw_months(struct html *h, const struct facts *f, int y)
{
	const int months = f->ndays / 31 + 1;
	const int step = (months + LABELS - 1) / LABELS;
	char text[16];
	struct tm tm;
	time_t t;
	int i;

	for (i = 0; i < f->ndays; i++) {
		t = (time_t)(f->first + i * (int64_t)PERIOD_DAY);
		if (gmtime_r(&t, &tm) == NULL)
			return;
		if (tm.tm_mday != 1 ||
		    (12 * tm.tm_year + tm.tm_mon) % step != 0 ||
		    i > f->ndays - f->ndays / 30)
			continue;
		strftime(text, sizeof(text), months > 13 ? "%b %Y" : "%b", &tm);
		draw_label(h, f, (int64_t)t, y, text);
	}
}

void
chart_columns(struct html *h, const struct chart *c)
{
	const int height = c->small ? 90 : 190;
	const double largest = largest_sum(c);
	const double step = round_up(fmax(largest, 1e-3) / TICKS);
	const double top = step * ceil(fmax(largest, 1e-3) / step - 1e-9);
	int i, y, days;

	html_printf(h, "<div class=\"plot\">\n");
	draw_scale(h, c, height, step, top);
	html_printf(h,
	    "<svg width=\"100%%\" height=\"%d\" role=\"img\" "
	    "aria-labelledby=\"%s-t %s-d\">"
	    "<title id=\"%s-t\">%s</title><desc id=\"%s-d\">",
	    height + 32, c->id, c->id, c->id, c->title, c->id);
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
	    height, COLUMN * c->facts->nbuckets, TALL);
	for (i = 0; i < c->nseries; i++)
		draw_series(h, c, i, top);
	draw_titles(h, c);
	html_printf(h, "</svg>\n");
	if ((days = label_step(c->facts->ndays)) > 0)
		draw_days(h, c->facts, height + 26, days);
	else
		draw_months(h, c->facts, height + 26);
	html_printf(h, "</svg></div>\n");
}

void
chart_legend(struct html *h, const struct chart_series *series, int n)
{
	int i;

	html_printf(h, "<ul class=\"legend\">");
	for (i = 0; i < n; i++)
		html_printf(h,
		    "<li><svg width=\"12\" height=\"12\" "
		    "aria-hidden=\"true\"><rect class=\"%s\" width=\"12\" "
		    "height=\"12\"/></svg>%s</li>",
		    series[i].class, series[i].name);
	html_printf(h, "</ul>\n");
}

/* The outline of columns from the foot. */
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

/* Weeks rather than days, in which weekends would be all that is seen. */
void
chart_spark(struct html *h, const struct facts *f, const int64_t *all,
    const int64_t *failed)
{
	const int step = f->unit == 1 && f->nbuckets > SPARK_DAYS ? 7 : 1;
	const int n = (f->nbuckets + step - 1) / step;
	double sums[FACTS_BUCKETS] = { 0 }, passed[FACTS_BUCKETS] = { 0 };
	int days[FACTS_BUCKETS] = { 0 };
	double largest = 1e-9;
	int i, column;

	for (i = 0; i < f->nbuckets; i++) {
		column = n - 1 - (f->nbuckets - 1 - i) / step;
		days[column] += facts_bucket_days(f, i);
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
chart_days(struct html *h, const struct facts *f, const uint8_t *seen)
{
	int i, first;

	html_printf(h,
	    "<svg class=\"days\" width=\"100%%\" height=\"14\" viewBox=\"0 0 "
	    "%d 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
	    "<rect class=\"track\" width=\"%d\" height=\"1\"/>"
	    "<path class=\"c-dkim\" d=\"",
	    f->ndays, f->ndays);
	for (i = 0; i < f->ndays; i++) {
		if (seen[i] == 0)
			continue;
		for (first = i; i < f->ndays && seen[i] != 0; i++)
			;
		html_printf(h, "M%d 0h%dv1h-%dz", first, i - first, i - first);
	}
	html_printf(h, "\"/></svg>");
}
