/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sha256.h"
#include "base/mem.h"
#include "base/text.h"
#include "show/output_value.h"

#define TEXT_MAX 160
#define DOMAIN_MAX 253
#define PARAGRAPH_MAX 1000

extern const char page_css[]; /* page.css */

static void
add_escaped(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		switch (*s) {
		case '&':
			buf_add_str(out, "&amp;");
			break;
		case '<':
			buf_add_str(out, "&lt;");
			break;
		case '>':
			buf_add_str(out, "&gt;");
			break;
		case '"':
			buf_add_str(out, "&quot;");
			break;
		case '\'':
			buf_add_str(out, "&#39;");
			break;
		default:
			buf_add_char(out, *s);
		}
}

static void
add_text(struct buf *out, const char *s, size_t max)
{
	struct buf names = { 0 };
	char *safe = xmalloc(max + 8);

	if (strstr(s, "xn--") != NULL) {
		output_add_names(&names, s);
		s = buf_str(&names);
	}
	add_escaped(out, text_safe(safe, max + 8, s));
	free(safe);
	buf_done(&names);
}

void
html_text(struct html *h, const char *s)
{
	add_text(&h->out, s, 10 * strlen(s));
}

void
html_code(struct html *h, const char *s)
{
	buf_add_str(&h->out, "<code>");
	html_text(h, s);
	buf_add_str(&h->out, "</code>");
}

/* Write a text which may break within a word after . : and @. */
static void
write_breaking(struct html *h, const char *text, size_t max)
{
	struct buf safe = { 0 };
	const char *s;

	add_text(&safe, text, max);
	for (s = buf_str(&safe); *s != '\0'; s++) {
		buf_add_char(&h->out, *s);
		if (strchr(".:@", *s) != NULL && s[1] != '\0' && s[1] != ' ' &&
		    s[1] != *s)
			buf_add_str(&h->out, "<wbr>");
	}
	buf_done(&safe);
}

void
html_name(struct html *h, const char *name)
{
	write_breaking(h, name, DOMAIN_MAX);
}

void
html_paragraph(struct html *h, const char *class, const char *text)
{
	html_printf(h, "<p class=\"%s\">", class);
	write_breaking(h, text, PARAGRAPH_MAX);
	html_printf(h, "</p>\n");
}

void
html_address(struct html *h, const char *ip)
{
	if (strchr(ip, ':') == NULL)
		html_printf(h, "<span class=\"ip\">%s</span>", ip);
	else
		html_name(h, ip);
}

void
html_begin_link(struct html *h, const char *url, bool is_here)
{
	buf_add_str(&h->out, "<a href=\"");
	add_escaped(&h->out, url);
	buf_add_str(&h->out, is_here ? "\" aria-current=\"page\">" : "\">");
}

bool
html_begin_target(struct html *h, enum html_target target, const char *domain,
    const char *name)
{
	struct buf url = { 0 };
	const bool is_link = h->links != NULL &&
	    h->links->add_url(h->links->data, &url, target, domain, name);

	if (is_link)
		html_begin_link(h, buf_str(&url), false);
	buf_done(&url);
	return is_link;
}

bool
html_begin_days(struct html *h, enum html_days days, const char *domain,
    int64_t first, int64_t last)
{
	struct buf url = { 0 };
	const bool is_link = h->links != NULL &&
	    h->links->add_days_url(
	        h->links->data, &url, days, domain, first, last);

	if (is_link)
		html_begin_link(h, buf_str(&url), false);
	buf_done(&url);
	return is_link;
}

void
html_end_link(struct html *h, bool is_link)
{
	if (is_link)
		buf_add_str(&h->out, "</a>");
}

void
html_link(struct html *h, enum html_target target, const char *domain,
    const char *name)
{
	const bool is_link = html_begin_target(h, target, domain, name);

	if (target == HTML_ADDRESS)
		html_address(h, name);
	else if (target == HTML_REPORTER)
		html_printf(h, "%s", name);
	else
		html_name(h, name != NULL ? name : domain);
	html_end_link(h, is_link);
}

