/* SPDX-License-Identifier: BSD-2-Clause */
#include "show/output_value.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/idn.h"
#include "show/output_draw.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[1;33m"
#define BAR_WIDTH 8
#define MAX_ACCENTS 4 /* without width, on one letter: more are escaped */

static bool
is_of_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '.' || c == '_';
}

void
output_add_names(struct buf *out, const char *text)
{
	char shown[IDN_SHOWN];
	const char *end;

	for (; *text != '\0'; text = end) {
		for (end = text; is_of_name(*end);)
			end++;
		while (end > text && end[-1] == '.') /* of a sentence */
			end--;
		if (end == text) {
			while (*end == '.')
				end++;
			while (*end != '\0' && !is_of_name(*end))
				end++;
			buf_add(out, text, (size_t)(end - text));
			continue;
		}
		if (memmem(text, (size_t)(end - text), "xn--", 4) != NULL &&
		    idn_to_shown(text, (size_t)(end - text), shown))
			buf_add_str(out, shown);
		else
			buf_add(out, text, (size_t)(end - text));
	}
}

void
output_add_safe(
    const struct output_options *opt, struct buf *out, const char *text)
{
	struct buf names = { 0 };
	size_t size, left, n;
	char *safe, *p;
	int width, accents = 0;
	uint32_t c;

	if (opt->names && strstr(text, "xn--") != NULL) {
		output_add_names(&names, text);
		text = buf_str(&names);
	}
	size = 4 * strlen(text) + 8;
	safe = xmalloc(size);
	text_safe(safe, size, text);
	left = strlen(safe);
	for (p = safe; *p != '\0'; p += n, left -= n) {
		n = text_utf8_char(p, left, &c);
		width = wcwidth((wchar_t)c);
		accents = width == 0 ? accents + 1 : 0;
		if (c >= 0x80 &&
		    (opt->ascii || width < 0 || accents > MAX_ACCENTS))
			buf_printf(out, "\\u{%04x}", c);
		else
			buf_add(out, p, n);
	}
	free(safe);
	buf_done(&names);
}

static void
add_real(struct buf *out, double real)
{
	char text[40];
	int digits;

	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, real);
		if (strtod(text, NULL) == real)
			break;
	}
	buf_add_str(out, text);
}

static void
add_ago(const struct output_options *opt, struct buf *out, int64_t ts)
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" },
		{ 1, "s" } };
	int64_t ago = opt->now - ts;
	size_t i;

	if (ago <= 0) {
		buf_add_str(out, ago < -60 ? "in the future" : "now");
		return;
	}
	for (i = 0; ago < units[i].seconds; i++)
		continue;
	buf_printf(out, "%lld %s ago", (long long)(ago / units[i].seconds),
	    units[i].unit);
}

/* Round down: 100.0% must mean all. */
static void
add_percent(struct buf *out, double real)
{
	long long tenths = (long long)(real * 10 + 1e-6);

	buf_printf(out, "%lld.%lld%%", tenths / 10, tenths % 10);
}

/* Add the words of a JSON array. */
static void
add_words(const struct output_options *opt, struct buf *out, const char *json)
{
	struct buf words = { 0 };

	for (; *json != '\0'; json++)
		if (*json == ',')
			buf_add_char(&words, ' ');
		else if (strchr("[]\"", *json) == NULL)
			buf_add_char(&words, *json);
	output_add_safe(opt, out, words.len == 0 ? "-" : buf_str(&words));
	buf_done(&words);
}

void
output_add_shown(const struct output_options *opt, struct buf *out,
    enum output_kind kind, const struct query_value *v)
{
	char digits[TEXT_DIGITS];

	if (v->null || (!v->is_int && !v->is_real && v->text[0] == '\0'))
		buf_add_char(out, '-');
	else if (kind == OUTPUT_BAR && (v->is_real || v->is_int))
		output_add_bar(opt, out, v->real / 100, BAR_WIDTH);
	else if (kind == OUTPUT_SPARK)
		output_add_spark_text(opt, out, v->text);
	else if (kind == OUTPUT_PERCENT && (v->is_real || v->is_int))
		add_percent(out, v->is_real ? v->real : (double)v->num);
	else if (kind == OUTPUT_TIME && v->is_int)
		add_ago(opt, out, v->num);
	else if (kind == OUTPUT_JSON_TEXT)
		add_words(opt, out, v->text);
	else if (kind == OUTPUT_WORD && opt->title_of_word != NULL)
		output_add_safe(opt, out, opt->title_of_word(v->text));
	else if (v->is_int && opt->fitted && kind != OUTPUT_ID)
		buf_add_str(out, text_group_digits(v->num, digits));
	else if (v->is_int)
		buf_printf(out, "%lld", (long long)v->num);
	else
		output_add_safe(opt, out, v->text);
}

const char *
output_color(enum output_kind kind, const struct query_value *v)
{
	double real;

	if (v->null)
		return NULL;
	switch (kind) {
	case OUTPUT_BAD_NUMBER:
		return v->is_int && v->num > 0 ? RED : NULL;
	case OUTPUT_BAR:
	case OUTPUT_PERCENT:
		real = v->is_int ? (double)v->num : v->real;
		return real >= 98 ? GREEN : real >= 90 ? YELLOW : RED;
	case OUTPUT_RESULT:
		return strcmp(v->text, "pass") == 0 ? GREEN
		    : strcmp(v->text, "fail") == 0  ? RED
		                                    : NULL;
	case OUTPUT_ERROR:
		return RED;
	default:
		return NULL;
	}
}

const char *
output_mark_color(enum output_mark mark)
{
	static const char *const colors[] = {
		[OUTPUT_MARK_OK] = GREEN,
		[OUTPUT_MARK_WARNING] = YELLOW,
		[OUTPUT_MARK_ERROR] = RED,
		[OUTPUT_MARK_UNKNOWN] = YELLOW,
	};

	return colors[mark];
}

/*
 * Whether a spreadsheet would take text for a formula, be it behind blanks or
 * in the wide or small forms that some of them fold; control characters never
 * get so far.
 */
static bool
is_formula(const char *text)
{
	static const uint32_t signs[] = { '=', '+', '-', '@', 0x2212, 0xfe62,
		0xfe63, 0xfe66, 0xfe6b, 0xff0b, 0xff0d, 0xff1d, 0xff20 };
	size_t left = strlen(text), n, i;
	uint32_t c = 0;
	int64_t number;

	if (text_read_int(text, INT64_MIN, INT64_MAX, &number))
		return false;
	for (; (n = text_utf8_char(text, left, &c)) > 0; text += n, left -= n)
		if (c != ' ' && c != 0xa0 && c != 0x3000)
			break;
	for (i = 0; n > 0 && i < sizeof(signs) / sizeof(signs[0]); i++)
		if (c == signs[i])
			return true;
	return false;
}

void
output_add_csv(
    struct buf *out, enum output_kind kind, const struct query_value *v)
{
	size_t size;
	char *safe, *p;

	if (v->null)
		return;
	if (kind == OUTPUT_BOOL) {
		buf_add_str(out, v->num != 0 ? "True" : "False");
		return;
	}
	if (v->is_int) {
		buf_printf(out, "%lld", (long long)v->num);
		return;
	}
	if (v->is_real) {
		add_real(out, v->real);
		return;
	}
	size = 4 * strlen(v->text) + 8;
	safe = text_safe(xmalloc(size), size, v->text);
	buf_add_char(out, '"');
	if (is_formula(safe))
		buf_add_char(out, '\'');
	for (p = safe; *p != '\0'; p++) {
		if (*p == '"')
			buf_add_char(out, '"');
		buf_add_char(out, *p);
	}
	buf_add_char(out, '"');
	free(safe);
}

void
output_add_json(
    struct buf *out, enum output_kind kind, const struct query_value *v)
{
	if (v->null)
		buf_add_str(out, "null");
	else if (kind == OUTPUT_BOOL)
		buf_add_str(out, v->num != 0 ? "true" : "false");
	else if (v->is_int)
		buf_printf(out, "%lld", (long long)v->num);
	else if (v->is_real)
		add_real(out, v->real);
	else if (kind == OUTPUT_JSON_TEXT)
		json_add_json(out, v->text);
	else
		json_add_string(out, v->text);
}