void
html_link_day(struct html *h, const char *domain, int64_t day)
{
	const bool is_link = html_begin_days(h, HTML_DAYS, domain, day, day);
	char date[HTML_DATE];

	html_printf(h, "%s", html_date(date, day));
	html_end_link(h, is_link);
}

/* One conversion, whose % is at fmt.  Returns what comes behind it. */
static const char *
add_conversion(struct buf *out, const char *fmt, va_list *ap)
{
	char digits[TEXT_DIGITS];
	size_t precision = TEXT_MAX;
	const char *s;
	int longs = 0;
	bool group = false;
	int64_t n;

	if (*++fmt == '\'') {
		group = true;
		fmt++;
	}
	if (*fmt == '.')
		for (precision = 0, fmt++; *fmt >= '0' && *fmt <= '9'; fmt++)
			precision = 10 * precision + (size_t)(*fmt - '0');
	for (; *fmt == 'l'; fmt++)
		longs++;
	switch (*fmt) {
	case '%':
		buf_add_char(out, '%');
		break;
	case 's':
		if ((s = va_arg(*ap, const char *)) != NULL)
			add_text(out, s, precision);
		break;
	case 'd':
		n = longs == 0   ? va_arg(*ap, int)
		    : longs == 1 ? va_arg(*ap, long)
		                 : va_arg(*ap, long long);
		if (group)
			buf_add_str(out, text_group_digits(n, digits));
		else
			buf_printf(out, "%lld", (long long)n);
		break;
	case 'f':
		buf_printf(out, "%.*f", (int)precision, va_arg(*ap, double));
		break;
	default:
		abort(); /* a format of ours is wrong */
	}
	return fmt + 1;
}

static void
add_format(struct buf *out, const char *fmt, va_list *ap)
{
	const char *percent;

	while ((percent = strchr(fmt, '%')) != NULL) {
		buf_add(out, fmt, (size_t)(percent - fmt));
		fmt = add_conversion(out, percent, ap);
	}
	buf_add_str(out, fmt);
}

void
html_printf(struct html *h, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_format(&h->out, fmt, &ap);
	va_end(ap);
}

void
html_lead(struct html *h, const char *fmt, ...)
{
	va_list ap;

	buf_add_str(&h->out, "<p class=\"lead\">");
	va_start(ap, fmt);
	add_format(&h->out, fmt, &ap);
	va_end(ap);
	buf_add_str(&h->out, "</p>\n");
}

void
html_empty(struct html *h, const char *fmt, ...)
{
	va_list ap;

	buf_add_str(&h->out, "<p class=\"lead empty\">");
	va_start(ap, fmt);
	add_format(&h->out, fmt, &ap);
	va_end(ap);
	buf_add_str(&h->out, "</p>\n");
}

static void
write_base64(const uint8_t *in, size_t n, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t word;
	size_t i, k, have;

	for (i = 0; i < n; i += 3) {
		have = n - i < 3 ? n - i : 3;
		for (word = 0, k = 0; k < 3; k++)
			word = word << 8 | (k < have ? in[i + k] : 0U);
		for (k = 0; k < 4; k++)
			*out++ = k > have ? '='
			                  : digits[word >> (18 - 6 * k) & 63];
	}
	*out = '\0';
}

void
html_add_policy(struct buf *out, bool has_forms)
{
	uint8_t sha256[SHA256_SIZE];
	char hash[4 * (SHA256_SIZE / 3 + 1) + 1];

	sha256_hash(page_css, strlen(page_css), sha256);
	write_base64(sha256, sizeof(sha256), hash);
	buf_printf(out,
	    "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; "
	    "form-action %s",
	    hash, has_forms ? "'self'" : "'none'");
}

void
html_begin(struct html *h, const char *title)
{
	html_printf(h,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"");
	html_add_policy(&h->out, h->links != NULL);
	html_printf(h,
	    "\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"generator\" content=\"ruactl %s\">\n"
	    "<title>%s</title>\n<style>",
	    RUAD_VERSION, title);
	buf_add_str(&h->out, page_css);
	html_printf(h, "</style>\n</head>\n<body>\n");
}

void
html_end(struct html *h)
{
	html_printf(h, "</body>\n</html>\n");
}

void
html_section(struct html *h, const char *id, const char *title)
{
	html_printf(h,
	    "<section id=\"%s\" aria-labelledby=\"h-%s\">\n"
	    "<h2 id=\"h-%s\">%s</h2>\n",
	    id, id, id, title);
}

void
html_section_end(struct html *h)
{
	html_printf(h, "</section>\n");
}

void
html_table(struct html *h, const char *caption, const char *const heads[])
{
	const char *head;
	const char *wide;
	bool number;
	size_t i;

	html_printf(h,
	    "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
	    "aria-label=\"Table: "
	    "%s\"><table>\n<caption>%s</caption>\n<thead><tr>",
	    caption, caption);
	for (i = 0; (head = heads[i]) != NULL; i++) {
		number = *head == '#';
		head += number;
		wide = *head == '-' ? "w" : *head == '=' ? "m" : "";
		head += *wide != '\0';
		html_printf(h, "<th scope=\"col\"");
		if (number || *wide != '\0')
			html_printf(
			    h, " class=\"%s%s\"", number ? "n " : "", wide);
		html_printf(h, ">%s</th>", head);
	}
	html_printf(h, "</tr></thead>\n<tbody>\n");
}

void
html_table_end(struct html *h)
{
	html_printf(h, "</tbody></table></div>\n");
}

void
html_table_hidden(struct html *h, const char *summary, const char *caption,
    const char *const heads[])
{
	html_printf(h, "<details><summary>%s</summary>\n", summary);
	html_table(h, caption, heads);
}

void
html_table_hidden_end(struct html *h)
{
	html_table_end(h);
	html_printf(h, "</details>\n");
}

char *
html_count(
    char buf[static HTML_COUNT], int64_t n, const char *one, const char *many)
{
	char digits[TEXT_DIGITS];

	snprintf(buf, HTML_COUNT, "%s %s", text_group_digits(n, digits),
	    n == 1 ? one : many);
	return buf;
}

char *
html_share(char buf[static HTML_SHARE], int64_t part, int64_t whole)
{
	int64_t tenths;

	if (whole == 0) {
		snprintf(buf, HTML_SHARE, "-");
		return buf;
	}
	tenths = whole > INT64_MAX / 1000 ? part / (whole / 1000)
	                                  : part * 1000 / whole;
	if (part > 0 && tenths == 0)
		snprintf(buf, HTML_SHARE, "under 0.1%%");
	else if (part == whole)
		snprintf(buf, HTML_SHARE, "100%%");
	else
		snprintf(buf, HTML_SHARE, "%" PRId64 ".%" PRId64 "%%",
		    tenths / 10, tenths % 10);
	return buf;
}

static struct tm
broken_down(int64_t seconds)
{
	const time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	return tm;
}

char *
html_date(char buf[static HTML_DATE], int64_t seconds)
{
	const struct tm tm = broken_down(seconds);

	strftime(buf, HTML_DATE, "%Y-%m-%d", &tm);
	return buf;
}

char *
html_time(char buf[static HTML_DATE], int64_t seconds)
{
	const struct tm tm = broken_down(seconds);

	strftime(buf, HTML_DATE, "%Y-%m-%d %H:%M UTC", &tm);
	return buf;
}

char *
html_day(char buf[static HTML_DATE], int64_t seconds)
{
	const struct tm tm = broken_down(seconds);

	strftime(buf, HTML_DATE, "%e %b %Y", &tm);
	return buf;
}
